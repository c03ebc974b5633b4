//! Sums: a file or a part of one that a bank books as one amount, out or back.
//!
//! A sum is of those payouts whose amounts it is, all of them or all that can have moved; then it is certain for each. Every
//! other sum is a break that puts all of them in doubt. A sum and its details are one event.

use super::BreakKind;
use super::breaks::difference;
use super::matcher::{Evidence, Matcher, Moved, Outcome, Why, Without};
use super::mentions::Group;
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
    /// How many payments the bank says that it is of.
    pub count: Option<u64>,
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

/// Whether a payout in a state may be in a sum.
type IsIn = fn(PayoutState) -> bool;

/// The payouts of which it is the sum, by group: each choice once. And what the first group that is known sums to.
fn fitting<'g, 'a>(
    matcher: &Matcher<'_>,
    groups: &'g [Group<'a>],
    amount: Money,
    choices: &[IsIn],
) -> (Vec<(&'g Group<'a>, Vec<&'a str>)>, Option<Money>) {
    let mut fitting: Vec<(&Group<'_>, Vec<&str>)> = Vec::new();
    let mut sent = None;
    for group in groups {
        for is_in in choices {
            let Some((ids, expected)) = members(matcher, group, *is_in) else {
                continue;
            };
            sent = sent.or(Some(expected));
            let is_new = fitting.iter().all(|(_, known)| *known != ids);
            if is_new && difference(expected, Some(amount)).is_none() {
                fitting.push((group, ids));
            }
        }
    }
    (fitting, sent)
}

/// Payouts that another statement has shown on the day of a sum, by which it may be the same money again: known as this sum, they
/// are all that it is of; shown one by one, it may be of them as well.
fn also_shown<'g, 'a>(
    matcher: &Matcher<'_>,
    groups: &'g [Group<'a>],
    to: PayoutState,
    sum: &Sum<'_>,
    fitting: &mut Vec<(&'g Group<'a>, Vec<&'a str>)>,
) {
    let amounts = |group: &'g Group<'a>, is_in: &dyn Fn(&str) -> bool| -> Vec<(&'a str, Money)> {
        let ids = group.members.iter().map(|id| id.as_str());
        let ids = ids.filter(|id| is_in(id));
        let amount = |id: &'a str| Some((id, matcher.payouts.get(id)?.payout.amount));
        ids.filter_map(amount).collect()
    };
    for group in groups {
        let known = amounts(group, &|id| matcher.knows_sum(id, to, &sum.evidence));
        if is_sum_of(known.iter(), sum.amount) {
            *fitting = vec![(group, known.into_iter().map(|(id, _)| id).collect())];
            return;
        }
    }
    for group in groups {
        let shown = amounts(group, &|id| matcher.is_shown_alone(id, to, &sum.evidence));
        if let Some(ids) = summing_to(&shown, sum.amount)
            && fitting.iter().all(|(_, known)| *known != ids)
        {
            fitting.push((group, ids));
        }
    }
}

/// So many of which some sum to an amount are looked at in every choice; of more it is taken that some do.
const MOST: usize = 14;

/// Some of the payouts whose amounts sum to an amount.
fn summing_to<'a>(all: &[(&'a str, Money)], amount: Money) -> Option<Vec<&'a str>> {
    let every = || all.iter().map(|(id, _)| *id).collect();
    if all.len() > MOST {
        return Some(every());
    }
    let chosen = |choice: u32| {
        let all = all.iter().enumerate();
        all.filter(move |(at, _)| choice >> at & 1 == 1)
            .map(|(_, one)| one)
    };
    // The most first: a choice of all is the likeliest.
    let mut choices = (1..1_u32 << all.len()).rev();
    let found = choices.find(|choice| is_sum_of(chosen(*choice), amount))?;
    Some(chosen(found).map(|(id, _)| *id).collect())
}

/// Whether an amount is the sum of some payouts, of one at least.
fn is_sum_of<'p, 'a: 'p>(mut payouts: impl Iterator<Item = &'p (&'a str, Money)>, amount: Money) -> bool {
    let Some((_, first)) = payouts.next() else {
        return false;
    };
    let sum = payouts.try_fold(*first, |sum, (_, amount)| sum.checked_add(*amount));
    sum.is_ok_and(|sum| difference(sum, Some(amount)).is_none())
}

/// Payouts that failed before are not in a sum.
fn not_failed(state: PayoutState) -> bool {
    state != PayoutState::Failed
}

/// What goes out is of all of them, or of all that have not left yet.
fn went_out(matcher: &mut Matcher<'_>, groups: &[Group<'_>], sum: &Sum<'_>) {
    let not_out: IsIn = |state| state == PayoutState::InTransit;
    let (mut fitting, sent) = fitting(matcher, groups, sum.amount, &[not_failed, not_out]);
    also_shown(matcher, groups, PayoutState::Succeeded, sum, &mut fitting);
    let differs = || sent.and_then(|sent| difference(sent, Some(sum.amount)));
    match &fitting[..] {
        [(group, ids)] => all(matcher, group, ids, PayoutState::Succeeded, sum),
        [] => {
            let kind = differs().unwrap_or(BreakKind::UnknownReference);
            doubt(matcher, &groups[0], kind, sum);
        }
        _ => {
            let kind = BreakKind::SeveralFit { amount: sum.amount };
            doubt(matcher, &groups[0], kind, sum);
        }
    }
}

/// What comes back is of all that left, or of all that have not come back yet.
fn came_back(matcher: &mut Matcher<'_>, groups: &[Group<'_>], sum: &Sum<'_>) {
    if let Some(reason) = sum.returned.filter(|reason| reason.is_duplicate()) {
        let reason = reason.to_string();
        return doubt(matcher, &groups[0], BreakKind::DuplicateRefused { reason }, sum);
    }
    let may_be_out: IsIn = |state| matches!(state, PayoutState::InTransit | PayoutState::Succeeded);
    let (mut fitting, sent) = fitting(matcher, groups, sum.amount, &[not_failed, may_be_out]);
    also_shown(matcher, groups, PayoutState::Returned, sum, &mut fitting);
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
    if let Some(found) = sum.count.filter(|count| u64::try_from(ids.len()) != Ok(*count)) {
        let expected = ids.len();
        return doubt(matcher, group, BreakKind::CountDiffers { expected, found }, sum);
    }
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
        // It may be of others of the group as well: of those that failed, too.
        return doubt(matcher, group, BreakKind::SumAgain { amount: sum.amount }, sum);
    }
    for id in ids {
        let reason = sum.returned.map_or(&[][..], std::slice::from_ref);
        let returned = (to == PayoutState::Returned).then(|| Why::of(reason, Without::Reason));
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
