//! What an approver sees of a batch: shown before the approval and with it.

use super::{for_programs, gross, list, said};
use crate::args::{Format, Vouch};
use crate::output::{Align, Listing, grouped};
use crate::session::Session;
use app::base::error::{Error, Result};
use app::payouts::StoredBatch;
use app::payouts::approve::{self, Rates};
use app::payouts::rates::{origin, places};
use app::payouts::review::{self, Review, SeenRate};
use app::payouts::since::Since;
use app::payouts::vouch::vouch;
use payout::batch::{PayoutState, Total};
use serde_json::json;

/// So many characters of a digest tell it from others.
const SHORTEST: usize = 8;
/// Most names in a line of a table; JSON has all of them.
const MOST: usize = 10;

/// Vouches for what others said of a payee, and shows it.
pub(super) fn vouch_for(args: &Vouch, session: &Session) -> Result<()> {
    let workspace = session.workspace()?;
    let words = session.work(Some(&workspace), |context| {
        vouch(
            &workspace,
            &args.batch,
            args.payee.as_deref(),
            &args.note,
            context,
        )
    })?;
    let mut listing = Listing::new(&[
        ("payee", Align::Left),
        ("who", Align::Left),
        ("when", Align::Left),
        ("what", Align::Left),
    ]);
    for word in &words {
        listing.row(vec![
            word.creator.clone(),
            word.by.clone(),
            word.at.to_string(),
            word.what.clone(),
        ]);
    }
    session.output.listing(&listing, "", &words)
}

/// Shows a batch: its payouts, and what is unusual.
pub(super) fn show(batch: &str, session: &Session) -> Result<()> {
    let workspace = session.workspace()?;
    let (stored, review) = session.work(Some(&workspace), |context| {
        review::review(&workspace, batch, context)
    })?;
    let mut listing = Listing::new(&[
        ("payout", Align::Left),
        ("creator", Align::Left),
        ("state", Align::Left),
        ("gross", Align::Right),
        ("withheld", Align::Right),
        ("arrives", Align::Money),
        ("to", Align::Left),
        ("reason", Align::Left),
    ]);
    for payout in &stored.batch.payouts {
        listing.row(vec![
            payout.id.to_string(),
            payout.recipient.payee.to_string(),
            payout.state.name().to_owned(),
            payout.gross.to_string(),
            payout.withheld.to_string(),
            payout.amount.to_string(),
            payout.recipient.to.masked(),
            payout.reason.clone().unwrap_or_else(|| "-".to_owned()),
        ]);
    }
    let batch = &stored.batch;
    said(
        session,
        &format!(
            "batch {} is {}, to be paid on {}, gross {}",
            batch.id,
            batch.state,
            review.execution_date,
            gross(&stored)
        ),
    )?;
    for change in &batch.history {
        said(
            session,
            &format!("  {} by {} at {}", change.to, change.by, change.at),
        )?;
    }
    session
        .output
        .listing(&listing, "no payouts", &reviewed(&stored, &review))?;
    said(session, &format!("\n{}", in_words(&review)))
}

/// Shows what is unusual about a batch, and approves it. `digest`: what was looked at.
pub(super) fn approve(batch: &str, rates: Rates, digest: Option<&str>, session: &Session) -> Result<()> {
    let workspace = session.workspace()?;
    let (_, seen) = session.work(Some(&workspace), |context| {
        review::review(&workspace, batch, context)
    })?;
    said(session, &format!("{}\n", in_words(&seen)))?;
    if let Some(digest) = digest {
        is_as_looked_at(batch, digest, &seen)?;
    }
    let (stored, review) = session.work(Some(&workspace), |context| {
        approve::approve(&workspace, batch, rates, Some(&seen), context)
    })?;
    match session.output.format {
        Format::Json => session.output.json(&[reviewed(&stored, &review)]),
        Format::Csv | Format::Table => list(&[stored], session),
    }
}

/// Refuses to approve something else than what was looked at. A digest may be cut off, as in tables.
fn is_as_looked_at(batch: &str, digest: &str, seen: &Review) -> Result<()> {
    let begins = digest.trim().trim_end_matches('…');
    if begins.len() < SHORTEST {
        return Err(Error::usage(
            "payout/digest",
            format!("`{digest}` is too short to tell digests apart"),
        )
        .hint(format!("give {SHORTEST} characters of it at least")));
    }
    match seen.digest.starts_with(begins) {
        true => Ok(()),
        false => Err(Error::refused(
            "payout/changed",
            format!(
                "batch {batch} has changed since it had the digest {begins}: now it has {}",
                seen.digest
            ),
        )
        .hint(format!("look again: `permille payout show {batch}`"))),
    }
}

/// A batch for programs, with what an approver sees of it.
fn reviewed(stored: &StoredBatch, review: &Review) -> serde_json::Value {
    let mut value = for_programs(stored);
    value["review"] = json!(review);
    value
}

/// Sums by currency in one line.
pub(super) fn arrives(totals: &[Total]) -> String {
    match totals {
        [] => "-".to_owned(),
        totals => totals
            .iter()
            .map(|total| total.amount.to_string())
            .collect::<Vec<_>>()
            .join(", "),
    }
}

fn in_words(review: &Review) -> String {
    let mut lines = Vec::new();
    let mut line = |name: &str, text: String| lines.push(format!("{name:<12} {text}"));
    let account = review.debtor.as_ref().map(|debtor| {
        let bank = debtor
            .bic
            .as_ref()
            .map_or_else(String::new, |bic| format!(" at {bic}"));
        format!(
            "{} of {}{bank}, in {}",
            debtor.number(),
            debtor.name,
            debtor.currency
        )
    });
    line(
        "leaves from",
        account.unwrap_or_else(|| "no account of a bank".to_owned()),
    );
    line("on", review.execution_date.to_string());
    line("arrives", counted(&review.arrives));
    line("by rail", counted(&review.by_rail));
    for rate in &review.rates {
        line("at", rate_in_words(rate));
    }
    for one in &review.of_creators {
        line(
            "of",
            format!(
                "{}: {} with {} in {}",
                one.creator, one.amount, one.program, one.payout
            ),
        );
    }
    line("digest", review.digest.clone());
    let unusual = unusual(review);
    if unusual.is_empty() {
        lines.push("nothing is unusual".to_owned());
    } else {
        lines.push("unusual:".to_owned());
        lines.extend(unusual.into_iter().map(|text| format!("  {text}")));
    }
    lines.join("\n")
}

fn counted(totals: &[Total]) -> String {
    let words = totals.iter().map(|total| {
        let rail = total.rail.map_or_else(String::new, |rail| format!("{rail} "));
        let payouts = if total.payouts == 1 { "payout" } else { "payouts" };
        format!(
            "{rail}{} in {} {payouts}",
            total.amount,
            grouped(total.payouts as u64)
        )
    });
    match words.collect::<Vec<_>>() {
        words if words.is_empty() => "nothing".to_owned(),
        words => words.join(", "),
    }
}

fn rate_in_words(rate: &SeenRate) -> String {
    let used = &rate.used;
    let used_in = match rate.payouts {
        0 => "to compare thresholds and minimums".to_owned(),
        payouts => format!("in {} payouts", grouped(payouts as u64)),
    };
    format!(
        "{} {} for 1 {} of {} {used_in} ({})",
        places(&used.rate.rate.to_string()),
        used.to,
        used.from,
        used.rate.published_on,
        origin(&used.source, used.file.as_deref())
    )
}

/// What is unusual, a line each.
fn unusual(review: &Review) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(was) = review.moved_from {
        lines.push(format!(
            "the execution date {was} {}: moved to {}, the next business day of TARGET",
            review.moved_why.unwrap_or("is moved"),
            review.execution_date
        ));
    }
    if let Some(day) = review.decided_for {
        lines.push(format!(
            "it was decided for {day}, which somebody named (--now): its thresholds, tax forms and rates are those of that day"
        ));
    }
    for what in &review.debtor_changed {
        lines.push(format!("not the account that the last batch left from: {what}"));
    }
    for what in &review.terms_changed {
        lines.push(format!("what the configuration says of how much is paid: {what}"));
    }
    for rate in review.doubtful() {
        let used = &rate.used;
        lines.push(format!(
            "exchange rate {}/{} {}: {}; the approver confirms it with --rates",
            used.from,
            used.to,
            places(&used.rate.rate.to_string()),
            rate.doubts.join(", ")
        ));
    }
    of_payees(review, &mut lines);
    of_splits(review, &mut lines);
    if !review.new_payees.is_empty() {
        lines.push(format!(
            "never paid before: {} ({})",
            grouped(review.new_payees.len() as u64),
            some_of(&review.new_payees)
        ));
    }
    for one in &review.authors {
        lines.push(format!(
            "{} entered or changed {} since they were last paid ({}), and does not approve",
            one.by,
            grouped(one.creators.len() as u64),
            some_of(&one.creators)
        ));
    }
    lines
}

/// What was agreed about who collects what, a line each.
fn of_splits(review: &Review, lines: &mut Vec<String>) {
    for one in &review.splits {
        let when = match one.since_preparation {
            true => "since the preparation",
            false => "since it was last paid",
        };
        let seen = one.evidence.as_deref().unwrap_or("the creator's own word");
        lines.push(format!(
            "{} collects what {} earned by a split agreed on {when}: {}, entered by {} at {}, consented to by {} at {} ({seen}); neither approves",
            one.payee, one.creator, one.what, one.entered.by, one.entered.at, one.consented.by, one.consented.at
        ));
    }
}

/// What somebody said by which nothing keeps money back any more, a line each, and who vouches for it.
fn of_words(review: &Review, lines: &mut Vec<String>) {
    for one in &review.let_go {
        lines.push(format!(
            "{}: {} {}, at {}; what that let go has not left since, and {} does not approve",
            one.creator, one.by, one.what, one.at, one.by
        ));
    }
    for vouch in &review.vouched {
        let words = vouch
            .words
            .iter()
            .map(|word| format!("{} {}", word.by, word.what));
        let words: Vec<String> = words.collect();
        lines.push(format!(
            "{} vouches at {} for what others said, who may approve: {} ({})",
            vouch.by,
            vouch.at,
            words.join("; "),
            vouch.note
        ));
    }
    for one in &review.again {
        let told = one.since.told.as_ref();
        let told = told.map_or_else(String::new, |told| match &told.file {
            Some(file) => format!(
                "; {} brought the file that says so ({}…)",
                told.by,
                file.chars().take(16).collect::<String>()
            ),
            None => format!("; {} said so by hand", told.by),
        });
        lines.push(format!(
            "{} is paid again after {}{told}",
            one.creator,
            since(&one.since)
        ));
    }
}

/// What is unusual about payees, a line each.
fn of_payees(review: &Review, lines: &mut Vec<String>) {
    for one in &review.changed {
        let author = one.author.as_ref();
        let author = author.map_or_else(String::new, |author| {
            format!(", by {} at {}", author.by, author.at)
        });
        lines.push(format!(
            "{} since {}: {}{author}",
            one.creator,
            since(&one.since),
            one.what.join("; ")
        ));
    }
    for one in &review.decisions {
        let when = match review.new_payees.contains(&one.creator) {
            true => "before the first payout",
            false => "since the last payout",
        };
        lines.push(format!(
            "{} {when}: {}, by {} at {}",
            one.creator, one.what, one.author.by, one.author.at
        ));
    }
    of_words(review, lines);
    of_held(review, lines);
    for one in &review.changed_since {
        lines.push(format!(
            "{} since the preparation: {}, by {} at {}",
            one.creator, one.what, one.author.by, one.author.at
        ));
    }
    for one in &review.owing {
        lines.push(format!(
            "{} owes {} by now, which was taken back after the batch was prepared: hold the payout, or it is paid and {} owes that",
            one.creator, one.amount, one.creator
        ));
    }
    for one in &review.shared {
        let others = match &one.others[..] {
            [] => String::new(),
            others => format!("; it is also an account of {}", some_of(others)),
        };
        lines.push(format!(
            "several payees on one account, {}: {} paid here ({}){others}",
            one.account,
            grouped(one.creators.len() as u64),
            some_of(&one.creators)
        ));
    }
}

/// What was held and leaves all the same, a line each.
fn of_held(review: &Review, lines: &mut Vec<String>) {
    for one in &review.kept_back {
        lines.push(format!(
            "{} was kept back in batch {} ({}), and leaves now",
            one.creator, one.batch, one.reason
        ));
    }
    for one in &review.put_back {
        let reason = one.held_for.as_deref().unwrap_or("no reason");
        lines.push(format!(
            "{} was held ({reason}), and put back by {} at {}",
            one.creator, one.by, one.at
        ));
    }
}

/// An earlier payout.
fn since(earlier: &Since) -> String {
    let reason = earlier.reason.as_ref();
    let reason = reason.map_or_else(String::new, |reason| format!(": {reason}"));
    match earlier.state {
        PayoutState::Failed => format!(
            "the payout of {} that failed ({}{reason})",
            earlier.on, earlier.payout
        ),
        state => format!(
            "the last payout of {} ({}, {state}{reason})",
            earlier.on, earlier.payout
        ),
    }
}

/// Names in a line; a shortened list says that it is.
fn some_of(names: &[String]) -> String {
    let shown = names
        .iter()
        .take(MOST)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    match names.len().saturating_sub(MOST) {
        0 => shown,
        more => format!("{shown} and {} more: --format json has all", grouped(more as u64)),
    }
}
