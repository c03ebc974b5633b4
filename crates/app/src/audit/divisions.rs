//! Divisions: what became payable to each payee, against the split of its day; and the splits themselves, which two people made.

use super::{amount, content, day, place};
use crate::base::error::{Error, Result};
use crate::base::keys;
use crate::runs::period::period_named;
use jiff::civil::Date;
use journal::{Earned, Entry, Released, SubscriptionsReleased};
use ledger::{Account, AccountKind, Source};
use money::Asset;
use payout::person::is_same_person;
use payout::split::Shares;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use store::{Checked, StoredTransaction, Tx};

const SPLIT: &str = "split";

/// As the records keep it.
#[derive(Deserialize)]
struct SplitRecord {
    number: u32,
    from: Date,
    shares: Shares,
    entered: Who,
    consent: Option<Who>,
}

#[derive(Deserialize)]
struct Who {
    by: String,
}

/// What payees got of one creator, by asset and source.
type Parts = BTreeMap<(Asset, Source), BTreeMap<String, i128>>;

#[derive(Default)]
pub(super) struct Divisions {
    /// Splits that were agreed on, by creator.
    splits: HashMap<String, Vec<SplitRecord>>,
    /// What restatements changed of periods that were payable, by program, period and creator.
    restated: BTreeMap<(String, String, String), Parts>,
    /// What is wrong with single transactions.
    wrong: Vec<String>,
}

impl Divisions {
    pub(super) fn new(tx: &mut Tx<'_>, checked: &mut Checked) -> Result<Divisions> {
        let mut divisions = Divisions::default();
        tx.each_record(SPLIT, |_, record| {
            let Some(mut splits) = content::<Vec<SplitRecord>>(record, checked) else {
                return Ok(());
            };
            splits.retain(|split| split.consent.is_some());
            for split in &splits {
                let consent = split.consent.as_ref().map(|consent| &consent.by);
                if consent.is_some_and(|by| is_same_person(by, &split.entered.by)) {
                    let words = format!(
                        "{} entered split {} of it and consented to it",
                        split.entered.by, split.number
                    );
                    checked.find(place(record), words);
                }
            }
            divisions.splits.insert(record.id.clone(), splits);
            Ok::<_, Error>(())
        })?;
        Ok(divisions)
    }

    pub(super) fn take(&mut self, transaction: &StoredTransaction, entry: &Entry) {
        let divided_on = match entry {
            Entry::Released(Released { period, .. }) => last_day(period),
            Entry::SubscriptionsReleased(SubscriptionsReleased { payable_on, .. }) => last_day(payable_on),
            Entry::DiamondsRedeemed(_) => Some(day(transaction)),
            Entry::Earned(earned) | Entry::Adjusted(earned) => return self.restatement(transaction, earned),
            _ => return,
        };
        let Some(divided_on) = divided_on else {
            let words = format!("transaction `{}` is of no day", transaction.key);
            return self.wrong.push(words);
        };
        let all = by_creator(transaction);
        let found = all
            .iter()
            .find_map(|(creator, parts)| self.differs(creator, divided_on, parts));
        if let Some(wrong) = found.filter(|_| self.wrong.len() < store::MAX_FINDINGS) {
            self.wrong
                .push(format!("transaction `{}`: {wrong}", transaction.key));
        }
    }

    fn restatement(&mut self, transaction: &StoredTransaction, earned: &Earned) {
        for (creator, parts) in by_creator(transaction) {
            let place = (earned.program.clone(), earned.period.clone(), creator);
            add(self.restated.entry(place).or_default(), &parts);
        }
    }

    /// What a division is otherwise than it should be, if it is.
    fn differs(&self, creator: &str, on: Date, parts: &Parts) -> Option<String> {
        let splits = self.splits.get(creator).into_iter().flatten();
        let begun = splits.filter(|split| split.from <= on);
        let split = begun.max_by_key(|split| (split.from, split.number));
        for ((asset, source), got) in parts {
            let units: i128 = got.values().sum();
            let should: BTreeMap<String, i128> = match split {
                None => BTreeMap::from([(creator.to_owned(), units)]),
                Some(split) => {
                    let parts = split.shares.divide(units).into_iter();
                    parts.map(|(payee, units)| (payee.to_string(), units)).collect()
                }
            };
            for payee in should.keys().chain(got.keys()) {
                let [is, should] = [got, &should].map(|of| of.get(payee).copied().unwrap_or(0));
                if is != should {
                    return Some(format!(
                        "of {} that creator `{creator}` earned ({}), payee `{payee}` has {}, and by the split of {on} that is {}",
                        amount(*asset, units),
                        source.name(),
                        amount(*asset, is),
                        amount(*asset, should)
                    ));
                }
            }
        }
        None
    }

    pub(super) fn compare(mut self, tx: &mut Tx<'_>, checked: &mut Checked) -> Result<()> {
        for wrong in std::mem::take(&mut self.wrong) {
            checked.find("books", wrong);
        }
        for ((program, period, creator), mut parts) in std::mem::take(&mut self.restated) {
            let key = keys::key(&format!("payable/{program}/{period}"), &creator);
            if let Some(released) = tx.transaction(&key)? {
                for (_, first) in by_creator(&released) {
                    add(&mut parts, &first);
                }
            }
            let differs = last_day(&period).and_then(|on| self.differs(&creator, on, &parts));
            if let Some(wrong) = differs {
                checked.find(format!("period `{program}/{period}`"), wrong);
            }
        }
        Ok(())
    }
}

fn last_day(period: &str) -> Option<Date> {
    Some(period_named(period).ok()?.last_day())
}

/// What a transaction gave payees of each creator, less what it took.
fn by_creator(transaction: &StoredTransaction) -> BTreeMap<String, Parts> {
    let mut all: BTreeMap<String, Parts> = BTreeMap::new();
    let mut change = |account: &Account, units: i128| {
        let Some(source) = account
            .source()
            .filter(|_| account.kind == AccountKind::CreatorAvailable)
        else {
            return;
        };
        let parts = all.entry(account.earner().to_string()).or_default();
        let of_source = parts.entry((account.asset, source)).or_default();
        *of_source.entry(account.owner.to_string()).or_default() += units;
    };
    for posting in &transaction.postings {
        change(&posting.credit, posting.amount.into());
        change(&posting.debit, -i128::from(posting.amount));
    }
    all
}

fn add(to: &mut Parts, parts: &Parts) {
    for (place, got) in parts {
        let sums = to.entry(*place).or_default();
        for (payee, units) in got {
            *sums.entry(payee.clone()).or_default() += units;
        }
    }
}
