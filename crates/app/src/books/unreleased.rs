//! Money of creators that is not payable yet, of periods and of subscriptions alike.

use super::US;
use crate::base::error::Result;
use crate::runs::{Run, RunFile, Stage};
use jiff::civil::Date;
use money::Asset;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

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
pub fn earned(run: &Run) -> Result<ByCreator> {
    let lines = run.lines()?;
    let us = run.reading(RunFile::Units, |path| run_files::amounts_from(path, US))?;
    let mut sums = ByCreator::new();
    for (line, index) in lines.iter().zip(0_u32..) {
        let sum = sums.entry(line.creator.to_string()).or_default();
        sum.units += line.amount.units();
        sum.us_source += us.get(&index).copied().unwrap_or(0);
    }
    Ok(sums)
}

/// What runs say that creators earned, by the files that say so. Read before the books are written to, so that nobody else who writes
/// waits for files; what was not is read when it is asked for.
#[derive(Debug, Default)]
pub struct Earnings(RefCell<HashMap<(String, String), Arc<ByCreator>>>);

/// What each creator earned.
pub type ByCreator = BTreeMap<String, Earned>;

impl Earnings {
    /// Reads those of runs that are whole. What cannot be read is left to whoever needs it, to be told.
    pub(crate) fn load(runs: &[Run]) -> Earnings {
        let earnings = Earnings::default();
        for run in runs {
            let _told_by_who_needs_it = run.must_be_whole().and_then(|()| earnings.of(run).map(drop));
        }
        earnings
    }

    /// What a run says that each creator earned.
    pub(crate) fn of(&self, run: &Run) -> Result<Arc<ByCreator>> {
        let files = &run.record.files;
        let key = (files.lines.clone(), files.units.clone());
        if let Some(known) = self.0.borrow().get(&key) {
            return Ok(known.clone());
        }
        let read = Arc::new(earned(run)?);
        self.0.borrow_mut().insert(key, read.clone());
        Ok(read)
    }
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
    pub earned: Arc<ByCreator>,
}
