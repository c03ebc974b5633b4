//! Amounts beyond what 64 bits hold, somewhere on their way: exact everywhere, or refused in words.

use crate::harness::Story;
use serde_json::json;

/// A program that shares all advertising of a month.
fn sharing(currency: &str) -> Story {
    let story = Story::for_tests();
    let text = format!(
        "id = \"ads\"\nversion = 1\nname = \"ads\"\nsummary = \"Shares advertising.\"\neffective_from = 2026-01-01\n\
         currency = \"{currency}\"\nperiod = \"month\"\n[share]\nrevenue = \"ad_revenue\"\ncreator_share = \"100%\"\n\
         [payable]\nhold_days = 0\n"
    );
    story.file("ads.toml", &text);
    story.ok(&["program", "apply", "ads.toml"]);
    bring(
        &story,
        "creator",
        "creator_id,effective_at\nann,2026-01-01T00:00:00Z\n",
    );
    let videos = "video_id,effective_at,creator_id\na,2026-01-01T00:00:00Z,ann\nb,2026-01-01T00:00:00Z,ann\n";
    bring(&story, "video", videos);
    story
}

fn bring(story: &Story, kind: &str, text: &str) {
    story.file("brought.csv", text);
    story.ok(&["import", kind, "brought.csv"]);
}

/// Imports impressions: event, video, revenue.
fn revenue(story: &Story, currency: &str, rows: &[(String, &str, &str)]) {
    let mut csv = "event_id,video_id,occurred_at,revenue,currency,country\n".to_owned();
    for (event, video, amount) in rows {
        csv.push_str(&format!(
            "{event},{video},2026-10-05T10:00:00Z,{amount},{currency},DE\n"
        ));
    }
    bring(story, "ad_impression", &csv);
}

const SETTLE: [&str; 5] = ["settle", "--program", "ads", "--month", "2026-10"];

#[test]
fn a_total_above_18_thousand_million_is_settled_and_listed() {
    let story = sharing("VND");
    let amount = "10000000000.00";
    revenue(
        &story,
        "VND",
        &[("1".to_owned(), "a", amount), ("2".to_owned(), "b", amount)],
    );
    let settled = story.json(&SETTLE);
    let run = &settled[0];
    assert_eq!(run["report"]["totals"]["paid"], "20000000000.000000 VND");
    assert_eq!(run["report"]["partitions"][0]["weight"], "20000000000000000000");
    assert!(story.ok(&SETTLE).contains("20000000000.000000 VND"));
    let runs = story.json(&["runs", "--program", "ads"]);
    assert_eq!(runs[0]["report"], run["report"]);
    let line = &story.json(&["lines", "--program", "ads"])[0];
    let explained = story.json(&["explain", line["line"].as_str().unwrap()]);
    assert!(explained.is_object(), "{explained}");
    assert_eq!(story.posted("creator-pending", "ann", None), "20000000000.000000");
    story.ok(&["period", "close", "--due"]);
    revenue(&story, "VND", &[("3".to_owned(), "a", "-9000000000.00")]);
    let restated = story.json(&["restate", "--program", "ads", "--period", "2026-10"]);
    let changes: Vec<_> = restated["posted"]["changes"]
        .as_object()
        .unwrap()
        .values()
        .collect();
    assert_eq!(
        changes,
        [&json!({"lines": 1, "change": "-9000000000.000000 VND"})]
    );
    for check in [&["verify"][..], &["ledger", "verify"]] {
        story.ok(check);
    }
}

#[test]
fn a_sum_that_no_fact_holds_is_refused_until_it_is_corrected() {
    let most = "999999999999.999999";
    let story = sharing("EUR");
    let rows: Vec<_> = (0..10).map(|event| (format!("e{event}"), "a", most)).collect();
    revenue(&story, "EUR", &rows);
    let said = story.fails(3, &SETTLE);
    for word in [
        "facts/too-large",
        "`a` in DE on 2026-10-05",
        "9999999999999999990",
        "revenue of the other sign",
    ] {
        assert!(said.contains(word), "{word}: {said}");
    }
    assert_eq!(story.json(&["ledger", "accounts"]), json!([]));
    assert_eq!(story.json(&["runs"]), json!([]));
    let view = "event_id,viewer_id,video_id,occurred_at,watched_ms\nw,x,a,2026-10-05T10:00:00Z,9000\n";
    bring(&story, "view", view);
    let count = [
        "facts",
        "--program",
        "ads",
        "--from",
        "2026-10-01",
        "--to",
        "2026-10-31",
        "--out",
        "f.parquet",
    ];
    assert!(story.fails(3, &count).contains("facts/too-large"));
    let back: Vec<_> = (0..3)
        .map(|event| (format!("b{event}"), "a", "-999999999999.999999"))
        .collect();
    revenue(&story, "EUR", &back);
    story.ok(&SETTLE);
    assert_eq!(
        story.posted("creator-pending", "ann", None),
        "6999999999999.999993"
    );
    assert_eq!(story.json(&count)["ad_revenue_micros"], "6999999999999999993");
    for check in [&["verify"][..], &["ledger", "verify"]] {
        story.ok(check);
    }
}

#[test]
fn negative_corrections_do_not_become_earnings() {
    let story = sharing("EUR");
    let rows: Vec<_> = (0..13)
        .map(|event| (format!("e{event}"), "a", "-999999999999.999999"))
        .collect();
    revenue(&story, "EUR", &rows);
    assert!(story.fails(3, &SETTLE).contains("-12999999999999999987"));
    assert_eq!(story.json(&["ledger", "accounts"]), json!([]));
}
