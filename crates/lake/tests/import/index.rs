//! The index of stored ids: never a source of truth.

use crate::rig::Rig;
use event::kind::Kind;
use std::fs;
use std::path::PathBuf;

const HEADER: &str = "event_id,viewer_id,video_id,occurred_at,watched_ms\n";

fn file(rig: &Rig, number: usize, rows: std::ops::Range<usize>) -> PathBuf {
    let row = |row: usize| {
        let id = if row.is_multiple_of(2) {
            row.to_string()
        } else {
            format!("e-{row}")
        };
        format!("{id},{},{row},2026-10-0{}T10:00:00Z,1\n", row % 7, 1 + row % 3)
    };
    let text: String = std::iter::once(HEADER.to_owned()).chain(rows.map(row)).collect();
    rig.file(&format!("{number}.csv"), text)
}

fn runs(rig: &Rig) -> Vec<PathBuf> {
    let folder = rig.path().join("archive/ids/view");
    let mut runs: Vec<PathBuf> = fs::read_dir(folder)
        .expect("an index")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    runs.sort();
    runs
}

#[test]
fn duplicates_are_found_over_all_history_and_runs_stay_few() {
    let mut rig = Rig::new();
    for number in 0..40 {
        // Half of each file was in the file before.
        let file = file(&rig, number, number * 10..number * 10 + 20);
        let repeated = if number == 0 { 0 } else { 10 };
        assert_eq!(
            rig.import(Kind::View, &file),
            [20, 20 - repeated, repeated, 0],
            "{number}"
        );
    }
    assert!(runs(&rig).len() <= 17, "{:?}", runs(&rig));
    let all = file(&rig, 99, 0..500);
    assert_eq!(rig.import(Kind::View, &all), [500, 90, 410, 0]);
}

#[test]
fn a_lost_or_damaged_index_is_rebuilt() {
    let mut rig = Rig::new();
    for number in 0..4 {
        let file = file(&rig, number, number * 3_000..(number + 1) * 3_000);
        rig.import(Kind::View, &file);
    }
    let all = file(&rig, 9, 0..12_000);
    for damage in ["all lost", "one lost", "cut off", "flipped", "foreign"] {
        let runs = runs(&rig);
        match damage {
            "all lost" => fs::remove_dir_all(rig.path().join("archive/ids")).expect("removed"),
            "one lost" => fs::remove_file(&runs[1]).expect("removed"),
            "cut off" => {
                let bytes = fs::read(&runs[0]).expect("read");
                fs::write(&runs[0], &bytes[..bytes.len() - 20]).expect("written");
            }
            "flipped" => {
                let mut bytes = fs::read(&runs[2]).expect("read");
                bytes[100] ^= 0xff;
                fs::write(&runs[2], bytes).expect("written");
            }
            _ => {
                let folder = rig.path().join("archive/ids/view");
                fs::write(folder.join("junk.run"), b"junk").expect("written");
                // Keys of a commit that never happened.
                fs::copy(&runs[3], folder.join("00000009-00000009-0000.run")).expect("copied");
            }
        }
        assert_eq!(rig.import(Kind::View, &all), [12_000, 0, 12_000, 0], "{damage}");
    }
}

#[test]
fn one_writer_at_a_time() {
    let mut rig = Rig::new();
    let first = file(&rig, 0, 0..10);
    rig.import(Kind::View, &first);
    let lock = fs::File::options()
        .write(true)
        .open(rig.path().join("archive/lock"))
        .expect("the lock");
    lock.try_lock().expect("free after the import");
    let error = rig.try_import(Kind::View, &[first], None).expect_err("locked");
    assert!(error.to_string().contains("another import is running"), "{error}");
}
