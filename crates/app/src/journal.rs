//! The journal of runs: one line of JSON for each run that was ever posted, so that a run whose folder is gone is missed.
//!
//! A run's folder comes first, then the books, and its line after both: a process killed before the line leaves a posted run
//! without one, and the next settlement writes it.

use crate::error::{Error, Result};
use crate::runs::{self, Place, Run, Standing};
use crate::workspace::{Workspace, sync_folder};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::PathBuf;

/// A run that was stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The program.
    pub program: String,
    /// The period.
    pub period: String,
    /// The run's number.
    pub run: u32,
    /// The run's hash.
    pub hash: String,
}

impl Entry {
    fn of(run: &Run) -> Entry {
        Entry {
            program: run.record.program.clone(),
            period: run.record.period.clone(),
            run: run.record.number,
            hash: run.record.hash.clone(),
        }
    }

    /// Which run it is about.
    pub(crate) fn place(self) -> Place {
        (self.program, self.period, self.run)
    }
}

/// Where it lies.
pub fn path(workspace: &Workspace) -> PathBuf {
    workspace.runs().join("journal.ndjson")
}

/// All entries, oldest first. A last line that was not written to its end is left out.
pub fn read(workspace: &Workspace) -> Result<Vec<Entry>> {
    lines(workspace)?.into_iter().collect()
}

/// What each line says, or why it cannot be read.
pub fn lines(workspace: &Workspace) -> Result<Vec<Result<Entry>>> {
    let path = path(workspace);
    let bytes = match lake::sound::read(&path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(Error::io("read", &path, &e)),
    };
    let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    // What stands behind the last end of a line.
    lines.pop();
    let parse = |(index, line): (usize, &[u8])| {
        serde_json::from_slice(line).map_err(|e| {
            let place = format!("{}, line {}", path.display(), index + 1);
            Error::bad_input("run/journal", format!("{place} is damaged: {e}")).hint(
                "restore the file from a backup. Without one, take the line out: every run whose folder is there gets its line \
                 again when something is settled, and one whose folder is gone, too, is not missed any more",
            )
        })
    };
    Ok(lines.into_iter().enumerate().map(parse).collect())
}

/// Adds the lines of runs that were posted by a process that died before it could. Only the holder of the workspace's lock may.
pub(crate) fn complete(workspace: &Workspace, standing: &Standing) -> Result<()> {
    let known: BTreeSet<Place> = read(workspace)?.into_iter().map(Entry::place).collect();
    for folder in runs::folders(workspace, None)? {
        let place = (folder.program, folder.period, folder.number);
        // What cannot be read has no line to write; who needs it is told.
        if !known.contains(&place)
            && !runs::is_above(standing, &place)
            && let Ok(run) = Run::open(&folder.path)
        {
            append(workspace, &run)?;
        }
    }
    Ok(())
}

/// Adds the line of a run that was posted, unless it is there.
pub(crate) fn note(workspace: &Workspace, run: &Run) -> Result<()> {
    let own = Entry::of(run).place();
    match read(workspace)?.into_iter().any(|entry| entry.place() == own) {
        true => Ok(()),
        false => append(workspace, run),
    }
}

/// Adds the line of a run.
fn append(workspace: &Workspace, run: &Run) -> Result<()> {
    let (entry, path) = (Entry::of(run), path(workspace));
    let mut line = serde_json::to_vec(&entry).map_err(|e| Error::bug("run/journal", e.to_string()))?;
    line.push(b'\n');
    // What a killed process left of a line must not become the start of this one.
    let whole = lake::sound::read(&path).unwrap_or_default();
    let end = whole
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    let mut file = fs::OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(false)
        .open(&path)
        .map_err(|e| Error::io("open", &path, &e))?;
    file.set_len(end as u64)
        .and_then(|()| std::io::Seek::seek(&mut file, std::io::SeekFrom::End(0)))
        .and_then(|_| file.write_all(&line))
        .and_then(|()| file.sync_all())
        .map_err(|e| Error::io("write", &path, &e))?;
    sync_folder(&workspace.runs())
}
