//! What a platform tells us: event kinds, their columns, mappings, validation.
//!
//! This crate says what an event *is*. It reads no file and no clock: readers hand it
//! values, it hands back checked values or the field and the reason.

pub mod id;
pub mod kind;
pub mod live;
pub mod mapping;
pub mod schema;
pub mod snapshot;
pub mod value;
