//! `permille period` and `permille restate`.

use crate::args;
use crate::commands::{ledger, settle};
use crate::output::{Align, Listing, grouped};
use crate::session::Session;
use app::base::error::Result;
use app::runs::left::{self, Partly};
use app::settling::close::Which;
use app::settling::periods::{self, PeriodStanding};
use app::settling::settle::Made;
use money::Money;
use serde_json::json;

/// Shows, closes or locks periods.
pub fn period(args: &args::Period, session: &Session) -> Result<()> {
    let workspace = session.workspace()?;
    let Partly {
        done: standings,
        left,
    } = match args {
        args::Period::Status { program } => periods::status(&workspace, program.as_deref())?,
        args::Period::Close(asked) => session.work(Some(&workspace), |context| {
            periods::close(&workspace, asked.program.as_deref(), &which(asked), context)
        })?,
        args::Period::Lock(asked) => session.work(Some(&workspace), |context| {
            periods::lock(&workspace, asked.program.as_deref(), &which(asked), context)
        })?,
    };
    print(&standings, session)?;
    if !matches!(args, args::Period::Status { .. }) {
        ledger::tell_head(&workspace, session)?;
    }
    left::said(&left)
}

fn which(periods: &args::Periods) -> Which {
    match (&periods.period, &periods.month) {
        (Some(period), _) => Which::Period(period.clone()),
        (None, Some(month)) => Which::Month(month.clone()),
        (None, None) => Which::Due,
    }
}

fn print(standings: &[PeriodStanding], session: &Session) -> Result<()> {
    let mut listing = Listing::new(&[
        ("program", Align::Left),
        ("period", Align::Left),
        ("run", Align::Right),
        ("stage", Align::Left),
        ("locked", Align::Left),
        ("final_on", Align::Left),
        ("payable_on", Align::Left),
        ("earned", Align::Money),
        ("result", Align::Left),
    ]);
    standings.iter().flat_map(rows).for_each(|row| listing.row(row));
    session.output.listing(
        &listing,
        "nothing is posted yet: `permille settle` settles periods and posts them, `permille live book` books LIVE",
        &standings,
    )?;
    let about: Vec<_> = standings.iter().map(PeriodStanding::name).collect();
    let notes = about
        .iter()
        .zip(standings)
        .map(|(about, of)| (about.as_str(), of.notes()));
    settle::once(notes).iter().for_each(|note| session.note(note));
    Ok(())
}

/// A period; of LIVE money, which has no run and no day of payment, a row for each asset.
fn rows(standing: &PeriodStanding) -> Vec<Vec<String>> {
    let yes = |locked: bool| if locked { "yes" } else { "no" }.to_owned();
    let none = || "-".to_owned();
    match standing {
        PeriodStanding::Settled(of) => vec![vec![
            of.program.clone(),
            of.period.clone(),
            of.state.run.to_string(),
            of.state.stage.name().to_owned(),
            yes(of.state.locked),
            of.state.final_on.to_string(),
            of.state.payable_on.to_string(),
            of.amount.to_string(),
            of.result.unwrap_or("-").to_owned(),
        ]],
        PeriodStanding::Live(of) => {
            let mut earned: Vec<String> = of.earned.iter().map(ToString::to_string).collect();
            if earned.is_empty() {
                earned.push(none());
            }
            let row = |earned| {
                vec![
                    of.program.clone(),
                    of.period.to_string(),
                    none(),
                    of.stage.name().to_owned(),
                    yes(of.locked),
                    of.final_on.to_string(),
                    none(),
                    earned,
                    of.result.unwrap_or("-").to_owned(),
                ]
            };
            earned.into_iter().map(row).collect()
        }
    }
}

/// Restates a period.
pub fn restate(args: &args::Restate, session: &Session) -> Result<()> {
    let workspace = session.workspace()?;
    let restated = session.work(Some(&workspace), |context| {
        app::settling::restate::restate(
            &workspace,
            &args.program,
            &args.period,
            args.stored_before,
            context,
        )
    })?;
    let (before, after) = (&restated.before.record, &restated.outcome.run.record);
    let asset = restated.outcome.run.asset()?;
    let mut listing = Listing::new(&[
        ("reason", Align::Left),
        ("lines", Align::Right),
        ("change", Align::Money),
    ]);
    let posted = &restated.posted;
    let mut changes = serde_json::Map::new();
    for (reason, of) in &posted.changes {
        let change = Money::new(asset, of.units).to_string();
        listing.row(vec![reason.clone(), grouped(of.lines), change.clone()]);
        changes.insert(reason.clone(), json!({ "lines": of.lines, "change": change }));
    }
    let result = json!({
        "program": after.program, "period": after.period, "before_run": before.number, "run": after.number,
        "stored_before": after.stored_before, "was": before.report.totals.paid.to_string(),
        "is": after.report.totals.paid.to_string(),
        "posted": { "transactions": posted.transactions, "lines": posted.lines, "changes": changes },
        "changed": restated.outcome.what != Made::Unchanged, "notes": restated.outcome.notes,
    });
    let unchanged = match restated.outcome.what {
        Made::Unchanged => format!(
            "{} {} stands as it is: its inputs have not changed",
            after.program, after.period
        ),
        Made::Settled | Made::SettledAgain => format!(
            "{} {}: its inputs have changed, and no amount with them: run {} replaces run {}, and there is nothing to post",
            after.program, after.period, after.number, before.number
        ),
    };
    session.output.listing(&listing, &unchanged, &result)?;
    if session.output.format == args::Format::Table && !listing.is_empty() {
        session.output.text(&format!(
            "\nrun {} replaces run {}: {} instead of {}; {} lines adjusted in {} transactions",
            after.number,
            before.number,
            after.report.totals.paid,
            before.report.totals.paid,
            grouped(restated.posted.lines),
            grouped(restated.posted.transactions),
        ))?;
    }
    if session.output.format == args::Format::Table {
        settle::notes(std::slice::from_ref(&restated.outcome), session)?;
    }
    Ok(())
}
