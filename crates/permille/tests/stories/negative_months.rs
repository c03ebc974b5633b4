//! Corrections can take more from a creator than a period brought: that money is negative until it becomes payable, and keeps
//! nobody else's from becoming so.

use crate::harness::Story;
use std::fs;

/// Programs that share advertising by the month: `held` waits for 200 days, `soon` and `other` for none.
fn programs(held_from: &str) -> Story {
    let story = Story::for_tests();
    for (id, hold, share, from) in [
        ("soon", 0, "100%", "2026-01-01"),
        ("other", 0, "10%", "2026-01-01"),
        ("held", 200, "100%", held_from),
    ] {
        let text = format!(
            "id = \"{id}\"\nversion = 1\nname = \"{id}\"\nsummary = \"Shares advertising.\"\neffective_from = {from}\n\
             currency = \"EUR\"\nperiod = \"month\"\n[share]\nrevenue = \"ad_revenue\"\ncreator_share = \"{share}\"\n\
             [payable]\nhold_days = {hold}\n"
        );
        story.file(&format!("{id}.toml"), &text);
        story.ok(&["program", "apply", &format!("{id}.toml")]);
    }
    let creators = "creator_id,effective_at\nann,2026-01-01T00:00:00Z\nbob,2026-01-01T00:00:00Z\n";
    bring(&story, "creator", creators);
    let videos = "video_id,effective_at,creator_id\na,2026-01-01T00:00:00Z,ann\nb,2026-01-01T00:00:00Z,bob\n";
    bring(&story, "video", videos);
    story
}

fn bring(story: &Story, kind: &str, text: &str) {
    story.file("brought.csv", text);
    story.ok(&["import", kind, "brought.csv"]);
}

fn revenue(story: &Story, rows: &[(&str, &str, &str)]) {
    let mut csv = "event_id,video_id,occurred_at,revenue,currency\n".to_owned();
    for (number, (video, day, amount)) in rows.iter().enumerate() {
        csv.push_str(&format!("e{number},{video},{day}T10:00:00Z,{amount},EUR\n"));
    }
    bring(story, "ad_impression", &csv);
}

fn posted(story: &Story, kind: &str, owner: &str) -> String {
    let posted = story.posted(kind, owner, None);
    posted.as_str().unwrap_or("none").to_owned()
}

#[test]
fn a_negative_month_that_is_held_keeps_no_other_money_back() {
    let story = programs("2026-09-01");
    let rows = [
        ("a", "2026-09-05", "-300.00"),
        ("b", "2026-09-05", "400.00"),
        ("a", "2026-10-05", "100.00"),
        ("b", "2026-10-05", "80.00"),
    ];
    revenue(&story, &rows);
    story.ok(&["settle", "--program", "held", "--month", "2026-09"]);
    story.ok(&["settle", "--program", "soon", "--month", "2026-10"]);
    story.ok(&["period", "close", "--due"]);
    assert_eq!(posted(&story, "creator-available", "ann"), "100.000000");
    assert_eq!(posted(&story, "creator-available", "bob"), "80.000000");
    assert_eq!(posted(&story, "creator-pending", "ann"), "-300.000000");
    story.ok(&["ledger", "verify"]);
    // It takes from what is payable when its day has come.
    story.ok(&["--now", "2027-06-01T00:00:00Z", "period", "close", "--due"]);
    assert_eq!(posted(&story, "creator-available", "ann"), "-200.000000");
    assert_eq!(posted(&story, "creator-pending", "ann"), "0.000000");
    story.ok(&["ledger", "verify"]);
}

#[test]
fn a_broken_run_with_a_negative_amount_stops_only_its_period() {
    let story = programs("2027-01-01");
    let rows = [
        ("a", "2026-09-05", "-60.00"),
        ("b", "2026-09-05", "70.00"),
        ("a", "2026-10-05", "100.00"),
    ];
    revenue(&story, &rows);
    story.ok(&["settle", "--due"]);
    let record = story.run_file(("soon", "2026-09", 1), "lines");
    let whole = fs::read(&record).unwrap();
    fs::write(&record, "{").unwrap();
    let said = story.fails(4, &["period", "close", "--due"]);
    assert!(
        said.contains("1 was left out, everything else was done: soon 2026-09"),
        "{said}"
    );
    assert_eq!(posted(&story, "creator-available", "ann"), "104.000000");
    assert_eq!(posted(&story, "creator-pending", "ann"), "-60.000000");
    fs::write(&record, whole).unwrap();
    story.ok(&["period", "close", "--due"]);
    assert_eq!(posted(&story, "creator-available", "ann"), "44.000000");
    story.ok(&["ledger", "verify"]);
}
