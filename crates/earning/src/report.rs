//! The report of a run: what was divided, what was left out, and why.

use crate::amount::NamedAmount;
use crate::partition::Partition;
use money::Money;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Everything a run decided that is not about one creator or one video.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Every partition, in order; a program by rate has one.
    pub partitions: Vec<PartitionReport>,
    /// Sums over the partitions.
    pub totals: Totals,
    /// Counts of creators and videos.
    pub counts: Tally,
    /// Earnings per thousand qualified views over the lines that have any.
    pub rpm: Option<Rpm>,
    /// What caps took away, in the order in which they were applied.
    pub reductions: Vec<Reduction>,
    /// The budget, if the program has one.
    pub budget: Option<Budget>,
    /// Exact value minus paid value over all roundings, in whole currency, cut after 18 places.
    pub rounding: String,
    /// Views by first failing rule, in the order of evaluation; rules without views are left out.
    pub rejected: Vec<RejectedViews>,
    /// Rules that were on but never evaluated, for want of their columns.
    pub rules_not_evaluated: Vec<String>,
    /// Ad impressions in another currency: not counted.
    pub foreign_impressions: u64,
    /// Ad impressions that name no viewer, in a program that divides by payer: not counted.
    #[serde(default)]
    pub impressions_without_payer: u64,
    /// Funding rows in another currency: not in the pool.
    #[serde(default)]
    pub foreign_funding: u64,
}

/// Views which one rule rejected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedViews {
    /// Stable name of the rule.
    pub rule: String,
    /// How many views.
    pub views: u64,
}

/// One partition, from gross to what creators get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionReport {
    /// Which.
    pub partition: Partition,
    /// The money there at first.
    #[serde(with = "crate::amount")]
    pub gross: Money,
    /// Money that came from partitions without weight (positive), or left for others (negative).
    #[serde(with = "crate::amount")]
    pub moved: Money,
    /// Deductions in order.
    pub deductions: Vec<NamedAmount>,
    /// What is left after them: `gross + moved - deductions`.
    #[serde(with = "crate::amount")]
    pub after_deductions: Money,
    /// What the carve-out takes.
    #[serde(with = "crate::amount")]
    pub carve_out: Money,
    /// The creators' part.
    #[serde(with = "crate::amount")]
    pub creators_part: Money,
    /// The platform's part: `after_deductions - carve_out - creators_part - kept`.
    #[serde(with = "crate::amount")]
    pub platform_part: Money,
    /// What nobody had weight for, and the platform keeps.
    #[serde(with = "crate::amount")]
    pub kept: Money,
    /// Divided over units; equals `creators_part`, before caps.
    #[serde(with = "crate::amount")]
    pub divided: Money,
    /// Sum of quantised weights.
    #[serde(with = "money::whole")]
    pub weight: u128,
    /// Units that took part.
    pub units: u64,
}

/// Sums over all partitions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Money at first.
    #[serde(with = "crate::amount")]
    pub gross: Money,
    /// Deductions by name.
    pub deductions: Vec<NamedAmount>,
    /// Carved out.
    #[serde(with = "crate::amount")]
    pub carve_out: Money,
    /// Whom the carve-out goes to.
    pub beneficiary: Option<String>,
    /// The creators' part.
    #[serde(with = "crate::amount")]
    pub creators_part: Money,
    /// The platform's part.
    #[serde(with = "crate::amount")]
    pub platform_part: Money,
    /// Kept, because nobody had weight.
    #[serde(with = "crate::amount")]
    pub kept: Money,
    /// Divided over units, before caps.
    #[serde(with = "crate::amount")]
    pub divided: Money,
    /// What caps took away.
    #[serde(with = "crate::amount")]
    pub reduced: Money,
    /// The sum of all lines: `divided - reduced`.
    #[serde(with = "crate::amount")]
    pub paid: Money,
}

/// How many.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Creators known: with a snapshot, or with views in the period.
    pub creators: u64,
    /// Creators who may earn here.
    pub creators_eligible: u64,
    /// Creators with a line.
    pub creators_paid: u64,
    /// Videos in the facts.
    pub videos: u64,
    /// Videos that took part.
    pub videos_taking_part: u64,
    /// Videos with a line.
    pub videos_paid: u64,
    /// All views.
    pub views: u64,
    /// Qualified views.
    pub qualified_views: u64,
    /// Qualified views of videos with a line.
    pub paid_qualified_views: u64,
    /// Videos whose creator nobody names.
    pub videos_without_creator: u64,
    /// Their views.
    pub views_without_creator: u64,
}

/// Earnings per thousand qualified views, rounded half to even; percentiles by nearest rank over lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rpm {
    /// One line in ten is at or below it.
    #[serde(with = "crate::amount")]
    pub p10: Money,
    /// The median line.
    #[serde(with = "crate::amount")]
    pub p50: Money,
    /// Nine lines in ten are at or below it.
    #[serde(with = "crate::amount")]
    pub p90: Money,
    /// All money over all qualified views of those lines.
    #[serde(with = "crate::amount")]
    pub mean: Money,
}

/// What a cap did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reduction {
    /// What the cap bounds.
    pub scope: ReductionScope,
    /// The video or creator; `None` for the budget.
    pub subject: Option<Arc<str>>,
    /// The amount before.
    #[serde(with = "crate::amount")]
    pub before: Money,
    /// The amount after: the cap.
    #[serde(with = "crate::amount")]
    pub after: Money,
}

/// What a cap bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReductionScope {
    /// One video in the period.
    Video,
    /// One creator in the period.
    Creator,
    /// The program over its life.
    Budget,
}

/// A budget, before and after the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// The budget.
    #[serde(with = "crate::amount")]
    pub amount: Money,
    /// Spent by earlier runs.
    #[serde(with = "crate::amount")]
    pub spent_before: Money,
    /// Spent by this run.
    #[serde(with = "crate::amount")]
    pub spent_now: Money,
    /// Left for later runs.
    #[serde(with = "crate::amount")]
    pub left: Money,
}
