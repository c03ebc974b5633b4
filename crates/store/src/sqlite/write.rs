//! Appending to the books.

use super::postings::pack;
use super::rows::Rows;
use crate::stored::{checksum, stream_words};
use jiff::Timestamp;
use ledger::{AccountState, Action, Appended, Transaction};
use rusqlite::{Connection, Result, params};

/// Amounts and numbers are at most `i64::MAX`: see `ledger::MAX_AMOUNT`.
pub(super) fn int(value: u64) -> i64 {
    i64::try_from(value).expect("the ledger keeps sums and numbers within 63 bits")
}

/// Adds a group. False: a key is taken, and nothing was added.
pub(super) fn append(
    connection: &Connection,
    batch: &[Transaction],
    appended: &Appended,
    recorded: Timestamp,
) -> Result<bool> {
    if !take_keys(connection, batch, appended)? {
        return Ok(false);
    }
    let mut open = connection
        .prepare_cached("INSERT INTO ledger_account (id, kind, owner, asset, program, source, earner) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
    for (id, account) in &appended.opened {
        let [program, source, earner] = stream_words(account);
        open.execute(params![
            int(*id),
            account.kind.name(),
            &*account.owner,
            account.asset.to_string(),
            program,
            source,
            earner
        ])?;
    }
    // FAIL needs no copy of the pages a statement changes; after an error nothing of the database transaction is kept.
    let insert = "INSERT OR FAIL INTO ledger_transaction
        (number, key, action, linked, cause, detail, effective_ms, recorded_ms, expires_ms, body, postings)";
    let mut rows = Rows::new(connection, insert, 11, "", appended.transactions.len())?;
    let mut postings = Vec::new();
    for new in &appended.transactions {
        let transaction = &batch[new.index];
        pack(&appended.postings[new.postings.clone()], &mut postings);
        let postings = std::str::from_utf8(&postings).expect("JSON is UTF-8");
        let expires = match transaction.action {
            Action::Reserve { expires } => expires.map(|expires| expires.as_millisecond()),
            _ => None,
        };
        rows.add(params![
            int(new.number),
            &*transaction.key,
            transaction.action.name(),
            new.linked.map(int),
            &*transaction.cause,
            transaction.detail.as_deref(),
            transaction.effective.as_millisecond(),
            recorded.as_millisecond(),
            expires,
            new.body,
            postings
        ])?;
    }
    Ok(true)
}

/// Takes the keys of a group, in their order: neighbours lie on one page. If one is taken already, those before it are given
/// back, which is cheaper than to make every group a savepoint.
fn take_keys(connection: &Connection, batch: &[Transaction], appended: &Appended) -> Result<bool> {
    let mut keys: Vec<(&str, u64)> = appended
        .transactions
        .iter()
        .map(|new| (&*batch[new.index].key, new.number))
        .collect();
    keys.sort_unstable();
    let insert = "INSERT INTO ledger_key (key, transaction_number)";
    let mut rows = Rows::new(connection, insert, 2, "ON CONFLICT DO NOTHING", keys.len())?;
    for (key, number) in &keys {
        rows.add(params![key, int(*number)])?;
        if rows.has_kept_out() {
            let mut give_back = connection
                .prepare_cached("DELETE FROM ledger_key WHERE key = ?1 AND transaction_number = ?2")?;
            for (key, number) in keys {
                give_back.execute(params![key, int(number)])?;
            }
            return Ok(false);
        }
    }
    Ok(true)
}

pub(super) fn balances(connection: &Connection, states: &[&AccountState]) -> Result<()> {
    let insert = "INSERT OR REPLACE INTO ledger_balance (account, debits, credits, debits_pending, credits_pending, last_transaction, checksum)";
    let mut rows = Rows::new(connection, insert, 7, "", states.len())?;
    for state in states {
        let balance = &state.balance;
        rows.add(params![
            int(state.id),
            int(balance.debits),
            int(balance.credits),
            int(balance.debits_pending),
            int(balance.credits_pending),
            int(state.last_transaction),
            checksum(state)
        ])?;
    }
    Ok(())
}
