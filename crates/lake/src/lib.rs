//! The event archive on Parquet, the qualification kernel, and the way from events to facts.
//!
//! This crate counts. It never decides money.

pub mod archive;
pub mod columns;
mod error;
pub mod facts_file;
pub mod funding;
pub mod funnel;
mod id_set;
pub mod import;
pub mod kernel;
pub mod lists;
pub mod live;
pub mod snapshots;
pub mod sound;
mod unique;
mod unread;
pub mod verdicts_file;

pub use unique::unique;
