//! Who has said, since payees were last paid, that nothing keeps money of theirs back any more: a break about them was closed, or money
//! came in for what they owe. (Payouts that failed or came back are told as paid [again](super::again).) Whoever said so does not also
//! sign for the money to leave: that would be one person's word for both.

use super::breaks;
use super::earlier::Earlier;
use super::invoices;
use crate::base::error::Result;
use jiff::Timestamp;
use payout::batch::Payout;
use serde::Serialize;
use std::collections::BTreeSet;
use store::Tx;

/// What somebody said by which money of a payee is free.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Freed {
    /// The creator.
    pub creator: String,
    /// Who said it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What, in words that go on behind who: `closed break 1: it is right`.
    pub what: String,
}

/// All of it about the payees of some payouts, since each was last paid.
pub(super) fn since_last_paid(tx: &mut Tx<'_>, leaving: &[&Payout], earlier: &Earlier) -> Result<Vec<Freed>> {
    let creators: BTreeSet<&str> = leaving
        .iter()
        .map(|payout| payout.recipient.payee.as_str())
        .collect();
    let mut freed = Vec::new();
    for (id, about, decision) in breaks::closed(tx)? {
        let about = about.into_iter().filter(|of| creators.contains(of.as_str()));
        freed.extend(about.map(|creator| Freed {
            creator,
            by: decision.by.clone(),
            at: decision.at,
            what: format!("closed break {id}: {}", decision.note),
        }));
    }
    for creator in &creators {
        for invoice in invoices::all(tx, Some(creator))? {
            freed.extend(invoice.paid.iter().filter_map(|paid| {
                let (by, reference) = (paid.by.clone()?, paid.reference.as_deref()?);
                Some(Freed {
                    creator: invoice.creator.clone(),
                    by,
                    at: paid.at,
                    what: format!(
                        "said that {} came in for invoice {} ({reference})",
                        paid.amount, invoice.invoice
                    ),
                })
            }));
        }
    }
    freed.retain(|one| {
        let paid = earlier.paid(&one.creator);
        paid.is_none_or(|paid| paid.at < one.at)
    });
    freed.sort_by(|a, b| (&a.creator, a.at).cmp(&(&b.creator, b.at)));
    Ok(freed)
}
