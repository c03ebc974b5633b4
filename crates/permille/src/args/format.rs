//! `--format` and `--limit`: how results are printed, and how many of them.

use clap::{Args, ValueEnum};

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

/// Rows of a table, unless `--limit` says otherwise.
const ROWS: usize = 100;

/// How many rows are listed.
#[derive(Clone, Copy, Debug, Args)]
pub struct Limit {
    /// List at most so many; 0: all [default: 100 in a table, all in CSV and JSON]
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

impl Limit {
    /// The most rows that are listed. A limit that nobody asked for is for people who read a table; programs get everything.
    pub const fn rows(self, format: Format) -> usize {
        match (self.limit, format) {
            (Some(0), _) | (None, Format::Csv | Format::Json) => usize::MAX,
            (Some(limit), _) => limit,
            (None, Format::Table) => ROWS,
        }
    }
}
