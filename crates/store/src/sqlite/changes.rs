//! Changes, and records by the change that wrote them.

use super::columns::{number, time};
use super::write::int;
use crate::change::{self, Change, ChangeHead, RecordName, WrittenRecord};
use crate::change_row;
use crate::error::StoreError;
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

pub(super) fn put(connection: &Connection, new: &Change) -> Result<()> {
    let sql = "INSERT INTO change (number, actor, way, command, key, request, recorded_ms, transactions, records, digest, link)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    let keyed = new.keyed.as_ref();
    connection.prepare_cached(sql)?.execute(params![
        int(new.number),
        new.actor,
        new.way,
        new.command,
        keyed.map(|keyed| &keyed.key),
        keyed.map(|keyed| keyed.request),
        new.recorded.as_millisecond(),
        int(new.transactions),
        change::names_to_text(&new.records),
        new.digest,
        new.link
    ])?;
    Ok(())
}

/// The last change, without what it wrote.
pub(super) fn head(connection: &Connection) -> Result<ChangeHead> {
    let sql = "SELECT number, link, transactions, recorded_ms FROM change ORDER BY number DESC LIMIT 1";
    let mut last = connection.prepare_cached(sql)?;
    let last = last.query_row([], |row| {
        Ok(ChangeHead {
            number: number(row, 0)?,
            link: row.get(1)?,
            transactions: number(row, 2)?,
            recorded: Some(time(row, 3)?),
        })
    });
    Ok(last.optional()?.unwrap_or_default())
}

const COLUMNS: &str =
    "number, actor, way, command, key, request, recorded_ms, transactions, records, digest, link";

type Read = Vec<std::result::Result<Change, StoreError>>;

pub(super) fn page(connection: &Connection, after: u64, limit: usize) -> Result<Read> {
    let sql = format!("SELECT {COLUMNS} FROM change WHERE number > ?1 ORDER BY number LIMIT ?2");
    some(connection, &sql, after, limit)
}

pub(super) fn before(connection: &Connection, before: u64, limit: usize) -> Result<Read> {
    let sql = format!("SELECT {COLUMNS} FROM change WHERE number < ?1 ORDER BY number DESC LIMIT ?2");
    some(connection, &sql, before, limit)
}

/// The change that has a key of an actor's.
pub(super) fn by_key(connection: &Connection, actor: &str, key: &str) -> Result<Read> {
    let sql = format!("SELECT {COLUMNS} FROM change WHERE actor = ?1 AND key = ?2");
    let mut statement = connection.prepare_cached(&sql)?;
    statement.query_map([actor, key], read)?.collect()
}

fn some(connection: &Connection, sql: &str, number: u64, limit: usize) -> Result<Read> {
    let mut statement = connection.prepare_cached(sql)?;
    let [number, limit] = [Ok(number), u64::try_from(limit)].map(|one| {
        let one = one.ok().and_then(|one| i64::try_from(one).ok());
        one.unwrap_or(i64::MAX)
    });
    statement.query_map([number, limit], read)?.collect()
}

fn read(row: &Row<'_>) -> Result<std::result::Result<Change, StoreError>> {
    let read = Change {
        number: number(row, 0)?,
        actor: row.get(1)?,
        way: row.get(2)?,
        command: row.get(3)?,
        keyed: None,
        recorded: time(row, 6)?,
        transactions: number(row, 7)?,
        records: Vec::new(),
        digest: [0; 32],
        link: [0; 32],
    };
    let (records, digest, link): (String, Vec<u8>, Vec<u8>) = (row.get(8)?, row.get(9)?, row.get(10)?);
    let request: Option<Vec<u8>> = row.get(5)?;
    let rest = change_row::Row {
        key: row.get(4)?,
        request: request.as_deref(),
        records: &records,
        digest: &digest,
        link: &link,
    };
    Ok(change_row::stored(read, rest))
}

pub(super) fn records(
    connection: &Connection,
    (of, kind, id, version): (u64, &str, &str, u64),
    limit: usize,
) -> Result<Vec<WrittenRecord>> {
    let sql = "SELECT change, kind, id, version, recorded_ms, digest FROM record
         WHERE (change, kind, id, version) > (?1, ?2, ?3, ?4) ORDER BY change, kind, id, version LIMIT ?5";
    let mut statement = connection.prepare_cached(sql)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![int(of), kind, id, int(version), limit], |row| {
        let (change, name) = name(row)?;
        Ok(WrittenRecord {
            change,
            name,
            recorded: time(row, 4)?,
            digest: row.get(5)?,
        })
    })?;
    rows.collect()
}

/// A version of a record that a change says it wrote, and that is not there. Most changes of large books are LIVE's, and are not read.
pub(super) fn gone_record(connection: &Connection, kinds: &[&str]) -> Result<Option<(u64, RecordName)>> {
    let sql = "WITH kinds AS (SELECT value AS kind FROM json_each(?1))
         SELECT c.number, n.value ->> 0, n.value ->> 1, n.value ->> 2 FROM change AS c, json_each(c.records) AS n
         WHERE EXISTS (SELECT 1 FROM kinds WHERE instr(c.records, '[\"' || kind || '\",') > 0)
           AND n.value ->> 0 IN (SELECT kind FROM kinds)
           AND NOT EXISTS (SELECT 1 FROM record AS r WHERE r.kind = n.value ->> 0 AND r.id = n.value ->> 1 AND r.version = n.value ->> 2)
         LIMIT 1";
    let kinds = serde_json::json!(kinds).to_string();
    connection
        .prepare_cached(sql)?
        .query_row([kinds], name)
        .optional()
}

/// A change, and a version of a record that it wrote or says that it did.
fn name(row: &Row<'_>) -> Result<(u64, RecordName)> {
    let name = RecordName {
        kind: row.get(1)?,
        id: row.get(2)?,
        version: number(row, 3)?,
    };
    Ok((number(row, 0)?, name))
}
