//! What a backtest says about winners, losers, concentration and eligibility.

mod platform;

use earning::simulate::{PeriodOutcome, SimulateError, compare, summarise};
use platform::{Platform, document, qualified};

/// A day's views of creators `a`, `b`, `c` and `d` under a rate and a follower threshold.
fn outcome(rate: &str, followers: u32, day: &str, views: [u64; 4]) -> PeriodOutcome {
    let text = document(
        "day",
        &format!(
            "[[eligibility.creator]]\ncondition = \"creator.followers >= {followers}\"\n\
             [rate]\nunits = \"qualified_views\"\nper = 1\nrate = \"{rate}\""
        ),
    );
    let mut platform = Platform::new(&text, day);
    for ((creator, followers), views) in [("a", 10), ("b", 20), ("c", 30), ("d", 40)]
        .into_iter()
        .zip(views)
    {
        platform.creator(creator).followers = Some(followers);
        platform.video(creator, creator);
        platform.fact(creator, "US", day, qualified(views));
    }
    PeriodOutcome::of(&platform.settle())
}

#[test]
fn winners_losers_and_eligibility() {
    let old = [
        outcome("1", 20, "2026-10-01", [5, 4, 3, 0]),
        outcome("1", 20, "2026-10-02", [5, 4, 3, 0]),
    ];
    // From 30 followers on: `b` is out, `c` has more views, `d` has some.
    let new = [
        outcome("1", 30, "2026-10-01", [5, 4, 6, 0]),
        outcome("1", 30, "2026-10-02", [5, 4, 3, 2]),
    ];
    let comparison = compare(&new, &old).unwrap();
    assert_eq!(comparison.baseline.total.to_decimal_string(), "14.000000");
    assert_eq!(comparison.candidate.total.to_decimal_string(), "11.000000");
    assert_eq!(comparison.difference.to_decimal_string(), "-3.000000");
    assert_eq!(
        (comparison.winners, comparison.losers, comparison.unchanged),
        (2, 1, 0)
    );
    let named = |changes: &[earning::simulate::Change]| {
        let text = changes
            .iter()
            .map(|change| format!("{} {}", change.creator, change.difference.to_decimal_string()));
        text.collect::<Vec<_>>().join(", ")
    };
    assert_eq!(named(&comparison.largest_gains), "c 3.000000, d 2.000000");
    assert_eq!(named(&comparison.largest_losses), "b -8.000000");
    let changes = comparison.changes.as_ref().unwrap();
    assert_eq!(
        [changes.p1, changes.p50, changes.p99].map(|change| change.to_decimal_string()),
        ["-8.000000", "2.000000", "3.000000"]
    );
    assert_eq!((comparison.entering.count, comparison.leaving.count), (0, 1));
    assert_eq!(&*comparison.leaving.first[0], "b");
    // Of 8 and 6: half the mean difference over the mean.
    assert_eq!(comparison.baseline.gini.as_deref(), Some("0.0714"));
    assert_eq!(comparison.candidate.top_one_percent.as_deref(), Some("0.8182"));
    let changes: Vec<_> = comparison
        .all_changes
        .iter()
        .map(|change| format!("{}: {}", change.creator, change.difference))
        .collect();
    assert_eq!(
        changes,
        ["b: -8.000000 USD", "c: 3.000000 USD", "d: 2.000000 USD"]
    );
    let text = comparison.to_string();
    for line in [
        "Difference in cost: -3.000000 USD",
        "Winners 2, losers 1, unchanged 0",
        "Leaving eligibility: 1 (b)",
    ] {
        assert!(text.lines().any(|told| told == line), "{text}");
    }
    let json = serde_json::to_value(&comparison).unwrap();
    assert_eq!(json["candidate"]["by_period"][1]["total"], "5.000000 USD");
}

#[test]
fn one_program_alone_is_summed_up() {
    let outcomes = [
        outcome("0.5", 0, "2026-10-01", [0, 0, 0, 0]),
        outcome("0.5", 0, "2026-10-02", [2, 2, 2, 2]),
    ];
    let summary = summarise(&outcomes).unwrap();
    assert_eq!(
        (summary.periods, summary.creators_eligible, summary.creators_paid),
        (2, 4, 4)
    );
    assert_eq!(summary.gini.as_deref(), Some("0.0000"));
    assert_eq!(summary.amounts.unwrap().p50.to_decimal_string(), "1.000000");
    assert_eq!(summarise(&[]), Err(SimulateError::NoPeriods));
}
