//! What the books say of runs, programs and commits. So all of them can be gone and be missed.

use super::Damaged;
use crate::base::error::{Error, Result};
use crate::books;
use crate::inputs::programs;
use crate::live::{self, Cursor};
use crate::runs::{self, Place, Run, period};
use crate::workspace::Workspace;
use lake::archive::Archive;
use ledger::AccountKind;
use money::Money;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What the books say of a run.
pub(super) struct KnownRun {
    /// Its record, or why it cannot be read.
    pub run: Result<Run>,
    /// The hash that its period has of it.
    pub hash: Option<String>,
    /// Whether it is the one of its period that stands.
    pub stands: bool,
}

/// Every run (of a program) that the books have a record of, or that a period names. Where they cannot be read, they are damaged.
pub(super) fn runs(
    workspace: &Workspace,
    program: Option<&str>,
    damaged: &mut Vec<Damaged>,
) -> Result<BTreeMap<Place, KnownRun>> {
    let Some(books) = workspace.books_if_any()? else {
        return Ok(BTreeMap::new());
    };
    let read = books.read(|tx| {
        let mut named = runs::named_in(tx, program)?;
        let standing = runs::standing_in(tx, program)?;
        let mut all: BTreeMap<Place, KnownRun> = BTreeMap::new();
        let mut add = |place: Place, run: Result<Run>, hash: Option<String>| {
            let stands = runs::stands_as(&standing, &place);
            all.insert(place, KnownRun { run, hash, stands });
        };
        for run in runs::recorded(tx, &workspace.blobs(), program)? {
            let place = run.place();
            let hash = named.remove(&place);
            add(place, Ok(run), hash);
        }
        // Those that only a period names.
        for (place, hash) in named {
            let run = Run::get(tx, &workspace.blobs(), &place.0, &place.1, place.2);
            add(place, run, Some(hash));
        }
        Ok::<_, Error>(all)
    });
    match read {
        Err(error) if error.is_damage() => {
            damaged.push(Damaged::new(PathBuf::from(books.place()), error.message));
            Ok(BTreeMap::new())
        }
        read => read,
    }
}

/// Documents of programs (of one) that cannot be read.
pub(super) fn documents(workspace: &Workspace, program: Option<&str>) -> Result<Vec<Damaged>> {
    let Some(books) = workspace.books_if_any()? else {
        return Ok(Vec::new());
    };
    let damaged = books.read(programs::documents_in)?.damaged.into_iter();
    let meant = damaged.filter(|(id, _)| program.is_none_or(|program| program == id));
    let place = PathBuf::from(books.place());
    Ok(meant
        .map(|(_, error)| Damaged::new(place.clone(), error.message))
        .collect())
}

/// Which commits LIVE events were booked from. Read before the archive is opened, so that it has all that the books know.
pub(super) fn booked(workspace: &Workspace, damaged: &mut Vec<Damaged>) -> Result<Cursor> {
    let Some(books) = workspace.books_if_any()? else {
        return Ok(Cursor::default());
    };
    match books.read(live::booked) {
        // The rest can be looked at; `permille ledger verify` looks at records.
        Err(error) if error.is_damage() => {
            damaged.push(Damaged::new(PathBuf::from(books.place()), error.message));
            Ok(Cursor::default())
        }
        read => read,
    }
}

/// Commits that LIVE events were booked from, and that the archive does not have any more.
pub(super) fn lost_commits(booked: &Cursor, archive: &Archive) -> Option<Damaged> {
    let (commit, difference) = booked.lost(archive)?;
    Some(Damaged {
        path: archive.commit_file(commit),
        commit: Some(commit),
        difference,
    })
}

/// How the amounts that the books have for a run's lines differ from the run; none: they do not. The run is the one that stands.
pub(super) fn other_postings(workspace: &Workspace, run: &Run) -> Result<Option<String>> {
    let asset = run.asset()?;
    let mut differs: BTreeMap<String, i128> = BTreeMap::new();
    for line in run.lines()? {
        differs.insert(line.id, line.amount.units());
    }
    let Some(books) = workspace.books_if_any()? else {
        return Ok(None);
    };
    let (program, period) = (&run.record.program, &run.record.period);
    let prefix = books::key_prefix(program, period);
    let is_creators = |kind| matches!(kind, AccountKind::CreatorPending | AccountKind::CreatorAvailable);
    books.read(|tx| {
        // Another process may have posted a later one since.
        let state = period::get(tx, program, period)?;
        if state.is_some_and(|state| state.value.run != run.record.number) {
            differs.clear();
            return Ok(());
        }
        tx.transactions_by_prefix(&prefix, |transaction| {
            for posting in &transaction.postings {
                let units = i128::from(posting.amount);
                let units = match (is_creators(posting.credit.kind), is_creators(posting.debit.kind)) {
                    (true, false) => units,
                    (false, true) => -units,
                    _ => continue,
                };
                let line = posting.reference.as_deref().unwrap_or("");
                *differs.entry(line.to_owned()).or_default() -= units;
            }
            Ok::<_, Error>(())
        })
    })?;
    differs.retain(|_, units| *units != 0);
    let first = differs
        .first_key_value()
        .map(|(line, units)| (line.clone(), *units));
    Ok(first.map(|(line, units)| {
        format!(
            "the books have other amounts for {} of its lines, such as {line}: {} apart",
            differs.len(),
            Money::new(asset, units)
        )
    }))
}
