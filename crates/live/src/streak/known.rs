//! What is kept of the frames of a streak of which some have no id: enough to decide again which frames are of one streak.

use super::{Frame, Key, Phase, State, Streak};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A frame that has no streak id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// Names the frame.
    pub event: Arc<str>,
    /// When it was shown.
    pub at: Timestamp,
    /// Gifts so far.
    pub count: u32,
    /// The last frame of its streak.
    #[serde(default, skip_serializing_if = "is_not")]
    pub end: bool,
    /// Its gift does not come in streaks.
    #[serde(default, skip_serializing_if = "is_not")]
    pub once: bool,
}

fn is_not(yes: &bool) -> bool {
    !yes
}

impl Seen {
    pub(super) fn of(frame: &Frame) -> Seen {
        Seen {
            event: Arc::clone(&frame.event_id),
            at: frame.at,
            count: frame.count,
            end: frame.end,
            once: !frame.streakable,
        }
    }

    /// What decides which of two frames comes first.
    pub(super) const fn order(&self) -> (Timestamp, u32, bool) {
        (self.at, self.count, self.end)
    }

    /// What its streak is called if it is the first of it.
    pub(super) fn streak(&self) -> Streak {
        match self.once {
            true => Streak::Once(Arc::clone(&self.event)),
            false => Streak::Unnamed(Arc::clone(&self.event)),
        }
    }
}

/// What all frames with one streak id say together. The order in which they come makes no difference to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// Time of the earliest one.
    pub from: Timestamp,
    /// Its count.
    pub first: u32,
    /// Time of the latest one.
    pub to: Timestamp,
    /// The largest count.
    pub max: u32,
    /// Did an end frame come?
    #[serde(default, skip_serializing_if = "is_not")]
    pub ended: bool,
}

impl Named {
    pub(super) fn of(frame: &Frame) -> Named {
        Named {
            from: frame.at,
            first: frame.count,
            to: frame.at,
            max: frame.count,
            ended: frame.end,
        }
    }

    pub(super) fn merge(&mut self, other: &Named) {
        let first = |one: &Named| (one.from, one.first);
        (self.from, self.first) = first(self).min(first(other));
        self.to = self.to.max(other.to);
        self.max = self.max.max(other.max);
        self.ended |= other.ended;
    }

    /// Its first frame.
    pub(super) fn seen(&self, id: &Arc<str>) -> Seen {
        Seen {
            event: Arc::clone(id),
            at: self.from,
            count: self.first,
            end: self.ended && self.from == self.to,
            once: false,
        }
    }

    /// Does a time lie between its frames?
    pub(super) fn spans(&self, at: Timestamp) -> bool {
        self.from <= at && at <= self.to
    }
}

/// The id of a streak.
pub(super) fn id<'s>(key: &'s Key, state: &'s State) -> Option<&'s Arc<str>> {
    match &key.streak {
        Streak::Named(id) => Some(id),
        Streak::Unnamed(_) | Streak::Once(_) => state.id.as_ref(),
    }
}

/// What a streak would be called by its first frame.
pub(super) fn began(key: &Key, state: &State) -> Streak {
    let Some(first) = state.frames.first() else {
        return key.streak.clone();
    };
    match (id(key, state), &state.named) {
        (Some(id), Some(named)) if named.seen(id).order() <= first.order() => Streak::Named(Arc::clone(id)),
        _ => first.streak(),
    }
}

/// The id of a streak, and what its frames say that have it; none: no frame has an id.
pub(super) fn of(key: &Key, state: &State) -> Option<(Arc<str>, Named)> {
    let id = id(key, state)?;
    // Where nothing is noted all frames have the id, or the streak was kept before anything was.
    let named = state.named.clone().unwrap_or_else(|| Named {
        from: state.started_at,
        first: state.first.unwrap_or(state.max_seen),
        to: state.last_frame_at,
        max: state.max_seen,
        ended: state.phase == Phase::Ended,
    });
    Some((Arc::clone(id), named))
}

/// The frames of a streak that have no id. Of one that was kept before frames were: its first and its last.
pub(super) fn frames(key: &Key, state: &State) -> Vec<Seen> {
    let (event, once) = match &key.streak {
        Streak::Unnamed(event) => (event, false),
        Streak::Once(event) => (event, true),
        Streak::Named(_) => return state.frames.clone(),
    };
    if !state.frames.is_empty() || state.named.is_some() || state.id.is_some() {
        return state.frames.clone();
    }
    let last = Seen {
        event: Arc::clone(event),
        at: state.last_frame_at,
        count: state.max_seen,
        end: state.phase == Phase::Ended,
        once,
    };
    if state.started_at == state.last_frame_at {
        return vec![last];
    }
    let first = Seen {
        at: state.started_at,
        count: state.max_seen.min(1),
        end: false,
        ..last.clone()
    };
    let last = Seen {
        event: format!("{event}~").into(),
        ..last
    };
    vec![first, last]
}

/// Is it what is left of a streak whose frames are of another one?
pub(super) fn is_left_over(state: &State) -> bool {
    state.corrected > 0 && state.max_seen == 0 && state.frames.is_empty() && state.named.is_none()
}
