//! What is still to come, added to balances: divided among payees as it will be when it becomes payable.

use super::payee_balances::{PayeeBalance, note_debts, note_stopped, nothing};
use super::program_balances::Part;
use crate::base::error::Result;
use crate::books::by_source;
use crate::books::collected::Collectors;
use crate::books::unreleased::{Earned, Unreleased};
use jiff::civil::Date;
use money::Asset;
use std::collections::{BTreeMap, BTreeSet};
use store::Tx;

/// Adds what is still to come to balances, divided as it would be by the splits of today, and makes balances of payees who have nothing
/// else; only of some payees, if they are named. What is due by now is added to the balance as if it had been released.
pub(super) fn add(
    tx: &mut Tx<'_>,
    payee_balances: &mut Vec<PayeeBalance>,
    unreleased: &[Unreleased],
    payees: Option<&BTreeSet<String>>,
    today: Date,
) -> Result<()> {
    let collectors = Collectors::all(tx)?;
    let mut index: BTreeMap<(String, Asset), usize> = BTreeMap::new();
    for (place, payee_balance) in payee_balances.iter().enumerate() {
        index.insert((payee_balance.payee.clone(), payee_balance.asset), place);
    }
    for period in unreleased {
        for (creator, earned) in period.earned.iter() {
            for (payee, part) in parts_of(&collectors, creator, period.divided_on, *earned) {
                if part == Part::default() || payees.is_some_and(|payees| !payees.contains(&payee)) {
                    continue;
                }
                // An invoice was written of an available balance: who has one is there already.
                let place = *index.entry((payee.clone(), period.asset)).or_insert_with(|| {
                    payee_balances.push(nothing(payee, period.asset));
                    payee_balances.len() - 1
                });
                payee_balances[place].expect(period, creator, part, today);
            }
        }
    }
    payee_balances.sort_by(|a, b| (&a.payee, a.asset).cmp(&(&b.payee, b.asset)));
    note_debts(payee_balances);
    note_stopped(tx, payee_balances)
}

/// What each payee would collect of what a creator earned.
fn parts_of(collectors: &Collectors, creator: &str, day: Date, earned: Earned) -> BTreeMap<String, Part> {
    let mut parts: BTreeMap<String, Part> = BTreeMap::new();
    for (source, units) in by_source(earned.units, earned.us_source) {
        for (payee, units) in collectors.divide(creator, day, units) {
            let part = parts.entry(payee).or_default();
            part.units += units;
            if source == ledger::Source::Us {
                part.us_source += units;
            }
        }
    }
    parts
}
