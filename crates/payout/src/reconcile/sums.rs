//! Sums: a file or a part of one that a bank books as one amount, out or back.
//!
//! A sum is of those payouts whose amounts it is, all of them or all that can have moved; then it is certain for each. Every
//! other sum is a break that puts all of them in doubt. A sum and its details are one event.

use super::BreakKind;
use super::agreement::{is_explained, is_one_currency};
use super::breaks::difference;
use super::evidence::Evidence;
use super::evidence::Moved;
use super::matcher::{Matcher, Outcome};
use super::mentions::Group;
use super::why::{Why, Without};
use crate::batch::PayoutState;
use crate::iso20022::{Direction, Reason};
use money::{Money, Rounding};
use std::collections::{BTreeMap, BTreeSet};

/// One amount for a group.
pub(super) struct Sum<'s> {
    pub direction: Direction,
    pub amount: Money,
    pub is_reversal: bool,
    pub is_return: bool,
    pub returned: Option<&'s Reason>,
    /// What the bank says that it took for itself.
    pub charges: Vec<Money>,
    /// How many payments the bank says that it is of.
    pub count: Option<u64>,
    pub evidence: Evidence,
    /// Whether a debit may be what we ordered.
    pub is_order: bool,
    /// Whether a credit is money that came back.
    pub is_back: bool,
    pub line: u32,
}

impl Sum<'_> {
    /// Whether it is of payouts that sum to so much. Charges explain more that goes out; of what comes back they are somebody's.
    fn is_of(&self, expected: Money) -> bool {
        let is_out = self.direction == Direction::Debit && is_one_currency(expected, self.amount);
        difference(expected, Some(self.amount)).is_none()
            || is_out
                && is_explained(
                    self.amount,
                    expected.to_ratio(),
                    self.direction,
                    self.charges.iter(),
                )
    }
}

/// What a sum means. `groups`: those that it may be of, the widest first; one at least.
pub(super) fn book(matcher: &mut Matcher<'_>, groups: &[Group<'_>], sum: &Sum<'_>) {
    let amount = sum.amount;
    match sum.direction {
        Direction::Debit if sum.is_reversal => {
            matcher.may_have_left(groups[0].ids(), Some(&sum.evidence));
            doubt(matcher, &groups[0], BreakKind::Reversal { amount }, sum)
        }
        Direction::Debit if sum.is_return => {
            matcher.may_have_left(groups[0].ids(), Some(&sum.evidence));
            doubt(matcher, &groups[0], BreakKind::ReturnedDebit { amount }, sum)
        }
        Direction::Debit if !sum.is_order => doubt(matcher, &groups[0], BreakKind::NoOrder { amount }, sum),
        Direction::Debit => {
            let breaks = matcher.found.breaks.len();
            let said = |matcher: &Matcher<'_>, id| matcher.times_said(id, PayoutState::Succeeded);
            let before: Vec<(&str, usize)> = groups[0].ids().map(|id| (id, said(matcher, id))).collect();
            went_out(matcher, groups, sum);
            // Of which of them it is is not certain: it may be of any.
            if matcher.found.breaks.len() > breaks {
                let rest = before
                    .into_iter()
                    .filter(|(id, before)| said(matcher, id) == *before);
                let rest: Vec<&str> = rest.map(|(id, _)| id).collect();
                matcher.may_have_left(rest, Some(&sum.evidence));
            }
        }
        Direction::Credit => came_back(matcher, groups, sum),
    }
}

fn doubt(matcher: &mut Matcher<'_>, group: &Group<'_>, kind: BreakKind, sum: &Sum<'_>) {
    matcher.breaks_all(&group.id, group.ids(), kind, sum.line);
}

/// Whether a payout in a state may be in a sum.
type IsIn = fn(PayoutState) -> bool;

/// The payouts of which it is the sum, by group: each choice once. And what the first group that is known sums to.
fn fitting<'g, 'a>(
    matcher: &Matcher<'_>,
    groups: &'g [Group<'a>],
    sum: &Sum<'_>,
    choices: &[IsIn],
) -> (Vec<(&'g Group<'a>, Vec<&'a str>)>, Option<Money>) {
    let mut fitting: Vec<(&Group<'_>, Vec<&str>)> = Vec::new();
    let mut sent = None;
    for group in groups {
        for is_in in choices {
            let in_state = |id: &str| matcher.payouts.get(id).is_some_and(|known| is_in(known.state));
            let payouts = amounts(matcher, group, &in_state);
            let Some(expected) = total(&payouts) else {
                continue;
            };
            let ids: Vec<&str> = payouts.into_iter().map(|(id, _)| id).collect();
            sent = sent.or(Some(expected));
            let is_new = fitting.iter().all(|(_, known)| *known != ids);
            // One payout alone may be booked in the account's currency.
            let is_near = || match ids[..] {
                [one] => matcher.payouts[one].payout.is_near(sum.amount),
                _ => false,
            };
            if is_new && (sum.is_of(expected) || is_near()) {
                fitting.push((group, ids));
            }
        }
    }
    (fitting, sent)
}

/// The payouts that a sum is of, if that is certain.
enum Choice<'g, 'a> {
    One(&'g Group<'a>, Vec<&'a str>),
    /// Of none that fit; what the first known group sums to.
    None(Option<Money>),
    Several,
}

/// Which payouts a sum is of. Known as this sum, they are those. Otherwise it is of those that fit by their states, unless others
/// may be in it: those that failed, that another statement may have shown one by one, or that only a report has settled.
fn choose<'g, 'a>(
    matcher: &Matcher<'_>,
    groups: &'g [Group<'a>],
    to: PayoutState,
    sum: &Sum<'_>,
    choices: &[IsIn],
) -> Choice<'g, 'a> {
    for group in groups {
        let known = amounts(matcher, group, &|id| matcher.knows_sum(id, to, &sum.evidence));
        if is_sum_of(&known, sum) {
            return Choice::One(group, known.into_iter().map(|(id, _)| id).collect());
        }
    }
    for group in groups {
        let details = amounts(matcher, group, &|id| matcher.is_detail_of(id, to, &sum.evidence));
        if is_sum_of(&details, sum) {
            return Choice::One(group, details.into_iter().map(|(id, _)| id).collect());
        }
    }
    let (mut fitting, sent) = fitting(matcher, groups, sum, choices);
    let mut shown = groups.iter().map(|group| {
        let shown = amounts(matcher, group, &|id| {
            matcher.is_shown_alone(id, to, &sum.evidence)
        });
        (group, shown)
    });
    if fitting.is_empty()
        && let Some((group, shown)) = shown.find(|(_, shown)| is_sum_of(shown, sum))
    {
        if may_be_of_unshown(matcher, group, to, sum) {
            return Choice::Several;
        }
        let ids: Vec<&str> = shown.into_iter().map(|(id, _)| id).collect();
        fitting.push((group, ids));
    }
    let is_unclear = is_of_one_too(matcher, groups, sum, &fitting)
        || groups
            .iter()
            .any(|group| others_fit(matcher, group, to, sum, &fitting));
    match fitting.pop() {
        Some((group, ids)) if fitting.is_empty() && !is_unclear => Choice::One(group, ids),
        None if !is_unclear => Choice::None(sent),
        _ => Choice::Several,
    }
}

/// Whether a sum by the name of a whole file, which is that of a part of it, is one payout's amount as well.
fn is_of_one_too(
    matcher: &Matcher<'_>,
    groups: &[Group<'_>],
    sum: &Sum<'_>,
    fitting: &[(&Group<'_>, Vec<&str>)],
) -> bool {
    let [(group, ids)] = fitting else { return false };
    let is_whole = **group == groups[0];
    let all = amounts(matcher, &groups[0], &|_| true);
    !is_whole
        && all
            .iter()
            .any(|(id, amount)| ids[..] != [*id] && sum.is_of(*amount))
}

/// Payouts of a group, with their amounts.
fn amounts<'a>(
    matcher: &Matcher<'_>,
    group: &Group<'a>,
    is_in: &dyn Fn(&str) -> bool,
) -> Vec<(&'a str, Money)> {
    let ids = group.ids().filter(|id| is_in(id));
    let amount = |id: &'a str| Some((id, matcher.payouts.get(id)?.payout.amount));
    ids.filter_map(amount).collect()
}

/// So many sums of payouts are looked at. Of more than that some give almost every amount.
const MOST: usize = 2_000_000;

/// Whether a sum may be of payouts that do not fit by their states, alone or with others.
fn others_fit(
    matcher: &Matcher<'_>,
    group: &Group<'_>,
    to: PayoutState,
    sum: &Sum<'_>,
    fitting: &[(&Group<'_>, Vec<&str>)],
) -> bool {
    let may_be = |id: &str| matcher.may_be_within(id, to, &sum.evidence);
    let others: BTreeSet<&str> = group.ids().filter(|id| may_be(id)).collect();
    if others.is_empty() {
        return false;
    }
    let members: BTreeSet<&str> = group.ids().collect();
    let is_known =
        |ids: &[&str]| ids.iter().all(|id| members.contains(id)) && ids.iter().any(|id| others.contains(id));
    let known = fitting.iter().filter(|(_, ids)| is_known(ids)).count();
    let mut all = amounts(matcher, group, &|_| true);
    all.retain(|(_, amount)| is_one_currency(*amount, sum.amount));
    ways(&all, &others, sum, known + 1).is_none_or(|ways| ways > known)
}

/// Whether a sum of what another statement has shown one by one may be of payouts that none has shown, alone or with those.
fn may_be_of_unshown(matcher: &Matcher<'_>, group: &Group<'_>, to: PayoutState, sum: &Sum<'_>) -> bool {
    let before = match to {
        PayoutState::Succeeded => PayoutState::InTransit,
        _ => PayoutState::Succeeded,
    };
    let may_move = |id: &str| matcher.payouts.get(id).is_some_and(|known| known.state == before);
    let unshown: BTreeSet<&str> = group.ids().filter(|id| may_move(id)).collect();
    if unshown.is_empty() {
        return false;
    }
    let is_in = |id: &str| may_move(id) || matcher.is_shown_alone(id, to, &sum.evidence);
    let mut all = amounts(matcher, group, &is_in);
    all.retain(|(_, amount)| is_one_currency(*amount, sum.amount));
    ways(&all, &unshown, sum, 1).is_none_or(|ways| ways > 0)
}

/// In how many ways, `most` at most, payouts of which one at least is of `others` give a sum; none where that takes too long.
fn ways(all: &[(&str, Money)], others: &BTreeSet<&str>, sum: &Sum<'_>, most: usize) -> Option<usize> {
    let Some((_, first)) = all.first() else {
        return Some(0);
    };
    let asset = first.asset();
    let highest = sum
        .amount
        .rescale(asset.scale(), Rounding::Floor)
        .ok()?
        .value
        .units();
    // In how many ways each sum is given without any of the others, and with some.
    let mut sums: BTreeMap<i128, [usize; 2]> = BTreeMap::from([(0, [1, 0])]);
    let mut steps = 0;
    for (id, amount) in all {
        if amount.asset() != asset {
            return None;
        }
        let most_before = highest.checked_sub(amount.units())?;
        let more: Vec<_> = sums
            .range(..=most_before)
            .map(|(units, ways)| (*units, *ways))
            .collect();
        for (units, [without, with]) in more {
            let more = match others.contains(id) {
                true => [0, without + with],
                false => [without, with],
            };
            let known = sums.entry(units + amount.units()).or_default();
            *known = [0, 1].map(|kind: usize| (known[kind] + more[kind]).min(most));
            steps += 1;
        }
        if steps > MOST {
            return None;
        }
    }
    let given = sums
        .iter()
        .filter(|(units, _)| sum.is_of(Money::new(asset, **units)));
    Some(given.map(|(_, [_, with])| *with).sum())
}

/// Whether a sum is that of some payouts, of one at least, charges that the bank names aside.
fn is_sum_of(payouts: &[(&str, Money)], sum: &Sum<'_>) -> bool {
    total(payouts).is_some_and(|all| sum.is_of(all))
}

/// What payouts sum to; none of no payout.
fn total(payouts: &[(&str, Money)]) -> Option<Money> {
    let (_, first) = payouts.first()?;
    Money::sum(first.asset(), payouts.iter().map(|(_, amount)| *amount)).ok()
}

/// Payouts that failed before are not in a sum.
fn not_failed(state: PayoutState) -> bool {
    state != PayoutState::Failed
}

/// What goes out is of all of them, or of all that have not left yet.
fn went_out(matcher: &mut Matcher<'_>, groups: &[Group<'_>], sum: &Sum<'_>) {
    let not_out: IsIn = |state| state == PayoutState::InTransit;
    let to = PayoutState::Succeeded;
    // What was refused is in it where the statement brings it back: a bank may book a file as it was sent.
    let mut refused = groups[0].ids().filter(|id| matcher.is_failed(id));
    let is_whole = refused.all(|id| matcher.comes_back.contains(id));
    let choices: &[IsIn] = if is_whole {
        &[|_| true, not_failed, not_out]
    } else {
        &[not_failed, not_out]
    };
    match choose(matcher, groups, to, sum, choices) {
        Choice::One(group, ids) => all(matcher, group, &ids, to, sum),
        Choice::None(sent) => {
            let kind = sent.and_then(|sent| difference(sent, Some(sum.amount)));
            doubt(
                matcher,
                &groups[0],
                kind.unwrap_or(BreakKind::UnknownReference),
                sum,
            );
        }
        Choice::Several => several(matcher, groups, sum),
    }
}

fn several(matcher: &mut Matcher<'_>, groups: &[Group<'_>], sum: &Sum<'_>) {
    let kind = BreakKind::SeveralFit { amount: sum.amount };
    doubt(matcher, &groups[0], kind, sum);
}

/// What comes back is of all that left, or of all that have not come back yet.
fn came_back(matcher: &mut Matcher<'_>, groups: &[Group<'_>], sum: &Sum<'_>) {
    if let Some(reason) = sum.returned.filter(|reason| reason.is_duplicate()) {
        let reason = reason.to_string();
        return doubt(matcher, &groups[0], BreakKind::DuplicateRefused { reason }, sum);
    }
    if !sum.is_back {
        let kind = BreakKind::NotCalledReturn { amount: sum.amount };
        return doubt(matcher, &groups[0], kind, sum);
    }
    let may_be_out: IsIn = |state| matches!(state, PayoutState::InTransit | PayoutState::Succeeded);
    let to = PayoutState::Returned;
    match choose(matcher, groups, to, sum, &[not_failed, may_be_out]) {
        Choice::One(group, ids) => all(matcher, group, &ids, to, sum),
        Choice::None(Some(sent)) => {
            let kind = match difference(sent, Some(sum.amount)) {
                Some(kind @ BreakKind::CurrencyDiffers { .. }) => kind,
                _ => BreakKind::PartBack {
                    sent,
                    back: sum.amount,
                },
            };
            doubt(matcher, &groups[0], kind, sum);
        }
        Choice::None(None) => doubt(matcher, &groups[0], BreakKind::UnknownReference, sum),
        Choice::Several => several(matcher, groups, sum),
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
            matcher.note(id, to, Some(evidence), true);
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
