//! `permille statement`: what a creator earned in a month and what happened to the money, as text, CSV, JSON or PDF.

mod pdf;

use crate::args::{self, Format};
use crate::output::{Align, Listing};
use crate::session::Session;
use app::base::error::Result;
use app::queries::statement::{Divided, LiveRow, MoneyEntry, MonthMoney, Monthly, OpenPayout};
use app::runs::left::{self, Partly};
use app::workspace::Workspace;
use paper::Block;
use std::collections::BTreeSet;

/// Prints or writes a creator's statement.
pub fn run(args: &args::Statement, session: &Session) -> Result<()> {
    let workspace = session.workspace()?;
    if let Some(payee) = &args.payee {
        return of_payee(&workspace, payee, args, session);
    }
    let creator = args.creator.as_deref().unwrap_or_default();
    let Partly { done, left } =
        app::queries::statement::statement(&workspace, creator, &args.month, session.scope())?;
    match &args.pdf {
        Some(file) => {
            let title = format!("Statement {}", done.earned.month);
            let footer = format!("{title} of creator {}", done.earned.creator);
            pdf::write(
                &workspace,
                (&title, &footer),
                &pdf::blocks(&done, &title),
                file,
                session,
            )?;
        }
        None => print(&done, args, session)?,
    }
    left::said(&left)
}

/// Prints or writes a payee's statement.
fn of_payee(workspace: &Workspace, payee: &str, args: &args::Statement, session: &Session) -> Result<()> {
    let collected = app::queries::statement::collected(workspace, payee, &args.month, session.scope())?;
    if let Some(file) = &args.pdf {
        let title = format!("Statement {}", collected.month);
        let footer = format!("{title} of payee {payee}");
        let name = collected.name.as_ref();
        let name = name.map_or_else(String::new, |name| format!("{name}, "));
        let mut blocks = vec![
            Block::Title(title.clone()),
            Block::Text(format!("{name}payee {payee}")),
        ];
        for month in &collected.money {
            pdf::money_blocks(month, &mut blocks);
        }
        return pdf::write(workspace, (&title, &footer), &blocks, file, session);
    }
    match (session.output.format, args.money) {
        (Format::Table, _) => session.output.text(&money_text(&collected.money)),
        (Format::Csv, _) => session.output.listing(&money_listing(&collected.money), "", &()),
        (Format::Json, true) => session.output.json(&collected.money),
        (Format::Json, false) => session.output.json(&collected),
    }
}

fn print(statement: &Monthly, args: &args::Statement, session: &Session) -> Result<()> {
    if args.live {
        return match session.output.format {
            Format::Table => session.output.text(&live_text(&statement.live)),
            Format::Csv => session.output.listing(&live_listing(&statement.live), "", &()),
            Format::Json => session.output.json(&statement.live),
        };
    }
    match (session.output.format, args.money) {
        (Format::Table, true) => session.output.text(&all_money(statement)),
        (Format::Table, false) => {
            // What LIVE brings has no lines.
            let has_nothing = statement.earned.sections.is_empty()
                && statement.live.is_empty()
                && statement.money.is_empty();
            let nothing = if has_nothing { "\nNo earning lines.\n" } else { "" };
            let live = live_text(&statement.live);
            let money = all_money(statement);
            session
                .output
                .text(&format!("{}{nothing}{live}{money}", statement.earned))
        }
        (Format::Csv, true) => session.output.listing(&money_listing(&statement.money), "", &()),
        (Format::Csv, false) => session
            .output
            .listing(&earned_listing(&statement.earned), "", &()),
        (Format::Json, true) => session.output.json(&statement.money),
        (Format::Json, false) => session.output.json(statement),
    }
}

/// Every line that earned something in the month.
fn earned_listing(earned: &earning::statement::Statement) -> Listing {
    let mut listing = Listing::new(&[
        ("line", Align::Left),
        ("program", Align::Left),
        ("version", Align::Right),
        ("period", Align::Left),
        ("video", Align::Left),
        ("views", Align::Right),
        ("qualified_views", Align::Right),
        ("amount", Align::Money),
    ]);
    for line in earned.sections.iter().flat_map(|section| &section.lines) {
        listing.row(vec![
            line.line.clone(),
            line.program.clone(),
            line.version.to_string(),
            line.period.clone(),
            line.video.clone(),
            line.views.to_string(),
            line.qualified_views.to_string(),
            line.amount.to_string(),
        ]);
    }
    listing
}

/// LIVE by the period that it is booked for.
fn live_listing(rows: &[LiveRow]) -> Listing {
    let mut listing = Listing::new(&[
        ("program", Align::Left),
        ("period", Align::Left),
        ("dated", Align::Left),
        ("what", Align::Left),
        ("entries", Align::Right),
        ("of", Align::Left),
        ("amount", Align::Money),
    ]);
    for row in rows {
        listing.row(vec![
            row.program.clone(),
            row.period.clone(),
            row.dated.clone(),
            row.what.clone(),
            row.entries.to_string(),
            row.of.to_owned(),
            row.amount.to_string(),
        ]);
    }
    listing
}

/// The same as text; nothing where there is nothing.
fn live_text(rows: &[LiveRow]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut text = format!("\nLIVE\n\n{}", live_listing(rows).table());
    text.extend(late(rows).map(|late| format!("\n  {late}\n")));
    text
}

/// What is to be said of what came late.
fn late(rows: &[LiveRow]) -> Option<String> {
    let dated: BTreeSet<&str> = rows
        .iter()
        .filter(|row| row.dated != row.period)
        .map(|row| row.dated.as_str())
        .collect();
    let dated = dated.into_iter().collect::<Vec<_>>().join(", ");
    (!dated.is_empty()).then(|| {
        format!("What is dated in {dated} came after that was closed, and is booked for the first period that was open.")
    })
}

/// Every entry, with both balances as the first and last row of each asset.
fn money_listing(months: &[MonthMoney]) -> Listing {
    let mut listing = Listing::new(&[
        ("on", Align::Left),
        ("effective", Align::Left),
        ("what", Align::Left),
        ("program", Align::Left),
        ("period", Align::Left),
        ("reference", Align::Left),
        ("note", Align::Left),
        ("amount", Align::Money),
    ]);
    for month in months {
        let balance = |what: &str, amount: money::Money| {
            let empty = String::new;
            vec![
                empty(),
                empty(),
                what.to_owned(),
                empty(),
                empty(),
                empty(),
                empty(),
                amount.to_string(),
            ]
        };
        let at = month.payee.as_ref();
        let at = at.map_or_else(String::new, |payee| format!(" at {payee}"));
        listing.row(balance(&format!("carried in{at}"), month.opening));
        for entry in &month.entries {
            let cell = |cell: &Option<String>| cell.clone().unwrap_or_default();
            listing.row(vec![
                entry.on.to_string(),
                effective(entry),
                entry.what.clone(),
                cell(&entry.program),
                cell(&entry.period),
                cell(&entry.reference),
                note(entry),
                entry.amount.to_string(),
            ]);
        }
        listing.row(balance(&format!("carried on{at}"), month.closing));
    }
    listing
}

/// The day that an entry is of, where it was recorded on another.
fn effective(entry: &MoneyEntry) -> String {
    entry.effective.map_or_else(String::new, |day| day.to_string())
}

/// What else there is to say of an entry.
fn note(entry: &MoneyEntry) -> String {
    let creator = entry.creator.iter().map(|creator| format!("of {creator}"));
    let mut notes: Vec<String> = creator.chain(entry.reason.iter().cloned()).collect();
    if let (Some(arrives), Some(rate)) = (&entry.arrives, &entry.rate) {
        notes.push(format!("arrives as {arrives} at {rate}"));
    }
    notes.join("; ")
}

/// The money of a creator, and who got what of it.
fn all_money(statement: &Monthly) -> String {
    let mut text = money_text(&statement.money);
    for line in divided(&statement.divided) {
        text.push_str(&format!("  {line}\n"));
    }
    text
}

/// How what was earned was divided, a line each.
fn divided(all: &[Divided]) -> Vec<String> {
    let one = |one: &Divided| {
        let parts = one
            .parts
            .iter()
            .map(|part| format!("{} {}", part.payee, part.amount));
        let of = [&one.program, &one.period].into_iter().flatten();
        let of: Vec<&str> = of.map(String::as_str).collect();
        format!(
            "divided: {} {}, {}: {}",
            one.what,
            one.amount,
            of.join(" "),
            parts.collect::<Vec<_>>().join(", ")
        )
    };
    all.iter().map(one).collect()
}

fn money_text(months: &[MonthMoney]) -> String {
    if months.is_empty() {
        return "\nNo money moved in this month: what was earned becomes payable when its period is closed and its day has come, and stands in that month's statement.\n".to_owned();
    }
    let mut text = "\nMoney\n\n".to_owned();
    text.push_str(&money_listing(months).table());
    text.push('\n');
    for month in months {
        let lines = changes(month).into_iter().chain(payouts(month));
        for line in lines.chain(invoices(month)) {
            text.push_str(&format!("  {line}\n"));
        }
        if !month.invoiced.is_zero() {
            text.push_str(&format!("Invoiced and not paid: {}\n", month.invoiced));
        }
        if let Some(owed) = owed(month) {
            text.push_str(&format!("{owed}\n"));
        }
    }
    text
}

/// Changed lines of adjustments in words.
fn changes(month: &MonthMoney) -> Vec<String> {
    let mut lines = Vec::new();
    for entry in month.entries.iter().chain(&month.held_adjustments) {
        for change in &entry.changes {
            let amount = |amount: &Option<String>| amount.clone().unwrap_or_else(|| "nothing".to_owned());
            lines.push(format!(
                "adjusted: {} {}, video {}: {} instead of {} ({})",
                entry.program.as_deref().unwrap_or(""),
                entry.period.as_deref().unwrap_or(""),
                change.video,
                amount(&change.is),
                amount(&change.was),
                change.reason
            ));
        }
    }
    lines
}

/// Payouts that have not arrived in words.
fn payouts(month: &MonthMoney) -> Vec<String> {
    let one = |payout: &OpenPayout| {
        let OpenPayout {
            on,
            reference,
            amount,
            state,
            ..
        } = payout;
        let reason = payout.reason.as_ref().map(|reason| format!(" ({reason})"));
        let then = match *state {
            "not paid" => ", and stands in the balance",
            _ => ", reserved in the balance",
        };
        format!(
            "payout {reference} of {on}: {amount} {state}{}{then}",
            reason.unwrap_or_default()
        )
    };
    month.open_payouts.iter().map(one).collect()
}

/// What is owed and in which order it is recovered, if anything is.
fn owed(month: &MonthMoney) -> Option<String> {
    let order = month.recovery_order?;
    Some(format!("Owed: {}. {order}", month.owed))
}

/// Invoices in words: what they were for, what paid them, what they still ask for.
fn invoices(month: &MonthMoney) -> Vec<String> {
    month
        .invoices
        .iter()
        .map(crate::commands::payout::invoices::in_words)
        .collect()
}
