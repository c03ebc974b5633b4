//! List earning lines of the runs that count.

use crate::base::error::{Cause, Error, Result};
use crate::inputs::programs;
use crate::runs::left::{self, Left, Partly};
use crate::runs::{self, Run};
use crate::workspace::{Workspace, actors};
use access::Scope;
use earning::Line;
use policy::period::Period;
use policy::program::PeriodKind;

/// Which lines.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only this program's.
    pub program: Option<String>,
    /// Only this period, or all periods of this month.
    pub period: Option<String>,
    /// Only this creator's.
    pub creator: Option<String>,
    /// Only this video's.
    pub video: Option<String>,
}

/// A line and where it comes from.
#[derive(Clone, Debug)]
pub struct Found {
    /// The program.
    pub program: String,
    /// Its version.
    pub version: u32,
    /// The period.
    pub period: String,
    /// The run.
    pub run: u32,
    /// The line.
    pub line: Line,
}

/// The runs that count and match a filter, and those that should and are broken.
pub fn runs_of(workspace: &Workspace, filter: &Filter) -> Result<Partly<Vec<Run>>> {
    if let Some(id) = &filter.program {
        programs::versions_of(workspace, id)?;
    }
    let (mut runs, mut broken) = runs::latest(workspace, filter.program.as_deref())?;
    if let Some(period) = &filter.period {
        let kinds = [PeriodKind::Day, PeriodKind::Month];
        if kinds.into_iter().all(|kind| Period::parse(period, kind).is_err()) {
            return Err(
                Error::usage("lines/period", format!("`{period}` is neither a day nor a month"))
                    .hint("write a day as 2026-10-05 and a month as 2026-10"),
            );
        }
        // A month selects its days too.
        let days = format!("{period}-");
        let is_wanted = |of: &str| of == *period || of.starts_with(&days);
        runs.retain(|run| is_wanted(&run.record.period));
        broken.retain(|run| is_wanted(&run.period));
        if runs.is_empty() && broken.is_empty() {
            return Err(Error::usage("lines/not-settled", format!("no run for {period}"))
                .hint("`permille runs` lists what is settled, `permille settle` settles")
                .because(Cause::Absent));
        }
    }
    Ok(Partly {
        done: runs,
        left: broken.into_iter().map(Left::from).collect(),
    })
}

/// Lines of the runs that count, sorted by program, period and line.
pub fn lines(workspace: &Workspace, filter: &Filter, scope: &Scope) -> Result<Partly<Vec<Found>>> {
    if let Some(creator) = &filter.creator {
        actors::must_have(scope, creator)?;
    }
    let Partly { done: runs, mut left } = runs_of(workspace, filter)?;
    let mut found = Vec::new();
    for run in runs {
        let wanted = |creator: &str, video: &str| {
            scope.has(creator)
                && filter.creator.as_deref().is_none_or(|wanted| wanted == creator)
                && filter.video.as_deref().is_none_or(|wanted| wanted == video)
        };
        let lines = run.lines_if(|creator, video, _| wanted(creator, video));
        let lines = match lines {
            Ok(lines) => lines,
            Err(error) => {
                left.push(Left::of(&run, error)?);
                continue;
            }
        };
        found.extend(lines.into_iter().map(|line| Found {
            program: run.record.program.clone(),
            version: run.record.version,
            period: run.record.period.clone(),
            run: run.record.number,
            line,
        }));
    }
    Ok(Partly { done: found, left })
}

/// Finds a line by its id, in the runs that count first, then in those they replaced.
pub fn find(workspace: &Workspace, id: &str) -> Result<(Run, Line)> {
    if !id.starts_with("ln_") {
        return Err(
            Error::usage("lines/id", format!("`{id}` is not the id of an earning line"))
                .hint("`permille lines` lists lines with their ids: ln_..."),
        );
    }
    let Partly { done: all, mut left } = runs::all(workspace, None)?;
    let standing = runs::standing(workspace, None)?;
    let (mut candidates, replaced): (Vec<Run>, Vec<Run>) = all
        .into_iter()
        .rev()
        .partition(|run| runs::stands_as(&standing, &run.place()));
    candidates.extend(replaced);
    for run in candidates {
        let lines = run.lines_if(|_, _, line| line == id);
        match lines {
            Ok(mut lines) => {
                if let Some(line) = lines.pop() {
                    return Ok((run, line));
                }
            }
            Err(error) => left.push(Left::of(&run, error)?),
        }
    }
    // It may be in what could not be read.
    left::said(&left)?;
    Err(
        Error::usage("lines/unknown", format!("no line `{id}` in any run"))
            .hint("`permille lines` lists lines with their ids"),
    )
}
