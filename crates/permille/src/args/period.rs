//! `permille period ...` and `permille restate`

use clap::{Args, Subcommand};

/// `permille period ...`
#[derive(Debug, Subcommand)]
pub enum Period {
    /// Show how far each period has come: estimated, final, payable
    Status {
        /// Only this program's
        #[arg(long, short = 'p', value_name = "ID")]
        program: Option<String>,
    },
    /// Make estimates final: afterwards only a restatement changes them, and LIVE money that comes late is booked for the next period.
    /// Also lets money whose day has come become payable
    Close(Periods),
    /// Keep closed periods as they are: not even a restatement changes them, and LIVE money that comes late for them is told
    Lock(Periods),
}

/// Which periods.
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("which").required(true).args(["period", "month", "due"])))]
pub struct Periods {
    /// Only this program's
    #[arg(long, short = 'p', value_name = "ID", required_unless_present_any = ["month", "due"])]
    pub program: Option<String>,
    /// One period: a day as 2026-10-05, a month as 2026-10
    #[arg(long, value_name = "PERIOD", requires = "program")]
    pub period: Option<String>,
    /// Every period that begins in a month
    #[arg(long, value_name = "YYYY-MM")]
    pub month: Option<String>,
    /// Every period whose day has come
    #[arg(long)]
    pub due: bool,
}

/// `permille restate`
#[derive(Debug, Args)]
pub struct Restate {
    /// The program
    #[arg(long, short = 'p', value_name = "ID")]
    pub program: String,
    /// The closed period
    #[arg(long, value_name = "PERIOD")]
    pub period: String,
    /// Take up commits of the archive up to this number [default: all]
    #[arg(long, value_name = "COMMIT")]
    pub stored_before: Option<u64>,
}
