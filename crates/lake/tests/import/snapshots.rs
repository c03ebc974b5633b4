//! Snapshots that go on day by day are those that are read at once.

use crate::rig::Rig;
use event::kind::Kind;
use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use lake::archive::StoredBefore;
use lake::snapshots::Advancing;
use proptest::prelude::*;

const FIRST: Date = date(2026, 10, 1);
const DAYS: i64 = 6;

/// Event, subject, day, millisecond of the day, followers or length.
type Told = (u16, u8, i64, i64, u16);

fn midnight(day: Date) -> Timestamp {
    day.to_zoned(TimeZone::UTC).expect("a midnight").timestamp()
}

fn told() -> impl Strategy<Value = Vec<Told>> {
    // Often of one instant, at a day's first or last millisecond.
    let millisecond = prop_oneof![Just(0), Just(86_399_999), 0..86_400_000i64];
    prop::collection::vec((1..999u16, 1..5u8, 0..DAYS, millisecond, 1..9_999u16), 1..60)
}

fn import(rig: &mut Rig, name: &str, told: &[Told]) {
    let at = |day: i64, millisecond: i64| midnight(FIRST + day.days()) + millisecond.milliseconds();
    let mut creators = "event_id,creator_id,effective_at,followers\n".to_owned();
    let mut videos = "event_id,video_id,effective_at,creator_id,duration_ms\n".to_owned();
    for &(event, subject, day, millisecond, value) in told {
        let at = at(day, millisecond);
        creators.push_str(&format!("{event},c{subject},{at},{value}\n"));
        videos.push_str(&format!("{event},v{subject},{at},c{subject},{value}\n"));
    }
    for (kind, text) in [(Kind::Creator, creators), (Kind::Video, videos)] {
        let file = rig.file(&format!("{name}-{}.csv", kind.name()), text);
        rig.import(kind, &file);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn day_by_day_is_what_is_read_at_once(first in told(), later in told(), skipped in 0..DAYS) {
        let mut rig = Rig::new();
        // What is imported later may be of any day.
        import(&mut rig, "first", &first);
        import(&mut rig, "later", &later);
        let mut advancing = Advancing::default();
        let mut reached = Date::MIN;
        for day in (1..=DAYS).filter(|day| *day != skipped) {
            let end = FIRST + day.days();
            let files = |kind, from| rig.archive.files(kind, from, end, StoredBefore(u64::MAX));
            let (creators, videos) = (files(Kind::Creator, reached), files(Kind::Video, reached));
            advancing.to(midnight(end), &creators, &videos).expect("readable files");
            let (creators, videos) = (files(Kind::Creator, Date::MIN), files(Kind::Video, Date::MIN));
            let at_once = lake::snapshots::read(&creators, &videos, midnight(end)).expect("readable files");
            prop_assert_eq!(advancing.now(), at_once);
            reached = end;
        }
    }
}
