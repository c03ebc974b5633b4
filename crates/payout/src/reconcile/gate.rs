//! The last question before money is free, asked of all that is known of a payout, in whatever order it came: may it be out?
//!
//! Answers are matched message by message; what a message means is decided with what came before it. Here nothing is matched any
//! more: what is known of each payout is looked at once, in the order of its own times. What may be out is not freed by an answer, and of
//! what is free already an answer that makes this doubtful is a break.

use super::acceptances::PENDING;
use super::evidence::Evidence;
use super::known::{Known, MOST};
use super::matcher::Matcher;
use super::{Break, BreakKind, Reconciliation, Transition};
use crate::batch::{Acceptance, PayoutId, PayoutState};
use jiff::civil::Date;
use std::collections::{HashMap, HashSet};

/// How far a status is on the way of one submission. None: a refusal as sent before, which is no status of it.
fn rank(status: &str) -> Option<u8> {
    match status {
        "RCVD" => Some(0),
        "ACTC" => Some(1),
        "ACCP" | "ACFC" | "ACFW" | "PATC" | "PDNG" | "PART" => Some(2),
        "ACSP" | "ACWC" | "ACPD" => Some(3),
        "ACWP" | PENDING => Some(4),
        "ACSC" => Some(SETTLED),
        "ACCC" => Some(SETTLED + 1),
        _ => None,
    }
}
const SETTLED: u8 = 5;

impl Known<'_> {
    /// Why a payout that came back may be out.
    fn may_be_out(&self) -> Option<BreakKind> {
        if self.accepted.len() >= MOST || self.moved.len() >= MOST {
            return Some(BreakKind::TooMuchSaid);
        }
        let back = self
            .times(PayoutState::Returned)
            .max(self.said_returned().count())
            .max(1);
        let days = self
            .last(PayoutState::Succeeded)
            .zip(self.last(PayoutState::Returned));
        let is_after = days.is_some_and(|(left, back)| left > back);
        let left: usize = self.of(PayoutState::Succeeded).map(|one| self.may_be(one)).sum();
        if left + self.unnamed() > back || is_after {
            return Some(BreakKind::OneOfSeveral);
        }
        let again = self.sent_again()?;
        Some(BreakKind::SentAgain {
            status: again.status.clone(),
            at: again
                .day
                .map_or_else(|| "on a day that is not known".to_owned(), |day| day.to_string()),
        })
    }

    /// How many bookings one that was shown may be. Banks keep the reference of an order that they take back and book anew: what two
    /// statements show may have left twice. A sum and its details are one, but where it came back on the same day.
    fn may_be(&self, left: &Evidence) -> usize {
        let mut back = self.of(PayoutState::Returned);
        let is_two = left.repeated && (left.pair.is_none() || back.any(|back| back.day == left.day));
        1 + usize::from(is_two)
    }

    /// Why a payout that a bank refused may have left.
    fn may_have_left(&self) -> Option<BreakKind> {
        if self.accepted.len() >= MOST {
            return Some(BreakKind::TooMuchSaid);
        }
        let left = self.times(PayoutState::Succeeded) + self.unnamed();
        let is_out = left > self.times(PayoutState::Returned);
        is_out.then(|| BreakKind::RefusedAgainst {
            what: "a statement shows that it may have left".to_owned(),
        })
    }

    /// What a bank said of a second submission: that it took it on after it had booked it, or that it is no further than it was on a day
    /// before. That it is done is said a day late, too.
    fn sent_again(&self) -> Option<&Acceptance> {
        let left = self.last(PayoutState::Succeeded);
        let mut dated: Vec<(Date, u8, &Acceptance)> = self
            .accepted
            .iter()
            .filter_map(|one| Some((one.day?, rank(&one.status)?, one)))
            .collect();
        dated.sort_by_key(|(day, rank, _)| (*day, *rank));
        let is_after = |day: Date, rank: u8| {
            let late = left.map(|left| match rank >= SETTLED {
                true => left.tomorrow().unwrap_or(left),
                false => left,
            });
            late.is_some_and(|late| day > late)
        };
        // Of two that are as far, one may be the next word of the same submission; a word that is said again is not. That a file was
        // accepted in part is said at any time.
        let is_again = |at: usize, day: Date, rank: u8| {
            let status = &dated[at].2.status;
            let mut before = dated[..at].iter();
            before.any(|(earlier, reached, one)| {
                let is_earlier_step = rank < *reached && status != "PART";
                *earlier < day && (is_earlier_step || one.status == *status)
            })
        };
        // A debit that is to come, on no day that is known, may be after it came back.
        let undated = |one: &&Acceptance| one.status == PENDING && one.day.is_none();
        if let Some(undated) = self.accepted.iter().find(undated) {
            return Some(undated);
        }
        let mut all = dated.iter().enumerate();
        let again = all.find(|(at, (day, rank, _))| is_after(*day, *rank) || is_again(*at, *day, *rank));
        again.map(|(_, (_, _, one))| *one)
    }
}

impl Matcher<'_> {
    /// Takes back what an answer would free and may be out, and adds breaks.
    pub(super) fn gated(mut self) -> Reconciliation {
        let found = &self.found;
        let breaks = found.breaks.iter();
        let doubted: HashSet<&str> = breaks
            .flat_map(|one| one.payouts.iter().map(String::as_str))
            .collect();
        let seen = found.seen.iter().map(|(id, _)| id);
        let refined = found.refined.iter().map(|(id, _)| id);
        let accepted = found.accepted.iter().map(|(id, _)| id);
        let touched: HashSet<&PayoutId> = seen.chain(refined).chain(accepted).collect();
        let freed = found.transitions.iter().filter(|one| one.to.frees_money());
        let freed: HashMap<&PayoutId, u32> = freed.map(|one| (&one.payout, one.line)).collect();
        let mut kept: HashSet<PayoutId> = HashSet::new();
        let mut breaks = Vec::new();
        for known in self.payouts.values() {
            let payout = known.payout;
            let line = freed.get(&payout.id).copied();
            let is_doubted = doubted.contains(payout.end_to_end_id.as_str());
            let is_new = touched.contains(&payout.id) && !is_doubted;
            if !known.state.frees_money() {
                let unnamed = known.unnamed();
                let is_twice = is_new && unnamed > 0 && unnamed + known.times(PayoutState::Succeeded) > 1;
                breaks.extend(is_twice.then(|| Break::of(payout, BreakKind::OneOfSeveral, 1)));
                continue;
            }
            if line.is_none() && !is_new {
                continue;
            }
            let kind = match known.state {
                PayoutState::Returned => known.may_be_out(),
                _ => known.may_have_left().filter(|_| line.is_some()),
            };
            let Some(kind) = kind else { continue };
            kept.extend(line.map(|_| payout.id.clone()));
            breaks.push(Break::of(payout, kind, line.unwrap_or(1)));
        }
        breaks.sort_by(|one, other| (one.line, &one.reference).cmp(&(other.line, &other.reference)));
        let is_out = |one: &Transition| !(one.to.frees_money() && kept.contains(&one.payout));
        self.found.transitions.retain(is_out);
        // What is read beside such a break explains nothing later: a person may find that it is not so.
        let told = breaks
            .iter()
            .filter_map(|one| self.payouts.get(one.reference.as_str()));
        let told: HashSet<&PayoutId> = told.map(|known| &known.payout.id).collect();
        for (id, seen) in &mut self.found.seen {
            seen.doubted |= seen.outcome == PayoutState::Succeeded && told.contains(id);
        }
        self.found.breaks.extend(breaks);
        self.found
    }
}
