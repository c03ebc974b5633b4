//! Applying a program document: stopped or at once with another, it is in force as a whole or not at all, and no second program of
//! coins takes the place of one whose document is gone.

use crate::harness::{Story, signal};
use std::fs;
use std::io::Read;
use store::{Recorded, Store, StoreError};

const FIRST: &str = include_str!("../../../../programs/open-pool.toml");

/// A second version of the pool, of some dollars a day.
fn second(story: &Story, name: &str, dollars: &str) {
    let text = FIRST
        .replace("version = 1", "version = 2")
        .replace("2020-01-01", "2026-10-01")
        .replace("1000.00", dollars);
    story.file(name, &text);
}

fn documents(story: &Story) -> usize {
    let folder = story.path().join(".permille/programs/open-pool");
    fs::read_dir(folder).unwrap().count()
}

#[test]
fn an_interrupted_apply_puts_nothing_into_force() {
    let story = Story::new();
    story.ok(&["program", "apply", "open-pool"]);
    second(&story, "v2.toml", "10.00");
    let url = story.path().join(".permille/books.sqlite");
    let mut books = Store::open(url.to_str().unwrap()).unwrap();
    let _: Result<(), StoreError> = books.write(store::By::new("other", "test"), Recorded::ByClock, |_| {
        let mut process = story.waits_for_books(&["program", "apply", "v2.toml"]);
        signal(&process, "-TERM");
        assert_eq!(process.wait().unwrap().code(), Some(130));
        Err(StoreError::Injected)
    });
    assert_eq!(documents(&story), 1);
    // Another document may have its number, since it was never in force.
    second(&story, "other.toml", "20.00");
    story.ok(&["program", "apply", "other.toml"]);
    story.fails(3, &["program", "apply", "v2.toml"]);
    assert_eq!(documents(&story), 2);
    story.ok(&["verify"]);
}

#[test]
fn of_two_documents_of_one_number_at_once_one_is_refused() {
    let (story, other) = (Story::new(), Story::empty());
    story.ok(&["program", "apply", "open-pool"]);
    // Another copy of the workspace, over the same books.
    let from = story.path().join(".");
    let mut copy = std::process::Command::new("cp");
    assert!(
        copy.arg("-r")
            .arg(from)
            .arg(other.path())
            .status()
            .unwrap()
            .success()
    );
    let url = story.path().join(".permille/books.sqlite");
    let url = url.to_str().unwrap();
    second(&story, "v2.toml", "10.00");
    second(&other, "v2.toml", "20.00");
    let mut books = Store::open(url).unwrap();
    let mut both = Vec::new();
    let _: Result<(), StoreError> = books.write(store::By::new("other", "test"), Recorded::ByClock, |_| {
        for one in [&story, &other] {
            both.push(one.waits_for_books(&["program", "apply", "v2.toml", "--store", url]));
        }
        Err(StoreError::Injected)
    });
    let mut codes = Vec::new();
    for mut process in both {
        let mut said = String::new();
        process.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        codes.push(process.wait().unwrap().code());
        assert!(
            codes.last() != Some(&Some(3)) || said.contains("program/immutable"),
            "{said}"
        );
    }
    codes.sort();
    assert_eq!(codes, [Some(0), Some(3)]);
    assert_eq!(documents(&story) + documents(&other), 3);
}

#[test]
fn coins_keep_their_program_though_its_document_is_gone() {
    let gifts = include_str!("../../../../programs/live-gifts.toml");
    for how in ["moved", "damaged"] {
        let story = Story::new();
        story.ok(&["program", "apply", "live-gifts"]);
        let coins = "event_id,viewer_id,occurred_at,channel,coins,price,currency\n";
        story.file(
            "coins.csv",
            &format!("{coins}p,fan,2026-09-20T10:00:00Z,web,100,1.40,USD\n"),
        );
        story.ok(&["import", "coin-purchase", "coins.csv"]);
        let folder = story.path().join(".permille/programs/live-gifts");
        let away = story.path().join("away");
        fs::rename(&folder, &away).unwrap();
        if how == "damaged" {
            fs::create_dir(&folder).unwrap();
            for file in fs::read_dir(&away).unwrap().map(Result::unwrap) {
                fs::write(folder.join(file.file_name()), "id = ").unwrap();
            }
        }
        story.file(
            "other.toml",
            &gifts.replacen("id = \"live-gifts\"", "id = \"gifts-two\"", 1),
        );
        let said = story.fails(3, &["program", "apply", "other.toml"]);
        assert!(said.contains("live/two-programs"), "{said}");
        // Nor is one that somebody put there by hand.
        let two = Story::new();
        two.file(
            "other.toml",
            &fs::read_to_string(story.path().join("other.toml")).unwrap(),
        );
        two.ok(&["program", "apply", "other.toml"]);
        let put = story.path().join(".permille/programs/gifts-two");
        fs::rename(two.path().join(".permille/programs/gifts-two"), put).unwrap();
        let said = story.fails(4, &["live", "book"]);
        assert!(said.contains("live-gifts"), "{how}: {said}");
        assert_eq!(story.json(&["ledger", "balances"]), serde_json::json!([]));
        let _ = fs::remove_dir_all(&folder);
        fs::rename(&away, &folder).unwrap();
        story.ok(&["live", "book"]);
    }
}
