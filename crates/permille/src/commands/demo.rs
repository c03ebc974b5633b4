//! `permille demo`.

use crate::args;
use crate::commands::{explain, import, live, payout, settle};
use crate::demo::money::Money;
use crate::demo::{Demo, Options};
use crate::output::{Align, Listing, grouped};
use crate::session::Session;
use app::base::error::Result;
use money::Money as Amount;
use std::time::Instant;

/// Runs the demo and prints what came out.
pub fn run(args: &args::Demo, session: &Session) -> Result<()> {
    let options = Options {
        dir: args.dir.clone(),
        views: args.views,
        seed: args.seed,
        store: session.store().map(str::to_owned),
    };
    let started = Instant::now();
    let demo = session.work(None, |context| crate::demo::run(&options, context))?;
    let seconds = started.elapsed().as_secs_f64();
    if session.output.format == args::Format::Json {
        return session.output.json(&json(&demo, seconds)?);
    }
    let out = session.output;
    out.text(&format!(
        "A platform, generated in {} with seed {}, and imported:\n",
        args.dir.display(),
        args.seed
    ))?;
    import::print_table(demo.imports.iter().map(|(_, report)| report), session)?;
    out.text(&format!("\nSettled for {}:\n", crate::demo::MONTH))?;
    out.text(&totals(&demo).table())?;
    if let Some(explained) = &demo.explained {
        out.text("\nThe largest line, explained:\n")?;
        explain::print(explained, session)?;
    }
    money(&demo.money, session)?;
    out.text(&format!(
        "\nAll of it in {seconds:.1} s. The workspace is {}. Go on with:\n",
        args.dir.display()
    ))?;
    if let Some(books) = &demo.left_out_password {
        out.text(&format!(
            "  export PERMILLE_STORE=...   # {books} with its password, which permille.toml does not keep"
        ))?;
    }
    let dir = args.dir.display();
    out.text(&format!(
        "  permille -w {dir} lines --program creator-rewards\n  permille -w {dir} funnel\n  permille -w {dir} verify\n  permille -w {dir} ledger trial-balance\n  permille -w {dir} payout preview\n  permille -w {dir} simulate --program creator-fund --from 2026-10-01 --to 2026-10-31"
    ))
}

/// LIVE, payouts, and that the books balance.
fn money(money: &Money, session: &Session) -> Result<()> {
    let out = session.output;
    let booked = &money.booked;
    out.text(&format!(
        "\nLIVE evenings: {} gifts of {} coins from {} purchases, {} refunds, {} subscriptions, {} redemptions; {} gifts wait for coins",
        grouped(booked.gifts),
        grouped(booked.coins),
        grouped(booked.purchases),
        grouped(booked.refunds),
        grouped(booked.subscriptions),
        grouped(booked.redemptions),
        grouped(booked.waiting),
    ))?;
    if let Some(room) = &money.room {
        out.text(&format!(
            "the best room, {}: {}, {} likes (never paid), {} coins",
            room.room.room,
            live::viewers(&room.room),
            grouped(room.room.totals.likes),
            grouped(room.room.totals.coins),
        ))?;
    }
    out.text(&format!(
        "\nThe month is closed: {} periods. {} payees; payouts:\n",
        money.closed,
        grouped(money.payees as u64)
    ))?;
    out.text(&payouts(money).table())?;
    for written in &money.written {
        out.text(&format!(
            "  {} ({}, {} payouts)",
            written.file.display(),
            written.of.rail,
            written.of.payouts
        ))?;
    }
    let mut listing = Listing::new(&[
        ("account", Align::Left),
        ("asset", Align::Left),
        ("debits", Align::Right),
        ("credits", Align::Right),
    ]);
    for line in &money.trial {
        let text = |units: u128| {
            Amount::new(line.asset, i128::try_from(units).unwrap_or(i128::MAX)).to_decimal_string()
        };
        listing.row(vec![
            line.kind.name().to_owned(),
            line.asset.to_string(),
            text(line.debits),
            text(line.credits),
        ]);
    }
    let verdict = if money.is_balanced() {
        "zero for every asset"
    } else {
        "NOT ZERO"
    };
    out.text(&format!("\nTrial balance: {verdict}\n\n{}", listing.table()))
}

/// Batches with what became of their payouts.
fn payouts(money: &Money) -> Listing {
    let mut listing = Listing::new(&[
        ("batch", Align::Left),
        ("state", Align::Left),
        ("payouts", Align::Right),
        ("became", Align::Left),
    ]);
    for stored in &money.batches {
        let mut states: std::collections::BTreeMap<String, u64> = Default::default();
        for payout in &stored.batch.payouts {
            *states.entry(payout.state.to_string()).or_default() += 1;
        }
        let became: Vec<_> = states
            .iter()
            .map(|(state, count)| format!("{count} {state}"))
            .collect();
        listing.row(vec![
            stored.batch.id.to_string(),
            stored.batch.state.to_string(),
            stored.batch.payouts.len().to_string(),
            became.join(", "),
        ]);
    }
    listing
}

/// Totals by program over the month.
fn totals(demo: &Demo) -> Listing {
    let mut listing = Listing::new(&[
        ("program", Align::Left),
        ("periods", Align::Right),
        ("total", Align::Money),
        ("kept_by_platform", Align::Right),
        ("creators_paid", Align::Right),
        ("lines", Align::Right),
        ("rpm_p10", Align::Right),
        ("rpm_p50", Align::Right),
        ("rpm_p90", Align::Right),
    ]);
    for id in crate::demo::PROGRAMS {
        let outcomes: Vec<_> = demo
            .outcomes
            .iter()
            .filter(|outcome| outcome.run.record.program == id)
            .collect();
        let Some(last) = outcomes.last() else { continue };
        let asset = last.run.record.report.totals.paid.asset();
        let sum = |pick: fn(&earning::Totals) -> Amount| {
            let amounts = outcomes
                .iter()
                .map(|outcome| pick(&outcome.run.record.report.totals));
            Amount::sum(asset, amounts).map_or_else(|e| e.to_string(), |total| total.to_string())
        };
        // RPM of the month's last period: a month's for monthly programs, a day's for daily ones.
        let rpm = |pick: fn(&earning::Rpm) -> Amount| {
            last.run
                .record
                .report
                .rpm
                .as_ref()
                .map_or_else(|| "-".to_owned(), |rpm| pick(rpm).to_decimal_string())
        };
        listing.row(vec![
            id.to_owned(),
            outcomes.len().to_string(),
            sum(|totals| totals.paid),
            sum(|totals| totals.kept),
            grouped(
                outcomes
                    .iter()
                    .map(|outcome| outcome.run.record.report.counts.creators_paid)
                    .max()
                    .unwrap_or(0),
            ),
            grouped(
                outcomes
                    .iter()
                    .map(|outcome| outcome.run.record.lines)
                    .sum::<u64>(),
            ),
            rpm(|rpm| rpm.p10),
            rpm(|rpm| rpm.p50),
            rpm(|rpm| rpm.p90),
        ]);
    }
    listing
}

fn json(demo: &Demo, seconds: f64) -> Result<serde_json::Value> {
    let imports: Vec<_> = demo
        .imports
        .iter()
        .map(|(kind, report)| import::json(*kind, report))
        .collect();
    let runs: Vec<_> = demo
        .outcomes
        .iter()
        .map(|outcome| settle::run_json(&outcome.run))
        .collect::<Result<_>>()?;
    Ok(serde_json::json!({
        "imports": imports,
        "runs": runs,
        "line": demo.line.as_ref().map(|found| &found.line.id),
        "explained": demo.explained.as_ref().map(explain::json),
        "live": demo.money.booked,
        "closed": demo.money.closed,
        "batches": demo.money.batches.iter().map(payout::for_programs).collect::<Vec<_>>(),
        "answers": demo.money.answers,
        "left_out_password": demo.left_out_password,
        "trial_balance_is_zero": demo.money.is_balanced(),
        "seconds": seconds,
    }))
}
