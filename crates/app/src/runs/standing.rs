//! Which run of a period counts: the one that stands in the books, and no other.

use super::left::{Left, Partly};
use super::period::{self, PeriodState, period_named};
use super::run::{KIND, Place, Run, prefix};
use crate::base::error::{Error, Result};
use crate::workspace::Workspace;
use crate::workspace::blobs::Blobs;
use jiff::civil::Date;
use policy::period::Period;
use std::collections::{BTreeMap, BTreeSet};
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
    workspace.read_if_any(|tx| standing_in(tx, program))
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
/// `run/gone`; `run/damaged`: its record cannot be read, or has another hash than the period.
pub(crate) fn open(
    tx: &mut Tx<'_>,
    blobs: &Blobs,
    program: &str,
    period: &str,
    state: &PeriodState,
) -> Result<Run> {
    let run = Run::get(tx, blobs, program, period, state.run)?;
    match run.record.hash == state.run_hash {
        true => Ok(run),
        false => Err(Error::bad_input(
            "run/damaged",
            format!("the books have another hash of {} than its record", run.name()),
        )
        .hint("`permille ledger verify` lists what is wrong with the books; restore them from a backup")),
    }
}

/// Opens the run that stands in the books, and makes sure that its files are what its record names: for whoever moves money by them.
///
/// # Errors
/// Those of [`open`] and of [`Run::must_be_whole`].
pub(crate) fn whole(
    tx: &mut Tx<'_>,
    blobs: &Blobs,
    program: &str,
    period: &str,
    state: &PeriodState,
) -> Result<Run> {
    let run = open(tx, blobs, program, period, state)?;
    run.must_be_whole()?;
    Ok(run)
}

/// The runs that count (of one program), and those that should and are broken: no earlier one counts in the place of one that is.
pub fn latest(workspace: &Workspace, program: Option<&str>) -> Result<(Vec<Run>, Vec<Broken>)> {
    workspace.read_if_any(|tx| opened(tx, &workspace.blobs(), program))
}

/// The same of these books.
pub(crate) fn opened(
    tx: &mut Tx<'_>,
    blobs: &Blobs,
    program: Option<&str>,
) -> Result<(Vec<Run>, Vec<Broken>)> {
    let (mut runs, mut broken) = (Vec::new(), Vec::new());
    for ((program, period), state) in standing_in(tx, program)? {
        match open(tx, blobs, &program, &period, &state) {
            Ok(run) => runs.push(run),
            Err(error) if super::left::is_of_one_period(&error) => broken.push(Broken {
                program,
                period,
                number: state.run,
                error,
            }),
            Err(error) => return Err(error),
        }
    }
    Ok((runs, broken))
}

/// The run of a program's period that counts. Errors: it is broken, or gone.
pub fn latest_of(workspace: &Workspace, program: &str, period: &Period) -> Result<Option<Run>> {
    workspace.read_if_any(|tx| latest_in(tx, &workspace.blobs(), program, period))
}

/// The same of these books.
pub(crate) fn latest_in(
    tx: &mut Tx<'_>,
    blobs: &Blobs,
    program: &str,
    period: &Period,
) -> Result<Option<Run>> {
    let period = period.to_string();
    let state = period::get(tx, program, &period)?;
    state
        .map(|state| open(tx, blobs, program, &period, &state.value))
        .transpose()
}

/// Which change of the books settled a period for the first time, and, of several, in which order; none: nothing did.
pub(crate) fn settled_first(tx: &mut Tx<'_>, program: &str, period: &str) -> Result<Option<(u64, String)>> {
    let first = tx.record_at(period::KIND, &period::id(program, period), 1)?;
    Ok(first.map(|first| (first.change, period.to_owned())))
}

/// Every run (of a program) that its periods name, with its hash: one whose record is gone is missed by them.
pub(crate) fn named_in(tx: &mut Tx<'_>, program: Option<&str>) -> Result<BTreeMap<Place, String>> {
    let mut named = BTreeMap::new();
    for (program, period, _) in period::all(tx, program)? {
        for state in period::versions(tx, &program, &period)? {
            named.insert((program.clone(), period.clone(), state.run), state.run_hash);
        }
    }
    Ok(named)
}

/// Every run (of one program) whose record can be read.
pub(crate) fn recorded(tx: &mut Tx<'_>, blobs: &Blobs, program: Option<&str>) -> Result<Vec<Run>> {
    let stored = tx.records_one_by_one(KIND, &prefix(program))?.into_iter();
    let read = stored.filter_map(|(_, stored)| Run::read(&stored.ok()?, blobs).ok());
    Ok(read.collect())
}

/// All runs (of one program), sorted by program, period and number; those whose records are damaged or gone are left out.
pub fn all(workspace: &Workspace, program: Option<&str>) -> Result<Partly<Vec<Run>>> {
    workspace.read_if_any(|tx| {
        let blobs = workspace.blobs();
        let mut found = Partly {
            done: recorded(tx, &blobs, program)?,
            left: Vec::new(),
        };
        let there: BTreeSet<Place> = found.done.iter().map(Run::place).collect();
        for place in named_in(tx, program)?.into_keys() {
            if !there.contains(&place)
                && let Err(error) = Run::get(tx, &blobs, &place.0, &place.1, place.2)
            {
                found.leave(place.0, place.1, error)?;
            }
        }
        Ok(found)
    })
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
