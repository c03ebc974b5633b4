//! Changes, and records by the change that wrote them.

use super::client::{Client, Error};
use super::read::{number, time};
use super::write::int;
use crate::change::{self, Change, RecordName, WrittenRecord};
use crate::change_row;
use crate::error::StoreError;
use tokio_postgres::Row;

pub(super) fn put(client: &mut Client, new: &Change) -> Result<(), Error> {
    let keyed = new.keyed.as_ref();
    client.execute(
        "INSERT INTO change (number, actor, way, command, key, request, recorded_ms, transactions, records, digest, link)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        &[
            &int(new.number),
            &new.actor,
            &new.way,
            &new.command,
            &keyed.map(|keyed| &keyed.key),
            &keyed.map(|keyed| &keyed.request[..]),
            &new.recorded.as_millisecond(),
            &int(new.transactions),
            &change::names_to_text(&new.records),
            &&new.digest[..],
            &&new.link[..],
        ],
    )?;
    Ok(())
}

const COLUMNS: &str =
    "number, actor, way, command, key, request, recorded_ms, transactions, records, digest, link";

pub(super) fn page(client: &mut Client, after: u64, limit: usize) -> Result<Vec<Row>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM change WHERE number > $1 ORDER BY number LIMIT $2");
    some(client, &sql, after, limit)
}

pub(super) fn before(client: &mut Client, before: u64, limit: usize) -> Result<Vec<Row>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM change WHERE number < $1 ORDER BY number DESC LIMIT $2");
    some(client, &sql, before, limit)
}

/// The change that has a key of an actor's.
pub(super) fn by_key(client: &mut Client, actor: &str, key: &str) -> Result<Vec<Row>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM change WHERE actor = $1 AND key = $2");
    client.query(&sql, &[&actor, &key])
}

fn some(client: &mut Client, sql: &str, number: u64, limit: usize) -> Result<Vec<Row>, Error> {
    let number = i64::try_from(number).unwrap_or(i64::MAX);
    client.query(sql, &[&number, &i64::try_from(limit).unwrap_or(i64::MAX)])
}

pub(super) fn row(row: &Row) -> Result<Change, StoreError> {
    let read = Change {
        number: number(row, 0)?,
        actor: row.get(1),
        way: row.get(2),
        command: row.get(3),
        keyed: None,
        recorded: time(row, 6)?,
        transactions: number(row, 7)?,
        records: Vec::new(),
        digest: [0; 32],
        link: [0; 32],
    };
    let rest = change_row::Row {
        key: row.get(4),
        request: row.get(5),
        records: row.get(8),
        digest: row.get(9),
        link: row.get(10),
    };
    change_row::stored(read, rest)
}

pub(super) fn records(
    client: &mut Client,
    (of, kind, id, version): (u64, &str, &str, u64),
    limit: usize,
) -> Result<Vec<Row>, Error> {
    client.query(
        "SELECT change, kind, id, version, recorded_ms, digest FROM record
         WHERE (change, kind, id, version) > ($1, $2, $3, $4) ORDER BY change, kind, id, version LIMIT $5",
        &[
            &int(of),
            &kind,
            &id,
            &int(version),
            &i64::try_from(limit).unwrap_or(i64::MAX),
        ],
    )
}

pub(super) fn record_row(row: &Row) -> Result<WrittenRecord, StoreError> {
    let (change, name) = name_row(row)?;
    Ok(WrittenRecord {
        change,
        name,
        recorded: time(row, 4)?,
        digest: row.get(5),
    })
}

/// A version of a record that a change says it wrote, and that is not there. Most changes of large books are LIVE's, and are not read.
pub(super) fn gone_record(client: &mut Client, kinds: &[&str]) -> Result<Option<Row>, Error> {
    client.query_opt(
        "SELECT c.number, n.value ->> 0, n.value ->> 1, (n.value ->> 2)::int8
         FROM change AS c, jsonb_array_elements(c.records::jsonb) AS n
         WHERE EXISTS (SELECT 1 FROM unnest($1::text[]) AS kind WHERE position('[\"' || kind || '\",' IN c.records) > 0)
           AND n.value ->> 0 = ANY ($1)
           AND NOT EXISTS (SELECT 1 FROM record AS r WHERE r.kind = n.value ->> 0 AND r.id = n.value ->> 1 AND r.version = (n.value ->> 2)::int8)
         LIMIT 1",
        &[&kinds],
    )
}

/// A change, and a version of a record that it wrote or says that it did.
pub(super) fn name_row(row: &Row) -> Result<(u64, RecordName), StoreError> {
    let name = RecordName {
        kind: row.get(1),
        id: row.get(2),
        version: number(row, 3)?,
    };
    Ok((number(row, 0)?, name))
}
