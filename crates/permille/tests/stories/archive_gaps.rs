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
    let file = story.path().join(".permille/archive/quarantine/00000002.ndjson");
    let whole = fs::read_to_string(&file).unwrap();
    assert!(whole.contains("9.99"));
    for changed in [String::new(), whole.replace("9.99", "0.99")] {
        fs::write(&file, changed).unwrap();
        let said = found(&story);
        assert!(
            said.contains("00000002.ndjson, of commit 2: it was changed after its commit"),
            "{said}"
        );
        let said = story.fails(4, &["quarantine"]);
        assert!(said.contains("00000002.ndjson is damaged"), "{said}");
    }
    fs::remove_file(&file).unwrap();
    let said = found(&story);
    assert!(said.contains("00000002.ndjson, of commit 2"), "{said}");
    fs::write(&file, whole).unwrap();
    story.ok(&["verify"]);
}

#[test]
fn a_commit_that_live_booking_has_read_and_that_is_another_is_named() {
    let story = booked();
    let commit = story.path().join(".permille/archive/commits/00000002.json");
    let whole = fs::read_to_string(&commit).unwrap();
    let at = whole.find("\"stored_at\": \"").unwrap() + 14;
    fs::write(&commit, format!("{}1999{}", &whole[..at], &whole[at + 4..])).unwrap();
    let note = story.path().join(".permille/archive-end.json");
    let noted = fs::read_to_string(&note).unwrap();
    fs::remove_file(&note).unwrap();
    let said = found(&story);
    assert!(said.contains("archive-end.json is gone"), "{said}");
    assert!(
        said.contains("commit 2 is not the one that LIVE events were booked from"),
        "{said}"
    );
    fs::write(&commit, whole).unwrap();
    // Nothing goes on from an archive of which nobody knows what it ended with.
    let refused = story.fails(4, &["live", "book"]);
    let (_, says) = refused.split_once("write ").unwrap();
    let (says, _) = says.split_once(" into ").unwrap();
    fs::write(&note, says).unwrap();
    story.ok(&["live", "book"]);
    fs::write(&note, noted).unwrap();
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
