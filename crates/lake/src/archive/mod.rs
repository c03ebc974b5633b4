//! The archive: Parquet files by kind and event date, and the log of commits that makes them visible.
//!
//! ```text
//! archive/
//!   commits/00000001.json            one file per commit, renamed into place: the commit point
//!   view/date=2026-10-05/00000001-0.parquet
//!   creator/date=2026-10-01/00000002-0.parquet
//! ```
//!
//! A file that no commit names does not exist for readers.

use event::kind::Kind;
use jiff::Timestamp;
use jiff::civil::Date;
use std::path::PathBuf;

/// One immutable file of the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEntry {
    /// What its rows are.
    pub kind: Kind,
    /// UTC date of its rows.
    pub date: Date,
    /// Where it lies.
    pub path: PathBuf,
    /// Rows in it.
    pub rows: u64,
    /// The commit that made it visible, from 1.
    pub commit: u64,
    /// When that commit was made.
    pub stored_at: Timestamp,
    /// Lower-case hex BLAKE3 of its bytes.
    pub hash: String,
}
