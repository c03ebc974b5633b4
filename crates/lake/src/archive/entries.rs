//! Whether files of the archive are what their commits stored.

use super::FileEntry;
use crate::sound::{Unsound, check};

/// Compares a file of the archive with its commit. An entry without a hash is no commit's: nobody knows what it should be.
pub(crate) fn check_entry(file: &FileEntry) -> Result<(), Unsound> {
    if file.hash.is_empty() {
        return Ok(());
    }
    check(&file.path, &file.hash, || format!("commit {}", file.commit))
}

/// Reads files of the archive, and makes sure before and after that they are what their commits stored.
pub(crate) fn reading<T, E: From<Unsound>>(
    files: &[FileEntry],
    read: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    files.iter().try_for_each(check_entry)?;
    let read = read();
    files.iter().try_for_each(check_entry)?;
    read
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn entry(path: &Path) -> FileEntry {
        FileEntry {
            kind: event::kind::Kind::View,
            date: jiff::civil::date(2026, 10, 5),
            path: path.to_path_buf(),
            rows: 1,
            commit: 7,
            stored_at: jiff::Timestamp::UNIX_EPOCH,
            hash: blake3::hash(b"stored").to_hex().to_string(),
        }
    }

    #[test]
    fn a_file_that_changes_while_it_is_read_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        let read = |change: &dyn Fn()| {
            reading(&[entry(&path)], || {
                change();
                Ok::<_, Unsound>(())
            })
        };
        std::fs::write(&path, "stored").unwrap();
        assert!(read(&|| {}).is_ok());
        let changed = read(&|| std::fs::write(&path, "STored").unwrap()).unwrap_err();
        assert!(
            changed.to_string().contains("is damaged: its BLAKE3 is"),
            "{changed}"
        );
        std::fs::write(&path, "stored").unwrap();
        let gone = read(&|| std::fs::remove_file(&path).unwrap()).unwrap_err();
        assert!(
            gone.to_string().ends_with("which commit 7 stored, is gone"),
            "{gone}"
        );
    }
}
