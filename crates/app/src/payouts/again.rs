//! Payouts that failed or came back, and whose money is paid again by a batch.

use super::batches::StoredBatch;
use super::earlier::Since;
use crate::error::Result;
use jiff::Timestamp;
use payout::batch::{Batch, Payout, PayoutState};
use std::collections::BTreeSet;
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
    /// Every payout of a creator in a batch.
    fn of(tx: &mut Tx<'_>, batch: &'b Batch, creator: &str, is_here: bool) -> Result<Vec<Taken<'b>>> {
        let mut taken = Vec::new();
        for payout in batch
            .payouts
            .iter()
            .filter(|one| one.recipient.payee.as_str() == creator)
        {
            let cancelled = match payout.state {
                PayoutState::Cancelled => {
                    let void = tx.transaction(&format!("payout/{}/void", payout.id))?;
                    void.map(|void| void.recorded)
                }
                _ => None,
            };
            taken.push(Taken {
                at: batch.prepared_at(),
                payout,
                is_here,
                cancelled,
            });
        }
        Ok(taken)
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

/// Payouts that failed or came back, and whose money a batch pays again, with their creators.
pub(super) fn of(tx: &mut Tx<'_>, all: &[StoredBatch], stored: &StoredBatch) -> Result<Vec<(String, Since)>> {
    let mut found = Vec::new();
    let others = || all.iter().filter(|other| other.batch.id != stored.batch.id);
    for payout in &stored.batch.payouts {
        let creator = payout.recipient.payee.as_str();
        let mut taken = Taken::of(tx, &stored.batch, creator, true)?;
        for other in others() {
            taken.extend(Taken::of(tx, &other.batch, creator, false)?);
        }
        taken.sort_by_key(|one| one.at);
        for other in others() {
            let Some(export) = &other.export else { continue };
            let given_back = other.batch.payouts.iter().filter(|one| one.state.frees_money());
            for one in given_back.filter(|one| one.recipient.payee.as_str() == creator) {
                if is_here(&taken, one) {
                    found.push((creator.to_owned(), Since::of(export, one)));
                }
            }
        }
    }
    Ok(found)
}
