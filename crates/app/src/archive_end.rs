//! What the archive ended with when this workspace last wrote to it. An archive that has lost its last commits is written to and
//! settled no more: the next import would take their number, and nothing would ever miss them.
//!
//! The note lies beside the archive, in `archive-end.json`. A process that dies between a commit and its note leaves an older note,
//! which a longer archive does not contradict.

use crate::error::{Error, Result};
use crate::workspace::{Workspace, write_atomically};
use lake::archive::Archive;
use serde::{Deserialize, Serialize};

/// The last commit that was there.
#[derive(Debug, Serialize, Deserialize)]
struct End {
    commit: u64,
    /// Digest of what it says.
    digest: String,
}

/// Digest of what a commit says; none of one that is not there.
pub(crate) fn commit_digest(archive: &Archive, number: u64) -> Option<String> {
    let commit = archive.commits().iter().find(|commit| commit.number == number)?;
    let said = serde_json::to_vec(commit).ok()?;
    Some(blake3::hash(&said).to_hex().to_string())
}

/// Refuses an archive that does not have what it ended with.
pub(crate) fn check(workspace: &Workspace, archive: &Archive) -> Result<()> {
    let file = workspace.archive_note();
    let text = match lake::sound::read(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::io("read", &file, &error)),
    };
    let end: End = serde_json::from_slice(&text).map_err(|error| {
        Error::bad_input(
            "archive/note",
            format!("{} cannot be read: {error}", file.display()),
        )
        .hint("remove it if `permille verify` finds nothing: the next import writes it anew")
    })?;
    if commit_digest(archive, end.commit).as_ref() == Some(&end.digest) {
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
        "restore the archive's last commits from a backup; if they are gone for good, remove {} to go on without their events",
        file.display()
    )))
}

/// Notes what the archive ends with.
pub(crate) fn note(workspace: &Workspace, archive: &Archive) -> Result<()> {
    let commit = archive.last_commit();
    let Some(digest) = commit_digest(archive, commit) else {
        return Ok(());
    };
    let text = serde_json::to_string(&End { commit, digest })
        .map_err(|e| Error::bug("archive/note", e.to_string()))?;
    write_atomically(&workspace.archive_note(), format!("{text}\n").as_bytes())
}
