//! Splits of creators' earnings among payees: entered by one person, consented to by another, listed with who did what.

use super::whole::books_to_write;
use super::{payee_records, payees};
use crate::base::error::{Cause, Error, Result};
use crate::base::progress::Context;
use crate::books::collected::{Collectors, KIND};
use crate::books::{entry_of, walk};
use crate::runs::period::period_named;
use crate::workspace::records::{self, Versioned};
use crate::workspace::{Workspace, actors};
use access::Scope;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use journal::{Earned, Entry, Released, SubscriptionsReleased};
use ledger::{Account, AccountKind};
use payout::split::{Consent, Shares, Signed, Split, SplitError, Splits, Withdrawn};
use serde::Serialize;
use std::ops::ControlFlow;
use store::{AccountFilter, Tx};

/// What a machine does.
const NOTHING_ABOUT: &str = "says nothing about who collects for whom";

/// A split, with whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// The creator.
    pub creator: String,
    /// Whether it divides what is earned today.
    pub is_in_force: bool,
    /// It.
    #[serde(flatten)]
    pub split: Split,
}

/// A step with a split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is consented to; the evidence, where that is not the creator's own word.
    Consent(Option<String>),
    /// It is taken back, for a reason.
    Withdraw(String),
}

/// Splits of a creator or of all, those that name a payee or all, by creator and number: as far as the scope goes.
pub fn list(
    workspace: &Workspace,
    creator: Option<&str>,
    payee: Option<&str>,
    scope: &Scope,
    today: Date,
) -> Result<Vec<Shown>> {
    let all = workspace.books()?.read(|tx| match creator {
        None => records::list::<Splits>(tx, KIND, ""),
        Some(creator) => {
            let found = records::get::<Splits>(tx, KIND, creator)?;
            Ok(found
                .into_iter()
                .map(|found| (creator.to_owned(), found))
                .collect())
        }
    })?;
    let mut found = Vec::new();
    for (creator, splits) in all {
        let is_own = |split: &Split| {
            split
                .shares
                .each()
                .any(|(payee, _)| scope.has_payee(payee.as_str()))
        };
        for split in splits.value.all() {
            let is_asked = payee.is_none_or(|payee| split.shares.names(payee));
            if is_asked && (scope.has(&creator) || is_own(split)) {
                found.push(shown(&creator, &splits.value, split, today));
            }
        }
    }
    Ok(found)
}

fn shown(creator: &str, splits: &Splits, split: &Split, today: Date) -> Shown {
    Shown {
        creator: creator.to_owned(),
        is_in_force: splits
            .in_force(today)
            .is_some_and(|one| one.number == split.number),
        split: split.clone(),
    }
}

/// Enters a split: it is in force once another person has consented to it.
///
/// # Errors
/// A payee is not known; something is divided already that it would divide; a machine asks.
pub fn enter(
    workspace: &Workspace,
    creator: &str,
    (from, shares): (Date, Shares),
    reason: &str,
    context: &Context<'_>,
) -> Result<Shown> {
    context.person()?;
    let reason = said(reason, "a split needs a reason")?;
    if let Err(wrong) = event::value::id(creator) {
        return Err(
            Error::usage("split/creator", format!("the id `{creator}` {wrong}"))
                .hint("write the creator's id, digit by digit"),
        );
    }
    let store = books_to_write(workspace, context)?;
    store.write(context.once(), context.recorded, |tx| {
        actors::must_be_person(tx, context.user, NOTHING_ABOUT)?;
        for (payee, _) in shares.each() {
            if payee.as_str() != creator && payee_records::find(tx, payee.as_str())?.is_none() {
                return Err(payees::unknown(payee.as_str()));
            }
        }
        let Versioned {
            value: mut splits,
            version,
        } = of(tx, creator)?;
        let divided = divided(tx, creator)?;
        let signed = Signed {
            by: context.user.to_owned(),
            at: context.clock,
        };
        let terms = (from, shares.clone());
        let number = splits.enter(terms, reason.clone(), signed, divided);
        let number = number.map_err(|error| refused(creator, &error))?;
        records::put(tx, KIND, creator, version, &splits)?;
        let split = splits.get(number).map_err(|error| refused(creator, &error))?;
        Ok(shown(creator, &splits, split, context.today()))
    })
}

/// Takes a step with a split.
///
/// # Errors
/// It is not open; who consents entered it, gains by it or is a machine; no evidence is named.
pub fn step(
    workspace: &Workspace,
    (creator, number): (&str, u32),
    step: &Step,
    scope: &Scope,
    context: &Context<'_>,
) -> Result<Shown> {
    context.person()?;
    actors::must_have(scope, creator)?;
    let store = books_to_write(workspace, context)?;
    store.write(context.once(), context.recorded, |tx| {
        let Versioned {
            value: mut splits,
            version,
        } = of(tx, creator)?;
        let (by, at) = (context.user.to_owned(), context.clock);
        let done = match step {
            Step::Consent(evidence) => {
                actors::must_be_person(tx, context.user, NOTHING_ABOUT)?;
                let split = splits.get(number).map_err(|error| refused(creator, &error))?;
                does_not_gain(tx, creator, &splits, split, context.user)?;
                let consent = Consent {
                    by,
                    at,
                    evidence: evidence_of(evidence.as_deref(), scope)?,
                };
                let divided = divided(tx, creator)?;
                splits.agree(number, consent, divided)
            }
            Step::Withdraw(reason) => {
                let reason = said(reason, "taking a split back needs a reason")?;
                splits.withdraw(number, Withdrawn { by, at, reason })
            }
        };
        done.map_err(|error| refused(creator, &error))?;
        records::put(tx, KIND, creator, version, &splits)?;
        let split = splits.get(number).map_err(|error| refused(creator, &error))?;
        Ok(shown(creator, &splits, split, context.today()))
    })
}

fn of(tx: &mut Tx<'_>, creator: &str) -> Result<Versioned<Splits>> {
    let found = records::get::<Splits>(tx, KIND, creator)?;
    Ok(found.unwrap_or(Versioned {
        value: Splits::default(),
        version: 0,
    }))
}

fn said(text: &str, why: &str) -> Result<String> {
    match text.trim() {
        "" => {
            Err(Error::usage("split/reason", why)
                .hint("say with --reason TEXT why; it is kept with your name"))
        }
        text => Ok(text.to_owned()),
    }
}

/// The evidence of a consent. The creator needs none: it is the creator's own word.
fn evidence_of(evidence: Option<&str>, scope: &Scope) -> Result<Option<String>> {
    let evidence = evidence.map(str::trim).filter(|evidence| !evidence.is_empty());
    match (evidence, scope) {
        (None, Scope::All) => Err(Error::usage(
            "split/evidence",
            "who consents for a creator says where the creator's consent is seen",
        )
        .hint("for example --evidence \"contract 2026-114, page 3\"; the creator consents without, as an actor of the role creator")),
        (evidence, _) => Ok(evidence.map(str::to_owned)),
    }
}

/// Refuses the consent of an actor of whose payees one collects more by the split.
fn does_not_gain(tx: &mut Tx<'_>, creator: &str, splits: &Splits, split: &Split, user: &str) -> Result<()> {
    let own = actors::payees_of(tx, user)?;
    let before = splits.in_force(split.from);
    for (payee, share) in split.shares.each() {
        let had = match before {
            Some(before) => before.shares.of(payee.as_str()),
            None if payee.as_str() == creator => money::Ratio::ONE,
            None => money::Ratio::ZERO,
        };
        if share > had && own.contains(payee.as_str()) {
            return Err(Error::refused(
                "split/gain",
                format!(
                    "{user} is {payee}, who collects more by split {} of {creator}",
                    split.number
                ),
            )
            .hint("who gains does not consent: another person does, and names the evidence"));
        }
    }
    Ok(())
}

fn refused(creator: &str, error: &SplitError) -> Error {
    let told = Error::refused("split/refused", format!("creator `{creator}`: {error}"));
    match error {
        SplitError::Divided { divided, .. } => {
            let from = divided.tomorrow().unwrap_or(*divided);
            told.hint(format!(
                "what is divided stays so: date the split from {from} on; what was divided otherwise than agreed, those who collected it settle among themselves"
            ))
        }
        SplitError::SamePerson { .. } => told.hint("another person runs it as themselves: `--user NAME`"),
        SplitError::Unknown { .. } | SplitError::NotOpen { .. } | SplitError::Same { .. } => told.hint(
            format!("`permille payee splits {creator}` lists the creator's splits"),
        ),
    }
}

/// The last day of which something that a creator earned is divided: the accounts of all who may have collected something say so.
fn divided(tx: &mut Tx<'_>, creator: &str) -> Result<Option<Date>> {
    let collectors = Collectors::of(tx, creator)?;
    let mut accounts: Vec<Account> = Vec::new();
    for payee in collectors.payees_of(creator) {
        let states = tx.accounts(&AccountFilter::of(AccountKind::CreatorAvailable, payee))?;
        let accounts_of = states.into_iter().map(|state| state.account);
        accounts.extend(accounts_of.filter(|account| **account.earner() == *creator));
    }
    let mut last: Option<Date> = None;
    walk(tx, &accounts, |step| {
        let period = match entry_of(step.transaction)? {
            Entry::Released(Released { period, .. })
            | Entry::Earned(Earned { period, .. })
            | Entry::Adjusted(Earned { period, .. }) => Some(period),
            Entry::SubscriptionsReleased(SubscriptionsReleased { payable_on, .. }) => Some(payable_on),
            Entry::DiamondsRedeemed(_) => {
                last = last.max(Some(step.transaction.effective.to_zoned(TimeZone::UTC).date()));
                None
            }
            _ => None,
        };
        if let Some(name) = period {
            let period = period_named(&name);
            let period = period.map_err(|e| {
                Error::bad_input("books/entry", format!("`{name}`: {e}")).because(Cause::Books)
            })?;
            last = last.max(Some(period.last_day()));
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(last)
}
