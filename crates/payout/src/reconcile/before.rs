//! Money of payouts that moved or was refused: how much, and in which days a movement without a name may be of it.

use super::agreement::is_one_currency;
use super::breaks::difference;
use super::evidence::Evidence;
use super::known::Known;
use super::unmatched::Unmatched;
use crate::batch::{Booking, PayoutState};
use crate::fx;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use money::{Money, Ratio};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// So many days after money moved, or before and after it was refused, a bank may take that back, bring it back or do it again.
pub const DAYS_APART: i64 = 31;
/// Of so many payouts that are free each choice of some is looked at.
pub(super) const MOST_CHOSEN: usize = 10;
/// What a bank keeps or adds without a word is a tenth at most.
const MOST_KEPT: i128 = 10;

/// Money that moved or was refused: how much, and when something may be of it.
#[derive(Clone)]
pub(super) struct Before<'a> {
    pub(super) payouts: Vec<&'a str>,
    amounts: Vec<Money>,
    /// What it was before it was converted: what is booked is near it.
    converted: Option<Money>,
    pub(super) days: Option<[Date; 2]>,
    /// The first day on which it can have moved, where it is known: what was booked before is something else.
    first: Option<Date>,
    /// Of a sum: how each of its payouts was shown to leave, and not only beside a break; nothing where one was not.
    pub(super) seen: Vec<Evidence>,
}

impl<'a> Before<'a> {
    /// Of a payout: as it was sent, and as it was booked when it moved so.
    pub(super) fn of(
        reference: &'a str,
        known: &Known<'_>,
        moved: PayoutState,
        days: Option<[Date; 2]>,
    ) -> Self {
        let booked = known.of(moved).flat_map(|seen| &seen.amounts);
        Self {
            payouts: vec![reference],
            amounts: booked.chain([&known.payout.amount]).copied().collect(),
            converted: known.payout.conversion.as_ref().map(|_| known.payout.net),
            days,
            first: None,
            seen: Vec::new(),
        }
    }

    pub(super) fn seen(self, seen: Vec<Evidence>) -> Self {
        Self { seen, ..self }
    }

    pub(super) fn not_before(self, first: Option<Date>) -> Self {
        Self { first, ..self }
    }

    /// A payout that is known to have moved so, from the first time on until so many days after the last; at any time where it is not
    /// known when.
    pub(super) fn moved(reference: &'a str, known: &Known<'_>, moved: PayoutState) -> Self {
        let first = known.of(moved).filter_map(|seen| seen.day).min();
        let days = first
            .zip(known.last(moved))
            .map(|(first, last)| [first, last.saturating_add(DAYS_APART.days())]);
        Self::of(reference, known, moved, days)
    }

    /// A payout that was refused: from when its file was written until after somebody brought that in, which may be long after the bank
    /// said so.
    pub(super) fn refused(reference: &'a str, known: &Known<'_>, first: Option<Date>) -> Self {
        let days = known.payout.told.last().map(|told| since(first, told.at));
        Self::of(reference, known, PayoutState::Succeeded, days).not_before(first)
    }

    pub(super) fn is_near(&self, one: &Unmatched) -> bool {
        let is_before = self.first.zip(one.day()).is_some_and(|(first, day)| day < first);
        !is_before && is_within(self.days, one.day())
    }

    /// Whether a movement near it is of exactly as much, or of what it was converted from.
    pub(super) fn is_as(&self, one: &Unmatched) -> bool {
        let others = one.amounts();
        let is_it = |amount: &Money| {
            let mut others = others.iter();
            others.any(|other| difference(*amount, Some(*other)).is_none())
        };
        let is_converted = |from: Money| others.iter().any(|other| is_near(from, *other));
        self.is_near(one) && (self.amounts.iter().any(is_it) || self.converted.is_some_and(is_converted))
    }

    /// Whether a movement near it is of as much, a fee aside.
    pub(super) fn may_be(&self, one: &Unmatched) -> bool {
        let is_it = |amount: &Money| one.amounts().into_iter().any(|other| is_near(*amount, other));
        self.is_near(one) && self.amounts.iter().chain(&self.converted).any(is_it)
    }
}

/// The days from the first on which something can have moved until after somebody said something of it.
pub(super) fn since(first: Option<Date>, at: Timestamp) -> [Date; 2] {
    let [before, after] = around_day(at.to_zoned(TimeZone::UTC).date());
    [first.unwrap_or(before).min(before), after]
}

/// Whether a day is within some days, as far as both are known.
pub(super) fn is_within(days: Option<[Date; 2]>, day: Option<Date>) -> bool {
    days.zip(day)
        .is_none_or(|(days, day)| days[0] <= day && day <= days[1])
}

pub(super) fn around_day(day: Date) -> [Date; 2] {
    [
        day.saturating_sub(DAYS_APART.days()),
        day.saturating_add(DAYS_APART.days()),
    ]
}

/// Whether two amounts of one currency differ by a tenth of the first at most.
pub(super) fn is_near(amount: Money, other: Money) -> bool {
    let change = || fx::change(other.to_ratio(), amount.to_ratio());
    let is_beyond = |most: Ratio| fx::is_beyond(change(), most);
    is_one_currency(amount, other) && Ratio::new(1, MOST_KEPT).is_ok_and(|most| !is_beyond(most))
}

/// Those that are looked for by their amounts.
#[derive(Default)]
pub(super) struct Pool<'a> {
    all: Vec<Before<'a>>,
    /// By what they were, exactly.
    exact: Sizes,
    /// By what they were converted from.
    converted: Sizes,
}

/// Places by currency and amount.
type Sizes = HashMap<String, BTreeMap<Ratio, Vec<usize>>>;

fn insert(sizes: &mut Sizes, amount: Money, at: usize) {
    let of_currency = sizes.entry(amount.asset().code().to_owned()).or_default();
    of_currency.entry(amount.to_ratio()).or_default().push(at);
}

impl<'a> Pool<'a> {
    pub(super) fn push(&mut self, one: Before<'a>) {
        let at = self.all.len();
        for amount in &one.amounts {
            insert(&mut self.exact, *amount, at);
        }
        if let Some(from) = one.converted {
            insert(&mut self.converted, from, at);
        }
        self.all.push(one);
    }

    /// Those that a movement is as, each once.
    pub(super) fn as_of(&self, one: &Unmatched) -> Vec<&Before<'a>> {
        let mut found: BTreeSet<usize> = BTreeSet::new();
        for amount in one.amounts() {
            let (asset, amount) = (amount.asset(), amount.to_ratio());
            let currency = asset.code();
            let exact = self.exact.get(currency).and_then(|all| all.get(&amount));
            found.extend(exact.into_iter().flatten());
            let Some(converted) = self.converted.get(currency) else {
                continue;
            };
            // Wider than what is near, which is asked of each.
            let wide = |num, den| amount.checked_mul(Ratio::new(num, den).ok()?).ok();
            match [wide(4, 5), wide(5, 4)] {
                [Some(least), Some(most)] => {
                    found.extend(converted.range(least..=most).flat_map(|(_, all)| all))
                }
                _ => found.extend(converted.values().flatten()),
            }
        }
        let found = found.into_iter().map(|at| &self.all[at]);
        found.filter(|before| before.is_as(one)).collect()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Before<'a>> {
        self.all.iter()
    }
}

impl<'a> Extend<Before<'a>> for Pool<'a> {
    fn extend<T: IntoIterator<Item = Before<'a>>>(&mut self, all: T) {
        all.into_iter().for_each(|one| self.push(one));
    }
}

/// A payout in a sum: as it was sent, as it came back, and what it was converted from.
#[derive(Clone, Copy)]
pub(super) struct Part<'a> {
    payout: &'a str,
    sent: Money,
    back: Option<Money>,
    net: Money,
    is_converted: bool,
}

impl<'a> Part<'a> {
    pub(super) fn of(payout: &'a str, known: &Known<'_>) -> Self {
        Part {
            payout,
            sent: known.payout.amount,
            back: came_back(known),
            net: known.payout.net,
            is_converted: known.payout.conversion.is_some(),
        }
    }
}

/// What two payouts or more come to.
pub(super) fn sum<'a>(all: &[Part<'a>], days: Option<[Date; 2]>) -> Option<Before<'a>> {
    if all.len() < 2 {
        return None;
    }
    let total = |amounts: Vec<Money>| Money::sum(amounts.first()?.asset(), amounts).ok();
    let sent = total(all.iter().map(|part| part.sent).collect());
    let back: Option<Vec<Money>> = all.iter().map(|part| part.back).collect();
    let back = back.and_then(total).filter(|back| Some(*back) != sent);
    let is_converted = all.iter().any(|part| part.is_converted);
    let converted = total(all.iter().map(|part| part.net).collect());
    let converted = converted.filter(|_| is_converted);
    if sent.is_none() && converted.is_none() {
        return None;
    }
    Some(Before {
        amounts: sent.into_iter().chain(back).collect(),
        converted,
        days,
        first: None,
        seen: Vec::new(),
        payouts: all.iter().map(|part| part.payout).collect(),
    })
}

/// How much of a payout came back, alone.
fn came_back(known: &Known<'_>) -> Option<Money> {
    let mut back = known.of(PayoutState::Returned);
    let back = back.find(|seen| seen.booking == Booking::Single)?;
    let sent = known.payout.amount;
    let is_it = |amount: &&Money| is_one_currency(**amount, sent) && amount.to_ratio() <= sent.to_ratio();
    back.amounts
        .iter()
        .filter(is_it)
        .max_by_key(|amount| amount.to_ratio())
        .copied()
}

/// Every choice of some of these, but not of all.
pub(super) fn choices<'c, T: Copy>(all: &'c [T]) -> impl Iterator<Item = Vec<T>> + 'c {
    (1..(1_u32 << all.len()) - 1).map(move |chosen| {
        let is_in = |at: usize| chosen & (1 << at) != 0;
        let some = all.iter().enumerate().filter(|(at, _)| is_in(*at));
        some.map(|(_, one)| *one).collect()
    })
}
