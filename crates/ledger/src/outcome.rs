//! Every answer the books can give to a transaction, in the order of precedence: the first that applies is given.

use crate::account::Account;
use std::fmt;
use std::sync::Arc;

/// The answer to one transaction. `Posted` and `AlreadyPosted` are the good ones; every other leaves the books as they
/// were. The variants stand in order of precedence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The key is empty, too long, or has control characters.
    InvalidKey,
    /// The same transaction was accepted before, under this number: nothing is booked again.
    AlreadyPosted {
        /// Its number.
        number: u64,
    },
    /// Another transaction has this key.
    KeyReused {
        /// Its number.
        number: u64,
    },
    /// There are no postings where there must be some, or some where there must be none.
    WrongPostings,
    /// More postings than a transaction may have.
    TooManyPostings,
    /// An amount is zero.
    ZeroAmount,
    /// An amount is larger than a store keeps.
    AmountTooLarge,
    /// Debit and credit are the same account.
    SameAccount,
    /// Debit and credit hold different assets.
    AssetsDiffer,
    /// The chart has no such account: an owner is missing or one too many, or the asset does not belong there.
    AccountNotAllowed(Account),
    /// There is no transaction with the linked key.
    LinkedNotFound(Arc<str>),
    /// The linked transaction is not pending, or not one that can be reversed.
    LinkedNotOpen(Arc<str>),
    /// The reservation's time is not over, so it cannot expire; or it is over, so it cannot be settled.
    WrongTime(Arc<str>),
    /// The balance would go below zero on an account that must not.
    Overdraft(Account),
    /// A sum would grow beyond what a store keeps.
    BalanceOverflow(Account),
    /// Booked under this number.
    Posted {
        /// Its number.
        number: u64,
    },
}

impl Outcome {
    /// True when the transaction stands in the books, now or since earlier.
    pub const fn is_booked(&self) -> bool {
        matches!(self, Outcome::Posted { .. } | Outcome::AlreadyPosted { .. })
    }

    /// Stable code, for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Outcome::InvalidKey => "invalid-key",
            Outcome::AlreadyPosted { .. } => "already-posted",
            Outcome::KeyReused { .. } => "key-reused",
            Outcome::WrongPostings => "wrong-postings",
            Outcome::TooManyPostings => "too-many-postings",
            Outcome::ZeroAmount => "zero-amount",
            Outcome::AmountTooLarge => "amount-too-large",
            Outcome::SameAccount => "same-account",
            Outcome::AssetsDiffer => "assets-differ",
            Outcome::AccountNotAllowed(_) => "account-not-allowed",
            Outcome::LinkedNotFound(_) => "linked-not-found",
            Outcome::LinkedNotOpen(_) => "linked-not-open",
            Outcome::WrongTime(_) => "wrong-time",
            Outcome::Overdraft(_) => "overdraft",
            Outcome::BalanceOverflow(_) => "balance-overflow",
            Outcome::Posted { .. } => "posted",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::InvalidKey => f.write_str("the key must have 1 to 200 bytes without control characters"),
            Outcome::AlreadyPosted { number } => write!(f, "already booked as transaction {number}"),
            Outcome::KeyReused { number } => {
                write!(f, "transaction {number} has this key and says something else")
            }
            Outcome::WrongPostings => {
                f.write_str("this kind of transaction needs postings, or must have none")
            }
            Outcome::TooManyPostings => write!(f, "more than {} postings", crate::MAX_POSTINGS),
            Outcome::ZeroAmount => f.write_str("an amount is zero"),
            Outcome::AmountTooLarge => write!(f, "an amount is larger than {}", crate::MAX_AMOUNT),
            Outcome::SameAccount => f.write_str("debit and credit are the same account"),
            Outcome::AssetsDiffer => f.write_str("debit and credit hold different assets"),
            Outcome::AccountNotAllowed(account) => write!(f, "the chart of accounts has no `{account}`"),
            Outcome::LinkedNotFound(key) => write!(f, "there is no transaction `{key}`"),
            Outcome::LinkedNotOpen(key) => {
                write!(f, "transaction `{key}` has ended already or cannot be ended so")
            }
            Outcome::WrongTime(key) => {
                write!(f, "the time of transaction `{key}` is not over, or over already")
            }
            Outcome::Overdraft(account) => write!(f, "`{account}` would go below zero"),
            Outcome::BalanceOverflow(account) => {
                write!(f, "a sum of `{account}` would grow beyond {}", crate::MAX_AMOUNT)
            }
            Outcome::Posted { number } => write!(f, "booked as transaction {number}"),
        }
    }
}
