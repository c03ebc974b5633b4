//! Approving a batch, and holding its files to what was approved.
//!
//! An approval pins a digest of all that the files will say. When they are written, what they would say is compared with
//! the batch as it was approved; anything else than payouts kept back meanwhile, or a day that is over, is refused.

use super::batches;
use super::fixed;
use super::rates::places;
use super::reserved::must_be_reserved;
use super::review::{self, Review};
use super::rules;
use super::stored::{self, Approval, StoredBatch};
use crate::base::error::{Error, Result};
use crate::base::progress::Context;
use crate::workspace::Workspace;
use payout::batch::{BatchState, Contents, PayoutId};
use payout::person::is_same_person;
use store::Tx;

/// What the approver says of doubtful exchange rates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rates {
    /// Nothing: a doubtful one refuses the approval.
    Unsaid,
    /// They have been compared with another source, and are right.
    Confirmed,
}

/// Approves a batch that somebody else prepared. `seen` is what the approver was shown: what has changed since then refuses
/// the approval. Errors also: by its preparer; payees that may not be paid or have changed; another account in the
/// configuration; doubtful rates that are not confirmed.
pub fn approve(
    workspace: &Workspace,
    id: &str,
    rates: Rates,
    seen: Option<&Review>,
    context: &Context<'_>,
) -> Result<(StoredBatch, Review)> {
    context.person()?;
    let mut store = workspace.books_to_write(context)?;
    store.write(context.once(), context.recorded, |tx| {
        let mut read = batches::get(tx, id)?;
        let review = read.change(tx, |tx, stored| {
            pin(tx, workspace, stored, (rates, seen), context)
        })?;
        Ok((read.value, review))
    })
}

/// Makes an approved batch of a prepared one, with all that its files will say.
fn pin(
    tx: &mut Tx<'_>,
    workspace: &Workspace,
    stored: &mut StoredBatch,
    (rates, seen): (Rates, Option<&Review>),
    context: &Context<'_>,
) -> Result<Review> {
    let before = stored.clone();
    let id = before.batch.id.as_str();
    let approved = stored.batch.approve(context.user, context.clock);
    approved.map_err(batches::refused)?;
    batches::may_leave(tx, &stored.batch, None)?;
    must_be_reserved(tx, id, &stored.batch.payouts)?;
    rules::must_be_there(tx, workspace, &stored.batch, context.today())?;
    fixed::same_account(workspace, &stored.batch, &stored.fixed)?;
    let review = review::of(tx, workspace, &before, context.today())?;
    if seen.is_some_and(|seen| *seen != review) {
        return Err(Error::refused(
            "payout/changed",
            format!("batch {id} or its payees changed while it was looked at"),
        )
        .hint(format!("look again: `permille payout show {id}`")));
    }
    not_by_author(id, &review, context.user)?;
    if rates == Rates::Unsaid {
        no_doubts(id, &review)?;
    }
    stored
        .batch
        .move_execution(context.today())
        .map_err(batches::refused)?;
    let leaves: Vec<PayoutId> = stored.batch.leaving().map(|payout| payout.id.clone()).collect();
    let all = stored.batch.payouts.iter().map(|payout| payout.id.clone());
    stored.approval = Some(Approval {
        digest: review.digest.clone(),
        held: all.filter(|payout| !leaves.contains(payout)).collect(),
        confirmed: review.doubtful().map(in_words).collect(),
        pairs: review.doubtful().map(|rate| rate.used.pair()).collect(),
    });
    Ok(review)
}

/// Refuses the approval of who changed what a payee is paid by since the last payout, or entered one who was never paid: nobody else may
/// have looked at that.
fn not_by_author(id: &str, review: &Review, user: &str) -> Result<()> {
    let changed = review.authors().find(|(author, _)| is_same_person(author, user));
    let entered = review.entered.iter().find(|one| is_same_person(&one.by, user));
    let entered = entered.and_then(|one| Some((one.by.as_str(), one.creators.first()?.as_str())));
    let Some((author, creator)) = changed.or(entered) else {
        return Ok(());
    };
    Err(Error::refused(
        "payout/own-change",
        format!(
            "{author} entered or changed {creator}, who was not paid since, and batch {id} pays {creator}"
        ),
    )
    .hint(format!(
        "another person approves it; or the payout of {creator} is held: `permille payout hold {id} PAYOUT`"
    )))
}

fn no_doubts(id: &str, review: &Review) -> Result<()> {
    let doubtful: Vec<String> = review.doubtful().map(in_words).collect();
    if doubtful.is_empty() {
        return Ok(());
    }
    Err(Error::refused(
        "payout/rates",
        format!("exchange rates of batch {id} need a second person's word: {}", doubtful.join("; ")),
    )
    .hint(format!(
        "compare them with a source of your own; if they are right: `permille payout approve {id} --rates`. Otherwise give the batch up: `permille payout cancel {id}`"
    )))
}

fn in_words(rate: &review::SeenRate) -> String {
    format!(
        "{} {} of {} ({})",
        rate.used.pair(),
        places(&rate.used.rate.rate.to_string()),
        rate.used.rate.published_on,
        rate.doubts.join(", ")
    )
}

/// Refuses a batch whose files would say something else than what was approved, but for a day that is over: also where they are written
/// again.
pub(super) fn as_approved(tx: &mut Tx<'_>, workspace: &Workspace, stored: &StoredBatch) -> Result<()> {
    let batch = &stored.batch;
    if batch.state == BatchState::Approved {
        fixed::same_account(workspace, &stored.batch, &stored.fixed)?;
    }
    let approved = as_it_was_approved(tx, batch.id.as_str())?;
    let stayed: Vec<&PayoutId> = approved.batch.leaving().map(|payout| &payout.id).collect();
    let contents = |stored: &StoredBatch| {
        let debtor = stored.fixed.debtor.as_ref();
        Contents::of(&stored.batch, debtor, |payout| stayed.contains(&&payout.id))
    };
    let was = contents(&approved);
    let mut as_then = stored.clone();
    if batch.state != BatchState::Approved {
        as_then.batch.execution_date = approved.batch.execution_date;
    }
    let is = contents(&as_then);
    let mut found = was.differences(&is);
    let pinned = approved.approval.as_ref().map(|approval| &approval.digest);
    if found.is_empty() && pinned.is_none_or(|pinned| *pinned != is.digest()) {
        found.push("the digest that was approved is another one".to_owned());
    }
    let more = batch.leaving().filter(|payout| !stayed.contains(&&payout.id));
    found.extend(more.map(|payout| format!("{} was kept back, and would leave", payout.id)));
    if found.is_empty() {
        return must_be_reserved(tx, batch.id.as_str(), &batch.payouts);
    }
    Err(Error::refused(
        "payout/not-as-approved",
        format!("the files of batch {} would not say what was approved: {}", batch.id, found.join("; ")),
    )
    .hint("`permille ledger verify` checks the books; give the batch up with `permille payout cancel` and prepare anew"))
}

/// The batch as its approval left it.
fn as_it_was_approved(tx: &mut Tx<'_>, id: &str) -> Result<StoredBatch> {
    let approved = stored::when_it_became(tx, id, BatchState::Approved)?;
    approved.ok_or_else(|| {
        Error::bad_input(
            "payout/books",
            format!("the books have no approval of batch {id}"),
        )
        .hint("`permille ledger verify` checks the books")
    })
}
