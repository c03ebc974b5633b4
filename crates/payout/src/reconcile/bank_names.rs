//! By what a bank knows the money of payouts: its own references, and the ids of transactions, as its entries bore them.
//!
//! A return over a correspondent may bear nothing of ours: it says `/MREF/` and the bank's reference of the payment, or the payment's
//! UETR; and so may what takes a return back. That is not enough for money to move, and too much to be passed over. It is asked when all
//! statements are read: banks list the latest first, too.

use super::BreakKind;
use super::matcher::Matcher;
use super::nameless::ByAmount;
use super::place::id_of;
use super::statements::Reader;
use super::unnamed::{Unnamed, is_name};
use crate::batch::{Booking, PayoutState};
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
        let by_amount = ByAmount::of(&self.matcher, sent);
        for one in unnamed {
            if by_amount.has_shown(&one) {
                self.matcher.found.unchanged += 1;
                continue;
            }
            let payouts = self.named_by_bank(&one, &names);
            if !payouts.is_empty() {
                if one.direction == Direction::Debit {
                    let all = payouts.iter().copied();
                    self.matcher.may_have_left(all, Some(&one.evidence));
                }
                self.matcher
                    .breaks_all(&one.reference, payouts, one.kind(), one.line);
            } else if let Some(other) = one.as_ours() {
                self.matcher.breaks(other, BreakKind::UnknownReference, one.line);
            } else if let Some((payouts, kind)) = by_amount.says(&one) {
                self.matcher.breaks_all(&one.reference, payouts, kind, one.line);
            } else {
                self.unrelated(&one, &by_amount);
            }
        }
    }

    /// The payouts of whose money a movement bears the bank's names.
    fn named_by_bank(
        &self,
        one: &Unnamed,
        names: &HashMap<String, BTreeSet<(bool, &'a str)>>,
    ) -> BTreeSet<&'a str> {
        let mut payouts = BTreeSet::new();
        for all in one.names.iter().filter_map(|name| names.get(name)) {
            // What the bank gives to several bookings of their own is no name of one of them: then the amount must be one's.
            let is_own = |payout: &str| {
                let known = &self.matcher.payouts[payout];
                all.len() == 1
                    || known
                        .moved
                        .iter()
                        .any(|(_, seen)| seen.booking == Booking::Sum || seen.entry.is_some())
            };
            // What came in is what left; what went out may be either once more.
            let may_be = |(has_left, payout): &&(bool, &str)| {
                let known = &self.matcher.payouts[payout];
                let is_as_much = known.payout.amount.to_ratio() == one.amount.to_ratio();
                (*has_left || one.direction == Direction::Debit)
                    && known.is_most(one.amount)
                    && (is_own(payout) || is_as_much)
            };
            payouts.extend(all.iter().filter(may_be).map(|(_, payout)| *payout));
        }
        payouts
    }

    /// A movement that is no concern here, but for being what was ordered, perhaps.
    fn unrelated(&mut self, one: &Unnamed, by_amount: &ByAmount<'a>) {
        if one.direction == Direction::Debit && !one.is_fee {
            self.matcher.found.went_out.push(one.amount);
        }
        if let Some(candidates) = by_amount.may_be_leaving(one) {
            let is_free =
                |all: &&BTreeSet<&str>| all.iter().all(|id| self.matcher.payouts[id].unnamed() == 0);
            // One debit is of one of them; where each has one already, one has left twice.
            let first = candidates.iter().find(is_free).cloned();
            let payouts: BTreeSet<&str> = first.unwrap_or_else(|| candidates.into_iter().flatten().collect());
            self.matcher.may_be_unnamed(&payouts, &one.evidence);
        }
        self.matcher.found.unrelated += 1;
    }
}
