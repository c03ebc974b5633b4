//! What every command needs, and what knows of no workspace: errors, configuration, who asks, how it goes on, and keys.

pub mod brought;
pub mod config;
pub mod error;
pub(crate) mod failure;
pub(crate) mod keys;
pub mod progress;
