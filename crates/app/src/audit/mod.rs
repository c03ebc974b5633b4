//! The audit: every sum that a record keeps and that decides money, computed again from what is booked.
//!
//! One pass over the transactions reads what each means, which all must say, and feeds all auditors; afterwards each compares what it has summed with the records. An auditor
//! reads records with types of its own, so that it does not share the mistakes of whoever writes them, and it never mends
//! anything. What is kept in memory grows with accounts, periods, purchases of coins and batches, not with transactions.
//!
//! | records | computed again from |
//! |---|---|
//! | `period` | `earn/...` and `payable/...` transactions, and what stands in `creator-pending` |
//! | `live-booked`, `live-closed` | everything that is booked of LIVE, in its order, and when periods were closed |
//! | `live-hold` | subscriptions, and what of them became payable |
//! | `wallet` | purchases and refunds of coins, gifts, and the viewer's accounts |
//! | `redeemed`, `redeemed-in-all` | redemptions, and what refunds took back of them |
//! | `streak`, `live-waiting` | gifts, and everything else that was booked |
//! | `split` | what became payable to each payee, of periods, subscriptions and redemptions |
//! | `batch` | payouts' reservations, and what ended them |
//! | invoices | have no records: they are read off the books, and must sum to the accounts |

pub(crate) mod batches;
mod diamonds;
mod divisions;
mod holds;
mod live_periods;
mod periods;
mod read_off;
mod streaks;
mod waiting;
mod wallets;

use crate::base::error::Result;
use crate::books::entry_of;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use journal::Entry;
use ledger::{Account, AccountKind};
use money::{Asset, Money};
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use store::{AccountFilter, Checked, Record, StoredTransaction, Tx};

/// All auditors of one verification. One whose records cannot be read is none: that is a finding, and the others go on.
pub(crate) struct Audit {
    periods: Option<periods::Periods>,
    live_periods: Option<live_periods::LivePeriods>,
    holds: holds::Holds,
    wallets: wallets::Wallets,
    diamonds: diamonds::Diamonds,
    divisions: Option<divisions::Divisions>,
    streaks: streaks::Streaks,
    batches: batches::Batches,
    /// What is wrong with transactions that mean nothing, or other than what they book.
    unreadable: Vec<String>,
}

impl Audit {
    /// Auditors that have seen nothing yet.
    pub(crate) fn new(tx: &mut Tx<'_>, checked: &mut Checked) -> Result<Audit> {
        Ok(Audit {
            periods: or_found(periods::Periods::new(tx, checked), checked)?,
            live_periods: or_found(live_periods::LivePeriods::new(tx, checked), checked)?,
            holds: holds::Holds::default(),
            wallets: wallets::Wallets::default(),
            diamonds: diamonds::Diamonds::default(),
            divisions: or_found(divisions::Divisions::new(tx, checked), checked)?,
            streaks: streaks::Streaks::default(),
            batches: batches::Batches::default(),
            unreadable: Vec::new(),
        })
    }

    /// Takes the next transaction, in their order.
    pub(crate) fn take(&mut self, transaction: &StoredTransaction) {
        let entry = match entry_of(transaction) {
            Ok(entry) => entry,
            Err(error) => {
                if self.unreadable.len() < store::MAX_FINDINGS {
                    self.unreadable.push(error.message);
                }
                return;
            }
        };
        self.other_program(transaction, &entry);
        if let Some(periods) = &mut self.periods {
            periods.take(transaction, &entry);
        }
        if let Some(periods) = &mut self.live_periods {
            periods.take(transaction, &entry);
        }
        self.holds.take(transaction, &entry);
        self.wallets.take(transaction, &entry);
        self.diamonds.take(transaction, &entry);
        if let Some(divisions) = &mut self.divisions {
            divisions.take(transaction, &entry);
        }
        self.streaks.take(&entry);
        self.batches.take(entry);
    }

    /// Notes an entry of one program that moves another program's money.
    fn other_program(&mut self, transaction: &StoredTransaction, entry: &Entry) {
        let Some(program) = entry.program() else { return };
        let sides = transaction
            .postings
            .iter()
            .flat_map(|one| [&one.debit, &one.credit]);
        let mut others = sides.filter(|account| account.program().is_some_and(|moved| moved != program));
        if let Some(account) = others.next()
            && self.unreadable.len() < store::MAX_FINDINGS
        {
            self.unreadable.push(format!(
                "transaction `{}` is of the program {program}, and moves money in `{account}`",
                transaction.key
            ));
        }
    }

    /// Compares all that was summed with the records, and adds what differs to the findings.
    pub(crate) fn compare(self, tx: &mut Tx<'_>, checked: &mut Checked) -> Result<()> {
        for what in self.unreadable {
            checked.find("books", what);
        }
        let held = or_found(self.holds.compare(tx, checked), checked)?.unwrap_or_default();
        if let Some(periods) = self.periods {
            or_found(periods.compare(tx, held, checked), checked)?;
        }
        if let Some(periods) = self.live_periods {
            or_found(periods.compare(tx, checked), checked)?;
        }
        or_found(self.wallets.compare(tx, checked), checked)?;
        or_found(self.diamonds.compare(tx, checked), checked)?;
        if let Some(divisions) = self.divisions {
            or_found(divisions.compare(tx, checked), checked)?;
        }
        or_found(self.streaks.compare(tx, checked), checked)?;
        or_found(waiting::compare(tx, checked), checked)?;
        or_found(self.batches.compare(tx, checked), checked)?;
        or_found(read_off::compare(tx, checked), checked).map(drop)
    }
}

/// What one auditor cannot read is a finding, and the others go on.
pub(crate) fn or_found<T>(result: Result<T>, checked: &mut Checked) -> Result<Option<T>> {
    match result {
        Err(error) if error.is_damage() => {
            checked.find("books", error.message);
            Ok(None)
        }
        result => result.map(Some),
    }
}

/// A record's content; one that cannot be read is a finding.
fn content<T: DeserializeOwned>(record: &Record, checked: &mut Checked) -> Option<T> {
    match serde_json::from_str(&record.body) {
        Ok(content) => Some(content),
        Err(error) => {
            checked.find(place(record), format!("it cannot be read: {error}"));
            None
        }
    }
}

fn place(record: &Record) -> String {
    format!("{} `{}`", record.kind, record.id)
}

/// What stands on the accounts of a kind, on their normal side.
fn posted(tx: &mut Tx<'_>, kind: AccountKind) -> Result<HashMap<Account, i128>> {
    let states = tx.accounts(&AccountFilter::kind(kind))?;
    let posted = |state: ledger::AccountState| (state.account, state.balance.posted(kind.side()));
    Ok(states.into_iter().map(posted).collect())
}

/// The day on which a transaction took effect (UTC).
fn day(transaction: &StoredTransaction) -> Date {
    transaction.effective.to_zoned(TimeZone::UTC).date()
}

fn amount(asset: Asset, units: i128) -> String {
    Money::new(asset, units).to_string()
}
