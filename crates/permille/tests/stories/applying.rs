//! Applying a program document: stopped or at once with another, it is in force as a whole or not at all.

use crate::harness::{Story, signal};
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

fn versions(story: &Story) -> usize {
    let programs = story.json(&["program", "list"]);
    let applied = programs.as_array().unwrap().iter();
    applied.filter(|program| program["state"] == "applied").count()
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
    assert_eq!(versions(&story), 1);
    // Another document may have its number, since it was never in force.
    second(&story, "other.toml", "20.00");
    story.ok(&["program", "apply", "other.toml"]);
    story.fails(3, &["program", "apply", "v2.toml"]);
    assert_eq!(versions(&story), 2);
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
    assert_eq!(versions(&story), 2);
}
