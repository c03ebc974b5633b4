//! What a status report (pain.002) means: of a file, of its parts, of single payments.
//!
//! What it says of the whole holds for parts that it does not list, what it says of a part for payments that it does not
//! list. A refusal frees money, so it must be certain (`certainty.rs`): of a single payment, for a reason of its payee's.

use super::blocks::{Blocks, blocks, members};
use super::certainty::Certainty;
use super::counts::Tally;
use super::evidence::Report;
use super::matcher::{Matcher, Outcome};
use super::mentions::{Mention, References};
use super::refusals::{Level, Listed, Part, Reasons, against, denies, doubt};
use super::{BreakKind, Reconciliation, original};
use crate::batch::{Payout, PayoutState};
use crate::iso20022::{Sent, Status, StatusReport};
use std::collections::{HashMap, HashSet};

/// So many statuses of one payment are told of: the second one is a break, or says the same.
const MOST: usize = 2;

/// What a status report (pain.002) means for the payouts of the file that was sent.
pub fn with_status_report<'a>(
    payouts: impl IntoIterator<Item = &'a Payout>,
    sent: &'a Sent,
    report: &StatusReport,
) -> Reconciliation {
    let mut matcher = Matcher::new(payouts);
    matcher.report = Report {
        digest: Some(report.digest.clone()),
        at: report.made,
        day: report.made_on,
    };
    let id = sent.message_id.as_str();
    if let Some(other) = report.original_message_id.as_deref().filter(|other| *other != id) {
        matcher.breaks(other, BreakKind::OtherMessage, 1);
        return matcher.gated();
    }
    let all = || sent.payments.iter().flat_map(members);
    if let Some(kind) = original::differs(&matcher, &report.original, all()) {
        matcher.breaks_all(id, all(), kind, 1);
        return matcher.gated();
    }
    let whole = Level {
        id,
        status: report.status.as_ref(),
        reasons: Reasons::of(&report.reasons),
        counts: &report.counts,
        line: 1,
    };
    let references = References::new(matcher.payouts.keys().copied(), &[]);
    let Blocks {
        parts: blocks,
        others,
        lost,
        unnamed,
    } = blocks(&mut matcher, &references, sent, report);
    let parts = blocks
        .iter()
        .map(|(known, said)| Part::new(known, said, |one| references.payouts(&one.texts)));
    let mut parts: Vec<Part<'_>> = parts.collect();
    let strangers = strangers(&mut matcher, &mut parts);
    // A block that says nothing of its part lists nothing of it.
    parts.retain(|part| !part.is_empty());
    let mut known: HashSet<&str> = parts.iter().map(|part| part.sent.id.as_str()).collect();
    known.extend(others);
    if let Some(kind) = add_up(&mut matcher, sent, &mut parts, &whole) {
        matcher.breaks_all(id, all(), kind, 1);
        return matcher.gated();
    }
    let certainty = Certainty::of(&matcher, &parts, &whole, all());
    transactions(&mut matcher, &parts, &whole, &certainty);
    let mut named: HashSet<&str> = listed(&parts).flat_map(|one| one.named.payouts()).collect();
    named.extend(lost.iter().flatten());
    named.extend(strangers.iter().map(String::as_str));
    for part in &parts {
        let rest = members(part.sent).filter(|id| !named.contains(id)).collect();
        let is_bare = part.listed.is_empty();
        let is_unnamed = unnamed.contains(&*part.sent.id);
        let kind = doubt(&part.level, &part.listed)
            .or(against(&part.level, &whole))
            .or(part.level.without_refusal(&whole).filter(|_| is_bare))
            .or(part.level.without_name().filter(|_| is_unnamed))
            .or(whole.of_some(&part.level));
        rest_of(&mut matcher, [&part.level, &whole], rest, kind, &certainty);
    }
    // What is not listed at all.
    let rest = sent.payments.iter().filter(|part| !known.contains(&*part.id));
    let rest = rest.flat_map(members).filter(|id| !named.contains(id)).collect();
    let is_lost = whole.status.filter(|_| lost.is_some());
    let is_lost = is_lost.map(|status| BreakKind::Contradiction {
        said: format!("{} of it all and something of what is not in it", status.code()),
    });
    let kind = doubt(&whole, listed(&parts)).or(is_lost);
    rest_of(&mut matcher, [&whole, &whole], rest, kind, &certainty);
    refused_before(&mut matcher, &whole, all(), &certainty);
    matcher.gated()
}

/// What was refused before a report that tells of something sent before may have been so in a second submission, too.
fn refused_before<'s>(
    matcher: &mut Matcher<'_>,
    whole: &Level<'_>,
    all: impl Iterator<Item = &'s str>,
    certainty: &Certainty<'_>,
) {
    let Some(kind) = certainty.again() else { return };
    let refused: Vec<&str> = all.filter(|id| matcher.is_refused(id)).collect();
    if !refused.is_empty() {
        matcher.breaks_all(whole.id, refused, kind, whole.line);
    }
}

/// Takes payments out of the blocks of parts that they are not in: each is a break, and nothing else of the report is about it.
fn strangers(matcher: &mut Matcher<'_>, parts: &mut [Part<'_>]) -> Vec<String> {
    let mut strangers = Vec::new();
    for part in parts {
        let own: HashSet<&str> = members(part.sent).collect();
        let is_own = |one: &Listed<'_>| one.payout().is_none_or(|payout| own.contains(payout));
        for one in part.listed.iter().filter(|one| !is_own(one)) {
            let ids = one.payout();
            matcher.breaks_all(part.level.id, ids, BreakKind::OtherMessage, one.said.line);
            strangers.extend(ids.map(str::to_owned));
        }
        part.listed.retain(is_own);
    }
    strangers
}

/// Takes out parts whose numbers are not those of the payments in them: each is a break. Why those of the whole are not.
fn add_up(
    matcher: &mut Matcher<'_>,
    sent: &Sent,
    parts: &mut Vec<Part<'_>>,
    whole: &Level<'_>,
) -> Option<BreakKind> {
    let was_refused = |id: &str| matcher.is_failed(id);
    let tallies = parts.iter().map(|part| Tally::of(part, whole, was_refused));
    let tallies: Vec<Tally> = tallies.collect();
    let said: HashSet<&str> = parts.iter().map(|part| part.sent.id.as_str()).collect();
    let others = sent
        .payments
        .iter()
        .filter(|part| !said.contains(part.id.as_str()));
    let others = others.flat_map(members);
    let of_all = Tally::of_all(&tallies, others, whole, was_refused).differs(whole.counts);
    if of_all.is_none() {
        let mut tallies = tallies.into_iter();
        parts.retain(|part| {
            let differs = tallies.next().and_then(|tally| tally.differs(part.level.counts));
            match differs {
                Some(kind) => {
                    matcher.breaks_all(part.level.id, members(part.sent), kind, part.level.line);
                    false
                }
                None => true,
            }
        });
    }
    of_all
}

fn listed<'p, 'r>(parts: &'p [Part<'r>]) -> impl Iterator<Item = &'p Listed<'r>> {
    parts.iter().flat_map(|part| &part.listed)
}

/// The statuses of one payment, of all kinds that contradict each other.
#[derive(Default)]
struct Statuses<'r> {
    first: Option<&'r Status>,
    refused: Option<&'r Status>,
    other: Option<&'r Status>,
    several: Option<&'r Status>,
    /// So many times it was listed, and refused as sent before.
    listed: usize,
    duplicates: usize,
    /// So many were told of.
    told: usize,
}

impl<'r> Statuses<'r> {
    fn also(&mut self, status: &'r Status) {
        let place = match status.is_refusal() {
            true => &mut self.refused,
            false => &mut self.other,
        };
        place.get_or_insert(status);
        self.first.get_or_insert(status);
        if matches!(status, Status::Several(_)) {
            self.several.get_or_insert(status);
        }
    }

    /// A payment with two statuses of which one refuses and one does not has none.
    fn contradiction(&self) -> Option<String> {
        if self.duplicates > 0 && self.duplicates < self.listed {
            return Some("a refusal as sent before and another one".to_owned());
        }
        let two = self.refused.zip(self.other).or(self.several.zip(self.first));
        two.map(|(one, other)| match one == other {
            true => one.code().to_owned(),
            false => format!("{} and {}", one.code(), other.code()),
        })
    }
}

fn transactions(matcher: &mut Matcher<'_>, parts: &[Part<'_>], whole: &Level<'_>, certainty: &Certainty<'_>) {
    let mut said: HashMap<&str, Statuses<'_>> = HashMap::new();
    for part in parts {
        for one in &part.listed {
            let levels = [one.said.status.as_ref(), part.level.status, whole.status];
            let own = levels.iter().flatten().next();
            let above = levels.iter().skip(1).flatten();
            let above = above.filter(|above| above.is_refusal() || denies(above));
            let all = said.entry(one.reference()).or_default();
            all.listed += 1;
            all.duplicates += usize::from(one.reasons.duplicate().is_some());
            for status in own.into_iter().chain(above) {
                all.also(status);
            }
        }
    }
    for part in parts {
        for one in &part.listed {
            let Some(all) = said.get_mut(one.reference()) else {
                continue;
            };
            all.told += 1;
            match all.contradiction() {
                _ if all.told > MOST => {}
                Some(_) if all.told > 1 && !matches!(one.named, Mention::Several(_)) => {}
                said => transaction(matcher, one, said, [&part.level, whole], certainty),
            }
        }
    }
}

/// What is said of one payment. `contradiction`: what is said of it that cannot all hold.
fn transaction(
    matcher: &mut Matcher<'_>,
    one: &Listed<'_>,
    contradiction: Option<String>,
    [part, whole]: [&Level<'_>; 2],
    certainty: &Certainty<'_>,
) {
    let (reference, line) = (one.reference(), one.said.line);
    if let Mention::Cut(payout) = &one.named {
        let kind = BreakKind::Contradiction {
            said: format!("{} of a reference that is cut off ({reference})", one.code()),
        };
        return matcher.breaks(payout, kind, line);
    }
    if let Mention::Several(payouts) = &one.named {
        let kind = BreakKind::SeveralNamed {
            others: payouts.iter().map(|&payout| payout.to_owned()).collect(),
        };
        return matcher.breaks_all(reference, payouts.iter().copied(), kind, line);
    }
    if let Some(said) = contradiction {
        return matcher.breaks(reference, BreakKind::Contradiction { said }, line);
    }
    let known = matcher.payouts.get(reference).map(|known| known.payout);
    if let Some(account) = known.and_then(|payout| payout.paid_elsewhere(one.said.creditor.as_deref())) {
        return matcher.breaks(reference, BreakKind::PaidElsewhere { account }, line);
    }
    let own = one.said.status.as_ref();
    let status = own.or(part.status).or(whole.status);
    // A reason of what is not refused: then nothing of it is certain.
    let is_refused = status.is_some_and(Status::is_refusal);
    let without = own.is_none() && !one.reasons.is_empty() && !is_refused;
    if without {
        return matcher.breaks(reference, one.reasons.of_nothing(), line);
    }
    let Some(status) = status else { return };
    let levels = [&one.reasons, &part.reasons, &whole.reasons];
    let kind = match status.is_refusal() {
        true => certainty.of_listed(matcher, one, levels),
        false => None,
    };
    match kind {
        Some(kind) => matcher.breaks(reference, kind, line),
        None => payment(matcher, one, status, Reasons::first(levels)),
    }
}

/// What a whole, within another, says of payments that it does not list; one break for all of them, where it is not certain.
fn rest_of(
    matcher: &mut Matcher<'_>,
    [level, above]: [&Level<'_>; 2],
    rest: Vec<&str>,
    kind: Option<BreakKind>,
    certainty: &Certainty<'_>,
) {
    // A part without a status has that of the whole.
    let status = level.status.or(above.status);
    if let (Some(Status::Other(code)), true) = (level.status, rest.is_empty()) {
        let kind = BreakKind::UnknownStatus { code: code.clone() };
        return matcher.breaks_all(level.id, [], kind, level.line);
    }
    // A whole that was accepted in part says nothing of those it does not list, but that it did not refuse them all.
    let says_nothing = status.is_none_or(|status| *status == Status::UnderWay("PART"));
    if let (Some(Status::UnderWay(code)), None, true) = (status, &kind, says_nothing) {
        let was_said = |id: &&&str| matcher.is_failed_by_hand(id) && !matcher.was_accepted(id, code);
        let failed: Vec<&str> = rest.iter().filter(was_said).copied().collect();
        if *code == "PART" {
            // Some of them were taken on: of one that came back it may be the second submission.
            rest.iter().for_each(|id| matcher.accepted(id, code));
        }
        if !failed.is_empty() {
            let (state, found) = (PayoutState::Failed, PayoutState::InTransit);
            matcher.breaks_all(
                level.id,
                failed,
                BreakKind::AlreadyFinal { state, found },
                level.line,
            );
        }
    }
    if rest.is_empty() || says_nothing && kind.is_none() {
        return;
    }
    let Some(status) = status else {
        let kind = kind.unwrap_or_else(|| level.reasons.of_nothing());
        return matcher.breaks_all(level.id, rest, kind, level.line);
    };
    let levels = [&level.reasons, &above.reasons, &above.reasons];
    let kind = match status.is_refusal() {
        true => Some(kind.unwrap_or_else(|| certainty.of_rest(levels))),
        false => kind,
    };
    if let Some(kind) = kind {
        return matcher.breaks_all(level.id, rest, kind, level.line);
    }
    let reasons = Reasons::first(levels);
    for reference in rest {
        says(matcher, reference, status, reasons, level.line);
    }
}

fn payment(matcher: &mut Matcher<'_>, listed: &Listed<'_>, status: &Status, reasons: &Reasons<'_>) {
    let amount = listed.said.amount;
    let known = listed.payout().and_then(|payout| matcher.payouts.get(payout));
    let differs = known.and_then(|known| super::breaks::difference(known.payout.amount, amount));
    match differs {
        Some(kind) => matcher.breaks(listed.reference(), kind, listed.said.line),
        None => says(matcher, listed.reference(), status, reasons, listed.said.line),
    }
}

fn says(matcher: &mut Matcher<'_>, reference: &str, status: &Status, reasons: &Reasons<'_>, line: u32) {
    let state = matcher.payouts.get(reference).map(|known| known.state);
    // Of what came back, and of which days are known, the gate says whether this is of another submission.
    let is_told_by_days = state == Some(PayoutState::Returned) && matcher.is_told_by_days(reference);
    let (to, why) = match status {
        // What came back has left again, if another report says so than before.
        Status::Settled(code) => match state {
            Some(PayoutState::Returned) if is_told_by_days => {
                matcher.accepted(reference, code);
                (PayoutState::Succeeded, None)
            }
            Some(state @ PayoutState::Returned) if !matcher.was_accepted(reference, code) => {
                let found = PayoutState::Succeeded;
                return matcher.breaks(reference, BreakKind::AlreadyFinal { state, found }, line);
            }
            Some(PayoutState::InTransit | PayoutState::Succeeded) => {
                matcher.accepted(reference, code);
                (PayoutState::Succeeded, None)
            }
            _ => (PayoutState::Succeeded, None),
        },
        Status::Rejected | Status::Cancelled => (PayoutState::Failed, Some(reasons.why())),
        Status::UnderWay(code) => match state {
            // What was refused before may have left after all.
            // The report of before its refusal may be read again.
            Some(state @ (PayoutState::Failed | PayoutState::Returned))
                if status.is_acceptance() && !is_told_by_days && !matcher.was_accepted(reference, code) =>
            {
                let found = PayoutState::InTransit;
                return matcher.breaks(reference, BreakKind::AlreadyFinal { state, found }, line);
            }
            Some(state) => {
                matcher.found.under_way += 1;
                let has_it = matches!(state, PayoutState::InTransit | PayoutState::Succeeded);
                if (has_it || is_told_by_days) && status.is_acceptance() {
                    matcher.accepted(reference, code);
                }
                return;
            }
            None => return matcher.breaks(reference, BreakKind::UnknownReference, line),
        },
        Status::Other(code) => {
            let code = code.clone();
            return matcher.breaks(reference, BreakKind::UnknownStatus { code }, line);
        }
        Status::Several(codes) => {
            let said = codes.clone();
            return matcher.breaks(reference, BreakKind::Contradiction { said }, line);
        }
    };
    matcher.outcome(Outcome {
        reference,
        to,
        why,
        amount: None,
        evidence: None,
        line,
    });
}
