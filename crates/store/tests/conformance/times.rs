//! Recorded time: whose it is, and what is found when it was moved.

use crate::fixture::*;
use crate::records::record;
use jiff::{SignedDuration, Timestamp};
use store::{By, Recorded, Store, StoreError};

/// What is wrong with books that are recorded by the clock.
fn findings(store: &mut Store) -> Vec<String> {
    let checked = store.read::<_, StoreError>(|tx| tx.verify(|_| {}));
    words(&checked.unwrap())
}

fn post_by_clock(store: &mut Store, key: &str) -> Result<(), StoreError> {
    store.write(By::new("test", "test"), Recorded::ByClock, |tx| {
        tx.post(&[receipt(key, "ann", 1)]).map(drop)
    })
}

fn mend(store: &mut Store) -> Result<bool, StoreError> {
    store.mend_clock("test", "the battery was empty")
}

pub fn recorded_time_does_not_go_back(fixture: &Fixture) {
    let recorded = |key: &str| {
        let stored = fixture.open().read(|tx| tx.transaction(key)).unwrap();
        stored.unwrap().recorded
    };
    post_at(&mut fixture.open(), 50, &[receipt("r/1", "ann", 1)]);
    post_at(&mut fixture.open(), 20, &[receipt("r/2", "ann", 1)]);
    post_at(&mut fixture.open(), 60, &[receipt("r/3", "ann", 1)]);
    assert_eq!(
        [recorded("r/1"), recorded("r/2"), recorded("r/3")],
        [at(50), at(50), at(60)]
    );
}

/// Recorded by the clock; after a transaction of a clock that was wrong nothing is, until that is said.
pub fn time_is_the_clocks(fixture: &Fixture) {
    let mut store = fixture.open();
    let recorded = |store: &mut Store| store.read(|tx| tx.head()).unwrap().change.recorded.unwrap();
    let before = Timestamp::now();
    post_by_clock(&mut store, "r/1").unwrap();
    let is_now = recorded(&mut store).duration_since(before).abs() < SignedDuration::from_secs(60);
    assert!(is_now, "{} instead of {before}", recorded(&mut store));
    assert!(!mend(&mut store).unwrap());
    // So far clocks may differ.
    let near = Timestamp::now() + SignedDuration::from_mins(5);
    store
        .write(By::new("test", "test"), near, |tx| {
            tx.post(&[receipt("r/2", "ann", 1)])
        })
        .unwrap();
    post_by_clock(&mut store, "r/3").unwrap();
    assert_eq!(recorded(&mut store).as_millisecond(), near.as_millisecond());
    let ahead = Timestamp::now() + SignedDuration::from_hours(24 * 365);
    store
        .write(By::new("test", "test"), ahead, |tx| {
            tx.post(&[receipt("r/4", "ann", 1)])
        })
        .unwrap();
    let refused = post_by_clock(&mut store, "r/5");
    assert!(
        matches!(refused, Err(StoreError::ClockBehind { .. })),
        "{refused:?}"
    );
    assert!(mend(&mut store).unwrap());
    post_by_clock(&mut store, "r/5").unwrap();
    post_by_clock(&mut store, "r/6").unwrap();
    assert!(recorded(&mut store) < ahead);
    assert!(!mend(&mut store).unwrap());
    assert_eq!(findings(&mut store), Vec::<String>::new());
}

/// The same of records.
pub fn records_of_a_wrong_clock_are_mended(fixture: &Fixture) {
    let mut store = fixture.open();
    let put = |store: &mut Store, recorded: Recorded, id: &str| {
        let records = [record("payee", id, 1, "{}")];
        store.write::<_, StoreError>(By::new("test", "test"), recorded, |tx| tx.put(&records))
    };
    let ahead = Timestamp::now() + SignedDuration::from_hours(24 * 365);
    put(&mut store, Recorded::ByClock, "a").unwrap();
    post_by_clock(&mut store, "r/1").unwrap();
    put(&mut store, ahead.into(), "b").unwrap();
    let refused = put(&mut store, Recorded::ByClock, "c");
    assert!(
        matches!(refused, Err(StoreError::ClockBehind { .. })),
        "{refused:?}"
    );
    let refused = post_by_clock(&mut store, "r/2");
    assert!(
        matches!(refused, Err(StoreError::ClockBehind { .. })),
        "{refused:?}"
    );
    assert!(mend(&mut store).unwrap());
    put(&mut store, Recorded::ByClock, "c").unwrap();
    post_by_clock(&mut store, "r/3").unwrap();
    assert!(!mend(&mut store).unwrap());
    assert_eq!(findings(&mut store), Vec::<String>::new());
}

/// All that a change wrote was recorded when it was, and its time is in its link.
pub fn moved_times_are_found() {
    let unlocked = "DROP TRIGGER ledger_transaction_is_fixed; DROP TRIGGER change_is_fixed; DROP TRIGGER record_is_fixed;";
    for (attack, expected) in [
        (
            "UPDATE ledger_transaction SET recorded_ms = recorded_ms + 1",
            "transaction 1: it says that it was recorded at",
        ),
        (
            "UPDATE record SET recorded_ms = recorded_ms - 1 WHERE id = 'p2'",
            "payee `p2` version 1: it says that it was recorded at",
        ),
        (
            "UPDATE ledger_transaction SET recorded_ms = recorded_ms - 1 WHERE number = 2;
             UPDATE change SET recorded_ms = recorded_ms - 1 WHERE number = 2",
            "it does not follow from the one before",
        ),
    ] {
        let fixture = Fixture::new(Kind::Sqlite);
        let mut store = fixture.open();
        for round in 1..=3 {
            store
                .write::<_, StoreError>(By::new("test", "test"), Recorded::ByClock, |tx| {
                    tx.post(&[receipt(&format!("r/{round}"), "ann", 1)])?;
                    tx.put(&[record("payee", &format!("p{round}"), 1, "{}")])
                })
                .unwrap();
        }
        assert_eq!(findings(&mut store), Vec::<String>::new());
        drop(store);
        let connection = rusqlite::Connection::open(fixture.url()).unwrap();
        connection.execute_batch(&format!("{unlocked} {attack}")).unwrap();
        let found = findings(&mut fixture.open()).join("\n");
        assert!(found.contains(expected), "{attack}: {found}");
    }
}
