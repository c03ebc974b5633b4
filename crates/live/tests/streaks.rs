//! Streaks: the worked examples, and that order, repetition and loss of frames do not change what is booked.

use event::live::{Gift, GiftFrame};
use jiff::{SignedDuration, Timestamp};
use live::catalogue::Catalogue;
use live::exchange::Exchange;
use live::streak::{Booking, Cause, Frame, Phase, Streaks, Timeouts};
use money::{Asset, Money, Ratio};
use proptest::prelude::*;
use std::sync::Arc;

const TIMEOUT: Timeouts = Timeouts::always(SignedDuration::from_secs(10));

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).expect("an instant")
}

/// A frame as the wire has it.
fn frame(id: &str, gift: &str, second: i64, count: u32, end: bool, gift_type: Option<u32>) -> GiftFrame {
    GiftFrame {
        event_id: id.into(),
        room: "room".into(),
        viewer: "viewer".into(),
        gift: gift.into(),
        occurred_at: at(second),
        repeat_count: count,
        repeat_end: end,
        streak: Some("g1".into()),
        gift_type,
        coins_each: None,
        to_user: None,
        host: Some("host".into()),
        split: Vec::new(),
        split_parts: Vec::new(),
    }
}

fn gift(id: &str, coins: u32, gift_type: Option<u32>, combo: Option<bool>) -> Gift {
    Gift {
        event_id: format!("{id}@0").into(),
        gift: id.into(),
        effective_at: at(-1_000),
        name: None,
        coins,
        gift_type,
        combo,
    }
}

fn catalogue() -> Catalogue {
    Catalogue::new(&[
        gift("rose", 1, Some(1), Some(true)),
        gift("carousel", 2_020, None, Some(false)),
    ])
}

/// One coin one diamond, $0.005 each.
fn exchange() -> Exchange {
    Exchange {
        units_per_token: Ratio::ONE,
        unit_value: Money::parse(Asset::micro("USD").expect("USD"), "0.005").expect("an amount"),
    }
}

/// Books frames as they come, then lets the time-out pass: gifts, coins and value of every booking.
fn booked(frames: &[GiftFrame]) -> Vec<(i64, u64, String, Cause)> {
    let (catalogue, exchange) = (catalogue(), exchange());
    let mut streaks = Streaks::new(TIMEOUT);
    let mut bookings = Vec::new();
    for frame in frames {
        let frame = Frame::resolve(frame, &catalogue, None).expect("a recipient");
        bookings.extend(streaks.take(&frame).bookings);
    }
    bookings.extend(streaks.close(at(100_000)));
    let value = |booking: &Booking| {
        let price = catalogue
            .price(&booking.key.gift, booking.started_at, None)
            .expect("a price");
        let coins = |gifts: u32| u128::from(gifts) * u128::from(price.coins);
        let diamonds = exchange
            .units(coins(booking.from), coins(booking.upto))
            .expect("diamonds");
        let value = exchange.value(diamonds).expect("a value").to_string();
        (booking.count(), diamonds, value, booking.cause)
    };
    bookings.iter().map(value).collect()
}

/// W15: a streak of three roses in four frames is one booking of 3 gifts, 3 coins, $0.015.
#[test]
fn w15_a_gift_streak_is_one_booking() {
    let rose = |id, second, count, end| frame(id, "rose", second, count, end, Some(1));
    let frames = [
        rose("1", 0, 1, false),
        rose("2", 1, 2, false),
        rose("3", 2, 3, false),
        rose("4", 3, 3, true),
    ];
    let expected = (3, 3, "0.015000 USD".to_owned(), Cause::End);
    assert_eq!(booked(&frames), std::slice::from_ref(&expected));
    let twice: Vec<GiftFrame> = frames.iter().chain(&frames).cloned().collect();
    assert_eq!(booked(&twice), [expected], "every frame delivered twice");
    let endless = booked(&frames[..3]);
    assert_eq!(endless, [(3, 3, "0.015000 USD".to_owned(), Cause::Timeout)]);
}

/// W16: a single streakable gift comes twice, with `repeat_end` 0 and 1, and is booked once.
#[test]
fn w16_a_single_streakable_gift_is_booked_once() {
    let frames = [
        frame("1", "rose", 0, 1, false, Some(1)),
        frame("2", "rose", 1, 1, true, Some(1)),
    ];
    assert_eq!(booked(&frames), [(1, 1, "0.005000 USD".to_owned(), Cause::End)]);
}

/// W17: a gift that is not streakable comes once and is booked at once: 2,020 coins are $10.10.
#[test]
fn w17_a_gift_that_is_not_streakable_is_booked_at_once() {
    let one = frame("1", "carousel", 0, 1, false, None);
    let expected = (1, 2_020, "10.100000 USD".to_owned(), Cause::Once);
    assert_eq!(
        booked(std::slice::from_ref(&one)),
        std::slice::from_ref(&expected)
    );
    assert_eq!(
        booked(&[one.clone(), one.clone()]),
        std::slice::from_ref(&expected),
        "the same event again"
    );
    let again = GiftFrame {
        event_id: "2".into(),
        ..one.clone()
    };
    assert_eq!(
        booked(&[one.clone(), again]),
        std::slice::from_ref(&expected),
        "one gift under two event ids"
    );
    let other = GiftFrame {
        event_id: "2".into(),
        streak: Some("g2".into()),
        ..one.clone()
    };
    assert_eq!(booked(&[one, other]), [expected.clone(), expected], "two gifts");
}

/// Frames of one gift whose kind says that it comes once: time, count, end and streak id; then what is booked in all.
#[test]
fn a_kind_that_says_once_does_not_make_gifts_of_a_growing_count() {
    type Case<'c> = (&'c str, &'c [(i64, u32, bool, &'c str)], i64);
    let cases: [Case<'_>; 13] = [
        ("grows", &[(0, 1, false, "g5"), (1, 2, true, "g5")], 2),
        (
            "grows without an end",
            &[(0, 1, false, "g5"), (1, 2, false, "g5"), (2, 4, false, "g5")],
            4,
        ),
        (
            "the end first",
            &[(0, 4, true, "g5"), (1, 1, false, "g5"), (2, 2, false, "g5")],
            4,
        ),
        (
            "falls and repeats",
            &[(0, 3, false, "g5"), (1, 2, false, "g5"), (2, 3, true, "g5")],
            3,
        ),
        ("another streak", &[(0, 1, false, "g5"), (1, 2, true, "g6")], 3),
        ("two event ids", &[(0, 1, false, "g5"), (3, 1, false, "g5")], 1),
        (
            "0 is no id: two gifts",
            &[(0, 1, false, "0"), (3, 1, false, "0")],
            2,
        ),
        ("no id: two gifts", &[(0, 1, false, ""), (3, 1, false, "")], 2),
        (
            "no id: the same millisecond",
            &[(0, 1, false, ""), (0, 1, false, "")],
            1,
        ),
        (
            "no id: grows",
            &[(0, 1, false, ""), (1, 2, false, ""), (2, 4, true, "")],
            4,
        ),
        ("no id: the end frame", &[(0, 1, false, ""), (1, 1, true, "")], 1),
        ("no id: two ends", &[(0, 1, true, ""), (3, 1, true, "")], 2),
        (
            "no id: grows, the end first",
            &[(2, 4, true, ""), (0, 1, false, ""), (1, 2, false, "")],
            4,
        ),
    ];
    for (name, frames, expected) in cases {
        // As the frame says, and as the catalogue says where the frame does not.
        for gift_type in [Some(2), None] {
            let frames: Vec<GiftFrame> = frames
                .iter()
                .enumerate()
                .map(|(id, &(second, count, end, streak))| GiftFrame {
                    streak: Some(streak).filter(|id| !id.is_empty()).map(Arc::from),
                    ..frame(&format!("f{id}"), "carousel", second, count, end, gift_type)
                })
                .collect();
            let counts = booked(&frames).into_iter().map(|(count, ..)| count);
            assert_eq!(counts.sum::<i64>(), expected, "{name}, kind {gift_type:?}");
        }
    }
}

#[test]
fn one_streak_id_is_of_one_viewer_and_one_gift() {
    let one = frame("1", "rose", 0, 2, true, Some(2));
    let viewer = GiftFrame {
        event_id: "2".into(),
        viewer: "other".into(),
        ..one.clone()
    };
    let gift = frame("3", "carousel", 0, 1, true, None);
    let counts: Vec<i64> = booked(&[one, viewer, gift])
        .into_iter()
        .map(|(count, ..)| count)
        .collect();
    assert_eq!(counts, [2, 2, 1]);
}

#[test]
fn a_higher_count_after_the_booking_books_the_difference_only() {
    let rose = |id, second, count, end| frame(id, "rose", second, count, end, Some(1));
    let frames = [
        rose("1", 0, 4, true),
        rose("2", 1, 3, false),
        rose("3", 1, 7, false),
        rose("4", 2, 7, true),
    ];
    let counts: Vec<(i64, Cause)> = booked(&frames)
        .into_iter()
        .map(|(count, .., cause)| (count, cause))
        .collect();
    assert_eq!(counts, [(4, Cause::End), (3, Cause::Late)]);
}

#[test]
fn a_time_out_waits_for_the_last_frame_and_a_late_frame_is_late() {
    let catalogue = catalogue();
    let take = |streaks: &mut Streaks, second, count| {
        let wire = frame("f", "rose", second, count, false, Some(1));
        streaks
            .take(&Frame::resolve(&wire, &catalogue, None).expect("a recipient"))
            .bookings
    };
    let mut streaks = Streaks::new(TIMEOUT);
    assert_eq!(take(&mut streaks, 0, 1), []);
    assert_eq!(take(&mut streaks, 8, 2), []);
    assert_eq!(streaks.close(at(17)), []);
    let booking = streaks.close(at(18)).remove(0);
    assert_eq!(
        (booking.count(), booking.at, booking.cause),
        (2, at(8), Cause::Timeout)
    );
    assert_eq!(booking.reference(), "room/viewer/host/rose/streak:g1/2");
    assert_eq!(streaks.close(at(19)), [], "closed once");
    let late = take(&mut streaks, 9, 5).remove(0);
    assert_eq!((late.from, late.upto, late.cause), (2, 5, Cause::Late));
    let (_, state) = streaks.changed().next().expect("one streak");
    assert_eq!((state.booked, state.phase), (5, Phase::TimedOut));
}

/// Frames of one key without a streak id: time, count and end; then the counts that are booked.
#[test]
fn frames_without_a_streak_id_are_told_apart_by_time_count_and_end() {
    type Case<'c> = (&'c str, &'c [(i64, u32, bool)], &'c [i64]);
    let cases: [Case<'_>; 8] = [
        ("one streak", &[(0, 1, false), (2, 2, false), (3, 2, true)], &[2]),
        (
            "two single gifts",
            &[(0, 1, false), (1, 1, true), (2, 1, false), (3, 1, true)],
            &[1, 1],
        ),
        (
            "a lower count after the end",
            &[(0, 5, true), (2, 1, false), (3, 2, true)],
            &[5, 2],
        ),
        (
            "a lower count, and the end was lost",
            &[(0, 4, false), (2, 1, false), (3, 1, true)],
            &[1, 4],
        ),
        ("a gap of the time-out", &[(0, 1, false), (10, 2, true)], &[2, 1]),
        ("a gap below the time-out", &[(0, 1, false), (9, 2, true)], &[2]),
        ("the end again", &[(0, 3, true), (1, 3, true)], &[3]),
        (
            "an earlier frame after the end",
            &[(0, 1, false), (3, 3, true), (2, 2, false)],
            &[3],
        ),
    ];
    for (name, frames, expected) in cases {
        let frames: Vec<GiftFrame> = frames
            .iter()
            .enumerate()
            .map(|(id, &(second, count, end))| GiftFrame {
                streak: None,
                ..frame(&format!("f{id}"), "rose", second, count, end, Some(1))
            })
            .collect();
        let counts: Vec<i64> = booked(&frames).into_iter().map(|(count, ..)| count).collect();
        assert_eq!(counts, expected, "{name}");
    }
}

#[test]
fn the_recipient_is_the_one_named_else_the_host_else_the_rooms_host() {
    let catalogue = catalogue();
    let wire = frame("1", "rose", 0, 1, false, Some(1));
    let guest = GiftFrame {
        to_user: Some("guest".into()),
        ..wire.clone()
    };
    let bare = GiftFrame {
        host: None,
        ..wire.clone()
    };
    let owner: Arc<str> = "owner".into();
    let recipient =
        |frame, host| Frame::resolve(frame, &catalogue, host).map(|frame| frame.recipient.to_string());
    assert_eq!(recipient(&guest, Some(&owner)), Ok("guest".to_owned()));
    assert_eq!(recipient(&wire, Some(&owner)), Ok("host".to_owned()));
    assert_eq!(recipient(&bare, Some(&owner)), Ok("owner".to_owned()));
    assert_eq!(
        recipient(&bare, None).expect_err("nobody").to_string(),
        "the frame names no recipient, and nothing says who hosts room room"
    );
}

/// Frames of a few streaks with ids: for each the counts seen; whether each ends.
fn streaks() -> impl Strategy<Value = Vec<(Vec<u32>, bool)>> {
    let one = (proptest::collection::vec(1_u32..40, 1..12), any::<bool>());
    proptest::collection::vec(one, 1..5)
}

fn frames_of(streaks: &[(Vec<u32>, bool)]) -> Vec<Frame> {
    let catalogue = catalogue();
    let mut frames = Vec::new();
    for (streak, (counts, ends)) in streaks.iter().enumerate() {
        for (index, count) in counts.iter().enumerate() {
            let last = *ends && index + 1 == counts.len();
            let wire = GiftFrame {
                streak: Some(format!("s{streak}").into()),
                ..frame(
                    &format!("{streak}-{index}"),
                    "rose",
                    index as i64,
                    *count,
                    last,
                    Some(1),
                )
            };
            frames.push(Frame::resolve(&wire, &catalogue, None).expect("a recipient"));
        }
    }
    frames
}

fn totals(frames: &[Frame], close_after: usize) -> std::collections::BTreeMap<String, i64> {
    let mut streaks = Streaks::new(TIMEOUT);
    let mut sums = std::collections::BTreeMap::new();
    let mut add = |bookings: Vec<Booking>| {
        for booking in bookings {
            assert!(booking.count() > 0 || !booking.moved_from.is_empty());
            *sums.entry(booking.key.streak.to_string()).or_insert(0) += booking.count();
        }
    };
    for (index, frame) in frames.iter().enumerate() {
        add(streaks.take(frame).bookings);
        if index == close_after {
            add(streaks.close(at(100_000)));
        }
    }
    add(streaks.close(at(100_000)));
    sums
}

proptest! {
    #[test]
    fn order_repetition_and_loss_of_lower_frames_book_the_same(
        streaks in streaks(),
        shuffle in any::<u64>(),
        repeated in proptest::collection::vec(any::<prop::sample::Index>(), 0..10),
        close_after in 0_usize..40,
    ) {
        let frames = frames_of(&streaks);
        let expected: std::collections::BTreeMap<String, i64> = streaks
            .iter()
            .enumerate()
            .map(|(index, (counts, _))| (format!("streak:s{index}"), counts.iter().copied().max().unwrap_or(0).into()))
            .collect();
        prop_assert_eq!(totals(&frames, usize::MAX), expected.clone());
        // Lose what is below its streak's largest count, repeat some, bring all into another order, close in between.
        let mut other: Vec<Frame> = frames
            .iter()
            .enumerate()
            .filter(|(index, frame)| {
                let largest = expected[&format!("streak:{}", frame.streak.as_deref().unwrap_or_default())];
                i64::from(frame.count) == largest || (shuffle >> (index % 64)) & 1 == 0
            })
            .map(|(_, frame)| frame.clone())
            .collect();
        for index in repeated {
            let again = index.get(&other).clone();
            other.push(again);
        }
        other.sort_by_key(|frame| {
            let spread = frame.event_id.bytes().fold(shuffle, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
            });
            spread >> 7
        });
        prop_assert_eq!(totals(&other, close_after), expected);
    }

    /// Streaks of a few seconds, a minute apart, of which any frames lack the id; they come in any order, each twice, and the end once
    /// more a second later. Of a gift that comes once two are told by a count of 2, at least.
    #[test]
    fn streaks_of_which_some_frames_lack_the_id_are_booked_once(
        streaks in proptest::collection::vec(proptest::collection::vec(1_u32..4, 1..6), 1..4),
        lacking in any::<u64>(),
        shuffle in any::<u64>(),
        kinds in any::<u64>(),
    ) {
        let catalogue = catalogue();
        let (mut frames, mut expected) = (Vec::new(), 0);
        for (streak, steps) in streaks.iter().enumerate() {
            let gift_type = if kinds >> streak & 1 == 0 { 1 } else { 2 };
            let mut count = gift_type - 1;
            for (index, step) in steps.iter().chain([&0]).enumerate() {
                count += step;
                for copy in 0..2_usize {
                    let place = streak * 14 + index * 2 + copy;
                    let has_id = lacking >> (place % 64) & 1 == 0;
                    let second = streak as i64 * 60 + index as i64;
                    let wire = GiftFrame {
                        streak: has_id.then(|| format!("s{streak}").into()),
                        ..frame(&format!("{place}"), "rose", second, count, index + 1 >= steps.len(), Some(gift_type))
                    };
                    frames.push(Frame::resolve(&wire, &catalogue, None).expect("a recipient"));
                }
            }
            expected += count;
        }
        frames.sort_by_key(|frame| {
            let spread = frame.event_id.bytes().fold(shuffle, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
            });
            spread >> 7
        });
        let found: i64 = totals(&frames, usize::MAX).values().sum();
        prop_assert_eq!(found, i64::from(expected));
    }

    #[test]
    fn without_streak_ids_the_order_of_delivery_does_not_matter_to_a_batch(
        counts in proptest::collection::vec((0_i64..60, 1_u32..6, any::<bool>()), 1..20),
        rotate in any::<prop::sample::Index>(),
    ) {
        let catalogue = catalogue();
        let mut frames: Vec<Frame> = counts
            .iter()
            .enumerate()
            .map(|(id, &(second, count, end))| {
                let wire = GiftFrame { streak: None, ..frame(&id.to_string(), "rose", second, count, end, Some(1)) };
                Frame::resolve(&wire, &catalogue, None).expect("a recipient")
            })
            .collect();
        let book = |frames: &[Frame]| {
            let mut streaks = Streaks::new(TIMEOUT);
            let mut bookings = streaks.take_all(frames);
            bookings.extend(streaks.close(at(100_000)));
            bookings
        };
        let expected = book(&frames);
        let middle = rotate.index(frames.len());
        frames.rotate_left(middle);
        frames.reverse();
        prop_assert_eq!(book(&frames), expected);
    }
}
