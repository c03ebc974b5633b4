//! Periods: what was earned in each, what of it became payable, and that what is still to come stands in `creator-pending`.

use super::{amount, content, posted};
use crate::base::error::{Error, Result};
use crate::runs::period::{self, PeriodState, Stage};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use journal::{Earned, Entry, Funded, Released};
use ledger::{Account, AccountKind};
use money::Asset;
use std::collections::{BTreeMap, HashMap};
use store::{Checked, Mended, Record, StoredTransaction, Tx};

/// What is booked of one period.
#[derive(Default)]
struct Booked {
    /// Earned into `creator-pending`, by asset.
    earned: BTreeMap<Asset, i128>,
    /// Moved on to `creator-available`, by asset.
    released: BTreeMap<Asset, i128>,
    /// The highest run of which something is booked.
    run: u32,
}

pub(super) struct Periods {
    states: HashMap<(String, String), PeriodState>,
    booked: BTreeMap<(String, String), Booked>,
    /// Earned and not payable by the periods' states.
    to_come: HashMap<Account, i128>,
}

impl Periods {
    pub(super) fn new(tx: &mut Tx<'_>, checked: &mut Checked) -> Result<Periods> {
        let mut states = HashMap::new();
        let mended = tx.clock_mended()?;
        tx.each_record(period::KIND, |tx, record| {
            let place = record.id.rsplit_once('/');
            if let (Some((program, period)), Some(state)) = (place, content(record, checked)) {
                too_early(tx, record, &mended, checked)?;
                states.insert((program.to_owned(), period.to_owned()), state);
            }
            Ok::<_, Error>(())
        })?;
        Ok(Periods {
            states,
            booked: BTreeMap::new(),
            to_come: HashMap::new(),
        })
    }

    pub(super) fn take(&mut self, transaction: &StoredTransaction, entry: &Entry) {
        let (program, period, run) = match entry {
            Entry::Earned(Earned {
                program, period, run, ..
            })
            | Entry::Adjusted(Earned {
                program, period, run, ..
            })
            | Entry::Released(Released {
                program, period, run, ..
            })
            | Entry::Funded(Funded {
                program, period, run, ..
            }) => (program, period, *run),
            _ => return,
        };
        let is_earned = !matches!(entry, Entry::Released(_));
        let key = (program.clone(), period.clone());
        let is_payable = self
            .states
            .get(&key)
            .is_some_and(|state| state.stage == Stage::Payable);
        let booked = self.booked.entry(key).or_default();
        booked.run = booked.run.max(run);
        for posting in &transaction.postings {
            let (account, change) = match (posting.debit.kind, posting.credit.kind) {
                (AccountKind::CreatorPending, _) => (&posting.debit, -i128::from(posting.amount)),
                (_, AccountKind::CreatorPending) => (&posting.credit, i128::from(posting.amount)),
                _ => continue,
            };
            match is_earned {
                true => *booked.earned.entry(account.asset).or_default() += change,
                false => *booked.released.entry(account.asset).or_default() -= change,
            }
            if is_earned && !is_payable {
                *self.to_come.entry(account.clone()).or_default() += change;
            }
        }
    }

    /// Compares with the records and, together with what subscriptions are held, with what stands in `creator-pending`.
    pub(super) fn compare(
        self,
        tx: &mut Tx<'_>,
        held: HashMap<Account, i128>,
        checked: &mut Checked,
    ) -> Result<()> {
        for ((program, period), booked) in &self.booked {
            let place = format!("period `{}`", period::id(program, period));
            match self.states.get(&(program.clone(), period.clone())) {
                Some(state) => compare_one(&place, state, booked, checked),
                None => checked.find(
                    place,
                    format!("run {} of it is booked, and it has no record", booked.run),
                ),
            }
        }
        let mut to_come = self.to_come;
        for (account, units) in held {
            *to_come.entry(account).or_default() += units;
        }
        for (account, stands) in posted(tx, AccountKind::CreatorPending)? {
            let expected = to_come.remove(&account).unwrap_or(0);
            if stands != expected {
                checked.find(
                    format!("account `{account}`"),
                    format!(
                        "{} stand in it, and the periods and subscriptions that are not payable yet come to {}",
                        amount(account.asset, stands),
                        amount(account.asset, expected)
                    ),
                );
            }
        }
        for (account, units) in to_come.into_iter().filter(|(_, units)| *units != 0) {
            checked.find(
                format!("account `{account}`"),
                format!(
                    "{} are to become payable, and it was never opened",
                    amount(account.asset, units)
                ),
            );
        }
        Ok(())
    }
}

/// Finds what was closed, or became payable, before its day by the time at which that was recorded.
fn too_early(tx: &mut Tx<'_>, newest: &Record, mended: &[Mended], checked: &mut Checked) -> Result<()> {
    let mut before = None;
    for version in tx.record_versions(&newest.kind, &newest.id)? {
        let Some(state) = content::<PeriodState>(&version, checked) else {
            continue;
        };
        let done = done_on(&version, mended);
        let day = match state.stage {
            Stage::Estimated => None,
            Stage::Final => Some(state.final_on),
            Stage::Payable => Some(state.payable_on),
        };
        if let Some(day) = day.filter(|day| before != Some((state.stage, *day)) && done < *day) {
            let (stage, place) = (state.stage.name(), format!("period `{}`", newest.id));
            checked.find(place, format!("it became {stage} on {done}, and may on {day}"));
        }
        before = day.map(|day| (state.stage, day));
    }
    Ok(())
}

/// The day on which a version of a record was written: what a wrong clock recorded was done when it was mended, at the latest.
pub(super) fn done_on(version: &Record, mended: &[Mended]) -> Date {
    let later = mended.iter().filter(|mended| mended.change > version.change);
    let done = later
        .map(|mended| mended.at)
        .fold(version.recorded, Timestamp::min);
    done.to_zoned(TimeZone::UTC).date()
}

fn compare_one(place: &str, state: &PeriodState, booked: &Booked, checked: &mut Checked) {
    if state.run < booked.run {
        checked.find(
            place,
            format!(
                "run {} is booked, and its record says that run {} stands",
                booked.run, state.run
            ),
        );
    }
    for (asset, released) in &booked.released {
        if state.stage != Stage::Payable && *released != 0 {
            checked.find(
                place,
                format!(
                    "{} of it became payable, and its record says that it is {}",
                    amount(*asset, *released),
                    state.stage.name()
                ),
            );
        }
    }
    if state.stage != Stage::Payable {
        return;
    }
    for (asset, earned) in &booked.earned {
        let released = booked.released.get(asset).copied().unwrap_or(0);
        if released != *earned {
            checked.find(
                place,
                format!(
                    "it is payable: {} were earned in it, and {} became payable",
                    amount(*asset, *earned),
                    amount(*asset, released)
                ),
            );
        }
    }
}
