//! The rules of revenue shares and line-ups.

mod platform;

use earning::{Verdict, VideoDecision};
use facts::Counts;
use platform::{Platform, document, of_video, qualified, revenue, shipped};

const DAY: &str = "2026-10-05";

fn share(rest: &str) -> String {
    document(
        "month",
        &format!("[share]\nrevenue = \"ad_revenue\"\ncreator_share = \"50%\"\n{rest}"),
    )
}

fn with_videos(text: &str, videos: &[&str]) -> Platform {
    let mut platform = Platform::new(text, "2026-10");
    platform.creator("c");
    for video in videos {
        platform.video(video, "c");
    }
    platform
}

#[test]
fn revenue_is_shared_after_deductions_in_proportion() {
    let text = share("[[share.deductions]]\nname = \"fees\"\npart = \"10%\"");
    let mut platform = with_videos(&text, &["a", "b", "c"]);
    for (video, micros) in [("a", 1), ("b", 1), ("c", 1)] {
        platform.fact(video, "US", DAY, revenue(micros));
    }
    let settlement = platform.settle();
    let totals = &settlement.report.totals;
    // A tenth of 3 millionths is nothing; half of 3, rounded to even, is 2.
    assert_eq!(totals.gross.units(), 3);
    assert_eq!(totals.creators_part.units(), 2);
    assert_eq!(
        ["a", "b", "c"].map(|video| of_video(&settlement, video)),
        ["0.000001", "0.000001", "0.000000"]
    );
    assert_eq!(settlement.report.rounding, "-0.0000005");
}

#[test]
fn a_correction_is_borne_by_its_own_video() {
    let mut platform = with_videos(&share(""), &["a", "b", "c"]);
    for (video, micros) in [("a", 6_000_000), ("b", -2_000_000), ("c", 0)] {
        platform.fact(video, "US", DAY, revenue(micros));
    }
    let settlement = platform.settle();
    assert_eq!(
        ["a", "b", "c"].map(|video| of_video(&settlement, video)),
        ["3.000000", "-1.000000", "no_weight"]
    );
    let partition = &settlement.report.partitions[0];
    assert_eq!(partition.gross.to_decimal_string(), "4.000000");
    assert_eq!(partition.creators_part, settlement.report.totals.paid);
    assert_eq!(partition.platform_part.to_decimal_string(), "2.000000");
}

#[test]
fn revenue_of_those_who_may_not_earn_is_not_shared() {
    let mut platform = with_videos(&share(""), &["a"]);
    platform.fact("a", "US", DAY, revenue(2_000_000));
    platform.fact("nobodys", "US", DAY, revenue(50_000_000));
    let settlement = platform.settle();
    assert_eq!(settlement.report.totals.gross.to_decimal_string(), "2.000000");
    assert_eq!(of_video(&settlement, "a"), "1.000000");
}

/// Pulse with 26 videos in one category: two take part (4 % of 26, rounded up).
fn pulse(changes: &[(&str, &str)]) -> Platform {
    let mut platform = Platform::new(&shipped("pulse", changes), "2026-10");
    platform.creator("c");
    for number in 0..26_u64 {
        let video = format!("v{number:02}");
        platform.video(&video, "c").published_at = Some(jiff::Timestamp::UNIX_EPOCH);
        // On the first day the later videos are better, on the second the earlier ones.
        for (day, views) in [("2026-10-05", 100 + number), ("2026-10-06", 200 - number)] {
            let counts = Counts {
                ad_impressions: 1,
                ad_revenue_micros: 1_000_000,
                ..qualified(views)
            };
            platform.fact(&video, "US", day, counts);
        }
    }
    platform
}

fn place(decision: &VideoDecision) -> (u32, u32, u64, u64, u64) {
    let line_up = decision.line_up.as_ref().expect("a candidate");
    let best = &line_up.best;
    (
        line_up.entered,
        line_up.groups,
        best.rank,
        best.cutoff,
        best.candidates,
    )
}

#[test]
fn the_best_are_ranked_anew_in_every_group() {
    let settlement = pulse(&[]).settle();
    let paid: Vec<&str> = settlement.lines.iter().map(|line| &*line.video).collect();
    assert_eq!(paid, ["v00", "v01", "v24", "v25"]);
    // Only the revenue of the day in the line-up is shared.
    assert!(
        settlement
            .lines
            .iter()
            .all(|line| line.amount.to_decimal_string() == "0.500000")
    );
    assert_eq!(settlement.units[0].day, Some(platform::date("2026-10-06")));
    assert_eq!(
        settlement.report.partitions[0].partition.to_string(),
        "category gaming"
    );
    let outside = settlement.video("v12").unwrap();
    assert_eq!(outside.verdict, Verdict::OutsideLineUp);
    assert_eq!(place(outside), (0, 2, 13, 2, 26));
    let best = &outside.line_up.as_ref().unwrap().best;
    assert_eq!(best.group.to_string(), "2026-10-06, category gaming");
    assert_eq!(
        (best.score.to_string(), best.cutoff_score.unwrap().to_string()),
        ("188".to_owned(), "199".to_owned())
    );
    assert_eq!(place(settlement.video("v25").unwrap()), (1, 2, 1, 2, 26));
}

#[test]
fn equal_scores_go_by_id_and_a_score_adds_up_countries() {
    let mut platform = Platform::new(&shipped("pulse", &[("share.top.part", "\"1/3\"")]), "2026-10");
    platform.creator("c");
    for video in ["b", "a", "c"] {
        platform.video(video, "c");
        let counts = Counts {
            ad_impressions: 1,
            ad_revenue_micros: 2_000_000,
            ..qualified(10)
        };
        platform.fact(video, "US", DAY, counts);
    }
    let settlement = platform.settle();
    assert_eq!(
        ["a", "b", "c"].map(|video| of_video(&settlement, video)),
        ["1.000000", "outside_line_up", "outside_line_up"]
    );
    platform.fact("c", "DE", DAY, qualified(1));
    let settlement = platform.settle();
    assert_eq!(of_video(&settlement, "c"), "1.000000");
    assert_eq!(of_video(&settlement, "a"), "outside_line_up");
}

#[test]
fn a_video_without_a_known_score_is_no_candidate() {
    let mut platform = pulse(&[("share.top.score", "\"qualified_views + video.age_days\"")]);
    platform.videos[25].published_at = None;
    let settlement = platform.settle();
    assert_eq!(
        settlement.video("v25").unwrap().verdict,
        Verdict::NotKnown {
            variable: "video.age_days".into()
        }
    );
    // 25 candidates: one takes part on each day.
    let paid: Vec<&str> = settlement.lines.iter().map(|line| &*line.video).collect();
    assert_eq!(paid, ["v00", "v24"]);
}

#[test]
fn a_pool_can_have_a_line_up_too() {
    let text = document(
        "month",
        "[pool]\namount = \"9.00\"\nweight = \"qualified_views\"\ncreator_share = \"100%\"\n[pool.top]\npart = \"50%\"\nby = []\nscore = \"likes\"",
    );
    let mut platform = with_videos(&text, &["a", "b", "c"]);
    for (video, likes) in [("a", 1), ("b", 3), ("c", 2)] {
        let mut counts = qualified(10 * likes);
        counts.engagement[0] = likes;
        platform.fact(video, "US", DAY, counts);
    }
    let settlement = platform.settle();
    assert_eq!(
        ["a", "b", "c"].map(|video| of_video(&settlement, video)),
        ["outside_line_up", "5.400000", "3.600000"]
    );
}
