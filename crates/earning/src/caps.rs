//! Caps: bounds on a video, a creator, or the program's whole budget.
//!
//! Caps are applied in document order, each to what the ones before left. What exceeds a cap is taken
//! from the lines in proportion to their amounts, and from a line's units in proportion to theirs, both by
//! largest remainder (lines in the order of creator and video, units in their own), so the reduced
//! amounts sum to the cap exactly. Negative amounts are never reduced: they make room below the cap.
//! Money that a cap takes away stays with the platform.

use crate::error::SettleError;
use crate::line::{Line, Unit};
use crate::report::{Budget, Reduction, ReductionScope};
use money::{Asset, Money, allocate_by_index};
use policy::program::{Cap, CapScope};
use std::ops::Range;
use std::sync::Arc;

/// What caps did.
pub(crate) struct Capped {
    pub(crate) reductions: Vec<Reduction>,
    pub(crate) budget: Option<Budget>,
}

/// Applies caps to lines (sorted by creator and video) and their units.
pub(crate) fn apply(
    caps: &[Cap],
    asset: Asset,
    budget_spent: Money,
    lines: &mut [Line],
    units: &mut [Unit],
) -> Result<Capped, SettleError> {
    let mut book = Book {
        asset,
        lines,
        units,
        reductions: Vec::new(),
    };
    let mut budget = None;
    for cap in caps {
        let found = cap.amount.asset();
        if found != asset {
            return Err(SettleError::AssetsDiffer {
                what: "a cap",
                found,
                expected: asset,
            });
        }
        let bound = cap.amount.units().max(0);
        match cap.scope {
            CapScope::Video => {
                for at in 0..book.lines.len() {
                    let video = Arc::clone(&book.lines[at].video);
                    book.bound(at..at + 1, bound, ReductionScope::Video, Some(video))?;
                }
            }
            CapScope::Creator => {
                for group in book.creators() {
                    let creator = Arc::clone(&book.lines[group.start].creator);
                    book.bound(group, bound, ReductionScope::Creator, Some(creator))?;
                }
            }
            CapScope::Budget => {
                let found = budget_spent.asset();
                if found != asset {
                    return Err(SettleError::AssetsDiffer {
                        what: "the budget spent",
                        found,
                        expected: asset,
                    });
                }
                let left = bound.saturating_sub(budget_spent.units()).max(0);
                book.bound(0..book.lines.len(), left, ReductionScope::Budget, None)?;
                budget = Some(bound);
            }
        }
    }
    let spent_now = if budget.is_some() {
        book.sum(0..book.lines.len())?
    } else {
        0
    };
    let reductions = book.reductions;
    let money = |units| Money::new(asset, units);
    let budget = budget.map(|bound| Budget {
        amount: money(bound),
        spent_before: budget_spent,
        spent_now: money(spent_now),
        left: money(
            bound
                .saturating_sub(budget_spent.units())
                .saturating_sub(spent_now)
                .max(0),
        ),
    });
    Ok(Capped { reductions, budget })
}

struct Book<'l> {
    asset: Asset,
    lines: &'l mut [Line],
    units: &'l mut [Unit],
    reductions: Vec<Reduction>,
}

impl Book<'_> {
    /// Ranges of lines of one creator each.
    fn creators(&self) -> Vec<Range<usize>> {
        let mut start = 0;
        let groups = self.lines.chunk_by(|a, b| a.creator == b.creator).map(|group| {
            let range = start..start + group.len();
            start = range.end;
            range
        });
        groups.collect()
    }

    fn sum(&self, lines: Range<usize>) -> Result<i128, SettleError> {
        let amounts = self.lines[lines].iter().map(|line| line.amount.units());
        amounts
            .into_iter()
            .try_fold(0_i128, |sum, amount| sum.checked_add(amount))
            .ok_or_else(|| SettleError::overflow("the sum of lines"))
    }

    /// Reduces lines to a bound, if their sum exceeds it.
    fn bound(
        &mut self,
        lines: Range<usize>,
        bound: i128,
        scope: ReductionScope,
        subject: Option<Arc<str>>,
    ) -> Result<(), SettleError> {
        let before = self.sum(lines.clone())?;
        if before <= bound {
            return Ok(());
        }
        let amounts: Vec<i128> = self.lines[lines.clone()]
            .iter()
            .map(|line| line.amount.units())
            .collect();
        for (at, amount) in lines.zip(reduced(&amounts, bound)?) {
            let line = &mut self.lines[at];
            let units = &mut self.units[line.units.start as usize..line.units.end as usize];
            if amount < line.amount.units() {
                let parts: Vec<i128> = units.iter().map(|unit| unit.amount).collect();
                for (unit, part) in units.iter_mut().zip(reduced(&parts, amount)?) {
                    unit.amount = part;
                }
                line.amount = Money::new(self.asset, amount);
            }
        }
        let money = |units| Money::new(self.asset, units);
        self.reductions.push(Reduction {
            scope,
            subject,
            before: money(before),
            after: money(bound),
        });
        Ok(())
    }
}

/// Amounts whose sum exceeds a target, reduced to it: the positive ones in proportion, the others not.
fn reduced(amounts: &[i128], target: i128) -> Result<Vec<i128>, SettleError> {
    let positive: Vec<u128> = amounts
        .iter()
        .map(|amount| amount.max(&0).unsigned_abs())
        .collect();
    let negative: i128 = amounts.iter().filter(|amount| **amount < 0).sum();
    let parts = allocate_by_index(target - negative, &positive).map_err(|source| SettleError::Allocate {
        partition: "what a cap leaves".to_owned(),
        source,
    })?;
    Ok(amounts
        .iter()
        .zip(parts)
        .map(|(amount, part)| if *amount < 0 { *amount } else { part })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positive_amounts_make_way_and_negative_ones_stay() {
        let table: [(&[i128], i128, &[i128]); 5] = [
            (&[60, 40], 50, &[30, 20]),
            (&[1, 1, 1], 2, &[1, 1, 0]),
            (&[60, 40, -10], 50, &[36, 24, -10]),
            (&[5, 0, 5], 0, &[0, 0, 0]),
            (&[10, -3], -3, &[0, -3]),
        ];
        for (amounts, target, expected) in table {
            assert_eq!(reduced(amounts, target).unwrap(), expected);
        }
    }
}
