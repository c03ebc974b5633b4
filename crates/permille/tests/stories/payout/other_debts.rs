//! Who owes something in one currency and has money in another.

use super::codes;
use super::platform::{DEBTOR, Platform};
use ledger::{Account, AccountKind, Posting, Source, Stream, Transaction};
use serde_json::Value;
use store::{By, Recorded, Store, StoreError};

/// Emil owes 12.50 euros of the program; nobody settles in euros here, so it is booked as the program would.
fn owes_euros(platform: &Platform) {
    let euros = money::Asset::micro("EUR").unwrap();
    let posting = Posting {
        debit: Account::streamed(
            AccountKind::CreatorAvailable,
            "emil",
            euros,
            Stream::new("ads", Source::Other),
        ),
        credit: Account::of(AccountKind::Fund, "ads", euros),
        amount: 12_500_000,
        reference: None,
    };
    let at: jiff::Timestamp = "2015-11-15T00:00:00Z".parse().unwrap();
    let taken = Transaction::post("earn/ads/2015-09/1/creator/emil", "settlement", at, vec![posting])
        .with_detail(r#"{"program":"ads","version":1,"period":"2015-09","run":1}"#);
    let mut store = Store::open(
        platform
            .story
            .path()
            .join(".permille/books.sqlite")
            .to_str()
            .unwrap(),
    )
    .unwrap();
    store
        .write::<_, StoreError>(By::new("test", "test"), Recorded::ByClock, |tx| tx.post(&[taken]))
        .unwrap();
}

fn dollars(platform: &Platform) -> Value {
    let all = platform.json(&["payout", "preview", "--creator", "emil"]);
    let all = all.as_array().unwrap();
    all.iter()
        .find(|one| one["balance"].as_str().unwrap().ends_with("USD"))
        .unwrap()
        .clone()
}

#[test]
fn a_debt_in_another_currency_is_seen_and_stops_where_the_platform_says_so() {
    let platform = Platform::new(None);
    assert_eq!(dollars(&platform)["owes_elsewhere"], Value::Null);
    owes_euros(&platform);
    let seen = dollars(&platform);
    assert_eq!(seen["owes_elsewhere"], serde_json::json!(["12.500000 EUR"]));
    assert_eq!(
        (codes(&seen), &seen["payable"]["gross"]),
        (vec![], &"50.00 USD".into())
    );
    let text = platform.ok(&["payout", "preview", "--creator", "emil"]);
    assert!(text.contains("owes 12.500000 EUR in another currency"), "{text}");
    let path = platform.story.path().join("permille.toml");
    let config = std::fs::read_to_string(&path).unwrap();
    let stops = DEBTOR.replacen("[payout]\n", "[payout]\nother_debts = \"stop\"\n", 1);
    std::fs::write(&path, config.replace(DEBTOR, &stops)).unwrap();
    assert_eq!(codes(&dollars(&platform)), ["owes_elsewhere"]);
    let made = platform.json(&["payout", "prepare", "--user", "ann"]);
    let paid = super::payout_ids(&made[0]);
    assert!(!paid.contains_key("emil") && paid.contains_key("fay"), "{paid:?}");
}
