//! What a disk changed.

use crate::changes::{settled_reversed_and_voided, verify};
use crate::fixture::*;
use crate::records::record;
use store::{AccountFilter, By, StoreError, Tx};

/// What a disk has changed of sums, records or transactions is told when it is read, and decides nothing.
pub fn what_was_changed_on_the_disk_decides_nothing(fixture: &Fixture, execute: impl Fn(&str)) {
    let mut store = fixture.open();
    settled_reversed_and_voided(&mut store);
    store
        .write::<_, StoreError>(By::new("ann", "test"), at(10), |tx| {
            tx.put(&[record("lot", "p", 1, r#"{"amount":"100.00"}"#)])
        })
        .unwrap();
    let ann = held("ann");
    type Read<'r> = &'r dyn Fn(&mut Tx<'_>) -> Result<(), StoreError>;
    let record: Read<'_> = &|tx| tx.record("lot", "p").map(drop);
    let listed: Read<'_> = &|tx| tx.records("lot", "").map(drop);
    let one_by_one: Read<'_> = &|tx| {
        let mut lots = tx.records_one_by_one("lot", "")?;
        lots.pop().map_or(Ok(()), |(_, lot)| lot.map(drop))
    };
    let balance: Read<'_> = &|tx| tx.balance(&ann).map(drop);
    let accounts: Read<'_> = &|tx| tx.accounts(&AccountFilter::default()).map(drop);
    let walked: Read<'_> = &|tx| tx.entries(std::slice::from_ref(&ann), 100).map(drop);
    let by_key: Read<'_> = &|tx| tx.transaction("r/2").map(drop);
    let all: Read<'_> = &|tx| tx.must_have_all(&["other", "lot"]);
    let damages: [(&str, &str, &[Read<'_>]); 5] = [
        (
            "UPDATE record SET version = 7 WHERE kind = 'lot'",
            "UPDATE record SET version = 1 WHERE kind = 'lot'",
            &[all],
        ),
        (
            "UPDATE record SET body = '{\"amount\":\"500.00\"}' WHERE kind = 'lot'",
            "UPDATE record SET body = '{\"amount\":\"100.00\"}' WHERE kind = 'lot'",
            &[record, listed, one_by_one],
        ),
        (
            "UPDATE ledger_balance SET credits = credits + 8589934592",
            "UPDATE ledger_balance SET credits = credits - 8589934592",
            &[balance, accounts, walked],
        ),
        (
            "UPDATE ledger_account SET owner = 'anm' WHERE owner = 'ann'",
            "UPDATE ledger_account SET owner = 'ann' WHERE owner = 'anm'",
            &[accounts],
        ),
        (
            "UPDATE ledger_transaction SET cause = 'x' || cause",
            "UPDATE ledger_transaction SET cause = substr(cause, 2)",
            &[walked, by_key],
        ),
    ];
    for (damage, back, reads) in damages {
        for read in reads {
            assert!(fixture.open().read(|tx| read(tx)).is_ok(), "{damage}");
            execute(damage);
            let found = fixture.open().read(|tx| read(tx));
            assert!(
                matches!(found, Err(StoreError::Damaged { .. })),
                "{damage}: {found:?}"
            );
            assert!(!verify(&mut fixture.open(), None).findings.is_empty(), "{damage}");
            execute(back);
        }
    }
    assert_eq!(words(&verify(&mut fixture.open(), None)), Vec::<String>::new());
}

/// Triggers keep what is booked as it is: one that is gone, is off, does something else or was added is named. Each is done and undone.
pub fn a_changed_schema_is_found(fixture: &Fixture, execute: impl Fn(&str), changes: &[(&str, &str, &str)]) {
    settled_reversed_and_voided(&mut fixture.open());
    for (change, back, named) in changes {
        execute(change);
        let found = verify(&mut fixture.open(), None).findings;
        let found: Vec<(&str, &str)> = found.iter().map(|one| (&*one.place, &*one.what)).collect();
        assert_eq!(found, [(SCHEMA, *named)], "{change}");
        execute(back);
        assert!(verify(&mut fixture.open(), None).findings.is_empty(), "{change}");
    }
}

/// An index that does not lead to what is there is no absence: the file says so, wherever a bit of a name is another one.
pub fn a_name_that_leads_nowhere_is_found(fixture: &Fixture) {
    let mut store = fixture.open();
    settled_reversed_and_voided(&mut store);
    assert!(store.read(|tx| tx.must_be_whole()).is_ok());
    drop(store);
    let file = std::path::Path::new(fixture.url());
    let whole = std::fs::read(file).unwrap();
    let name = b"creator-withheldann";
    let places: Vec<usize> = (0..whole.len() - name.len())
        .filter(|at| whole[*at..].starts_with(name))
        .collect();
    assert!(places.len() >= 2, "in the table and in its index: {places:?}");
    for place in places {
        let mut damaged = whole.clone();
        damaged[place + name.len() - 1] ^= 1;
        std::fs::write(file, &damaged).unwrap();
        let found = fixture.open().read(|tx| tx.must_be_whole());
        assert!(
            matches!(found, Err(StoreError::Damaged { .. })),
            "{place}: {found:?}"
        );
        assert!(!verify(&mut fixture.open(), None).findings.is_empty(), "{place}");
    }
    std::fs::write(file, &whole).unwrap();
    assert_eq!(words(&verify(&mut fixture.open(), None)), Vec::<String>::new());
}
