//! From payable money to a bank file and back: payees, what is payable to whom, batches, answers.
//!
//! What may be paid is decided by crate `payout`; what was paid stands in the books. Each step is one database
//! transaction that changes the batch and the books together, so that a process that ends midway leaves all of it or
//! nothing.

mod again;
pub mod answer;
pub mod approve;
pub mod batches;
pub mod breaks;
pub mod by_hand;
pub mod collecting;
mod decisions;
mod earlier;
pub mod expire;
pub mod export;
mod fixed;
pub mod history;
pub mod invoices;
mod let_go;
mod of_periods;
mod offset;
pub mod one_account;
pub mod owing;
mod payee_balances;
pub(crate) mod payee_records;
pub mod payees;
mod platform_terms;
pub mod prepare;
pub mod preview;
pub mod program_balances;
pub mod rates;
mod read;
mod recipients;
pub mod recover;
mod reservation;
pub(crate) mod reserved;
pub mod review;
mod rules;
pub mod since;
pub mod splits;
pub(crate) mod stored;
mod takes;
mod unmatched;
mod upcoming;
pub mod vouch;
pub mod vouched;
mod whole;
mod whose;

pub use stored::StoredBatch;
