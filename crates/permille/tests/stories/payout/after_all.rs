//! A return that was none: the bank takes it back, and somebody who did not prepare the batch sets the books right.

use super::payout_ids;
use super::platform::{Platform, months};
use super::returns::{answer, left, posted};
use crate::harness::Answer;
use scratch_postgres::{Durability, Server};

fn payout(references: &[(String, String)], creator: &str) -> String {
    let reference = &references.iter().find(|(known, _)| known == creator).unwrap().1;
    format!("pay_{}", reference[3..].to_lowercase())
}

/// Settles a payout by hand; without words there is no reason.
fn settle(platform: &Platform, batch: &str, payout: &str, to: &str, user: &str, reason: &str) -> Answer {
    let command = ["payout", "settle", batch, payout, "--as", to, "--user", user];
    let reason = if reason.is_empty() {
        vec![]
    } else {
        vec!["--reason", reason]
    };
    platform.run(&[&command[..], &reason].concat())
}

const BACK: [(&str, &str, &str, &str); 3] = [
    ("anna", "DBIT", "788.00 EUR", ""),
    ("anna", "CRDT", "780.00 EUR", "MS03"),
    // Nobody had said that it left.
    ("ben", "CRDT", "120.00 USD", "MS03"),
];

#[test]
fn a_return_that_was_none_is_set_right_on_sqlite() {
    a_return_that_was_none_is_set_right(None, "shared");
    a_return_that_was_none_is_set_right(None, "creator");
}

#[test]
fn a_return_that_was_none_is_set_right_on_postgresql() {
    let server = Server::start(Durability::None).unwrap();
    a_return_that_was_none_is_set_right(Some(server.database().unwrap()), "platform");
}

fn a_return_that_was_none_is_set_right(store: Option<String>, fees: &str) {
    let platform = Platform::new(store);
    let config = std::fs::read_to_string(platform.story.path().join("permille.toml")).unwrap();
    let config = config.replace("\n[payout]\n", &format!("\n[payout]\nfees = \"{fees}\"\n"));
    platform.story.file("permille.toml", &config);
    let (batch, references) = left(&platform);
    answer(&platform, &references, &BACK);
    let [anna, ben] = ["anna", "ben"].map(|creator| payout(&references, creator));
    for (user, reason, part) in [
        ("Ann", "the bank called", "ann prepared its batch"),
        ("bob", "", "--reason TEXT"),
    ] {
        let said = settle(&platform, &batch, &anna, "succeeded", user, reason).stderr;
        assert!(said.contains(part), "{said}");
    }
    for one in [&anna, &ben] {
        let done = settle(
            &platform,
            &batch,
            one,
            "succeeded",
            "bob",
            "the bank took the return back",
        );
        assert_eq!(done.code, 0, "{}", done.stderr);
    }
    platform.sound();
    let right = |platform: &Platform| {
        for (account, is) in [
            ("creator-available:anna USD/6", "0.000000"),
            ("creator-available:ben USD/6", "0.005000"),
            ("creator-available:anna us USD/6", "0.000000"),
            ("cash-at-bank EUR/6", "-788.000000"),
            ("cash-at-bank USD/6", "-120.000000"),
            ("tax-payable:US USD/6", "15.000000"),
        ] {
            assert_eq!(posted(platform, account), is, "{account}");
        }
        let fee = posted(platform, "payout-fees:bank EUR/6");
        assert!(["0", "0.000000"].contains(&&*fee), "{fee}");
    };
    right(&platform);
    let text = platform.ok(&["statement", "--creator", "anna", "--month", &months()[0]]);
    assert!(
        text.contains("payout returned") && text.contains("the bank took the return back"),
        "{text}"
    );
    // The statements that said it are read again, and somebody says it again: nothing is booked.
    let again = answer(&platform, &references, &BACK);
    assert_eq!(again["outcomes"].as_array().unwrap().len(), 0, "{again}");
    assert_eq!(
        settle(&platform, &batch, &anna, "succeeded", "bob", "again").code,
        0
    );
    right(&platform);
    let said = settle(&platform, &batch, &anna, "returned", "bob", "back again").stderr;
    assert!(said.contains("payout/returned-twice"), "{said}");
}

#[test]
fn money_that_is_in_another_batch_by_now_is_not_taken_twice() {
    let platform = Platform::new(None);
    let (batch, references) = left(&platform);
    answer(
        &platform,
        &references,
        &[
            ("fay", "DBIT", "121.60 EUR", ""),
            ("fay", "CRDT", "121.60 EUR", "MS03"),
        ],
    );
    let fay = payout(&references, "fay");
    let succeeded = || {
        settle(
            &platform,
            &batch,
            &fay,
            "succeeded",
            "bob",
            "the bank took it back",
        )
    };
    let prepare = || {
        let made = platform.json(&["payout", "prepare", "--user", "ann"]);
        let ids = payout_ids(&made[0]);
        (made[0]["batch"].as_str().unwrap().to_owned(), ids["fay"].clone())
    };
    let (second, _) = prepare();
    let said = succeeded().stderr;
    for part in [
        "payout/money-elsewhere",
        &format!("of batch {second}, which is pending"),
        &format!("`permille payout cancel {second}`"),
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    platform.ok(&["payout", "cancel", &second]);

    // It leaves again: the first answer about it is waited for, and then it is a debt.
    let (third, again) = prepare();
    platform.ok(&["payout", "approve", &third, "--user", "bob"]);
    platform.ok(&["payout", "export", &third, "--out", "files", "--user", "bob"]);
    let said = succeeded().stderr;
    assert!(
        said.contains("which is in_transit") && said.contains("it was paid twice"),
        "{said}"
    );
    assert_eq!(posted(&platform, "creator-available:fay USD/6"), "200.000000");
    assert_eq!(
        settle(&platform, &third, &again, "succeeded", "bob", "seen").code,
        0
    );
    let done = succeeded();
    assert!(
        done.code == 0 && done.stderr.contains("falls below zero"),
        "{}",
        done.stderr
    );
    platform.sound();
    assert_eq!(posted(&platform, "creator-available:fay USD/6"), "-200.000000");
}

#[test]
fn over_every_rail_it_takes_a_second_person_and_a_reason() {
    let platform = Platform::new(None);
    let (batch, references) = left(&platform);
    let emil = payout(&references, "emil");
    assert_eq!(
        settle(&platform, &batch, &emil, "failed", "bob", "no such box").code,
        0
    );
    for (user, reason, part) in [
        ("ann", "PayPal wrote", "is failed, and ann prepared its batch"),
        ("bob", "", "nobody says why"),
    ] {
        let said = settle(&platform, &batch, &emil, "succeeded", user, reason).stderr;
        assert!(said.contains(part), "{said}");
    }
    assert_eq!(
        settle(&platform, &batch, &emil, "succeeded", "bob", "PayPal wrote").code,
        0
    );
    assert_eq!(posted(&platform, "creator-available:emil USD/6"), "0.000000");
    platform.sound();
}
