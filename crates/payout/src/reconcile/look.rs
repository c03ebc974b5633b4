//! What is to be said of movements that named nothing of ours: when all statements of an answer are read, for banks list the latest first,
//! too; and again when something else is known of payouts.

use super::bank_names::BankNames;
use super::matcher::Matcher;
use super::nameless::ByAmount;
use super::statements::Reader;
use super::unmatched::Unmatched;
use super::{Break, BreakKind};
use crate::batch::Payout;
use crate::iso20022::{Direction, Sent};
use std::collections::BTreeSet;

impl<'a> Reader<'a> {
    /// What is to be said of what named nothing of ours. What may matter later is kept.
    pub(super) fn look_at_unmatched(&mut self, sent: &'a [Sent]) {
        let unmatched = std::mem::take(&mut self.unmatched);
        if unmatched.is_empty() {
            return;
        }
        let names = BankNames::of(&self.matcher, &unmatched);
        let by_amount = ByAmount::of(&self.matcher, sent);
        for one in &unmatched {
            if by_amount.has_shown(one) {
                self.matcher.found.unchanged += 1;
                continue;
            }
            let payouts = names.payouts(one, &self.matcher);
            if !payouts.is_empty() {
                if one.direction() == Direction::Debit {
                    let all = payouts.iter().copied();
                    self.matcher.may_have_left(all, Some(&one.evidence()));
                }
                self.matcher
                    .breaks_all(&one.reference, payouts, one.kind(), one.line);
            } else if let Some(other) = &one.as_ours {
                self.matcher.breaks(other, BreakKind::UnknownReference, one.line);
            } else if let Some((payouts, kind)) = by_amount.says(one) {
                self.matcher.breaks_all(&one.reference, payouts, kind, one.line);
            } else {
                self.unrelated(one, &by_amount);
            }
        }
        let kept = unmatched.into_iter().filter(Unmatched::may_matter);
        self.matcher.found.unmatched.extend(kept);
    }

    /// A movement that is no concern here, but for being what was ordered, perhaps.
    fn unrelated(&mut self, one: &Unmatched, by_amount: &ByAmount<'a>) {
        if let Some(candidates) = by_amount.may_be_leaving(one) {
            let is_free =
                |all: &&BTreeSet<&str>| all.iter().all(|id| self.matcher.payouts[id].unnamed() == 0);
            // One debit is of one of them; where each has one already, one has left twice.
            let first = candidates.iter().find(is_free).cloned();
            let payouts: BTreeSet<&str> = first.unwrap_or_else(|| candidates.into_iter().flatten().collect());
            self.matcher.may_be_unnamed(&payouts, &one.evidence());
        }
        self.matcher.found.unrelated += 1;
    }
}

/// What is to be said of movements that earlier answers showed and that named nothing of ours, now that more is known of payouts: by their
/// places in `earlier`. What two statements show of one movement is said once. What was said before is said again.
pub fn look_again<'a>(
    payouts: impl IntoIterator<Item = &'a Payout>,
    sent: &'a [Sent],
    earlier: &[Unmatched],
) -> Vec<(usize, Break)> {
    let mut found = Vec::new();
    if earlier.is_empty() {
        return found;
    }
    let matcher = Matcher::new(payouts);
    let names = BankNames::of(&matcher, earlier);
    let by_amount = ByAmount::of(&matcher, sent);
    for (at, one) in earlier.iter().enumerate() {
        if by_amount.has_shown(one) {
            continue;
        }
        let payouts = names.payouts(one, &matcher);
        let said = match payouts.is_empty() {
            false => Some((payouts, one.kind())),
            true => by_amount.says(one).filter(|(payouts, _)| !payouts.is_empty()),
        };
        if let Some((payouts, kind)) = said {
            let said = Break {
                reference: one.reference.clone(),
                payouts: payouts.into_iter().map(str::to_owned).collect(),
                kind,
                line: one.line,
            };
            found.push((at, said));
        }
    }
    found
}
