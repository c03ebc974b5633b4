//! Somebody decided about a payee, and somebody else has a file.

use crate::harness::{Story, checkout};
use serde_json::Value;

const HEADER: &str =
    "id,name,residence,town,country,identity,rail,currency,email,sanctions_since,sanctions_reason\n";

fn file(story: &Story, identity: &str, sanctions: &str) {
    let row = format!("anna,Anna,DE,Berlin,DE,{identity},paypal,EUR,a@b.example,{sanctions}\n");
    story.file("payees.csv", &format!("{HEADER}{row}"));
}

fn show(story: &Story) -> Value {
    story.json(&["payee", "show", "anna"])
}

/// Imports a file as somebody who decides nothing: the row must be refused, and nothing of it taken.
fn refused(story: &Story, field: &str, command: &str) {
    let before = show(story);
    let answer = story.run(&["payee", "import", "payees.csv", "--user", "ann"]);
    assert_eq!(answer.code, 4, "{}\n{}", answer.stdout, answer.stderr);
    for part in ["2", field, command] {
        assert!(answer.stdout.contains(part), "{part}: {}", answer.stdout);
    }
    assert_eq!(show(story), before);
}

#[test]
fn a_hold_is_lifted_by_its_command_and_no_file() {
    let story = Story::new();
    file(&story, "verified", ",");
    story.ok(&["payee", "import", "payees.csv"]);
    story.ok(&["payee", "hold", "anna", "--reason", "OFAC", "--user", "legal"]);
    story.ok(&["payee", "import", "payees.csv", "--user", "ann"]);
    file(&story, "verified", "2026-11-01,x");
    story.ok(&["payee", "import", "payees.csv", "--user", "ann"]);
    assert_eq!(show(&story)["sanctions_hold"]["reason"], "OFAC; x");
    file(&story, "verified", ",");
    refused(
        &story,
        "sanctions_since",
        "permille payee unhold anna --reason TEXT",
    );
    // A file without the columns says nothing of holds, and is taken.
    story.file(
        "short.csv",
        "id,name,residence,town,country\nanna,Anna,DE,Bonn,DE\n",
    );
    story.ok(&["payee", "import", "short.csv", "--user", "ann"]);
    let anna = show(&story);
    assert_eq!(
        (&anna["sanctions_hold"]["reason"], &anna["address"]["town"]),
        (&"OFAC; x".into(), &"Bonn".into())
    );
    assert_eq!(anna["identity"], "verified");
    story.fails(
        2,
        &["payee", "unhold", "anna", "--reason", " ", "--user", "legal"],
    );
    story.ok(&[
        "payee",
        "unhold",
        "anna",
        "--reason",
        "another Anna",
        "--user",
        "legal",
    ]);
    story.ok(&["payee", "import", "payees.csv", "--user", "ann"]);
    assert_eq!(show(&story)["sanctions_hold"], Value::Null);
}

#[test]
fn a_restriction_is_not_walked_around_by_files() {
    let story = Story::new();
    file(&story, "verified", ",");
    story.ok(&["payee", "import", "payees.csv"]);
    story.ok(&["payee", "restrict", "anna", "--user", "legal"]);
    for identity in ["pending", "unverified"] {
        file(&story, identity, ",");
        refused(&story, "identity", "permille payee pending anna --reason TEXT");
    }
    for identity in ["", "verified"] {
        file(&story, identity, ",");
        story.ok(&["payee", "import", "payees.csv", "--user", "ann"]);
        assert_eq!(show(&story)["identity"], "restricted");
    }
    // A row may restrict; what it restricted it does not free.
    file(&story, "restricted", ",");
    story.ok(&["payee", "import", "payees.csv", "--user", "ann"]);
    file(&story, "verified", ",");
    refused(&story, "identity", "permille payee verify anna --reason TEXT");
    // By command, with a reason.
    for step in ["pending", "verify"] {
        let said = story.fails(2, &["payee", step, "anna", "--user", "legal"]);
        assert!(said.contains("--reason TEXT"), "{said}");
    }
    story.ok(&[
        "payee",
        "pending",
        "anna",
        "--reason",
        "new papers",
        "--user",
        "legal",
    ]);
    refused(&story, "identity", "permille payee verify anna");
    story.ok(&["payee", "verify", "anna", "--user", "legal"]);
    story.ok(&["payee", "import", "payees.csv", "--user", "ann"]);
    assert_eq!(show(&story)["identity"], "verified");
}

#[test]
fn a_platform_that_checks_identities_elsewhere_brings_them_in() {
    let story = Story::new();
    for identity in ["unverified", "pending", "verified", "pending", "verified"] {
        file(&story, identity, ",");
        story.ok(&["payee", "import", "payees.csv"]);
        assert_eq!(show(&story)["identity"], identity);
    }
}

#[test]
fn accounts_that_no_payment_reaches_are_refused_by_row() {
    for (case, rows, code) in [
        ("no-bank-outside-sepa", 4, "needs its bank"),
        ("currency-of-rail", 1, "paypal does not carry KWD"),
    ] {
        let story = Story::new();
        let path = checkout(&format!("crates/permille/tests/cases/bank/{case}.payees.csv"));
        let answer = story.run(&["payee", "import", path.to_str().unwrap()]);
        assert_eq!(answer.code, 4, "{}", answer.stderr);
        assert_eq!(answer.stdout.matches(code).count(), rows, "{}", answer.stdout);
        assert!(answer.stderr.contains("0 added"), "{}", answer.stderr);
    }
}
