//! What an import did, and what it says while it works.

use crate::archive::Counts;
use event::kind::Kind;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// The files that were read to their end, in the order given.
    pub files: Vec<FileReport>,
}

/// What became of the rows of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileReport {
    /// The file.
    pub file: PathBuf,
    /// Rows by kind: the kind asked for first, then those that the mapping makes from the same rows.
    pub kinds: Vec<(Kind, Counts)>,
    /// Columns of the file that nothing was made of.
    pub ignored_columns: Vec<String>,
    /// Fields that the mapping gives and the file has no column for, as `kind.field`; none without a mapping.
    pub absent_fields: Vec<String>,
    /// The commit that holds its rows; `None` if it had nothing new.
    pub commit: Option<u64>,
    /// Lower-case hex BLAKE3 of the file.
    pub hash: String,
}

impl ImportReport {
    /// Rows by kind over all files.
    pub fn totals(&self) -> BTreeMap<Kind, Counts> {
        let mut totals: BTreeMap<Kind, Counts> = BTreeMap::new();
        for (kind, counts) in self.files.iter().flat_map(|file| &file.kinds) {
            totals.entry(*kind).or_default().add(*counts);
        }
        totals
    }
}

/// A step of an import, as told while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress<'a> {
    /// Some of a file was read.
    Reading {
        /// The file.
        file: &'a Path,
        /// Bytes of it read so far.
        bytes: u64,
        /// Its size in bytes.
        total: u64,
        /// Rows of it read so far.
        rows: u64,
    },
    /// Sorted rows are written.
    Writing {
        /// The file that they come from.
        file: &'a Path,
        /// What they are.
        kind: Kind,
    },
    /// All files of a commit are written; the next step makes them visible.
    Committing {
        /// Number of the commit.
        commit: u64,
    },
    /// A file is in the archive, as a whole.
    Committed {
        /// Number of the commit.
        commit: u64,
    },
}
