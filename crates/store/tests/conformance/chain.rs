//! The chain of records and the head of the books.

use crate::fixture::*;
use crate::records::record;
use store::{BooksHead, Checked, NewRecord, Recorded, Store, StoreError};

fn put(store: &mut Store, records: &[NewRecord]) {
    store
        .write::<_, StoreError>("ann", at(10), |tx| tx.put(records))
        .unwrap();
}

fn verify(store: &mut Store, kept: Option<&BooksHead>) -> Checked {
    store
        .read::<_, StoreError>(|tx| tx.verify_against(kept, Recorded::At(at(0)), |_| {}))
        .unwrap()
}

/// More than a page of records in one go, then transactions and records by turns.
pub fn records_are_chained(fixture: &Fixture) {
    let mut store = fixture.open();
    let many: Vec<_> = (0..1_500)
        .map(|n| record("lot", &format!("{n:05}"), 1, "{}"))
        .collect();
    put(&mut store, &many);
    post(&mut store, &[receipt("r/1", "ann", 5)]);
    put(
        &mut store,
        &[
            record("payee", "ann", 1, "{}"),
            record("payee", "ann", 2, r#"{"a":1}"#),
        ],
    );
    let checked = verify(&mut store, None);
    assert_eq!((checked.records, words(&checked)), (1_502, vec![]));
    let kept = checked.head.unwrap();
    assert_eq!((kept.transactions.0, kept.records.0), (1, 1_502));
    // What is added later leaves a kept head true, whichever handle adds it.
    let mut other = fixture.open();
    post(&mut other, &[receipt("r/2", "ann", 5)]);
    put(&mut other, &[record("payee", "bob", 1, "{}")]);
    put(&mut store, &[record("payee", "cid", 1, "{}")]);
    let later = verify(&mut store, Some(&kept));
    assert_eq!(words(&later), Vec::<String>::new());
    assert_ne!(later.head, Some(kept));
    // A failed closure leaves no link behind.
    let failed = store.write("ann", at(11), |tx| {
        tx.put(&[record("payee", "dan", 1, "{}")])?;
        Err::<(), _>(StoreError::Injected)
    });
    assert!(failed.is_err());
    put(&mut store, &[record("payee", "eve", 1, "{}")]);
    assert_eq!(
        words(&verify(&mut store, later.head.as_ref())),
        Vec::<String>::new()
    );
}

pub fn other_books_have_another_head(fixture: &Fixture) {
    let mut store = fixture.open();
    post(&mut store, &[receipt("r/1", "ann", 5)]);
    put(
        &mut store,
        &[record("payee", "bob", 1, "{}"), record("payee", "ann", 1, "{}")],
    );
    let kept = verify(&mut store, None).head.unwrap();
    let mut same = BooksHead {
        transactions: (kept.transactions.0, [1; 16]),
        ..kept
    };
    let found = words(&verify(&mut store, Some(&same)));
    assert!(
        found[0].contains("the first 1 transactions are not those"),
        "{found:?}"
    );
    same = BooksHead {
        records: (2, [1; 16]),
        ..kept
    };
    let found = words(&verify(&mut store, Some(&same)));
    assert!(
        found[0].contains("the first 2 records are not those"),
        "{found:?}"
    );
    same = BooksHead {
        transactions: (7, [1; 16]),
        records: (9, [1; 16]),
    };
    let found = words(&verify(&mut store, Some(&same))).join("\n");
    for part in [
        "had 7 transactions",
        "end with 1 now",
        "had 9 records",
        "end with 2 now",
    ] {
        assert!(found.contains(part), "{part}: {found}");
    }
}

/// Somebody who may write to the database file, and drops the triggers first.
const UNLOCKED: &str = "DROP TRIGGER record_is_kept; DROP TRIGGER record_is_fixed; DROP TRIGGER record_is_new;
    DROP TRIGGER record_link_is_kept; DROP TRIGGER record_link_is_fixed; DROP TRIGGER ledger_transaction_is_kept;";

/// What is done to the books, and what is said of it without a kept head and with one.
const ATTACKS: &[(&str, &str, &str)] = &[
    (
        "DELETE FROM record WHERE id = 'b' AND version = 2",
        "batch `b` version 2: it was written as record number 3, and is gone",
        "",
    ),
    (
        "DELETE FROM record WHERE id = 'b' AND version = 2; DELETE FROM record_link WHERE number = 3",
        "payee `p` version 1: it is number 4, and record number 3 is missing before it",
        "",
    ),
    (
        "DELETE FROM record WHERE kind = 'payee'",
        "payee `p` version 1: it was written as record number 4, and is gone",
        "",
    ),
    (
        "DELETE FROM record WHERE kind = 'batch'; DELETE FROM record_link WHERE kind = 'batch'",
        "records number 2 to 3 are missing",
        "",
    ),
    (
        "INSERT INTO record SELECT kind, 'c', 1, body, author, recorded_ms, digest FROM record WHERE id = 'b' AND version = 1",
        "batch `c` version 1: it is not in the chain of records: it was put in by hand",
        "",
    ),
    (
        "UPDATE record_link SET number = -2 WHERE number = 2; UPDATE record_link SET number = 2 WHERE number = 3;
         UPDATE record_link SET number = 3 WHERE number = -2",
        "its link, number 2, does not follow from the one before",
        "",
    ),
    (
        "UPDATE record SET digest = x'00' WHERE id = 'p'",
        "its link, number 4, does not follow",
        "",
    ),
    (
        "DELETE FROM ledger_transaction WHERE number = 2; DELETE FROM ledger_key WHERE transaction_number = 2;
         UPDATE ledger_balance SET debits = 5, credits = 0, last_transaction = 1 WHERE account = 1;
         UPDATE ledger_balance SET credits = 5, last_transaction = 1 WHERE account = 2",
        "payee `q` version 1: it was written after transaction 2, and the last one is 1: transactions are missing at the end",
        "the books had 2 transactions when the head was kept, and end with 1 now",
    ),
    // The end with its link: only a kept head says that there was more.
    (
        "DELETE FROM record WHERE id = 'q'; DELETE FROM record_link WHERE number = 5",
        "",
        "the books had 5 records when the head was kept, and end with 4 now",
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
        let is_found_alone = !verify(&mut store, None).findings.is_empty();
        assert_eq!(is_found_alone, !alone.is_empty(), "{attack}");
    }
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
            "UPDATE record_link SET number = -3 WHERE number = 1",
            "record number 1 is missing",
        ),
        (
            "UPDATE record_link SET kind = CAST(x'ff' AS TEXT) WHERE number = 2",
            "chain of records: not all of them can be read",
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

/// Books from before the chain get it when they are opened, by time, kind, id and version, and may be read as they are where
/// they may not be written.
pub fn older_books_get_a_chain() {
    let fixture = Fixture::new(Kind::Sqlite);
    let path = std::path::Path::new(fixture.url());
    {
        let mut store = fixture.open();
        put(
            &mut store,
            &[record("b", "2", 1, "{}"), record("a", "9", 1, "{}")],
        );
        store
            .write::<_, StoreError>("ann", at(5), |tx| {
                tx.put(&[record("c", "1", 1, "{}"), record("c", "1", 2, "{}")])
            })
            .unwrap();
    }
    let connection = rusqlite::Connection::open(path).unwrap();
    connection
        .execute_batch("DROP TABLE record_link; PRAGMA user_version = 3")
        .unwrap();
    drop(connection);
    let checked = verify(&mut fixture.open(), None);
    assert_eq!((checked.records, words(&checked)), (4, vec![]));
    let connection = rusqlite::Connection::open(path).unwrap();
    let order: String = connection
        .query_row(
            "SELECT group_concat(kind || id || version || transactions) FROM (SELECT * FROM record_link ORDER BY number)",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(order, "c110,c120,a910,b210");
}
