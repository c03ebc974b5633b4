//! Records: what every store must do.

use crate::fixture::*;
use store::{By, NewRecord, Store, StoreError};

pub fn record(kind: &str, id: &str, version: u64, body: &str) -> NewRecord {
    NewRecord {
        kind: kind.to_owned(),
        id: id.to_owned(),
        version,
        body: body.to_owned(),
        key: None,
    }
}

fn put(store: &mut Store, records: &[NewRecord]) -> Result<(), StoreError> {
    store.write(By::new("ann", "test"), at(10), |tx| tx.put(records))
}

pub fn records_keep_versions(fixture: &Fixture) {
    let mut store = fixture.open();
    put(
        &mut store,
        &[
            record("payee", "ann", 1, r#"{"a":1}"#),
            record("payee", "ann", 2, r#"{"a":2}"#),
        ],
    )
    .unwrap();
    put(&mut store, &[record("payee", "ann", 3, r#"{"a":3}"#)]).unwrap();
    let newest = store.read(|tx| tx.record("payee", "ann")).unwrap().unwrap();
    assert_eq!(
        (newest.version, &*newest.body, &*newest.author, newest.recorded),
        (3, r#"{"a":3}"#, "ann", at(10))
    );
    let versions = store.read(|tx| tx.record_versions("payee", "ann")).unwrap();
    assert_eq!(
        versions.iter().map(|record| record.version).collect::<Vec<_>>(),
        [1, 2, 3]
    );
    assert_eq!(store.read(|tx| tx.record("other", "ann")).unwrap(), None);
    // Several at once: the newest of each, and nothing of what is not there.
    put(
        &mut store,
        &[record("payee", "bob", 1, "{}"), record("payee", "cid", 1, "{}")],
    )
    .unwrap();
    let mut found = store
        .read(|tx| tx.records_of("payee", &["bob", "zoe", "ann"]))
        .unwrap();
    found.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(
        found
            .iter()
            .map(|record| (&*record.id, record.version))
            .collect::<Vec<_>>(),
        [("ann", 3), ("bob", 1)]
    );
    assert_eq!(store.read(|tx| tx.records_of("payee", &[])).unwrap(), []);
}

pub fn record_conflict(fixture: &Fixture) {
    let mut store = fixture.open();
    put(&mut store, &[record("payee", "ann", 1, "{}")]).unwrap();
    let error = put(
        &mut store,
        &[record("payee", "bob", 1, "{}"), record("payee", "ann", 1, "{}")],
    )
    .unwrap_err();
    assert!(matches!(error, StoreError::Conflict { .. }), "{error}");
    assert_eq!(store.read(|tx| tx.record("payee", "bob")).unwrap(), None);
}

pub fn records_by_prefix(fixture: &Fixture) {
    let mut store = fixture.open();
    let mut all: Vec<_> = (0..2_500)
        .map(|n| record("lot", &format!("v/{n:05}"), 1, "{}"))
        .collect();
    all.push(record("lot", "v/00007", 2, r#"{"new":true}"#));
    all.push(record("lot", "w", 1, "{}"));
    all.push(record("lot", "Ünlü", 1, "{}"));
    all.push(record("other", "v/1", 1, "{}"));
    put(&mut store, &all).unwrap();
    let found = store.read(|tx| tx.records("lot", "v/")).unwrap();
    assert_eq!(found.len(), 2_500);
    assert!(found.is_sorted_by(|a, b| a.id < b.id));
    assert_eq!(found[7].body, r#"{"new":true}"#);
    assert_eq!(store.read(|tx| tx.records("lot", "Ü")).unwrap().len(), 1);
    // One by one they are the same.
    for prefix in ["v/", "Ü", "", "x"] {
        let all = store.read(|tx| tx.records("lot", prefix)).unwrap();
        let each = store.read(|tx| tx.records_one_by_one("lot", prefix)).unwrap();
        let each: Vec<_> = each.into_iter().map(|(_, record)| record.unwrap()).collect();
        assert_eq!(each, all, "{prefix}");
    }
    assert_eq!(store.read(|tx| tx.records("lot", "")).unwrap().len(), 2_502);
}
