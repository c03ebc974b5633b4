//! Frames of streaks with long pauses, some of them without the id, in whatever order and in however many bookings they come: in
//! the end as much is booked as if all had come at once.

use event::live::GiftFrame;
use jiff::{SignedDuration, Timestamp};
use live::catalogue::Catalogue;
use live::streak::{Booking, Frame, Streaks, Timeouts};
use proptest::prelude::*;
use std::collections::BTreeMap;

const TIMEOUT: Timeouts = Timeouts::always(SignedDuration::from_secs(30));

/// One frame: tenths of a second, count, end, id (none: ""), type.
type Short<'s> = (i64, u32, bool, &'s str, u32);

fn at(tenth: i64) -> Timestamp {
    Timestamp::from_millisecond(1_790_000_000_000 + tenth * 100).expect("an instant")
}

fn frame(event: usize, (tenth, count, end, id, gift_type): Short<'_>) -> Frame {
    let wire = GiftFrame {
        event_id: format!("f{event}").into(),
        room: "room".into(),
        viewer: "viewer".into(),
        gift: "gift".into(),
        occurred_at: at(tenth),
        repeat_count: count,
        repeat_end: end,
        streak: Some(id).filter(|id| !id.is_empty()).map(Into::into),
        gift_type: Some(gift_type),
        coins_each: None,
        to_user: None,
        host: Some("host".into()),
        split: Vec::new(),
        split_parts: Vec::new(),
    };
    Frame::resolve(&wire, &Catalogue::default(), None).expect("a recipient")
}

/// Books frames in parts, each in the order of time, with everything quiet closed after each; what is booked of each streak by when it
/// began, and in all.
fn booked<'f>(
    timeouts: &Timeouts,
    parts: impl IntoIterator<Item = &'f [Frame]>,
) -> (BTreeMap<Timestamp, i64>, i64) {
    let (mut states, mut sum) = (Streaks::new(timeouts.clone()), 0);
    for part in parts {
        // As they are stored and read again.
        let mut streaks = Streaks::new(timeouts.clone());
        for (key, state) in states.iter() {
            let kept = serde_json::to_string(state).expect("JSON");
            streaks.insert(key.clone(), serde_json::from_str(&kept).expect("the same"));
        }
        let mut bookings = streaks.take_all(part);
        bookings.extend(streaks.close(at(100_000_000)));
        sum += bookings.iter().map(Booking::count).sum::<i64>();
        states = streaks;
    }
    let mut streaks = BTreeMap::new();
    for (_, state) in states.iter() {
        assert_eq!(state.booked, state.max_seen);
        *streaks.entry(state.started_at).or_insert(0) += i64::from(state.booked);
    }
    streaks.retain(|_, gifts| *gifts > 0);
    assert_eq!(streaks.values().sum::<i64>(), sum);
    (streaks, sum)
}

/// Every order of some frames, each booked alone.
fn in_every_order(frames: &[Frame], each: &mut impl FnMut(&[Frame])) {
    fn go(done: &mut Vec<Frame>, left: &[Frame], each: &mut impl FnMut(&[Frame])) {
        if left.is_empty() {
            return each(done);
        }
        for index in 0..left.len() {
            let mut rest = left.to_vec();
            done.push(rest.remove(index));
            go(done, &rest, each);
            done.pop();
        }
    }
    go(&mut Vec::new(), frames, each);
}

/// Frames of a streak with pauses as long as the time-out or longer, and what is booked of them in all.
const BETWEEN: [(&str, &[Short<'static>], i64); 7] = [
    (
        "a pause, then two without the id",
        &[
            (0, 24, false, "g", 1),
            (350, 59, false, "", 3),
            (360, 65, false, "", 4),
            (361, 99, false, "g", 2),
        ],
        99,
    ),
    (
        "a pause before and behind",
        &[
            (0, 24, false, "g", 1),
            (350, 59, false, "", 1),
            (700, 65, true, "", 1),
            (1050, 66, true, "g", 1),
        ],
        66,
    ),
    (
        "less than was booked of the parts",
        &[
            (0, 24, false, "g", 2),
            (350, 80, false, "", 2),
            (700, 90, true, "g", 2),
        ],
        90,
    ),
    (
        "it counts further than the end of the streak",
        &[
            (0, 24, false, "g", 1),
            (350, 95, false, "", 1),
            (700, 90, true, "g", 1),
        ],
        185,
    ),
    (
        "the streak has no end: a count does not fall",
        &[
            (0, 24, false, "g", 1),
            (350, 95, false, "", 1),
            (700, 90, false, "g", 1),
        ],
        95,
    ),
    (
        "behind the last one a pause ends it",
        &[
            (0, 24, false, "g", 1),
            (350, 59, false, "", 1),
            (351, 60, true, "", 1),
        ],
        84,
    ),
    (
        "two streaks, and one between them",
        &[
            (0, 5, true, "g", 1),
            (350, 7, true, "", 1),
            (700, 9, true, "h", 1),
        ],
        21,
    ),
];

#[test]
fn what_stands_between_two_frames_of_a_streak_is_of_it() {
    for (name, frames, expected) in BETWEEN {
        let frames: Vec<Frame> = frames
            .iter()
            .enumerate()
            .map(|(event, short)| frame(event, *short))
            .collect();
        let at_once = booked(&TIMEOUT, [&frames[..]]);
        assert_eq!(at_once.1, expected, "{name}");
        in_every_order(&frames, &mut |frames| {
            assert_eq!(booked(&TIMEOUT, frames.chunks(1)), at_once, "{name}: {frames:?}");
        });
    }
}

/// A pause, more gifts, and does the frame lack the id.
type Step = (i64, u32, bool, u32);

/// Streaks, one after another: their steps, and whether each ends.
fn streaks() -> impl Strategy<Value = Vec<(Vec<Step>, bool)>> {
    let pause = prop_oneof![Just(0_i64), 1..20_i64, Just(299), Just(300), 301..2_000_i64];
    let step = (pause, 1_u32..40, any::<bool>(), 0_u32..4);
    let one = (proptest::collection::vec(step, 1..7), any::<bool>());
    proptest::collection::vec(one, 1..4)
}

fn frames_of(streaks: &[(Vec<Step>, bool)], all_begin_and_end_with_the_id: bool) -> (Vec<Frame>, i64) {
    let (mut frames, mut tenth, mut sum) = (Vec::new(), 0, 0);
    for (streak, (steps, ends)) in streaks.iter().enumerate() {
        let (mut count, id) = (0, format!("s{streak}"));
        for (index, (pause, more, lacks, gift_type)) in steps.iter().enumerate() {
            count += more;
            tenth += pause;
            let is_last = index + 1 == steps.len();
            let lacks = *lacks && !(all_begin_and_end_with_the_id && (index == 0 || is_last));
            let id = if lacks { "" } else { &id };
            frames.push(frame(
                frames.len(),
                (tenth, count, *ends && is_last, id, *gift_type),
            ));
        }
        sum += i64::from(count);
        tenth += 5_000;
    }
    (frames, sum)
}

/// In another order, in parts.
fn in_parts(mut frames: Vec<Frame>, shuffle: u64, cuts: &[prop::sample::Index]) -> Vec<Vec<Frame>> {
    frames.sort_by_key(|frame| {
        let spread = frame.event_id.bytes().fold(shuffle, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        spread >> 7
    });
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(frames.len() + 1)).collect();
    cuts.extend([0, frames.len()]);
    cuts.sort_unstable();
    cuts.windows(2)
        .map(|cut| frames[cut[0]..cut[1]].to_vec())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Where the first and the last frame of each streak have its id, each is booked once: whatever the pauses between, and whichever of
    /// the others lack it.
    #[test]
    fn a_streak_that_begins_and_ends_with_its_id_is_booked_once(
        streaks in streaks(),
        shuffle in any::<u64>(),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..5),
    ) {
        let (frames, sum) = frames_of(&streaks, true);
        let parts = in_parts(frames, shuffle, &cuts);
        prop_assert_eq!(booked(&TIMEOUT, parts.iter().map(Vec::as_slice)).1, sum);
    }

    /// Whichever lack it: in parts as much is booked, of streaks that began at the same times, as if all had come at once.
    #[test]
    fn in_parts_and_in_any_order_the_same_is_booked_as_at_once(
        streaks in streaks(),
        shuffle in any::<u64>(),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let (frames, _) = frames_of(&streaks, false);
        let at_once = booked(&TIMEOUT, [&frames[..]]);
        let parts = in_parts(frames, shuffle, &cuts);
        prop_assert_eq!(booked(&TIMEOUT, parts.iter().map(Vec::as_slice)), at_once);
    }

    /// Frames at random, of few ids and times, so that everything meets everything; from some time on with another time-out.
    #[test]
    fn anything_in_parts_is_booked_as_at_once(
        (change, other) in (0_i64..60, 5_i64..80),
        frames in proptest::collection::vec((0_i64..60, 1_u32..6, any::<bool>(), 0_usize..4, 0_u32..3), 1..14),
        shuffle in any::<u64>(),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let ids = ["", "", "g", "h"];
        let frames: Vec<Frame> = frames
            .iter()
            .enumerate()
            .map(|(event, (at, count, end, id, gift_type))| frame(event, (at * 40, *count, *end, ids[*id], *gift_type)))
            .collect();
        let timeouts = TIMEOUT.then(at(change * 40), SignedDuration::from_secs(other));
        let at_once = booked(&timeouts, [&frames[..]]);
        let parts = in_parts(frames, shuffle, &cuts);
        prop_assert_eq!(booked(&timeouts, parts.iter().map(Vec::as_slice)), at_once);
    }
}
