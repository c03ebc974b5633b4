//! What verifying must not pass over: quarantined rows, a commit that LIVE booking has read, and a check that cannot be made.

use crate::harness::Story;
use std::fs;

const COINS: &str = "event_id,viewer_id,occurred_at,channel,coins,price,currency\n";

/// Two imports of purchases, the second with a row that cannot be read; the first is booked, and the second too.
fn booked() -> Story {
    let story = Story::new();
    story.ok(&["program", "apply", "live-gifts"]);
    for (name, row) in [
        (
            "a.csv",
            "p1,fan,2026-09-20T10:00:00Z,web,100,1.40,USD\n".to_owned(),
        ),
        (
            "b.csv",
            "p2,fan,2026-09-21T10:00:00Z,web,100,1.40,USD\np3,fan,2026-09-21T10:00:00Z,web,ten,9.99,USD\n"
                .to_owned(),
        ),
    ] {
        story.file(name, &format!("{COINS}{row}"));
        story.ok(&["import", "coin-purchase", name]);
    }
    story.ok(&["live", "book"]);
    story.ok(&["verify"]);
    story
}

fn found(story: &Story) -> String {
    let answer = story.run(&["verify"]);
    let said = answer.stdout + &answer.stderr;
    assert_eq!(answer.code, 4, "{said}");
    assert!(!said.contains("as committed"), "{said}");
    said
}

#[test]
fn quarantined_rows_that_are_gone_or_changed_are_named() {
    let story = booked();
    let folder = story.path().join(".permille/archive/quarantine");
    let file = fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let name = file.file_name().unwrap().to_string_lossy();
    let whole = fs::read_to_string(&file).unwrap();
    assert!(whole.contains("9.99"));
    for changed in [String::new(), whole.replace("9.99", "0.99")] {
        fs::write(&file, changed).unwrap();
        let said = found(&story);
        assert!(
            said.contains(&format!("{name}, of commit 2: it was changed after its commit")),
            "{said}"
        );
        let said = story.fails(4, &["quarantine"]);
        assert!(said.contains(&format!("{name} is damaged")), "{said}");
    }
    fs::remove_file(&file).unwrap();
    let said = found(&story);
    assert!(said.contains(&format!("{name}, of commit 2")), "{said}");
    fs::write(&file, whole).unwrap();
    story.ok(&["verify"]);
}

#[test]
fn a_commit_that_is_another_stops_what_reads_the_archive() {
    let story = booked();
    let change = |from: &str, to: &str| {
        story.tamper(&format!(
            "UPDATE record SET body = replace(body, '\"number\":{from}', '\"number\":{to}') WHERE kind = 'commit' AND id = '00000002'"
        ));
    };
    change("2", "3");
    let damaged = "commit `00000002` version 1 does not have the hash it was stored with";
    assert!(found(&story).contains(damaged));
    for command in [&["live", "book"][..], &["import", "coin-purchase", "a.csv"]] {
        let said = story.fails(4, command);
        assert!(said.contains(damaged), "{command:?}: {said}");
    }
    change("3", "2");
    story.ok(&["live", "book"]);
    story.ok(&["verify"]);
}

#[test]
fn a_check_that_cannot_be_made_is_told() {
    let story = booked();
    let scratch = story.path().join(".permille/scratch");
    let _ = fs::remove_dir_all(&scratch);
    fs::write(&scratch, "").unwrap();
    let said = found(&story);
    assert!(
        said.contains("events that are stored twice were not looked for"),
        "{said}"
    );
}
