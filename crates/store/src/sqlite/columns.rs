//! Columns of a row as what they mean: SQLite's integers have a sign.

use jiff::Timestamp;
use rusqlite::{Result, Row};

pub(super) fn number(row: &Row<'_>, at: usize) -> Result<u64> {
    let value: i64 = row.get(at)?;
    u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(at, value))
}

pub(super) fn number_or_0(row: &Row<'_>, at: usize) -> Result<u64> {
    Ok(optional_number(row, at)?.unwrap_or(0))
}

pub(super) fn optional_number(row: &Row<'_>, at: usize) -> Result<Option<u64>> {
    let value: Option<i64> = row.get(at)?;
    value
        .map(|value| u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(at, value)))
        .transpose()
}

pub(super) fn time(row: &Row<'_>, at: usize) -> Result<Timestamp> {
    let value: i64 = row.get(at)?;
    Timestamp::from_millisecond(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(at, value))
}

pub(super) fn optional_time(row: &Row<'_>, at: usize) -> Result<Option<Timestamp>> {
    let value: Option<i64> = row.get(at)?;
    value.map(|_| time(row, at)).transpose()
}
