//! A batch's files: one database transaction notes what they are made of, then they are made from the note. A process that ends in
//! between is run again and gives the same bytes. They say what was approved, or are not given.

use super::approve;
use super::batches;
use super::breaks;
use super::fixed;
use super::rules;
use super::stored::{Export, StoredBatch};
use super::whole::books_to_write;
use crate::base::error::{Error, Result};
use crate::base::progress::Context;
use crate::workspace::Workspace;
use jiff::civil::Date;
use payout::batch::{BatchState, Payout, Total, by_currency};
use payout::iso20022::{BankFile, Debtor, Pain001Error, write_pain001};
use payout::payee::{CurrencyCode, Rail};
use payout::rail_files::{RailFiles, write_paypal, write_wise};
use serde::Serialize;
use std::collections::BTreeSet;
use store::Tx;

/// A file of a batch.
#[derive(Clone, Debug, Serialize)]
pub struct PayoutFile {
    /// Its name.
    #[serde(skip)]
    pub name: String,
    /// What is in it.
    #[serde(skip)]
    pub text: String,
    /// Over which rail its payouts go.
    pub rail: &'static str,
    /// How many there are in it.
    pub payouts: usize,
    /// What arrives by it, by currency.
    pub arrives: Vec<Total>,
    /// The account that the money leaves from; none for rails that have their own.
    pub debtor: Option<Debtor>,
    /// The day on which the bank is asked to pay.
    pub execution_date: Date,
    /// The hash of all that the batch's files say, as it was approved; none where the approval pinned none.
    pub digest: Option<String>,
}

/// The files of an approved batch, which is exported from then on. Called again it gives the same bytes.
pub fn export(
    workspace: &Workspace,
    id: &str,
    context: &Context<'_>,
) -> Result<(StoredBatch, Vec<PayoutFile>)> {
    context.person()?;
    let store = books_to_write(workspace, context)?;
    if workspace.is_test() {
        return Err(Error::refused(
            "payout/for-tests",
            "this workspace is for tests, and nobody is paid out of it",
        )
        .hint("`payout show` shows what the files would say"));
    }
    store.read(|tx| tx.must_be_whole())?;
    let stored = store.write(context.by(), context.recorded, |tx| {
        let mut read = batches::get(tx, id)?;
        if read.value.batch.state == BatchState::Approved {
            read.change(tx, |tx, stored| note(tx, workspace, stored, context))?;
            return Ok::<_, Error>(read.value);
        }
        let stored = read.value;
        may_be_written_again(tx, &stored)?;
        if stored.export.is_some() {
            approve::as_approved(tx, workspace, &stored)?;
            if stored.batch.execution_date < context.today() {
                context.progress.note(&format!(
                    "these are the files that were written before: their execution date {} is over",
                    stored.batch.execution_date
                ));
            }
        }
        Ok(stored)
    })?;
    let files = files(&stored)?;
    Ok((stored, files))
}

/// Notes with an approved batch what its files are written of.
fn note(
    tx: &mut Tx<'_>,
    workspace: &Workspace,
    stored: &mut StoredBatch,
    context: &Context<'_>,
) -> Result<()> {
    batches::may_leave(tx, &stored.batch, None)?;
    rules::must_be_there(tx, &stored.batch, context.today())?;
    approve::as_approved(tx, workspace, stored)?;
    approve::not_changed_by(tx, &stored.batch, context)?;
    let moved = stored
        .batch
        .move_execution(context.today())
        .map_err(batches::refused)?;
    if let Some(was) = moved {
        let day = stored.batch.execution_date;
        context.progress.note(&fixed::moved(was, day, context.today()));
    }
    stored
        .batch
        .export(context.user, context.clock)
        .map_err(batches::refused)?;
    stored.export = Some(Export {
        at: context.now,
        written: context.clock,
        sent: None,
    });
    let sent = bank_file(stored)?.map(|file| file.sent);
    if let Some(export) = &mut stored.export {
        export.sent = sent;
    }
    Ok(())
}

/// Refuses to write files of which a bank has refused or given back something, or may have: whoever uploads them pays it, and it may
/// be paid by another batch as well.
fn may_be_written_again(tx: &mut Tx<'_>, stored: &StoredBatch) -> Result<()> {
    // What was paid after all had been free, too.
    let was_free = |payout: &Payout| {
        let mut all = payout.told.iter().map(|told| told.to).chain([payout.state]);
        all.find(|state| state.frees_money())
    };
    let mut payouts = stored.batch.payouts.iter();
    let free = payouts.find_map(|payout| Some((payout, was_free(payout)?)));
    let said = match free {
        Some((free, was)) if free.state == was => Some(format!("{} of them is {was}", free.end_to_end_id)),
        Some((free, was)) => Some(format!("{} of them was {was}", free.end_to_end_id)),
        None => breaks::open_of(tx, stored)?.map(|words| format!("the bank's answer waits: {words}")),
    };
    let Some(said) = said else { return Ok(()) };
    Err(Error::refused(
        "payout/answered",
        format!(
            "the files of batch {} were written before, and {said}: uploaded again they would pay what another batch may pay",
            stored.batch.id
        ),
    )
    .hint("`payout show` and `payout breaks` show what became of the batch; what is free is paid by the next one, `payout prepare`"))
}

/// The file for the bank; none when no payout goes to one.
fn bank_file(stored: &StoredBatch) -> Result<Option<BankFile>> {
    let is_banked = stored
        .batch
        .payouts
        .iter()
        .any(|payout| payout.recipient.to.rail() == Rail::Bank);
    let Some(export) = stored.export.as_ref() else {
        return Err(Error::refused(
            "payout/not-approved",
            format!(
                "batch {} is {}: files are written of an approved batch",
                stored.batch.id, stored.batch.state
            ),
        )
        .hint("somebody other than its preparer approves it: `permille payout approve BATCH --user NAME`"));
    };
    if !is_banked {
        return Ok(None);
    }
    let debtor: &Debtor = stored.fixed.debtor.as_ref().ok_or_else(fixed::no_account)?;
    match write_pain001(&stored.batch, debtor, export.at) {
        Ok(file) => Ok(Some(file)),
        Err(Pain001Error::Nothing { .. }) => Ok(None),
        Err(error) => Err(Error::refused("payout/bank-file", error.to_string())),
    }
}

fn files(stored: &StoredBatch) -> Result<Vec<PayoutFile>> {
    let id = &stored.batch.id;
    let mut all = Vec::new();
    let mut put = |name: String, text: String, rail: Rail, payouts: &BTreeSet<&str>| {
        let of_file = stored.batch.payouts.iter();
        let of_file = of_file.filter(|payout| payouts.contains(payout.id.as_str()));
        let debtor = stored.fixed.debtor.clone();
        all.push(PayoutFile {
            name,
            text,
            rail: rail.name(),
            payouts: payouts.len(),
            arrives: by_currency(of_file).map_err(|e| Error::bad_input("payout/totals", e.to_string()))?,
            debtor: debtor.filter(|_| rail == Rail::Bank),
            execution_date: stored.batch.execution_date,
            digest: stored.approval.as_ref().map(|approval| approval.digest.clone()),
        });
        Ok::<_, Error>(())
    };
    if let Some(BankFile { xml, sent, .. }) = bank_file(stored)? {
        let parts = sent.payments.iter();
        let ids: BTreeSet<_> = parts.flat_map(|part| &part.end_to_end_ids).collect();
        let payouts = stored.batch.payouts.iter();
        let payouts = payouts.filter(|payout| ids.contains(&payout.end_to_end_id));
        let payouts = payouts.map(|payout| payout.id.as_str()).collect();
        put(format!("{id}-pain001.xml"), xml, Rail::Bank, &payouts)?;
    }
    let source = source_currency(stored)?;
    let files = [
        (Rail::PayPal, write_paypal(&stored.batch)),
        (Rail::Wise, write_wise(&stored.batch, &source)),
    ];
    for (rail, files) in files {
        let files: RailFiles = files.map_err(|e| Error::refused("payout/rail-file", e.to_string()))?;
        for (number, file) in files.files.into_iter().enumerate() {
            let currency = file
                .currency
                .as_ref()
                .map_or(String::new(), |code| format!("-{code}"));
            let name = format!("{id}-{}{currency}-{}.csv", rail.name(), number + 1);
            let payouts = file.payouts.iter().map(payout::batch::PayoutId::as_str).collect();
            put(name, file.csv, rail, &payouts)?;
        }
    }
    Ok(all)
}

/// The currency that Wise takes the money in: the account's, else the balances'.
fn source_currency(stored: &StoredBatch) -> Result<CurrencyCode> {
    if let Some(debtor) = &stored.fixed.debtor {
        return Ok(debtor.currency.clone());
    }
    let code = stored.asset.split('/').next().unwrap_or_default();
    CurrencyCode::new(code).map_err(|e| Error::bug("payout/currency", e.to_string()))
}
