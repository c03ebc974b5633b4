//! Files that are written whole or not at all, and folders that are listed in order.

use crate::base::error::{Error, Result};
use lake::archive::unique;
use std::fs;
use std::path::{Path, PathBuf};

/// Writes a file so that a reader sees the old content or the new, never a part.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    write_beside(path, &path.with_extension("tmp"), bytes)
}

/// The same of a small file that several processes may write at once, also of other machines, whose processes have the same numbers.
pub(crate) fn write_among_others(path: &Path, bytes: &[u8]) -> Result<()> {
    write_beside(
        path,
        &path.with_extension(format!("{:016x}.tmp", unique())),
        bytes,
    )
}

/// Writes a file whole beside the place where it will be, and then lets readers see it.
fn write_beside(path: &Path, temporary: &Path, bytes: &[u8]) -> Result<()> {
    use std::io::Write;
    must_be_replaceable(path)?;
    let parent = parent_of(path);
    fs::create_dir_all(parent).map_err(|e| Error::io("make folder", parent, &e))?;
    let write = || {
        let mut file = fs::File::create(temporary).map_err(|e| Error::io("create", temporary, &e))?;
        file.write_all(bytes)
            .and_then(|()| file.sync_all())
            .map_err(|e| Error::io("write", temporary, &e))?;
        fs::rename(temporary, path).map_err(|e| Error::io("rename into place", path, &e))
    };
    write().inspect_err(|_| {
        // A rest counts for nothing, and is overwritten.
        let _ = fs::remove_file(temporary);
    })?;
    sync_folder(parent)
}

/// Refuses a place where no ordinary file can be put: a folder, a pipe, a device, or a name of one. A new file would take its place,
/// and who waits at the other end would wait for ever.
pub(crate) fn must_be_replaceable(path: &Path) -> Result<()> {
    let is_ordinary = fs::metadata(path).map_or(true, |found| found.is_file());
    let target = fs::read_link(path).ok();
    let target = target.map(|target| parent_of(path).join(target));
    if is_ordinary && !is_of_process(path) && !target.is_some_and(|target| is_of_process(&target)) {
        return Ok(());
    }
    Err(Error::usage(
        "file/not-ordinary",
        format!(
            "{} is no ordinary file, and is not replaced by one",
            path.display()
        ),
    )
    .hint("name a file that is not there yet, or one that may be replaced"))
}

/// Whether a path is a name of what a process has open, as `/dev/stdout` is.
fn is_of_process(path: &Path) -> bool {
    let folder = fs::canonicalize(parent_of(path));
    folder.is_ok_and(|folder| folder.starts_with("/proc"))
}

pub(crate) fn parent_of(path: &Path) -> &Path {
    // The parent of a bare file name is empty: it lies in the current folder.
    let parent = path.parent();
    parent
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Makes a rename in a folder durable.
pub fn sync_folder(folder: &Path) -> Result<()> {
    fs::File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|e| Error::io("sync", folder, &e))
}

/// Entries of a folder, sorted; none when there is no folder.
pub fn sorted_entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(Error::io("list", folder, &e)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(|e| Error::io("list", folder, &e))?.path());
    }
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn only_a_file_is_replaced_by_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        write_atomically(&at("new"), b"1").unwrap();
        write_atomically(&at("new"), b"2").unwrap();
        assert_eq!(fs::read(at("new")).unwrap(), b"2");
        fs::create_dir(at("folder")).unwrap();
        std::os::unix::fs::symlink("/proc/self/fd/1", at("out")).unwrap();
        for name in ["folder", "out"] {
            let error = write_atomically(&at(name), b"3").unwrap_err();
            assert_eq!(error.code, "file/not-ordinary");
            assert!(error.message.contains(name), "{}", error.message);
        }
    }
}
