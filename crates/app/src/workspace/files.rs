//! Files that are written whole or not at all, and folders that are listed in order.

use crate::base::error::{Error, Result};
use lake::unique;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The last extension of a file that is being written.
const TEMPORARY: &str = "tmp";

/// What a process that died in the middle of writing has left is removed after so long.
pub(super) const LEFT_AFTER: Duration = Duration::from_secs(3_600);

/// How often a file is begun anew that another process took for a dead one's.
const ATTEMPTS: usize = 5;

/// Writes a file so that a reader sees the old content or the new, never a part. Several processes may write it at once, also of other
/// machines: the last one's content stays.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    must_be_replaceable(path)?;
    let parent = parent_of(path);
    fs::create_dir_all(parent).map_err(|e| Error::io("make folder", parent, &e))?;
    sweep(path);
    for _ in 0..ATTEMPTS {
        if write_beside(path, bytes)? {
            return sync_folder(parent);
        }
    }
    let gone = std::io::Error::from(std::io::ErrorKind::NotFound);
    Err(Error::io("rename into place", path, &gone))
}

/// Writes a file whole beside the place where it will be, under a name that nobody else has, and then lets readers see it. It is locked
/// until then: so others see that its writer lives. False: one took it for a dead process's, before it was locked.
fn write_beside(path: &Path, bytes: &[u8]) -> Result<bool> {
    use std::io::Write;
    let temporary = path.with_extension(format!("{:016x}.{TEMPORARY}", unique()));
    let mut file = fs::File::create(&temporary).map_err(|e| Error::io("create", &temporary, &e))?;
    // Where there are no locks, its age says it.
    let _ = file.lock();
    // A rest counts for nothing.
    let failed = |action, path: &Path, error| {
        let _ = fs::remove_file(&temporary);
        Err(Error::io(action, path, &error))
    };
    if let Err(error) = file.write_all(bytes).and_then(|()| file.sync_all()) {
        return failed("write", &temporary, error);
    }
    match fs::rename(&temporary, path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => failed("rename into place", path, error),
    }
}

/// Removes what dead processes have left of the same file. What cannot be removed counts for nothing.
fn sweep(path: &Path) {
    let stem = path
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let is_left = |file: &Path| {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let rest = name.strip_prefix(&*stem).and_then(|name| name.strip_prefix('.'));
        let number = rest
            .and_then(|rest| rest.strip_suffix(TEMPORARY))
            .and_then(|rest| rest.strip_suffix('.'));
        number.is_some_and(|number| number.len() == 16 && u64::from_str_radix(number, 16).is_ok())
    };
    let entries = sorted_entries(parent_of(path)).unwrap_or_default();
    for file in entries.iter().filter(|file| is_left(file)) {
        // Who writes it holds its lock; what is old nobody writes any more.
        let held = fs::File::open(file).ok();
        if held.is_some_and(|held| held.try_lock().is_ok()) || is_old(file) {
            let _ = fs::remove_file(file);
        }
    }
}

/// Whether a temporary file or folder is so old that who made it must have died, unless something else says that it lives.
pub(super) fn is_old(path: &Path) -> bool {
    let modified = fs::metadata(path).and_then(|of| of.modified()).ok();
    let age = modified.and_then(|at| at.elapsed().ok());
    age.is_some_and(|age| age > LEFT_AFTER)
}

/// Refuses a place where no ordinary file can be put: a folder, a pipe, a device, or a name of one. A new file would take its place,
/// and who waits at the other end would wait for ever.
pub fn must_be_replaceable(path: &Path) -> Result<()> {
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
    #[test]
    fn many_write_one_file_at_once_and_what_dead_ones_left_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.xml");
        let left = folder.path().join("report.00000000000000aa.tmp");
        let written = folder.path().join("report.00000000000000bb.tmp");
        let others = ["report.tmp", "other.00000000000000aa.tmp", "report.aa.tmp"];
        for name in others.map(|name| folder.path().join(name)).iter().chain([&left]) {
            fs::write(name, "left").unwrap();
        }
        let held = fs::File::create(&written).unwrap();
        held.lock().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..20).for_each(|_| write_atomically(&path, b"whole").unwrap()));
            }
        });
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        assert!(!left.exists() && written.exists());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2 + others.len());
        held.set_modified(std::time::SystemTime::now() - 2 * LEFT_AFTER)
            .unwrap();
        write_atomically(&path, b"whole").unwrap();
        assert!(!written.exists());
    }
}
