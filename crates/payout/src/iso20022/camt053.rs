//! Reading camt.053: what was booked on the account.

use super::error::ReadError;
use super::reasons::Reason;
use super::tree::{self, Element, Lines};
use super::written;
use crate::batch::StatementSeen;
use crate::debtor::plain_number;
use jiff::civil::{Date, Time};
use money::Money;

/// An account has so many digits at least: what has fewer is a word for one.
const LEAST_DIGITS: usize = 4;

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
    /// Its number in the bank's order, electronic (`ElctrncSeqNb`) or, where there is none, legal (`LglSeqNb`: `L` before it), with its
    /// page behind a stroke.
    pub sequence: Option<String>,
    /// Its page, where it is not the only one: of the statement (`StmtPgntn`), or else of the message (`MsgPgntn`).
    pub page: Option<String>,
    /// The day on which the bank made it (`CreDtTm`), as it writes it.
    pub made_on: Option<Date>,
    /// By what it is told from others.
    pub seen: StatementSeen,
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
    /// At what time of that day by the bank's clock, to the second, where it says so: midnight is none.
    pub booked_at: Option<Time>,
    /// The bank's own reference.
    pub bank_reference: Option<String>,
    /// What the bank took for itself, as far as it says so.
    pub charges: Vec<Money>,
    /// What is written about it as a whole, in whatever field.
    pub texts: Vec<String>,
    /// What stands in its fields that name a batch.
    pub references: Vec<String>,
    /// What it is made of, one at least: one that is alone has the entry's texts, too.
    pub movements: Vec<Movement>,
    /// What the bank says of the batches in it.
    pub batches: Vec<Batched>,
    /// Where it stands in the file.
    pub line: u32,
}

/// What an entry says of a batch that was booked in it (`Btch`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batched {
    /// How many payments.
    pub count: Option<u64>,
    /// What they sum to.
    pub total: Option<Money>,
    /// Which way.
    pub direction: Option<Direction>,
    /// How many details of it are there.
    pub details: usize,
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
    /// The ids of the transaction (`TxId`, `UETR`, `AcctSvcrTxId`, `ClrSysRef`), each with its name before it: of two that differ in one
    /// each is a payment of its own.
    pub transactions: Vec<String>,
    /// What is written about it, in whatever field.
    pub texts: Vec<String>,
    /// Which way.
    pub direction: Direction,
    /// Whether it takes an earlier booking back, where it says so itself.
    pub is_reversal: Option<bool>,
    /// What the bank's code for its kind says.
    pub code: Code,
    /// What stands in its fields for references: there the bank writes, and who ordered the payment.
    pub references: Vec<String>,
    /// Whether the bank says that this is a payment that came back: by a reason or by its code for returns.
    pub is_return: bool,
    /// Why it came back, if the bank says so.
    pub returned: Option<Reason>,
    /// The IBAN that it was paid to, without spaces and in capitals, if the bank says so.
    pub creditor: Option<String>,
    /// The account that it came from, or another number of it, the same way.
    pub debtor: Option<String>,
    /// Where it stands in the file.
    pub line: u32,
}

/// The kind of a booking (`BkTxCd`), by ISO 20022's codes and those of German and American banks, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// A payment that came back (`RRTN`, `ARET`, `RPCR`; 159; 257).
    Return,
    /// Of payments that we ordered (`ICDT`, `IRCT`), but from one account of ours to another (`BOOK`), and of what they cost us (`RIMB`).
    Issued,
    /// A payment that somebody else ordered (`RCDT`, `RRCT`, `RDDT`; 166).
    Received,
    /// What the bank takes for itself (`CHRG`, `COMM`, `COMI`, `COMT`, `FEES`; `NCHG`).
    Fee,
    /// Another kind.
    Another,
    /// One that says nothing here: another code of the bank's own alone, or that it is not told (`OTHR`, `NTAV`).
    Untold,
    /// None is said.
    Unsaid,
}

impl Entry {
    /// Whether one of its movements takes an earlier booking back.
    pub fn reverses(&self, movement: &Movement) -> bool {
        movement.is_reversal.unwrap_or(self.is_reversal)
    }
}

/// Reads statements of any version from camt.053.001.02 on.
pub fn read_camt053(text: &str) -> Result<Vec<Statement>, ReadError> {
    let text = tree::without_mark(text);
    let lines = Lines::new(text);
    let document = tree::parse(text)?;
    let messages = tree::messages(&document, &lines, "BkToCstmrStmt", "a bank statement (camt.053)")?;
    let mut statements = Vec::new();
    for message in messages {
        let page = page(message.find(&["GrpHdr", "MsgPgntn"])?)?;
        let id = message.text(&["GrpHdr", "MsgId"])?;
        for (node, number) in message.children("Stmt").zip(1..) {
            let mut statement = statement(node, page.as_deref())?;
            statement.seen.place = id.map(|id| (id.to_owned(), number));
            statements.push(statement);
        }
    }
    Ok(statements)
}

/// The number of a page; none where it is the only one.
fn page(told: Option<Element<'_, '_>>) -> Result<Option<String>, ReadError> {
    let Some(told) = told else { return Ok(None) };
    let (number, is_last) = (told.text(&["PgNb"])?, told.text(&["LastPgInd"])?);
    let is_only = number == Some("1") && matches!(is_last, Some("true" | "1"));
    Ok(number.filter(|_| !is_only).map(str::to_owned))
}

/// `page`: that of its message.
fn statement(node: Element<'_, '_>, of_message: Option<&str>) -> Result<Statement, ReadError> {
    let own = page(node.find(&["StmtPgntn"])?)?;
    let page = own.or(of_message.map(str::to_owned));
    let account = node.text(&["Acct", "Id", "IBAN"])?;
    let account = account.or(node.text(&["Acct", "Id", "Othr", "Id"])?);
    let id = node.need(&["Id"])?.to_owned();
    let sequence = sequence(node, page.as_deref())?;
    let entries: Vec<Entry> = node.children("Ntry").map(entry).collect::<Result<_, _>>()?;
    Ok(Statement {
        seen: identity::of(node, &id, sequence.as_deref(), page.as_deref(), &entries)?,
        id,
        sequence,
        page,
        made_on: node.text(&["CreDtTm"])?.and_then(tree::day),
        account: account.map(str::to_owned),
        entries,
    })
}

fn sequence(node: Element<'_, '_>, page: Option<&str>) -> Result<Option<String>, ReadError> {
    let electronic = node.text(&["ElctrncSeqNb"])?.map(str::to_owned);
    let legal = node.text(&["LglSeqNb"])?.map(|number| format!("L{number}"));
    let page = page.map_or_else(String::new, |page| format!("/{page}"));
    Ok(electronic.or(legal).map(|number| format!("{number}{page}")))
}

fn entry(node: Element<'_, '_>) -> Result<Entry, ReadError> {
    let amount = node.amount(&["Amt"])?.ok_or_else(|| node.missing("Amt"))?;
    let direction = direction(node)?.ok_or_else(|| node.missing("CdtDbtInd"))?;
    let of_entry = Whole {
        direction,
        code: code(node)?,
    };
    let details = node.children("NtryDtls");
    let movements = details.flat_map(|details| details.children("TxDtls"));
    let movements = movements.map(|details| movement(details, of_entry));
    let mut movements: Vec<Movement> = movements.collect::<Result<_, ReadError>>()?;
    let texts = written::texts(node.node, "TxDtls");
    if movements.is_empty() {
        movements.push(without_details(node, of_entry));
    }
    let batches_named = node
        .children("NtryDtls")
        .flat_map(|details| details.children("Btch"));
    let references = batches_named
        .flat_map(|batch| written::texts(batch.node, ""))
        .collect();
    if let [alone] = &mut movements[..] {
        alone.texts.extend(texts.iter().cloned());
    }
    Ok(Entry {
        amount,
        direction,
        is_reversal: is_reversal(node)?.unwrap_or(false),
        status: status(node)?,
        booked_on: match day(node, "BookgDt")? {
            Some(day) => Some(day),
            None => day(node, "ValDt")?,
        },
        booked_at: time(node, "BookgDt")?,
        bank_reference: node.reference(&["AcctSvcrRef"])?,
        charges: charges(node)?,
        texts,
        references,
        movements,
        batches: batches(node)?,
        line: node.line(),
    })
}

/// `<Sts>BOOK</Sts>` until version 6, `<Sts><Cd>BOOK</Cd></Sts>` after it.
fn status(node: Element<'_, '_>) -> Result<EntryStatus, ReadError> {
    let code = match node.text(&["Sts", "Cd"])? {
        Some(code) => Some(code),
        None => node.text(&["Sts"])?,
    };
    match code {
        Some("BOOK") => Ok(EntryStatus::Booked),
        Some(_) => Ok(EntryStatus::NotBooked),
        None if node.find(&["Sts", "Prtry"])?.is_some() => Ok(EntryStatus::NotBooked),
        None => Err(node.missing("Sts")),
    }
}

fn batches(node: Element<'_, '_>) -> Result<Vec<Batched>, ReadError> {
    let mut found = Vec::new();
    for details in node.children("NtryDtls") {
        if let Some(batch) = details.find(&["Btch"])? {
            found.push(Batched {
                count: batch.count(&["NbOfTxs"])?,
                total: batch.amount(&["TtlAmt"])?,
                direction: direction(batch)?,
                details: details.children("TxDtls").count(),
            });
        }
    }
    Ok(found)
}

/// The one movement of an entry of which the bank gives no details.
fn without_details(node: Element<'_, '_>, of_entry: Whole) -> Movement {
    Movement {
        end_to_end_id: None,
        instructed: None,
        amount: None,
        charges: Vec::new(),
        bank_reference: None,
        transactions: Vec::new(),
        texts: Vec::new(),
        direction: of_entry.direction,
        is_reversal: None,
        code: of_entry.code,
        references: Vec::new(),
        is_return: of_entry.code == Code::Return,
        returned: None,
        creditor: None,
        debtor: None,
        line: node.line(),
    }
}

/// What holds of an entry's details unless they say otherwise.
#[derive(Clone, Copy)]
struct Whole {
    direction: Direction,
    code: Code,
}

fn movement(node: Element<'_, '_>, of_entry: Whole) -> Result<Movement, ReadError> {
    let own = match node.amount(&["Amt"])? {
        Some(own) => Some(own),
        None => node.amount(&["AmtDtls", "TxAmt", "Amt"])?,
    };
    let returned = node.find(&["RtrInf"])?;
    let code = match code(node)? {
        Code::Unsaid => of_entry.code,
        own => own,
    };
    let references = node.find(&["Refs"])?;
    Ok(Movement {
        end_to_end_id: node.reference(&["Refs", "EndToEndId"])?,
        instructed: node.amount(&["AmtDtls", "InstdAmt", "Amt"])?,
        amount: own,
        charges: charges(node)?,
        bank_reference: node.reference(&["Refs", "AcctSvcrRef"])?,
        transactions: transactions(node)?,
        texts: written::texts(node.node, ""),
        direction: direction(node)?.unwrap_or(of_entry.direction),
        is_reversal: is_reversal(node)?,
        code,
        references: references.map_or_else(Vec::new, |references| written::texts(references.node, "")),
        is_return: of_entry.code == Code::Return || code == Code::Return || returned.is_some(),
        returned: node.reasons("RtrInf")?.into_iter().next(),
        creditor: account(node, "CdtrAcct")?,
        debtor: account(node, "DbtrAcct")?,
        line: node.line(),
    })
}

/// The account of a party: its IBAN, else its number; none where that is hidden in part.
fn account(node: Element<'_, '_>, party: &'static str) -> Result<Option<String>, ReadError> {
    let written = match node.text(&["RltdPties", party, "Id", "IBAN"])? {
        Some(iban) => Some(iban),
        None => node.text(&["RltdPties", party, "Id", "Othr", "Id"])?,
    };
    let number = written.filter(|text| !text.contains('*')).map(plain_number);
    Ok(number.filter(|number| number.bytes().filter(u8::is_ascii_digit).count() >= LEAST_DIGITS))
}

/// The ids of the transaction, each with its name before it.
fn transactions(node: Element<'_, '_>) -> Result<Vec<String>, ReadError> {
    let mut ids = Vec::new();
    for name in ["TxId", "UETR", "AcctSvcrTxId", "ClrSysRef"] {
        ids.extend(node.reference(&["Refs", name])?.map(|id| format!("{name}:{id}")));
    }
    Ok(ids)
}

fn is_reversal(node: Element<'_, '_>) -> Result<Option<bool>, ReadError> {
    let Some(indicator) = node.find(&["RvslInd"])? else {
        return Ok(None);
    };
    match indicator.own_text()? {
        "true" | "1" => Ok(Some(true)),
        "false" | "0" => Ok(Some(false)),
        other => Err(indicator.wrong(other, "true or false")),
    }
}

fn code(node: Element<'_, '_>) -> Result<Code, ReadError> {
    let family = node.text(&["BkTxCd", "Domn", "Fmly", "Cd"])?;
    let kind = node.text(&["BkTxCd", "Domn", "Fmly", "SubFmlyCd"])?;
    let own = node.text(&["BkTxCd", "Prtry", "Cd"])?;
    // German banks: SWIFT's type, the code of their own kinds, a number. American banks: BAI's number.
    let pieces: Vec<&str> = own.map_or_else(Vec::new, |own| own.split('+').collect());
    let is_type = |wanted: &str| pieces.first() == Some(&wanted);
    // What stands behind the kind numbers a booking run or a text.
    let is_kind = |wanted: &str| pieces.get(1).or(pieces.first()) == Some(&wanted);
    Ok(match (family, kind) {
        (_, Some("RRTN" | "ARET" | "RPCR")) => Code::Return,
        _ if is_type("NRTI") || is_kind("159") || own == Some("257") => Code::Return,
        (_, Some("CHRG" | "COMM" | "COMI" | "COMT" | "FEES")) => Code::Fee,
        _ if is_type("NCHG") => Code::Fee,
        (Some("ICDT" | "IRCT"), Some("BOOK" | "RIMB")) => Code::Another,
        (Some("ICDT" | "IRCT"), _) => Code::Issued,
        (Some("RCDT" | "RRCT" | "RDDT"), _) => Code::Received,
        _ if is_kind("166") => Code::Received,
        (None, None) if own.is_none() => Code::Unsaid,
        (None | Some("OTHR" | "NTAV"), _) => Code::Untold,
        _ => Code::Another,
    })
}

/// What the bank took for itself: the sum where it says one, else each charge.
fn charges(node: Element<'_, '_>) -> Result<Vec<Money>, ReadError> {
    let mut found = Vec::new();
    // Before version 4 each charge had an element of its own.
    for charges in node.children("Chrgs") {
        let whole = match charges.amount(&["TtlChrgsAndTaxAmt"])? {
            Some(whole) => Some(whole),
            None => charges.amount(&["Amt"])?,
        };
        if let Some(whole) = whole {
            found.push(whole);
            continue;
        }
        for record in charges.children("Rcrd") {
            found.extend(record.amount(&["Amt"])?);
        }
    }
    Ok(found)
}

fn direction(node: Element<'_, '_>) -> Result<Option<Direction>, ReadError> {
    let Some(indicator) = node.find(&["CdtDbtInd"])? else {
        return Ok(None);
    };
    match indicator.own_text()? {
        "CRDT" => Ok(Some(Direction::Credit)),
        "DBIT" => Ok(Some(Direction::Debit)),
        other => Err(indicator.wrong(other, "CRDT or DBIT")),
    }
}

/// The day in `<Dt>`, or the day of `<DtTm>` as written.
fn day(node: Element<'_, '_>, name: &'static str) -> Result<Option<Date>, ReadError> {
    let Some(day) = node.find(&[name])? else {
        return Ok(None);
    };
    let written = day.text(&["Dt"])?.or(day.text(&["DtTm"])?).unwrap_or_default();
    match tree::day(written) {
        Some(date) => Ok(Some(date)),
        None => Err(day.wrong(written, "a day such as 2026-11-16")),
    }
}

/// The time of day in `<DtTm>` as written, to the second; none at midnight, which stands for a day alone.
fn time(node: Element<'_, '_>, name: &'static str) -> Result<Option<Time>, ReadError> {
    let written = node.text(&[name, "DtTm"])?;
    let time = written.and_then(|text| text.get(11..19)?.parse::<Time>().ok());
    Ok(time.filter(|time| *time != Time::midnight()))
}

mod identity;
#[cfg(test)]
mod tests;
