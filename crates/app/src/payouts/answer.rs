//! What a bank answers: payouts that have succeeded, failed or come back, and what does not agree.

use super::batches;
use super::breaks::{self, Break, File};
use super::invoices::{self, Income, Received};
use super::read::{self, Answer};
use super::stored::{self, Read};
use super::takes;
use super::unmatched::Files;
use super::whole::books_to_write;
use super::whose::owned;
use super::{payees, reservation, unmatched};
use crate::base::brought::Brought;
use crate::base::error::{Cause, Error, Result};
use crate::base::progress::Context;
use crate::books::post_all;
use crate::workspace::{Workspace, actors};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use payout::batch::{Batch, BatchState, Payout, PayoutId, PayoutState};
use payout::invoice::OpenInvoice;
use payout::iso20022::{Debtor, Statement, StatusReport};
use payout::reconcile::{
    self, BreakKind, Reconciliation, Source, Transition, against_waiting, apply, hold_back,
    of_other_accounts, with_statements, with_status_report,
};
use serde::Serialize;
use std::collections::BTreeSet;
use store::Tx;

/// Most bytes of an answer.
pub use payout::iso20022::MAX_BYTES;

/// What became of one payout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Its batch.
    pub batch: String,
    /// The payout.
    pub payout: String,
    /// Whose it is.
    pub creator: String,
    /// What it is of.
    pub amount: String,
    /// The state it was in.
    pub from: &'static str,
    /// The state it is in.
    pub to: &'static str,
    /// Why.
    pub reason: Option<String>,
}

/// What an answer meant.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Answered {
    /// `pain.002`, `camt.053` or `by hand`.
    pub kind: &'static str,
    /// What became of payouts.
    pub outcomes: Vec<Outcome>,
    /// What came in for invoices.
    pub receipts: Vec<Received>,
    /// What waits for somebody who did not prepare the batch: it frees money, and nothing of it is booked.
    pub waiting: Vec<Outcome>,
    /// What does not agree.
    pub breaks: Vec<Break>,
    /// Payouts and receipts that were where the answer says.
    pub unchanged: usize,
    /// Payouts that the bank is working on.
    pub under_way: usize,
    /// Movements that are no payouts of ours.
    pub unrelated: usize,
    /// Statements of accounts from which no payout left: nothing of them was taken.
    pub other_accounts: Vec<String>,
    /// Batches that have nothing open any more.
    pub closed: Vec<String>,
}

/// Reads a bank's answer and does what it says. Reading it again changes nothing. What frees money of a batch that the
/// importer prepared waits for another person who imports the answer.
pub fn import(workspace: &Workspace, file: Brought, context: &Context<'_>) -> Result<Answered> {
    context.person()?;
    let name = file.file_name().to_owned();
    let (text, mut answer) = read::answer(file, context)?;
    let file = File::new(name, &text, context);
    let since = first_day(&answer).unwrap_or(context.clock_day());
    let store = books_to_write(workspace, context)?;
    store.write(context.by(), context.recorded, |tx| {
        context.check()?;
        let (kind, stored, others) = match &mut answer {
            Answer::Status(report) => ("pain.002", asked(tx, report)?, Vec::new()),
            Answer::Statements(statements) => {
                let all = stored::all(tx)?;
                let configured = workspace.config().payout.debtor.as_ref();
                let others = of_other(statements, &all, configured)?;
                ("camt.053", all, others)
            }
        };
        let invoices = invoices::for_matching(tx)?;
        let last = last_booked(context);
        let shown = Files::since(tx, since, &file.hash, context)?;
        let (found, mut stored, others, shown) = context.unless_stopped(move || {
            let found = reconcile(&answer, &stored, &invoices, &others, &shown, last);
            (found, stored, others, shown)
        })?;
        let mut found = found?;
        only_once_back(tx, &mut found, &stored)?;
        let mut own = own(tx, &stored, context.user)?;
        let waits = breaks::waiting(tx, &stored)?;
        let payouts = stored.iter().flat_map(|stored| &stored.value.batch.payouts);
        against_waiting(&mut found, payouts.filter(|payout| waits.contains(&payout.id)));
        // What waits for another person no machine takes up.
        if actors::is_machine(tx, context.user)? {
            own.extend(waits);
        }
        let waiting = hold_back(&mut found, |payout| own.contains(payout));
        let mut kept = file.breaks(&found.breaks, &stored);
        let waits = file.waiting(&waiting, &stored);
        let told = outcomes(&waiting, &stored);
        let mut answered = carry_out(tx, &mut stored, &found, Some(&file.hash), context)?;
        answered.kind = kind;
        answered.waiting = told;
        answered.other_accounts = others.iter().filter_map(|other| other.account.clone()).collect();
        answered.receipts = receive(tx, &found, context)?;
        kept.extend(waits);
        answered.breaks = file.keep(tx, kept)?;
        answered.breaks.retain(|kept| kept.stored.waits.is_none());
        // What waits is not so yet; whoever takes it up looks then.
        unmatched::keep(tx, &file, &found.unmatched, context)?;
        let shown = match unmatched::first_day(&stored, &found).filter(|first| *first < since) {
            Some(first) => Files::since(tx, first, &file.hash, context)?,
            None => shown,
        };
        answered.breaks.extend(unmatched::look(tx, shown, context)?);
        Ok(answered)
    })
}

/// The first day of what an answer says, as far as it is known.
fn first_day(answer: &Answer) -> Option<Date> {
    match answer {
        Answer::Status(report) => report.made_on,
        Answer::Statements(statements) => {
            let entries = statements.iter().flat_map(|one| &one.entries);
            entries.filter_map(|entry| entry.booked_on).min()
        }
    }
}

/// A payout that came back and was paid after all has come back once: a second return is looked at by somebody.
fn only_once_back(tx: &mut Tx<'_>, found: &mut Reconciliation, stored: &Found) -> Result<()> {
    for transition in std::mem::take(&mut found.transitions) {
        let mut payouts = stored.iter().flat_map(|stored| &stored.value.batch.payouts);
        let payout = payouts.find(|payout| payout.id == transition.payout);
        match payout {
            Some(payout)
                if transition.to == PayoutState::Returned && reservation::has_come_back(tx, payout)? =>
            {
                let kind = BreakKind::Duplicate;
                found
                    .breaks
                    .push(reconcile::Break::of(payout, kind, transition.line));
            }
            _ => found.transitions.push(transition),
        }
    }
    Ok(())
}

/// Payouts of batches that are somebody's, or by which they are paid, or somebody collects what they earned.
fn own(tx: &mut Tx<'_>, stored: &Found, person: &str) -> Result<BTreeSet<PayoutId>> {
    let payees = actors::payees_of(tx, person)?;
    let mut own = BTreeSet::new();
    for stored in stored {
        let batch = &stored.value.batch;
        let is_owned = owned(tx, batch, person)?.is_some();
        for payout in &batch.payouts {
            if is_owned || takes::is_of(tx, payout, &payees)? {
                own.insert(payout.id.clone());
            }
        }
    }
    Ok(own)
}

/// Transitions as they are told.
fn outcomes(transitions: &[Transition], stored: &Found) -> Vec<Outcome> {
    let all = transitions.iter().filter_map(|transition| {
        stored.iter().find_map(|stored| {
            let batch = &stored.value.batch;
            let payout = batch
                .payouts
                .iter()
                .find(|payout| payout.id == transition.payout)?;
            Some(outcome(batch.id.as_str(), payout, transition))
        })
    });
    all.collect()
}

type Found = Vec<Read>;

/// The batch that a status report answers. Errors: it does not say, or there is no such batch.
fn asked(tx: &mut Tx<'_>, report: &StatusReport) -> Result<Found> {
    match report.original_message_id.as_deref() {
        Some(id) => match batches::get(tx, id) {
            Ok(batch) => Ok(vec![batch]),
            Err(error) if error.cause == Some(Cause::Absent) => Err(Error::refused(
                "payout/answer",
                format!("the answer is to the message {id}, and no batch has this id"),
            )
            .hint("it may be another system's, or of other books: nothing of it was taken; `permille payout list` lists batches")),
            Err(error) => Err(error),
        },
        None => Err(Error::refused(
            "payout/answer",
            "the report does not say which message it answers (OrgnlMsgId)",
        )
        .hint("ask the bank for a report that does; nothing of it was taken")),
    }
}

/// Takes statements of accounts out that no payout left from, and that are not configured. Errors: there is no other.
fn of_other(
    statements: &mut Vec<Statement>,
    batches: &Found,
    configured: Option<&Debtor>,
) -> Result<Vec<Statement>> {
    let debtors = batches.iter().filter_map(|stored| {
        stored
            .value
            .export
            .as_ref()
            .and(stored.value.fixed.debtor.as_ref())
    });
    let ours: Vec<&Debtor> = debtors.chain(configured).collect();
    let is_ours = |statement: &Statement| {
        let account = statement.account.as_deref();
        account.is_none_or(|account| ours.iter().any(|debtor| debtor.is_written(account)))
    };
    let (own, others): (Vec<_>, Vec<_>) = std::mem::take(statements).into_iter().partition(is_ours);
    if let (true, Some(other)) = (own.is_empty(), others.first()) {
        let account = other.account.as_deref().unwrap_or_default();
        return Err(Error::refused(
            "payout/other-account",
            format!(
                "statement {} is of account {account}, from which no payout left",
                other.id
            ),
        )
        .hint("bring in the statement of the account under [payout.debtor]; nothing of the file was taken"));
    }
    *statements = own;
    Ok(others)
}

/// The last day on which a bank can have booked something: east of here it is tomorrow. Workspaces for tests live on their own day.
fn last_booked(context: &Context<'_>) -> Date {
    let today = context.clock.max(context.now).to_zoned(TimeZone::UTC).date();
    today.tomorrow().unwrap_or(today)
}

/// What an answer means. `others`: statements of accounts that are not ours; `shown`: what other files have
/// shown that named nothing; nothing was booked after `last`.
fn reconcile(
    answer: &Answer,
    stored: &Found,
    invoices: &[OpenInvoice],
    others: &[Statement],
    shown: &Files,
    last: Date,
) -> Result<Reconciliation> {
    let payouts = || stored.iter().flat_map(|stored| &stored.value.batch.payouts);
    match answer {
        Answer::Statements(statements) => {
            let files = stored::sent(stored);
            let mut found = with_statements(payouts(), &files, invoices, statements, &shown.movements, last);
            found.breaks.extend(of_other_accounts(payouts(), &files, others));
            Ok(found)
        }
        Answer::Status(report) => {
            let file = stored::sent(stored).pop().filter(|_| stored.len() == 1);
            let file = file.ok_or_else(|| {
                Error::refused(
                    "payout/answer",
                    "the answer is to no file that was written for a bank",
                )
                .hint("its OrgnlMsgId is the id of a batch that was exported")
            })?;
            Ok(with_status_report(payouts(), &file, report))
        }
    }
}

pub(super) fn carry_out(
    tx: &mut Tx<'_>,
    stored: &mut Found,
    found: &Reconciliation,
    file: Option<&str>,
    context: &Context<'_>,
) -> Result<Answered> {
    let mut answered = Answered {
        unchanged: found.unchanged,
        under_way: found.under_way,
        unrelated: found.unrelated,
        ..Answered::default()
    };
    let source = Source {
        by: context.user,
        at: context.clock,
        file,
    };
    let mut done = Vec::new();
    for one in stored {
        one.change(tx, |tx, stored| {
            let batch = &mut stored.batch;
            for transition in &found.transitions {
                if let Some(payout) = batch.payouts.iter().find(|payout| payout.id == transition.payout) {
                    let steps = in_books(tx, payout, transition, context)?;
                    post_all(tx, &steps)?;
                    payees::note_failure(tx, payout, transition, context.today())?;
                    done.push((payout.end_to_end_id.to_string(), transition.to));
                    answered
                        .outcomes
                        .push(outcome(batch.id.as_str(), payout, transition));
                }
            }
            for explained in &found.explained {
                if let Some(payout) = batch.payouts.iter().find(|payout| payout.id == explained.payout) {
                    payees::note_failure(tx, payout, explained, context.today())?;
                    answered
                        .outcomes
                        .push(outcome(batch.id.as_str(), payout, explained));
                }
            }
            let before: Vec<_> = batch.payouts.iter().map(moved).collect();
            apply(batch, found, source).map_err(batches::refused)?;
            if batch.payouts.iter().map(moved).ne(before.iter().copied())
                && executed(tx, batch, &before, context)?
            {
                answered.closed.push(batch.id.to_string());
            }
            Ok(())
        })?;
    }
    breaks::come_true(tx, &done, context)?;
    Ok(answered)
}

/// What says whether money of a payout has moved, and not only been promised or explained.
fn moved(payout: &Payout) -> (PayoutState, usize) {
    (payout.state, payout.seen.len())
}

/// A batch of which money has moved is executed, and closed when nothing of it is open. True: it was closed by this.
/// `before`: what had moved of its payouts.
fn executed(
    tx: &mut Tx<'_>,
    batch: &mut Batch,
    before: &[(PayoutState, usize)],
    context: &Context<'_>,
) -> Result<bool> {
    if batch.state == BatchState::Exported {
        batch
            .execute(context.user, context.clock)
            .map_err(batches::refused)?;
    }
    let is_open = |payout: &Payout| payout.state == PayoutState::InTransit;
    if batch.state != BatchState::Executed || batch.payouts.iter().any(is_open) {
        return Ok(false);
    }
    batch
        .close(context.user, context.clock)
        .map_err(batches::refused)?;
    let states: Vec<PayoutState> = before.iter().map(|(state, _)| *state).collect();
    batches::free_cancelled(tx, batch, &states, context)?;
    Ok(true)
}

/// Books what came in for invoices.
fn receive(tx: &mut Tx<'_>, found: &Reconciliation, context: &Context<'_>) -> Result<Vec<Received>> {
    let mut received = Vec::with_capacity(found.receipts.len());
    if found.receipts.is_empty() {
        return Ok(received);
    }
    let mut invoices = invoices::all(tx, None)?;
    let own = actors::payees_of(tx, context.user)?;
    for receipt in &found.receipts {
        // Who owes does not say that it was paid: another person brings the same file in, and then it is booked.
        let is_own = |one: &invoices::Invoice| one.invoice == receipt.invoice && own.contains(&one.creator);
        if invoices.iter().any(is_own) {
            context.progress.note(&format!(
                "{} for invoice {} is not booked: {} owes it; another person brings the file in",
                receipt.amount, receipt.invoice, context.user
            ));
            continue;
        }
        let income = Income {
            invoice: receipt.invoice.clone(),
            amount: receipt.amount,
            reference: &receipt.reference,
            on: receipt.on.unwrap_or(context.today()),
            by: context.user.trim(),
        };
        received.push(invoices::book(tx, &mut invoices, &income)?);
    }
    Ok(received)
}

/// What a payout's change of state is in the books.
pub(super) fn in_books(
    tx: &mut Tx<'_>,
    payout: &Payout,
    transition: &Transition,
    context: &Context<'_>,
) -> Result<Vec<ledger::Transaction>> {
    let now = context.now;
    let reason = transition.reason.as_deref().unwrap_or("");
    match (transition.from, transition.to) {
        (PayoutState::InTransit, PayoutState::Succeeded) => reservation::settle(tx, payout, now),
        // What left and came back in part has moved something, even if nobody said that it left.
        (PayoutState::InTransit, PayoutState::Returned) if transition.kept.is_some() => {
            let left = reservation::settle(tx, payout, now)?;
            post_all(tx, &left)?;
            reservation::give_back(tx, payout, reason, transition.kept, now)
        }
        // Money that left and came back before anybody said so has moved nothing.
        (PayoutState::InTransit, PayoutState::Failed | PayoutState::Returned) => {
            Ok(vec![reservation::void(payout, reason, now)])
        }
        (PayoutState::Succeeded, PayoutState::Returned) => {
            reservation::give_back(tx, payout, reason, transition.kept, now)
        }
        (PayoutState::Failed | PayoutState::Returned, PayoutState::Succeeded) => {
            reservation::paid_after_all(tx, payout, reason, now)
        }
        (from, to) => Err(Error::bug(
            "payout/transition",
            format!("payout {} went from {from} to {to}", payout.id),
        )),
    }
}

fn outcome(batch: &str, payout: &Payout, transition: &Transition) -> Outcome {
    Outcome {
        batch: batch.to_owned(),
        payout: payout.id.to_string(),
        creator: payout.recipient.payee.to_string(),
        amount: payout.amount.to_string(),
        from: transition.from.name(),
        to: transition.to.name(),
        reason: transition.reason.clone(),
    }
}
