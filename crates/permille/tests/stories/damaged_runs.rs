//! Runs and documents that are gone or broken: each is named, and stops only what needs it.

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

fn lines(story: &Story, day: u32) -> PathBuf {
    story.run_file(("open-pool", &format!("2026-10-{day:02}"), 1), "lines")
}

/// Everything that was said, with an exit code.
fn said(story: &Story, code: i32, args: &[&str]) -> String {
    let answer = story.run(args);
    let said = answer.stdout + &answer.stderr;
    assert_eq!(answer.code, code, "{args:?}: {said}");
    said
}

/// The books have every run, and miss the files of those that have lost theirs.
#[test]
fn files_of_runs_that_are_gone_are_missed_and_made_anew() {
    let story = settled();
    story.ok(&["period", "close", "--due"]);
    story.ok(&[
        "period",
        "lock",
        "--program",
        "open-pool",
        "--period",
        "2026-10-07",
    ]);
    fs::remove_dir_all(story.path().join(".permille/blobs")).unwrap();
    let all = said(&story, 4, &["verify"]);
    assert!(all.contains("3 of 3 runs do not replay"), "{all}");
    assert_eq!(
        all.matches("2026-10-05 (facts) stored, is gone").count(),
        1,
        "{all}"
    );
    for command in [
        &["lines"][..],
        &["statement", "--creator", "ann", "--month", "2026-10"],
    ] {
        let told = said(&story, 4, command);
        assert!(
            told.contains("left out") && told.contains("2026-10-06"),
            "{command:?}: {told}"
        );
    }
    // What they decided and where they stand is in the books.
    assert_eq!(story.json(&["runs"]).as_array().unwrap().len(), 3);
    story.ok(&["period", "status"]);
    // They are made anew from what they were made from, though more has come in since.
    let late = "late,u9,a,2026-10-06T11:00:00Z,30000,30000,ann,US,for_you\n";
    story.file("late.csv", &format!("{VIEWS}{late}"));
    story.ok(&["import", "view", "late.csv"]);
    let told = said(&story, 0, &["settle", "--due"]);
    assert!(
        told.contains("files of run 1 were gone, and were made anew"),
        "{told}"
    );
    story.ok(&["verify"]);
    assert_eq!(story.json(&["lines"]).as_array().unwrap().len(), 3);
}

#[test]
fn one_file_that_is_gone_is_missed() {
    let story = settled();
    fs::remove_file(lines(&story, 6)).unwrap();
    let told = said(&story, 4, &["verify"]);
    assert!(told.contains("1 of 3 runs"), "{told}");
    assert!(told.contains("run 1 of open-pool 2026-10-06 (lines)"), "{told}");
    // What an archive that is not whole gives is not put in its place.
    let archive = story.path().join(".permille/archive/view/date=2026-10-06");
    let view = fs::read_dir(archive).unwrap().next().unwrap().unwrap().path();
    let kept = fs::read(&view).unwrap();
    fs::write(&view, "").unwrap();
    said(&story, 4, &["settle", "--due"]);
    assert!(!lines(&story, 6).exists());
    fs::write(&view, kept).unwrap();
    story.ok(&["settle", "--due"]);
    story.ok(&["verify"]);
}

#[test]
fn a_broken_run_stops_only_what_needs_it() {
    type Break = fn(&Story);
    let breaks: [(&str, Break); 2] = [
        ("run 1 of open-pool 2026-10-06 (lines)", |story| {
            fs::write(lines(story, 6), "{").unwrap();
        }),
        ("run `open-pool/2026-10-06/000001`", |story| {
            story.tamper("UPDATE record SET body = replace(body, '\"version\":1', '\"version\":2') WHERE kind = 'run' AND id LIKE '%06/000001'");
        }),
    ];
    for (named, of) in breaks {
        let story = settled();
        of(&story);
        // More has come in, for another day.
        let more = "n1,u9,a,2026-10-09T10:00:00Z,30000,30000,ann,US,for_you\n";
        story.file("more.csv", &format!("{VIEWS}{more}"));
        story.ok(&["import", "view", "more.csv"]);
        let settled = story.run(&["settle", "--due"]);
        let told = settled.stdout + &settled.stderr;
        assert!(told.contains("2026-10-09"), "{told}");
        let closed = story.run(&["period", "close", "--due", "--format", "json"]);
        let standings: Vec<Value> = serde_json::from_str(&closed.stdout).unwrap();
        let days: Vec<_> = standings
            .iter()
            .map(|of| of["period"].as_str().unwrap())
            .collect();
        assert_eq!(
            (closed.code, &days[..]),
            (4, &["2026-10-05", "2026-10-07", "2026-10-08", "2026-10-09"][..]),
            "{}",
            closed.stderr
        );
        let told = "1 was left out, everything else was done: open-pool 2026-10-06";
        assert!(
            closed.stderr.contains(told) && closed.stderr.contains(named),
            "{}",
            closed.stderr
        );
        let lines = said(&story, 4, &["lines"]);
        assert!(
            lines.contains("2026-10-05") && lines.contains("2026-10-07"),
            "{lines}"
        );
        let told = said(
            &story,
            4,
            &["statement", "--creator", "ann", "--month", "2026-10"],
        );
        assert!(told.contains("2026-10-05") && told.contains("left out"), "{told}");
        // Asked for that period alone, the reason is the answer.
        let alone = [
            "period",
            "close",
            "--program",
            "open-pool",
            "--period",
            "2026-10-06",
        ];
        let alone = said(&story, 4, &alone);
        assert!(
            alone.contains("/damaged") && !alone.contains("left out"),
            "{alone}"
        );
        let told = said(&story, 4, &["verify"]);
        assert!(told.contains("1 of 5 runs") && told.contains(named), "{told}");
    }
}

#[test]
fn what_is_no_file_stops_only_what_needs_it() {
    type Put = fn(&PathBuf);
    let puts: [(i32, Put); 3] = [
        (4, |path| fs::create_dir(path).unwrap()),
        (0, |path| {
            assert!(Command::new("mkfifo").arg(path).status().unwrap().success())
        }),
        (0, |path| std::os::unix::fs::symlink(path, path).unwrap()),
    ];
    for (code, put) in puts {
        let story = settled();
        let path = lines(&story, 6);
        fs::remove_file(&path).unwrap();
        put(&path);
        let told = said(&story, 4, &["verify"]);
        assert!(told.contains(&path.display().to_string()), "{told}");
        // It is made anew, unless a folder is in its place.
        let told = said(&story, code, &["settle", "--due"]);
        assert!(code == 0 || told.contains("a folder lies in the place"), "{told}");
        said(&story, code, &["verify"]);
    }
}

/// Of a run nothing is left but that its period names it.
#[test]
fn a_run_that_was_taken_out_of_the_books_is_missed() {
    let story = settled();
    story.tamper("DELETE FROM record WHERE kind = 'run' AND id LIKE '%06/000001'");
    for command in [
        &["verify"][..],
        &["lines"],
        &["runs"],
        &["period", "status"],
        &["period", "close", "--due"],
    ] {
        let told = said(&story, 4, command);
        assert!(
            told.contains("run 1 of open-pool 2026-10-06 is not in the books any more"),
            "{command:?}: {told}"
        );
    }
    said(&story, 4, &["ledger", "verify"]);
}

#[test]
fn commits_that_are_gone_are_named_and_manifests_written_anew() {
    let story = settled();
    story.file(
        "more.csv",
        &format!("{VIEWS}n1,u9,a,2026-10-09T10:00:00Z,30000,30000,ann,US,for_you\n"),
    );
    story.ok(&["import", "view", "more.csv"]);
    story.ok(&["settle", "--program", "open-pool", "--period", "2026-10-09"]);
    // What lies beside the data for readers that know no books decides nothing, is named, and written anew by the next import.
    let manifest = |number: u32| {
        story
            .path()
            .join(format!(".permille/archive/commits/{number:08}.json"))
    };
    let (first, second) = (fs::read(manifest(1)).unwrap(), fs::read(manifest(2)).unwrap());
    fs::write(manifest(1), &second).unwrap();
    fs::write(manifest(2), &first).unwrap();
    let told = said(&story, 4, &["verify"]);
    assert_eq!(
        told.matches("it does not say what the books have of the commit")
            .count(),
        2,
        "{told}"
    );
    assert!(told.contains("2 files are not what they were"), "{told}");
    fs::remove_file(manifest(1)).unwrap();
    let told = said(&story, 4, &["verify"]);
    assert!(told.contains("00000001.json, of commit 1: it is gone"), "{told}");
    story.ok(&["settle", "--due"]);
    story.ok(&["import", "view", "more.csv"]);
    assert_eq!(
        (fs::read(manifest(1)).unwrap(), fs::read(manifest(2)).unwrap()),
        (first, second)
    );
    story.ok(&["verify"]);
    // What is taken out of the books is missed: in the middle by whoever reads the archive, at the end by the run that has read it.
    let take_out = |number: u32| {
        story.tamper(&format!(
            "UPDATE record SET kind = 'away' WHERE kind = 'commit' AND id = '{number:08}'"
        ));
    };
    let put_back = || story.tamper("UPDATE record SET kind = 'commit' WHERE kind = 'away'");
    take_out(1);
    for command in [
        &["verify"][..],
        &["settle", "--due"],
        &["import", "view", "more.csv"],
    ] {
        let told = said(&story, 4, command);
        assert!(
            told.contains("is missing although commit 2 is there"),
            "{command:?}: {told}"
        );
    }
    put_back();
    take_out(2);
    let told = said(&story, 4, &["verify"]);
    assert!(
        told.contains("the archive ends with commit 1, before the run's bound 2"),
        "{told}"
    );
    let settle = ["settle", "--program", "open-pool", "--period", "2026-10-09"];
    let told = said(&story, 4, &settle);
    assert!(told.contains("archive/cut"), "{told}");
    put_back();
    story.ok(&["verify"]);
    story.ok(&["ledger", "verify"]);
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
    story.tamper("DELETE FROM record WHERE kind = 'commit'");
    let told = said(&story, 4, &["verify"]);
    assert!(
        told.contains("LIVE events up to commit 1 are booked, and the archive ends with 0"),
        "{told}"
    );
}

/// Books that are begun over an archive that lies there have its commits.
#[test]
fn an_archive_that_is_there_belongs_to_new_books() {
    let story = settled();
    story.begin_anew();
    // Before they are begun, it is read as it lies.
    let facts = [
        "facts",
        "--from",
        "2026-10-05",
        "--to",
        "2026-10-08",
        "--program",
        "open-pool",
        "--out",
        "facts.parquet",
    ];
    story.ok(&facts);
    story.ok(&["program", "apply", "open-pool"]);
    let settled = story.json(&["settle", "--due"]);
    assert_eq!(settled[0]["stored_before"], 1, "{settled}");
    story.ok(&["import", "view", "views.csv"]);
    story.ok(&["verify"]);
}

/// Two copies of a workspace import into one set of books: each commit has one number, and a copy without the other's files says so.
#[test]
fn copies_of_a_workspace_have_one_log_of_commits() {
    let (story, other) = (settled(), Story::empty());
    let copy = |from: &str, to: &str| {
        let copied = Command::new("cp").args(["-r", from, to]).status();
        assert!(copied.unwrap().success());
    };
    let folder = |story: &Story, inside: &str| story.path().join(inside).display().to_string();
    copy(&folder(&story, "."), &folder(&other, "."));
    let url = folder(&story, ".permille/books.sqlite");
    let row =
        |day: u32| format!("{VIEWS}n{day},u9,a,2026-10-{day:02}T10:00:00Z,30000,30000,ann,US,for_you\n");
    story.file("9.csv", &row(9));
    story.ok(&["import", "view", "9.csv"]);
    other.file(
        "creators.csv",
        "creator_id,effective_at\nann,2026-01-01T00:00:00Z\n",
    );
    other.ok(&["import", "creator", "creators.csv", "--store", &url]);
    // The copy has no files of commit 2: it cannot know which views it has.
    other.file("10.csv", &row(10));
    let told = said(&other, 4, &["import", "view", "10.csv", "--store", &url]);
    assert!(
        told.contains("date=2026-10-09/") && told.contains("commit 2"),
        "{told}"
    );
    copy(
        &folder(&story, ".permille/archive/view/date=2026-10-09"),
        &folder(&other, ".permille/archive/view/"),
    );
    other.ok(&["import", "view", "10.csv", "--store", &url]);
    other.file("9.csv", &row(9));
    let again = other.json(&["import", "view", "9.csv", "--store", &url]);
    assert!(again.to_string().contains("\"duplicate\":1"), "{again}");
    other.ok(&["verify", "--store", &url]);
    let told = said(&story, 4, &["verify"]);
    assert!(
        told.contains("of commit 3") && told.contains("of commit 4"),
        "{told}"
    );
}

/// An applied version that is damaged stops what needs it, and no other program: none takes its place.
#[test]
fn no_version_takes_the_place_of_one_that_is_damaged() {
    let story = settled();
    let first = include_str!("../../../../programs/live-gifts.toml");
    let second = first
        .replacen("version = 1", "version = 2", 1)
        .replacen("2026-01-01", "2026-09-01", 1);
    story.file("v2.toml", &second);
    story.ok(&["program", "apply", "live-gifts", "v2.toml"]);
    let more = "n1,u9,a,2026-10-09T10:00:00Z,30000,30000,ann,US,for_you\n";
    story.file("more.csv", &format!("{VIEWS}{more}"));
    story.ok(&["import", "view", "more.csv"]);
    let change = |from: &str, to: &str| {
        story.tamper(&format!(
            "UPDATE record SET body = replace(body, '{from}', '{to}') WHERE kind = 'program' AND id = 'live-gifts/000002'"
        ));
    };
    change("version = 2", "version = 3");
    let damaged = "program `live-gifts/000002` version 1 does not have the hash it was stored with";
    for command in [&["live", "book"][..], &["program", "list"], &["verify"]] {
        let told = said(&story, 4, command);
        assert!(told.contains(damaged), "{command:?}: {told}");
    }
    let told = said(&story, 4, &["settle", "--due"]);
    assert!(
        told.contains("2026-10-09") && told.contains("1 was left out") && told.contains(damaged),
        "{told}"
    );
    change("version = 3", "version = 2");
    story.ok(&["live", "book"]);
    story.ok(&["verify"]);
    story.ok(&["ledger", "verify"]);
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
