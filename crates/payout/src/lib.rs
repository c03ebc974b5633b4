//! Who may be paid, what is withheld, what goes to the bank and what its answer means.
//!
//! Everything here is a function of its arguments: dates, ids and rates are handed in, files come and go
//! as text. There is no floating point, and no amount changes without a rounding that is named and a
//! residue that is handed back. This crate decides nothing about earnings: it is given what a program
//! made payable.

mod amount;
pub mod batch;
pub mod calendar;
pub mod currency;
mod debtor;
pub mod division;
pub mod fx;
pub mod invoice;
pub mod iso20022;
pub mod payee;
pub mod person;
mod rail;
pub mod rail_files;
pub mod readiness;
pub mod reconcile;
pub mod split;
mod territory;
pub mod withholding;

/// Amounts of tests.
#[cfg(test)]
mod testing;
