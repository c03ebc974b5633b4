//! Money of creators that is not payable yet, of periods and of subscriptions alike.

use super::US;
use crate::base::error::Result;
use crate::runs::{Run, RunFile, Stage};
use jiff::civil::Date;
use money::Asset;
use std::collections::{BTreeMap, BTreeSet};

/// Creators whose money was released, by asset.
pub(crate) type Released = BTreeSet<(String, Asset)>;

/// What a period's lines are worth to one creator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Earned {
    /// In smallest units of the run's asset.
    pub units: i128,
    /// The part from views in the United States.
    pub us_source: i128,
}

/// What a run says that each creator earned.
pub fn earned(run: &Run) -> Result<BTreeMap<String, Earned>> {
    let lines = run.lines()?;
    let us = run.reading(RunFile::Units, |path| run_files::amounts_from(path, US))?;
    let mut sums: BTreeMap<String, Earned> = BTreeMap::new();
    for (line, index) in lines.iter().zip(0_u32..) {
        let sum = sums.entry(line.creator.to_string()).or_default();
        sum.units += line.amount.units();
        sum.us_source += us.get(&index).copied().unwrap_or(0);
    }
    Ok(sums)
}

/// A period whose money is not payable yet, or a day's subscriptions that are held.
#[derive(Debug)]
pub struct Unreleased {
    /// The program.
    pub program: String,
    /// The period; of subscriptions the day on which they become payable.
    pub period: String,
    /// Where it stands.
    pub stage: Stage,
    /// First day on which the money can be paid.
    pub payable_on: Date,
    /// The day whose splits divide it.
    pub divided_on: Date,
    /// The asset.
    pub asset: Asset,
    /// By creator.
    pub earned: BTreeMap<String, Earned>,
}
