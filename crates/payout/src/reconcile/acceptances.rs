//! What banks said of payouts without moving their money: that they took them on, that they had them before, that they are about
//! to book them.

use super::BreakKind;
use super::evidence::Evidence;
use super::known::{Known, MOST};
use super::matcher::Matcher;
use crate::batch::{Acceptance, Booking, PayoutState};
use jiff::civil::Date;
use std::collections::BTreeSet;

/// Stands in the place of a status where a bank refused a payment as sent before: it has it.
const SENT_BEFORE: &str = "DUPL";

/// Stands in the place of a status where a statement shows a debit that is not booked yet.
pub(super) const PENDING: &str = "pending debit";

/// Stands in the place of a status where a statement shows a debit that names nothing and is what was ordered by account and amount. It
/// counts against money being free, and says nothing else.
const UNNAMED: &str = "debit without a name";
/// The same of a sum: details of its day may name what is in it.
const UNNAMED_SUM: &str = "sum without a name";

impl Known<'_> {
    /// Debits without a name that may be of it, and are none of those that name it: each of those is one of them.
    pub(super) fn unnamed(&self) -> usize {
        let is_it = |seen: &Evidence, one: &Acceptance| {
            let references = [&seen.reference, &seen.entry];
            let is_detail = one.status == UNNAMED_SUM && seen.booking == Booking::Single;
            let is_named = is_detail
                || one.report.is_none()
                || seen.reference.is_none()
                || references.contains(&&one.report);
            seen.day == one.day && is_named
        };
        let mut named: Vec<&Evidence> = self.of(PayoutState::Succeeded).collect();
        let all = self.accepted.iter();
        let all = all.filter(|one| [UNNAMED, UNNAMED_SUM].contains(&&*one.status));
        all.filter(|one| match named.iter().position(|seen| is_it(seen, one)) {
            Some(at) => {
                named.remove(at);
                false
            }
            None => true,
        })
        .count()
    }
}

impl Matcher<'_> {
    fn all_of(&self, reference: &str) -> &[Acceptance] {
        let known = self.payouts.get(reference);
        known.map_or(&[], |known| &known.accepted)
    }

    /// The first of some payouts that a report before this one refused as sent before.
    pub(super) fn sent_before<'r>(&self, mut payouts: impl Iterator<Item = &'r str>) -> Option<&'r str> {
        payouts.find(|id| {
            let mut all = self.all_of(id).iter();
            all.any(|one| one.status == SENT_BEFORE && one.report != self.report.digest)
        })
    }

    /// Keeps that this report refused a payout as sent before.
    pub(super) fn is_there(&mut self, reference: &str) {
        self.accepted(reference, SENT_BEFORE);
    }

    /// Keeps that a bank accepted a payout in this report.
    pub(super) fn accepted(&mut self, reference: &str, status: &str) {
        self.keep(
            reference,
            Acceptance {
                status: status.to_owned(),
                report: self.report.digest.clone(),
                at: self.report.at,
                day: self.report.day,
            },
        );
    }

    /// Keeps that a statement shows a debit that is not booked yet.
    pub(super) fn is_pending(&mut self, reference: &str, day: Option<Date>) {
        self.keep(
            reference,
            Acceptance {
                status: PENDING.to_owned(),
                report: None,
                at: None,
                day,
            },
        );
    }

    /// Keeps that payouts may have left by a debit that names nothing: by the bank's reference of it, and its day.
    /// `before`: so many that are alike are known of the same file.
    pub(super) fn may_be_unnamed(&mut self, payouts: &BTreeSet<&str>, debit: &Evidence, before: usize) {
        let is_sum = payouts.len() > 1;
        for reference in payouts {
            let status = if is_sum { UNNAMED_SUM } else { UNNAMED };
            let one = Acceptance {
                status: status.to_owned(),
                report: debit.reference.clone(),
                at: None,
                day: debit.day,
            };
            self.keep_one_of(reference, one, before);
        }
    }

    fn keep(&mut self, reference: &str, one: Acceptance) {
        self.keep_one_of(reference, one, 0);
    }

    /// Keeps one unless more than so many that are equal are known.
    fn keep_one_of(&mut self, reference: &str, one: Acceptance, before: usize) {
        let Some(known) = self.payouts.get_mut(reference) else {
            return;
        };
        // What doubts money always has room.
        let has_room = known.accepted.len() < MOST || one.status == SENT_BEFORE;
        let equal = known.accepted.iter().filter(|known| **known == one).count();
        if has_room && equal <= before {
            known.accepted.push(one.clone());
            self.found.accepted.push((known.payout.id.clone(), one));
        }
    }

    /// Whether this report was read before, when it accepted a payout.
    pub(super) fn was_accepted(&self, reference: &str, status: &str) -> bool {
        let mut all = self.all_of(reference).iter();
        all.any(|one| one.status == status && one.report == self.report.digest)
    }

    /// Why a refusal in this report is not the last word on a payout: the bank took it on afterwards. A debit that is to come has a day and
    /// no time: on the day of the report it may be afterwards.
    pub(super) fn accepted_since(&self, reference: &str) -> Option<BreakKind> {
        let later = |one: &&Acceptance| match one.at.zip(self.report.at) {
            Some((at, report)) => at > report,
            None => one
                .day
                .zip(self.report.day)
                .is_some_and(|(day, report)| day > report || (day == report && one.status == PENDING)),
        };
        let last = self.all_of(reference).iter().find(later)?;
        let at = last.day.map_or_else(String::new, |day| format!(" on {day}"));
        Some(BreakKind::RefusedAgainst {
            what: format!("took it on{at} ({})", last.status),
        })
    }

    /// Whether it is known on which days a payout left and came back, and on which this report was made.
    pub(super) fn is_told_by_days(&self, reference: &str) -> bool {
        let known = self.payouts.get(reference);
        let last = |outcome| known.and_then(|known| known.last(outcome));
        let days = [
            self.report.day,
            last(PayoutState::Succeeded),
            last(PayoutState::Returned),
        ];
        days.iter().all(Option::is_some)
    }

    /// The last day on which a bank is known to have had a payout without having booked it.
    pub(super) fn last_accepted(&self, reference: &str) -> Option<Date> {
        self.all_of(reference).iter().filter_map(|one| one.day).max()
    }
}
