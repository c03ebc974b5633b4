//! Writing a batch's files: one database transaction notes what they are made of, then they are written from the note.
//! A process that ends in between is run again and writes the same bytes.

use super::batches::{self, Export, StoredBatch};
use crate::error::{Error, Result};
use crate::progress::Context;
use crate::workspace::{Workspace, write_atomically};
use payout::batch::BatchState;
use payout::iso20022::{BankFile, Debtor, Pain001Error, write_pain001};
use payout::payee::{CurrencyCode, Rail};
use payout::rails::{RailFiles, write_paypal, write_wise};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// A file that was written.
#[derive(Clone, Debug, Serialize)]
pub struct Written {
    /// Where.
    pub file: PathBuf,
    /// Over which rail its payouts go.
    pub rail: &'static str,
    /// How many there are in it.
    pub payouts: usize,
}

/// Writes the files of an approved batch into a folder.
pub fn export(
    workspace: &Workspace,
    id: &str,
    folder: &Path,
    context: &Context<'_>,
) -> Result<(StoredBatch, Vec<Written>)> {
    context.person()?;
    let mut store = workspace.books_to_write(context)?;
    if workspace.is_test() {
        return Err(Error::refused(
            "payout/for-tests",
            "this workspace is for tests, and nobody is paid out of it",
        )
        .hint("`payout show` shows what the files would say"));
    }
    let stored = store.write(context.user, context.recorded, |tx| {
        let found = batches::get(tx, id)?;
        let mut stored = found.value;
        if stored.batch.state != BatchState::Approved {
            return Ok(stored);
        }
        batches::may_leave(tx, &stored.batch, None)?;
        stored
            .batch
            .export(context.user, context.now)
            .map_err(batches::refused)?;
        let debtor = workspace.config().payout.debtor.clone();
        stored.export = Some(Export {
            at: context.now,
            debtor,
            sent: None,
        });
        let sent = bank_file(&stored)?.map(|file| file.sent);
        if let Some(export) = &mut stored.export {
            export.sent = sent;
        }
        batches::put(tx, found.version, &stored)?;
        Ok::<_, Error>(stored)
    })?;
    let written = write(&stored, folder)?;
    Ok((stored, written))
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
    let debtor: &Debtor = export.debtor.as_ref().ok_or_else(no_debtor)?;
    match write_pain001(&stored.batch, debtor, export.at) {
        Ok(file) => Ok(Some(file)),
        Err(Pain001Error::Nothing { .. }) => Ok(None),
        Err(error) => Err(Error::refused("payout/bank-file", error.to_string())),
    }
}

fn no_debtor() -> Error {
    Error::refused("payout/no-debtor", "no account is configured that payouts leave from").hint(
        "put it into permille.toml:\n  [payout.debtor]\n  name = \"Example Video Ltd\"\n  currency = \"EUR\"\n  \
         account = { iban = \"DE89370400440532013000\" }\n  bic = \"COBADEFFXXX\"\n  address = { town = \"Berlin\", country = \"DE\" }",
    )
}

fn write(stored: &StoredBatch, folder: &Path) -> Result<Vec<Written>> {
    let id = &stored.batch.id;
    let mut written = Vec::new();
    let mut put = |name: String, text: &str, rail, payouts| {
        let file = folder.join(name);
        write_atomically(&file, text.as_bytes())?;
        written.push(Written { file, rail, payouts });
        Ok::<_, Error>(())
    };
    if let Some(file) = bank_file(stored)? {
        let payouts = file
            .sent
            .payments
            .iter()
            .map(|part| part.end_to_end_ids.len())
            .sum();
        put(format!("{id}-pain001.xml"), &file.xml, Rail::Bank.name(), payouts)?;
    }
    let source = source_currency(stored)?;
    let files = [
        (Rail::PayPal, write_paypal(&stored.batch)),
        (Rail::Wise, write_wise(&stored.batch, &source)),
    ];
    for (rail, files) in files {
        let files: RailFiles = files.map_err(|e| Error::refused("payout/rail-file", e.to_string()))?;
        for (number, file) in files.files.iter().enumerate() {
            let currency = file
                .currency
                .as_ref()
                .map_or(String::new(), |code| format!("-{code}"));
            let name = format!("{id}-{}{currency}-{}.csv", rail.name(), number + 1);
            put(name, &file.csv, rail.name(), file.payouts.len())?;
        }
    }
    Ok(written)
}

/// The currency that Wise takes the money in: the account's, else the balances'.
fn source_currency(stored: &StoredBatch) -> Result<CurrencyCode> {
    let debtor = stored.export.as_ref().and_then(|export| export.debtor.as_ref());
    if let Some(debtor) = debtor {
        return Ok(debtor.currency.clone());
    }
    let code = stored.asset.split('/').next().unwrap_or_default();
    CurrencyCode::new(code).map_err(|e| Error::bug("payout/currency", e.to_string()))
}
