//! What could not be booked: kept with its reason, tried again at every booking, or refused for good.

use crate::error::Result;
use crate::records::{self, Versioned};
use crate::workspace::Workspace;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::Tx;

const KIND: &str = "live-waiting";

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It is tried again when something changes: coins are bought, a price is imported.
    Waits,
    /// It is decided against.
    Refused,
    /// It was booked later.
    Booked,
}

/// Something that could not be booked when it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiting {
    /// `gift`, `refund`, `redemption`, ...
    pub what: String,
    /// Whom it is about.
    pub who: String,
    /// When it happened.
    pub at: Timestamp,
    /// Why it could not be booked.
    pub reason: String,
    /// What becomes of it.
    pub fate: Fate,
    /// A gift that waits, whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) gift: Option<super::gifts::Given>,
}

pub(super) fn put(tx: &mut Tx<'_>, id: &str, waiting: &Waiting) -> Result<()> {
    let before = records::get::<Waiting>(tx, KIND, id)?;
    let version = before.as_ref().map_or(0, |before| before.version);
    if before.is_some_and(|before| before.value == *waiting) {
        return Ok(());
    }
    records::put(tx, KIND, id, version, waiting)
}

/// Gifts that wait, with their ids, oldest first.
pub(super) fn gifts(tx: &mut Tx<'_>) -> Result<Vec<(String, Versioned<Waiting>)>> {
    let mut waiting: Vec<(String, Versioned<Waiting>)> = records::list(tx, KIND, "")?;
    waiting.retain(|(_, waiting)| waiting.value.fate == Fate::Waits && waiting.value.gift.is_some());
    waiting.sort_by(|(a, left), (b, right)| left.value.at.cmp(&right.value.at).then_with(|| a.cmp(b)));
    Ok(waiting)
}

/// Everything that waits or was refused.
pub fn open(workspace: &Workspace) -> Result<Vec<Waiting>> {
    let mut store = workspace.books()?;
    let all: Vec<(String, Versioned<Waiting>)> = store.read(|tx| records::list(tx, KIND, ""))?;
    let mut open: Vec<_> = all.into_iter().map(|(_, waiting)| waiting.value).collect();
    open.retain(|waiting| waiting.fate != Fate::Booked);
    open.sort_by(|a, b| (a.at, &a.what, &a.who).cmp(&(b.at, &b.what, &b.who)));
    Ok(open)
}
