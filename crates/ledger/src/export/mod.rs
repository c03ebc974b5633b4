//! The books as text that other people's programs read: hledger, Beancount, CSV.
//!
//! A [`Writer`] is fed transaction by transaction and keeps none of them. It writes what moved balances (`post`,
//! `settle`, `reverse`); reservations, and what gives them back, move none and are only counted. Every posting becomes
//! one debit and one equal credit, exact to the last unit, so the sums that another program finds are the books' own.
//!
//! An account's exported name and commodity stand for one account of the books: see [`Format::account_name`].

mod beancount;
mod csv;
mod hledger;
mod names;

use crate::account::Account;
use crate::transaction::Posting;
use hashbrown::HashSet;
use jiff::Timestamp;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use money::{Asset, Money};
use std::collections::BTreeMap;
use std::fmt;

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A journal of hledger.
    Hledger,
    /// A file of Beancount.
    Beancount,
    /// Comma-separated values, one row for each posting.
    Csv,
}

impl Format {
    /// Every format.
    pub const ALL: [Format; 3] = [Format::Hledger, Format::Beancount, Format::Csv];

    /// The word on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Format::Hledger => "hledger",
            Format::Beancount => "beancount",
            Format::Csv => "csv",
        }
    }

    /// The name of an account. With the [commodity](Format::commodity) it stands for one account of the books: owners
    /// are escaped reversibly, and a scale that is not the usual one of its asset is a part of the name.
    pub fn account_name(self, account: &Account) -> String {
        match self {
            Format::Hledger => names::hledger_account(account),
            Format::Beancount => names::beancount_account(account),
            Format::Csv => names::plain_account(account),
        }
    }

    /// The name of an asset's code. Scales of one code are one commodity: amounts are exact at any scale.
    pub fn commodity(self, asset: Asset) -> String {
        match self {
            Format::Hledger => names::hledger_commodity(asset.code()),
            Format::Beancount => names::beancount_commodity(asset.code()),
            Format::Csv => asset.code().to_owned(),
        }
    }
}

/// A transaction to be written.
#[derive(Clone, Copy, Debug)]
pub struct Exported<'a> {
    /// Its number.
    pub number: u64,
    /// Its key.
    pub key: &'a str,
    /// The word of its action: see [`crate::Action::name`].
    pub action: &'a str,
    /// The key of the transaction it settles or reverses.
    pub linked: Option<&'a str>,
    /// Why it was booked.
    pub cause: &'a str,
    /// What led to it, as JSON.
    pub detail: Option<&'a str>,
    /// When it happened.
    pub effective: Timestamp,
    /// When it was recorded.
    pub recorded: Timestamp,
    /// Its postings.
    pub postings: &'a [Posting],
}

impl Exported<'_> {
    /// Whether it moved posted balances.
    pub fn is_posted(&self) -> bool {
        matches!(self.action, "post" | "settle" | "reverse")
    }
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Transactions written.
    pub transactions: u64,
    /// Their postings.
    pub postings: u64,
    /// Reservations, and what ended them without booking: left out.
    pub left_out: u64,
}

/// Writes the books as text.
#[derive(Debug)]
pub struct Writer<W> {
    format: Format,
    out: W,
    written: Written,
    /// Causes declared already.
    payees: HashSet<Box<str>>,
}

impl<W: fmt::Write> Writer<W> {
    /// Writes the beginning: what the file is, and every account and commodity that may come.
    pub fn begin<'a>(
        format: Format,
        mut out: W,
        accounts: impl Iterator<Item = &'a Account> + Clone,
    ) -> Result<Self, fmt::Error> {
        match format {
            Format::Hledger => hledger::begin(&mut out, accounts)?,
            Format::Beancount => beancount::begin(&mut out, accounts)?,
            Format::Csv => csv::begin(&mut out)?,
        }
        Ok(Self {
            format,
            out,
            written: Written::default(),
            payees: HashSet::new(),
        })
    }

    /// Writes a transaction, unless it moved no balance.
    pub fn transaction(&mut self, transaction: &Exported<'_>) -> fmt::Result {
        if !transaction.is_posted() {
            self.written.left_out += 1;
            return Ok(());
        }
        self.written.transactions += 1;
        self.written.postings += transaction.postings.len() as u64;
        match self.format {
            Format::Hledger => {
                if !self.payees.contains(transaction.cause) {
                    self.payees.insert(transaction.cause.into());
                    hledger::payee(&mut self.out, transaction.cause)?;
                }
                hledger::transaction(&mut self.out, transaction)
            }
            Format::Beancount => beancount::transaction(&mut self.out, transaction),
            Format::Csv => csv::transaction(&mut self.out, transaction),
        }
    }

    /// Writes the end, where the format has comments: how much there was, so that a file cut short is noticed.
    pub fn finish(mut self) -> Result<(W, Written), fmt::Error> {
        let Written {
            transactions,
            left_out,
            ..
        } = self.written;
        if self.format != Format::Csv {
            writeln!(
                self.out,
                "\n; end: {transactions} transactions; {left_out} that moved no balance are left out"
            )?;
        }
        Ok((self.out, self.written))
    }
}

/// The first and the last date that every tool reads. What happened before or after is dated so; its exact time stands
/// beside it.
const FIRST: Date = date(1900, 1, 1);
const LAST: Date = date(2099, 12, 31);

fn date_of(time: Timestamp) -> Date {
    time.to_zoned(TimeZone::UTC).date().clamp(FIRST, LAST)
}

fn decimal(asset: Asset, units: i128) -> String {
    Money::new(asset, units).to_decimal_string()
}

/// The names of all accounts, each once: accounts of several commodities share one.
fn distinct<'a>(accounts: impl Iterator<Item = &'a Account>, name: fn(&Account) -> String) -> Vec<String> {
    let mut names: Vec<String> = accounts.map(name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The codes of all accounts, each with its finest scale.
fn codes<'a>(accounts: impl Iterator<Item = &'a Account>) -> BTreeMap<&'a str, Asset> {
    let mut codes: BTreeMap<&str, Asset> = BTreeMap::new();
    for account in accounts {
        let finest = codes.entry(account.asset.code()).or_insert(account.asset);
        if account.asset.scale() > finest.scale() {
            *finest = account.asset;
        }
    }
    codes
}
