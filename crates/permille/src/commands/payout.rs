//! `permille payout`.

mod breaks;
pub mod invoices;
mod review;

use super::ledger;
use crate::args::{self, Ending, Format};
use crate::output::{Align, Listing, grouped};
use crate::payout_files;
use crate::session::Session;
use app::base::brought::Brought;
use app::base::error::Result;
use app::payouts::answer::{self, Answered};
use app::payouts::approve::Rates;
use app::payouts::batches::{self, Step};
use app::payouts::breaks::BreakState;
use app::payouts::invoices::WithPaid;
use app::payouts::prepare::{self, BatchSelection};
use app::payouts::preview::Asked;
use app::payouts::{StoredBatch, by_hand, expire, export, preview, rates};
use jiff::civil::Date;
use payout::batch::{PayoutId, PayoutState, Total, by_currency};
use serde_json::json;
use std::path::Path;

/// Runs a command about payouts.
pub fn run(args: args::Payout, session: &Session) -> Result<()> {
    use args::Payout as Args;
    match args {
        Args::Preview { creator, payee, fx } => {
            let asked = match (&creator, &payee) {
                (Some(creator), _) => Asked::Creator(creator),
                (None, Some(payee)) => Asked::Payee(payee),
                (None, None) => Asked::All,
            };
            show_preview(asked, fx.as_deref(), session)
        }
        Args::Prepare {
            program,
            currency,
            execution_date,
            fx,
        } => prepare((program, currency, execution_date), fx.as_deref(), session),
        Args::Approve { batch, rates, digest } => {
            let rates = if rates { Rates::Confirmed } else { Rates::Unsaid };
            review::approve(&batch, rates, digest.as_deref(), session)
        }
        Args::Cancel { batch } => step(&batch, &Step::Cancel, session),
        Args::Hold {
            batch,
            payout,
            reason,
        } => step(&batch, &Step::Hold(payout, reason), session),
        Args::Release { batch, payout } => step(&batch, &Step::Release(payout), session),
        Args::Export { batch, out } => write(&batch, &out, session),
        Args::ImportAnswer { file } => import_answer(&file, session),
        Args::Settle {
            batch,
            payouts,
            all,
            ending,
            reason,
        } => {
            let payouts = (!all).then_some(&*payouts);
            settle(&batch, payouts, ending, reason.as_deref(), session)
        }
        Args::List => list(&batches::list(&session.workspace()?)?, session),
        Args::Show { batch } => review::show(&batch, session),
        Args::Breaks(args) => breaks::run(&args, session),
        Args::Vouch(args) => review::vouch_for(&args, session),
        Args::Expire { program, yes } => show_expiring(program.as_deref(), yes, session),
        Args::Recover { payee, .. } => invoices::write(&payee, session),
        Args::Invoices { payee, all } => {
            let with_paid = if all { WithPaid::Yes } else { WithPaid::No };
            invoices::list(payee.as_deref(), with_paid, session)
        }
        Args::Receive(args) => invoices::receive(&args, session),
    }
}

fn settle(
    batch: &str,
    payouts: Option<&[PayoutId]>,
    ending: Ending,
    reason: Option<&str>,
    session: &Session,
) -> Result<()> {
    let workspace = session.workspace()?;
    let to = match ending {
        Ending::Succeeded => PayoutState::Succeeded,
        Ending::Failed => PayoutState::Failed,
        Ending::Returned => PayoutState::Returned,
    };
    let done = session.work(Some(&workspace), |context| {
        by_hand::settle(&workspace, batch, payouts, to, reason, context)
    })?;
    answered(&done, session)
}

fn prepare(
    (programs, currency, execution_date): (Vec<String>, Option<String>, Option<Date>),
    fx: Option<&Path>,
    session: &Session,
) -> Result<()> {
    let workspace = session.workspace()?;
    let made = session.work(Some(&workspace), |context| {
        let selection = BatchSelection {
            programs,
            currency,
            execution_date,
            fx: fx_file(fx)?,
        };
        prepare::prepare(&workspace, &selection, context)
    })?;
    if made.is_empty() && session.output.format == Format::Table {
        return Ok(());
    }
    list(&made, session)?;
    if session.is_dry_run {
        return Ok(());
    }
    said(
        session,
        "\nnext: somebody else looks at it (`permille payout show BATCH`) and approves it (`permille payout approve BATCH`)",
    )
}

fn import_answer(file: &Path, session: &Session) -> Result<()> {
    let workspace = session.workspace()?;
    let done = session.work(Some(&workspace), |context| {
        answer::import(
            &workspace,
            Brought::read(file, answer::MAX_BYTES, context)?,
            context,
        )
    })?;
    answered(&done, session)
}

/// The file of exchange rates that was named.
fn fx_file(file: Option<&Path>) -> Result<Option<Brought>> {
    file.map(|file| Brought::of_file(file, rates::MAX_BYTES))
        .transpose()
}

fn said(session: &Session, text: &str) -> Result<()> {
    match session.output.format {
        Format::Table => session.output.text(text),
        Format::Csv | Format::Json => Ok(()),
    }
}

fn show_preview(asked: Asked<'_>, fx: Option<&Path>, session: &Session) -> Result<()> {
    let workspace = session.workspace()?;
    let previews = session.work(Some(&workspace), |context| {
        preview::preview(&workspace, asked, fx_file(fx)?.as_ref(), context)
    })?;
    let mut listing = Listing::new(&[
        ("payee", Align::Left),
        ("balance", Align::Money),
        ("pays", Align::Right),
        ("withheld", Align::Right),
        ("to", Align::Left),
        ("what is in the way", Align::Left),
    ]);
    for one in &previews {
        let paid = one.payable.as_ref();
        let reasons: Vec<_> = one.blockers.iter().map(|blocker| blocker.code).collect();
        listing.row(vec![
            one.payee.clone(),
            one.balance.to_string(),
            paid.map_or_else(|| "-".to_owned(), |paid| paid.arrives.to_string()),
            paid.map_or_else(|| "-".to_owned(), |paid| paid.withheld.to_string()),
            paid.map_or_else(|| "-".to_owned(), |paid| paid.to.clone()),
            if reasons.is_empty() {
                "-".to_owned()
            } else {
                reasons.join(", ")
            },
        ]);
    }
    let is_one = asked != Asked::All && session.output.format == Format::Table;
    if is_one {
        let texts: Vec<_> = previews.iter().map(in_words).collect();
        return session.output.text(&texts.join("\n"));
    }
    session.output.listing(
        &listing,
        "nobody has money here: settle, close and wait for the pay day",
        &previews,
    )?;
    said(
        session,
        "\n`permille payout preview --payee ID` says it in words, with what helps",
    )
}

/// One payee's preview in words.
fn in_words(preview: &preview::Preview) -> String {
    let name = preview
        .name
        .as_ref()
        .map_or_else(String::new, |name| format!(" ({name})"));
    let mut text = format!("{}{name}: balance {}\n", preview.payee, preview.balance);
    for one in &preview.creators {
        text.push_str(&format!("  of {}: {}\n", one.creator, one.amount));
    }
    for program in &preview.programs {
        let rule = match (&program.threshold, program.below) {
            (Some(threshold), Some("expire")) => format!(", threshold {threshold}, may expire below it"),
            (Some(threshold), _) => format!(", threshold {threshold}"),
            (None, _) => String::new(),
        };
        text.push_str(&format!(
            "  {}: {}, of which {} from the US{rule}\n",
            program.program, program.amount, program.us_source
        ));
    }
    for invoice in &preview.invoiced {
        text.push_str(&format!("  {}\n", invoices::in_words(invoice)));
    }
    for owed in &preview.owes_elsewhere {
        text.push_str(&format!("  owes {owed} in another currency\n"));
    }
    for later in &preview.upcoming {
        let of = later.creator.as_ref();
        let of = of.map_or_else(String::new, |creator| format!(" of {creator}"));
        text.push_str(&format!(
            "  to come{of}: {} of {} {} ({}), payable on {}\n",
            later.amount, later.program, later.period, later.stage, later.payable_on
        ));
    }
    if !preview.under_way.is_empty() {
        text.push_str(&format!("  under way: {}\n", preview.under_way.join(", ")));
    }
    if let Some(paid) = &preview.payable {
        text.push_str(&format!(
            "Pays {} to {}\n  gross {}. {}\n",
            paid.arrives, paid.to, paid.gross, paid.withholding
        ));
        if let Some(rate) = &paid.rate {
            text.push_str(&format!(
                "  net {} at {} ({}, {})\n",
                paid.net,
                rates::places(&rate.rate),
                rates::origin(&rate.source, rate.file.as_deref()),
                rate.published_on
            ));
        }
        if !paid.offset.is_zero() {
            text.push_str(&format!("  {} taken for a debt\n", paid.offset));
        }
        if !paid.remainder.is_zero() {
            text.push_str(&format!(
                "  {} is too small to be paid and stays in the balance\n",
                paid.remainder
            ));
        }
        for reason in &paid.left_out {
            text.push_str(&format!("  left out: {}\n", reason.words));
        }
    }
    if !preview.blockers.is_empty() {
        text.push_str("Nothing is paid:\n");
    }
    for reason in &preview.blockers {
        text.push_str(&format!("  {}: {} {}\n", reason.code, reason.words, reason.to_do));
    }
    text
}

fn step(batch: &str, step: &Step, session: &Session) -> Result<()> {
    let workspace = session.workspace()?;
    let stored = session.work(Some(&workspace), |context| {
        batches::step(&workspace, batch, step, context)
    })?;
    list(&[stored], session)
}

pub fn list(stored: &[StoredBatch], session: &Session) -> Result<()> {
    let mut listing = Listing::new(&[
        ("batch", Align::Left),
        ("state", Align::Left),
        ("execution_date", Align::Left),
        ("payouts", Align::Right),
        ("held", Align::Right),
        ("gross", Align::Money),
        ("arrives", Align::Left),
        ("prepared_by", Align::Left),
        ("approved_by", Align::Left),
    ]);
    for one in stored {
        let batch = &one.batch;
        let held = batch
            .payouts
            .iter()
            .filter(|payout| payout.state == PayoutState::Held)
            .count();
        listing.row(vec![
            batch.id.to_string(),
            batch.state.name().to_owned(),
            batch.execution_date.to_string(),
            grouped(batch.payouts.len() as u64),
            held.to_string(),
            gross(one),
            review::arrives(&totals(one)),
            batch.prepared_by().to_owned(),
            batch.approved_by().unwrap_or("-").to_owned(),
        ]);
    }
    let json: Vec<_> = stored.iter().map(for_programs).collect();
    session.output.listing(
        &listing,
        "no batch yet: `permille payout prepare` makes one",
        &json,
    )
}

/// What leaves, or would: without payouts that are held or cancelled.
fn gross(stored: &StoredBatch) -> String {
    let payouts = &stored.batch.payouts;
    let leaves = payouts
        .iter()
        .filter(|payout| !matches!(payout.state, PayoutState::Held | PayoutState::Cancelled));
    let sum = payouts
        .first()
        .and_then(|first| money::Money::sum(first.gross.asset(), leaves.map(|payout| payout.gross)).ok());
    sum.map_or_else(|| "-".to_owned(), |sum| sum.to_string())
}

/// What arrives, by currency.
fn totals(stored: &StoredBatch) -> Vec<Total> {
    by_currency(stored.batch.leaving()).unwrap_or_default()
}

/// A batch for programs: account numbers of payees are masked.
pub fn for_programs(stored: &StoredBatch) -> serde_json::Value {
    let batch = &stored.batch;
    let payouts = batch.payouts.iter().map(|payout| {
        json!({
            "payout": payout.id, "creator": payout.recipient.payee, "name": payout.recipient.name, "reference": payout.end_to_end_id,
            "state": payout.state, "reason": payout.reason, "told": payout.told, "gross": payout.gross.to_string(), "withheld": payout.withheld.to_string(),
            "net": payout.net.to_string(), "arrives": payout.amount.to_string(), "conversion": payout.conversion,
            "rail": payout.recipient.to.rail(), "to": payout.recipient.to.masked(), "shares": payout.shares,
        })
    });
    json!({
        "batch": batch.id, "state": batch.state, "execution_date": batch.execution_date, "asset": stored.asset, "gross": gross(stored),
        "arrives": totals(stored), "debtor": stored.fixed.debtor, "digest": stored.approval.as_ref().map(|approval| &approval.digest),
        "confirmed_rates": stored.approval.as_ref().map(|approval| &approval.confirmed),
        "history": batch.history, "payouts": payouts.collect::<Vec<_>>(),
    })
}

fn write(batch: &str, out: &Path, session: &Session) -> Result<()> {
    let workspace = session.workspace()?;
    let (_, files) = session.work(Some(&workspace), |context| {
        export::export(&workspace, batch, context)
    })?;
    let written = payout_files::write(out, files, session.is_dry_run)?;
    let mut listing = Listing::new(&[
        ("file", Align::Left),
        ("rail", Align::Left),
        ("payouts", Align::Right),
        ("arrives", Align::Left),
        ("from", Align::Left),
        ("execution_date", Align::Left),
    ]);
    for payout_files::Written { file, of } in &written {
        listing.row(vec![
            file.display().to_string(),
            of.rail.to_owned(),
            grouped(of.payouts as u64),
            review::arrives(&of.arrives),
            of.debtor
                .as_ref()
                .map_or("-", |debtor| debtor.number())
                .to_owned(),
            of.execution_date.to_string(),
        ]);
    }
    session.output.listing(
        &listing,
        "every payout is held or cancelled: there is no file to write",
        &written,
    )?;
    ledger::tell_head(&workspace, session)?;
    match written.iter().find_map(|file| file.of.digest.as_ref()) {
        Some(digest) => said(session, &format!("\nas approved: digest {digest}")),
        None => Ok(()),
    }
}

fn answered(answered: &Answered, session: &Session) -> Result<()> {
    let mut listing = Listing::new(&[
        ("batch", Align::Left),
        ("payout", Align::Left),
        ("creator", Align::Left),
        ("amount", Align::Money),
        ("was", Align::Left),
        ("is", Align::Left),
        ("reason", Align::Left),
    ]);
    for outcome in &answered.outcomes {
        listing.row(vec![
            outcome.batch.clone(),
            outcome.payout.clone(),
            outcome.creator.clone(),
            outcome.amount.clone(),
            outcome.from.to_owned(),
            outcome.to.to_owned(),
            outcome.reason.clone().unwrap_or_else(|| "-".to_owned()),
        ]);
    }
    session
        .output
        .listing(&listing, "no payout has changed", &answered)?;
    said(
        session,
        &format!(
            "\n{}: {} changed, {} waiting, {} received, {} unchanged, {} under way, {} unrelated, {} breaks",
            answered.kind,
            grouped(answered.outcomes.len() as u64),
            grouped(answered.waiting.len() as u64),
            grouped(answered.receipts.len() as u64),
            grouped(answered.unchanged as u64),
            grouped(answered.under_way as u64),
            grouped(answered.unrelated as u64),
            grouped(answered.breaks.len() as u64),
        ),
    )?;
    for receipt in &answered.receipts {
        said(session, &invoices::received(receipt))?;
    }
    for one in &answered.waiting {
        let why = one.reason.as_deref().unwrap_or("no reason");
        said(
            session,
            &format!(
                "{} of {} becomes {} ({why}), which waits for somebody who did not prepare batch {}: let another person import this answer",
                one.payout, one.creator, one.to, one.batch
            ),
        )?;
    }
    for account in &answered.other_accounts {
        said(
            session,
            &format!("a statement of account {account} was left out: no payout left from it"),
        )?;
    }
    for found in &answered.breaks {
        let closed = match found.state {
            BreakState::Open => "",
            BreakState::Closed => " (closed)",
        };
        let (file, line, words) = (&found.stored.file, found.stored.line, &found.stored.words);
        said(session, &format!("break, {file} line {line}: {words}{closed}"))?;
    }
    for batch in &answered.closed {
        said(session, &format!("batch {batch} is closed"))?;
    }
    Ok(())
}

fn show_expiring(program: Option<&str>, yes: bool, session: &Session) -> Result<()> {
    let workspace = session.workspace()?;
    let mode = if yes {
        expire::Mode::Book
    } else {
        expire::Mode::Show
    };
    let found = session.work(Some(&workspace), |context| {
        expire::expire(&workspace, program, mode, context)
    })?;
    let mut listing = Listing::new(&[
        ("creator", Align::Left),
        ("program", Align::Left),
        ("threshold", Align::Right),
        ("amount", Align::Money),
    ]);
    for one in &found {
        listing.row(vec![
            one.creator.clone(),
            one.program.clone(),
            one.threshold.to_string(),
            one.amount.to_string(),
        ]);
    }
    session.output.listing(&listing, "nothing may expire", &found)?;
    match (found.is_empty(), yes) {
        (true, _) => Ok(()),
        (false, true) => said(session, "\nthis has expired: it stands in expired-income"),
        (false, false) => said(session, "\nnothing was changed: --yes takes it"),
    }
}
