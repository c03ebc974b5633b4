//! One writer at a time: an operating system lock on a file of the archive.

use super::ArchiveError;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::Path;

/// Held for as long as somebody writes; the system releases it when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct WriteLock {
    _file: File,
}

impl WriteLock {
    /// Takes the lock, creating the archive's folder if need be.
    pub(crate) fn acquire(root: &Path) -> Result<WriteLock, ArchiveError> {
        let path = root.join("lock");
        let failed = |source| ArchiveError::Io {
            path: path.clone(),
            source,
        };
        fs::create_dir_all(root).map_err(failed)?;
        let mut options = OpenOptions::new();
        let file = options
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(WriteLock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(ArchiveError::Busy {
                root: root.to_path_buf(),
            }),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }
}
