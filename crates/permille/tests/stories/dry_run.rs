//! Every command that changes the books answers in a dry run what it answers then, and leaves nothing: not in the books, and no file.

use crate::pairs::base::{self, Base};
use crate::pairs::{command, folder, without_times};
use scratch_postgres::{Durability, Server};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};
use store::{ChangeHead, Store, StoreError};

fn run(folder: &Path, store: &str, words: &str, dry_run: bool) -> Output {
    let mut process = command(folder, store, words);
    process
        .args(["--format", "json"])
        .args(dry_run.then_some("--dry-run"))
        .output()
        .unwrap()
}

/// What the books end with: all that was ever written follows from it.
fn head(store: &str) -> ChangeHead {
    let head = Store::open(store).unwrap().read::<_, StoreError>(|tx| tx.head());
    head.unwrap().change
}

/// Every file with the hash of what is in it; the books are looked at otherwise.
fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy();
        if path.is_dir() {
            all.extend(files(&path));
        } else if !name.starts_with("books.sqlite") {
            let hash = blake3::hash(&std::fs::read(&path).unwrap());
            all.insert(path, hash.to_string());
        }
    }
    all
}

/// What a command said, but for instants and how long it took.
fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout);
    let Ok(mut said) = serde_json::from_str::<Value>(&text) else {
        return text.into_owned();
    };
    for one in said.as_array_mut().into_iter().flatten() {
        if let Some(settled) = one.as_object_mut() {
            settled.remove("seconds");
        }
    }
    without_times(&said.to_string())
}

fn answers_as_it_does(base: &Base, command: &str) {
    let copy = folder();
    base::copy(base.story.path(), copy.path());
    let store = base.store(copy.path());
    let before = (head(&store), files(copy.path()));
    let dry = run(copy.path(), &store, command, true);
    let after = (head(&store), files(copy.path()));
    assert_eq!(before.1, after.1, "{command}");
    assert!(before.0 == after.0, "{command}: the books have changed");
    let done = run(copy.path(), &store, command, false);
    assert_eq!(dry.status.code(), done.status.code(), "{command}: {}", said(&dry));
    assert_eq!(said(&dry), said(&done), "{command}");
    // Every command has something to do, but for one that needs another's work.
    let does = done.status.success() || command.starts_with("payout release");
    assert!(does, "{command}: {}", String::from_utf8_lossy(&done.stderr));
    let told = String::from_utf8_lossy(&dry.stderr).into_owned();
    match done.status.success() {
        true => {
            assert!(
                told.contains("dry run: nothing of this was done"),
                "{command}: {told}"
            );
            assert!(head(&store) != before.0, "{command} does nothing");
        }
        false => assert!(!told.contains("dry run"), "{command}: {told}"),
    }
    base.forget(&store);
}

fn commands(base: &Base) -> Vec<String> {
    let more = [
        "import view dry-views.csv",
        "program apply creator-fund",
        "program apply creator-rewards --user ann",
        "payee verify c3 --reason seen --user leo",
        "payee split c0 --payee c1=1/2 --payee c0=1/2 --from 2026-12-01 --reason duo --user ann",
    ];
    let mut all = base.commands();
    all.extend(more.map(str::to_owned));
    base.story.file(
        "dry-views.csv",
        "event_id,viewer_id,video_id,occurred_at,watched_ms\nd1,w,v-c0,2026-11-20T10:00:00Z,9000\nd1,w,v-c0,2026-11-20T10:00:00Z,9000\n",
    );
    all
}

#[test]
fn a_dry_run_says_what_comes_and_leaves_nothing() {
    let base = Base::make(None);
    commands(&base)
        .iter()
        .for_each(|command| answers_as_it_does(&base, command));
}

#[test]
fn a_dry_run_leaves_nothing_on_a_server() {
    let base = Base::make(Some(Server::start(Durability::None).unwrap()));
    commands(&base)
        .iter()
        .step_by(3)
        .for_each(|command| answers_as_it_does(&base, command));
}

/// Whoever looks at the answer as long as they like keeps nobody from writing.
fn keeps_nobody_waiting(base: &Base) {
    let copy = folder();
    base::copy(base.story.path(), copy.path());
    let store = base.store(copy.path());
    let (reads, mut writes) = std::io::pipe().unwrap();
    // As much as a pipe holds: what is printed now waits for a reader.
    writes.write_all(&[b' '; 1 << 16]).unwrap();
    let mut dry = command(
        copy.path(),
        &store,
        "payout prepare --user ann --dry-run --format json",
    );
    let mut dry = dry.stdout(writes).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(1_500));
    assert_eq!(dry.try_wait().unwrap(), None, "it has printed");
    let began = Instant::now();
    let done = run(
        copy.path(),
        &store,
        "payee hold c4 --reason check --user leo",
        false,
    );
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    drop(reads);
    assert!(dry.wait().unwrap().success());
    base.forget(&store);
}

#[test]
fn who_reads_a_dry_runs_answer_keeps_nobody_waiting() {
    keeps_nobody_waiting(&Base::make(None));
    keeps_nobody_waiting(&Base::make(Some(Server::start(Durability::None).unwrap())));
}

#[test]
fn a_dry_run_is_for_what_changes_the_books_and_begins_none() {
    let story = crate::harness::Story::new();
    story.file(
        "views.csv",
        "event_id,viewer_id,video_id,occurred_at,watched_ms\nd1,w,v,2026-11-20T10:00:00Z,9000\n",
    );
    let before = files(story.path());
    let refused = story.fails(2, &["runs", "--dry-run"]);
    assert!(refused.contains("error[dry-run/nothing]"), "{refused}");
    let refused = story.fails(2, &["backup", "copy", "--dry-run"]);
    assert!(refused.contains("error[dry-run/nothing]"), "{refused}");
    let read = story.json(&["import", "view", "views.csv", "--dry-run"]);
    assert_eq!(read["stored"], 1, "{read}");
    story.ok(&["program", "apply", "creator-fund", "--dry-run"]);
    assert_eq!(files(story.path()), before);
    assert!(!story.path().join(".permille/books.sqlite").exists());
}
