//! A copy of a workspace from which it can go on: its books, and the files that they name.
//!
//! The order makes it whole while others write. First the notes of what books and archive end with: older ones say less, and nothing
//! that is not so. Then the books, by the database's own means; then the files, of which nothing is ever removed: whatever the books
//! name is there. Of the archive the commits that there are then, with what they name. The copy appears under its name when all of it
//! is there.

use crate::base::error::{Error, Result};
use crate::base::progress::Context;
use crate::workspace::blobs::Blobs;
use crate::workspace::files::{parent_of, sorted_entries, sync_folder};
use crate::workspace::noted::Note;
use crate::workspace::{CONFIG_FILE, Workspace};
use serde::Serialize;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// Where the books go that do not lie in the workspace's folder.
const BOOKS: &str = "books.sqlite";

/// What is copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Books and files.
    All,
    /// Files alone: the books are a server's, and were saved before by its means.
    Files,
}

/// What was copied.
#[derive(Debug, Serialize)]
pub struct BackedUp {
    /// Where.
    pub folder: PathBuf,
    /// The books' copy.
    pub books: Option<PathBuf>,
    /// How many files.
    pub files: u64,
    /// How many bytes.
    pub bytes: u64,
}

/// Copies a workspace into a folder that is not there yet. Errors: the books are a server's and were not said to be saved; the
/// workspace's data do not lie in its folder.
pub fn back_up(workspace: &Workspace, to: &Path, which: Which, context: &Context<'_>) -> Result<BackedUp> {
    if to.exists() {
        return Err(
            Error::usage("backup/exists", format!("{} is there already", to.display()))
                .hint("name a folder that is not there yet: a copy is never mixed with another one"),
        );
    }
    must_lie_within(workspace)?;
    let unfinished = Unfinished(with_more(to, ".unfinished"));
    let mut copy = Copy {
        from: workspace.folder(),
        to: &unfinished.0,
        files: 0,
        bytes: 0,
        context,
    };
    make_folder(copy.to)?;
    copy.file_if_any(own(workspace, &workspace.binding()))?;
    let books = match which {
        Which::All => {
            copy.file_if_any(own(workspace, &workspace.books_note()))?;
            copy.books(workspace)?
        }
        // What is noted of books that were saved before may be of later than that: of those in the copy anything is taken.
        Which::Files => {
            copy.books_note(own(workspace, &workspace.books_note()))?;
            None
        }
    };
    copy.file_if_any(Path::new(CONFIG_FILE))?;
    for named in workspace.config().files() {
        copy.file_if_any(Path::new(named))?;
    }
    copy.folder(own(workspace, workspace.blobs().folder()))?;
    copy.archive(workspace)?;
    let (files, bytes) = (copy.files, copy.bytes);
    fs::rename(&unfinished.0, to).map_err(|e| Error::io("rename into place", to, &e))?;
    sync_folder(parent_of(to))?;
    Ok(BackedUp {
        books: books.map(|books| to.join(books)),
        folder: to.to_owned(),
        files,
        bytes,
    })
}

/// A path of the workspace's data within its folder.
fn own<'p>(workspace: &Workspace, path: &'p Path) -> &'p Path {
    path.strip_prefix(workspace.folder()).unwrap_or(path)
}

/// Refuses a workspace of which the data lie elsewhere.
fn must_lie_within(workspace: &Workspace) -> Result<()> {
    let data = Path::new(&workspace.config().data);
    match is_within(data) {
        true => Ok(()),
        false => Err(Error::usage(
            "backup/data-elsewhere",
            format!("the data of this workspace lie in {}, outside of its folder", data.display()),
        )
        .hint("copy the books first (`sqlite3 BOOKS \".backup COPY\"`, `pg_dump`), then the folder with its data")),
    }
}

/// Whether a path leads to no other folder than the one that it is relative to.
fn is_within(path: &Path) -> bool {
    path.components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}

/// A copy that is not whole yet. Dropped, it was for nothing.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        // In its place there is nothing left to remove.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn with_more(path: &Path, more: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(more);
    name.into()
}

fn make_folder(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).map_err(|e| Error::io("make folder", folder, &e))
}

struct Copy<'a> {
    from: &'a Path,
    to: &'a Path,
    files: u64,
    bytes: u64,
    context: &'a Context<'a>,
}

impl Copy<'_> {
    /// The books, as they are at one moment. None: there are none yet.
    fn books(&mut self, workspace: &Workspace) -> Result<Option<PathBuf>> {
        let Some(store) = workspace.books_if_any()? else {
            return Ok(None);
        };
        let stands_in = store.place();
        let own = Path::new(stands_in).strip_prefix(self.from);
        let place = own.unwrap_or(Path::new(BOOKS)).to_owned();
        let to = self.to.join(&place);
        make_folder(to.parent().unwrap_or(self.to))?;
        self.context.progress.stage("the books", None);
        if !store.back_up(&to)? {
            return Err(Error::usage(
                "backup/server",
                format!("the books are in {stands_in}, which has means of its own to save them"),
            )
            .hint("save them first (`pg_dump`), then the files: `permille backup FOLDER --files`"));
        }
        self.count(&to)?;
        Ok(Some(place))
    }

    /// Writes a note of the books that takes them as they are, where there is one.
    fn books_note(&mut self, path: &Path) -> Result<()> {
        if !self.from.join(path).is_file() {
            return Ok(());
        }
        let to = self.to.join(path);
        make_folder(to.parent().unwrap_or(self.to))?;
        Note::default().write(&to)?;
        self.count(&to)
    }

    /// Copies a file of the workspace's folder, if it is there.
    fn file_if_any(&mut self, path: &Path) -> Result<()> {
        match is_within(path) && self.from.join(path).is_file() {
            true => self.file(path),
            false => Ok(()),
        }
    }

    fn file(&mut self, path: &Path) -> Result<()> {
        self.context.check()?;
        let (from, to) = (self.from.join(path), self.to.join(path));
        make_folder(to.parent().unwrap_or(self.to))?;
        fs::copy(&from, &to).map_err(|e| Error::io("copy", &from, &e))?;
        self.count(&to)
    }

    /// Makes a copy durable, and counts it.
    fn count(&mut self, copy: &Path) -> Result<()> {
        let of = |file: fs::File| file.sync_all().and_then(|()| file.metadata());
        let metadata = fs::File::open(copy)
            .and_then(of)
            .map_err(|e| Error::io("sync", copy, &e))?;
        self.files += 1;
        self.bytes += metadata.len();
        self.context.progress.position(self.files);
        Ok(())
    }

    /// A folder with all that is in it.
    fn folder(&mut self, path: &Path) -> Result<()> {
        self.context
            .progress
            .stage(&format!("copying {}", path.display()), None);
        for entry in sorted_entries(&self.from.join(path))? {
            let path = path.join(entry.file_name().unwrap_or_default());
            match entry.is_dir() {
                // What is being written is no blob yet, and may be gone by now.
                _ if Blobs::is_draft(&entry) => {}
                true => self.folder(&path)?,
                false => self.file(&path)?,
            }
        }
        Ok(())
    }

    /// The commits of the archive, and what they name. Indexes of ids are made anew where there are none.
    fn archive(&mut self, workspace: &Workspace) -> Result<()> {
        let archive = workspace.archive()?;
        let root = own(workspace, archive.root()).to_owned();
        let commits = archive.commits();
        let files: usize = commits.iter().map(|commit| commit.files.len() + 1).sum();
        self.context
            .progress
            .stage("copying the archive", Some(self.files + files as u64));
        for commit in commits {
            self.file_if_any(own(workspace, &archive.commit_file(commit.number)))?;
            let rows = commit.quarantine.as_ref().map(|file| &file.path);
            for path in commit.files.iter().map(|file| &file.path).chain(rows) {
                self.file(&root.join(path))?;
            }
        }
        Ok(())
    }
}
