//! Records that keep sums which decide money: each is computed again, and one that is wrong is found and named, though it was
//! written as records are and every hash is right.

use crate::harness::Story;
use crate::pairs;
use crate::pairs::base::{self, Base};
use crate::payout::platform::Platform;
use ledger::{Account, AccountKind, Posting, Source, Stream, Transaction};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use store::{NewRecord, Store, StoreError};

fn bring(story: &Story, kind: &str, text: &str) {
    story.file("brought.csv", text);
    let read = story.json(&["import", kind, "brought.csv"]);
    assert_eq!(read["quarantined"], 0, "{read}");
}

/// LIVE with something of everything: purchases, a gift, a redemption, a chargeback, a subscription on hold.
fn live() -> Story {
    let story = Story::new();
    story.ok(&["program", "apply", "live-gifts"]);
    let creators = "creator_id,effective_at,adult,country\nhost,2026-01-01T00:00:00Z,true,DE\n";
    bring(&story, "creator", creators);
    let bought = "event_id,viewer_id,occurred_at,channel,coins,price,currency,country\n\
        ours,fan,2026-09-20T10:00:00Z,web,20000,280.00,USD,US\ntheirs,zoe,2026-09-20T10:00:00Z,web,20000,280.00,USD,DE\n";
    bring(&story, "coin-purchase", bought);
    let gifts = "event_id,room_id,host_id,viewer_id,gift_id,occurred_at,repeat_count,repeat_end,gift_type,coins_each\n\
        g1,room,host,fan,castle,2026-09-21T20:00:00Z,1,true,2,12000\ng2,room,host,zoe,ship,2026-09-22T20:00:00Z,1,true,2,8000\n\
        g3,room,host,kim,ship,2026-09-23T20:00:00Z,1,true,2,8000\n";
    bring(&story, "gift-frame", gifts);
    let redeemed = "event_id,creator_id,occurred_at,diamonds\nr1,host,2026-09-25T00:00:00Z,10000\n";
    bring(&story, "redemption", redeemed);
    let back =
        "event_id,purchase_id,viewer_id,occurred_at,reason\nback,ours,fan,2026-10-10T00:00:00Z,chargeback\n";
    bring(&story, "coin-refund", back);
    let subscribed = "event_id,viewer_id,creator_id,occurred_at,price,currency,country\n\
        s1,zoe,host,2026-11-20T10:00:00Z,5.00,USD,US\n";
    bring(&story, "subscription", subscribed);
    story.ok(&["live", "book"]);
    story.ok(&["ledger", "verify"]);
    story
}

fn books(folder: &Path) -> PathBuf {
    folder.join(".permille/books.sqlite")
}

/// Adds a version to a record, as a command would, with what a function makes of the newest one.
fn falsify(story: &Story, kind: &str, id: &str, with: impl FnOnce(&mut Value)) {
    let mut store = Store::open(books(story.path()).to_str().unwrap()).unwrap();
    let now: jiff::Timestamp = "2026-11-22T00:00:00Z".parse().unwrap();
    store
        .write::<_, StoreError>(store::By::new("mallory", "test"), now, |tx| {
            let found = tx.records(kind, id)?;
            let before = found.first().unwrap_or_else(|| panic!("no {kind} `{id}`"));
            let mut body: Value = serde_json::from_str(&before.body).unwrap();
            with(&mut body);
            tx.put(&[NewRecord {
                kind: kind.to_owned(),
                id: before.id.clone(),
                version: before.version + 1,
                body: body.to_string(),
                key: None,
            }])
        })
        .unwrap();
}

/// Says what `ledger verify` finds, which must be something.
fn found(story: &Story) -> String {
    let answer = story.run(&["ledger", "verify"]);
    assert_eq!(answer.code, 4, "{}", answer.stdout);
    answer.stdout
}

/// Kind and beginning of the id of a record, what is made of it, and what is said.
type Case = (&'static str, &'static str, fn(&mut Value), &'static str);

const LIVE: &[Case] = &[
    (
        "wallet",
        "zoe",
        |w| w["lots"][0]["used"] = json!(7_000),
        "it has 13000 coins that are not spent, and 12000 stand in",
    ),
    (
        "wallet",
        "zoe",
        |w| w["deficit"] = json!(3),
        "it has 3 coins owing, and 0 stand in",
    ),
    (
        "wallet",
        "zoe",
        |w| w["lots"][0]["price"] = json!("999.000000 USD"),
        "its price is 999.000000 USD, and 280.000000 USD",
    ),
    (
        "wallet",
        "zoe",
        |w| w["lots"][0]["coins"] = json!(20_001),
        "it has 20001 coins, and 20000 are booked",
    ),
    (
        "wallet",
        "zoe",
        |w| w["lots"] = json!([]),
        "are booked, and are no lot of it",
    ),
    (
        "wallet",
        "fan",
        |w| w["lots"][0]["reclaimed"] = json!(0),
        "it has 0 spent coins that were refunded, and 12000 are booked",
    ),
    (
        "wallet",
        "fan",
        |w| w["reversed"] = json!({}),
        "diamonds of 0 given coins are noted as taken back",
    ),
    (
        "wallet",
        "fan",
        |w| w["reversed"] = json!({"1": 12_000}),
        "12000 coins of gift 1 are noted as taken back, and 0 were given",
    ),
    (
        "redeemed-in-all",
        "USD/6/host",
        |r| r["money"] = json!(0),
        "were paid for diamonds, and",
    ),
    (
        "redeemed-in-all",
        "USD/6/host",
        |r| r["diamonds"] = json!(1),
        "1 diamonds were redeemed, and",
    ),
    (
        "redeemed-in-all",
        "USD/6/host",
        |r| r["us_diamonds"] = json!(9_999),
        "9999 diamonds with a source in the United States were redeemed",
    ),
    (
        "redeemed-in-all",
        "USD/6/host",
        |r| r["us_source"] = json!(1),
        "have a source in the United States, and",
    ),
    (
        "redeemed",
        "host/",
        |r| r["money"] = json!("0.000000 USD"),
        "0.000000 USD were redeemed over all days, and 50.000000 USD are booked",
    ),
    // The subscription of the day stands twice, as when two commands booked it at once.
    (
        "live-hold",
        "2026-12-05",
        |h| h["amounts"]["live-gifts"]["host"]["USD/6"] = json!({"units": 7_000_000, "us_source": 7_000_000}),
        "it holds 7.000000 USD in `creator-pending:host live-gifts/us USD/6`, and the subscriptions that are booked and not payable come to 3.500000 USD",
    ),
    (
        "live-hold",
        "2026-12-05",
        |h| h["amounts"]["live-gifts"]["host"]["USD/6"] = json!({"units": 7_000_000, "us_source": 7_000_000}),
        "3.500000 USD stand in it, and the periods and subscriptions that are not payable yet come to 7.000000 USD",
    ),
    // It is said to be from elsewhere.
    (
        "live-hold",
        "2026-12-05",
        |h| h["amounts"]["live-gifts"]["host"]["USD/6"]["us_source"] = json!(0),
        "it holds 3.500000 USD in `creator-pending:host live-gifts/other USD/6`, and the subscriptions that are booked and not payable come to 0.000000 USD",
    ),
    (
        "live-hold",
        "2026-12-05",
        |h| h["released"] = json!(true),
        "it holds 0.000000 USD in `creator-pending:host live-gifts/us USD/6`",
    ),
    (
        "live-booked",
        "live-gifts/2026-09",
        |b| b["dated"]["2026-09"]["gift"]["changes"]["viewer-coins COIN/0"] = json!(-1),
        "it says -1 COIN in viewer-coins by gift dated in 2026-09, and -20000 COIN are booked",
    ),
    (
        "live-booked",
        "live-gifts/2026-09",
        |b| b["dated"]["2026-09"]["gift"]["entries"] = json!(7),
        "it says 7 entries of gift dated in 2026-09, and 2 are booked",
    ),
    (
        "live-booked",
        "live-gifts/2026-10",
        |b| b["dated"] = json!({ "2026-08": b["dated"]["2026-10"] }),
        "it has coin-refund dated in 2026-08, and none is booked",
    ),
    (
        "streak",
        "room/zoe",
        |s| s["booked"] = json!(0),
        "the viewer's streaks count 0 gifts as booked or waiting, and there are 1",
    ),
];

#[test]
fn every_sum_of_live_is_computed_again() {
    let sound = live();
    for (kind, id, with, words) in LIVE {
        let story = Story::empty();
        copy(sound.path(), story.path());
        falsify(&story, kind, id, with);
        let said = found(&story);
        assert!(said.contains(words), "{kind} {id}: {words}\n{said}");
    }
}

#[test]
fn what_waits_and_is_booked_is_found() {
    let story = live();
    let entries = story.json(&["ledger", "entries", "--kind", "viewer-coins", "--owner", "zoe"]);
    let key = entries[0]["key"].as_str().unwrap().to_owned();
    let reference = key.strip_prefix("gift/").unwrap().to_owned();
    falsify(&story, "live-waiting", "gift/", |waiting| {
        waiting["gift"]["reference"] = json!(reference)
    });
    let said = found(&story);
    assert!(
        said.contains("it waits to be booked, and is booked as transaction"),
        "{said}"
    );
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), target).unwrap()),
        }
    }
}

const PAYOUTS: &[Case] = &[
    (
        "period",
        "ads/2015-10",
        |p| p["stage"] = json!("final"),
        "became payable, and its record says that it is final",
    ),
    (
        "period",
        "ads/2015-10",
        |p| p["run"] = json!(0),
        "run 1 is booked, and its record says that run 0 stands",
    ),
    (
        "payout",
        "",
        |p| p["payout"]["state"] = json!("failed"),
        "it is failed, so its money should be not paid; in the books it is reserved",
    ),
    (
        "payout",
        "",
        |p| p["payout"]["amount"] = json!("1.00 EUR"),
        "it says that 1.000000 EUR leaves, and",
    ),
    (
        "batch",
        "",
        |b| drop(b["payouts"].as_array_mut().unwrap().pop()),
        "payouts, and",
    ),
    (
        "batch",
        "",
        |b| b["payouts"][0] = json!("pay_00000000000000000000000000"),
        "its payout pay_00000000000000000000000000 has no record of its own",
    ),
    (
        "batch",
        "",
        |b| drop(b["payouts"].as_array_mut().unwrap().remove(0)),
        "payouts, and 4 have records as payouts of it",
    ),
    (
        "payout",
        "",
        |p| p["batch"] = json!("2015-11-15-9"),
        "its batch 2015-11-15-9 has no record",
    ),
];

#[test]
fn every_sum_of_periods_and_payouts_is_computed_again() {
    let platform = Platform::new(None);
    platform.ok(&["payout", "prepare", "--user", "ann"]);
    platform.sound();
    for (kind, id, with, words) in PAYOUTS {
        let story = Story::empty();
        copy(platform.story.path(), story.path());
        falsify(&story, kind, id, with);
        let said = found(&story);
        assert!(said.contains(words), "{kind} {id}: {words}\n{said}");
    }
}

#[test]
fn a_head_that_was_kept_tells_books_that_were_cut() {
    let story = live();
    let head = story.json(&["ledger", "verify"])["head"]
        .as_str()
        .unwrap()
        .to_owned();
    story.ok(&["ledger", "verify", "--against", &head]);
    let said = story.fails(2, &["ledger", "verify", "--against", "yesterday's"]);
    assert!(said.contains("is no head of books"), "{said}");
    // Somebody who may write to the file cuts its end off, with the change that wrote it.
    let connection = rusqlite::Connection::open(books(story.path())).unwrap();
    connection
        .execute_batch(
            "DROP TRIGGER record_is_kept; DROP TRIGGER change_is_kept; DROP TRIGGER ledger_transaction_is_kept;
             CREATE TEMP TABLE last AS SELECT number FROM change ORDER BY number DESC LIMIT 1;
             DELETE FROM record WHERE change IN last;
             DELETE FROM change WHERE number IN last;
             DELETE FROM ledger_transaction WHERE number > (SELECT transactions FROM change ORDER BY number DESC LIMIT 1);",
        )
        .unwrap();
    drop(connection);
    let said = story.run(&["ledger", "verify", "--against", &head]).stdout;
    assert!(
        said.contains("changes when the head was kept, and end with"),
        "{said}"
    );
    // The workspace has seen more as well, and does not go on with less.
    assert!(said.contains("books-head.json"), "{said}");
    let refused = story.fails(3, &["live", "book"]);
    assert!(
        refused.contains("changes in the books, and they end with"),
        "{refused}"
    );
    // Nor without its note: that says as much.
    let note = story.path().join(".permille/books-head.json");
    std::fs::remove_file(&note).unwrap();
    let gone = "note of what it has written to them is gone";
    assert!(story.run(&["ledger", "verify"]).stdout.contains(gone));
    let refused = story.fails(3, &["live", "book"]);
    assert!(refused.contains(gone), "{refused}");
    // Who knows that nothing newer is left says so.
    let (_, says) = refused.split_once("write ").unwrap();
    let (says, _) = says.split_once(" into ").unwrap();
    std::fs::write(&note, says).unwrap();
    story.ok(&["live", "book"]);
}

#[test]
fn an_entry_of_one_program_that_moves_money_of_another_is_found() {
    let story = Story::new();
    let usd = money::Asset::micro("USD").unwrap();
    let fund = Stream::new("creator-fund", Source::Other);
    let posting = Posting {
        debit: Account::streamed(AccountKind::CreatorAvailable, "anna", usd, fund),
        credit: Account::of(AccountKind::ExpiredIncome, "ads", usd),
        amount: 1,
        reference: None,
    };
    let at: jiff::Timestamp = "2026-11-19T00:00:00Z".parse().unwrap();
    let of_ads = Transaction::post("expire/ads", "expiry", at, vec![posting])
        .with_detail(r#"{"program":"ads","threshold":"1.00 USD"}"#);
    let mut store = Store::open(books(story.path()).to_str().unwrap()).unwrap();
    store
        .write::<_, StoreError>(store::By::new("test", "test"), at, |tx| tx.post(&[of_ads]))
        .unwrap();
    let words = "transaction `expire/ads` is of the program ads, and moves money in `creator-available:anna creator-fund/other USD/6`";
    let said = found(&story);
    assert!(said.contains(words), "{said}");
}

#[test]
fn an_entry_of_live_that_is_booked_for_another_period_than_it_must_is_found() {
    let sound = live();
    for (closes, booked_for, belongs) in [
        (false, r#"{"period":"2026-09"}"#, None),
        (true, r#"{"period":"2026-09"}"#, Some("2026-10, late of 2026-09")),
        (
            false,
            r#"{"period":"2026-10","late_of":"2026-09"}"#,
            Some("2026-09"),
        ),
        (true, r#"{"period":"2026-10","late_of":"2026-09"}"#, None),
    ] {
        let story = Story::empty();
        copy(sound.path(), story.path());
        if closes {
            story.ok(&[
                "period",
                "close",
                "--program",
                "live-gifts",
                "--period",
                "2026-09",
            ]);
        }
        let posting = Posting {
            debit: Account::platform(AccountKind::CoinsIssued, money::Asset::new("COIN", 0).unwrap()),
            credit: Account::of(
                AccountKind::ViewerCoins,
                "kim",
                money::Asset::new("COIN", 0).unwrap(),
            ),
            amount: 1,
            reference: None,
        };
        let at: jiff::Timestamp = "2026-09-30T12:00:00Z".parse().unwrap();
        let now: jiff::Timestamp = "2026-11-22T00:00:00Z".parse().unwrap();
        let detail = format!(
            r#"{{"program":"live-gifts","booked_for":{booked_for},"viewer":"kim","channel":"web","coins":1,"price":"0.000000 USD"}}"#
        );
        let bought =
            Transaction::post("coin-purchase/x", "coin-purchase", at, vec![posting]).with_detail(detail);
        let mut store = Store::open(books(story.path()).to_str().unwrap()).unwrap();
        store
            .write::<_, StoreError>(store::By::new("test", "test"), now, |tx| tx.post(&[bought]))
            .unwrap();
        let said = found(&story);
        // No record was changed with it.
        assert!(
            said.contains("entries of coin-purchase dated in 2026-09") || said.contains("no record"),
            "{said}"
        );
        match belongs {
            None => assert!(!said.contains("and belongs to"), "{said}"),
            Some(belongs) => assert!(said.contains(&format!("and belongs to {belongs}")), "{said}"),
        }
    }
}

/// A record that cannot be read keeps nothing else from being checked, whichever it is.
#[test]
fn whatever_record_is_damaged_all_else_is_checked() {
    let base = Base::make(None);
    for command in [
        "live book",
        "period close --program live-gifts --period 2026-08",
        "invalidate --viewer fan --evidence ring",
        "payee split c0 --payee c1=1/2 --payee c0=1/2 --from 2026-12-01 --reason duo",
    ] {
        base.story.ok(&command.split(' ').collect::<Vec<_>>());
    }
    let kinds: Vec<String> = {
        let books = rusqlite::Connection::open(books(base.story.path())).unwrap();
        let mut kinds = books.prepare("SELECT DISTINCT kind FROM record").unwrap();
        let kinds = kinds.query_map([], |row| row.get(0)).unwrap();
        kinds.map(Result::unwrap).collect()
    };
    assert!(kinds.len() > 16, "{kinds:?}");
    for kind in kinds {
        let folder = pairs::folder();
        base::copy(base.story.path(), folder.path());
        let books = rusqlite::Connection::open(books(folder.path())).unwrap();
        let damage = format!(
            "DROP TRIGGER record_is_fixed;
             UPDATE record SET body = body || ' ' WHERE kind = '{kind}';
             CREATE TRIGGER record_is_fixed BEFORE UPDATE ON record BEGIN SELECT RAISE(ABORT, 'records are never changed'); END;
             UPDATE ledger_balance SET credits = credits + 1 WHERE account = 1;"
        );
        books.execute_batch(&damage).unwrap();
        drop(books);
        let store = base.store(folder.path());
        let checked = pairs::command(folder.path(), &store, "ledger verify")
            .output()
            .unwrap();
        let said =
            String::from_utf8_lossy(&checked.stdout).into_owned() + &String::from_utf8_lossy(&checked.stderr);
        assert_eq!(checked.status.code(), Some(4), "{kind}: {said}");
        assert!(said.contains(&format!("{kind} `")), "{kind}: {said}");
        assert!(said.contains("checksum"), "{kind}: {said}");
        assert!(!said.contains("Conversion error"), "{kind}: {said}");
    }
}
