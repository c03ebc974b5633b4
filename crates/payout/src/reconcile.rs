//! Reconciliation: what a bank's answer means for payouts, and where the two do not agree.
//!
//! Answers are matched by end-to-end id, then by currency and amount. The result is a list of transitions to
//! make and a list of breaks for people to look at; nothing is changed here. Reading the same answer again
//! gives no further transition, and neither does an answer that a later one has overtaken.
//!
//! Money that came in for an invoice is matched by the invoice's reference: `receipts.rs`.

use crate::batch::{Batch, BatchError, EndToEndId, Payout, PayoutId, PayoutState, Seen};
use crate::invoice::{InvoiceReference, OpenInvoice};
use crate::iso20022::{
    Direction, Entry, EntryStatus, Movement, Reason, Sent, Statement, Status, StatusReport,
};
use crate::payee::Fault;
use jiff::civil::Date;
use money::Money;
use std::collections::{HashMap, HashSet};

/// What an answer means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reconciliation {
    /// What becomes of payouts, in the order of the file. Not yet done.
    pub transitions: Vec<Transition>,
    /// Where statements showed payouts' money for the first time. Not yet noted.
    pub seen: Vec<(PayoutId, Seen)>,
    /// What came in for invoices, in the order of the file. Not yet booked.
    pub receipts: Vec<Receipt>,
    /// What does not agree.
    pub breaks: Vec<Break>,
    /// Payouts and receipts that the answer says are where they already were.
    pub unchanged: usize,
    /// Payouts that the bank is still working on.
    pub under_way: usize,
    /// Movements of a statement without a reference: fees, other payments.
    pub unrelated: usize,
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

/// What a status report (pain.002) means for the payouts of the file that was sent. What it says of the whole
/// holds for parts that it does not list, what it says of a part for payments that it does not list.
pub fn with_status_report<'a>(
    payouts: impl IntoIterator<Item = &'a Payout>,
    sent: &Sent,
    report: &StatusReport,
) -> Reconciliation {
    let mut matcher = Matcher::new(payouts);
    if let Some(other) = report.original_message_id.as_deref()
        && other != sent.message_id.as_str()
    {
        matcher.found.breaks.push(Break {
            reference: other.to_owned(),
            kind: BreakKind::OtherMessage,
            line: 1,
        });
        return matcher.found;
    }
    let mut listed_parts = HashSet::new();
    for part in &report.payments {
        let known = sent
            .payments
            .iter()
            .find(|known| known.id == part.original_payment_id);
        let Some(known) = known else {
            matcher.found.breaks.push(Break {
                reference: part.original_payment_id.clone(),
                kind: BreakKind::OtherMessage,
                line: part.line,
            });
            continue;
        };
        listed_parts.insert(known.id.as_str());
        let mut listed = HashSet::new();
        for transaction in &part.transactions {
            let reference = transaction.end_to_end_id.as_deref().unwrap_or("(none)");
            listed.insert(reference);
            let own = transaction
                .status
                .as_ref()
                .or(part.status.as_ref())
                .or(report.status.as_ref());
            let Some(status) = own else { continue };
            let reasons = first_filled([&transaction.reasons, &part.reasons, &report.reasons]);
            matcher.status(reference, status, reasons, transaction.amount, transaction.line);
        }
        if let Some(status) = &part.status {
            let rest = known
                .end_to_end_ids
                .iter()
                .filter(|id| !listed.contains(id.as_str()));
            let reasons = first_filled([&part.reasons, &report.reasons, &[]]);
            matcher.all(rest, status, reasons, part.line);
        }
    }
    if let Some(status) = &report.status {
        let rest = sent
            .payments
            .iter()
            .filter(|part| !listed_parts.contains(part.id.as_str()));
        let rest = rest.flat_map(|part| &part.end_to_end_ids);
        matcher.all(rest, status, &report.reasons, 1);
    }
    matcher.found
}

/// What statements (camt.053) mean for payouts. Only booked entries count. Money that went out with a
/// payout's reference has left; money that came in with one has come back. An entry without references that
/// names a part of a file in `sent`, and has the sum of its payouts, has paid all of them. Money that came in with
/// the reference of one of `invoices` pays it.
pub fn with_statements<'a>(
    payouts: impl IntoIterator<Item = &'a Payout>,
    sent: &[Sent],
    invoices: &[OpenInvoice],
    statements: &[Statement],
) -> Reconciliation {
    let mut matcher = Matcher::new(payouts);
    let mut receipts = Receipts::new(invoices);
    for statement in statements {
        let booked = statement.entries.iter().zip(1_u32..);
        for (entry, number) in booked.filter(|(entry, _)| entry.status == EntryStatus::Booked) {
            let place = Place {
                statement,
                entry,
                number,
            };
            if entry.movements.is_empty() && !receipts.entry(&place, &mut matcher.found) {
                matcher.sum(entry, sent);
            }
            for (movement, of_entry) in entry.movements.iter().zip(1_u32..) {
                let is_payout = matcher.has(movement.end_to_end_id.as_deref());
                if is_payout || !receipts.movement(movement, of_entry, &place, &mut matcher.found) {
                    matcher.movement(movement, place.evidence(movement, of_entry));
                }
            }
        }
    }
    matcher.found
}

/// Makes those transitions that are of this batch, and notes where its money was seen. Gives how many transitions. Errors: a payout has changed since the answer was matched.
pub fn apply(batch: &mut Batch, reconciliation: &Reconciliation) -> Result<usize, BatchError> {
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
            made += 1;
        }
    }
    for (id, seen) in &reconciliation.seen {
        if let Some(payout) = payouts.get_mut(id) {
            payout.seen.push(seen.clone());
        }
    }
    Ok(made)
}

fn first_filled(choices: [&[Reason]; 3]) -> &[Reason] {
    choices
        .into_iter()
        .find(|reasons| !reasons.is_empty())
        .unwrap_or(&[])
}

/// Why a payout failed or came back.
struct Why {
    words: String,
    fault: Option<Fault>,
}

impl Why {
    /// The reasons as the bank gives them; without any, other words.
    fn of(reasons: &[Reason], without: &str) -> Self {
        let words: Vec<_> = reasons.iter().map(Reason::to_string).collect();
        Self {
            words: match words.is_empty() {
                true => without.to_owned(),
                false => words.join("; "),
            },
            fault: reasons.iter().find_map(Reason::fault),
        }
    }
}

/// Payouts by reference with the state they are in after what was read so far.
struct Matcher<'a> {
    payouts: HashMap<&'a str, (&'a Payout, PayoutState)>,
    said: HashSet<(String, PayoutState)>,
    found: Reconciliation,
}

impl<'a> Matcher<'a> {
    fn new(payouts: impl IntoIterator<Item = &'a Payout>) -> Self {
        let payouts = payouts.into_iter();
        Self {
            payouts: payouts
                .map(|payout| (payout.end_to_end_id.as_str(), (payout, payout.state)))
                .collect(),
            said: HashSet::new(),
            found: Reconciliation::default(),
        }
    }

    fn has(&self, reference: Option<&str>) -> bool {
        reference.is_some_and(|reference| self.payouts.contains_key(reference))
    }

    fn all<'i>(
        &mut self,
        ids: impl Iterator<Item = &'i EndToEndId>,
        status: &Status,
        reasons: &[Reason],
        line: u32,
    ) {
        // A whole that was accepted in part says nothing of those it does not list.
        if matches!(status, Status::UnderWay("PART")) {
            return;
        }
        for id in ids {
            self.status(id.as_str(), status, reasons, None, line);
        }
    }

    fn status(
        &mut self,
        reference: &str,
        status: &Status,
        reasons: &[Reason],
        amount: Option<Money>,
        line: u32,
    ) {
        let why = || Why::of(reasons, status.words());
        match status {
            Status::Settled(_) => self.outcome(reference, PayoutState::Succeeded, None, amount, None, line),
            Status::Rejected | Status::Cancelled => {
                self.outcome(reference, PayoutState::Failed, Some(why()), amount, None, line);
            }
            Status::UnderWay(_) if self.payouts.contains_key(reference) => self.found.under_way += 1,
            Status::UnderWay(_) => self.breaks(reference, BreakKind::UnknownReference, line),
            Status::Other(code) => {
                self.breaks(reference, BreakKind::UnknownStatus { code: code.clone() }, line);
            }
        }
    }

    fn movement(&mut self, movement: &Movement, seen_at: Option<String>) {
        let Some(reference) = movement.end_to_end_id.as_deref() else {
            self.found.unrelated += 1;
            return;
        };
        let returned = movement.returned.is_some() || movement.direction == Direction::Credit;
        let (to, why) = if returned {
            let why = Why::of(movement.returned.as_slice(), "the bank gave no reason");
            (PayoutState::Returned, Some(why))
        } else {
            (PayoutState::Succeeded, None)
        };
        // Of what came back, what was booked counts: banks take their fee off it.
        let sent = self.payouts.get(reference).map(|(payout, _)| payout.amount);
        let booked = movement.booked.filter(|booked| {
            returned && sent.is_some_and(|sent| sent.asset().code() == booked.asset().code())
        });
        let amount = booked.or(movement.amount);
        self.outcome(reference, to, why, amount, seen_at, movement.line);
    }

    /// An entry that is one sum for a part of a file. Payouts that failed before are not in it.
    fn sum(&mut self, entry: &Entry, sent: &[Sent]) {
        let part = entry.original_payment_id.as_deref().and_then(|id| {
            let mut parts = sent.iter().flat_map(|file| &file.payments);
            parts.find(|part| part.id == id)
        });
        let Some(part) = part.filter(|_| entry.direction == Direction::Debit) else {
            self.found.unrelated += 1;
            return;
        };
        let paid = part.end_to_end_ids.iter().filter(|id| {
            let known = self.payouts.get(id.as_str());
            known.is_none_or(|(_, state)| *state != PayoutState::Failed)
        });
        let paid: Vec<&EndToEndId> = paid.collect();
        let amounts = paid.iter().filter_map(|id| self.payouts.get(id.as_str()));
        let amounts: Vec<Money> = amounts.map(|(payout, _)| payout.amount).collect();
        let expected = amounts
            .first()
            .and_then(|first| Money::sum(first.asset(), amounts.iter().copied()).ok());
        let Some(expected) = expected else {
            return self.breaks(&part.id, BreakKind::UnknownReference, entry.line);
        };
        match difference(expected, Some(entry.amount)) {
            Some(kind) => self.breaks(&part.id, kind, entry.line),
            None => {
                for id in paid {
                    self.outcome(id.as_str(), PayoutState::Succeeded, None, None, None, entry.line);
                }
            }
        }
    }

    fn breaks(&mut self, reference: &str, kind: BreakKind, line: u32) {
        self.found.breaks.push(Break {
            reference: reference.to_owned(),
            kind,
            line,
        });
    }

    fn outcome(
        &mut self,
        reference: &str,
        to: PayoutState,
        why: Option<Why>,
        amount: Option<Money>,
        seen_at: Option<String>,
        line: u32,
    ) {
        let Some((payout, state)) = self.payouts.get(reference).copied() else {
            return self.breaks(reference, BreakKind::UnknownReference, line);
        };
        let seen = seen_at.map(|at| Seen { at, outcome: to });
        if let Some(seen) = &seen {
            // Its money moved before, elsewhere in a statement: it moved twice.
            let mut same = payout
                .seen
                .iter()
                .filter(|before| before.outcome == to)
                .peekable();
            if same.peek().is_some() && same.all(|before| before != seen) {
                return self.breaks(reference, BreakKind::Duplicate, line);
            }
        }
        if !self.said.insert((reference.to_owned(), to)) {
            return self.breaks(reference, BreakKind::Duplicate, line);
        }
        let kept = amount.filter(|_| to == PayoutState::Returned);
        let kept = kept.and_then(|amount| kept_of(payout.amount, amount));
        let fault = why.as_ref().and_then(|why| why.fault);
        let reason = why.map(|why| match kept {
            Some(kept) => format!("{}; the bank kept {kept}", why.words),
            None => why.words,
        });
        if let Some(kind) = difference(payout.amount, amount).filter(|_| kept.is_none()) {
            // More than was sent, or the account's currency instead of the payout's: it has come back all the same.
            let is_back = to == PayoutState::Returned;
            self.breaks(reference, kind, line);
            if !is_back {
                return;
            }
        }
        let is_noted = |seen: &Seen| payout.seen.contains(seen);
        let new = seen.filter(|seen| !is_noted(seen));
        self.found.seen.extend(new.map(|seen| (payout.id.clone(), seen)));
        let overtaken = state == PayoutState::Returned && to == PayoutState::Succeeded;
        if state == to || overtaken {
            self.found.unchanged += 1;
        } else if state.may_become(to) && state != PayoutState::Failed {
            self.found.transitions.push(Transition {
                payout: payout.id.clone(),
                from: state,
                to,
                reason,
                fault,
                kept,
                line,
            });
            self.payouts.insert(payout.end_to_end_id.as_str(), (payout, to));
        } else if state.is_settled() && state != PayoutState::Cancelled {
            self.breaks(reference, BreakKind::AlreadyFinal { state, found: to }, line);
        } else {
            self.breaks(reference, BreakKind::NotSent { state }, line);
        }
    }
}

mod breaks;
mod receipts;

pub use breaks::{Break, BreakKind};
use breaks::{difference, kept_of};
use receipts::{Place, Receipts};

#[cfg(test)]
mod tests;
