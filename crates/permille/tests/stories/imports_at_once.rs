//! Imports at once: any number of processes import overlapping files into one archive, are killed at random and begin again, and the
//! archive is that of one process.
//!
//! `PERMILLE_IMPORTS_ROUNDS` makes it longer, `PERMILLE_IMPORTS_SEED` repeats a run; the seed is printed.

use crate::harness::{Story, VIEWS};
use crate::survival::{Numbers, setting};
use event::kind::Kind;
use lake::archive::{Archive, Commit};
use serde_json::Value;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

/// Processes at once.
const PROCESSES: usize = 4;
/// Files, each of which has half of its rows in common with the next.
const FILES: usize = 16;
const ROWS: usize = 300;
/// Rounds of one archive; in each all processes import at once, and all but those of the last one are killed.
const ROUNDS: u64 = 5;
/// A process is killed within this time after the one before it, in milliseconds: few come to their end.
const LIVES: u64 = 160;

/// A row that is the same whichever file it comes from; every 97th cannot be read.
fn row(row: usize) -> String {
    let id = if row.is_multiple_of(2) {
        row.to_string()
    } else {
        format!("e-{row}")
    };
    let watched = if is_bad(row) {
        "long".to_owned()
    } else {
        (row * 37 % 60_000).to_string()
    };
    let (viewer, video, day) = (row % 41, row % 13, 1 + row % 3);
    format!("{id},u{viewer},v{video},2026-10-0{day}T10:00:00Z,{watched},30000,c{video},US,for_you\n")
}

fn is_bad(row: usize) -> bool {
    row % 97 == 13
}

fn rows(file: usize) -> std::ops::Range<usize> {
    let start = file * ROWS / 2;
    start..start + ROWS
}

fn name(file: usize) -> String {
    format!("views-{file:02}.csv")
}

/// A workspace with all files, and without books: those who come first begin them.
fn with_files() -> Story {
    let story = Story::new();
    for file in 0..FILES {
        let text: String = std::iter::once(VIEWS.to_owned())
            .chain(rows(file).map(row))
            .collect();
        story.file(&name(file), &text);
    }
    story
}

/// Starts an import of all files, beginning with another one each time.
fn spawn(story: &Story, store: &str, first: usize) -> Child {
    let files = (0..FILES).map(|file| name((first + file) % FILES));
    Command::new(env!("CARGO_BIN_EXE_permille"))
        .args(["import", "view", "--format", "json", "--threads", "1"])
        .args(files)
        .current_dir(story.path())
        .env("PERMILLE_NOW", "2026-11-22T00:00:00Z")
        .env("PERMILLE_USER", "tester")
        .env("PERMILLE_STORE", store)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// What a process reports that came to its end: how many rows it stored, and every row one of stored, duplicate and quarantined.
fn stored(process: Child) -> u64 {
    let output = process.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = counts(&report);
    assert_eq!(rows.len(), FILES, "{report}");
    let bad = |file: usize| rows_that(file, is_bad);
    let mut stored = 0;
    for [file, read, new, duplicate, quarantined] in rows {
        assert_eq!(read, ROWS as u64);
        assert_eq!(read, new + duplicate + quarantined, "{report}");
        assert_eq!(quarantined, bad(file as usize), "{report}");
        stored += new;
    }
    stored
}

fn rows_that(file: usize, is: impl Fn(usize) -> bool) -> u64 {
    rows(file).filter(|row| is(*row)).count() as u64
}

/// Of each file its number, and the rows read, stored, duplicate and quarantined.
fn counts(report: &Value) -> Vec<[u64; 5]> {
    let of = |file: &Value| {
        let name = file["file"].as_str().unwrap();
        let number = name.trim_start_matches("views-").trim_end_matches(".csv").parse();
        let count = |key: &str| file["kinds"][0][key].as_u64().unwrap();
        [
            number.unwrap(),
            count("read"),
            count("stored"),
            count("duplicate"),
            count("quarantined"),
        ]
    };
    report["files"].as_array().unwrap().iter().map(of).collect()
}

/// Reads the archive by its manifests, as those do who know no books: there is never a gap, and never a file too few.
fn read_by_manifests(root: &Path, is_over: &AtomicBool) -> usize {
    let mut most = 0;
    while !is_over.load(Ordering::Relaxed) {
        let archive = Archive::open(root).unwrap();
        assert!(archive.last_commit() >= most as u64);
        let unseen = &archive.commits()[most..];
        for commit in unseen {
            for file in &commit.files {
                let bytes = std::fs::read(root.join(&file.path)).unwrap();
                assert_eq!(blake3::hash(&bytes).to_hex().as_str(), file.hash);
            }
        }
        most = archive.commits().len();
    }
    most
}

/// A lease that does not say yet whose it is, and nothing beside it: who began it was killed in that moment.
fn is_of_nobody(path: &Path) -> bool {
    let is_empty = std::fs::metadata(path).is_ok_and(|held| held.len() == 0);
    let beside = path.parent().and_then(|folder| std::fs::read_dir(folder).ok());
    path.file_name().is_some_and(|name| name == "held")
        && is_empty
        && beside.is_some_and(|all| all.count() == 1)
}

/// Files that no commit names. Manifests that were never finished and leases of nobody are left: they go after an hour.
fn unnamed(root: &Path, commits: &[Commit]) -> Vec<PathBuf> {
    let named: BTreeSet<PathBuf> = commits
        .iter()
        .flat_map(|commit| {
            let files = commit.files.iter().map(|file| &file.path);
            files.chain(commit.quarantine.iter().map(|file| &file.path))
        })
        .map(|path| root.join(path))
        .collect();
    let mut folders: Vec<PathBuf> = ["view", "quarantine", "drafts"]
        .map(|name| root.join(name))
        .into();
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false if path.extension().is_some_and(|ending| ending == "tmp") => {}
                false if is_of_nobody(&path) => {}
                false if !named.contains(&path) => found.push(path),
                false => {}
            }
        }
    }
    found
}

/// Facts and quarantined rows, without which commit has them.
fn content(story: &Story, store: &str) -> Content {
    story.ok(&["facts", "--out", "facts.parquet", "--store", store]);
    let listed = story.json(&["quarantine", "--limit", "0", "--store", store]);
    let row = |row: &Value| format!("{} {} {}", row["file"], row["line"], row["row"]);
    let rows = listed.as_array().unwrap();
    let set: BTreeSet<String> = rows.iter().map(row).collect();
    assert_eq!(set.len(), rows.len(), "each is listed once");
    let archive = Archive::open(&story.path().join(".permille/archive")).unwrap();
    let sources = archive.commits().iter().flat_map(|commit| &commit.sources);
    let stored = sources
        .filter(|source| source.kind == Kind::View)
        .map(|source| source.counts.stored);
    (
        std::fs::read(story.path().join("facts.parquet")).unwrap(),
        set,
        stored.sum(),
    )
}

/// The bytes of the facts, the rows set aside, and how many views were stored.
type Content = (Vec<u8>, BTreeSet<String>, u64);

/// Rows of all files that are events, each once.
fn events() -> u64 {
    let rows = 0..(FILES + 1) * ROWS / 2;
    rows.filter(|row| !is_bad(*row)).count() as u64
}

/// `store` gives the books of another workspace each time.
fn many_processes(store: impl Fn() -> String, rounds: u64) {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let seed = setting("PERMILLE_IMPORTS_SEED", since.as_millis() as u64);
    let rounds = setting("PERMILLE_IMPORTS_ROUNDS", rounds);
    let mut numbers = Numbers(seed);
    let books = store();
    let calm = with_files();
    assert_eq!(stored(spawn(&calm, &books, 0)), events());
    let expected = content(&calm, &books);
    let mut killed = 0;
    for _ in 0..rounds.div_ceil(ROUNDS) {
        killed += at_once(&mut numbers, &store(), &expected);
    }
    println!("killed {killed}");
    assert!(killed as u64 > rounds, "{killed}");
}

fn at_once(numbers: &mut Numbers, store: &str, expected: &Content) -> usize {
    let story = with_files();
    let root = story.path().join(".permille/archive");
    let is_over = AtomicBool::new(false);
    let mut killed = 0;
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| read_by_manifests(&root, &is_over));
        for round in 1..=ROUNDS {
            if round == ROUNDS {
                // Those that were killed had begun.
                assert!(Archive::open(&root).unwrap().last_commit() > 0);
            }
            let firsts = (0..PROCESSES).map(|_| numbers.below(FILES as u64) as usize);
            let firsts: Vec<usize> = firsts.collect();
            let processes: Vec<Child> = firsts.iter().map(|first| spawn(&story, store, *first)).collect();
            for mut process in processes {
                if round == ROUNDS {
                    stored(process);
                    continue;
                }
                std::thread::sleep(Duration::from_millis(numbers.below(LIVES)));
                killed += usize::from(process.try_wait().unwrap().is_none());
                process.kill().unwrap();
                process.wait().unwrap();
            }
        }
        is_over.store(true, Ordering::Relaxed);
        assert!(reader.join().unwrap() > 1);
    });
    // What the killed have left goes with the next import, which finds nothing new.
    assert_eq!(stored(spawn(&story, store, 0)), 0);
    let (found, archive) = (content(&story, store), Archive::open(&root).unwrap());
    assert_eq!(found.2, events(), "each event is stored once");
    assert_eq!(found.1, expected.1);
    assert!(found.0 == expected.0, "other facts");
    assert_eq!(unnamed(&root, archive.commits()), Vec::<PathBuf>::new());
    story.ok(&["verify", "--store", store]);
    killed
}

#[test]
fn many_processes_make_the_archive_of_one() {
    let folder = tempfile::tempdir().unwrap();
    let number = Cell::new(0);
    let books = || {
        number.set(number.get() + 1);
        folder
            .path()
            .join(format!("{}.sqlite", number.get()))
            .display()
            .to_string()
    };
    many_processes(books, 2 * ROUNDS);
}

#[test]
fn many_processes_make_the_archive_of_one_on_postgres() {
    let server = scratch_postgres::Server::start(scratch_postgres::Durability::None).unwrap();
    many_processes(|| server.database().unwrap(), ROUNDS);
}

/// Nobody is killed: what all report as stored is what there is.
#[test]
fn what_processes_report_as_stored_adds_up() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("books.sqlite").display().to_string();
    let story = with_files();
    let firsts = (0..PROCESSES).map(|number| number % 2);
    let processes: Vec<Child> = firsts.map(|first| spawn(&story, &store, first)).collect();
    let total: u64 = processes.into_iter().map(stored).sum();
    assert_eq!(total, events());
    assert_eq!(content(&story, &store).2, events());
    story.ok(&["verify", "--store", &store]);
}
