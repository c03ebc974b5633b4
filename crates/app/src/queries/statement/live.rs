//! LIVE in a creator's month: what is booked for the periods that begin in it, and what of that is dated in earlier ones.

use crate::base::error::Result;
use crate::books::{entry_of, walk};
use crate::runs::period_named;
use jiff::Timestamp;
use journal::Entry;
use ledger::{AccountKind, Side};
use money::{Asset, Money};
use policy::period::Period;
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};
use std::ops::ControlFlow;
use store::{AccountFilter, StoredTransaction, Tx};

/// What a creator has of LIVE by entries of one kind, which are booked for one period and dated in one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LiveRow {
    /// The program.
    pub program: String,
    /// The period that they are booked for.
    pub period: String,
    /// The period that they are dated in: where it is an earlier one, that was closed before they were booked.
    pub dated: String,
    /// `gift`, `redemption`, `subscription`, `gift-reversal`.
    pub what: String,
    /// How many entries changed it.
    pub entries: u64,
    /// `diamonds`, what they are `worth` in the books, or `money`.
    pub of: &'static str,
    /// By how much: what came less what left.
    #[serde(serialize_with = "earning::amount::serialize")]
    pub amount: Money,
}

/// What rows are told apart by.
type Place = (String, String, String, &'static str, &'static str, Asset);

/// Entries, and what they come to in smallest units.
type Sum = (u64, i128);

/// What is booked for the periods of a month. Nothing of it was booked before the month began: what is dated later is booked later,
/// and so is what is late.
pub(super) fn live(
    tx: &mut Tx<'_>,
    creator: &str,
    month: &Period,
    begins: Timestamp,
) -> Result<Vec<LiveRow>> {
    let mut rows: BTreeMap<Place, Sum> = BTreeMap::new();
    let mut seen = HashSet::new();
    let kinds = [
        AccountKind::CreatorDiamonds,
        AccountKind::CreatorPending,
        AccountKind::CreatorAvailable,
    ];
    for kind in kinds {
        let states = tx.accounts(&AccountFilter::of(kind, creator))?;
        for account in states.into_iter().map(|state| state.account) {
            // As for money: where a clock was wrong, the time of the next entry is nearer.
            let mut recorded = Timestamp::MAX;
            walk(tx, &[account], |step| {
                recorded = recorded.min(step.transaction.recorded);
                if recorded < begins {
                    return Ok(ControlFlow::Break(()));
                }
                let transaction = step.transaction;
                let entry = entry_of(transaction)?;
                if entry.booked_for().is_some() && seen.insert(transaction.number) {
                    add(&mut rows, (creator, month), transaction, &entry);
                }
                Ok(ControlFlow::Continue(()))
            })?;
        }
    }
    Ok(rows.into_iter().map(row).collect())
}

/// Adds an entry, if it is booked for a period of the month.
fn add(
    rows: &mut BTreeMap<Place, Sum>,
    (creator, month): (&str, &Period),
    transaction: &StoredTransaction,
    entry: &Entry,
) {
    let (Some(booked_for), Some(program)) = (entry.booked_for(), entry.program()) else {
        return;
    };
    if !period_named(&booked_for.period).is_ok_and(|period| month.contains(period.start())) {
        return;
    }
    let mut changes: BTreeMap<(&'static str, Asset), i128> = BTreeMap::new();
    for posting in &transaction.postings {
        let sides = [(&posting.debit, Side::Debit), (&posting.credit, Side::Credit)];
        for (account, side) in sides
            .into_iter()
            .filter(|(account, _)| *account.owner == *creator)
        {
            let units = i128::from(posting.amount);
            let change = if account.kind.side() == side {
                units
            } else {
                -units
            };
            if let Some(of) = word(account.kind) {
                *changes.entry((of, account.asset)).or_default() += change;
            }
        }
    }
    for ((of, asset), change) in changes {
        let (period, dated) = (booked_for.period.to_string(), booked_for.dated().to_string());
        let place = (program.to_owned(), period, dated, entry.cause(), of, asset);
        let (entries, units) = rows.entry(place).or_default();
        *entries += 1;
        *units += change;
    }
}

/// What stands in a kind of account, in the words of a statement.
const fn word(kind: AccountKind) -> Option<&'static str> {
    match kind {
        AccountKind::CreatorDiamonds => Some("diamonds"),
        AccountKind::DiamondLiability => Some("worth"),
        AccountKind::CreatorPending | AccountKind::CreatorAvailable => Some("money"),
        _ => None,
    }
}

fn row(((program, period, dated, what, of, asset), (entries, units)): (Place, Sum)) -> LiveRow {
    LiveRow {
        program,
        period,
        dated,
        what: what.to_owned(),
        entries,
        of,
        amount: Money::new(asset, units),
    }
}
