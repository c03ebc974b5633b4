//! Whom payouts name: name, address and account stand in records of their own, apart from money, and sealed.
//!
//! Each payee has a key for each year in which payouts are executed: what names whom was paid has to be kept for years, and can go by years,
//! with its key; payouts and books stay as they are.

use crate::base::error::{Error, Result};
use crate::workspace::records;
use jiff::civil::Date;
use payout::batch::{Batch, Particulars, Payout};
use payout::payee::PayeeId;
use std::collections::HashMap;
use store::{NewRecord, Record, Tx};

/// Kind of the records. The id is the payout's.
const KIND: &str = "recipient";

/// The key that seals who receives a payout. One that is to be executed in December may be in January: the next year counts, so that nothing
/// goes too early.
fn key(payee: &PayeeId, executed: Date) -> String {
    let year = executed.year() + i16::from(executed.month() == 12);
    format!("{KIND}/{payee}/{year}")
}

/// The record of who receives a new payout.
pub(super) fn of(batch: &Batch, payout: &Payout) -> Result<NewRecord> {
    let key = key(&payout.recipient.payee, batch.execution_date);
    records::sealed(KIND, payout.id.as_str(), 0, &payout.recipient.particulars(), key)
}

/// Those of some payouts, by payout.
pub(super) fn of_payouts(tx: &mut Tx<'_>, payouts: &[&str]) -> Result<HashMap<String, Record>> {
    Ok(by_payout(tx.records_of(KIND, payouts)?))
}

/// All of them, by payout.
pub(super) fn all(tx: &mut Tx<'_>) -> Result<HashMap<String, Record>> {
    Ok(by_payout(tx.records(KIND, "")?))
}

fn by_payout(records: Vec<Record>) -> HashMap<String, Record> {
    records
        .into_iter()
        .map(|record| (record.id.clone(), record))
        .collect()
}

/// Says who receives a payout, unless that is erased.
pub(super) fn name(payout: &mut Payout, known: &HashMap<String, Record>) -> Result<()> {
    let Some(record) = known.get(payout.id.as_str()) else {
        let words = format!("who receives payout {} has no record", payout.id);
        return Err(Error::damage(words).hint("`permille ledger verify` checks the books"));
    };
    if !record.is_erased() {
        payout
            .recipient
            .name_by(records::parse::<Particulars>(record)?.value);
    }
    Ok(())
}
