//! Invoices for what creators owe: written, listed, paid.

use super::said;
use crate::args::Receive;
use crate::output::{Align, Listing};
use crate::session::Session;
use app::base::error::Result;
use app::payouts::invoices::{self, Invoice, Received, WithPaid};
use app::payouts::recover;

/// Invoices a creator for a balance below zero.
pub(super) fn write(creator: &str, session: &Session) -> Result<()> {
    let workspace = session.workspace()?;
    let written = session.work(Some(&workspace), |context| {
        recover::invoice(&workspace, creator, context)
    })?;
    let mut listing = Listing::new(&[
        ("creator", Align::Left),
        ("invoice", Align::Left),
        ("amount", Align::Money),
    ]);
    for one in &written {
        listing.row(vec![
            one.creator.clone(),
            one.invoice.to_string(),
            one.amount.to_string(),
        ]);
    }
    session.output.listing(&listing, "no invoice", &written)?;
    said(
        session,
        "\nthe creator writes the invoice's reference on the transfer; `permille payout import-answer` finds it in the bank's statement",
    )
}

/// Lists invoices.
pub(super) fn list(creator: Option<&str>, with_paid: WithPaid, session: &Session) -> Result<()> {
    let found = invoices::list(&session.workspace()?, creator, with_paid)?;
    let mut listing = Listing::new(&[
        ("invoice", Align::Left),
        ("creator", Align::Left),
        ("on", Align::Left),
        ("amount", Align::Money),
        ("open", Align::Money),
    ]);
    for one in &found {
        listing.row(vec![
            one.invoice.to_string(),
            one.creator.clone(),
            one.on.to_string(),
            one.amount.to_string(),
            one.open.to_string(),
        ]);
    }
    let none = match with_paid {
        WithPaid::Yes => "no invoice yet: `permille payout recover` writes one",
        WithPaid::No => "no invoice is open: --all lists those that are paid",
    };
    session.output.listing(&listing, none, &found)?;
    for one in found.iter().filter(|one| !one.paid.is_empty()) {
        said(session, &in_words(one))?;
    }
    Ok(())
}

/// Books money that came in for an invoice.
pub(super) fn receive(args: &Receive, session: &Session) -> Result<()> {
    let workspace = session.workspace()?;
    let received = session.work(Some(&workspace), |context| {
        invoices::receive(
            &workspace,
            &args.invoice,
            &args.amount,
            args.on,
            args.reference.as_deref(),
            context,
        )
    })?;
    let mut listing = Listing::new(&[
        ("invoice", Align::Left),
        ("creator", Align::Left),
        ("reference", Align::Left),
        ("amount", Align::Money),
        ("open", Align::Money),
    ]);
    listing.row(vec![
        received.invoice.to_string(),
        received.creator.clone(),
        received.reference.clone(),
        received.amount.to_string(),
        received.open.to_string(),
    ]);
    session.output.listing(&listing, "", &received)?;
    match received.was_booked {
        true => said(
            session,
            "\nnothing has changed: it was booked before under this reference",
        ),
        false => Ok(()),
    }
}

/// What a bank's answer brought in, in words.
pub(super) fn received(received: &Received) -> String {
    format!(
        "received {} of {} for invoice {} ({}); it asks for {} more",
        received.amount, received.creator, received.invoice, received.reference, received.open
    )
}

/// An invoice in words: what it was for, what paid it, what it still asks for.
pub fn in_words(invoice: &Invoice) -> String {
    let paid = invoice.paid.iter().map(|paid| {
        let reference = paid
            .reference
            .as_ref()
            .map_or_else(String::new, |reference| format!(" ({reference})"));
        let how = match paid.how {
            "offset" => "taken from earnings",
            how => how,
        };
        format!("; {} {how} on {}{reference}", paid.amount, paid.on)
    });
    let rest = match invoice.open.is_zero() {
        true => "it is paid".to_owned(),
        false => format!("still to pay: {}", invoice.open),
    };
    format!(
        "invoice {} of {}: {}{}; {rest}",
        invoice.invoice,
        invoice.on,
        invoice.amount,
        paid.collect::<String>()
    )
}
