//! `permille settle`, `permille runs` and `permille verify`.

use crate::args;
use crate::output::{Align, Listing, grouped};
use crate::session::Session;
use app::base::error::{Error, Result};
use app::runs::left::{self, Partly};
use app::runs::{Run, RunFile};
use app::settling::settle::{Made, Outcome, Selection};
use serde_json::{Value, json};
use std::time::Instant;

/// Settles periods.
pub fn settle(args: &args::Settle, session: &Session) -> Result<()> {
    let workspace = session.workspace()?;
    let selection = match (&args.period, &args.month) {
        (Some(period), _) => Selection::Period(period.clone()),
        (None, Some(month)) => Selection::Month(month.clone()),
        (None, None) => Selection::Due,
    };
    let started = Instant::now();
    let mut before = Instant::now();
    let mut seconds = Vec::new();
    let Partly { done: outcomes, left } = session.work(Some(&workspace), |context| {
        app::settling::settle::settle(&workspace, args.program.as_deref(), &selection, context, |_| {
            seconds.push(before.elapsed().as_secs_f64());
            before = Instant::now();
            Ok(())
        })
    })?;
    print(&outcomes, &seconds, session)?;
    if session.output.format == args::Format::Table && !outcomes.is_empty() {
        session.output.text(&format!(
            "\n{} in {:.1} s",
            summary(&outcomes),
            started.elapsed().as_secs_f64()
        ))?;
        notes(&outcomes, session)?;
    }
    left::said(&left)
}

/// Prints outcomes as a listing.
pub fn print(outcomes: &[Outcome], seconds: &[f64], session: &Session) -> Result<()> {
    let mut listing = Listing::new(&[
        ("program", Align::Left),
        ("period", Align::Left),
        ("run", Align::Right),
        ("result", Align::Left),
        ("total", Align::Money),
        ("creators_paid", Align::Right),
        ("qualified_views", Align::Right),
        ("rpm_p10", Align::Right),
        ("rpm_p50", Align::Right),
        ("rpm_p90", Align::Right),
        ("seconds", Align::Right),
    ]);
    let mut results = Vec::new();
    for (outcome, seconds) in outcomes.iter().zip(seconds) {
        let (record, report) = (&outcome.run.record, &outcome.run.record.report);
        let rpm = |pick: fn(&earning::Rpm) -> money::Money| {
            report
                .rpm
                .as_ref()
                .map_or_else(|| "-".to_owned(), |rpm| pick(rpm).to_decimal_string())
        };
        listing.row(vec![
            record.program.clone(),
            record.period.clone(),
            record.number.to_string(),
            word(outcome.what).to_owned(),
            report.totals.paid.to_string(),
            grouped(report.counts.creators_paid),
            grouped(report.counts.qualified_views),
            rpm(|rpm| rpm.p10),
            rpm(|rpm| rpm.p50),
            rpm(|rpm| rpm.p90),
            format!("{seconds:.2}"),
        ]);
        let mut value = run_json(&outcome.run)?;
        value["result"] = json!(word(outcome.what));
        value["notes"] = json!(outcome.notes);
        value["seconds"] = json!(seconds);
        results.push(value);
    }
    session.output.listing(
        &listing,
        "nothing is due: every period that is over is settled",
        &results,
    )
}

const fn word(what: Made) -> &'static str {
    match what {
        Made::Settled => "settled",
        Made::SettledAgain => "settled again",
        Made::Unchanged => "unchanged",
    }
}

/// What was done, in a sentence.
pub fn summary(outcomes: &[Outcome]) -> String {
    let count = |what: Made| outcomes.iter().filter(|outcome| outcome.what == what).count();
    let parts = [
        (count(Made::Settled), "settled"),
        (
            count(Made::SettledAgain),
            "settled again, since their inputs have changed",
        ),
        (
            count(Made::Unchanged),
            "already settled with the same inputs, nothing to do",
        ),
    ];
    let said: Vec<_> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    format!("periods: {}", said.join("; "))
}

/// Prints each remark once, with the periods it is about.
pub fn notes(outcomes: &[Outcome], session: &Session) -> Result<()> {
    let of = outcomes
        .iter()
        .map(|outcome| (outcome.run.record.period.as_str(), outcome.notes.as_slice()));
    once(of).iter().try_for_each(|note| session.output.text(note))
}

/// Each remark once, with the periods it is about.
pub fn once<'a>(notes: impl Iterator<Item = (&'a str, &'a [String])>) -> Vec<String> {
    let mut seen: Vec<(&str, Vec<&str>)> = Vec::new();
    for (period, notes) in notes {
        for note in notes {
            match seen.iter_mut().find(|(text, _)| text == note) {
                Some((_, periods)) => periods.push(period),
                None => seen.push((note, vec![period])),
            }
        }
    }
    let said = seen.into_iter().map(|(note, periods)| {
        let about = match periods.as_slice() {
            [one] => (*one).to_owned(),
            [first, .., last] => format!("{first} ... {last} ({} periods)", periods.len()),
            [] => String::new(),
        };
        format!("note: {about}: {note}")
    });
    said.collect()
}

/// A run as JSON: its record, with where its files lie.
pub fn run_json(run: &Run) -> Result<Value> {
    let mut value =
        serde_json::to_value(&run.record).map_err(|e| Error::bug("output/json", e.to_string()))?;
    for file in RunFile::ALL {
        value["files"][file.name()] = json!(run.place_of(file));
    }
    Ok(value)
}

/// Lists runs.
pub fn runs(args: &args::Runs, session: &Session) -> Result<()> {
    let workspace = session.workspace()?;
    if let Some(id) = &args.program {
        app::inputs::programs::versions_of(&workspace, id)?;
    }
    let Partly { done: runs, left } = app::runs::all(&workspace, args.program.as_deref())?;
    let mut listing = Listing::new(&[
        ("program", Align::Left),
        ("period", Align::Left),
        ("run", Align::Right),
        ("version", Align::Right),
        ("stored_before", Align::Right),
        ("lines", Align::Right),
        ("total", Align::Money),
        ("hash", Align::Left),
    ]);
    let mut results = Vec::new();
    for run in &runs {
        let record = &run.record;
        listing.row(vec![
            record.program.clone(),
            record.period.clone(),
            record.number.to_string(),
            record.version.to_string(),
            record.stored_before.to_string(),
            grouped(record.lines),
            record.report.totals.paid.to_string(),
            record.hash.chars().take(SHORT_HASH).collect(),
        ]);
        results.push(run_json(run)?);
    }
    session
        .output
        .listing(&listing, "no run yet: `permille settle` makes them", &results)?;
    left::said(&left)
}

/// Digits of a hash shown in tables.
const SHORT_HASH: usize = 16;

/// Replays runs.
pub fn verify(args: &args::Verify, session: &Session) -> Result<()> {
    let workspace = session.workspace()?;
    let found = session.work(Some(&workspace), |context| {
        app::queries::verify::verify(&workspace, args.program.as_deref(), context)
    })?;
    let mut listing = Listing::new(&[
        ("program", Align::Left),
        ("period", Align::Left),
        ("run", Align::Right),
        ("result", Align::Left),
        ("hash", Align::Left),
    ]);
    for replay in &found.runs {
        listing.row(vec![
            replay.program.clone(),
            replay.period.clone(),
            replay.run.to_string(),
            replay.difference.clone().unwrap_or_else(|| "same".to_owned()),
            replay
                .recorded
                .iter()
                .flat_map(|hash| hash.chars())
                .take(SHORT_HASH)
                .collect(),
        ]);
    }
    session.output.listing(&listing, "no run to verify", &found)?;
    for file in &found.damaged {
        let commit = file
            .commit
            .map_or_else(String::new, |commit| format!(", of commit {commit}"));
        crate::output::say(&format!(
            "damaged: {}{commit}: {}",
            file.path.display(),
            file.difference
        ));
    }
    let (different, damaged) = (found.different(), found.damaged.len());
    if different + damaged > 0 {
        let runs = format!(
            "{different} of {} runs do not replay to what was recorded",
            found.runs.len()
        );
        let files = match damaged {
            1 => "1 file is not what it was".to_owned(),
            _ => format!("{damaged} files are not what they were"),
        };
        let message = match (different, damaged) {
            (_, 0) => runs,
            (0, _) => files,
            _ => format!("{runs}, and {files}"),
        };
        return Err(
            Error::bad_input("verify/different", message).hint("restore what is damaged from a backup")
        );
    }
    if session.output.format == args::Format::Table && !found.runs.is_empty() {
        session.output.text(&format!(
            "\nthe archive is as committed, and all {} runs replay to the same results",
            found.runs.len()
        ))?;
    }
    Ok(())
}
