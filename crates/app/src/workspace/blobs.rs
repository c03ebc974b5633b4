//! Blobs: files that are named by the BLAKE3 of their bytes, written once and never changed.
//!
//! ```text
//! blobs/ab/abc123...   the bytes whose hash that is
//! ```
//!
//! A blob means nothing by itself: the books name it, in the transaction by which what it holds comes to be. Who is stopped between the two
//! has left bytes that nobody asks for. Whoever reads one gets the bytes that the books name or an error: they are compared before and
//! after. Blobs that got lost or damaged are put back by putting the same bytes again.

use crate::base::error::{Cause, Error, Result, with_causes};
use crate::workspace::files::{parent_of, sync_folder};
use crate::workspace::held::{self, HeldFolder};
use lake::sound::{self, Unsound};
use std::fs;
use std::path::{Path, PathBuf};

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
    /// Where new ones go: into the same folder, but in a dry run.
    new_ones: PathBuf,
}

/// How the folders of drafts begin.
const DRAFTS: &str = "drafts-";

impl Blobs {
    /// Those in a folder. It is made by the first blob.
    pub(crate) fn new(folder: PathBuf) -> Blobs {
        Blobs {
            new_ones: folder.clone(),
            folder,
        }
    }

    /// The same, with another folder for new ones.
    pub(crate) fn adding_to(self, new_ones: PathBuf) -> Blobs {
        Blobs { new_ones, ..self }
    }

    /// Where they lie.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether a folder among them is one of drafts.
    pub(crate) fn is_draft(folder: &Path) -> bool {
        held::is_named(folder, DRAFTS)
    }

    /// Where a blob is kept.
    pub(crate) fn place(&self, hash: &str) -> PathBuf {
        within(&self.folder, hash)
    }

    /// Where a blob lies now, or would.
    pub fn path(&self, hash: &str) -> PathBuf {
        let new = within(&self.new_ones, hash);
        match new.exists() {
            true => new,
            false => within(&self.folder, hash),
        }
    }

    /// A folder for files that become blobs. What dead processes have left of theirs is removed.
    pub(crate) fn drafts(&self) -> Result<HeldFolder> {
        HeldFolder::make(&self.new_ones, DRAFTS)
    }

    /// Makes a file that was written whole, and synced, a blob. Returns its hash. The same bytes are kept once; what lies in their place and
    /// is something else is replaced.
    pub(crate) fn take(&self, written: &Path) -> Result<String> {
        let hash = sound::hash(written).map_err(|e| Error::unreadable(written, &e))?;
        let hash = hash.to_hex().to_string();
        if self.has(&hash) {
            return Ok(hash);
        }
        let path = within(&self.new_ones, &hash);
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
                Error::unavailable("io/read", message).because(Cause::File)
            }
            Unsound::Unreadable { .. } | Unsound::Changed { .. } => Error::bad_input(DAMAGED, message)
                .hint("it is never changed after it was stored: restore it from a backup; `permille verify` lists all that is damaged"),
        }
    }
}

/// The place of a blob in a folder.
fn within(folder: &Path, hash: &str) -> PathBuf {
    let first: String = hash.chars().take(FOLDER_DIGITS).collect();
    folder.join(first).join(hash)
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
}
