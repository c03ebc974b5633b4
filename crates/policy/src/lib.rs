//! Program documents: what counts, who may earn, how money is divided.
//!
//! A program is a versioned TOML document. This crate parses and checks it, puts it into plain
//! words, compares versions and chooses the version in force. It settles nothing and reads no file.

pub mod program;
pub mod qualification;
