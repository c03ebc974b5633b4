//! What is booked for each period: sums over the transactions that name it, written with them.

use super::booked_for::id;
use super::terms::Terms;
use crate::base::error::{Error, Result};
use crate::runs::period_named;
use crate::workspace::records;
use jiff::civil::Date;
use journal::BookedFor;
use ledger::{AccountKind, Posting, Side};
use money::{Asset, Whole};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::Tx;

/// What is booked for a period.
pub(crate) const BOOKED: &str = "live-booked";

/// What is kept of what is booked for a period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredSums {
    /// First day on which the period may be closed.
    pub final_on: Date,
    /// By the period that it is dated in, and by its cause.
    pub dated: BTreeMap<String, BTreeMap<String, StoredSum>>,
}

/// What transactions of one cause come to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredSum {
    /// How many transactions.
    pub entries: u64,
    /// By how much accounts changed on their normal side, in smallest units, by kind and asset: `viewer-coins COIN/0`.
    pub changes: BTreeMap<String, Whole>,
}

/// Sums of a group, added to the stored ones when it is written.
#[derive(Default)]
pub(super) struct Sums {
    rows: Vec<Row>,
    /// The row that was added to last: the next transaction is mostly of it too.
    last: usize,
}

struct Row {
    booked_for: BookedFor,
    cause: &'static str,
    entries: u64,
    changes: Vec<(AccountKind, Asset, i128)>,
}

impl Sums {
    /// Adds a transaction.
    pub(super) fn add(&mut self, booked_for: &BookedFor, cause: &'static str, postings: &[Posting]) {
        let row = self.row(booked_for, cause);
        row.entries += 1;
        for posting in postings {
            let amount = i128::from(posting.amount);
            for (account, side) in [(&posting.debit, Side::Debit), (&posting.credit, Side::Credit)] {
                let kind = account.kind;
                let change = if kind.side() == side { amount } else { -amount };
                let mut known = row.changes.iter_mut();
                match known.find(|(of, asset, _)| *of == kind && *asset == account.asset) {
                    Some((.., units)) => *units += change,
                    None => row.changes.push((kind, account.asset, change)),
                }
            }
        }
    }

    fn row(&mut self, booked_for: &BookedFor, cause: &'static str) -> &mut Row {
        let is_it = |row: &Row| row.cause == cause && row.booked_for == *booked_for;
        if !self.rows.get(self.last).is_some_and(is_it) {
            let found = self.rows.iter().position(is_it);
            self.last = found.unwrap_or(self.rows.len());
            if found.is_none() {
                self.rows.push(Row {
                    booked_for: booked_for.clone(),
                    cause,
                    entries: 0,
                    changes: Vec::new(),
                });
            }
        }
        &mut self.rows[self.last]
    }

    /// Writes the next version of what is booked for each period that something was added to.
    pub(super) fn save(&self, tx: &mut Tx<'_>, terms: &Terms) -> Result<()> {
        let mut periods: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
        for row in &self.rows {
            periods.entry(&row.booked_for.period).or_default().push(row);
        }
        let mut new = Vec::new();
        for (name, rows) in periods {
            let period = period_named(name).map_err(|e| Error::damage(e.to_string()))?;
            let id = id(terms.program_id(), period);
            let before = records::get::<StoredSums>(tx, BOOKED, &id)?;
            let version = before.as_ref().map_or(0, |before| before.version);
            let mut sums = before.map_or_else(
                || StoredSums {
                    final_on: period.final_on(&terms.of(period).payable),
                    dated: BTreeMap::new(),
                },
                |before| before.value,
            );
            rows.into_iter().for_each(|row| sums.add(row));
            new.push(records::new(BOOKED, &id, version, &sums)?);
        }
        tx.put(&new).map_err(Error::from)
    }
}

impl StoredSums {
    fn add(&mut self, row: &Row) {
        let dated = self.dated.entry(row.booked_for.dated().to_string()).or_default();
        let sum = dated.entry(row.cause.to_owned()).or_default();
        sum.entries += row.entries;
        for (kind, asset, units) in &row.changes {
            sum.changes.entry(format!("{kind} {asset}")).or_default().0 += units;
        }
        sum.changes.retain(|_, Whole(units)| *units != 0);
    }
}

/// The kind and asset of a sum, by the name that it is kept under.
pub(super) fn account_of(name: &str) -> Result<(AccountKind, Asset)> {
    let parts = name.split_once(' ');
    let parsed = parts.and_then(|(kind, asset)| Some((kind.parse().ok()?, asset.parse().ok()?)));
    parsed.ok_or_else(|| {
        let what = format!("`{name}` is no kind of account and asset");
        Error::damage(what)
    })
}
