//! Runs and the books: a run is there with what it posts or not at all, and no file that was put in another's place moves money.

use crate::harness::{Story, signal};
use serde_json::Value;
use std::fs;
use store::{Recorded, Store, StoreError};

const ADS: &str = "event_id,video_id,occurred_at,revenue,currency\n";
const PROGRAM: &str = r#"
id = "adshare"
version = 1
name = "Share of advertising"
summary = "All of it."
effective_from = 2026-01-01
currency = "EUR"
period = "month"

[share]
revenue = "ad_revenue"
creator_share = "100%"

[payable]
hold_days = 0
"#;

/// A program that shares all of October's 250 euros: nothing is settled yet.
fn shared() -> Story {
    let story = Story::for_tests();
    story.file("adshare.toml", PROGRAM);
    story.ok(&["program", "apply", "adshare.toml"]);
    bring(
        &story,
        "creator",
        "creator_id,effective_at\nann,2026-01-01T00:00:00Z\n",
    );
    bring(
        &story,
        "video",
        "video_id,effective_at,creator_id\nv,2026-01-01T00:00:00Z,ann\n",
    );
    revenue(&story, "a1", "250.00");
    story
}

fn bring(story: &Story, kind: &str, text: &str) {
    story.file("brought.csv", text);
    story.ok(&["import", kind, "brought.csv"]);
}

fn revenue(story: &Story, id: &str, amount: &str) {
    bring(
        story,
        "ad_impression",
        &format!("{ADS}{id},v,2026-10-05T10:00:00Z,{amount},EUR\n"),
    );
}

const OCTOBER: [&str; 4] = ["--program", "adshare", "--period", "2026-10"];

fn on_october(story: &Story, command: &[&str]) -> Value {
    story.json(&[command, &OCTOBER[..]].concat())
}

fn runs(story: &Story) -> usize {
    story.json(&["runs"]).as_array().unwrap().len()
}

/// Starts a command while another process writes to the books, and sends it a signal as soon as it waits for them.
fn stopped_before_the_books(story: &Story, how: &str, command: &[&str]) {
    let url = story.path().join(".permille/books.sqlite");
    let mut books = Store::open(url.to_str().unwrap()).unwrap();
    let _: Result<(), StoreError> = books.write(store::By::new("other", "test"), Recorded::ByClock, |_| {
        let mut process = story.waits_for_books(command);
        signal(&process, how);
        assert!(!process.wait().unwrap().success());
        Err(StoreError::Injected)
    });
}

fn balance(story: &Story, kind: &str) -> String {
    let posted = story.posted(kind, "ann", None);
    posted.as_str().unwrap_or("none").to_owned()
}

/// Sums of what `lines` and the creator's statement show.
fn shown(story: &Story) -> (Value, Value) {
    let lines = story.json(&["lines"]);
    let statement = story.ok(&[
        "statement",
        "--creator",
        "ann",
        "--month",
        "2026-10",
        "--format",
        "csv",
    ]);
    let amount = |line: &str| line.rsplit(',').nth(1).map(Value::from);
    (
        lines[0]["amount"].clone(),
        statement.lines().nth(1).and_then(amount).unwrap_or_default(),
    )
}

/// A run is in the books with what it posts, or it is not there: whoever is stopped before has left nothing that counts or that anybody
/// has to clear away.
#[test]
fn a_settlement_that_was_stopped_before_the_books_left_nothing() {
    for how in ["-KILL", "-TERM"] {
        let story = shared();
        stopped_before_the_books(&story, how, &["settle", "--due"]);
        assert_eq!((runs(&story), story.json(&["lines"])), (0, serde_json::json!([])));
        for command in [
            &["verify"][..],
            &["period", "status"],
            &["period", "close", "--due"],
        ] {
            story.ok(command);
        }
        story.ok(&["settle", "--due"]);
        assert_eq!(balance(&story, "creator-pending"), "250.000000");
        // The same of a late event.
        revenue(&story, "a2", "10.00");
        stopped_before_the_books(&story, how, &[&["settle"][..], &OCTOBER[..]].concat());
        story.ok(&["verify"]);
        assert_eq!(on_october(&story, &["settle"])[0]["number"], 2);
        assert_eq!(balance(&story, "creator-pending"), "260.000000");
        story.ok(&["period", "close", "--due"]);
        assert_eq!(balance(&story, "creator-available"), "260.000000");
        story.ok(&["verify"]);
    }
}

/// A settlement dies before the books, then a restatement, and each time what they would have settled is undone.
#[test]
fn what_was_undone_meanwhile_is_nowhere() {
    let story = shared();
    bring(
        &story,
        "view",
        "event_id,video_id,viewer_id,occurred_at,watched_ms\nw1,v,x,2026-10-05T10:00:00Z,9000\n",
    );
    story.ok(&["settle", "--due"]);
    let mark = ["invalidate", "--view", "w1", "--evidence", "bots"];
    let on_october = |command: &'static str| [&[command][..], &OCTOBER[..]].concat();
    for command in [&on_october("settle"), &on_october("restate")] {
        story.ok(&mark);
        stopped_before_the_books(&story, "-KILL", command);
        story.ok(&[&mark[..], &["--undo"]].concat());
        story.ok(command);
        story.ok(&["verify"]);
        story.ok(&["period", "close", "--due"]);
        let stands = story.json(&["period", "status"]);
        assert_eq!(
            (&stands[0]["run"], &stands[0]["stage"], runs(&story)),
            (&1.into(), &"payable".into(), 1)
        );
    }
}

#[test]
fn lines_and_statement_show_what_the_books_have() {
    for how in ["-TERM", "-KILL"] {
        let story = shared();
        story.ok(&["settle", "--due"]);
        story.ok(&["period", "close", "--due"]);
        revenue(&story, "a2", "10.00");
        stopped_before_the_books(&story, how, &[&["restate"][..], &OCTOBER[..]].concat());
        let amount = Value::from("250.000000");
        assert_eq!(shown(&story), (amount.clone(), amount.clone()), "{how}");
        on_october(&story, &["period", "lock"]);
        assert_eq!(shown(&story), (amount.clone(), amount), "{how}");
        story.ok(&["verify"]);
    }
}

/// A difference is made to the run that stands, by its files as they were stored, and to nothing else.
#[test]
fn no_difference_is_made_to_files_that_were_changed() {
    let story = shared();
    story.ok(&["settle", "--due"]);
    revenue(&story, "a2", "-60.00");
    on_october(&story, &["settle"]);
    assert_eq!(balance(&story, "creator-pending"), "190.000000");
    let file = |number: u32| story.run_file(("adshare", "2026-10", number), "lines");
    let kept = fs::read(file(2)).unwrap();
    fs::copy(file(1), file(2)).unwrap();
    revenue(&story, "a3", "1.00");
    for command in [&["settle"][..], &["period", "close"]] {
        let said = story.fails(4, &[command, &OCTOBER[..]].concat());
        assert!(
            said.contains("run 2 of adshare 2026-10 (lines)") && said.contains("is damaged"),
            "{said}"
        );
        assert_eq!(balance(&story, "creator-pending"), "190.000000");
    }
    fs::write(file(2), kept).unwrap();
    on_october(&story, &["settle"]);
    assert_eq!(balance(&story, "creator-pending"), "191.000000");
    on_october(&story, &["period", "close"]);
    // A closed period is restated by the run that stands, and by no other.
    let kept = fs::read(file(3)).unwrap();
    fs::copy(file(1), file(3)).unwrap();
    revenue(&story, "a4", "1.00");
    story.fails(4, &[&["restate"][..], &OCTOBER[..]].concat());
    assert_eq!(balance(&story, "creator-available"), "191.000000");
    fs::write(file(3), kept).unwrap();
    on_october(&story, &["restate"]);
    assert_eq!(balance(&story, "creator-available"), "192.000000");
    story.ok(&["verify"]);
}

#[test]
fn books_that_are_elsewhere_are_not_taken_for_none() {
    let story = shared();
    let books = story.path().join(".permille/books.sqlite");
    story.ok(&["settle", "--due"]);
    let away = story.path().join("away.sqlite");
    fs::rename(&books, &away).unwrap();
    for command in [&["lines"][..], &["verify"]] {
        let said = story.fails(3, command);
        assert!(said.contains("store/books-gone"), "{command:?}: {said}");
        assert!(!books.exists());
    }
    let shown = story.json(&["lines", "--store", away.to_str().unwrap()]);
    assert_eq!(shown.as_array().unwrap().len(), 1);
    story.ok(&["verify", "--store", away.to_str().unwrap()]);
}
