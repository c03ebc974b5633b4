//! The generator as its callers see it.

mod labels;
mod live;
mod platform;
mod reading;
