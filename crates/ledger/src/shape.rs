//! What can be said of a transaction without any books.

use crate::outcome::Outcome;
use crate::transaction::{MAX_AMOUNT, MAX_POSTINGS, Posting, Transaction};

/// Why no books would take a transaction, whatever stands in them.
pub(crate) fn refuse_shape(transaction: &Transaction) -> Option<Outcome> {
    let has_own = transaction.action.linked().is_none();
    if transaction.postings.is_empty() == has_own {
        return Some(Outcome::WrongPostings);
    }
    if transaction.postings.len() > MAX_POSTINGS {
        return Some(Outcome::TooManyPostings);
    }
    let any = |test: fn(&Posting) -> bool| transaction.postings.iter().any(test);
    if any(|posting| posting.amount == 0) {
        return Some(Outcome::ZeroAmount);
    }
    if any(|posting| posting.amount > MAX_AMOUNT) {
        return Some(Outcome::AmountTooLarge);
    }
    if any(|posting| posting.debit == posting.credit) {
        return Some(Outcome::SameAccount);
    }
    if any(|posting| posting.debit.asset != posting.credit.asset) {
        return Some(Outcome::AssetsDiffer);
    }
    let mut accounts = transaction
        .postings
        .iter()
        .flat_map(|posting| [&posting.debit, &posting.credit]);
    accounts
        .find(|account| !account.is_allowed())
        .map(|account| Outcome::AccountNotAllowed(account.clone()))
}

/// The same postings the other way round.
pub fn mirrored(postings: &[Posting]) -> Vec<Posting> {
    let mirror = |posting: &Posting| Posting {
        debit: posting.credit.clone(),
        credit: posting.debit.clone(),
        amount: posting.amount,
        reference: posting.reference.clone(),
    };
    postings.iter().map(mirror).collect()
}
