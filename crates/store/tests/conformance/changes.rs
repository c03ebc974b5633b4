//! Changes, what is found of them, and the head of the books.

use crate::fixture::*;
use crate::records::record;
use ledger::{Action, Transaction};
use store::{By, Checked, KeptHead, Key, NewRecord, Store, StoreError};

fn put(store: &mut Store, records: &[NewRecord]) {
    store
        .write::<_, StoreError>(By::new("ann", "test"), at(10), |tx| tx.put(records))
        .unwrap();
}

pub fn verify(store: &mut Store, kept: Option<&KeptHead>) -> Checked {
    store
        .read::<_, StoreError>(|tx| tx.verify_against(kept, |_| {}))
        .unwrap()
}

/// More than a page of records in one go, then transactions and records by turns, and both at once.
pub fn changes_say_what_was_written(fixture: &Fixture) {
    let mut store = fixture.open();
    let many: Vec<_> = (0..1_500)
        .map(|n| record("lot", &format!("{n:05}"), 1, "{}"))
        .collect();
    put(&mut store, &many);
    post(&mut store, &[receipt("r/1", "ann", 5), receipt("r/2", "ann", 5)]);
    store
        .write::<_, StoreError>(By::new("bob", "payee import"), at(12), |tx| {
            tx.put(&[record("payee", "ann", 1, "{}")])?;
            tx.post(&[receipt("r/3", "ann", 5)])?;
            tx.put(&[record("payee", "ann", 2, r#"{"a":1}"#)])
        })
        .unwrap();
    let checked = verify(&mut store, None);
    assert_eq!(
        (checked.records, checked.changes, words(&checked)),
        (1_502, 3, vec![])
    );
    let kept = checked.head.unwrap();
    assert_eq!(kept.changes, 3);
    let last = store.read(|tx| tx.change(3)).unwrap().unwrap();
    let said = (&*last.actor, &*last.command, last.recorded, last.transactions);
    assert_eq!(said, ("bob", "payee import", at(12), 3));
    let named: Vec<String> = last.records.iter().map(ToString::to_string).collect();
    assert_eq!(named, ["payee `ann` version 1", "payee `ann` version 2"]);
    let written = store.read(|tx| tx.record("payee", "ann")).unwrap().unwrap();
    assert_eq!(written.change, 3);
    let newest: Vec<u64> = store
        .read(|tx| tx.changes_before(u64::MAX, 2))
        .unwrap()
        .iter()
        .map(|change| change.number)
        .collect();
    assert_eq!(newest, [3, 2]);
    assert_eq!(store.read(|tx| tx.change(u64::MAX)).unwrap(), None);
    // What is added later leaves a kept head true, whichever handle adds it.
    let mut other = fixture.open();
    post(&mut other, &[receipt("r/4", "ann", 5)]);
    put(&mut other, &[record("payee", "bob", 1, "{}")]);
    put(&mut store, &[record("payee", "cid", 1, "{}")]);
    let later = verify(&mut store, Some(&kept));
    assert_eq!(words(&later), Vec::<String>::new());
    assert_ne!(later.head, Some(kept));
    // A failed closure leaves no change behind, and neither does one that writes nothing or what is there.
    let failed = store.write(By::new("ann", "test"), at(13), |tx| {
        tx.put(&[record("payee", "dan", 1, "{}")])?;
        Err::<(), _>(StoreError::Injected)
    });
    assert!(failed.is_err());
    post(&mut store, &[receipt("r/4", "ann", 5)]);
    put(&mut store, &[]);
    assert_eq!(verify(&mut store, None).head, later.head);
    put(&mut store, &[record("payee", "eve", 1, "{}")]);
    assert_eq!(
        words(&verify(&mut store, later.head.as_ref())),
        Vec::<String>::new()
    );
}

pub fn other_books_have_another_head(fixture: &Fixture) {
    let mut store = fixture.open();
    post(&mut store, &[receipt("r/1", "ann", 5)]);
    put(&mut store, &[record("payee", "bob", 1, "{}")]);
    let kept = verify(&mut store, None).head.unwrap();
    for (changes, expected) in [
        (1, "the first 1 changes are not those"),
        (2, "the first 2 changes are not those"),
        (7, "had 7 changes when the head was kept, and end with 2 now"),
    ] {
        let other = KeptHead {
            changes,
            hash: [1; 16],
        };
        let found = words(&verify(&mut store, Some(&other)));
        assert!(found.len() == 1 && found[0].contains(expected), "{found:?}");
    }
    assert_eq!(words(&verify(&mut store, Some(&kept))), Vec::<String>::new());
}

/// Somebody who may write to the database file, and drops the triggers first.
const UNLOCKED: &str =
    "DROP TRIGGER record_is_kept; DROP TRIGGER record_is_fixed; DROP TRIGGER record_is_new;
    DROP TRIGGER change_is_kept; DROP TRIGGER change_is_fixed; DROP TRIGGER change_is_new; DROP TRIGGER ledger_transaction_is_kept;";
/// Takes the last transaction out, with all that it left.
const CUT: &str =
    "DELETE FROM ledger_transaction WHERE number = 2; DELETE FROM ledger_key WHERE transaction_number = 2;
    UPDATE ledger_balance SET debits = 5, credits = 0, last_transaction = 1 WHERE account = 1;
    UPDATE ledger_balance SET credits = 5, last_transaction = 1 WHERE account = 2;";

/// What is done to the books, and what is said of it without a kept head and with one.
const ATTACKS: &[(&str, &str, &str)] = &[
    (
        "DELETE FROM record WHERE id = 'b' AND version = 2",
        "batch `b` version 2: change 3 (`test` by ann, 2026-09-21T14:13:30Z) wrote it, and it is gone",
        "",
    ),
    (
        "DELETE FROM record WHERE id = 'b' AND version = 2; DELETE FROM change WHERE number = 3",
        "change 3 is missing before it",
        "",
    ),
    (
        "DELETE FROM record WHERE kind = 'payee'",
        "payee `p` version 1: change 4 (`test` by ann, 2026-09-21T14:13:30Z) wrote it, and it is gone",
        "",
    ),
    (
        "DELETE FROM record WHERE kind = 'batch' OR kind = 'period'; DELETE FROM change WHERE number IN (2, 3)",
        "changes 2 to 3 are missing before it",
        "",
    ),
    (
        "INSERT INTO record SELECT kind, 'c', 1, body, author, recorded_ms, change, digest, key FROM record WHERE id = 'b' AND version = 1",
        "batch `c` version 1: it is not in the change that it names: it was put in by hand",
        "",
    ),
    (
        "INSERT INTO record SELECT kind, 'c', 1, body, author, recorded_ms, 0, digest, key FROM record WHERE id = 'b' AND version = 1",
        "batch `c` version 1: it is not in the change that it names: it was put in by hand",
        "",
    ),
    (
        "INSERT INTO record SELECT kind, 'c', 1, body, author, recorded_ms, 99, digest, key FROM record WHERE id = 'b' AND version = 1",
        "batch `c` version 1: it is not in the change that it names: it was put in by hand",
        "",
    ),
    (
        "UPDATE change SET number = -2 WHERE number = 2; UPDATE change SET number = 2 WHERE number = 3;
         UPDATE change SET number = 3 WHERE number = -2",
        "change 2 (`test` by ann, 2026-09-21T14:13:30Z): it does not follow from the one before",
        "",
    ),
    (
        "UPDATE change SET actor = 'bob' WHERE number = 6",
        "change 6 (`test` by bob, 2026-09-21T14:13:30Z): it does not follow from the one before",
        "",
    ),
    (
        "UPDATE change SET way = 'api' WHERE number = 6",
        "change 6 (`test` by ann, 2026-09-21T14:13:30Z): it does not follow from the one before",
        "",
    ),
    (
        "UPDATE change SET key = 'k', request = zeroblob(32) WHERE number = 6",
        "change 6 (`test` by ann, 2026-09-21T14:13:30Z): it does not follow from the one before",
        "",
    ),
    (
        "UPDATE record SET digest = x'00' WHERE id = 'p'",
        "change 4 (`test` by ann, 2026-09-21T14:13:30Z): what it wrote is not what is there",
        "",
    ),
    (
        CUT,
        "change 5 (`test` by test, 2026-09-21T14:13:30Z): it was made when the last transaction was 2, and that is 1 now: transactions are missing at the end",
        "",
    ),
    (
        "INSERT INTO ledger_transaction SELECT 3, 'r/3', action, linked, cause, detail, effective_ms, recorded_ms, expires_ms, body, postings
         FROM ledger_transaction WHERE number = 2",
        "transaction 3: no change wrote it: it was put in by hand",
        "",
    ),
    (
        "INSERT INTO ledger_transaction SELECT 0, 'r/0', action, linked, cause, detail, effective_ms, recorded_ms, expires_ms, body, postings
         FROM ledger_transaction WHERE number = 2",
        "transactions: there are 3, and the books have 2: some lead to none",
        "",
    ),
    (
        "INSERT INTO change SELECT -3, actor, way, command, key, request, recorded_ms, transactions, records, digest, link FROM change WHERE number = 6;",
        "changes: there are 7, and the books have 6: some lead to none",
        "",
    ),
    (
        "INSERT INTO record SELECT '', '', 0, body, author, recorded_ms, 0, digest, key FROM record WHERE id = 'q'",
        "records: there are 6, and the books have 5: some lead to none",
        "",
    ),
    // The end with all that it wrote: only a kept head says that there was more.
    (
        "DELETE FROM record WHERE id = 'q'; DELETE FROM change WHERE number = 6",
        "",
        "the books had 6 changes when the head was kept, and end with 5 now",
    ),
];

pub fn what_was_cut_is_found() {
    for (attack, alone, with_head) in ATTACKS {
        let fixture = Fixture::new(Kind::Sqlite);
        let mut store = fixture.open();
        post(&mut store, &[receipt("r/1", "ann", 5)]);
        put(&mut store, &[record("period", "x", 1, "{}")]);
        put(
            &mut store,
            &[record("batch", "b", 1, "{}"), record("batch", "b", 2, "{}")],
        );
        put(&mut store, &[record("payee", "p", 1, "{}")]);
        post(&mut store, &[receipt("r/2", "ann", 5)]);
        put(&mut store, &[record("payee", "q", 1, "{}")]);
        let kept = verify(&mut store, None);
        assert_eq!(words(&kept), Vec::<String>::new());
        drop(store);
        let connection = rusqlite::Connection::open(fixture.url()).unwrap();
        connection.execute_batch(&format!("{UNLOCKED} {attack}")).unwrap();
        let mut store = fixture.open();
        for (head, expected) in [(None, alone), (kept.head.as_ref(), with_head)] {
            let found = words(&verify(&mut store, head)).join("\n");
            assert!(found.contains(expected), "{attack}: {found}");
        }
        // Nothing is written behind an end that is not the one that was left.
        let is_cut = *attack == CUT;
        let written = store.write::<_, StoreError>(By::new("ann", "test"), at(20), |_| Ok(()));
        assert_eq!(
            matches!(written, Err(StoreError::Damaged { .. })),
            is_cut || attack.contains("'r/3'"),
            "{attack}"
        );
        let is_found_alone = !words(&verify(&mut store, None)).is_empty();
        assert_eq!(is_found_alone, !alone.is_empty(), "{attack}");
    }
}

/// Whoever may only add rows adds one of a transaction to come: it is found, and what comes says so.
pub fn a_posting_of_no_transaction_is_found(fixture: &Fixture, execute: impl Fn(&str)) {
    let mut store = fixture.open();
    post(&mut store, &[receipt("r/1", "ann", 5)]);
    assert_eq!(words(&verify(&mut store, None)), Vec::<String>::new());
    execute(
        "INSERT INTO ledger_posting SELECT 2, 0, debit, credit, amount, 1, 1, reference FROM ledger_posting",
    );
    let found = words(&verify(&mut store, None)).join("\n");
    assert!(
        found.contains("postings: there are 2, and the books have 1"),
        "{found}"
    );
    let refused = store.write::<_, StoreError>(By::new("ann", "test"), at(20), |tx| {
        tx.post(&[receipt("r/2", "ann", 5)])
    });
    assert!(matches!(refused, Err(StoreError::Damaged { .. })), "{refused:?}");
}

/// What cannot be read is named, and the rest is checked all the same.
pub fn what_cannot_be_read_is_found() {
    let unlocked =
        format!("{UNLOCKED} DROP TRIGGER ledger_transaction_is_fixed; DROP TRIGGER ledger_account_is_fixed;");
    let also = "UPDATE ledger_balance SET credits = credits + 1 WHERE credits > 0;";
    for (attack, expected) in [
        (
            "UPDATE ledger_transaction SET recorded_ms = 9000000000000000000 WHERE number = 2",
            "transaction 2: it cannot be read",
        ),
        (
            "UPDATE ledger_transaction SET postings = '[[' WHERE number = 4",
            "transaction 4: it cannot be read",
        ),
        (
            "UPDATE ledger_transaction SET cause = CAST(x'ff' AS TEXT) WHERE number = 1",
            "transaction 1: it cannot be read",
        ),
        (
            "UPDATE record SET body = CAST(x'ff' AS TEXT) WHERE id = 'p'",
            "payee `p` version 1: it cannot be read",
        ),
        (
            "UPDATE record SET recorded_ms = -9000000000000000000 WHERE id = 'b' AND version = 1",
            "batch `b` version 1: it cannot be read",
        ),
        (
            "UPDATE change SET number = -3 WHERE number = 1",
            "change 1 is missing before it",
        ),
        (
            "UPDATE change SET actor = CAST(x'ff' AS TEXT) WHERE number = 2",
            "changes: not all of them can be read",
        ),
    ] {
        let fixture = Fixture::new(Kind::Sqlite);
        let mut store = fixture.open();
        for round in 1..=4 {
            let owner = format!("ann{round}");
            post(&mut store, &[receipt(&format!("r/{round}"), &owner, 5)]);
        }
        let batch = [record("batch", "b", 1, "{}"), record("batch", "b", 2, "{}")];
        put(&mut store, &batch);
        put(&mut store, &[record("payee", "p", 1, "{}")]);
        assert_eq!(words(&verify(&mut store, None)), Vec::<String>::new());
        drop(store);
        let connection = rusqlite::Connection::open(fixture.url()).unwrap();
        connection
            .execute_batch(&format!("{unlocked} {attack}; {also}"))
            .unwrap();
        drop(connection);
        let checked = verify(&mut fixture.open(), None);
        let found = words(&checked).join("\n");
        assert!(found.contains(expected), "{attack}: {found}");
        // What lies behind it is looked at, and nothing is said to be missing that cannot be read.
        assert!(found.contains("sums are"), "{attack}: {found}");
        assert!(!found.contains("was expected"), "{attack}: {found}");
        assert_eq!((checked.transactions, checked.records), (4, 3), "{attack}");
    }
}

/// An account that cannot be read leaves its transactions unread, and balances uncompared.
pub fn an_account_that_cannot_be_read_is_found() {
    let fixture = Fixture::new(Kind::Sqlite);
    let mut store = fixture.open();
    for round in 1..=3 {
        let owner = format!("ann{round}");
        post(&mut store, &[receipt(&format!("r/{round}"), &owner, 5)]);
    }
    put(&mut store, &[record("payee", "p", 1, "{}")]);
    drop(store);
    let connection = rusqlite::Connection::open(fixture.url()).unwrap();
    let attack = "DROP TRIGGER ledger_account_is_fixed; DROP TRIGGER record_is_fixed;
        UPDATE ledger_account SET kind = 'nonsense' WHERE owner = 'ann2'; UPDATE record SET body = '[]'";
    connection.execute_batch(attack).unwrap();
    let found = words(&verify(&mut fixture.open(), None)).join("\n");
    for expected in [
        "transaction 2: it cannot be read",
        "accounts: not all of them can be read",
        "payee `p` version 1: it is not what it was",
    ] {
        assert!(found.contains(expected), "{found}");
    }
    // One that is gone is not taken for a database that does not answer.
    let attack =
        "DROP TRIGGER ledger_account_is_kept; DELETE FROM ledger_account WHERE owner IN ('ann2', 'ann3')";
    connection.execute_batch(attack).unwrap();
    let found = words(&verify(&mut fixture.open(), None)).join("\n");
    for expected in [
        "transaction 2: it cannot be read",
        "transaction 3: it cannot be read",
        "account 4, which it names, is gone",
        "payee `p` version 1: it is not what it was",
    ] {
        assert!(found.contains(expected), "{found}");
    }
}

/// A command is done once under its key, by whichever handle; the key is its actor's, and stands for one request.
pub fn a_key_is_used_once(fixture: &Fixture) {
    let asked = |actor, command, request: u8| {
        let request = [request; 32];
        By::new(actor, command)
            .way("cli")
            .once(Some(Key { key: "k", request }))
    };
    let hold = |store: &mut Store, by: By<'_>, id: &str| {
        store.write::<_, StoreError>(by, at(10), |tx| tx.put(&[record("payee", id, 1, "{}")]))
    };
    let mut store = fixture.open();
    // What fails or writes nothing uses no key.
    let failed =
        store.write::<(), StoreError>(asked("ann", "hold", 1), at(10), |_| Err(StoreError::Injected));
    assert!(matches!(failed, Err(StoreError::Injected)));
    store
        .write::<_, StoreError>(asked("ann", "hold", 1), at(10), |_| Ok(()))
        .unwrap();
    hold(&mut store, asked("ann", "hold", 1), "a").unwrap();
    let mut other = fixture.open();
    for store in [&mut store, &mut other] {
        let repeated = hold(store, asked("ann", "hold", 1), "b");
        let Err(StoreError::Repeated(change)) = repeated else {
            panic!("{repeated:?}")
        };
        let keyed = change.keyed.as_ref().map(|keyed| (&*keyed.key, keyed.request));
        assert_eq!(
            (change.number, &*change.way, keyed),
            (1, "cli", Some(("k", [1; 32])))
        );
        assert_eq!(change.records[0].to_string(), "payee `a` version 1");
        for by in [asked("ann", "hold", 2), asked("ann", "unhold", 1)] {
            assert!(matches!(hold(store, by, "b"), Err(StoreError::KeyOfAnother(_))));
        }
        let found = store.read(|tx| tx.must_be_new(asked("ann", "hold", 1)));
        assert!(matches!(found, Err(StoreError::Repeated(_))));
    }
    hold(&mut store, asked("bob", "hold", 1), "b").unwrap();
    hold(&mut store, By::new("ann", "hold"), "c").unwrap();
    assert_eq!(words(&verify(&mut store, None)), Vec::<String>::new());
}

pub fn settled_reversed_and_voided(store: &mut Store) {
    let reserve = |key: &str, amount| Transaction {
        action: Action::Reserve { expires: None },
        ..payment(key, "ann", amount)
    };
    post(
        store,
        &[
            receipt("r/1", "ann", 70),
            receipt("r/2", "bob", 10),
            reserve("p/1", 30),
        ],
    );
    post(
        store,
        &[action(
            "p/1/settle",
            Action::Settle {
                pending: "p/1".into(),
            },
        )],
    );
    post(
        store,
        &[action("r/2/reverse", Action::Reverse { of: "r/2".into() })],
    );
    post(store, &[reserve("p/2", 5)]);
    post(
        store,
        &[action(
            "p/2/void",
            Action::Void {
                pending: "p/2".into(),
            },
        )],
    );
}

/// What settles or reverses has copies of postings, which no hash of its own knows: one that was altered, with all sums made to fit, is
/// found. `execute` runs SQL; `edit` says how a column of the only posting of a transaction is changed there.
pub fn a_copy_that_was_altered_is_found(
    fixture: &Fixture,
    execute: impl Fn(&str),
    edit: impl Fn(u64, &str, &str) -> String,
) {
    let mut store = fixture.open();
    settled_reversed_and_voided(&mut store);
    assert_eq!(words(&verify(&mut store, None)), Vec::<String>::new());
    // Cash is the first account, ann's the second, bob's the third.
    let sums = |debit: u32, credit: u32, by: i32| {
        format!(
            "UPDATE ledger_balance SET debits = debits + {by} WHERE account = {debit};
             UPDATE ledger_balance SET credits = credits + {by} WHERE account = {credit};"
        )
    };
    let altered = [
        (
            edit(4, "amount", "29") + &sums(2, 1, -1),
            edit(4, "amount", "30") + &sums(2, 1, 1),
            "transaction 4: its postings are not those of transaction 3",
        ),
        (
            edit(5, "amount", "9") + &sums(3, 1, -1),
            edit(5, "amount", "10") + &sums(3, 1, 1),
            "transaction 5: its postings are not those of transaction 2",
        ),
        (
            edit(4, "reference", "'x'"),
            edit(4, "reference", "NULL"),
            "transaction 4: its postings are not those of transaction 3",
        ),
    ];
    for (attack, back, expected) in altered {
        execute(&attack);
        // Whoever makes sums fit can make their checksums fit as well.
        let found = words(&verify(&mut fixture.open(), None));
        let found: Vec<_> = found.iter().filter(|words| !words.contains("checksum")).collect();
        assert!(
            found.len() == 1 && found[0].contains(expected),
            "{attack}: {found:?}"
        );
        execute(&back);
        assert_eq!(
            words(&verify(&mut fixture.open(), None)),
            Vec::<String>::new(),
            "{back}"
        );
    }
}
