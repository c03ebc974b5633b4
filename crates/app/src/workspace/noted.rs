//! What the books ended with when a workspace wrote to them last, as it notes it in its folder: books that are shorter later, or others,
//! were cut or put back.

use super::files::write_atomically;
use crate::base::error::{Cause, Error, Result};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use store::{ChangeHead, Checked, Tx};

/// What the books ended with when this workspace wrote to them last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Note {
    /// How many changes there were.
    changes: u64,
    /// The last link, in hexadecimal digits.
    link: String,
}

/// What the note says where whatever stands in the books is taken as it is.
const ANYTHING: &str = r#"{"changes":0,"link":""}"#;

impl Note {
    /// Of books that end with a change.
    pub(super) fn of(head: &ChangeHead) -> Note {
        Note {
            changes: head.number,
            link: hex(&head.link),
        }
    }

    /// Writes it where another one stands.
    pub(super) fn keep(&self, file: &Path) -> Result<()> {
        match read(file)?.as_ref() == Some(self) {
            true => Ok(()),
            false => self.write(file),
        }
    }

    /// One by which books are taken as they are, where there is none.
    pub(super) fn begin(file: &Path) -> Result<()> {
        match read(file)? {
            Some(_) => Ok(()),
            None => Note::default().write(file),
        }
    }

    /// Writes it; the default one takes books as they are.
    pub(super) fn write(&self, file: &Path) -> Result<()> {
        let text = serde_json::to_string(self).map_err(|e| Error::bug("store/note", e.to_string()))?;
        write_atomically(file, format!("{text}\n").as_bytes())
    }
}

/// What this workspace knows of its books. Read before the books are: what another process writes in between is in the books then, and
/// not yet expected.
#[derive(Debug)]
pub(crate) struct Seen {
    file: PathBuf,
    note: Option<Note>,
    /// Whether there must be a note: it is made before they are bound.
    is_bound: bool,
}

impl Seen {
    /// What the note in a file says.
    pub(super) fn read(file: PathBuf, is_bound: bool) -> Result<Seen> {
        Ok(Seen {
            note: read(&file)?,
            file,
            is_bound,
        })
    }

    /// Where it is noted.
    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// Refuses books in a place that have lost something of it.
    pub(super) fn must_be_in(&self, place: &str, tx: &mut Tx<'_>) -> Result<()> {
        let Some(lost) = self.lost(tx)? else {
            return Ok(());
        };
        Err(Error::refused("store/books-cut", format!("{place}: {lost}")).hint(format!(
            "restore the newest backup of the books; if these are the newest there are, write {ANYTHING} into {} to go on with them: payments that were made since are then unknown to them, and would be made again",
            self.file.display()
        )))
    }

    /// Adds to the findings what the books have lost of it.
    pub(crate) fn check(&self, tx: &mut Tx<'_>, checked: &mut Checked) -> Result<()> {
        if let Some(lost) = self.lost(tx)? {
            checked.find(self.file.display().to_string(), lost);
        }
        Ok(())
    }

    /// What the books have lost; none: nothing.
    fn lost(&self, tx: &mut Tx<'_>) -> Result<Option<String>> {
        let Some(note) = &self.note else {
            let gone = || "the workspace's note of what it has written to them is gone".to_owned();
            return Ok(self.is_bound.then(gone));
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
}

fn read(file: &Path) -> Result<Option<Note>> {
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
        .because(Cause::Books)
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
