//! The generator as its callers see it.

mod labels;
mod platform;
mod reading;
