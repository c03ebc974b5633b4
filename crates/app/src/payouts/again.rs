//! Payouts that failed or came back, and whose money is paid again by a batch.

use super::since::Since;
use super::stored::{Export, StoredBatch};
use crate::base::error::Result;
use jiff::Timestamp;
use payout::batch::{Batch, Payout, PayoutState};
use std::collections::{BTreeMap, BTreeSet};
use store::Tx;

/// What a payout takes the money of a balance for, and when.
struct Taken<'b> {
    at: Option<Timestamp>,
    payout: &'b Payout,
    /// Whether it is of the batch that is looked at.
    is_here: bool,
    /// When it gave the money back before it left.
    cancelled: Option<Timestamp>,
}

impl<'b> Taken<'b> {
    fn of(tx: &mut Tx<'_>, batch: &'b Batch, payout: &'b Payout, is_here: bool) -> Result<Taken<'b>> {
        let cancelled = match payout.state {
            PayoutState::Cancelled => {
                let void = tx.transaction(&format!("payout/{}/void", payout.id))?;
                void.map(|void| void.recorded)
            }
            _ => None,
        };
        Ok(Taken {
            at: batch.prepared_at(),
            payout,
            is_here,
            cancelled,
        })
    }

    /// Whether it takes the same money as another payout did: of the same balance, and of one of its programs.
    fn is_of_same_money(&self, other: &Payout) -> bool {
        let programs: BTreeSet<&str> = other.shares.iter().map(|share| share.program.as_str()).collect();
        self.payout.gross.asset() == other.gross.asset()
            && self
                .payout
                .shares
                .iter()
                .any(|share| programs.contains(share.program.as_str()))
    }
}

/// Whether the money of a payout that was given back is in the batch that is looked at. `all`: the creator's payouts, in the order in
/// which they were prepared.
fn is_here(all: &[Taken<'_>], given_back: &Payout) -> bool {
    let mut free_from = given_back.told.last().map(|told| told.at);
    for taken in all {
        let is_before = taken.at.zip(free_from).is_some_and(|(at, from)| at < from);
        if taken.payout.id == given_back.id || is_before || !taken.is_of_same_money(given_back) {
            continue;
        }
        if taken.is_here || taken.payout.state != PayoutState::Cancelled {
            return taken.is_here;
        }
        free_from = taken.cancelled.or(free_from);
    }
    false
}

/// What the payouts of one creator took and gave back.
#[derive(Default)]
struct Payouts<'b> {
    /// Every payout, in the order in which they were prepared.
    taken: Vec<Taken<'b>>,
    /// Those of exported files that gave their money back, in the order of the batches.
    given_back: Vec<(&'b Export, &'b Payout)>,
}

/// The payouts of every creator of a batch, each batch read once.
fn by_creator<'b>(
    tx: &mut Tx<'_>,
    all: &'b [StoredBatch],
    stored: &'b StoredBatch,
) -> Result<BTreeMap<&'b str, Payouts<'b>>> {
    let mut found: BTreeMap<&str, Payouts<'_>> = BTreeMap::new();
    for payout in &stored.batch.payouts {
        let of_creator = found.entry(payout.recipient.payee.as_str()).or_default();
        of_creator.taken.push(Taken::of(tx, &stored.batch, payout, true)?);
    }
    for other in all.iter().filter(|other| other.batch.id != stored.batch.id) {
        for payout in &other.batch.payouts {
            let Some(of_creator) = found.get_mut(payout.recipient.payee.as_str()) else {
                continue;
            };
            of_creator.taken.push(Taken::of(tx, &other.batch, payout, false)?);
            if let Some(export) = other.export.as_ref().filter(|_| payout.state.frees_money()) {
                of_creator.given_back.push((export, payout));
            }
        }
    }
    for of_creator in found.values_mut() {
        of_creator.taken.sort_by_key(|one| one.at);
    }
    Ok(found)
}

/// Payouts that failed or came back, and whose money a batch pays again, with their creators.
pub(super) fn of(tx: &mut Tx<'_>, all: &[StoredBatch], stored: &StoredBatch) -> Result<Vec<(String, Since)>> {
    let by_creator = by_creator(tx, all, stored)?;
    let mut found = Vec::new();
    for payout in &stored.batch.payouts {
        let creator = payout.recipient.payee.as_str();
        let of_creator = &by_creator[creator];
        for &(export, one) in &of_creator.given_back {
            if is_here(&of_creator.taken, one) {
                found.push((creator.to_owned(), Since::of(export, one)));
            }
        }
    }
    Ok(found)
}
