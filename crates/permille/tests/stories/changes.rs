//! Who changed the books: every command that wrote something is there, with what it wrote.

use crate::harness::Story;
use serde_json::Value;

const COINS: &str = "event_id,viewer_id,occurred_at,channel,coins,price,currency\n";
const PAYEES: &str = "id,name,residence,town,country,identity,rail,currency,email\n";

fn list(story: &Story, more: &[&str]) -> Vec<Value> {
    let found = story.json(&[&["audit", "list"], more].concat());
    found.as_array().unwrap().clone()
}

#[test]
fn every_change_says_who_by_which_command_and_what() {
    let story = Story::new();
    story.ok(&["program", "apply", "live-gifts", "--user", "ann"]);
    story.file(
        "coins.csv",
        &format!("{COINS}p1,fan,2026-10-01T00:00:00Z,web,100,1.40,USD\np2,fan,2026-10-02T00:00:00Z,web,100,1.40,USD\n"),
    );
    story.ok(&["import", "coin-purchase", "coins.csv"]);
    story.ok(&["live", "book", "--user", "bob"]);
    let head = story.json(&["audit", "verify"])["head"]
        .as_str()
        .unwrap()
        .to_owned();
    let all = list(&story, &[]);
    let numbers: Vec<u64> = all.iter().map(|one| one["change"].as_u64().unwrap()).collect();
    let expected: Vec<u64> = (1..=all.len() as u64).rev().collect();
    assert_eq!(numbers, expected, "newest first, without gaps");
    let applied = list(&story, &["--command", "program"]);
    assert!(
        applied
            .iter()
            .all(|one| one["by"] == "ann" && one["command"] == "program apply"),
        "{applied:?}"
    );
    assert!(!applied.is_empty() && list(&story, &["--command", "prog"]).is_empty());
    let booked = list(&story, &["--by", "bob", "--record", "wallet:fan"]);
    let [booked] = &booked[..] else {
        panic!("{booked:?}")
    };
    assert_eq!(booked["transactions"], serde_json::json!([1, 2]));
    // What it wrote, before and after.
    let number = booked["change"].to_string();
    let shown = story.json(&["audit", "show", &number]);
    assert_eq!(shown["transactions"].as_array().map(Vec::len), Some(2), "{shown}");
    let records = shown["records"].as_array().unwrap();
    let wallet = records.iter().find(|one| one["kind"] == "wallet").unwrap();
    assert_eq!(
        (&wallet["was"], &wallet["is"], &wallet["before"]),
        (&Value::Null, &1.into(), &Value::Null)
    );
    assert!(wallet["after"].is_object(), "{wallet}");
    let refused = story.fails(2, &["audit", "show", "9999"]);
    assert!(refused.contains("audit list"), "{refused}");
    story.fails(2, &["audit", "show", "18446744073709551615"]);
    let refused = story.fails(2, &["ledger", "mend-clock", "--reason", " "]);
    assert!(refused.contains("--reason TEXT"), "{refused}");
    // What writes nothing is no change, and the head stands.
    story.ok(&["live", "book", "--user", "bob"]);
    assert_eq!(list(&story, &[]).len(), all.len());
    story.ok(&["audit", "verify", "--against", &head]);
    let days = ["--since", "2020-01-01", "--until", "2020-12-31"];
    assert!(list(&story, &days).is_empty());
    assert_eq!(list(&story, &["--limit", "1"]).len(), 1);
}

#[test]
fn what_was_changed_before_stands_beside_what_is() {
    let story = Story::new();
    let payee = |name: &str| {
        story.file(
            "payees.csv",
            &format!("{PAYEES}anna,{name},DE,Berlin,DE,verified,paypal,EUR,a@b.example\n"),
        );
        story.ok(&["payee", "import", "payees.csv", "--user", "ann"]);
    };
    payee("Anna Ahorn");
    payee("Anna Birke");
    let of_anna = list(&story, &["--record", "payee:anna"]);
    assert_eq!(of_anna.len(), 2, "{of_anna:?}");
    let shown = story.json(&["audit", "show", &of_anna[0]["change"].to_string()]);
    let record = &shown["records"][0];
    assert_eq!((&record["was"], &record["is"]), (&1.into(), &2.into()));
    let said = |side: &str| record[side].to_string();
    assert!(
        said("before").contains("Ahorn") && said("after").contains("Birke"),
        "{record}"
    );
    let table = story.ok(&["audit", "show", &of_anna[0]["change"].to_string()]);
    assert!(
        table.contains("`payee import` by ann") && table.contains("version 1"),
        "{table}"
    );
}
