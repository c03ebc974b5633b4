//! `permille payee`.

mod splits;

use crate::args::{self, Format};
use crate::output::{Align, Listing, grouped};
use crate::session::Session;
use app::base::brought::Brought;
use app::base::error::{Error, Result};
use app::payouts::history;
use app::payouts::payees::{self, Decision};
use app::payouts::splits::Step;
use money::Ratio;
use payout::payee::{Country, Identity, Payee, TaxForm};
use serde_json::json;
use std::path::Path;

/// Runs a command about payees.
pub fn run(args: args::Payee, session: &Session) -> Result<()> {
    use args::Payee as Args;
    match args {
        Args::Import { file } => import(&file, session),
        Args::List => list(&payees::list(&session.workspace()?)?, session),
        Args::Show { id } => show(&payees::show(&session.workspace()?, &id)?, session),
        Args::History { id } => history(&id, session),
        Args::Verify { id, reason } => decide(&id, &Decision::Identity(Identity::Verified, reason), session),
        Args::Pending { id, reason } => decide(&id, &Decision::Identity(Identity::Pending, reason), session),
        Args::Restrict { id, reason } => {
            decide(&id, &Decision::Identity(Identity::Restricted, reason), session)
        }
        Args::Reject { id, reason } => decide(&id, &Decision::Identity(Identity::Rejected, reason), session),
        Args::Hold { id, reason } => decide(&id, &Decision::Hold(reason), session),
        Args::Unhold { id, reason } => decide(&id, &Decision::Unhold(reason), session),
        Args::Confirm { id, reason } => decide(&id, &Decision::Confirm(reason), session),
        Args::Split {
            creator,
            payee,
            from,
            reason,
        } => splits::enter(&creator, &payee, from, &reason, session),
        Args::Consent {
            creator,
            number,
            evidence,
        } => splits::step((&creator, number), &Step::Consent(evidence), session),
        Args::Withdraw {
            creator,
            number,
            reason,
        } => splits::step((&creator, number), &Step::Withdraw(reason), session),
        Args::Splits { creator, payee } => splits::list(creator.as_deref(), payee.as_deref(), session),
        Args::TaxForm {
            id,
            w9,
            w8ben,
            rate,
            signed,
            ..
        } => {
            let form = match (w8ben, signed) {
                (Some(country), Some(signed_on)) => TaxForm::W8Ben {
                    country: Country::new(&country)
                        .map_err(|e| Error::usage("payee/country", e.to_string()))?,
                    treaty_rate: rate.as_deref().map(part).transpose()?,
                    signed_on,
                },
                _ if w9 => TaxForm::W9 {},
                _ => TaxForm::None,
            };
            decide(&id, &Decision::TaxForm(form), session)
        }
    }
}

fn part(text: &str) -> Result<Ratio> {
    let wrong = || {
        Error::usage("payee/rate", format!("`{text}` is not a part from 0 to 1"))
            .hint("write it like 0.15 or 15%")
    };
    Ratio::parse(text)
        .ok()
        .filter(|ratio| ratio.is_proper())
        .ok_or_else(wrong)
}

fn import(file: &Path, session: &Session) -> Result<()> {
    let workspace = session.workspace()?;
    let imported = session.work(Some(&workspace), |context| {
        payees::import(
            &workspace,
            Brought::read(file, payees::MAX_BYTES, context)?,
            context,
        )
    })?;
    let mut listing = Listing::new(&[
        ("line", Align::Right),
        ("field", Align::Left),
        ("reason", Align::Left),
        ("hint", Align::Left),
    ]);
    for error in &imported.errors {
        listing.row(vec![
            error.line.to_string(),
            error.field.clone().unwrap_or_else(|| "-".to_owned()),
            error.reason.clone(),
            error.hint.clone(),
        ]);
    }
    let sums = format!(
        "{} added, {} changed, {} unchanged, {} rows with errors",
        grouped(imported.added as u64),
        grouped(imported.changed as u64),
        grouped(imported.unchanged as u64),
        grouped(imported.errors.len() as u64),
    );
    session.output.listing(&listing, &sums, &imported)?;
    if imported.errors.is_empty() {
        return Ok(());
    }
    if session.output.format == Format::Table {
        session.output.text(&format!("\n{sums}"))?;
    }
    Err(
        Error::bad_input("payee/rows", format!("{}: {sums}", file.display()))
            .hint("mend these rows and import the file again: what is stored is left as it is"),
    )
}

fn list(payees: &[Payee], session: &Session) -> Result<()> {
    let mut listing = Listing::new(&[
        ("id", Align::Left),
        ("name", Align::Left),
        ("residence", Align::Left),
        ("identity", Align::Left),
        ("tax_form", Align::Left),
        ("hold_since", Align::Left),
        ("paid_in", Align::Left),
        ("to", Align::Left),
    ]);
    for payee in payees {
        let method = payee.method();
        listing.row(vec![
            payee.id.to_string(),
            payee.name.to_string(),
            payee.residence.to_string(),
            payee.identity.name().to_owned(),
            payee.tax_form.name().to_owned(),
            payee
                .sanctions_hold
                .as_ref()
                .map_or_else(|| "-".to_owned(), |hold| hold.since.to_string()),
            method.map_or("-", |method| method.currency.as_str()).to_owned(),
            method.map_or_else(|| "-".to_owned(), |method| method.to.masked()),
        ]);
    }
    let json: Vec<_> = payees.iter().map(masked).collect();
    session.output.listing(
        &listing,
        "no payee yet: `permille payee import FILE` brings them in",
        &json,
    )
}

/// A payee for programs, without account numbers.
fn masked(payee: &Payee) -> serde_json::Value {
    let methods = payee.methods.as_slice().iter();
    let failed = payee.failed.iter();
    let failed = failed.map(|one| json!({ "on": one.on, "to": one.to.masked(), "reason": one.reason }));
    json!({
        "id": payee.id, "name": payee.name, "residence": payee.residence, "address": payee.address, "identity": payee.identity,
        "tax_form": payee.tax_form, "tax_form_until": payee.tax_form.valid_until(), "sanctions_hold": payee.sanctions_hold,
        "failed": failed.collect::<Vec<_>>(),
        "threshold": payee.threshold.map(|threshold| threshold.to_string()),
        "methods": methods.map(|method| json!({
            "rail": method.to.rail(), "currency": method.currency, "preferred": method.preferred, "to": method.to.masked(),
        })).collect::<Vec<_>>(),
    })
}

fn show(payee: &Payee, session: &Session) -> Result<()> {
    if session.output.format != Format::Table {
        return session.output.json(&masked(payee));
    }
    let address = &payee.address;
    let street = [&address.street, &address.building_number].into_iter().flatten();
    let mut text = format!("{}  {}\n", payee.id, payee.name);
    let street: Vec<_> = street.map(ToString::to_string).collect();
    let post_code = address
        .post_code
        .as_ref()
        .map_or_else(String::new, |code| format!("{code} "));
    let place = format!("{post_code}{}, {}", address.town, address.country);
    let rows = [
        (
            "address",
            [street.join(" "), place]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(", "),
        ),
        ("residence", payee.residence.to_string()),
        ("identity", payee.identity.name().to_owned()),
        (
            "tax form",
            match payee.tax_form.valid_until() {
                Some(until) => format!("{} until {until}", payee.tax_form.name()),
                None => payee.tax_form.name().to_owned(),
            },
        ),
        (
            "hold",
            payee.sanctions_hold.as_ref().map_or_else(
                || "none".to_owned(),
                |hold| format!("since {}: {}", hold.since, hold.reason),
            ),
        ),
        (
            "threshold",
            payee.threshold.map_or_else(
                || "as the programs say".to_owned(),
                |threshold| threshold.to_string(),
            ),
        ),
    ];
    for (name, value) in rows {
        text.push_str(&format!("  {name:<10} {value}\n"));
    }
    for failed in &payee.failed {
        text.push_str(&format!(
            "  failed     {} to {}: {}\n",
            failed.on,
            failed.to.masked(),
            failed.reason
        ));
    }
    for method in payee.methods.as_slice() {
        let preferred = if method.preferred { ", preferred" } else { "" };
        text.push_str(&format!(
            "  paid in    {} to {}{preferred}\n",
            method.currency,
            method.to.masked()
        ));
    }
    session.output.text(&text)
}

fn history(id: &str, session: &Session) -> Result<()> {
    let versions = history::history(&session.workspace()?, id)?;
    let mut listing = Listing::new(&[
        ("version", Align::Right),
        ("at", Align::Left),
        ("by", Align::Left),
        ("what", Align::Left),
    ]);
    for version in &versions {
        listing.row(vec![
            version.version.to_string(),
            version.at.to_string(),
            version.by.clone(),
            version.words(),
        ]);
    }
    let json: Vec<_> = versions
        .iter()
        .map(|version| {
            json!({
                "version": version.version, "at": version.at, "by": version.by, "changes": version.changes,
                "reason": version.reason, "payee": masked(&version.payee),
            })
        })
        .collect();
    session.output.listing(&listing, "", &json)
}

fn decide(id: &str, decision: &Decision, session: &Session) -> Result<()> {
    let workspace = session.workspace()?;
    let payee = session.work(Some(&workspace), |context| {
        payees::decide(&workspace, id, decision, context)
    })?;
    show(&payee, session)
}
