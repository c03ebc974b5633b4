//! The project's chores: the one test command, and the checks of the project's structure.
//!
//! Nothing of the product may depend on this crate.

pub mod chores;
pub mod counts;
pub mod outside;
pub mod structure;
pub mod tools;
