//! Which books belong to which workspace: each names the other, so that one platform's money never stands in two places, and
//! two platforms' money never in one.
//!
//! They are bound by the first command that writes to the books. The workspace keeps an id and the place of its books in
//! `books.json` of its data folder; the books keep the same id as a record. Books may move: the id goes with them.

use crate::base::error::{Error, Result};
use crate::base::progress::Context;
use crate::workspace::files::{unique, write_among_others};
use crate::workspace::{Workspace, commits, records};
use serde::{Deserialize, Serialize};
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use store::{Checked, Recorded, Store, Tx};

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
pub(crate) fn check(workspace: &Workspace, store: &mut Store) -> Result<()> {
    let place = place(store);
    let theirs = store.read(theirs)?;
    state(workspace, &place, own(workspace)?, theirs).map(|_| ())
}

/// Binds books that have no workspace yet to a workspace that has no books yet.
pub(crate) fn bind(workspace: &Workspace, store: &mut Store, context: &Context<'_>) -> Result<()> {
    let place = place(store);
    let theirs_now = store.read(theirs)?;
    if state(workspace, &place, own(workspace)?, theirs_now)? == State::Bound {
        return Ok(());
    }
    // As the only writer of the books: of two first commands one binds, and the other finds it done.
    let own = store.write(context.by(), context.recorded, |tx| {
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
    let note = workspace.books_note();
    if read_note(&note)?.is_none() {
        Note::default().write(&note)?;
    }
    write(workspace, &Own { bound: true, ..own })
}

impl Workspace {
    /// Opens the books to read them, making them if they are not there.
    pub fn books(&self) -> Result<Store> {
        let mut store = self.open_books()?;
        check(self, &mut store)?;
        Ok(store)
    }

    /// Opens the books to write to them. From the first time on, they are this workspace's and no other's.
    pub fn books_to_write(&self, context: &Context<'_>) -> Result<OwnBooks> {
        context.may_write()?;
        let mut store = self.open_books()?;
        if context.recorded == Recorded::ByClock {
            store.clocks_agree()?;
        }
        bind(self, &mut store, context)?;
        OwnBooks::new(self, store)
    }

    /// Opens the books if there are any: a file that is not there is not made.
    pub fn books_if_any(&self) -> Result<Option<Store>> {
        let url = self.books_url();
        if !url.contains("://") && !Path::new(url.strip_prefix("sqlite:").unwrap_or(&url)).exists() {
            must_be_unbound(self, &url)?;
            return Ok(None);
        }
        self.books().map(Some)
    }

    /// Reads the books; where they were never begun there is nothing in them.
    pub(crate) fn read_if_any<T: Default>(&self, read: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        match self.books_if_any()? {
            Some(mut books) => books.read(read),
            None => Ok(T::default()),
        }
    }

    fn open_books(&self) -> Result<Store> {
        let store = Store::open_waiting(&self.books_url(), self.tell.clone(), self.stops);
        store.map_err(Error::from)
    }
}

/// Books that a command writes to. What they end with afterwards is noted in the workspace: books that are shorter later, or
/// others, were cut or put back, and are written to no more.
#[derive(Debug)]
pub struct OwnBooks {
    store: Store,
    note: PathBuf,
}

/// What the books ended with when this workspace wrote to them last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    /// How many changes there were.
    changes: u64,
    /// The last link, in hexadecimal digits.
    link: String,
}

/// What the note says where whatever stands in the books is taken as it is.
const ANYTHING: &str = r#"{"changes":0,"link":""}"#;

impl Note {
    fn write(&self, file: &Path) -> Result<()> {
        let text = serde_json::to_string(self).map_err(|e| Error::bug("store/note", e.to_string()))?;
        write_among_others(file, format!("{text}\n").as_bytes())
    }
}

/// Writes a note by which books are taken as they are.
pub(super) fn expect_nothing(file: &Path) -> Result<()> {
    Note::default().write(file)
}

impl OwnBooks {
    /// Books that are bound to the workspace. Refused when they have lost what this workspace has written.
    pub(crate) fn new(workspace: &Workspace, mut store: Store) -> Result<OwnBooks> {
        let seen = Seen::read(workspace)?;
        if let Some(lost) = store.read(|tx| lost(&seen, tx))? {
            return Err(Error::refused("store/books-cut", format!("{}: {lost}", store.place())).hint(format!(
                "restore the newest backup of the books; if these are the newest there are, write {ANYTHING} into {} to go on with them: payments that were made since are then unknown to them, and would be made again",
                workspace.books_note().display()
            )));
        }
        Ok(OwnBooks {
            store,
            note: workspace.books_note(),
        })
    }

    fn write_note(&mut self) -> Result<()> {
        let head = self.store.read::<_, Error>(|tx| Ok(tx.head()?.change))?;
        let note = Note {
            changes: head.number,
            link: hex(&head.link),
        };
        if read_note(&self.note)?.as_ref() == Some(&note) {
            return Ok(());
        }
        note.write(&self.note)
    }
}

impl Deref for OwnBooks {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

impl DerefMut for OwnBooks {
    fn deref_mut(&mut self) -> &mut Store {
        &mut self.store
    }
}

impl Drop for OwnBooks {
    fn drop(&mut self) {
        // An older note is true as well: it says less. What was done is done, whether or not it can be noted.
        let _ = self.write_note();
    }
}

/// What this workspace knows of its books. Read before the books are: what another process writes in between is in the books then, and
/// not yet expected.
#[derive(Debug)]
pub(crate) struct Seen {
    note: Option<Note>,
    /// Whether there must be one: it is made before they are bound.
    is_bound: bool,
}

impl Seen {
    pub(crate) fn read(workspace: &Workspace) -> Result<Seen> {
        let is_bound = own(workspace)?.is_some_and(|own| own.bound);
        let note = read_note(&workspace.books_note())?;
        Ok(Seen { note, is_bound })
    }
}

/// What the books have lost of what this workspace has written to them; none: nothing.
fn lost(Seen { note, is_bound }: &Seen, tx: &mut Tx<'_>) -> Result<Option<String>> {
    let Some(note) = note else {
        let gone = || "the workspace's note of what it has written to them is gone".to_owned();
        return Ok(is_bound.then(gone));
    };
    let last = tx.head()?.change.number;
    if last < note.changes {
        return Ok(Some(format!(
            "this workspace has seen {} changes in the books, and they end with {last}",
            note.changes
        )));
    }
    let link = tx.change(note.changes)?.map(|change| hex(&change.link));
    Ok((note.changes > 0 && link.as_ref() != Some(&note.link)).then(|| {
        format!(
            "change {} in the books is not the one that this workspace has seen there",
            note.changes
        )
    }))
}

/// Adds to the findings what the books have lost of what this workspace has written to them.
pub(crate) fn check_head(
    workspace: &Workspace,
    seen: &Seen,
    tx: &mut Tx<'_>,
    checked: &mut Checked,
) -> Result<()> {
    if let Some(lost) = lost(seen, tx)? {
        checked.find(workspace.books_note().display().to_string(), lost);
    }
    Ok(())
}

fn read_note(file: &Path) -> Result<Option<Note>> {
    let text = match lake::sound::read(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::unreadable(file, &error)),
    };
    serde_json::from_slice(&text).map(Some).map_err(|error| {
        Error::bad_input(
            "store/note",
            format!("{} cannot be read: {error}", file.display()),
        )
        .hint("restore it from a backup: it says what this workspace wrote to its books last")
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Unbound,
    /// The books know; the workspace may not be sure of it yet.
    HalfBound,
    Bound,
}

/// Refuses to go on without books in a workspace that has some: they are elsewhere, or gone.
pub(crate) fn must_be_unbound(workspace: &Workspace, url: &str) -> Result<()> {
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
fn place(store: &Store) -> String {
    let place = store.place();
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
    })
}

fn write(workspace: &Workspace, own: &Own) -> Result<()> {
    let text = serde_json::to_string_pretty(own).map_err(|e| Error::bug("store/binding", e.to_string()))?;
    write_among_others(&workspace.binding(), format!("{text}\n").as_bytes())
}

/// An id that no other workspace has.
fn new_id() -> String {
    format!("{:016x}{:016x}", unique(), unique())
}
