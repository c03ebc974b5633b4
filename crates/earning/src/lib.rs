//! Facts and a program become earning lines, a report, an explanation.
//!
//! Settlement is a pure function: the same inputs give the same bytes. This crate reads no file and no clock.

mod amount;
mod decision;
mod error;
pub mod facts;
mod inputs;
mod line;
mod partition;
mod report;
mod settlement;

pub use amount::NamedAmount;
pub use decision::{
    Below, CreatorDecision, Failure, LineUp, NamedValue, Payability, Place, Verdict, VideoDecision,
};
pub use error::SettleError;
pub use inputs::{Inputs, LookbackCounts};
pub use line::{Line, Unit};
pub use partition::Partition;
pub use report::{
    Budget, PartitionReport, Reduction, ReductionScope, RejectedViews, Report, Rpm, Tally, Totals,
};
pub use settlement::Settlement;
