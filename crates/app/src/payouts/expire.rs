//! Expiry: money below the threshold of a program whose rules let it expire becomes the platform's, when somebody says so.

use super::parts::cannot_divide;
use super::rules::Rules;
use super::subjects::{self, Subject};
use crate::books::{entry_of, post_all, walk};
use crate::error::{Error, Result};
use crate::keys;
use crate::progress::Context;
use crate::workspace::Workspace;
use journal::{Entry, Expired};
use ledger::{Account, AccountKind, Balance, Posting};
use money::Money;
use payout::division::{self, Slot, Source};
use policy::program::BelowThreshold;
use serde::Serialize;
use std::ops::ControlFlow;
use store::Tx;

/// What expires.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Expiring {
    /// Whose it was.
    pub creator: String,
    /// Of which program.
    pub program: String,
    /// How much.
    #[serde(serialize_with = "earning::amount::serialize")]
    pub amount: Money,
    /// The threshold it did not reach.
    #[serde(serialize_with = "earning::amount::serialize")]
    pub threshold: Money,
}

/// Whether it is done or only shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Nothing is changed.
    Show,
    /// It is booked.
    Book,
}

/// Lists what may expire today, and books it when asked to. Creators with a debt are left out: what they have offsets it.
pub fn expire(
    workspace: &Workspace,
    program: Option<&str>,
    mode: Mode,
    context: &Context<'_>,
) -> Result<Vec<Expiring>> {
    if let Some(id) = program {
        crate::programs::versions_of(workspace, id)?;
    }
    let mut store = workspace.books_to_write(context)?;
    let shown = store.read(|tx| {
        let rules = Rules::read(tx, workspace, context.today())?;
        let all = subjects::with_balance(tx, None)?;
        rules.tell_missing(&all, context);
        if mode == Mode::Book {
            return Ok(None);
        }
        let found = found(tx, &all, &rules, program)?;
        Ok::<_, Error>(Some(found.into_iter().map(|(expiring, _)| expiring).collect()))
    })?;
    if let Some(shown) = shown {
        return Ok(shown);
    }
    context.person()?;
    store.write(context.once(), context.recorded, |tx| {
        // Read again by the only writer.
        let all = subjects::with_balance(tx, None)?;
        let rules = Rules::read(tx, workspace, context.today())?;
        let found = found(tx, &all, &rules, program)?;
        let mut batch = Vec::new();
        for (expiring, subject) in &found {
            let expired = Entry::Expired(Expired {
                program: expiring.program.clone(),
                threshold: expiring.threshold.to_string(),
            });
            // The accounts' last transaction names the state that expires: the same state expires once.
            let of = format!(
                "expire/{}/{}/{}",
                expiring.program, subject.last_transaction, subject.asset
            );
            let key = keys::key(&of, &subject.creator);
            batch.push(expired.post(key, context.now, postings(expiring, subject)?));
        }
        post_all(tx, &batch)?;
        Ok(found.into_iter().map(|(expiring, _)| expiring).collect())
    })
}

/// What a program has from both sources becomes the platform's.
fn postings(expiring: &Expiring, subject: &Subject) -> Result<Vec<Posting>> {
    let mut held = subject.held.clone();
    held.retain(|slot, _| slot.program == expiring.program);
    let division = division::payout(&held, |_| true, division::total(&held));
    let division = division.map_err(|error| cannot_divide(&error, &subject.creator, &held))?;
    let income = Account::of(AccountKind::ExpiredIncome, &*expiring.program, subject.asset);
    let mut postings = subject.whose().moves(&division.moves)?;
    postings.extend(subject.whose().taken(&division.parts, &income, None)?);
    Ok(postings)
}

fn found<'s>(
    tx: &mut Tx<'_>,
    all: &'s [Subject],
    rules: &Rules,
    program: Option<&str>,
) -> Result<Vec<(Expiring, &'s Subject)>> {
    let mut found = Vec::new();
    for subject in all {
        let parts = subject.parts();
        let owes = subject.invoiced > 0 || parts.values().any(|part| part.units < 0);
        for (id, part) in &parts {
            let Some(rule) = rules
                .known(id)
                .filter(|rule| rule.below == BelowThreshold::Expire)
            else {
                continue;
            };
            let amount = Money::new(subject.asset, part.units);
            let is_below = part.units > 0 && amount.to_ratio() < rule.threshold.to_ratio();
            let is_meant = program.is_none_or(|program| program == id);
            let is_one_currency = rule.threshold.asset().code() == subject.asset.code();
            if is_below && is_meant && !owes && is_one_currency && is_all_that_was_earned(tx, subject, id)? {
                let expiring = Expiring {
                    creator: subject.creator.clone(),
                    program: id.clone(),
                    amount,
                    threshold: rule.threshold,
                };
                found.push((expiring, subject));
            }
        }
    }
    Ok(found)
}

/// Whether what a program has is what it made payable since its last payout. Where a payout under way, an invoice or a bank's fee has
/// taken something of it, or one gave something back, it is not: a threshold looks at what was earned, and nothing expires for having
/// been taken.
fn is_all_that_was_earned(tx: &mut Tx<'_>, subject: &Subject, program: &str) -> Result<bool> {
    if subject.is_reserved {
        return Ok(false);
    }
    let sources = [Source::Other, Source::Us].map(|source| Slot::new(program, source));
    let mut accounts = Vec::new();
    for slot in &sources {
        let account = subject.whose().available(slot);
        if tx.balance(&account)? != Balance::default() {
            accounts.push(account);
        }
    }
    // Newest first: how reservations ended is asked afterwards.
    let mut is_earned = true;
    let mut ends: Vec<u64> = Vec::new();
    walk(tx, &accounts, |step| {
        Ok(match entry_of(step.transaction)? {
            Entry::Earned(_)
            | Entry::Adjusted(_)
            | Entry::Released(_)
            | Entry::SubscriptionsReleased(_)
            | Entry::DiamondsRedeemed(_)
            | Entry::PayoutVoided(_) => ControlFlow::Continue(()),
            Entry::PayoutReserved(_) => {
                ends.extend(step.transaction.ended_by);
                ControlFlow::Continue(())
            }
            Entry::PayoutPaid | Entry::Expired(_) => ControlFlow::Break(()),
            _ => {
                is_earned = false;
                ControlFlow::Break(())
            }
        })
    })?;
    // A payout that was paid ends what is looked at: what is before it does not matter.
    for end in ends {
        let was_paid = tx
            .transaction_number(end)?
            .is_some_and(|end| end.action == "settle");
        is_earned |= was_paid;
    }
    Ok(is_earned)
}
