//! Folders of temporary files that are held by whoever writes there, and swept when nobody does.

use super::files::{is_old, sorted_entries};
use crate::base::error::{Error, Result};
use lake::unique;
use std::fs;
use std::path::{Path, PathBuf};

/// The file in such a folder that its user holds a lock on.
const HELD: &str = "held";

/// A folder of temporary files. Nobody else has its name: processes in containers, or of several machines, have the same numbers. It goes
/// with whoever holds it, and when that process dies, with the next one that makes such a folder an hour later.
#[derive(Debug)]
pub(crate) struct HeldFolder {
    folder: PathBuf,
    _held: fs::File,
}

impl HeldFolder {
    /// Makes one in a folder, with a name that begins with `prefix`. What dead processes have left there is removed.
    pub(crate) fn make(parent: &Path, prefix: &str) -> Result<HeldFolder> {
        sweep(parent, prefix);
        let folder = parent.join(format!("{prefix}{:016x}", unique()));
        fs::create_dir_all(&folder).map_err(|e| Error::io("make folder", &folder, &e))?;
        let path = folder.join(HELD);
        let held = fs::File::create(&path).map_err(|e| Error::io("create", &path, &e))?;
        held.lock().map_err(|e| Error::io("lock", &path, &e))?;
        Ok(HeldFolder { folder, _held: held })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.folder
    }

    /// A file in it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

impl Drop for HeldFolder {
    fn drop(&mut self) {
        // What is left counts for nothing.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Whether a folder has a name that begins so.
pub(crate) fn is_named(folder: &Path, prefix: &str) -> bool {
    let name = folder.file_name();
    name.is_some_and(|name| name.to_string_lossy().starts_with(prefix))
}

/// Removes folders that nobody holds any more. What cannot be removed now is tried again the next time.
fn sweep(parent: &Path, prefix: &str) {
    for folder in sorted_entries(parent).unwrap_or_default() {
        if !is_named(&folder, prefix) || !is_old(&folder) {
            continue;
        }
        // A folder that only has the name of one is somebody's; an empty one was left before it could be held.
        let _ = match fs::File::open(folder.join(HELD)) {
            Ok(held) if held.try_lock().is_ok() => fs::remove_dir_all(&folder),
            Ok(_) => Ok(()),
            Err(_) => fs::remove_dir(&folder),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::super::files::LEFT_AFTER;
    use super::*;

    #[test]
    fn folders_of_a_dead_process_are_swept_and_those_in_use_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let of = |name: &str| folder.path().join(name);
        let make = || HeldFolder::make(folder.path(), "drafts-").unwrap();
        let used = make();
        for name in [
            "drafts-dead",
            "drafts-empty",
            "drafts-mine",
            "drafts-fresh",
            "other",
        ] {
            fs::create_dir(of(name)).unwrap();
        }
        for name in ["drafts-dead", "drafts-fresh", "other"] {
            fs::write(of(name).join(HELD), "").unwrap();
        }
        fs::write(of("drafts-mine").join("letter"), "mine").unwrap();
        let before = std::time::SystemTime::now() - 2 * LEFT_AFTER;
        let names = ["drafts-dead", "drafts-empty", "drafts-mine", "other"].map(of);
        for old in names.iter().chain([&used.folder]) {
            fs::File::open(old).unwrap().set_modified(before).unwrap();
        }
        let next = make();
        assert!(used.folder.exists() && next.folder.exists() && used.folder != next.folder);
        assert!(of("drafts-fresh").exists() && of("drafts-mine").exists() && of("other").exists());
        assert!(!of("drafts-dead").exists() && !of("drafts-empty").exists());
        let path = next.folder.clone();
        drop(next);
        assert!(!path.exists());
    }
}
