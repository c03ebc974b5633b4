//! Movements that bear no name of ours and none by which the bank knows payouts' money: what their amount and account say.
//!
//! It is never enough for money to move. What takes a return back, brings a payment back, or pays a payout or a file once more or after
//! all is too much to be passed over, and everything else on an account is no concern of anybody's here.

use super::BreakKind;
use super::across::Across;
use super::at_account::ByAccount;
use super::before::{Before, MOST_CHOSEN, Part, Pool, around_day, choices, since, sum};
use super::evidence::Evidence;
use super::known::Known;
use super::marks;
use super::matcher::Matcher;
use super::shown::{ByName, KnownShown, Shown};
use super::unmatched::Unmatched;
use crate::batch::{Booking, EndToEndId, PayoutState};
use crate::iso20022::{Direction, Sent};
use jiff::civil::Date;
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

/// What is known of payouts, by what a movement without names may be told to be of them.
pub(super) struct ByAmount<'a> {
    /// What came back.
    back: Pool<'a>,
    /// What was shown to leave by name and came back, until it did: as much may have left twice.
    twice: Pool<'a>,
    /// What came back and was not shown to leave: one movement may be its leaving.
    once: Pool<'a>,
    /// Those that were said to be, by the payout.
    leavings: RefCell<HashMap<&'a str, Vec<Unmatched>>>,
    /// What was refused, files and parts with it.
    refused: Pool<'a>,
    /// What some of several payouts of a file that were refused come to.
    some: Pool<'a>,
    /// What some of several files come to.
    across: Across<'a>,
    /// What several payouts of a file, or of a part, came to when they left.
    sums: Pool<'a>,
    /// What some of these came to: two at least, and not all.
    some_left: Pool<'a>,
    /// What is out, by the account that it was paid to.
    out: ByAccount<'a>,
    /// What would leave an account's payee twice or after all.
    again: ByAccount<'a>,
    /// What files and parts come to of payouts that no statement has shown to leave.
    awaited: Pool<'a>,
    /// The first day on which a payout can have left, where it is known.
    first: HashMap<&'a str, Date>,
    /// What statements have shown by name.
    shown: ByName<'a>,
}

impl<'a> ByAmount<'a> {
    pub(super) fn of(matcher: &Matcher<'a>, sent: &'a [Sent]) -> Self {
        let first = sent.iter().filter_map(|file| {
            let parts = file.payments.iter();
            Some((parts.flat_map(|part| &part.end_to_end_ids), file.written?))
        });
        let first = first.flat_map(|(ids, first)| ids.map(move |id| (id.as_str(), first)));
        let mut all = Self {
            first: first.collect(),
            back: Pool::default(),
            twice: Pool::default(),
            once: Pool::default(),
            leavings: RefCell::default(),
            refused: Pool::default(),
            some: Pool::default(),
            across: Across::default(),
            sums: Pool::default(),
            some_left: Pool::default(),
            out: ByAccount::default(),
            again: ByAccount::default(),
            awaited: Pool::default(),
            shown: ByName::default(),
        };
        // In an order that is always the same.
        let mut payouts: Vec<_> = matcher.payouts.iter().collect();
        payouts.sort_by_key(|(reference, _)| **reference);
        for (reference, known) in payouts {
            all.add(reference, known);
        }
        let wholes = sent.iter().map(|file| {
            let parts = file.payments.iter();
            parts.flat_map(|part| &part.end_to_end_ids).collect()
        });
        let parts = sent.iter().flat_map(|file| &file.payments);
        for members in wholes.chain(parts.map(|part| part.end_to_end_ids.iter().collect())) {
            all.add_sums(matcher, members);
        }
        for (number, file) in sent.iter().enumerate() {
            let ids = file.payments.iter().flat_map(|part| &part.end_to_end_ids);
            let known = ids.filter_map(|id| Some((id.as_str(), matcher.payouts.get(id.as_str())?)));
            for (reference, known) in known.filter(|(_, one)| one.state.frees_money()) {
                let days = free_in(known, file.written);
                all.across.push(Part::of(reference, known), number, days);
            }
        }
        all
    }

    fn add(&mut self, reference: &'a str, known: &Known<'_>) {
        let account = marks::of_payout(known.payout);
        for (at, (outcome, seen)) in known.moved.iter().enumerate() {
            let direction = match outcome {
                PayoutState::Returned => Direction::Credit,
                _ => Direction::Debit,
            };
            // What was only shown beside a break explains nothing.
            if seen.doubted {
                continue;
            }
            let shown_by = known.shown_by.get(&at).cloned().unwrap_or_default();
            self.shown.push(
                known,
                KnownShown {
                    direction,
                    payouts: vec![reference],
                    account: match seen.booking {
                        Booking::Single => account.clone(),
                        Booking::Sum => Vec::new(),
                    },
                    seen: seen.clone(),
                    shown_by,
                },
            );
        }
        let left = PayoutState::Succeeded;
        let first = self.first.get(reference).copied();
        let moved = |outcome| Before::moved(reference, known, outcome).not_before(first);
        let refused = || Before::refused(reference, known, first);
        let days = known.moved.iter().filter_map(|(_, seen)| seen.day);
        let days = days
            .clone()
            .min()
            .zip(days.max())
            .map(|(first, last)| [around_day(first)[0], around_day(last)[1]]);
        // A bank books what it refuses out and back, and of several leavings one may have come back.
        if known.state == PayoutState::Returned || known.times(PayoutState::Returned) > 0 {
            self.back.push(moved(PayoutState::Returned));
        }
        let again = match known.state {
            PayoutState::Failed => {
                self.refused.push(refused());
                Some(refused())
            }
            PayoutState::Returned => {
                let before = Before::of(reference, known, left, days).not_before(first);
                let is_shown = known.of(left).any(|seen| !seen.doubted);
                let pool = if is_shown { &mut self.twice } else { &mut self.once };
                pool.push(before.clone());
                Some(before)
            }
            PayoutState::Succeeded | PayoutState::InTransit => {
                self.out.push(&account, moved(left));
                // One that no statement has shown to leave may be leaving.
                days.map(|days| Before::of(reference, known, left, Some(days)).not_before(first))
            }
            PayoutState::Pending | PayoutState::Held | PayoutState::Cancelled => None,
        };
        if let Some(again) = again {
            self.again.push(&account, again);
        }
    }

    /// What another statement has shown by name and this movement may be, alone or as the details of a sum: this one says less of it.
    pub(super) fn shown_as(&self, one: &Unmatched) -> Vec<Shown> {
        if one.is_fee || one.day().is_none() {
            return Vec::new();
        }
        let own_evidence = one.evidence();
        let own = own_evidence.place();
        let is_elsewhere = |seen: &Evidence| seen.place() != own;
        let as_sum = Evidence {
            booking: Booking::Sum,
            ..own_evidence.clone()
        };
        let is_it = |known: &KnownShown<'_>| {
            let KnownShown {
                account,
                seen,
                shown_by,
                ..
            } = known;
            let evidence = match seen.booking {
                Booking::Single => &own_evidence,
                Booking::Sum => &as_sum,
            };
            // A statement of more days may leave references out; one that shows the same by name has this besides.
            let is_alike = seen.reference.is_none() == evidence.reference.is_none();
            let is_here = own.is_some_and(|own| shown_by.iter().any(|by| by == own));
            // What goes to somebody else is another one.
            let is_theirs = one.direction() == Direction::Credit
                || one.accounts.is_empty()
                || account.is_empty()
                || account.iter().any(|mark| one.accounts.contains(mark));
            is_theirs
                && is_elsewhere(seen)
                && !is_here
                && (is_alike || seen.is_in_longer(evidence))
                && seen.is_same(evidence)
        };
        let as_much = self.shown.as_much(one).filter(|(_, known)| is_it(known));
        let alone = as_much.map(|(at, _)| Shown::Alone(at));
        let is_detail =
            |seen: &Evidence| seen.booking == Booking::Single && is_elsewhere(seen) && seen.is_same(&as_sum);
        let sums = self.sums.as_of(one).into_iter();
        let sums = sums.filter(|_| one.direction() == Direction::Debit);
        // A sum and its details are one, but where it came back on the same day.
        let is_back = |sum: &Before<'_>| {
            let mut back = self.back.iter();
            back.any(|back| back.is_near(one) && back.payouts.iter().any(|one| sum.payouts.contains(one)))
        };
        let is_sum =
            |sum: &&Before<'_>| !sum.seen.is_empty() && sum.seen.iter().all(is_detail) && !is_back(sum);
        let sums = sums.filter(is_sum).map(|sum| Shown::Sum(sum.payouts.concat()));
        alone.chain(sums).collect()
    }

    /// Whether a movement is what was shown by name by more than its amount and day: by a reference, or since one statement has all of the
    /// other's days.
    pub(super) fn is_certain(&self, one: &Unmatched, shown: &Shown) -> bool {
        let own = one.evidence();
        let is_it = |seen: &Evidence| seen.shares_reference(&own) || seen.is_in_longer(&own);
        match shown {
            Shown::Alone(at) => self.shown.get(*at).is_some_and(|known| is_it(&known.seen)),
            Shown::Sum(payouts) => {
                let sums = self.sums.as_of(one);
                let sum = sums.into_iter().find(|sum| sum.payouts.concat() == *payouts);
                sum.is_some_and(|sum| sum.seen.iter().all(is_it))
            }
        }
    }

    /// The payouts of one movement that was shown by name, and how it was booked.
    pub(super) fn of_one(&self, shown: &Shown) -> Option<(&[&'a str], Booking)> {
        let Shown::Alone(at) = shown else { return None };
        let known = self.shown.get(*at)?;
        Some((&known.payouts, known.seen.booking))
    }

    /// Sums of payouts that were sent together: of two at least, for one alone is as much as many a payment.
    fn add_sums(&mut self, matcher: &Matcher<'a>, members: Vec<&'a EndToEndId>) {
        let known = members
            .iter()
            .filter_map(|id| Some((id.as_str(), matcher.payouts.get(id.as_str())?)));
        let known: Vec<(&'a str, &Known<'_>)> = known.collect();
        let first = members.first().and_then(|id| self.first.get(id.as_str()));
        let first = first.copied();
        let sum = |all: &[(&'a str, &Known<'_>)], days| {
            let parts: Vec<Part<'a>> = all.iter().map(|(id, one)| Part::of(id, one)).collect();
            sum(&parts, days).map(|sum| sum.not_before(first))
        };
        let (left, free): (Vec<_>, Vec<_>) = (
            known
                .iter()
                .copied()
                .filter(|(_, one)| one.times(PayoutState::Succeeded) > 0)
                .collect(),
            known
                .iter()
                .copied()
                .filter(|(_, one)| one.state.frees_money())
                .collect(),
        );
        let is_awaited = |one: &Known<'_>| {
            let is_out = matches!(one.state, PayoutState::InTransit | PayoutState::Succeeded);
            is_out && one.times(PayoutState::Succeeded) == 0
        };
        let awaited: Vec<_> = known.iter().copied().filter(|(_, one)| is_awaited(one)).collect();
        self.awaited.extend(sum(&awaited, None));
        let last = left
            .iter()
            .filter_map(|(_, one)| one.last(PayoutState::Succeeded))
            .max();
        // What was only shown beside a break explains nothing.
        let certain = |one: &Known<'_>| {
            let all = one.of(PayoutState::Succeeded).filter(|seen| !seen.doubted);
            all.cloned().collect::<Vec<_>>()
        };
        if (3..=MOST_CHOSEN).contains(&left.len()) {
            let some = choices(&left).filter(|some| some.len() > 1);
            self.some_left
                .extend(some.filter_map(|some| sum(&some, last.map(around_day))));
        }
        let seen: Vec<Vec<Evidence>> = left.iter().map(|(_, one)| certain(one)).collect();
        let is_each = seen.iter().all(|of_one| !of_one.is_empty());
        let seen = if is_each { seen.concat() } else { Vec::new() };
        let together = sum(&left, last.map(around_day));
        self.sums.extend(together.map(|sum| sum.seen(seen)));
        let told = free
            .iter()
            .filter_map(|(_, one)| one.payout.told.last())
            .map(|told| told.at)
            .max();
        if !free.is_empty() {
            let days = told.map(|at| since(first, at));
            let is_all = free.len() == known.len();
            let whole = (!is_all).then(|| sum(&known, days)).flatten();
            self.refused.extend(sum(&free, days).into_iter().chain(whole));
            if (3..=MOST_CHOSEN).contains(&free.len()) {
                self.some
                    .extend(choices(&free).filter_map(|some| sum(&some, days)));
            }
        }
    }

    /// Payouts that a debit may be of, which no statement has shown to leave: each by the account that it goes to and its amount, or all of
    /// a file or part. That is what was ordered, and nothing to be said of.
    pub(super) fn may_be_leaving(&self, one: &Unmatched) -> Option<Vec<BTreeSet<&'a str>>> {
        if one.direction() == Direction::Credit || one.is_fee || one.is_back || one.has_reference() {
            return None;
        }
        let at_account = self.out.at(&one.accounts);
        let singles = at_account.filter(|before| before.days.is_none() && before.is_as(one));
        let sums = self.awaited.as_of(one);
        let all: Vec<BTreeSet<&str>> = singles
            .chain(sums)
            .map(|before| before.payouts.iter().copied().collect())
            .collect();
        (!all.is_empty()).then_some(all)
    }

    /// Keeps which movements of earlier files may be the leaving of what came back and was not shown to leave.
    pub(super) fn remember<'u>(&self, earlier: impl IntoIterator<Item = &'u Unmatched>) {
        if self.once.iter().next().is_some() {
            for one in earlier {
                self.says(one);
            }
        }
    }

    /// Payouts that came back and were not shown to leave, of which another movement than this one may be the leaving.
    fn left_again(&self, one: &Unmatched) -> BTreeSet<&'a str> {
        let mut leavings = self.leavings.borrow_mut();
        let mut again = BTreeSet::new();
        for payout in self
            .once
            .as_of(one)
            .into_iter()
            .flat_map(|before| &before.payouts)
        {
            let known = leavings.entry(*payout).or_default();
            // Two that are alike in one file are two.
            let is_new = !known
                .iter()
                .any(|before| before.before == one.before && before.is_copy_of(one));
            if is_new {
                known.push(one.clone());
            }
            if known.len() > 1 {
                again.insert(*payout);
            }
        }
        again
    }

    /// Whether a payout of a sum has come back.
    fn is_back(&self, sum: &Before<'_>) -> bool {
        let mut back = self.back.iter();
        back.any(|back| back.payouts.iter().any(|one| sum.payouts.contains(one)))
    }

    /// What is to be said of a movement, and of which payouts; none: it is no concern here.
    pub(super) fn says(&self, one: &Unmatched) -> Option<Said<'a>> {
        let amount = one.amount;
        match one.direction() {
            _ if one.is_fee || amount.is_zero() => None,
            Direction::Debit => self.of_free(one).or_else(|| self.of_out(one)),
            // Whatever came back left from this account.
            Direction::Credit if one.is_back => Some((BTreeSet::new(), BreakKind::UnknownReturn { amount })),
            Direction::Credit => self.coming_back(one),
        }
    }

    /// Whether a debit may be of us: what goes to the account of somebody else is of nobody here, but for taking something back.
    fn is_of_us(&self, one: &Unmatched) -> bool {
        let is_payees = || self.again.knows(&one.accounts) || self.out.knows(&one.accounts);
        one.is_back || one.accounts.is_empty() || is_payees()
    }

    /// What may be said of a debit that may be of payouts whose money is free: of any of these. The first tells why it is looked at.
    fn of_free(&self, one: &Unmatched) -> Option<Said<'a>> {
        let amount = one.amount;
        let is_of_us = self.is_of_us(one);
        let is_as = |all: &Pool<'a>| of(all.as_of(one), |_| is_of_us);
        let again = of(self.again.at(&one.accounts), |before| {
            !one.has_reference() && !one.is_received && before.may_be(one)
        });
        let refused = is_as(&self.refused).filter(|_| is_ours(one));
        // Of many some give almost every amount.
        let may_be_some = is_of_us && (one.is_back || one.may_be_order && !one.has_reference());
        let some = may_be_some.then(|| is_as(&self.some)).flatten();
        let across = may_be_some.then(|| self.across.as_of(one));
        let is_alone = may_be_some && one.accounts.is_empty();
        let twice = is_alone.then(|| is_as(&self.twice)).flatten();
        let left_again = is_alone.then(|| self.left_again(one));
        let back = is_as(&self.back).map(|all| (all, BreakKind::AsCameBack { amount }));
        let again = again.map(|all| (all, BreakKind::ToPayee { amount }));
        let others = [refused, some, across, twice, left_again].into_iter().flatten();
        let others = others.map(|all| (all, BreakKind::AsRefused { amount }));
        let free = back.into_iter().chain(again).chain(others);
        free.filter(|(all, _)| !all.is_empty())
            .reduce(|(all, kind), (more, _)| (&all | &more, kind))
    }

    /// What is said of a debit that may be of payouts whose money is out.
    fn of_out(&self, one: &Unmatched) -> Option<Said<'a>> {
        let amount = one.amount;
        let is_left = is_ours(one) && self.is_of_us(one);
        // Another file of as much is under way: it is that, simply.
        let left = of(self.sums.as_of(one), |_| is_left).filter(|_| self.awaited.as_of(one).is_empty());
        let left = left.map(|all| (all, BreakKind::AsLeft { amount }));
        left.or_else(|| {
            // What takes something back and does not say what may take back a return that is read later.
            let is_it = one.is_back && !one.has_reference();
            let out = || of(self.out.iter(), |before| before.is_as(one)).unwrap_or_default();
            is_it.then(|| (out(), one.kind()))
        })
    }

    /// What is said of money in that the bank does not call a return.
    fn coming_back(&self, one: &Unmatched) -> Option<Said<'a>> {
        let amount = one.amount;
        if one.has_reference() {
            return None;
        }
        let out = of(self.out.at(&one.accounts), |before| before.may_be(one));
        let out = out.map(|out| (out, BreakKind::FromPayee { amount }));
        out.or_else(|| {
            // Of what has come back already it is that once more, in another form.
            let is_out = |sum: &Before<'a>| !self.is_back(sum);
            let whole = of(self.sums.as_of(one), is_out);
            // Of many some come to almost every amount: what somebody else has paid is theirs.
            let may_be_some = !one.is_received && one.accounts.is_empty();
            let some = || of(self.some_left.as_of(one), is_out).filter(|_| may_be_some);
            let payouts = whole.or_else(some)?;
            Some((payouts, BreakKind::AsWentOut { amount }))
        })
    }
}

/// What is said of a movement, and of which payouts.
type Said<'a> = (BTreeSet<&'a str>, BreakKind);

/// Whether a debit may be what we ordered: what somebody else ordered is none of ours, but for taking something back.
const fn is_ours(one: &Unmatched) -> bool {
    one.is_back || !one.is_received
}

/// In which days something may be of a payout that is free: from its return on, or around what was said of it.
fn free_in(known: &Known<'_>, first: Option<Date>) -> Option<[Date; 2]> {
    let back = || {
        let days = known.of(PayoutState::Returned).filter_map(|seen| seen.day);
        let last = around_day(known.last(PayoutState::Returned)?)[1];
        Some([days.min()?, last])
    };
    let told = || Some(since(first, known.payout.told.last()?.at));
    match known.state {
        PayoutState::Returned => back().or_else(told),
        _ => told(),
    }
}

/// The payouts of what is as it is asked; none of nothing.
fn of<'b, 'a: 'b>(
    all: impl IntoIterator<Item = &'b Before<'a>>,
    is_it: impl Fn(&Before<'a>) -> bool,
) -> Option<BTreeSet<&'a str>> {
    let those = all.into_iter().filter(|one| is_it(one));
    let payouts: BTreeSet<&str> = those.flat_map(|one| &one.payouts).copied().collect();
    (!payouts.is_empty()).then_some(payouts)
}
