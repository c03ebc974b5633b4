//! Records.

use super::client::{Client, Error};
use super::read::{number, time};
use super::write::int;
use crate::error::StoreError;
use crate::record::{NewRecord, Record};
use crate::stored::StoredVersion;
use jiff::Timestamp;
use tokio_postgres::Row;

const COLUMNS: &str = "kind, id, version, body, author, recorded_ms, change, digest, key";

pub(super) fn newest(client: &mut Client, kind: &str, id: &str) -> Result<Option<Row>, Error> {
    let sql =
        format!("SELECT {COLUMNS} FROM record WHERE kind = $1 AND id = $2 ORDER BY version DESC LIMIT 1");
    client.query_opt(&sql, &[&kind, &id])
}

pub(super) fn newest_of(client: &mut Client, kind: &str, ids: &[&str]) -> Result<Vec<Row>, Error> {
    let sql = format!(
        "SELECT DISTINCT ON (id) {COLUMNS} FROM record WHERE kind = $1 AND id = ANY($2) ORDER BY id, version DESC"
    );
    client.query(&sql, &[&kind, &ids])
}

pub(super) fn versions(client: &mut Client, kind: &str, id: &str) -> Result<Vec<Row>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM record WHERE kind = $1 AND id = $2 ORDER BY version");
    client.query(&sql, &[&kind, &id])
}

pub(super) fn page(
    client: &mut Client,
    kind: &str,
    prefix: &str,
    after: &str,
    limit: usize,
) -> Result<Vec<Row>, Error> {
    let sql = format!(
        "SELECT DISTINCT ON (id) {COLUMNS} FROM record WHERE kind = $1 AND id > $2 AND starts_with(id, $3) AND id >= $3
         ORDER BY id, version DESC LIMIT $4"
    );
    client.query(
        &sql,
        &[&kind, &after, &prefix, &i64::try_from(limit).unwrap_or(i64::MAX)],
    )
}

pub(super) fn all(
    client: &mut Client,
    (kind, id, version): (&str, &str, u64),
    limit: usize,
) -> Result<Vec<Row>, Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM record WHERE (kind, id, version) > ($1, $2, $3) ORDER BY kind, id, version LIMIT $4"
    );
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    client.query(&sql, &[&kind, &id, &int(version), &limit])
}

pub(super) fn put(
    client: &mut Client,
    new: &[NewRecord],
    change: u64,
    author: &str,
    recorded: Timestamp,
) -> Result<(), Error> {
    let texts = |text: fn(&NewRecord) -> &str| -> Vec<&str> { new.iter().map(text).collect() };
    let versions: Vec<i64> = new.iter().map(|record| int(record.version)).collect();
    let digests: Vec<Vec<u8>> = new
        .iter()
        .map(|new| new.digest(author, recorded).to_vec())
        .collect();
    let keys: Vec<Option<&str>> = new.iter().map(|new| new.key.as_deref()).collect();
    client.execute(
        "INSERT INTO record (kind, id, version, body, author, recorded_ms, change, digest, key)
         SELECT n.kind, n.id, n.version, n.body, $5, $6, $7, n.digest, n.key
         FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $8::bytea[], $9::text[]) AS n (kind, id, version, body, digest, key)",
        &[
            &texts(|record| &record.kind),
            &texts(|record| &record.id),
            &versions,
            &texts(|record| &record.body),
            &author,
            &recorded.as_millisecond(),
            &int(change),
            &digests,
            &keys,
        ],
    )?;
    Ok(())
}

pub(super) fn stored(row: &Row) -> Result<StoredVersion, StoreError> {
    Ok(StoredVersion {
        kind: row.get(0),
        id: row.get(1),
        version: number(row, 2)?,
        content: unchecked(row).map(|record| (record, row.get(7))),
    })
}

pub(super) fn record(row: &Row) -> Result<Record, StoreError> {
    unchecked(row)?
        .sound(row.get(7))
        .map_err(|reason| StoreError::Damaged {
            what: "what is stored".to_owned(),
            reason,
        })
}

fn unchecked(row: &Row) -> Result<Record, StoreError> {
    Ok(Record {
        kind: row.get(0),
        id: row.get(1),
        version: number(row, 2)?,
        body: row.get(3),
        author: row.get(4),
        recorded: time(row, 5)?,
        change: number(row, 6)?,
        key: row.get(8),
    })
}
