//! LIVE money is divided among those who collect it, and taken back of each what each got.

use crate::harness::Story;
use crate::live_money::{book, bring, charge_back, platform, redeem};
use serde_json::{Value, json};

const AGENCY: &str = "id,name,residence,town,country\nagency,Agency Ltd,GB,Leeds,GB\n";

fn agree(story: &Story, number: &str, payees: &[&str], from: &str) {
    let mut command = vec![
        "payee", "split", "host", "--from", from, "--reason", "deal", "--user", "ann",
    ];
    command.extend(payees.iter().flat_map(|payee| ["--payee", payee]));
    story.ok(&command);
    story.ok(&[
        "payee",
        "consent",
        "host",
        number,
        "--evidence",
        "mail",
        "--user",
        "bob",
    ]);
}

/// What the host's own payee has, and what the agency; all of it, and what has its source in the United States.
fn stands(story: &Story) -> [Value; 4] {
    let of = |payee, source| story.posted("creator-available", payee, source);
    [
        of("host", None),
        of("host", Some("us")),
        of("agency", None),
        of("agency", Some("us")),
    ]
}

#[test]
fn redemptions_are_divided_on_their_day_and_taken_back_of_those_who_got_them() {
    let story = platform();
    story.file("agency.csv", AGENCY);
    story.ok(&["payee", "import", "agency.csv"]);
    agree(&story, "1", &["agency=1/3", "host=2/3"], "2026-09-01");
    redeem(&story, "first", "2026-09-25");
    book(&story);
    // 50 dollars, 30 of them from the United States: each source is divided by itself.
    let expect = |sums: [&str; 4]| assert_eq!(stands(&story), sums.map(Value::from));
    expect(["33.333333", "20.000000", "16.666667", "10.000000"]);
    let too_early = [
        "payee",
        "split",
        "host",
        "--payee",
        "agency=1",
        "--from",
        "2026-09-25",
        "--reason",
        "deal",
    ];
    let refused = story.fails(3, &too_early);
    assert!(
        refused.contains("what was earned up to 2026-09-25 is divided already"),
        "{refused}"
    );
    agree(&story, "2", &["agency=1"], "2026-10-01");
    redeem(&story, "second", "2026-10-05");
    book(&story);
    expect(["33.333333", "20.000000", "76.666667", "46.000000"]);
    // All that has its source in the United States goes back, of each what each got of it.
    charge_back(&story);
    book(&story);
    expect(["13.333333", "0.000000", "30.666667", "0.000000"]);
    let host = story.json(&["statement", "--creator", "host", "--month", "2026-11"]);
    let divided = host["divided"].as_array().unwrap();
    let told: Vec<_> = divided.iter().map(|one| (&one["what"], &one["amount"])).collect();
    assert_eq!(
        told,
        [
            (&json!("gifts taken back"), &json!("-66.000000 USD")),
            (&json!("redemption"), &json!("50.000000 USD")),
            (&json!("redemption"), &json!("60.000000 USD")),
        ]
    );
    // Subscriptions by the split of the day on which they become payable.
    bring(
        &story,
        "subscription",
        "event_id,viewer_id,creator_id,occurred_at,price,currency,country\n\
         s1,fan,host,2026-10-05T00:00:00Z,10.00,USD,US\n",
    );
    book(&story);
    story.ok(&["period", "close", "--due"]);
    expect(["13.333333", "0.000000", "37.666667", "7.000000"]);
    story.ok(&["ledger", "verify"]);
    what_is_kept_of_it_is_verified(&story);
}

/// What each got is kept beside the books, and is found out where it is another.
fn what_is_kept_of_it_is_verified(story: &Story) {
    let books = story.path().join(".permille/books.sqlite");
    let mut store = store::Store::open(books.to_str().unwrap()).unwrap();
    let at: jiff::Timestamp = "2026-11-22T00:00:00Z".parse().unwrap();
    store
        .write::<_, store::StoreError>(store::By::new("mal", "test"), at, |tx| {
            let known = tx.records("redeemed-in-all", "")?.remove(0);
            let got = r#""agency":{"money":"30666667","#;
            assert!(known.body.contains(got), "{}", known.body);
            tx.put(&[store::NewRecord {
                kind: known.kind,
                id: known.id,
                version: known.version + 1,
                body: known.body.replace(got, r#""agency":{"money":"30666666","#),
                key: None,
            }])
        })
        .unwrap();
    let said = story.run(&["ledger", "verify"]).stdout;
    assert!(
        said.contains("other payees got of it otherwise than is booked"),
        "{said}"
    );
}
