//! Records.

use super::read::{number, optional_time, time};
use super::rows::Rows;
use super::unreadable;
use super::write::int;
use crate::chain::{self, Link, NewLink, RecordHead};
use crate::record::{NewRecord, Record, StoredVersion};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

const COLUMNS: &str = "kind, id, version, body, author, recorded_ms";

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
    // With max() alone in a group SQLite takes the other columns from the row that has it.
    let sql = "SELECT kind, id, max(version), body, author, recorded_ms FROM record
         WHERE kind = ?1 AND id > ?2 AND id >= ?3 AND id < ?3 || char(1114111)
         GROUP BY id ORDER BY id LIMIT ?4";
    let mut statement = connection.prepare_cached(sql)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    statement
        .query_map(params![kind, after, prefix, limit], record)?
        .collect()
}

pub(super) fn all(
    connection: &Connection,
    (kind, id, version): (&str, &str, u64),
    limit: usize,
) -> Result<Vec<StoredVersion>> {
    let sql = format!(
        "SELECT {COLUMNS}, digest FROM record WHERE (kind, id, version) > (?1, ?2, ?3) ORDER BY kind, id, version LIMIT ?4"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    statement
        .query_map(params![kind, id, int(version), limit], |row| {
            let content = record(row).and_then(|record| Ok((record, row.get(6)?)));
            Ok(StoredVersion {
                kind: row.get(0)?,
                id: row.get(1)?,
                version: number(row, 2)?,
                content: content.map_err(unreadable),
            })
        })?
        .collect()
}

pub(super) fn put(connection: &Connection, new: &NewRecord, author: &str, recorded: Timestamp) -> Result<()> {
    let sql = "INSERT INTO record (kind, id, version, body, author, recorded_ms, digest) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let mut statement = connection.prepare_cached(sql)?;
    statement.execute(params![
        new.kind,
        new.id,
        int(new.version),
        new.body,
        author,
        recorded.as_millisecond(),
        new.digest(author, recorded)
    ])?;
    Ok(())
}

const INSERT_LINKS: &str = "INSERT INTO record_link (number, kind, id, version, transactions, link)";

/// Writes the links of versions.
pub(super) fn link(connection: &Connection, records: &[NewRecord], links: &[NewLink]) -> Result<()> {
    let mut rows = Rows::new(connection, INSERT_LINKS, 6, "", links.len())?;
    for (record, link) in records.iter().zip(links) {
        rows.add(params![
            int(link.number),
            record.kind,
            record.id,
            int(record.version),
            int(link.transactions),
            link.link
        ])?;
    }
    Ok(())
}

/// Gives links to all versions of a store that had no chain: by time, kind, id and version.
pub(super) fn link_all(connection: &Connection) -> Result<()> {
    let mut stored = connection
        .prepare("SELECT kind, id, version, digest FROM record ORDER BY recorded_ms, kind, id, version")?;
    let mut insert = connection.prepare(&format!("{INSERT_LINKS} VALUES (?1, ?2, ?3, ?4, 0, ?5)"))?;
    let mut stored = stored.query([])?;
    let mut head = RecordHead::default();
    while let Some(row) = stored.next()? {
        let digest: Vec<u8> = row.get(3)?;
        let link = chain::links(&mut head, [&digest].into_iter(), 0)[0];
        let (kind, id, version): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        insert.execute(params![int(link.number), kind, id, version, link.link])?;
    }
    Ok(())
}

/// Links with their versions.
const LINKS: &str = "SELECT l.number, l.kind, l.id, l.version, l.transactions, l.link, r.recorded_ms, r.digest FROM record_link AS l
     LEFT JOIN record AS r ON r.kind = l.kind AND r.id = l.id AND r.version = l.version";

pub(super) fn head(connection: &Connection) -> Result<RecordHead> {
    let mut statement = connection.prepare_cached(&format!("{LINKS} ORDER BY l.number DESC LIMIT 1"))?;
    let last = statement.query_row([], link_row).optional()?;
    Ok(last.map_or_else(RecordHead::default, |last| last.head()))
}

pub(super) fn links(connection: &Connection, after: u64, limit: usize) -> Result<Vec<Link>> {
    let sql = format!("{LINKS} WHERE l.number > ?1 ORDER BY l.number LIMIT ?2");
    let mut statement = connection.prepare_cached(&sql)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    statement
        .query_map(params![int(after), limit], link_row)?
        .collect()
}

fn link_row(row: &Row<'_>) -> Result<Link> {
    Ok(Link {
        number: number(row, 0)?,
        kind: row.get(1)?,
        id: row.get(2)?,
        version: number(row, 3)?,
        transactions: number(row, 4)?,
        link: row.get(5)?,
        recorded: optional_time(row, 6)?,
        digest: row.get(7)?,
    })
}

/// Versions without a link. It is asked for only when there must be one, and may take its time.
pub(super) fn unlinked(connection: &Connection, limit: usize) -> Result<Vec<(String, String, u64)>> {
    let sql = "SELECT kind, id, version FROM record AS r WHERE NOT EXISTS
         (SELECT 1 FROM record_link AS l WHERE l.kind = r.kind AND l.id = r.id AND l.version = r.version) LIMIT ?1";
    let mut statement = connection.prepare(sql)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    statement
        .query_map([limit], |row| Ok((row.get(0)?, row.get(1)?, number(row, 2)?)))?
        .collect()
}

fn record(row: &Row<'_>) -> Result<Record> {
    let version: i64 = row.get(2)?;
    Ok(Record {
        kind: row.get(0)?,
        id: row.get(1)?,
        version: u64::try_from(version).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(2, version))?,
        body: row.get(3)?,
        author: row.get(4)?,
        recorded: time(row, 5)?,
    })
}
