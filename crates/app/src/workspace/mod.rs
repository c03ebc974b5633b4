//! A workspace: the folder in which one platform's archive, programs, lists and runs live.
//!
//! ```text
//! permille.toml            configuration (marks the workspace)
//! .permille/               the data folder named in it
//!   archive/               events: see `lake::archive`
//!   blobs/                 files of runs, and lists that they were made with: see `blobs`
//!   books.json             which books are this workspace's: see `binding`
//!   books-head.json        what the books ended with when this workspace wrote to them last
//!   books.sqlite           the books, unless the configuration names another store: see crate `store`
//! ```

pub mod actors;
pub mod backup;
pub(crate) mod binding;
pub mod blobs;
pub mod books;
pub(crate) mod commits;
pub mod files;
pub(crate) mod held;
pub(crate) mod noted;
pub(crate) mod records;

use crate::base::config::{self, Config};
use crate::base::error::{Cause, Error, Result};
use crate::base::failure::archive_error;
use blobs::Blobs;
use files::write_atomically;
use held::HeldFolder;
use lake::archive::Archive;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use store::{Connections, Tell};

/// Name of the file that marks a workspace.
pub const CONFIG_FILE: &str = "permille.toml";

/// The largest configuration, in bytes.
const MAX_CONFIG: u64 = 16 << 20;

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
    /// Connections to its books.
    connections: OnceLock<Connections>,
    /// Where files of a dry run go; none: it is none.
    dry_run: Option<HeldFolder>,
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
            .hint(format!("`permille init {}` makes one", folder.display()))
            .because(Cause::Absent),
            _ => Error::unreadable(&file, &source),
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
            connections: OnceLock::new(),
            dry_run: None,
        })
    }

    /// The same workspace for a dry run: commands decide and answer as they would, what one has done the next one sees, and with this
    /// value all of it is forgotten. Books on a server nobody else writes to from its first write on.
    ///
    /// # Errors
    /// There is no place for temporary files.
    pub fn for_dry_run(mut self) -> Result<Workspace> {
        self.dry_run = Some(HeldFolder::make(&self.scratch(), "dry-run-")?);
        self.connections = OnceLock::new();
        Ok(self)
    }

    /// Whether nothing is kept.
    pub fn is_dry_run(&self) -> bool {
        self.dry_run.is_some()
    }

    /// The same workspace with its books in another store.
    #[must_use]
    pub fn with_store(mut self, url: Option<String>) -> Workspace {
        self.store = url.or(self.store);
        self.connections = OnceLock::new();
        self
    }

    /// The same workspace with its books behind these connections: for simulation. It is named by a URL, `memory://…`.
    #[must_use]
    pub fn over(mut self, connections: Connections) -> Workspace {
        self.store = Some(connections.place().to_owned());
        self.connections = OnceLock::from(connections);
        self
    }

    /// Where the books are.
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
            .hint("`permille init` makes a workspace here, or name one with --workspace DIR")
            .because(Cause::Absent)),
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
        self.connections = OnceLock::new();
        self
    }

    /// The folder with `permille.toml`.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Files that are named by their content.
    pub fn blobs(&self) -> Blobs {
        let blobs = Blobs::new(self.data.join("blobs"));
        match &self.dry_run {
            Some(folder) => blobs.adding_to(folder.file("blobs")),
            None => blobs,
        }
    }

    /// The file that says which books are this workspace's.
    pub(crate) fn binding(&self) -> PathBuf {
        self.data.join("books.json")
    }

    /// The file that says what the books ended with when this workspace wrote to them last.
    pub(crate) fn books_note(&self) -> PathBuf {
        self.data.join("books-head.json")
    }

    /// Where temporary files go.
    pub fn scratch(&self) -> PathBuf {
        self.data.join("scratch")
    }

    /// Where the archive lies.
    pub fn archive_root(&self) -> PathBuf {
        self.data.join("archive")
    }

    /// Where an import writes: in a dry run a copy, which shares the files.
    pub(crate) fn archive_to_write(&self) -> Result<PathBuf> {
        let root = self.archive_root();
        let Some(folder) = &self.dry_run else {
            return Ok(root);
        };
        let copy = folder.file("archive");
        if !copy.exists() {
            lake::archive::share(&root, &copy).map_err(archive_error)?;
        }
        Ok(copy)
    }

    /// Opens the archive as it is now: the commits that the books have. Before there are books, those whose manifests lie there.
    pub fn archive(&self) -> Result<Archive> {
        let root = self.archive_root();
        let commits = match self.books_if_any()? {
            Some(books) => books.read(|tx| match binding::is_begun(tx)? {
                true => commits::all(tx).map(Some),
                false => Ok(None),
            })?,
            None => None,
        };
        match commits {
            Some(commits) => Archive::of(&root, commits),
            None => Archive::open(&root),
        }
        .map_err(archive_error)
    }
}
