//! The archive: Parquet files by kind and event date, and the log of commits that makes them visible.
//!
//! ```text
//! archive/
//!   commits/00000001.json            the manifest of each commit, derived from the log
//!   view/date=2026-10-05/1f0c38d2a4b69e57-000000.parquet
//!   quarantine/1f0c38d2a4b69e57-000001.ndjson    rows that could not be read as events
//!   drafts/1f0c38d2a4b69e57/...      what an import writes: see `lease`
//!   ids/view/...                     which event ids are stored: derived, rebuilt when missing
//! ```
//!
//! Which commits there are the [log](CommitLog) says; a file that none names does not exist for readers.

mod commits;
pub(crate) mod draft;
pub(crate) mod entries;
mod folder;
pub(crate) mod ids;
pub(crate) mod lease;
pub(crate) mod quarantine;
pub(crate) mod texts;

pub use commits::{
    COMMIT_FORMAT, Commit, CommitLog, CommittedFile, Counts, Manifests, Published, Source, is_published,
    publish,
};
pub use folder::share;
pub use ids::Twice;
pub use quarantine::QuarantinedRow;

use crate::unread::SourceError;
use event::kind::Kind;
use event::mapping::BindError;
use jiff::Timestamp;
use jiff::civil::Date;
use std::path::{Path, PathBuf};
use thiserror::Error;

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

/// The stored-before bound: commits up to and including this number are seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StoredBefore(pub u64);

/// Why an archive cannot be opened or read.
#[derive(Debug, Error)]
pub enum ArchiveError {
    /// The file system refused.
    #[error("cannot read or write {}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A commit file is not what it should be.
    #[error("commit {} is damaged", path.display())]
    DamagedCommit {
        /// The commit file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
    /// A commit contradicts itself or its place.
    #[error("commit {} is damaged: {what}", path.display())]
    InconsistentCommit {
        /// The commit file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A commit was written by another version of Permille.
    #[error(
        "commit {} has format {format}, this version reads format {COMMIT_FORMAT}: {}",
        path.display(),
        match *format < COMMIT_FORMAT {
            true => "formats before it were never released; import the platform's files into a new workspace",
            false => "use a newer permille",
        }
    )]
    UnknownFormat {
        /// The commit file.
        path: PathBuf,
        /// Its format.
        format: u32,
    },
    /// A file of quarantined rows is not what it should be.
    #[error("quarantine {} is damaged", path.display())]
    DamagedQuarantine {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
    /// Rows could not be written as Parquet.
    #[error("cannot write {kind} rows as parquet")]
    Encode {
        /// The kind of the rows.
        kind: Kind,
        /// What the writer said.
        #[source]
        source: parquet::errors::ParquetError,
    },
    /// The index of stored event ids cannot be used.
    #[error("cannot use the index of {kind} ids in {}", path.display())]
    Index {
        /// The kind.
        kind: Kind,
        /// Its folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A file cannot be read.
    #[error("{} {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<SourceError>,
    },
    /// A file's columns do not make events.
    #[error("{}: its columns do not make {kind} events: {source}", path.display())]
    Columns {
        /// The file.
        path: PathBuf,
        /// The kind.
        kind: Kind,
        /// Why.
        source: BindError,
    },
    /// A row of a file that is read without being imported is no event.
    #[error("{}: row {row}: {problem}", path.display())]
    BadRow {
        /// The file.
        path: PathBuf,
        /// The row, from 1.
        row: u64,
        /// What is wrong with it.
        problem: String,
    },
    /// A stored file is not what it was.
    #[error(transparent)]
    Unsound(#[from] crate::sound::Unsound),
    /// A commit file holds another commit than its name says, or follows another one than it was made after.
    #[error("commit {} is not in its place: {problem}", path.display())]
    MisplacedCommit {
        /// The commit file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// Another commit has the number of the one that was to be made.
    #[error("commit {number} was made by another process meanwhile")]
    Outrun {
        /// The number.
        number: u64,
    },
    /// An import was not heard of for so long that its files were removed.
    #[error(
        "the files of draft {draft} are gone: it was not heard of for long, and another import took it for dead"
    )]
    GivenUp {
        /// The draft.
        draft: String,
    },
    /// The log of commits cannot be read or written.
    #[error("the log of commits cannot be used")]
    Log {
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A commit in the middle of the log is gone.
    #[error("commit {} is missing although commit {found} is there: restore it from a backup", path.display())]
    MissingCommit {
        /// The missing commit file.
        path: PathBuf,
        /// The next commit that is there.
        found: u64,
    },
}

/// An archive as of the moment it was opened.
#[derive(Clone, Debug)]
pub struct Archive {
    root: PathBuf,
    commits: Vec<Commit>,
}

impl Archive {
    /// Reads the manifests of all commits. A folder that does not exist is an empty archive; nothing is created.
    pub fn open(root: &Path) -> Result<Archive, ArchiveError> {
        Ok(Archive {
            root: root.to_path_buf(),
            commits: commits::read_all(root)?,
        })
    }

    /// The archive of a log's commits.
    ///
    /// # Errors
    /// One is missing or contradicts itself.
    pub fn of(root: &Path, commits: Vec<Commit>) -> Result<Archive, ArchiveError> {
        commits::check(root, 0, &commits)?;
        Ok(Archive {
            root: root.to_path_buf(),
            commits,
        })
    }

    /// Takes commits that were made since into view.
    pub(crate) fn extend(&mut self, commits: Vec<Commit>) -> Result<(), ArchiveError> {
        commits::check(&self.root, self.last_commit(), &commits)?;
        self.commits.extend(commits);
        Ok(())
    }

    /// Every file that a commit names, relative to the archive.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.commits.iter().flat_map(|commit| {
            let files = commit.files.iter().map(|file| &*file.path);
            files.chain(commit.quarantine.iter().map(|file| &*file.path))
        })
    }

    /// The archive's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// All commits in order.
    pub fn commits(&self) -> &[Commit] {
        &self.commits
    }

    /// Where a commit lies, or would lie.
    pub fn commit_file(&self, number: u64) -> PathBuf {
        commits::path_of(&self.root, number)
    }

    /// The number of the last commit; 0 for an empty archive.
    pub fn last_commit(&self) -> u64 {
        self.commits.last().map_or(0, |commit| commit.number)
    }

    /// The files of a kind whose date lies in `[from, to_exclusive)` as seen at a stored-before bound,
    /// sorted by date, commit and path.
    pub fn files(&self, kind: Kind, from: Date, to_exclusive: Date, bound: StoredBefore) -> Vec<FileEntry> {
        let mut found = self.select(kind, bound, |date| from <= date && date < to_exclusive);
        found.sort_by(|a, b| (a.date, a.commit, &a.path).cmp(&(b.date, b.commit, &b.path)));
        found
    }

    /// All files of a kind as seen at a stored-before bound, sorted by date, commit and path.
    pub fn all_files(&self, kind: Kind, bound: StoredBefore) -> Vec<FileEntry> {
        let mut found = self.select(kind, bound, |_| true);
        found.sort_by(|a, b| (a.date, a.commit, &a.path).cmp(&(b.date, b.commit, &b.path)));
        found
    }

    /// The files of a kind that a commit has.
    pub(crate) fn files_of(&self, kind: Kind, commit: u64) -> Vec<FileEntry> {
        let found = self.commits.iter().rev().find(|found| found.number == commit);
        found.map_or_else(Vec::new, |commit| self.entries(commit, kind).collect())
    }

    fn select(&self, kind: Kind, bound: StoredBefore, wanted: impl Fn(Date) -> bool) -> Vec<FileEntry> {
        let seen = self.commits.iter().take_while(|commit| commit.number <= bound.0);
        seen.flat_map(|commit| self.entries(commit, kind))
            .filter(|file| wanted(file.date))
            .collect()
    }

    fn entries(&self, commit: &Commit, kind: Kind) -> impl Iterator<Item = FileEntry> {
        let of_kind = commit.files.iter().filter(move |file| file.kind == kind);
        of_kind.map(move |file| FileEntry {
            kind,
            date: file.date,
            path: self.root.join(&file.path),
            rows: file.rows,
            commit: commit.number,
            stored_at: commit.stored_at,
            hash: file.hash.clone(),
        })
    }
}
