//! A full disk is no defect of the input: the exit code says that the command can be run again, and running it again loses
//! nothing.

use crate::harness::Story;
use std::process::Command;

/// Views whose ids are texts: 16 bytes each in the index, far less in the archive.
fn views(story: &Story) {
    let mut text = "event_id,viewer_id,video_id,occurred_at,watched_ms\n".to_owned();
    for view in 0..20_000 {
        text.push_str(&format!("e-{view},1,a,2026-10-05T08:00:00Z,30000\n"));
    }
    story.file("views.csv", &text);
}

/// Both are small enough to be written when they are finished, and not before.
#[test]
#[cfg(unix)]
fn a_disk_that_is_full_when_a_parquet_file_is_finished_is_unavailable() {
    let story = Story::new();
    story.file(
        "views.csv",
        "event_id,viewer_id,video_id,occurred_at,watched_ms\n1,1,a,2026-10-05T08:00:00Z,30000\n",
    );
    story.ok(&["program", "apply", "open-pool"]);
    story.ok(&["import", "view", "views.csv"]);
    for command in ["facts", "verdicts"] {
        // No file may have a byte.
        let limited = Command::new("sh")
            .args([
                "-c",
                &format!("trap '' XFSZ; ulimit -f 0; exec \"$0\" {command} --out new.parquet"),
                env!("CARGO_BIN_EXE_permille"),
            ])
            .current_dir(story.path())
            .env("PERMILLE_NOW", "2026-11-22T00:00:00Z")
            .output()
            .unwrap();
        let said = String::from_utf8(limited.stderr).unwrap();
        assert_eq!(limited.status.code(), Some(5), "{command}: {said}");
        assert!(!story.path().join("new.parquet").exists(), "{command}");
        story.ok(&[command, "--out", "new.parquet"]);
        std::fs::remove_file(story.path().join("new.parquet")).unwrap();
    }
}

#[test]
#[cfg(unix)]
fn a_disk_that_is_full_while_the_index_of_ids_is_written_is_unavailable() {
    let story = Story::new();
    views(&story);
    // No file may grow beyond 256 blocks of 512 bytes, and who writes is told so instead of being killed.
    let import = "trap '' XFSZ; ulimit -f 256; exec \"$0\" import view views.csv";
    let limited = Command::new("sh")
        .args(["-c", import, env!("CARGO_BIN_EXE_permille")])
        .current_dir(story.path())
        .env("PERMILLE_NOW", "2026-11-22T00:00:00Z")
        .output()
        .unwrap();
    let said = String::from_utf8(limited.stderr).unwrap();
    assert_eq!(limited.status.code(), Some(5), "{said}");
    assert!(said.contains("cannot use the index of view ids in"), "{said}");
    assert!(said.contains("hint: nothing of this file was stored"), "{said}");
    let read = story.json(&["import", "view", "views.csv"]);
    assert_eq!(
        (&read["stored"], &read["duplicate"]),
        (&20_000.into(), &0.into()),
        "{read}"
    );
    let again = story.json(&["import", "view", "views.csv"]);
    assert_eq!(
        (&again["stored"], &again["duplicate"]),
        (&0.into(), &20_000.into()),
        "{again}"
    );
}
