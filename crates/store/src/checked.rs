//! What a check of the books found.

use crate::head::KeptHead;
use std::collections::BTreeSet;

/// What was checked, and what is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Transactions read.
    pub transactions: u64,
    /// Postings read.
    pub postings: u64,
    /// Accounts compared.
    pub accounts: u64,
    /// Versions of records read.
    pub records: u64,
    /// Changes followed.
    pub changes: u64,
    /// The head of the books; none where the changes cannot be read.
    pub head: Option<KeptHead>,
    /// What is wrong; empty when all is well. At most [`MAX_FINDINGS`] are kept.
    pub findings: Vec<Finding>,
}

/// The most findings that are kept.
pub const MAX_FINDINGS: usize = 100;

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where: a transaction, an account or a record.
    pub place: String,
    /// What.
    pub what: String,
}

impl Checked {
    /// Adds a finding, unless there are too many already.
    pub fn find(&mut self, place: impl Into<String>, what: impl Into<String>) {
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(Finding {
                place: place.into(),
                what: what.into(),
            });
        }
    }

    /// Transactions that come next and cannot be read are there all the same.
    pub(crate) fn count(&mut self, unreadable: &BTreeSet<u64>) {
        while unreadable.contains(&(self.transactions + 1)) {
            self.transactions += 1;
        }
    }
}
