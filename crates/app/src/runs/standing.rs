//! Which run of a period counts: the one that stands in the books, and no other.
//!
//! A run is stored before it is posted. One above the run that stands was never posted: the process that made it died before it
//! could. It is no part of what was earned, and the next `settle` or `restate` posts it or makes another in its place.

use super::folders::{Folder, Place, folders, run_folder};
use super::left::Left;
use super::period::{self, PeriodState, Stage, period_named};
use super::run::{COPIED, Run};
use crate::base::error::{Error, Result};
use crate::workspace::Workspace;
use jiff::civil::Date;
use policy::period::Period;
use std::collections::BTreeMap;
use store::Tx;

/// Every posted period as it stands, by program and period.
pub(crate) type Standing = BTreeMap<(String, String), PeriodState>;

/// A run that there was, and that cannot be read.
#[derive(Debug)]
pub struct Broken {
    /// The program.
    pub program: String,
    /// The period.
    pub period: String,
    /// The run's number.
    pub number: u32,
    /// What is wrong with it.
    pub error: Error,
}

impl From<Broken> for Left {
    fn from(broken: Broken) -> Left {
        Left {
            program: broken.program,
            period: broken.period,
            error: broken.error,
        }
    }
}

/// What stands in the books (of one program). Books that were never begun have nothing.
pub(crate) fn standing(workspace: &Workspace, program: Option<&str>) -> Result<Standing> {
    match workspace.books_if_any()? {
        Some(mut books) => books.read(|tx| standing_in(tx, program)),
        None => Ok(Standing::new()),
    }
}

/// What stands in these books (of one program).
pub(crate) fn standing_in(tx: &mut Tx<'_>, program: Option<&str>) -> Result<Standing> {
    let all = period::all(tx, program)?.into_iter();
    Ok(all
        .map(|(program, period, state)| ((program, period), state.value))
        .collect())
}

/// Opens the run that stands in the books.
///
/// # Errors
/// It is gone, damaged, or its record has another hash than the books.
pub(crate) fn open(workspace: &Workspace, program: &str, period: &str, state: &PeriodState) -> Result<Run> {
    let run = Run::open(&run_folder(workspace, program, period, state.run))?;
    stands(state, &run)?;
    Ok(run)
}

/// Opens the run that stands in the books, and makes sure that its files are what the books have its hash of: for whoever moves
/// money by them.
///
/// # Errors
/// Those of [`open`]; its files give another hash.
pub(crate) fn proved(workspace: &Workspace, program: &str, period: &str, state: &PeriodState) -> Result<Run> {
    let run = open(workspace, program, period, state)?;
    run.must_be_proved()?;
    Ok(run)
}

/// Whether a run, or a later one, stands in the books. One of the same number and another content was made in another copy of
/// the workspace.
pub(crate) fn stands(state: &PeriodState, run: &Run) -> Result<bool> {
    let record = &run.record;
    if state.run == record.number && state.run_hash != record.hash {
        return Err(Error::refused(
            "books/other-run",
            format!(
                "run {} of {} {} in the books has other results than the one of this workspace",
                record.number, record.program, record.period
            ),
        )
        .hint(
            "another copy of the workspace made it: bring its folder `runs` over, in the place of this one's",
        ));
    }
    Ok(state.run >= record.number)
}

/// The runs that count, and those that should and are broken: no earlier one counts in the place of one that is.
pub fn latest(workspace: &Workspace, program: Option<&str>) -> Result<(Vec<Run>, Vec<Broken>)> {
    Ok(opened(workspace, standing(workspace, program)?))
}

/// The same of what was read from the books.
pub(crate) fn opened(workspace: &Workspace, standing: Standing) -> (Vec<Run>, Vec<Broken>) {
    let (mut runs, mut broken) = (Vec::new(), Vec::new());
    for ((program, period), state) in standing {
        match open(workspace, &program, &period, &state) {
            Ok(run) => runs.push(run),
            Err(error) => broken.push(Broken {
                program,
                period,
                number: state.run,
                error,
            }),
        }
    }
    (runs, broken)
}

/// The run of a program's period that counts. Errors: it is broken, or gone.
pub fn latest_of(workspace: &Workspace, program: &str, period: &Period) -> Result<Option<Run>> {
    let period = period.to_string();
    let standing = standing(workspace, Some(program))?;
    let state = standing.get(&(program.to_owned(), period.clone()));
    state
        .map(|state| open(workspace, program, &period, state))
        .transpose()
}

/// The end of the last of these periods.
pub(crate) fn posted_until(standing: &Standing) -> Option<Date> {
    let periods = standing.keys().filter_map(|(_, name)| period_named(name).ok());
    periods.map(|period| period.end()).max()
}

/// Whether a run is the one of its period that stands.
pub(crate) fn stands_as(standing: &Standing, place: &Place) -> bool {
    let state = standing.get(&(place.0.clone(), place.1.clone()));
    state.is_some_and(|state| state.run == place.2)
}

/// Whether a run is above the one of its period that stands.
pub(crate) fn is_above(standing: &Standing, place: &Place) -> bool {
    let state = standing.get(&(place.0.clone(), place.1.clone()));
    state.is_none_or(|state| state.run < place.2)
}

/// Runs (of one program) whose maker is done with them, for whoever reads while others write. Read before the books: what these do not
/// have then, nobody is about to post.
pub(crate) fn done(workspace: &Workspace, program: Option<&str>) -> Result<Vec<Folder>> {
    let mut done = folders(workspace, program)?;
    // Whoever stores a run holds the lock until it is posted or taken back.
    if workspace.is_being_written()? {
        return Ok(Vec::new());
    }
    done.retain(|folder| folder.path.exists());
    Ok(done)
}

/// Runs (of one program) that were stored and that the books do not have, for the holder of the workspace's lock.
pub(crate) fn unposted(
    workspace: &Workspace,
    program: Option<&str>,
    standing: &Standing,
) -> Result<BTreeMap<(String, String), Folder>> {
    Ok(unposted_of(folders(workspace, program)?, standing))
}

/// Whether a folder holds a copy of another run.
pub(crate) fn is_copy(folder: &Folder) -> bool {
    Run::open(&folder.path).is_err_and(|error| error.code == COPIED)
}

/// Those of these runs that the books do not have: the highest of each period. Copies of other runs are none.
pub(crate) fn unposted_of(folders: Vec<Folder>, standing: &Standing) -> BTreeMap<(String, String), Folder> {
    let mut found = BTreeMap::new();
    for folder in folders {
        let place = (folder.program.clone(), folder.period.clone(), folder.number);
        if is_above(standing, &place) && !is_copy(&folder) {
            found.insert((place.0, place.1), folder);
        }
    }
    found
}

/// The error of a run that was stored and that the books do not have.
pub(crate) fn not_posted(folder: &Folder, state: Option<&PeriodState>) -> Error {
    let Folder {
        program,
        period,
        number,
        path,
    } = folder;
    let hint = match state {
        Some(state) if state.locked => {
            format!(
                "the period is locked, so nothing posts it: move {} away",
                path.display()
            )
        }
        Some(state) if state.stage != Stage::Estimated => {
            format!("`permille restate --program {program} --period {period}` posts what has changed")
        }
        _ => format!("`permille settle --program {program} --period {period}` posts the period"),
    };
    Error::bad_input(
        "run/not-posted",
        format!(
            "run {number} of {program} {period} was stored and is not in the books: it counts for nothing"
        ),
    )
    .hint(hint)
}
