//! Errors teach, exit codes tell kinds apart, nothing is half-done.

use crate::harness::Story;
use std::fs;

#[test]
fn without_a_workspace_the_way_to_one_is_shown() {
    let story = Story::empty();
    let said = story.fails(2, &["lines"]);
    assert!(said.contains("permille init"), "{said}");
    let said = story.fails(2, &["-w", "nowhere", "lines"]);
    assert!(said.contains("nowhere"), "{said}");
}

#[test]
fn unknown_things_are_usage_errors_that_list_what_there_is() {
    let story = Story::new();
    assert!(
        story
            .fails(2, &["settle", "--program", "nope", "--period", "2026-10-05"])
            .contains("program list")
    );
    assert!(
        story
            .fails(
                2,
                &["settle", "--program", "creator-fund", "--period", "2026-10-05"]
            )
            .contains("program apply creator-fund")
    );
    assert!(story.fails(2, &["explain", "17"]).contains("ln_"));
    assert!(
        story
            .fails(2, &["explain", "ln_aaaaaaaaaaaaaaaaaaaaaaaaaa"])
            .contains("no line")
    );
    assert!(story.fails(2, &["funnel"]).contains("import view"));
    story.fails(2, &["settle", "--program", "creator-fund"]);
}

#[test]
fn periods_are_read_with_care() {
    let story = Story::new();
    story.ok(&["program", "apply", "creator-fund", "creator-rewards"]);
    story.fails(2, &["settle", "--program", "creator-fund", "--period", "2026-10"]);
    story.fails(
        2,
        &["settle", "--program", "creator-rewards", "--period", "2026-10-05"],
    );
    story.fails(
        2,
        &["settle", "--program", "creator-fund", "--period", "2026-02-30"],
    );
    let said = story.fails(
        3,
        &["settle", "--program", "creator-rewards", "--period", "2026-11"],
    );
    assert!(said.contains("open until 2026-12-01"), "{said}");
    let said = story.fails(
        3,
        &["settle", "--program", "creator-fund", "--period", "2019-01-01"],
    );
    assert!(said.contains("in force"), "{said}");
}

#[test]
fn an_empty_period_settles_to_nothing_and_says_so() {
    let story = Story::new();
    story.ok(&["program", "apply", "creator-fund"]);
    let said = story.ok(&["settle", "--program", "creator-fund", "--period", "2026-10-05"]);
    assert!(said.contains("no view or ad impression is stored"), "{said}");
    let said = story.ok(&["settle", "--program", "creator-fund", "--period", "2026-10-05"]);
    assert!(said.contains("nothing to do"), "{said}");
}

#[test]
fn a_broken_configuration_names_the_key() {
    let story = Story::new();
    fs::write(story.path().join("permille.toml"), "datta = \"x\"\n").unwrap();
    assert!(story.fails(4, &["archive"]).contains("datta"));
}

#[test]
fn errors_are_json_for_programs() {
    let story = Story::new();
    let said = story.fails(2, &["--format", "json", "explain", "17"]);
    let error: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(error["error"]["kind"], "usage");
    assert_eq!(error["error"]["code"], "lines/id");
}

#[test]
fn completions_are_there_for_every_shell() {
    let story = Story::empty();
    for shell in ["bash", "zsh", "fish"] {
        assert!(story.ok(&["completions", shell]).contains("permille"), "{shell}");
    }
}

#[test]
fn programs_get_every_row_and_only_tables_are_cut_unasked() {
    let story = Story::new();
    let mut activity = "event_id,room_id,host_id,occurred_at,activity,count\n".to_owned();
    for room in 0..101 {
        activity.push_str(&format!("a{room},r{room},host,2026-09-21T14:13:00Z,like,1\n"));
    }
    activity.push_str("bad,,host,2026-09-21T14:13:00Z,like,1\nworse,,host,2026-09-21T14:13:00Z,like,1\n");
    story.file("activity.csv", &activity);
    story.ok(&["import", "room-activity", "activity.csv"]);

    let said = story.ok(&["live", "rooms"]);
    assert!(
        said.ends_with("\n100 of 101 rooms, the latest first; --limit 0 lists all\n"),
        "{said}"
    );
    let csv = story.run(&["live", "rooms", "-f", "csv"]);
    assert_eq!((csv.stdout.lines().count(), csv.stderr.as_str()), (102, ""));
    assert_eq!(story.json(&["live", "rooms"]).as_array().unwrap().len(), 101);

    // A limit that was asked for holds, and standard error says what it left out.
    for format in ["csv", "json"] {
        let some = story.run(&["live", "rooms", "-f", format, "--limit", "5"]);
        assert_eq!(
            some.stderr, "note: 5 of 101 rooms, the latest first; --limit 0 lists all\n",
            "{format}"
        );
    }
    // 0 is all, wherever there is a limit.
    let said = story.ok(&["live", "rooms", "--limit", "0"]);
    assert_eq!(said.lines().count(), 102, "{said}");
    let said = story.ok(&["quarantine", "--limit", "1"]);
    assert!(said.contains("the first 1 rows; --limit 0 lists all"), "{said}");
    assert_eq!(story.ok(&["quarantine", "--limit", "0"]).lines().count(), 3);
}
