//! Facts and a program become earning lines, a report, an explanation.
//!
//! Settlement is a pure function: the same inputs give the same bytes. This crate reads no file and no clock.

pub mod facts;
