//! Double-entry books as a pure state machine.
//!
//! A [`Posting`] is one debit and one equal credit, so an unbalanced transaction cannot be written down. A
//! [`Transaction`] is an atomic list of postings with a cause, an effective time and an idempotency key. The [`Books`]
//! take transactions one after the other and answer each with one [`Outcome`]; what they accept they only ever append.
//!
//! This crate does no IO and reads no clock: a store hands in what it knows (balances, earlier transactions) and writes
//! what comes out.

mod account;
mod balance;
mod books;
mod chart;
pub mod export;
mod outcome;
mod shape;
mod stream;
mod transaction;

pub use account::{Account, Owner};
pub use balance::{Balance, BalanceOverflow};
pub use books::{AccountState, Appended, Books, Known, Mark, NewPosting, NewTransaction, Stage};
pub use chart::{AccountKind, Class, Holds, Limit, OwnerKind, Side, Streams};
pub use outcome::Outcome;
pub use shape::mirrored;
pub use stream::{Source, Stream};
pub use transaction::{Action, Body, MAX_AMOUNT, MAX_KEY, MAX_POSTINGS, Posting, Transaction};
