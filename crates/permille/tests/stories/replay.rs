//! The same platform gives the same runs, however it came in.

use crate::harness::Story;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

const KINDS: [&str; 6] = [
    "view",
    "engagement",
    "ad_impression",
    "funding",
    "creator",
    "video",
];

fn platform(story: &Story) -> PathBuf {
    let args = [
        "generate",
        "--seed",
        "7",
        "--days",
        "40",
        "--creators",
        "40",
        "--viewers",
        "4000",
        "--views",
        "120000",
    ];
    story.ok(&[&args[..], &["--start", "2026-09-22", "--out", "platform"]].concat());
    story.path().join("platform")
}

fn files(platform: &Path, kind: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(platform.join(kind)) else {
        return Vec::new();
    };
    let mut files: Vec<_> = entries
        .map(|entry| entry.unwrap().path().to_str().unwrap().to_owned())
        .collect();
    files.sort();
    files
}

fn settle(story: &Story, threads: &str) -> Vec<(Value, Value)> {
    let mut hashes = Vec::new();
    story.ok(&["program", "apply", "creator-rewards", "pulse", "streamshare"]);
    for program in ["creator-rewards", "pulse", "streamshare"] {
        let runs = story.json(&[
            "settle",
            "--program",
            program,
            "--period",
            "2026-10",
            "--threads",
            threads,
        ]);
        hashes.push((runs[0]["facts_hash"].clone(), runs[0]["hash"].clone()));
    }
    hashes
}

#[test]
fn import_order_file_split_and_threads_do_not_matter() {
    let (first, second) = (Story::new(), Story::new());
    let platform = platform(&first);
    for kind in KINDS {
        let files = files(&platform, kind);
        let mut args = vec!["import", kind];
        args.extend(files.iter().map(String::as_str));
        first.ok(&args);
    }
    // The other way round, and one import for each file.
    for kind in KINDS.iter().rev() {
        for file in files(&platform, kind).iter().rev() {
            second.ok(&["import", kind, file]);
        }
    }
    assert_eq!(settle(&first, "1"), settle(&second, "3"));
    first.ok(&["verify", "--threads", "2"]);
    second.ok(&["verify", "--memory", "64MiB"]);
}

#[test]
fn a_changed_run_is_found() {
    let story = Story::new();
    let platform = platform(&story);
    for kind in KINDS {
        let files = files(&platform, kind);
        let mut args = vec!["import", kind];
        args.extend(files.iter().map(String::as_str));
        story.ok(&args);
    }
    settle(&story, "2");
    let change = |hash: &str, other: &str| {
        story.tamper(&format!(
            "UPDATE record SET body = replace(body, '{hash}', '{other}') WHERE kind = 'run' AND id LIKE 'streamshare/%'"
        ));
    };
    let runs = story.json(&["runs", "--program", "streamshare"]);
    let hash = runs[0]["hash"].as_str().unwrap();
    change(hash, &"0".repeat(hash.len()));
    let said = story.fails(4, &["verify", "--program", "streamshare"]);
    assert!(said.contains("1 of 1 runs"), "{said}");
    story.ok(&["verify", "--program", "pulse"]);
    // One damaged record does not hide the others, nor a file of a run that is gone or a changed one of the archive.
    fs::remove_file(story.run_file(("pulse", "2026-10", 1), "units")).unwrap();
    let views = story.path().join(".permille/archive/view");
    let date = fs::read_dir(views).unwrap().next().unwrap().unwrap().path();
    let file = fs::read_dir(date).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, bytes).unwrap();
    let answer = story.run(&["verify"]);
    let said = answer.stdout + &answer.stderr;
    assert_eq!(answer.code, 4, "{said}");
    for part in [
        "does not have the hash it was stored with",
        "run 1 of pulse 2026-10 (units) stored, is gone",
        "changed after its commit",
        "1 file is not what it was",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}
