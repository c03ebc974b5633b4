//! What others hear of: messages read from the changes of the books.

use crate::payout::platform::Platform;
use serde_json::{Value, json};

fn after(platform: &Platform, change: u64) -> Vec<Value> {
    let all = platform.json(&["audit", "messages", "--after", &change.to_string()]);
    all.as_array().unwrap().clone()
}

/// The names of messages, several of one after the other once.
fn names(messages: &[Value]) -> Vec<&str> {
    let mut names: Vec<&str> = messages
        .iter()
        .map(|one| one["message"].as_str().unwrap())
        .collect();
    names.dedup();
    names
}

fn last(messages: &[Value]) -> u64 {
    messages.last().unwrap()["change"].as_u64().unwrap()
}

#[test]
fn what_happens_is_told_once_and_in_order() {
    let platform = Platform::new(None);
    let first = after(&platform, 0);
    assert_eq!(names(&first), ["period_settled", "period_closed"]);
    for (field, value) in [
        ("version", json!(1)),
        ("program", json!("ads")),
        ("period", json!("2015-10")),
        ("run", json!(1)),
        ("command", json!("settle")),
    ] {
        assert_eq!(first[0][field], value, "{field}");
    }
    let made = platform.json(&["payout", "prepare", "--user", "ann"]);
    let batch = made[0]["batch"].as_str().unwrap();
    let second = after(&platform, last(&first));
    assert_eq!(
        names(&second),
        ["period_payable", "batch_changed", "payout_changed"]
    );
    assert!(
        second
            .iter()
            .all(|one| one["change"].as_u64().unwrap() > last(&first))
    );
    let payout = second.iter().find(|one| one["creator"] == "fay").unwrap();
    assert_eq!(
        (&payout["from"], &payout["to"]),
        (&Value::Null, &json!("pending"))
    );
    let payouts = crate::payout::payout_ids(&made[0]);
    platform.ok(&["payout", "approve", batch, "--user", "bob"]);
    platform.ok(&["payout", "export", batch, "--out", "files", "--user", "bob"]);
    let fay = ["payout", "settle", batch, &payouts["fay"], "--as", "failed"];
    platform.ok(&[&fay[..], &["--reason", "AC04", "--user", "bob"]].concat());
    let third = after(&platform, last(&second));
    let told = third.iter().find(|one| one["from"] == "in_transit").unwrap();
    for (field, value) in [
        ("creator", "fay"),
        ("to", "failed"),
        ("reason", "AC04"),
        ("by", "bob"),
        ("command", "payout settle"),
    ] {
        assert_eq!(told[field], value, "{field}");
    }
    platform.ok(&["period", "lock", "--program", "ads", "--period", "2015-10"]);
    assert_eq!(names(&after(&platform, last(&third))), ["period_locked"]);
    // Whoever asks for everything hears the same, and a limit is of changes: none is cut.
    let all = after(&platform, 0);
    assert_eq!(all.len(), first.len() + second.len() + third.len() + 1);
    let some = platform.json(&["audit", "messages", "--limit", "2"]);
    let some = some.as_array().unwrap();
    assert_eq!(some[..], all[..some.len()]);
    assert!(last(&all[..some.len()]) < all[some.len()]["change"].as_u64().unwrap());
}

/// LIVE is told by ranges of transactions, which follow one another.
#[test]
fn live_is_told_by_ranges() {
    let story = crate::live_money::platform();
    crate::live_money::book(&story);
    let messages = story.json(&["audit", "messages"]);
    let mut next = 0;
    for one in messages
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["message"] == "live_booked")
    {
        let [first, last] = ["first", "last"].map(|field| one[field].as_u64().unwrap());
        assert!(next < first && first <= last, "{one}");
        next = last;
    }
    let entries = story.json(&["ledger", "entries", "--kind", "creator-diamonds"]);
    assert!(next >= entries[0]["number"].as_u64().unwrap());
    let table = story.ok(&["audit", "messages"]);
    assert!(
        table.contains("live_booked") && table.contains("first"),
        "{table}"
    );
}

/// A month's statements are ready when something is recorded after it, and that is told once, wherever reading begins.
#[test]
fn a_month_that_has_ended_is_told_once() {
    let story = crate::live_money::platform();
    crate::live_money::book(&story);
    let told = |after: u64| story.json(&["audit", "messages", "--after", &after.to_string()]);
    let before = told(0);
    let before = before.as_array().unwrap();
    let month = &before.last().unwrap()["at"].as_str().unwrap()[.."2026-11".len()];
    story.ok(&["program", "apply", "pulse", "--now", "2126-12-01T00:00:00Z"]);
    story.ok(&["program", "apply", "bits", "--now", "2126-12-02T00:00:00Z"]);
    for found in [told(last(before)), told(0)] {
        let all = found.as_array().unwrap().iter();
        let of_apply: Vec<[&Value; 2]> = all
            .filter(|one| one["command"] == "program apply" && one["message"] == "statements_ready")
            .map(|one| [&one["month"], &one["at"]])
            .collect();
        assert_eq!(of_apply, [[&json!(month), &json!("2126-12-01T00:00:00Z")]]);
    }
}
