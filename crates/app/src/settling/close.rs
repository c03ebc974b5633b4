//! Closing and locking periods, and letting their money become payable.

use super::pending;
use crate::base::error::{Cause, Error, Result};
use crate::base::keys;
use crate::base::progress::Context;
use crate::books::collected::{Collectors, Divided};
use crate::books::unreleased::{Earnings, Released};
use crate::books::{by_source, post_all};
use crate::inputs::reader::Reader;
use crate::inputs::{programs, traffic_lists};
use crate::runs::left::Partly;
use crate::runs::period::{self, PeriodState, Stage};
use crate::runs::{self, Run, parse_period};
use crate::settling::before::budget_spent;
use crate::workspace::Workspace;
use crate::workspace::records::Versioned;
use jiff::civil::Date;
use journal::Entry;
use lake::archive::StoredBefore;
use money::Money;
use policy::program::PeriodKind;
use policy::registry;
use serde::Serialize;
use store::Tx;

/// A period as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// The program.
    pub program: String,
    /// The period.
    pub period: String,
    /// Its state.
    #[serde(flatten)]
    pub state: PeriodState,
    /// What its creators earned, as posted.
    #[serde(with = "earning::amount")]
    pub amount: Money,
    /// What happened to it just now, if anything did.
    pub result: Option<&'static str>,
    /// Remarks for people: that its inputs have changed since the run that was closed or locked.
    pub notes: Vec<String>,
}

/// Which periods are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// One, as written.
    Period(String),
    /// Every one that begins in a month.
    Month(String),
    /// Every one whose day has come.
    Due,
}

/// Every posted period of a program, or of all.
pub fn status(workspace: &Workspace, program: Option<&str>) -> Result<Partly<Vec<Standing>>> {
    if let Some(id) = program {
        programs::versions_of(workspace, id)?;
    }
    workspace.books()?.read(|tx| {
        let mut found: Partly<Vec<Standing>> = Partly::default();
        for ((name, period), state) in runs::standing_in(tx, program)? {
            match runs::open(tx, &workspace.blobs(), &name, &period, &state) {
                Ok(run) => found.done.push(standing(&run, state)),
                Err(error) => found.leave(name, period, error)?,
            }
        }
        Ok(found)
    })
}

/// Closes periods: their estimates become final, and from now on only a restatement changes them. A period whose inputs have
/// changed since its run is closed as it is, and says so.
pub fn close(
    workspace: &Workspace,
    program: Option<&str>,
    which: &Which,
    context: &Context<'_>,
) -> Result<Partly<Vec<Standing>>> {
    let standings = change(
        workspace,
        program,
        which,
        context,
        |tx, standing, run, (reader, earnings, collectors), released| {
            let today = context.today();
            let state = &mut standing.state;
            if state.stage == Stage::Estimated {
                if today < state.final_on {
                    if *which == Which::Due {
                        return Ok(());
                    }
                    return Err(Error::refused(
                        "period/too-early",
                        format!(
                            "{} {} can be closed from {} on",
                            standing.program, standing.period, state.final_on
                        ),
                    )
                    .hint("until then late events may come in: `permille settle` takes them up"));
                }
                state.stage = Stage::Final;
                standing.result = Some("closed");
                if is_outdated(tx, reader, run)? {
                    standing.notes.push(format!(
                    "its inputs have changed since run {}, which is final now: `permille restate` posts the difference, and `permille settle` before closing takes such changes up",
                    state.run
                ));
                }
            }
            if release(tx, (run, earnings, collectors), state, (today, released))? {
                standing.result = Some("payable");
            }
            Ok(())
        },
    )?;
    release_subscriptions(workspace, context)?;
    Ok(standings)
}

/// Lets subscription money whose day has come become payable: day by day, whatever period it was booked for.
pub(super) fn release_subscriptions(workspace: &Workspace, context: &Context<'_>) -> Result<()> {
    let store = workspace.books_to_write(context)?;
    let earnings = pending::earnings(&store, workspace, context.today())?;
    store.write(context.by(), context.recorded, |tx| {
        let mut released = Released::new();
        crate::live::release_holds(tx, context.today(), &mut released)?;
        pending::check(tx, workspace, &earnings, &released)
    })
}

/// Locks closed periods: not even a restatement changes them. A period whose inputs have changed says so.
pub fn lock(
    workspace: &Workspace,
    program: Option<&str>,
    which: &Which,
    context: &Context<'_>,
) -> Result<Partly<Vec<Standing>>> {
    change(
        workspace,
        program,
        which,
        context,
        |tx, standing, run, (reader, ..), _| {
            match standing.state.stage {
                Stage::Estimated if *which == Which::Due => {}
                Stage::Estimated => {
                    return Err(Error::refused(
                        "period/open",
                        format!("{} {} is not closed", standing.program, standing.period),
                    )
                    .hint("`permille period close` first"));
                }
                Stage::Final | Stage::Payable if !standing.state.locked => {
                    standing.state.locked = true;
                    standing.result = Some("locked");
                    if is_outdated(tx, reader, run)? {
                        standing.notes.push(format!(
                        "its inputs have changed since run {}, and no command takes that up now: `permille restate` before locking posts the difference",
                        standing.state.run
                    ));
                    }
                }
                Stage::Final | Stage::Payable => {}
            }
            Ok(())
        },
    )
}

/// Lets the money of every closed period whose day has come become payable. Returns how many periods; those whose runs are
/// broken wait.
pub fn release_due(
    tx: &mut Tx<'_>,
    workspace: &Workspace,
    earnings: &Earnings,
    today: Date,
) -> Result<Partly<u64>> {
    let mut periods = Partly::default();
    let mut released = Released::new();
    let collectors = Collectors::all(tx)?;
    for (program, name, state) in period::all(tx, None)? {
        let mut value = state.value.clone();
        if value.stage == Stage::Final && value.payable_on <= today {
            let run = runs::whole(tx, &workspace.blobs(), &program, &name, &value);
            match run.and_then(|run| {
                release(
                    tx,
                    (&run, earnings, &collectors),
                    &mut value,
                    (today, &mut released),
                )
            }) {
                Ok(_) => period::put(tx, &program, &name, state.version, &value)?,
                Err(error) => {
                    periods.leave(program, name, error)?;
                    continue;
                }
            }
            periods.done += 1;
        }
    }
    crate::live::release_holds(tx, today, &mut released)?;
    pending::check(tx, workspace, earnings, &released)?;
    Ok(periods)
}

/// Moves a final period's money from pending to available. False when its day has not come, or it was done before.
fn release(
    tx: &mut Tx<'_>,
    (run, earnings, collectors): (&Run, &Earnings, &Collectors),
    state: &mut PeriodState,
    (today, released): (Date, &mut Released),
) -> Result<bool> {
    if state.stage != Stage::Final || today < state.payable_on {
        return Ok(false);
    }
    let asset = run.asset()?;
    let record = &run.record;
    let effective = crate::inputs::reader::midnight(state.payable_on);
    let day = run.period()?.last_day();
    let mut batch = Vec::new();
    for (creator, earned) in earnings.of(run)?.iter() {
        let parts = by_source(earned.units, earned.us_source);
        let divided = Divided {
            creator,
            asset,
            program: &record.program,
            day,
        };
        let postings = collectors.became_payable(divided, parts)?;
        if !postings.is_empty() {
            let key = keys::key(&format!("payable/{}/{}", record.program, record.period), creator);
            let entry = Entry::Released(journal::Released {
                program: record.program.clone(),
                version: record.version,
                period: record.period.clone(),
                run: record.number,
            });
            batch.push(entry.post(key, effective, postings));
            released.insert((creator.clone(), asset));
        }
    }
    post_all(tx, &batch)?;
    state.stage = Stage::Payable;
    Ok(true)
}

/// What is read once for all periods: the archive, what runs say that was earned, and who collects it.
type Seen<'a> = (&'a Reader<'a>, &'a Earnings, &'a Collectors);

fn change(
    workspace: &Workspace,
    program: Option<&str>,
    which: &Which,
    context: &Context<'_>,
    mut each: impl FnMut(&mut Tx<'_>, &mut Standing, &Run, Seen<'_>, &mut Released) -> Result<()>,
) -> Result<Partly<Vec<Standing>>> {
    let configured = traffic_lists::in_force(workspace)?;
    let archive = workspace.archive()?;
    let bound = StoredBefore(archive.last_commit());
    let reader = Reader::new(&archive, bound, &configured.lists, workspace);
    let store = workspace.books_to_write(context)?;
    let earnings = pending::earnings(&store, workspace, context.today())?;
    store.write(context.by(), context.recorded, |tx| {
        let mut released = Released::new();
        let collectors = Collectors::all(tx)?;
        let mut standings: Partly<Vec<Standing>> = Partly::default();
        let selected = select(tx, program, which)?;
        let all = selected.len();
        context.progress.stage("periods", Some(all as u64));
        for (done, (program, name, before)) in selected.into_iter().enumerate() {
            let run = runs::whole(tx, &workspace.blobs(), &program, &name, &before.value);
            let changed = run.and_then(|run| {
                let mut standing = standing(&run, before.value.clone());
                each(
                    tx,
                    &mut standing,
                    &run,
                    (&reader, &earnings, &collectors),
                    &mut released,
                )?;
                Ok(standing)
            });
            context.progress.position(done as u64 + 1);
            let standing = match changed {
                Ok(standing) => standing,
                Err(error) => {
                    standings.leave(program, name, error)?;
                    continue;
                }
            };
            if standing.state != before.value {
                period::put(
                    tx,
                    &standing.program,
                    &standing.period,
                    before.version,
                    &standing.state,
                )?;
            }
            standings.done.push(standing);
            context.check()?;
        }
        pending::check(tx, workspace, &earnings, &released)?;
        standings.unless_alone(all)
    })
}

/// Whether a period's inputs are other ones now than those of its run.
fn is_outdated(tx: &mut Tx<'_>, reader: &Reader<'_>, run: &Run) -> Result<bool> {
    let versions = programs::versions_in(tx, &run.record.program)?;
    let period = run.period()?;
    // As `settle` would choose. Without a version it would do nothing, so there is nothing to say.
    let Ok(version) = registry::choose(versions.iter(), &period) else {
        return Ok(false);
    };
    let spent = budget_spent(tx, reader.workspace, version, &period)?;
    Ok(run.record.inputs != reader.fingerprint(version, &period, spent))
}

type Selected = Vec<(String, String, Versioned<PeriodState>)>;

fn select(tx: &mut Tx<'_>, program: Option<&str>, which: &Which) -> Result<Selected> {
    let kind = match program {
        Some(id) => Some(programs::versions_in(tx, id)?[0].period),
        None => None,
    };
    let all = period::all(tx, program)?;
    match which {
        Which::Due => Ok(all),
        Which::Month(text) => {
            let month = parse_period(text, PeriodKind::Month)?.to_string();
            let selected: Selected = all
                .into_iter()
                .filter(|(_, period, _)| period.starts_with(&month))
                .collect();
            if selected.is_empty() {
                return Err(nothing_posted(program.unwrap_or("any program"), text));
            }
            Ok(selected)
        }
        Which::Period(text) => {
            let (Some(id), Some(kind)) = (program, kind) else {
                return Err(Error::usage(
                    "period/program",
                    "a period is of a program: name it with --program",
                ));
            };
            let name = parse_period(text, kind)?.to_string();
            let selected: Selected = all.into_iter().filter(|(_, period, _)| *period == name).collect();
            if selected.is_empty() {
                return Err(nothing_posted(id, text));
            }
            Ok(selected)
        }
    }
}

fn nothing_posted(program: &str, period: &str) -> Error {
    Error::refused(
        "period/not-settled",
        format!("nothing of {program} in {period} is posted"),
    )
    .hint("`permille settle` settles a period and posts it")
    .because(Cause::Absent)
}

fn standing(run: &Run, state: PeriodState) -> Standing {
    Standing {
        amount: run.record.report.totals.paid,
        program: run.record.program.clone(),
        period: run.record.period.clone(),
        state,
        result: None,
        notes: Vec::new(),
    }
}
