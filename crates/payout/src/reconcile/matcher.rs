//! Payouts with the state they are in after what was read so far, and with everything that is known to have moved.

use super::breaks::{difference, kept_of};
use super::{Break, BreakKind, Reconciliation, Transition};
use crate::batch::{Booking, Payout, PayoutState, Seen};
use crate::iso20022::Reason;
use crate::payee::Fault;
use jiff::civil::Date;
use money::Money;
use std::collections::HashMap;

/// So many movements of one payout are kept; a bank shows two or three, and whatever comes after is another one.
const MOST: usize = 64;

/// Why a payout failed or came back.
pub(super) struct Why {
    words: String,
    fault: Option<Fault>,
}

impl Why {
    /// The reasons as the bank gives them; without any, other words.
    pub(super) fn of<'r>(reasons: impl IntoIterator<Item = &'r Reason> + Clone, without: &str) -> Self {
        let words: Vec<_> = reasons.clone().into_iter().map(Reason::to_string).collect();
        Self {
            words: match words.is_empty() {
                true => without.to_owned(),
                false => words.join("; "),
            },
            fault: reasons.into_iter().find_map(Reason::fault),
        }
    }
}

/// What tells a movement from another of the same payment: the bank's reference, the day, and whether it stood alone.
#[derive(Clone, Debug)]
pub(super) struct Evidence {
    pub reference: Option<String>,
    pub day: Option<Date>,
    pub booking: Booking,
}

impl Evidence {
    fn of(seen: &Seen) -> Self {
        // A day stands in the place of a reference where the bank gave none.
        let as_day: Option<Date> = seen.at.parse().ok();
        Self {
            reference: as_day.is_none().then(|| seen.at.clone()),
            day: seen.day.or(as_day),
            booking: seen.booking,
        }
    }

    /// What is kept of it; nothing where the bank gave neither reference nor day.
    fn seen(&self, outcome: PayoutState) -> Option<Seen> {
        let at = self.reference.clone().or(self.day.map(|day| day.to_string()))?;
        Some(Seen {
            day: self.day.filter(|_| self.reference.is_some()),
            at,
            outcome,
            booking: self.booking,
        })
    }

    /// Whether it may be the same movement in another statement. A sum and its details have references of their own: the day
    /// decides. What was kept before may have the place within an entry behind the entry's reference.
    fn is_same(&self, other: &Evidence) -> bool {
        let days = self.day.zip(other.day);
        let is_one_day = days.is_none_or(|(one, other)| one == other);
        if self.booking != other.booking {
            return is_one_day;
        }
        match (&self.reference, &other.reference) {
            (Some(one), Some(other)) => {
                let (one, other) = (one.as_str(), other.as_str());
                is_one_day && (one == other || of_entry(one) == other || one == of_entry(other))
            }
            (None, None) => is_one_day,
            // A reference is not a day: without a day on both sides they are two.
            _ => days.is_some() && is_one_day,
        }
    }

    fn is_nothing(&self) -> bool {
        self.reference.is_none() && self.day.is_none()
    }
}

/// The reference of an entry, where the place within it stands behind.
fn of_entry(reference: &str) -> &str {
    match reference.rsplit_once('/') {
        Some((entry, place)) if place.bytes().all(|byte| byte.is_ascii_digit()) => entry,
        _ => reference,
    }
}

/// One payout.
pub(super) struct Known<'a> {
    pub payout: &'a Payout,
    pub state: PayoutState,
    moved: Vec<(PayoutState, Evidence)>,
}

impl Known<'_> {
    fn times(&self, outcome: PayoutState) -> usize {
        self.moved.iter().filter(|(known, _)| *known == outcome).count()
    }
}

/// What a movement is beside those that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moved {
    /// The first of its kind, or the first one read again.
    Once,
    /// Another one.
    Again,
    /// A return, where more left than came back.
    OneOfSeveral,
}

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
    pub found: Reconciliation,
}

impl<'a> Matcher<'a> {
    pub(super) fn new(payouts: impl IntoIterator<Item = &'a Payout>) -> Self {
        let known = payouts.into_iter().map(|payout| {
            let moved = payout.seen.iter().map(|seen| (seen.outcome, Evidence::of(seen)));
            let known = Known {
                payout,
                state: payout.state,
                moved: moved.collect(),
            };
            (payout.end_to_end_id.as_str(), known)
        });
        Self {
            payouts: known.collect(),
            said: HashMap::new(),
            found: Reconciliation::default(),
        }
    }

    /// Another statement begins: it may show again what the one before has shown.
    pub(super) fn begin(&mut self) {
        self.said.clear();
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
        self.found.breaks.push(Break {
            reference: reference.to_owned(),
            payouts: known.map(str::to_owned).collect(),
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
        let is_known = self.is_known(known, to, evidence);
        let before = known.times(to);
        if to != PayoutState::Returned {
            let is_first = is_known || (before == 0 && said.is_none());
            return if is_first { Moved::Once } else { Moved::Again };
        }
        let back = before + usize::from(!is_known);
        let left = known.times(PayoutState::Succeeded).max(1);
        match back.cmp(&left) {
            std::cmp::Ordering::Less => Moved::OneOfSeveral,
            std::cmp::Ordering::Greater if !is_known => Moved::Again,
            _ => Moved::Once,
        }
    }

    /// Whether another statement has shown this movement. Two that are alike in one statement are two, when it is read again, too.
    fn is_known(&self, known: &Known<'_>, to: PayoutState, evidence: &Evidence) -> bool {
        let is_same = |before: &Evidence| evidence.is_nothing() || before.is_same(evidence);
        let said = self.said.get(&(known.payout.end_to_end_id.to_string(), to));
        let said = said.into_iter().flatten().filter(|said| is_same(said)).count();
        let of_kind = known.moved.iter().filter(|(outcome, _)| *outcome == to);
        of_kind.filter(|(_, before)| is_same(before)).count() > said
    }

    /// Whether another statement has shown this movement of a payout.
    pub(super) fn knows(&self, reference: &str, to: PayoutState, evidence: &Evidence) -> bool {
        let known = self.payouts.get(reference);
        known.is_some_and(|known| self.is_known(known, to, evidence))
    }

    /// Whether another statement has shown it as this sum, and not only with a reference of its own.
    pub(super) fn knows_sum(&self, reference: &str, to: PayoutState, evidence: &Evidence) -> bool {
        let known = self.payouts.get(reference);
        known.is_some_and(|known| {
            let mut of_kind = known.moved.iter().filter(|(outcome, _)| *outcome == to);
            of_kind.any(|(_, before)| before.booking == Booking::Sum && before.is_same(evidence))
        })
    }

    /// Keeps that a movement was shown.
    pub(super) fn note(&mut self, reference: &str, to: PayoutState, evidence: Option<&Evidence>) {
        let key = (reference.to_owned(), to);
        let Some(evidence) = evidence else {
            self.said.entry(key).or_default();
            return;
        };
        let Some(known) = self.payouts.get(reference) else {
            return;
        };
        if known.moved.len() < MOST && !self.is_known(known, to, evidence) {
            let id = known.payout.id.clone();
            let seen = evidence.seen(to).map(|seen| (id, seen));
            self.found.seen.extend(seen);
            if let Some(known) = self.payouts.get_mut(reference) {
                known.moved.push((to, evidence.clone()));
            }
        }
        let said = self.said.entry(key).or_default();
        if said.len() < MOST {
            said.push(evidence.clone());
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
        let moved = self.moved(reference, to, evidence.as_ref());
        if moved != Moved::Once {
            self.note(reference, to, evidence.as_ref());
            let kind = match moved {
                Moved::OneOfSeveral => BreakKind::OneOfSeveral,
                Moved::Once | Moved::Again => BreakKind::Duplicate,
            };
            return self.breaks(reference, kind, line);
        }
        let kept = amount.filter(|_| to == PayoutState::Returned);
        let kept = kept.and_then(|amount| kept_of(payout.amount, amount));
        if let Some(kind) = difference(payout.amount, amount).filter(|_| kept.is_none()) {
            // More than was sent, or the account's currency instead of the payout's: it has come back all the same.
            let is_back = to == PayoutState::Returned;
            self.breaks(reference, kind, line);
            if !is_back {
                return;
            }
        }
        self.note(reference, to, evidence.as_ref());
        let overtaken = state == PayoutState::Returned && to == PayoutState::Succeeded;
        if state == to || overtaken {
            self.found.unchanged += 1;
        } else if state.may_become(to) && state != PayoutState::Failed {
            let fault = why.as_ref().and_then(|why| why.fault);
            let reason = why.map(|why| match kept {
                Some(kept) => format!("{}; the bank kept {kept}", why.words),
                None => why.words,
            });
            self.found.transitions.push(Transition {
                payout: payout.id.clone(),
                from: state,
                to,
                reason,
                fault,
                kept,
                line,
            });
            if let Some(known) = self.payouts.get_mut(payout.end_to_end_id.as_str()) {
                known.state = to;
            }
        } else if state.is_settled() && state != PayoutState::Cancelled {
            self.breaks(reference, BreakKind::AlreadyFinal { state, found: to }, line);
        } else {
            self.breaks(reference, BreakKind::NotSent { state }, line);
        }
    }
}
