//! Runs that the books do not have: one that a dead process left is posted by the next settlement, and none that was forged or
//! put in another's place moves money. What is shown is what the books have.

use crate::harness::{Story, signal};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
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

fn run(story: &Story, number: u32) -> PathBuf {
    let folder = format!(".permille/runs/adshare/2026-10/{number:04}");
    story.path().join(folder)
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

#[test]
fn a_settlement_that_died_before_the_books_is_posted_by_the_next() {
    let story = shared();
    stopped_before_the_books(&story, "-KILL", &["settle", "--due"]);
    assert!(run(&story, 1).exists());
    // Nothing is shown that the books do not have, and whoever asks is told.
    assert_eq!(story.json(&["lines"]), serde_json::json!([]));
    for command in [
        &["verify"][..],
        &["period", "status"],
        &["period", "close", "--due"],
    ] {
        let answer = story.run(command);
        assert_eq!(answer.code, 4, "{command:?}");
        let said = answer.stdout + &answer.stderr;
        assert!(
            said.contains("run 1 of adshare 2026-10 was stored and is not in the books"),
            "{said}"
        );
    }
    story.ok(&["settle", "--due"]);
    assert_eq!(balance(&story, "creator-pending"), "250.000000");
    story.ok(&["verify"]);
    // The same of a late event: the period is due again, and is not closed without it.
    revenue(&story, "a2", "10.00");
    stopped_before_the_books(&story, "-KILL", &[&["settle"][..], &OCTOBER[..]].concat());
    assert!(run(&story, 2).exists());
    let said = story.fails(4, &["period", "close", "--due"]);
    assert!(said.contains("run 2 of adshare 2026-10"), "{said}");
    story.ok(&["settle", "--due"]);
    assert_eq!(balance(&story, "creator-pending"), "260.000000");
    assert!(!run(&story, 3).exists());
    story.ok(&["period", "close", "--due"]);
    assert_eq!(balance(&story, "creator-available"), "260.000000");
    story.ok(&["verify"]);
}

/// A settlement dies before the books, then a restatement, and each time what they would have settled is undone.
#[test]
fn a_run_whose_inputs_were_undone_is_taken_back() {
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
        assert!(run(&story, 2).exists());
        story.ok(&[&mark[..], &["--undo"]].concat());
        // A folder whose files are not all there is such a run, too.
        fs::create_dir(run(&story, 3)).unwrap();
        fs::write(run(&story, 3).join("lines.parquet"), "").unwrap();
        assert_eq!(story.run(&["verify"]).code, 4);
        let said = story.run(command);
        assert_eq!(said.code, 0, "{}", said.stderr);
        let said = said.stdout + &said.stderr;
        assert!(said.contains("run 2 was stored and never posted"), "{said}");
        assert!(!run(&story, 2).exists() && !run(&story, 3).exists());
        story.ok(&["verify"]);
        story.ok(&["period", "close", "--due"]);
        let stands = story.json(&["period", "status"]);
        assert_eq!(
            (&stands[0]["run"], &stands[0]["stage"]),
            (&1.into(), &"payable".into())
        );
    }
}

#[test]
fn an_interrupted_settlement_leaves_nothing() {
    let story = shared();
    stopped_before_the_books(&story, "-TERM", &["settle", "--due"]);
    assert!(!run(&story, 1).exists());
    story.ok(&["verify"]);
    story.ok(&["settle", "--due"]);
    assert_eq!(balance(&story, "creator-pending"), "250.000000");
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
        // The killed one left a run, and verify names it with the way out.
        if how == "-KILL" {
            let said = story.run(&["verify"]);
            assert_eq!(said.code, 4);
            assert!(
                said.stdout
                    .contains("the period is locked, so nothing posts it: move"),
                "{}",
                said.stdout
            );
            fs::remove_dir_all(run(&story, 2)).unwrap();
        }
        story.ok(&["verify"]);
    }
}

fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir(to).unwrap();
    for file in fs::read_dir(from).unwrap().map(Result::unwrap) {
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

fn record(folder: &Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join("run.json")).unwrap()).unwrap()
}

/// Changes fields of a run's record, and makes the hashes of its files anew.
fn forge(folder: &Path, fields: &[(&str, Value)]) {
    let mut forged = record(folder);
    for (name, value) in fields {
        forged[*name] = value.clone();
    }
    let text = serde_json::to_string_pretty(&forged).unwrap();
    fs::write(folder.join("run.json"), text).unwrap();
    let mut sums = String::new();
    for name in fs::read_to_string(folder.join("files.b3")).unwrap().lines() {
        let name = name.split_once("  ").unwrap().1;
        let hash = blake3::hash(&fs::read(folder.join(name)).unwrap());
        sums.push_str(&format!("{}  {name}\n", hash.to_hex()));
    }
    fs::write(folder.join("files.b3"), sums).unwrap();
}

/// October with a correction: run 1 has 250 euros, run 2 has 190 and stands.
fn corrected() -> Story {
    let story = shared();
    story.ok(&["settle", "--due"]);
    revenue(&story, "a2", "-60.00");
    on_october(&story, &["settle"]);
    assert_eq!(balance(&story, "creator-pending"), "190.000000");
    story
}

#[test]
fn an_older_run_on_top_of_the_one_that_stands_moves_nothing() {
    let story = corrected();
    copy(&run(&story, 1), &run(&story, 3));
    let inputs = record(&run(&story, 2))["inputs"].clone();
    forge(&run(&story, 3), &[("number", 3.into()), ("inputs", inputs)]);
    let said = story.run(&["verify"]);
    assert_eq!(said.code, 4);
    assert!(
        said.stdout
            .contains("its record names other inputs than the archive gives"),
        "{}",
        said.stdout
    );
    on_october(&story, &["settle"]);
    story.ok(&["settle", "--due"]);
    assert_eq!(balance(&story, "creator-pending"), "190.000000");
    assert_eq!(shown(&story).0, "190.000000");
    // There was nothing to post of it: the settlement took it back.
    assert!(!run(&story, 3).exists());
    story.ok(&["period", "close", "--due"]);
    assert_eq!(balance(&story, "creator-available"), "190.000000");
    story.ok(&["verify"]);
}

#[test]
fn no_difference_is_made_to_a_run_that_the_books_do_not_know() {
    for hash_is_forged in [false, true] {
        let story = corrected();
        let kept = story.path().join("kept");
        copy(&run(&story, 2), &kept);
        let hash = record(&kept)["hash"].clone();
        copy(&run(&story, 1), &run(&story, 2));
        let mut fields = vec![("number", Value::from(2))];
        if hash_is_forged {
            fields.push(("hash", hash));
        }
        forge(&run(&story, 2), &fields);
        revenue(&story, "a3", "1.00");
        let code = if hash_is_forged { 4 } else { 3 };
        let said = story.fails(code, &[&["settle"][..], &OCTOBER[..]].concat());
        let expected = ["books/other-run", "its files give the hash"][usize::from(hash_is_forged)];
        assert!(said.contains(expected), "{said}");
        assert!(!run(&story, 3).exists());
        let said = story.fails(code, &["period", "close", "--due"]);
        assert!(said.contains(expected), "{said}");
        assert_eq!(balance(&story, "creator-pending"), "190.000000");
        copy(&kept, &run(&story, 2));
        on_october(&story, &["settle"]);
        assert_eq!(balance(&story, "creator-pending"), "191.000000");
        on_october(&story, &["period", "close"]);
        // A closed period is restated by the run that stands, and by no other.
        copy(&run(&story, 1), &run(&story, 3));
        forge(&run(&story, 3), &[("number", 3.into())]);
        revenue(&story, "a4", "1.00");
        story.fails(3, &[&["restate"][..], &OCTOBER[..]].concat());
        assert_eq!(balance(&story, "creator-available"), "191.000000");
    }
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

#[test]
fn a_run_without_the_hashes_of_its_files_is_named() {
    let story = shared();
    story.ok(&["settle", "--program", "adshare", "--period", "2026-10"]);
    story.ok(&["verify"]);
    fs::remove_file(story.path().join(".permille/runs/adshare/2026-10/0001/files.b3")).unwrap();
    let said = story.run(&["verify"]);
    assert_eq!(said.code, 4);
    assert!(
        (said.stdout.clone() + &said.stderr).contains("files.b3 is gone"),
        "{}",
        said.stdout
    );
}

/// An empty folder among the runs is none: its number is given out, and verify names it as what it is.
#[test]
fn an_empty_folder_is_no_run() {
    let story = shared();
    story.ok(&["settle", "--due"]);
    fs::create_dir(run(&story, 2)).unwrap();
    fs::create_dir(run(&story, 5)).unwrap();
    let said = story.run(&["verify"]);
    assert_eq!(said.code, 4);
    let said = said.stdout + &said.stderr;
    assert!(said.contains("it is no run"), "{said}");
    revenue(&story, "a2", "10.00");
    on_october(&story, &["settle"]);
    assert_eq!(record(&run(&story, 2))["number"], 2);
    fs::remove_dir(run(&story, 5)).unwrap();
    story.ok(&["verify"]);
    assert_eq!(balance(&story, "creator-pending"), "260.000000");
}
