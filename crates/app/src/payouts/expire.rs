//! Expiry: money below the threshold of a program whose rules let it expire becomes the platform's, when somebody says so.

use super::parts::cannot_divide;
use super::rules::Rules;
use super::subjects::{self, Subject};
use crate::books::post_all;
use crate::error::{Error, Result};
use crate::keys;
use crate::progress::Context;
use crate::workspace::Workspace;
use journal::{Entry, Expired};
use ledger::{Account, AccountKind, Posting};
use money::Money;
use payout::division;
use policy::program::BelowThreshold;
use serde::Serialize;

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
    let (rules, mut all) = store.read(|tx| {
        let rules = Rules::read(tx, workspace, context.today())?;
        Ok::<_, Error>((rules, subjects::with_balance(tx, None)?))
    })?;
    rules.tell_missing(&all, context);
    if mode == Mode::Show {
        return Ok(found(&all, &rules, program)
            .into_iter()
            .map(|(expiring, _)| expiring)
            .collect());
    }
    context.person()?;
    store.write(context.by(), context.recorded, |tx| {
        // Read again by the only writer.
        all = subjects::with_balance(tx, None)?;
        let rules = Rules::read(tx, workspace, context.today())?;
        let found = found(&all, &rules, program);
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

fn found<'s>(all: &'s [Subject], rules: &Rules, program: Option<&str>) -> Vec<(Expiring, &'s Subject)> {
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
            if is_below && is_meant && !owes && rule.threshold.asset().code() == subject.asset.code() {
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
    found
}
