//! The books name a program whose document is damaged or gone, or payees whom no payment reaches.

use super::codes;
use super::platform::{PAYEES, Platform};
use crate::harness::checkout;

/// A second program with a threshold that nobody reaches; settled and closed.
const HIGH: &str = r#"
id = "hi"
version = 1
name = "High"
summary = "All revenue of advertisements once more."
effective_from = 2015-01-01
currency = "USD"
period = "month"

[share]
revenue = "ad_revenue"
creator_share = "100%"

[payable]
hold_days = 7
threshold = "500000.00"
"#;

fn with_a_second_program() -> Platform {
    let platform = Platform::new(None);
    platform.story.file("hi.toml", HIGH);
    platform.ok(&["program", "apply", "hi.toml"]);
    platform.ok(&["settle", "--program", "hi", "--month", "2015-10"]);
    platform.ok(&["period", "close", "--program", "hi", "--period", "2015-10"]);
    platform
}

/// Takes the first version of a program out of the books, or puts it back.
fn take_out(platform: &Platform, program: &str) {
    platform.story.tamper(&format!(
        "UPDATE record SET kind = 'away' WHERE kind = 'program' AND id = '{program}/000001'"
    ));
}

fn put_back(platform: &Platform) {
    platform
        .story
        .tamper("UPDATE record SET kind = 'program' WHERE kind = 'away'");
}

/// Nothing of `hi` is paid, it is said, and the money of the other program goes its way.
fn waits(platform: &Platform, code: i32, problem: &str) {
    let answer = platform.run(&["payout", "preview", "--format", "json"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert!(
        answer.stderr.contains("nothing of program hi is paid"),
        "{}",
        answer.stderr
    );
    assert!(answer.stderr.contains(problem), "{}", answer.stderr);
    let now = platform.preview(&[]);
    let anna = &now["anna"]["payable"];
    assert_eq!(anna["gross"], "1000.00 USD", "{now:?}");
    assert_eq!(anna["left_out"][0]["code"], "program_missing");
    assert!(anna["left_out"][0]["words"].as_str().unwrap().contains(problem));
    assert_eq!(codes(&now["dora"]), ["below_threshold", "program_missing"]);
    let only = platform.run(&["payout", "prepare", "--program", "hi", "--user", "ann"]);
    assert_eq!(only.code, code, "{}", only.stderr);
    assert!(only.stderr.contains("hi"), "{}", only.stderr);
    let expiring = platform.run(&[
        "payout",
        "expire",
        "--yes",
        "--program",
        "ads",
        "--format",
        "json",
    ]);
    assert!(
        expiring.stderr.contains("nothing of program hi is paid"),
        "{}",
        expiring.stderr
    );
}

#[test]
fn without_its_document_nothing_of_a_program_is_paid() {
    let platform = with_a_second_program();
    assert_eq!(
        platform.preview(&[])["anna"]["payable"]["left_out"][0]["code"],
        "below_threshold"
    );
    let change = |from: &str, to: &str| {
        platform.story.tamper(&format!(
            "UPDATE record SET body = replace(body, '{from}', '{to}') WHERE kind = 'program' AND id = 'hi/000001'"
        ));
    };
    change("500000.00", "0.01");
    waits(&platform, 4, "cannot be read");
    // One that is damaged keeps no other program from being settled, listed or paid.
    platform.fails(&["settle", "--month", "2015-10"]);
    let listed = platform.run(&["program", "list"]);
    assert!(
        listed.stdout.contains("ads") && listed.code == 4,
        "{}",
        listed.stderr
    );
    change("0.01", "500000.00");
    take_out(&platform, "hi");
    waits(&platform, 2, "no version of it is in the books");
    let made = platform.run(&["payout", "prepare", "--user", "ann", "--format", "json"]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    assert!(
        made.stderr.contains("nothing of program hi is paid"),
        "{}",
        made.stderr
    );
    assert!(!made.stdout.contains("\"hi\""), "{}", made.stdout);
    let nobody = platform.fails(&["payout", "prepare", "--user", "ann"]);
    assert!(nobody.contains("nobody can be paid now"), "{nobody}");
    put_back(&platform);
    assert_eq!(codes(&platform.preview(&[])["anna"]), ["below_threshold"]);
    platform.sound();
}

#[test]
fn without_its_document_no_batch_with_its_money_is_approved_or_exported() {
    let platform = Platform::new(None);
    let prepared = platform.json(&["payout", "prepare", "--user", "ann"]);
    let id = prepared[0]["batch"].as_str().unwrap().to_owned();
    let approve = ["payout", "approve", &id, "--user", "bob"];
    let export = ["payout", "export", &id, "--out", "files", "--user", "bob"];
    for step in [&approve[..], &export[..]] {
        take_out(&platform, "ads");
        let answer = platform.run(step);
        assert_eq!(answer.code, 4, "{step:?}: {}", answer.stderr);
        assert!(answer.stderr.contains("program/missing"), "{}", answer.stderr);
        assert!(!platform.story.path().join("files").exists());
        put_back(&platform);
        platform.ok(step);
    }
    platform.sound();
}

#[test]
fn what_is_not_in_force_decides_nothing() {
    let platform = with_a_second_program();
    let later = HIGH
        .replace("version = 1", "version = 2")
        .replace("2015-01-01", "2016-01-01")
        .replace("500000.00", "0.01");
    platform.story.file("later.toml", &later);
    platform.ok(&["program", "apply", "later.toml"]);
    // Dora has little of the one program, and of the other less than 500,000 dollars.
    let blockers = || codes(&platform.preview(&["--creator", "dora"])["dora"]);
    let by_its_version = blockers();
    assert!(
        by_its_version.iter().all(|code| code == "below_threshold"),
        "{by_its_version:?}"
    );
    // The version in force is gone, and one of later days does not take its place.
    take_out(&platform, "hi");
    let blocked = blockers();
    assert!(blocked.contains(&"program_missing".to_owned()), "{blocked:?}");
    put_back(&platform);
    assert_eq!(blockers(), by_its_version);
}

#[test]
fn payees_stored_before_the_rule_are_blocked_and_their_batches_stopped() {
    let platform = Platform::new(None);
    let made = platform.json(&["payout", "prepare", "--user", "ann"]);
    let batch = made[0]["batch"].as_str().unwrap();
    let payout = made[0]["payouts"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["creator"] == "ben");
    let payout = payout.unwrap()["payout"].as_str().unwrap();
    let url = platform.story.path().join(".permille/books.sqlite");
    // As an older version stored it: an account in Turkey without its bank.
    let mut store = store::Store::open(url.to_str().unwrap()).unwrap();
    let now: jiff::Timestamp = "2015-11-16T12:00:00Z".parse().unwrap();
    store
        .write::<_, store::StoreError>(store::By::new("old", "test"), now, |tx| {
            for (kind, id) in [("payee", "ben"), ("recipient", payout)] {
                let record = tx.record(kind, id)?.unwrap();
                tx.put(&[store::NewRecord {
                    kind: kind.to_owned(),
                    id: id.to_owned(),
                    version: record.version + 1,
                    body: record
                        .body
                        .replace("GB82WEST12345698765432", "TR330006100519786457841326"),
                    key: record.key,
                }])?;
            }
            Ok(())
        })
        .unwrap();
    drop(store);
    assert!(codes(&platform.preview(&["--creator", "ben"])["ben"]).contains(&"unreachable".to_owned()));
    let said = platform.fails(&["payout", "approve", batch, "--user", "bob"]);
    assert!(said.contains("`ben`: an account in TR needs its bank"), "{said}");
    platform.ok(&[
        "payout", "hold", batch, payout, "--reason", "no bank", "--user", "bob",
    ]);
    platform.ok(&["payout", "approve", batch, "--user", "bob"]);
    let path = checkout("crates/permille/tests/cases/bank/currency-of-rail.payees.csv");
    platform.fails(&["payee", "import", path.to_str().unwrap()]);
    assert!(PAYEES.contains("ben"));
}
