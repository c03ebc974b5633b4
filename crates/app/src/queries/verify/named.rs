//! What the books say of runs, programs and commits. So all of them can be gone and be missed.

use super::Damaged;
use crate::base::error::{Error, Result};
use crate::books;
use crate::inputs::programs;
use crate::live::{self, Cursor};
use crate::runs::{self, Folder, Place, Run, Standing, named, period};
use crate::workspace::Workspace;
use lake::archive::Archive;
use ledger::AccountKind;
use money::Money;
use policy::program::Program;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What the books say of runs.
pub(super) struct Known {
    /// The hash of each run (of a program) that they ever had.
    pub runs: BTreeMap<Place, String>,
    /// What stands in them; none: they cannot be read.
    pub standing: Option<Standing>,
}

/// What the books say of runs (of a program). Where they cannot be read, they are damaged.
pub(super) fn known(
    workspace: &Workspace,
    program: Option<&str>,
    damaged: &mut Vec<Damaged>,
) -> Result<Known> {
    let Some(mut books) = workspace.books_if_any()? else {
        return Ok(Known {
            runs: BTreeMap::new(),
            standing: Some(Standing::new()),
        });
    };
    let read = books.read(|tx| {
        Ok::<_, Error>(Known {
            runs: runs::named_in(tx, program)?,
            standing: Some(runs::standing_in(tx, program)?),
        })
    });
    match read {
        Err(error) if error.is_damage() => {
            damaged.push(Damaged::new(PathBuf::from(books.place()), error.message));
            Ok(Known {
                runs: BTreeMap::new(),
                standing: None,
            })
        }
        read => read,
    }
}

/// Documents of programs (of one) that cannot be read, or that the books name and that are gone.
pub(super) fn documents(workspace: &Workspace, program: Option<&str>) -> Result<Vec<Damaged>> {
    let is_meant = |id: &String| program.is_none_or(|program| program == id);
    let folder = |id: &str| workspace.programs().join(id);
    // The books first, and then whether anybody writes: what they name and nobody is about to put in its place is there by then.
    let named = match workspace.books_if_any()? {
        Some(mut books) => books.read(|tx| named::all(tx, workspace))?,
        None => BTreeMap::new(),
    };
    let is_written = workspace.is_being_written()?;
    let documents = programs::documents(workspace)?;
    let unread = documents.damaged.iter().filter(|(id, _)| is_meant(id));
    let mut damaged: Vec<Damaged> = unread
        .map(|(id, error)| Damaged::new(folder(id), error.message.clone()))
        .collect();
    for (id, named) in named.iter().filter(|(id, _)| is_meant(id)) {
        if is_written || documents.damaged.contains_key(id) {
            continue;
        }
        let versions: Vec<&Program> = documents.programs.iter().filter(|one| one.id == *id).collect();
        damaged.extend(named.gone(&versions).map(|(version, hash)| {
            let file = folder(id).join(programs::file_name(version, hash));
            let words = format!("version {version} of program `{id}` is gone: the books name it");
            Damaged::new(file, words)
        }));
    }
    Ok(damaged)
}

/// Folders among the runs that are none, such as copies that somebody made by hand.
pub(super) fn strays(workspace: &Workspace, program: Option<&str>) -> Result<Vec<Damaged>> {
    let strays = runs::strays(workspace, program)?.into_iter();
    let words = "it is no run: a run's folder has its number for a name, and files in it. It counts for nothing; move it away";
    Ok(strays.map(|path| Damaged::new(path, words)).collect())
}

/// Which commits LIVE events were booked from. Read before the archive is opened, so that it has all that the books know.
pub(super) fn booked(workspace: &Workspace, damaged: &mut Vec<Damaged>) -> Result<Cursor> {
    let Some(mut books) = workspace.books_if_any()? else {
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

/// Commits that LIVE events were booked from, and that the archive does not have any more, or has others in the place of.
pub(super) fn lost_commits(booked: &Cursor, archive: &Archive) -> Option<Damaged> {
    let (commit, difference) = booked.other_commit(archive)?;
    Some(Damaged {
        path: archive.commit_file(commit),
        commit: Some(commit),
        difference,
    })
}

/// That a run is not in the books though it was made after the one that stands there; none: it is not so, or whoever made it may not be
/// done with it.
pub(super) fn not_posted(folder: &Folder, done: &[Folder], standing: Option<&Standing>) -> Option<String> {
    let standing = standing.filter(|_| done.iter().any(|done| done.path == folder.path))?;
    let place = (folder.program.clone(), folder.period.clone(), folder.number);
    let state = standing.get(&(place.0.clone(), place.1.clone()));
    let error = runs::is_above(standing, &place).then(|| runs::not_posted(folder, state))?;
    Some(format!("{}: {}", error.message, error.hint.unwrap_or_default()))
}

/// How the amounts that the books have for a run's lines differ from the run; none: they do not. The run is the one that stands.
pub(super) fn other_postings(workspace: &Workspace, run: &Run) -> Result<Option<String>> {
    let asset = run.asset()?;
    let mut differs: BTreeMap<String, i128> = BTreeMap::new();
    for line in run_files::read_lines(&run.file(runs::LINES), asset, |_, _, _| true)? {
        differs.insert(line.id, line.amount.units());
    }
    let Some(mut books) = workspace.books_if_any()? else {
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
