//! Streaks with their states: loaded, fed with frames, closed, stored again.

use super::known::{self, Named, Seen};
use super::runs::{self, Run};
use super::{Booking, Cause, Frame, Key, Phase, State, Streak, Timeouts, book, close, fitting, fold};
use event::id::id_order;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Streaks with their states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Streaks {
    timeouts: Timeouts,
    states: BTreeMap<Key, State>,
    changed: BTreeSet<Key>,
    /// Those that are open, by the time at which they are over if nothing comes.
    open: BTreeSet<(Timestamp, Key)>,
}

/// What a frame did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The streak that it is of.
    pub key: Key,
    /// What is to be booked and corrected, corrections first.
    pub bookings: Vec<Booking>,
    /// The streaks that it has to do with, as they were.
    pub before: Vec<(Key, State)>,
}

impl Streaks {
    /// None yet.
    pub const fn new(timeouts: Timeouts) -> Streaks {
        Streaks {
            timeouts,
            states: BTreeMap::new(),
            changed: BTreeSet::new(),
            open: BTreeSet::new(),
        }
    }

    /// Takes a streak as it was stored. For frames without a streak id all streaks of their gifts must be here, and for frames with one
    /// if a frame of the gift has none.
    pub fn insert(&mut self, key: Key, state: State) {
        let over_at = |state: &State| match state.phase {
            Phase::Open => Some(state.over_at(&self.timeouts)),
            Phase::Ended | Phase::TimedOut | Phase::Once => None,
        };
        let now = over_at(&state);
        let before = self
            .states
            .insert(key.clone(), state)
            .and_then(|before| over_at(&before));
        if before == now {
            return;
        }
        if let Some(before) = before {
            self.open.remove(&(before, key.clone()));
        }
        self.open.extend(now.map(|now| (now, key)));
    }

    /// Every streak, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &State)> {
        self.states.iter()
    }

    /// The state of a streak.
    pub fn get(&self, key: &Key) -> Option<&State> {
        self.states.get(key)
    }

    /// The streaks that changed since they were loaded, by key: those to store.
    pub fn changed(&self) -> impl Iterator<Item = (&Key, &State)> {
        self.changed.iter().map(|key| (key, &self.states[key]))
    }

    /// Takes one frame.
    pub fn take(&mut self, frame: &Frame) -> Taken {
        let near = self.goes_on(frame);
        let near = near.unwrap_or_else(|| self.near(frame));
        match &frame.streak {
            Some(id) if near.iter().all(|key| self.is_plain(key)) => {
                let key = frame.key(Streak::Named(Arc::clone(id)));
                let before = self.states.get(&key);
                let (state, booking) = fold(&key, before, frame);
                let before = before.map(|before| (key.clone(), before.clone()));
                self.put(key.clone(), state);
                Taken {
                    key,
                    bookings: booking.into_iter().collect(),
                    before: before.into_iter().collect(),
                }
            }
            _ => self.decide(frame, near),
        }
    }

    /// Have all frames of a streak its id?
    fn is_plain(&self, key: &Key) -> bool {
        let state = &self.states[key];
        matches!(key.streak, Streak::Named(_)) && state.named.is_none() && state.frames.is_empty()
    }

    fn put(&mut self, key: Key, state: State) {
        if self.states.get(&key) == Some(&state) {
            return;
        }
        self.insert(key.clone(), state);
        self.changed.insert(key);
    }

    /// The streaks of a frame's gift.
    fn of_gift<'s>(&'s self, frame: &Frame) -> impl Iterator<Item = (&'s Key, &'s State)> + use<'s> {
        let first = frame.key(Streak::Named("".into()));
        let of = [&first.room, &first.viewer, &first.recipient, &first.gift].map(Arc::clone);
        let is_same = move |key: &Key| of.each_ref() == [&key.room, &key.viewer, &key.recipient, &key.gift];
        let alike = self
            .states
            .range(first..)
            .take_while(move |(key, _)| is_same(key));
        alike.filter(|(_, state)| !known::is_left_over(state))
    }

    /// The streak that a frame goes on with, none where it begins one. `None`: it is not the last frame of its gift, or it says more
    /// than what it is of itself. What comes in the order of time, as nearly everything does, needs no other frames to be looked at.
    fn goes_on(&self, frame: &Frame) -> Option<Vec<Key>> {
        let (seen, id) = (Seen::of(frame), frame.streak.as_ref());
        let seen = Seen {
            once: seen.once && id.is_none(),
            ..seen
        };
        let mut fitting: Vec<&Key> = Vec::new();
        let mut own: Option<(&Key, &State)> = None;
        let mut latest_other = Timestamp::MIN;
        for (key, state) in self.of_gift(frame) {
            if state.last_frame_at >= frame.at {
                return None;
            }
            let known = known::id(key, state);
            if id.is_some() && known == id {
                own = Some((key, state));
                continue;
            }
            latest_other = latest_other.max(state.last_frame_at);
            let is_near = frame.at.duration_since(state.last_frame_at) < self.timeouts.reach();
            let may_be = is_near && (id.is_none() || known.is_none());
            if may_be && fitting::is_of(&known::began(key, state), state, &seen, id, &self.timeouts) {
                fitting.push(key);
            }
        }
        let Some((key, state)) = own else {
            return (fitting.len() < 2).then(|| fitting.into_iter().cloned().collect());
        };
        // Nothing lies between it and the frame before it with its id, and no frame of it counts further than an end that comes now.
        let (_, named) = known::of(key, state)?;
        let ends_it = frame.end && frame.count < state.max_seen;
        let says_no_more = latest_other <= named.to && !named.ended && !ends_it;
        says_no_more.then(|| vec![key.clone()])
    }

    /// The streaks of a frame's gift that the frame may have to do with, directly or through others: all that are not so far from
    /// each other in time that they know nothing of each other.
    fn near(&self, frame: &Frame) -> Vec<Key> {
        let mut spans: Vec<(Timestamp, Timestamp, &Key)> = self
            .of_gift(frame)
            .map(|(key, state)| (state.started_at, state.last_frame_at, key))
            .collect();
        spans.sort();
        let (mut from, mut to) = (frame.at, frame.at);
        for (begins, ends, key) in &spans {
            let has_its_id =
                || known::of(key, &self.states[*key]).is_some_and(|(id, _)| Some(id) == frame.streak);
            if frame.streak.is_some() && has_its_id() {
                (from, to) = (from.min(*begins), to.max(*ends));
            }
        }
        let reach = self.timeouts.reach();
        let mut near: Vec<Key> = Vec::new();
        // Stretches of time without a pause; the one that the frame lies in is the one that counts.
        let mut stretch: Vec<&Key> = Vec::new();
        let mut end = Timestamp::MIN;
        let mut is_here = false;
        let mut waits = Some((from, to));
        let mut spans = spans.into_iter().peekable();
        loop {
            let own_is_next = match (&waits, spans.peek()) {
                (Some((from, _)), Some((begins, ..))) => from <= begins,
                (Some(_), None) => true,
                (None, Some(_)) => false,
                (None, None) => break,
            };
            let (begins, ends, key) = match own_is_next {
                true => waits.take().map(|(from, to)| (from, to, None)),
                false => spans.next().map(|(begins, ends, key)| (begins, ends, Some(key))),
            }
            .expect("one of them is next");
            if begins.duration_since(end) > reach {
                if is_here {
                    break;
                }
                stretch.clear();
            }
            is_here |= key.is_none();
            stretch.extend(key);
            end = end.max(ends);
        }
        near.extend(stretch.into_iter().cloned());
        near
    }

    /// Decides anew which frames are of one streak, with one more, and what of them is to be booked and corrected.
    fn decide(&mut self, frame: &Frame, near: Vec<Key>) -> Taken {
        let before: Vec<(Key, State)> = near
            .into_iter()
            .map(|key| (key.clone(), self.states[&key].clone()))
            .collect();
        let runs = runs_with(&before, frame, &self.timeouts);
        let mut mine: Vec<Vec<usize>> = vec![Vec::new(); runs.len()];
        for (index, run) in owners(&before, &runs).into_iter().enumerate() {
            mine[run].push(index);
        }
        let keys = self.keys(frame, &before, &runs, &mine);
        let of_frame = runs.iter().position(|run| has(run, frame)).unwrap_or(0);
        let mut bookings = Vec::new();
        for (index, run) in runs.into_iter().enumerate() {
            let of: Vec<&(Key, State)> = mine[index].iter().map(|one| &before[*one]).collect();
            let frame = (index == of_frame).then_some(frame);
            let (state, booking) = self.next(&keys[index], run, &of, frame);
            bookings.extend(booking);
            self.put(keys[index].clone(), state);
        }
        for (key, state) in &before {
            if !keys.contains(key) {
                let left_over = State {
                    phase: Phase::TimedOut,
                    corrected: state.corrected + 1,
                    ..State::at(state.started_at)
                };
                self.put(key.clone(), left_over);
            }
        }
        bookings.sort_by_key(|booking| booking.count() >= 0);
        Taken {
            key: keys[of_frame].clone(),
            bookings,
            before,
        }
    }

    /// What each streak is called: as it was, so that what is booked of it is found again; a new one by its id or a frame of it.
    fn keys(&self, frame: &Frame, before: &[(Key, State)], runs: &[Run], mine: &[Vec<usize>]) -> Vec<Key> {
        let known = |of: &Vec<usize>| {
            let of = of.iter().map(|one| &before[*one]);
            let best = of.max_by_key(|(key, state)| {
                (
                    matches!(key.streak, Streak::Named(_)),
                    state.booked,
                    std::cmp::Reverse(key),
                )
            });
            best.map(|(key, _)| key.clone())
        };
        let mut keys: Vec<Option<Key>> = mine.iter().map(known).collect();
        for (index, run) in runs.iter().enumerate() {
            if keys[index].is_some() {
                continue;
            }
            let is_free = |key: &Key| !keys.iter().flatten().any(|other| other == key);
            let key = run.names().map(|streak| frame.key(streak)).find(is_free);
            keys[index] =
                Some(key.unwrap_or_else(|| frame.key(Streak::Unnamed(Arc::clone(&frame.event_id)))));
        }
        keys.into_iter().flatten().collect()
    }

    /// The state of a streak after its frames were found, and what is to be booked. `of`: what was known of it, maybe as several
    /// streaks; `frame`: the new frame, where it is of this one.
    fn next(
        &self,
        key: &Key,
        run: Run,
        of: &[&(Key, State)],
        frame: Option<&Frame>,
    ) -> (State, Option<Booking>) {
        let was_over = of.iter().any(|(_, state)| state.phase != Phase::Open);
        let is_once = run.once || frame.is_some_and(|frame| !frame.streakable);
        let mut state = run.state;
        state.phase = match state.phase {
            Phase::Ended => Phase::Ended,
            _ if is_once => Phase::Once,
            _ if was_over => Phase::TimedOut,
            _ => Phase::Open,
        };
        state.booked = of.iter().map(|(_, state)| state.booked).sum();
        let booked = of
            .iter()
            .filter(|(_, state)| state.booked > 0 || !state.parts.is_empty());
        let mut parts: Vec<Streak> = booked
            .flat_map(|(key, state)| std::iter::once(&key.streak).chain(&state.parts))
            .filter(|streak| **streak != key.streak)
            .cloned()
            .collect();
        parts.sort();
        parts.dedup();
        state.parts = parts;
        state.corrected = match of.iter().find(|(known, _)| known == key) {
            Some((_, known)) => known.corrected,
            None => self
                .states
                .get(key)
                .map_or(0, |left_over| left_over.corrected + 1),
        };
        if matches!(key.streak, Streak::Named(_)) {
            state.id = None;
            if state.frames.is_empty() {
                let first = state.named.take().map(|named| named.first);
                state.first = first.filter(|first| *first != state.max_seen);
            }
        }
        let mut moved_from: Vec<Timestamp> = of
            .iter()
            .filter(|(_, known)| known.booked > 0 && known.started_at != state.started_at)
            .map(|(_, known)| known.started_at)
            .collect();
        moved_from.sort();
        moved_from.dedup();
        let at = frame.map_or(state.last_frame_at, |frame| frame.at);
        let cause = Cause::of(
            was_over || frame.is_none(),
            frame.is_none_or(|frame| frame.streakable),
        );
        let booking = book(key, &mut state, at, cause, moved_from);
        (state, booking)
    }

    /// Takes frames in the order of their time and id, whatever order they are given in.
    pub fn take_all(&mut self, frames: &[Frame]) -> Vec<Booking> {
        let mut order: Vec<&Frame> = frames.iter().collect();
        order.sort_by(|a, b| {
            a.at.cmp(&b.at)
                .then(a.count.cmp(&b.count))
                .then(a.end.cmp(&b.end))
                .then_with(|| id_order(&a.event_id, &b.event_id))
        });
        order
            .into_iter()
            .flat_map(|frame| self.take(frame).bookings)
            .collect()
    }

    /// Closes what is open and quiet for its time-out, in the order in which it was over.
    pub fn close(&mut self, now: Timestamp) -> Vec<Booking> {
        let mut bookings = Vec::new();
        while self.open.first().is_some_and(|(over_at, _)| *over_at <= now)
            && let Some((_, key)) = self.open.pop_first()
        {
            let (next, booking) = close(&key, &self.states[&key]);
            self.put(key, next);
            bookings.extend(booking);
        }
        bookings
    }

    /// Corrects what is booked of a streak, since something else than its frames' times and counts is known now; none: nothing is booked.
    pub fn correct(&mut self, key: &Key, at: Timestamp) -> Option<Booking> {
        let state = self.states.get(key).filter(|state| state.booked > 0)?;
        let mut next = state.clone();
        next.corrected += 1;
        let booking = Booking {
            key: key.clone(),
            from: next.booked,
            upto: next.booked,
            at,
            started_at: next.started_at,
            cause: Cause::Late,
            moved_from: Vec::new(),
            corrected: next.corrected,
        };
        self.put(key.clone(), next);
        Some(booking)
    }

    /// Whose coins streaks that are open will take.
    pub fn open(&self) -> impl Iterator<Item = &Arc<str>> {
        self.open.iter().map(|(_, key)| &key.viewer)
    }
}

/// The streaks of all frames that are known, and of one more.
fn runs_with(before: &[(Key, State)], frame: &Frame, timeouts: &Timeouts) -> Vec<Run> {
    let mut named: BTreeMap<Arc<str>, Named> = BTreeMap::new();
    let mut frames: Vec<Seen> = Vec::new();
    let mut add = |id: Arc<str>, one: Named| {
        named
            .entry(id)
            .and_modify(|known| known.merge(&one))
            .or_insert(one);
    };
    for (key, state) in before {
        if let Some((id, named)) = known::of(key, state) {
            add(id, named);
        }
        frames.extend(known::frames(key, state));
    }
    match &frame.streak {
        Some(id) => add(Arc::clone(id), Named::of(frame)),
        None if frames.iter().any(|seen| seen.event == frame.event_id) => {}
        None => frames.push(Seen::of(frame)),
    }
    runs::of(named, frames, timeouts)
}

/// The streak that each of those is now that were known: the one with its id, or with the frame of it that counts furthest.
fn owners(before: &[(Key, State)], runs: &[Run]) -> Vec<usize> {
    let mut by_id: HashMap<&str, usize> = HashMap::new();
    let mut by_frame: HashMap<&str, usize> = HashMap::new();
    for (index, run) in runs.iter().enumerate() {
        by_id.extend(run.state.id.as_deref().map(|id| (id, index)));
        by_frame.extend(run.state.frames.iter().map(|seen| (&*seen.event, index)));
    }
    let owner = |(key, state): &(Key, State)| match known::of(key, state) {
        Some((id, _)) => by_id.get(&*id).copied(),
        None => {
            let frames = known::frames(key, state);
            let last = frames.iter().max_by_key(|seen| (seen.count, seen.at))?;
            by_frame.get(&*last.event).copied()
        }
    };
    before.iter().map(|one| owner(one).unwrap_or(0)).collect()
}

fn has(run: &Run, frame: &Frame) -> bool {
    match &frame.streak {
        Some(id) => run.state.id.as_ref() == Some(id),
        None => run.state.frames.iter().any(|seen| seen.event == frame.event_id),
    }
}
