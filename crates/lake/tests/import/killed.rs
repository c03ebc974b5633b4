//! An import that is killed leaves whole files, never half; the next one goes on.

use crate::rig::Rig;
use event::kind::Kind;
use jiff::Timestamp;
use lake::archive::Archive;
use lake::import::{ImportError, ImportOptions, MIN_MEMORY, Progress, import};
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

const FOLDER: &str = "PERMILLE_TEST_KILLED_FOLDER";
const STEP: &str = "PERMILLE_TEST_KILLED_STEP";

fn files(folder: &std::path::Path) -> Vec<PathBuf> {
    (0..3)
        .map(|number| folder.join(format!("{number}.csv")))
        .collect()
}

/// Not a test of its own: the process that is killed at a step, when its environment says so.
#[test]
fn the_killed_process() {
    let (Ok(folder), Ok(step)) = (std::env::var(FOLDER), std::env::var(STEP)) else {
        return;
    };
    let step: usize = step.parse().expect("a number");
    let folder = PathBuf::from(folder);
    let steps = AtomicUsize::new(0);
    let progress = |_: Progress<'_>| {
        if steps.fetch_add(1, Ordering::SeqCst) == step {
            std::process::abort();
        }
    };
    let options = ImportOptions {
        memory: MIN_MEMORY,
        stored_at: Timestamp::UNIX_EPOCH,
        cancel: &AtomicBool::new(false),
        progress: &progress,
    };
    let mut archive = Archive::open(&folder.join("archive")).expect("an archive");
    import(&mut archive, Kind::View, &files(&folder), None, options).expect("an import");
}

#[test]
fn whatever_the_step_the_next_run_goes_on() {
    let header = "event_id,viewer_id,video_id,occurred_at,watched_ms\n";
    let contents: Vec<String> = (0..3)
        .map(|number| {
            let row = |row: usize| {
                format!(
                    "e{number}-{row},{row},{number},2026-10-0{}T10:00:00Z,x{row}\n",
                    1 + row % 5
                )
                .replace(",x13\n", ",bad\n")
                .replace(",x", ",")
            };
            std::iter::once(header.to_owned())
                .chain((0..500).map(row))
                .collect()
        })
        .collect();
    let mut expected: Option<Vec<String>> = None;
    for step in 0..40 {
        let mut rig = Rig::new();
        for (number, content) in contents.iter().enumerate() {
            rig.file(&format!("{number}.csv"), content);
        }
        let child = Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "killed::the_killed_process"])
            .env(FOLDER, rig.path())
            .env(STEP, step.to_string())
            .output()
            .expect("a child process");
        let finished = child.status.success();
        rig.reopen();
        let stored = rig.rows(Kind::View).len();
        assert_eq!(stored % 499, 0, "step {step}: whole files only");
        assert_eq!(rig.quarantine().len() * 499, stored, "step {step}");
        let report = rig
            .try_import(Kind::View, &files(rig.path()), None)
            .expect("the next run");
        let totals = report.totals()[&Kind::View];
        assert_eq!(
            (totals.stored as usize, totals.duplicate as usize),
            (1_497 - stored, stored),
            "step {step}"
        );
        let rows: Vec<String> = rig.rows(Kind::View).into_iter().map(without_stored_at).collect();
        assert_eq!(*expected.get_or_insert_with(|| rows.clone()), rows, "step {step}");
        assert_eq!(rig.quarantine().len(), 3);
        assert_eq!(rig.leftovers(), Vec::<String>::new(), "step {step}");
        if finished {
            assert!(step > 9, "the steps of three files");
            return;
        }
    }
    panic!("an import of three files has fewer than 40 steps");
}

/// A row without when it was stored.
fn without_stored_at(row: String) -> String {
    let mut fields: Vec<&str> = row.split('|').collect();
    fields.remove(fields.len() - 2);
    fields.join("|")
}

#[test]
fn stopping_keeps_what_is_finished() {
    let mut rig = Rig::new();
    let rows = |name: &str| {
        format!("event_id,viewer_id,video_id,occurred_at,watched_ms\n{name},1,1,2026-10-01T00:00:00Z,1\n")
    };
    let files = [rig.file("a.csv", rows("a")), rig.file("b.csv", rows("b"))];
    let cancel = AtomicBool::new(false);
    let progress = |step: Progress<'_>| {
        if matches!(step, Progress::Committed { commit: 1 }) {
            cancel.store(true, Ordering::SeqCst);
        }
    };
    let options = ImportOptions {
        memory: MIN_MEMORY,
        stored_at: Timestamp::UNIX_EPOCH,
        cancel: &cancel,
        progress: &progress,
    };
    let error = import(&mut rig.archive, Kind::View, &files, None, options).expect_err("stopped");
    assert!(
        matches!(error, ImportError::Cancelled { finished: 1, .. }),
        "{error}"
    );
    assert_eq!(rig.rows(Kind::View).len(), 1);
    assert_eq!(rig.leftovers(), Vec::<String>::new());
    let report = rig.try_import(Kind::View, &files, None).expect("the next run");
    let totals = report.totals()[&Kind::View];
    assert_eq!((totals.stored, totals.duplicate), (1, 1));
}
