//! By what a bank knows the money of payouts: its own references, and the ids of transactions, as its entries bore them.
//!
//! A return over a correspondent may bear nothing of ours: it says `/MREF/` and the bank's reference of the payment, or the payment's
//! UETR; and so may what takes a return back. That is not enough for money to move, and too much to be passed over. It is asked when all
//! statements are read: banks list the latest first, too.

use super::BreakKind;
use super::evidence::Evidence;
use super::matcher::Matcher;
use super::nameless::Moved;
use super::place::id_of;
use super::statements::Reader;
use super::unnamed::is_name;
use crate::batch::PayoutState;
use crate::iso20022::{Direction, Sent, plain};
use std::collections::{BTreeSet, HashMap};

/// Payouts by what the bank knows their money by, as it left and as it came back.
fn names<'a>(matcher: &Matcher<'a>) -> HashMap<String, BTreeSet<(bool, &'a str)>> {
    let mut all: HashMap<String, BTreeSet<(bool, &'a str)>> = HashMap::new();
    for (reference, known) in &matcher.payouts {
        for (outcome, evidence) in &known.moved {
            // Details that were shown after their sum are known by what they paired with.
            let references = [&evidence.reference, &evidence.entry, &evidence.pair]
                .into_iter()
                .flatten();
            let ids = evidence.transactions.iter().map(|id| id_of(id));
            for name in references
                .map(String::as_str)
                .chain(ids)
                .map(plain)
                .filter(|name| is_name(name))
            {
                let has_left = *outcome == PayoutState::Succeeded;
                all.entry(name).or_default().insert((has_left, reference));
            }
        }
    }
    all
}

impl<'a> Reader<'a> {
    /// What is to be said of movements that named nothing of ours.
    pub(super) fn look_at_unnamed(&mut self, sent: &'a [Sent]) {
        let unnamed = std::mem::take(&mut self.unnamed);
        if unnamed.is_empty() {
            return;
        }
        let names = match unnamed.iter().any(|one| !one.names.is_empty()) {
            true => names(&self.matcher),
            false => HashMap::new(),
        };
        let moved = Moved::of(&self.matcher, sent);
        for one in unnamed {
            let named = one.names.iter().filter_map(|name| names.get(name)).flatten();
            // What came in is what left; what went out may be either once more.
            let may_be = |(has_left, payout): &&(bool, &str)| {
                let known = &self.matcher.payouts[payout];
                (*has_left || one.direction == Direction::Debit) && known.is_most(one.amount)
            };
            let payouts: BTreeSet<&str> = named.filter(may_be).map(|(_, payout)| *payout).collect();
            if !payouts.is_empty() {
                if one.direction == Direction::Debit {
                    let all = payouts.iter().copied();
                    self.matcher.may_have_left(all, Some(&one.evidence));
                }
                self.matcher
                    .breaks_all(&one.reference, payouts, one.kind(), one.line);
            } else if let Some(other) = one.as_ours() {
                self.matcher.breaks(other, BreakKind::UnknownReference, one.line);
            } else if let Some((payouts, kind)) = moved.says(&one) {
                self.matcher.breaks_all(&one.reference, payouts, kind, one.line);
            } else {
                if let Some((payouts, booking)) = moved.may_be_leaving(&one) {
                    let evidence = Evidence {
                        booking,
                        ..one.evidence
                    };
                    self.matcher.may_have_left(payouts, Some(&evidence));
                }
                self.matcher.found.unrelated += 1;
            }
        }
    }
}
