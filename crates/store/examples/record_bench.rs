//! Versions of records a second in SQLite, beside plain inserts of the same rows into the same table: what hashing and the chain
//! of records cost.
//!
//! ```sh
//! cargo run --release -p store --example record_bench
//! ```

use jiff::Timestamp;
use rusqlite::{Connection, params};
use std::path::Path;
use std::time::Instant;
use store::{By, NewRecord, Store, StoreError};

/// Versions of one database transaction, as when LIVE events are booked.
const GROUP: usize = 8_192;
/// Groups; each writes the next version of half of the records of the one before.
const GROUPS: usize = 24;
/// About as long as a wallet with one lot.
const BODY: &str = r#"{"lots":[{"purchase":"p-000000000","bought_at":"2026-09-20T10:00:00Z","channel":"web","country":"US","coins":20000,"price":"280.000000 USD","used":12000,"reclaimed":0,"returned":0,"frozen":0}],"deficit":0}"#;

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let groups: Vec<Vec<NewRecord>> = (0..GROUPS).map(group).collect();
    let versions = (GROUP * GROUPS) as f64;
    let (mut linked, mut plain) = (f64::MAX, f64::MAX);
    for round in 0..3 {
        let path = |what: &str| folder.path().join(format!("{what}-{round}.sqlite"));
        linked = linked.min(with_chain(&path("chain"), &groups));
        plain = plain.min(without(&path("plain"), &groups));
    }
    println!("with digests and chain {:>9.0} versions/s", versions / linked);
    println!("plain inserts          {:>9.0} versions/s", versions / plain);
    println!("ratio                  {:>9.2}", plain / linked);
}

fn group(number: usize) -> Vec<NewRecord> {
    let record = |at: usize| {
        let is_new = at.is_multiple_of(2);
        let serial = if is_new { number * GROUP + at } else { at };
        NewRecord {
            kind: "wallet".to_owned(),
            // Viewers come in no order.
            id: format!("{:016x}", (serial as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)),
            version: if is_new { 1 } else { number as u64 + 1 },
            body: BODY.to_owned(),
            key: None,
        }
    };
    (0..GROUP).map(record).collect()
}

fn with_chain(path: &Path, groups: &[Vec<NewRecord>]) -> f64 {
    let mut store = Store::open(&path.display().to_string()).expect("a store");
    let start = Instant::now();
    for group in groups {
        let written = store.write::<_, StoreError>(By::new("bench", "bench"), Timestamp::UNIX_EPOCH, |tx| {
            tx.put(group)
        });
        written.expect("records are written");
    }
    start.elapsed().as_secs_f64()
}

fn without(path: &Path, groups: &[Vec<NewRecord>]) -> f64 {
    drop(Store::open(&path.display().to_string()).expect("a store"));
    let mut connection = Connection::open(path).expect("a connection");
    let like_the_store = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -131072;
        PRAGMA wal_autocheckpoint = 65536; PRAGMA temp_store = MEMORY;";
    connection.execute_batch(like_the_store).expect("settings");
    let start = Instant::now();
    for group in groups {
        let tx = connection.transaction().expect("a transaction");
        {
            let sql = "INSERT INTO record (kind, id, version, body, author, recorded_ms, change, digest) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
            let mut insert = tx.prepare_cached(sql).expect("a statement");
            for record in group {
                let row = params![
                    record.kind,
                    record.id,
                    record.version as i64,
                    record.body,
                    "bench",
                    0,
                    1,
                    [7_u8; 32]
                ];
                insert.execute(row).expect("a row");
            }
        }
        tx.commit().expect("a commit");
    }
    start.elapsed().as_secs_f64()
}
