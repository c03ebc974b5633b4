//! Runs that are gone, broken or copied: each is named, and stops only what needs it.

use crate::harness::{Story, VIEWS};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Three settled days of a pool, 5, 6 and 7 October.
fn settled() -> Story {
    let story = Story::new();
    let mut csv = VIEWS.to_owned();
    for day in 5..8 {
        for n in 0..3 {
            csv.push_str(&format!(
                "v{day}-{n},u{n},a,2026-10-{day:02}T10:00:0{n}Z,30000,30000,ann,US,for_you\n"
            ));
        }
    }
    story.file("views.csv", &csv);
    story.ok(&["import", "view", "views.csv"]);
    story.ok(&["program", "apply", "open-pool"]);
    for day in ["2026-10-05", "2026-10-06", "2026-10-07"] {
        story.ok(&["settle", "--program", "open-pool", "--period", day]);
    }
    story
}

fn run(story: &Story, day: u32) -> PathBuf {
    story
        .path()
        .join(format!(".permille/runs/open-pool/2026-10-{day:02}/0001"))
}

/// Everything that was said, with an exit code.
fn said(story: &Story, code: i32, args: &[&str]) -> String {
    let answer = story.run(args);
    let said = answer.stdout + &answer.stderr;
    assert_eq!(answer.code, code, "{args:?}: {said}");
    said
}

#[test]
fn all_runs_gone_are_missed_by_the_books() {
    let story = settled();
    fs::remove_dir_all(story.path().join(".permille/runs")).unwrap();
    let all = said(&story, 4, &["verify"]);
    assert_eq!(
        all.matches("the run's folder is gone: the books name it").count(),
        3,
        "{all}"
    );
    for command in [
        &["lines"][..],
        &["runs"],
        &["period", "status"],
        &["statement", "--creator", "ann", "--month", "2026-10"],
    ] {
        let told = said(&story, 4, command);
        assert!(
            told.contains("left out") && told.contains("2026-10-06"),
            "{command:?}: {told}"
        );
    }
    // Of unchanged inputs the same runs are made again.
    story.ok(&["settle", "--due"]);
    story.ok(&["verify"]);
    assert_eq!(story.json(&["lines"]).as_array().unwrap().len(), 3);
}

#[test]
fn one_run_that_is_gone_is_missed_by_the_books() {
    let story = settled();
    fs::remove_dir_all(run(&story, 6)).unwrap();
    let told = said(&story, 4, &["verify"]);
    assert!(told.contains("1 of 3 runs"), "{told}");
    assert!(
        told.contains("the run's folder is gone: the books name it"),
        "{told}"
    );
}

#[test]
fn a_broken_run_stops_only_what_needs_it() {
    let story = settled();
    fs::write(run(&story, 6).join("run.json"), "{").unwrap();
    // More has come in, for another day.
    let more = "n1,u9,a,2026-10-09T10:00:00Z,30000,30000,ann,US,for_you\n";
    story.file("more.csv", &format!("{VIEWS}{more}"));
    story.ok(&["import", "view", "more.csv"]);
    let told = said(&story, 4, &["settle", "--due"]);
    assert!(
        told.contains("left out") && told.contains("2026-10-06/0001/run.json is not what was stored"),
        "{told}"
    );
    let closed = story.run(&["period", "close", "--due", "--format", "json"]);
    let standings: Vec<Value> = serde_json::from_str(&closed.stdout).unwrap();
    let days: Vec<_> = standings
        .iter()
        .map(|of| of["period"].as_str().unwrap())
        .collect();
    assert_eq!(
        (closed.code, &days[..2], days.len()),
        (4, &["2026-10-05", "2026-10-07"][..], 4),
        "{days:?}"
    );
    let told = "1 was left out, everything else was done: open-pool 2026-10-06";
    assert!(closed.stderr.contains(told), "{}", closed.stderr);
    let lines = said(&story, 4, &["lines"]);
    assert!(
        lines.contains("2026-10-05") && lines.contains("2026-10-07"),
        "{lines}"
    );
    for command in [
        &["runs"][..],
        &["period", "status"],
        &["statement", "--creator", "ann", "--month", "2026-10"],
    ] {
        let told = said(&story, 4, command);
        assert!(
            told.contains("2026-10-05") && told.contains("left out"),
            "{command:?}: {told}"
        );
    }
    // Asked for that period alone, the reason is the answer.
    let alone = said(
        &story,
        4,
        &["settle", "--program", "open-pool", "--period", "2026-10-06"],
    );
    assert!(
        alone.contains("run/damaged") && !alone.contains("left out"),
        "{alone}"
    );
    said(&story, 4, &["verify"]);
}

#[test]
fn what_is_no_file_stops_only_what_needs_it() {
    type Put = fn(&PathBuf);
    let puts: [(i32, Put); 3] = [
        (4, |path| fs::create_dir(path).unwrap()),
        (4, |path| {
            assert!(Command::new("mkfifo").arg(path).status().unwrap().success())
        }),
        // A link to itself: a file that cannot be opened, by whomever.
        (5, |path| std::os::unix::fs::symlink(path, path).unwrap()),
    ];
    for (code, put) in puts {
        for name in ["run.json", "lines.parquet", "files.b3"] {
            let story = settled();
            let path = run(&story, 6).join(name);
            fs::remove_file(&path).unwrap();
            put(&path);
            let told = said(&story, 4, &["verify"]);
            assert!(told.contains(&format!("2026-10-06/0001/{name}")), "{told}");
            said(
                &story,
                if name == "lines.parquet" { 0 } else { code },
                &["settle", "--due"],
            );
        }
    }
}

#[test]
fn a_copied_run_is_named_and_is_in_nobodys_way() {
    let story = settled();
    let copy = run(&story, 6).with_file_name("0002");
    fs::create_dir(&copy).unwrap();
    for file in fs::read_dir(run(&story, 6)).unwrap().map(Result::unwrap) {
        fs::copy(file.path(), copy.join(file.file_name())).unwrap();
    }
    let told = said(&story, 4, &["verify"]);
    assert!(
        told.contains("holds run 1 of open-pool 2026-10-06: it is a copy"),
        "{told}"
    );
    assert!(told.contains("1 of 4 runs"), "{told}");
    // The period is settled again all the same, with a number of its own.
    let late = "late,u9,a,2026-10-06T11:00:00Z,30000,30000,ann,US,for_you\n";
    story.file("late.csv", &format!("{VIEWS}{late}"));
    story.ok(&["import", "view", "late.csv"]);
    for _ in 0..2 {
        let settled = story.json(&["settle", "--program", "open-pool", "--period", "2026-10-06"]);
        assert_eq!(settled[0]["number"], 3, "{settled}");
    }
    fs::remove_dir_all(copy).unwrap();
    story.ok(&["verify"]);
}

#[test]
fn commits_that_are_exchanged_or_gone_are_named() {
    let story = settled();
    story.file(
        "more.csv",
        &format!("{VIEWS}n1,u9,a,2026-10-09T10:00:00Z,30000,30000,ann,US,for_you\n"),
    );
    story.ok(&["import", "view", "more.csv"]);
    story.ok(&["settle", "--program", "open-pool", "--period", "2026-10-09"]);
    let commit = |number: u32| {
        story
            .path()
            .join(format!(".permille/archive/commits/{number:08}.json"))
    };
    let (first, second) = (fs::read(commit(1)).unwrap(), fs::read(commit(2)).unwrap());
    fs::write(commit(1), &second).unwrap();
    fs::write(commit(2), &first).unwrap();
    let told = said(&story, 4, &["verify"]);
    assert!(
        told.contains("00000001.json is damaged: it says that it is commit 2"),
        "{told}"
    );
    // No run can be replayed, and each is listed.
    assert!(told.contains("4 of 4 runs do not replay"), "{told}");
    // One that was changed afterwards does not go with the next.
    fs::write(commit(1), [&first[..], b"\n"].concat()).unwrap();
    fs::write(commit(2), &second).unwrap();
    let told = said(&story, 4, &["verify"]);
    assert!(
        told.contains("commit 1 was changed or exchanged after it"),
        "{told}"
    );
    fs::write(commit(1), &first).unwrap();
    story.ok(&["verify"]);
    fs::remove_file(commit(1)).unwrap();
    let told = said(&story, 4, &["verify"]);
    assert!(told.contains("00000001.json is missing"), "{told}");
    // The last one, and what was changed in it, is missed by the workspace that wrote it.
    fs::write(commit(1), &first).unwrap();
    let changed = String::from_utf8(second.clone()).unwrap();
    let at = changed.find("\"stored_at\": \"").unwrap() + 14;
    let year = |text: &str| format!("{}1999{}", &text[..at], &text[at + 4..]);
    fs::write(commit(2), year(&changed)).unwrap();
    let told = said(&story, 4, &["verify"]);
    assert!(
        told.contains("the archive had commit 2 and does not have it any more as it was"),
        "{told}"
    );
    fs::write(commit(2), &second).unwrap();
    fs::remove_file(commit(1)).unwrap();
    // And by the run that has read it.
    fs::write(commit(1), &first).unwrap();
    fs::remove_file(commit(2)).unwrap();
    let told = said(&story, 4, &["verify"]);
    assert!(
        told.contains("the archive ends with commit 1, before the run's bound 2"),
        "{told}"
    );
    let told = said(
        &story,
        4,
        &["settle", "--program", "open-pool", "--period", "2026-10-09"],
    );
    assert!(told.contains("archive/cut"), "{told}");
}

#[test]
fn booking_that_has_read_a_commit_misses_it() {
    let story = Story::new();
    story.ok(&["program", "apply", "live-gifts"]);
    story.file(
        "coins.csv",
        "event_id,viewer_id,occurred_at,channel,coins,price,currency\np,fan,2026-09-20T10:00:00Z,web,100,1.40,USD\n",
    );
    story.ok(&["import", "coin-purchase", "coins.csv"]);
    story.ok(&["live", "book"]);
    fs::remove_file(story.path().join(".permille/archive/commits/00000001.json")).unwrap();
    let told = said(&story, 4, &["verify"]);
    assert!(
        told.contains("LIVE events up to commit 1 are booked, and the archive ends with 0"),
        "{told}"
    );
}

#[test]
fn nothing_takes_the_number_of_a_commit_that_is_gone() {
    let story = settled();
    let more = "n1,u9,a,2026-10-09T10:00:00Z,30000,30000,ann,US,for_you\n";
    story.file("more.csv", &format!("{VIEWS}{more}"));
    story.ok(&["import", "view", "more.csv"]);
    let last = story.path().join(".permille/archive/commits/00000002.json");
    let kept = fs::read(&last).unwrap();
    fs::remove_file(&last).unwrap();
    for command in [
        &["import", "view", "more.csv"][..],
        &["settle", "--program", "open-pool", "--period", "2026-10-09"],
    ] {
        let refused = story.fails(4, command);
        assert!(
            refused.contains("archive/cut") && refused.contains("ends with commit 1"),
            "{refused}"
        );
    }
    assert!(!last.exists());
    fs::write(&last, kept).unwrap();
    story.ok(&["import", "view", "more.csv"]);
    story.ok(&["verify"]);
}

#[test]
fn copied_folders_are_named() {
    let story = settled();
    for copy in ["0001 copy", "run1", "00001"] {
        fs::create_dir(run(&story, 5).with_file_name(copy)).unwrap();
    }
    fs::create_dir(run(&story, 5).with_file_name("0002.tmp")).unwrap();
    fs::remove_dir_all(run(&story, 7)).unwrap();
    let told = said(&story, 4, &["verify"]);
    for expected in [
        "0001 copy: it is no run",
        "run1: it is no run",
        "00001: it is no run",
        "the run's folder is gone: the books name it",
        "1 of 3 runs do not replay to what was recorded, and 3 files are not what they were",
    ] {
        assert!(told.contains(expected), "{expected}: {told}");
    }
    // Whoever settles is not kept from it by what is no run.
    story.ok(&["settle", "--program", "open-pool", "--period", "2026-10-07"]);
    fs::remove_dir(run(&story, 5).with_file_name("0002.tmp")).unwrap();
}

/// A pool's document in three versions: 1,000 dollars a day, 10 from 6 October, 5 from 1 November.
fn three_versions() -> Story {
    let story = Story::new();
    let first = include_str!("../../../../programs/open-pool.toml");
    for (version, from, amount) in [(2, "2026-10-06", "10.00"), (3, "2026-11-01", "5.00")] {
        let text = first
            .replace("version = 1", &format!("version = {version}"))
            .replace("2020-01-01", from)
            .replace("1000.00", amount);
        story.file(&format!("v{version}.toml"), &text);
    }
    let row = |day: u32| format!("v{day},u,a,2026-10-{day:02}T10:00:00Z,30000,30000,ann,US,for_you\n");
    story.file("views.csv", &format!("{VIEWS}{}{}", row(5), row(6)));
    story.ok(&["import", "view", "views.csv"]);
    story.ok(&["program", "apply", "open-pool"]);
    story.ok(&["program", "apply", "v2.toml"]);
    story.ok(&["program", "apply", "v3.toml"]);
    story
}

#[test]
fn no_version_takes_the_place_of_one_that_is_gone() {
    let story = three_versions();
    let folder = story.path().join(".permille/programs/open-pool");
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let settle = ["settle", "--program", "open-pool", "--period", "2026-10-06"];
    // Nothing was settled or booked yet, and the books know all the same what was applied.
    for (number, file) in files.iter().enumerate() {
        let text = fs::read(file).unwrap();
        fs::remove_file(file).unwrap();
        let told = said(&story, 4, &settle);
        let missing = format!(
            "version {} of its document, which the books name, is not in this workspace",
            number + 1
        );
        assert!(
            told.contains("program/missing") && told.contains(&missing),
            "{told}"
        );
        let told = said(&story, 4, &["settle", "--due"]);
        assert!(told.contains(&missing), "{told}");
        let told = said(&story, 4, &["verify"]);
        let gone = format!(
            "version {} of program `open-pool` is gone: the books name it",
            number + 1
        );
        assert!(told.contains(&gone), "{told}");
        fs::write(file, &text).unwrap();
    }
    let settled = story.json(&settle);
    assert_eq!(settled[0]["report"]["totals"]["gross"], "10.000000 USD");
    // The very same document comes back though its days are settled; another one of its number does not.
    fs::remove_file(&files[1]).unwrap();
    let other = fs::read_to_string(story.path().join("v2.toml"))
        .unwrap()
        .replace("10.00", "999.00");
    story.file("other.toml", &other);
    let told = said(&story, 3, &["program", "apply", "other.toml"]);
    assert!(told.contains("program/immutable"), "{told}");
    story.ok(&["program", "apply", "v2.toml"]);
    story.ok(&["verify"]);
    // Without any document nothing is left to settle by, and it is said.
    for file in &files {
        fs::remove_file(file).unwrap();
    }
    let told = said(&story, 4, &["settle", "--due"]);
    assert!(
        told.contains("program `open-pool`: its document is not in this workspace"),
        "{told}"
    );
}

#[test]
fn gifts_are_not_booked_by_another_version() {
    let story = Story::new();
    let first = include_str!("../../../../programs/live-gifts.toml");
    let second = first
        .replacen("version = 1", "version = 2", 1)
        .replacen("2026-01-01", "2026-09-01", 1);
    story.file("v2.toml", &second);
    story.ok(&["program", "apply", "live-gifts"]);
    story.ok(&["program", "apply", "v2.toml"]);
    let folder = story.path().join(".permille/programs/live-gifts");
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    for file in &files {
        let text = fs::read(file).unwrap();
        fs::remove_file(file).unwrap();
        let told = said(&story, 4, &["live", "book"]);
        assert!(
            told.contains("which the books name, is not in this workspace"),
            "{told}"
        );
        // A damaged one is told as what it is.
        for file in &files {
            fs::write(file, "id = ").unwrap();
        }
        let told = said(&story, 4, &["live", "book"]);
        assert!(
            told.contains(".toml") && !told.contains("no program says"),
            "{told}"
        );
        fs::write(&files[0], first).unwrap();
        fs::write(&files[1], &second).unwrap();
        fs::write(file, text).unwrap();
        story.ok(&["live", "book"]);
    }
}

#[test]
fn no_new_version_decides_what_is_booked_already() {
    let story = Story::new();
    story.ok(&["program", "apply", "live-gifts"]);
    story.file(
        "coins.csv",
        "event_id,viewer_id,occurred_at,channel,coins,price,currency\np,fan,2026-09-20T10:00:00Z,web,100,1.40,USD\n",
    );
    let version = |version: u32, from: &str| {
        let first = include_str!("../../../../programs/live-gifts.toml");
        let text = first
            .replacen("version = 1", &format!("version = {version}"), 1)
            .replacen("2026-01-01", from, 1);
        story.file(&format!("v{version}.toml"), &text);
    };
    // Before anything is booked the past may have a version of its own.
    version(2, "2026-06-01");
    story.ok(&["program", "apply", "v2.toml"]);
    story.ok(&["import", "coin-purchase", "coins.csv"]);
    story.ok(&["live", "book"]);
    version(3, "2026-09-01");
    let told = said(&story, 3, &["program", "apply", "v3.toml"]);
    assert!(told.contains("program/settled"), "{told}");
    // Whatever day it is said to be.
    let told = said(
        &story,
        3,
        &["--now", "2026-08-01T00:00:00Z", "program", "apply", "v3.toml"],
    );
    assert!(told.contains("program/settled"), "{told}");
    // Another program of coins would stop all booking.
    let other = fs::read_to_string(story.path().join("v3.toml")).unwrap();
    story.file(
        "other.toml",
        &other.replacen("id = \"live-gifts\"", "id = \"gifts-two\"", 1),
    );
    let told = said(&story, 3, &["program", "apply", "other.toml"]);
    assert!(told.contains("live/two-programs"), "{told}");
    story.ok(&["program", "apply", "bits"]);
    version(3, "2027-01-01");
    story.ok(&["program", "apply", "v3.toml"]);
}
