//! Which streak a frame is of, by time and count: where it has no id, or the streak has none.

use super::{Frame, Key, Phase, State, Streak};
use jiff::{SignedDuration, Timestamp};

/// So near to its end a streak's end frame may come again; later it is the end of another one, of which no other frame came.
const SAME_END: SignedDuration = SignedDuration::from_secs(2);

/// Is a frame of a streak of its gift, where one of them or both have no id?
pub(super) fn is_of(key: &Key, state: &State, frame: &Frame, timeout: SignedDuration) -> bool {
    let by_time = match (&key.streak, &frame.streak) {
        (Streak::Named(_), Some(_)) => return false,
        // What has an id is its own but for a count that goes on, and for frames from within.
        (Streak::Named(_), None) if frame.at > state.last_frame_at => goes_on_with,
        (Streak::Once(_), _) => goes_on_with,
        (Streak::Named(_) | Streak::Unnamed(_), _) if frame.streakable => belongs,
        (Streak::Named(_) | Streak::Unnamed(_), _) => goes_on_with,
    };
    match (&state.id, &frame.streak) {
        (Some(known), Some(id)) => known == id,
        _ => by_time(state, frame, timeout),
    }
}

/// Is a frame of this streak, by time and count?
fn belongs(state: &State, frame: &Frame, timeout: SignedDuration) -> bool {
    if frame.at > state.last_frame_at {
        let quiet = frame.at.duration_since(state.last_frame_at);
        return match state.phase {
            Phase::Ended => is_same_end(state, frame),
            Phase::Open | Phase::TimedOut | Phase::Once => frame.count >= state.max_seen && quiet < timeout,
        };
    }
    // Nothing comes behind the end of a streak: it is that of another one, or the same that came again and was read first.
    if frame.end && frame.at < state.last_frame_at {
        return is_same_end(state, frame);
    }
    // An earlier frame that came late: it cannot have counted further.
    let near = state.started_at.duration_since(frame.at) < timeout;
    near && (frame.count <= state.max_seen || frame.at == state.last_frame_at)
}

/// Is it the end frame that came, once more? Two gifts of one that come once may be given so soon.
fn is_same_end(state: &State, frame: &Frame) -> bool {
    let apart = frame.at.duration_since(state.last_frame_at).abs();
    let is_end = frame.end && state.phase == Phase::Ended && frame.count == state.max_seen;
    is_end && apart < SAME_END && (frame.streakable || frame.count > 1)
}

/// Is a frame whose gift comes once, or whose streak is of another kind, of the gift or count of this state?
fn goes_on_with(state: &State, frame: &Frame, timeout: SignedDuration) -> bool {
    let is_over = state.phase == Phase::Ended;
    if is_same_end(state, frame) {
        return true;
    }
    if frame.at > state.last_frame_at {
        let near = frame.at.duration_since(state.last_frame_at) < timeout;
        let goes_on = frame.count > state.max_seen || frame.end && frame.count == state.max_seen;
        return near && goes_on && !is_over;
    }
    if frame.at < state.started_at {
        let near = state.started_at.duration_since(frame.at) < timeout;
        // An end frame that came first has the count of the frame that it ends.
        return near
            && !frame.end
            && (frame.count < state.max_seen || is_over && frame.count == state.max_seen);
    }
    frame.count <= state.max_seen || !is_over
}

pub(super) fn distance(state: &State, at: Timestamp) -> SignedDuration {
    if at < state.started_at {
        state.started_at.duration_since(at)
    } else if at > state.last_frame_at {
        at.duration_since(state.last_frame_at)
    } else {
        SignedDuration::ZERO
    }
}
