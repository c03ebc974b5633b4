//! Blobs: files that are named by the BLAKE3 of their bytes, written once and never changed.
//!
//! ```text
//! blobs/ab/abc123...   the bytes whose hash that is
//! ```
//!
//! A blob means nothing by itself: the books name it, in the transaction by which what it holds comes to be. Who is stopped between the two
//! has left bytes that nobody asks for. Whoever reads one gets the bytes that the books name or an error: they are compared before and
//! after. Blobs that got lost or damaged are put back by putting the same bytes again.

use crate::base::error::{Error, Result, UNREADABLE, with_causes};
use crate::workspace::files::{parent_of, sorted_entries, sync_folder};
use lake::sound::{self, Unsound};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Code of the error about bytes that are not those that were stored.
pub(crate) const DAMAGED: &str = "blob/damaged";
/// Code of the error about bytes that are not there.
pub(crate) const GONE: &str = "blob/gone";

/// Digits of a hash that name its folder: 256 folders, so that none gets large.
const FOLDER_DIGITS: usize = 2;

/// The blobs of a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blobs {
    folder: PathBuf,
}

/// How the folders of drafts begin.
const DRAFTS: &str = "drafts-";
/// The file in such a folder that whoever writes there holds a lock on.
const HELD: &str = "held";
/// A folder of drafts that nobody has held for so long was left by a process that died.
const LEFT_AFTER: Duration = Duration::from_secs(3_600);

/// Tells the folders of one process apart.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// A folder in which files are written before they are blobs; it goes with whoever writes them.
#[derive(Debug)]
pub(crate) struct Drafts {
    folder: PathBuf,
    _held: fs::File,
}

impl Drafts {
    /// A file in it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

impl Drop for Drafts {
    fn drop(&mut self) {
        // What is left counts for nothing.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Blobs {
    /// Those in a folder. It is made by the first blob.
    pub(crate) fn new(folder: PathBuf) -> Blobs {
        Blobs { folder }
    }

    /// Where they lie.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether a folder among them is one of drafts.
    pub(crate) fn is_draft(folder: &Path) -> bool {
        let name = folder.file_name();
        name.is_some_and(|name| name.to_string_lossy().starts_with(DRAFTS))
    }

    /// Where a blob lies, or would.
    pub fn path(&self, hash: &str) -> PathBuf {
        let first: String = hash.chars().take(FOLDER_DIGITS).collect();
        self.folder.join(first).join(hash)
    }

    /// A folder for files that become blobs. What dead processes have left of theirs is removed.
    pub(crate) fn drafts(&self) -> Result<Drafts> {
        self.sweep();
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = self
            .folder
            .join(format!("{DRAFTS}{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).map_err(|e| Error::io("make folder", &folder, &e))?;
        let path = folder.join(HELD);
        let held = fs::File::create(&path).map_err(|e| Error::io("create", &path, &e))?;
        held.lock().map_err(|e| Error::io("lock", &path, &e))?;
        Ok(Drafts { folder, _held: held })
    }

    /// Removes folders of drafts that nobody holds any more. What cannot be removed now is tried again the next time.
    fn sweep(&self) {
        for folder in sorted_entries(&self.folder).unwrap_or_default() {
            let age = fs::metadata(&folder)
                .and_then(|of| of.modified())
                .ok()
                .and_then(|at| at.elapsed().ok());
            let is_old = age.is_some_and(|age| age > LEFT_AFTER);
            let is_held = || fs::File::open(folder.join(HELD)).is_ok_and(|file| file.try_lock().is_err());
            if Self::is_draft(&folder) && is_old && !is_held() {
                let _ = fs::remove_dir_all(&folder);
            }
        }
    }

    /// Makes a file that was written whole, and synced, a blob. Returns its hash. The same bytes are kept once; what lies in their place and
    /// is something else is replaced.
    pub(crate) fn take(&self, written: &Path) -> Result<String> {
        let hash = sound::hash(written).map_err(|e| Error::unreadable(written, &e))?;
        let hash = hash.to_hex().to_string();
        if self.has(&hash) {
            return Ok(hash);
        }
        let path = self.path(&hash);
        if path.is_dir() {
            return Err(Error::bad_input(
                DAMAGED,
                format!("a folder lies in the place of a file: {}", path.display()),
            )
            .hint("move it away and run the command again"));
        }
        let parent = parent_of(&path);
        fs::create_dir_all(parent).map_err(|e| Error::io("make folder", parent, &e))?;
        fs::rename(written, &path).map_err(|e| Error::io("rename into place", &path, &e))?;
        sync_folder(parent)?;
        Ok(hash)
    }

    /// Whether a blob lies in its place, with the bytes of its name.
    fn has(&self, hash: &str) -> bool {
        sound::hash(&self.path(hash)).is_ok_and(|found| *found.to_hex() == *hash)
    }

    /// Makes bytes a blob. Returns their hash. Bytes that lie there already are not written again.
    pub(crate) fn put(&self, bytes: &[u8]) -> Result<String> {
        use std::io::Write;
        let hash = blake3::hash(bytes).to_hex().to_string();
        if self.has(&hash) {
            return Ok(hash);
        }
        let drafts = self.drafts()?;
        let draft = drafts.file("blob");
        let mut file = fs::File::create(&draft).map_err(|e| Error::io("create", &draft, &e))?;
        file.write_all(bytes)
            .and_then(|()| file.sync_all())
            .map_err(|e| Error::io("write", &draft, &e))?;
        self.take(&draft)
    }

    /// Compares a blob with its hash; `whose` says what it is of, for messages.
    ///
    /// # Errors
    /// `blob/damaged`, `blob/gone`, or the system does not give its bytes.
    pub(crate) fn check(&self, hash: &str, whose: &str) -> Result<()> {
        let path = self.path(hash);
        sound::check(&path, hash, || whose.to_owned()).map_err(|error| self.unsound(&error, whose))
    }

    /// Reads a blob with `read`, and makes sure before and after that it has the bytes of its name.
    ///
    /// # Errors
    /// Those of [`Blobs::check`] and of `read`.
    pub(crate) fn reading<T, E: Into<Error>>(
        &self,
        hash: &str,
        whose: &str,
        read: impl FnOnce(&Path) -> std::result::Result<T, E>,
    ) -> Result<T> {
        self.check(hash, whose)?;
        let read = read(&self.path(hash));
        self.check(hash, whose)?;
        read.map_err(Into::into)
    }

    fn unsound(&self, error: &Unsound, whose: &str) -> Error {
        let message = match error {
            Unsound::Unreadable { .. } => format!("{}, which {whose} stored", with_causes(error)),
            Unsound::Changed { .. } | Unsound::Gone { .. } => with_causes(error),
        };
        match error {
            Unsound::Gone { .. } => Error::bad_input(GONE, message).hint(format!(
                "another machine that writes to these books may have stored it: bring its files of {} over, or restore them from a backup",
                self.folder.display()
            )),
            Unsound::Unreadable { source, .. } if !is_no_file(source) => {
                Error::unavailable(UNREADABLE, message)
            }
            Unsound::Unreadable { .. } | Unsound::Changed { .. } => Error::bad_input(DAMAGED, message)
                .hint("it is never changed after it was stored: restore it from a backup; `permille verify` lists all that is damaged"),
        }
    }
}

/// Whether what lies there is another thing than a file.
fn is_no_file(error: &std::io::Error) -> bool {
    let kinds = [std::io::ErrorKind::InvalidData, std::io::ErrorKind::NotADirectory];
    kinds.contains(&error.kind())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_bytes_are_kept_once_and_mend_what_is_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::new(folder.path().join("blobs"));
        let hash = blobs.put(b"lines").unwrap();
        assert_eq!(hash, blake3::hash(b"lines").to_hex().to_string());
        let read = || {
            blobs.reading(&hash, "run 1", |path| {
                fs::read(path).map_err(|e| Error::unreadable(path, &e))
            })
        };
        assert_eq!(read().unwrap(), b"lines");
        let path = blobs.path(&hash);
        fs::write(&path, "other").unwrap();
        let error = read().unwrap_err();
        assert_eq!(error.code, DAMAGED);
        assert!(error.message.contains("run 1"), "{}", error.message);
        assert_eq!(blobs.put(b"lines").unwrap(), hash);
        assert_eq!(read().unwrap(), b"lines");
        fs::remove_file(&path).unwrap();
        assert_eq!(read().unwrap_err().code, GONE);
        // What is no file is told, read or written.
        fs::create_dir(&path).unwrap();
        assert_eq!(read().unwrap_err().code, DAMAGED);
        assert_eq!(blobs.put(b"lines").unwrap_err().code, DAMAGED);
        assert_eq!(fs::read_dir(folder.path().join("blobs")).unwrap().count(), 1);
    }

    #[test]
    fn drafts_of_a_dead_process_are_swept_and_those_in_use_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::new(folder.path().to_owned());
        let (used, left) = (blobs.drafts().unwrap(), folder.path().join("drafts-1-0"));
        fs::create_dir(&left).unwrap();
        let fresh = folder.path().join("drafts-2-0");
        fs::create_dir(&fresh).unwrap();
        for old in [&used.folder, &left] {
            let before = std::time::SystemTime::now() - 2 * LEFT_AFTER;
            fs::File::open(old).unwrap().set_modified(before).unwrap();
        }
        blobs.put(b"x").unwrap();
        assert!(used.folder.exists() && fresh.exists() && !left.exists());
    }
}
