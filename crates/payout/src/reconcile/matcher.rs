//! Payouts with the state they are in after what was read so far, and with everything that is known to have moved.

use super::breaks::{difference, is_most_of, kept_of};
use super::evidence::{Evidence, Moved, Report};
use super::known::{Known, MOST};
use super::why::{Why, Without};
use super::{Break, BreakKind, Reconciliation, Transition};
use crate::batch::{Booking, Payout, PayoutState};
use money::Money;
use std::collections::{HashMap, HashSet};

/// An outcome of one payout.
pub(super) struct Outcome<'s> {
    pub reference: &'s str,
    pub to: PayoutState,
    pub why: Option<Why>,
    pub amount: Option<Money>,
    /// Where a statement shows it; none in a report.
    pub evidence: Option<Evidence>,
    pub line: u32,
}

/// Payouts by reference, and what was found of them.
pub(super) struct Matcher<'a> {
    pub payouts: HashMap<&'a str, Known<'a>>,
    /// What this statement or report has said already.
    said: HashMap<(String, PayoutState), Vec<Evidence>>,
    /// What it brings back.
    pub comes_back: HashSet<String>,
    /// So many breaks were found before it.
    breaks_before: usize,
    /// The report that is read.
    pub report: Report,
    pub found: Reconciliation,
}

impl<'a> Matcher<'a> {
    pub(super) fn new(payouts: impl IntoIterator<Item = &'a Payout>) -> Self {
        let known = payouts.into_iter().map(|payout| {
            let known = Known::new(payout);
            (payout.end_to_end_id.as_str(), known)
        });
        Self {
            payouts: known.collect(),
            said: HashMap::new(),
            comes_back: HashSet::new(),
            breaks_before: 0,
            report: Report::default(),
            found: Reconciliation::default(),
        }
    }

    /// Another statement begins: it may show again what the one before has shown.
    pub(super) fn begin(&mut self) {
        self.said.clear();
        self.payouts.values_mut().for_each(|known| known.shown.clear());
        self.breaks_before = self.found.breaks.len();
    }

    /// A break about one reference.
    pub(super) fn breaks(&mut self, reference: &str, kind: BreakKind, line: u32) {
        self.breaks_all(reference, [reference], kind, line);
    }

    /// A break that puts several payouts in doubt.
    pub(super) fn breaks_all<'r>(
        &mut self,
        reference: &str,
        payouts: impl IntoIterator<Item = &'r str>,
        kind: BreakKind,
        line: u32,
    ) {
        let known = payouts
            .into_iter()
            .filter(|payout| self.payouts.contains_key(payout));
        let payouts: Vec<String> = known.map(str::to_owned).collect();
        if matches!(kind, BreakKind::DuplicateRefused { .. }) {
            payouts.iter().for_each(|payout| self.is_there(payout));
        }
        self.found.breaks.push(Break {
            reference: reference.to_owned(),
            payouts,
            kind,
            line,
        });
    }

    /// What a movement is beside those that are known of its payout.
    pub(super) fn moved(&self, reference: &str, to: PayoutState, evidence: Option<&Evidence>) -> Moved {
        let said = self.said.get(&(reference.to_owned(), to));
        let Some((evidence, known)) = evidence.zip(self.payouts.get(reference)) else {
            return match said {
                Some(_) => Moved::Again,
                None => Moved::Once,
            };
        };
        let same = Self::known_as(known, to, evidence);
        // What was only shown beside a break explains nothing: a person may have found that it is not so.
        let is_known = same.is_some_and(|at| !known.moved[at].1.doubted || known.is_first_certain(to));
        let before = known.times(to);
        if to != PayoutState::Returned {
            let is_first = is_known || (before == 0 && said.is_none());
            return if is_first { Moved::Once } else { Moved::Again };
        }
        let back = before + usize::from(same.is_none());
        let left = known.times(PayoutState::Succeeded).max(1);
        match back.cmp(&left) {
            std::cmp::Ordering::Less => Moved::OneOfSeveral,
            std::cmp::Ordering::Greater if !is_known => Moved::Again,
            _ => Moved::Once,
        }
    }

    /// The movement that this is, which another statement has shown; what has the same reference before what only has the same day. One
    /// explains one: two that are alike in one statement are two, when it is read again, too.
    fn known_as(known: &Known<'_>, to: PayoutState, evidence: &Evidence) -> Option<usize> {
        let all = known.moved.iter().enumerate();
        let is_it = |before: &Evidence| evidence.is_nothing() || before.is_same(evidence);
        let same = all
            .filter(|(at, (outcome, before))| *outcome == to && !known.shown.contains(at) && is_it(before));
        let best = same.min_by_key(|(at, (_, before))| {
            (
                !before.shares_reference(evidence),
                before.booking != evidence.booking,
                *at,
            )
        });
        best.map(|(at, _)| at)
    }

    /// Whether another statement has shown this movement of a payout.
    pub(super) fn knows(&self, reference: &str, to: PayoutState, evidence: &Evidence) -> bool {
        let known = self.payouts.get(reference);
        known.is_some_and(|known| Self::known_as(known, to, evidence).is_some())
    }

    /// Whether another statement has shown it as this sum, and not only with a reference of its own.
    pub(super) fn knows_sum(&self, reference: &str, to: PayoutState, evidence: &Evidence) -> bool {
        let is_it = |(outcome, of): &(PayoutState, Evidence)| {
            *outcome == to && of.booking == Booking::Sum && !of.doubted && of.is_same(evidence)
        };
        let known = self.payouts.get(reference);
        known.is_some_and(|known| {
            let mut moved = known.moved.iter().enumerate();
            moved.any(|(at, of)| !known.shown.contains(&at) && is_it(of))
        })
    }

    /// Keeps that a movement was shown; `is_doubted`: beside a break.
    pub(super) fn note(
        &mut self,
        reference: &str,
        to: PayoutState,
        evidence: Option<&Evidence>,
        is_doubted: bool,
    ) {
        let key = (reference.to_owned(), to);
        let Some(evidence) = evidence else {
            self.said.entry(key).or_default();
            return;
        };
        let Some(known) = self.payouts.get_mut(reference) else {
            return;
        };
        let id = known.payout.id.clone();
        let before = Self::known_as(known, to, evidence);
        let shown_by = known
            .shown_by
            .entry(before.unwrap_or(known.moved.len()))
            .or_default();
        shown_by.extend(evidence.place().map(str::to_owned));
        if let Some(at) = before {
            known.shown.insert(at);
            let refined = Evidence {
                doubted: known.moved[at].1.doubted && is_doubted,
                ..known.moved[at].1.refined(evidence)
            };
            let before = std::mem::replace(&mut known.moved[at].1, refined);
            let (before, now) = (before.seen(to), known.moved[at].1.seen(to));
            self.found.refine(&id, before, now);
        } else if known.moved.len() < MOST {
            known.shown.insert(known.moved.len());
            let evidence = Evidence {
                doubted: is_doubted,
                ..evidence.clone()
            };
            self.found.seen.extend(evidence.seen(to).map(|seen| (id, seen)));
            known.moved.push((to, evidence));
        }
        let said = self.said.entry(key).or_default();
        if said.len() < MOST {
            said.push(evidence.clone());
        }
    }

    /// How often this statement has shown this of a payout so far.
    pub(super) fn times_said(&self, reference: &str, to: PayoutState) -> usize {
        let said = self.said.get(&(reference.to_owned(), to));
        said.map_or(0, Vec::len)
    }

    /// Keeps that payouts may have left as a statement shows it beside a break.
    pub(super) fn may_have_left<'r>(
        &mut self,
        payouts: impl IntoIterator<Item = &'r str>,
        evidence: Option<&Evidence>,
    ) {
        if evidence.is_none() {
            return;
        }
        for reference in payouts {
            self.note(reference, PayoutState::Succeeded, evidence, true);
        }
    }

    /// What becomes of one payout.
    pub(super) fn outcome(&mut self, said: Outcome<'_>) {
        let Outcome {
            reference,
            to,
            why,
            amount,
            evidence,
            line,
        } = said;
        let Some(known) = self.payouts.get(reference) else {
            return self.breaks(reference, BreakKind::UnknownReference, line);
        };
        let (payout, state) = (known.payout, known.state);
        let is_by_hand = known.times(to) == 0 && known.is_by_hand(to);
        let moved = self.moved(reference, to, evidence.as_ref());
        let differs = difference(payout.amount, amount);
        let left_again = moved == Moved::Again && to == PayoutState::Succeeded;
        if let Some(kind) = differs.clone().filter(|_| left_again) {
            return self.left_otherwise(reference, kind, amount, evidence.as_ref(), line);
        }
        if moved != Moved::Once {
            self.note(reference, to, evidence.as_ref(), true);
            let kind = match moved == Moved::OneOfSeveral {
                true => BreakKind::OneOfSeveral,
                false => BreakKind::Duplicate,
            };
            return self.breaks(reference, kind, line);
        }
        if state != to && self.is_of_another_leaving(reference, to, evidence.as_ref(), line) {
            return;
        }
        let kept = amount.filter(|_| to == PayoutState::Returned);
        let kept = kept.and_then(|amount| kept_of(payout.amount, amount));
        let is_less = differs.clone().filter(|_| kept.is_some());
        if let Some(kind) = differs.filter(|_| kept.is_none()) {
            if to != PayoutState::Returned {
                return self.left_otherwise(reference, kind, amount, evidence.as_ref(), line);
            }
            // More than was sent, or the account's currency instead of the payout's: it has come back all the same.
            self.breaks(reference, kind, line);
        }
        let is_known = evidence
            .as_ref()
            .is_some_and(|evidence| self.knows(reference, to, evidence));
        // That what was refused left all the same stands beside a break.
        let left_refused = (state, to) == (PayoutState::Failed, PayoutState::Succeeded);
        self.note(reference, to, evidence.as_ref(), left_refused);
        let overtaken = state == PayoutState::Returned && to == PayoutState::Succeeded;
        if overtaken && self.is_after_return(reference, evidence.as_ref(), is_known) {
            return self.breaks(reference, BreakKind::AlreadyFinal { state, found: to }, line);
        }
        // Banks book what they refuse out and back: the word that it was refused may be read after both.
        let is_refused_back = (state, to) == (PayoutState::Returned, PayoutState::Failed);
        if state == to || overtaken || is_refused_back {
            if let Some(kind) = is_less.filter(|_| state == to && is_by_hand) {
                // A person said it before, and of nothing that the bank kept.
                self.breaks(reference, kind, line);
            }
            self.found.unchanged += 1;
            if let Some(why) = why.filter(|why| why.is_said && state == to) {
                self.explain(reference, &why, line);
            }
        } else if state.may_become(to) && state != PayoutState::Failed {
            self.becomes(payout, to, why, kept, line);
        } else if kept.is_none()
            && (state, to) == (PayoutState::Failed, PayoutState::Returned)
            && self.was_out(reference)
        {
            self.found.unchanged += 1;
        } else if state.is_settled() && state != PayoutState::Cancelled {
            self.breaks(reference, BreakKind::AlreadyFinal { state, found: to }, line);
        } else {
            self.breaks(reference, BreakKind::NotSent { state }, line);
        }
    }

    /// Another amount left than was sent. Little is the bank's fee under the payment's reference, as a rule; the rest may be the payment.
    fn left_otherwise(
        &mut self,
        reference: &str,
        kind: BreakKind,
        amount: Option<Money>,
        evidence: Option<&Evidence>,
        line: u32,
    ) {
        let sent = self.payouts.get(reference).map(|known| known.payout.amount);
        let is_it = sent
            .zip(amount)
            .is_some_and(|(sent, amount)| is_most_of(sent, amount));
        self.may_have_left([reference], evidence.filter(|_| is_it));
        self.breaks(reference, kind, line);
    }

    fn becomes(
        &mut self,
        payout: &Payout,
        to: PayoutState,
        why: Option<Why>,
        kept: Option<Money>,
        line: u32,
    ) {
        let Some(known) = self.payouts.get_mut(payout.end_to_end_id.as_str()) else {
            return;
        };
        let fault = why.as_ref().and_then(|why| why.fault);
        let reason = why.map(|why| match kept {
            Some(kept) => format!("{}; the bank kept {kept}", why.words),
            None => why.words,
        });
        let from = std::mem::replace(&mut known.state, to);
        known.transition = Some(self.found.transitions.len());
        known.reason.clone_from(&reason);
        self.found.transitions.push(Transition {
            payout: payout.id.clone(),
            from,
            to,
            reason,
            fault,
            kept,
            line,
        });
    }

    /// Takes back that the money of a payout that failed went out, if this statement says so: banks book what they refuse out and
    /// back. False: it does not say so.
    fn was_out(&mut self, reference: &str) -> bool {
        let went_out = BreakKind::AlreadyFinal {
            state: PayoutState::Failed,
            found: PayoutState::Succeeded,
        };
        let mut breaks = self.found.breaks.iter().skip(self.breaks_before);
        let at = breaks.position(|one| one.reference == reference && one.kind == went_out);
        at.map(|at| self.found.breaks.remove(self.breaks_before + at))
            .is_some()
    }

    /// Whether another statement may have shown this of a payout by itself: with the bank's reference of a sum, or on its day as far
    /// as days are known.
    pub(super) fn is_shown_alone(&self, reference: &str, to: PayoutState, sum: &Evidence) -> bool {
        let is_it = |of: &&Evidence| {
            let is_one_day = of.day.zip(sum.day).is_none_or(|(one, other)| one == other);
            of.booking == Booking::Single && (is_one_day || of.shares_reference(sum))
        };
        let known = self.payouts.get(reference);
        let moved = known.into_iter().flat_map(|known| &known.moved);
        let moved = moved.filter(|(outcome, _)| *outcome == to).map(|(_, of)| of);
        let said = self.said.get(&(reference.to_owned(), to));
        moved.filter(is_it).count() > said.into_iter().flatten().filter(is_it).count()
    }

    /// Whether another statement has shown this of a payout by itself, as a detail of the entry that is now shown as a sum.
    pub(super) fn is_detail_of(&self, reference: &str, to: PayoutState, sum: &Evidence) -> bool {
        let known = self.payouts.get(reference);
        let mut moved = known.into_iter().flat_map(|known| &known.moved);
        moved.any(|(outcome, of)| {
            let is_one_day = of.day.is_some() && of.day == sum.day;
            *outcome == to && of.booking == Booking::Single && is_one_day && of.shares_reference(sum)
        })
    }

    /// Whether a payout may be in a sum though its state is against it: it was shown alone; of what goes out, no statement has shown
    /// what a report or its return said; of what comes back, no statement has shown what a person said, or it failed, and banks book what
    /// they refuse out and back.
    pub(super) fn may_be_within(&self, reference: &str, to: PayoutState, sum: &Evidence) -> bool {
        let Some(known) = self.payouts.get(reference) else {
            return false;
        };
        let by_state = match to {
            PayoutState::Succeeded => {
                matches!(known.state, PayoutState::Succeeded | PayoutState::Returned) && known.times(to) == 0
            }
            _ => match known.state {
                PayoutState::Failed => true,
                state => state == PayoutState::Returned && known.times(to) == 0,
            },
        };
        by_state || self.is_shown_alone(reference, to, sum)
    }

    /// A reason for what was known before without one: banks book a sum first and say why with its details.
    fn explain(&mut self, reference: &str, why: &Why, line: u32) {
        let Some(known) = self.payouts.get_mut(reference) else {
            return;
        };
        let Some(rest) = Without::rest(known.reason.as_deref()) else {
            return;
        };
        let reason = Some(format!("{}{rest}", why.words));
        known.reason.clone_from(&reason);
        let waiting = known.transition.and_then(|at| self.found.transitions.get_mut(at));
        match waiting {
            Some(waiting) => {
                waiting.reason = reason;
                waiting.fault = why.fault;
            }
            None => self.found.explained.push(Transition {
                payout: known.payout.id.clone(),
                from: known.state,
                to: known.state,
                reason,
                fault: why.fault,
                kept: None,
                line,
            }),
        }
    }

    /// Whether it is known that a bank refused a payout.
    pub(super) fn is_failed(&self, reference: &str) -> bool {
        let known = self.payouts.get(reference);
        known.is_some_and(|known| known.state == PayoutState::Failed)
    }

    /// Whether it is known that a bank refused a payout, and no person says so.
    pub(super) fn is_refused(&self, reference: &str) -> bool {
        self.is_failed(reference) && !self.is_failed_by_hand(reference)
    }

    /// Whether a person said of a payout that it failed.
    pub(super) fn is_failed_by_hand(&self, reference: &str) -> bool {
        let known = self.payouts.get(reference);
        known.is_some_and(|known| known.state == PayoutState::Failed && known.is_by_hand(PayoutState::Failed))
    }
}
