//! Sums: a file or a part of one that a bank books as one amount, out or back.
//!
//! A sum is of those payouts whose amounts it is, all of them or all that can have moved; then it is certain for each. Every
//! other sum is a break that puts all of them in doubt. A sum and its details are one event.

use super::breaks::difference;
use super::matcher::{Evidence, Matcher, Moved, Outcome, Why};
use super::mentions::Group;
use super::{Break, BreakKind};
use crate::batch::PayoutState;
use crate::iso20022::{Direction, Reason};
use money::Money;

/// One amount for a group.
pub(super) struct Sum<'s> {
    pub direction: Direction,
    pub amount: Money,
    pub is_reversal: bool,
    pub is_return: bool,
    pub returned: Option<&'s Reason>,
    pub evidence: Evidence,
    pub line: u32,
}

/// What a sum means. `groups`: those that it may be of, the widest first; one at least.
pub(super) fn book(matcher: &mut Matcher<'_>, groups: &[Group<'_>], sum: &Sum<'_>) {
    let amount = sum.amount;
    match sum.direction {
        Direction::Debit if sum.is_reversal => {
            doubt(matcher, &groups[0], BreakKind::Reversal { amount }, sum)
        }
        Direction::Debit if sum.is_return => {
            doubt(matcher, &groups[0], BreakKind::ReturnedDebit { amount }, sum)
        }
        Direction::Debit => went_out(matcher, groups, sum),
        Direction::Credit => came_back(matcher, groups, sum),
    }
}

fn doubt(matcher: &mut Matcher<'_>, group: &Group<'_>, kind: BreakKind, sum: &Sum<'_>) {
    let members = group.members.iter().map(|id| id.as_str());
    matcher.breaks_all(&group.id, members, kind, sum.line);
}

/// Members of a group in states, and what they sum to; none if nothing of it is known.
fn members<'a>(
    matcher: &Matcher<'_>,
    group: &Group<'a>,
    is_in: fn(PayoutState) -> bool,
) -> Option<(Vec<&'a str>, Money)> {
    let ids = group.members.iter().map(|id| id.as_str());
    let known = ids.filter_map(|id| Some((id, matcher.payouts.get(id)?)));
    let (ids, amounts): (Vec<&str>, Vec<Money>) = known
        .filter(|(_, known)| is_in(known.state))
        .map(|(id, known)| (id, known.payout.amount))
        .unzip();
    let first = amounts.first()?;
    let sum = Money::sum(first.asset(), amounts.iter().copied()).ok()?;
    Some((ids, sum))
}

/// Payouts that failed before are not in a sum.
fn went_out(matcher: &mut Matcher<'_>, groups: &[Group<'_>], sum: &Sum<'_>) {
    let not_failed = |state| state != PayoutState::Failed;
    let found = groups
        .iter()
        .map(|group| (group, members(matcher, group, not_failed)));
    let known: Vec<_> = found.filter_map(|(group, found)| Some((group, found?))).collect();
    let fits = |expected: Money| difference(expected, Some(sum.amount)).is_none();
    let mut fitting = known.iter().filter(|(_, (_, expected))| fits(*expected));
    match (fitting.next(), fitting.next()) {
        (Some((group, (ids, _))), None) => all(matcher, group, ids, PayoutState::Succeeded, sum),
        (Some((group, _)), Some(_)) => {
            let kind = BreakKind::SeveralFit { amount: sum.amount };
            doubt(matcher, whole(groups, group), kind, sum);
        }
        (None, _) => {
            let kind = known
                .first()
                .and_then(|(_, (_, expected))| difference(*expected, Some(sum.amount)));
            doubt(
                matcher,
                &groups[0],
                kind.unwrap_or(BreakKind::UnknownReference),
                sum,
            );
        }
    }
}

fn whole<'g, 'a>(groups: &'g [Group<'a>], otherwise: &'g Group<'a>) -> &'g Group<'a> {
    groups.first().unwrap_or(otherwise)
}

/// What comes back is of all that left, or of all that have not come back yet.
fn came_back(matcher: &mut Matcher<'_>, groups: &[Group<'_>], sum: &Sum<'_>) {
    if let Some(reason) = sum.returned.filter(|reason| reason.is_duplicate()) {
        let reason = reason.to_string();
        return doubt(matcher, &groups[0], BreakKind::DuplicateRefused { reason }, sum);
    }
    let may_be_out = |state| matches!(state, PayoutState::InTransit | PayoutState::Succeeded);
    let not_failed = |state| state != PayoutState::Failed;
    let mut fitting: Vec<(&Group<'_>, Vec<&str>)> = Vec::new();
    let mut sent = None;
    for group in groups {
        for is_in in [not_failed as fn(PayoutState) -> bool, may_be_out] {
            let Some((ids, expected)) = members(matcher, group, is_in) else {
                continue;
            };
            sent = sent.or(Some(expected));
            let is_new = fitting.iter().all(|(_, known)| *known != ids);
            if is_new && difference(expected, Some(sum.amount)).is_none() {
                fitting.push((group, ids));
            }
        }
    }
    match (&fitting[..], sent) {
        ([(group, ids)], _) => all(matcher, group, ids, PayoutState::Returned, sum),
        ([], Some(sent)) => {
            let kind = match difference(sent, Some(sum.amount)) {
                Some(kind @ BreakKind::CurrencyDiffers { .. }) => kind,
                _ => BreakKind::PartBack {
                    sent,
                    back: sum.amount,
                },
            };
            doubt(matcher, &groups[0], kind, sum);
        }
        ([], None) => doubt(matcher, &groups[0], BreakKind::UnknownReference, sum),
        _ => {
            let kind = BreakKind::SeveralFit { amount: sum.amount };
            doubt(matcher, &groups[0], kind, sum);
        }
    }
}

/// The outcome of each, if none of them has moved so before, by itself or in another sum.
fn all(matcher: &mut Matcher<'_>, group: &Group<'_>, ids: &[&str], to: PayoutState, sum: &Sum<'_>) {
    let evidence = &sum.evidence;
    let again: Vec<&str> = ids
        .iter()
        .copied()
        .filter(|id| matcher.moved(id, to, Some(evidence)) != Moved::Once)
        .collect();
    // One that was doubted before, for some of its payouts, is not certain for the others when it is read again.
    let is_doubted = ids.iter().any(|id| matcher.knows_sum(id, to, evidence))
        && ids.iter().any(|id| !matcher.knows(id, to, evidence));
    if !again.is_empty() || is_doubted {
        for id in again {
            matcher.note(id, to, Some(evidence));
        }
        let kind = BreakKind::SumAgain { amount: sum.amount };
        matcher.found.breaks.push(Break {
            reference: group.id.clone(),
            payouts: ids.iter().map(|&id| id.to_owned()).collect(),
            kind,
            line: sum.line,
        });
        return;
    }
    for id in ids {
        let returned =
            (to == PayoutState::Returned).then(|| Why::of(sum.returned, "the bank gave no reason"));
        matcher.outcome(Outcome {
            reference: id,
            to,
            why: returned,
            amount: None,
            evidence: Some(evidence.clone()),
            line: sum.line,
        });
    }
}
