//! Movements of banks' statements that named nothing of ours, kept so that they are looked at again whenever more is known of payouts: what
//! takes a return back may be read before the return.

use super::breaks::{Break, File};
use super::stored::{self, Read};
use crate::base::error::{Error, Result};
use crate::base::progress::Context;
use crate::workspace::records;
use jiff::ToSpan;
use jiff::civil::Date;
use payout::reconcile::{self, DAYS_APART, Reconciliation, Source, Unmatched, apply, look_again};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};
use store::Tx;

/// Kind of the records.
const KIND: &str = "unmatched";
/// So many stand in one record.
const TOGETHER: usize = 1000;

/// Movements of one file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shown {
    /// The file's name.
    file: String,
    /// Its hash.
    hash: String,
    movements: Vec<Unmatched>,
}

/// Files that have shown such movements.
#[derive(Default)]
pub(super) struct Files {
    /// Their names and hashes.
    names: Vec<(String, String)>,
    /// What each has shown.
    pub movements: Vec<Vec<Unmatched>>,
}

/// Keeps what a statement's file shows and names nothing of ours, once for every file: under its last day, by which it is found again.
pub(super) fn keep(
    tx: &mut Tx<'_>,
    file: &File<'_>,
    movements: &[Unmatched],
    context: &Context<'_>,
) -> Result<()> {
    let days = movements.iter().filter_map(Unmatched::day);
    let last = days.max().unwrap_or(context.clock_day());
    let mut new = Vec::new();
    for (number, part) in movements.chunks(TOGETHER).enumerate() {
        let id = format!("{last}-{}-{number:05}", &file.hash[..16]);
        if tx.record(KIND, &id)?.is_none() {
            let shown = Shown {
                file: file.name.clone(),
                hash: file.hash.clone(),
                movements: part.to_vec(),
            };
            new.push(records::new(KIND, &id, 0, &shown)?);
        }
    }
    Ok(tx.put(&new)?)
}

impl Files {
    /// Those whose last day is so many days before another one or later, month by month, without one file.
    pub(super) fn since(tx: &mut Tx<'_>, day: Date, but: &str, context: &Context<'_>) -> Result<Files> {
        // A bank may be a day ahead.
        let last = context.today().max(context.clock_day()).saturating_add(1.day());
        let first = day.min(last).saturating_sub(DAYS_APART.days());
        let (mut files, mut places) = (Files::default(), BTreeMap::new());
        let mut month = first.first_of_month();
        while month <= last {
            let prefix = month.strftime("%Y-%m-").to_string();
            let from = first.to_string();
            for (id, shown) in records::list::<Shown>(tx, KIND, &prefix)? {
                let Shown {
                    file,
                    hash,
                    movements,
                } = shown.value;
                if hash == but || id < from {
                    continue;
                }
                let at = *places.entry(hash.clone()).or_insert_with(|| {
                    files.names.push((file, hash));
                    files.movements.push(Vec::new());
                    files.names.len() - 1
                });
                files.movements[at].extend(movements);
            }
            month = month.saturating_add(1.month());
        }
        Ok(files)
    }
}

/// The first day on which something can have left of batches of which something is said: what it may be is looked for from then on.
pub(super) fn first_day(batches: &[Read], found: &Reconciliation) -> Option<Date> {
    let transitions = found.transitions.iter().map(|one| &one.payout);
    let seen = found.seen.iter().map(|(id, _)| id);
    let said: HashSet<_> = transitions.chain(seen).collect();
    let batches = batches.iter().map(|read| &read.value);
    let touched = batches.filter(|stored| {
        stored
            .batch
            .payouts
            .iter()
            .any(|payout| said.contains(&payout.id))
    });
    touched
        .filter_map(|stored| Some(stored.export.as_ref()?.first_day()))
        .min()
}

/// What is to be said of movements that files have shown, now that payouts are as they are: breaks that are not there yet, each kept under the
/// file that shows its movement; and keeps as what they count.
pub(super) fn look(tx: &mut Tx<'_>, files: Files, context: &Context<'_>) -> Result<Vec<Break>> {
    let Files { names, movements } = files;
    if movements.iter().all(Vec::is_empty) {
        return Ok(Vec::new());
    }
    let batches = stored::all(tx)?;
    let (found, mut batches) = context.unless_stopped(move || {
        let sent = stored::sent(&batches);
        let payouts = batches.iter().flat_map(|stored| &stored.value.batch.payouts);
        (look_again(payouts, &sent, &movements), batches)
    })?;
    let (breaks, counts) = found;
    let mut by_file: BTreeMap<usize, Vec<reconcile::Break>> = BTreeMap::new();
    for (at, one) in breaks {
        by_file.entry(at).or_default().push(one);
    }
    let mut new = Vec::new();
    for (at, breaks) in by_file {
        let (name, hash) = names[at].clone();
        let file = File { name, hash, context };
        let all = file.breaks(&breaks, &batches);
        new.extend(file.keep_new(tx, all)?);
    }
    if counts.seen.is_empty() && counts.refined.is_empty() {
        return Ok(new);
    }
    let source = Source {
        by: context.user,
        at: context.clock,
        file: None,
    };
    for one in &mut batches {
        one.change(tx, |_, stored| {
            apply(&mut stored.batch, &counts, source).map_err(|e| Error::bug("payout/answer", e.to_string()))
        })?;
    }
    Ok(new)
}
