//! Facts and a program become earning lines, a report, an explanation.
//!
//! Settlement is a pure function: the same inputs give the same bytes, whatever their order and on however
//! many threads. This crate reads no file and no clock, and counts money and weights in whole numbers only.
//!
//! # The rules
//!
//! Each is written down in full where it is carried out:
//!
//! | rule | module |
//! |---|---|
//! | units, the creator of a video, the order of ids | `world` |
//! | values of names in formulas; what is not known is never guessed | `variables` |
//! | conditions on creators and videos | `eligibility` |
//! | line-ups: the best part of videos by score | `lineup` |
//! | which partitions a period has | `partitions` |
//! | where a pool's money comes from | `gross` |
//! | weight, deductions, carve-out, creators' part, division | `pool` |
//! | units times a rate | `rate` |
//! | a share of attributed revenue, and its corrections | `share` |
//! | caps and budgets | `caps` |
//! | ids of lines | `line_id` |
//! | figures of a backtest | [`simulate`] |
//!
//! All rounding is half to even, once, from exact values; what is divided is divided by largest remainder and
//! always sums to what there was.

pub mod amount;
mod assemble;
mod caps;
mod decide;
mod decision;
mod eligibility;
mod error;
mod exact;
pub mod explain;
mod gross;
mod inputs;
mod line;
mod line_id;
mod lineup;
mod partition;
mod partitions;
mod pool;
mod rate;
mod report;
mod settle;
mod settlement;
mod share;
pub mod simulate;
pub mod statement;
mod summary;
mod variables;
mod working;
mod world;

pub use amount::NamedAmount;
pub use decision::{
    Below, CreatorDecision, Failure, LineUp, NamedValue, Payability, Place, Verdict, VideoDecision,
};
pub use error::SettleError;
pub use exact::{MAX_WEIGHT, WEIGHT_SCALE};
pub use inputs::{Inputs, LookbackCounts};
pub use line::{Line, Unit};
pub use partition::Partition;
pub use report::{
    Budget, PartitionReport, Reduction, ReductionScope, RejectedViews, Report, Rpm, Tally, Totals,
};
pub use settle::{creators_who_meet, settle};
pub use settlement::Settlement;
