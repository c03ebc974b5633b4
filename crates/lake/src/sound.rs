//! Whether stored files still have the bytes that were stored.
//!
//! A disk, a cable or a copy can change a bit, and Parquet reads most such files without a word. So before a stored file
//! decides anything its BLAKE3 is compared with the one that its commit (or its run) names, once in a process; and after it
//! was read it is looked at again, so that a change in between is no gap. It decides nothing else, and mends nothing.

use hashbrown::HashMap;
use std::fs::{File, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use thiserror::Error;

/// A stored file that cannot be trusted.
#[derive(Debug, Error)]
pub enum Unsound {
    /// Its bytes are others.
    #[error(
        "{} is damaged: its BLAKE3 is {found}, and {stored_by} names {expected}",
        path.display()
    )]
    Changed {
        /// The file.
        path: PathBuf,
        /// What names its hash, such as `commit 7`.
        stored_by: String,
        /// The hash it should have, in lower-case hex.
        expected: String,
        /// The hash it has.
        found: String,
    },
    /// It is not there.
    #[error("{}, which {stored_by} stored, is gone", path.display())]
    Gone {
        /// The file.
        path: PathBuf,
        /// What names it.
        stored_by: String,
    },
    /// The system does not give its bytes.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

/// What the file system says of a file: it changes whenever the bytes do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    modified: Option<SystemTime>,
    /// Inode, and the time of its last change, which no program can set.
    inode: (u64, i64, i64),
}

impl Stamp {
    fn of(metadata: &Metadata) -> Stamp {
        #[cfg(unix)]
        let inode = {
            use std::os::unix::fs::MetadataExt;
            (metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
        };
        #[cfg(not(unix))]
        let inode = (0, 0, 0);
        Stamp {
            bytes: metadata.len(),
            modified: metadata.modified().ok(),
            inode,
        }
    }

    /// Old enough that a later change must give another stamp: the clocks of file systems are coarse.
    fn is_settled(self) -> bool {
        let age = self
            .modified
            .and_then(|at| SystemTime::now().duration_since(at).ok());
        age.is_some_and(|age| age > COARSEST_CLOCK)
    }
}

/// File systems keep times to this or better.
const COARSEST_CLOCK: Duration = Duration::from_secs(2);

/// Files whose bytes were hashed in this process, with the hash that they had.
static HASHED: LazyLock<Mutex<HashMap<PathBuf, (Stamp, blake3::Hash)>>> = LazyLock::new(Mutex::default);

/// Compares a file with the hash it was stored with. A file that was compared before, and has not changed since, is not
/// read again.
///
/// # Errors
/// [`Unsound`].
pub fn check(path: &Path, expected: &str, stored_by: impl FnOnce() -> String) -> Result<(), Unsound> {
    let found = hash(path).map_err(|source| (source.kind() == std::io::ErrorKind::NotFound, source));
    let path = || path.to_path_buf();
    match found {
        Ok(found) if *found.to_hex() == *expected => Ok(()),
        Ok(found) => Err(Unsound::Changed {
            path: path(),
            stored_by: stored_by(),
            expected: expected.to_owned(),
            found: found.to_hex().to_string(),
        }),
        Err((true, _)) => Err(Unsound::Gone {
            path: path(),
            stored_by: stored_by(),
        }),
        Err((false, source)) => Err(Unsound::Unreadable { path: path(), source }),
    }
}

/// Opens an ordinary file. A folder cannot be read, and opening a pipe waits for ever.
///
/// # Errors
/// `InvalidData` for anything else; what the system said.
pub fn open(path: &Path) -> std::io::Result<File> {
    let what = std::fs::metadata(path)?;
    if !what.is_file() {
        let what = if what.is_dir() {
            "a folder"
        } else {
            "no ordinary file"
        };
        return Err(std::io::Error::new(
            std::io::ErrorKind::InvalidData,
            format!("it is {what}"),
        ));
    }
    File::open(path)
}

/// Reads an ordinary file.
///
/// # Errors
/// Those of [`open`].
pub fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads an ordinary file as text.
///
/// # Errors
/// Those of [`open`]; `InvalidData` for what is no UTF-8.
pub fn read_to_string(path: &Path) -> std::io::Result<String> {
    String::from_utf8(read(path)?).map_err(|e| std::io::Error::new(std::io::ErrorKind::InvalidData, e))
}

/// Reads an ordinary file that somebody named as text, of so many bytes at most: whatever it is, it ends.
///
/// # Errors
/// Those of [`open`]; `InvalidData` for what is larger, or no UTF-8.
pub fn text_at_most(path: &Path, most: u64) -> std::io::Result<String> {
    let bytes = read_at_most(path, most)?;
    String::from_utf8(bytes).map_err(|e| std::io::Error::new(std::io::ErrorKind::InvalidData, e))
}

/// Reads an ordinary file that somebody named, of so many bytes at most.
///
/// # Errors
/// Those of [`open`]; `InvalidData` for what is larger.
pub fn read_at_most(path: &Path, most: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > most {
        true => Err(std::io::Error::new(
            std::io::ErrorKind::InvalidData,
            format!("it is larger than {most} bytes"),
        )),
        false => Ok(bytes),
    }
}

/// The BLAKE3 of a file. One that was hashed before, and has not changed since, is not read again.
///
/// # Errors
/// What the system said.
pub fn hash(path: &Path) -> std::io::Result<blake3::Hash> {
    let file = open(path)?;
    let stamp = Stamp::of(&file.metadata()?);
    let known = || HASHED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((before, hash)) = known().get(path)
        && *before == stamp
    {
        return Ok(*hash);
    }
    let hash = blake3::Hasher::new().update_reader(file)?.finalize();
    if stamp.is_settled() {
        known().insert(path.to_path_buf(), (stamp, hash));
    }
    Ok(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_file_is_hashed_once_and_again_when_it_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        std::fs::write(&path, "stored").unwrap();
        let hash = blake3::hash(b"stored").to_hex().to_string();
        let stored_by = || "commit 7".to_owned();
        let old = SystemTime::now() - Duration::from_secs(60);
        let set = |time| {
            File::options()
                .write(true)
                .open(&path)
                .unwrap()
                .set_modified(time)
        };
        set(old).unwrap();
        assert!(check(&path, &hash, stored_by).is_ok());
        assert!(HASHED.lock().unwrap().contains_key(&path));
        std::fs::write(&path, "sTored").unwrap();
        set(old).unwrap();
        assert!(check(&path, &hash, stored_by).is_err() || cfg!(not(unix)));
    }
}
