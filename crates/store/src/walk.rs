//! Following the chains of accounts, newest entry first.

use crate::backend::Backend;
use crate::error::StoreError;
use crate::stored::{Step, StoredTransaction};
use ledger::{AccountState, Side};
use std::ops::ControlFlow;

type Result<T> = std::result::Result<T, StoreError>;

/// Calls a function with the entries of accounts until it has seen enough. Accounts are few: they are looked through for each posting.
pub(crate) fn walk(
    backend: &mut dyn Backend,
    mut states: Vec<AccountState>,
    mut each: impl FnMut(&Step<'_>) -> ControlFlow<()>,
) -> Result<()> {
    let posted = |state: &AccountState| state.balance.posted(state.account.kind.side());
    let mut balance: i128 = states.iter().map(posted).sum();
    loop {
        let next = states
            .iter()
            .map(|state| state.last_transaction)
            .max()
            .unwrap_or(0);
        if next == 0 {
            return Ok(());
        }
        let here = |state: &&AccountState| state.last_transaction == next;
        let transaction = backend.transaction(next)?;
        let transaction = transaction.ok_or_else(|| {
            let first = states.iter().find(here);
            damaged(first, next, "is not there")
        })?;
        let transaction = transaction.sound()?;
        if steps(&transaction, &states, &mut balance, &mut each).is_break() {
            return Ok(());
        }
        for state in states.iter_mut().filter(|state| state.last_transaction == next) {
            let previous = before(&transaction, state).unwrap_or(next);
            if previous >= next {
                return Err(damaged(Some(state), next, "does not lead to an earlier one"));
            }
            state.last_transaction = previous;
        }
    }
}

fn damaged(state: Option<&AccountState>, number: u64, reason: &str) -> StoreError {
    let account = state.map(|state| state.account.to_string()).unwrap_or_default();
    StoreError::Damaged {
        what: format!("the chain of `{account}`"),
        reason: format!("transaction {number} {reason}"),
    }
}

/// The last transaction of an account before this one; none: no posting of this one is of the account.
fn before(transaction: &StoredTransaction, state: &AccountState) -> Option<u64> {
    transaction.postings.iter().find_map(|posting| {
        if posting.debit == state.account {
            Some(posting.debit_previous)
        } else if posting.credit == state.account {
            Some(posting.credit_previous)
        } else {
            None
        }
    })
}

/// The entries of one transaction, the last first. Both sides of a posting between two of the accounts are entries.
fn steps(
    transaction: &StoredTransaction,
    states: &[AccountState],
    balance: &mut i128,
    each: &mut impl FnMut(&Step<'_>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    for (index, posting) in transaction.postings.iter().enumerate().rev() {
        for (is_debit, side) in [(false, &posting.credit), (true, &posting.debit)] {
            let Some(state) = states.iter().find(|state| state.account == *side) else {
                continue;
            };
            let amount = i128::from(posting.amount);
            let raises = is_debit == (state.account.kind.side() == Side::Debit);
            let change = match (transaction.is_posted(), raises) {
                (false, _) => 0,
                (true, true) => amount,
                (true, false) => -amount,
            };
            let step = Step {
                transaction,
                index,
                account: &state.account,
                is_debit,
                change,
                balance: *balance,
            };
            *balance -= change;
            each(&step)?;
        }
    }
    ControlFlow::Continue(())
}
