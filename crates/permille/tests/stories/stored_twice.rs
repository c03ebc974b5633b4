//! The index of stored ids decides what is a duplicate, and what is stored twice is paid twice.

use crate::harness::Story;
use std::fs;
use std::path::PathBuf;

const ADS: &str = "event_id,video_id,occurred_at,revenue,currency\n";

/// Two imports of two impressions each.
fn imported(first: &str, second: &str) -> Story {
    let story = Story::new();
    for (file, name) in [("a.csv", first), ("b.csv", second)] {
        let row = |n: u32| format!("{name}{n},v,2026-10-05T12:00:0{n}Z,1.00,EUR\n");
        story.file(file, &format!("{ADS}{}{}", row(1), row(2)));
        story.ok(&["import", "ad-impression", file]);
    }
    story
}

/// The files of the index, by commit.
fn index(story: &Story) -> Vec<PathBuf> {
    let folder = story.path().join(".permille/archive/ids/ad_impression");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    files
}

fn again(story: &Story, file: &str) -> (u64, u64) {
    let read = story.json(&["import", "ad-impression", file]);
    let count = |name: &str| read[name].as_u64().unwrap();
    (count("stored"), count("duplicate"))
}

#[test]
fn a_file_of_the_index_in_the_place_of_another_is_none() {
    let story = imported("a", "b");
    let files = index(&story);
    fs::copy(&files[0], &files[1]).unwrap();
    assert_eq!(again(&story, "b.csv"), (0, 2));
    // What was none is made anew under another name.
    let files = index(&story);
    let (first, second) = (fs::read(&files[0]).unwrap(), fs::read(&files[1]).unwrap());
    fs::write(&files[0], &second).unwrap();
    fs::write(&files[1], &first).unwrap();
    assert_eq!((again(&story, "a.csv"), again(&story, "b.csv")), ((0, 2), (0, 2)));
    story.ok(&["verify"]);
}

/// Money for a pool without an id of its own is known by program, day and payer: another amount is another payment, or one of both is
/// wrong.
#[test]
fn another_amount_for_a_pool_is_no_duplicate() {
    let story = Story::new();
    let file = |rows: &[&str]| {
        let header = "event_id,program,date,payer_id,amount,currency\n";
        story.file("paid.csv", &format!("{header}{}\n", rows.join("\n")));
        let read = story.json(&["import", "funding", "paid.csv"]);
        ["stored", "duplicate", "quarantined"].map(|key| read[key].as_u64().unwrap())
    };
    let day = "fan-powered,2026-10-05,u1";
    assert_eq!(file(&[&format!(",{day},5.00,EUR")]), [1, 0, 0]);
    assert_eq!(
        file(&[
            &format!(",{day},5,EUR"),
            &format!(",{day},500.00,EUR"),
            &format!(",{day},5.00,USD"),
        ]),
        [0, 1, 2]
    );
    let set_aside = story.json(&["quarantine"]);
    let reason = set_aside[0]["reason"].as_str().unwrap();
    assert!(
        reason.starts_with("is 500.000000 EUR, and `") && reason.contains("has 5.000000 EUR already"),
        "{reason}"
    );
    assert_eq!(file(&[&format!("second,{day},500.00,EUR")]), [1, 0, 0]);
}

#[test]
fn an_index_of_another_archive_is_none() {
    let story = imported("a", "b");
    // With as many ids of the same commit.
    let other = imported("x", "y");
    fs::copy(&index(&other)[1], &index(&story)[1]).unwrap();
    assert_eq!(again(&story, "b.csv"), (0, 2));
    story.ok(&["verify"]);
}

#[test]
fn what_is_stored_twice_is_found() {
    let story = imported("a", "b");
    // Somebody makes a third commit of the second one's files, and begins new books over it.
    let commits = story.path().join(".permille/archive/commits");
    let mut files: Vec<_> = fs::read_dir(&commits)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let text = fs::read(&files[1]).unwrap();
    let mut third: serde_json::Value = serde_json::from_slice(&text).unwrap();
    third["number"] = 3.into();
    let draft = third["draft"].as_str().unwrap().to_owned();
    third["draft"] = "0123456789abcdef".into();
    third["previous"] = blake3::hash(&text).to_hex().as_str().into();
    for file in third["files"].as_array_mut().unwrap() {
        let path = file["path"].as_str().unwrap().to_owned();
        let copy = path.replace(&draft, "0123456789abcdef");
        let archive = story.path().join(".permille/archive");
        fs::copy(archive.join(&path), archive.join(&copy)).unwrap();
        file["path"] = copy.into();
    }
    let name = files[1]
        .file_name()
        .unwrap()
        .to_str()
        .unwrap()
        .replace("00000002", "00000003");
    fs::write(commits.join(name), serde_json::to_vec(&third).unwrap()).unwrap();
    story.begin_anew();
    let answer = story.run(&["verify"]);
    assert_eq!(answer.code, 4, "{}", answer.stdout);
    let said = answer.stdout + &answer.stderr;
    assert!(
        said.contains(
            "2 events are stored more than once, such as `b1` (commit 2 and 3), `b2` (commit 2 and 3)"
        ),
        "{said}"
    );
    let scratch = fs::read_dir(story.path().join(".permille/scratch")).unwrap();
    assert_eq!(scratch.count(), 0);
}
