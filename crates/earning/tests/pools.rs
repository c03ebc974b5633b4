//! The rules of pools: where money comes from, what is taken, how it is divided.

mod platform;

use earning::{SettleError, Settlement, Verdict};
use platform::{Platform, document, of_video, qualified, revenue};

const DAY: &str = "2026-10-05";

fn fixed(rest: &str) -> String {
    document(
        "month",
        &format!("[pool]\namount = \"100.00\"\ncreator_share = \"100%\"\n{rest}"),
    )
}

/// Videos `a`, `b`, ... of one creator each, with qualified views in a country on a day.
fn settle(text: &str, facts: &[(&str, &str, &str, u64)]) -> Settlement {
    platform(text, facts).settle()
}

fn platform(text: &str, facts: &[(&str, &str, &str, u64)]) -> Platform {
    let mut platform = Platform::new(text, "2026-10");
    for (video, country, day, views) in facts {
        if !platform.videos.iter().any(|known| *known.id == **video) {
            platform.creator(&format!("creator-{video}"));
            platform.video(video, &format!("creator-{video}"));
        }
        platform.fact(video, country, day, qualified(*views));
    }
    platform
}

/// Partition, gross, moved, creators' part, kept: one text per partition.
fn partitions(settlement: &Settlement) -> Vec<String> {
    let text = |row: &earning::PartitionReport| {
        let amounts =
            [row.gross, row.moved, row.creators_part, row.kept].map(|amount| amount.to_decimal_string());
        format!(
            "{}: {}",
            row.partition,
            amounts
                .map(|amount| amount.trim_end_matches("0000").to_owned())
                .join(" ")
        )
    };
    settlement.report.partitions.iter().map(text).collect()
}

#[test]
fn a_fixed_pool_is_there_for_every_partition() {
    let facts = [("a", "US", DAY, 3), ("b", "US", DAY, 1), ("a", "DE", DAY, 1)];
    let settlement = settle(
        &fixed("partition = [\"country\"]\nweight = \"qualified_views\""),
        &facts,
    );
    assert_eq!(
        partitions(&settlement),
        [
            "country DE: 100.00 0.00 100.00 0.00",
            "country US: 100.00 0.00 100.00 0.00"
        ]
    );
    assert_eq!(
        ["a", "b"].map(|video| of_video(&settlement, video)),
        ["175.000000", "25.000000"]
    );
    // By day alone, every day of the period has its pool.
    let settlement = settle(
        &fixed("partition = [\"day\"]\nweight = \"qualified_views\""),
        &facts,
    );
    assert_eq!(settlement.report.partitions.len(), 31);
    assert_eq!(settlement.report.totals.kept.to_decimal_string(), "3000.000000");
    // Without keys there is one, even without facts.
    let settlement = settle(&fixed("weight = \"qualified_views\""), &[]);
    assert_eq!(
        partitions(&settlement),
        ["the whole period: 100.00 0.00 0.00 100.00"]
    );
    assert!(settlement.lines.is_empty());
}

#[test]
fn what_nobody_has_weight_for_is_kept_or_moves_on() {
    let facts = [("a", "US", DAY, 3), ("b", "GB", DAY, 1), ("c", "DE", DAY, 0)];
    let text = |rule: &str| {
        fixed(&format!(
            "partition = [\"country\"]\nweight = \"qualified_views\"\non_empty = \"{rule}\""
        ))
    };
    let kept = settle(&text("keep"), &facts);
    assert_eq!(kept.report.totals.kept.to_decimal_string(), "100.000000");
    assert_eq!(
        ["a", "b"].map(|video| of_video(&kept, video)),
        ["100.000000", "100.000000"]
    );
    assert_eq!(of_video(&kept, "c"), "no_weight");
    let moved = settle(&text("redistribute"), &facts);
    assert_eq!(
        partitions(&moved),
        [
            "country DE: 100.00 -100.00 0.00 0.00",
            "country GB: 100.00 25.00 125.00 0.00",
            "country US: 100.00 75.00 175.00 0.00"
        ]
    );
    // Nobody anywhere: there is no other partition to take it.
    let nobody = settle(&text("redistribute"), &[("c", "DE", DAY, 0)]);
    assert_eq!(partitions(&nobody), ["country DE: 100.00 0.00 0.00 100.00"]);
}

#[test]
fn deductions_come_in_order_and_are_cut() {
    let text = document(
        "month",
        r#"[pool]
amount = "1.00"
weight = "qualified_views"
creator_share = "1/3"
[[pool.deductions]]
name = "fees"
part = "10%"
[[pool.deductions]]
name = "tax"
part = "1/7""#,
    );
    let settlement = settle(&text, &[("a", "US", DAY, 1)]);
    let totals = &settlement.report.totals;
    let named = totals
        .deductions
        .iter()
        .map(|taken| format!("{} {}", taken.name, taken.amount));
    // A seventh of 0.90 is 0.128571 and a rest, which stays in the pool.
    assert_eq!(
        named.collect::<Vec<_>>(),
        ["fees 0.100000 USD", "tax 0.128571 USD"]
    );
    assert_eq!(totals.creators_part.to_decimal_string(), "0.257143");
    assert_eq!(totals.platform_part.to_decimal_string(), "0.514286");
    assert_eq!(settlement.report.rounding, "0");
}

#[test]
fn a_table_makes_pools_of_its_rows() {
    let text = document(
        "month",
        r#"[tables.budget]
by = "country"
default = "5.00"
[tables.budget.values]
US = "70.00"
JP = "9.00"
[pool]
table = "budget"
partition = ["country"]
weight = "qualified_views"
creator_share = "100%""#,
    );
    let settlement = settle(&text, &[("a", "US", DAY, 1), ("a", "DE", DAY, 1)]);
    assert_eq!(
        partitions(&settlement),
        [
            "country DE: 5.00 0.00 5.00 0.00",
            "country JP: 9.00 0.00 0.00 9.00",
            "country US: 70.00 0.00 70.00 0.00"
        ]
    );
}

#[test]
fn ad_revenue_is_that_of_all_videos_of_the_partition() {
    let text = document(
        "month",
        "[pool]\nsource = \"ad_revenue\"\npartition = [\"country\"]\nweight = \"qualified_views\"\ncreator_share = \"50%\"",
    );
    let mut platform = platform(&text, &[("a", "US", DAY, 1), ("b", "US", DAY, 3)]);
    platform.fact("nobodys", "US", DAY, revenue(8_000_000));
    // A correction: negative revenue makes negative lines, divided like any other.
    platform.fact("b", "DE", DAY, revenue(-2_000_000));
    platform.fact("a", "DE", DAY, qualified(1));
    let settlement = platform.settle();
    assert_eq!(
        partitions(&settlement),
        [
            "country DE: -2.00 0.00 -1.00 0.00",
            "country US: 8.00 0.00 4.00 0.00"
        ]
    );
    assert_eq!(
        ["a", "b", "nobodys"].map(|video| of_video(&settlement, video)),
        ["0.000000", "3.000000", "creator_unknown"]
    );
    assert_eq!(settlement.report.counts.videos_without_creator, 1);
}

const FUNDED: &str = "[pool]\nsource = \"funding\"\npartition = [\"country\"]\nweight = \"qualified_views\"\ncreator_share = \"100%\"\n";

#[test]
fn funding_goes_where_it_names_and_else_by_weight() {
    let mut platform = platform(
        &document("month", FUNDED),
        &[("a", "US", DAY, 3), ("b", "DE", DAY, 1)],
    );
    platform.fund(DAY, 10).country = Some("DE".into());
    platform.fund("2026-10-31", 100);
    platform.fund("2026-10-07", 7).country = Some("JP".into());
    platform.fund("2026-11-01", 1_000);
    platform.fund(DAY, 1_000).program = "another".into();
    let settlement = platform.settle();
    assert_eq!(
        partitions(&settlement),
        [
            "country DE: 35.00 0.00 35.00 0.00",
            "country JP: 7.00 0.00 0.00 7.00",
            "country US: 75.00 0.00 75.00 0.00"
        ]
    );
    let unit = settlement
        .units
        .iter()
        .find(|unit| *unit.country == *"US")
        .unwrap();
    assert_eq!(
        settlement.report.partitions[unit.partition as usize]
            .partition
            .country
            .as_deref(),
        Some("US")
    );
}

#[test]
fn funding_that_nobody_can_take_stays_open() {
    let mut platform = platform(&document("month", FUNDED), &[("a", "US", DAY, 0)]);
    platform.fund(DAY, 10);
    let settlement = platform.settle();
    assert_eq!(
        partitions(&settlement),
        [
            "the whole period: 10.00 0.00 0.00 10.00",
            "country US: 0.00 0.00 0.00 0.00"
        ]
    );
    assert_eq!(settlement.report.totals.kept.to_decimal_string(), "10.000000");
}

#[test]
fn funding_in_another_currency_is_told_and_not_in_the_pool() {
    let mut platform = platform(&document("month", FUNDED), &[("a", "US", DAY, 1)]);
    platform.fund(DAY, 7);
    platform.fund(DAY, 10).currency = "EUR".into();
    let settlement = platform.settle();
    assert_eq!(settlement.report.totals.gross.to_decimal_string(), "7.000000");
    assert_eq!(settlement.report.foreign_funding, 1);
}

#[test]
fn the_largest_remainders_are_served_in_the_order_of_videos() {
    let facts = [("c", "US", DAY, 1), ("a", "US", DAY, 1), ("b", "US", DAY, 1)];
    let text = document(
        "month",
        "[pool]\namount = \"1.00\"\nweight = \"qualified_views\"\ncreator_share = \"100%\"",
    );
    let settlement = settle(&text, &facts);
    assert_eq!(
        ["a", "b", "c"].map(|video| of_video(&settlement, video)),
        ["0.333334", "0.333333", "0.333333"]
    );
}

#[test]
fn weights_are_quantised_once() {
    // A third of a billionth is nothing; two thirds are one.
    let text = fixed("weight = \"qualified_views / 3000000000\"");
    let settlement = settle(
        &text,
        &[("a", "US", DAY, 1), ("b", "US", DAY, 2), ("c", "US", DAY, 6)],
    );
    assert_eq!(
        ["a", "b", "c"].map(|video| of_video(&settlement, video)),
        ["no_weight", "33.333333", "66.666667"]
    );
}

#[test]
fn weights_out_of_range_are_refused() {
    let negative = platform(&fixed("weight = \"qualified_views - 2\""), &[("a", "US", DAY, 1)]);
    assert_eq!(
        negative.refused().to_string(),
        "`qualified_views - 2` is -1 for video `a`, country US: it must not be negative"
    );
    let huge = platform(
        &fixed("weight = \"qualified_views * 10000000000\""),
        &[("a", "US", DAY, 100_000_000_000)],
    );
    assert!(matches!(huge.refused(), SettleError::OutOfRange { .. }));
    let keep = platform(
        &fixed(
            "weight = \"qualified_views\"\n[pool.carve_out]\nkeep = \"1 + video.music_tracks\"\nbeneficiary = \"music\"",
        ),
        &[("a", "US", DAY, 1)],
    );
    let mut keep = keep;
    keep.videos[0].music_tracks = Some(1);
    assert_eq!(
        keep.refused().to_string(),
        "`1 + video.music_tracks` is 2 for video `a`, country US: the part kept must be from 0 to 1"
    );
    let divided = platform(
        &fixed("weight = \"10 / (qualified_views - 1)\""),
        &[("a", "US", DAY, 1)],
    );
    assert_eq!(
        divided.refused().to_string(),
        "`10 / (qualified_views - 1)` for video `a`, country US: division by zero"
    );
}

#[test]
fn an_unknown_value_takes_the_video_out_and_is_named() {
    let text = fixed("weight = \"qualified_views * video.duration_seconds\"");
    let mut platform = platform(&text, &[("a", "US", DAY, 1), ("b", "US", DAY, 1)]);
    platform.videos[0].duration_ms = None;
    platform.fact("hinted", "US", DAY, qualified(1));
    platform.facts.videos.last_mut().unwrap().creator_hint = Some("creator-a".into());
    let settlement = platform.settle();
    let expected = Verdict::NotKnown {
        variable: "video.duration_seconds".into(),
    };
    assert_eq!(settlement.video("a").unwrap().verdict, expected);
    assert_eq!(of_video(&settlement, "b"), "100.000000");
    // Without a snapshot the creator is known from the views, the duration is not.
    assert_eq!(settlement.video("hinted").unwrap().verdict, expected);
    assert_eq!(
        settlement.video("hinted").unwrap().creator.as_deref(),
        Some("creator-a")
    );
}

#[test]
fn a_snapshot_wins_over_what_views_say() {
    let mut platform = platform(&fixed("weight = \"qualified_views\""), &[("a", "US", DAY, 1)]);
    platform.facts.videos[0].creator_hint = Some("somebody".into());
    let settlement = platform.settle();
    assert_eq!(&*settlement.lines[0].creator, "creator-a");
    platform.videos.clear();
    assert_eq!(&*platform.settle().lines[0].creator, "somebody");
}

#[test]
fn facts_of_other_days_are_left_out() {
    let facts = [
        ("a", "US", "2026-09-30", 5),
        ("a", "US", "2026-10-01", 1),
        ("b", "US", "2026-11-01", 5),
    ];
    let settlement = settle(&fixed("weight = \"qualified_views\""), &facts);
    assert_eq!(of_video(&settlement, "a"), "100.000000");
    assert!(settlement.video("b").is_none());
    assert_eq!(settlement.report.counts.views, 1);
}

#[test]
fn a_table_gives_its_default_for_what_is_not_listed_or_not_known() {
    let text = document(
        "month",
        r#"[tables.niche]
by = "video.category"
default = "0.5"
[tables.niche.values]
gaming = "2"
[pool]
amount = "100.00"
weight = "qualified_views * niche"
creator_share = "100%""#,
    );
    let mut platform = platform(
        &text,
        &[("a", "US", DAY, 1), ("b", "US", DAY, 1), ("c", "US", DAY, 2)],
    );
    platform.videos[1].category = None;
    platform.videos[2].category = Some("pets".into());
    let settlement = platform.settle();
    let weights: Vec<String> = settlement
        .units
        .iter()
        .map(|unit| unit.value.normalize().to_string())
        .collect();
    assert_eq!(weights, ["2", "0.5", "1"]);
}

#[test]
fn broken_inputs_are_refused() {
    let good = platform(&fixed("weight = \"qualified_views\""), &[("a", "US", DAY, 1)]);
    let mut twice = good.clone();
    twice.videos.push(twice.videos[0].clone());
    assert_eq!(
        twice.refused().to_string(),
        "video `a` has two snapshots: pass the one in force at the period's end"
    );
    let mut broken = good.clone();
    broken.facts.rows[0].video = 9;
    assert_eq!(
        broken.refused(),
        SettleError::BrokenFacts {
            row: 0,
            what: "video",
            index: 9
        }
    );
    let mut windows = platform(&fixed("weight = \"video.views_7d\""), &[("a", "US", DAY, 1)]);
    windows.lookbacks.counts.clear();
    assert_eq!(
        windows.refused().to_string(),
        "look-back `video.views_7d` was not counted"
    );
    let payers = "[pool]\nsource = \"funding\"\npartition = [\"payer\"]\nweight = \"qualified_views\"\ncreator_share = \"100%\"\n";
    let unpaid = platform(&document("month", payers), &[("a", "US", DAY, 1)]);
    assert!(matches!(unpaid.refused(), SettleError::FactsWithoutPayer { .. }));
    // What one advertisement does not say of its viewer stops nobody's money.
    let mut paid = platform(&document("month", payers), &[]);
    paid.creator("ann");
    paid.video("a", "ann");
    paid.paid_by("fan", "a", DAY, qualified(3));
    let without = paid.clone().settle();
    paid.fact("a", "US", DAY, revenue(1_000_000));
    let with = paid.settle();
    assert_eq!(
        (
            without.report.impressions_without_payer,
            with.report.impressions_without_payer
        ),
        (0, 1)
    );
    assert_eq!((with.lines, with.units), (without.lines, without.units));
}
