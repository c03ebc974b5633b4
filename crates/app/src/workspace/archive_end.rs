//! What the archive ended with when this workspace last wrote to it. An archive that has lost its last commits is written to and
//! settled no more: the next import would take their number, and nothing would ever miss them.
//!
//! The note lies beside the archive, in `archive-end.json`. A process that dies between a commit and its note leaves an older note,
//! which a longer archive does not contradict; it is there before the first commit is.

use crate::base::error::{Error, Result};
use crate::workspace::Workspace;
use crate::workspace::files::write_among_others;
use lake::archive::Archive;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The last commit that was there.
#[derive(Debug, Default, Serialize, Deserialize)]
struct End {
    commit: u64,
    /// Digest of what it says.
    digest: String,
}

/// What the note says where whatever stands in the archive is taken as it is.
const ANYTHING: &str = r#"{"commit":0,"digest":""}"#;

/// Digest of what a commit says; none of one that is not there.
pub(crate) fn commit_digest(archive: &Archive, number: u64) -> Option<String> {
    let commit = archive.commits().iter().find(|commit| commit.number == number)?;
    let said = serde_json::to_vec(commit).ok()?;
    Some(blake3::hash(&said).to_hex().to_string())
}

/// What the archive must have. Read before the archive is opened: a commit that another process makes in between is in the archive
/// then, and not yet expected.
#[derive(Debug)]
pub(crate) struct Expected {
    file: PathBuf,
    end: Option<End>,
}

impl Expected {
    /// Reads the note.
    pub(crate) fn read(workspace: &Workspace) -> Result<Expected> {
        let file = workspace.archive_note();
        let end = match lake::sound::read(&file) {
            Ok(text) => Some(serde_json::from_slice(&text).map_err(|error| {
                Error::bad_input(
                    "archive/note",
                    format!("{} cannot be read: {error}", file.display()),
                )
                .hint(format!("if `permille verify` finds nothing else, write {ANYTHING} into it: the next import writes it anew"))
            })?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(Error::unreadable(&file, &error)),
        };
        Ok(Expected { file, end })
    }

    /// Refuses an archive that does not have what it ended with.
    pub(crate) fn check(&self, archive: &Archive) -> Result<()> {
        let Some(end) = &self.end else {
            return self.is_gone(archive);
        };
        if end.commit == 0 || commit_digest(archive, end.commit).as_ref() == Some(&end.digest) {
            return Ok(());
        }
        Err(Error::bad_input(
            "archive/cut",
            format!(
                "the archive had commit {} and does not have it any more as it was: it ends with commit {}",
                end.commit,
                archive.last_commit()
            ),
        )
        .hint(format!(
            "restore the archive's last commits from a backup; if they are gone for good, write {ANYTHING} into {} to go on without their events",
            self.file.display()
        )))
    }

    /// Refuses an archive that has commits and no note of what it ended with.
    fn is_gone(&self, archive: &Archive) -> Result<()> {
        // Of two first imports one makes it, perhaps just now.
        if archive.last_commit() == 0 || self.file.exists() {
            return Ok(());
        }
        Err(Error::bad_input(
            "archive/cut",
            format!(
                "{} is gone, which says what the archive ended with; now it ends with commit {}",
                self.file.display(),
                archive.last_commit()
            ),
        )
        .hint(format!(
            "restore it from a backup; if commit {} is the last one there was, write {ANYTHING} into it",
            archive.last_commit()
        )))
    }
}

/// Opens the archive for whoever goes on from what it ended with, and refuses one that has lost its end.
pub(crate) fn open(workspace: &Workspace) -> Result<Archive> {
    let expected = Expected::read(workspace)?;
    let archive = workspace.archive()?;
    expected.check(&archive)?;
    if expected.end.is_none() && archive.last_commit() == 0 {
        write(workspace, &End::default())?;
    }
    Ok(archive)
}

/// Notes what the archive ends with.
pub(crate) fn note(workspace: &Workspace, archive: &Archive) -> Result<()> {
    let commit = archive.last_commit();
    let Some(digest) = commit_digest(archive, commit) else {
        return Ok(());
    };
    write(workspace, &End { commit, digest })
}

fn write(workspace: &Workspace, end: &End) -> Result<()> {
    let text = serde_json::to_string(end).map_err(|e| Error::bug("archive/note", e.to_string()))?;
    write_among_others(&workspace.archive_note(), format!("{text}\n").as_bytes())
}
