//! Reading pain.002: what a bank says of a file, of its parts and of single payments.

use super::error::ReadError;
use super::reasons::Reason;
use super::tree::{self, Element, Lines};
use super::written;
use crate::debtor::plain_number;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use money::{Money, Ratio};

/// How far a payment has come at the bank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Under way, and not settled or refused: `ACCP`, `ACSP`, `PART`, `RCVC` ...
    UnderWay(&'static str),
    /// `ACSC`, `ACCC`: settled.
    Settled(&'static str),
    /// `RJCT`: refused.
    Rejected,
    /// `CANC`: cancelled before it was settled.
    Cancelled,
    /// A code that is not known here.
    Other(String),
    /// Several codes in one place, which say different things.
    Several(String),
}

/// Codes of payments that are under way, with their meaning.
const UNDER_WAY: [(&str, &str); 12] = [
    ("RCVD", "received"),
    ("PDNG", "pending"),
    ("ACTC", "well formed"),
    ("ACCP", "the customer's profile allows it"),
    ("ACFC", "there is enough money"),
    ("ACFW", "there is enough money, and somebody has to confirm it"),
    ("ACSP", "being settled"),
    ("ACPD", "the clearing has taken it"),
    ("ACWC", "accepted with a change"),
    ("ACWP", "accepted, not yet posted"),
    ("PATC", "authorised in part"),
    ("PART", "accepted in part"),
];
/// Codes of a comparison of names and accounts before anything is done (verification of payee), with their meaning.
const COMPARED: [(&str, &str); 6] = [
    ("RCVC", "names and accounts were compared, and fit"),
    ("RVCM", "names and accounts were compared, and not all fit"),
    ("RVMC", "name and account nearly fit"),
    ("RVNC", "names and accounts are being compared"),
    ("RVNM", "name and account do not fit"),
    ("RVNA", "name and account could not be compared"),
];
const SETTLED: [(&str, &str); 2] = [
    ("ACSC", "settled on the debtor's account"),
    ("ACCC", "settled on the creditor's account"),
];

impl Status {
    /// The status of a code.
    pub fn of(code: &str) -> Self {
        let known = |table: &'static [(&str, &str)]| table.iter().find(|(known, _)| *known == code);
        if let Some((code, _)) = known(&UNDER_WAY).or(known(&COMPARED)) {
            Status::UnderWay(code)
        } else if let Some((code, _)) = known(&SETTLED) {
            Status::Settled(code)
        } else {
            match code {
                "RJCT" => Status::Rejected,
                "CANC" => Status::Cancelled,
                _ => Status::Other(code.to_owned()),
            }
        }
    }

    /// Several in one place: one that is no decision, unless they are the same. Two of them are named.
    fn all(said: Vec<Self>) -> Option<Self> {
        let mut said = said.into_iter();
        let first = said.next()?;
        match said.find(|other| *other != first) {
            None => Some(first),
            Some(_) if matches!(first, Status::Several(_)) => Some(first),
            Some(other) => Some(Status::Several(format!("{} and {}", first.code(), other.code()))),
        }
    }

    /// The code as the bank wrote it.
    pub fn code(&self) -> &str {
        match self {
            Status::UnderWay(code) | Status::Settled(code) => code,
            Status::Rejected => "RJCT",
            Status::Cancelled => "CANC",
            Status::Other(code) | Status::Several(code) => code,
        }
    }

    /// Whether it says that no money leaves.
    pub const fn is_refusal(&self) -> bool {
        matches!(self, Status::Rejected | Status::Cancelled)
    }

    /// Whether it says that money leaves or may leave. A whole accepted in part says neither, and neither does that names and accounts
    /// were compared (verification of payee).
    pub fn is_acceptance(&self) -> bool {
        match self {
            Status::UnderWay(code) => {
                *code != "PART" && COMPARED.iter().all(|(compared, _)| compared != code)
            }
            Status::Settled(_) => true,
            _ => false,
        }
    }

    /// What it means.
    pub fn words(&self) -> &'static str {
        let known = UNDER_WAY
            .iter()
            .chain(&COMPARED)
            .chain(&SETTLED)
            .find(|(code, _)| *code == self.code());
        match (self, known) {
            (_, Some((_, words))) => words,
            (Status::Rejected, None) => "refused",
            (Status::Cancelled, None) => "cancelled",
            (_, None) => "not known",
        }
    }
}

/// What a bank repeats of what it answers: the message or a part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Original {
    /// The kind of message (`OrgnlMsgNmId`).
    pub message: Option<String>,
    /// How many payments (`OrgnlNbOfTxs`).
    pub count: Option<u64>,
    /// The sum of their amounts, in whatever currency (`OrgnlCtrlSum`).
    pub sum: Option<Ratio>,
}

/// What a bank says of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusReport {
    /// The BLAKE3 hash of its text: the same one is the same report.
    pub digest: String,
    /// When the bank made it (`CreDtTm`), as far as it can be read; without an offset in UTC.
    pub made: Option<Timestamp>,
    /// The day of that, as the bank writes it: by its own clock.
    pub made_on: Option<Date>,
    /// The message it is about.
    pub original_message_id: Option<String>,
    /// What it repeats of that message.
    pub original: Original,
    /// The status of the whole.
    pub status: Option<Status>,
    /// Reasons for the whole.
    pub reasons: Vec<Reason>,
    /// How many payments of the whole have which status.
    pub counts: Vec<(Status, u64)>,
    /// The parts.
    pub payments: Vec<PaymentStatus>,
}

/// What it says of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentStatus {
    /// The part's id; `None` if the bank says it was not provided.
    pub original_payment_id: Option<String>,
    /// What it repeats of the part, in every block about it.
    pub originals: Vec<Original>,
    /// Its status.
    pub status: Option<Status>,
    /// Reasons for the part.
    pub reasons: Vec<Reason>,
    /// How many payments of the part have which status.
    pub counts: Vec<(Status, u64)>,
    /// Single payments.
    pub transactions: Vec<TransactionStatus>,
    /// Where it stands in the file.
    pub line: u32,
}

impl PaymentStatus {
    /// Takes up what another block says of the same part, as if it stood in this one.
    pub fn also(&mut self, other: &PaymentStatus) {
        let both = self.status.take().into_iter().chain(other.status.clone());
        self.status = Status::all(both.collect());
        self.originals.extend(other.originals.iter().cloned());
        self.reasons.extend(other.reasons.iter().cloned());
        self.counts.extend(other.counts.iter().cloned());
        self.transactions.extend(other.transactions.iter().cloned());
    }
}

/// What it says of one payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionStatus {
    /// The payment's reference; `None` if the bank says it was not provided.
    pub end_to_end_id: Option<String>,
    /// What is written about it, in whatever field.
    pub texts: Vec<String>,
    /// Its status; without one that of its part holds.
    pub status: Option<Status>,
    /// Reasons.
    pub reasons: Vec<Reason>,
    /// The amount it was sent with, where the bank repeats it.
    pub amount: Option<Money>,
    /// The IBAN that it was sent to, without spaces and in capitals, where the bank repeats it.
    pub creditor: Option<String>,
    /// Where it stands in the file.
    pub line: u32,
}

/// Reads a status report of any version from pain.002.001.03 on.
pub fn read_pain002(text: &str) -> Result<StatusReport, ReadError> {
    let text = tree::without_mark(text);
    let lines = Lines::new(text);
    let document = tree::parse(text)?;
    let reports = tree::messages(
        &document,
        &lines,
        "CstmrPmtStsRpt",
        "a payment status report (pain.002)",
    )?;
    let report = reports[0];
    let groups: Vec<_> = report.children("OrgnlGrpInfAndSts").collect();
    if let Some(second) = reports.get(1).or(groups.get(1)) {
        return Err(ReadError::SecondMessage {
            line: second.line(),
            found: second.name().to_owned(),
        });
    }
    let made = report.text(&["GrpHdr", "CreDtTm"])?;
    let mut read = StatusReport {
        digest: blake3::hash(text.as_bytes()).to_hex().to_string(),
        made: made.and_then(instant),
        made_on: made.and_then(tree::day),
        original_message_id: None,
        original: Original::default(),
        status: None,
        reasons: Vec::new(),
        counts: Vec::new(),
        payments: report
            .children("OrgnlPmtInfAndSts")
            .map(payment)
            .collect::<Result<_, _>>()?,
    };
    if let Some(group) = groups.first() {
        read.original_message_id = group.text(&["OrgnlMsgId"])?.map(str::to_owned);
        read.original = original(*group)?;
        read.status = status(*group, "GrpSts")?;
        read.reasons = group.reasons("StsRsnInf")?;
        read.counts = counts(*group)?;
    }
    Ok(read)
}

fn instant(text: &str) -> Option<Timestamp> {
    let with_offset = text.parse().ok();
    let civil = || text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok();
    with_offset.or_else(|| civil().map(|at| at.timestamp()))
}

fn original(node: Element<'_, '_>) -> Result<Original, ReadError> {
    let sum = node.find(&["OrgnlCtrlSum"])?.map(|sum| {
        let text = sum.own_text()?;
        Ratio::parse(text).map_err(|_| sum.wrong(text, "a sum of amounts"))
    });
    Ok(Original {
        message: node.text(&["OrgnlMsgNmId"])?.map(str::to_owned),
        count: node.count(&["OrgnlNbOfTxs"])?,
        sum: sum.transpose()?,
    })
}

/// The status in an element. The schema permits one; where there are several they are one that is no decision, since what
/// else the report says still counts.
fn status(node: Element<'_, '_>, name: &'static str) -> Result<Option<Status>, ReadError> {
    let codes = node.children(name).map(Element::own_text);
    let codes = codes.collect::<Result<Vec<&str>, ReadError>>()?;
    let codes = codes.into_iter().filter(|code| !code.is_empty());
    Ok(Status::all(
        codes.map(|code| Status::of(tree::short(code, 35))).collect(),
    ))
}

/// How many payments have which status, as the element of a whole says.
fn counts(node: Element<'_, '_>) -> Result<Vec<(Status, u64)>, ReadError> {
    let mut counts = Vec::new();
    for of_status in node.children("NbOfTxsPerSts") {
        let count = of_status.count(&["DtldNbOfTxs"])?;
        counts.extend(status(of_status, "DtldSts")?.zip(count));
    }
    Ok(counts)
}

fn payment(part: Element<'_, '_>) -> Result<PaymentStatus, ReadError> {
    Ok(PaymentStatus {
        original_payment_id: {
            part.need(&["OrgnlPmtInfId"])?;
            part.reference(&["OrgnlPmtInfId"])?
        },
        originals: vec![original(part)?],
        status: status(part, "PmtInfSts")?,
        reasons: part.reasons("StsRsnInf")?,
        counts: counts(part)?,
        transactions: part
            .children("TxInfAndSts")
            .map(transaction)
            .collect::<Result<_, _>>()?,
        line: part.line(),
    })
}

fn transaction(node: Element<'_, '_>) -> Result<TransactionStatus, ReadError> {
    Ok(TransactionStatus {
        end_to_end_id: node.reference(&["OrgnlEndToEndId"])?,
        texts: written::texts(node.node, "StsRsnInf"),
        status: status(node, "TxSts")?,
        reasons: node.reasons("StsRsnInf")?,
        amount: node.amount(&["OrgnlTxRef", "Amt", "InstdAmt"])?,
        creditor: node
            .text(&["OrgnlTxRef", "CdtrAcct", "Id", "IBAN"])?
            .map(plain_number),
        line: node.line(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::money;

    fn report(version: &str) -> String {
        format!(
            r#"<?xml version="1.0"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.{version}">
<CstmrPmtStsRpt><GrpHdr><MsgId>R1</MsgId></GrpHdr>
<OrgnlGrpInfAndSts><OrgnlMsgId>2026-11-a</OrgnlMsgId><GrpSts>PART</GrpSts></OrgnlGrpInfAndSts>
<OrgnlPmtInfAndSts><OrgnlPmtInfId>2026-11-a-1</OrgnlPmtInfId>
<TxInfAndSts><OrgnlEndToEndId>E1</OrgnlEndToEndId><TxSts>RJCT</TxSts>
<StsRsnInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>closed</AddtlInf><AddtlInf>2025</AddtlInf></StsRsnInf>
<OrgnlTxRef><Amt><InstdAmt Ccy="JPY">1200.00</InstdAmt></Amt></OrgnlTxRef></TxInfAndSts>
<TxInfAndSts><OrgnlEndToEndId>E2</OrgnlEndToEndId><TxSts>ACSP</TxSts></TxInfAndSts>
</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"#
        )
    }

    #[test]
    fn any_version_reads_the_same() {
        let old = read_pain002(&report("03")).unwrap();
        for version in ["10", "12"] {
            let read = read_pain002(&report(version)).unwrap();
            assert_ne!(read.digest, old.digest);
            let digest = old.digest.clone();
            assert_eq!(StatusReport { digest, ..read }, old);
        }
        assert_eq!(old.original_message_id.as_deref(), Some("2026-11-a"));
        assert_eq!(old.status, Some(Status::UnderWay("PART")));
        let [rejected, under_way] = &old.payments[0].transactions[..] else {
            panic!("two transactions");
        };
        assert_eq!(rejected.status, Some(Status::Rejected));
        assert_eq!(
            rejected.reasons[0].to_string(),
            "AC04: the account is closed (closed 2025)"
        );
        assert_eq!(rejected.amount, Some(money("1200 JPY")));
        assert_eq!(rejected.line, 6);
        assert_eq!(under_way.status.as_ref().unwrap().words(), "being settled");
    }

    #[test]
    fn what_is_not_a_report() {
        let deep = "<a>".repeat(100_000);
        let many: String = (0..100_000).map(|at| format!(" a{at}=\"\"")).collect();
        let many = format!("<Document{many}/>");
        let tricky = format!("<D>{}", "<a b='/>'>".repeat(300_000));
        for (text, part) in [
            ("", "not XML"),
            ("hello", "line 1, column 1: not XML"),
            ("<Document>\n<a></b></Document>", "line 2"),
            (
                "<Document>\n<BkToCstmrStmt/></Document>",
                "line 2: expected a payment status report (pain.002), found <BkToCstmrStmt>",
            ),
            ("<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", "document type"),
            (&deep, "nested deeper"),
            (&many, "line 1: an element has more than 32 attributes"),
            (
                "<a><CstmrPmtStsRpt/>\n<CstmrPmtStsRpt/></a>",
                "line 2: a second <CstmrPmtStsRpt>",
            ),
            (&tricky, "nested deeper"),
            (
                "<CstmrPmtStsRpt>\n<OrgnlPmtInfAndSts/></CstmrPmtStsRpt>",
                "line 2: <OrgnlPmtInfAndSts> has no <OrgnlPmtInfId>",
            ),
            (
                "<CstmrPmtStsRpt><OrgnlPmtInfAndSts><OrgnlPmtInfId>1</OrgnlPmtInfId><TxInfAndSts>\n<OrgnlTxRef><Amt>\n\
                 <InstdAmt Ccy=\"JPY\">1.5</InstdAmt></Amt></OrgnlTxRef></TxInfAndSts></OrgnlPmtInfAndSts></CstmrPmtStsRpt>",
                "line 3: <InstdAmt> is `1.5 JPY`",
            ),
            (
                "<CstmrPmtStsRpt><OrgnlPmtInfAndSts><OrgnlPmtInfId>1</OrgnlPmtInfId><TxInfAndSts><OrgnlEndToEndId>a</OrgnlEndToEndId>\n\
                 <OrgnlEndToEndId>b</OrgnlEndToEndId></TxInfAndSts></OrgnlPmtInfAndSts></CstmrPmtStsRpt>",
                "line 2: a second <OrgnlEndToEndId> in <TxInfAndSts>",
            ),
            (
                "<CstmrPmtStsRpt><OrgnlGrpInfAndSts><OrgnlMsgId>a</OrgnlMsgId><OrgnlMsgId>b</OrgnlMsgId></OrgnlGrpInfAndSts></CstmrPmtStsRpt>",
                "a second <OrgnlMsgId> in <OrgnlGrpInfAndSts>",
            ),
            (
                "<CstmrPmtStsRpt><OrgnlGrpInfAndSts><OrgnlNbOfTxs>four</OrgnlNbOfTxs></OrgnlGrpInfAndSts></CstmrPmtStsRpt>",
                "<OrgnlNbOfTxs> is `four`, expected a number",
            ),
            (
                "<D>\n<BkToCstmrAcctRpt/></D>",
                "line 2: found <BkToCstmrAcctRpt>: this is an account report (camt.052)",
            ),
            (
                "<D>\n<BkToCstmrDbtCdtNtfctn/></D>",
                "Ask the bank for the statement (camt.053)",
            ),
        ] {
            let error = read_pain002(text).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
        assert_eq!(
            read_pain002(&" ".repeat(crate::iso20022::MAX_BYTES + 1)),
            Err(ReadError::TooLarge)
        );
    }
}
