//! Import: files of any columns become events of the archive, each row exactly one of stored, duplicate, quarantined.
//!
//! Any number of imports run at once: which commit is the next the log decides, and who comes second takes out what the first has stored.
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
mod outrun;
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

use crate::archive::ids::{IdIndex, must_be_renewed};
use crate::archive::lease::Lease;
use crate::archive::{Archive, ArchiveError, CommitLog, Manifests};
use event::kind::Kind;
use event::mapping::{BindError, Mapping, Section};
use jiff::Timestamp;
use source::Input;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
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
    /// Others were faster, again and again.
    #[error("{}: other imports were faster with their commits {times} times", file.display())]
    Outrun {
        /// The file, of which nothing was stored.
        file: PathBuf,
        /// How often.
        times: u32,
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
            ImportError::Outrun { .. }
            | ImportError::Archive(ArchiveError::Outrun { .. } | ArchiveError::GivenUp { .. }) => Some(
                "run the same command again when fewer imports run; what is stored already is skipped"
                    .to_owned(),
            ),
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

/// The same into an archive whose commits are decided by a log.
pub fn import_into(
    archive: &mut Archive,
    log: &mut dyn CommitLog,
    kind: Kind,
    files: &[PathBuf],
    mapping: Option<&Mapping>,
    options: ImportOptions<'_>,
) -> Result<ImportReport, ImportError> {
    let sections = sections(kind, mapping)?;
    let mut open = Open::new(archive, log, &sections)?;
    let mut report = ImportReport::default();
    for path in files {
        let finished = report.files.len();
        let mut readings = 0..MAX_READINGS;
        let done = loop {
            let done = with_sound_index(archive, &mut open, |archive, open| {
                let open = (&mut open.indexes, &open.lease);
                file::import((archive, log), open, &sections, path, finished, options)
            });
            match done {
                Err(ImportError::Archive(error))
                    if open.is_read_again(&error) && readings.next().is_some() =>
                {
                    open = Open::new(archive, log, &sections)?;
                }
                done => break done?,
            }
        };
        report.files.push(done);
    }
    Ok(report)
}

/// How often a file is read from its start for what others do at the same time.
const MAX_READINGS: u32 = 100;

/// What an import holds of an archive.
struct Open {
    indexes: BTreeMap<Kind, IdIndex>,
    lease: Rc<Lease>,
}

impl Open {
    /// Brings the archive to what the log has, removes what dead imports have left, and opens the indexes of ids.
    fn new(
        archive: &mut Archive,
        log: &mut dyn CommitLog,
        sections: &[Section],
    ) -> Result<Open, ArchiveError> {
        let lease = Lease::take(archive.root())?;
        *archive = lease.sweep(log)?;
        let index = |section: &Section| Ok((section.kind, IdIndex::open(archive, section.kind, &lease)?));
        Ok(Open {
            indexes: sections.iter().map(index).collect::<Result<_, ArchiveError>>()?,
            lease,
        })
    }

    /// Whether an error says nothing of a file, but that others import at the same time.
    fn is_read_again(&self, error: &ArchiveError) -> bool {
        matches!(error, ArchiveError::Outrun { .. } | ArchiveError::GivenUp { .. }) || self.lease.is_gone()
    }
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

/// Runs a file's import; when the index of ids cannot be used, opens it anew and runs once more.
fn with_sound_index<T>(
    archive: &mut Archive,
    open: &mut Open,
    mut run: impl FnMut(&mut Archive, &mut Open) -> Result<T, ImportError>,
) -> Result<T, ImportError> {
    match run(archive, open) {
        Err(ImportError::Archive(ArchiveError::Index { kind, source, .. })) if must_be_renewed(&source) => {
            if let Some(index) = open.indexes.get_mut(&kind) {
                index.renew(archive, kind, &open.lease, &source)?;
            }
            run(archive, open)
        }
        result => result,
    }
}

/// The name under which a source file is listed: as given.
fn source_name(path: &Path) -> String {
    path.display().to_string()
}
