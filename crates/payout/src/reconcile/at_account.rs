//! Payouts by the accounts that they were paid to.

use super::before::Before;
use std::collections::{BTreeSet, HashMap};

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
