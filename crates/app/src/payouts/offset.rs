//! Offsets: what would be paid to a creator with an open invoice pays the invoice first.
//!
//! A threshold looks at what a program made payable, before any debt, so an offset is not taken before it is known what
//! would be paid without one. It is booked with the batch that is prepared.

use super::parts::units_in;
use super::subjects::Subject;
use crate::books::flow;
use crate::error::{Error, Result};
use crate::keys;
use jiff::Timestamp;
use journal::{Entry, Offset, Part, Parts};
use ledger::{Account, AccountKind, Transaction};
use money::allocate;
use payout::readiness::Payable;

/// Takes what a creator was invoiced for out of what would be paid without the invoice, as far as that goes: changes
/// the subject and gives the transaction that says so.
pub(super) fn take(subject: &mut Subject, without: &Payable, at: Timestamp) -> Result<Transaction> {
    let offset = units_in(without.amount, subject.asset)?.min(subject.invoiced);
    let keys: Vec<&str> = without
        .shares
        .iter()
        .map(|share| share.program.as_str())
        .collect();
    let weights: Vec<u128> = without
        .shares
        .iter()
        .map(|share| share.amount.units().unsigned_abs())
        .collect();
    let split = allocate(offset, &weights, &keys).map_err(|e| Error::bug("payout/offset", e.to_string()))?;
    let mut shares = Parts::new();
    let mut us_taken = 0;
    for (program, units) in keys.iter().zip(split) {
        let Some(part) = subject.parts.get_mut(*program).filter(|part| part.units > 0) else {
            continue;
        };
        let us_source = part.us_source.clamp(0, part.units) * units / part.units;
        part.units -= units;
        part.us_source -= us_source;
        us_taken += us_source;
        let share = Part {
            units: -units,
            us_source: -us_source,
        };
        shares.insert((*program).to_owned(), share);
    }
    subject.available -= offset;
    subject.invoiced -= offset;
    let mut postings = Vec::new();
    postings.extend(flow(
        &subject.account(AccountKind::CreatorAvailable),
        &subject.account(AccountKind::CreatorReceivable),
        offset,
        Some("offset".into()),
    )?);
    postings.extend(flow(
        &subject.account(AccountKind::UsSource),
        &Account::platform(AccountKind::UsSourceContra, subject.asset),
        us_taken,
        None,
    )?);
    // The account's last transaction names the state that is offset: the same state is offset once.
    let of = format!("offset/{}/{}", subject.last_transaction, subject.asset);
    let key = keys::key(&of, &subject.creator);
    Ok(Entry::Offset(Offset { shares }).post(key, at, postings))
}
