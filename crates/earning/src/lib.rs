//! Facts and a program become earning lines, a report, an explanation.
//!
//! Settlement is a pure function: the same inputs give the same bytes. This crate reads no file and no clock.

mod amount;
mod assemble;
mod caps;
mod decide;
mod decision;
mod eligibility;
mod encode;
mod error;
mod exact;
pub mod explain;
pub mod facts;
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
pub use settle::settle;
pub use settlement::Settlement;
