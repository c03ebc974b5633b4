//! Batches: looked at and cancelled; single payouts held back or put back. The approval is in [`super::approve`].

use super::stored::{self, PutBack, Read, StoredBatch};
use super::takes;
use super::whole::books_to_write;
use super::{breaks, history, payee_records, reservation};
use crate::base::error::{Cause, Error, Result};
use crate::base::progress::Context;
use crate::books::post_all;
use crate::workspace::Workspace;
use payout::batch::{Batch, BatchError, Payout, PayoutId, PayoutState};
use payout::payee::{Identity, Payee};
use store::Tx;

/// A step that somebody takes with a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is given up; its money is free again.
    Cancel,
    /// One payout is kept back, for a reason.
    Hold(PayoutId, String),
    /// A held payout is put back.
    Release(PayoutId),
}

pub(super) fn get(tx: &mut Tx<'_>, id: &str) -> Result<Read> {
    stored::find(tx, id)?.ok_or_else(|| {
        Error::usage("payout/unknown-batch", format!("no batch `{id}`"))
            .hint("`permille payout list` lists batches")
            .because(Cause::Absent)
    })
}

/// Every batch, by id.
pub fn list(workspace: &Workspace) -> Result<Vec<StoredBatch>> {
    workspace
        .books()?
        .read(|tx| Ok(stored::all(tx)?.into_iter().map(|read| read.value).collect()))
}

/// One batch.
pub fn show(workspace: &Workspace, id: &str) -> Result<StoredBatch> {
    workspace.books()?.read(|tx| Ok(get(tx, id)?.value))
}

/// Takes a step with a batch.
pub fn step(workspace: &Workspace, id: &str, step: &Step, context: &Context<'_>) -> Result<StoredBatch> {
    context.person()?;
    let store = books_to_write(workspace, context)?;
    store.write(context.once(), context.recorded, |tx| {
        let mut read = get(tx, id)?;
        read.change(tx, |tx, stored| take(tx, stored, step, context))?;
        Ok(read.value)
    })
}

fn take(tx: &mut Tx<'_>, stored: &mut StoredBatch, step: &Step, context: &Context<'_>) -> Result<()> {
    let before: Vec<PayoutState> = stored.batch.payouts.iter().map(|payout| payout.state).collect();
    if let Step::Release(payout) = step {
        may_leave(tx, &stored.batch, Some(payout))?;
        let held = tx.records_of(stored::PAYOUT, &[payout.as_str()])?;
        let held_by = held.into_iter().next().map(|record| record.author);
        stored
            .put_back
            .extend(put_back(&stored.batch, payout, held_by, context));
    }
    let batch = &mut stored.batch;
    match step {
        Step::Cancel => batch.cancel(context.user, context.clock),
        Step::Hold(payout, reason) => batch.hold(payout, reason),
        Step::Release(payout) => batch.release(payout),
    }
    .map_err(refused)?;
    free_cancelled(tx, &stored.batch, &before, context)
}

fn put_back(batch: &Batch, id: &PayoutId, held_by: Option<String>, context: &Context<'_>) -> Option<PutBack> {
    let payout = batch.payouts.iter().find(|payout| payout.id == *id)?;
    Some(PutBack {
        creator: payout.recipient.payee.to_string(),
        payout: id.clone(),
        held_for: payout.reason.clone(),
        held_by,
        by: context.user.to_owned(),
        at: context.clock,
    })
}

/// Refuses payouts to payees who may not be paid any more, or of whom files would say what is not so any more: what is known
/// of them may have changed since the batch was prepared. Looks at one payout, or at all that are not held.
pub(super) fn may_leave(tx: &mut Tx<'_>, batch: &Batch, only: Option<&PayoutId>) -> Result<()> {
    let mut stopped = Vec::new();
    let disputed = breaks::disputed(tx)?;
    for payout in &batch.payouts {
        let leaves = match only {
            Some(id) => payout.id == *id,
            None => payout.state == PayoutState::Pending,
        };
        if !leaves {
            continue;
        }
        let creator = payout.recipient.payee.as_str();
        if let Err(why) = payout::payee::reach::payment(&payout.recipient.to, payout.amount) {
            stopped.push(format!("{} to `{creator}`: {why}", payout.id));
            continue;
        }
        let payee = payee_records::find(tx, creator)?;
        let why = match &payee {
            _ if disputed.contains_key(creator) => format!(
                "may have been paid: what the bank says of {} does not agree (`permille payout breaks`)",
                disputed[creator].join(", ")
            ),
            Some(payee) if payee.sanctions_hold.is_some() => "is on a sanctions hold".to_owned(),
            Some(payee) if payee.identity != Identity::Verified => format!("is {}", payee.identity),
            Some(payee) => {
                let to = &payout.recipient;
                match payee.failure_of(&to.to, &to.name, &to.address) {
                    Some(failed) => format!("was not reached at this account: {}", failed.reason),
                    None => match stopped_or_changed(tx, payout, payee)? {
                        Some(why) => why,
                        None => continue,
                    },
                }
            }
            None => continue,
        };
        stopped.push(format!("{} to `{creator}`, who {why}", payout.id));
    }
    if stopped.is_empty() {
        return Ok(());
    }
    Err(Error::refused(
        "payout/payee-stopped",
        format!("these payouts may not leave: {}", stopped.join("; ")),
    )
    .hint(format!(
        "keep each back with `permille payout hold {} PAYOUT --reason TEXT`: the others can then leave, and the next batch pays by what payees say then",
        batch.id
    )))
}

/// Why a payout may not leave though its payee may be paid: a creator of whom it collects is stopped, or the payee says something else.
fn stopped_or_changed(tx: &mut Tx<'_>, payout: &Payout, payee: &Payee) -> Result<Option<String>> {
    let others = takes::others(tx, payout)?;
    let others: Vec<&str> = others.iter().map(String::as_str).collect();
    let stopped = payee_records::stopped(tx, &others)?;
    match stopped.first() {
        Some(creator) => Ok(Some(format!(
            "collects what `{creator}` earned, for whom payments have been stopped"
        ))),
        None => changed(tx, payout, payee),
    }
}

/// What a payout would say that its payee says otherwise by now, and who changed it.
fn changed(tx: &mut Tx<'_>, payout: &Payout, payee: &Payee) -> Result<Option<String>> {
    let to = &payout.recipient;
    let fields = history::outdated(to, payout.amount.asset().code(), payee);
    if fields.is_empty() {
        return Ok(None);
    }
    let versions = history::versions(tx, to.payee.as_str())?;
    let last = versions.iter().rev().find(|version| !version.changes.is_empty());
    let author = last.map_or_else(String::new, |last| format!(" by {} at {}", last.by, last.at));
    Ok(Some(format!(
        "has another {} since the batch was prepared, changed{author}",
        fields.join(" and ")
    )))
}

/// Gives back the money of payouts that have just been cancelled.
pub(super) fn free_cancelled(
    tx: &mut Tx<'_>,
    batch: &Batch,
    before: &[PayoutState],
    context: &Context<'_>,
) -> Result<()> {
    let cancelled = batch.payouts.iter().zip(before).filter(|(payout, before)| {
        payout.state == PayoutState::Cancelled && **before != PayoutState::Cancelled
    });
    let voids: Vec<_> = cancelled
        .map(|(payout, _)| {
            reservation::void(
                payout,
                payout.reason.as_deref().unwrap_or("cancelled"),
                context.now,
            )
        })
        .collect();
    post_all(tx, &voids)
}

/// A refusal of the state machine.
pub(super) fn refused(error: BatchError) -> Error {
    let hint = match &error {
        BatchError::SamePerson { .. } => "another person runs it as themselves: `--user NAME`",
        BatchError::NoSuchPayout { .. } => "`permille payout show BATCH` lists its payouts",
        BatchError::Late { .. } => {
            "give the batch up with `permille payout cancel BATCH`, and prepare anew for an earlier day"
        }
        BatchError::Nothing { .. } => {
            "give it up with `permille payout cancel BATCH`: its money is free then, and the next batch pays what may be paid"
        }
        BatchError::Open { .. } => "`permille payout import-answer FILE` takes the bank's answer",
        _ => "`permille payout show BATCH` shows how far it has come",
    };
    Error::refused("payout/batch", error.to_string()).hint(hint)
}
