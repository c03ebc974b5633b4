//! Import: files of any columns become events of the archive, each row exactly one of stored, duplicate, quarantined.
//!
//! Each source file is one commit. A killed or cancelled import leaves the files that it finished, and
//! nothing of the one it was in; the same command run again finds the finished rows to be duplicates and
//! goes on. Nothing is written for a file that has nothing new.

mod amounts;
pub(crate) mod batch;
mod chunk;
mod convert;
mod convert_arrow;
mod derive;
mod dictionary;
mod file;
mod formula_column;
mod nested;
mod order;
mod part;
mod plan;
pub(crate) mod pool;
mod raw;
pub(crate) mod read_back;
mod report;
mod runs;
mod source;

pub use report::{FileReport, ImportReport, Progress};
pub use source::{MAX_RECORD_BYTES, SourceError};

use crate::archive::ids::IdIndex;
use crate::archive::lock::WriteLock;
use crate::archive::{Archive, ArchiveError, CommitLog, Manifests, draft};
use event::kind::Kind;
use event::mapping::{BindError, Mapping, Section};
use jiff::Timestamp;
use source::Input;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use thiserror::Error;

/// The least memory that an import works with, in bytes.
pub const MIN_MEMORY: usize = 16 << 20;

/// How to import.
#[derive(Clone, Copy)]
pub struct ImportOptions<'a> {
    /// About how much memory the import may use, in bytes; at least [`MIN_MEMORY`].
    pub memory: usize,
    /// When the rows count as stored.
    pub stored_at: Timestamp,
    /// Set to stop: the file in work is given up, what is finished stays.
    pub cancel: &'a AtomicBool,
    /// Told about every step.
    pub progress: &'a (dyn Fn(Progress<'_>) + Sync),
}

impl ImportOptions<'_> {
    fn input(&self) -> Input {
        let blocks = 2 * rayon::current_num_threads();
        let block_bytes = (self.memory / 8 / blocks).clamp(64 << 10, 1 << 20);
        let batch_rows = (self.memory / 16 / 256).clamp(1 << 10, 1 << 16);
        Input {
            block_bytes,
            batch_rows,
            blocks,
        }
    }

    fn is_cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }
}

/// Why an import stopped. Files that were finished before are in the archive.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The archive cannot be read or written.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The mapping has nothing for a kind.
    #[error("mapping `{mapping}` has no section [{kind}]: it has {}", kinds.join(", "))]
    NoSection {
        /// Name of the mapping.
        mapping: String,
        /// The kind.
        kind: Kind,
        /// Kinds that it has.
        kinds: Vec<String>,
    },
    /// A file cannot be read.
    #[error("{} {source}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        source: SourceError,
    },
    /// A file's columns do not make events.
    #[error("{}: its columns do not make {kind} events: {source}", file.display())]
    Columns {
        /// The file.
        file: PathBuf,
        /// The kind.
        kind: Kind,
        /// Why.
        source: BindError,
    },
    /// A column of instants holds bare numbers.
    #[error("{}: column `{column}` holds numbers of type {found} where `{field}` wants a time", file.display())]
    BareTime {
        /// The file.
        file: PathBuf,
        /// The column.
        column: String,
        /// Its type.
        found: String,
        /// The field.
        field: &'static str,
    },
    /// Somebody asked to stop.
    #[error("stopped while importing {}: {} of the files before it are in the archive", file.display(), finished)]
    Cancelled {
        /// The file in work, of which nothing was stored.
        file: PathBuf,
        /// How many files were finished before.
        finished: usize,
    },
}

impl ImportError {
    /// What to do about it, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            ImportError::Columns {
                kind,
                source: BindError::MissingColumns { missing, .. },
                ..
            } => {
                let field = missing
                    .first()
                    .map_or("", |field| field.split(' ').next().unwrap_or(field));
                Some(format!(
                    "write a mapping and pass it with --mapping FILE; it begins\n\n    name = \"my-logs\"\n\n    [{kind}]\n    {field} = \"the column that holds it\"\n"
                ))
            }
            ImportError::BareTime { column, field, .. } => Some(format!(
                "say the unit in a mapping: {field} = {{ column = \"{column}\", unit = \"unix_ms\" }}"
            )),
            ImportError::Unreadable {
                source: SourceError::LineTooLong { .. },
                ..
            } => {
                Some("check that the file has one row on each line and that its quotes are closed".to_owned())
            }
            ImportError::Cancelled { .. } => {
                Some("run the same command again: what is stored already is skipped".to_owned())
            }
            _ => None,
        }
    }
}

/// Imports files as events of a kind, and of the kinds that the mapping makes from the same rows, into an archive that belongs to no books.
///
/// Commits once for each file; see the module's documentation. The report has the files in the order given.
pub fn import(
    archive: &mut Archive,
    kind: Kind,
    files: &[PathBuf],
    mapping: Option<&Mapping>,
    options: ImportOptions<'_>,
) -> Result<ImportReport, ImportError> {
    let mut log = Manifests::new(archive.root());
    import_into(archive, &mut log, kind, files, mapping, options)
}

/// The same into an archive whose commits are decided by a log. A file that another process has outrun is read again: its rows may be
/// stored by now.
pub fn import_into(
    archive: &mut Archive,
    log: &mut dyn CommitLog,
    kind: Kind,
    files: &[PathBuf],
    mapping: Option<&Mapping>,
    options: ImportOptions<'_>,
) -> Result<ImportReport, ImportError> {
    let sections = sections(kind, mapping)?;
    let _lock = WriteLock::acquire(archive.root())?;
    // Another writer may have committed between the opening of this archive and the lock.
    let mut indexes = opened(archive, log, &sections)?;
    draft::sweep(archive)?;
    let mut report = ImportReport::default();
    for path in files {
        let finished = report.files.len();
        let done = loop {
            let done = with_sound_index(archive, &mut indexes, |archive, indexes| {
                file::import((archive, log), indexes, &sections, path, finished, options)
            });
            match done {
                Err(ImportError::Archive(ArchiveError::Outrun { .. })) => {
                    indexes = opened(archive, log, &sections)?;
                }
                done => break done?,
            }
        };
        report.files.push(done);
    }
    Ok(report)
}

/// Brings the archive to what the log has, and opens its indexes of ids.
fn opened(
    archive: &mut Archive,
    log: &mut dyn CommitLog,
    sections: &[Section],
) -> Result<BTreeMap<Kind, IdIndex>, ArchiveError> {
    *archive = Archive::of(archive.root(), log.commits()?)?;
    let index = |section: &Section| Ok((section.kind, IdIndex::open(archive, section.kind)?));
    sections.iter().map(index).collect()
}

fn sections(kind: Kind, mapping: Option<&Mapping>) -> Result<Vec<Section>, ImportError> {
    let Some(mapping) = mapping else {
        return Ok(vec![Section::identity(kind)]);
    };
    let find = |kind: Kind| {
        mapping
            .section(kind)
            .cloned()
            .ok_or_else(|| ImportError::NoSection {
                mapping: mapping.name.clone(),
                kind,
                kinds: mapping
                    .sections
                    .iter()
                    .map(|section| section.kind.to_string())
                    .collect(),
            })
    };
    let main = find(kind)?;
    let with: Result<Vec<Section>, ImportError> = main.with.iter().map(|kind| find(*kind)).collect();
    Ok(std::iter::once(main).chain(with?).collect())
}

/// Runs a file's import; when the index of ids turns out to be damaged, rebuilds it and runs once more.
fn with_sound_index<T>(
    archive: &mut Archive,
    indexes: &mut BTreeMap<Kind, IdIndex>,
    mut run: impl FnMut(&mut Archive, &mut BTreeMap<Kind, IdIndex>) -> Result<T, ImportError>,
) -> Result<T, ImportError> {
    match run(archive, indexes) {
        Err(ImportError::Archive(ArchiveError::Index { kind, source, .. }))
            if source.kind() == std::io::ErrorKind::InvalidData =>
        {
            indexes.remove(&kind);
            IdIndex::discard(archive, kind)?;
            indexes.insert(kind, IdIndex::open(archive, kind)?);
            run(archive, indexes)
        }
        result => result,
    }
}

/// The name under which a source file is listed: as given.
fn source_name(path: &Path) -> String {
    path.display().to_string()
}
