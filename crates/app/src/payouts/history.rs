//! What payees were before: every version of a payee is kept, with who wrote it and when. Nothing is changed here.

use super::payee_records::{self, KIND};
use crate::base::error::Result;
use crate::workspace::Workspace;
use payout::batch::Recipient;
use payout::payee::{Change, Payee, changes};
use serde::Serialize;
use std::collections::BTreeMap;
use store::Tx;

/// One version of a payee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its number, from 1.
    pub version: u64,
    /// The change that wrote it.
    pub change: u64,
    /// When it was recorded.
    pub at: jiff::Timestamp,
    /// Who wrote it.
    pub by: String,
    /// What it says otherwise than the one before; everything, of the first.
    pub changes: Vec<Change>,
    /// The reason that was given with it.
    pub reason: Option<String>,
    /// The payee as it was from then on.
    pub payee: Payee,
}

impl Version {
    /// What changed, in words, with the reason.
    pub fn words(&self) -> String {
        let words = self.words_of(|_| true);
        words.unwrap_or_else(|| self.with_reason(vec!["nothing that is paid by".to_owned()]))
    }

    /// The same of some changes; none where there are none of these.
    pub(super) fn words_of(&self, is_it: impl Fn(&Change) -> bool) -> Option<String> {
        let those = self.changes.iter().filter(|change| is_it(change));
        let words: Vec<String> = those.map(Change::words).collect();
        (!words.is_empty()).then(|| self.with_reason(words))
    }

    fn with_reason(&self, mut words: Vec<String>) -> String {
        words.extend(self.reason.iter().map(|reason| format!("reason: {reason}")));
        words.join("; ")
    }

    /// Who wrote it, and when.
    fn author(&self) -> Author {
        Author {
            by: self.by.clone(),
            at: self.at,
        }
    }

    /// As a change of a creator's.
    pub(super) fn changed(&self, creator: &str, what: String) -> ChangedSince {
        ChangedSince {
            creator: creator.to_owned(),
            what,
            author: self.author(),
        }
    }
}

/// Who changed what, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Author {
    /// Who.
    pub by: String,
    /// When.
    pub at: jiff::Timestamp,
}

/// A change of a payee, since the batch was prepared or before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChangedSince {
    /// The creator.
    pub creator: String,
    /// What it was and is.
    pub what: String,
    /// Who changed it, and when.
    #[serde(flatten)]
    pub author: Author,
}

/// Every version of a payee, the oldest first. Errors: no such payee.
pub fn history(workspace: &Workspace, id: &str) -> Result<Vec<Version>> {
    workspace.books()?.read(|tx| {
        let found = versions(tx, id)?;
        match found.is_empty() {
            true => Err(super::payees::unknown(id)),
            false => Ok(found),
        }
    })
}

/// Every version of a payee since the last one that says nothing any more: what is erased has no history.
pub(super) fn versions(tx: &mut Tx<'_>, id: &str) -> Result<Vec<Version>> {
    let mut found: Vec<Version> = Vec::new();
    let mut note: Option<String> = None;
    for record in tx.record_versions(KIND, id)? {
        let Some(stored) = payee_records::parse(&record)? else {
            (found, note) = (Vec::new(), None);
            continue;
        };
        let before = found.last().map(|last| &last.payee);
        let reason = stored.note.clone().filter(|_| stored.note != note);
        found.push(Version {
            version: record.version,
            change: record.change,
            at: record.recorded,
            by: record.author,
            changes: changes(before, &stored.payee),
            reason,
            payee: stored.payee,
        });
        note = stored.note;
    }
    Ok(found)
}

/// The newest version of each payee's record, by creator; those without one are left out.
pub(super) fn newest(tx: &mut Tx<'_>, creators: &[&str]) -> Result<BTreeMap<String, u64>> {
    let found = tx.records_of(KIND, creators)?;
    Ok(found
        .into_iter()
        .map(|record| (record.id, record.version))
        .collect())
}

/// Who made a payee be paid as a payout says: the author of the first of the newest versions in a row that say so.
pub(super) fn author_of(versions: &[Version], to: &Recipient) -> Option<Author> {
    let says = |version: &&Version| version.payee.name == to.name && pays_to(&version.payee, to);
    let at = versions.iter().rposition(|version| says(&version))?;
    let first = versions[..=at].iter().rev().take_while(says).last()?;
    Some(first.author())
}

fn pays_to(payee: &Payee, to: &Recipient) -> bool {
    payee.method().is_some_and(|method| method.to == to.to)
}

/// What files would say of a payee otherwise than a payout says, in words; nothing when they would say the same.
pub(super) fn outdated(to: &Recipient, currency: &str, now: &Payee) -> Vec<&'static str> {
    let method = now.method();
    let found = [
        ("name", now.name != to.name),
        ("address", now.address != to.address),
        ("account", method.is_none_or(|method| method.to != to.to)),
        (
            "currency",
            method.is_some_and(|method| method.currency.as_str() != currency),
        ),
    ];
    let changed = found.into_iter().filter(|(_, is_changed)| *is_changed);
    changed.map(|(field, _)| field).collect()
}
