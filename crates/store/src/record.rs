//! Records: documents by kind and id. A change adds a version; nothing is overwritten.

use jiff::Timestamp;

/// One version of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// What it is, e.g. `payee`.
    pub kind: String,
    /// Which one.
    pub id: String,
    /// Version from 1, without gaps; the highest counts.
    pub version: u64,
    /// A JSON object.
    pub body: String,
    /// Who changed it.
    pub author: String,
    /// When it was recorded.
    pub recorded: Timestamp,
}

/// A version to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRecord {
    /// What it is.
    pub kind: String,
    /// Which one.
    pub id: String,
    /// The version it gets: one more than the one it was made from.
    pub version: u64,
    /// A JSON object.
    pub body: String,
}
