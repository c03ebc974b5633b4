//! Offsets: what would be paid to a creator with an open invoice pays the invoice first.
//!
//! A threshold looks at what a program made payable, before any debt, so an offset is not taken before it is known what
//! would be paid without one. It is booked with the batch that is prepared.

use super::payee_balances::PayeeBalance;
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
    payee_balance: &mut PayeeBalance,
    without: &Payable,
    at: Timestamp,
) -> Result<Transaction> {
    let offset = units_in(without.amount, payee_balance.asset)?.min(payee_balance.invoiced);
    let is_meant = |program: &str| without.shares.iter().any(|share| share.program == program);
    let held = payee_balance.payable_of();
    let parts = division::offset(&division::together(&held), is_meant, offset);
    let parts = parts.and_then(|parts| division::shared_by(&held, &parts));
    let parts = parts.map_err(|error| cannot_divide(&error, &payee_balance.payee, &held))?;
    for (creator, parts) in &parts {
        for (slot, units) in parts {
            let left = payee_balance.held.entry(creator.clone()).or_default();
            *left.entry(slot.clone()).or_default() -= units;
        }
    }
    payee_balance.invoiced -= offset;
    let postings = payee_balance
        .whose()
        .taken(&parts, &payee_balance.receivable(), Some("offset"))?;
    // The accounts' last transaction names the state that is offset: the same state is offset once.
    let of = format!(
        "offset/{}/{}",
        payee_balance.last_transaction, payee_balance.asset
    );
    let key = keys::key(&of, &payee_balance.payee);
    Ok(Entry::Offset.post(key, at, postings))
}
