//! Who collects what a creator has earned: the division of money when it becomes payable, by the creator's split of its day.
//!
//! What a period came to is divided as one sum for each source, by the split of its last day; subscriptions by that of the day on which they
//! become payable, a redemption by that of its own. A restatement moves the difference of two divisions, so that what payees have of a
//! period is always the division of what the period came to.

use super::{creators, flow};
use crate::base::error::{Error, Result};
use crate::workspace::records;
use jiff::civil::Date;
use ledger::{Account, AccountKind, Posting, Source, Stream};
use money::Asset;
use payout::division::in_proportion;
use payout::split::Splits;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::Tx;

/// Kind of the records, one for each creator with splits.
pub(crate) const KIND: &str = "split";

/// Creators' splits; who has none collects alone.
#[derive(Debug, Default)]
pub(crate) struct Collectors(BTreeMap<String, Splits>);

/// What is divided: whose money, of which program, of which day.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Divided<'a> {
    pub creator: &'a str,
    pub asset: Asset,
    pub program: &'a str,
    /// The day whose split divides it.
    pub day: Date,
}

impl Collectors {
    /// Those of all creators.
    pub(crate) fn all(tx: &mut Tx<'_>) -> Result<Collectors> {
        let all = records::list::<Splits>(tx, KIND, "")?;
        let all = all.into_iter().map(|(creator, splits)| (creator, splits.value));
        Ok(Collectors(all.collect()))
    }

    /// Those of one creator.
    pub(crate) fn of(tx: &mut Tx<'_>, creator: &str) -> Result<Collectors> {
        let splits = records::get::<Splits>(tx, KIND, creator)?;
        let one = splits.map(|splits| (creator.to_owned(), splits.value));
        Ok(Collectors(one.into_iter().collect()))
    }

    /// What each payee collects of so many units that a creator earned on a day; below zero of what was taken back.
    pub(crate) fn divide(&self, creator: &str, day: Date, units: i128) -> Vec<(String, i128)> {
        match self.0.get(creator).and_then(|splits| splits.in_force(day)) {
            None => vec![(creator.to_owned(), units)],
            Some(split) => {
                let parts = split.shares.divide(units).into_iter();
                parts.map(|(payee, units)| (payee.to_string(), units)).collect()
            }
        }
    }

    /// Every payee that may have collected something of a creator: the creator's own, and those of splits that were agreed on.
    pub(crate) fn payees_of<'c>(&'c self, creator: &'c str) -> Vec<&'c str> {
        let splits = self.0.get(creator).map(Splits::all).unwrap_or_default();
        let agreed = splits.iter().filter(|split| split.consent.is_some());
        let others = agreed.flat_map(|split| split.shares.each().map(|(payee, _)| payee.as_str()));
        let mut payees: Vec<&str> = std::iter::once(creator).chain(others).collect();
        payees.sort_unstable();
        payees.dedup();
        payees
    }

    /// Creators of whom a payee collects something on a day: itself, unless all of its own is others', and those whose splits name it.
    pub(crate) fn creators_of(&self, payee: &str, day: Date) -> Vec<String> {
        let splits = self.0.iter();
        let named = splits.filter(|(_, splits)| {
            splits
                .in_force(day)
                .is_some_and(|split| split.shares.names(payee))
        });
        let mut creators: Vec<String> = named.map(|(creator, _)| creator.clone()).collect();
        let own = self.0.get(payee).and_then(|splits| splits.in_force(day));
        if own.is_none() {
            creators.push(payee.to_owned());
        }
        creators
    }

    /// What payees get more, or less, of each source when what a creator earned is other than it was: from the first to the second, by source.
    pub(crate) fn change(
        &self,
        of: Divided<'_>,
        was: [(Source, i128); 2],
        is: [(Source, i128); 2],
    ) -> Vec<Collected> {
        let mut all = Vec::new();
        for ((source, was), (_, is)) in was.into_iter().zip(is) {
            let before = self.divide(of.creator, of.day, was).into_iter();
            for ((payee, units), (_, before)) in self.divide(of.creator, of.day, is).into_iter().zip(before) {
                all.push(Collected {
                    account: collected(&payee, of.creator, of.asset, (of.program, source)),
                    source,
                    units: units - before,
                });
            }
        }
        all
    }

    /// The postings by which a creator's pending money becomes payable to those who collect it.
    pub(crate) fn became_payable(&self, of: Divided<'_>, parts: [(Source, i128); 2]) -> Result<Vec<Posting>> {
        let nothing = parts.map(|(source, _)| (source, 0));
        released(of, &self.change(of, nothing, parts))
    }
}

/// What one payee gets of a source, or gives back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Collected {
    /// Where it stands.
    pub account: Account,
    /// The source.
    pub source: Source,
    /// How much; below zero of what is given back.
    pub units: i128,
}

/// The postings by which it leaves a creator's pending money.
pub(crate) fn released(of: Divided<'_>, all: &[Collected]) -> Result<Vec<Posting>> {
    let mut postings = Vec::new();
    for one in all {
        let pending = creators(
            AccountKind::CreatorPending,
            of.creator,
            of.asset,
            (of.program, one.source),
        );
        postings.extend(flow(&pending, &one.account, one.units, None)?);
    }
    Ok(postings)
}

/// The account of what a payee has available of a creator's earnings.
pub(crate) fn collected(
    payee: &str,
    creator: &str,
    asset: Asset,
    (program, source): (&str, Source),
) -> Account {
    let stream = Stream::new(program, source);
    let stream = match payee == creator {
        true => stream,
        false => stream.earned_by(creator),
    };
    Account::streamed(AccountKind::CreatorAvailable, payee, asset, stream)
}

/// What somebody got of both sources, in smallest units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Got {
    /// All of it.
    #[serde(with = "money::whole")]
    pub money: i128,
    /// How much of it has a source in the United States.
    #[serde(with = "money::whole")]
    pub us_source: i128,
}

impl Got {
    /// By source.
    pub(crate) const fn by_source(self) -> [(Source, i128); 2] {
        super::by_source(self.money, self.us_source)
    }

    /// Adds units of a source.
    pub(crate) fn add(&mut self, source: Source, units: i128) {
        self.money += units;
        if source == Source::Us {
            self.us_source += units;
        }
    }

    /// Both together.
    pub(crate) const fn and(self, more: Got) -> Got {
        Got {
            money: self.money + more.money,
            us_source: self.us_source + more.us_source,
        }
    }

    /// What is left without a part.
    pub(crate) const fn less(self, part: Got) -> Got {
        Got {
            money: self.money - part.money,
            us_source: self.us_source - part.us_source,
        }
    }
}

/// What payees give back of what they got, `back` in all: of each source in proportion to what each got of it, and all of it where all goes
/// back. Where nobody got anything of a source, in proportion to all that they got.
pub(crate) fn given_back(got: &BTreeMap<String, Got>, back: Got) -> Result<BTreeMap<String, Got>> {
    let all = got.values().fold(Got::default(), |sum, one| sum.and(*one));
    if all == back {
        return Ok(got.clone());
    }
    let weigh = |weight: &dyn Fn(&Got) -> i128| -> BTreeMap<String, i128> {
        let weights = got.iter().map(|(payee, got)| (payee.clone(), weight(got).max(0)));
        weights.filter(|(_, weight)| *weight > 0).collect()
    };
    let mut given: BTreeMap<String, Got> = BTreeMap::new();
    for (source, units) in back.by_source() {
        let of_source = |got: &Got| {
            got.by_source()
                .into_iter()
                .find(|one| one.0 == source)
                .map_or(0, |one| one.1)
        };
        let mut weights = weigh(&of_source);
        if weights.is_empty() {
            weights = weigh(&|got| got.money);
        }
        if weights.is_empty() {
            weights.extend(got.keys().next().map(|payee| (payee.clone(), 1)));
        }
        let parts = in_proportion(units, &weights);
        for (payee, units) in parts.map_err(|e| Error::bug("live/given-back", e.to_string()))? {
            given.entry(payee).or_default().add(source, units);
        }
    }
    Ok(given)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn got() -> impl Strategy<Value = BTreeMap<String, Got>> {
        let one = (0..1_000_i128, 0..1_000_i128).prop_map(|(other, us_source)| Got {
            money: other + us_source,
            us_source,
        });
        prop::collection::btree_map("[a-d]", one, 1..4)
    }

    proptest! {
        /// In whatever steps all is given back, it is of each what each got.
        #[test]
        fn nobody_gives_back_more_than_was_got(got in got(), percents in prop::collection::vec(0_i128..=100, 0..4)) {
            let mut left = got;
            for percent in percents {
                let all = left.values().fold(Got::default(), |sum, one| sum.and(*one));
                let us_source = all.us_source * percent / 100;
                let back = Got { money: us_source + (all.money - all.us_source) * percent / 100, us_source };
                let given = given_back(&left, back).unwrap();
                prop_assert_eq!(given.values().fold(Got::default(), |sum, one| sum.and(*one)), back);
                for (payee, part) in given {
                    let rest = left[&payee].less(part);
                    prop_assert!(rest.us_source >= 0 && rest.money >= rest.us_source);
                    left.insert(payee, rest);
                }
            }
        }
    }
}
