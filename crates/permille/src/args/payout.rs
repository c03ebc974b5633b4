//! `permille payee ...`, `permille payout ...` and `permille statement`.

use clap::{Args, Subcommand, ValueHint};
use jiff::civil::Date;
use payout::batch::PayoutId;
use payout::invoice::InvoiceReference;
use std::path::PathBuf;

/// `permille payee ...`
#[derive(Debug, Subcommand)]
pub enum Payee {
    /// Bring in payees from a CSV or NDJSON file; rows that are wrong are listed, the others stored
    Import {
        /// The file: .csv or .ndjson
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
    },
    /// List payees
    List,
    /// Show a payee; account numbers are masked
    Show {
        /// The payee
        id: String,
    },
    /// List every version of a payee: when, who, and what changed
    History {
        /// The payee
        id: String,
    },
    /// The identity check has ended well
    Verify {
        /// The payee
        id: String,
        /// How it was cleared up; needed where the payee was restricted
        #[arg(long)]
        reason: Option<String>,
    },
    /// Papers were sent in and are being looked at
    Pending {
        /// The payee
        id: String,
        /// Why; needed where the payee was restricted or rejected
        #[arg(long)]
        reason: Option<String>,
    },
    /// Something must be cleared up first
    Restrict {
        /// The payee
        id: String,
        /// Why
        #[arg(long)]
        reason: Option<String>,
    },
    /// The identity could not be confirmed
    Reject {
        /// The payee
        id: String,
        /// Why
        #[arg(long)]
        reason: Option<String>,
    },
    /// Stop payments for a legal check
    Hold {
        /// The payee
        id: String,
        /// Why; the payee is not told
        #[arg(long)]
        reason: String,
    },
    /// Let payments go on
    Unhold {
        /// The payee
        id: String,
        /// How it was cleared up
        #[arg(long)]
        reason: String,
    },
    /// Say that the account is right that a payment failed to, so that it is paid again
    Confirm {
        /// The payee
        id: String,
        /// How that is known
        #[arg(long)]
        reason: String,
    },
    /// Note a signed tax form
    #[command(group(clap::ArgGroup::new("form").required(true).args(["w9", "w8ben", "none"])))]
    TaxForm {
        /// The payee
        id: String,
        /// W-9: a US person
        #[arg(long)]
        w9: bool,
        /// W-8BEN: not a US person; the country of the claim
        #[arg(long, value_name = "COUNTRY", requires = "signed")]
        w8ben: Option<String>,
        /// The form on file is withdrawn
        #[arg(long)]
        none: bool,
        /// The treaty's rate on the US part, e.g. 0.15 or 15%; without a treaty leave it out
        #[arg(long, value_name = "PART", requires = "w8ben")]
        rate: Option<String>,
        /// The day the W-8BEN was signed
        #[arg(long, value_name = "DATE")]
        signed: Option<Date>,
    },
    /// Say who collects what a creator earns from a day on; it holds once another person has consented to it
    Split {
        /// The creator
        creator: String,
        /// A payee and the share it collects, e.g. agency=4/5 or mira=20%, once for each; together they are 1
        #[arg(long, value_name = "ID=SHARE", required = true)]
        payee: Vec<String>,
        /// The first day whose earnings are divided so: of a period its last day counts
        #[arg(long, value_name = "DATE")]
        from: Date,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Consent to a split: the creator does, or another person than who entered it, who names the evidence
    Consent {
        /// The creator
        creator: String,
        /// The split's number: `permille payee splits` lists them
        number: u32,
        /// Where the creator's consent is seen, e.g. a contract's number and page
        #[arg(long, value_name = "TEXT")]
        evidence: Option<String>,
    },
    /// Take a split back that nobody has consented to
    Withdraw {
        /// The creator
        creator: String,
        /// The split's number
        number: u32,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// List splits: who collects what of whom from when on, who entered it and who consented
    Splits {
        /// Only this creator's
        creator: Option<String>,
        /// Only those by which this payee collects something
        #[arg(long, value_name = "ID")]
        payee: Option<String>,
    },
}

/// `permille payout ...`
#[derive(Debug, Subcommand)]
pub enum Payout {
    /// Show what would be paid to whom, and what is in everybody else's way
    Preview {
        /// Only those who collect what this creator earns
        #[arg(long, conflicts_with = "payee")]
        creator: Option<String>,
        /// Only this payee
        #[arg(long)]
        payee: Option<String>,
        /// Exchange rates: a file like the ECB's eurofxref-hist.csv [default: as configured]
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        fx: Option<PathBuf>,
    },
    /// Prepare a batch of everybody who can be paid, and reserve the money
    Prepare {
        /// Only this program's money; may be given several times
        #[arg(long, short = 'p', value_name = "ID")]
        program: Vec<String>,
        /// Only balances in this currency
        #[arg(long, value_name = "CODE")]
        currency: Option<String>,
        /// The day on which the bank is asked to pay; moved to the next business day of TARGET [default: today]
        #[arg(long, value_name = "DATE")]
        execution_date: Option<Date>,
        /// Exchange rates: a file like the ECB's eurofxref-hist.csv [default: as configured]
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        fx: Option<PathBuf>,
    },
    /// Approve a batch that somebody else prepared
    Approve {
        /// The batch
        batch: String,
        /// Confirm its exchange rates: they have been compared with another source, and are right
        #[arg(long)]
        rates: bool,
        /// The digest that `payout show` gave, or how it begins: another one refuses the approval
        #[arg(long)]
        digest: Option<String>,
    },
    /// Give a batch up before its files are written; its money is free again
    Cancel {
        /// The batch
        batch: String,
    },
    /// Keep one payout of a batch back
    Hold {
        /// The batch
        batch: String,
        /// The payout
        #[arg(value_parser = PayoutId::new)]
        payout: PayoutId,
        /// Why
        #[arg(long, default_value = "held back")]
        reason: String,
    },
    /// Put a held payout back, before the batch is approved
    Release {
        /// The batch
        batch: String,
        /// The payout
        #[arg(value_parser = PayoutId::new)]
        payout: PayoutId,
    },
    /// Write an approved batch's files: pain.001 for the bank, CSV for PayPal and Wise
    Export {
        /// The batch
        batch: String,
        /// Folder to write to
        #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
        out: PathBuf,
    },
    /// Take in a bank's answer: pain.002 or camt.053
    ImportAnswer {
        /// The file
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
    },
    /// Say how payouts went where no file says it: PayPal and Wise answer with none, and a bank's answer may leave it open
    Settle {
        /// The batch
        batch: String,
        /// The payouts
        #[arg(required_unless_present = "all", value_parser = PayoutId::new)]
        payouts: Vec<PayoutId>,
        /// All of the batch that are under way
        #[arg(long, conflicts_with = "payouts")]
        all: bool,
        /// How they went
        #[arg(long = "as", value_name = "HOW", value_enum)]
        ending: Ending,
        /// Why, where they failed or came back
        #[arg(long)]
        reason: Option<String>,
    },
    /// List batches
    List,
    /// Show a batch with its payouts
    Show {
        /// The batch
        batch: String,
    },
    /// List what banks' answers and the books do not agree on, and close what was looked into
    Breaks(Breaks),
    /// Vouch for what others said of a payee, so that they may approve the batch
    Vouch(Vouch),
    /// List money below the threshold of a program that lets it expire, and take it with --yes
    Expire {
        /// Only this program's
        #[arg(long, short = 'p', value_name = "ID")]
        program: Option<String>,
        /// Do it
        #[arg(long)]
        yes: bool,
    },
    /// Invoice a payee for a balance below zero that no earnings will offset
    Recover {
        /// The payee
        #[arg(long, alias = "creator")]
        payee: String,
        /// Post the invoice
        #[arg(long, required = true)]
        invoice: bool,
    },
    /// List invoices that are not paid
    Invoices {
        /// Only this payee's
        #[arg(long, alias = "creator")]
        payee: Option<String>,
        /// Those that are paid, too
        #[arg(long)]
        all: bool,
    },
    /// Book money that came in for an invoice; what a bank's statement names is booked by import-answer
    Receive(Receive),
}

/// Money that came in for an invoice, as somebody says it did.
#[derive(Debug, clap::Args)]
pub struct Receive {
    /// The invoice
    #[arg(value_parser = InvoiceReference::new)]
    pub invoice: InvoiceReference,
    /// How much came in, in the invoice's currency; less than is owed may be
    #[arg(long, value_name = "DECIMAL", allow_negative_numbers = true)]
    pub amount: String,
    /// The day it came in [default: today]
    #[arg(long, value_name = "DATE")]
    pub on: Option<Date>,
    /// The bank's reference: the same one again changes nothing [default: the day]
    #[arg(long, value_name = "TEXT")]
    pub reference: Option<String>,
}

/// `permille payout vouch`
#[derive(Debug, clap::Args)]
pub struct Vouch {
    /// The batch
    pub batch: String,
    /// Only what was said of this payee
    pub payee: Option<String>,
    /// With what it was compared
    #[arg(long, value_name = "TEXT")]
    pub note: String,
}

/// `permille payout breaks`
#[derive(Debug, Args)]
pub struct Breaks {
    /// Those that were closed, too
    #[arg(long)]
    pub all: bool,
    /// Close this break
    #[arg(long, value_name = "BREAK", requires = "note", conflicts_with_all = ["reopen", "all"])]
    pub close: Option<String>,
    /// Open this break again
    #[arg(long, value_name = "BREAK", requires = "note", conflicts_with = "all")]
    pub reopen: Option<String>,
    /// What was found out
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
}

/// How a payout went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Ending {
    /// The money has left
    Succeeded,
    /// No money has left
    Failed,
    /// The money left and came back
    Returned,
}

/// `permille statement`
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("whose").required(true).args(["creator", "payee"])))]
pub struct Statement {
    /// The creator: what was earned, and who collected what of it
    #[arg(long)]
    pub creator: Option<String>,
    /// The payee: what was collected of whom, and what was paid
    #[arg(long)]
    pub payee: Option<String>,
    /// The month
    #[arg(long, value_name = "YYYY-MM")]
    pub month: String,
    /// Only the money: balances, adjustments, payouts
    #[arg(long)]
    pub money: bool,
    /// Only what LIVE brought, by the period that it is booked for
    #[arg(long, conflicts_with_all = ["money", "payee", "pdf"])]
    pub live: bool,
    /// Write it as PDF to this file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub pdf: Option<PathBuf>,
}
