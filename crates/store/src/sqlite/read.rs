//! Reading the books.

use super::write::int;
use crate::backend::{Earlier, Head};
use crate::filter::AccountFilter;
use crate::stored::{StoredPosting, StoredTransaction, stage};
use jiff::Timestamp;
use ledger::{Account, AccountState, Balance};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Result, Row, params};
use std::sync::Arc;

pub(super) fn head(connection: &Connection) -> Result<Head> {
    let mut statement = connection.prepare_cached(
        "SELECT (SELECT max(number) FROM ledger_transaction), (SELECT max(number) FROM ledger_posting),
                (SELECT max(id) FROM ledger_account)",
    )?;
    statement.query_row([], |row| {
        Ok(Head {
            transaction: number_or_0(row, 0)?,
            posting: number_or_0(row, 1)?,
            account: number_or_0(row, 2)?,
        })
    })
}

pub(super) fn accounts(connection: &Connection, accounts: &[Account]) -> Result<Vec<AccountState>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, debits, credits, debits_pending, credits_pending, last_posting
         FROM ledger_account JOIN ledger_balance ON account = id WHERE kind = ?1 AND owner = ?2 AND asset = ?3",
    )?;
    let mut found = Vec::new();
    for account in accounts {
        let key = params![account.kind.name(), &*account.owner, account.asset.to_string()];
        let state = statement.query_row(key, |row| state(row, 0, account.clone()));
        found.extend(state.optional()?);
    }
    Ok(found)
}

pub(super) fn list_accounts(connection: &Connection, filter: &AccountFilter) -> Result<Vec<AccountState>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, debits, credits, debits_pending, credits_pending, last_posting, kind, owner, asset
         FROM ledger_account JOIN ledger_balance ON account = id
         WHERE (?1 IS NULL OR kind = ?1) AND (?2 IS NULL OR owner = ?2) AND (?3 IS NULL OR asset = ?3)
         ORDER BY kind, owner, asset",
    )?;
    let key = params![filter.kind.map(|kind| kind.name()), filter.owner, filter.asset];
    let rows = statement.query_map(key, |row| state(row, 0, account(row, 6)?))?;
    rows.collect()
}

pub(super) fn earlier(connection: &Connection, keys: &[&str]) -> Result<Vec<Earlier>> {
    let mut statement = connection.prepare_cached(
        "SELECT number, body, action, expires_ms, EXISTS (SELECT 1 FROM ledger_transaction AS later WHERE later.linked = t.number)
         FROM ledger_transaction AS t WHERE key = ?1",
    )?;
    let mut found = Vec::new();
    for key in keys {
        let earlier = statement.query_row([key], |row| {
            let action: String = row.get(2)?;
            let expires = optional_time(row, 3)?;
            Ok(Earlier {
                key: (*key).into(),
                number: number(row, 0)?,
                body: row.get(1)?,
                stage: stage(&action, expires, row.get(4)?),
            })
        });
        found.extend(earlier.optional()?);
    }
    Ok(found)
}

pub(super) fn postings(connection: &Connection, transaction: u64) -> Result<Vec<StoredPosting>> {
    let mut statement = connection.prepare_cached(POSTINGS)?;
    let (from, to) = posting_range(connection, transaction)?;
    let rows = statement.query_map([from, to], |row| posting(row, 1))?;
    rows.collect()
}

/// Postings of a transaction have consecutive numbers. They are found by halving: numbers of transactions and of
/// postings rise together, so no index from one to the other is needed.
fn posting_range(connection: &Connection, transaction: u64) -> Result<(i64, i64)> {
    let first = first_posting_from(connection, int(transaction))?;
    let next = first_posting_from(connection, int(transaction) + 1)?;
    Ok((first, next))
}

/// The first posting whose transaction has at least this number.
fn first_posting_from(connection: &Connection, transaction: i64) -> Result<i64> {
    let mut of =
        connection.prepare_cached("SELECT transaction_number FROM ledger_posting WHERE number = ?1")?;
    let mut last = connection.prepare_cached("SELECT coalesce(max(number), 0) FROM ledger_posting")?;
    let (mut low, mut high) = (1_i64, last.query_row([], |row| row.get::<_, i64>(0))? + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        let found = of.query_row([middle], |row| row.get::<_, i64>(0)).optional()?;
        if found.is_some_and(|found| found < transaction) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

const POSTINGS: &str =
    "SELECT transaction_number, p.number, amount, reference, debit_previous, credit_previous,
        d.kind, d.owner, d.asset, c.kind, c.owner, c.asset
 FROM ledger_posting AS p JOIN ledger_account AS d ON d.id = debit JOIN ledger_account AS c ON c.id = credit
 WHERE p.number >= ?1 AND p.number < ?2 ORDER BY p.number";

const TRANSACTIONS: &str = "SELECT t.number, t.key, t.action, t.linked, t.cause, t.detail, t.effective_ms, t.recorded_ms, t.expires_ms, t.body,
        (SELECT number FROM ledger_transaction AS later WHERE later.linked = t.number),
        (SELECT key FROM ledger_transaction AS first WHERE first.number = t.linked)
 FROM ledger_transaction AS t";

pub(super) fn journal(connection: &Connection, after: u64, limit: usize) -> Result<Vec<StoredTransaction>> {
    let mut statement = connection.prepare_cached(&format!(
        "{TRANSACTIONS} WHERE t.number > ?1 ORDER BY t.number LIMIT ?2"
    ))?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![int(after), limit], transaction_row)?;
    let mut page: Vec<StoredTransaction> = rows.collect::<Result<_>>()?;
    let (Some(first), Some(last)) = (page.first(), page.last()) else {
        return Ok(page);
    };
    let from = first_posting_from(connection, int(first.number))?;
    let to = first_posting_from(connection, int(last.number) + 1)?;
    let mut statement = connection.prepare_cached(POSTINGS)?;
    let mut rows = statement.query([from, to])?;
    let mut place = 0;
    while let Some(row) = rows.next()? {
        let of = number(row, 0)?;
        while page.get(place).is_some_and(|transaction| transaction.number < of) {
            place += 1;
        }
        if let Some(transaction) = page.get_mut(place).filter(|transaction| transaction.number == of) {
            transaction.postings.push(posting(row, 1)?);
        }
    }
    Ok(page)
}

pub(super) fn transaction(connection: &Connection, number: u64) -> Result<Option<StoredTransaction>> {
    let mut statement = connection.prepare_cached(&format!("{TRANSACTIONS} WHERE t.number = ?1"))?;
    let found = statement.query_row([int(number)], transaction_row).optional()?;
    found.map(|found| with_postings(connection, found)).transpose()
}

pub(super) fn transaction_by_key(connection: &Connection, key: &str) -> Result<Option<StoredTransaction>> {
    let mut statement = connection.prepare_cached(&format!("{TRANSACTIONS} WHERE t.key = ?1"))?;
    let found = statement.query_row([key], transaction_row).optional()?;
    found.map(|found| with_postings(connection, found)).transpose()
}

pub(super) fn transaction_of_posting(connection: &Connection, posting: u64) -> Result<Option<(u64, usize)>> {
    let mut statement =
        connection.prepare_cached("SELECT transaction_number FROM ledger_posting WHERE number = ?1")?;
    let Some(transaction) = statement
        .query_row([int(posting)], |row| number(row, 0))
        .optional()?
    else {
        return Ok(None);
    };
    let first = first_posting_from(connection, int(transaction))?;
    Ok(Some((
        transaction,
        usize::try_from(int(posting) - first).unwrap_or(usize::MAX),
    )))
}

pub(super) fn overdue(connection: &Connection, now: Timestamp, limit: usize) -> Result<Vec<(u64, Arc<str>)>> {
    let mut statement = connection.prepare_cached(
        "SELECT number, key FROM ledger_transaction AS t WHERE expires_ms <= ?1
           AND NOT EXISTS (SELECT 1 FROM ledger_transaction AS later WHERE later.linked = t.number)
         ORDER BY expires_ms, number LIMIT ?2",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![now.as_millisecond(), limit], |row| {
        Ok((number(row, 0)?, row.get(1)?))
    })?;
    rows.collect()
}

fn with_postings(connection: &Connection, mut transaction: StoredTransaction) -> Result<StoredTransaction> {
    transaction.postings = postings(connection, transaction.number)?;
    Ok(transaction)
}

fn transaction_row(row: &Row<'_>) -> Result<StoredTransaction> {
    Ok(StoredTransaction {
        number: number(row, 0)?,
        key: row.get(1)?,
        action: row.get(2)?,
        linked: optional_number(row, 3)?,
        cause: row.get(4)?,
        detail: row.get(5)?,
        effective: time(row, 6)?,
        recorded: time(row, 7)?,
        expires: optional_time(row, 8)?,
        body: row.get(9)?,
        ended_by: optional_number(row, 10)?,
        linked_key: row.get(11)?,
        postings: Vec::new(),
    })
}

fn posting(row: &Row<'_>, at: usize) -> Result<StoredPosting> {
    Ok(StoredPosting {
        number: number(row, at)?,
        amount: number(row, at + 1)?,
        reference: row.get(at + 2)?,
        debit_previous: number(row, at + 3)?,
        credit_previous: number(row, at + 4)?,
        debit: account(row, at + 5)?,
        credit: account(row, at + 8)?,
    })
}

fn state(row: &Row<'_>, at: usize, account: Account) -> Result<AccountState> {
    Ok(AccountState {
        account,
        id: number(row, at)?,
        balance: Balance {
            debits: number(row, at + 1)?,
            credits: number(row, at + 2)?,
            debits_pending: number(row, at + 3)?,
            credits_pending: number(row, at + 4)?,
        },
        last_posting: number(row, at + 5)?,
    })
}

fn account(row: &Row<'_>, at: usize) -> Result<Account> {
    let kind: String = row.get(at)?;
    let owner: Arc<str> = row.get(at + 1)?;
    let asset: String = row.get(at + 2)?;
    let damaged = |reason: String| rusqlite::Error::FromSqlConversionFailure(at, Type::Text, reason.into());
    let kind = kind.parse().map_err(damaged)?;
    let asset = asset
        .parse()
        .map_err(|e: money::AssetError| damaged(e.to_string()))?;
    Ok(Account { kind, owner, asset })
}

fn number(row: &Row<'_>, at: usize) -> Result<u64> {
    let value: i64 = row.get(at)?;
    u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(at, value))
}

fn number_or_0(row: &Row<'_>, at: usize) -> Result<u64> {
    Ok(optional_number(row, at)?.unwrap_or(0))
}

fn optional_number(row: &Row<'_>, at: usize) -> Result<Option<u64>> {
    let value: Option<i64> = row.get(at)?;
    value
        .map(|value| u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(at, value)))
        .transpose()
}

pub(super) fn time(row: &Row<'_>, at: usize) -> Result<Timestamp> {
    let value: i64 = row.get(at)?;
    Timestamp::from_millisecond(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(at, value))
}

fn optional_time(row: &Row<'_>, at: usize) -> Result<Option<Timestamp>> {
    let value: Option<i64> = row.get(at)?;
    value.map(|_| time(row, at)).transpose()
}
