//! What each program has in a creator's available balance: thresholds and expiry are by program, the account is not.
//!
//! It is read off the account's own entries, newest first. Each says in its detail whose money it moved: `program` for
//! all of it, or `shares` by program; `us_source` is the part with a source in the United States. A payout's reservation
//! notes what is left of every program after it, so the walk ends there: it costs what has happened since the
//! last payout, whatever came before. The sum of the parts is the available balance, or the books are damaged.

use crate::error::{Error, Result};
use ledger::{Account, Balance};
use money::Money;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use store::{StoredTransaction, Tx};

/// Cause of a payout's reservation and of what ends it.
pub const PAYOUT: &str = "payout";
/// Money that no program stands behind.
pub const OTHER: &str = "other";

/// One program's part, in smallest units of the account's asset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// What is unpaid; below zero when more was taken back than there was.
    pub units: i128,
    /// How much of it has a source in the United States.
    pub us_source: i128,
}

impl Part {
    /// As much with the other sign.
    pub fn negated(self) -> Part {
        Part {
            units: -self.units,
            us_source: -self.us_source,
        }
    }

    fn add(&mut self, other: Part, sign: i128) {
        self.units += sign * other.units;
        self.us_source += sign * other.us_source;
    }
}

/// Parts by program.
pub type Parts = BTreeMap<String, Part>;

/// The sum of parts.
pub fn total(parts: &Parts) -> i128 {
    parts.values().map(|part| part.units).sum()
}

/// The detail of a payout's reservation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutDetail {
    /// The batch.
    pub batch: String,
    /// The payout.
    pub payout: String,
    /// Its reference at the bank.
    pub reference: String,
    /// What arrives, in the payout's currency.
    pub arrives: String,
    /// What was withheld.
    pub withheld: String,
    /// The exchange rate, exact; none in one currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<String>,
    /// The day it was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_date: Option<String>,
    /// Where it is from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_source: Option<String>,
    /// The BLAKE3 hash of the file it was read from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_file: Option<String>,
    /// What it takes, by program.
    pub shares: Parts,
    /// What it leaves, by program.
    pub after: Parts,
    /// Keys of earlier reservations that were pending.
    pub open: Vec<String>,
}

/// A creator's available balance, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Available {
    /// By program; none is zero.
    pub parts: Parts,
    /// Keys of reservations that are pending.
    pub open: Vec<String>,
}

/// What an entry may say of itself.
#[derive(Debug, Default, Deserialize)]
struct Said {
    program: Option<String>,
    us_source: Option<i128>,
    shares: Option<Parts>,
}

/// What one transaction changed of the account.
struct Moved {
    number: u64,
    is_reversal: bool,
    linked: Option<Arc<str>>,
    detail: Option<Arc<str>>,
    change: i128,
}

/// Takes the available balance of an account apart.
pub fn available(tx: &mut Tx<'_>, account: &Account, balance: &Balance) -> Result<Available> {
    let mut moved: Vec<Moved> = Vec::new();
    let mut checkpoint: Option<StoredTransaction> = None;
    tx.walk(account, |step| {
        let transaction = step.transaction;
        let is_payout = transaction.cause == PAYOUT;
        match (&*transaction.action, is_payout) {
            ("reserve", true) => {
                checkpoint = Some(transaction.clone());
                return ControlFlow::Break(());
            }
            // Its reservation says it all.
            ("settle", true) => return ControlFlow::Continue(()),
            _ => {}
        }
        let reserved = match transaction.is_pending() && step.is_debit {
            true => transaction
                .postings
                .get(step.index)
                .map_or(0, |posting| i128::from(posting.amount)),
            false => 0,
        };
        let change = step.change - reserved;
        match moved.last_mut() {
            Some(last) if last.number == transaction.number => last.change += change,
            _ => moved.push(Moved {
                number: transaction.number,
                is_reversal: transaction.action == "reverse",
                linked: transaction.linked_key.clone(),
                detail: transaction.detail.clone(),
                change,
            }),
        }
        ControlFlow::Continue(())
    })?;
    let mut found = match checkpoint {
        Some(reservation) => since(tx, &reservation)?,
        None => Available::default(),
    };
    for moved in moved {
        attribute(tx, &mut found.parts, &moved)?;
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
            add_all(&mut found.parts, &self::detail(&earlier)?.shares, 1);
        }
    }
    Ok(found)
}

/// The detail of a payout's reservation.
pub fn detail(reservation: &StoredTransaction) -> Result<PayoutDetail> {
    let text = reservation.detail.as_deref().unwrap_or("");
    serde_json::from_str(text).map_err(|e| {
        Error::bad_input(
            "books/detail",
            format!("the detail of `{}` cannot be read: {e}", reservation.key),
        )
        .hint("it may have been written by a newer permille")
    })
}

fn attribute(tx: &mut Tx<'_>, parts: &mut Parts, moved: &Moved) -> Result<()> {
    let mut text = moved.detail.clone();
    let mut sign = 1;
    if let (true, None, Some(linked)) = (moved.is_reversal, &text, &moved.linked) {
        text = tx.transaction(linked)?.and_then(|linked| linked.detail);
        sign = -1;
    }
    let said: Said = match &text {
        None => Said::default(),
        // Whose money it is may not be guessed: what is of no program has no threshold.
        Some(text) => serde_json::from_str(text).map_err(|e| {
            Error::bad_input(
                "books/detail",
                format!("the detail of transaction {} cannot be read: {e}", moved.number),
            )
            .hint("`permille ledger verify` checks the books; it may have been written by a newer permille")
        })?,
    };
    match said.shares {
        Some(shares) => add_all(parts, &shares, sign),
        None => {
            let program = said.program.unwrap_or_else(|| OTHER.to_owned());
            let part = Part {
                units: moved.change,
                us_source: sign * said.us_source.unwrap_or(0),
            };
            parts.entry(program).or_default().add(part, 1);
        }
    }
    Ok(())
}

fn add_all(parts: &mut Parts, shares: &Parts, sign: i128) {
    for (program, share) in shares {
        parts.entry(program.clone()).or_default().add(*share, sign);
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
