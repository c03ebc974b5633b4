//! `permille audit ...`

use super::Limit;
use clap::{Args, Subcommand};
use jiff::civil::Date;

/// The commands about who changed the books.
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// List changes of the books, newest first: who, by which command, when, what was written
    List(Changes),
    /// Show one change with all that it wrote: transactions, and records before and after
    Show {
        /// Its number, as `audit list` prints it
        change: u64,
    },
    /// List what happened since a change, for who acts on it: periods settled and closed, payouts, breaks, LIVE; oldest first
    Messages {
        /// The last change that was heard of
        #[arg(long, value_name = "CHANGE", default_value_t = 0)]
        after: u64,
        /// Of how many changes
        #[command(flatten)]
        limit: Limit,
    },
    /// Check the books against themselves, and against a head that was kept: the same as `ledger verify`
    Verify {
        /// The head that an earlier check printed: say whether what stood then stands still
        #[arg(long, value_name = "HEAD")]
        against: Option<String>,
    },
}

/// `permille audit list`
#[derive(Debug, Args)]
pub struct Changes {
    /// Only somebody's
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// Only those of commands that begin with these words: payout, "payout approve"
    #[arg(long, value_name = "WORDS")]
    pub command: Option<String>,
    /// Only those from this day on, in UTC
    #[arg(long, value_name = "DATE")]
    pub since: Option<Date>,
    /// Only those until this day, it included
    #[arg(long, value_name = "DATE")]
    pub until: Option<Date>,
    /// Only those that wrote a record: its kind, or kind and id, such as payee or payee:anna
    #[arg(long, value_name = "KIND[:ID]")]
    pub record: Option<String>,
    /// How many
    #[command(flatten)]
    pub limit: Limit,
}
