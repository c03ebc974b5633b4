//! `permille lines` and `permille explain`.

use super::Limit;
use clap::Args;

/// `permille lines`
#[derive(Debug, Args)]
pub struct Lines {
    /// Only this program's
    #[arg(long, short = 'p', value_name = "ID")]
    pub program: Option<String>,
    /// Only this period or month
    #[arg(long, value_name = "PERIOD")]
    pub period: Option<String>,
    /// Only this creator's
    #[arg(long)]
    pub creator: Option<String>,
    /// Only this video's
    #[arg(long)]
    pub video: Option<String>,
    /// How many, the largest first
    #[command(flatten)]
    pub limit: Limit,
}

/// `permille explain`
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("what").required(true).args(["line", "creator"])))]
pub struct Explain {
    /// Earning line's id (`permille lines` lists them)
    pub line: Option<String>,
    /// A creator: why an amount, or why none
    #[arg(long, requires_all = ["program", "period"])]
    pub creator: Option<String>,
    /// With --creator: the program
    #[arg(long, short = 'p', value_name = "ID")]
    pub program: Option<String>,
    /// With --creator: the period
    #[arg(long, value_name = "PERIOD")]
    pub period: Option<String>,
    /// Sample events shown for each verdict
    #[arg(long, default_value_t = 3)]
    pub samples: usize,
}
