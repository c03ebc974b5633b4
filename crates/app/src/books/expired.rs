//! Expired money of a period that is restated: what was not earned had become the platform's, and is not taken of the creator once more.
//!
//! What a creator has of a program expires as one sum, in which one period's losses were another's earnings, and one source's the other's.
//! So whatever of its periods turns out to have earned less takes of the whole sum, as far as it lasts. What several payees collect expires
//! for each by itself.

use super::collected::Collected;
use super::{entry_of, expiry_prefix, flow};
use crate::base::error::Result;
use jiff::Timestamp;
use journal::{Entry, ExpiryUndone};
use ledger::{Account, AccountKind, Posting, Transaction};
use money::Asset;
use std::collections::{BTreeMap, BTreeSet};
use store::{StoredTransaction, Tx};

/// A run by which creators may lose what has expired.
pub(super) struct Losing<'r> {
    pub program: &'r str,
    pub period: &'r str,
    pub asset: Asset,
    pub run: u32,
    pub at: Timestamp,
}

/// Money of a creator that expired at once.
#[derive(Default)]
struct Pot {
    periods: BTreeSet<String>,
    asset: Option<Asset>,
    /// What of it is still the platform's.
    units: i128,
}

/// Pots by how their keys begin.
type Pots = BTreeMap<String, Pot>;

fn take(pots: &mut Pots, prefix: &str, transaction: &StoredTransaction) -> Result<()> {
    // Behind the prefix: number, asset with its scale, period.
    let rest = transaction.key.strip_prefix(prefix).unwrap_or_default();
    let end: usize = rest.split_inclusive('/').take(3).map(str::len).sum();
    let pot = pots.entry(format!("{prefix}{}", &rest[..end])).or_default();
    if let Entry::Expired(expired) = entry_of(transaction)? {
        pot.periods.extend(expired.beside);
        pot.periods.extend(expired.period);
    }
    for posting in &transaction.postings {
        let units = i128::from(posting.amount);
        if posting.credit.kind == AccountKind::ExpiredIncome {
            pot.asset = Some(posting.credit.asset);
            pot.units += units;
        } else if posting.debit.kind == AccountKind::ExpiredIncome {
            pot.units -= units;
        }
    }
    Ok(())
}

impl Losing<'_> {
    /// Whether anything of the program has expired.
    pub(super) fn has_expired(&self, tx: &mut Tx<'_>) -> Result<bool> {
        let income = Account::of(AccountKind::ExpiredIncome, self.program, self.asset);
        Ok(tx.balance(&income)? != ledger::Balance::default())
    }

    /// What is undone of what payees lose of a creator's earnings: for each, as much as is left of what expired with the period, at most.
    pub(super) fn undone(
        &self,
        tx: &mut Tx<'_>,
        creator: &str,
        collected: &[Collected],
    ) -> Result<Vec<Transaction>> {
        let mut by_payee: BTreeMap<&str, Vec<&Collected>> = BTreeMap::new();
        for one in collected {
            by_payee.entry(&one.account.owner).or_default().push(one);
        }
        let mut all = Vec::new();
        for (payee, collected) in by_payee {
            all.extend(self.undone_for(tx, (payee, creator), &collected)?);
        }
        Ok(all)
    }

    /// The same for one payee, who loses something in all: one source may lose what the other gets.
    fn undone_for(
        &self,
        tx: &mut Tx<'_>,
        (payee, creator): (&str, &str),
        collected: &[&Collected],
    ) -> Result<Vec<Transaction>> {
        let mut most: i128 = -collected.iter().map(|one| one.units).sum::<i128>();
        if most <= 0 {
            return Ok(Vec::new());
        }
        let lost = collected.iter().filter(|one| one.units < 0);
        let mut lost: Vec<(&Account, i128)> = lost.map(|one| (&one.account, -one.units)).collect();
        let prefix = expiry_prefix(self.program, payee, creator);
        let mut pots = Pots::new();
        tx.transactions_by_prefix(&prefix, |transaction| take(&mut pots, &prefix, transaction))?;
        pots.retain(|_, pot| pot.asset == Some(self.asset) && pot.periods.contains(self.period));
        let income = Account::of(AccountKind::ExpiredIncome, self.program, self.asset);
        let mut all = Vec::new();
        for (key, pot) in pots {
            let mut left = pot.units;
            let mut postings: Vec<Posting> = Vec::new();
            for (account, units) in &mut lost {
                let part = left.min(*units).min(most).max(0);
                (left, most, *units) = (left - part, most - part, *units - part);
                postings.extend(flow(&income, account, part, None)?);
            }
            if !postings.is_empty() {
                let entry = Entry::ExpiryUndone(ExpiryUndone {
                    program: self.program.to_owned(),
                    period: self.period.to_owned(),
                    run: self.run,
                });
                let key = format!("{key}undone/{}/{}", self.period, self.run);
                all.push(entry.post(key, self.at, postings));
            }
        }
        Ok(all)
    }
}
