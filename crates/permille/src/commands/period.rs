//! `permille period` and `permille restate`.

use crate::args;
use crate::commands::{ledger, settle};
use crate::output::{Align, Listing, grouped};
use crate::session::Session;
use app::base::error::Result;
use app::runs::left::{self, Partly};
use app::settling::close::{self, Standing, Which};
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
        args::Period::Status { program } => close::status(&workspace, program.as_deref())?,
        args::Period::Close(periods) => session.work(Some(&workspace), |context| {
            close::close(&workspace, periods.program.as_deref(), &which(periods), context)
        })?,
        args::Period::Lock(periods) => session.work(Some(&workspace), |context| {
            close::lock(&workspace, periods.program.as_deref(), &which(periods), context)
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

fn print(standings: &[Standing], session: &Session) -> Result<()> {
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
    for standing in standings {
        let state = &standing.state;
        listing.row(vec![
            standing.program.clone(),
            standing.period.clone(),
            state.run.to_string(),
            state.stage.name().to_owned(),
            if state.locked { "yes" } else { "no" }.to_owned(),
            state.final_on.to_string(),
            state.payable_on.to_string(),
            standing.amount.to_string(),
            standing.result.unwrap_or("-").to_owned(),
        ]);
    }
    session.output.listing(
        &listing,
        "nothing is posted yet: `permille settle` settles periods and posts them",
        &standings,
    )?;
    let about: Vec<_> = standings
        .iter()
        .map(|of| format!("{} {}", of.program, of.period))
        .collect();
    let notes = about
        .iter()
        .zip(standings)
        .map(|(about, of)| (about.as_str(), of.notes.as_slice()));
    settle::once(notes).iter().for_each(|note| session.note(note));
    Ok(())
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
    for (reason, change) in &restated.posted.changes {
        listing.row(vec![
            reason.clone(),
            grouped(change.lines),
            Money::new(asset, change.units).to_string(),
        ]);
    }
    let result = json!({
        "program": after.program, "period": after.period, "before_run": before.number, "run": after.number,
        "stored_before": after.stored_before, "was": before.report.totals.paid.to_string(),
        "is": after.report.totals.paid.to_string(), "posted": restated.posted,
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
