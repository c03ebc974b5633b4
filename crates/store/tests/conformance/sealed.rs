//! Records that are sealed: what every store must do.

use crate::changes::verify;
use crate::fixture::*;
use store::{By, NewRecord, Record, Store, StoreError, Tx};

fn sealed(id: &str, version: u64, body: &str, key: &str) -> NewRecord {
    NewRecord {
        kind: "payee".to_owned(),
        id: id.to_owned(),
        version,
        body: body.to_owned(),
        key: Some(key.to_owned()),
    }
}

fn write(store: &mut Store, run: impl FnOnce(&mut Tx<'_>) -> Result<(), StoreError>) {
    store.write(By::new("ann", "test"), at(10), run).unwrap();
}

/// Every way in which a record is read.
fn reads(tx: &mut Tx<'_>) -> Result<Vec<Record>, StoreError> {
    let mut all = vec![tx.record("payee", "ann")?.unwrap()];
    all.extend(tx.records_of("payee", &["ann"])?);
    all.extend(tx.records("payee", "ann")?);
    all.extend(tx.record_versions("payee", "ann")?.pop());
    all.extend(tx.record_at("payee", "ann", 2)?);
    for (_, record) in tx.records_one_by_one("payee", "ann")? {
        all.push(record?);
    }
    tx.each_record("payee", |_, record| {
        all.extend((record.id == "ann").then(|| record.clone()));
        Ok::<_, StoreError>(())
    })?;
    Ok(all)
}

/// A sealed record in books that have others.
pub fn another(store: &mut Store) {
    let written = store.write(By::new("ann", "test"), at(1_000), |tx| {
        tx.put(&[sealed("sealed", 1, "{}", "payee/sealed")])
    });
    written.unwrap();
}

fn two_payees(store: &mut Store) {
    write(store, |tx| {
        tx.put(&[
            sealed("ann", 1, r#"{"name":"Anna"}"#, "payee/ann"),
            sealed("bob", 1, r#"{"name":"Bob"}"#, "payee/bob"),
        ])
    });
    write(store, |tx| {
        tx.put(&[sealed("ann", 2, r#"{"name":"Anna Schmidt"}"#, "payee/ann")])
    });
}

pub fn sealed_until_the_key_is_destroyed(fixture: &Fixture) {
    let mut store = fixture.open();
    two_payees(&mut store);
    for record in store.read(reads).unwrap() {
        assert_eq!(record.body, r#"{"name":"Anna Schmidt"}"#);
        assert!(!record.is_erased());
    }
    let destroy = |tx: &mut Tx<'_>| tx.destroy_key("payee/ann", r#"{"reason":"asked"}"#.to_owned());
    // What is given up destroys nothing.
    let given_up = store.write(By::new("ann", "test"), at(11), |tx| {
        destroy(tx)?;
        Err::<(), _>(StoreError::Stopped)
    });
    assert!(matches!(given_up, Err(StoreError::Stopped)));
    assert_eq!(store.read(reads).unwrap().len(), 7);
    assert!(
        !store
            .read(|tx| tx.record("payee", "ann"))
            .unwrap()
            .unwrap()
            .is_erased()
    );
    write(&mut store, destroy);
    assert!(store.scrub().unwrap());
    let all = store.read(reads).unwrap();
    assert_eq!(all.len(), 7);
    assert!(all.iter().all(Record::is_erased), "{all:?}");
    let versions = store.read(|tx| tx.record_versions("payee", "ann")).unwrap();
    assert!(versions.iter().all(Record::is_erased), "{versions:?}");
    let bob = store.read(|tx| tx.record("payee", "bob")).unwrap().unwrap();
    assert_eq!((&*bob.body, bob.is_erased()), (r#"{"name":"Bob"}"#, false));
    // Nothing is sealed under it again, and it is destroyed once.
    let mut again = |run: &dyn Fn(&mut Tx<'_>) -> Result<(), StoreError>| {
        store.write(By::new("ann", "test"), at(12), |tx| run(tx))
    };
    let found = again(&|tx| tx.put(&[sealed("ann", 3, "{}", "payee/ann")]));
    assert!(matches!(found, Err(StoreError::KeyDestroyed { .. })), "{found:?}");
    let found = again(&destroy);
    assert!(matches!(found, Err(StoreError::Conflict { .. })), "{found:?}");
    assert_eq!(words(&verify(&mut store, None)), Vec::<String>::new());
}

/// Nothing of what is sealed, and of a destroyed key nothing, stands in the database's files.
pub fn nothing_can_be_read_in_files(
    fixture: &Fixture,
    key: impl Fn() -> Vec<u8>,
    files: impl Fn() -> Vec<u8>,
) {
    let mut store = fixture.open();
    two_payees(&mut store);
    let key = key();
    assert_eq!(key.len(), 32);
    let has = |needle: &[u8]| files().windows(needle.len()).any(|bytes| bytes == needle);
    assert!(has(&key));
    assert!(!has(b"Schmidt"));
    write(&mut store, |tx| {
        tx.destroy_key("payee/ann", r#"{"reason":"asked"}"#.to_owned())
    });
    assert!(store.scrub().unwrap());
    assert!(!has(&key));
}

/// Whoever changes what is sealed, takes a key out or puts one back is found out.
pub fn what_was_done_to_keys_is_found(fixture: &Fixture, execute: impl Fn(&str)) {
    two_payees(&mut fixture.open());
    let read = || fixture.open().read(|tx| tx.records("payee", ""));
    let ann = |words: &str| {
        let versions = [1, 2].map(|version| format!("payee `ann` version {version}: {words}"));
        versions.to_vec()
    };
    for (damage, back, found) in [
        (
            "CREATE TABLE kept AS SELECT * FROM sealing_key WHERE name = 'payee/ann';
             DELETE FROM sealing_key WHERE name = 'payee/ann'",
            "INSERT INTO sealing_key SELECT * FROM kept; DROP TABLE kept",
            "its key is gone, and nobody has destroyed it",
        ),
        (
            "CREATE TABLE kept AS SELECT * FROM sealing_key WHERE name = 'payee/ann';
             DELETE FROM sealing_key WHERE name = 'payee/ann';
             INSERT INTO sealing_key SELECT 'payee/ann', key FROM sealing_key WHERE name = 'payee/bob'",
            "DELETE FROM sealing_key WHERE name = 'payee/ann'; INSERT INTO sealing_key SELECT * FROM kept; DROP TABLE kept",
            "it cannot be opened with its key: one of both was changed",
        ),
    ] {
        execute(damage);
        let refused = read().unwrap_err();
        assert!(matches!(refused, StoreError::Damaged { .. }), "{refused}");
        assert_eq!(words(&verify(&mut fixture.open(), None)), ann(found));
        execute(back);
        assert_eq!(read().unwrap().len(), 2);
    }
    execute("CREATE TABLE kept AS SELECT * FROM sealing_key WHERE name = 'payee/ann'");
    write(&mut fixture.open(), |tx| {
        tx.destroy_key("payee/ann", r#"{"reason":"asked"}"#.to_owned())
    });
    execute("INSERT INTO sealing_key SELECT * FROM kept; DROP TABLE kept");
    let words = words(&verify(&mut fixture.open(), None));
    assert_eq!(
        words,
        [
            "sealing key `payee/ann`: it was destroyed, and it is there: what was sealed under it can be read again"
        ]
    );
}
