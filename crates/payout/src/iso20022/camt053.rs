//! Reading camt.053: what was booked on the account.

use super::reasons::Reason;
use super::tree::{self, Lines, ReadError, children, find, need, text};
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
    /// Whether it counts.
    pub status: EntryStatus,
    /// The day it was booked.
    pub booked_on: Option<Date>,
    /// The bank's own reference.
    pub bank_reference: Option<String>,
    /// The part of a file that was booked as one sum (`Btch/PmtInfId`), if the bank names it.
    pub original_payment_id: Option<String>,
    /// What the bank writes about it.
    pub text: Option<String>,
    /// What it is made of; nothing, where the bank does not say.
    pub movements: Vec<Movement>,
    /// Where it stands in the file.
    pub line: u32,
}

/// One payment within an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement {
    /// The payment's reference; `None` if the bank says it was not provided.
    pub end_to_end_id: Option<String>,
    /// The amount in the currency it was sent in: as instructed, else of the transaction, else of an entry
    /// with this movement alone.
    pub amount: Option<Money>,
    /// What moved on the account, fees taken off: of an entry with this movement alone, else of the transaction.
    pub booked: Option<Money>,
    /// The bank's own reference.
    pub bank_reference: Option<String>,
    /// What it is for, in the sender's words and references.
    pub remittance: Vec<String>,
    /// Which way.
    pub direction: Direction,
    /// Why it came back, if it did.
    pub returned: Option<Reason>,
    /// Where it stands in the file.
    pub line: u32,
}

/// Reads statements of any version from camt.053.001.02 on.
pub fn read_camt053(text: &str) -> Result<Vec<Statement>, ReadError> {
    let text = tree::without_mark(text);
    let lines = Lines::new(text);
    let document = tree::parse(text)?;
    let message = tree::message(&document, &lines, "BkToCstmrStmt", "a bank statement (camt.053)")?;
    children(message, "Stmt")
        .map(|node| statement(node, &lines))
        .collect()
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
    let amount = tree::amount(amount, lines)?;
    let direction = direction(node, lines)?.ok_or_else(|| missing(node, "CdtDbtInd", lines))?;
    // <Sts>BOOK</Sts> until version 6, <Sts><Cd>BOOK</Cd></Sts> after it.
    let status = match text(node, &["Sts", "Cd"]).or(text(node, &["Sts"])) {
        Some("BOOK") => EntryStatus::Booked,
        Some(_) => EntryStatus::NotBooked,
        None => return Err(missing(node, "Sts", lines)),
    };
    let details: Vec<_> = children(node, "NtryDtls")
        .flat_map(|details| children(details, "TxDtls"))
        .collect();
    let alone = details.len() == 1;
    let movements = details.into_iter().map(|details| {
        let mut movement = movement(details, direction, lines)?;
        if alone {
            movement.amount.get_or_insert(amount);
            movement.booked = Some(amount);
        }
        Ok(movement)
    });
    Ok(Entry {
        amount,
        direction,
        status,
        booked_on: booked_on(node, lines)?,
        bank_reference: bank_reference(node, &["AcctSvcrRef"]),
        original_payment_id: text(node, &["NtryDtls", "Btch", "PmtInfId"]).map(str::to_owned),
        text: text(node, &["AddtlNtryInf"]).map(str::to_owned),
        movements: movements.collect::<Result<_, ReadError>>()?,
        line: lines.of(node),
    })
}

fn movement(node: Node<'_, '_>, of_entry: Direction, lines: &Lines) -> Result<Movement, ReadError> {
    let places: [&[&'static str]; 3] = [
        &["AmtDtls", "InstdAmt", "Amt"],
        &["Amt"],
        &["AmtDtls", "TxAmt", "Amt"],
    ];
    let amount = places.into_iter().find_map(|path| find(node, path));
    let reference = text(node, &["Refs", "EndToEndId"]).filter(|id| *id != super::charset::NOT_PROVIDED);
    Ok(Movement {
        end_to_end_id: reference.map(str::to_owned),
        amount: amount.map(|amount| tree::amount(amount, lines)).transpose()?,
        booked: find(node, &["Amt"])
            .map(|amount| tree::amount(amount, lines))
            .transpose()?,
        bank_reference: bank_reference(node, &["Refs", "AcctSvcrRef"]),
        remittance: remittance(node),
        direction: direction(node, lines)?.unwrap_or(of_entry),
        returned: tree::reasons(node, "RtrInf").into_iter().next(),
        line: lines.of(node),
    })
}

/// A reference by which the bank knows an entry; some write that there is none.
fn bank_reference(node: Node<'_, '_>, path: &[&'static str]) -> Option<String> {
    let reference = text(node, path).filter(|text| !matches!(*text, "NONREF" | super::charset::NOT_PROVIDED));
    reference.map(str::to_owned)
}

/// Structured references first, then free text; a text that was cut into lines is one.
fn remittance(node: Node<'_, '_>) -> Vec<String> {
    let given: Vec<_> = children(node, "RmtInf").collect();
    let structured = given.iter().flat_map(|given| children(*given, "Strd"));
    let mut found: Vec<String> = structured
        .filter_map(|part| text(part, &["CdtrRefInf", "Ref"]))
        .map(str::to_owned)
        .collect();
    let lines = given.iter().flat_map(|given| children(*given, "Ustrd"));
    found.push(lines.filter_map(|line| line.text()).collect());
    found.extend(text(node, &["AddtlTxInf"]).map(str::to_owned));
    found.retain(|text| !text.trim().is_empty());
    found
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
fn booked_on(node: Node<'_, '_>, lines: &Lines) -> Result<Option<Date>, ReadError> {
    let Some(day) = find(node, &["BookgDt"]) else {
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
<Ntry><Amt Ccy="EUR">92.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>{status}</Sts><BookgDt><DtTm>2026-11-18T09:00:00+01:00</DtTm></BookgDt>
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
        assert_eq!(out.movements[0].amount, Some(money("100.00 EUR")));
        assert_eq!(back.movements[0].amount, Some(money("100.00 USD")));
        assert_eq!(back.movements[0].booked, Some(money("92.00 EUR")));
        assert_eq!(out.movements[0].booked, Some(money("100.00 EUR")));
        assert_eq!(back.movements[0].bank_reference.as_deref(), Some("B2"));
        assert_eq!(back.movements[0].remittance, ["RF18", "a reference cut into two"]);
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
