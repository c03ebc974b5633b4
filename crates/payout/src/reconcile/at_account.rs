//! Payouts by the accounts that they were paid to, however a bank writes these. Accounts of others are kept as digests alone.

use super::before::Before;
use crate::batch::Payout;
use crate::payee::Place;
use std::collections::{BTreeSet, HashMap};

/// By what a payout's account is known, in a movement that says one.
pub(super) fn of_payout(payout: &Payout) -> Vec<String> {
    let marks = match payout.recipient.to.place() {
        Place::Account(account) => account.marks(),
        Place::Mailbox(_) => Vec::new(),
    };
    digests(marks)
}

/// By what an account is known that a bank writes: of a payout to it at least one is the same.
pub(super) fn as_written(account: &str) -> Vec<String> {
    match Place::of_account(account) {
        Place::Account(account) => digests(account.marks_as_written()),
        Place::Mailbox(_) => Vec::new(),
    }
}

fn digests(marks: Vec<String>) -> Vec<String> {
    let marks: BTreeSet<String> = marks.iter().map(|mark| digest(mark)).collect();
    marks.into_iter().collect()
}

/// Enough of a hash to know a text again.
pub(super) fn digest(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex()[..16].to_owned()
}

/// Money that may have moved, by the account that it went to.
#[derive(Default)]
pub(super) struct ByAccount<'a> {
    all: Vec<Before<'a>>,
    places: HashMap<String, Vec<usize>>,
}

impl<'a> ByAccount<'a> {
    pub(super) fn push(&mut self, account: &[String], one: Before<'a>) {
        if account.is_empty() {
            return;
        }
        for mark in account {
            self.places.entry(mark.clone()).or_default().push(self.all.len());
        }
        self.all.push(one);
    }

    /// What went to one of some accounts, each once.
    pub(super) fn at<'s>(
        &'s self,
        accounts: &[String],
    ) -> impl Iterator<Item = &'s Before<'a>> + use<'s, 'a> {
        let places = accounts.iter().filter_map(|account| self.places.get(account));
        let places: BTreeSet<usize> = places.flatten().copied().collect();
        places.into_iter().map(|at| &self.all[at])
    }

    /// Whether something went to one of some accounts.
    pub(super) fn knows(&self, accounts: &[String]) -> bool {
        accounts.iter().any(|account| self.places.contains_key(account))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Before<'a>> {
        self.all.iter()
    }
}
