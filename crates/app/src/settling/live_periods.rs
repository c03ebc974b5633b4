//! Closing and locking periods of LIVE money.

use super::close::Which;
use crate::base::error::{Error, Result, again_on_conflict};
use crate::base::progress::Context;
use crate::inputs::programs;
use crate::inputs::reader::midnight;
use crate::live::LivePeriod;
use crate::live::periods::{self, Missing, NotBooked, nothing_booked};
use crate::runs::left::{Left, Partly};
use crate::runs::{Stage, parse_period};
use crate::workspace::Workspace;
use jiff::Timestamp;
use jiff::civil::Date;
use policy::period::Period;
use policy::program::PeriodKind;
use std::collections::BTreeMap;
use store::Tx;

/// Every period of LIVE money, of one program or of all.
pub(super) fn status(workspace: &Workspace, program: Option<&str>) -> Result<Vec<LivePeriod>> {
    workspace.books()?.read(|tx| periods::all(tx, program))
}

/// Closes periods, and those before them: nothing more is booked for them. A period is not closed while events that belong to it are imported
/// and not booked; of what waits it says how much.
pub(super) fn close(
    workspace: &Workspace,
    program: Option<&str>,
    which: &Which,
    context: &Context<'_>,
) -> Result<Partly<Vec<LivePeriod>>> {
    let meant = Meant::of(workspace, program, which)?;
    again_on_conflict(|| {
        let store = workspace.books_to_write(context)?;
        let known = store.read(|tx| meant.of_all(tx))?;
        let may_be = |period: &LivePeriod| *which != Which::Due || context.today() >= period.final_on;
        let is_to_be_closed =
            |(period, is_meant): &(LivePeriod, bool)| *is_meant && is_open(period) && may_be(period);
        if !known.iter().any(is_to_be_closed) {
            return Ok(meant.done(known));
        }
        let not_booked = NotBooked::read(workspace, &store, context.now)?;
        store.write(context.by(), context.recorded, |tx| {
            let missing = not_booked.with(tx, context.now)?;
            let mut closed = Partly::<Vec<LivePeriod>>::default();
            let meant_ones = with_earlier(meant.of_all(tx)?);
            let all = meant_ones.len();
            let mut from: BTreeMap<String, Date> = BTreeMap::new();
            for mut period in meant_ones {
                // Not before an earlier one may be.
                let first_day = from.entry(period.program.clone()).or_insert(period.final_on);
                *first_day = period.final_on.max(*first_day);
                let is_early = context.today() < *first_day;
                let done = match (is_open(&period), is_early) {
                    (false, _) => Ok(()),
                    (true, true) if *which == Which::Due => Ok(()),
                    (true, true) => Err(too_early(&period, *first_day)),
                    (true, false) => close_one(tx, &mut period, &missing),
                };
                meant.keep(&mut closed, period, done)?;
            }
            meant.unless_alone(closed, all)
        })
    })
}

/// The periods that are meant, and those before them that are open: what is closed ends with one day.
fn with_earlier(all: Vec<(LivePeriod, bool)>) -> Vec<LivePeriod> {
    let mut last: BTreeMap<String, Period> = BTreeMap::new();
    for (period, _) in all.iter().filter(|(_, is_meant)| *is_meant) {
        last.insert(period.program.clone(), period.period);
    }
    let is_one = |period: &LivePeriod| {
        last.get(&period.program)
            .is_some_and(|last| period.period < *last)
    };
    let all = all.into_iter();
    let chosen = all.filter(|(period, is_meant)| *is_meant || (is_open(period) && is_one(period)));
    chosen.map(|(period, _)| period).collect()
}

/// Locks closed periods: what comes late for them is booked as before, and told.
pub(super) fn lock(
    workspace: &Workspace,
    program: Option<&str>,
    which: &Which,
    context: &Context<'_>,
) -> Result<Partly<Vec<LivePeriod>>> {
    let meant = Meant::of(workspace, program, which)?;
    let store = workspace.books_to_write(context)?;
    store.write(context.by(), context.recorded, |tx| {
        let mut locked = Partly::<Vec<LivePeriod>>::default();
        let mut all = 0;
        for (mut period, _) in meant.of_all(tx)?.into_iter().filter(|(_, is_meant)| *is_meant) {
            all += 1;
            let done = match (is_open(&period), *which == Which::Due) {
                (true, true) => Ok(()),
                (true, false) => Err(Error::refused(
                    "period/open",
                    format!("{} {} is not closed", period.program, period.period),
                )
                .hint("`permille period close` first")),
                (false, _) if period.locked => Ok(()),
                (false, _) => period.lock(tx),
            };
            meant.keep(&mut locked, period, done)?;
        }
        meant.unless_alone(locked, all)
    })
}

fn is_open(period: &LivePeriod) -> bool {
    period.stage == Stage::Estimated
}

fn too_early(period: &LivePeriod, first_day: Date) -> Error {
    Error::refused(
        "period/too-early",
        format!(
            "{} {} can be closed from {first_day} on",
            period.program, period.period
        ),
    )
    .hint("until then late events may come in: `permille live book` books them for it")
}

fn close_one(
    tx: &mut Tx<'_>,
    period: &mut LivePeriod,
    missing: &impl Fn(Timestamp) -> Missing,
) -> Result<()> {
    let name = format!("{} {}", period.program, period.period);
    let missing = missing(midnight(period.period.end()));
    if missing.not_booked > 0 || missing.unfinished {
        let what = match missing.not_booked {
            0 => "a booking has begun and not come to its end".to_owned(),
            events => format!(
                "{} and not booked",
                counted(events, "is imported", "are imported")
            ),
        };
        return Err(
            Error::refused("period/not-booked", format!("{name} is not closed: {what}"))
                .hint("`permille live book` books them, and then it can be closed"),
        );
    }
    if missing.waiting > 0 {
        period.notes.push(format!(
            "{}, and will be booked for the first period that is open then: `permille live waiting` says why",
            counted(
                missing.waiting,
                "that is dated before its end waits",
                "that are dated before its end wait"
            )
        ));
    }
    period.close(tx)
}

fn counted(events: usize, one: &str, many: &str) -> String {
    match events {
        1 => format!("1 event {one}"),
        more => format!("{more} events {many}"),
    }
}

/// Which periods are meant.
struct Meant<'w> {
    program: Option<&'w str>,
    which: &'w Which,
    /// The one period, where one is meant.
    only: Option<Period>,
    /// How the names of the periods begin, where a month is meant.
    month: Option<String>,
}

impl<'w> Meant<'w> {
    fn of(workspace: &Workspace, program: Option<&'w str>, which: &'w Which) -> Result<Meant<'w>> {
        let mut meant = Meant {
            program,
            which,
            only: None,
            month: None,
        };
        match (which, program) {
            (Which::Due, _) | (Which::Period(_), None) => {}
            (Which::Month(text), _) => {
                meant.month = Some(parse_period(text, PeriodKind::Month)?.to_string());
            }
            (Which::Period(text), Some(program)) => {
                let kind = programs::versions_of(workspace, program)?[0].period;
                meant.only = Some(parse_period(text, kind)?);
            }
        }
        Ok(meant)
    }

    /// Every period of the programs, and whether it is meant. An error where the program's are asked for and there are none.
    fn of_all(&self, tx: &mut Tx<'_>) -> Result<Vec<(LivePeriod, bool)>> {
        let mut all = Vec::new();
        for period in periods::all(tx, self.program)? {
            let is_it = self.only.is_none_or(|only| only == period.period);
            let name = period.period.to_string();
            let is_in = self.month.as_ref().is_none_or(|month| name.starts_with(month));
            all.push((period, is_it && is_in));
        }
        let asked = match self.which {
            Which::Period(text) | Which::Month(text) => text,
            Which::Due => return Ok(all),
        };
        match self.program {
            Some(program) if !all.iter().any(|(_, is_meant)| *is_meant) => {
                Err(nothing_booked(program, asked))
            }
            _ => Ok(all),
        }
    }

    /// Keeps what was done with a period, or that it was left out. The error itself where the program was named, unless all that is due
    /// is done.
    fn keep(&self, kept: &mut Partly<Vec<LivePeriod>>, period: LivePeriod, done: Result<()>) -> Result<()> {
        match done {
            Ok(()) => kept.done.push(period),
            Err(error) if error.is_conflict() || error.is_damage() => return Err(error),
            Err(error) if self.program.is_some() && *self.which != Which::Due => return Err(error),
            Err(error) => kept.left.push(Left {
                program: period.program,
                period: period.period.to_string(),
                error,
            }),
        }
        Ok(())
    }

    /// What was done; the error itself where one period of a named program was to be done. Without a name others may have been done before.
    fn unless_alone(&self, kept: Partly<Vec<LivePeriod>>, all: usize) -> Result<Partly<Vec<LivePeriod>>> {
        match self.program {
            Some(_) => kept.unless_alone(all),
            None => Ok(kept),
        }
    }

    fn done(&self, known: Vec<(LivePeriod, bool)>) -> Partly<Vec<LivePeriod>> {
        let meant = known.into_iter().filter(|(_, is_meant)| *is_meant);
        Partly {
            done: meant.map(|(period, _)| period).collect(),
            left: Vec::new(),
        }
    }
}
