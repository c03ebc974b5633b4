//! `permille import` and `permille generate`.

use crate::args;
use crate::output::{Align, Listing, grouped};
use crate::session::Session;
use app::base::error::Result;
use event::kind::Kind;
use lake::archive::Counts;
use lake::import::ImportReport;
use serde_json::{Value, json};
use std::num::NonZeroUsize;

/// Imports files and prints what became of their rows.
pub fn run(args: &args::Import, session: &Session) -> Result<()> {
    let workspace = session.workspace()?;
    let mapping = args
        .mapping
        .as_deref()
        .map(app::inputs::import::mapping)
        .transpose()?;
    let report = session.work(Some(&workspace), |context| {
        app::inputs::import::import(&workspace, args.kind, &args.files, mapping.as_ref(), context)
    })?;
    match session.output.format {
        args::Format::Json => session.output.json(&json(args.kind, &report)),
        args::Format::Csv => session.output.listing(&listing([&report].into_iter()), "", &()),
        args::Format::Table => {
            print_table([&report].into_iter(), session)?;
            remarks(&report, session)
        }
    }
}

/// Prints reports of imports as one table.
pub fn print_table<'a>(reports: impl Iterator<Item = &'a ImportReport>, session: &Session) -> Result<()> {
    session.output.text(&listing(reports).table())
}

fn listing<'a>(reports: impl Iterator<Item = &'a ImportReport>) -> Listing {
    let mut listing = Listing::new(&[
        ("kind", Align::Left),
        ("read", Align::Right),
        ("stored", Align::Right),
        ("duplicate", Align::Right),
        ("quarantined", Align::Right),
    ]);
    for report in reports {
        for (kind, counts) in report.totals() {
            listing.row(vec![
                kind.name().to_owned(),
                grouped(counts.read),
                grouped(counts.stored),
                grouped(counts.duplicate),
                grouped(counts.quarantined),
            ]);
        }
    }
    listing
}

fn remarks(report: &ImportReport, session: &Session) -> Result<()> {
    let mut ignored: Vec<_> = report
        .files
        .iter()
        .flat_map(|file| file.ignored_columns.iter().map(String::as_str))
        .collect();
    ignored.sort_unstable();
    ignored.dedup();
    if !ignored.is_empty() {
        session.output.text(&format!(
            "\ncolumns that nothing was made of: {}",
            ignored.join(", ")
        ))?;
    }
    let views = report.totals().get(&Kind::View).copied().unwrap_or_default();
    if views.unknown_duration + views.looped > 0 {
        session.output.text(&format!(
            "\nof the stored views, {} are of a video whose duration is not known (0 or empty), and {} were watched longer than the video lasts",
            grouped(views.unknown_duration),
            grouped(views.looped)
        ))?;
    }
    if report.totals().values().any(|counts| counts.quarantined > 0) {
        session.output.text(
            "\n`permille quarantine` lists the rows that could not be read, with line, field and reason",
        )?;
    }
    Ok(())
}

/// A report as JSON: the counts of the kind asked for at the top, those of every kind and file below.
pub fn json(kind: Kind, report: &ImportReport) -> Value {
    let totals = report.totals();
    let mut value = counts_json(kind, totals.get(&kind).copied().unwrap_or_default());
    value["kinds"] = totals
        .iter()
        .map(|(kind, counts)| counts_json(*kind, *counts))
        .collect();
    value["files"] = report
        .files
        .iter()
        .map(|file| {
            json!({
                "file": file.file,
                "commit": file.commit,
                "hash": file.hash,
                "ignored_columns": file.ignored_columns,
                "kinds": file.kinds.iter().map(|(kind, counts)| counts_json(*kind, *counts)).collect::<Vec<_>>(),
            })
        })
        .collect();
    value
}

fn counts_json(kind: Kind, counts: Counts) -> Value {
    let mut value = json!({
        "kind": kind.name(), "read": counts.read, "stored": counts.stored,
        "duplicate": counts.duplicate, "quarantined": counts.quarantined,
    });
    if kind == Kind::View {
        value["unknown_duration"] = json!(counts.unknown_duration);
        value["looped"] = json!(counts.looped);
    }
    value
}

/// Generates a platform.
pub fn generate(args: &args::Generate, session: &Session) -> Result<()> {
    let generated = session.work(None, |context| {
        context.progress.stage("generating", Some(args.views));
        let options = sim::GenerateOptions {
            seed: args.seed,
            days: args.days,
            creators: args.creators,
            viewers: args.viewers,
            views: args.views,
            start: args.start,
            out: args.out.clone(),
            threads: NonZeroUsize::new(context.threads),
        };
        crate::demo::generate(&options, context)
    })?;
    let mut listing = Listing::new(&[
        ("kind", Align::Left),
        ("files", Align::Right),
        ("rows", Align::Right),
    ]);
    for written in &generated.kinds {
        listing.row(vec![
            written.kind.name().to_owned(),
            grouped(written.files),
            grouped(written.rows),
        ]);
    }
    let kinds: Vec<_> = generated
        .kinds
        .iter()
        .map(|written| json!({ "kind": written.kind.name(), "files": written.files, "rows": written.rows }))
        .collect();
    let labels: serde_json::Map<_, _> = generated
        .labels
        .iter()
        .map(|(rule, views)| ((*rule).to_owned(), json!(views)))
        .collect();
    session.output.listing(
        &listing,
        "",
        &json!({ "out": args.out, "kinds": kinds, "labels": labels }),
    )?;
    if session.output.format == args::Format::Table {
        let said: Vec<_> = generated
            .labels
            .iter()
            .map(|(rule, views)| format!("{} {}", grouped(*views), rule.replace('_', " ")))
            .collect();
        session.output.text(&format!(
            "\ndeliberately invalid views, labelled in labels/: {}",
            said.join(", ")
        ))?;
    }
    Ok(())
}
