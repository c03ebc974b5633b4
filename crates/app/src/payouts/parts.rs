//! What each program has in a creator's available balance: thresholds and expiry are by program, the account is not.
//!
//! It is read off the account's own entries, newest first. Each says whose money it moved: all of it one program's, or so much of
//! each ([`journal::Whose`]), and how much of it has a source in the United States. A payout's reservation
//! notes what is left of every program after it, so the walk ends there: it costs what has happened since the
//! last payout, whatever came before. The sum of the parts is the available balance, or the books are damaged.

use crate::books::{entry_of, walk};
use crate::error::{Error, Result};
use journal::{Entry, Part, Parts, PayoutReserved, Whose, total};
use ledger::{Account, Balance};
use money::Money;
use std::ops::ControlFlow;
use store::{StoredTransaction, Tx};

/// A creator's available balance, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Available {
    /// By program; none is zero.
    pub parts: Parts,
    /// Keys of reservations that are pending.
    pub open: Vec<String>,
}

/// What one transaction changed of the account.
struct Moved {
    number: u64,
    entry: Entry,
    change: i128,
}

/// Takes the available balance of an account apart.
pub fn available(tx: &mut Tx<'_>, account: &Account, balance: &Balance) -> Result<Available> {
    let mut moved: Vec<Moved> = Vec::new();
    let mut checkpoint: Option<StoredTransaction> = None;
    walk(tx, account, |step| {
        let transaction = step.transaction;
        let entry = match moved.last_mut() {
            Some(last) if last.number == transaction.number => None,
            _ => Some(entry_of(transaction)?),
        };
        match (entry, moved.last_mut()) {
            (Some(Entry::PayoutReserved(_)), _) => {
                checkpoint = Some(transaction.clone());
                return Ok(ControlFlow::Break(()));
            }
            // Its reservation says it all.
            (Some(Entry::PayoutPaid | Entry::PayoutVoided(_)), _) => {}
            (Some(entry), _) => moved.push(Moved {
                number: transaction.number,
                entry,
                change: step.change,
            }),
            (None, Some(last)) => last.change += step.change,
            (None, None) => {}
        }
        Ok(ControlFlow::Continue(()))
    })?;
    let mut found = match checkpoint {
        Some(reservation) => since(tx, &reservation)?,
        None => Available::default(),
    };
    for moved in &moved {
        attribute(&mut found.parts, moved)?;
    }
    found.parts.retain(|_, part| *part != Part::default());
    let expected = balance.available(account.kind.side());
    if total(&found.parts) != expected {
        return Err(Error::bad_input(
            "books/parts",
            format!(
                "the programs' parts of `{account}` sum to {}, its balance is {expected}",
                total(&found.parts)
            ),
        )
        .hint("`permille ledger verify` checks the books"));
    }
    Ok(found)
}

/// What a payout left, with what has come back of it and of those before it.
fn since(tx: &mut Tx<'_>, reservation: &StoredTransaction) -> Result<Available> {
    let detail = detail(reservation)?;
    let mut found = Available {
        parts: detail.after.clone(),
        open: Vec::new(),
    };
    for key in detail.open.iter().map(String::as_str).chain([&*reservation.key]) {
        let Some(earlier) = tx.transaction(key)? else {
            continue;
        };
        let Some(end) = earlier.ended_by else {
            found.open.push(key.to_owned());
            continue;
        };
        let was_paid = tx
            .transaction_number(end)?
            .is_some_and(|end| end.action == "settle");
        if !was_paid {
            add_all(&mut found.parts, &self::detail(&earlier)?.shares);
        }
    }
    Ok(found)
}

/// What a payout's reservation says.
pub fn detail(reservation: &StoredTransaction) -> Result<PayoutReserved> {
    match entry_of(reservation)? {
        Entry::PayoutReserved(said) => Ok(said),
        _ => Err(Error::bad_input(
            "books/entry",
            format!("`{}` is no reservation of a payout", reservation.key),
        )
        .hint("`permille ledger verify` checks the books")),
    }
}

fn attribute(parts: &mut Parts, moved: &Moved) -> Result<()> {
    match moved.entry.whose() {
        Whose::Programs(shares) => add_all(parts, shares),
        Whose::Program(program, us_source) => {
            let part = Part {
                units: moved.change,
                us_source,
            };
            parts.entry(program.to_owned()).or_default().add(part);
        }
        // Whose money it is may not be guessed: what is of no program has no threshold.
        Whose::Nobody => {
            return Err(Error::bad_input(
                "books/entry",
                format!(
                    "transaction {} ({}) moves a creator's money and does not say whose",
                    moved.number,
                    moved.entry.cause()
                ),
            )
            .hint("`permille ledger verify` checks the books"));
        }
    }
    Ok(())
}

fn add_all(parts: &mut Parts, shares: &Parts) {
    for (program, share) in shares {
        parts.entry(program.clone()).or_default().add(*share);
    }
}

/// An amount in the smallest units of a finer asset. Errors: digits that the asset does not have.
pub fn units_in(amount: Money, asset: money::Asset) -> Result<i128> {
    let rounded = amount
        .rescale(asset.scale(), money::Rounding::TowardZero)
        .map_err(|e| Error::bug("payout/scale", e.to_string()))?;
    if !rounded.residue.is_zero() {
        return Err(Error::bug(
            "payout/scale",
            format!("{amount} has more digits than {asset}"),
        ));
    }
    Ok(rounded.value.units())
}
