//! Streaks as they are kept between bookings.

use crate::error::{Error, Result};
use crate::records;
use event::live::GiftFrame;
use jiff::{SignedDuration, Timestamp};
use live::split::{self, Share};
use live::streak::{Booking, Frame, Key, Phase, State, Streak, Streaks};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use store::Tx;

/// A streak, by its key.
const KIND: &str = "streak";
/// Keys of a room's open streaks.
const OPEN: &str = "live-open";

/// What is kept of a streak.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    room: Arc<str>,
    viewer: Arc<str>,
    recipient: Arc<str>,
    gift: Arc<str>,
    streak: String,
    max_seen: u32,
    booked: u32,
    started_at: Timestamp,
    last_frame_at: Timestamp,
    phase: String,
    #[serde(flatten)]
    said: Said,
}

/// What a streak's frames say besides their count.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Said {
    /// Coins for one gift.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coins_each: Option<u32>,
    /// Hosts who share it, and their parts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub split: Vec<(Arc<str>, u32)>,
}

impl Said {
    pub(super) fn of(frame: &GiftFrame) -> std::result::Result<Said, split::SplitRefusal> {
        let shares = split::stated(frame)?;
        Ok(Said {
            coins_each: frame.coins_each,
            split: shares
                .into_iter()
                .map(|share| (share.host, share.parts))
                .collect(),
        })
    }

    pub(super) fn shares(&self) -> Vec<Share> {
        let share = |(host, parts): &(Arc<str>, u32)| Share {
            host: Arc::clone(host),
            parts: *parts,
        };
        self.split.iter().map(share).collect()
    }

    fn merge(&mut self, later: Said) {
        self.coins_each = self.coins_each.or(later.coins_each);
        if self.split.is_empty() {
            self.split = later.split;
        }
    }
}

/// Gifts of open streaks, by room.
pub(super) fn open_gifts(tx: &mut Tx<'_>, only: Option<&str>) -> Result<BTreeMap<Arc<str>, u64>> {
    let mut rooms: BTreeMap<Arc<str>, u64> = BTreeMap::new();
    for (room, open) in records::list::<BTreeSet<String>>(tx, OPEN, only.unwrap_or(""))? {
        for id in &open.value {
            let kept = records::get::<Kept>(tx, KIND, id)?;
            let gifts = kept.map_or(0, |kept| u64::from(kept.value.max_seen - kept.value.booked));
            *rooms.entry(room.as_str().into()).or_default() += gifts;
        }
    }
    Ok(rooms)
}

/// The streaks that a group of frames touches.
#[derive(Default)]
pub(super) struct Kit {
    streaks: Streaks,
    said: HashMap<Key, Said>,
    versions: HashMap<Key, u64>,
    /// Prefixes and keys that were read from the store.
    read: HashSet<String>,
    loaded: Vec<(Key, State)>,
}

impl Kit {
    /// Reads what is kept of the streaks that frames may belong to.
    pub(super) fn load<'f>(tx: &mut Tx<'_>, frames: impl Iterator<Item = &'f Frame>) -> Result<Kit> {
        let mut kit = Kit::default();
        for frame in frames {
            kit.load_one(tx, frame)?;
        }
        kit.streaks = Streaks::new(std::mem::take(&mut kit.loaded));
        Ok(kit)
    }

    /// The open streaks of every room.
    pub(super) fn open(tx: &mut Tx<'_>) -> Result<Vec<String>> {
        let rooms = records::list::<BTreeSet<String>>(tx, OPEN, "")?;
        Ok(rooms.into_iter().flat_map(|(_, open)| open.value).collect())
    }

    /// Reads some streaks.
    pub(super) fn load_ids(tx: &mut Tx<'_>, ids: &[String]) -> Result<Kit> {
        let mut kit = Kit::default();
        for id in ids {
            kit.load_id(tx, id)?;
        }
        kit.streaks = Streaks::new(std::mem::take(&mut kit.loaded));
        Ok(kit)
    }

    fn load_one(&mut self, tx: &mut Tx<'_>, frame: &Frame) -> Result<()> {
        let key = |streak: Streak| Key {
            room: frame.room.clone(),
            viewer: frame.viewer.clone(),
            recipient: frame.recipient.clone(),
            gift: frame.gift.clone(),
            streak,
        };
        match (&frame.streak, frame.streakable) {
            (_, false) => self.load_id(tx, &key(Streak::Once(frame.event_id.clone())).to_string()),
            (Some(id), true) => self.load_id(tx, &key(Streak::Named(id.clone())).to_string()),
            (None, true) => {
                let prefix = key(Streak::Unnamed("".into())).to_string();
                if self.read.insert(prefix.clone()) {
                    for (_, kept) in records::list::<Kept>(tx, KIND, &prefix)? {
                        self.take(kept)?;
                    }
                }
                Ok(())
            }
        }
    }

    fn load_id(&mut self, tx: &mut Tx<'_>, id: &str) -> Result<()> {
        if !self.read.insert(id.to_owned()) {
            return Ok(());
        }
        match records::get::<Kept>(tx, KIND, id)? {
            Some(kept) => self.take(kept),
            None => Ok(()),
        }
    }

    fn take(&mut self, kept: records::Versioned<Kept>) -> Result<()> {
        let value = kept.value;
        let damaged = |what: &str| {
            Error::bad_input(
                "store/damaged",
                format!("a streak of room {} has {what}", value.room),
            )
        };
        let key = Key {
            streak: Streak::parse(&value.streak).ok_or_else(|| damaged("no readable key"))?,
            room: value.room.clone(),
            viewer: value.viewer.clone(),
            recipient: value.recipient.clone(),
            gift: value.gift.clone(),
        };
        let state = State {
            max_seen: value.max_seen,
            booked: value.booked,
            started_at: value.started_at,
            last_frame_at: value.last_frame_at,
            phase: Phase::named(&value.phase).ok_or_else(|| damaged("no readable phase"))?,
        };
        if self.versions.insert(key.clone(), kept.version).is_none() {
            self.said.insert(key.clone(), value.said);
            self.loaded.push((key, state));
        }
        Ok(())
    }

    /// Takes a frame.
    pub(super) fn frame(&mut self, frame: &Frame, said: Said, timeout: SignedDuration) -> Option<Booking> {
        let key = self.streaks.key_of(frame, timeout);
        self.said.entry(key).or_default().merge(said);
        self.streaks.take(frame, timeout)
    }

    /// Closes what is open and quiet.
    pub(super) fn close(&mut self, now: Timestamp, timeout: SignedDuration) -> Vec<Booking> {
        self.streaks.close(now, timeout)
    }

    /// What the frames of a streak said.
    pub(super) fn said(&self, key: &Key) -> Said {
        self.said.get(key).cloned().unwrap_or_default()
    }

    /// Writes what has changed.
    pub(super) fn save(&self, tx: &mut Tx<'_>) -> Result<()> {
        let mut new = Vec::new();
        let mut rooms: BTreeMap<Arc<str>, Vec<(String, bool)>> = BTreeMap::new();
        for (key, state) in self.streaks.changed() {
            let id = key.to_string();
            let kept = Kept {
                room: key.room.clone(),
                viewer: key.viewer.clone(),
                recipient: key.recipient.clone(),
                gift: key.gift.clone(),
                streak: key.streak.to_string(),
                max_seen: state.max_seen,
                booked: state.booked,
                started_at: state.started_at,
                last_frame_at: state.last_frame_at,
                phase: state.phase.name().to_owned(),
                said: self.said(key),
            };
            let version = self.versions.get(key).copied().unwrap_or(0);
            new.push(records::new(KIND, &id, version, &kept)?);
            rooms
                .entry(key.room.clone())
                .or_default()
                .push((id, state.phase == Phase::Open));
        }
        tx.put(&new)?;
        for (room, changes) in rooms {
            let before = records::get::<BTreeSet<String>>(tx, OPEN, &room)?;
            let (mut open, version) =
                before.map_or((BTreeSet::new(), 0), |before| (before.value, before.version));
            let was = open.clone();
            for (id, is_open) in changes {
                if is_open {
                    open.insert(id);
                } else {
                    open.remove(&id);
                }
            }
            if open != was {
                records::put(tx, OPEN, &room, version, &open)?;
            }
        }
        Ok(())
    }
}
