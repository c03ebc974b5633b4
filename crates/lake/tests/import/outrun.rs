//! Imports at once: what is another's before the commit is made is not stored twice, and nothing is lost.

use crate::rig::{Rig, counts, parquet_rows};
use event::kind::Kind;
use jiff::Timestamp;
use lake::archive::{Archive, ArchiveError, Commit, CommitLog, CommittedFile, Manifests, StoredBefore};
use lake::import::{ImportError, ImportOptions, ImportReport, import_into};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

const VIEWS: &str = "event_id,viewer_id,video_id,occurred_at,watched_ms,duration_ms\n";

/// Views on three days, one after the other; ids are numbers and words, some views are loops and some of unknown duration.
fn views(rows: impl IntoIterator<Item = usize>) -> String {
    let row = |row: usize| {
        let id = if row.is_multiple_of(2) {
            row.to_string()
        } else {
            format!("e-{row}")
        };
        let (day, duration) = (1 + row % 3, ["", "0", "9", "2000"][row % 4]);
        format!(
            "{id},{},{row},2026-10-0{day}T10:00:00Z,1000,{duration}\n",
            row % 7
        )
    };
    std::iter::once(VIEWS.to_owned())
        .chain(rows.into_iter().map(row))
        .collect()
}

type Meanwhile<'a> = Box<dyn FnMut(&Commit) -> Option<ArchiveError> + 'a>;

/// A log in which something happens whenever a commit is about to be made.
struct Raced<'a> {
    manifests: Manifests,
    meanwhile: Meanwhile<'a>,
    /// What others wanted to append, too.
    asked: Vec<Commit>,
    given_up: Vec<String>,
}

impl CommitLog for Raced<'_> {
    fn after(&mut self, number: u64) -> Result<Vec<Commit>, ArchiveError> {
        self.manifests.after(number)
    }

    fn append(&mut self, commit: &Commit) -> Result<(), ArchiveError> {
        self.asked.push(commit.clone());
        match (self.meanwhile)(commit) {
            Some(error) => Err(error),
            None => self.manifests.append(commit),
        }
    }

    fn give_up(&mut self, draft: &str) -> Result<(), ArchiveError> {
        self.given_up.push(draft.to_owned());
        Ok(())
    }
}

/// Imports files into an archive, of which `meanwhile` hears whenever a commit is about to be made.
fn import(
    root: &Path,
    kind: Kind,
    files: &[PathBuf],
    meanwhile: Meanwhile<'_>,
) -> (Result<ImportReport, ImportError>, Vec<Commit>) {
    let mut archive = Archive::open(root).unwrap();
    let mut log = Raced {
        manifests: Manifests::new(root),
        meanwhile,
        asked: Vec::new(),
        given_up: Vec::new(),
    };
    let options = ImportOptions {
        memory: 64 << 20,
        stored_at: "2026-11-01T00:00:00Z".parse::<Timestamp>().unwrap(),
        cancel: &AtomicBool::new(false),
        progress: &|_| {},
    };
    let report = import_into(&mut archive, &mut log, kind, files, None, options);
    (report, log.asked)
}

/// Another import of a file, once, while a commit is about to be made.
fn other<'a>(root: &'a Path, kind: Kind, file: &'a Path) -> Meanwhile<'a> {
    let mut files = vec![file.to_path_buf()];
    Box::new(move |_| {
        let files = std::mem::take(&mut files);
        let (report, _) = import(root, kind, &files, Box::new(|_| None));
        report.unwrap();
        None
    })
}

fn of_day(commit: &Commit, day: i8) -> Vec<&CommittedFile> {
    commit
        .files
        .iter()
        .filter(|file| file.date.day() == day)
        .collect()
}

/// The ids that the winner has stored are taken out of the loser's files, and only files that have some are written again, as if they had
/// been read so.
#[test]
fn the_loser_takes_out_what_the_winner_has_stored() {
    let mut rig = Rig::new();
    let root = rig.path().join("archive");
    let own = rig.file("own.csv", views(0..300));
    // Of the second day, and of none before 150.
    let theirs = rig.file(
        "theirs.csv",
        views((0..400).filter(|row| row % 3 == 1 && *row > 150)),
    );
    let (report, asked) = import(
        &root,
        Kind::View,
        std::slice::from_ref(&own),
        other(&root, Kind::View, &theirs),
    );
    let counted = report.unwrap().totals()[&Kind::View];
    assert_eq!(counts(counted), [300, 250, 50, 0]);
    rig.reopen();
    assert_eq!(rig.archive.last_commit(), 2);
    let [first, last] = &asked[..] else {
        panic!("made twice")
    };
    assert_eq!((first.number, last.number), (1, 2));
    for day in [1, 3] {
        assert_eq!(of_day(first, day), of_day(last, day));
    }
    assert_ne!(of_day(first, 2)[0].path, of_day(last, 2)[0].path);
    assert_eq!(rig.leftovers(), Vec::<String>::new());
    // The same one after the other: the same counts, and the same bytes.
    let mut calm = Rig::new();
    let (own, theirs) = (calm.file("own.csv", views(0..300)), fs::read(&theirs).unwrap());
    let theirs = calm.file("theirs.csv", theirs);
    calm.import(Kind::View, &theirs);
    let report = calm.try_import(Kind::View, &[own], None).unwrap();
    assert_eq!(report.totals()[&Kind::View], counted);
    assert!(
        counted.unknown_duration > 100 && counted.looped > 50,
        "{counted:?}"
    );
    let hashes = |rig: &Rig| -> Vec<(u64, String)> {
        let files = rig
            .archive
            .all_files(Kind::View, StoredBefore(u64::MAX))
            .into_iter();
        files.map(|file| (file.commit, file.hash)).collect()
    };
    assert_eq!(hashes(&rig), hashes(&calm));
    // Both know all ids.
    let all = rig.file("all.csv", views(0..400));
    assert_eq!(rig.import(Kind::View, &all), [400, 400 - 250 - 83, 250 + 83, 0]);
}

/// The same file in two imports at once: its rows and its quarantine are there once.
#[test]
fn the_same_file_at_once_is_stored_once() {
    let mut rig = Rig::new();
    let root = rig.path().join("archive");
    let file = rig.file("own.csv", views(0..100) + "bad,1,1,yesterday,1,\n");
    let (report, asked) = import(
        &root,
        Kind::View,
        std::slice::from_ref(&file),
        other(&root, Kind::View, &file),
    );
    let report = report.unwrap();
    assert_eq!(counts(report.totals()[&Kind::View]), [101, 0, 100, 1]);
    assert_eq!((report.files[0].commit, asked.len()), (None, 1));
    rig.reopen();
    assert_eq!((rig.archive.last_commit(), rig.rows(Kind::View).len()), (1, 100));
    assert_eq!(rig.quarantine().len(), 1);
    assert_eq!(rig.leftovers(), Vec::<String>::new());
}

/// Whether an amount contradicts a stored one is decided when it is read: then the file is read again.
#[test]
fn money_that_another_import_has_stored_with_another_amount_is_set_aside() {
    let mut rig = Rig::new();
    let root = rig.path().join("archive");
    let funding = |amount: u32| {
        format!(
            "event_id,program,date,payer,amount,currency\nf1,p,2026-10-01,x,{amount},USD\nf-{amount},p,2026-10-02,x,{amount},USD\n"
        )
    };
    let (own, theirs) = (
        rig.file("own.csv", funding(7)),
        rig.file("theirs.csv", funding(8)),
    );
    let (report, _) = import(&root, Kind::Funding, &[own], other(&root, Kind::Funding, &theirs));
    assert_eq!(counts(report.unwrap().totals()[&Kind::Funding]), [2, 1, 0, 1]);
    rig.reopen();
    assert_eq!(rig.rows(Kind::Funding).len(), 3);
    assert!(
        rig.quarantine()[0].reason.contains("has 8"),
        "{:?}",
        rig.quarantine()
    );
}

/// An import that was taken for dead finds its files gone, in whatever moment, and starts again.
#[test]
fn who_was_taken_for_dead_starts_again() {
    for files_go in [true, false] {
        let mut rig = Rig::new();
        let root = rig.path().join("archive");
        let own = rig.file("own.csv", views(0..100));
        let mut swept = Vec::new();
        let meanwhile = |commit: &Commit| {
            if !swept.is_empty() {
                return None;
            }
            swept.push(commit.draft.clone());
            if files_go {
                for file in &commit.files {
                    fs::remove_file(root.join(&file.path)).unwrap();
                }
                fs::remove_dir_all(root.join("drafts").join(&commit.draft)).unwrap();
            }
            let draft = commit.draft.clone();
            Some(ArchiveError::GivenUp { draft })
        };
        let (report, asked) = import(&root, Kind::View, &[own], Box::new(meanwhile));
        assert_eq!(counts(report.unwrap().totals()[&Kind::View]), [100, 100, 0, 0]);
        assert_eq!(asked.len(), 2);
        assert_ne!(asked[0].draft, asked[1].draft);
        rig.reopen();
        assert_eq!(rig.rows(Kind::View).len(), 100);
        assert_eq!(rig.leftovers(), Vec::<String>::new());
    }
}

/// A commit of which it is not known whether it was made keeps its files until the log says.
#[test]
fn files_of_a_commit_that_may_have_been_made_stay() {
    for is_made in [true, false] {
        let mut rig = Rig::new();
        let root = rig.path().join("archive");
        let own = rig.file("own.csv", views(0..100));
        let meanwhile = |commit: &Commit| {
            if is_made {
                Manifests::new(&root).append(commit).unwrap();
            }
            let source = "the line is dead".into();
            Some(ArchiveError::Log { source })
        };
        let (report, asked) = import(&root, Kind::View, std::slice::from_ref(&own), Box::new(meanwhile));
        assert!(report.is_err());
        let file = root.join(&asked[0].files[0].path);
        assert!(!parquet_rows(&file).is_empty());
        let expected = if is_made {
            [100, 0, 100, 0]
        } else {
            [100, 100, 0, 0]
        };
        assert_eq!(rig.import(Kind::View, &own), expected);
        assert_eq!(file.exists(), is_made);
        assert_eq!(rig.leftovers(), Vec::<String>::new());
    }
}

/// Others who are always faster end in an error that says so.
#[test]
fn who_never_wins_is_told() {
    let rig = Rig::new();
    let root = rig.path().join("archive");
    let own = rig.file("own.csv", views(0..10));
    let meanwhile = |commit: &Commit| {
        let number = commit.number;
        Some(ArchiveError::Outrun { number })
    };
    let (report, _) = import(&root, Kind::View, &[own], Box::new(meanwhile));
    let error = report.unwrap_err();
    assert!(
        matches!(error, ImportError::Outrun { times: 1_000, .. }),
        "{error}"
    );
    assert_eq!(rig.leftovers(), Vec::<String>::new());
}

/// Threads import overlapping files into an archive without books: what they report as stored is what there is, each event once.
#[test]
fn many_imports_at_once_store_each_event_once() {
    let mut rig = Rig::new();
    let root = rig.path().join("archive");
    let files: Vec<PathBuf> = (0..12)
        .map(|file| rig.file(&format!("{file}.csv"), views(file * 20..file * 20 + 40)))
        .collect();
    let stored: u64 = std::thread::scope(|scope| {
        let imports = (0..4).map(|first| {
            let mut files = files.clone();
            files.rotate_left(first);
            let root = &root;
            scope.spawn(move || {
                let (report, _) = import(root, Kind::View, &files, Box::new(|_| None));
                let [read, stored, duplicate, _] = counts(report.unwrap().totals()[&Kind::View]);
                assert_eq!((read, stored + duplicate), (480, 480));
                stored
            })
        });
        let imports: Vec<_> = imports.collect();
        imports.into_iter().map(|import| import.join().unwrap()).sum()
    });
    assert_eq!(stored, 260);
    rig.reopen();
    let mut ids: Vec<String> = rig.rows(Kind::View);
    ids.iter_mut()
        .for_each(|row| row.truncate(row.find('|').unwrap()));
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), rig.rows(Kind::View).len()), (260, 260));
    assert_eq!(rig.import(Kind::View, &files[5]), [40, 0, 40, 0]);
    assert_eq!(rig.leftovers(), Vec::<String>::new());
}
