//! Who has said, since money of payees was last out, that nothing keeps theirs back any more: a payout failed or came back, a break about
//! them was closed, or money came in for what they owe. Payouts whose money the batch pays are told as paid [again](super::again). Whoever
//! said so does not also sign for the money to leave: that would be one person's word for both.

use super::breaks;
use super::collecting;
use super::earlier::Earlier;
use super::invoices;
use super::since::Freed;
use crate::base::error::Result;
use jiff::Timestamp;
use payout::batch::Payout;
use std::collections::BTreeSet;
use store::Tx;

/// Closed breaks about creators.
fn closed(tx: &mut Tx<'_>, creators: &BTreeSet<&str>) -> Result<Vec<Freed>> {
    let mut closed = Vec::new();
    for (id, about, decision) in breaks::closed(tx)? {
        let about = about.into_iter().filter(|of| creators.contains(of.as_str()));
        closed.extend(about.map(|creator| Freed {
            creator,
            by: decision.by.clone(),
            at: decision.at,
            what: format!("closed break {id}: {}", decision.note),
        }));
    }
    Ok(closed)
}

/// Breaks about the payees of some payouts that were closed after an instant.
pub(super) fn closed_after(tx: &mut Tx<'_>, leaving: &[&Payout], at: Timestamp) -> Result<Vec<Freed>> {
    let creators = leaving.iter().map(|payout| payout.recipient.payee.as_str());
    let mut closed = closed(tx, &creators.collect())?;
    closed.retain(|one| one.at > at);
    Ok(closed)
}

/// Who said of a payee's payouts that their money is free: of those that took of creators of whom this one takes, and of whom nothing has
/// left since. A payee may be paid in parts what was freed as one.
fn said_free(tx: &mut Tx<'_>, payout: &Payout, earlier: &Earlier) -> Result<Vec<Freed>> {
    let payee = payout.recipient.payee.as_str();
    let Some(of_payee) = earlier.payouts.get(payee) else {
        return Ok(Vec::new());
    };
    let creators = |tx: &mut Tx<'_>, payout: &Payout| -> Result<BTreeSet<String>> {
        Ok(collecting::of_payout(tx, payout)?.into_keys().collect())
    };
    let own = creators(tx, payout)?;
    let mut found = Vec::new();
    // What is paid again is told as that.
    let is_again = |freed: &Payout| of_payee.again.iter().any(|again| again.payout == freed.id);
    for (freed, told) in of_payee.free.iter().filter(|(freed, _)| !is_again(freed)) {
        let mut left = &creators(tx, freed)? & &own;
        for (_, out) in of_payee.out.iter().filter(|(at, _)| *at > told.at) {
            left = &left - &creators(tx, out)?;
        }
        if !left.is_empty() {
            found.push(Freed {
                creator: payee.to_owned(),
                by: told.by.clone(),
                at: told.at,
                what: format!("said that payout {} is {}", freed.id, told.to),
            });
        }
    }
    Ok(found)
}

/// All of it about the payees of some payouts, since each was last paid.
pub(super) fn since_last_paid(tx: &mut Tx<'_>, leaving: &[&Payout], earlier: &Earlier) -> Result<Vec<Freed>> {
    let creators: BTreeSet<&str> = leaving
        .iter()
        .map(|payout| payout.recipient.payee.as_str())
        .collect();
    let mut freed = closed(tx, &creators)?;
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
        let paid = earlier.out(&one.creator);
        paid.is_none_or(|paid| paid < one.at)
    });
    for payout in leaving {
        freed.extend(said_free(tx, payout, earlier)?);
    }
    freed.sort_by(|a, b| (&a.creator, a.at).cmp(&(&b.creator, b.at)));
    Ok(freed)
}
