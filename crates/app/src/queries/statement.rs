//! What a creator earned in a month, over all programs, and what a payee collected in it.

mod divided;
mod entries;
mod live;
mod money;
mod section;

pub use self::divided::{Divided, DividedPart};
pub use self::entries::{MoneyEntry, OpenPayout};
pub use self::live::LiveRow;
pub use self::money::MonthMoney;

use self::section::Whose;
use crate::base::error::{Cause, Error, Result};
use crate::queries::lines::{Filter, runs_of};
use crate::runs::left::{Left, Partly};
use crate::runs::{Run, RunFile, parse_period};
use crate::settling::replay::program_of;
use crate::workspace::{Workspace, actors};
use ::money::Money;
use access::Scope;
use earning::statement::{Statement, StatementLine};
use earning::{CreatorDecision, Line};
use jiff::civil::Date;
use policy::program::PeriodKind;
use serde::Serialize;
use std::collections::BTreeMap;

/// A creator's month: what was earned in it, and what happened to the money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Monthly {
    /// The payee's name, if there is one.
    pub name: Option<String>,
    /// What was earned, by the runs that count.
    #[serde(flatten)]
    pub earned: Statement,
    /// LIVE that is booked for the month's periods, by the books.
    pub live: Vec<LiveRow>,
    /// The money, by the books: by who collects it.
    pub money: Vec<MonthMoney>,
    /// Who got what of it, where others than the creator's own payee collect.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub divided: Vec<Divided>,
}

/// What a payee collected in a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Collected {
    /// The payee.
    pub payee: String,
    /// Its name, if it is known.
    pub name: Option<String>,
    /// The month.
    pub month: String,
    /// The money, by the books: of all creators.
    pub money: Vec<MonthMoney>,
}

/// Makes the statement of a payee's month from the books: what it collected of whom, and what was paid.
pub fn collected(workspace: &Workspace, payee: &str, month: &str, scope: &Scope) -> Result<Collected> {
    actors::must_have_payee(scope, payee)?;
    let period = parse_period(month, PeriodKind::Month)?;
    let (from, to) = (
        crate::inputs::reader::midnight(period.start()),
        crate::inputs::reader::midnight(period.end()),
    );
    let (known, money) = workspace.books()?.read(|tx| {
        let known = crate::payouts::payee_records::find(tx, payee)?;
        Ok::<_, Error>((known, money::money(tx, Whose::Payee(payee), from, to)?))
    })?;
    if known.is_none() && money.is_empty() {
        let message = format!("there is no payee `{payee}`, and the books know none");
        return Err(Error::usage("statement/unknown-payee", message)
            .hint("`permille payee list` lists payees; ids are compared to the letter"));
    }
    Ok(Collected {
        payee: payee.to_owned(),
        name: known.map(|payee| payee.name.to_string()),
        month: period.to_string(),
        money,
    })
}

/// Makes the statement of a creator's month from the runs that count and from the books.
pub fn statement(
    workspace: &Workspace,
    creator: &str,
    month: &str,
    scope: &Scope,
) -> Result<Partly<Monthly>> {
    actors::must_have(scope, creator)?;
    let period = parse_period(month, PeriodKind::Month)?;
    let month = period.to_string();
    let filter = Filter {
        period: Some(month.clone()),
        ..Filter::default()
    };
    let mut entries = Vec::new();
    // A month in which nothing was settled may still have payouts.
    let runs = match runs_of(workspace, &filter) {
        Err(error) if error.cause == Some(Cause::Absent) => Partly::default(),
        runs => runs?,
    };
    let Partly { done: runs, mut left } = runs;
    for run in &runs {
        match lines_of(workspace, run, creator) {
            Ok(lines) => entries.extend(lines),
            Err(error) => left.push(Left::of(run, error)?),
        }
    }
    let (from, to) = (
        crate::inputs::reader::midnight(period.start()),
        crate::inputs::reader::midnight(period.end()),
    );
    let (name, live, money) = workspace.books()?.read(|tx| {
        let payee = crate::payouts::payee_records::find(tx, creator)?;
        Ok::<_, Error>((
            payee.map(|payee| payee.name.to_string()),
            live::live(tx, creator, &period, from)?,
            money::money(tx, Whose::Creator(creator), from, to)?,
        ))
    })?;
    let is_unheard_of = entries.is_empty() && live.is_empty() && money.is_empty();
    if left.is_empty() && is_unheard_of && !known(&runs, creator)? {
        let message = format!("no run of {month} knows a creator `{creator}`, and neither do the books");
        return Err(Error::usage("statement/unknown-creator", message)
            .hint("`permille lines` lists creators who earned; ids are compared to the letter"));
    }
    let earned = earning::statement::statement(creator, &month, &entries)
        .map_err(|e| Error::bad_input("statement/lines", e.to_string()))?;
    Ok(Partly {
        done: Monthly {
            name,
            earned,
            divided: divided::divided(creator, &money),
            live,
            money,
        },
        left,
    })
}

/// Did a run decide anything about a creator?
fn known(runs: &[Run], creator: &str) -> Result<bool> {
    for run in runs {
        let found: Vec<CreatorDecision> = run.reading(RunFile::Creators, |path| {
            run_files::read_decisions(path, |id| id == creator)
        })?;
        if !found.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn lines_of(workspace: &Workspace, run: &Run, creator: &str) -> Result<Vec<StatementLine>> {
    let lines = run.lines_if(|owner, _, _| owner == creator)?;
    if lines.is_empty() {
        return Ok(Vec::new());
    }
    let name = program_of(workspace, run)?.name;
    let period = run.period()?;
    let mut days = days_of(run, &lines)?;
    let entry = |(index, line): (usize, Line)| StatementLine {
        program: run.record.program.clone(),
        program_name: name.clone(),
        version: run.record.version,
        period,
        line: line.id,
        video: line.video,
        amount: line.amount,
        views: line.views,
        qualified_views: line.qualified_views,
        days: days.remove(&index).unwrap_or_default(),
    };
    Ok(lines.into_iter().enumerate().map(entry).collect())
}

type Days = Vec<(Date, Money)>;

/// Amounts by day of the lines of a run whose units are kept apart by day.
fn days_of(run: &Run, lines: &[Line]) -> Result<BTreeMap<usize, Days>> {
    let asset = run.asset()?;
    let ranges: Vec<_> = lines.iter().map(|line| line.units.clone()).collect();
    let units = run.reading(RunFile::Units, |path| run_files::read_units(path, &ranges))?;
    let mut by_line = BTreeMap::new();
    for (index, line) in lines.iter().enumerate() {
        let mut days: BTreeMap<Date, i128> = BTreeMap::new();
        for (_, unit) in units.range(line.units.clone()) {
            if let Some(day) = unit.day {
                *days.entry(day).or_default() += unit.amount;
            }
        }
        if !days.is_empty() {
            by_line.insert(
                index,
                days.into_iter()
                    .map(|(day, units)| (day, Money::new(asset, units)))
                    .collect(),
            );
        }
    }
    Ok(by_line)
}
