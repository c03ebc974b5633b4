//! Records.

use super::columns::{number, time};
use super::unreadable;
use super::write::int;
use crate::record::{NewRecord, Record};
use crate::stored::StoredVersion;
use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

const COLUMNS: &str = "kind, id, version, body, author, recorded_ms, change, digest, key";

pub(super) fn newest(connection: &Connection, kind: &str, id: &str) -> Result<Option<Record>> {
    let sql =
        format!("SELECT {COLUMNS} FROM record WHERE kind = ?1 AND id = ?2 ORDER BY version DESC LIMIT 1");
    let mut statement = connection.prepare_cached(&sql)?;
    statement.query_row([kind, id], record).optional()
}

pub(super) fn versions(connection: &Connection, kind: &str, id: &str) -> Result<Vec<Record>> {
    let sql = format!("SELECT {COLUMNS} FROM record WHERE kind = ?1 AND id = ?2 ORDER BY version");
    let mut statement = connection.prepare_cached(&sql)?;
    statement.query_map([kind, id], record)?.collect()
}

pub(super) fn page(
    connection: &Connection,
    kind: &str,
    prefix: &str,
    after: &str,
    limit: usize,
) -> Result<Vec<Record>> {
    let (from, is_from) = first(prefix, after);
    // With max() alone in a group SQLite takes the other columns from the row that has it.
    let sql = format!(
        "SELECT kind, id, max(version), body, author, recorded_ms, change, digest, key FROM record
         WHERE kind = ?1 AND id {is_from} ?2 AND id < ?3 || char(1114111)
         GROUP BY id ORDER BY id LIMIT ?4"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    statement
        .query_map(params![kind, from, prefix, limit], record)?
        .collect()
}

/// Where texts that begin with a prefix and stand behind another text begin, and how that is compared. Of two lower bounds SQLite
/// seeks by one, whichever stands first, and reads all between it and the other.
pub(super) fn first<'t>(prefix: &'t str, after: &'t str) -> (&'t str, &'static str) {
    match after < prefix {
        true => (prefix, ">="),
        false => (after, ">"),
    }
}

pub(super) fn all(
    connection: &Connection,
    (kind, id, version): (&str, &str, u64),
    limit: usize,
) -> Result<Vec<StoredVersion>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM record WHERE (kind, id, version) > (?1, ?2, ?3) ORDER BY kind, id, version LIMIT ?4"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    statement
        .query_map(params![kind, id, int(version), limit], |row| {
            let content = unchecked(row).and_then(|record| Ok((record, row.get(7)?)));
            Ok(StoredVersion {
                kind: row.get(0)?,
                id: row.get(1)?,
                version: number(row, 2)?,
                content: content.map_err(unreadable),
            })
        })?
        .collect()
}

pub(super) fn put(
    connection: &Connection,
    new: &NewRecord,
    change: u64,
    author: &str,
    recorded: Timestamp,
) -> Result<()> {
    let sql = "INSERT INTO record (kind, id, version, body, author, recorded_ms, change, digest, key)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let mut statement = connection.prepare_cached(sql)?;
    statement.execute(params![
        new.kind,
        new.id,
        int(new.version),
        new.body,
        author,
        recorded.as_millisecond(),
        int(change),
        new.digest(author, recorded),
        new.key
    ])?;
    Ok(())
}

fn record(row: &Row<'_>) -> Result<Record> {
    let sound = unchecked(row)?.sound(row.get_ref(7)?.as_blob()?);
    sound.map_err(|words| rusqlite::Error::FromSqlConversionFailure(7, Type::Blob, words.into()))
}

fn unchecked(row: &Row<'_>) -> Result<Record> {
    let version: i64 = row.get(2)?;
    Ok(Record {
        kind: row.get(0)?,
        id: row.get(1)?,
        version: u64::try_from(version).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(2, version))?,
        body: row.get(3)?,
        author: row.get(4)?,
        recorded: time(row, 5)?,
        change: number(row, 6)?,
        key: row.get(8)?,
    })
}
