//! Whom payouts name: name, address and account stand in records of their own, apart from money, and sealed.
//!
//! Each payee has a key for each year in which payouts are executed. What has to be kept for so long goes with it when its time is over
//! ([`super::erase`]); payouts and books stay as they are.

use crate::base::error::{Error, Result};
use crate::workspace::records;
use jiff::civil::Date;
use payout::batch::{Batch, Particulars, Payout};
use payout::payee::PayeeId;
use std::collections::HashMap;
use store::{NewRecord, Record, Tx};

/// Kind of the records. The id is the payout's.
pub(crate) const KIND: &str = "recipient";

/// The key that seals who receives a payout. One that is to be executed in December may be in January: the next year counts, so that nothing
/// goes too early.
pub(super) fn key(payee: &PayeeId, executed: Date) -> String {
    let year = executed.year() + i16::from(executed.month() == 12);
    format!("{}{year}", prefix(payee.as_str()))
}

/// What the keys of a payee begin with.
pub(super) fn prefix(payee: &str) -> String {
    format!("{KIND}/{payee}/")
}

/// The record of who receives a new payout.
pub(super) fn of(batch: &Batch, payout: &Payout) -> Result<NewRecord> {
    let key = key(&payout.recipient.payee, batch.execution_date);
    let record = records::new(KIND, payout.id.as_str(), 0, &payout.recipient.particulars())?;
    Ok(NewRecord {
        key: Some(key),
        ..record
    })
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
