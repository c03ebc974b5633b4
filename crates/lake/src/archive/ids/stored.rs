//! What an archive's commits have of one kind: how many rows, in which files. The index of ids is compared with it, and nothing of it
//! is read from the files themselves: a commit names each with its hash.

use crate::archive::{Archive, Commit};
use event::kind::Kind;
use std::collections::BTreeMap;

/// Rows and files of a kind, by commit; commits without any are left out.
#[derive(Debug, Default)]
pub(super) struct Stored(BTreeMap<u64, (u64, blake3::Hash)>);

impl Stored {
    /// Of all commits.
    pub(super) fn of(archive: &Archive, kind: Kind) -> Stored {
        let mut stored = Stored::default();
        for commit in archive.commits() {
            stored.add(commit, kind);
        }
        stored
    }

    /// Takes a commit in.
    pub(super) fn add(&mut self, commit: &Commit, kind: Kind) {
        let (mut rows, mut hasher) = (0, blake3::Hasher::new());
        let mut files = commit.files.iter().filter(|file| file.kind == kind).peekable();
        if files.peek().is_none() {
            return;
        }
        for file in files {
            rows += file.rows;
            // Both have no line breaks: a path is checked when the commit is read.
            hasher.update(file.path.as_bytes()).update(b"\n");
            hasher.update(file.hash.as_bytes()).update(b"\n");
        }
        self.0.insert(commit.number, (rows, hasher.finalize()));
    }

    /// The commits that have any, ascending.
    pub(super) fn commits(&self) -> impl Iterator<Item = u64> {
        self.0.keys().copied()
    }

    /// Rows of these commits.
    pub(super) fn rows(&self, from: u64, to: u64) -> u64 {
        self.0.range(from..=to).map(|(_, (rows, _))| rows).sum()
    }

    /// Which files of the kind these commits have. No other archive has the same, unless it has the same events in the same commits.
    pub(super) fn hash(&self, from: u64, to: u64) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new();
        for (commit, (_, files)) in self.0.range(from..=to) {
            hasher.update(&commit.to_le_bytes()).update(files.as_bytes());
        }
        hasher.finalize()
    }
}
