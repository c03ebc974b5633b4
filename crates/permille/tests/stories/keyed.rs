//! Commands that are done once under a key, however often they are called.

use crate::payout::platform::Platform;
use scratch_postgres::{Durability, Server};
use serde_json::Value;

fn batches(platform: &Platform) -> Vec<Value> {
    platform.json(&["payout", "list"]).as_array().unwrap().clone()
}

/// Calls a command twice under a key of its own: the second time it says what the first one did.
fn twice(platform: &Platform, number: usize, args: &[&str]) {
    let changes = || {
        platform
            .json(&["audit", "list", "--limit", "1000"])
            .as_array()
            .unwrap()
            .clone()
    };
    let key = format!("k{number}");
    let args = [args, &["--key", &key]].concat();
    let before = changes().len();
    platform.ok(&args);
    let made = changes();
    let with_key: Vec<_> = made.iter().filter(|one| one["key"] == key.as_str()).collect();
    assert_eq!((with_key.len(), made.len() - before), (1, 1), "{args:?}");
    assert_eq!(with_key[0]["way"], "cli");
    let again = platform.run(&args);
    assert_eq!(again.code, 0, "{args:?}: {}", again.stderr);
    assert!(
        again.stderr.contains("done before: change"),
        "{args:?}: {}",
        again.stderr
    );
    assert_eq!(changes().len(), made.len(), "{args:?}");
}

#[test]
fn every_command_that_takes_a_key_is_done_once() {
    let platform = Platform::new(None);
    let all: [&[&str]; 8] = [
        &["payee", "hold", "anna", "--reason", "a check"],
        &["payee", "unhold", "anna", "--reason", "cleared"],
        &["payee", "restrict", "anna", "--reason", "odd"],
        &["payee", "verify", "anna", "--reason", "seen"],
        &["payee", "reject", "cleo"],
        &["payee", "pending", "cleo", "--reason", "an appeal"],
        &["payee", "tax-form", "emil", "--none"],
        &["invalidate", "--viewer", "v1", "--evidence", "a farm"],
    ];
    for (number, args) in all.into_iter().enumerate() {
        twice(&platform, number, args);
    }
    twice(&platform, 20, &["payout", "prepare", "--user", "ann"]);
    let made = batches(&platform);
    let batch = made[0]["batch"].as_str().unwrap();
    let payouts = crate::payout::payout_ids(&made[0]);
    twice(&platform, 21, &["payout", "hold", batch, &payouts["fay"]]);
    twice(&platform, 22, &["payout", "release", batch, &payouts["fay"]]);
    twice(&platform, 23, &["payout", "approve", batch, "--user", "bob"]);
    platform.ok(&["payout", "export", batch, "--out", "files", "--user", "bob"]);
    let settle = [
        "payout",
        "settle",
        batch,
        &payouts["fay"],
        "--as",
        "succeeded",
        "--reason",
        "seen",
        "--user",
        "bob",
    ];
    twice(&platform, 24, &settle);
    twice(&platform, 25, &["payout", "expire", "--yes"]);
    twice(
        &platform,
        26,
        &["actor", "add", "kim", "--name", "Kim", "--role", "admin"],
    );
}

fn a_key_stands_for_one_command(platform: &Platform) {
    let prepare = ["payout", "prepare", "--user", "ann", "--key", "november"];
    let first = platform.json(&prepare);
    assert_eq!(
        (first.as_array().unwrap().len(), &platform.json(&prepare)),
        (1, &first)
    );
    assert_eq!(batches(platform).len(), 1);
    let batch = first[0]["batch"].as_str().unwrap();
    // What it says is how things stand now, also where the command would be refused by now.
    platform.ok(&["payout", "cancel", batch, "--user", "ann"]);
    let later = platform.json(&[&prepare[..], &["--now", "2015-11-18T12:00:00Z"]].concat());
    assert_eq!(later[0]["state"], "cancelled");
    // The key of somebody else, or of something else.
    let other = platform.fails(&[&prepare[..], &["--currency", "EUR"]].concat());
    assert!(other.contains("key/taken"), "{other}");
    let other = platform.fails(&["payout", "cancel", batch, "--user", "ann", "--key", "november"]);
    assert!(other.contains("key/taken"), "{other}");
    let theirs = platform.json(&["payout", "prepare", "--user", "bob", "--key", "november"]);
    assert_ne!(theirs, first);
    platform.sound();
}

#[test]
fn a_key_stands_for_one_command_of_one_actor() {
    a_key_stands_for_one_command(&Platform::new(None));
    let server = Server::start(Durability::None).unwrap();
    a_key_stands_for_one_command(&Platform::new(Some(server.database().unwrap())));
}

/// A file is what is in it, wherever it lies.
#[test]
fn another_file_is_another_request() {
    let platform = Platform::new(None);
    let rates = "Date,USD,\n2015-11-13,1.25,\n";
    platform.story.file("a.csv", rates);
    platform.story.file("b.csv", rates);
    platform.story.file("c.csv", &rates.replace("1.25", "1.26"));
    let prepare =
        |file: &str| platform.run(&["payout", "prepare", "--user", "ann", "--fx", file, "--key", "k"]);
    assert_eq!(
        [
            prepare("a.csv").code,
            prepare("b.csv").code,
            prepare("c.csv").code
        ],
        [0, 0, 3]
    );
    assert_eq!(batches(&platform).len(), 1);
}

/// Of several at once one does it, and all say the same.
#[test]
fn several_at_once_do_it_once() {
    let platform = Platform::new(None);
    let hold = ["payee", "hold", "anna", "--reason", "a check", "--key", "k"];
    let answers: Vec<_> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..4).map(|_| scope.spawn(|| platform.run(&hold))).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(
        answers.iter().all(|answer| answer.code == 0),
        "{:?}",
        answers.iter().map(|one| &one.stderr).collect::<Vec<_>>()
    );
    let history = platform.json(&["payee", "history", "anna"]);
    assert_eq!(history.as_array().unwrap().len(), 2);
}

#[test]
fn what_takes_no_key_says_so() {
    let platform = Platform::new(None);
    for args in [
        &["settle", "--due"][..],
        &["period", "close", "--due"],
        &["payout", "breaks"],
        &["payout", "list"],
    ] {
        let answer = platform.run(&[args, &["--key", "k"]].concat());
        assert_eq!(answer.code, 2, "{args:?}: {}", answer.stderr);
        assert!(answer.stderr.contains("takes no key"), "{}", answer.stderr);
    }
    for key in ["", "a b", "ä", &"k".repeat(129)] {
        let answer = platform.run(&["payout", "prepare", "--user", "ann", "--key", key]);
        assert_eq!(answer.code, 2, "{key}");
    }
}
