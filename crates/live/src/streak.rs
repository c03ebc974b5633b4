//! Gift streaks: cumulative frames become bookings, each gift once.
//!
//! A frame says how many gifts its streak has so far; the last one says so. The same frame may come twice, frames may come
//! out of order, and the last one may never come. So a streak keeps the largest count seen and what of it is booked, and
//! books the difference: at its end frame, or when nothing came for the time-out, or, once it is booked, when a frame with a
//! higher count comes late. Whatever the order, what is booked in all is the largest count.
//!
//! A gift that is not streakable is booked at once. That is all its kind decides: a kind may be wrong, and a count is
//! cumulative whatever the kind. So frames with one streak id are one streak, and the same gift under two event ids is one gift.
//!
//! # Frames without a streak id
//!
//! Two frames with the same room, sender, recipient and gift are of one streak if less than the time-out lies between them,
//! and the later one has no lower count, and the streak had not ended before. An end frame that repeats the last count of an
//! ended streak within two seconds is that end frame again. Everything else begins a streak: a lower count, a longer gap, a frame after the end.
//!
//! Of gifts that come once nobody gives two in one millisecond: a frame of the same time is the same gift again. A later one
//! with the same count is another gift, unless it is the end frame; one with a higher count goes on with what has not ended.
//! By this second rule a frame also goes on with a streak of the other kind, and one that lacks the id with a streak that has one:
//! frames of one streak may differ in what they say of its kind, and some may lack its id, the first one too. A streak that began
//! without an id takes the id of the first frame of it that carries one, and no frame of another id.
//!
//! Between two frames with one id everything without one is of that streak, however long the pauses are, unless it counts further
//! than the streak's end.
//!
//! Which frames are of one streak is decided by all of them in the order of time, whenever one comes (`runs`): so what is booked in
//! the end does not depend on which was booked first. What had been booked otherwise is corrected: see [`Booking`].

mod fitting;
mod kept;
mod known;
mod runs;
mod timeouts;

pub use kept::{Streaks, Taken};
pub use known::{Named, Seen};
pub use timeouts::Timeouts;

use crate::catalogue::Catalogue;
use event::live::GiftFrame;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::sync::Arc;

/// How a streak is told from others with the same room, sender, recipient and gift.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Streak {
    /// By the id that its frames carry.
    Named(Arc<str>),
    /// By the event id of its first frame: its frames carry none.
    Unnamed(Arc<str>),
    /// A gift that is not streakable, by the event id of its first frame: its frames carry no id.
    Once(Arc<str>),
}

impl Streak {
    /// Reads what `Display` wrote.
    pub fn parse(text: &str) -> Option<Streak> {
        let (kind, id) = text.split_once(':')?;
        match kind {
            "streak" => Some(Streak::Named(id.into())),
            "from" => Some(Streak::Unnamed(id.into())),
            "once" => Some(Streak::Once(id.into())),
            _ => None,
        }
    }
}

/// `streak:ID`, `from:EVENT` or `once:EVENT`; [`Streak::parse`] reads it.
impl fmt::Display for Streak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Streak::Named(id) => write!(f, "streak:{id}"),
            Streak::Unnamed(id) => write!(f, "from:{id}"),
            Streak::Once(id) => write!(f, "once:{id}"),
        }
    }
}

/// As its text.
impl Serialize for Streak {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Streak {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Streak::parse(&text).ok_or_else(|| de::Error::custom(format!("`{text}` names no streak")))
    }
}

/// What a streak is counted by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    /// The LIVE room.
    pub room: Arc<str>,
    /// Who sends.
    pub viewer: Arc<str>,
    /// Who receives.
    pub recipient: Arc<str>,
    /// Which gift.
    pub gift: Arc<str>,
    /// Which streak of it.
    pub streak: Streak,
}

/// A text that no other key gives: its parts with `/` between them, where `~` is written `~0` and `/` is written `~1`.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let streak = self.streak.to_string();
        let parts = [&*self.room, &*self.viewer, &*self.recipient, &*self.gift, &streak];
        f.write_str(&parts.map(escaped).join("/"))
    }
}

impl Key {
    /// How the texts of all keys of the same room, sender, recipient and gift begin, and of no others.
    pub fn gift_prefix(&self) -> String {
        let parts = [&*self.room, &*self.viewer, &*self.recipient, &*self.gift];
        format!("{}/", parts.map(escaped).join("/"))
    }

    /// How the texts of all keys of a room begin, and of no other room.
    pub fn prefix(room: &str) -> String {
        format!("{}/", escaped(room))
    }
}

fn escaped(part: &str) -> String {
    part.replace('~', "~0").replace('/', "~1")
}

/// A frame with recipient and kind of gift resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Names the frame.
    pub event_id: Arc<str>,
    /// The LIVE room.
    pub room: Arc<str>,
    /// Who sends.
    pub viewer: Arc<str>,
    /// Who receives.
    pub recipient: Arc<str>,
    /// Which gift.
    pub gift: Arc<str>,
    /// The streak's id, where the frame carries one.
    pub streak: Option<Arc<str>>,
    /// When it was shown.
    pub at: Timestamp,
    /// Gifts so far.
    pub count: u32,
    /// The last frame of its streak.
    pub end: bool,
    /// Does the gift come in streaks?
    pub streakable: bool,
}

/// A frame that says neither who receives the gift nor in whose room it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoRecipient {
    /// The room.
    pub room: Arc<str>,
}

impl fmt::Display for NoRecipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the frame names no recipient, and nothing says who hosts room {}",
            self.room
        )
    }
}

/// The streak that a frame names. On the wire 0 is what is not there.
pub fn streak_id(frame: &GiftFrame) -> Option<&Arc<str>> {
    frame.streak.as_ref().filter(|id| &***id != "0")
}

impl Frame {
    /// Resolves a frame: the recipient it names, else the host it names, else the room's host.
    pub fn resolve(
        frame: &GiftFrame,
        catalogue: &Catalogue,
        room_host: Option<&Arc<str>>,
    ) -> Result<Frame, NoRecipient> {
        let named = frame.to_user.as_ref().or(frame.host.as_ref()).or(room_host);
        let recipient = named.ok_or_else(|| NoRecipient {
            room: Arc::clone(&frame.room),
        })?;
        let streakable = catalogue.is_streakable(frame);
        Ok(Frame {
            event_id: Arc::clone(&frame.event_id),
            room: Arc::clone(&frame.room),
            viewer: Arc::clone(&frame.viewer),
            recipient: Arc::clone(recipient),
            gift: Arc::clone(&frame.gift),
            streak: streak_id(frame).cloned(),
            at: frame.occurred_at,
            // A gift that comes once is one gift, even where its count is left at 0.
            count: if streakable {
                frame.repeat_count
            } else {
                frame.repeat_count.max(1)
            },
            end: frame.repeat_end,
            streakable,
        })
    }

    fn key(&self, streak: Streak) -> Key {
        Key {
            room: Arc::clone(&self.room),
            viewer: Arc::clone(&self.viewer),
            recipient: Arc::clone(&self.recipient),
            gift: Arc::clone(&self.gift),
            streak,
        }
    }
}

/// What is known of a streak.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The largest count seen.
    pub max_seen: u32,
    /// What of it is booked.
    pub booked: u32,
    /// Time of its earliest frame. The price of its gifts is that of this time.
    pub started_at: Timestamp,
    /// Time of its latest frame.
    pub last_frame_at: Timestamp,
    /// Is it over?
    pub phase: Phase,
    /// The id that some of its frames carry, where others do not and its key has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Arc<str>>,
    /// The count of its earliest frame, where all have the id and that is not the largest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<u32>,
    /// What those of its frames say that have the id, where others have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub named: Option<Named>,
    /// Its frames that have no id, in the order of time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frames: Vec<Seen>,
    /// Streaks that were found to be of this one after gifts of them were booked: what is booked counts those.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Streak>,
    /// How often what is booked of it was corrected.
    #[serde(default, skip_serializing_if = "is_never")]
    pub corrected: u32,
}

fn is_never(times: &u32) -> bool {
    *times == 0
}

impl State {
    /// When it is over if nothing comes.
    fn over_at(&self, timeouts: &Timeouts) -> Timestamp {
        let timeout = timeouts.from(self.started_at);
        self.last_frame_at
            .saturating_add(timeout)
            .unwrap_or(Timestamp::MAX)
    }

    /// A streak of which nothing came, so far.
    fn at(at: Timestamp) -> State {
        State {
            max_seen: 0,
            booked: 0,
            started_at: at,
            last_frame_at: at,
            phase: Phase::Open,
            id: None,
            first: None,
            named: None,
            frames: Vec::new(),
            parts: Vec::new(),
            corrected: 0,
        }
    }
}

/// Is a streak over?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// More is expected.
    Open,
    /// Its end frame came.
    Ended,
    /// Nothing came for the time-out.
    TimedOut,
    /// Its gift comes once: it was booked at once, and no end frame came.
    Once,
}

/// Why a booking is made now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The streak's end frame came.
    End,
    /// Nothing came for the time-out.
    Timeout,
    /// A frame with a higher count came after the streak was booked.
    Late,
    /// The gift comes once.
    Once,
}

impl Cause {
    const fn of(was_over: bool, is_streakable: bool) -> Cause {
        match (was_over, is_streakable) {
            (true, _) => Cause::Late,
            (false, true) => Cause::End,
            (false, false) => Cause::Once,
        }
    }

    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Cause::End => "end",
            Cause::Timeout => "timeout",
            Cause::Late => "late",
            Cause::Once => "once",
        }
    }
}

/// Gifts to be booked: numbers `from + 1` to `upto` of a streak. Or a correction: what is booked is more than there was, or was booked
/// as if the streak had begun at another time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booking {
    /// The streak.
    pub key: Key,
    /// Gifts of it that were booked before.
    pub from: u32,
    /// Gifts of it that are booked in all.
    pub upto: u32,
    /// When: the end frame, the last frame before a time-out, the late frame.
    pub at: Timestamp,
    /// When the streak began: its price is that of this time.
    pub started_at: Timestamp,
    /// Why now.
    pub cause: Cause,
    /// Times at which the streak was taken to have begun when gifts of it were booked.
    pub moved_from: Vec<Timestamp>,
    /// How often what is booked of the streak was corrected, with this time.
    pub corrected: u32,
}

impl Booking {
    /// How many gifts more are booked; below zero: less.
    pub fn count(&self) -> i64 {
        i64::from(self.upto) - i64::from(self.from)
    }

    /// A text that no other booking gives and that is the same whenever this one is made again.
    pub fn reference(&self) -> String {
        match self.corrected {
            0 => format!("{}/{}", self.key, self.upto),
            times => format!("{}/{}/{times}", self.key, self.upto),
        }
    }
}

/// Takes a frame into the state of its streak (`None`: its first), and says what is to be booked. All frames of the streak have its id.
fn fold(key: &Key, state: Option<&State>, frame: &Frame) -> (State, Option<Booking>) {
    let mut next = state.cloned().unwrap_or_else(|| State::at(frame.at));
    let was_over = next.phase != Phase::Open;
    let mut named = Named::of(frame);
    if let Some((_, known)) = state.and_then(|state| known::of(key, state)) {
        named.merge(&known);
    }
    let began = next.started_at;
    next.max_seen = next.max_seen.max(frame.count);
    next.started_at = next.started_at.min(frame.at);
    next.last_frame_at = next.last_frame_at.max(frame.at);
    next.first = Some(named.first).filter(|first| *first != next.max_seen);
    if frame.end {
        next.phase = Phase::Ended;
    } else if !frame.streakable && next.phase == Phase::Open {
        next.phase = Phase::Once;
    }
    let cause = Cause::of(was_over, frame.streakable);
    let moved = began != next.started_at && next.booked > 0;
    let moved_from = if moved { vec![began] } else { Vec::new() };
    let booking = book(key, &mut next, frame.at, cause, moved_from);
    (next, booking)
}

/// Closes a streak that is open and over.
fn close(key: &Key, state: &State) -> (State, Option<Booking>) {
    let mut next = State {
        phase: Phase::TimedOut,
        ..state.clone()
    };
    let booking = book(key, &mut next, state.last_frame_at, Cause::Timeout, Vec::new());
    (next, booking)
}

/// Books all that a streak has; of one that is open nothing yet. Corrects what is booked otherwise.
fn book(
    key: &Key,
    state: &mut State,
    at: Timestamp,
    cause: Cause,
    moved_from: Vec<Timestamp>,
) -> Option<Booking> {
    let from = state.booked;
    state.booked = match state.phase {
        Phase::Open => from.min(state.max_seen),
        Phase::Ended | Phase::TimedOut | Phase::Once => state.max_seen,
    };
    if state.booked == from && moved_from.is_empty() {
        return None;
    }
    state.corrected += u32::from(state.booked < from || !moved_from.is_empty());
    Some(Booking {
        key: key.clone(),
        from,
        upto: state.booked,
        at,
        started_at: state.started_at,
        cause,
        moved_from,
        corrected: state.corrected,
    })
}
