//! Rows that could not be read as events: one file of JSON lines for each commit that has any.

use super::commits::Commit;
use super::{Archive, ArchiveError};
use crate::sound;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

/// One quarantined row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuarantinedRow {
    /// Name of the event kind that it was read as.
    pub kind: String,
    /// Name of its file, as given to the import.
    pub file: String,
    /// Line on which it starts, from 1; in Parquet files, the number of the row.
    pub line: u64,
    /// The field that could not be taken; empty when the row itself is malformed.
    pub field: String,
    /// What is wrong with it.
    pub reason: String,
    /// The row as it stands in the file; rows of Parquet files as JSON. Bytes that are not UTF-8 are `\xNN`.
    pub row: String,
    /// The commit that listed it; not part of the file.
    #[serde(skip)]
    pub commit: u64,
}

impl Archive {
    /// All quarantined rows in the order of commits and lines. `each` may stop the listing by returning `false`.
    pub fn quarantine(&self, mut each: impl FnMut(QuarantinedRow) -> bool) -> Result<(), ArchiveError> {
        for commit in &self.commits {
            let Some(path) = self.whole_quarantine(commit)? else {
                continue;
            };
            let more = read(&path, &mut |mut row| {
                row.commit = commit.number;
                each(row)
            })?;
            if !more {
                break;
            }
        }
        Ok(())
    }

    /// Every file of quarantined rows, with its commit and the hash of its bytes.
    pub fn quarantine_files(&self) -> impl Iterator<Item = (u64, PathBuf, &str)> {
        self.commits.iter().filter_map(|commit| {
            let file = commit.quarantine.as_ref()?;
            Some((commit.number, self.root.join(&file.path), &*file.hash))
        })
    }

    /// The file of a commit's quarantined rows, as it was stored; none: it has none.
    fn whole_quarantine(&self, commit: &Commit) -> Result<Option<PathBuf>, ArchiveError> {
        let Some(file) = &commit.quarantine else {
            return Ok(None);
        };
        let path = self.root.join(&file.path);
        sound::check(&path, &file.hash, || format!("commit {}", commit.number))?;
        Ok(Some(path))
    }

    /// Kind and line of the rows of a source file, by hash, that commits after a number list.
    pub(crate) fn listed_rows(
        &self,
        after: u64,
        hash: &str,
    ) -> Result<BTreeSet<(String, u64)>, ArchiveError> {
        let mut listed = BTreeSet::new();
        for commit in self.commits.iter().filter(|commit| commit.number > after) {
            if commit.sources.iter().any(|source| source.hash == hash)
                && let Some(path) = self.whole_quarantine(commit)?
            {
                read(&path, &mut |row| {
                    listed.insert((row.kind, row.line));
                    true
                })?;
            }
        }
        Ok(listed)
    }
}

/// Reads a file of quarantined rows; says whether `each` wanted all of them.
pub(crate) fn read(path: &Path, each: &mut dyn FnMut(QuarantinedRow) -> bool) -> Result<bool, ArchiveError> {
    let failed = |source| ArchiveError::Io {
        path: path.to_path_buf(),
        source,
    };
    for line in BufReader::new(File::open(path).map_err(failed)?).lines() {
        let row = serde_json::from_str(&line.map_err(failed)?).map_err(|source| {
            ArchiveError::DamagedQuarantine {
                path: path.to_path_buf(),
                source,
            }
        })?;
        if !each(row) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Writes quarantined rows.
#[derive(Debug)]
pub(crate) struct QuarantineWriter {
    file: BufWriter<File>,
}

impl QuarantineWriter {
    /// Begins a file.
    pub(crate) fn create(path: &Path) -> std::io::Result<QuarantineWriter> {
        Ok(QuarantineWriter {
            file: BufWriter::new(File::create(path)?),
        })
    }

    /// Adds a row.
    pub(crate) fn add(&mut self, row: &QuarantinedRow) -> std::io::Result<()> {
        serde_json::to_writer(&mut self.file, row)?;
        self.file.write_all(b"\n")
    }

    /// Hands the file to the disk.
    pub(crate) fn finish(self) -> std::io::Result<()> {
        self.file
            .into_inner()
            .map_err(std::io::IntoInnerError::into_error)?
            .sync_all()
    }
}

/// The bytes of a row as text: bytes that are not UTF-8 as `\xNN`, so that nothing is lost.
pub(crate) fn row_text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}
