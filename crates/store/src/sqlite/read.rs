//! Reading the books.

use super::changes;
use super::columns::{number, number_or_0, optional_number, optional_time, time};
use super::postings::{Packed, unpack};
use super::records;
use super::write::int;
use crate::backend::{Counts, Earlier, Head};
use crate::filter::AccountFilter;
use crate::stored::{StoredPosting, StoredState, StoredTransaction, account_of, stage, stream_words};
use jiff::Timestamp;
use ledger::{Account, AccountState, Balance};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Result, Row, params};
use std::collections::HashMap;
use std::sync::Arc;

pub(super) fn head(connection: &Connection) -> Result<Head> {
    let mut last = connection.prepare_cached("SELECT max(number) FROM ledger_transaction")?;
    let mut account = connection.prepare_cached("SELECT max(id) FROM ledger_account")?;
    Ok(Head {
        transaction: last.query_row([], |row| number_or_0(row, 0))?,
        account: account.query_row([], |row| number_or_0(row, 0))?,
        change: changes::head(connection)?,
    })
}

pub(super) fn accounts(connection: &Connection, accounts: &[Account]) -> Result<Vec<StoredState>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, debits, credits, debits_pending, credits_pending, last_transaction, checksum
         FROM ledger_account LEFT JOIN ledger_balance ON account = id WHERE kind = ?1 AND owner = ?2 AND asset = ?3
           AND program = ?4 AND source = ?5 AND earner = ?6",
    )?;
    let mut found = Vec::new();
    for account in accounts {
        let [program, source, earner] = stream_words(account);
        let asset = account.asset.to_string();
        let key = params![
            account.kind.name(),
            &*account.owner,
            asset,
            program,
            source,
            earner
        ];
        let state = statement.query_row(key, |row| state(row, 0, account.clone()));
        found.extend(state.optional()?);
    }
    Ok(found)
}

pub(super) fn list_accounts(connection: &Connection, filter: &AccountFilter) -> Result<Vec<StoredState>> {
    let (condition, values) = filter.condition('?');
    let mut statement = connection.prepare_cached(&format!(
        "SELECT id, debits, credits, debits_pending, credits_pending, last_transaction, checksum, kind, owner, asset, program, source, earner
         FROM ledger_account LEFT JOIN ledger_balance ON account = id{condition}
         ORDER BY kind, owner, asset, program, source, earner"
    ))?;
    let values = rusqlite::params_from_iter(values);
    let rows = statement.query_map(values, |row| state(row, 0, account(row, 7)?))?;
    rows.collect()
}

pub(super) fn earlier(connection: &Connection, keys: &[&str]) -> Result<Vec<Earlier>> {
    let mut statement = connection.prepare_cached(
        "SELECT number, body, action, expires_ms, EXISTS (SELECT 1 FROM ledger_transaction AS later WHERE later.linked = t.number)
         FROM ledger_key AS k JOIN ledger_transaction AS t ON t.number = k.transaction_number WHERE k.key = ?1",
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
    let mut statement =
        connection.prepare_cached("SELECT postings FROM ledger_transaction WHERE number = ?1")?;
    let accounts = &mut Accounts::new(connection);
    let found = statement.query_row([int(transaction)], |row| accounts.postings(row, 0));
    Ok(found.optional()?.unwrap_or_default())
}

/// Accounts by number, each read once.
struct Accounts<'c> {
    connection: &'c Connection,
    known: HashMap<u64, Account>,
}

impl<'c> Accounts<'c> {
    fn new(connection: &'c Connection) -> Self {
        Accounts {
            connection,
            known: HashMap::new(),
        }
    }

    fn get(&mut self, id: u64) -> Result<Account> {
        if let Some(known) = self.known.get(&id) {
            return Ok(known.clone());
        }
        let mut statement = self.connection.prepare_cached(
            "SELECT kind, owner, asset, program, source, earner FROM ledger_account WHERE id = ?1",
        )?;
        let read = statement.query_row([int(id)], |row| account(row, 0)).optional()?;
        // Not the error that no row is there: whoever asks for a transaction takes that for its absence.
        let read = read.ok_or_else(|| {
            let gone = format!("account {id}, which it names, is gone");
            rusqlite::Error::FromSqlConversionFailure(0, Type::Integer, gone.into())
        })?;
        self.known.insert(id, read.clone());
        Ok(read)
    }

    fn postings(&mut self, row: &Row<'_>, at: usize) -> Result<Vec<StoredPosting>> {
        let packed = unpack(row.get_ref(at)?.as_str()?)
            .map_err(|error| rusqlite::Error::FromSqlConversionFailure(at, Type::Text, Box::new(error)))?;
        let read = |Packed(debit, credit, amount, debit_previous, credit_previous, reference)| {
            Ok(StoredPosting {
                debit: self.get(debit)?,
                credit: self.get(credit)?,
                amount,
                reference: reference.map(Into::into),
                debit_previous,
                credit_previous,
            })
        };
        packed.into_iter().map(read).collect()
    }

    fn transaction(&mut self, row: &Row<'_>) -> Result<StoredTransaction> {
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
            postings: self.postings(row, 10)?,
            ended_by: optional_number(row, 11)?,
            linked_key: row.get(12)?,
        })
    }
}

const TRANSACTIONS: &str = "SELECT t.number, t.key, t.action, t.linked, t.cause, t.detail, t.effective_ms, t.recorded_ms, t.expires_ms, t.body, t.postings,
        (SELECT number FROM ledger_transaction AS later WHERE later.linked = t.number),
        (SELECT key FROM ledger_transaction AS first WHERE first.number = t.linked)
 FROM ledger_transaction AS t";

pub(super) fn journal(connection: &Connection, after: u64, limit: usize) -> Result<Vec<StoredTransaction>> {
    let mut statement = connection.prepare_cached(&format!(
        "{TRANSACTIONS} WHERE t.number > ?1 ORDER BY t.number LIMIT ?2"
    ))?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let accounts = &mut Accounts::new(connection);
    let rows = statement.query_map(params![int(after), limit], |row| accounts.transaction(row))?;
    rows.collect()
}

pub(super) fn transaction(connection: &Connection, number: u64) -> Result<Option<StoredTransaction>> {
    let mut statement = connection.prepare_cached(&format!("{TRANSACTIONS} WHERE t.number = ?1"))?;
    let accounts = &mut Accounts::new(connection);
    statement
        .query_row([int(number)], |row| accounts.transaction(row))
        .optional()
}

pub(super) fn transaction_by_key(connection: &Connection, key: &str) -> Result<Option<StoredTransaction>> {
    let mut statement = connection.prepare_cached(&format!(
        "{TRANSACTIONS} JOIN ledger_key AS k ON k.transaction_number = t.number WHERE k.key = ?1"
    ))?;
    let accounts = &mut Accounts::new(connection);
    statement
        .query_row([key], |row| accounts.transaction(row))
        .optional()
}

pub(super) fn transactions_by_prefix(
    connection: &Connection,
    prefix: &str,
    after: &str,
    limit: usize,
) -> Result<Vec<StoredTransaction>> {
    let (from, is_from) = records::first(prefix, after);
    let mut statement = connection.prepare_cached(&format!(
        "{TRANSACTIONS} JOIN ledger_key AS k ON k.transaction_number = t.number
         WHERE k.key {is_from} ?1 AND k.key < ?2 || char(1114111) ORDER BY k.key LIMIT ?3"
    ))?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let accounts = &mut Accounts::new(connection);
    let rows = statement.query_map(params![from, prefix, limit], |row| accounts.transaction(row))?;
    rows.collect()
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

fn state(row: &Row<'_>, at: usize, account: Account) -> Result<StoredState> {
    Ok(StoredState {
        state: AccountState {
            account,
            id: number(row, at)?,
            balance: Balance {
                debits: number(row, at + 1)?,
                credits: number(row, at + 2)?,
                debits_pending: number(row, at + 3)?,
                credits_pending: number(row, at + 4)?,
            },
            last_transaction: number(row, at + 5)?,
        },
        checksum: row.get(at + 6)?,
    })
}

fn account(row: &Row<'_>, at: usize) -> Result<Account> {
    let word = |place: usize| row.get_ref(at + place)?.as_str().map_err(rusqlite::Error::from);
    let owner: Arc<str> = row.get(at + 1)?;
    let damaged = |reason: String| rusqlite::Error::FromSqlConversionFailure(at, Type::Text, reason.into());
    account_of(word(0)?, owner, word(2)?, [word(3)?, word(4)?, word(5)?]).map_err(damaged)
}

/// How many rows there are of each kind.
pub(super) fn counts(connection: &Connection) -> Result<Counts> {
    let count = |table: &str| {
        let sql = format!("SELECT count(*) FROM {table}");
        let counted: i64 = connection.query_row(&sql, [], |row| row.get(0))?;
        Ok::<_, rusqlite::Error>(counted.unsigned_abs())
    };
    Ok(Counts {
        transactions: count("ledger_transaction")?,
        keys: Some(count("ledger_key")?),
        postings: None,
        records: count("record")?,
        changes: count("change")?,
    })
}
