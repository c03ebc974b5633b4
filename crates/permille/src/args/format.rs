//! `--format`

use clap::ValueEnum;

/// How lists and results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Aligned columns for people
    Table,
    /// Comma-separated values with a header
    Csv,
    /// JSON for programs
    Json,
}

/// What `--format` may say: one option for listings and for exports, so that both are asked for in one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Asked {
    /// Aligned columns for people
    Table,
    /// Comma-separated values with a header
    Csv,
    /// JSON for programs
    Json,
    /// An hledger journal: `ledger export`
    #[value(hide = true)]
    Hledger,
    /// A Beancount file: `ledger export`
    #[value(hide = true)]
    Beancount,
}
