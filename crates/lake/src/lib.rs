//! The event archive on Parquet, the qualification kernel, and the way from events to facts.
//!
//! This crate counts. It never decides money.

pub mod archive;
pub mod columns;
