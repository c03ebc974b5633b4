//! Actors: from the first one on only they are let in, each as far as its roles go.

use crate::bank::{BATCH, Exported, REFERENCES, count, two_people};
use crate::harness::Story;

fn add(story: &Story, by: &str, args: &[&str]) {
    let command = [&["actor", "add"][..], args, &["--user", by]].concat();
    story.ok(&command);
}

fn refused(story: &Story, by: &str, args: &[&str], words: &str) {
    let said = story.fails(3, &[args, &["--user", by]].concat());
    assert!(said.contains(words), "{by} {args:?}: {said}");
}

#[test]
fn the_first_actor_is_an_admin_and_registers_the_others() {
    let story = Story::new();
    let nobody = story.ok(&["actor", "list"]);
    assert!(nobody.contains("nobody is registered"), "{nobody}");
    refused(
        &story,
        "ann",
        &["actor", "add", "ann", "--role", "finance"],
        "nobody would be left who may say who there is",
    );
    add(&story, "ann", &["ann", "--role", "admin", "--name", "Ann Smith"]);
    // From now on nobody else is let in, not even to read.
    for command in [
        &["archive"][..],
        &["actor", "list"],
        &["verify"],
        &["program", "list"],
    ] {
        refused(&story, "bob", command, "bob is not registered here");
    }
    add(&story, "ann", &["bob", "--role", "finance"]);
    refused(
        &story,
        "bob",
        &["actor", "add", "eve", "--role", "approver"],
        "bob may not say who there is",
    );
    // An id that looks like another's is nobody else's.
    for (id, words) in [
        ("b0b", "b0b looks like bob"),
        ("a.n.n", "a.n.n looks like ann"),
        ("bob", "bob is registered already"),
    ] {
        refused(&story, "ann", &["actor", "add", id, "--role", "approver"], words);
    }
    story.fails(2, &["actor", "add", "Bob", "--role", "approver", "--user", "ann"]);
    // The last admin stays.
    refused(
        &story,
        "ann",
        &["actor", "change", "ann", "--role", "auditor"],
        "nobody would be left",
    );
    refused(
        &story,
        "ann",
        &["actor", "suspend", "ann", "--reason", "left"],
        "nobody would be left",
    );
    add(&story, "ann", &["zoe", "--role", "admin", "--role", "auditor"]);
    story.ok(&["actor", "suspend", "ann", "--reason", "left", "--user", "zoe"]);
    refused(&story, "ann", &["archive"], "ann is suspended: left");
    story.ok(&["actor", "restore", "ann", "--user", "zoe"]);
    story.ok(&["archive", "--user", "ann"]);
    // Who did it is in the books, and they are whole.
    let listed = story.ok(&["audit", "list", "--record", "actor:ann", "--user", "zoe"]);
    assert!(
        listed.contains("actor suspend") && listed.contains("zoe"),
        "{listed}"
    );
    story.ok(&["ledger", "verify", "--user", "zoe"]);
}

/// A batch that ann prepared before there were actors, and some of every kind.
fn with_actors() -> Exported {
    let exported = Exported::new();
    let story = &exported.story;
    add(story, "root", &["root", "--role", "admin"]);
    add(story, "root", &["ann", "--role", "finance"]);
    add(story, "root", &["bob", "--role", "approver"]);
    add(
        story,
        "root",
        &["bot", "--role", "finance", "--role", "approver", "--machine"],
    );
    add(story, "root", &["sue", "--role", "support"]);
    add(story, "root", &["kim", "--role", "auditor"]);
    add(story, "root", &["carol", "--role", "creator", "--creator", "c1"]);
    exported
}

#[test]
fn roles_keep_the_hands_apart_that_move_money() {
    let exported = with_actors();
    let story = &exported.story;
    for (by, command, words) in [
        ("root", &["payout", "prepare"][..], "root may not prepare payouts"),
        (
            "sue",
            &["payee", "hold", "c1", "--reason", "x"],
            "sue may not change payees",
        ),
        ("bob", &["payout", "prepare"], "bob may not prepare payouts"),
        (
            "ann",
            &["payout", "approve", BATCH],
            "ann may not approve payouts",
        ),
        (
            "bot",
            &["payout", "approve", BATCH],
            "bot is a machine, and may not approve payouts",
        ),
        (
            "bot",
            &["payee", "unhold", "c1", "--reason", "x"],
            "bot is a machine, and may not let go what somebody held",
        ),
        (
            "sue",
            &["payout", "breaks", "--close", "x", "--note", "y"],
            "sue may not say what became of payouts",
        ),
        ("sue", &["settle", "--due"], "sue may not settle periods"),
        ("carol", &["payout", "list"], "carol may not see payouts"),
        ("carol", &["runs"], "carol may not see results of everybody"),
        ("carol", &["ledger", "balances"], "carol may not see the books"),
    ] {
        refused(story, by, command, words);
    }
    story.ok(&["payout", "breaks", "--user", "sue"]);
    // What was said of hands before there were actors holds: ann prepared the batch.
    refused(
        story,
        "ann",
        &[
            "payout", "settle", BATCH, "--all", "--as", "failed", "--reason", "x",
        ],
        "ann prepared its batch",
    );
}

#[test]
fn a_creator_sees_her_own() {
    let exported = with_actors();
    let story = &exported.story;
    // A creator sees what is hers, whatever she asks for.
    let lines = story.json(&["lines", "--user", "carol"]);
    let lines = lines.as_array().unwrap();
    assert!(
        !lines.is_empty() && lines.iter().all(|line| line["creator"] == "c1"),
        "{lines:?}"
    );
    let all = story.json(&["lines", "--user", "ann"]);
    let others = all
        .as_array()
        .unwrap()
        .iter()
        .find(|line| line["creator"] != "c1");
    let others = others.unwrap()["line"].as_str().unwrap();
    story.ok(&[
        "statement",
        "--creator",
        "c1",
        "--month",
        "2026-10",
        "--user",
        "carol",
    ]);
    story.ok(&["explain", lines[0]["line"].as_str().unwrap(), "--user", "carol"]);
    for command in [
        &["statement", "--creator", "c2", "--month", "2026-10"][..],
        &["lines", "--creator", "c2"],
        &["explain", others],
        &[
            "explain",
            "--creator",
            "c2",
            "--program",
            "adshare",
            "--period",
            "2026-10",
        ],
    ] {
        refused(story, "carol", command, "is not yours to see");
    }
}

#[test]
fn a_machine_is_no_second_person() {
    let exported = with_actors();
    let story = &exported.story;
    let own = two_people::refused(REFERENCES[0], "AC04");
    story.file("own.xml", &own);
    let import = |by: &str| story.json(&["payout", "import-answer", "own.xml", "--user", by]);
    assert_eq!(count(&import("ann"), "waiting"), 1);
    assert_eq!(count(&import("bot"), "waiting"), 1);
    assert_eq!(exported.states()[0], "in_transit");
    assert_eq!(count(&import("bob"), "outcomes"), 1);
    assert_eq!(exported.states()[0], "failed");
}

/// A creator consents to what is hers, and to nothing by which she gains; an agency sees what it collects.
#[test]
fn creators_consent_and_payees_see_what_they_collect() {
    let exported = with_actors();
    let story = &exported.story;
    add(story, "root", &["amy", "--role", "payee", "--payee", "agency"]);
    story.file(
        "agency.csv",
        "id,name,residence,town,country\nagency,Agency Ltd,GB,Leeds,GB\n",
    );
    story.ok(&["payee", "import", "agency.csv", "--user", "ann"]);
    let split = |by: &'static str, creator: &'static str, payee: &'static str, from: &'static str| {
        let words = [
            "payee", "split", creator, "--payee", payee, "--from", from, "--reason", "deal",
        ];
        [&words[..], &["--user", by]].concat()
    };
    refused(
        story,
        "sue",
        &split("sue", "c1", "agency=1", "2027-01-01")[..9],
        "sue may not change payees",
    );
    refused(
        story,
        "bot",
        &split("bot", "c1", "agency=1", "2027-01-01")[..9],
        "bot is a machine",
    );
    story.ok(&split("ann", "c1", "agency=1", "2027-01-01"));
    story.ok(&split("ann", "c2", "c2=1", "2027-01-01"));
    let consent = |creator: &'static str, number: &'static str| ["payee", "consent", creator, number];
    refused(story, "sue", &consent("c1", "1"), "sue may not consent to splits");
    refused(
        story,
        "bot",
        &consent("c1", "1"),
        "bot is a machine, and may not consent to splits",
    );
    refused(story, "carol", &consent("c2", "1"), "is not yours to see");
    // Her own word is enough.
    let agreed = story.json(&[&consent("c1", "1")[..], &["--user", "carol"]].concat());
    assert_eq!(agreed[0]["consent"]["by"], "carol");
    assert!(agreed[0]["consent"]["evidence"].is_null());
    what_is_taken_back_takes_another(story, &split);
    amy_sees_what_the_agency_collects(story);
}

type Split = dyn Fn(&'static str, &'static str, &'static str, &'static str) -> Vec<&'static str>;

/// What she would take back from the agency another person confirms, with evidence.
fn what_is_taken_back_takes_another(story: &Story, split: &Split) {
    let consent = |creator: &'static str, number: &'static str| ["payee", "consent", creator, number];
    story.ok(&split("ann", "c1", "c1=1", "2027-02-01"));
    refused(
        story,
        "carol",
        &consent("c1", "2"),
        "carol is c1, who collects more by split 2 of c1",
    );
    story.ok(&[
        &consent("c1", "2")[..],
        &["--evidence", "notice of 5 May", "--user", "bob"],
    ]
    .concat());
}

fn amy_sees_what_the_agency_collects(story: &Story) {
    let seen = |by| {
        story
            .json(&["payee", "splits", "--user", by])
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!([seen("carol"), seen("amy"), seen("sue")], [2, 1, 3]);
    let month = ["statement", "--month", "2026-10"];
    story.ok(&[&month[..], &["--payee", "agency", "--user", "amy"]].concat());
    refused(
        story,
        "amy",
        &[&month[..], &["--payee", "c1"]].concat(),
        "what c1 collects is not yours to see",
    );
    refused(
        story,
        "amy",
        &[&month[..], &["--creator", "c1"]].concat(),
        "is not yours to see",
    );
    refused(
        story,
        "carol",
        &[&month[..], &["--payee", "agency"]].concat(),
        "is not yours to see",
    );
    let wrong = story.fails(
        2,
        &[
            "actor",
            "add",
            "abe",
            "--role",
            "creator",
            "--creator",
            "c3",
            "--payee",
            "x",
            "--user",
            "root",
        ],
    );
    assert!(
        wrong.contains("no role of abe is one of single payees"),
        "{wrong}"
    );
}
