//! Who has said that nothing keeps money of payees back any more: a payout failed or came back, a break about them was closed, money came in
//! for what they owe, or what somebody else held was given up. Payouts whose money the batch pays are told as paid [again](super::again).
//! Whoever said so does not also sign for the money to leave: that would be one person's word for both.
//!
//! **A word is about the payouts that take what it let go**: those that are prepared first after it, of the same creators and programs, until
//! they take as much. Who signs for these is told of it, and nobody else: payouts that were prepared before take none of it, and neither do
//! later ones. A payout that is cancelled, fails or comes back leaves it to the next. A closed break also lets go what was prepared before and
//! waited for it.

use super::breaks::{self, Closed};
use super::earlier::Earlier;
use super::invoices;
use super::since::LetGo;
use super::stored::{self, StoredBatch};
use super::takes;
use crate::base::error::Result;
use jiff::Timestamp;
use payout::batch::{Payout, PayoutState};
use payout::division::{OfEarners, add_all, total};
use payout::person::is_same_person;
use std::collections::{BTreeMap, BTreeSet};
use store::Tx;

/// A word, and the money that it let go.
struct Word {
    said: LetGo,
    /// The currency.
    currency: Option<String>,
    money: Money,
    /// Whether it is about whatever is prepared first after it.
    is_of_payee: bool,
    /// Whether it lets go what was prepared already.
    lets_prepared_go: bool,
}

/// Which money.
enum Money {
    /// What was earned by whom with which programs.
    Of(OfEarners),
    /// So much, whatever it was earned with.
    Units(i128),
}

impl Word {
    /// Whether a payout pays money that it let go.
    fn is_about(&self, payout: &Payout, earlier: &Earlier<'_>) -> bool {
        let to = payout.recipient.payee.as_str();
        let asset = payout.gross.asset();
        let is_other = self.currency.as_ref().is_some_and(|own| *own != asset.code());
        if self.said.creator != to || is_other {
            return false;
        }
        let before = || earlier.taken_since(to, asset.code(), self.said.at);
        // What it let go after this batch was prepared is in no payout of it; but what kept the batch itself back is.
        if earlier.was_prepared_before(self.said.at) {
            return self.lets_prepared_go;
        }
        let is_here = match &self.money {
            Money::Units(units) => before().values().map(total).sum::<i128>() < *units,
            Money::Of(all) => earlier.pays(payout, all, self.said.at),
        };
        is_here || self.is_of_payee && before().is_empty()
    }
}

/// What payouts take in all.
fn together(tx: &mut Tx<'_>, payouts: &[&Payout]) -> Result<OfEarners> {
    let mut all = OfEarners::new();
    for payout in payouts {
        add_all(&mut all, &takes::of_payout(tx, payout)?);
    }
    Ok(all)
}

fn closing(Closed { id, decision, .. }: &Closed, creator: &str) -> LetGo {
    LetGo {
        creator: creator.to_owned(),
        by: decision.by.clone(),
        at: decision.at,
        what: format!("closed break {id}: {}", decision.note),
    }
}

/// Closed breaks about payees.
fn closed(tx: &mut Tx<'_>, all: &[StoredBatch], payees: &BTreeSet<&str>) -> Result<Vec<Word>> {
    let mut words = Vec::new();
    for closed in breaks::closed(tx)? {
        let mut payouts: BTreeMap<&str, Vec<&Payout>> = BTreeMap::new();
        for payout in all.iter().flat_map(|stored| closed.payouts_of(stored)) {
            // Of what stayed out nothing was let go: then it only lets go on with the payee.
            let mut told = payout.told.iter().map(|told| told.to).chain([payout.state]);
            if told.any(PayoutState::frees_money) {
                payouts
                    .entry(payout.recipient.payee.as_str())
                    .or_default()
                    .push(payout);
            }
        }
        for payee in closed.about_of(payees) {
            let payouts = payouts.get(payee).map_or(&[][..], Vec::as_slice);
            words.push(Word {
                said: closing(&closed, payee),
                currency: None,
                money: Money::Of(together(tx, payouts)?),
                is_of_payee: true,
                lets_prepared_go: true,
            });
        }
    }
    Ok(words)
}

/// Breaks about the payees of some payouts that were closed after an instant.
pub(super) fn closed_after(tx: &mut Tx<'_>, leaving: &[&Payout], at: Timestamp) -> Result<Vec<LetGo>> {
    let payees = payees_of(leaving);
    let closed = breaks::closed(tx)?.into_iter().filter(|one| one.decision.at > at);
    let about = |closed: Closed| {
        let about = closed.about_of(&payees);
        about.map(|payee| closing(&closed, payee)).collect::<Vec<_>>()
    };
    Ok(closed.flat_map(about).collect())
}

fn payees_of<'p>(leaving: &[&'p Payout]) -> BTreeSet<&'p str> {
    leaving
        .iter()
        .map(|payout| payout.recipient.payee.as_str())
        .collect()
}

/// Money that came in for what payees owe.
fn came_in(tx: &mut Tx<'_>, payees: &BTreeSet<&str>) -> Result<Vec<Word>> {
    let mut words = Vec::new();
    for payee in payees {
        for invoice in invoices::all(tx, Some(payee))? {
            words.extend(invoice.paid.iter().filter_map(|paid| {
                let (by, reference) = (paid.by.clone()?, paid.reference.as_deref()?);
                Some(Word {
                    said: LetGo {
                        creator: invoice.creator.clone(),
                        by,
                        at: paid.at,
                        what: format!(
                            "said that {} came in for invoice {} ({reference})",
                            paid.amount, invoice.invoice
                        ),
                    },
                    currency: Some(paid.amount.asset().code().to_owned()),
                    money: Money::Units(paid.amount.units()),
                    is_of_payee: true,
                    lets_prepared_go: false,
                })
            }));
        }
    }
    Ok(words)
}

/// What was said of payouts whose money is free.
fn said_free(tx: &mut Tx<'_>, earlier: &Earlier<'_>, payees: &BTreeSet<&str>) -> Result<Vec<Word>> {
    let mut words = Vec::new();
    for payee in payees {
        let Some(of_payee) = earlier.payouts.get(*payee) else {
            continue;
        };
        // What is paid again is told as that.
        let is_again = |freed: &Payout| of_payee.again.iter().any(|again| again.payout == freed.id);
        for (freed, told) in of_payee.free.iter().filter(|(freed, _)| !is_again(freed)) {
            let said = LetGo {
                creator: (*payee).to_owned(),
                by: told.by.clone(),
                at: told.at,
                what: format!("said that payout {} is {}", freed.id, told.to),
            };
            words.push(of_payout(tx, freed, said)?);
        }
    }
    Ok(words)
}

fn of_payout(tx: &mut Tx<'_>, payout: &Payout, said: LetGo) -> Result<Word> {
    Ok(Word {
        said,
        currency: Some(payout.gross.asset().code().to_owned()),
        money: Money::Of(takes::of_payout(tx, payout)?),
        is_of_payee: false,
        lets_prepared_go: false,
    })
}

/// What somebody held in batches that were given up by somebody else, or put back in them.
fn given_up(tx: &mut Tx<'_>, all: &[StoredBatch], payees: &BTreeSet<&str>) -> Result<Vec<Word>> {
    let mut words = Vec::new();
    for stored in all {
        let batch = &stored.batch;
        let cancelled = batch.payouts.iter().filter(|payout| {
            payout.state == PayoutState::Cancelled && payees.contains(payout.recipient.payee.as_str())
        });
        for payout in cancelled {
            let creator = payout.recipient.payee.to_string();
            let put_back = stored.put_back.iter().filter(|one| one.payout == payout.id);
            let mut undone: Vec<LetGo> = put_back
                .filter(|one| one.is_anothers())
                .map(|one| LetGo {
                    creator: creator.clone(),
                    by: one.by.clone(),
                    at: one.at,
                    what: one.words(&batch.id),
                })
                .collect();
            if let (Some(reason), Some((by, at))) = (&payout.reason, batch.given_up_by())
                && let Some(holder) =
                    stored::held_by(tx, payout)?.filter(|holder| !is_same_person(holder, by))
            {
                undone.push(LetGo {
                    creator,
                    by: by.to_owned(),
                    at,
                    what: format!(
                        "gave up batch {}, in which {holder} held {}: {reason}",
                        batch.id, payout.id
                    ),
                });
            }
            for said in undone {
                words.push(of_payout(tx, payout, said)?);
            }
        }
    }
    Ok(words)
}

/// All of it about the payees of some payouts, as far as the payouts pay what was let go.
pub(super) fn of(
    tx: &mut Tx<'_>,
    all: &[StoredBatch],
    leaving: &[&Payout],
    earlier: &Earlier<'_>,
) -> Result<Vec<LetGo>> {
    let payees = payees_of(leaving);
    let mut words = closed(tx, all, &payees)?;
    words.extend(came_in(tx, &payees)?);
    words.extend(said_free(tx, earlier, &payees)?);
    words.extend(given_up(tx, all, &payees)?);
    let mut found: Vec<LetGo> = Vec::new();
    for payout in leaving {
        let about = words.iter().filter(|word| word.is_about(payout, earlier));
        found.extend(about.map(|word| word.said.clone()));
    }
    found.sort_by(|a, b| (&a.creator, a.at, &a.what).cmp(&(&b.creator, b.at, &b.what)));
    found.dedup();
    Ok(found)
}
