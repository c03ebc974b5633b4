//! Steps on an archive's folder, in which other processes and machines work at the same time.

use super::ArchiveError;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The folder of what is being written, inside an archive.
pub(super) const DRAFTS: &str = "drafts";

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

/// Makes another archive of the files of one, which both have from then on: no file of an archive is changed after it was written. What is
/// being written belongs to one alone.
///
/// # Errors
/// The system cannot read the one, or not make links in the place of the other, which is to be on the same disk.
pub fn share(root: &Path, other: &Path) -> Result<(), ArchiveError> {
    fs::create_dir_all(other).map_err(io_error(other))?;
    for path in folder_entries(root)? {
        let Some(name) = path.file_name().filter(|name| *name != DRAFTS) else {
            continue;
        };
        let to = other.join(name);
        match path.is_dir() {
            true => share(&path, &to)?,
            false => absent(fs::hard_link(&path, &to)).map_err(io_error(&to))?,
        }
    }
    Ok(())
}

/// Makes renames in a folder durable.
pub(super) fn sync_folder(folder: &Path) -> Result<(), ArchiveError> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    let sync = fs::File::open(folder).and_then(|folder| folder.sync_all());
    sync.map_err(io_error(folder))
}
