//! Which streak a frame is of, by time and count: where it has no id, or the streak has none. Frames come in the order of time.

use super::{Phase, Seen, State, Streak, Timeouts};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// So near to its end a streak's end frame may come again; later it is the end of another one, of which no other frame came.
const SAME_END: SignedDuration = SignedDuration::from_secs(2);

impl Timeouts {
    /// Frames that lie this far apart know nothing of each other, unless both have one id.
    pub(super) fn reach(&self) -> SignedDuration {
        self.longest().max(SAME_END)
    }
}

/// Is a frame of a streak of its gift, where one of them or both have no id?
pub(super) fn is_of(
    streak: &Streak,
    state: &State,
    seen: &Seen,
    id: Option<&Arc<str>>,
    timeouts: &Timeouts,
) -> bool {
    if let (Some(named), None) = (&state.named, id)
        && named.spans(seen.at)
    {
        // Nobody gives two streaks of one gift at one time. What counts further than the end is no part of it.
        return seen.count <= state.max_seen || !named.ended || seen.at == named.to;
    }
    let by_time = match (streak, id) {
        (Streak::Named(_), Some(_)) => return false,
        // What has an id is its own but for a count that goes on.
        (Streak::Named(_), None) if seen.at > state.last_frame_at => goes_on_with,
        (Streak::Once(_), _) => goes_on_with,
        (Streak::Named(_) | Streak::Unnamed(_), _) if !seen.once => belongs,
        (Streak::Named(_) | Streak::Unnamed(_), _) => goes_on_with,
    };
    match (&state.id, id) {
        (Some(known), Some(id)) => known == id,
        _ => by_time(state, seen, timeouts.from(state.started_at)),
    }
}

/// Is a frame of this streak, by time and count?
fn belongs(state: &State, seen: &Seen, timeout: SignedDuration) -> bool {
    let quiet = seen.at.duration_since(state.last_frame_at);
    match state.phase {
        _ if !quiet.is_positive() => true,
        Phase::Ended => is_same_end(state, seen),
        Phase::Open | Phase::TimedOut | Phase::Once => seen.count >= state.max_seen && quiet < timeout,
    }
}

/// Is it the end frame that came, once more? Two gifts of one that come once may be given so soon.
fn is_same_end(state: &State, seen: &Seen) -> bool {
    let apart = seen.at.duration_since(state.last_frame_at).abs();
    let is_end = seen.end && state.phase == Phase::Ended && seen.count == state.max_seen;
    is_end && apart < SAME_END && (!seen.once || seen.count > 1)
}

/// Is a frame whose gift comes once, or whose streak is of another kind, of the gift or count of this state?
fn goes_on_with(state: &State, seen: &Seen, timeout: SignedDuration) -> bool {
    let is_over = state.phase == Phase::Ended;
    if is_same_end(state, seen) {
        return true;
    }
    if seen.at > state.last_frame_at {
        let near = seen.at.duration_since(state.last_frame_at) < timeout;
        let goes_on = seen.count > state.max_seen || seen.end && seen.count == state.max_seen;
        return near && goes_on && !is_over;
    }
    seen.count <= state.max_seen || !is_over
}

/// How far a time lies behind a streak.
pub(super) fn distance(state: &State, at: Timestamp) -> SignedDuration {
    at.duration_since(state.last_frame_at).max(SignedDuration::ZERO)
}
