//! What people changed about payees between their last payout and the preparation of a batch, names and accounts aside: who is cleared to
//! be paid, and how much of it is withheld. And what was lifted after that.

use super::earlier::Earlier;
use super::history::{self, ChangedSince};
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
    let creators: Vec<&str> = leaving
        .iter()
        .map(|payout| payout.recipient.payee.as_str())
        .collect();
    let newest = history::newest(tx, &creators)?;
    let mut found = Vec::new();
    for payout in leaving {
        let creator = payout.recipient.payee.as_str();
        let last = earlier.payouts.get(creator).and_then(|last| last.paid.as_ref());
        let was = last.map_or(0, |last| last.version);
        let is = stored.fixed.payees.get(creator).copied().unwrap_or(0);
        // One version has nothing that was changed.
        if newest.get(creator).is_none_or(|newest| *newest <= was.max(1)) {
            continue;
        }
        let fields: &[&str] = if last.is_none() { &ARE_PAID_BY } else { &DECIDE };
        for version in history::versions(tx, creator)? {
            // What is lifted after the preparation clears the payout, too.
            let is_before = version.version <= is;
            let is_it = |change: &Change| is_lifted(change) || is_before && fields.contains(&change.field);
            if version.version > was.max(1)
                && let Some(words) = version.words_of(is_it)
            {
                found.push(version.changed(creator, words));
            }
        }
    }
    Ok(found)
}

fn is_lifted(change: &Change) -> bool {
    let keeps_back = |identity: &Option<String>| {
        let stand = [Identity::Restricted, Identity::Rejected].map(Identity::name);
        identity.as_deref().is_some_and(|name| stand.contains(&name))
    };
    let is_cleared = change.field == "identity" && keeps_back(&change.from) && !keeps_back(&change.to);
    is_cleared || KEEP_BACK.contains(&change.field) && change.from.is_some() && change.to.is_none()
}
