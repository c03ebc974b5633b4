//! A workspace: the folder in which one platform's archive, programs, lists and runs live.
//!
//! ```text
//! permille.toml            configuration (marks the workspace)
//! .permille/               the data folder named in it
//!   archive/               events: see `lake::archive`
//!   programs/ID/0001-HASH.toml  applied program versions, never changed
//!   lists/HASH.csv|json    lists that runs were made with, never changed
//!   runs/ID/PERIOD/0001/   settlement runs, never changed; the one in the books counts
//!   archive-end.json       what the archive ended with: see `archive_end`
//!   books.json             which books are this workspace's: see `binding`
//!   books-head.json        what the books ended with when this workspace wrote to them last
//!   books.sqlite           the books, unless the configuration names another store: see crate `store`
//!   lock                   held by the one process that writes
//! ```

use crate::binding::{self, OwnBooks};
use crate::config::{self, Config};
use crate::error::{Error, Result};
use crate::progress::Context;
use crate::turn::patiently;
use lake::archive::Archive;
use std::fs;
use std::path::{Path, PathBuf};
use store::{Store, Tell};

/// Name of the file that marks a workspace.
pub const CONFIG_FILE: &str = "permille.toml";

/// The code of the error that another process is writing.
pub(crate) const LOCKED: &str = "workspace/locked";

/// The largest configuration, in bytes.
const MAX_CONFIG: u64 = 16 << 20;

/// How often a writer tries again that meets a reader at the lock.
const LOOKS: usize = 10_000;

/// An open workspace.
pub struct Workspace {
    folder: PathBuf,
    data: PathBuf,
    config: Config,
    /// Where the books are, if not where the configuration says.
    store: Option<String>,
    /// Who is told when a write waits for another process.
    tell: Option<Tell>,
    stops: Option<fn() -> bool>,
}

/// What a workspace is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Real money.
    Money,
    /// Tests and rehearsals: time is what it is told, and nothing leaves.
    Tests,
}

impl std::fmt::Debug for Workspace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Workspace").field(&self.folder).finish()
    }
}

/// Holds the right to write until dropped.
#[derive(Debug)]
pub struct WriteLock {
    _file: fs::File,
}

impl Workspace {
    /// Makes a workspace in a folder, or completes one that is there. Nothing that exists is changed.
    pub fn init(folder: &Path, purpose: Purpose) -> Result<Workspace> {
        fs::create_dir_all(folder).map_err(|e| Error::io("make folder", folder, &e))?;
        let file = folder.join(CONFIG_FILE);
        if !file.exists() {
            let text = match purpose {
                Purpose::Money => config::DEFAULT.to_owned(),
                Purpose::Tests => config::DEFAULT.replacen("# test = true", "test = true", 1),
            };
            write_atomically(&file, text.as_bytes())?;
        }
        let workspace = Workspace::open(folder)?;
        if purpose == Purpose::Tests && !workspace.is_test() {
            return Err(Error::refused(
                "workspace/not-for-tests",
                format!(
                    "{} is a workspace already, and not one for tests",
                    folder.display()
                ),
            )
            .hint("make one for tests in another folder"));
        }
        fs::create_dir_all(&workspace.data).map_err(|e| Error::io("make folder", &workspace.data, &e))?;
        Ok(workspace)
    }

    /// Opens the workspace of a folder that has a `permille.toml`.
    pub fn open(folder: &Path) -> Result<Workspace> {
        let file = folder.join(CONFIG_FILE);
        let text = lake::sound::text_at_most(&file, MAX_CONFIG).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => Error::usage(
                "workspace/not-found",
                format!("{} is not a workspace: it has no {CONFIG_FILE}", folder.display()),
            )
            .hint(format!("`permille init {}` makes one", folder.display())),
            _ => Error::io("read", &file, &source),
        })?;
        let config = Config::parse(&file, &text)?;
        let data = folder.join(&config.data);
        Ok(Workspace {
            folder: folder.to_owned(),
            data,
            config,
            store: None,
            tell: None,
            stops: None,
        })
    }

    /// The same workspace with its books in another store.
    #[must_use]
    pub fn with_store(mut self, url: Option<String>) -> Workspace {
        self.store = url.or(self.store);
        self
    }

    /// Opens the books to read them, making them if they are not there.
    pub fn books(&self) -> Result<Store> {
        let mut store = self.open_books()?;
        binding::check(self, &mut store)?;
        Ok(store)
    }

    /// Opens the books to write to them. From the first time on, they are this workspace's and no other's.
    pub fn books_to_write(&self, context: &Context<'_>) -> Result<OwnBooks> {
        context.may_write()?;
        let mut store = self.open_books()?;
        binding::bind(self, &mut store, context)?;
        OwnBooks::new(self, store)
    }

    /// Opens the books if there are any: a file that is not there is not made.
    pub fn books_if_any(&self) -> Result<Option<Store>> {
        let url = self.books_url();
        if !url.contains("://") && !Path::new(url.strip_prefix("sqlite:").unwrap_or(&url)).exists() {
            binding::must_be_unbound(self, &url)?;
            return Ok(None);
        }
        self.books().map(Some)
    }

    fn open_books(&self) -> Result<Store> {
        let store = Store::open_waiting(&self.books_url(), self.tell.clone(), self.stops);
        store.map_err(Error::from)
    }

    fn books_url(&self) -> String {
        match (&self.store, &self.config.store) {
            (Some(url), _) => url.clone(),
            (None, Some(url)) if url.contains("://") => url.clone(),
            (None, Some(path)) => self.folder.join(path).display().to_string(),
            (None, None) => self.data.join(config::DEFAULT_STORE).display().to_string(),
        }
    }

    /// Finds the nearest workspace at or above a folder.
    pub fn find(start: &Path) -> Result<Workspace> {
        let found = start
            .ancestors()
            .find(|folder| folder.join(CONFIG_FILE).is_file());
        match found {
            Some(folder) => Workspace::open(folder),
            None => Err(Error::usage(
                "workspace/not-found",
                format!("no {CONFIG_FILE} in {} or any folder above it", start.display()),
            )
            .hint("`permille init` makes a workspace here, or name one with --workspace DIR")),
        }
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Whether it was made for tests.
    pub fn is_test(&self) -> bool {
        self.config.test
    }

    /// The same workspace, which says so when its books are kept by another process, and waits no longer when `stops` says so.
    #[must_use]
    pub fn telling(mut self, tell: Tell, stops: fn() -> bool) -> Workspace {
        self.tell = Some(tell);
        self.stops = Some(stops);
        self
    }

    /// The folder with `permille.toml`.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where applied programs are kept.
    pub fn programs(&self) -> PathBuf {
        self.data.join("programs")
    }

    /// Where lists are kept.
    pub fn lists(&self) -> PathBuf {
        self.data.join("lists")
    }

    /// Where runs are kept.
    pub fn runs(&self) -> PathBuf {
        self.data.join("runs")
    }

    /// The file that says which books are this workspace's.
    pub(crate) fn binding(&self) -> PathBuf {
        self.data.join("books.json")
    }

    /// The file that says what the books ended with when this workspace wrote to them last.
    pub(crate) fn books_note(&self) -> PathBuf {
        self.data.join("books-head.json")
    }

    /// The file that says what the archive ended with.
    pub(crate) fn archive_note(&self) -> PathBuf {
        self.data.join("archive-end.json")
    }

    /// Where temporary files go.
    pub fn scratch(&self) -> PathBuf {
        self.data.join("scratch")
    }

    /// Where the archive lies.
    pub fn archive_root(&self) -> PathBuf {
        self.data.join("archive")
    }

    /// Opens the archive as it is now.
    pub fn archive(&self) -> Result<Archive> {
        Archive::open(&self.archive_root()).map_err(crate::failure::archive_error)
    }

    /// Takes the right to write when another process that has it is done. Errors: it takes too long.
    pub(crate) fn turn(&self, context: &Context<'_>) -> Result<WriteLock> {
        patiently(context, || self.lock())
    }

    fn lock(&self) -> Result<WriteLock> {
        fs::create_dir_all(&self.data).map_err(|e| Error::io("make folder", &self.data, &e))?;
        let path = self.data.join("lock");
        let file = fs::File::create(&path).map_err(|e| Error::io("open", &path, &e))?;
        for _ in 0..LOOKS {
            match file.try_lock() {
                Ok(()) => return Ok(WriteLock { _file: file }),
                // Who can share it stands beside a reader that looks whether anybody writes, which is over at once.
                Err(fs::TryLockError::WouldBlock) if file.try_lock_shared().is_ok() => {
                    file.unlock().map_err(|e| Error::io("unlock", &path, &e))?;
                    std::thread::yield_now();
                }
                Err(fs::TryLockError::WouldBlock) => break,
                Err(fs::TryLockError::Error(source)) => return Err(Error::io("lock", &path, &source)),
            }
        }
        Err(Error::unavailable(
            LOCKED,
            format!("another process is writing to {}", self.data.display()),
        )
        .hint("wait until it is done and run the command again; nothing was changed"))
    }

    /// Whether a process is writing at this moment. The lock of one that died is held no more.
    pub(crate) fn is_being_written(&self) -> Result<bool> {
        let path = self.data.join("lock");
        let file = match fs::File::open(&path) {
            Ok(file) => file,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(false),
            Err(e) => return Err(Error::io("open", &path, &e)),
        };
        match file.try_lock_shared() {
            Ok(()) => Ok(false),
            Err(fs::TryLockError::WouldBlock) => Ok(true),
            Err(fs::TryLockError::Error(source)) => Err(Error::io("lock", &path, &source)),
        }
    }
}

/// Writes a file so that a reader sees the old content or the new, never a part.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    Unfinished::write(path, bytes)?.put_in_place()
}

/// The same of a small file that several processes may write at once: what a killed one leaves has its number.
pub(crate) fn write_among_others(path: &Path, bytes: &[u8]) -> Result<()> {
    let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
    Unfinished::write_beside(path, temporary, bytes)?.put_in_place()
}

/// A file that is written whole and that no reader sees yet. Dropped, it was for nothing.
#[derive(Debug)]
pub(crate) struct Unfinished {
    temporary: PathBuf,
    path: PathBuf,
}

impl Unfinished {
    /// Writes it beside the place where it will be.
    pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<Unfinished> {
        Self::write_beside(path, path.with_extension("tmp"), bytes)
    }

    fn write_beside(path: &Path, temporary: PathBuf, bytes: &[u8]) -> Result<Unfinished> {
        use std::io::Write;
        must_be_replaceable(path)?;
        let parent = parent_of(path);
        fs::create_dir_all(parent).map_err(|e| Error::io("make folder", parent, &e))?;
        let unfinished = Unfinished {
            temporary,
            path: path.to_owned(),
        };
        let temporary = &unfinished.temporary;
        let mut file = fs::File::create(temporary).map_err(|e| Error::io("create", temporary, &e))?;
        file.write_all(bytes)
            .and_then(|()| file.sync_all())
            .map_err(|e| Error::io("write", temporary, &e))?;
        Ok(unfinished)
    }

    /// Lets readers see it.
    pub(crate) fn put_in_place(self) -> Result<()> {
        fs::rename(&self.temporary, &self.path)
            .map_err(|e| Error::io("rename into place", &self.path, &e))?;
        sync_folder(parent_of(&self.path))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // In its place there is nothing left to remove. A rest counts for nothing, and is overwritten.
        let _ = fs::remove_file(&self.temporary);
    }
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
