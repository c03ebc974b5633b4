//! `permille payee split`, `consent`, `withdraw` and `splits`.

use crate::args::Format;
use crate::output::{Align, Listing};
use crate::session::Session;
use app::base::error::{Error, Result};
use app::payouts::splits::{self, Shown, Step};
use jiff::civil::Date;
use money::Ratio;
use payout::payee::PayeeId;
use payout::split::{Shares, Split};

/// Enters a split.
pub(super) fn enter(
    creator: &str,
    payees: &[String],
    from: Date,
    reason: &str,
    session: &Session,
) -> Result<()> {
    let shares: Result<Vec<_>> = payees.iter().map(|text| share(text)).collect();
    let shares = Shares::new(shares?).map_err(|e| {
        Error::usage("split/shares", e.to_string())
            .hint("name every payee with its share: --payee agency=4/5 --payee mira=1/5; thirds are 1/3")
    })?;
    let workspace = session.workspace()?;
    let entered = session.work(Some(&workspace), |context| {
        splits::enter(&workspace, creator, (from, shares.clone()), reason, context)
    })?;
    let number = entered.split.number;
    listed(&[entered], session)?;
    if session.output.format == Format::Table {
        session.output.text(&format!(
            "\nit is in force once another person consents: `permille payee consent {creator} {number} --evidence TEXT`, or the creator without evidence"
        ))?;
    }
    Ok(())
}

/// A payee with its share: `agency=4/5`. An id may have an `=` of its own.
fn share(text: &str) -> Result<(PayeeId, Ratio)> {
    let wrong = |why: String| {
        Error::usage("split/share", format!("`{text}` is no payee with a share{why}"))
            .hint("write it like agency=4/5, agency=0.8 or agency=80%")
    };
    let (payee, share) = text.rsplit_once('=').ok_or_else(|| wrong(String::new()))?;
    let payee = PayeeId::new(payee).map_err(|e| wrong(format!(": {e}")))?;
    let share = Ratio::parse(share).map_err(|e| wrong(format!(": {e}")))?;
    Ok((payee, share))
}

/// Consents to a split, or takes it back.
pub(super) fn step(split: (&str, u32), step: &Step, session: &Session) -> Result<()> {
    let workspace = session.workspace()?;
    let shown = session.work(Some(&workspace), |context| {
        splits::step(&workspace, split, step, session.scope(), context)
    })?;
    listed(&[shown], session)
}

/// Lists splits.
pub(super) fn list(creator: Option<&str>, payee: Option<&str>, session: &Session) -> Result<()> {
    let workspace = session.workspace()?;
    let all = session.work(Some(&workspace), |context| {
        splits::list(&workspace, creator, payee, session.scope(), context.today())
    })?;
    listed(&all, session)
}

fn listed(all: &[Shown], session: &Session) -> Result<()> {
    let mut listing = Listing::new(&[
        ("creator", Align::Left),
        ("split", Align::Right),
        ("from", Align::Left),
        ("shares", Align::Left),
        ("state", Align::Left),
        ("entered", Align::Left),
        ("then", Align::Left),
        ("reason", Align::Left),
    ]);
    for one in all {
        let split = &one.split;
        let state = match one.is_in_force {
            true => "in force",
            false => split.state().name(),
        };
        listing.row(vec![
            one.creator.clone(),
            split.number.to_string(),
            split.from.to_string(),
            split.shares.to_string(),
            state.to_owned(),
            format!("by {} at {}", split.entered.by, split.entered.at),
            then(split),
            split.reason.clone(),
        ]);
    }
    session.output.listing(
        &listing,
        "no split: each creator is paid to the payee of the creator's own id; `permille payee split` divides what one earns",
        &all,
    )
}

/// What became of a split.
fn then(split: &Split) -> String {
    match (&split.consent, &split.withdrawn) {
        (Some(consent), _) => {
            let seen = consent.evidence.as_deref().unwrap_or("the creator's own word");
            format!("consented by {} at {}: {seen}", consent.by, consent.at)
        }
        (None, Some(withdrawn)) => format!(
            "withdrawn by {} at {}: {}",
            withdrawn.by, withdrawn.at, withdrawn.reason
        ),
        (None, None) => "waits for consent".to_owned(),
    }
}
