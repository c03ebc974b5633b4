//! Approving a batch, and holding its files to what was approved.
//!
//! An approval pins a digest of all that the files will say. When they are written, what they would say is compared with
//! the batch as it was approved; anything else than payouts kept back meanwhile, or a day that is over, is refused.

use super::batches;
use super::decisions;
use super::fixed;
use super::history::ChangedSince;
use super::let_go;
use super::rates::places;
use super::reserved::must_be_reserved;
use super::review::{self, Review};
use super::rules;
use super::since::LetGo;
use super::stored::{self, Approval, StoredBatch};
use super::takes;
use super::whole::books_to_write;
use crate::base::error::{Error, Result};
use crate::base::progress::Context;
use crate::workspace::{Workspace, actors};
use payout::batch::{Batch, BatchState, Contents, Payout, PayoutId};
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
    let store = books_to_write(workspace, context)?;
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
    rules::must_be_there(tx, &stored.batch, context.today())?;
    fixed::same_account(workspace, &stored.batch, &stored.fixed)?;
    let review = review::of(tx, &before, context.today())?;
    if seen.is_some_and(|seen| *seen != review) {
        return Err(Error::refused(
            "payout/changed",
            format!("batch {id} or its payees changed while it was looked at"),
        )
        .hint(format!("look again: `permille payout show {id}`")));
    }
    not_by_author(id, &review, context.user)?;
    not_by_who_let_go(id, &review, context.user)?;
    not_to_oneself(tx, &before, context.user)?;
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

/// Refuses the approval of who entered a payee since the last payout, changed what the payee is paid by, or put a payout back that
/// somebody else held: nobody else may have looked at that.
fn not_by_author(id: &str, review: &Review, user: &str) -> Result<()> {
    let authored = review.authors.iter().find(|one| is_same_person(&one.by, user));
    let authored = authored.and_then(|one| Some((&one.by, one.creators.first()?, "entered or changed")));
    let mut put_back = review.put_back.iter();
    let put_back = put_back.find(|one| is_same_person(&one.by, user) && one.is_anothers());
    let put_back = put_back.map(|one| (&one.by, &one.creator, "put back what somebody else held of"));
    let Some((author, creator, what)) = authored.or(put_back) else {
        return Ok(());
    };
    Err(own_change(
        format!("{author} {what} {creator}, who was not paid since, and batch {id} pays {creator}"),
        id,
        creator,
    ))
}

/// Refuses the approval of who said that nothing keeps money of the batch back any more, or by which split it is divided: it would be one
/// person's word for both, unless another one has vouched for it.
fn not_by_who_let_go(id: &str, review: &Review, user: &str) -> Result<()> {
    let words = review.words();
    let mut alone = words.iter().filter(|word| {
        is_same_person(&word.by, user) && !review.vouched.iter().any(|vouch| vouch.is_for(word))
    });
    let Some(LetGo {
        creator, by, what, ..
    }) = alone.next()
    else {
        return Ok(());
    };
    let words = format!("{by} {what}, and batch {id} pays {creator} what did not leave since");
    let error = own_change(words, id, creator);
    let hint = error.hint.clone().unwrap_or_default();
    Err(error.hint(format!(
        "{hint}; or somebody else vouches for it: `permille payout vouch {id} {creator} --note TEXT`"
    )))
}

/// Refuses the approval of who is paid by the batch, or earned what it pays, as far as actors say whose earnings are their own.
fn not_to_oneself(tx: &mut Tx<'_>, stored: &StoredBatch, user: &str) -> Result<()> {
    let own = actors::payees_of(tx, user)?;
    let id = stored.batch.id.as_str();
    for payout in stored.batch.leaving().filter(|_| !own.is_empty()) {
        let payee = payout.recipient.payee.as_str();
        if own.contains(payee) {
            let words = format!("{user} is {payee}, and batch {id} pays {payee}");
            return Err(own_change(words, id, payee));
        }
        let creators = takes::others(tx, payout)?;
        if let Some(creator) = creators.iter().find(|creator| own.contains(*creator)) {
            let words = format!("{user} is {creator}, and batch {id} pays {payee} what {creator} earned");
            return Err(own_change(words, id, payee));
        }
    }
    Ok(())
}

fn own_change(message: String, id: &str, creator: &str) -> Error {
    Error::refused("payout/own-change", message).hint(format!(
        "another person does it; or the payout of {creator} is held: `permille payout hold {id} PAYOUT`"
    ))
}

/// Refuses to let a batch leave of which the preparer, the approver or who exports it changed or cleared a payee after it was approved, or
/// closed a break about one: whoever approved it has not seen that, or it would be the approver's word alone.
pub(super) fn not_changed_by(tx: &mut Tx<'_>, batch: &Batch, context: &Context<'_>) -> Result<()> {
    let user = context.user;
    let Some(approved) = stored::change_to(tx, batch.id.as_str(), BatchState::Approved)? else {
        return Ok(());
    };
    let leaving: Vec<&Payout> = batch.leaving().collect();
    let cleared = decisions::changed_after(tx, &leaving, approved)?.into_iter();
    let mut all: Vec<(String, String, String)> = cleared
        .map(
            |ChangedSince {
                 creator,
                 what,
                 author,
             }| (author.by, creator, what),
        )
        .collect();
    if let Some(at) = batch.approved_at() {
        let closed = let_go::closed_after(tx, &leaving, at)?.into_iter();
        all.extend(closed.map(|one| (one.by, one.creator, one.what)));
    }
    let approver = batch.approved_by().unwrap_or_default();
    let is_theirs =
        |by: &String| batch.is_prepared_by(by) || is_same_person(by, user) || is_same_person(by, approver);
    let Some((by, creator, what)) = all.iter().find(|(by, ..)| is_theirs(by)) else {
        return seen_by_person(tx, batch, &all, context);
    };
    Err(own_change(
        format!(
            "{by} changed or cleared {creator} after batch {} was approved: {what}",
            batch.id
        ),
        batch.id.as_str(),
        creator,
    ))
}

/// Tells who exports what others changed or cleared since the approval: nobody else sees it. No machine does.
fn seen_by_person(
    tx: &mut Tx<'_>,
    batch: &Batch,
    changed: &[(String, String, String)],
    context: &Context<'_>,
) -> Result<()> {
    let Some((by, creator, what)) = changed.first() else {
        return Ok(());
    };
    let does = format!(
        "does not export batch {}: {by} changed or cleared {creator} after it was approved ({what})",
        batch.id
    );
    actors::must_be_person(tx, context.user, &does)?;
    for (by, creator, what) in changed {
        let words = format!("since the approval: {by} changed or cleared {creator}: {what}");
        context.progress.note(&words);
    }
    Ok(())
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
