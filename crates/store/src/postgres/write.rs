//! Appending to the books: rows go over in binary copies, balances in one statement.

use super::client::{Client, Error, Rows};
use crate::stored::{checksum, stream_words};
use jiff::Timestamp;
use ledger::{Account, AccountState, Action, Appended, NewTransaction, Transaction};
use tokio_postgres::types::{ToSql, Type};

/// Rows of records written by one statement.
pub(super) const ROWS: usize = 1_000;

/// Amounts and numbers are at most `i64::MAX`: see `ledger::MAX_AMOUNT`.
pub(super) fn int(value: u64) -> i64 {
    i64::try_from(value).expect("the ledger keeps sums and numbers within 63 bits")
}

pub(super) fn append(
    client: &mut Client,
    batch: &[Transaction],
    appended: &Appended,
    recorded: Timestamp,
) -> Result<(), Error> {
    open_accounts(client, &appended.opened)?;
    write_transactions(client, batch, appended, recorded)?;
    write_postings(client, appended)
}

fn write_transactions(
    client: &mut Client,
    batch: &[Transaction],
    appended: &Appended,
    recorded: Timestamp,
) -> Result<(), Error> {
    let recorded = recorded.as_millisecond();
    let types = [
        Type::INT8,
        Type::TEXT,
        Type::TEXT,
        Type::INT8,
        Type::TEXT,
        Type::TEXT,
        Type::INT8,
        Type::INT8,
        Type::INT8,
        Type::BYTEA,
    ];
    let columns = "ledger_transaction (number, key, action, linked, cause, detail, effective_ms, recorded_ms, expires_ms, body)";
    copy(client, columns, &types, |writer| {
        for new in &appended.transactions {
            let transaction = &batch[new.index];
            let expires = match transaction.action {
                Action::Reserve { expires } => expires.map(|expires| expires.as_millisecond()),
                _ => None,
            };
            let row: [&(dyn ToSql + Sync); 10] = [
                &int(new.number),
                &&*transaction.key,
                &transaction.action.name(),
                &new.linked.map(int),
                &&*transaction.cause,
                &transaction.detail.as_deref(),
                &transaction.effective.as_millisecond(),
                &recorded,
                &expires,
                &&new.body[..],
            ];
            writer.write(&row)?;
        }
        Ok(())
    })
}

fn write_postings(client: &mut Client, appended: &Appended) -> Result<(), Error> {
    let types = [
        Type::INT8,
        Type::INT4,
        Type::INT8,
        Type::INT8,
        Type::INT8,
        Type::INT8,
        Type::INT8,
        Type::TEXT,
    ];
    let columns = "ledger_posting (transaction_number, place, debit, credit, amount, debit_previous, credit_previous, reference)";
    copy(client, columns, &types, |writer| {
        let of = |new: &'_ NewTransaction| appended.postings[new.postings.clone()].iter().zip(0_i32..);
        let all = appended.transactions.iter();
        for (number, (posting, place)) in all.flat_map(|new| of(new).map(|posting| (new.number, posting))) {
            let row: [&(dyn ToSql + Sync); 8] = [
                &int(number),
                &place,
                &int(posting.debit),
                &int(posting.credit),
                &int(posting.amount),
                &int(posting.debit_previous),
                &int(posting.credit_previous),
                &posting.reference.as_deref(),
            ];
            writer.write(&row)?;
        }
        Ok(())
    })
}

fn open_accounts(client: &mut Client, opened: &[(u64, Account)]) -> Result<(), Error> {
    if opened.is_empty() {
        return Ok(());
    }
    let types = [
        Type::INT8,
        Type::TEXT,
        Type::TEXT,
        Type::TEXT,
        Type::TEXT,
        Type::TEXT,
        Type::TEXT,
    ];
    copy(
        client,
        "ledger_account (id, kind, owner, asset, program, source, earner)",
        &types,
        |writer| {
            for (id, account) in opened {
                let [program, source, earner] = stream_words(account);
                let row: [&(dyn ToSql + Sync); 7] = [
                    &int(*id),
                    &account.kind.name(),
                    &&*account.owner,
                    &account.asset.to_string(),
                    &program,
                    &source,
                    &earner,
                ];
                writer.write(&row)?;
            }
            Ok(())
        },
    )
}

fn copy(
    client: &mut Client,
    columns: &str,
    types: &[Type],
    rows: impl FnOnce(&mut Rows<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    client.copy_in(&format!("COPY {columns} FROM STDIN BINARY"), types, rows)
}

pub(super) fn balances(client: &mut Client, states: &[&AccountState]) -> Result<(), Error> {
    if states.is_empty() {
        return Ok(());
    }
    let column = |value: fn(&AccountState) -> u64| -> Vec<i64> {
        states.iter().map(|state| int(value(state))).collect()
    };
    client.execute(
        "INSERT INTO ledger_balance (account, debits, credits, debits_pending, credits_pending, last_transaction, checksum)
         SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
         ON CONFLICT (account) DO UPDATE SET debits = excluded.debits, credits = excluded.credits,
           debits_pending = excluded.debits_pending, credits_pending = excluded.credits_pending,
           last_transaction = excluded.last_transaction, checksum = excluded.checksum",
        &[
            &column(|state| state.id),
            &column(|state| state.balance.debits),
            &column(|state| state.balance.credits),
            &column(|state| state.balance.debits_pending),
            &column(|state| state.balance.credits_pending),
            &column(|state| state.last_transaction),
            &states.iter().map(|state| checksum(state)).collect::<Vec<i64>>(),
        ],
    )?;
    Ok(())
}
