//! What people changed about payees between their last payout and the preparation of a batch, names and accounts aside: who is cleared to
//! be paid, and how much of it is withheld. And what was lifted after that.

use super::earlier::Earlier;
use super::history::{self, ChangedSince};
use super::payee_records::KIND;
use super::stored::StoredBatch;
use super::takes;
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

/// Payees whom one person entered, or of whom that person changed what decides, since they were last paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Authored {
    /// Who.
    pub by: String,
    /// The creators.
    pub creators: Vec<String>,
}

/// Who entered what payees are paid by, or changed it, since they were last paid: nobody else may have looked at it. Whatever others
/// changed after that; and who cleared them after the preparation.
pub(super) fn authors(
    tx: &mut Tx<'_>,
    stored: &StoredBatch,
    leaving: &[&Payout],
    earlier: &Earlier<'_>,
) -> Result<Vec<Authored>> {
    let mut by: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for newest in tx.records_of(KIND, &creators(leaving))? {
        let creator = newest.id;
        let is = stored.fixed.payees.get(&creator).copied().unwrap_or(0);
        // What was lifted after the preparation is a word about this batch, whoever has paid the payee with another one since.
        let was = earlier.version(&creator).min(is);
        if newest.version <= was {
            continue;
        }
        if newest.version == 1 {
            by.entry(newest.author).or_default().insert(creator);
            continue;
        }
        for version in history::versions(tx, &creator)? {
            let is_before = version.version <= is;
            let is_it = |change: &Change| clears(change) || is_before && decides(change);
            if version.version > was && version.changes.iter().any(is_it) {
                by.entry(version.by).or_default().insert(creator.clone());
            }
        }
    }
    for (payee, creator) in earlier.others(leaving) {
        let was = other_version(stored, earlier, &payee, &creator);
        for version in history::versions(tx, &creator)? {
            if version.version > was && version.changes.iter().any(clears) {
                by.entry(version.by).or_default().insert(creator.clone());
            }
        }
    }
    let authored = |(by, creators): (String, BTreeSet<String>)| Authored {
        by,
        creators: creators.into_iter().collect(),
    };
    Ok(by.into_iter().map(authored).collect())
}

/// The version of another creator from which on what was lifted is told: as of the last payout, or of the preparation where that was earlier.
fn other_version(stored: &StoredBatch, earlier: &Earlier<'_>, payee: &str, creator: &str) -> u64 {
    let was = earlier.creator_version(creator);
    let is = stored.fixed.creators.get(payee).and_then(|of| of.get(creator));
    is.map_or(was, |is| was.min(*is))
}

fn creators<'p>(leaving: &[&'p Payout]) -> Vec<&'p str> {
    let creators = leaving.iter().map(|payout| payout.recipient.payee.as_str());
    creators.collect()
}

/// Who changed what payees of a batch are paid by or cleared them after a change of the books, that of its approval.
pub(super) fn changed_after(
    tx: &mut Tx<'_>,
    leaving: &[&Payout],
    approved: u64,
) -> Result<Vec<ChangedSince>> {
    let mut all: BTreeMap<String, bool> = BTreeMap::new();
    for payout in leaving {
        all.extend(
            takes::others(tx, payout)?
                .into_iter()
                .map(|creator| (creator, false)),
        );
    }
    all.extend(
        creators(leaving)
            .into_iter()
            .map(|payee| (payee.to_owned(), true)),
    );
    let ids: Vec<&str> = all.keys().map(String::as_str).collect();
    let mut found = Vec::new();
    for newest in tx.records_of(KIND, &ids)? {
        if newest.change <= approved {
            continue;
        }
        // What was changed and changed back is not what its approver has seen.
        let is_it = |change: &Change| clears(change) || all[&newest.id] && decides(change);
        for version in history::versions(tx, &newest.id)? {
            if version.change > approved
                && let Some(words) = version.words_of(is_it)
            {
                found.push(version.changed(&newest.id, words));
            }
        }
    }
    Ok(found)
}

/// Of payees whom a batch pays. Of those who were never paid before: another name or account than the first, and what kept them from it
/// and was lifted.
pub(super) fn of(
    tx: &mut Tx<'_>,
    stored: &StoredBatch,
    leaving: &[&Payout],
    earlier: &Earlier<'_>,
) -> Result<Vec<ChangedSince>> {
    let newest = history::newest(tx, &creators(leaving))?;
    let mut found = Vec::new();
    for payout in leaving {
        let creator = payout.recipient.payee.as_str();
        let is = stored.fixed.payees.get(creator).copied().unwrap_or(0);
        let was = earlier.version(creator).min(is);
        // One version has nothing that was changed.
        if newest.get(creator).is_none_or(|newest| *newest <= was.max(1)) {
            continue;
        }
        let is_new = earlier.paid(creator).is_none();
        let fields: &[&str] = if is_new { &ARE_PAID_BY } else { &DECIDE };
        for version in history::versions(tx, creator)? {
            // What is lifted after the preparation clears the payout, too.
            let is_before = version.version <= is;
            let is_it = |change: &Change| match is_before {
                true => is_lifted(change) || fields.contains(&change.field),
                false => clears(change),
            };
            if version.version > was.max(1)
                && let Some(words) = version.words_of(is_it)
            {
                found.push(version.changed(creator, words));
            }
        }
    }
    for (payee, creator) in earlier.others(leaving) {
        let was = other_version(stored, earlier, &payee, &creator);
        for version in history::versions(tx, &creator)? {
            if version.version > was
                && let Some(words) = version.words_of(clears)
            {
                found.push(version.changed(&creator, words));
            }
        }
    }
    Ok(found)
}

fn decides(change: &Change) -> bool {
    DECIDE.contains(&change.field) || ARE_PAID_BY.contains(&change.field)
}

/// Whether it makes somebody payable who was not.
fn clears(change: &Change) -> bool {
    let is_verified = change.field == "identity" && change.to.as_deref() == Some(Identity::Verified.name());
    is_lifted(change) || is_verified && change.from.is_some()
}

fn is_lifted(change: &Change) -> bool {
    let keeps_back = |identity: &Option<String>| {
        let stand = [Identity::Restricted, Identity::Rejected].map(Identity::name);
        identity.as_deref().is_some_and(|name| stand.contains(&name))
    };
    let is_cleared = change.field == "identity" && keeps_back(&change.from) && !keeps_back(&change.to);
    is_cleared || KEEP_BACK.contains(&change.field) && change.from.is_some() && change.to.is_none()
}
