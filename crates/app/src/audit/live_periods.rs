//! Periods of LIVE money, in `live-booked` and `live-closed`: every entry names the period that it must, what each period sums up comes
//! out again, and of all periods together what stands in the accounts that LIVE alone moves.

use super::{amount, content, day, periods, place, posted};
use crate::base::error::{Error, Result};
use crate::runs::period_named;
use jiff::civil::Date;
use journal::{BookedFor, Entry};
use ledger::{AccountKind, Side};
use money::{Asset, Whole};
use policy::period::Period;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use store::{Checked, StoredTransaction, Tx};

const BOOKED: &str = "live-booked";
const CLOSED: &str = "live-closed";

/// Accounts that nothing but LIVE moves.
const OF_LIVE: [AccountKind; 9] = [
    AccountKind::CoinLiability,
    AccountKind::DiamondLiability,
    AccountKind::ViewerCoins,
    AccountKind::CoinDeficit,
    AccountKind::CoinsIssued,
    AccountKind::CreatorDiamonds,
    AccountKind::DiamondsIssued,
    AccountKind::UsSourceDiamonds,
    AccountKind::RefundCost,
];

/// As the records keep it.
#[derive(Deserialize)]
struct SumsRecord {
    final_on: Date,
    dated: BTreeMap<String, BTreeMap<String, SumRecord>>,
}

#[derive(Deserialize)]
struct SumRecord {
    entries: u64,
    changes: BTreeMap<String, Whole>,
}

/// The period that entries are dated in, and their cause.
type Row = (Arc<str>, &'static str);

/// What transactions come to.
#[derive(Default)]
struct Sum {
    entries: u64,
    changes: BTreeMap<(AccountKind, Asset), i128>,
}

/// What a record says that they come to.
type Said<'r> = (u64, BTreeMap<&'r str, i128>);

/// When a period was closed.
struct Closing {
    program: String,
    period: Period,
    /// The last transaction that there was then.
    after: u64,
}

pub(super) struct LivePeriods {
    closings: Vec<Closing>,
    /// The last period of each program that was closed before the transaction that is looked at.
    closed: HashMap<String, Period>,
    /// How many of the closings are in it.
    seen: usize,
    booked: BTreeMap<(String, Arc<str>), BTreeMap<Row, Sum>>,
    findings: Vec<(String, String)>,
}

impl LivePeriods {
    pub(super) fn new(tx: &mut Tx<'_>, checked: &mut Checked) -> Result<LivePeriods> {
        let mended = tx.clock_mended()?;
        let mut closings = Vec::new();
        tx.each_record(CLOSED, |tx, record| {
            let name = record.id.rsplit_once('/');
            let parsed = name.and_then(|(program, period)| Some((program, period_named(period).ok()?)));
            let Some((program, period)) = parsed else {
                checked.find(place(record), "it names no program and period");
                return Ok(());
            };
            let first = tx.record_at(CLOSED, &record.id, 1)?;
            let sums = tx.record(BOOKED, &record.id)?;
            let sums = sums.and_then(|sums| content::<SumsRecord>(&sums, checked));
            let (Some(first), Some(sums)) = (first, sums) else {
                checked.find(
                    place(record),
                    "it is closed, and nothing says what is booked for it",
                );
                return Ok(());
            };
            let done = periods::done_on(&first, &mended);
            if done < sums.final_on {
                let words = format!("it became final on {done}, and may on {}", sums.final_on);
                checked.find(place(record), words);
            }
            if let Some(change) = tx.change(first.change)? {
                closings.push(Closing {
                    program: program.to_owned(),
                    period,
                    after: change.transactions,
                });
            }
            Ok::<_, Error>(())
        })?;
        closings.sort_by_key(|closing| (closing.after, closing.period));
        Ok(LivePeriods {
            closings,
            closed: HashMap::new(),
            seen: 0,
            booked: BTreeMap::new(),
            findings: Vec::new(),
        })
    }

    pub(super) fn take(&mut self, transaction: &StoredTransaction, entry: &Entry) {
        let (Some(booked_for), Some(program)) = (entry.booked_for(), entry.program()) else {
            return;
        };
        self.close_until(transaction.number);
        let expected = self.expected(program, transaction, booked_for);
        if expected.as_ref() != Some(booked_for) && self.findings.len() < store::MAX_FINDINGS {
            let words = match expected {
                Some(expected) => format!(
                    "it is booked for {}, and belongs to {}",
                    named(booked_for),
                    named(&expected)
                ),
                None => format!("it is booked for `{}`, which is no period", booked_for.period),
            };
            self.findings
                .push((format!("transaction `{}`", transaction.key), words));
        }
        self.add(transaction, entry, (program, booked_for));
    }

    /// Takes up what was closed before a transaction.
    fn close_until(&mut self, number: u64) {
        while let Some(closing) = self
            .closings
            .get(self.seen)
            .filter(|closing| closing.after < number)
        {
            let last = self
                .closed
                .entry(closing.program.clone())
                .or_insert(closing.period);
            *last = (*last).max(closing.period);
            self.seen += 1;
        }
    }

    /// The period that a transaction must be booked for; none where that cannot be said.
    fn expected(
        &self,
        program: &str,
        transaction: &StoredTransaction,
        booked_for: &BookedFor,
    ) -> Option<BookedFor> {
        let kind = period_named(&booked_for.period).ok()?.kind();
        let dated = Period::containing(kind, day(transaction));
        let name = |period: Period| -> Arc<str> { period.to_string().into() };
        let closed = self.closed.get(program).filter(|closed| **closed >= dated);
        Some(BookedFor {
            period: name(closed.map_or(dated, Period::next)),
            late_of: closed.map(|_| name(dated)),
        })
    }

    fn add(
        &mut self,
        transaction: &StoredTransaction,
        entry: &Entry,
        (program, booked_for): (&str, &BookedFor),
    ) {
        let place = (program.to_owned(), booked_for.period.clone());
        let row = (booked_for.dated().clone(), entry.cause());
        let sum = self.booked.entry(place).or_default().entry(row).or_default();
        sum.entries += 1;
        for posting in &transaction.postings {
            let units = i128::from(posting.amount);
            let sides = [(&posting.debit, Side::Debit), (&posting.credit, Side::Credit)];
            for (account, side) in sides {
                let change = if account.kind.side() == side {
                    units
                } else {
                    -units
                };
                *sum.changes.entry((account.kind, account.asset)).or_default() += change;
            }
        }
    }

    /// Compares with the records and with the balances.
    pub(super) fn compare(mut self, tx: &mut Tx<'_>, checked: &mut Checked) -> Result<()> {
        for (place, words) in std::mem::take(&mut self.findings) {
            checked.find(place, words);
        }
        let mut of_all: BTreeMap<(AccountKind, Asset), i128> = BTreeMap::new();
        for sum in self.booked.values().flat_map(BTreeMap::values) {
            for (of, units) in &sum.changes {
                *of_all.entry(*of).or_default() += units;
            }
        }
        tx.each_record(BOOKED, |_, record| {
            let Some(kept) = content::<SumsRecord>(record, checked) else {
                return Ok(());
            };
            let name = record.id.rsplit_once('/').unwrap_or((&record.id, ""));
            let booked = self.booked.remove(&(name.0.to_owned(), name.1.into()));
            compare_one(&place(record), &kept, &booked.unwrap_or_default(), checked);
            Ok::<_, Error>(())
        })?;
        for (program, period) in self.booked.keys() {
            let place = format!("{BOOKED} `{program}/{period}`");
            checked.find(place, "entries are booked for it, and it has no record");
        }
        for kind in OF_LIVE {
            let mut stands: BTreeMap<Asset, i128> = BTreeMap::new();
            for (account, units) in posted(tx, kind)? {
                *stands.entry(account.asset).or_default() += units;
            }
            for (asset, units) in stands {
                let summed = of_all.get(&(kind, asset)).copied().unwrap_or(0);
                if units != summed {
                    let (stand, sum) = (amount(asset, units), amount(asset, summed));
                    let words = format!("{stand} stand in them, and the periods of LIVE come to {sum}");
                    checked.find(format!("accounts `{kind}`"), words);
                }
            }
        }
        Ok(())
    }
}

fn named(booked_for: &BookedFor) -> String {
    match &booked_for.late_of {
        None => booked_for.period.to_string(),
        Some(of) => format!("{}, late of {of}", booked_for.period),
    }
}

fn compare_one(place: &str, kept: &SumsRecord, booked: &BTreeMap<Row, Sum>, checked: &mut Checked) {
    let mut says: BTreeMap<(&str, &str), Said<'_>> = BTreeMap::new();
    for (dated, causes) in &kept.dated {
        for (cause, sum) in causes {
            let changes = sum.changes.iter().map(|(of, Whole(units))| (of.as_str(), *units));
            says.insert((dated, cause), (sum.entries, changes.collect()));
        }
    }
    for ((dated, cause), sum) in booked {
        let what = format!("{cause} dated in {dated}");
        let (entries, mut changes) = says.remove(&(&**dated, *cause)).unwrap_or_default();
        if entries != sum.entries {
            let words = format!(
                "it says {entries} entries of {what}, and {} are booked",
                sum.entries
            );
            checked.find(place, words);
        }
        for ((kind, asset), units) in &sum.changes {
            let said = changes.remove(&*format!("{kind} {asset}")).unwrap_or(0);
            if said != *units {
                let (said, booked) = (amount(*asset, said), amount(*asset, *units));
                checked.find(
                    place,
                    format!("it says {said} in {kind} by {what}, and {booked} are booked"),
                );
            }
        }
        for (of, units) in changes.into_iter().filter(|(_, units)| *units != 0) {
            checked.find(
                place,
                format!("it says {units} units in {of} by {what}, and none are booked"),
            );
        }
    }
    for ((dated, cause), _) in says {
        checked.find(
            place,
            format!("it has {cause} dated in {dated}, and none is booked"),
        );
    }
}
