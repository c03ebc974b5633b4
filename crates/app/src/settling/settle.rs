//! Settle periods: choose the version, pin the inputs, decide, store the run.

use super::before::Before;
use super::{checks, remarks, replay, stored};
use crate::base::error::{Error, Result, again_on_conflict};
use crate::base::progress::Context;
use crate::books::ToPost;
use crate::inputs::programs;
use crate::inputs::reader::Reader;
use crate::inputs::traffic_lists::{self, Configured};
use crate::runs::left::{self, Left, Partly};
use crate::runs::{self, Record, Run, parse_period, run_hash};
use crate::workspace::Workspace;
use crate::workspace::books::OwnBooks;
use event::kind::Kind;
use jiff::civil::Date;
use lake::archive::{Archive, StoredBefore};
use policy::period::Period;
use policy::program::{PeriodKind, Program};
use policy::registry;
use std::collections::HashSet;

/// Which periods to settle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// One period, as written.
    Period(String),
    /// Every period of a month, as written.
    Month(String),
    /// Every period that is over and does not stand in the books by its last run.
    Due,
}

/// What happened with one period.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The run that counts now.
    pub run: Run,
    /// Whether it was made now.
    pub what: Made,
    /// Remarks for people: an empty pool, rules not evaluated, why nobody earned.
    pub notes: Vec<String>,
}

/// Whether a run was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// The period's first run.
    Settled,
    /// A new run, since the inputs have changed; the earlier run is kept and no longer counts.
    SettledAgain,
    /// Nothing to do: already settled with the same inputs.
    Unchanged,
}

/// Settles the selected periods in order. Each period is stored before the next begins; one that cannot be settled is left out,
/// and told beside what was done.
pub fn settle(
    workspace: &Workspace,
    program: Option<&str>,
    selection: &Selection,
    context: &Context<'_>,
    each: impl FnMut(&Outcome) -> Result<()>,
) -> Result<Partly<Vec<Outcome>>> {
    let lists = || traffic_lists::in_force(workspace);
    settle_with(workspace, &lists, program, selection, context, each)
}

/// The lists as they are when they are asked for.
type ListsInForce<'l> = &'l dyn Fn() -> Result<Configured>;

/// Settles with lists that the caller has.
pub fn settle_with(
    workspace: &Workspace,
    lists: ListsInForce<'_>,
    program: Option<&str>,
    selection: &Selection,
    context: &Context<'_>,
    mut each: impl FnMut(&Outcome) -> Result<()>,
) -> Result<Partly<Vec<Outcome>>> {
    let archive = workspace.archive()?;
    let bound = StoredBefore(archive.last_commit());
    let configured = lists()?;
    let reader = Reader::new(&archive, bound, &configured.lists, workspace);
    let books = workspace.books_to_write(context)?;
    let mut settled = Partly {
        done: Vec::new(),
        left: Vec::new(),
    };
    let work = select(workspace, &archive, bound, program, selection, context.today())?;
    context.progress.stage("settling", Some(work.len() as u64));
    for (done, (versions, period)) in work.iter().enumerate() {
        let posted = again_on_conflict(|| {
            settle_and_post((&reader, &configured), &books, (versions, period), lists, context)
        });
        match posted {
            Ok(outcome) => {
                each(&outcome)?;
                settled.done.push(outcome);
            }
            Err(error) if left::is_of_one_period(&error) => settled.left.push(Left {
                program: versions[0].id.clone(),
                period: period.to_string(),
                error,
            }),
            Err(error) => return Err(error),
        }
        context.progress.position(done as u64 + 1);
    }
    let mut settled = settled.unless_alone(work.len())?;
    // A program whose documents are damaged or gone keeps no other from being settled.
    if program.is_none() {
        settled.left.extend(without_documents(&books)?);
    }
    Ok(settled)
}

/// Programs of which there is nothing to settle by.
fn without_documents(books: &OwnBooks) -> Result<Vec<Left>> {
    let damaged = books.read(programs::documents_in)?.damaged;
    let left = damaged.into_iter().map(|(program, error)| Left {
        program,
        period: "whatever is due".to_owned(),
        error,
    });
    Ok(left.collect())
}

/// Settles a period and posts it, unless it was closed: in between somebody may close it, and then it is looked at again.
fn settle_and_post(
    (reader, configured): (&Reader<'_>, &Configured),
    books: &OwnBooks,
    (versions, period): (&[Program], &Period),
    lists: ListsInForce<'_>,
    context: &Context<'_>,
) -> Result<Outcome> {
    let chosen = registry::choose(versions, period).map_err(|e| {
        Error::refused("settle/no-version", e.to_string())
            .hint("`permille program list` shows from when each version is in force")
    })?;
    let before = books.read(|tx| Before::read(tx, reader.workspace, chosen, period))?;
    // Another may have settled it after archive and lists were looked at, with what was imported or marked in between.
    let marked = before.has_other_lists(&configured.pinned).then(lists);
    let marked = marked
        .transpose()?
        .filter(|lists| lists.pinned != configured.pinned);
    let configured = marked.as_ref().unwrap_or(configured);
    let newer = match marked.is_some() || before.read_up_to() > reader.bound.0 {
        true => Some(reader.workspace.archive()?),
        false => None,
    };
    let newer = newer.as_ref().map(|archive| {
        let bound = StoredBefore(archive.last_commit());
        Reader::new(archive, bound, &configured.lists, reader.workspace)
    });
    let reader = newer.as_ref().unwrap_or(reader);
    let mended = match &before.run {
        Some(run) => replay::put_back_files(reader, run, context)?,
        None => None,
    };
    let mut outcome = match before.is_closed() {
        true => unchanged_since_closing(reader, chosen, period, &before)?,
        false => settle_one(reader, chosen, period, &before, configured, context)?,
    };
    // Nobody is kept from writing for what stands already.
    if outcome.what != Made::Unchanged {
        let to_post = ToPost::read(&outcome.run, before.run.as_ref())?;
        books.write(context.by(), context.recorded, |tx| {
            before.must_be_so(tx, reader.workspace, chosen, period)?;
            programs::must_be_all(tx, &chosen.id, &versions.iter().collect::<Vec<_>>())?;
            to_post.post(tx, chosen, None)
        })?;
    }
    outcome.notes.extend(mended);
    Ok(outcome)
}

type Work = Vec<(Vec<Program>, Period)>;

fn select(
    workspace: &Workspace,
    archive: &Archive,
    bound: StoredBefore,
    program: Option<&str>,
    selection: &Selection,
    today: Date,
) -> Result<Work> {
    let Some(id) = program else {
        // What cannot be read is told at the end.
        let mut ids: Vec<_> = programs::documents(workspace)?
            .programs
            .into_iter()
            .map(|program| program.id)
            .collect();
        ids.dedup();
        let mut work = Work::new();
        for id in ids {
            // Gifts are booked, not settled.
            let versions = programs::versions_of(workspace, &id)?;
            if versions.iter().all(|version| version.conversion().is_some()) {
                continue;
            }
            work.extend(select(workspace, archive, bound, Some(&id), selection, today)?);
        }
        return Ok(work);
    };
    let versions = programs::versions_of(workspace, id)?;
    versions.iter().try_for_each(programs::refuse_conversion)?;
    let kind = versions[0].period;
    let periods = match selection {
        Selection::Period(text) => vec![parse_period(text, kind)?],
        Selection::Month(text) => {
            let month = parse_period(text, PeriodKind::Month)?;
            let all: Vec<_> = Period::all_between(kind, month.start(), month.end()).collect();
            // Of a running month, the days that are over; a month that has not begun stays whole and is refused.
            match all.iter().filter(|period| period.end() <= today).count() {
                0 => all,
                over => all.into_iter().take(over).collect(),
            }
        }
        Selection::Due => due(workspace, archive, bound, &versions, today)?,
    };
    for period in &periods {
        if period.end() > today {
            return Err(Error::refused(
                "settle/open-period",
                format!("period {period} of {id} is open until {} (UTC)", period.end()),
            )
            .hint(format!(
                "settle it from {} on; `permille simulate --program {id}` shows what it would pay so far",
                period.end()
            )));
        }
    }
    Ok(periods
        .into_iter()
        .map(|period| (versions.clone(), period))
        .collect())
}

/// Periods that are over, have events, and are not settled.
fn due(
    workspace: &Workspace,
    archive: &Archive,
    bound: StoredBefore,
    versions: &[Program],
    today: Date,
) -> Result<Vec<Period>> {
    let kinds = [Kind::View, Kind::AdImpression];
    let dates = kinds
        .iter()
        .flat_map(|kind| archive.all_files(*kind, bound))
        .map(|file| file.date);
    let (Some(first), Some(last)) = dates.fold((None, None), |(first, last), date| {
        (
            Some(first.map_or(date, |d: Date| d.min(date))),
            Some(last.map_or(date, |d: Date| d.max(date))),
        )
    }) else {
        return Ok(Vec::new());
    };
    let Some(in_force) = versions.iter().map(|program| program.effective_from).min() else {
        return Ok(Vec::new());
    };
    let kind = versions[0].period;
    let start = Period::containing(kind, first).start().max(in_force);
    let end = Period::containing(kind, last).end().min(today);
    // A period whose run is broken, or has lost its files, comes up again: to be mended, or told.
    let (mut whole, _) = runs::latest(workspace, Some(&versions[0].id))?;
    whole.retain(Run::has_files);
    let whole: HashSet<String> = whole.into_iter().map(|run| run.record.period).collect();
    let periods = Period::all_between(kind, start, end);
    Ok(periods
        .filter(|period| !whole.contains(&period.to_string()))
        .collect())
}

/// A closed period is not settled again; that its inputs have changed is worth a remark.
fn unchanged_since_closing(
    reader: &Reader<'_>,
    program: &Program,
    period: &Period,
    before: &Before,
) -> Result<Outcome> {
    let (Some(state), Some(run)) = (&before.state, &before.run) else {
        return Err(Error::bug(
            "settle/closed",
            format!("{} {period} has no run", program.id),
        ));
    };
    let mut notes = Vec::new();
    if run.record.inputs != reader.fingerprint(program, period, before.budget_spent) {
        notes.push(match state.value.locked {
            true => "the period is locked, and stays as it is though its inputs have changed since".to_owned(),
            false => format!(
                "the period is closed and its inputs have changed since: `permille restate --program {} --period {period}` posts the difference",
                program.id
            ),
        });
    }
    Ok(Outcome {
        run: run.clone(),
        what: Made::Unchanged,
        notes,
    })
}

/// Settles one period and stores the files of the run, unless the run that stands in the books has the same inputs. The run is in the books
/// when it is posted.
pub(crate) fn settle_one(
    reader: &Reader<'_>,
    program: &Program,
    period: &Period,
    before: &Before,
    configured: &Configured,
    context: &Context<'_>,
) -> Result<Outcome> {
    let inputs = reader.fingerprint(program, period, before.budget_spent);
    checks::has_what_was_read(reader, before)?;
    checks::must_not_be_older(program, before.run.as_ref())?;
    if let Some(run) = &before.run
        && run.record.inputs == inputs
    {
        return Ok(Outcome {
            run: run.clone(),
            what: Made::Unchanged,
            notes: Vec::new(),
        });
    }
    let gathered = reader.inputs(program, period, context)?;
    let settlement = gathered.settle(program, period, before.budget_spent)?;
    checks::must_fit_the_books(program, period, settlement.report.totals.gross)?;
    context.check()?;
    let blobs = reader.workspace.blobs();
    configured.keep(&blobs)?;
    let record = Record {
        program: program.id.clone(),
        version: program.version,
        program_hash: program.hash.clone(),
        period: period.to_string(),
        number: before.next(),
        settled_at: context.clock,
        from: period.start(),
        to: period.end(),
        stored_before: reader.bound.0,
        lists: configured.pinned.clone(),
        budget_spent: before.budget_spent.units().to_string(),
        asset: program.asset.to_string(),
        inputs,
        facts_hash: gathered.facts.hash(),
        hash: run_hash(&gathered.facts.hash(), &settlement),
        lines: settlement.lines.len() as u64,
        report: settlement.report.clone(),
        files: stored::store(&blobs, &gathered, &settlement)?,
    };
    Ok(Outcome {
        run: Run::new(record, &blobs),
        what: match before.run {
            Some(_) => Made::SettledAgain,
            None => Made::Settled,
        },
        notes: remarks::notes(reader, program, period, &gathered, &settlement),
    })
}
