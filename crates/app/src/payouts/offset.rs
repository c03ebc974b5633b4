//! Offsets: what would be paid to a creator with an open invoice pays the invoice first.
//!
//! A threshold looks at what a program made payable, before any debt, so an offset is not taken before it is known what
//! would be paid without one. It is booked with the batch that is prepared.

use super::creator_balances::CreatorBalance;
use super::program_balances::{cannot_divide, units_in};
use crate::base::error::Result;
use crate::base::keys;
use jiff::Timestamp;
use journal::Entry;
use ledger::Transaction;
use payout::division;
use payout::readiness::Payable;

/// Takes what a creator was invoiced for out of what would be paid without the invoice, as far as that goes: changes
/// the balance and gives the transaction that says so.
pub(super) fn take(
    creator_balance: &mut CreatorBalance,
    without: &Payable,
    at: Timestamp,
) -> Result<Transaction> {
    let offset = units_in(without.amount, creator_balance.asset)?.min(creator_balance.invoiced);
    let is_meant = |program: &str| without.shares.iter().any(|share| share.program == program);
    let parts = division::offset(&creator_balance.held, is_meant, offset);
    let parts =
        parts.map_err(|error| cannot_divide(&error, &creator_balance.creator, &creator_balance.held))?;
    for (slot, units) in &parts {
        *creator_balance.held.entry(slot.clone()).or_default() -= units;
    }
    creator_balance.invoiced -= offset;
    let postings = creator_balance
        .whose()
        .taken(&parts, &creator_balance.receivable(), Some("offset"))?;
    // The accounts' last transaction names the state that is offset: the same state is offset once.
    let of = format!(
        "offset/{}/{}",
        creator_balance.last_transaction, creator_balance.asset
    );
    let key = keys::key(&of, &creator_balance.creator);
    Ok(Entry::Offset.post(key, at, postings))
}
