//! What statements have shown by name, by amount: a movement without a name may be that, in another statement.

use super::agreement::is_one_currency;
use super::before::is_near;
use super::evidence::Evidence;
use super::known::Known;
use super::unmatched::Unmatched;
use crate::batch::Booking;
use crate::iso20022::Direction;
use jiff::civil::Date;
use money::Money;
use std::collections::HashMap;

/// What was shown by name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Shown {
    /// One movement.
    Alone(usize),
    /// All details of a sum: the payouts that it is of.
    Sum(String),
}

/// What was shown by name, which way and of which payouts, by the account that it went to if it is of one, and by which statements of this answer, too.
#[derive(Clone)]
pub(super) struct KnownShown<'a> {
    pub direction: Direction,
    pub payouts: Vec<&'a str>,
    pub account: Vec<String>,
    pub seen: Evidence,
    pub shown_by: Vec<String>,
}

/// Movements that were shown by name.
#[derive(Default)]
pub(super) struct ByName<'a> {
    all: Vec<KnownShown<'a>>,
    /// Where they are in that.
    places: HashMap<(Direction, Option<Date>, Money), Vec<usize>>,
    /// The same of what is of several payouts.
    of_several: HashMap<OfSeveral, usize>,
}

/// A sum in a statement, or an entry with details, which is of so much: by the statement, the bank's reference, direction and day.
type OfSeveral = (
    Option<String>,
    Option<String>,
    Direction,
    Option<Date>,
    Option<Money>,
);

impl<'a> ByName<'a> {
    /// Keeps what a statement has shown of a payout: of a sum once, with all of its payouts. So it is of an entry with details: as much
    /// as the entry, which is more than the payout, is of all of these.
    pub(super) fn push(&mut self, known: &Known<'_>, one: KnownShown<'a>) {
        let seen = &one.seen;
        let of_several = |amount| {
            let place = seen.place().map(str::to_owned);
            (place, seen.reference.clone(), one.direction, seen.day, amount)
        };
        if seen.booking == Booking::Sum {
            return self.keep(&seen.amounts, Some(of_several(None)), &one);
        }
        let (of_entry, own): (Vec<Money>, Vec<Money>) = seen
            .amounts
            .iter()
            .partition(|amount| is_more_than(known, **amount));
        for amount in of_entry {
            let of_all = KnownShown {
                account: Vec::new(),
                ..one.clone()
            };
            self.keep(&[amount], Some(of_several(Some(amount))), &of_all);
        }
        self.keep(&own, None, &one);
    }

    fn keep(&mut self, amounts: &[Money], of_several: Option<OfSeveral>, one: &KnownShown<'a>) {
        if let Some(at) = of_several.as_ref().and_then(|of| self.of_several.get(of)) {
            self.all[*at].payouts.extend(&one.payouts);
            return;
        }
        let at = self.all.len();
        for amount in amounts {
            let places = self.places.entry((one.direction, one.seen.day, *amount));
            places.or_default().push(at);
        }
        self.of_several.extend(of_several.map(|of| (of, at)));
        self.all.push(one.clone());
    }

    /// Those that went the way of a movement on its day, and of as much, by their places.
    pub(super) fn as_much(&self, one: &Unmatched) -> impl Iterator<Item = (usize, &KnownShown<'a>)> {
        let places = self.places.get(&(one.direction(), one.day(), one.amount));
        let places = places.into_iter().flatten();
        places.map(|at| (*at, &self.all[*at]))
    }

    /// The one at a place.
    pub(super) fn get(&self, at: usize) -> Option<&KnownShown<'a>> {
        self.all.get(at)
    }
}

/// Whether so much is more than a payout with a bank's charges on it: it is of others, too.
fn is_more_than(known: &Known<'_>, amount: Money) -> bool {
    let sent = [known.payout.amount, known.payout.net];
    let mut in_currency = sent.iter().filter(|sent| is_one_currency(**sent, amount));
    in_currency.any(|sent| amount.to_ratio() > sent.to_ratio() && !is_near(*sent, amount))
}
