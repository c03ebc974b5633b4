//! Expired money of a period that is restated: what was not earned had become the platform's, and is not taken of the creator once more.

use super::{entry_of, expiry_prefix, flow};
use crate::error::{Error, Result};
use crate::keys;
use jiff::Timestamp;
use journal::{Entry, ExpiryUndone};
use ledger::{Account, AccountKind, Posting, Transaction};
use std::collections::BTreeMap;
use store::Tx;

/// What expired of a period and was not undone, by the account that it was of.
pub(super) struct OfPeriod {
    program: String,
    period: String,
    of: BTreeMap<Account, i128>,
}

impl OfPeriod {
    /// Reads it.
    pub(super) fn read(tx: &mut Tx<'_>, program: &str, period: &str) -> Result<Self> {
        let mut of: BTreeMap<Account, i128> = BTreeMap::new();
        let is_income = |account: &Account| account.kind == AccountKind::ExpiredIncome;
        tx.transactions_by_prefix(&expiry_prefix(program, Some(period)), |transaction| {
            let is_known = matches!(entry_of(transaction)?, Entry::Expired(_) | Entry::ExpiryUndone(_));
            for posting in transaction.postings.iter().filter(|_| is_known) {
                let units = i128::from(posting.amount);
                if is_income(&posting.credit) {
                    *of.entry(posting.debit.clone()).or_default() += units;
                } else if is_income(&posting.debit) {
                    *of.entry(posting.credit.clone()).or_default() -= units;
                }
            }
            Ok::<_, Error>(())
        })?;
        Ok(Self {
            program: program.to_owned(),
            period: period.to_owned(),
            of,
        })
    }

    /// What is undone for a creator whose accounts of the program lose so much by a run: as much as expired, at most.
    pub(super) fn undone(
        &self,
        creator: &str,
        lost: &[(Account, i128)],
        run: u32,
        at: Timestamp,
    ) -> Result<Option<Transaction>> {
        let mut postings: Vec<Posting> = Vec::new();
        for (account, units) in lost {
            let expired = self.of.get(account).copied().unwrap_or(0);
            let income = Account::of(AccountKind::ExpiredIncome, &*self.program, account.asset);
            postings.extend(flow(&income, account, expired.min(*units).max(0), None)?);
        }
        if postings.is_empty() {
            return Ok(None);
        }
        let prefix = expiry_prefix(&self.program, Some(&self.period));
        let entry = Entry::ExpiryUndone(ExpiryUndone {
            program: self.program.clone(),
            period: self.period.clone(),
            run,
        });
        let key = keys::key(&format!("{prefix}undone-{run}"), creator);
        Ok(Some(entry.post(key, at, postings)))
    }
}
