//! Files of batches, as they are put into a folder.

use app::base::error::Result;
use app::payouts::export::PayoutFile;
use app::workspace::files::{must_be_replaceable, write_atomically};
use jiff::civil::Date;
use payout::batch::Total;
use payout::iso20022::Debtor;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// A file that was written.
#[derive(Clone, Debug, Serialize)]
pub struct Written {
    /// Where.
    pub file: PathBuf,
    /// Over which rail its payouts go.
    pub rail: &'static str,
    /// How many there are in it.
    pub payouts: usize,
    /// What arrives by it, by currency.
    pub arrives: Vec<Total>,
    /// The account that the money leaves from; none for rails that have their own.
    pub debtor: Option<Debtor>,
    /// The day on which the bank is asked to pay.
    pub execution_date: Date,
    /// The hash of all that the batch's files say, as it was approved; none where the approval pinned none.
    pub digest: Option<String>,
}

/// Writes files into a folder; in a dry run they only could be written there.
pub fn write(folder: &Path, files: Vec<PayoutFile>, is_dry_run: bool) -> Result<Vec<Written>> {
    let write = |file: PayoutFile| {
        let path = folder.join(&file.name);
        match is_dry_run {
            true => must_be_replaceable(&path)?,
            false => write_atomically(&path, file.text.as_bytes())?,
        }
        Ok(Written {
            file: path,
            rail: file.rail,
            payouts: file.payouts,
            arrives: file.arrives,
            debtor: file.debtor,
            execution_date: file.execution_date,
            digest: file.digest,
        })
    };
    files.into_iter().map(write).collect()
}
