//! Backtest a program document on the archive. Nothing is written.

use crate::base::error::{Error, Result};
use crate::base::progress::Context;
use crate::inputs::reader::Reader;
use crate::inputs::{programs, traffic_lists};
use crate::workspace::Workspace;
use earning::simulate::{Comparison, PeriodOutcome, Summary};
use jiff::ToSpan;
use jiff::civil::Date;
use lake::archive::StoredBefore;
use money::Money;
use policy::period::Period;
use policy::program::{CapScope, Program};

/// What a backtest found.
#[derive(Debug)]
pub enum Backtest {
    /// One program alone.
    Alone(Box<Summary>),
    /// A program against another.
    Compared(Box<Comparison>),
}

/// Settles every whole period of `[from, to]` with a program, and with another to compare, without storing anything.
/// Periods that are not over count with the events stored so far; the versions' dates of force do not matter here.
pub fn simulate(
    workspace: &Workspace,
    program: &str,
    against: Option<&str>,
    (from, to): (Date, Date),
    context: &Context<'_>,
) -> Result<Backtest> {
    let candidate = programs::resolve_counting(Some(workspace), program)?;
    let baseline = against
        .map(|reference| programs::resolve_counting(Some(workspace), reference))
        .transpose()?;
    if from > to {
        return Err(Error::usage(
            "simulate/days",
            format!("the first day {from} comes after the last day {to}"),
        ));
    }
    let archive = workspace.archive()?;
    let lists = traffic_lists::in_force(workspace)?.lists;
    let reader = Reader::new(&archive, StoredBefore(archive.last_commit()), &lists, workspace);
    let found = outcomes(&reader, &candidate, from, to, context)?;
    let failed = |e: earning::simulate::SimulateError| Error::usage("simulate/compare", e.to_string());
    match baseline {
        None => Ok(Backtest::Alone(Box::new(
            earning::simulate::summarise(&found).map_err(failed)?,
        ))),
        Some(baseline) => {
            let other = outcomes(&reader, &baseline, from, to, context)?;
            Ok(Backtest::Compared(Box::new(
                earning::simulate::compare(&found, &other).map_err(failed)?,
            )))
        }
    }
}

fn outcomes(
    reader: &Reader<'_>,
    program: &Program,
    from: Date,
    to: Date,
    context: &Context<'_>,
) -> Result<Vec<PeriodOutcome>> {
    let periods: Vec<_> = Period::all_between(program.period, from, to.saturating_add(1.day())).collect();
    if periods.is_empty() {
        return Err(Error::usage(
            "simulate/no-period",
            format!(
                "no whole {} of {} lies between {from} and {to}",
                program.period.name(),
                program.id
            ),
        )
        .hint("a program by month needs whole months: --from 2026-10-01 --to 2026-10-31"));
    }
    if periods.len() > MAX_PERIODS {
        return Err(Error::usage(
            "simulate/too-long",
            format!("{} periods are too many: at most {MAX_PERIODS}", periods.len()),
        ));
    }
    remarks(program, &periods, (from, to), context);
    context
        .progress
        .stage(&format!("simulating {}", program.id), Some(periods.len() as u64));
    let mut outcomes = Vec::new();
    let mut spent = Money::zero(program.asset);
    for (done, period) in periods.iter().enumerate() {
        let gathered = reader.inputs(program, period, context)?;
        let settlement = gathered.settle(program, period, spent)?;
        if program.caps.iter().any(|cap| cap.scope == CapScope::Budget) {
            spent = spent
                .checked_add(settlement.report.totals.paid)
                .map_err(|e| Error::bug("simulate/budget", e.to_string()))?;
        }
        outcomes.push(PeriodOutcome::of(&settlement));
        context.progress.position(done as u64 + 1);
    }
    Ok(outcomes)
}

/// More periods than ten years of days: a slip of the keyboard.
const MAX_PERIODS: usize = 3_700;

/// Says what a backtest is not: settled periods of a version in force.
fn remarks(program: &Program, periods: &[Period], (from, to): (Date, Date), context: &Context<'_>) {
    let note = |text: String| context.progress.note(&format!("note: {text}"));
    let open = periods
        .iter()
        .filter(|period| period.end() > context.today())
        .count();
    if open > 0 {
        note(format!(
            "{open} of {} periods are not over: they count with the events stored so far",
            periods.len()
        ));
    }
    let early = periods
        .iter()
        .filter(|period| period.start() < program.effective_from)
        .count();
    if early > 0 {
        let id = &program.id;
        note(format!(
            "{early} periods begin before {id} is in force ({}), and are simulated all the same",
            program.effective_from
        ));
    }
    if let (Some(first), Some(last)) = (periods.first(), periods.last())
        && (first.start() > from || last.last_day() < to)
    {
        note(format!(
            "only whole periods count: {} to {}",
            first.start(),
            last.last_day()
        ));
    }
}
