//! `permille ledger ...`

use super::Limit;
use clap::{Args, Subcommand, ValueHint};
use std::path::PathBuf;

/// The commands about the books.
#[derive(Debug, Subcommand)]
pub enum Ledger {
    /// List accounts, or the chart of accounts
    Accounts {
        /// Print every kind of account there can be, and what it is for
        #[arg(long, conflicts_with_all = ["kind", "owner", "asset"])]
        chart: bool,
        /// Which accounts
        #[command(flatten)]
        of: Chosen,
        /// How many
        #[command(flatten)]
        limit: Limit,
    },
    /// Show what stands on accounts: posted, pending, available
    Balances {
        /// Which accounts
        #[command(flatten)]
        of: Chosen,
        /// How many
        #[command(flatten)]
        limit: Limit,
    },
    /// Sum debits and credits by kind and asset, and say whether they are equal
    TrialBalance,
    /// List what moved an account, newest first, with its running balance
    Entries {
        /// The account as `ledger accounts` prints it: KIND, KIND:OWNER, or either with " ASSET" behind it, in quotes
        #[arg(required_unless_present_any = ["kind", "owner"], conflicts_with = "kind")]
        account: Option<String>,
        /// Which account
        #[command(flatten)]
        of: Chosen,
        /// How many
        #[command(flatten)]
        limit: Limit,
    },
    /// Say that the last transactions were recorded by a clock that was wrong, so that others can be recorded after them
    MendClock {
        /// What was wrong, and how that is known
        #[arg(long)]
        reason: String,
    },
    /// Read every transaction and every record, and compute hashes, chains, balances and sums again
    Verify {
        /// The head that an earlier `ledger verify` printed: say whether what stood then stands still
        #[arg(long, value_name = "HEAD")]
        against: Option<String>,
    },
    /// Write the books as an hledger journal, a Beancount file, or CSV: --format hledger, beancount or csv
    Export(Export),
}

/// Which accounts.
#[derive(Clone, Debug, Args)]
pub struct Chosen {
    /// Only this kind, such as creator-pending
    #[arg(long, short = 'k')]
    pub kind: Option<String>,
    /// Only this owner's: a creator, viewer, program or party
    #[arg(long)]
    pub owner: Option<String>,
    /// Only this asset: USD/6, or USD at any scale
    #[arg(long)]
    pub asset: Option<String>,
    /// Only creators' money of this program
    #[arg(long)]
    pub program: Option<String>,
    /// Only creators' money from this source: us or other
    #[arg(long)]
    pub source: Option<String>,
}

/// `permille ledger export`
#[derive(Debug, Args)]
#[command(
    after_help = "permille ledger export --format hledger | hledger -f - check --strict\n\
    permille ledger export --format beancount --out books.beancount && bean-check books.beancount"
)]
pub struct Export {
    /// File to write; without it the export goes to standard output
    #[arg(long, short = 'o', value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub out: Option<PathBuf>,
}
