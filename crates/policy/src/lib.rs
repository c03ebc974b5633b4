//! Program documents: what counts, who may earn, how money is divided.
//!
//! A program is a versioned TOML document. This crate parses and checks it, puts it into plain
//! words, compares versions and chooses the version in force. It settles nothing and reads no file.

pub mod codes;
mod condition;
pub mod conversion;
pub mod diff;
mod document;
pub mod period;
mod phrase;
pub mod program;
pub mod qualification;
pub mod registry;
pub mod scope;
mod substitute;
pub mod words;

pub use ::document::{Diagnostic, render_all};
pub use diff::{Change, diff};
pub use document::parse;
pub use period::{Period, PeriodError};
pub use program::{PeriodKind, Program};
pub use substitute::{SubstituteError, substitute};
pub use words::describe;

#[cfg(test)]
mod testing {
    //! Amounts for tests.

    use money::{Asset, Money};

    pub(crate) fn usd(amount: &str) -> Money {
        Money::parse(Asset::micro("USD").expect("a currency"), amount).expect("an amount")
    }
}
