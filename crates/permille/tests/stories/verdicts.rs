//! Every view has one verdict, and the rules find what they are made for.

use crate::harness::Story;

/// Rules that ordinary traffic breaks too, without a label.
const ALSO_ORDINARY: [&str; 6] = [
    "too_short",
    "surface",
    "replay_loop",
    "negative_feedback",
    "impossible_time",
    "already_counted",
];

fn platform() -> Story {
    let story = Story::new();
    let sizes = "--views 100000 --days 8 --creators 200 --viewers 10000 --start 2026-10-01 --out platform";
    let args: Vec<&str> = ["generate"].into_iter().chain(sizes.split(' ')).collect();
    story.ok(&args);
    let config = story.path().join("permille.toml");
    std::fs::write(config, "[lists]\ndata_centres = \"platform/datacentres.csv\"\n").unwrap();
    story
}

#[test]
fn rules_find_the_invalid_traffic_that_was_generated() {
    let story = platform();
    let labels = ["--raw", "platform", "--labels", "platform/labels"];
    let judged = story.json(&[&["verdicts", "--out", "verdicts.parquet"], &labels[..]].concat());
    let facts = story.json(&["facts", "--raw", "platform", "--out", "facts.parquet"]);
    assert_eq!(judged["views"], facts["views"]);
    for rule in judged["verdicts"].as_array().unwrap() {
        let name = rule["verdict"].as_str().unwrap();
        let count = |key: &str| rule[key].as_u64().unwrap();
        if name == "qualified" {
            assert_eq!(count("views"), facts["qualified"].as_u64().unwrap());
            continue;
        }
        let rejected = facts[format!("rejected_{name}")].as_u64().unwrap();
        assert_eq!(count("views"), rejected, "{name}");
        if name == "invalidated" {
            assert_eq!(count("views"), 0, "nobody marked a view");
            continue;
        }
        assert!(count("labelled") > 0, "{name}");
        // A view labelled as counted already may meet an earlier rule by chance.
        let least = if name == "already_counted" { 98 } else { 100 };
        assert!(
            count("agreed") * 100 >= count("labelled") * least,
            "{name}: {rule}"
        );
        if !ALSO_ORDINARY.contains(&name) {
            assert_eq!(count("agreed"), count("views"), "{name}: {rule}");
        }
    }
}

#[test]
fn days_may_be_chosen_or_left_out() {
    let story = platform();
    let views = |more: &[&str]| {
        let all = ["verdicts", "--raw", "platform", "--out", "verdicts.parquet"];
        story.json(&[&all[..], more].concat())["views"].as_u64().unwrap()
    };
    let (first, rest) = (views(&["--to", "2026-10-02"]), views(&["--from", "2026-10-03"]));
    assert_eq!(first + rest, views(&[]));
    assert!(first > 0 && rest > 0);
}
