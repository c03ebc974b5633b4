//! Whether the files of a run still have the bytes that were stored: their BLAKE3 hashes lie beside them in `files.b3`, in the
//! format of `b3sum`, so that anybody can check them.
//!
//! What was posted, closed and restated is read back from these files, so each is compared before and after it is read. Runs
//! from before there were such hashes are compared with the hash of their results, which takes reading all of it.

use super::folders::{CREATORS, FACTS, LINES, RECORD, UNITS, VIDEOS};
use crate::base::error::{Error, Result, UNREADABLE};
use crate::workspace::files::{sorted_entries, write_atomically};
use lake::sound::{self, Unsound};
use std::collections::BTreeMap;
use std::path::Path;

/// The hashes of a run's files.
pub(crate) const SUMS: &str = "files.b3";

/// Hashes by the names of a run's files.
pub(crate) type Sums = BTreeMap<String, String>;

/// Writes the hashes of all files in a folder.
pub(crate) fn write(folder: &Path) -> Result<()> {
    let mut lines = String::new();
    for path in sorted_entries(folder)? {
        let failed = |e: std::io::Error| Error::unreadable(&path, &e);
        let file = sound::open(&path).map_err(failed)?;
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(file).map_err(failed)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        lines.push_str(&format!("{}  {name}\n", hasher.finalize().to_hex()));
    }
    write_atomically(&folder.join(SUMS), lines.as_bytes())
}

/// Reads the hashes of a run; none for a run that was stored before there were any.
pub(crate) fn read(folder: &Path) -> Result<Option<Sums>> {
    let path = folder.join(SUMS);
    let text = match sound::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(unreadable(&path, &e)),
    };
    let sums = text.lines().map(|line| line.split_once("  "));
    let sums: Option<Sums> = sums
        .map(|line| line.map(|(hash, name)| (name.to_owned(), hash.to_owned())))
        .collect();
    let all = sums.filter(|sums| ALL.iter().all(|name| sums.contains_key(*name)));
    all.map(Some).ok_or_else(|| {
        damaged(format!(
            "{} is damaged: it does not name every file of the run",
            path.display()
        ))
    })
}

/// Every file of a run.
pub(super) const ALL: [&str; 6] = [RECORD, FACTS, LINES, UNITS, CREATORS, VIDEOS];

/// Compares one file of a run with its hash.
pub(crate) fn check(folder: &Path, sums: &Sums, name: &str) -> Result<()> {
    let Some(expected) = sums.get(name) else {
        return Ok(());
    };
    sound::check(&folder.join(name), expected, || {
        format!("run {}", folder.display())
    })
    .map_err(|e| unsound(&e))
}

/// Compares every file of a run with its hash.
pub(crate) fn check_all(folder: &Path, sums: &Sums) -> Result<()> {
    ALL.iter().try_for_each(|name| check(folder, sums, name))
}

/// Compares a run's record, as it was read.
pub(crate) fn check_record(path: &Path, sums: &Sums, text: &str) -> Result<()> {
    let found = blake3::hash(text.as_bytes()).to_hex();
    match sums.get(RECORD) {
        Some(expected) if *expected != *found => Err(damaged(format!(
            "{} is not what was stored: its BLAKE3 is {found}, and {expected} is expected",
            path.display()
        ))),
        _ => Ok(()),
    }
}

fn unsound(error: &Unsound) -> Error {
    let message = crate::base::error::with_causes(error);
    match error {
        Unsound::Unreadable { source, .. } if source.kind() != std::io::ErrorKind::InvalidData => {
            Error::unavailable(UNREADABLE, message)
        }
        Unsound::Unreadable { .. } | Unsound::Changed { .. } | Unsound::Gone { .. } => damaged(message),
    }
}

/// The error of a file of a run that cannot be read: it is damaged where it is another thing than a file.
pub(crate) fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::InvalidData | std::io::ErrorKind::NotADirectory => {
            damaged(format!("{} is damaged: {error}", path.display()))
        }
        _ => Error::unreadable(path, error),
    }
}

pub(super) fn damaged(message: String) -> Error {
    Error::bad_input("run/damaged", message).hint(
        "a run is never changed after it was stored: restore its folder from a backup; `permille verify` lists all that is damaged",
    )
}
