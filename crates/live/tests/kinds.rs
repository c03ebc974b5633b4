//! Frames of one streak that say different things of it: of its kind, of its id.

use jiff::{SignedDuration, Timestamp};
use live::streak::{Booking, Frame, Streaks, Timeouts};

/// Gifts that are booked of frames of one gift: `(second, count, end, kind, id)`; kind 1 comes in streaks.
fn gifts_of(frames: &[(i64, u32, bool, u32, &str)]) -> i64 {
    let at = |second: i64| Timestamp::from_second(1_790_000_000 + second).unwrap();
    let mut streaks = Streaks::new(Timeouts::always(SignedDuration::from_secs(10)));
    let mut gifts = 0;
    for (number, (second, count, end, kind, id)) in frames.iter().enumerate() {
        let frame = Frame {
            event_id: format!("e{number}").into(),
            room: "room".into(),
            viewer: "viewer".into(),
            recipient: "host".into(),
            gift: "rose".into(),
            streak: (!id.is_empty()).then(|| (*id).into()),
            at: at(*second),
            count: *count,
            end: *end,
            streakable: *kind == 1,
        };
        gifts += streaks
            .take(&frame)
            .bookings
            .iter()
            .map(Booking::count)
            .sum::<i64>();
    }
    let rest = streaks.close(at(100_000));
    gifts + rest.iter().map(Booking::count).sum::<i64>()
}

/// Frames of one streak may differ in what they say of its kind, and some may lack its id.
#[test]
fn a_growing_count_is_one_streak_whatever_each_frame_says_of_its_kind() {
    for (frames, gifts) in [
        (&[(0, 3, false, 1, ""), (2, 3, true, 2, "")][..], 3),
        (
            &[(0, 1, false, 1, ""), (1, 2, false, 2, ""), (2, 3, true, 1, "")],
            3,
        ),
        (
            &[(0, 1, false, 2, ""), (1, 2, false, 1, ""), (2, 3, true, 2, "")],
            3,
        ),
        (&[(0, 1, false, 1, "s"), (2, 3, true, 1, "")], 3),
        (
            &[(0, 1, false, 1, "s"), (1, 2, false, 1, ""), (2, 3, true, 1, "s")],
            3,
        ),
        // The same frame again, told as another kind.
        (&[(0, 1, true, 1, ""), (0, 1, true, 2, "")], 1),
        // Two gifts that come once, and a streak that begins after one.
        (&[(0, 1, false, 2, ""), (1, 1, false, 2, "")], 2),
        (
            &[(0, 1, false, 2, ""), (1, 1, false, 1, ""), (2, 2, true, 1, "")],
            3,
        ),
        // Behind an end, and after the time-out, another one begins.
        (&[(0, 2, true, 1, ""), (1, 3, false, 2, "")], 5),
        (&[(0, 2, false, 1, ""), (11, 3, true, 2, "")], 5),
        // Recorders that keep end frames alone: each is a gift of its own, but for the same one twice.
        (
            &[(0, 1, true, 1, ""), (10, 1, true, 1, ""), (20, 1, true, 1, "")],
            3,
        ),
        (&[(0, 5, true, 1, ""), (1, 5, true, 1, "")], 5),
        // A whole streak that comes after a later one.
        (
            &[
                (10, 1, false, 1, ""),
                (12, 3, true, 1, ""),
                (4, 1, false, 1, ""),
                (6, 3, true, 1, ""),
            ],
            6,
        ),
        // The end frame of the same instant, without the id.
        (
            &[(0, 1, false, 1, "s"), (2, 3, false, 1, "s"), (2, 3, true, 1, "")],
            3,
        ),
        // The end frame again, of which one lacks the id, or all; of a gift that comes once it may be another one.
        (&[(0, 34, true, 1, "s"), (1, 34, true, 1, "")], 34),
        (&[(0, 34, true, 1, ""), (1, 34, true, 1, "s")], 34),
        (&[(0, 34, true, 2, "s"), (1, 34, true, 2, "")], 34),
        (&[(0, 34, true, 2, ""), (1, 34, true, 2, "s")], 34),
        (&[(1, 34, true, 2, ""), (0, 34, true, 2, "s")], 34),
        (
            &[(0, 4, false, 2, ""), (1, 34, true, 2, ""), (2, 34, true, 2, "")],
            34,
        ),
        (&[(0, 1, true, 1, "s"), (1, 1, true, 1, "")], 1),
        (&[(0, 1, true, 2, "s"), (1, 1, true, 2, "")], 2),
        (&[(0, 34, true, 2, "s"), (3, 34, true, 2, "")], 68),
        // Two ids are two streaks.
        (&[(0, 2, true, 1, "s"), (1, 3, true, 1, "t")], 5),
    ] {
        assert_eq!(gifts_of(frames), gifts, "{frames:?}");
    }
}
