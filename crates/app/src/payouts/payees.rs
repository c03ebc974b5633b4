//! Payees: imported from files, looked at, and changed one decision at a time.

use crate::error::{Error, Result};
use crate::progress::Context;
use crate::records::{self, Versioned};
use crate::workspace::Workspace;
use jiff::civil::Date;
use payout::batch::Payout;
use payout::payee::{
    FailedPayment, Fault, Identity, Party, Payee, PayeeId, RowError, SanctionsHold, TaxForm, read_csv,
    read_ndjson,
};
use payout::reconcile::Transition;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use store::Tx;

/// Kind of the records.
pub(super) const KIND: &str = "payee";

/// A payee as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredPayee {
    /// As it is now.
    pub payee: Payee,
    /// As the last imported row said: what a later row does not change, decisions made here keep.
    pub imported: Payee,
    /// The reason of the last hold, release or confirmation, for those who look into it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What an import did.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Imported {
    /// Payees that were not known.
    pub added: usize,
    /// Payees that have changed.
    pub changed: usize,
    /// Payees that are as they were.
    pub unchanged: usize,
    /// Rows that are no payees.
    pub errors: Vec<BadRow>,
}

/// A row that is no payee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BadRow {
    /// The line, from 1.
    pub line: u64,
    /// The column or field, where one is to blame.
    pub field: Option<String>,
    /// What is wrong.
    pub reason: String,
    /// How to mend it.
    pub hint: String,
}

impl From<RowError> for BadRow {
    fn from(error: RowError) -> BadRow {
        BadRow {
            line: error.line,
            field: error.field,
            reason: error.reason,
            hint: error.hint,
        }
    }
}

/// Imports a CSV or NDJSON file, by its extension. Good rows are stored, the others are listed.
pub fn import(workspace: &Workspace, path: &Path, context: &Context<'_>) -> Result<Imported> {
    context.person()?;
    let text = fs::read_to_string(path).map_err(|e| Error::io("read", path, &e))?;
    let rows = match path.extension().and_then(|extension| extension.to_str()) {
        Some("csv") => read_csv(&text),
        Some("ndjson" | "jsonl") => read_ndjson(&text),
        _ => {
            return Err(Error::usage(
                "payee/format",
                format!("{} is neither .csv nor .ndjson", path.display()),
            )
            .hint("the file's extension says how it is read"));
        }
    };
    let mut imported = Imported::default();
    let mut good: BTreeMap<PayeeId, (u64, Payee)> = BTreeMap::new();
    let mut twice: BTreeMap<PayeeId, Vec<u64>> = BTreeMap::new();
    for (row, line) in rows.into_iter().zip(lines_of(path, &text)) {
        match row {
            Err(error) => imported.errors.push(error.into()),
            Ok(payee) => match good.get(&payee.id) {
                Some((first, _)) => twice
                    .entry(payee.id.clone())
                    .or_insert_with(|| vec![*first])
                    .push(line),
                None => {
                    good.insert(payee.id.clone(), (line, payee));
                }
            },
        }
    }
    for (id, lines) in twice {
        good.remove(&id);
        let named: Vec<_> = lines.iter().map(u64::to_string).collect();
        imported.errors.push(BadRow {
            line: lines[0],
            field: Some("id".to_owned()),
            reason: format!("payee `{id}` stands on lines {}", named.join(" and ")),
            hint: "keep one of them: none was stored".to_owned(),
        });
    }
    imported.errors.sort_by_key(|error| error.line);
    let mut store = workspace.books_to_write(context)?;
    store.write(context.user, context.now, |tx| {
        for (_, payee) in good.into_values() {
            match put_imported(tx, payee)? {
                Change::Added => imported.added += 1,
                Change::Changed => imported.changed += 1,
                Change::Unchanged => imported.unchanged += 1,
            }
        }
        Ok::<_, Error>(())
    })?;
    Ok(imported)
}

/// Lines on which rows begin, in order.
fn lines_of(path: &Path, text: &str) -> Vec<u64> {
    let is_csv = path.extension().is_some_and(|extension| extension == "csv");
    if !is_csv {
        let filled = text
            .lines()
            .zip(1_u64..)
            .filter(|(line, _)| !line.trim().is_empty());
        return filled.map(|(_, number)| number).collect();
    }
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(text.as_bytes());
    let records = reader.records();
    let lines: Vec<u64> = records
        .map(|record| {
            record
                .ok()
                .and_then(|record| record.position().map(csv::Position::line))
                .unwrap_or(0)
        })
        .collect();
    // A header that cannot be used is one error and no rows.
    if lines.is_empty() { vec![1] } else { lines }
}

enum Change {
    Added,
    Changed,
    Unchanged,
}

fn put_imported(tx: &mut Tx<'_>, row: Payee) -> Result<Change> {
    let id = row.id.to_string();
    let before: Option<Versioned<StoredPayee>> = records::get(tx, KIND, &id)?;
    let note = before.as_ref().and_then(|before| before.value.note.clone());
    let (change, version, payee) = match before {
        None => (Change::Added, 0, row.clone()),
        Some(before) if before.value.imported == row => return Ok(Change::Unchanged),
        Some(before) => (Change::Changed, before.version, merged(before.value, &row)),
    };
    let stored = StoredPayee {
        payee,
        imported: row,
        note,
    };
    records::put(tx, KIND, &id, version, &stored)?;
    Ok(change)
}

/// The new row, but for what was decided here since the last one and the row says nothing new about.
fn merged(stored: StoredPayee, row: &Payee) -> Payee {
    let StoredPayee { payee, imported, .. } = stored;
    let mut next = row.clone();
    if row.identity == imported.identity {
        next.identity = payee.identity;
    }
    if row.tax_form == imported.tax_form {
        next.tax_form = payee.tax_form;
    }
    if row.sanctions_hold == imported.sanctions_hold {
        next.sanctions_hold = payee.sanctions_hold;
    }
    if row.failed == imported.failed {
        next.failed = payee.failed;
    }
    next
}

/// Notes with the payee that a payment failed, where the reason lies there.
pub(super) fn note_failure(
    tx: &mut Tx<'_>,
    payout: &Payout,
    transition: &Transition,
    today: Date,
) -> Result<()> {
    let Some(fault) = transition.fault else {
        return Ok(());
    };
    let to = &payout.recipient;
    let before: Option<Versioned<StoredPayee>> = records::get(tx, KIND, to.payee.as_str())?;
    let Some(Versioned { mut value, version }) = before else {
        return Ok(());
    };
    value.payee.note_failure(FailedPayment {
        on: today,
        reason: transition.reason.clone().unwrap_or_default(),
        to: to.to.clone(),
        party: (fault == Fault::Party).then(|| Party {
            name: to.name.clone(),
            address: to.address.clone(),
        }),
    });
    records::put(tx, KIND, to.payee.as_str(), version, &value)
}

/// A payee, if there is one.
pub fn find(tx: &mut Tx<'_>, id: &str) -> Result<Option<Payee>> {
    let stored: Option<Versioned<StoredPayee>> = records::get(tx, KIND, id)?;
    Ok(stored.map(|stored| stored.value.payee))
}

/// Every payee, by id.
pub fn all(tx: &mut Tx<'_>) -> Result<BTreeMap<String, Payee>> {
    let stored: Vec<(String, Versioned<StoredPayee>)> = records::list(tx, KIND, "")?;
    Ok(stored
        .into_iter()
        .map(|(id, stored)| (id, stored.value.payee))
        .collect())
}

/// Every payee.
pub fn list(workspace: &Workspace) -> Result<Vec<Payee>> {
    workspace.books()?.read(|tx| Ok(all(tx)?.into_values().collect()))
}

/// One payee.
pub fn show(workspace: &Workspace, id: &str) -> Result<Payee> {
    workspace
        .books()?
        .read(|tx| find(tx, id)?.ok_or_else(|| unknown(id)))
}

/// A decision about a payee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The identity check has come so far.
    Identity(Identity),
    /// Nothing may be paid, for a reason.
    Hold(String),
    /// The reason is cleared up.
    Unhold(String),
    /// The account that a payment failed to is right, for a reason.
    Confirm(String),
    /// A tax form was signed.
    TaxForm(TaxForm),
}

/// Changes a payee. Every version is kept with who changed it and when.
pub fn decide(workspace: &Workspace, id: &str, decision: &Decision, context: &Context<'_>) -> Result<Payee> {
    context.person()?;
    let today = context.today();
    let mut store = workspace.books_to_write(context)?;
    store.write(context.user, context.now, |tx| {
        let before: Option<Versioned<StoredPayee>> = records::get(tx, KIND, id)?;
        let before = before.ok_or_else(|| unknown(id))?;
        let mut next = before.value.clone();
        apply(&mut next.payee, decision, today)?;
        if let Decision::Hold(reason) | Decision::Unhold(reason) | Decision::Confirm(reason) = decision {
            next.note = Some(reason.trim().to_owned());
        }
        if next != before.value {
            records::put(tx, KIND, id, before.version, &next)?;
        }
        Ok(next.payee)
    })
}

fn apply(payee: &mut Payee, decision: &Decision, today: Date) -> Result<()> {
    match decision {
        Decision::Identity(to) if *to == payee.identity => {}
        Decision::Identity(to) => {
            payee.identity = payee
                .identity
                .change_to(*to)
                .map_err(|e| Error::refused("payee/identity", format!("payee `{}`: {e}", payee.id)))?;
        }
        Decision::Hold(reason) | Decision::Unhold(reason) | Decision::Confirm(reason)
            if reason.trim().is_empty() =>
        {
            return Err(Error::usage(
                "payee/reason",
                "stopping and releasing payments needs a reason",
            ));
        }
        Decision::Confirm(_) => {
            if !payee.confirm_account() {
                return Err(Error::refused(
                    "payee/confirm",
                    format!("no payment to the account of payee `{}` has failed", payee.id),
                )
                .hint("`permille payout preview --creator ID` says what is in the way"));
            }
        }
        Decision::Hold(reason) => {
            let since = payee.sanctions_hold.as_ref().map_or(today, |hold| hold.since);
            payee.sanctions_hold = Some(SanctionsHold {
                since,
                reason: reason.trim().to_owned(),
            });
        }
        Decision::Unhold(_) => payee.sanctions_hold = None,
        Decision::TaxForm(form) => payee.tax_form = form.clone(),
    }
    Ok(())
}

pub(super) fn unknown(id: &str) -> Error {
    Error::usage("payee/unknown", format!("no payee `{id}`"))
        .hint("`permille payee list` lists those there are; `permille payee import FILE` brings in more")
}
