//! What is to be said of movements that named nothing of ours: when all statements of an answer are read, for banks list the latest first,
//! too; and again when something else is known of payouts.

use super::bank_names::BankNames;
use super::evidence::Evidence;
use super::explained::explained;
use super::matcher::Matcher;
use super::nameless::ByAmount;
use super::shown::Shown;
use super::statements::Reader;
use super::unmatched::{Unmatched, numbered};
use super::{Break, BreakKind, Reconciliation};
use crate::batch::{Booking, Payout};
use crate::iso20022::{Direction, Sent};
use std::collections::BTreeSet;

impl<'a> Reader<'a> {
    /// What is to be said of what named nothing of ours. What may matter later is kept. `earlier`: what other files have shown.
    pub(super) fn look_at_unmatched(&mut self, sent: &'a [Sent], earlier: &[Vec<Unmatched>]) {
        let mut unmatched = std::mem::take(&mut self.unmatched);
        if unmatched.is_empty() {
            return;
        }
        numbered(&mut unmatched);
        let names = BankNames::of(&self.matcher, &unmatched);
        let by_amount = ByAmount::of(&self.matcher, sent);
        let files = earlier.iter().map(Vec::as_slice).chain([&unmatched[..]]);
        let explained = explained(&by_amount, files).pop().unwrap_or_default();
        by_amount.remember(earlier.iter().flatten());
        for (one, shown) in unmatched.iter().zip(explained) {
            if let Some(shown) = shown {
                self.matcher.found.unchanged += 1;
                note(&mut self.matcher, &by_amount, one, &shown);
                // It may be another payout's of as much all the same.
                if !by_amount.is_certain(one, &shown) {
                    self.may_be_leaving(one, &by_amount);
                }
                continue;
            }
            if let Some((payouts, kind)) = names.says(one, &self.matcher) {
                say(&mut self.matcher, one, payouts, kind);
            } else if let Some(other) = &one.as_ours {
                self.matcher.breaks(other, BreakKind::UnknownReference, one.line);
            } else if let Some((payouts, kind)) = by_amount.says(one) {
                say(&mut self.matcher, one, payouts, kind);
            } else {
                self.unrelated(one, &by_amount);
            }
        }
        let kept = unmatched.into_iter().filter(Unmatched::may_matter);
        self.matcher.found.unmatched.extend(kept);
    }

    /// A movement that is no concern here, but for being what was ordered, perhaps.
    fn unrelated(&mut self, one: &Unmatched, by_amount: &ByAmount<'a>) {
        self.may_be_leaving(one, by_amount);
        self.matcher.found.unrelated += 1;
    }

    /// Keeps of which payouts a debit may be, simply, that no statement has shown to leave.
    fn may_be_leaving(&mut self, one: &Unmatched, by_amount: &ByAmount<'a>) {
        if let Some(candidates) = by_amount.may_be_leaving(one) {
            let is_free =
                |all: &&BTreeSet<&str>| all.iter().all(|id| self.matcher.payouts[id].unnamed() == 0);
            // One debit is of one of them; where each has one already, one has left twice.
            let first = candidates.iter().find(is_free).cloned();
            let payouts: BTreeSet<&str> = first.unwrap_or_else(|| candidates.into_iter().flatten().collect());
            self.matcher.may_be_unnamed(&payouts, &one.evidence(), one.before);
        }
    }
}

/// Keeps that a movement which is known by name was shown without it, too: banks keep the reference of an order that they take back and
/// book anew, so that it may have left twice.
fn note(matcher: &mut Matcher<'_>, by_amount: &ByAmount<'_>, one: &Unmatched, shown: &Shown) {
    if let Some((payouts, booking)) = by_amount.of_one(shown)
        && one.direction() == Direction::Debit
    {
        let evidence = Evidence {
            booking,
            ..one.evidence()
        };
        for payout in payouts {
            matcher.shown_again(payout, &evidence);
        }
    }
}

/// A break about a movement. Where it went out and is clear of which payouts it may be, it counts as if they had left, as what has a
/// name and stands beside a break does: also when a person has closed the break, for they may have left.
fn say(matcher: &mut Matcher<'_>, one: &Unmatched, payouts: BTreeSet<&str>, kind: BreakKind) {
    let is_clear =
        payouts.len() == 1 || matches!(kind, BreakKind::AsLeft { .. } | BreakKind::NamedByBank { .. });
    if one.direction() == Direction::Debit && is_clear {
        let mut evidence = one.evidence();
        if payouts.len() > 1 {
            evidence.booking = Booking::Sum;
        }
        for payout in &payouts {
            matcher.counts_as_left(payout, &evidence, one.before);
        }
    }
    matcher.breaks_all(&one.reference, payouts, kind, one.line);
}

/// What is to be said of movements that files have shown and that named nothing of ours, now that more is known of payouts: breaks by the
/// places of those files, and as which movements they count. What was said before is said again.
pub fn look_again<'a>(
    payouts: impl IntoIterator<Item = &'a Payout>,
    sent: &'a [Sent],
    files: &[Vec<Unmatched>],
) -> (Vec<(usize, Break)>, Reconciliation) {
    let mut matcher = Matcher::new(payouts);
    let mut breaks = Vec::new();
    if files.iter().all(Vec::is_empty) {
        return (breaks, matcher.found);
    }
    let names = BankNames::of(&matcher, files.iter().flatten());
    let by_amount = ByAmount::of(&matcher, sent);
    let explained = explained(&by_amount, files.iter().map(Vec::as_slice));
    for (at, (file, explained)) in files.iter().zip(explained).enumerate() {
        // What a file shows again is the same as in another one, and in one file two are two.
        matcher.begin();
        for (one, shown) in file.iter().zip(explained) {
            if let Some(shown) = shown {
                note(&mut matcher, &by_amount, one, &shown);
                continue;
            }
            let said = names.says(one, &matcher).or_else(|| by_amount.says(one));
            if let Some((payouts, kind)) = said.filter(|(payouts, _)| !payouts.is_empty()) {
                say(&mut matcher, one, payouts, kind);
            }
        }
        breaks.extend(matcher.found.breaks.drain(..).map(|one| (at, one)));
    }
    (breaks, matcher.found)
}
