//! A workspace's books, as use cases read and write them. Threads that have one workspace read at once, and write one after the other,
//! over connections that stay open.

use super::noted::{Note, Seen};
use crate::base::error::{Error, Result};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use store::{By, Connections, Recorded, StoreError, Tx};

/// Books to read.
#[derive(Clone, Debug)]
pub struct Books {
    connections: Connections,
}

/// Books that a command writes to. What they end with afterwards is noted in the workspace: books that are shorter later, or
/// others, were cut or put back, and are written to no more.
#[derive(Debug)]
pub struct OwnBooks {
    books: Books,
    /// Where it is noted; none: nothing of it is kept.
    note: Option<PathBuf>,
}

impl Books {
    pub(super) fn new(connections: Connections) -> Books {
        Books { connections }
    }

    /// Runs a closure over one state of the books. It changes nothing.
    ///
    /// # Errors
    /// Those of the closure, and of a store that cannot be read.
    pub fn read<T, E: From<StoreError>>(
        &self,
        run: impl FnOnce(&mut Tx<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        self.connections.read(run)
    }

    /// Where they are, for people.
    pub fn place(&self) -> &str {
        self.connections.place()
    }

    /// Writes the books as they are at this moment into a new file. False: they are a server's, which has means of its own for that.
    pub(super) fn back_up(&self, to: &Path) -> Result<bool> {
        Ok(self.connections.back_up(to)?)
    }
}

impl OwnBooks {
    /// Books that are bound to the workspace. Refused when they have lost what this workspace has written.
    pub(super) fn new(books: Books, seen: &Seen, is_dry_run: bool) -> Result<OwnBooks> {
        books.read(|tx| seen.must_be_in(books.place(), tx))?;
        let note = (!is_dry_run).then(|| seen.file().to_owned());
        Ok(OwnBooks { books, note })
    }

    /// Runs a closure as the only writer of the books. What it did is kept if it returns `Ok`, as one change, and forgotten otherwise.
    ///
    /// # Errors
    /// Those of the closure, and of a store that cannot be written, or whose turn does not come in time.
    pub fn write<T, E: From<StoreError>>(
        &self,
        by: By<'_>,
        recorded: Recorded,
        run: impl FnOnce(&mut Tx<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        self.connections.write(by, recorded, run)
    }

    /// Says that the last of the books was written by a clock that was wrong. False: it was not.
    pub(crate) fn mend_clock(&self, actor: &str, reason: &str) -> Result<bool> {
        Ok(self.connections.mend_clock(actor, reason)?)
    }
}

impl Deref for OwnBooks {
    type Target = Books;

    fn deref(&self) -> &Books {
        &self.books
    }
}

impl Drop for OwnBooks {
    fn drop(&mut self) {
        let Some(note) = &self.note else { return };
        // An older note is true as well: it says less. What was done is done, whether or not it can be noted.
        let _ = self
            .read::<_, Error>(|tx| Ok(tx.head()?.change))
            .and_then(|head| Note::of(&head).keep(note));
    }
}
