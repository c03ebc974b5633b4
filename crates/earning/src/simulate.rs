//! What a program would have paid: totals, who wins, who loses, how concentrated it is.
//!
//! A backtest settles past periods with a program and adds up what every creator gets. All figures are
//! exact: shares are cut from whole numbers to four places, rounded half to even; percentiles are by
//! nearest rank, so every one of them is an amount that some creator has.
//!
//! - *Gini* over the creators with a positive amount: 0 when all get the same, near 1 when one gets all.
//! - *Top 1 %*: the part that the best-paid `ceil(n / 100)` of these creators get.
//! - *Winners and losers* among the creators who get something from either program.
//! - *Entering* eligibility: eligible in some period under the new program, in none under the other; *leaving*
//!   the other way round.

mod figures;
mod render;

use crate::settlement::Settlement;
use figures::{Distribution, gini, percentiles, top_share};
use money::{Asset, Money, MoneyError};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use figures::Percentiles;

/// How many creators are named in a list.
const NAMED: usize = 10;

/// What one period of a backtest gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeriodOutcome {
    /// The period.
    pub period: String,
    /// Asset of the amounts.
    pub asset: Asset,
    /// What the pools or the revenue had at first.
    pub gross: Money,
    /// What creators get.
    pub amounts: BTreeMap<Arc<str>, Money>,
    /// Creators who may earn.
    pub eligible: Vec<Arc<str>>,
}

impl PeriodOutcome {
    /// The outcome of a settled period.
    pub fn of(settlement: &Settlement) -> Self {
        let paid = settlement
            .creators
            .iter()
            .filter(|decision| !decision.amount.is_zero());
        let eligible = settlement
            .creators
            .iter()
            .filter(|decision| decision.is_eligible());
        PeriodOutcome {
            period: settlement.period.to_string(),
            asset: settlement.asset,
            gross: settlement.report.totals.gross,
            amounts: paid
                .map(|decision| (Arc::clone(&decision.creator), decision.amount))
                .collect(),
            eligible: eligible.map(|decision| Arc::clone(&decision.creator)).collect(),
        }
    }
}

/// One program over all periods.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// How many periods.
    pub periods: u64,
    /// What pools or revenue had at first.
    #[serde(serialize_with = "crate::amount::serialize")]
    pub gross: Money,
    /// What creators get: the cost of the program.
    #[serde(serialize_with = "crate::amount::serialize")]
    pub total: Money,
    /// Creators eligible in some period.
    pub creators_eligible: u64,
    /// Creators who get something.
    pub creators_paid: u64,
    /// Gini coefficient with four places; absent when nobody gets anything.
    pub gini: Option<String>,
    /// Part of the best-paid 1 % with four places, e.g. `0.1234`.
    pub top_one_percent: Option<String>,
    /// Amounts of the creators who get something.
    pub amounts: Option<Percentiles>,
    /// The best-paid creators.
    pub largest: Vec<Amount>,
    /// What each period costs.
    pub by_period: Vec<PeriodCost>,
}

/// A creator's amount.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Amount {
    /// The creator.
    pub creator: Arc<str>,
    /// The amount.
    #[serde(serialize_with = "crate::amount::serialize")]
    pub amount: Money,
}

/// A period's cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PeriodCost {
    /// The period.
    pub period: String,
    /// What creators get.
    #[serde(serialize_with = "crate::amount::serialize")]
    pub total: Money,
    /// How many of them.
    pub creators_paid: u64,
}

/// A program against another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// The program that is tried.
    pub candidate: Summary,
    /// The one it is held against.
    pub baseline: Summary,
    /// Cost of the candidate less cost of the baseline.
    #[serde(serialize_with = "crate::amount::serialize")]
    pub difference: Money,
    /// Creators who get more.
    pub winners: u64,
    /// Creators who get less.
    pub losers: u64,
    /// Creators who get the same.
    pub unchanged: u64,
    /// The largest gains.
    pub largest_gains: Vec<Change>,
    /// The largest losses.
    pub largest_losses: Vec<Change>,
    /// The changes of all these creators.
    pub changes: Option<Percentiles>,
    /// Creators who become eligible.
    pub entering: Crowd,
    /// Creators who are eligible no longer.
    pub leaving: Crowd,
    /// Every creator's change, sorted by id; for CSV.
    #[serde(skip)]
    pub all_changes: Vec<Change>,
}

/// A creator's change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The creator.
    pub creator: Arc<str>,
    /// Under the baseline.
    #[serde(serialize_with = "crate::amount::serialize")]
    pub before: Money,
    /// Under the candidate.
    #[serde(serialize_with = "crate::amount::serialize")]
    pub after: Money,
    /// `after - before`.
    #[serde(serialize_with = "crate::amount::serialize")]
    pub difference: Money,
}

/// A number of creators, the first of them by id named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Crowd {
    /// How many.
    pub count: u64,
    /// The first ten by id.
    pub first: Vec<Arc<str>>,
}

/// Why figures cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SimulateError {
    /// Nothing was settled.
    #[error("no period was settled: choose dates that hold a whole period of the program")]
    NoPeriods,
    /// Amounts that cannot be added or held against each other.
    #[error("the amounts cannot be put together")]
    Money(#[from] MoneyError),
    /// Numbers beyond the range.
    #[error("{0} is beyond the range of exact arithmetic")]
    Overflow(&'static str),
}

/// A program's periods added up.
struct Added {
    asset: Asset,
    amounts: BTreeMap<Arc<str>, Money>,
    eligible: BTreeSet<Arc<str>>,
}

impl Added {
    fn of(outcomes: &[PeriodOutcome]) -> Result<Self, SimulateError> {
        let asset = outcomes.first().ok_or(SimulateError::NoPeriods)?.asset;
        let mut added = Added {
            asset,
            amounts: BTreeMap::new(),
            eligible: BTreeSet::new(),
        };
        for outcome in outcomes {
            for (creator, amount) in &outcome.amounts {
                let sum = added
                    .amounts
                    .entry(Arc::clone(creator))
                    .or_insert(Money::zero(asset));
                *sum = sum.checked_add(*amount)?;
            }
            added.eligible.extend(outcome.eligible.iter().cloned());
        }
        added.amounts.retain(|_, amount| !amount.is_zero());
        Ok(added)
    }

    fn get(&self, creator: &str) -> Money {
        self.amounts
            .get(creator)
            .copied()
            .unwrap_or(Money::zero(self.asset))
    }
}

/// The figures of one program.
pub fn summarise(outcomes: &[PeriodOutcome]) -> Result<Summary, SimulateError> {
    summary(outcomes, &Added::of(outcomes)?)
}

fn summary(outcomes: &[PeriodOutcome], added: &Added) -> Result<Summary, SimulateError> {
    let asset = added.asset;
    let amounts = Distribution::of(asset, added.amounts.values().map(|amount| amount.units()));
    let mut largest: Vec<Amount> = added
        .amounts
        .iter()
        .map(|(creator, amount)| Amount {
            creator: Arc::clone(creator),
            amount: *amount,
        })
        .collect();
    largest.sort_by_key(|entry| std::cmp::Reverse(entry.amount.units()));
    largest.truncate(NAMED);
    let cost = |outcome: &PeriodOutcome| {
        Ok(PeriodCost {
            period: outcome.period.clone(),
            total: Money::sum(asset, outcome.amounts.values().copied())?,
            creators_paid: outcome.amounts.len() as u64,
        })
    };
    Ok(Summary {
        periods: outcomes.len() as u64,
        gross: Money::sum(asset, outcomes.iter().map(|outcome| outcome.gross))?,
        total: Money::sum(asset, added.amounts.values().copied())?,
        creators_eligible: added.eligible.len() as u64,
        creators_paid: added.amounts.len() as u64,
        gini: gini(&amounts)?,
        top_one_percent: top_share(&amounts)?,
        amounts: percentiles(&amounts),
        largest,
        by_period: outcomes.iter().map(cost).collect::<Result<_, MoneyError>>()?,
    })
}

/// Holds a candidate against a baseline over the same periods.
pub fn compare(candidate: &[PeriodOutcome], baseline: &[PeriodOutcome]) -> Result<Comparison, SimulateError> {
    let (new, old) = (Added::of(candidate)?, Added::of(baseline)?);
    let (new_summary, old_summary) = (summary(candidate, &new)?, summary(baseline, &old)?);
    let creators: BTreeSet<&Arc<str>> = new.amounts.keys().chain(old.amounts.keys()).collect();
    let mut changes = Vec::with_capacity(creators.len());
    for creator in creators {
        let (before, after) = (old.get(creator), new.get(creator));
        let difference = after.checked_sub(before)?;
        changes.push(Change {
            creator: Arc::clone(creator),
            before,
            after,
            difference,
        });
    }
    let count = |wanted: fn(i128) -> bool| {
        changes
            .iter()
            .filter(|change| wanted(change.difference.units()))
            .count() as u64
    };
    let spread = Distribution::of(new.asset, changes.iter().map(|change| change.difference.units()));
    Ok(Comparison {
        difference: new_summary.total.checked_sub(old_summary.total)?,
        candidate: new_summary,
        baseline: old_summary,
        winners: count(|difference| difference > 0),
        losers: count(|difference| difference < 0),
        unchanged: count(|difference| difference == 0),
        largest_gains: largest(&changes, 1),
        largest_losses: largest(&changes, -1),
        changes: percentiles(&spread),
        entering: Crowd::of(new.eligible.difference(&old.eligible)),
        leaving: Crowd::of(old.eligible.difference(&new.eligible)),
        all_changes: changes,
    })
}

/// The largest changes of one sign; equal ones in the order of ids.
fn largest(changes: &[Change], sign: i128) -> Vec<Change> {
    let of_sign = changes
        .iter()
        .filter(|change| change.difference.units().signum() == sign);
    let mut largest: Vec<Change> = of_sign.cloned().collect();
    largest.sort_by_key(|change| std::cmp::Reverse(change.difference.units().unsigned_abs()));
    largest.truncate(NAMED);
    largest
}

impl Crowd {
    fn of<'c>(creators: impl Iterator<Item = &'c Arc<str>>) -> Self {
        let mut crowd = Crowd::default();
        for creator in creators {
            crowd.count += 1;
            if crowd.first.len() < NAMED {
                crowd.first.push(Arc::clone(creator));
            }
        }
        crowd
    }
}
