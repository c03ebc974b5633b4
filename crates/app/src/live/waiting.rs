//! What could not be booked: kept with its reason, tried again at every booking, or refused for good.

use super::cursor;
use super::given::Given;
use super::timeline::{self, Item};
use crate::base::error::{Error, Result};
use crate::workspace::Workspace;
use crate::workspace::records::{self, Versioned};
use event::live::GiftFrame;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use store::Tx;

const KIND: &str = "live-waiting";

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It is tried again when something changes: coins are bought, what it needs to know is imported.
    Waits,
    /// It is decided against.
    Refused,
    /// It was booked later.
    Booked,
    /// Frames that came later say that it was no gift of its own: what it was of is booked, or waits, instead.
    Corrected,
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
    /// A gift, whole: what one or several frames came to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) gift: Option<Given>,
    /// Any other event, or a frame of which no gift came, whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) event: Option<Item>,
}

/// What became of something that was to be booked.
pub(super) enum Answer {
    Booked,
    /// Something is missing that may come.
    Waits(String),
    /// It is decided against.
    Refused(String),
}

impl Answer {
    /// What becomes of it and why; none: it is booked.
    pub(super) fn fate(self) -> Option<(Fate, String)> {
        match self {
            Answer::Booked => None,
            Answer::Waits(reason) => Some((Fate::Waits, reason)),
            Answer::Refused(reason) => Some((Fate::Refused, reason)),
        }
    }
}

impl Waiting {
    pub(super) fn of(item: &Item, fate: Fate, reason: String) -> Waiting {
        Waiting {
            what: item.what().to_owned(),
            who: item.who().to_string(),
            at: item.at(),
            reason,
            fate,
            gift: None,
            event: Some(item.clone()),
        }
    }

    /// The frame, where it is one.
    pub(super) fn frame(&self) -> Option<&GiftFrame> {
        self.event.as_ref().and_then(Item::frame)
    }

    /// Whose coins it may move.
    pub(super) fn wallet(&self) -> Option<&Arc<str>> {
        let gift = self.gift.as_ref().map(|gift| &gift.viewer);
        gift.or(self.event.as_ref().and_then(Item::wallet))
    }

    /// The room of a gift or frame.
    pub(super) fn room(&self) -> Option<&Arc<str>> {
        let gift = self.gift.as_ref().map(|gift| &gift.room);
        gift.or(self.frame().map(|frame| &frame.room))
    }
}

/// What is recorded under an id.
pub(super) fn get(tx: &mut Tx<'_>, id: &str) -> Result<Option<Waiting>> {
    Ok(records::get::<Waiting>(tx, KIND, id)?.map(|found| found.value))
}

pub(super) fn put(tx: &mut Tx<'_>, id: &str, waiting: &Waiting) -> Result<()> {
    let before = records::get::<Waiting>(tx, KIND, id)?;
    let version = before.as_ref().map_or(0, |before| before.version);
    if before.is_some_and(|before| before.value == *waiting) {
        return Ok(());
    }
    records::put(tx, KIND, id, version, waiting)
}

/// What waits, with its ids, oldest first.
pub(super) fn all(tx: &mut Tx<'_>) -> Result<Vec<(String, Versioned<Waiting>)>> {
    let mut waiting: Vec<(String, Versioned<Waiting>)> = records::list(tx, KIND, "")?;
    waiting.retain(|(_, waiting)| waiting.value.fate == Fate::Waits);
    waiting.sort_by(|(a, left), (b, right)| left.value.at.cmp(&right.value.at).then_with(|| a.cmp(b)));
    Ok(waiting)
}

/// Those of what was listed that still wait as they did.
pub(super) fn still<'w>(
    tx: &mut Tx<'_>,
    listed: &'w [(String, Versioned<Waiting>)],
) -> Result<Vec<&'w (String, Versioned<Waiting>)>> {
    let ids: Vec<&str> = listed.iter().map(|(id, _)| id.as_str()).collect();
    let now: HashMap<String, Versioned<Waiting>> = records::of(tx, KIND, &ids)?.into_iter().collect();
    let is_unchanged = |(id, read): &&(String, Versioned<Waiting>)| {
        now.get(id).is_some_and(|now| now.version == read.version)
    };
    Ok(listed.iter().filter(is_unchanged).collect())
}

/// Everything that waits or was refused.
pub(super) fn listed(tx: &mut Tx<'_>) -> Result<Vec<Waiting>> {
    let all: Vec<(String, Versioned<Waiting>)> = records::list(tx, KIND, "")?;
    let all = all.into_iter().map(|(_, waiting)| waiting.value);
    Ok(all
        .filter(|waiting| matches!(waiting.fate, Fate::Waits | Fate::Refused))
        .collect())
}

/// What waits or was refused of a streak's gifts, with its ids.
pub(super) fn of_streak(tx: &mut Tx<'_>, streak: &str) -> Result<Vec<(String, Waiting)>> {
    let prefix = format!("gift/{streak}/");
    let all: Vec<(String, Versioned<Waiting>)> = records::list(tx, KIND, &prefix)?;
    let all = all.into_iter().map(|(id, waiting)| (id, waiting.value));
    Ok(all
        .filter(|(_, waiting)| matches!(waiting.fate, Fate::Waits | Fate::Refused) && waiting.gift.is_some())
        .collect())
}

/// Everything that waits or was refused, and what has not happened yet.
pub fn open(workspace: &Workspace) -> Result<Vec<Waiting>> {
    let store = workspace.books()?;
    let (mut open, cursor) = store.read(|tx| Ok::<_, Error>((listed(tx)?, cursor::read(tx)?.0)))?;
    let later = timeline::later(&workspace.archive()?, &cursor)?;
    open.extend(later.iter().map(|item| {
        let reason = format!("it is dated {}, and had not happened yet", item.at());
        Waiting::of(item, Fate::Waits, reason)
    }));
    open.sort_by(|a, b| (a.at, &a.what, &a.who).cmp(&(b.at, &b.what, &b.who)));
    Ok(open)
}
