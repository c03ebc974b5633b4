//! The result depends on the inputs alone: not on their order, not on threads; and it conserves money.

mod platform;

use earning::{Settlement, Verdict};
use facts::{Counts, Facts};
use platform::{Platform, document, shipped};
use proptest::prelude::*;
use proptest::sample::{Index, select};

const COUNTRIES: [&str; 4] = ["", "DE", "JP", "US"];
const DAYS: [&str; 3] = ["2026-10-01", "2026-10-05", "2026-10-31"];
const PAYERS: [&str; 3] = ["p1", "p2", "p3"];

/// A mechanism with parameters of its own.
fn mechanism() -> impl Strategy<Value = String> {
    let keys = prop::sample::subsequence(vec!["\"day\"", "\"country\"", "\"category\""], 0..=3)
        .prop_map(|keys| keys.join(", "));
    let pool_keys =
        prop::sample::subsequence(vec!["\"day\"", "\"country\"", "\"category\"", "\"payer\""], 0..=4)
            .prop_map(|keys| keys.join(", "));
    let weight = select(vec![
        "qualified_views",
        "qualified_views * (1 + completion_rate) / 7",
        "qualified_watched_seconds * video.duration_seconds",
        "qualified_views * (country == \"US\" ? 1 : 0.333)",
    ]);
    let share = select(vec!["100%", "45%", "1/3", "0.999"]);
    let extra = select(vec![
        "",
        "[[pool.deductions]]\nname = \"fees\"\npart = \"2.9%\"\n[[pool.deductions]]\nname = \"tax\"\npart = \"1/7\"\n",
        "[pool.carve_out]\nkeep = \"1 / (1 + (video.music_tracks ?? 0))\"\nbeneficiary = \"music\"\n",
        "[pool.top]\npart = \"40%\"\nby = [\"day\"]\nscore = \"likes\"\n",
    ]);
    let empty = select(vec!["keep", "redistribute"]);
    let pool = (pool_keys, weight, share.clone(), extra, empty).prop_map(|(keys, weight, share, extra, empty)| {
        format!("[pool]\nsource = \"funding\"\npartition = [{keys}]\nweight = '{weight}'\ncreator_share = \"{share}\"\non_empty = \"{empty}\"\n{extra}")
    });
    let shared = (keys, share).prop_map(|(keys, share)| {
        format!("[share]\nrevenue = \"ad_revenue\"\npartition = [{keys}]\ncreator_share = \"{share}\"\n[share.top]\npart = \"50%\"\nby = [\"day\", \"category\"]\nscore = \"qualified_views\"\n")
    });
    let rate = select(vec![
        "0.41 * (1 + completion_rate)",
        "0.0000007",
        "video.duration_seconds / 90",
    ])
    .prop_map(|rate| format!("[rate]\nunits = \"qualified_views\"\nper = 1000\nrate = \"{rate}\"\n"));
    let caps = select(vec![
        "",
        "[[caps]]\nper = \"video\"\namount = \"1.00\"\n[[caps]]\nper = \"creator\"\namount = \"1.50\"\n",
        "[[caps]]\nper = \"budget\"\namount = \"2.00\"\n",
    ]);
    let conditions = select(vec![
        "",
        "[[eligibility.video]]\ncondition = \"video.views > 5\"\n",
    ]);
    (prop_oneof![pool, shared, rate], caps, conditions)
        .prop_map(|(mechanism, caps, conditions)| format!("{conditions}{mechanism}{caps}"))
}

#[derive(Clone, Debug)]
struct Row {
    video: u8,
    country: &'static str,
    day: &'static str,
    payer: &'static str,
    views: u64,
    watched: u64,
    likes: u64,
    micros: i64,
}

fn row() -> impl Strategy<Value = Row> {
    (
        0..12_u8,
        select(&COUNTRIES[..]),
        select(&DAYS[..]),
        select(&PAYERS[..]),
        0..50_u64,
        0..900_000_u64,
        0..5_u64,
        -40_000_i64..90_000,
    )
        .prop_map(
            |(video, country, day, payer, views, watched, likes, micros)| Row {
                video,
                country,
                day,
                payer,
                views,
                watched,
                likes,
                micros,
            },
        )
}

/// Rows, and money that names its country, its payer, or neither.
fn platform(text: &str, rows: &[Row], funds: &[(u8, i64)]) -> Platform {
    let mut platform = Platform::new(&document("month", text), "2026-10");
    for number in 0..4 {
        platform.creator(&format!("c{number}"));
    }
    for number in 0..12_u8 {
        let video = platform.video(&format!("v{number}"), &format!("c{}", number % 4));
        video.music_tracks = (number % 5 != 0).then_some(u32::from(number % 3));
        video.duration_ms = (number != 7).then_some(1_000 * u32::from(number));
        video.category = (number % 4 != 1).then(|| ["games", "pets"][usize::from(number % 2)].into());
    }
    for row in rows {
        let mut counts = Counts {
            views: row.views * 2,
            qualified: row.views,
            qualified_watched_ms: row.watched,
            completions: row.views / 3,
            ad_revenue_micros: row.micros.into(),
            ..Counts::default()
        };
        counts.engagement[0] = row.likes;
        platform.paid_by(row.payer, &format!("v{}", row.video), row.day, counts);
        let country = platform
            .facts
            .countries
            .iter()
            .position(|known| **known == *row.country);
        let country = country.unwrap_or_else(|| {
            platform.facts.countries.push(row.country.into());
            platform.facts.countries.len() - 1
        });
        platform.facts.rows.last_mut().unwrap().country = country as u16;
    }
    for (kind, micros) in funds {
        let funding = platform.fund(DAYS[usize::from(kind % 3)], 0);
        funding.amount_micros = *micros;
        funding.country = (kind % 2 == 0).then(|| COUNTRIES[usize::from(kind % 4)].into());
        funding.payer = (kind % 5 == 0).then(|| PAYERS[usize::from(kind % 3)].into());
    }
    platform
}

/// The same facts with everything listed in another order.
fn shuffled(mut platform: Platform, by: &[Index]) -> Platform {
    fn shuffle<T>(items: &mut [T], by: &[Index]) {
        for (at, index) in (1..items.len()).zip(by.iter().cycle()) {
            items.swap(at, index.index(at + 1));
        }
    }
    let old = platform.facts.clone();
    let mut new = Facts {
        videos: old.videos.clone(),
        countries: old.countries.clone(),
        payers: old.payers.clone(),
        ..old.clone()
    };
    shuffle(&mut new.videos, by);
    shuffle(&mut new.countries, by);
    shuffle(&mut new.payers, by);
    shuffle(&mut new.rows, by);
    for row in &mut new.rows {
        let video = &old.videos[row.video as usize];
        row.video = new.videos.iter().position(|other| other == video).unwrap() as u32;
        let country = &old.countries[row.country as usize];
        row.country = new.countries.iter().position(|other| other == country).unwrap() as u16;
        let payer = row.payer.map(|payer| &old.payers[payer as usize]);
        row.payer = payer.map(|payer| new.payers.iter().position(|other| other == payer).unwrap() as u32);
    }
    platform.facts = new;
    shuffle(&mut platform.creators, by);
    shuffle(&mut platform.videos, by);
    shuffle(&mut platform.funding, by);
    platform
}

fn check_conservation(settlement: &Settlement) {
    for row in &settlement.report.partitions {
        let taken: i128 = row.deductions.iter().map(|taken| taken.amount.units()).sum();
        assert_eq!(
            row.gross.units() + row.moved.units() - taken,
            row.after_deductions.units()
        );
        let parts = [row.carve_out, row.creators_part, row.platform_part, row.kept];
        assert_eq!(
            row.after_deductions.units(),
            parts.iter().map(|part| part.units()).sum::<i128>()
        );
    }
    let moved: i128 = settlement
        .report
        .partitions
        .iter()
        .map(|row| row.moved.units())
        .sum();
    assert_eq!(moved, 0, "money moves between partitions and nowhere else");
    let mut by_partition = vec![0_i128; settlement.report.partitions.len()];
    for unit in &settlement.units {
        by_partition[unit.partition as usize] += unit.before_caps;
    }
    let divided: Vec<i128> = settlement
        .report
        .partitions
        .iter()
        .map(|row| row.divided.units())
        .collect();
    assert_eq!(
        by_partition, divided,
        "the units of a partition sum to its creators' part"
    );
    for line in &settlement.lines {
        let units = settlement.units_of(line);
        assert_eq!(
            units.iter().map(|unit| unit.amount).sum::<i128>(),
            line.amount.units()
        );
        assert_eq!(
            units.iter().map(|unit| unit.before_caps).sum::<i128>(),
            line.before_caps.units()
        );
        assert!(line.amount.units() <= line.before_caps.units());
        assert_eq!(settlement.video(&line.video).unwrap().verdict, Verdict::Paid);
    }
    let lines: i128 = settlement.lines.iter().map(|line| line.amount.units()).sum();
    let totals = &settlement.report.totals;
    assert_eq!(lines, totals.paid.units());
    assert_eq!(
        lines,
        settlement
            .creators
            .iter()
            .map(|creator| creator.amount.units())
            .sum::<i128>()
    );
    assert_eq!(totals.divided.units() - totals.reduced.units(), lines);
    for reduction in &settlement.report.reductions {
        assert!(reduction.after.units() < reduction.before.units());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn money_is_conserved_whatever_the_order(
        text in mechanism(),
        rows in prop::collection::vec(row(), 0..40),
        funds in prop::collection::vec((any::<u8>(), -2_000_000_i64..9_000_000), 0..8),
        by in prop::collection::vec(any::<Index>(), 1..20),
    ) {
        let platform = platform(&text, &rows, &funds);
        let settlement = platform.settle();
        check_conservation(&settlement);
        let again = shuffled(platform, &by).settle();
        prop_assert_eq!(again.hash(), settlement.hash());
        prop_assert_eq!(again, settlement);
    }
}

#[test]
fn threads_do_not_matter() {
    let mut platform = Platform::new(&shipped("creator-rewards", &[]), "2026-10");
    for number in 0..300 {
        platform.creator(&format!("c{number}"));
    }
    for number in 0..9_000_u64 {
        let video = format!("v{number}");
        platform.videos.reserve(1);
        platform.video(&video, &format!("c{}", number % 300));
        let counts = Counts {
            completions: number % 700,
            ..platform::qualified(1_000 + number % 977)
        };
        // The slow way to list a video is for tests with few of them.
        platform.facts.videos.push(facts::FactVideo {
            id: video.as_str().into(),
            creator_hint: None,
        });
        let row = facts::Fact {
            video: number as u32,
            country: 0,
            day: 20_731,
            payer: None,
            counts,
        };
        platform.facts.rows.push(row);
    }
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| platform.settle())
    };
    let one = on(1);
    assert_eq!(one.lines.len(), 9_000);
    for threads in [2, 3, 7] {
        let many = on(threads);
        assert_eq!(many.hash(), one.hash());
        assert!(many == one);
    }
}

#[test]
fn ids_and_hash_stay_what_they_are() {
    let mut platform = Platform::new(
        &document(
            "month",
            "[rate]\nunits = \"qualified_views\"\nper = 1000\nrate = \"0.5\"",
        ),
        "2026-10",
    );
    platform.creator("c");
    platform.video("v", "c");
    platform.fact("v", "US", "2026-10-05", platform::qualified(3_000));
    let settlement = platform.settle();
    assert_eq!(settlement.lines[0].id, "ln_jb85p2refmg2e1mrpemt881dgm");
    assert_eq!(
        settlement.hash(),
        "0016d01e1a4e49564b2ce28125c4946c45b4687762109b120ad6bb5a9f32b0ae"
    );
}
