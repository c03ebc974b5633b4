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
                let later = "00000009-00000009-0123456789abcdef-0000.run";
                fs::copy(&runs[3], folder.join(later)).expect("copied");
                // One in the place of another.
                fs::copy(&runs[3], &runs[2]).expect("copied");
            }
        }
        assert_eq!(rig.import(Kind::View, &all), [12_000, 0, 12_000, 0], "{damage}");
    }
}

/// Two workspaces whose commits have the same numbers and as many rows: the ids of one say nothing of the other.
#[test]
fn the_index_of_another_workspace_is_rebuilt() {
    for commits in [1, 3, 20] {
        let [(mut ours, first), (mut theirs, _)] = [0, 1_000].map(|begin| {
            let mut rig = Rig::new();
            for number in 0..commits {
                let rows = begin + number * 20;
                rig.import(Kind::View, &file(&rig, number, rows..rows + 20));
            }
            let all = file(&rig, 99, begin..begin + commits * 20);
            (rig, all)
        });
        theirs.reopen();
        for run in runs(&theirs) {
            let name = run.file_name().expect("a name");
            fs::copy(&run, ours.path().join("archive/ids/view").join(name)).expect("copied");
        }
        let rows = commits as u64 * 20;
        assert_eq!(ours.import(Kind::View, &first), [rows, 0, rows, 0], "{commits}");
    }
}

/// Nothing is read again of commits whose runs are there: they stay the files that they were.
#[test]
fn a_sound_index_is_kept() {
    let mut rig = Rig::new();
    for number in 0..20 {
        let file = file(&rig, number, number * 10..number * 10 + 10);
        rig.import(Kind::View, &file);
    }
    let bytes = |rig: &Rig| -> Vec<(PathBuf, Vec<u8>, u64)> {
        let of = |path: PathBuf| {
            let inode = std::os::unix::fs::MetadataExt::ino(&fs::metadata(&path).expect("there"));
            let bytes = fs::read(&path).expect("read");
            (path, bytes, inode)
        };
        runs(rig).into_iter().map(of).collect()
    };
    let before = bytes(&rig);
    let again = file(&rig, 99, 0..10);
    assert_eq!(rig.import(Kind::View, &again), [10, 0, 10, 0]);
    assert_eq!(bytes(&rig), before);
}
