//! Reading the books.

use super::client::{Client, Error, Value};
use super::write::int;
use crate::backend::{Earlier, Head};
use crate::change::ChangeHead;
use crate::error::StoreError;
use crate::filter::AccountFilter;
use crate::stored::{StoredPosting, StoredState, StoredTransaction, account_of, stage, stream_words};
use jiff::Timestamp;
use ledger::{Account, AccountState, Balance};
use tokio_postgres::Row;

type Rows = Result<Vec<Row>, Error>;

pub(super) fn head(client: &mut Client) -> Result<Row, Error> {
    client.query_one(
        "SELECT coalesce((SELECT max(number) FROM ledger_transaction), 0), coalesce((SELECT max(id) FROM ledger_account), 0),
                number, link, transactions, recorded_ms
         FROM (VALUES (1)) AS one LEFT JOIN (SELECT * FROM change ORDER BY number DESC LIMIT 1) AS last ON true",
        &[],
    )
}

pub(super) fn head_row(row: &Row) -> Result<Head, StoreError> {
    let has_changed = row.get::<_, Option<i64>>(2).is_some();
    let change = match has_changed {
        false => ChangeHead::default(),
        true => ChangeHead {
            number: number(row, 2)?,
            link: row
                .get::<_, &[u8]>(3)
                .try_into()
                .map_err(|_| StoreError::Damaged {
                    what: "the last change".to_owned(),
                    reason: "its link is no hash".to_owned(),
                })?,
            transactions: number(row, 4)?,
            recorded: Some(time(row, 5)?),
        },
    };
    Ok(Head {
        transaction: number(row, 0)?,
        account: number(row, 1)?,
        change,
    })
}

const STATES: &str = "SELECT a.id, b.debits, b.credits, b.debits_pending, b.credits_pending, b.last_transaction, b.checksum, a.kind, a.owner, a.asset, a.program, a.source, a.earner
     FROM ledger_account AS a JOIN ledger_balance AS b ON b.account = a.id";

pub(super) fn accounts(client: &mut Client, accounts: &[Account]) -> Rows {
    if accounts.is_empty() {
        return Ok(Vec::new());
    }
    let kinds: Vec<&str> = accounts.iter().map(|account| account.kind.name()).collect();
    let owners: Vec<&str> = accounts.iter().map(|account| &*account.owner).collect();
    let assets: Vec<String> = accounts.iter().map(|account| account.asset.to_string()).collect();
    let words = |place: usize| -> Vec<&str> { accounts.iter().map(|one| stream_words(one)[place]).collect() };
    let (programs, sources, earners) = (words(0), words(1), words(2));
    let sql = format!(
        "{STATES} JOIN unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) AS n (kind, owner, asset, program, source, earner)
           ON a.kind = n.kind AND a.owner = n.owner AND a.asset = n.asset AND a.program = n.program AND a.source = n.source
           AND a.earner = n.earner"
    );
    client.query(&sql, &[&kinds, &owners, &assets, &programs, &sources, &earners])
}

pub(super) fn list_accounts(client: &mut Client, filter: &AccountFilter) -> Rows {
    let (condition, values) = filter.condition('$');
    let sql = format!("{STATES}{condition} ORDER BY a.kind, a.owner, a.asset, a.program, a.source, a.earner");
    let values: Vec<Value<'_>> = values.iter().map(|value| value as Value<'_>).collect();
    client.query(&sql, &values)
}

pub(super) fn earlier(client: &mut Client, keys: &[&str]) -> Rows {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    client.query(
        "SELECT t.number, t.body, t.action, t.expires_ms, l.number IS NOT NULL, t.key FROM ledger_transaction AS t
         LEFT JOIN ledger_transaction AS l ON l.linked = t.number WHERE t.key = ANY ($1)",
        &[&keys],
    )
}

pub(super) fn earlier_row(row: &Row) -> Result<Earlier, StoreError> {
    let action: String = row.get(2);
    let key: String = row.get(5);
    Ok(Earlier {
        number: number(row, 0)?,
        body: body(row, 1)?,
        stage: stage(&action, optional_time(row, 3)?, row.get(4)),
        key: key.into(),
    })
}

const POSTINGS: &str = "SELECT p.transaction_number, p.amount, p.reference, p.debit_previous, p.credit_previous,
        d.kind, d.owner, d.asset, d.program, d.source, d.earner, c.kind, c.owner, c.asset, c.program, c.source, c.earner
     FROM ledger_posting AS p JOIN ledger_account AS d ON d.id = p.debit JOIN ledger_account AS c ON c.id = p.credit";

/// Postings of transactions with consecutive numbers.
pub(super) fn postings(client: &mut Client, first: u64, last: u64) -> Rows {
    let sql = format!(
        "{POSTINGS} WHERE p.transaction_number BETWEEN $1 AND $2 ORDER BY p.transaction_number, p.place"
    );
    client.query(&sql, &[&int(first), &int(last)])
}

/// Postings of some transactions.
pub(super) fn postings_of(client: &mut Client, numbers: &[u64]) -> Rows {
    let numbers: Vec<i64> = numbers.iter().copied().map(int).collect();
    let sql =
        format!("{POSTINGS} WHERE p.transaction_number = ANY ($1) ORDER BY p.transaction_number, p.place");
    client.query(&sql, &[&numbers])
}

const TRANSACTIONS: &str = "SELECT t.number, t.key, t.action, t.linked, t.cause, t.detail, t.effective_ms, t.recorded_ms, t.expires_ms, t.body,
        (SELECT l.number FROM ledger_transaction AS l WHERE l.linked = t.number),
        (SELECT f.key FROM ledger_transaction AS f WHERE f.number = t.linked)
     FROM ledger_transaction AS t";

pub(super) fn journal(client: &mut Client, after: u64, limit: usize) -> Rows {
    let sql = format!("{TRANSACTIONS} WHERE t.number > $1 ORDER BY t.number LIMIT $2");
    client.query(&sql, &[&int(after), &i64::try_from(limit).unwrap_or(i64::MAX)])
}

pub(super) fn by_number(client: &mut Client, number: u64) -> Result<Option<Row>, Error> {
    client.query_opt(&format!("{TRANSACTIONS} WHERE t.number = $1"), &[&int(number)])
}

pub(super) fn by_key(client: &mut Client, key: &str) -> Result<Option<Row>, Error> {
    client.query_opt(&format!("{TRANSACTIONS} WHERE t.key = $1"), &[&key])
}

pub(super) fn by_prefix(client: &mut Client, prefix: &str, after: &str, limit: usize) -> Rows {
    let sql =
        format!("{TRANSACTIONS} WHERE t.key > $1 AND t.key >= $2 AND t.key < $3 ORDER BY t.key LIMIT $4");
    // Keys are ordered by their bytes: no other that begins so stands behind this one.
    let end = format!("{prefix}{}", char::MAX);
    client.query(
        &sql,
        &[&after, &prefix, &end, &i64::try_from(limit).unwrap_or(i64::MAX)],
    )
}

pub(super) fn overdue(client: &mut Client, now: Timestamp, limit: usize) -> Rows {
    client.query(
        "SELECT t.number, t.key FROM ledger_transaction AS t WHERE t.expires_ms <= $1
           AND NOT EXISTS (SELECT 1 FROM ledger_transaction AS l WHERE l.linked = t.number)
         ORDER BY t.expires_ms, t.number LIMIT $2",
        &[&now.as_millisecond(), &i64::try_from(limit).unwrap_or(i64::MAX)],
    )
}

pub(super) fn transaction(row: &Row) -> Result<StoredTransaction, StoreError> {
    let text = |at| row.get::<_, Option<String>>(at).map(Into::into);
    Ok(StoredTransaction {
        number: number(row, 0)?,
        key: row.get::<_, String>(1).into(),
        action: row.get(2),
        linked: optional_number(row, 3)?,
        cause: row.get(4),
        detail: text(5),
        effective: time(row, 6)?,
        recorded: time(row, 7)?,
        expires: optional_time(row, 8)?,
        body: body(row, 9)?,
        ended_by: optional_number(row, 10)?,
        linked_key: text(11),
        postings: Vec::new(),
    })
}

pub(super) fn posting(row: &Row) -> Result<StoredPosting, StoreError> {
    Ok(StoredPosting {
        amount: number(row, 1)?,
        reference: row.get::<_, Option<String>>(2).map(Into::into),
        debit_previous: number(row, 3)?,
        credit_previous: number(row, 4)?,
        debit: account(row, 5)?,
        credit: account(row, 11)?,
    })
}

pub(super) fn state(row: &Row) -> Result<StoredState, StoreError> {
    Ok(StoredState {
        state: AccountState {
            account: account(row, 7)?,
            id: number(row, 0)?,
            balance: Balance {
                debits: number(row, 1)?,
                credits: number(row, 2)?,
                debits_pending: number(row, 3)?,
                credits_pending: number(row, 4)?,
            },
            last_transaction: number(row, 5)?,
        },
        checksum: row.get(6),
    })
}

fn account(row: &Row, at: usize) -> Result<Account, StoreError> {
    let word = |place: usize| row.get::<_, &str>(at + place);
    account_of(word(0), word(1).into(), word(2), [word(3), word(4), word(5)])
        .map_err(|reason| damaged("an account", reason))
}

fn body(row: &Row, at: usize) -> Result<ledger::Body, StoreError> {
    let bytes: &[u8] = row.get(at);
    bytes
        .try_into()
        .map_err(|_| damaged("a transaction's hash", format!("it has {} bytes", bytes.len())))
}

pub(super) fn number(row: &Row, at: usize) -> Result<u64, StoreError> {
    let value: i64 = row.get(at);
    u64::try_from(value).map_err(|_| damaged("a number", format!("{value} is below zero")))
}

fn optional_number(row: &Row, at: usize) -> Result<Option<u64>, StoreError> {
    let value: Option<i64> = row.get(at);
    value.map(|_| number(row, at)).transpose()
}

pub(super) fn time(row: &Row, at: usize) -> Result<Timestamp, StoreError> {
    let value: i64 = row.get(at);
    Timestamp::from_millisecond(value).map_err(|e| damaged("a time", e.to_string()))
}

pub(super) fn optional_time(row: &Row, at: usize) -> Result<Option<Timestamp>, StoreError> {
    let value: Option<i64> = row.get(at);
    value.map(|_| time(row, at)).transpose()
}

fn damaged(what: &str, reason: String) -> StoreError {
    StoreError::Damaged {
        what: what.to_owned(),
        reason,
    }
}
