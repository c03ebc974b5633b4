//! Streaks as they are kept between bookings.

use crate::base::error::Result;
use crate::workspace::records;
use event::live::GiftFrame;
use jiff::Timestamp;
use live::split::{self, Share};
use live::streak::{Booking, Frame, Key, Phase, State, Streak, Streaks, Timeouts};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use store::Tx;

/// A streak, by its key.
const KIND: &str = "streak";
/// Keys of a room's open streaks.
const OPEN: &str = "live-open";
/// That a room had frames without a streak id.
const WITHOUT_ID: &str = "live-without-id";

/// What is kept of it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WithoutId {}

/// What is kept of a streak.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredStreak {
    #[serde(flatten)]
    key: Key,
    #[serde(flatten)]
    state: State,
    /// What its frames with an id said besides their count.
    #[serde(flatten)]
    said: FrameDetails,
    /// The same of each frame without an id that said something.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    frames_said: BTreeMap<Arc<str>, FrameDetails>,
    /// None of its frames names who receives it: it is the host.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    by_default: bool,
    /// Gifts that stand in the books besides those that the streak has, since they cannot be taken back.
    #[serde(default, skip_serializing_if = "is_none")]
    stay: u64,
}

const fn is_none(gifts: &u64) -> bool {
    *gifts == 0
}

/// Who receives a streak, and whether none of its frames says so.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Whose {
    pub recipient: Arc<str>,
    #[serde(default)]
    pub by_default: bool,
}

/// Who receives streaks that are known, by their ids.
pub(super) fn whose(tx: &mut Tx<'_>, ids: &[&str]) -> Result<Vec<(String, Whose)>> {
    let known = records::of::<Whose>(tx, KIND, ids)?;
    Ok(known.into_iter().map(|(id, whose)| (id, whose.value)).collect())
}

/// When frames without an id were shown, and with which counts, of the streaks whose keys begin so.
pub(super) fn moments(tx: &mut Tx<'_>, prefix: &str) -> Result<HashSet<(Timestamp, u32)>> {
    let mut found = HashSet::new();
    for (_, kept) in records::list::<StoredStreak>(tx, KIND, prefix)? {
        let frames = kept.value.state.frames;
        found.extend(frames.into_iter().map(|seen| (seen.at, seen.count)));
    }
    Ok(found)
}

/// What frames say besides their count.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FrameDetails {
    /// Coins for one gift.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coins_each: Option<u32>,
    /// Hosts who share it, and their parts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub split: Vec<(Arc<str>, u32)>,
}

impl FrameDetails {
    pub(super) fn of(frame: &GiftFrame) -> std::result::Result<FrameDetails, split::SplitRefusal> {
        let shares = split::stated(frame)?;
        Ok(FrameDetails {
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

    fn merge(&mut self, later: FrameDetails) {
        self.coins_each = self.coins_each.or(later.coins_each);
        if self.split.is_empty() {
            self.split = later.split;
        }
    }
}

/// Gifts of open streaks, by room.
pub(super) fn open_gifts(tx: &mut Tx<'_>, wanted: impl Fn(&str) -> bool) -> Result<BTreeMap<Arc<str>, u64>> {
    let mut rooms: BTreeMap<Arc<str>, u64> = BTreeMap::new();
    for (room, open) in records::list::<BTreeSet<String>>(tx, OPEN, "")? {
        if !wanted(&room) {
            continue;
        }
        for id in &open.value {
            let kept = records::get::<StoredStreak>(tx, KIND, id)?;
            let gifts = kept.map_or(0, |kept| {
                u64::from(kept.value.state.max_seen - kept.value.state.booked)
            });
            *rooms.entry(room.as_str().into()).or_default() += gifts;
        }
    }
    Ok(rooms)
}

/// The streaks that a group of frames touches.
pub(super) struct LoadedStreaks {
    streaks: Streaks,
    /// What frames said: those with an id under the streak that it names, each other one under what a streak that began with it would be
    /// called. Which frames are of one streak may be found to be otherwise.
    said: HashMap<Key, FrameDetails>,
    versions: HashMap<Key, u64>,
    /// Gifts that stand in the books besides those that a streak has.
    stay: HashMap<Key, u64>,
    /// Streaks of which a frame names who receives them.
    named: HashSet<Key>,
    /// Rooms that are known to have frames without a streak id.
    without_id: HashSet<Arc<str>>,
}

impl LoadedStreaks {
    fn new(timeouts: Timeouts) -> LoadedStreaks {
        LoadedStreaks {
            streaks: Streaks::new(timeouts),
            said: HashMap::new(),
            versions: HashMap::new(),
            stay: HashMap::new(),
            named: HashSet::new(),
            without_id: HashSet::new(),
        }
    }

    /// Reads what is kept of the streaks that frames may belong to, and of some others by their ids. Where some frames have no id, the
    /// streaks of a frame that has one may be among them.
    pub(super) fn load<'f>(
        tx: &mut Tx<'_>,
        timeouts: Timeouts,
        frames: impl Iterator<Item = &'f Frame> + Clone,
        others: Vec<String>,
    ) -> Result<LoadedStreaks> {
        let mut loaded_streaks = LoadedStreaks::new(timeouts);
        let rooms: BTreeSet<&str> = frames.clone().map(|frame| &*frame.room).collect();
        let rooms: Vec<&str> = rooms.into_iter().collect();
        let known = records::of::<WithoutId>(tx, WITHOUT_ID, &rooms)?;
        loaded_streaks.without_id = known.into_iter().map(|(room, _)| room.into()).collect();
        let mut ids = BTreeSet::from_iter(others);
        let mut prefixes = BTreeSet::new();
        for frame in frames {
            let key = named(frame);
            if frame.streak.is_none() || loaded_streaks.without_id.contains(&frame.room) {
                prefixes.insert(key.gift_prefix());
            } else {
                ids.insert(key.to_string());
            }
        }
        for prefix in prefixes {
            for (_, kept) in records::list::<StoredStreak>(tx, KIND, &prefix)? {
                loaded_streaks.take(kept);
            }
        }
        loaded_streaks.load_all(tx, &ids.iter().map(String::as_str).collect::<Vec<_>>())?;
        Ok(loaded_streaks)
    }

    /// The open streaks of every room.
    pub(super) fn open(tx: &mut Tx<'_>) -> Result<Vec<String>> {
        let rooms = records::list::<BTreeSet<String>>(tx, OPEN, "")?;
        Ok(rooms.into_iter().flat_map(|(_, open)| open.value).collect())
    }

    /// Reads some streaks.
    pub(super) fn load_ids(tx: &mut Tx<'_>, timeouts: Timeouts, ids: &[String]) -> Result<LoadedStreaks> {
        let mut loaded_streaks = LoadedStreaks::new(timeouts);
        loaded_streaks.load_all(tx, &ids.iter().map(String::as_str).collect::<Vec<_>>())?;
        Ok(loaded_streaks)
    }

    fn load_all(&mut self, tx: &mut Tx<'_>, ids: &[&str]) -> Result<()> {
        for (_, kept) in records::of::<StoredStreak>(tx, KIND, ids)? {
            self.take(kept);
        }
        Ok(())
    }

    fn take(&mut self, kept: records::Versioned<StoredStreak>) {
        let StoredStreak {
            key,
            state,
            said,
            frames_said,
            by_default,
            stay,
        } = kept.value;
        if lacks_ids(&key, &state) {
            self.without_id.insert(key.room.clone());
        }
        if self.versions.insert(key.clone(), kept.version).is_none() {
            for (event, said) in frames_said {
                self.said.insert(alone(&key, event), said);
            }
            if let Some(together) = together(&key, &state) {
                self.said.insert(together, said);
            }
            self.stays(&key, stay);
            if !by_default {
                self.named.insert(key.clone());
            }
            self.streaks.insert(key, state);
        }
    }

    /// Takes a frame; `is_named`: it says who receives it. What is to be booked, and what is to be corrected since other frames than before
    /// are of a streak, or say more of it.
    pub(super) fn frame(
        &mut self,
        frame: &Frame,
        said: FrameDetails,
        is_named: bool,
    ) -> (Vec<Booking>, Vec<Booking>) {
        let own = named(frame);
        let own = match &frame.streak {
            Some(_) => own,
            None => alone(&own, Arc::clone(&frame.event_id)),
        };
        if is_named && frame.streak.is_some() {
            self.named.insert(own.clone());
        }
        let taken = self.streaks.take(frame);
        let booked = taken.before.into_iter().filter(|(_, state)| state.booked > 0);
        let before: Vec<(Key, FrameDetails)> = booked
            .map(|(key, state)| {
                let said = self.said_of(&key, &state);
                (key, said)
            })
            .collect();
        self.said.entry(own).or_default().merge(said);
        let mut now: BTreeSet<Key> = before.iter().map(|(key, _)| key.clone()).collect();
        now.insert(taken.key);
        now.retain(|key| self.was_booked_otherwise(key, &before));
        let corrections = now.iter().filter_map(|key| self.streaks.correct(key, frame.at));
        (taken.bookings, corrections.collect())
    }

    /// Whether gifts of a streak were booked by what other frames said.
    fn was_booked_otherwise(&self, key: &Key, before: &[(Key, FrameDetails)]) -> bool {
        let Some(state) = self.streaks.get(key) else {
            return false;
        };
        let is_of_it = |was: &Key| was == key || state.parts.contains(&was.streak);
        let mut before = before.iter().filter(|(was, _)| is_of_it(was)).peekable();
        before.peek().is_some() && {
            let said = self.said_of(key, state);
            before.any(|(_, was)| *was != said)
        }
    }

    /// The keys under which gifts of a streak were booked: its own, and those of streaks that were found to be of it.
    pub(super) fn booked_as(&self, key: &Key) -> Vec<Key> {
        let parts = self.streaks.get(key).map(|state| state.parts.iter());
        let parts = parts.into_iter().flatten().map(|streak| Key {
            streak: streak.clone(),
            ..key.clone()
        });
        std::iter::once(key.clone()).chain(parts).collect()
    }

    /// Whether gifts stand in the books besides those that a streak has.
    pub(super) fn has_more(&self, key: &Key) -> bool {
        self.stay.contains_key(key)
    }

    /// Keeps how many do.
    pub(super) fn stays(&mut self, key: &Key, gifts: u64) {
        match gifts {
            0 => self.stay.remove(key),
            gifts => self.stay.insert(key.clone(), gifts),
        };
    }

    /// How often a streak was corrected.
    pub(super) fn corrections(&self, key: &Key) -> u32 {
        self.streaks.get(key).map_or(0, |state| state.corrected)
    }

    /// The viewers whose streaks are open.
    pub(super) fn viewers(&self) -> Vec<Arc<str>> {
        self.streaks.open().cloned().collect()
    }

    /// Closes what is open and quiet.
    pub(super) fn close(&mut self, now: Timestamp) -> Vec<Booking> {
        self.streaks.close(now)
    }

    /// What the frames of a streak said: those with its id first.
    pub(super) fn said(&self, key: &Key) -> FrameDetails {
        let state = self.streaks.get(key);
        state.map_or_else(FrameDetails::default, |state| self.said_of(key, state))
    }

    fn said_of(&self, key: &Key, state: &State) -> FrameDetails {
        let mut all = self.said_together(key, state);
        for seen in &state.frames {
            all.merge(self.of(&alone(key, Arc::clone(&seen.event))));
        }
        all
    }

    /// What frames with an id said.
    fn said_together(&self, key: &Key, state: &State) -> FrameDetails {
        together(key, state).map_or_else(FrameDetails::default, |part| self.of(&part))
    }

    fn of(&self, part: &Key) -> FrameDetails {
        self.said.get(part).cloned().unwrap_or_default()
    }

    /// Writes what has changed.
    pub(super) fn save(&self, tx: &mut Tx<'_>) -> Result<()> {
        let mut new = Vec::new();
        let mut rooms: BTreeMap<Arc<str>, Vec<(String, bool)>> = BTreeMap::new();
        let mut without_id = BTreeSet::new();
        for (key, state) in self.streaks.changed() {
            if lacks_ids(key, state) && !self.without_id.contains(&key.room) {
                without_id.insert(&*key.room);
            }
            let id = key.to_string();
            let frames = state.frames.iter().map(|seen| {
                let said = self.of(&alone(key, Arc::clone(&seen.event)));
                (Arc::clone(&seen.event), said)
            });
            let kept = StoredStreak {
                key: key.clone(),
                state: state.clone(),
                said: self.said_together(key, state),
                frames_said: frames
                    .filter(|(_, said)| *said != FrameDetails::default())
                    .collect(),
                by_default: matches!(key.streak, Streak::Named(_)) && !self.named.contains(key),
                stay: self.stay.get(key).copied().unwrap_or(0),
            };
            let version = self.versions.get(key).copied().unwrap_or(0);
            new.push(records::new(KIND, &id, version, &kept)?);
            rooms
                .entry(key.room.clone())
                .or_default()
                .push((id, state.phase == Phase::Open));
        }
        for room in without_id {
            new.push(records::new(WITHOUT_ID, room, 0, &WithoutId {})?);
        }
        tx.put(&new)?;
        let ids: Vec<&str> = rooms.keys().map(|room| &**room).collect();
        let mut before: HashMap<String, _> = records::of::<BTreeSet<String>>(tx, OPEN, &ids)?
            .into_iter()
            .collect();
        let mut new = Vec::new();
        for (room, changes) in rooms {
            let before = before.remove(&*room);
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
                new.push(records::new(OPEN, &room, version, &open)?);
            }
        }
        tx.put(&new).map_err(crate::base::error::Error::from)
    }
}

/// Has a frame of the streak no id?
fn lacks_ids(key: &Key, state: &State) -> bool {
    !matches!(key.streak, Streak::Named(_)) || !state.frames.is_empty()
}

/// What a streak's frames with an id are kept under: the streak that they name. Of one that has none, and was kept before its frames
/// were, itself; none where it is of its frames alone.
fn together(key: &Key, state: &State) -> Option<Key> {
    match &state.id {
        Some(id) => Some(Key {
            streak: Streak::Named(Arc::clone(id)),
            ..key.clone()
        }),
        None => {
            let is_of_frames = !matches!(key.streak, Streak::Named(_)) && !state.frames.is_empty();
            (!is_of_frames).then(|| key.clone())
        }
    }
}

/// What a frame without an id is kept under.
fn alone(key: &Key, event: Arc<str>) -> Key {
    Key {
        streak: Streak::Unnamed(event),
        ..key.clone()
    }
}

/// The streak that a frame names; of one that names none only the gift counts.
fn named(frame: &Frame) -> Key {
    Key {
        room: frame.room.clone(),
        viewer: frame.viewer.clone(),
        recipient: frame.recipient.clone(),
        gift: frame.gift.clone(),
        streak: Streak::Named(frame.streak.clone().unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_streak_is_kept_as_it_always_was() {
        let stored = concat!(
            r#"{"room":"r","viewer":"v","recipient":"h","gift":"g","streak":"from:e1","max_seen":3,"booked":1,"#,
            r#""started_at":"2026-09-21T20:00:00Z","last_frame_at":"2026-09-21T20:00:02Z","phase":"timed_out","#,
            r#""coins_each":5,"split":[["h",1],["k",2]]}"#
        );
        let kept: StoredStreak = serde_json::from_str(stored).unwrap();
        assert_eq!(kept.key.streak, Streak::Unnamed("e1".into()));
        assert_eq!(kept.state.phase, Phase::TimedOut);
        assert_eq!(kept.said.split.len(), 2);
        assert_eq!(serde_json::to_string(&kept).unwrap(), stored);
        assert!(serde_json::from_str::<StoredStreak>(&stored.replace("coins_each", "coins_all")).is_err());
    }
}
