//! On which days money left and came back, and what that says of the order of both; and how much of it.

use super::BreakKind;
use super::breaks::is_most_of;
use super::evidence::Evidence;
use super::known::{Known, MOST};
use super::matcher::Matcher;
use crate::batch::PayoutState;
use jiff::tz::TimeZone;
use money::Money;

impl Known<'_> {
    /// Whether so much is half of what was sent or booked of it, at least: less is a fee. In a currency in which nothing of it is known
    /// it may be.
    pub(super) fn is_most(&self, amount: Money) -> bool {
        let converted = self.payout.conversion.as_ref().map(|_| self.payout.net);
        let booked = self.moved.iter().flat_map(|(_, seen)| &seen.amounts).copied();
        let all = [self.payout.amount].into_iter().chain(converted).chain(booked);
        let in_currency = all.filter(|one| one.asset().code() == amount.asset().code());
        let is_it: Vec<bool> = in_currency.map(|one| is_most_of(one, amount)).collect();
        is_it.is_empty() || is_it.contains(&true)
    }
}

impl Matcher<'_> {
    /// Keeps that a movement which is known to have gone out was shown without its name: what that says besides is not of it for certain.
    pub(super) fn shown_again(&mut self, reference: &str, evidence: &Evidence) {
        let left = PayoutState::Succeeded;
        let Some(known) = self.payouts.get_mut(reference) else {
            return;
        };
        let same = known
            .moved
            .iter_mut()
            .find(|(outcome, before)| *outcome == left && before.is_same(evidence));
        let Some((_, before)) = same.filter(|(_, before)| before.is_shown_elsewhere(evidence)) else {
            return;
        };
        let was = before.seen(left);
        before.repeated = true;
        let (id, now) = (known.payout.id.clone(), before.seen(left));
        self.found.refine(&id, was, now);
    }

    /// Keeps that a payout may have left by a movement that is told and is none of those that are known: it explains no other one, and
    /// counts each time that it is told as the one it is.
    /// `before`: so many that are alike are known of the same file.
    pub(super) fn counts_as_left(&mut self, reference: &str, evidence: &Evidence, before: usize) {
        let left = PayoutState::Succeeded;
        let Some(known) = self.payouts.get_mut(reference) else {
            return;
        };
        let evidence = Evidence {
            doubted: true,
            ..evidence.clone()
        };
        let known_before = known.of(left).filter(|before| {
            let same = (&before.reference, before.day, before.booking, before.doubted);
            same == (&evidence.reference, evidence.day, evidence.booking, true)
                && before.place() == evidence.place()
        });
        if known_before.count() <= before && known.moved.len() < MOST {
            let seen = evidence.seen(left);
            self.found
                .seen
                .extend(seen.map(|seen| (known.payout.id.clone(), seen)));
            known.moved.push((left, evidence));
        }
    }

    /// Whether money went out on a day after the last one on which it came back, or so it may be since a day is not known: then it
    /// has left once more. `is_known`: whether another statement has shown that it went out.
    pub(super) fn is_after_return(
        &self,
        reference: &str,
        evidence: Option<&Evidence>,
        is_known: bool,
    ) -> bool {
        let Some((known, evidence)) = self.payouts.get(reference).zip(evidence) else {
            return false;
        };
        let said = known
            .said_returned()
            .map(|told| told.at.to_zoned(TimeZone::UTC).date());
        // The day on which a person said so may be any after it: a day that a statement shows decides.
        let last = known.last(PayoutState::Returned).or(said.max());
        match evidence.day.zip(last) {
            Some((out, last)) => out > last,
            None => !is_known && !evidence.is_nothing(),
        }
    }

    /// Money that came back on a day before the last one on which it went out, or on which the bank is known to have had it: a break,
    /// and true. It is of another leaving, which no statement has shown, and the last one is out.
    pub(super) fn is_of_another_leaving(
        &mut self,
        reference: &str,
        to: PayoutState,
        evidence: Option<&Evidence>,
        line: u32,
    ) -> bool {
        let known = self.payouts.get(reference);
        let out = known.and_then(|known| known.last(PayoutState::Succeeded));
        let last = out.max(self.last_accepted(reference));
        let back = evidence.and_then(|evidence| evidence.day);
        let is_it = to == PayoutState::Returned && back.zip(last).is_some_and(|(back, last)| back < last);
        if is_it {
            self.note(reference, to, evidence, true);
            self.breaks(reference, BreakKind::OneOfSeveral, line);
        }
        is_it
    }

    /// Whether a payout had failed or come back before something is to go out of it.
    pub(super) fn is_free_before(&self, reference: &str, evidence: &Evidence) -> bool {
        match self.payouts.get(reference).map(|known| known.state) {
            Some(PayoutState::Failed) => true,
            Some(PayoutState::Returned) => self.is_after_return(reference, Some(evidence), false),
            _ => false,
        }
    }
}
