//! The command line's grammar: every command, option and its help.

mod actor;
mod audit;
mod format;
mod ledger;
mod period;

pub use actor::{Actor, Wanted};
pub use audit::{Audit, Changes};
pub use format::{Asked, Format, Limit};
pub use ledger::{Chosen, Export, Ledger};
pub use period::{Period, Periods, Restate};

use clap::{Args, Parser, Subcommand, ValueHint};
use event::kind::Kind;
use jiff::civil::Date;
use std::path::PathBuf;

mod earnings;
mod payout;

pub use earnings::{Explain, Lines};
pub use payout::{Breaks, Ending, Payee, Payout, Receive, Statement, Vouch};

/// Creator monetization: from views to exact, explained earnings.
#[derive(Debug, Parser)]
#[command(name = "permille", version, about, max_term_width = 110)]
pub struct Cli {
    /// What every command understands.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
pub struct Global {
    /// Workspace folder; without it the nearest folder above with a permille.toml
    #[arg(long, short = 'w', global = true, value_name = "DIR", env = "PERMILLE_WORKSPACE", value_hint = ValueHint::DirPath)]
    pub workspace: Option<PathBuf>,
    /// How lists and results are printed
    #[arg(long, short = 'f', global = true, value_enum, default_value_t = Asked::Table, env = "PERMILLE_FORMAT")]
    pub format: Asked,
    /// Worker threads [default: as many as there are cores]
    #[arg(long, global = true, value_name = "N", env = "PERMILLE_THREADS", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Memory budget for heavy work, e.g. 512MiB; larger data is spilled to temporary files [default: 1GiB]
    #[arg(long, global = true, value_name = "SIZE", env = "PERMILLE_MEMORY")]
    pub memory: Option<String>,
    /// Where the books are: a SQLite file or postgres://USER@HOST/DATABASE [default: as configured, else in the workspace]
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "PERMILLE_STORE",
        hide_env_values = true
    )]
    pub store: Option<String>,
    /// Who is asking: recorded with every change of the books [default: the login name]
    #[arg(long, global = true, value_name = "NAME", env = "PERMILLE_USER")]
    pub user: Option<String>,
    /// Do the command once under this key: called again with it, it says what was done [default: each call is new]
    #[arg(long, global = true, value_name = "KEY", hide_short_help = true)]
    pub key: Option<String>,
    /// Do nothing: decide and answer as the command would, and keep nothing of it; for commands that change the books
    #[arg(long, global = true)]
    pub dry_run: bool,
    /// Take this instant as the present, e.g. 2026-11-01T00:00:00Z: no later one than the clock's, but in workspaces for tests
    #[arg(
        long,
        global = true,
        value_name = "TIME",
        env = "PERMILLE_NOW",
        hide_short_help = true
    )]
    pub now: Option<jiff::Timestamp>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Generate a platform, import it, settle a month, and explain a line
    Demo(Demo),
    /// Make a workspace
    Init(Init),
    /// Bring a platform's own files into the archive
    Import(Import),
    /// List rows that could not be read
    Quarantine(Quarantine),
    /// List what the archive holds
    Archive,
    /// Write a realistic platform as Parquet files
    Generate(Generate),
    /// Count facts (per video, country and day) and write them as Parquet
    Facts(Facts),
    /// Write every view's verdict as Parquet, and compare verdicts with labels
    Verdicts(Verdicts),
    /// Show how many views qualified and why the others did not
    Funnel(Funnel),
    /// Check, apply and compare program documents
    #[command(subcommand)]
    Program(Program),
    /// Settle a program's period: decide who earned what
    Settle(Settle),
    /// See, close and lock settled periods
    #[command(subcommand)]
    Period(Period),
    /// Run a closed period again with what was stored since, and post only the difference
    Restate(Restate),
    /// Mark views or viewers as invalid, with evidence; the next settlement or restatement takes it up
    Invalidate(Invalidate),
    /// Book gifts, purchases and refunds; show rooms, the gift catalogue and wallets
    #[command(subcommand)]
    Live(Live),
    /// Bring in, check and hold payees
    #[command(subcommand)]
    Payee(Payee),
    /// Pay creators: preview, batches that two people sign, bank files and banks' answers
    #[command(subcommand)]
    Payout(Payout),
    /// Look into the books: accounts, balances, entries, checks, exports
    #[command(subcommand)]
    Ledger(Ledger),
    /// Say who uses the workspace, and in which roles
    #[command(subcommand)]
    Actor(Actor),
    /// See who changed the books, by which command, when, and what
    #[command(subcommand)]
    Audit(Audit),
    /// List settlement runs
    Runs(Runs),
    /// Replay every run and compare the results
    Verify(Verify),
    /// Copy books and files into a folder that the workspace can go on from
    Backup(Backup),
    /// List earning lines
    Lines(Lines),
    /// Show what a creator earned in a month
    Statement(Statement),
    /// Take an amount apart, or say why there is none
    Explain(Explain),
    /// Backtest a program document on the archive without writing anything
    Simulate(Simulate),
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// `permille demo`
#[derive(Debug, Args)]
pub struct Demo {
    /// Folder of the demo's workspace; made anew, refused if it holds something else
    #[arg(long, value_name = "DIR", default_value = "permille-demo", value_hint = ValueHint::DirPath)]
    pub dir: PathBuf,
    /// Views to generate
    #[arg(long, default_value_t = 3_000_000, value_parser = clap::value_parser!(u64).range(1_000..=1_000_000_000))]
    pub views: u64,
    /// Seed of the generated platform
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Print the results and stop (there is nothing to serve: accepted so that scripts can say so)
    #[arg(long)]
    pub no_serve: bool,
}

/// `permille backup`
#[derive(Debug, Args)]
pub struct Backup {
    /// Folder of the copy: not there yet
    #[arg(value_hint = ValueHint::DirPath)]
    pub dir: PathBuf,
    /// Only the files: the books are on a server and were saved before, with `pg_dump`
    #[arg(long)]
    pub files: bool,
}

/// `permille init`
#[derive(Debug, Args)]
pub struct Init {
    /// Folder of the workspace
    #[arg(default_value = ".", value_hint = ValueHint::DirPath)]
    pub dir: PathBuf,
    /// Print the default configuration and make nothing
    #[arg(long)]
    pub print: bool,
    /// A workspace for tests and rehearsals: `--now` may be later than the clock, and payouts are never exported
    #[arg(long)]
    pub test: bool,
}

/// `permille import`
#[derive(Debug, Args)]
pub struct Import {
    /// What the rows are: view, engagement, ad_impression, funding, creator, video; of LIVE: gift-frame, coin-purchase,
    /// coin-refund, room-activity, subscription, redemption, gift
    pub kind: Kind,
    /// CSV, TSV, NDJSON or Parquet files; plain, gzip or zstd
    #[arg(required = true, value_hint = ValueHint::FilePath)]
    pub files: Vec<PathBuf>,
    /// Mapping document: which column is which field
    #[arg(long, short = 'm', value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub mapping: Option<PathBuf>,
}

/// `permille quarantine`
#[derive(Debug, Args)]
pub struct Quarantine {
    /// Only rows of this kind
    #[arg(long)]
    pub kind: Option<Kind>,
    /// How many
    #[command(flatten)]
    pub limit: Limit,
}

/// `permille generate`
#[derive(Debug, Args)]
pub struct Generate {
    /// Seed: the same seed gives the same bytes
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Days of traffic
    #[arg(long, default_value_t = 30)]
    pub days: u32,
    /// Creators
    #[arg(long, default_value_t = 1_000)]
    pub creators: u32,
    /// Viewers
    #[arg(long, default_value_t = 100_000)]
    pub viewers: u32,
    /// Views
    #[arg(long, default_value_t = 1_000_000)]
    pub views: u64,
    /// First day
    #[arg(long, default_value = "2026-09-01")]
    pub start: Date,
    /// Folder to write to
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub out: PathBuf,
}

/// Which days.
#[derive(Debug, Args)]
pub struct Span {
    /// First day (UTC)
    #[arg(long, value_name = "DATE")]
    pub from: Option<Date>,
    /// Last day (UTC), included
    #[arg(long, value_name = "DATE")]
    pub to: Option<Date>,
}

/// Which thresholds.
#[derive(Debug, Args)]
pub struct Thresholds {
    /// Use the thresholds of this program: an applied program's id, a shipped one's id, or a document
    #[arg(long, short = 'p', value_name = "ID|FILE", default_value = "creator-rewards")]
    pub program: String,
}

/// Which events are counted, how, and where the result goes.
#[derive(Debug, Args)]
pub struct Counted {
    /// Which days; without it every day there is
    #[command(flatten)]
    pub span: Span,
    /// Which thresholds
    #[command(flatten)]
    pub thresholds: Thresholds,
    /// Read raw Parquet files without importing them: a folder with view/, engagement/, ad_impression/, creator/, video/
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub raw: Option<PathBuf>,
    /// Parquet file to write
    #[arg(long, short = 'o', value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub out: PathBuf,
}

/// `permille facts`
#[derive(Debug, Args)]
pub struct Facts {
    /// What is counted
    #[command(flatten)]
    pub of: Counted,
}

/// `permille verdicts`
#[derive(Debug, Args)]
pub struct Verdicts {
    /// What is judged
    #[command(flatten)]
    pub of: Counted,
    /// Compare with known invalid views: a folder of Parquet files with `event_id` and `rule`, as `generate` writes them
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub labels: Option<PathBuf>,
}

/// `permille funnel`
#[derive(Debug, Args)]
pub struct Funnel {
    /// Only this creator's videos
    #[arg(long)]
    pub creator: Option<String>,
    /// Only this video
    #[arg(long)]
    pub video: Option<String>,
    /// Only this day (UTC)
    #[arg(long, conflicts_with_all = ["from", "to"])]
    pub day: Option<Date>,
    /// Which days; without it every day there is
    #[command(flatten)]
    pub span: Span,
    /// Which thresholds
    #[command(flatten)]
    pub thresholds: Thresholds,
}

/// `permille program ...`
#[derive(Debug, Subcommand)]
pub enum Program {
    /// Check a document and say what is wrong, where, and what to do
    Check {
        /// Program documents
        #[arg(required = true, value_hint = ValueHint::FilePath)]
        files: Vec<PathBuf>,
    },
    /// Put versions into force from their `effective_from`; a version never changes afterwards
    Apply {
        /// Program documents, or ids of shipped programs
        #[arg(required = true, value_name = "FILE|ID")]
        documents: Vec<String>,
    },
    /// List applied versions and shipped programs
    List,
    /// Say in plain words what a program does
    Show {
        /// Applied or shipped program's id, or a document
        #[arg(value_name = "ID|FILE")]
        program: String,
        /// This version instead of the newest
        #[arg(long)]
        version: Option<u32>,
        /// Print the document itself
        #[arg(long)]
        source: bool,
    },
    /// Say what differs between two versions
    Diff {
        /// ID, ID@VERSION or FILE
        #[arg(value_name = "OLD")]
        old: String,
        /// ID, ID@VERSION or FILE
        #[arg(value_name = "NEW")]
        new: String,
    },
}

/// `permille settle`
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("when").required(true).args(["period", "month", "due"])))]
pub struct Settle {
    /// Applied program's id; with --due every program when absent
    #[arg(long, short = 'p', value_name = "ID", required_unless_present = "due")]
    pub program: Option<String>,
    /// One period: a day as 2026-10-05, a month as 2026-10
    #[arg(long, value_name = "PERIOD")]
    pub period: Option<String>,
    /// Every period of a month that is over
    #[arg(long, value_name = "YYYY-MM")]
    pub month: Option<String>,
    /// Every period that is over and not settled yet
    #[arg(long)]
    pub due: bool,
}

/// `permille invalidate`
#[derive(Debug, Args)]
pub struct Invalidate {
    /// A view, by its event id; may be given several times
    #[arg(long, value_name = "EVENT")]
    pub view: Vec<String>,
    /// A file with one event id a line
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub views_from: Option<PathBuf>,
    /// A viewer; may be given several times
    #[arg(long, value_name = "ID")]
    pub viewer: Vec<String>,
    /// Only the viewer's views from this instant on
    #[arg(long, value_name = "TIME")]
    pub since: Option<jiff::Timestamp>,
    /// Only the viewer's views before this instant
    #[arg(long, value_name = "TIME")]
    pub until: Option<jiff::Timestamp>,
    /// What was found, and where it is written down
    #[arg(long, value_name = "TEXT", required_unless_present = "list")]
    pub evidence: Option<String>,
    /// Take marks back
    #[arg(long)]
    pub undo: bool,
    /// List every mark
    #[arg(long, conflicts_with_all = ["view", "views_from", "viewer", "undo"])]
    pub list: bool,
}

/// `permille live ...`
#[derive(Debug, Subcommand)]
pub enum Live {
    /// Book what was imported since the last booking: coins, gifts, refunds, subscriptions, redemptions
    Book,
    /// Show what is booked for a period, to the last unit, and what came late for it
    Period {
        /// The program
        #[arg(value_name = "ID")]
        program: String,
        /// A month as 2026-10, or a day as 2026-10-05
        period: String,
    },
    /// List rooms, the latest first
    Rooms {
        /// How many
        #[command(flatten)]
        limit: Limit,
    },
    /// Show a room: its timeline, top gifters, hosts, battles
    Room {
        /// The room
        id: String,
    },
    /// List gifts with their prices in force
    Catalogue {
        /// As of this instant [default: now]
        #[arg(long, value_name = "TIME")]
        at: Option<jiff::Timestamp>,
    },
    /// Show a viewer's coins and what was paid for them
    Wallet {
        /// The viewer
        viewer: String,
    },
    /// List what could not be booked, and why
    Waiting,
}

/// `permille runs`
#[derive(Debug, Args)]
pub struct Runs {
    /// Only this program's
    #[arg(long, short = 'p', value_name = "ID")]
    pub program: Option<String>,
}

/// `permille verify`
#[derive(Debug, Args)]
pub struct Verify {
    /// Only this program's runs
    #[arg(long, short = 'p', value_name = "ID")]
    pub program: Option<String>,
}

/// `permille simulate`
#[derive(Debug, Args)]
pub struct Simulate {
    /// The document to try (or the id of an applied or shipped program)
    #[arg(long, short = 'p', value_name = "FILE|ID")]
    pub program: String,
    /// First day
    #[arg(long, value_name = "DATE")]
    pub from: Date,
    /// Last day, included
    #[arg(long, value_name = "DATE")]
    pub to: Date,
    /// Compare with this program: id, ID@VERSION or document
    #[arg(long, value_name = "ID|FILE")]
    pub against: Option<String>,
}
