//! What every store must do.

use crate::fixture::*;
use crate::records::record;
use ledger::{Account, AccountKind, Action, MAX_AMOUNT, Outcome, Source, Stream, Transaction};
use money::Asset;
use store::{AccountFilter, By, Store, StoreError};

pub fn booked_and_read_back(fixture: &Fixture) {
    let mut store = fixture.open();
    let mut transaction = receipt("r/1", "ann", 70).with_detail(r#"{"why":"because"}"#);
    transaction.postings[0].reference = Some("ln_1".into());
    assert_eq!(
        post(&mut store, &[transaction.clone()]),
        [Outcome::Posted { number: 1 }]
    );
    store
        .write::<_, StoreError>(By::new("ann", "test"), at(10), |tx| {
            tx.put(&[record("payee", "ann", 1, "{}")])
        })
        .unwrap();
    let stored = store.read(|tx| tx.transaction("r/1")).unwrap().unwrap();
    assert_eq!(stored.transaction().unwrap(), transaction);
    assert_eq!(stored.recorded, at(10));
    assert_eq!(stored.effective, at(0));
    assert_eq!(posted(&mut store, &held("ann")), 70);
    assert_eq!(posted(&mut store, &cash()), 70);
    assert_sound(&mut store);
}

pub fn same_key_same_answer(fixture: &Fixture) {
    let mut store = fixture.open();
    let transaction = receipt("r/1", "ann", 70);
    let twice = [transaction.clone(), transaction.clone()];
    let outcomes = post(&mut store, &twice);
    assert_eq!(
        outcomes,
        [
            Outcome::Posted { number: 1 },
            Outcome::AlreadyPosted { number: 1 }
        ]
    );
    assert_eq!(
        post_at(&mut store, 99, std::slice::from_ref(&transaction)),
        [Outcome::AlreadyPosted { number: 1 }]
    );
    assert_eq!(
        post(&mut fixture.open(), &[transaction]),
        [Outcome::AlreadyPosted { number: 1 }]
    );
    assert_eq!(posted(&mut store, &cash()), 70);
    assert_sound(&mut store);
}

pub fn other_body_refused(fixture: &Fixture) {
    let mut store = fixture.open();
    post(&mut store, &[receipt("r/1", "ann", 70)]);
    let others = [
        receipt("r/1", "ann", 71),
        receipt("r/1", "bob", 70),
        receipt("r/1", "ann", 70).with_detail("{}"),
    ];
    for outcome in post(&mut store, &others) {
        assert_eq!(outcome, Outcome::KeyReused { number: 1 });
    }
    assert_eq!(posted(&mut store, &cash()), 70);
}

fn refused() -> Vec<(Transaction, &'static str)> {
    let euro = Account::platform(AccountKind::CashAtBank, Asset::micro("EUR").unwrap());
    let coins = Account::of(AccountKind::ViewerCoins, "ann", usd());
    let post = |debit: &Account, credit: &Account, amount| {
        Transaction::post("bad", "test", at(0), vec![posting(debit, credit, amount)])
    };

    vec![
        (receipt("", "ann", 1), "invalid-key"),
        (receipt(&"k".repeat(201), "ann", 1), "invalid-key"),
        (receipt("a\nb", "ann", 1), "invalid-key"),
        (
            Transaction::post("bad", "test", at(0), Vec::new()),
            "wrong-postings",
        ),
        (
            Transaction {
                postings: vec![posting(&cash(), &held("ann"), 1)],
                ..action(
                    "bad",
                    Action::Void {
                        pending: "r/1".into(),
                    },
                )
            },
            "wrong-postings",
        ),
        (post(&cash(), &held("ann"), 0), "zero-amount"),
        (post(&cash(), &held("ann"), MAX_AMOUNT + 1), "amount-too-large"),
        (post(&cash(), &cash(), 1), "same-account"),
        (post(&euro, &held("ann"), 1), "assets-differ"),
        (post(&cash(), &coins, 1), "account-not-allowed"),
        (post(&cash(), &held(""), 1), "account-not-allowed"),
        (
            action(
                "bad",
                Action::Settle {
                    pending: "none".into(),
                },
            ),
            "linked-not-found",
        ),
        (
            action(
                "bad",
                Action::Settle {
                    pending: "r/1".into(),
                },
            ),
            "linked-not-open",
        ),
        (post(&held("ann"), &cash(), 71), "overdraft"),
        (post(&cash(), &held("ann"), MAX_AMOUNT), "balance-overflow"),
    ]
}

pub fn refusals_change_nothing(fixture: &Fixture) {
    let mut store = fixture.open();
    post(&mut store, &[receipt("r/1", "ann", 70)]);
    let before = store.read(|tx| tx.accounts(&Default::default())).unwrap();
    for (transaction, code) in refused() {
        let outcomes = post(&mut store, &[transaction]);
        assert_eq!(outcomes[0].code(), code, "{outcomes:?}");
    }
    // Among good ones, too: a refusal leaves no trace and the good ones are booked.
    let mut batch: Vec<_> = refused()
        .into_iter()
        .map(|(transaction, _)| transaction)
        .collect();
    batch.insert(14, receipt("r/2", "ann", 5));
    post(&mut store, &batch);
    assert_eq!(posted(&mut store, &held("ann")), 75);
    post(&mut store, &[payment("p/1", "ann", 5)]);
    let after = store.read(|tx| tx.accounts(&Default::default())).unwrap();
    assert_eq!(
        before.len(),
        after.len(),
        "a refused transaction opens no account"
    );
    assert_eq!(store.read(|tx| tx.head()).unwrap().transaction, 3);
    assert_sound(&mut store);
}

pub fn precedence(fixture: &Fixture) {
    let mut store = fixture.open();
    post(&mut store, &[receipt("r/1", "ann", 70)]);
    // A reused key is said before anything else about the body; a zero before an account that the chart does not know.
    let mut worst = receipt("r/1", "", 0);
    assert_eq!(post(&mut store, &[worst.clone()])[0].code(), "key-reused");
    worst.key = "new".into();
    assert_eq!(post(&mut store, &[worst.clone()])[0].code(), "zero-amount");
    worst.postings[0].amount = 1;
    assert_eq!(post(&mut store, &[worst])[0].code(), "account-not-allowed");
}

pub fn no_overdraft(fixture: &Fixture) {
    let mut store = fixture.open();
    post(&mut store, &[receipt("r/1", "ann", 100)]);
    let batch: Vec<_> = (0..5).map(|n| payment(&format!("p/{n}"), "ann", 30)).collect();
    let booked = post(&mut store, &batch)
        .iter()
        .filter(|outcome| outcome.is_booked())
        .count();
    assert_eq!(booked, 3);
    assert_eq!(posted(&mut store, &held("ann")), 10);
    // Within a transaction the order of postings does not matter: only where they end.
    let through = Transaction::post(
        "p/through",
        "test",
        at(0),
        vec![
            posting(&held("ann"), &cash(), 50),
            posting(&cash(), &held("ann"), 45),
        ],
    );
    assert!(post(&mut store, &[through])[0].is_booked());
    assert_eq!(posted(&mut store, &held("ann")), 5);
    assert_sound(&mut store);
}

fn reserve(key: &str, owner: &str, amount: u64, expires: Option<i64>) -> Transaction {
    Transaction {
        action: Action::Reserve {
            expires: expires.map(at),
        },
        ..payment(key, owner, amount)
    }
}

pub fn reservation_settled_once(fixture: &Fixture) {
    let mut store = fixture.open();
    post(
        &mut store,
        &[receipt("r/1", "ann", 100), reserve("p/1", "ann", 60, None)],
    );
    assert_eq!(posted(&mut store, &held("ann")), 100);
    assert_eq!(available(&mut store, &held("ann")), 40);
    assert_eq!(
        post(&mut store, &[payment("p/2", "ann", 41)])[0].code(),
        "overdraft"
    );
    let settle = action(
        "s/1",
        Action::Settle {
            pending: "p/1".into(),
        },
    );
    assert!(post(&mut store, std::slice::from_ref(&settle))[0].is_booked());
    assert_eq!(posted(&mut store, &held("ann")), 40);
    assert_eq!(available(&mut store, &held("ann")), 40);
    assert_eq!(post(&mut store, &[settle])[0].code(), "already-posted");
    let again = [
        action(
            "s/2",
            Action::Settle {
                pending: "p/1".into(),
            },
        ),
        action(
            "s/3",
            Action::Void {
                pending: "p/1".into(),
            },
        ),
        action("s/4", Action::Reverse { of: "p/1".into() }),
    ];
    for outcome in post(&mut fixture.open(), &again) {
        assert_eq!(outcome.code(), "linked-not-open");
    }
    let stored = store.read(|tx| tx.transaction("p/1")).unwrap().unwrap();
    assert_eq!(stored.ended_by, Some(3));
    assert_sound(&mut store);
}

pub fn reservation_voided(fixture: &Fixture) {
    let mut store = fixture.open();
    // All in one batch: what is reserved in it can be ended in it.
    let batch = [
        receipt("r/1", "ann", 100),
        reserve("p/1", "ann", 60, None),
        action(
            "v/1",
            Action::Void {
                pending: "p/1".into(),
            },
        ),
        action(
            "v/2",
            Action::Settle {
                pending: "p/1".into(),
            },
        ),
    ];
    let codes: Vec<_> = post(&mut store, &batch).iter().map(Outcome::code).collect();
    assert_eq!(codes, ["posted", "posted", "posted", "linked-not-open"]);
    assert_eq!(available(&mut store, &held("ann")), 100);
    assert_sound(&mut store);
}

pub fn reservation_expires(fixture: &Fixture) {
    let mut store = fixture.open();
    post(
        &mut store,
        &[
            receipt("r/1", "ann", 100),
            reserve("p/1", "ann", 60, Some(100)),
            reserve("p/2", "ann", 5, Some(500)),
        ],
    );
    let early = action(
        "e/1",
        Action::Expire {
            pending: "p/1".into(),
        },
    );
    assert_eq!(post_at(&mut store, 99, &[early])[0].code(), "wrong-time");
    let late = action(
        "s/1",
        Action::Settle {
            pending: "p/1".into(),
        },
    );
    assert_eq!(post_at(&mut store, 100, &[late])[0].code(), "wrong-time");
    let expire = |store: &mut Store| {
        store
            .write(By::new("test", "test"), at(100), |tx| tx.expire_overdue())
            .unwrap()
    };
    assert_eq!(expire(&mut store), 1);
    assert_eq!(expire(&mut store), 0);
    assert_eq!(available(&mut store, &held("ann")), 95);
    assert_sound(&mut store);
}

pub fn reversed_once(fixture: &Fixture) {
    let mut store = fixture.open();
    post(&mut store, &[receipt("r/1", "ann", 100)]);
    let reverse = |key: &str| action(key, Action::Reverse { of: "r/1".into() });
    let codes: Vec<_> = post(&mut store, &[reverse("x/1"), reverse("x/2")])
        .iter()
        .map(Outcome::code)
        .collect();
    assert_eq!(codes, ["posted", "linked-not-open"]);
    assert_eq!(posted(&mut store, &held("ann")), 0);
    // What has been spent cannot be taken back from an account that must not go below zero.
    post(
        &mut store,
        &[receipt("r/2", "ann", 100), payment("p/2", "ann", 1)],
    );
    let overdrawn = action("x/3", Action::Reverse { of: "r/2".into() });
    assert_eq!(post(&mut store, &[overdrawn])[0].code(), "overdraft");
    assert_sound(&mut store);
}

pub fn entries_run(fixture: &Fixture) {
    let mut store = fixture.open();
    post(
        &mut store,
        &[
            receipt("r/1", "ann", 100),
            receipt("r/2", "bob", 7),
            payment("p/1", "ann", 30),
            reserve("p/2", "ann", 20, None),
            action(
                "s/2",
                Action::Settle {
                    pending: "p/2".into(),
                },
            ),
        ],
    );
    let entries = store.read(|tx| tx.entries(&[held("ann")], 10)).unwrap();
    let seen: Vec<_> = entries
        .iter()
        .map(|entry| (&*entry.transaction.key, entry.is_debit, entry.balance))
        .collect();
    assert_eq!(
        seen,
        [
            ("s/2", true, 50),
            ("p/2", true, 70),
            ("p/1", true, 70),
            ("r/1", false, 100)
        ]
    );
    assert_eq!(store.read(|tx| tx.entries(&[held("ann")], 2)).unwrap().len(), 2);
    assert_eq!(
        store.read(|tx| tx.entries(&[held("nobody")], 2)).unwrap().len(),
        0
    );
}

pub fn streams_apart(fixture: &Fixture) {
    let mut store = fixture.open();
    let [other, us] = Source::ALL.map(|source| streamed("ann", source));
    let transfer = Transaction::post("t/1", "test", at(0), vec![posting(&us, &other, 3)]);
    post(
        &mut store,
        &[
            receipt("r/1", "ann", 10),
            Transaction::post("r/2", "test", at(0), vec![posting(&cash(), &us, 5)]),
            transfer,
            receipt("r/3", "bob", 1),
        ],
    );
    assert_eq!([&other, &us].map(|account| posted(&mut store, account)), [13, 2]);
    let filter = AccountFilter::in_asset(AccountKind::CreatorWithheld, "ann", usd());
    let listed = store.read(|tx| tx.accounts(&filter)).unwrap();
    let listed: Vec<_> = listed.into_iter().map(|state| state.account).collect();
    assert_eq!(listed, [other.clone(), us.clone()]);
    // Together they have one balance, and both sides of what moved between them are entries.
    let entries = store.read(|tx| tx.entries(&listed, 10)).unwrap();
    let seen: Vec<_> = entries
        .iter()
        .map(|entry| {
            (
                &*entry.transaction.key,
                entry.account == us,
                entry.is_debit,
                entry.balance,
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("t/1", false, false, 15),
            ("t/1", true, true, 12),
            ("r/2", true, false, 15),
            ("r/1", false, false, 10)
        ]
    );
    let overdrawn = Transaction::post("p/1", "test", at(0), vec![posting(&us, &cash(), 3)]);
    assert_eq!(post(&mut store, &[overdrawn])[0].code(), "overdraft");
    assert_sound(&mut store);
}

/// What a payee collects of several creators stands in accounts beside each other, whatever the creators are called.
pub fn earners_apart(fixture: &Fixture) {
    let mut store = fixture.open();
    let of = |earner: Option<&str>| {
        let stream = Stream::new("fund", Source::Us);
        let stream = match earner {
            Some(earner) => stream.earned_by(earner),
            None => stream,
        };
        Account::streamed(AccountKind::CreatorAvailable, "agency", usd(), stream)
    };
    let all = [None, Some("mira/us"), Some("the o'duo")].map(of);
    let pay = |account: &Account, key: &'static str, amount| {
        Transaction::post(key, "test", at(0), vec![posting(&cash(), account, amount)])
    };
    post(
        &mut store,
        &[pay(&all[2], "c", 3), pay(&all[0], "a", 1), pay(&all[1], "b", 2)],
    );
    let filter = AccountFilter::in_asset(AccountKind::CreatorAvailable, "agency", usd());
    let listed = store.read(|tx| tx.accounts(&filter)).unwrap();
    let listed: Vec<_> = listed.into_iter().map(|state| state.account).collect();
    assert_eq!(listed, all);
    assert_eq!(
        all.each_ref().map(|account| posted(&mut store, account)),
        [1, 2, 3]
    );
    let stored = store.read(|tx| tx.transaction("c")).unwrap().unwrap();
    assert_eq!(stored.postings[0].credit, all[2]);
    assert_sound(&mut store);
}
