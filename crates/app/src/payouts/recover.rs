//! Recovery of what payees owe. The order: what is not paid yet, then future earnings, and only what remains may be
//! invoiced. The first two happen by themselves, since both stand in one balance; an invoice is somebody's decision. What is
//! earned after it pays it first (`offset.rs`), as does what comes in for it (`invoices.rs`).

use super::invoices::INVOICE;
use super::payee_balances::{self, PayeeBalance};
use super::program_balances::cannot_divide;
use super::whole::books_to_write;
use crate::base::error::{Error, Result};
use crate::base::keys;
use crate::base::progress::Context;
use crate::books::collected::Collectors;
use crate::books::{flow, post_all};
use crate::workspace::Workspace;
use journal::{Entry, Invoiced};
use ledger::{AccountKind, Posting};
use money::{Asset, Money};
use payout::division;
use payout::invoice::InvoiceReference;
use serde::Serialize;
use store::{AccountFilter, Tx};

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
fn postings(payee_balance: &PayeeBalance, asked: i128) -> Result<Vec<Posting>> {
    let held = &payee_balance.held;
    let division = division::invoice(&division::together(held), asked);
    let of_whom = division.and_then(|division| division::of_whom(held, &division));
    let of_whom = of_whom.map_err(|error| cannot_divide(&error, &payee_balance.payee, held))?;
    let whose = payee_balance.whose();
    let mut postings = whose.moves(&of_whom.moves)?;
    let receivable = payee_balance.receivable();
    for (creator, parts) in &of_whom.parts {
        for (slot, units) in parts {
            let available = whose.available(creator, slot);
            postings.extend(flow(&receivable, &available, *units, Some(INVOICE.into()))?);
        }
    }
    Ok(postings)
}

/// What of a debt a transfer can carry, in the smallest units of the debt: nobody pays a part of a cent.
fn in_whole_cents(debt: Money) -> Result<i128> {
    let bug = |e: String| Error::bug("payout/invoice", e);
    let asset = debt.asset();
    let cents = Asset::iso(asset.code()).map_err(|e| bug(e.to_string()))?;
    let whole = debt.rescale(cents.scale().min(asset.scale()), money::Rounding::Floor);
    let whole = whole.map_err(|e| bug(e.to_string()))?.value;
    let fine = whole.rescale(asset.scale(), money::Rounding::Floor);
    Ok(fine.map_err(|e| bug(e.to_string()))?.value.units())
}

/// What is pending of those for whom a payee collects.
fn to_come(tx: &mut Tx<'_>, payee: &str, asset: Asset, context: &Context<'_>) -> Result<i128> {
    let kind = AccountKind::CreatorPending;
    let creators = Collectors::all(tx)?.creators_of(payee, context.today());
    let mut pending = 0;
    for creator in creators {
        let states = tx.accounts(&AccountFilter::in_asset(kind, &creator, asset))?;
        let units = states.iter().map(|state| state.balance.posted(kind.side()));
        pending += units.sum::<i128>().max(0);
    }
    Ok(pending)
}

/// Invoices a payee for what the balance is below zero, in whole minor units: the balance is zero afterwards but for a part of
/// one, and the creator owes the invoice.
/// Refused while earnings are pending that will offset it.
pub fn invoice(workspace: &Workspace, payee: &str, context: &Context<'_>) -> Result<Vec<Written>> {
    context.person()?;
    let store = books_to_write(workspace, context)?;
    store.write(context.once(), context.recorded, |tx| {
        let mut invoices = Vec::new();
        let mut batch = Vec::new();
        for payee_balance in payee_balances::with_balance(tx, Some(payee))? {
            if payee_balance.available() >= 0 {
                continue;
            }
            let pending = to_come(tx, payee, payee_balance.asset, context)?;
            if pending > 0 {
                return Err(Error::refused(
                    "payout/recover",
                    format!(
                        "payee `{payee}` has {} to come, which is taken first",
                        Money::new(payee_balance.asset, pending)
                    ),
                )
                .hint(payout::readiness::RECOVERY_ORDER));
            }
            let asked = in_whole_cents(Money::new(payee_balance.asset, -payee_balance.available()))?;
            if asked == 0 {
                continue;
            }
            let of = format!(
                "recover/{}/{}",
                payee_balance.last_transaction, payee_balance.asset
            );
            let key = keys::key(&of, payee);
            let invoice = InvoiceReference::derive(&key);
            let invoiced = Entry::Invoiced(Invoiced {
                reference: invoice.to_string(),
            });
            batch.push(invoiced.post(key.as_str(), context.now, postings(&payee_balance, asked)?));
            invoices.push(Written {
                creator: payee.to_owned(),
                amount: Money::new(payee_balance.asset, asked),
                invoice,
                key,
            });
        }
        if invoices.is_empty() {
            return Err(Error::refused(
                "payout/recover",
                format!("payee `{payee}` owes nothing that a transfer can carry"),
            )
            .hint("`permille payout preview --payee ID` shows balances"));
        }
        post_all(tx, &batch)?;
        Ok(invoices)
    })
}
