//! Records.

use super::client::{Client, Error};
use super::read::{number, optional_time, time};
use super::write::ROWS;
use super::write::int;
use crate::chain::{self, Link, NewLink, RecordHead};
use crate::error::StoreError;
use crate::record::{NewRecord, Record, StoredVersion};
use jiff::Timestamp;
use tokio_postgres::Row;

const COLUMNS: &str = "kind, id, version, body, author, recorded_ms";

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
        "SELECT {COLUMNS}, digest FROM record WHERE (kind, id, version) > ($1, $2, $3) ORDER BY kind, id, version LIMIT $4"
    );
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    client.query(&sql, &[&kind, &id, &int(version), &limit])
}

pub(super) fn put(
    client: &mut Client,
    new: &[NewRecord],
    links: &[NewLink],
    author: &str,
    recorded: Timestamp,
) -> Result<(), Error> {
    let texts = |text: fn(&NewRecord) -> &str| -> Vec<&str> { new.iter().map(text).collect() };
    let versions: Vec<i64> = new.iter().map(|record| int(record.version)).collect();
    let digests: Vec<Vec<u8>> = new
        .iter()
        .map(|new| new.digest(author, recorded).to_vec())
        .collect();
    let numbers: Vec<i64> = links.iter().map(|link| int(link.number)).collect();
    let transactions: Vec<i64> = links.iter().map(|link| int(link.transactions)).collect();
    let links: Vec<&[u8]> = links.iter().map(|link| &link.link[..]).collect();
    client.execute(
        "WITH n AS (SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $7::bytea[], $8::bigint[], $9::bigint[], $10::bytea[])
             AS n (kind, id, version, body, digest, number, transactions, link)),
           linked AS (INSERT INTO record_link (number, kind, id, version, transactions, link)
             SELECT n.number, n.kind, n.id, n.version, n.transactions, n.link FROM n)
         INSERT INTO record (kind, id, version, body, author, recorded_ms, digest)
         SELECT n.kind, n.id, n.version, n.body, $5, $6, n.digest FROM n",
        &[
            &texts(|record| &record.kind),
            &texts(|record| &record.id),
            &versions,
            &texts(|record| &record.body),
            &author,
            &recorded.as_millisecond(),
            &digests,
            &numbers,
            &transactions,
            &links,
        ],
    )?;
    Ok(())
}

/// Gives links to all versions of a store that had no chain: by time, kind, id and version.
pub(super) fn link_all(tx: &mut Client) -> Result<(), Error> {
    tx.batch_execute(
        "DECLARE stored CURSOR FOR SELECT kind, id, version, digest FROM record ORDER BY recorded_ms, kind, id, version",
    )?;
    let mut head = RecordHead::default();
    loop {
        let rows = tx.query(&format!("FETCH FORWARD {ROWS} FROM stored"), &[])?;
        if rows.is_empty() {
            return Ok(());
        }
        let text = |at: usize| -> Vec<&str> { rows.iter().map(|row| row.get(at)).collect() };
        let versions: Vec<i64> = rows.iter().map(|row| row.get(2)).collect();
        let digests = rows.iter().map(|row| row.get::<_, &[u8]>(3));
        let links = chain::links(&mut head, digests, 0);
        let numbers: Vec<i64> = links.iter().map(|link| int(link.number)).collect();
        let links: Vec<&[u8]> = links.iter().map(|link| &link.link[..]).collect();
        tx.execute(
            "INSERT INTO record_link (number, kind, id, version, transactions, link)
             SELECT n.number, n.kind, n.id, n.version, 0, n.link
             FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bytea[]) AS n (number, kind, id, version, link)",
            &[&numbers, &text(0), &text(1), &versions, &links],
        )?;
    }
}

/// Links with their versions.
const LINKS: &str = "SELECT l.number, l.kind, l.id, l.version, l.transactions, l.link, r.recorded_ms, r.digest FROM record_link AS l
     LEFT JOIN record AS r ON r.kind = l.kind AND r.id = l.id AND r.version = l.version";

pub(super) fn last_link(client: &mut Client) -> Result<Option<Row>, Error> {
    client.query_opt(&format!("{LINKS} ORDER BY l.number DESC LIMIT 1"), &[])
}

pub(super) fn links(client: &mut Client, after: u64, limit: usize) -> Result<Vec<Row>, Error> {
    client.query(
        &format!("{LINKS} WHERE l.number > $1 ORDER BY l.number LIMIT $2"),
        &[&int(after), &i64::try_from(limit).unwrap_or(i64::MAX)],
    )
}

pub(super) fn link_row(row: &Row) -> Result<Link, StoreError> {
    Ok(Link {
        number: number(row, 0)?,
        kind: row.get(1),
        id: row.get(2),
        version: number(row, 3)?,
        transactions: number(row, 4)?,
        link: row.get(5),
        recorded: optional_time(row, 6)?,
        digest: row.get(7),
    })
}

/// Versions without a link. It is asked for only when there must be one, and may take its time.
pub(super) fn unlinked(client: &mut Client, limit: usize) -> Result<Vec<Row>, Error> {
    client.query(
        "SELECT kind, id, version FROM record AS r WHERE NOT EXISTS
         (SELECT 1 FROM record_link AS l WHERE l.kind = r.kind AND l.id = r.id AND l.version = r.version) LIMIT $1",
        &[&i64::try_from(limit).unwrap_or(i64::MAX)],
    )
}

pub(super) fn stored(row: &Row) -> Result<StoredVersion, StoreError> {
    Ok(StoredVersion {
        kind: row.get(0),
        id: row.get(1),
        version: number(row, 2)?,
        content: record(row).map(|record| (record, row.get(6))),
    })
}

pub(super) fn record(row: &Row) -> Result<Record, StoreError> {
    Ok(Record {
        kind: row.get(0),
        id: row.get(1),
        version: number(row, 2)?,
        body: row.get(3),
        author: row.get(4),
        recorded: time(row, 5)?,
    })
}
