//! What goes into a settlement, and how it is read: imported events, marks and lists by which they are judged, program documents.
//!
//! A [`reader::Reader`] sees the archive up to a bound; [`settlement::SettlementInputs`] is what a program's period gets of it.

pub(crate) mod bounded;
pub mod count;
pub mod import;
pub mod invalidate;
pub(crate) mod lookback;
pub mod programs;
pub mod reader;
pub mod settlement;
pub mod traffic_lists;
mod windows;
