//! Which books belong to which workspace: each names the other, so that one platform's money never stands in two places, and
//! two platforms' money never in one.
//!
//! They are bound by the first command that writes to the books. The workspace keeps an id and the place of its books in
//! `books.json` of its data folder; the books keep the same id as a record. Books may move: the id goes with them.

use crate::base::error::{Cause, Error, Result};
use crate::base::progress::Context;
use crate::workspace::books::{Books, OwnBooks};
use crate::workspace::files::write_atomically;
use crate::workspace::noted::{Note, Seen};
use crate::workspace::{Workspace, commits, records};
use lake::unique;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use store::{Connections, Recorded, Store, Tx};

const KIND: &str = "workspace";
const ID: &str = "books";

/// What a workspace knows of its books.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Own {
    id: String,
    /// Where they were when they were bound.
    place: String,
    /// False while the books may not have heard of it.
    bound: bool,
}

/// What books know of their workspace.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Theirs {
    id: String,
    /// Its folder when they were bound.
    folder: String,
    /// Whether it was made for tests.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    test: bool,
}

/// Refuses books of another workspace, and other books than the workspace's own.
fn check(workspace: &Workspace, books: &Connections) -> Result<()> {
    let place = place(books);
    let theirs = books.read(theirs)?;
    state(workspace, &place, own(workspace)?, theirs).map(|_| ())
}

/// Binds books that have no workspace yet to a workspace that has no books yet.
fn bind(workspace: &Workspace, books: &Connections, context: &Context<'_>) -> Result<()> {
    let place = place(books);
    let theirs_now = books.read(theirs)?;
    if state(workspace, &place, own(workspace)?, theirs_now)? == State::Bound {
        return Ok(());
    }
    // As the only writer of the books: of two first commands one binds, and the other finds it done.
    let own = books.write(context.by(), context.recorded, |tx| {
        let theirs = theirs(tx)?;
        let known = own(workspace)?;
        let id = known.as_ref().map_or_else(new_id, |own| own.id.clone());
        let own = Own {
            id: id.clone(),
            place: place.clone(),
            bound: false,
        };
        if state(workspace, &place, known, theirs)? == State::Unbound {
            write(workspace, &own)?;
            let folder = std::path::absolute(workspace.folder());
            let folder = folder.unwrap_or_else(|_| workspace.folder().to_owned());
            let theirs = Theirs {
                id,
                folder: folder.display().to_string(),
                test: workspace.is_test(),
            };
            records::put(tx, KIND, ID, 0, &theirs)?;
            commits::adopt(tx, &workspace.archive_root())?;
        }
        Ok::<_, Error>(own)
    })?;
    Note::begin(&workspace.books_note())?;
    write(workspace, &Own { bound: true, ..own })
}

impl Workspace {
    /// Opens the books to read them, making them if they are not there.
    ///
    /// # Errors
    /// They cannot be opened, or are another workspace's.
    pub fn books(&self) -> Result<Books> {
        let connections = self.connections();
        check(self, &connections)?;
        Ok(Books::new(connections))
    }

    /// Opens the books to check them: what they say of their workspace may be what is wrong with them. An error beside them is such damage.
    ///
    /// # Errors
    /// Those of [`Workspace::books`] but damage.
    pub(crate) fn books_to_check(&self) -> Result<(Books, Option<Error>)> {
        let connections = self.connections();
        match check(self, &connections) {
            Err(error) if error.is_damage() => Ok((Books::new(connections), Some(error))),
            checked => checked.map(|()| (Books::new(connections), None)),
        }
    }

    /// Opens the books to write to them. From the first time on, they are this workspace's and no other's.
    ///
    /// # Errors
    /// They cannot be opened, are another workspace's, or have lost what this one has written; the clocks differ; the present that is
    /// written for has not come.
    pub fn books_to_write(&self, context: &Context<'_>) -> Result<OwnBooks> {
        context.may_write()?;
        let connections = self.connections();
        if context.recorded == Recorded::ByClock {
            connections.clocks_agree()?;
        }
        match self.is_dry_run() {
            true => check(self, &connections)?,
            false => bind(self, &connections, context)?,
        }
        OwnBooks::new(Books::new(connections), &self.seen()?, self.is_dry_run())
    }

    /// Opens the books if there are any: a file that is not there is not made.
    ///
    /// # Errors
    /// They cannot be opened, are another workspace's, or are gone.
    pub fn books_if_any(&self) -> Result<Option<Books>> {
        let url = self.books_url();
        if file_of(&url).is_some_and(|file| !file.exists()) {
            must_be_unbound(self, &url)?;
            return Ok(None);
        }
        self.books().map(Some)
    }

    /// Reads the books; where they were never begun there is nothing in them.
    pub(crate) fn read_if_any<T: Default>(&self, read: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        match self.books_if_any()? {
            Some(books) => books.read(read),
            None => Ok(T::default()),
        }
    }

    /// What this workspace has noted of its books.
    pub(crate) fn seen(&self) -> Result<Seen> {
        let is_bound = own(self)?.is_some_and(|own| own.bound);
        Seen::read(self.books_note(), is_bound)
    }

    fn connections(&self) -> Connections {
        let new = || {
            let url = self.books_url();
            let connections = Connections::new(&url, self.tell.clone(), self.stops);
            match (&self.dry_run, file_of(&url)) {
                (None, _) => connections,
                // A server has no copies: it forgets what was done.
                (Some(_), None) => connections.dry_run(),
                // Where there are no books yet, none are made.
                (Some(_), Some(file)) if !file.exists() => {
                    Connections::over(connections.place(), || Ok(Store::in_memory())).dry_run()
                }
                (Some(folder), Some(_)) => copied(connections, folder.file("books.sqlite")),
            }
        };
        self.connections.get_or_init(new).clone()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Unbound,
    /// The books know; the workspace may not be sure of it yet.
    HalfBound,
    Bound,
}

/// The same books as a copy, made when they are used first: nobody waits for who works on it.
fn copied(books: Connections, copy: PathBuf) -> Connections {
    let place = books.place().to_owned();
    let made = Mutex::new(false);
    let open = move || {
        let mut made = made.lock().unwrap_or_else(PoisonError::into_inner);
        if !*made {
            books.back_up(&copy)?;
            *made = true;
        }
        Store::open(&format!("sqlite:{}", copy.display()))
    };
    Connections::over(&place, open)
}

/// The file that books are in; none: they are a server's.
fn file_of(url: &str) -> Option<&Path> {
    (!url.contains("://")).then(|| Path::new(url.strip_prefix("sqlite:").unwrap_or(url)))
}

/// Refuses to go on without books in a workspace that has some: they are elsewhere, or gone.
fn must_be_unbound(workspace: &Workspace, url: &str) -> Result<()> {
    let path = url.strip_prefix("sqlite:").unwrap_or(url);
    let place = std::path::absolute(path).map_or_else(|_| path.to_owned(), |path| path.display().to_string());
    state(workspace, &place, own(workspace)?, None).map(|_| ())
}

fn state(workspace: &Workspace, place: &str, own: Option<Own>, theirs: Option<Theirs>) -> Result<State> {
    match (own, theirs) {
        (None, None) | (Some(Own { bound: false, .. }), None) => Ok(State::Unbound),
        (Some(own), Some(theirs)) if own.id == theirs.id => match (theirs.test == workspace.is_test(), own.bound) {
            (true, true) => Ok(State::Bound),
            (true, false) => Ok(State::HalfBound),
            (false, _) => Err(other_purpose(place, theirs.test)),
        },
        (Some(own), None) if own.place == place => Err(Error::refused(
            "store/books-gone",
            format!("the books of this workspace were in {place}, and are not there any more"),
        )
        .hint(format!(
            "restore them from a backup; or remove {} to begin new ones, which know nothing of closed periods, payees and payouts",
            workspace.binding().display()
        ))),
        (Some(own), None) => Err(Error::refused(
            "store/other-books",
            format!("the books of this workspace are in {}, and not in {place}", own.place),
        )
        .hint("say where with --store, PERMILLE_STORE or `store` in permille.toml")),
        (_, Some(theirs)) => Err(Error::refused(
            "store/other-workspace",
            format!(
                "the books in {place} belong to another workspace, made in {}",
                theirs.folder
            ),
        )
        .hint(format!(
            "use that workspace or a copy of it with its data folder ({} is a different one), or name other books with --store",
            workspace.folder().display()
        ))),
    }
}

fn other_purpose(place: &str, is_test: bool) -> Error {
    let (are, says) = match is_test {
        true => ("for tests", "no `test = true`"),
        false => ("not for tests", "`test = true`"),
    };
    Error::refused(
        "store/purpose",
        format!("the books in {place} are {are}, and permille.toml has {says}"),
    )
    .hint("what books are for is decided when they are begun: set `test` back, or make another workspace")
}

/// Where books are, so that it means the same in every folder.
fn place(books: &Connections) -> String {
    let place = books.place();
    match std::path::absolute(place) {
        Ok(path) if !place.contains("://") => path.display().to_string(),
        _ => place.to_owned(),
    }
}

/// Whether these books are some workspace's.
pub(super) fn is_begun(tx: &mut Tx<'_>) -> Result<bool> {
    Ok(theirs(tx)?.is_some())
}

fn theirs(tx: &mut Tx<'_>) -> Result<Option<Theirs>> {
    Ok(records::get::<Theirs>(tx, KIND, ID)?.map(|found| found.value))
}

fn own(workspace: &Workspace) -> Result<Option<Own>> {
    let file = workspace.binding();
    let text = match lake::sound::read(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::unreadable(&file, &error)),
    };
    serde_json::from_slice(&text).map(Some).map_err(|error| {
        Error::bad_input(
            "store/binding",
            format!("{} cannot be read: {error}", file.display()),
        )
        .hint("restore it from a backup: it says which books are this workspace's")
        .because(Cause::Books)
    })
}

fn write(workspace: &Workspace, own: &Own) -> Result<()> {
    let text = serde_json::to_string_pretty(own).map_err(|e| Error::bug("store/binding", e.to_string()))?;
    write_atomically(&workspace.binding(), format!("{text}\n").as_bytes())
}

/// An id that no other workspace has.
fn new_id() -> String {
    format!("{:016x}{:016x}", unique(), unique())
}
