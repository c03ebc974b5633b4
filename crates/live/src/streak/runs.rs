//! All frames of one gift at once: which of them are of one streak.
//!
//! Frames are looked at in the order of time, whatever order they came in. Of a streak with an id it is known from its first frame on
//! how far it goes, so that a frame without one between two of its frames is found to be of it.

use super::fitting::{distance, is_of};
use super::known::{Named, Seen};
use super::{Phase, State, Streak, Timeouts};
use event::id::id_order;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Frames that are of one streak.
pub(super) struct Run {
    /// What it would be called by its first frame.
    streak: Streak,
    /// Counts, times, id and frames. Nothing of it is booked, as far as this is known here.
    pub state: State,
    /// Is a gift among its frames that does not come in streaks?
    pub once: bool,
}

/// What comes next: all frames with one id, at the time of their first, or one without an id.
struct Next {
    seen: Seen,
    named: Option<(Arc<str>, Named)>,
}

/// The streaks of some frames: what those say that have ids, by id, and those that have none.
pub(super) fn of(named: BTreeMap<Arc<str>, Named>, frames: Vec<Seen>, timeouts: &Timeouts) -> Vec<Run> {
    let named = named.into_iter().map(|(id, named)| Next {
        seen: named.seen(&id),
        named: Some((id, named)),
    });
    let unnamed = frames.into_iter().map(|seen| Next { seen, named: None });
    let mut order: Vec<Next> = named.chain(unnamed).collect();
    order.sort_by(|a, b| {
        let order = |next: &Next| (next.seen.order(), next.named.is_none());
        order(a)
            .cmp(&order(b))
            .then_with(|| id_order(&a.seen.event, &b.seen.event))
    });
    let mut runs: Vec<Run> = Vec::new();
    // Those that a frame may still be of.
    let mut near: Vec<usize> = Vec::new();
    for next in order {
        near.retain(|run| next.seen.at.duration_since(runs[*run].state.last_frame_at) < timeouts.reach());
        let run = nearest(&runs, &near, &next, timeouts).unwrap_or_else(|| {
            runs.push(Run::begun(&next));
            near.push(runs.len() - 1);
            runs.len() - 1
        });
        runs[run].take(next);
    }
    runs
}

/// Of the streaks that a frame may be of, the one whose frames lie nearest in time.
fn nearest(runs: &[Run], near: &[usize], next: &Next, timeouts: &Timeouts) -> Option<usize> {
    let (seen, id) = (&next.seen, next.named.as_ref().map(|(id, _)| id));
    let fitting = near.iter().copied().filter(|run| {
        let run = &runs[*run];
        is_of(&run.streak, &run.state, seen, id, timeouts)
    });
    fitting.min_by_key(|run| {
        let run = &runs[*run];
        let is_other_kind = matches!(run.streak, Streak::Once(_)) != seen.once;
        (distance(&run.state, seen.at), is_other_kind)
    })
}

impl Run {
    fn begun(next: &Next) -> Run {
        let streak = match &next.named {
            Some((id, _)) => Streak::Named(Arc::clone(id)),
            None => next.seen.streak(),
        };
        Run {
            streak,
            state: State::at(next.seen.at),
            once: false,
        }
    }

    fn take(&mut self, next: Next) {
        let state = &mut self.state;
        match next.named {
            Some((id, named)) => {
                state.max_seen = state.max_seen.max(named.max);
                state.last_frame_at = state.last_frame_at.max(named.to);
                if named.ended {
                    state.phase = Phase::Ended;
                }
                state.id = Some(id);
                state.named = Some(named);
            }
            None => {
                let seen = next.seen;
                // An end before the last frame ends nothing.
                if seen.end && seen.at >= state.last_frame_at {
                    state.phase = Phase::Ended;
                }
                self.once |= seen.once;
                state.max_seen = state.max_seen.max(seen.count);
                state.last_frame_at = state.last_frame_at.max(seen.at);
                state.frames.push(seen);
            }
        }
    }

    /// What it may be called by: its id, or any frame of it, the first one first.
    pub(super) fn names(&self) -> impl Iterator<Item = Streak> + '_ {
        let id = self.state.id.iter().map(|id| Streak::Named(Arc::clone(id)));
        id.chain(self.state.frames.iter().map(Seen::streak))
    }
}
