//! How runs get into the books: the first of a period in full, a later one as the difference, with its reasons.
//!
//! What stands in the books is derived from runs, and never the other way round. Every transaction has a key made of
//! program, period, run and creator, so that posting a run again changes nothing.

mod attribution;
mod basis;
pub(crate) mod collected;
mod expired;
mod post;
pub mod unreleased;

pub(crate) use attribution::Attribution;
pub use attribution::Change;
pub use post::Posted;
pub(crate) use post::{ToPost, key_prefix};

use crate::base::error::{Cause, Error, Result};
use crate::base::keys;
use journal::Entry;
use ledger::{
    Account, AccountKind, MAX_AMOUNT, Outcome, Owner, OwnerKind, Posting, Source, Stream, Transaction,
};
use money::Asset;
use std::ops::ControlFlow;
use std::sync::Arc;
use store::{Step, StoredTransaction, Tx};

/// Country whose views make a source in the United States.
pub(crate) const US: &str = "US";

/// What a transaction means. Errors: it cannot be read, and nothing may be guessed in its place.
pub(crate) fn entry_of(transaction: &StoredTransaction) -> Result<Entry> {
    let detail = transaction.detail.as_deref();
    Entry::read(&transaction.action, &transaction.cause, detail).map_err(|e| {
        Error::bad_input(
            "books/entry",
            format!("transaction `{}` cannot be read: {e}", transaction.key),
        )
        .hint("`permille ledger verify` checks the books; it may have been written by a newer permille")
        .because(Cause::Books)
    })
}

/// Walks accounts' entries as [`Tx::walk`] does, with a function that may fail: its first error ends the walk and is returned.
pub(crate) fn walk(
    tx: &mut Tx<'_>,
    accounts: &[Account],
    mut each: impl FnMut(&Step<'_>) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let mut failed = None;
    tx.walk(accounts, |step| {
        each(step).unwrap_or_else(|error| {
            failed = Some(error);
            ControlFlow::Break(())
        })
    })?;
    failed.map_or(Ok(()), Err)
}

/// A posting of an amount that may be negative: it then goes the other way. None for nothing.
pub(crate) fn flow(
    debit: &Account,
    credit: &Account,
    units: i128,
    reference: Option<Arc<str>>,
) -> Result<Option<Posting>> {
    if units == 0 {
        return Ok(None);
    }
    let (debit, credit) = if units > 0 {
        (debit, credit)
    } else {
        (credit, debit)
    };
    let amount = u64::try_from(units.unsigned_abs())
        .ok()
        .filter(|amount| *amount <= MAX_AMOUNT);
    let amount = amount.ok_or_else(|| {
        Error::refused(
            "books/amount",
            format!("{units} units of {} are more than the books hold", debit.asset),
        )
        .hint(format!("one posting holds at most {MAX_AMOUNT} smallest units"))
        .because(Cause::Event)
    })?;
    Ok(Some(Posting {
        debit: debit.clone(),
        credit: credit.clone(),
        amount,
        reference,
    }))
}

/// An account of a creator for money of a program from a source.
pub(crate) fn creators(
    kind: AccountKind,
    creator: impl Into<Owner>,
    asset: Asset,
    (program, source): (&str, Source),
) -> Account {
    Account::streamed(kind, creator, asset, Stream::new(program, source))
}

/// How the keys of what expired of a creator's money of a program begin, where a payee collects it, and of what of that was undone. Behind it
/// stand the number of the last transaction of the money that expired, its asset, the period, and a run: with as many digits as they can
/// have, 90 characters.
pub(crate) fn expiry_prefix(program: &str, payee: &str, creator: &str) -> String {
    match payee == creator {
        true => keys::within(&format!("expire/{program}"), creator, 90),
        // Another kind: a creator may be called like two ids with a `/` between them.
        false => keys::within(
            &format!("expire-collected/{program}"),
            &keys::pair(payee, creator),
            90,
        ),
    }
}

/// An amount by source, of which `us` units have theirs in the United States.
pub(crate) const fn by_source(units: i128, us: i128) -> [(Source, i128); 2] {
    [(Source::Other, units - us), (Source::Us, us)]
}

/// Whom a transaction is about, for messages: its key may hide it.
fn whose(transaction: &Transaction) -> String {
    let accounts = transaction
        .postings
        .iter()
        .flat_map(|posting| [&posting.credit, &posting.debit]);
    let mut of_somebody =
        accounts.filter(|account| !account.owner.is_empty() && account.kind.owner() != OwnerKind::Program);
    of_somebody
        .next()
        .map_or_else(String::new, |account| format!(" of `{}`", account.owner))
}

/// Books transactions of which none may be refused: what they say was decided before. One that stands in the books already is
/// refused too: it was decided on what is not so any more, and what would be written beside it (a sum, a wallet) would count twice.
pub(crate) fn post_all(tx: &mut Tx<'_>, batch: &[Transaction]) -> Result<()> {
    let outcomes = tx.post(batch)?;
    let refused = |outcome: &Outcome| !matches!(outcome, Outcome::Posted { .. });
    match batch.iter().zip(&outcomes).find(|(_, outcome)| refused(outcome)) {
        None => Ok(()),
        Some((transaction, outcome)) => Err(Error::refused(
            "books/refused",
            format!(
                "the books refuse `{}`{}: {outcome}",
                transaction.key,
                whose(transaction)
            ),
        )
        .hint("nothing of this command was kept; `permille ledger verify` checks the books")
        .because(Cause::Event)),
    }
}
