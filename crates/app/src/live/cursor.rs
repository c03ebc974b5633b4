//! How far booking has come.

use crate::error::Result;
use crate::records;
use serde::{Deserialize, Serialize};
use store::Tx;

const KIND: &str = "live-cursor";
const ID: &str = "archive";

/// Which commits are booked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cursor {
    /// Every commit up to this one is booked.
    pub after: u64,
    /// The commits being booked now.
    pub span: Option<Span>,
}

/// Commits `(after, up_to]`, of whose events some are booked. Their order is fixed, so a count says which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Span {
    /// The last commit.
    pub up_to: u64,
    /// Events booked.
    pub done: u64,
}

pub(super) fn read(tx: &mut Tx<'_>) -> Result<(Cursor, u64)> {
    let found = records::get::<Cursor>(tx, KIND, ID)?;
    Ok(found.map_or((Cursor::default(), 0), |found| (found.value, found.version)))
}

pub(super) fn write(tx: &mut Tx<'_>, version: u64, cursor: &Cursor) -> Result<()> {
    records::put(tx, KIND, ID, version, cursor)
}
