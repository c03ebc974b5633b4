//! Steps on an archive's folder, in which other processes and machines work at the same time.

use super::ArchiveError;
use std::fs;
use std::hash::{BuildHasher, Hasher};
use std::io;
use std::path::{Path, PathBuf};

/// The folder of what is being written, inside an archive.
pub(super) const DRAFTS: &str = "drafts";

/// A number that nobody else has: the standard library seeds its hashers from the system's random numbers.
pub fn unique() -> u64 {
    std::collections::hash_map::RandomState::new()
        .build_hasher()
        .finish()
}

/// Removing what is gone is no mistake: another did it.
pub(super) fn absent(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// What the system said of a file or folder.
pub(super) fn io_error(path: &Path) -> impl FnOnce(io::Error) -> ArchiveError + '_ {
    move |source| ArchiveError::Io {
        path: path.to_path_buf(),
        source,
    }
}

/// What is in a folder; nothing where there is none.
pub(super) fn folder_entries(folder: &Path) -> Result<Vec<PathBuf>, ArchiveError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(io_error(folder))?,
    };
    entries
        .map(|entry| entry.map(|entry| entry.path()).map_err(io_error(folder)))
        .collect()
}

/// Makes renames in a folder durable.
pub(super) fn sync_folder(folder: &Path) -> Result<(), ArchiveError> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    let sync = fs::File::open(folder).and_then(|folder| folder.sync_all());
    sync.map_err(io_error(folder))
}
