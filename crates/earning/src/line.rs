//! Earning lines and the units they are made of.

use jiff::civil::Date;
use money::Money;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// What one video earned for its creator in the period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// `ln_` and 26 characters, derived from program, version, period, creator and video.
    pub id: String,
    /// The creator.
    pub creator: Arc<str>,
    /// The video.
    pub video: Arc<str>,
    /// What is earned.
    #[serde(with = "crate::amount")]
    pub amount: Money,
    /// What it was before caps; equal to `amount` when no cap touched the line.
    #[serde(with = "crate::amount")]
    pub before_caps: Money,
    /// Its units: indices into `Settlement::units`.
    pub units: Range<u32>,
    /// The video's views in the period, whatever their verdict and wherever they were.
    pub views: u64,
    /// Those that qualified.
    pub qualified_views: u64,
}

impl Line {
    /// The line's amount by UTC day, from its units; empty where units are not kept apart by day.
    pub fn days(&self, units: &[Unit]) -> Vec<(Date, Money)> {
        let mut days: BTreeMap<Date, i128> = BTreeMap::new();
        for unit in units {
            let Some(day) = unit.day else { return Vec::new() };
            *days.entry(day).or_default() += unit.amount;
        }
        days.into_iter()
            .map(|(day, units)| (day, Money::new(self.amount.asset(), units)))
            .collect()
    }
}

/// One video in one country within one partition: the working behind a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Index into `Settlement::lines`.
    pub line: u32,
    /// Index into `Report::partitions`.
    pub partition: u32,
    /// UTC day, when the program divides or ranks by day.
    pub day: Option<Date>,
    /// Viewers' country; `""`: not known.
    pub country: Arc<str>,
    /// Views of the unit.
    pub views: u64,
    /// Qualified views of the unit.
    pub qualified_views: u64,
    /// What the program's first formula gave: weight (pool), paid units (rate) or revenue (share).
    pub value: Decimal,
    /// What its second formula gave: the part kept by the carve-out (pool) or the rate (rate).
    pub factor: Option<Decimal>,
    /// `value` quantised to `WEIGHT_SCALE` places, as a whole number, without its sign: what was divided by.
    #[serde(with = "money::whole")]
    pub weight: u128,
    /// Its part in units of the asset, before caps.
    #[serde(with = "money::whole")]
    pub before_caps: i128,
    /// Its part in units of the asset.
    #[serde(with = "money::whole")]
    pub amount: i128,
}
