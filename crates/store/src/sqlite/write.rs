//! Appending to the books.

use jiff::Timestamp;
use ledger::{AccountState, Action, Appended, Transaction};
use rusqlite::{Connection, Result, params};

/// Amounts and numbers are at most `i64::MAX`: see `ledger::MAX_AMOUNT`.
pub(super) fn int(value: u64) -> i64 {
    i64::try_from(value).expect("the ledger keeps sums and numbers within 63 bits")
}

pub(super) fn append(
    connection: &Connection,
    batch: &[Transaction],
    appended: &Appended,
    recorded: Timestamp,
) -> Result<()> {
    let mut open = connection
        .prepare_cached("INSERT INTO ledger_account (id, kind, owner, asset) VALUES (?1, ?2, ?3, ?4)")?;
    for state in &appended.opened {
        let account = &state.account;
        open.execute(params![
            int(state.id),
            account.kind.name(),
            &*account.owner,
            account.asset.to_string()
        ])?;
    }
    let mut insert = connection.prepare_cached(
        "INSERT INTO ledger_transaction (number, key, action, linked, cause, detail, effective_ms, recorded_ms, expires_ms, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    for new in &appended.transactions {
        let transaction = &batch[new.index];
        let expires = match transaction.action {
            Action::Reserve { expires } => expires.map(|expires| expires.as_millisecond()),
            _ => None,
        };
        insert.execute(params![
            int(new.number),
            &*transaction.key,
            transaction.action.name(),
            new.linked.map(int),
            &*transaction.cause,
            transaction.detail.as_deref(),
            transaction.effective.as_millisecond(),
            recorded.as_millisecond(),
            expires,
            new.body
        ])?;
    }
    let mut insert = connection.prepare_cached(
        "INSERT INTO ledger_posting (number, transaction_number, debit, credit, amount, debit_previous, credit_previous, reference)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    for posting in &appended.postings {
        insert.execute(params![
            int(posting.number),
            int(posting.transaction),
            int(posting.debit),
            int(posting.credit),
            int(posting.amount),
            int(posting.debit_previous),
            int(posting.credit_previous),
            posting.reference.as_deref()
        ])?;
    }
    let opened =
        "INSERT INTO ledger_balance (debits, credits, debits_pending, credits_pending, last_posting, account)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let changed = "UPDATE ledger_balance SET debits = ?1, credits = ?2, debits_pending = ?3, credits_pending = ?4, last_posting = ?5
         WHERE account = ?6";
    write_balances(connection, opened, &appended.opened)?;
    write_balances(connection, changed, &appended.changed)
}

fn write_balances(connection: &Connection, sql: &str, states: &[AccountState]) -> Result<()> {
    let mut statement = connection.prepare_cached(sql)?;
    for state in states {
        let balance = &state.balance;
        statement.execute(params![
            int(balance.debits),
            int(balance.credits),
            int(balance.debits_pending),
            int(balance.credits_pending),
            int(state.last_posting),
            int(state.id)
        ])?;
    }
    Ok(())
}
