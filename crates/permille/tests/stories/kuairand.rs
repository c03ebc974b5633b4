//! A real log of short-video views goes in, explained lines come out.

use crate::harness::{Story, checkout, shared};
use serde_json::Value;

fn imported() -> Option<(Story, Value)> {
    let log = shared("kuairand/views.tsv.gz")?;
    let story = Story::new();
    let mapping = checkout("mappings/kuairand.toml");
    let report = story.json(&[
        "import",
        "view",
        log.to_str().unwrap(),
        "--mapping",
        mapping.to_str().unwrap(),
    ]);
    Some((story, report))
}

#[test]
fn every_row_of_the_log_is_accounted_for() {
    let Some((story, report)) = imported() else { return };
    assert_eq!(report["read"], 41_828);
    assert_eq!(report["stored"], 41_704);
    assert_eq!(report["duplicate"], 124);
    assert_eq!(report["quarantined"], 0);
    assert_eq!(report["unknown_duration"], 7_730);
    assert_eq!(report["looped"], 12_892);

    let log = shared("kuairand/views.tsv.gz").unwrap();
    let again = story.json(&["import", "view", log.to_str().unwrap(), "--mapping", "kuairand"]);
    assert_eq!(
        (&again["read"], &again["stored"], &again["duplicate"]),
        (&41_828.into(), &0.into(), &41_828.into())
    );
}

#[test]
fn verdicts_add_up_to_views() {
    let Some((story, _)) = imported() else { return };
    let funnel = story.json(&["funnel", "--program", "open-pool"]);
    let rejected: u64 = funnel["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| rule["rejected"].as_u64().unwrap())
        .sum();
    assert_eq!(funnel["views"], 41_704);
    assert_eq!(funnel["qualified"].as_u64().unwrap() + rejected, 41_704);
    let not_evaluated: Vec<_> = funnel["rules"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|rule| rule["evaluated"] == false)
        .collect();
    assert!(
        !not_evaluated.is_empty(),
        "the log has neither addresses nor user agents"
    );
}

#[test]
fn a_month_is_settled_explained_and_replayed() {
    let Some((story, _)) = imported() else { return };
    story.ok(&["program", "apply", "open-pool"]);
    let runs = story.json(&["settle", "--program", "open-pool", "--month", "2022-04"]);
    assert!(!runs.as_array().unwrap().is_empty());
    let lines = story.json(&["lines", "--program", "open-pool", "--limit", "3"]);
    let id = lines[0]["line"].as_str().unwrap();
    let explained = story.ok(&["explain", id]);
    assert!(
        explained.contains(lines[0]["amount"].as_str().unwrap()),
        "{explained}"
    );
    assert!(explained.contains("qualified"), "{explained}");
    let creator = lines[0]["creator"].as_str().unwrap();
    let statement = story.ok(&["statement", "--creator", creator, "--month", "2022-04"]);
    assert!(statement.contains(creator), "{statement}");
    story.ok(&["verify"]);
}

#[test]
fn creators_below_the_thresholds_are_told_so() {
    let Some((story, _)) = imported() else { return };
    let document = std::fs::read_to_string(checkout("programs/creator-fund.toml")).unwrap();
    let dated = document
        .lines()
        .map(|line| {
            if line.starts_with("effective_from") {
                "effective_from = 2022-01-01"
            } else {
                line
            }
        })
        .collect::<Vec<_>>()
        .join("\n");
    story.file("fund.toml", &dated);
    story.ok(&["program", "apply", "fund.toml"]);
    let settled = story.ok(&["settle", "--program", "creator-fund", "--period", "2022-04-12"]);
    assert!(settled.contains("no creator is eligible"), "{settled}");
    let why = story.ok(&[
        "explain",
        "--creator",
        "17",
        "--program",
        "creator-fund",
        "--period",
        "2022-04-12",
    ]);
    assert!(why.contains("100000") || why.contains("100,000"), "{why}");
}
