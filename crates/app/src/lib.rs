//! Use cases, one per file: what a person or a program can ask of Permille.
//!
//! A use case opens what it needs in a [`workspace::Workspace`], calls the crates that know how, and
//! returns a value. It prints nothing and reads no argument, environment or clock: those are handed in.

pub mod actors;
mod archive_end;
mod audit;
pub mod backup;
mod binding;
pub mod books;
mod bounded;
pub mod config;
pub mod count;
pub mod error;
pub mod explain;
mod failure;
pub mod import;
pub mod invalidate;
mod keys;
pub mod ledger;
pub mod left;
pub mod lines;
pub mod live;
pub mod lookback;
pub mod messages;
pub mod payouts;
pub mod programs;
pub mod progress;
pub mod receipts;
mod records;
mod reports;
pub mod restate;
mod run_sums;
pub mod runs;
pub mod settle;
pub mod settlement_inputs;
pub mod simulate;
pub mod statement;
pub mod traffic_lists;
mod turn;
pub mod verify;
pub mod workspace;
