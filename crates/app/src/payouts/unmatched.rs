//! Movements of banks' statements that named nothing of ours, kept so that they are looked at again whenever more is known of payouts: what
//! takes a return back may be read before the return.

use super::breaks::{Break, File};
use super::read::unless_stopped;
use super::stored;
use crate::base::error::Result;
use crate::base::progress::Context;
use crate::workspace::records;
use jiff::ToSpan;
use jiff::civil::Date;
use payout::reconcile::{DAYS_APART, Reconciliation, Unmatched, look_again};
use serde::{Deserialize, Serialize};
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

/// Keeps what a statement's file shows and names nothing of ours, once for every file: under its last day, by which it is found again.
pub(super) fn keep(
    tx: &mut Tx<'_>,
    file: &File<'_>,
    movements: &[Unmatched],
    context: &Context<'_>,
) -> Result<()> {
    let days = movements.iter().filter_map(Unmatched::day);
    let last = days.max().unwrap_or(context.today());
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

/// What is to be said of movements that other files have shown, now that payouts are as they are: breaks that are not there yet, each kept
/// under the file that shows its movement. `since`: the first day of what is new. `now`: the file that is read now, and what it says.
pub(super) fn look(
    tx: &mut Tx<'_>,
    since: Date,
    now: Option<(&File<'_>, &Reconciliation)>,
    context: &Context<'_>,
) -> Result<Vec<Break>> {
    let own = now.map_or("", |(file, _)| &file.hash);
    let shown = since_day(tx, since.saturating_sub(DAYS_APART.days()), context)?;
    let (of, earlier): (Vec<usize>, Vec<Unmatched>) = shown
        .iter()
        .enumerate()
        .filter(|(_, shown)| shown.hash != own)
        .flat_map(|(at, shown)| shown.movements.iter().map(move |one| (at, one.clone())))
        .unzip();
    if earlier.is_empty() {
        return Ok(Vec::new());
    }
    let batches = stored::all(tx)?;
    let (found, earlier, batches) = unless_stopped(context, move || {
        let sent = stored::sent(&batches);
        let payouts = batches.iter().flat_map(|stored| &stored.value.batch.payouts);
        (look_again(payouts, &sent, &earlier), earlier, batches)
    })?;
    // What a statement shows again of a movement is said of it once.
    let mut said: Vec<&Unmatched> = now.iter().flat_map(|(_, found)| found.doubted()).collect();
    let mut kept = Vec::new();
    for (at, one) in found {
        let Shown { file, hash, .. } = &shown[of[at]];
        let file = File {
            name: file.clone(),
            hash: hash.clone(),
            context,
        };
        let all = file.breaks(&[one], &batches);
        if said.iter().any(|other| other.is_copy_of(&earlier[at])) || file.has_said(tx, &all)? {
            continue;
        }
        said.push(&earlier[at]);
        kept.extend(file.keep(tx, all)?);
    }
    Ok(kept)
}

/// Movements of files whose last day is one or a later one, month by month.
fn since_day(tx: &mut Tx<'_>, first: Date, context: &Context<'_>) -> Result<Vec<Shown>> {
    let mut all = Vec::new();
    let mut month = first.first_of_month();
    // A bank may be a day ahead.
    let last = context.today().saturating_add(1.day());
    while month <= last {
        let prefix = month.strftime("%Y-%m-").to_string();
        let records = records::list::<Shown>(tx, KIND, &prefix)?.into_iter();
        let from = first.to_string();
        let late = records.filter(|(id, _)| id.as_str() >= from.as_str());
        all.extend(late.map(|(_, shown)| shown.value));
        month = month.saturating_add(1.month());
    }
    Ok(all)
}
