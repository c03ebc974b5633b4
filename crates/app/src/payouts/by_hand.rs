//! What people say of payouts: over rails that answer with no file, in the place of a bank that does not answer, and where what was
//! said before turned out to be wrong.
//!
//! A payout that failed or came back and was paid all the same is booked again as long as its money is free, by somebody who did not
//! prepare its batch. Money that is in another batch by now is not booked twice over: that batch comes first. What was paid a second time
//! meanwhile is booked, too, and is a debt.

use super::answer::{self, Answered};
use super::batches;
use super::stored::{self, StoredBatch};
use super::takes;
use super::unmatched;
use super::whole::books_to_write;
use super::whose::{Owner, owned};
use super::{program_balances, reservation};
use crate::base::error::{Error, Result};
use crate::base::progress::Context;
use crate::workspace::Workspace;
use crate::workspace::actors::payees_of;
use ledger::AccountKind;
use payout::batch::{Batch, BatchId, Payout, PayoutId, PayoutState};
use payout::iso20022::fault_in_words;
use payout::payee::Rail;
use payout::reconcile::{Reconciliation, Transition};
use std::collections::BTreeSet;
use store::Tx;

/// Settles payouts of a batch as somebody says; without ids all that are under way. Errors: an unknown payout; nothing under way; not a transition of payouts; somebody who may not say so; money
/// that is elsewhere by now.
pub fn settle(
    workspace: &Workspace,
    batch: &str,
    ids: Option<&[PayoutId]>,
    to: PayoutState,
    reason: Option<&str>,
    context: &Context<'_>,
) -> Result<Answered> {
    context.person()?;
    let store = books_to_write(workspace, context)?;
    store.write(context.once(), context.recorded, |tx| {
        let mut stored = vec![batches::get(tx, batch)?];
        let mut found = Reconciliation::default();
        let batch = &stored[0].value.batch;
        let ids: BTreeSet<&PayoutId> = match ids {
            Some(ids) => ids.iter().collect(),
            None => under_way(batch)?,
        };
        let owner = owned(tx, batch, context.user)?;
        let own = payees_of(tx, context.user)?;
        for id in ids {
            let payout = batch.payouts.iter().find(|payout| payout.id == *id);
            let payout = payout.ok_or_else(|| {
                Error::usage("payout/unknown", format!("batch {} has no payout {id}", batch.id))
                    .hint(format!("`permille payout show {}` lists its payouts", batch.id))
            })?;
            if to.frees_money() && takes::is_of(tx, payout, &own)? {
                return Err(not_by_oneself(payout, to, context.user));
            }
            match said(tx, owner.as_ref(), payout, to, reason, context)? {
                Some(transition) => found.transitions.push(transition),
                None => found.unchanged += 1,
            }
        }
        let mut answered = answer::carry_out(tx, &mut stored, &found, None, context)?;
        answered.kind = "by hand";
        let since = unmatched::first_day(&stored, &found).unwrap_or(context.clock_day());
        let files = unmatched::Files::since(tx, since, "", context)?;
        answered.breaks = unmatched::look(tx, files, context)?;
        Ok(answered)
    })
}

/// All payouts of a batch that have left and of which no outcome is known.
fn under_way(batch: &Batch) -> Result<BTreeSet<&PayoutId>> {
    let all = batch.payouts.iter();
    let all = all.filter(|payout| payout.state == PayoutState::InTransit);
    let ids: BTreeSet<&PayoutId> = all.map(|payout| &payout.id).collect();
    if ids.is_empty() {
        let words = format!("batch {} has no payout that is under way", batch.id);
        let hint = format!("`permille payout show {}` lists its payouts", batch.id);
        return Err(Error::refused("payout/by-hand", words).hint(hint));
    }
    Ok(ids)
}

/// What becomes of one payout; nothing if it is that already. `owner`: what the user has done with its batch.
fn said(
    tx: &mut Tx<'_>,
    owner: Option<&Owner>,
    payout: &Payout,
    to: PayoutState,
    reason: Option<&str>,
    context: &Context<'_>,
) -> Result<Option<Transition>> {
    if payout.state == to {
        return Ok(None);
    }
    if to.frees_money() {
        by_another(owner, payout, to)?;
    }
    if payout.recipient.to.rail() == Rail::Bank {
        with_reason(owner, payout, "goes to a bank", reason)?;
    } else if payout.state.frees_money() {
        let is = format!("is {}", payout.state);
        with_reason(owner, payout, &is, reason)?;
    }
    if !payout.state.may_become(to) {
        return Err(Error::refused(
            "payout/by-hand",
            format!("payout {} is {}: it cannot become {to}", payout.id, payout.state),
        )
        .hint(match payout.state {
            PayoutState::Failed | PayoutState::Returned => {
                "its money is the creator's again: what is wrong with that is said with `--as succeeded`"
            }
            _ => "`permille payout show BATCH` shows how far it has come",
        }));
    }
    if to == PayoutState::Returned && reservation::has_come_back(tx, payout)? {
        return Err(Error::refused(
            "payout/returned-twice",
            format!(
                "payout {} came back before and was paid after all: the books hold one return",
                payout.id
            ),
        )
        .hint(
            "the bank has the money: hold the creator (`permille payee hold`) and settle it with the bank",
        ));
    }
    let transition = Transition {
        payout: payout.id.clone(),
        from: payout.state,
        to,
        reason: reason.map(str::to_owned),
        fault: reason
            .filter(|_| to != PayoutState::Succeeded)
            .and_then(fault_in_words),
        kept: None,
        line: 0,
    };
    if payout.state.frees_money() {
        is_free(tx, payout, &transition, context)?;
    }
    Ok(Some(transition))
}

/// The error that somebody says of what they are paid that it is free again.
fn not_by_oneself(payout: &Payout, to: PayoutState, user: &str) -> Error {
    let payee = &payout.recipient.payee;
    Error::refused(
        "payout/by-hand",
        format!(
            "payout {} is paid to {payee}, and {user} is paid or earned it, and does not say that it is {to}",
            payout.id
        ),
    )
    .hint("its money would be free to be paid again: another person says so")
}

/// Refuses what frees money of a batch to who prepared it, over whatever rail: it could be paid a second time.
fn by_another(owner: Option<&Owner>, payout: &Payout, to: PayoutState) -> Result<()> {
    let Some(owner) = owner else {
        return Ok(());
    };
    Err(Error::refused(
        "payout/by-hand",
        format!(
            "payout {}: {}, and does not say that it is {to}",
            payout.id,
            owner.did("its batch")
        ),
    )
    .hint("its money would be free to be paid again: another person says so, as themselves: `--user NAME`"))
}

/// A bank's answer settles payouts to banks. Where none comes, or where another outcome was told before, somebody who did not prepare the
/// batch says what happened, and why.
fn with_reason(owner: Option<&Owner>, payout: &Payout, what: &str, reason: Option<&str>) -> Result<()> {
    let refused = |rest: &str, hint: &str| {
        let words = format!("payout {} {what}, {rest}", payout.id);
        Err(Error::refused("payout/by-hand", words).hint(hint))
    };
    if let Some(owner) = owner {
        return refused(
            &format!("and {}", owner.did("its batch")),
            "`permille payout import-answer FILE` takes a bank's answer; without one another person settles it",
        );
    }
    match reason.map(str::trim) {
        None | Some("") => refused(
            "and nobody says why it is settled so",
            "`permille payout import-answer FILE` takes a bank's answer; --reason TEXT says why it is settled without one",
        ),
        Some(_) => Ok(()),
    }
}

/// Whether the money of a payout that was paid after all can be taken from the creator's balance. Errors: too little is there, and the
/// rest is in another batch. What left a second time is told, and becomes a debt.
fn is_free(tx: &mut Tx<'_>, payout: &Payout, transition: &Transition, context: &Context<'_>) -> Result<()> {
    let steps = answer::in_books(tx, payout, transition, context)?;
    let postings = || steps.iter().flat_map(|step| &step.postings);
    let mine = |account: &ledger::Account| account.kind == AccountKind::CreatorAvailable;
    let Some(account) = postings().map(|posting| &posting.debit).find(|debit| mine(debit)) else {
        return Ok(());
    };
    let units = |is_of: &dyn Fn(&ledger::Posting) -> bool| -> i128 {
        let of = postings().filter(|posting| is_of(posting));
        of.map(|posting| i128::from(posting.amount)).sum()
    };
    let taken = units(&|posting| mine(&posting.debit)) - units(&|posting| mine(&posting.credit));
    if program_balances::available(tx, &account.owner, account.asset)? >= taken {
        return Ok(());
    }
    let creator = payout.recipient.payee.as_str();
    let Some((batch, other)) = elsewhere(tx, payout)? else {
        context.progress.note(&format!(
            "the balance of {creator} falls below zero: the money of {} was paid again or taken since. It is a debt, recovered from what is earned next",
            payout.id
        ));
        return Ok(());
    };
    let hint = match other.state {
        PayoutState::InTransit => format!(
            "wait for what becomes of {}: failed, its money is free; succeeded, it was paid twice, and this is booked as a debt",
            other.id
        ),
        _ => format!(
            "give that batch up (`permille payout cancel {batch}`), settle this one, and prepare anew: what is left is paid"
        ),
    };
    Err(Error::refused(
        "payout/money-elsewhere",
        format!(
            "the money of payout {} is not free: {creator} is paid by {} of batch {batch}, which is {}",
            payout.id, other.id, other.state
        ),
    )
    .hint(hint))
}

/// Another payout of the creator that is not settled: what is reserved for it is not in the balance.
fn elsewhere(tx: &mut Tx<'_>, payout: &Payout) -> Result<Option<(BatchId, Payout)>> {
    for stored in stored::all(tx)? {
        let StoredBatch { batch, .. } = stored.value;
        let of_creator = |other: &&Payout| {
            other.recipient.payee == payout.recipient.payee
                && other.id != payout.id
                && !other.state.is_settled()
                && other.gross.asset().code() == payout.gross.asset().code()
        };
        if let Some(other) = batch.payouts.iter().find(of_creator) {
            return Ok(Some((batch.id.clone(), other.clone())));
        }
    }
    Ok(None)
}
