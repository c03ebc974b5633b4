//! Invoices: what each still asks for, and the money that came in for them.
//!
//! An invoice is a transaction in the books; so is everything that pays it. What came in names its invoice. What was
//! taken from earnings (an offset) names none: it goes to the oldest invoice that is open.

use super::whole::books_to_write;
use crate::base::error::{Error, Result};
use crate::base::progress::Context;
use crate::books::{entry_of, flow, post_all, walk};
use crate::inputs::reader::midnight;
use crate::workspace::Workspace;
use crate::workspace::actors::payees_of;
use jiff::Timestamp;
use jiff::civil::Date;
use journal::Entry;
use ledger::{Account, AccountKind};
use money::{Asset, Money, Rounding};
use payout::invoice::{InvoiceReference, OpenInvoice};
use payout::reconcile::are_near;
use serde::Serialize;
use std::ops::ControlFlow;
use std::sync::Arc;
use store::{AccountFilter, Tx};

/// Cause of an invoice in the books.
pub(crate) const INVOICE: &str = "invoice";
/// Longest reference of a receipt, in bytes: it is part of a key of the books.
const MAX_REFERENCE: usize = 140;

/// An invoice, and what has become of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Invoice {
    /// Its reference: what the creator writes on the transfer.
    pub invoice: InvoiceReference,
    /// To whom.
    pub creator: String,
    /// The day it was written (UTC).
    pub on: Date,
    /// What it was for.
    #[serde(serialize_with = "earning::amount::serialize")]
    pub amount: Money,
    /// What it still asks for; zero when it is paid.
    #[serde(serialize_with = "earning::amount::serialize")]
    pub open: Money,
    /// What reduced it, oldest first.
    pub paid: Vec<Paid>,
    /// Its key in the books.
    pub key: String,
}

/// Something that reduced an invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Paid {
    /// The day it was recorded (UTC).
    pub on: Date,
    /// `received`, or `offset`: taken from earnings.
    pub how: &'static str,
    /// How much.
    #[serde(serialize_with = "earning::amount::serialize")]
    pub amount: Money,
    /// Of what was received: the bank's reference, or the one that was given.
    pub reference: Option<String>,
    /// The day on which it came in, or was taken (UTC).
    pub came_in: Date,
    /// Who said that it was received, or brought in the file that does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When it was recorded.
    #[serde(skip)]
    pub(super) at: Timestamp,
}

/// Money that came in for an invoice, as somebody or a bank says.
#[derive(Clone, Debug)]
pub struct Income<'a> {
    /// The invoice.
    pub invoice: InvoiceReference,
    /// How much, in the invoice's currency; not more than is open.
    pub amount: Money,
    /// Names it once and for ever: the same again changes nothing.
    pub reference: &'a str,
    /// The day it came in.
    pub on: Date,
    /// Who says so, or brought in the file that does.
    pub by: &'a str,
}

/// What became of money that came in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Received {
    /// The invoice.
    pub invoice: InvoiceReference,
    /// Whose it is.
    pub creator: String,
    /// How much came in.
    #[serde(serialize_with = "earning::amount::serialize")]
    pub amount: Money,
    /// The reference it is kept under.
    pub reference: String,
    /// What the invoice still asks for.
    #[serde(serialize_with = "earning::amount::serialize")]
    pub open: Money,
    /// True where it had been booked before: nothing was changed.
    pub was_booked: bool,
}

/// What one transaction changed of what a creator owes.
struct Moved {
    key: Arc<str>,
    entry: Entry,
    recorded: Timestamp,
    effective: Timestamp,
    change: i128,
}

/// Every invoice of a creator, or of all: by creator and asset, oldest first.
pub(crate) fn all(tx: &mut Tx<'_>, creator: Option<&str>) -> Result<Vec<Invoice>> {
    let filter = AccountFilter {
        kind: Some(AccountKind::CreatorReceivable),
        owner: creator.map(str::to_owned),
        asset: None,
    };
    let mut invoices = Vec::new();
    for state in tx.accounts(&filter)? {
        invoices.extend(of_account(tx, &state.account)?);
    }
    Ok(invoices)
}

/// The invoices of one creator in one asset, oldest first.
pub(crate) fn of_account(tx: &mut Tx<'_>, account: &Account) -> Result<Vec<Invoice>> {
    let mut moved: Vec<Moved> = Vec::new();
    walk(tx, std::slice::from_ref(account), |step| {
        let transaction = step.transaction;
        match moved.last_mut() {
            Some(last) if last.key == transaction.key => last.change += step.change,
            _ if step.change == 0 => {}
            _ => moved.push(Moved {
                key: transaction.key.clone(),
                entry: entry_of(transaction)?,
                recorded: transaction.recorded,
                effective: transaction.effective,
                change: step.change,
            }),
        }
        Ok(ControlFlow::Continue(()))
    })?;
    let mut invoices = Vec::new();
    for moved in moved.iter().rev() {
        if moved.change > 0 {
            invoices.push(written(account, moved));
        } else {
            reduce(&mut invoices, account.asset, moved);
        }
    }
    Ok(invoices)
}

fn day(at: Timestamp) -> Date {
    at.to_zoned(jiff::tz::TimeZone::UTC).date()
}

fn written(account: &Account, moved: &Moved) -> Invoice {
    let amount = Money::new(account.asset, moved.change);
    Invoice {
        invoice: InvoiceReference::derive(&moved.key),
        creator: account.owner.to_string(),
        on: day(moved.recorded),
        amount,
        open: amount,
        paid: Vec::new(),
        key: moved.key.to_string(),
    }
}

/// Takes what came in, or was offset, off the invoices it is for.
fn reduce(invoices: &mut [Invoice], asset: Asset, moved: &Moved) {
    let received = match &moved.entry {
        Entry::Received(received) => Some(received),
        _ => None,
    };
    let mut rest = -moved.change;
    let is_meant =
        |invoice: &&mut Invoice| received.is_none_or(|received| received.invoice == invoice.invoice.as_str());
    for invoice in invoices.iter_mut().filter(is_meant) {
        let taken = rest.min(invoice.open.units());
        if taken > 0 {
            invoice.open = Money::new(asset, invoice.open.units() - taken);
            invoice.paid.push(Paid {
                on: day(moved.recorded),
                how: if received.is_some() { "received" } else { "offset" },
                amount: Money::new(asset, taken),
                reference: received.map(|received| received.reference.clone()),
                came_in: day(moved.effective),
                by: received.map(|received| received.by.clone()),
                at: moved.recorded,
            });
            rest -= taken;
        }
    }
}

/// Invoices as reconciliation sees them.
pub(super) fn for_matching(tx: &mut Tx<'_>) -> Result<Vec<OpenInvoice>> {
    let open = |invoice: Invoice| OpenInvoice {
        reference: invoice.invoice,
        open: invoice.open,
        received: invoice
            .paid
            .into_iter()
            .filter_map(|paid| {
                Some(payout::invoice::Received {
                    reference: paid.reference?,
                    amount: paid.amount,
                    on: Some(paid.came_in),
                })
            })
            .collect(),
    };
    Ok(all(tx, None)?.into_iter().map(open).collect())
}

/// Invoices of a creator, or of all; only those that ask for something unless paid ones are wanted too.
pub fn list(workspace: &Workspace, creator: Option<&str>, with_paid: WithPaid) -> Result<Vec<Invoice>> {
    let mut found = workspace.books()?.read(|tx| all(tx, creator))?;
    found.retain(|invoice| with_paid == WithPaid::Yes || !invoice.open.is_zero());
    Ok(found)
}

/// Whether invoices that are paid are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithPaid {
    /// They are.
    Yes,
    /// Only those that ask for something.
    No,
}

/// Books money that came in for an invoice, as somebody says it did. `amount` is a decimal in the invoice's currency.
/// Without a reference the day is the reference: a second payment of that day needs one of its own.
pub fn receive(
    workspace: &Workspace,
    invoice: &InvoiceReference,
    amount: &str,
    on: Option<Date>,
    reference: Option<&str>,
    context: &Context<'_>,
) -> Result<Received> {
    context.person()?;
    let on = on.unwrap_or(context.today());
    if on > context.today() {
        return Err(Error::usage("payout/date", format!("{on} is to come"))
            .hint("`--on` is the day on which the money came in"));
    }
    let day = on.to_string();
    let store = books_to_write(workspace, context)?;
    store.write(context.once(), context.recorded, |tx| {
        let mut invoices = all(tx, None)?;
        let found = invoices.iter().find(|one| one.invoice == *invoice);
        let found = found.ok_or_else(|| unknown(invoice))?;
        let (asset, debtor) = (found.open.asset(), found.creator.clone());
        if payees_of(tx, context.user)?.contains(&debtor) {
            return Err(Error::refused(
                "payout/own-invoice",
                format!(
                    "invoice {invoice} is owed by {debtor}, and that is {}",
                    context.user
                ),
            )
            .hint("what was owed would be paid out again: another person says that it came in"));
        }
        let amount = Money::parse(asset, amount)
            .map_err(|e| Error::usage("payout/amount", e.to_string()).hint("write it like 12.34"))?;
        let income = Income {
            invoice: invoice.clone(),
            amount,
            reference: reference.unwrap_or(&day).trim(),
            on,
            by: context.user.trim(),
        };
        if reference.is_none() {
            is_another(&invoices, &income)?;
        }
        book(tx, &mut invoices, &income)
    })
}

/// Refuses what may be received already, by a statement that shows it under the bank's reference.
fn is_another(invoices: &[Invoice], income: &Income<'_>) -> Result<()> {
    let of_it = invoices.iter().filter(|one| one.invoice == income.invoice);
    let mut paid = of_it.flat_map(|one| &one.paid);
    let alike = paid.find(|paid| {
        let is_named = paid
            .reference
            .as_deref()
            .is_some_and(|known| known != income.reference);
        is_named && paid.amount == income.amount && are_near(Some(paid.came_in), Some(income.on))
    });
    alike.map_or(Ok(()), |paid| {
        let reference = paid.reference.as_deref().unwrap_or_default();
        Err(Error::refused(
            "payout/received",
            format!(
                "{} was received for invoice {} on {} under the reference `{reference}`",
                paid.amount, income.invoice, paid.came_in
            ),
        )
        .hint("another payment has a reference of its own: --reference TEXT"))
    })
}

fn unknown(invoice: &InvoiceReference) -> Error {
    Error::usage("payout/unknown-invoice", format!("no invoice `{invoice}`"))
        .hint("`permille payout invoices --all` lists invoices")
}

fn must_be_reference(reference: &str) -> Result<()> {
    let is_plain = !reference.is_empty() && !reference.chars().any(char::is_control);
    if is_plain && reference.len() <= MAX_REFERENCE {
        return Ok(());
    }
    Err(Error::usage(
        "payout/reference",
        format!("`{reference}` is no reference: it has 1 to {MAX_REFERENCE} bytes on one line"),
    ))
}

/// Books money that came in: cash at bank from what the creator owes. The invoice notes it.
pub(super) fn book(tx: &mut Tx<'_>, invoices: &mut [Invoice], income: &Income<'_>) -> Result<Received> {
    let Income {
        invoice,
        reference,
        on,
        ..
    } = income;
    let found = invoices.iter_mut().find(|one| one.invoice == *invoice);
    let found = found.ok_or_else(|| unknown(invoice))?;
    must_be_reference(reference)?;
    let asset = found.open.asset();
    let amount = income
        .amount
        .rescale(asset.scale(), Rounding::TowardZero)
        .map_err(|e| Error::usage("payout/amount", e.to_string()))?
        .value;
    let creator = found.creator.clone();
    let answer = |open, was_booked| Received {
        invoice: invoice.clone(),
        creator,
        amount,
        reference: (*reference).to_owned(),
        open,
        was_booked,
    };
    if let Some(before) = (found.paid.iter()).find(|paid| paid.reference.as_deref() == Some(reference)) {
        if before.amount == amount {
            return Ok(answer(found.open, true));
        }
        return Err(Error::refused(
            "payout/received",
            format!(
                "{} was received for invoice {invoice} under the reference `{reference}` before, not {amount}",
                before.amount
            ),
        )
        .hint("another payment has a reference of its own: --reference TEXT"));
    }
    if amount.units() <= 0 || amount.units() > found.open.units() {
        return Err(Error::refused(
            "payout/not-owed",
            format!("invoice {invoice} asks for {}, not {amount}", found.open),
        )
        .hint("`permille payout invoices --all` shows what was received; what is too much goes back to the creator"));
    }
    let receivable = Account::of(AccountKind::CreatorReceivable, &*found.creator, asset);
    let bank = Account::platform(AccountKind::CashAtBank, asset);
    let postings = flow(&bank, &receivable, amount.units(), Some((*reference).into()))?;
    let received = Entry::Received(journal::Received {
        invoice: invoice.to_string(),
        reference: (*reference).to_owned(),
        by: income.by.to_owned(),
    });
    let key = format!("receipt/{invoice}/{reference}");
    post_all(
        tx,
        &[received.post(key, midnight(*on), postings.into_iter().collect())],
    )?;
    let open = Money::new(asset, found.open.units() - amount.units());
    found.open = open;
    found.paid.push(Paid {
        on: day(tx.now()),
        how: "received",
        amount,
        reference: Some((*reference).to_owned()),
        came_in: *on,
        by: Some(income.by.to_owned()),
        at: tx.now(),
    });
    Ok(answer(open, false))
}
