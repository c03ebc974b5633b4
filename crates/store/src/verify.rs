//! Checks the books against themselves: nothing is taken on trust that can be computed again.

use crate::error::StoreError;
use crate::filter::AccountFilter;
use crate::tx::Tx;
use ledger::{Account, Balance};
use std::collections::HashMap;

/// What was checked, and what is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Transactions read.
    pub transactions: u64,
    /// Postings read.
    pub postings: u64,
    /// Accounts compared.
    pub accounts: u64,
    /// What is wrong; empty when all is well. At most [`MAX_FINDINGS`] are kept.
    pub findings: Vec<Finding>,
}

/// The most findings that are kept.
pub const MAX_FINDINGS: usize = 100;

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where: a transaction or an account.
    pub place: String,
    /// What.
    pub what: String,
}

impl Checked {
    fn find(&mut self, place: impl Into<String>, what: impl Into<String>) {
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(Finding {
                place: place.into(),
                what: what.into(),
            });
        }
    }
}

/// What an account should be like, from its postings.
#[derive(Clone, Copy, Default)]
struct Expected {
    debits: u128,
    credits: u128,
    debits_pending: u128,
    credits_pending: u128,
    last_posting: u64,
}

impl Tx<'_> {
    /// Reads every transaction and recomputes hashes, chains and balances. `progress` is called with transactions read.
    pub fn verify(&mut self, mut progress: impl FnMut(u64)) -> Result<Checked, StoreError> {
        let mut checked = Checked::default();
        let mut expected: HashMap<Account, Expected> = HashMap::new();
        let mut next_posting = 1;
        self.journal(|transaction| {
            checked.transactions += 1;
            progress(checked.transactions);
            let place = || format!("transaction {}", transaction.number);
            if transaction.number != checked.transactions {
                checked.find(
                    place(),
                    format!("number {} was expected: one is missing", checked.transactions),
                );
                checked.transactions = transaction.number;
            }
            match transaction.transaction() {
                Ok(body) if body.body() == transaction.body => {}
                Ok(_) => checked.find(place(), "its body does not have the hash it was booked with"),
                Err(error) => checked.find(place(), error.to_string()),
            }
            for posting in &transaction.postings {
                checked.postings += 1;
                if posting.number != next_posting {
                    checked.find(
                        place(),
                        format!("posting {next_posting} was expected, {} found", posting.number),
                    );
                }
                next_posting = posting.number + 1;
                let amount = u128::from(posting.amount);
                let sides = [
                    (&posting.debit, posting.debit_previous, true),
                    (&posting.credit, posting.credit_previous, false),
                ];
                for (account, previous, is_debit) in sides {
                    let state = expected.entry(account.clone()).or_default();
                    if state.last_posting != previous {
                        checked.find(
                            place(),
                            format!("posting {} breaks the chain of `{account}`", posting.number),
                        );
                    }
                    state.last_posting = posting.number;
                    match (transaction.is_posted(), transaction.is_pending(), is_debit) {
                        (true, _, true) => state.debits += amount,
                        (true, _, false) => state.credits += amount,
                        (_, true, true) => state.debits_pending += amount,
                        (_, true, false) => state.credits_pending += amount,
                        _ => {}
                    }
                }
            }
            Ok::<_, StoreError>(())
        })?;
        self.compare_balances(&mut checked, &expected)?;
        Ok(checked)
    }

    fn compare_balances(
        &mut self,
        checked: &mut Checked,
        expected: &HashMap<Account, Expected>,
    ) -> Result<(), StoreError> {
        let states = self.accounts(&AccountFilter::default())?;
        checked.accounts = states.len() as u64;
        if states.len() != expected.len() {
            checked.find(
                "accounts",
                format!("{} are open, {} have postings", states.len(), expected.len()),
            );
        }
        for state in states {
            let place = format!("account `{}`", state.account);
            let found = expected.get(&state.account).copied().unwrap_or_default();
            let Balance {
                debits,
                credits,
                debits_pending,
                credits_pending,
            } = state.balance;
            let stored = [debits, credits, debits_pending, credits_pending].map(u128::from);
            let computed = [
                found.debits,
                found.credits,
                found.debits_pending,
                found.credits_pending,
            ];
            if stored != computed {
                checked.find(&place, format!("sums are {stored:?}, its postings give {computed:?} (debits, credits, and both pending)"));
            }
            if state.last_posting != found.last_posting {
                checked.find(&place, "its last posting is not the last that touched it");
            }
            let kind = state.account.kind;
            if !state.balance.within(kind.limit(), kind.side()) {
                checked.find(&place, "it is below zero");
            }
        }
        let mut totals: HashMap<money::Asset, i128> = HashMap::new();
        for line in self.trial_balance()? {
            let net = line.debits as i128 - line.credits as i128;
            *totals.entry(line.asset).or_default() += net;
        }
        for (asset, total) in totals.into_iter().filter(|(_, total)| *total != 0) {
            checked.find(
                format!("asset {asset}"),
                format!("the trial balance is {total} and not zero"),
            );
        }
        Ok(())
    }
}
