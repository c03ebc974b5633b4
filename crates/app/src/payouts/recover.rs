//! Recovery of what creators owe. The order: what is not paid yet, then future earnings, and only what remains may be
//! invoiced. The first two happen by themselves, since both stand in one balance; an invoice is somebody's decision. What is
//! earned after it pays it first (`offset.rs`), as does what comes in for it (`invoices.rs`).

use super::creator_balances::{self, CreatorBalance};
use super::invoices::INVOICE;
use super::program_balances::cannot_divide;
use crate::base::error::{Error, Result};
use crate::base::keys;
use crate::base::progress::Context;
use crate::books::{flow, post_all};
use crate::workspace::Workspace;
use journal::{Entry, Invoiced};
use ledger::{AccountKind, Posting};
use money::Money;
use payout::division;
use payout::invoice::InvoiceReference;
use serde::Serialize;
use store::AccountFilter;

/// An invoice that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Written {
    /// To whom.
    pub creator: String,
    /// How much.
    #[serde(serialize_with = "earning::amount::serialize")]
    pub amount: Money,
    /// Its reference: what the creator writes on the transfer.
    pub invoice: InvoiceReference,
    /// Its key in the books.
    pub key: String,
}

/// An invoice of so much: what other programs have covers those that are below zero, and the invoice the rest of them. What is below a
/// cent stays with the program that owes the most.
fn postings(creator_balance: &CreatorBalance, asked: i128) -> Result<Vec<Posting>> {
    let division = division::invoice(&creator_balance.held, asked);
    let division =
        division.map_err(|error| cannot_divide(&error, &creator_balance.creator, &creator_balance.held))?;
    let mut postings = creator_balance.whose().moves(&division.moves)?;
    let receivable = creator_balance.receivable();
    for (slot, units) in &division.parts {
        let available = creator_balance.whose().available(slot);
        postings.extend(flow(&receivable, &available, *units, Some(INVOICE.into()))?);
    }
    Ok(postings)
}

/// What of a debt a transfer can carry, in the smallest units of the debt: nobody pays a part of a cent.
fn in_whole_cents(debt: Money) -> Result<i128> {
    let bug = |e: String| Error::bug("payout/invoice", e);
    let asset = debt.asset();
    let cents = money::Asset::iso(asset.code()).map_err(|e| bug(e.to_string()))?;
    let whole = debt.rescale(cents.scale().min(asset.scale()), money::Rounding::Floor);
    let whole = whole.map_err(|e| bug(e.to_string()))?.value;
    let fine = whole.rescale(asset.scale(), money::Rounding::Floor);
    Ok(fine.map_err(|e| bug(e.to_string()))?.value.units())
}

/// Invoices a creator for what the balance is below zero, in whole minor units: the balance is zero afterwards but for a part of
/// one, and the creator owes the invoice.
/// Refused while earnings are pending that will offset it.
pub fn invoice(workspace: &Workspace, creator: &str, context: &Context<'_>) -> Result<Vec<Written>> {
    context.person()?;
    let mut store = workspace.books_to_write(context)?;
    store.write(context.once(), context.recorded, |tx| {
        let mut invoices = Vec::new();
        let mut batch = Vec::new();
        for creator_balance in creator_balances::with_balance(tx, Some(creator))? {
            if creator_balance.available() >= 0 {
                continue;
            }
            let kind = AccountKind::CreatorPending;
            let pending = tx.accounts(&AccountFilter::in_asset(kind, creator, creator_balance.asset))?;
            let pending: i128 = pending
                .iter()
                .map(|state| state.balance.posted(kind.side()))
                .sum();
            if pending > 0 {
                return Err(Error::refused(
                    "payout/recover",
                    format!(
                        "creator `{creator}` has {} to come, which is taken first",
                        Money::new(creator_balance.asset, pending)
                    ),
                )
                .hint(payout::readiness::RECOVERY_ORDER));
            }
            let asked = in_whole_cents(Money::new(creator_balance.asset, -creator_balance.available()))?;
            if asked == 0 {
                continue;
            }
            let of = format!(
                "recover/{}/{}",
                creator_balance.last_transaction, creator_balance.asset
            );
            let key = keys::key(&of, creator);
            let invoice = InvoiceReference::derive(&key);
            let invoiced = Entry::Invoiced(Invoiced {
                reference: invoice.to_string(),
            });
            batch.push(invoiced.post(key.as_str(), context.now, postings(&creator_balance, asked)?));
            invoices.push(Written {
                creator: creator.to_owned(),
                amount: Money::new(creator_balance.asset, asked),
                invoice,
                key,
            });
        }
        if invoices.is_empty() {
            return Err(Error::refused(
                "payout/recover",
                format!("creator `{creator}` owes nothing that a transfer can carry"),
            )
            .hint("`permille payout preview --creator ID` shows balances"));
        }
        post_all(tx, &batch)?;
        Ok(invoices)
    })
}
