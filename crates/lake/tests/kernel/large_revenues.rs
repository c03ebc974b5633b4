//! Revenues whose sums are larger than a fact holds: exact, or refused with their video and day.

use crate::world::{Ad, DAY_MS, Names, START_MS, World, write};
use facts::{Counts, Fact, FactVideo, Facts};
use jiff::civil::date;
use lake::facts_file::{read_facts, write_facts};
use lake::kernel::{ByPayer, FactsRequest, KernelError, Memory, Source, facts, facts_to_parquet};
use lake::lists::Lists;
use policy::qualification::{CountOnce, Qualification};
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// The largest revenue that an import takes, in millionths.
const LARGEST: i64 = 999_999_999_999_999_999;
/// Nothing is a reason to reject a view.
const QUALIFICATION: Qualification = Qualification {
    minimum_watch_ms: None,
    surfaces: None,
    exclude_self: None,
    exclude_paid: None,
    exclude_data_centres: None,
    exclude_declared_bots: None,
    max_views_per_viewer_day: None,
    max_replays_per_day: None,
    exclude_negative_feedback: None,
    max_parallel_playbacks: None,
    count_once: CountOnce::Never,
};
const MOST: i128 = i64::MAX as i128;
const LEAST: i128 = i64::MIN as i128;

/// A world of impressions: of a video on a day of the span, with a revenue in millionths.
fn impressions(ads: &[(u8, i64, i64)]) -> World {
    let ad = |(event, (video, day, micros)): (u32, &(u8, i64, i64))| Ad {
        event,
        video: *video,
        at: START_MS + day * DAY_MS + i64::from(event),
        micros: *micros,
        currency: "USD",
        country: Some("DE"),
        viewer: Some(event as u8 % 3),
    };
    World {
        views: Vec::new(),
        acts: Vec::new(),
        ads: (0..).zip(ads).map(ad).collect(),
        snapshots: Vec::new(),
        linked: Vec::new(),
        invalidated: Default::default(),
        names: Names::Words,
    }
}

/// Asks for the facts of a world in a folder of its own.
fn asked<T>(
    world: &World,
    by_payer: ByPayer,
    (threads, spills): (usize, bool),
    count: impl FnOnce(Source<'_>, &FactsRequest<'_>, &Path) -> T,
) -> T {
    let folder = tempfile::tempdir().unwrap();
    let [views, engagement, ads] = write::archive(folder.path(), world);
    let source = Source::Archive {
        views: &views,
        engagement: &engagement,
        ads: &ads,
    };
    let spill_to = folder.path();
    let request = FactsRequest {
        qualification: &QUALIFICATION,
        from: date(2026, 10, 5),
        to: date(2026, 10, 8),
        by_payer,
        currency: "USD",
        lists: &Lists::default(),
        creators: &[],
        videos: &[],
        memory: spills.then_some(Memory { bytes: 300, spill_to }),
        threads,
        cancel: &AtomicBool::new(false),
        progress: &|_| {},
    };
    count(source, &request, folder.path())
}

/// The facts of a world, counted by one thread, by several, and with rows in files: they agree, or all are refused.
fn counted(world: &World, by_payer: ByPayer) -> Result<Facts, KernelError> {
    let ways = [(1, false), (3, false), (2, true)];
    let [one, others @ ..] =
        ways.map(|way| asked(world, by_payer, way, |source, request, _| facts(source, request)));
    for other in others {
        match (&one, &other) {
            (Ok(one), Ok(other)) => assert_eq!(one, other),
            (Err(one), Err(other)) => assert_eq!(one.to_string(), other.to_string()),
            _ => panic!("{one:?} in one way, {other:?} in another"),
        }
    }
    one
}

/// The revenue of each fact, by video and day.
fn revenues(facts: &Facts) -> Vec<(u32, i32, i128)> {
    let first = facts.rows.iter().map(|row| row.day).min().unwrap_or(0);
    let of = |row: &Fact| (row.video, row.day - first, row.counts.ad_revenue_micros);
    facts.rows.iter().map(of).collect()
}

#[test]
fn a_sum_beyond_a_fact_is_refused_with_its_video_and_day() {
    for (sign, sum) in [(1, "9999999999999999990"), (-1, "-9999999999999999990")] {
        let world = impressions(&[(3, 1, sign * LARGEST); 10]);
        let refused = counted(&world, ByPayer::No).unwrap_err();
        let KernelError::RevenueTooLarge {
            video,
            country,
            day,
            micros,
        } = &refused
        else {
            panic!("{refused:?}");
        };
        assert_eq!(
            (&**video, &**country, *day),
            (&*world.video(3), "DE", date(2026, 10, 6))
        );
        assert_eq!(micros.to_string(), sum);
        let words = refused.to_string();
        for word in [video.as_str(), "in DE", "on 2026-10-06", sum] {
            assert!(words.contains(word), "{words}");
        }
    }
}

#[test]
fn a_sum_that_wraps_to_something_small_is_refused() {
    // 2^64 and five units more.
    let mut ads = vec![(0, 0, LARGEST); 18];
    ads.push((0, 0, 446_744_073_714_551_634));
    assert!(counted(&impressions(&ads), ByPayer::No).is_err());
}

#[test]
fn sums_up_to_the_bound_are_exact_whatever_lies_between() {
    let rest = |sum: i128, of: i128| i64::try_from(sum - of * i128::from(LARGEST)).unwrap();
    let at = |day: i64, sign: i64, sum: i128| {
        let mut ads = vec![(0, day, sign * LARGEST); 9];
        ads.push((0, day, rest(sum, 9 * i128::from(sign))));
        ads
    };
    // Far above the bound on the way, and back below it.
    let mut back = vec![(1, 0, LARGEST); 30];
    back.extend([(1, 0, -LARGEST); 29]);
    let ads = [at(0, 1, MOST), at(1, -1, LEAST), at(2, 1, MOST - 1), back].concat();
    let facts = counted(&impressions(&ads), ByPayer::No).unwrap();
    let expected = [
        (0, 0, MOST),
        (0, 1, LEAST),
        (0, 2, MOST - 1),
        (1, 0, LARGEST.into()),
    ];
    assert_eq!(revenues(&facts), expected);
    let mut sum = Counts::default();
    facts.rows.iter().for_each(|row| sum.add(&row.counts));
    assert_eq!(sum.ad_revenue_micros, MOST - 2 + i128::from(LARGEST));
    for over in [at(0, 1, MOST + 1), at(0, -1, LEAST - 1)] {
        assert!(counted(&impressions(&over), ByPayer::No).is_err());
    }
    // Kept apart by payer, each payer's part is a fact of its own.
    let by_payer = counted(&impressions(&at(0, 1, MOST + 1)), ByPayer::Yes).unwrap();
    assert_eq!(by_payer.rows.len(), 3);
    let parts = by_payer.rows.iter().map(|row| row.counts.ad_revenue_micros);
    assert_eq!(parts.sum::<i128>(), MOST + 1);
}

#[test]
fn a_facts_file_of_large_facts_holds_them_and_their_totals() {
    let ads: Vec<(u8, i64, i64)> = (0..6).flat_map(|video| [(video, 0, LARGEST); 9]).collect();
    let all = 54 * i128::from(LARGEST);
    assert!(all > i128::from(u64::MAX));
    asked(
        &impressions(&ads),
        ByPayer::No,
        (2, false),
        |source, request, folder| {
            let out = folder.join("facts.parquet");
            let summary = facts_to_parquet(source, request, &out).unwrap();
            assert_eq!(summary.totals.ad_revenue_micros, all);
            let rows = read_facts(&out).unwrap().rows;
            assert_eq!(rows.len(), 6);
            assert_eq!(
                rows.iter().map(|row| row.counts.ad_revenue_micros).sum::<i128>(),
                all
            );
        },
    );
}

#[test]
fn facts_that_no_count_makes_are_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("facts.parquet");
    let counts = |ad_revenue_micros| Counts {
        ad_revenue_micros,
        ..Counts::default()
    };
    let of = |micros| Facts {
        videos: vec![FactVideo {
            id: "vid".into(),
            creator_hint: None,
        }],
        countries: vec!["".into()],
        rows: vec![Fact {
            video: 0,
            country: 0,
            day: 20_000,
            payer: None,
            counts: counts(micros),
        }],
        ..Facts::default()
    };
    let refused = write_facts(&of(LEAST - 1), &out).unwrap_err().to_string();
    assert!(refused.contains("video `vid` on 2024-10-04"), "{refused}");
    assert!(!out.exists());
    write_facts(&of(LEAST), &out).unwrap();
    assert_eq!(read_facts(&out).unwrap(), of(LEAST));
}
