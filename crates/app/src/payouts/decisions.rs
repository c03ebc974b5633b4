//! What people changed about payees between their last payout and the preparation of a batch, names and accounts aside: who is cleared to
//! be paid, and how much of it is withheld.

use super::earlier::Earlier;
use super::history::{self, ChangedSince, Version};
use super::payees::KIND;
use super::stored::StoredBatch;
use crate::base::error::Result;
use payout::batch::Payout;
use payout::payee::{Change, Identity};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use store::Tx;

/// Fields that decide whether somebody is paid, and what.
const DECIDE: [&str; 5] = ["residence", "address", "identity", "tax_form", "threshold"];
/// Fields that say who is paid, and where.
const ARE_PAID_BY: [&str; 2] = ["name", "methods"];
/// Fields that keep somebody from being paid as long as something stands in them.
const KEEP_BACK: [&str; 2] = ["sanctions_hold", "failed"];

/// Payees who were never paid before and whom one person entered, or changed before that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entered {
    /// Who.
    pub by: String,
    /// The creators.
    pub creators: Vec<String>,
}

/// Who entered what payees who were never paid before are paid by, or changed it: nobody else may have looked at it.
pub(super) fn entered(tx: &mut Tx<'_>, stored: &StoredBatch, new: &[&str]) -> Result<Vec<Entered>> {
    let mut by: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for newest in tx.records_of(KIND, new)? {
        let creator = newest.id;
        if newest.version == 1 {
            by.entry(newest.author).or_default().insert(creator);
            continue;
        }
        let is = stored.fixed.payees.get(&creator).copied().unwrap_or(0);
        let decides = |change: &Change| DECIDE.contains(&change.field) || ARE_PAID_BY.contains(&change.field);
        for version in history::versions(tx, &creator)? {
            if version.version <= is && version.changes.iter().any(decides) {
                by.entry(version.by).or_default().insert(creator.clone());
            }
        }
    }
    let entered = |(by, creators): (String, BTreeSet<String>)| Entered {
        by,
        creators: creators.into_iter().collect(),
    };
    Ok(by.into_iter().map(entered).collect())
}

/// Of payees whom a batch pays. Of those who were never paid before: another name or account than the first, and what kept them from it
/// and was lifted.
pub(super) fn of(
    tx: &mut Tx<'_>,
    stored: &StoredBatch,
    leaving: &[&Payout],
    earlier: &Earlier,
) -> Result<Vec<ChangedSince>> {
    let mut found = Vec::new();
    for payout in leaving {
        let creator = payout.recipient.payee.as_str();
        let last = earlier.payouts.get(creator).and_then(|last| last.paid.as_ref());
        let was = last.map_or(0, |last| last.version);
        let is = stored.fixed.payees.get(creator).copied().unwrap_or(0);
        // One version has nothing that was changed.
        if is <= was.max(1) {
            continue;
        }
        let versions = history::versions(tx, creator)?.into_iter();
        let between = versions.filter(|version| was.max(1) < version.version && version.version <= is);
        found.extend(between.filter_map(|version| decided(creator, &version, last.is_none())));
    }
    Ok(found)
}

/// What a version of a payee decides; none: nothing.
fn decided(creator: &str, version: &Version, is_new: bool) -> Option<ChangedSince> {
    let fields: &[&str] = if is_new { &ARE_PAID_BY } else { &DECIDE };
    let is_it = |change: &Change| is_lifted(change) || fields.contains(&change.field);
    Some(version.changed(creator, version.words_of(is_it)?))
}

fn is_lifted(change: &Change) -> bool {
    let was_restricted =
        change.field == "identity" && change.from.as_deref() == Some(Identity::Restricted.name());
    was_restricted || KEEP_BACK.contains(&change.field) && change.from.is_some() && change.to.is_none()
}
