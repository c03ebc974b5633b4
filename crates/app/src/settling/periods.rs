//! Periods of all programs: those that are settled, and those of LIVE money.

use super::close::{self, Standing, Which};
use super::live_periods;
use crate::base::error::{Cause, Result};
use crate::base::progress::Context;
use crate::inputs::programs;
use crate::live::LivePeriod;
use crate::runs::left::Partly;
use crate::workspace::Workspace;
use serde::Serialize;

/// A period as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum PeriodStanding {
    /// A settled one.
    Settled(Standing),
    /// One of LIVE money.
    Live(LivePeriod),
}

impl PeriodStanding {
    /// The program and the period.
    pub fn name(&self) -> String {
        match self {
            PeriodStanding::Settled(of) => format!("{} {}", of.program, of.period),
            PeriodStanding::Live(of) => format!("{} {}", of.program, of.period),
        }
    }

    /// Remarks for people.
    pub fn notes(&self) -> &[String] {
        match self {
            PeriodStanding::Settled(of) => &of.notes,
            PeriodStanding::Live(of) => &of.notes,
        }
    }
}

/// Which kinds of programs are meant.
struct Kinds {
    settled: bool,
    live: bool,
}

fn kinds(workspace: &Workspace, program: Option<&str>) -> Result<Kinds> {
    let Some(id) = program else {
        return Ok(Kinds {
            settled: true,
            live: true,
        });
    };
    let live = programs::versions_of(workspace, id)?[0].conversion().is_some();
    Ok(Kinds { settled: !live, live })
}

/// Every period that something is posted or booked of, of one program or of all.
pub fn status(workspace: &Workspace, program: Option<&str>) -> Result<Partly<Vec<PeriodStanding>>> {
    let kinds = kinds(workspace, program)?;
    let mut found = match kinds.settled {
        true => close::status(workspace, program)?,
        false => Partly::default(),
    }
    .map(settled);
    if kinds.live {
        let live = live_periods::status(workspace, program)?;
        found.done.extend(live.into_iter().map(PeriodStanding::Live));
    }
    Ok(found)
}

/// Closes periods, and lets money whose day has come become payable.
pub fn close(
    workspace: &Workspace,
    program: Option<&str>,
    which: &Which,
    context: &Context<'_>,
) -> Result<Partly<Vec<PeriodStanding>>> {
    let kinds = kinds(workspace, program)?;
    let settled = || close::close(workspace, program, which, context);
    let live = || live_periods::close(workspace, program, which, context);
    let closed = both(&kinds, settled, live)?;
    if !kinds.settled {
        close::release_subscriptions(workspace, context)?;
    }
    Ok(closed)
}

/// Locks closed periods.
pub fn lock(
    workspace: &Workspace,
    program: Option<&str>,
    which: &Which,
    context: &Context<'_>,
) -> Result<Partly<Vec<PeriodStanding>>> {
    let settled = || close::lock(workspace, program, which, context);
    let live = || live_periods::lock(workspace, program, which, context);
    both(&kinds(workspace, program)?, settled, live)
}

fn settled(standings: Vec<Standing>) -> Vec<PeriodStanding> {
    standings.into_iter().map(PeriodStanding::Settled).collect()
}

/// Does something with the settled periods, and then with those of LIVE money. That nothing is settled is no error where there is LIVE
/// money.
fn both(
    kinds: &Kinds,
    of_settled: impl FnOnce() -> Result<Partly<Vec<Standing>>>,
    of_live: impl FnOnce() -> Result<Partly<Vec<LivePeriod>>>,
) -> Result<Partly<Vec<PeriodStanding>>> {
    let (done, nothing) = match kinds.settled.then(of_settled).transpose() {
        Ok(done) => (done.unwrap_or_default(), None),
        Err(error) if kinds.live && error.cause == Some(Cause::Absent) => (Partly::default(), Some(error)),
        Err(error) => return Err(error),
    };
    let live = kinds.live.then(of_live).transpose()?.unwrap_or_default();
    if let Some(error) = nothing.filter(|_| live.done.is_empty() && live.left.is_empty()) {
        return Err(error);
    }
    let mut all = done.map(settled);
    all.done.extend(live.done.into_iter().map(PeriodStanding::Live));
    all.left.extend(live.left);
    Ok(all)
}
