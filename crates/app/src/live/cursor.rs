//! How far booking has come.

use crate::base::error::{Error, Result};
use crate::workspace::records;
use jiff::Timestamp;
use lake::archive::Archive;
use lake::live::Commits;
use serde::{Deserialize, Serialize};
use store::Tx;

pub(crate) const KIND: &str = "live-cursor";
pub(super) const ID: &str = "archive";

/// Which commits are booked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cursor {
    /// Every commit up to this one is booked, but for what had not happened yet.
    pub(super) after: u64,
    /// The commits being booked now.
    pub(super) span: Option<Span>,
    /// A booking has begun and not come to its end, which is when what waits was tried once more and quiet streaks were closed: what is
    /// dated in a period may still be missing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) unfinished: bool,
    /// What had not happened yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) later: Vec<Later>,
}

/// Commits `(after, up_to]`, of whose events some are booked. Their order is fixed, so a count says which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Span {
    /// The last commit.
    pub up_to: u64,
    /// Events booked.
    pub done: u64,
    /// The present of the command that began: later events are left for later.
    pub until: Timestamp,
}

/// Commits of which some events had not happened yet when they were booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Later {
    /// The commits are `(after, up_to]`.
    pub after: u64,
    /// The last of them.
    pub up_to: u64,
    /// Their events up to this instant are booked.
    pub until: Timestamp,
    /// When the first of the others happens.
    pub next: Timestamp,
    /// How many others there are.
    pub events: u64,
}

impl Later {
    pub(super) fn commits(&self) -> Commits {
        Commits {
            after: self.after,
            up_to: self.up_to,
        }
    }
}

impl Cursor {
    /// What is to be booked now: the span that was begun, else what came or happened since; none if nothing did.
    pub(super) fn next(&self, last_commit: u64, now: Timestamp) -> Option<Span> {
        let has_news = self.after < last_commit || self.later.iter().any(|later| later.next <= now);
        self.span.or(has_news.then_some(Span {
            up_to: last_commit,
            done: 0,
            until: now,
        }))
    }

    /// Refuses an archive that ends before what is booked: what comes next would take the number of a commit that was read already.
    pub(super) fn must_be_of(&self, archive: &Archive) -> Result<()> {
        match self.lost(archive) {
            None => Ok(()),
            Some((_, what)) => Err(Error::bad_input("archive/cut", what).hint(
                "restore the books from a backup; `permille ledger verify` says what else was taken out",
            )),
        }
    }

    /// The first commit that was booked and that the archive does not have, and that in words; none: it has all.
    pub(crate) fn lost(&self, archive: &Archive) -> Option<(u64, String)> {
        let last = archive.last_commit();
        let booked = self.span.map_or(self.after, |span| span.up_to.max(self.after));
        let what =
            || format!("LIVE events up to commit {booked} are booked, and the archive ends with {last}");
        (booked > last).then(|| (last + 1, what()))
    }

    /// The new commits of a span.
    pub(super) fn new_commits(&self, span: &Span) -> Commits {
        Commits {
            after: self.after,
            up_to: span.up_to,
        }
    }
}

/// Which commits LIVE events were booked from. Read before the archive that it is compared with is opened.
pub(crate) fn booked(tx: &mut Tx<'_>) -> Result<Cursor> {
    read(tx).map(|(cursor, _)| cursor)
}

pub(super) fn read(tx: &mut Tx<'_>) -> Result<(Cursor, u64)> {
    let found = records::get::<Cursor>(tx, KIND, ID)?;
    Ok(found.map_or((Cursor::default(), 0), |found| (found.value, found.version)))
}

/// Moves the cursor on from the version that was read, which must still be the newest: of two processes that book the same events
/// one is told that the other was quicker.
pub(super) fn write(tx: &mut Tx<'_>, version: u64, cursor: &Cursor) -> Result<()> {
    records::put(tx, KIND, ID, version, cursor)
}
