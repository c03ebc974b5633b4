//! Offsets: what would be paid to a creator with an open invoice pays the invoice first.
//!
//! A threshold looks at what a program made payable, before any debt, so an offset is not taken before it is known what
//! would be paid without one. It is booked with the batch that is prepared.

use super::parts::{cannot_divide, units_in};
use super::subjects::Subject;
use crate::error::Result;
use crate::keys;
use jiff::Timestamp;
use journal::Entry;
use ledger::Transaction;
use payout::division;
use payout::readiness::Payable;

/// Takes what a creator was invoiced for out of what would be paid without the invoice, as far as that goes: changes
/// the subject and gives the transaction that says so.
pub(super) fn take(subject: &mut Subject, without: &Payable, at: Timestamp) -> Result<Transaction> {
    let offset = units_in(without.amount, subject.asset)?.min(subject.invoiced);
    let is_meant = |program: &str| without.shares.iter().any(|share| share.program == program);
    let parts = division::offset(&subject.held, is_meant, offset);
    let parts = parts.map_err(|error| cannot_divide(&error, &subject.creator, &subject.held))?;
    for (slot, units) in &parts {
        *subject.held.entry(slot.clone()).or_default() -= units;
    }
    subject.invoiced -= offset;
    let postings = subject
        .whose()
        .taken(&parts, &subject.receivable(), Some("offset"))?;
    // The accounts' last transaction names the state that is offset: the same state is offset once.
    let of = format!("offset/{}/{}", subject.last_transaction, subject.asset);
    let key = keys::key(&of, &subject.creator);
    Ok(Entry::Offset.post(key, at, postings))
}
