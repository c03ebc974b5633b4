//! A copy of a workspace is whole whatever is written meanwhile, and the workspace goes on from it.

use crate::harness::{Story, VIEWS};
use scratch_postgres::{Durability, Server};
use std::sync::atomic::{AtomicBool, Ordering};

/// A month that is settled, posted and closed, and coins that somebody bought.
fn platform(store: &[&str]) -> Story {
    let story = Story::for_tests();
    let ok = |words: &[&str]| story.ok(&[words, store].concat());
    story.file(
        "funding.csv",
        "event_id,program,date,amount,currency\nf1,open-pool,2026-10-05,50.00,USD\n",
    );
    story.file(
        "bought.csv",
        "event_id,viewer_id,occurred_at,channel,coins,price,currency,country\n\
         b1,fan,2026-10-05T10:00:00Z,web,1000,14.00,USD,US\n",
    );
    story.import_view(0, store);
    ok(&["import", "funding", "funding.csv"]);
    ok(&["import", "coin-purchase", "bought.csv"]);
    ok(&["program", "apply", "open-pool", "live-gifts"]);
    ok(&["settle", "--program", "open-pool", "--period", "2026-10-05"]);
    ok(&["live", "book"]);
    ok(&[
        "period",
        "close",
        "--program",
        "open-pool",
        "--period",
        "2026-10-05",
    ]);
    story
}

fn in_copy<'w>(words: &[&'w str], store: &[&'w str]) -> Vec<&'w str> {
    [&["-w", "copy"], words, store].concat()
}

#[test]
fn a_copy_is_whole_while_others_write() {
    let story = platform(&[]);
    let is_done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for number in 1.. {
                story.import_view(number, &[]);
                story.ok(&["settle", "--due"]);
                story.ok(&["live", "book"]);
                if is_done.load(Ordering::Relaxed) {
                    break;
                }
            }
        });
        for number in 0..6 {
            let copy = format!("copy-{number}");
            let done = story.json(&["backup", &copy]);
            assert!(done["files"].as_u64().unwrap() > 10, "{done}");
            story.ok(&["-w", &copy, "ledger", "verify"]);
            story.ok(&["-w", &copy, "verify"]);
        }
        is_done.store(true, Ordering::Relaxed);
    });
    story.ok(&["backup", "copy"]);
    assert!(!story.path().join("copy.unfinished").exists());
    // Elsewhere, and the first one gone: it goes on.
    let other = Story::empty();
    std::fs::rename(story.path().join("copy"), other.path().join("copy")).unwrap();
    let balances = ["ledger", "balances", "--format", "csv"];
    assert_eq!(other.ok(&in_copy(&balances, &[])), story.ok(&balances));
    drop(story);
    other.file(
        "more.csv",
        &format!("{VIEWS}new,u,v,2026-10-06T10:00:00Z,30000,30000,c,US,for_you\n"),
    );
    other.ok(&in_copy(&["import", "view", "more.csv"], &[]));
    other.ok(&in_copy(&["settle", "--due"], &[]));
    other.ok(&in_copy(&["verify"], &[]));
}

#[test]
fn books_of_a_server_are_saved_by_its_means() {
    let server = Server::start(Durability::None).unwrap();
    let url = server.database().unwrap();
    let store = ["--store", url.as_str()];
    let story = platform(&store);
    let said = story.fails(2, &[&["backup", "copy"], &store[..]].concat());
    assert!(said.contains("pg_dump") && said.contains("--files"), "{said}");
    assert!(!story.path().join("copy.unfinished").exists());
    let (place, name) = url.rsplit_once('/').unwrap();
    let saved = format!("{name}_saved");
    server
        .sql("postgres", &format!("CREATE DATABASE {saved} TEMPLATE {name}"))
        .unwrap();
    story.import_view(1, &store);
    story.ok(&[&["settle", "--due"], &store[..]].concat());
    story.ok(&[&["backup", "copy", "--files"], &store[..]].concat());
    let saved = format!("{place}/{saved}");
    let saved = ["--store", saved.as_str()];
    story.ok(&in_copy(&["ledger", "verify"], &saved));
    // Runs that the saved books do not know yet are posted by the next settlement.
    story.ok(&in_copy(&["settle", "--due"], &saved));
    story.ok(&in_copy(&["verify"], &saved));
    let again = story.fails(2, &[&["backup", "copy", "--files"], &store[..]].concat());
    assert!(again.contains("is there already"), "{again}");
}
