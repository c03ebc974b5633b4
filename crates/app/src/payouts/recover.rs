//! Recovery of what creators owe. The order: what is not paid yet, then future earnings, and only what remains may be
//! invoiced. The first two happen by themselves, since both stand in one balance; an invoice is somebody's decision. What is
//! earned after it pays it first (`offset.rs`), as does what comes in for it (`invoices.rs`).

use super::invoices::INVOICE;
use super::subjects::{self, Subject};
use crate::books::{flow, post_all};
use crate::error::{Error, Result};
use crate::keys;
use crate::progress::Context;
use crate::workspace::Workspace;
use journal::{Entry, Invoiced, Parts};
use ledger::{Account, AccountKind};
use money::Money;
use payout::invoice::InvoiceReference;
use serde::Serialize;

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

/// The parts that an invoice of so much settles. What is below a cent stays with the program that owes the most.
fn settled(subject: &Subject, asked: i128) -> Parts {
    let parts = subject.parts.iter();
    let mut shares: Parts = parts
        .map(|(program, part)| (program.clone(), part.negated()))
        .collect();
    if let Some(most) = shares.values_mut().max_by_key(|part| part.units) {
        most.units -= -subject.available - asked;
    }
    shares
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
    store.write(context.by(), context.recorded, |tx| {
        let mut invoices = Vec::new();
        let mut batch = Vec::new();
        for subject in subjects::with_balance(tx, Some(creator))? {
            if subject.available >= 0 {
                continue;
            }
            let pending = tx.balance(&subject.account(AccountKind::CreatorPending))?;
            let pending = pending.posted(AccountKind::CreatorPending.side());
            if pending > 0 {
                return Err(Error::refused(
                    "payout/recover",
                    format!(
                        "creator `{creator}` has {} to come, which is taken first",
                        Money::new(subject.asset, pending)
                    ),
                )
                .hint(payout::readiness::RECOVERY_ORDER));
            }
            let asked = in_whole_cents(Money::new(subject.asset, -subject.available))?;
            if asked == 0 {
                continue;
            }
            let receivable = subject.account(AccountKind::CreatorReceivable);
            let of = format!("recover/{}/{}", subject.last_transaction, subject.asset);
            let key = keys::key(&of, creator);
            let mut postings = Vec::new();
            postings.extend(flow(
                &receivable,
                &subject.account(AccountKind::CreatorAvailable),
                asked,
                Some(INVOICE.into()),
            )?);
            let us_source: i128 = subject.parts.values().map(|part| part.us_source).sum();
            postings.extend(flow(
                &subject.account(AccountKind::UsSource),
                &Account::platform(AccountKind::UsSourceContra, subject.asset),
                us_source,
                None,
            )?);
            let invoice = InvoiceReference::derive(&key);
            let shares = settled(&subject, asked);
            let invoiced = Entry::Invoiced(Invoiced {
                reference: invoice.to_string(),
                shares,
            });
            batch.push(invoiced.post(key.as_str(), context.now, postings));
            invoices.push(Written {
                creator: creator.to_owned(),
                amount: Money::new(subject.asset, asked),
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
