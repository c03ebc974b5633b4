//! `permille facts`, `permille verdicts` and `permille funnel`.

use crate::args;
use crate::output::{Align, Listing, grouped};
use crate::session::Session;
use app::base::error::Result;
use app::base::progress::Context;
use app::inputs::count::{Days, Events};
use lake::funnel::{Evaluated, FunnelOf};
use lake::kernel::FactsSummary;
use money::Whole;
use policy::program::Program;
use policy::qualification::Rule;
use serde_json::json;
use std::path::Path;

/// Counts facts and writes them.
pub fn facts(args: &args::Facts, session: &Session) -> Result<()> {
    let started = std::time::Instant::now();
    let summary = counted(&args.of, session, |events, program, days, context| {
        app::inputs::count::facts(events, program, days, &args.of.out, context)
    })?;
    print_summary(&summary, &args.of, started.elapsed(), session)
}

/// Calls a use case with the events, program and days of the arguments.
fn counted<T>(
    args: &args::Counted,
    session: &Session,
    job: impl Fn(Events<'_>, &Program, Days, &Context<'_>) -> Result<T>,
) -> Result<T> {
    let days = Days {
        from: args.span.from,
        to: args.span.to,
    };
    let workspace = match &args.raw {
        Some(_) => session.workspace_if_any()?,
        None => Some(session.workspace()?),
    };
    let program = app::inputs::programs::resolve_counting(workspace.as_ref(), &args.thresholds.program)?;
    session.work(workspace.as_ref(), |context| match (&args.raw, &workspace) {
        (None, Some(workspace)) => job(Events::Archive(workspace), &program, days, context),
        (raw, workspace) => {
            let lists = match workspace {
                Some(workspace) => app::inputs::traffic_lists::configured(workspace)?.lists,
                None => lake::lists::Lists::default(),
            };
            let folder = raw.as_deref().unwrap_or(Path::new("."));
            job(
                Events::Raw {
                    folder,
                    lists: &lists,
                },
                &program,
                days,
                context,
            )
        }
    })
}

/// Gives every view its verdict.
pub fn verdicts(args: &args::Verdicts, session: &Session) -> Result<()> {
    let summary = counted(&args.of, session, |events, program, days, context| {
        let labels = args.labels.as_deref();
        app::inputs::count::verdicts(events, program, days, labels, &args.of.out, context)
    })?;
    let mut columns = vec![("verdict", Align::Left), ("views", Align::Right)];
    if args.labels.is_some() {
        columns.extend(["labelled", "agreed", "precision", "recall"].map(|name| (name, Align::Right)));
    }
    let mut listing = Listing::new(&columns);
    let mut results = Vec::new();
    for rule in Rule::ALL {
        let of = |counts: &[u64; Rule::COUNT]| counts[rule as usize];
        let (views, labelled, agreed) = (of(&summary.rejected), of(&summary.labelled), of(&summary.agreed));
        let known = !summary.not_evaluated.contains(&rule);
        let count = if known {
            grouped(views)
        } else {
            "not evaluated".to_owned()
        };
        let mut row = vec![rule.name().to_owned(), count];
        let mut result = json!({ "verdict": rule.name(), "views": views, "evaluated": known });
        if args.labels.is_some() {
            row.extend([
                grouped(labelled),
                grouped(agreed),
                percent(agreed, views),
                percent(agreed, labelled),
            ]);
            (result["labelled"], result["agreed"]) = (json!(labelled), json!(agreed));
        }
        listing.row(row);
        results.push(result);
    }
    let mut row = vec!["qualified".to_owned(), grouped(summary.qualified())];
    row.resize(columns.len(), String::new());
    listing.row(row);
    results.push(json!({ "verdict": "qualified", "views": summary.qualified() }));
    let json = json!({ "views": summary.views, "verdicts": results, "out": args.of.out });
    session.output.listing(&listing, "", &json)?;
    if session.output.format == args::Format::Table {
        let out = args.of.out.display();
        not_evaluated(&summary.not_evaluated, session)?;
        session
            .output
            .text(&format!("{} views, written to {out}", grouped(summary.views)))?;
    }
    Ok(())
}

/// The sum of revenues among the counts.
const REVENUE: &str = "ad_revenue_micros";

fn print_summary(
    summary: &FactsSummary,
    args: &args::Counted,
    took: std::time::Duration,
    session: &Session,
) -> Result<()> {
    let totals = &summary.totals;
    let mut listing = Listing::new(&[("what", Align::Left), ("count", Align::Right)]);
    let mut json = serde_json::Map::new();
    let mut add = |name: String, value: i128| {
        listing.row(vec![name.replace('_', " "), grouped(value)]);
        // Of revenues the sum may be of any size, and below zero: it is text whatever it is.
        let written = match u64::try_from(value) {
            Ok(count) if name != REVENUE => json!(count),
            _ => json!(Whole(value)),
        };
        json.insert(name, written);
    };
    add("views".to_owned(), totals.views.into());
    add("qualified".to_owned(), totals.qualified.into());
    for rule in Rule::ALL {
        add(
            format!("rejected_{}", rule.name()),
            totals.rejected[rule as usize].into(),
        );
    }
    add("watched_ms".to_owned(), totals.watched_ms.into());
    add(
        "qualified_watched_ms".to_owned(),
        totals.qualified_watched_ms.into(),
    );
    add("completions".to_owned(), totals.completions.into());
    for kind in event::kind::EngagementKind::ALL {
        add(
            format!("engagement_{}", kind.name()),
            totals.engagement[kind as usize].into(),
        );
    }
    add("ad_impressions".to_owned(), totals.ad_impressions.into());
    add(REVENUE.to_owned(), totals.ad_revenue_micros);
    add(
        "foreign_impressions".to_owned(),
        summary.foreign_impressions.into(),
    );
    add("facts".to_owned(), summary.rows.into());
    add("videos".to_owned(), summary.videos.into());
    let not_evaluated: Vec<_> = summary.not_evaluated.iter().map(|rule| rule.name()).collect();
    json.insert("rules_not_evaluated".to_owned(), json!(not_evaluated));
    json.insert("out".to_owned(), json!(args.out));
    json.insert("seconds".to_owned(), json!(took.as_secs_f64()));
    session.output.listing(&listing, "", &json)?;
    if session.output.format == args::Format::Table {
        self::not_evaluated(&summary.not_evaluated, session)?;
        session.output.text(&format!(
            "written to {} in {:.1} s",
            args.out.display(),
            took.as_secs_f64()
        ))?;
    }
    Ok(())
}

/// Says which rules lacked what they need, and what mends it where a list is all there is to it.
fn not_evaluated(rules: &[Rule], session: &Session) -> Result<()> {
    if rules.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = rules.iter().map(|rule| rule.name()).collect();
    let lacking = format!(
        "not evaluated, since the data lacks what they need: {}",
        names.join(", ")
    );
    session.output.text(&lacking)?;
    if rules.contains(&Rule::DataCentre) {
        session.output.text(
            "data_centre needs `data_centres` under [lists] in permille.toml, or the column `data_centre`",
        )?;
    }
    Ok(())
}

/// Shows the funnel.
pub fn funnel(args: &args::Funnel, session: &Session) -> Result<()> {
    let workspace = session.workspace()?;
    let program = app::inputs::programs::resolve_counting(Some(&workspace), &args.thresholds.program)?;
    let of = FunnelOf {
        creator: args.creator.clone(),
        video: args.video.clone(),
        day: args.day,
    };
    let days = match args.day {
        Some(day) => Days {
            from: Some(day),
            to: Some(day),
        },
        None => Days {
            from: args.span.from,
            to: args.span.to,
        },
    };
    let funnel = session.work(Some(&workspace), |context| {
        app::inputs::count::funnel(&workspace, &program, &of, days, context)
    })?;
    let mut listing = Listing::new(&[
        ("step", Align::Left),
        ("rejected", Align::Right),
        ("remaining", Align::Right),
        ("of_all", Align::Right),
    ]);
    listing.row(vec![
        "views".to_owned(),
        String::new(),
        grouped(funnel.views),
        percent(funnel.views, funnel.views),
    ]);
    let mut steps = Vec::new();
    for row in &funnel.rows {
        let (rejected, name) = match row.evaluated {
            Evaluated::Yes => (grouped(row.rejected), row.rule.name().replace('_', " ")),
            Evaluated::No => ("not evaluated".to_owned(), row.rule.name().replace('_', " ")),
        };
        listing.row(vec![
            name,
            rejected,
            grouped(row.remaining),
            percent(row.remaining, funnel.views),
        ]);
        steps.push(json!({
            "rule": row.rule.name(), "rejected": row.rejected, "remaining": row.remaining,
            "evaluated": row.evaluated == Evaluated::Yes,
        }));
    }
    listing.row(vec![
        "qualified".to_owned(),
        String::new(),
        grouped(funnel.qualified),
        percent(funnel.qualified, funnel.views),
    ]);
    let json = json!({ "program": program.id, "views": funnel.views, "rules": steps, "qualified": funnel.qualified });
    session.output.listing(&listing, "no view", &json)
}

/// A part of a whole in per cent with one decimal, rounded down.
fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "-".to_owned();
    }
    let permille = u128::from(part) * 1_000 / u128::from(whole);
    format!("{}.{} %", permille / 10, permille % 10)
}
