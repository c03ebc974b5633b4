//! Recovery of what creators owe. The order: what is not paid yet, then future earnings, and only what remains may be
//! invoiced. The first two happen by themselves, since both stand in one balance; an invoice is somebody's decision.

use super::parts::{Part, Parts};
use super::subjects;
use crate::books::{flow, post_all};
use crate::error::{Error, Result};
use crate::progress::Context;
use crate::workspace::Workspace;
use ledger::{AccountKind, Transaction};
use money::Money;
use serde::Serialize;
use store::AccountFilter;

/// An invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Invoice {
    /// To whom.
    pub creator: String,
    /// How much.
    #[serde(serialize_with = "earning::amount::serialize")]
    pub amount: Money,
    /// Its reference, which is its key in the books.
    pub reference: String,
}

/// Invoices a creator for what the balance is below zero: the balance is zero afterwards, and the creator owes the invoice.
/// Refused while earnings are pending that will offset it.
pub fn invoice(workspace: &Workspace, creator: &str, context: &Context<'_>) -> Result<Vec<Invoice>> {
    let mut store = workspace.books_to_write(context)?;
    store.write(context.user, context.now, |tx| {
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
            let receivable = subject.account(AccountKind::CreatorReceivable);
            let reference = format!("recover/{}/{}/{creator}", subject.last_transaction, subject.asset);
            let postings = flow(
                &receivable,
                &subject.account(AccountKind::CreatorAvailable),
                -subject.available,
                Some("invoice".into()),
            )?;
            let settled = |part: &Part| Part {
                units: -part.units,
                us_source: -part.us_source,
            };
            let shares: Parts = subject
                .parts
                .iter()
                .map(|(program, part)| (program.clone(), settled(part)))
                .collect();
            let detail = serde_json::json!({ "reference": reference, "shares": shares }).to_string();
            batch.push(
                Transaction::post(
                    reference.as_str(),
                    "invoice",
                    context.now,
                    postings.into_iter().collect(),
                )
                .with_detail(detail),
            );
            invoices.push(Invoice {
                creator: creator.to_owned(),
                amount: Money::new(subject.asset, -subject.available),
                reference,
            });
        }
        if invoices.is_empty() {
            return Err(
                Error::refused("payout/recover", format!("creator `{creator}` owes nothing"))
                    .hint("`permille payout preview --creator ID` shows balances"),
            );
        }
        post_all(tx, &batch)?;
        Ok(invoices)
    })
}

/// What a creator was invoiced for and has not paid.
pub fn invoiced(tx: &mut store::Tx<'_>, creator: &str) -> Result<Vec<Money>> {
    let states = tx.accounts(&AccountFilter::of(AccountKind::CreatorReceivable, creator))?;
    let owed = |state: &ledger::AccountState| {
        Money::new(
            state.account.asset,
            state.balance.posted(state.account.kind.side()),
        )
    };
    Ok(states
        .iter()
        .map(owed)
        .filter(|amount| !amount.is_zero())
        .collect())
}
