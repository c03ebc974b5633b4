//! Records of the store as typed values.

use crate::base::error::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::{NewRecord, StoreError, Tx};

/// A value with the version it was read at; 0: it is new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versioned<T> {
    /// The value.
    pub value: T,
    /// The version it has in the store.
    pub version: u64,
}

/// Reads the newest version of a record.
pub fn get<T: DeserializeOwned>(tx: &mut Tx<'_>, kind: &str, id: &str) -> Result<Option<Versioned<T>>> {
    tx.record(kind, id)?.map(|record| parse(&record)).transpose()
}

/// Reads the newest versions of some records, by id; those that are not there are left out.
pub fn of<T: DeserializeOwned>(
    tx: &mut Tx<'_>,
    kind: &str,
    ids: &[&str],
) -> Result<Vec<(String, Versioned<T>)>> {
    let records = tx.records_of(kind, ids)?;
    records
        .iter()
        .map(|record| Ok((record.id.clone(), parse(record)?)))
        .collect()
}

/// Reads all records of a kind whose ids begin with a prefix, by id.
pub fn list<T: DeserializeOwned>(
    tx: &mut Tx<'_>,
    kind: &str,
    prefix: &str,
) -> Result<Vec<(String, Versioned<T>)>> {
    let records = tx.records(kind, prefix)?;
    records
        .iter()
        .map(|record| Ok((record.id.clone(), parse(record)?)))
        .collect()
}

/// Refuses to go on where a record is not at the version that was read before this database transaction began (0: it was not there).
pub fn expect(tx: &mut Tx<'_>, kind: &str, id: &str, version: u64) -> Result<()> {
    let now = tx.record(kind, id)?.map_or(0, |record| record.version);
    if now == version {
        return Ok(());
    }
    Err(conflict(kind, id))
}

/// The error of a command that has read what another process has changed since.
pub fn conflict(kind: &str, id: &str) -> Error {
    Error::from(StoreError::Conflict {
        kind: kind.to_owned(),
        id: id.to_owned(),
    })
}

/// Adds the next version of a record.
pub fn put<T: Serialize>(tx: &mut Tx<'_>, kind: &str, id: &str, version: u64, value: &T) -> Result<()> {
    tx.put(&[new(kind, id, version, value)?]).map_err(Error::from)
}

/// The next version of a record that was read at a version.
pub fn new<T: Serialize>(kind: &str, id: &str, version: u64, value: &T) -> Result<NewRecord> {
    let body = serde_json::to_string(value).map_err(|e| Error::bug("records/json", e.to_string()))?;
    Ok(NewRecord {
        kind: kind.to_owned(),
        id: id.to_owned(),
        version: version + 1,
        body,
        key: None,
    })
}

/// The same, sealed under a key.
pub fn sealed<T: Serialize>(kind: &str, id: &str, version: u64, value: &T, key: String) -> Result<NewRecord> {
    Ok(NewRecord {
        key: Some(key),
        ..new(kind, id, version, value)?
    })
}

/// A stored record as a typed value.
pub fn parse<T: DeserializeOwned>(record: &store::Record) -> Result<Versioned<T>> {
    let value = serde_json::from_str(&record.body).map_err(|e| {
        Error::damage(format!(
            "{} `{}` version {} cannot be read: {e}",
            record.kind, record.id, record.version
        ))
        .hint("it may have been written by a newer permille")
    })?;
    Ok(Versioned {
        value,
        version: record.version,
    })
}
