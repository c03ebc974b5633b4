//! Reading camt.053: what was booked on the account.

use super::reasons::Reason;
use super::tree::{self, Lines, ReadError, children, find, need, text};
use super::written;
use jiff::civil::Date;
use money::Money;
use roxmltree::Node;

/// Which way money went, seen from the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// It came in.
    Credit,
    /// It went out.
    Debit,
}

/// Whether an entry counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryStatus {
    /// `BOOK`: it is booked.
    Booked,
    /// `PDNG`, `FUTR`, `INFO`: it is not, yet.
    NotBooked,
}

/// A statement of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Its id.
    pub id: String,
    /// The account: an IBAN or another number.
    pub account: Option<String>,
    /// What is on it, in the bank's order.
    pub entries: Vec<Entry>,
}

/// A line of a statement: one movement, or several booked as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The amount, as booked on the account.
    pub amount: Money,
    /// Which way.
    pub direction: Direction,
    /// Whether it takes an earlier booking back (`RvslInd`).
    pub is_reversal: bool,
    /// Whether it counts.
    pub status: EntryStatus,
    /// The day it was booked; without one the day from which it bears interest.
    pub booked_on: Option<Date>,
    /// The bank's own reference.
    pub bank_reference: Option<String>,
    /// What the bank took for itself, as far as it says so.
    pub charges: Vec<Money>,
    /// What is written about it as a whole, in whatever field.
    pub texts: Vec<String>,
    /// What it is made of, one at least: one that is alone has the entry's texts, too.
    pub movements: Vec<Movement>,
    /// Where it stands in the file.
    pub line: u32,
}

/// One payment within an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement {
    /// The payment's reference; `None` if the bank says it was not provided.
    pub end_to_end_id: Option<String>,
    /// The amount as it was sent, in the currency it was sent in, where the bank says so.
    pub instructed: Option<Money>,
    /// The amount of the transaction, where the bank says so.
    pub amount: Option<Money>,
    /// What the bank took for itself, as far as it says so.
    pub charges: Vec<Money>,
    /// The bank's own reference.
    pub bank_reference: Option<String>,
    /// What is written about it, in whatever field.
    pub texts: Vec<String>,
    /// Which way.
    pub direction: Direction,
    /// Whether the bank says that this is a payment that came back: by a reason or by its code for returns.
    pub is_return: bool,
    /// Why it came back, if the bank says so.
    pub returned: Option<Reason>,
    /// Where it stands in the file.
    pub line: u32,
}

/// Reads statements of any version from camt.053.001.02 on.
pub fn read_camt053(text: &str) -> Result<Vec<Statement>, ReadError> {
    let text = tree::without_mark(text);
    let lines = Lines::new(text);
    let document = tree::parse(text)?;
    let messages = tree::messages(&document, &lines, "BkToCstmrStmt", "a bank statement (camt.053)")?;
    let statements = messages.into_iter().flat_map(|message| children(message, "Stmt"));
    statements.map(|node| statement(node, &lines)).collect()
}

fn statement(node: Node<'_, '_>, lines: &Lines) -> Result<Statement, ReadError> {
    let account = text(node, &["Acct", "Id", "IBAN"]).or(text(node, &["Acct", "Id", "Othr", "Id"]));
    Ok(Statement {
        id: need(node, &["Id"], lines)?.to_owned(),
        account: account.map(str::to_owned),
        entries: children(node, "Ntry")
            .map(|node| entry(node, lines))
            .collect::<Result<_, _>>()?,
    })
}

fn entry(node: Node<'_, '_>, lines: &Lines) -> Result<Entry, ReadError> {
    let amount = find(node, &["Amt"]).ok_or_else(|| missing(node, "Amt", lines))?;
    let direction = direction(node, lines)?.ok_or_else(|| missing(node, "CdtDbtInd", lines))?;
    // <Sts>BOOK</Sts> until version 6, <Sts><Cd>BOOK</Cd></Sts> after it.
    let status = match text(node, &["Sts", "Cd"]).or(text(node, &["Sts"])) {
        Some("BOOK") => EntryStatus::Booked,
        Some(_) => EntryStatus::NotBooked,
        None if find(node, &["Sts", "Prtry"]).is_some() => EntryStatus::NotBooked,
        None => return Err(missing(node, "Sts", lines)),
    };
    let details = children(node, "NtryDtls").flat_map(|details| children(details, "TxDtls"));
    let of_entry = Whole {
        direction,
        is_return: is_return(node),
    };
    let movements = details.map(|details| movement(details, of_entry, lines));
    let mut movements: Vec<Movement> = movements.collect::<Result<_, ReadError>>()?;
    let texts = written::texts(node, "TxDtls");
    if movements.is_empty() {
        movements.push(without_details(node, of_entry, lines));
    }
    if let [alone] = &mut movements[..] {
        alone.texts.extend(texts.iter().cloned());
    }
    Ok(Entry {
        amount: tree::amount(amount, lines)?,
        direction,
        is_reversal: is_reversal(node, lines)?,
        status,
        booked_on: match day(node, "BookgDt", lines)? {
            Some(day) => Some(day),
            None => day(node, "ValDt", lines)?,
        },
        bank_reference: bank_reference(node, &["AcctSvcrRef"]),
        charges: charges(node, lines)?,
        texts,
        movements,
        line: lines.of(node),
    })
}

/// The one movement of an entry of which the bank gives no details.
fn without_details(node: Node<'_, '_>, of_entry: Whole, lines: &Lines) -> Movement {
    Movement {
        end_to_end_id: None,
        instructed: None,
        amount: None,
        charges: Vec::new(),
        bank_reference: None,
        texts: Vec::new(),
        direction: of_entry.direction,
        is_return: of_entry.is_return,
        returned: None,
        line: lines.of(node),
    }
}

/// What holds of an entry's details unless they say otherwise.
#[derive(Clone, Copy)]
struct Whole {
    direction: Direction,
    is_return: bool,
}

fn movement(node: Node<'_, '_>, of_entry: Whole, lines: &Lines) -> Result<Movement, ReadError> {
    let amount = |path| {
        let found = find(node, path);
        found.map(|amount| tree::amount(amount, lines)).transpose()
    };
    let own = match amount(&["Amt"])? {
        Some(own) => Some(own),
        None => amount(&["AmtDtls", "TxAmt", "Amt"])?,
    };
    let reference = text(node, &["Refs", "EndToEndId"]).filter(|id| !written::is_nothing(id));
    Ok(Movement {
        end_to_end_id: reference.map(str::to_owned),
        instructed: amount(&["AmtDtls", "InstdAmt", "Amt"])?,
        amount: own,
        charges: charges(node, lines)?,
        bank_reference: bank_reference(node, &["Refs", "AcctSvcrRef"]),
        texts: written::texts(node, ""),
        direction: direction(node, lines)?.unwrap_or(of_entry.direction),
        is_return: of_entry.is_return || is_return(node) || find(node, &["RtrInf"]).is_some(),
        returned: tree::reasons(node, "RtrInf").into_iter().next(),
        line: lines.of(node),
    })
}

/// A reference by which the bank knows an entry; some write that there is none.
fn bank_reference(node: Node<'_, '_>, path: &[&'static str]) -> Option<String> {
    let reference = text(node, path).filter(|text| !written::is_nothing(text));
    reference.map(str::to_owned)
}

fn is_reversal(node: Node<'_, '_>, lines: &Lines) -> Result<bool, ReadError> {
    let Some(indicator) = find(node, &["RvslInd"]) else {
        return Ok(false);
    };
    match indicator.text().unwrap_or_default().trim() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        other => Err(tree::wrong(indicator, other, "true or false", lines)),
    }
}

/// ISO 20022's code for payments that came back.
fn is_return(node: Node<'_, '_>) -> bool {
    text(node, &["BkTxCd", "Domn", "Fmly", "SubFmlyCd"]) == Some("RRTN")
}

/// What the bank took for itself: the sum where it says one, else each charge.
fn charges(node: Node<'_, '_>, lines: &Lines) -> Result<Vec<Money>, ReadError> {
    let mut found = Vec::new();
    for charges in children(node, "Chrgs") {
        let whole = find(charges, &["TtlChrgsAndTaxAmt"]).or(find(charges, &["Amt"]));
        let each = children(charges, "Rcrd").filter_map(|record| find(record, &["Amt"]));
        let amounts = match whole {
            Some(whole) => vec![whole],
            None => each.collect(),
        };
        for amount in amounts {
            found.push(tree::amount(amount, lines)?);
        }
    }
    Ok(found)
}

fn direction(node: Node<'_, '_>, lines: &Lines) -> Result<Option<Direction>, ReadError> {
    let Some(indicator) = find(node, &["CdtDbtInd"]) else {
        return Ok(None);
    };
    match indicator.text().unwrap_or_default().trim() {
        "CRDT" => Ok(Some(Direction::Credit)),
        "DBIT" => Ok(Some(Direction::Debit)),
        other => Err(tree::wrong(indicator, other, "CRDT or DBIT", lines)),
    }
}

/// The day in `<Dt>`, or the day of `<DtTm>` as written.
fn day(node: Node<'_, '_>, name: &'static str, lines: &Lines) -> Result<Option<Date>, ReadError> {
    let Some(day) = find(node, &[name]) else {
        return Ok(None);
    };
    let written = text(day, &["Dt"]).or(text(day, &["DtTm"])).unwrap_or_default();
    let read = written.get(..10).and_then(|start| start.parse().ok());
    match read {
        Some(date) => Ok(Some(date)),
        None => Err(tree::wrong(day, written, "a day such as 2026-11-16", lines)),
    }
}

fn missing(node: Node<'_, '_>, what: &str, lines: &Lines) -> ReadError {
    ReadError::Missing {
        line: lines.of(node),
        within: node.tag_name().name().to_owned(),
        missing: what.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::money;
    use jiff::civil::date;

    fn document(version: &str, status: &str) -> String {
        format!(
            r#"<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt>
<Stmt><Id>S1</Id><Acct><Id><IBAN>DE89370400440532013000</IBAN></Id></Acct>
<Ntry><Amt Ccy="EUR">100.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>{status}</Sts><BookgDt><Dt>2026-11-16</Dt></BookgDt>
<NtryDtls><TxDtls><Refs><EndToEndId>E1</EndToEndId></Refs></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="EUR">92.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>{status}</Sts><RvslInd>1</RvslInd><ValDt><DtTm>2026-11-18T09:00:00+01:00</DtTm></ValDt><Chrgs><Rcrd><Amt Ccy="EUR">8.00</Amt></Rcrd></Chrgs>
<NtryDtls><TxDtls><Refs><AcctSvcrRef>B2</AcctSvcrRef><EndToEndId>E2</EndToEndId></Refs><Amt Ccy="EUR">92.00</Amt><AmtDtls><InstdAmt><Amt Ccy="USD">100.00</Amt></InstdAmt></AmtDtls>
<RmtInf><Ustrd>a reference cut in</Ustrd><Ustrd>to two</Ustrd><Strd><CdtrRefInf><Ref>RF18</Ref></CdtrRefInf></Strd></RmtInf><RtrInf><Rsn><Cd>AC01</Cd></Rsn></RtrInf></TxDtls>
<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><CdtDbtInd>DBIT</CdtDbtInd></TxDtls></NtryDtls></Ntry>
</Stmt></BkToCstmrStmt></Document>"#
        )
    }

    #[test]
    fn both_forms_read_the_same() {
        let new = read_camt053(&document("08", "<Cd>BOOK</Cd>")).unwrap();
        assert_eq!(read_camt053(&document("02", "BOOK")).unwrap(), new);
        let [out, back] = &new[0].entries[..] else {
            panic!("two entries");
        };
        assert_eq!(
            (out.status, out.booked_on),
            (EntryStatus::Booked, Some(date(2026, 11, 16)))
        );
        assert_eq!(
            (out.movements[0].amount, out.movements[0].instructed),
            (None, None)
        );
        assert_eq!(back.movements[0].instructed, Some(money("100.00 USD")));
        assert_eq!(back.movements[0].amount, Some(money("92.00 EUR")));
        assert_eq!(back.movements[0].bank_reference.as_deref(), Some("B2"));
        for part in ["E2", "RF18", "a reference cut into two"] {
            assert!(back.movements[0].texts.iter().any(|text| text == part), "{part}");
        }
        assert_eq!((out.is_reversal, back.is_reversal), (false, true));
        assert_eq!(back.charges, [money("8.00 EUR")]);
        assert_eq!(back.movements[0].returned.as_ref().unwrap().code, "AC01");
        assert_eq!(back.movements[1].end_to_end_id, None);
        assert_eq!(back.movements[1].direction, Direction::Debit);
        assert_eq!(back.booked_on, Some(date(2026, 11, 18)));
    }

    #[test]
    fn what_is_not_a_statement() {
        let good = document("08", "<Cd>BOOK</Cd>");
        for (from, to, part) in [
            (
                "DBIT</CdtDbtInd><Sts>",
                "DEBIT</CdtDbtInd><Sts>",
                "line 3: <CdtDbtInd> is `DEBIT`, expected CRDT or DBIT",
            ),
            ("<Sts><Cd>BOOK</Cd></Sts>", "", "<Ntry> has no <Sts>"),
            ("2026-11-16", "16.11.2026", "expected a day"),
            ("100.00</Amt><Cdt", "1e2</Amt><Cdt", "<Amt> is `1e2 EUR`"),
            ("100.00</Amt><Cdt", "-100.00</Amt><Cdt", "<Amt> is `-100.00 EUR`"),
            (
                "<RvslInd>1",
                "<RvslInd>yes",
                "<RvslInd> is `yes`, expected true or false",
            ),
            (
                "BkToCstmrStmt",
                "BkToCstmrDbtCdtNtfctn",
                "found <BkToCstmrDbtCdtNtfctn>",
            ),
        ] {
            assert!(good.contains(from));
            let error = read_camt053(&good.replace(from, to)).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
