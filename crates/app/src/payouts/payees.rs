//! Payees: imported from files, looked at, and changed one decision at a time.

use super::payee_records::{self, StoredPayee};
use super::whole::books_to_write;
use crate::base::brought::Brought;
use crate::base::error::{Error, Result};
use crate::base::progress::Context;
use crate::workspace::{Workspace, actors};
use jiff::civil::Date;
use payout::batch::Payout;
use payout::payee::{
    Decided, FailedPayment, Fault, Identity, Known, Lifts, Party, Payee, PayeeId, PayeeRow, RowError,
    SanctionsHold, TaxForm, read_csv, read_ndjson,
};
use payout::reconcile::Transition;
use serde::Serialize;
use std::collections::BTreeMap;
use store::Tx;

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

impl BadRow {
    fn no_id(row: &PayeeRow, reason: &event::value::Reason) -> BadRow {
        BadRow {
            line: row.line,
            field: Some("id".to_owned()),
            reason: format!("the id `{}` {}", row.payee.id, reason),
            hint: "write the creator's id, digit by digit".to_owned(),
        }
    }

    fn lifting(line: u64, lifts: &Lifts) -> BadRow {
        BadRow {
            line,
            field: Some(lifts.field().to_owned()),
            reason: lifts.to_string(),
            hint: lifts.hint(),
        }
    }
}

/// Most bytes of a file of payees.
pub const MAX_BYTES: usize = 1 << 30;

/// Imports a CSV or NDJSON file, by its extension. Good rows are stored, the others are listed: among them those that would lift
/// what somebody decided.
pub fn import(workspace: &Workspace, file: Brought, context: &Context<'_>) -> Result<Imported> {
    context.person()?;
    let read_rows = match file.extension() {
        Some("csv") => read_csv,
        Some("ndjson" | "jsonl") => read_ndjson,
        _ => {
            return Err(Error::usage(
                "payee/format",
                format!("{} is neither .csv nor .ndjson", file.name),
            )
            .hint("the file's extension says how it is read"));
        }
    };
    if file.bytes.len() > MAX_BYTES {
        return Err(
            Error::bad_input("payee/too-large", format!("{} is larger than 1 GiB", file.name))
                .hint("bring it in in parts: a file says nothing of payees that it does not list"),
        );
    }
    let text = file.text()?;
    let rows = context.unless_stopped(move || read_rows(&text))?;
    let mut imported = Imported::default();
    let mut good: BTreeMap<PayeeId, PayeeRow> = BTreeMap::new();
    let mut twice: BTreeMap<PayeeId, Vec<u64>> = BTreeMap::new();
    for row in rows {
        match row {
            Err(error) => imported.errors.push(error.into()),
            Ok(row) => match good.get(&row.payee.id) {
                Some(first) => twice
                    .entry(row.payee.id.clone())
                    .or_insert_with(|| vec![first.line])
                    .push(row.line),
                None => {
                    good.insert(row.payee.id.clone(), row);
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
    let store = books_to_write(workspace, context)?;
    let counted = store.write(context.by(), context.recorded, |tx| {
        let mut counted = imported.clone();
        for row in good.values() {
            context.check()?;
            match put_imported(tx, row)? {
                Change::Added => counted.added += 1,
                Change::Changed => counted.changed += 1,
                Change::Unchanged => counted.unchanged += 1,
                Change::Refused(lifts) => counted.errors.push(BadRow::lifting(row.line, &lifts)),
                Change::NoId(reason) => counted.errors.push(BadRow::no_id(row, &reason)),
            }
        }
        Ok::<_, Error>(counted)
    })?;
    imported = counted;
    imported.errors.sort_by_key(|error| error.line);
    Ok(imported)
}

enum Change {
    Added,
    Changed,
    Unchanged,
    Refused(Lifts),
    /// A new payee whose id is none: it became a number on its way, or stands for one that is missing. Those that are there stay as they
    /// are.
    NoId(event::value::Reason),
}

fn put_imported(tx: &mut Tx<'_>, row: &PayeeRow) -> Result<Change> {
    let id = row.payee.id.to_string();
    let before = payee_records::read(tx, &id)?;
    let Some(known) = before.as_ref().and_then(|before| before.payee.as_ref()) else {
        if let Err(reason) = event::value::id(&id) {
            return Ok(Change::NoId(reason));
        }
        let stored = StoredPayee {
            payee: row.payee.clone(),
            imported: row.payee.clone(),
            decided: Decided::default(),
            note: None,
        };
        payee_records::put(tx, &id, before.as_ref(), &stored)?;
        return Ok(Change::Added);
    };
    let is = Known {
        payee: known.payee.clone(),
        imported: known.imported.clone(),
        decided: known.decided,
    };
    let next = match is.after(row) {
        Ok(next) => next,
        Err(lifts) => return Ok(Change::Refused(lifts)),
    };
    let stored = StoredPayee {
        payee: next.payee,
        imported: next.imported,
        decided: next.decided,
        note: known.note.clone(),
    };
    if (&stored.payee, &stored.imported) == (&known.payee, &known.imported) {
        return Ok(Change::Unchanged);
    }
    payee_records::put(tx, &id, before.as_ref(), &stored)?;
    Ok(Change::Changed)
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
    let before = payee_records::read(tx, to.payee.as_str())?;
    let Some(mut value) = before.as_ref().and_then(|before| before.payee.clone()) else {
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
    payee_records::put(tx, to.payee.as_str(), before.as_ref(), &value)
}

/// Every payee.
pub fn list(workspace: &Workspace) -> Result<Vec<Payee>> {
    workspace
        .books()?
        .read(|tx| Ok(payee_records::all(tx)?.into_values().collect()))
}

/// One payee.
pub fn show(workspace: &Workspace, id: &str) -> Result<Payee> {
    workspace
        .books()?
        .read(|tx| payee_records::find(tx, id)?.ok_or_else(|| unknown(id)))
}

/// A decision about a payee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The identity check has come so far; where a restriction or rejection ends, for a reason.
    Identity(Identity, Option<String>),
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
    let store = books_to_write(workspace, context)?;
    store.write(context.once(), context.recorded, |tx| {
        let read = payee_records::read(tx, id)?;
        let before = read.as_ref().and_then(|read| read.payee.as_ref());
        let before = before.ok_or_else(|| unknown(id))?;
        let mut next = before.clone();
        apply(&mut next.payee, decision, today)?;
        if ends(before.payee.identity, next.payee.identity) {
            actors::must_be_person(tx, context.user, "ends no restriction")?;
        }
        match decision {
            Decision::Hold(reason) | Decision::Unhold(reason) | Decision::Confirm(reason) => {
                next.note = Some(reason.trim().to_owned());
            }
            Decision::Identity(_, reason) => {
                next.decided.identity = true;
                if let Some(reason) = reason {
                    next.note = Some(reason.trim().to_owned());
                }
            }
            Decision::TaxForm(_) => next.decided.tax_form = true,
        }
        if next != *before {
            payee_records::put(tx, id, read.as_ref(), &next)?;
        }
        Ok(next.payee)
    })
}

/// Whether a restriction or rejection ends.
fn ends(from: Identity, to: Identity) -> bool {
    matches!(from, Identity::Restricted | Identity::Rejected)
        && matches!(to, Identity::Pending | Identity::Verified)
}

fn apply(payee: &mut Payee, decision: &Decision, today: Date) -> Result<()> {
    match decision {
        Decision::Identity(to, _) if *to == payee.identity => {}
        Decision::Identity(to, reason) => {
            if ends(payee.identity, *to) && reason.as_ref().is_none_or(|reason| reason.trim().is_empty()) {
                return Err(Error::usage(
                    "payee/reason",
                    format!(
                        "payee `{}` is {}, and what ends that needs a reason",
                        payee.id, payee.identity
                    ),
                )
                .hint("say with --reason TEXT how it was cleared up; it is kept with your name"));
            }
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
                .hint("`permille payout preview --payee ID` says what is in the way"));
            }
        }
        Decision::Hold(reason) => {
            let reason = reason.trim();
            let another = payee.sanctions_hold.as_ref().map(|hold| hold.and(reason));
            payee.sanctions_hold = Some(another.unwrap_or_else(|| SanctionsHold {
                since: today,
                reason: reason.to_owned(),
            }));
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
