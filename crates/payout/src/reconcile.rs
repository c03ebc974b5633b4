//! Reconciliation: what a bank's answer means for payouts, and where the two do not agree.
//!
//! Answers are matched by reference (`mentions.rs`), then by currency and amount. The result is a list of transitions to
//! make and a list of breaks for people to look at; nothing is changed here. Reading the same answer again
//! gives no further transition, and neither does an answer that a later one has overtaken.
//!
//! Money that may have left is never freed by doubt: what is not certain is a break, and the payout stays where it is.
//!
//! | what a bank sends | read in |
//! |---|---|
//! | a status report (pain.002) | `report.rs` |
//! | statements (camt.053): movements of one payout | `statements.rs` |
//! | sums of a file or a part of one | `sums.rs` |
//! | money that came in for an invoice | `receipts.rs` |
//! | movements that name nothing, now and when more is known | `look.rs`, by what is in `nameless.rs`, `explained.rs` and `bank_names.rs` |
//!
//! What an answer would free passes `gate.rs`: there all that is known of a payout is looked at in the order of the bank's own times.

mod about;
mod acceptances;
mod accounts;
mod across;
mod agreement;
mod at_account;
mod bank_names;
mod before;
mod blocks;
mod breaks;
mod by_word;
mod certainty;
mod counts;
mod doubtful;
mod evidence;
mod explained;
mod gate;
mod ids;
mod known;
mod leavings;
mod look;
mod marks;
mod matcher;
mod mentions;
mod nameless;
mod original;
mod place;
mod receipts;
mod refusals;
mod report;
mod shown;
mod statements;
mod sums;
mod unmatched;
mod why;

pub use accounts::of_other_accounts;
pub use before::DAYS_APART;
pub use breaks::{Break, BreakKind};
pub use look::look_again;
pub use receipts::are_near;
pub use report::with_status_report;
pub use statements::with_statements;
pub use unmatched::Unmatched;

use crate::batch::{Acceptance, Batch, BatchError, Payout, PayoutId, PayoutState, Seen, Told};
use crate::invoice::InvoiceReference;
use crate::payee::Fault;
use jiff::Timestamp;
use jiff::civil::Date;
use money::Money;
use std::collections::HashMap;

/// What an answer means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reconciliation {
    /// What becomes of payouts, in the order in which it happened. Not yet done.
    pub transitions: Vec<Transition>,
    /// Reasons of what failed or came back before without one: from and to are the state it is in. Not yet noted.
    pub explained: Vec<Transition>,
    /// Where statements showed payouts' money for the first time. Not yet noted.
    pub seen: Vec<(PayoutId, Seen)>,
    /// What banks took on. Not yet noted.
    pub accepted: Vec<(PayoutId, Acceptance)>,
    /// What is known of movements, and what another statement says of the same. Not yet noted.
    pub refined: Vec<(PayoutId, [Seen; 2])>,
    /// What came in for invoices, in the order of the file. Not yet booked.
    pub receipts: Vec<Receipt>,
    /// What does not agree.
    pub breaks: Vec<Break>,
    /// Payouts and receipts that the answer says are where they already were.
    pub unchanged: usize,
    /// Payouts that the bank is still working on.
    pub under_way: usize,
    /// Movements of a statement that name nothing of ours: fees, other payments.
    pub unrelated: usize,
    /// Those of which later answers may show whose they are. Not yet kept.
    pub unmatched: Vec<Unmatched>,
}

impl Reconciliation {
    /// Keeps what else is known of a movement.
    fn refine(&mut self, id: &PayoutId, before: Option<Seen>, now: Option<Seen>) {
        let (Some(before), Some(now)) = (before, now) else {
            return;
        };
        if before == now {
            return;
        }
        let later = self.refined.iter_mut().map(|(of, [_, seen])| (of, seen));
        let mut all = self.seen.iter_mut().map(|(of, seen)| (of, seen)).chain(later);
        match all.find(|(of, seen)| *of == id && **seen == before) {
            Some((_, seen)) => *seen = now,
            None => self.refined.push((id.clone(), [before, now])),
        }
    }
}

/// What becomes of one payout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// The payout.
    pub payout: PayoutId,
    /// The state it was in.
    pub from: PayoutState,
    /// The state it is in now.
    pub to: PayoutState,
    /// Why it failed or came back.
    pub reason: Option<String>,
    /// Whether the reason lies with the payee.
    pub fault: Option<Fault>,
    /// What the bank kept of what came back, in the payout's currency.
    pub kept: Option<Money>,
    /// Where the answer says so.
    pub line: u32,
}

/// Money that came in for an invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The invoice.
    pub invoice: InvoiceReference,
    /// How much.
    pub amount: Money,
    /// The bank's reference: the same is never booked twice on an invoice.
    pub reference: String,
    /// The day it was booked at the bank.
    pub on: Option<Date>,
    /// Where the answer says so.
    pub line: u32,
}

/// Who brings an answer in.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// By whom.
    pub by: &'a str,
    /// When.
    pub at: Timestamp,
    /// The hash of the answer's file; none if a person says it.
    pub file: Option<&'a str>,
}

/// Makes those transitions that are of this batch, keeps who brought them in, and notes where its money was seen. Gives how
/// many transitions. Errors: a payout has changed since the answer was matched.
pub fn apply(
    batch: &mut Batch,
    reconciliation: &Reconciliation,
    source: Source<'_>,
) -> Result<usize, BatchError> {
    let mut payouts: HashMap<PayoutId, &mut Payout> = batch
        .payouts
        .iter_mut()
        .map(|payout| (payout.id.clone(), payout))
        .collect();
    let mut made = 0;
    for transition in &reconciliation.transitions {
        if let Some(payout) = payouts.get_mut(&transition.payout) {
            payout
                .settle(transition.to, transition.reason.as_deref())
                .map_err(BatchError::from)?;
            payout.told.push(Told {
                to: transition.to,
                by: source.by.trim().to_owned(),
                at: source.at,
                file: source.file.map(str::to_owned),
            });
            made += 1;
        }
    }
    for one in &reconciliation.explained {
        if let Some(payout) = payouts.get_mut(&one.payout)
            && payout.state == one.to
        {
            payout.reason.clone_from(&one.reason);
        }
    }
    for (id, [before, now]) in &reconciliation.refined {
        let payout = payouts.get_mut(id);
        let mut seen = payout.into_iter().flat_map(|payout| &mut payout.seen);
        if let Some(seen) = seen.find(|seen| *seen == before) {
            seen.clone_from(now);
        }
    }
    for (id, seen) in &reconciliation.seen {
        if let Some(payout) = payouts.get_mut(id) {
            payout.seen.push(seen.clone());
        }
    }
    for (id, accepted) in &reconciliation.accepted {
        if let Some(payout) = payouts.get_mut(id) {
            payout.accepted.push(accepted.clone());
        }
    }
    Ok(made)
}

/// Takes what another person must bring in out of an answer: transitions that free money of payouts of which `is_own`
/// says that the importer prepared them. Gives those. What would count towards such a transition later is not kept either: that
/// their money came back, and what another statement says of that. That money left counts against it, and is kept.
pub fn hold_back(found: &mut Reconciliation, is_own: impl Fn(&PayoutId) -> bool) -> Vec<Transition> {
    let waits = |one: &Transition| one.to.frees_money() && is_own(&one.payout);
    let (waiting, rest) = std::mem::take(&mut found.transitions)
        .into_iter()
        .partition(waits);
    found.transitions = rest;
    let is_kept = |(id, seen): &(PayoutId, Seen)| !(seen.outcome.frees_money() && is_own(id));
    found.seen.retain(is_kept);
    found
        .refined
        .retain(|(id, [_, now])| !(now.outcome.frees_money() && is_own(id)));
    // Nor by which references what left is known: another booking under such a one would be nothing new.
    for (_, [before, now]) in found.refined.iter_mut().filter(|(id, _)| is_own(id)) {
        if before.reference.is_some() {
            now.reference.clone_from(&before.reference);
            now.entry.clone_from(&before.entry);
        }
    }
    waiting
}

/// Breaks for what an answer says of payouts that another answer frees as soon as a second person brings it in: that the bank has
/// them, or that their money left. Whoever takes that up would not know of it.
pub fn against_waiting<'a>(found: &mut Reconciliation, waiting: impl Iterator<Item = &'a Payout>) {
    let mut all = Vec::new();
    for payout in waiting {
        let accepted = found.accepted.iter().any(|(id, _)| *id == payout.id);
        let mut left = found.seen.iter();
        let left = left.any(|(id, seen)| *id == payout.id && seen.outcome == PayoutState::Succeeded);
        let mut becomes = found.transitions.iter();
        let becomes = becomes.any(|one| one.payout == payout.id && one.to == PayoutState::Succeeded);
        if accepted || left || becomes {
            all.push(Break::of(payout, BreakKind::TakenMeanwhile, 1));
        }
    }
    found.breaks.extend(all);
}

#[cfg(test)]
mod table;
#[cfg(test)]
mod tests;
