//! Division: whose money a payout, an offset, a bank's fee or an invoice takes, by program and source.
//!
//! A creator's balance in one currency is what each program has from each source ([`Holdings`]); a program may stand below zero after
//! a clawback. Everything here divides by largest remainder, so that sums are conserved to the unit, the order of the input does not
//! matter, and nothing falls below zero that was not there before.
//!
//! 1. Within a program one source covers what the other is below zero: what is taken back of a program is its own matter first.
//! 2. What is paid is taken from the programs that are due, in proportion to what each has from each source. So the part with a source
//!    in the United States, which tax is withheld of, is what is taken of it.
//! 3. The debts of programs below zero are covered by what is then left of those that are due, in proportion again: moves between the
//!    two programs' money.
//! 4. What is too small to be paid stays where it is. Programs that are not due keep theirs.

mod earners;
mod periods;

pub use earners::{OfEarners, OfWhom, Piece, PieceMove, add_all, fee, of_whom, shared_by, together};
pub use periods::{OfPeriods, oldest_first};

use money::{AllocateError, allocate};
use std::collections::BTreeMap;

/// Where money has its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Anywhere but in the United States.
    Other,
    /// The United States.
    Us,
}

/// The program and source of money.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot {
    /// The program.
    pub program: String,
    /// The source.
    pub source: Source,
}

impl Slot {
    /// Money of a program from a source.
    pub fn new(program: impl Into<String>, source: Source) -> Self {
        Self {
            program: program.into(),
            source,
        }
    }
}

/// What each program has from each source, in smallest units.
pub type Holdings = BTreeMap<Slot, i128>;

/// Money that covers what another program or source is below zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// Whose it was.
    pub from: Slot,
    /// Whose debt it covers.
    pub to: Slot,
    /// How much, above zero.
    pub units: i128,
}

/// Where something that is taken comes from, or where something that is given goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Division {
    /// What moves between programs and sources.
    pub moves: Vec<Move>,
    /// What is taken or given, above zero each.
    pub parts: Holdings,
}

/// Why something cannot be divided.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DivisionError {
    /// More is asked for than is there.
    #[error("{asked} units are to be divided, and {there} are there")]
    TooMuch {
        /// What is asked for, debts that are covered included.
        asked: i128,
        /// What is there.
        there: i128,
    },
    /// Sums beyond what can be divided.
    #[error(transparent)]
    Allocate(#[from] AllocateError),
}

/// The sum of holdings.
pub fn total(holdings: &Holdings) -> i128 {
    holdings.values().sum()
}

/// How much of holdings has a source in the United States.
pub fn from_us(holdings: &Holdings) -> i128 {
    let us = holdings.iter().filter(|(slot, _)| slot.source == Source::Us);
    us.map(|(_, units)| units).sum()
}

/// Takes so many units out of holdings, or what there is: the first programs and sources first.
pub fn first_of(left: &mut Holdings, units: i128) -> Holdings {
    let mut rest = units;
    let mut parts = Holdings::new();
    for (slot, has) in left.iter_mut() {
        let part = rest.min(*has).max(0);
        (rest, *has) = (rest - part, *has - part);
        if part > 0 {
            parts.insert(slot.clone(), part);
        }
    }
    parts
}

/// Takes a payout of so many units from the programs that are due, and covers debts of all.
///
/// # Errors
/// [`DivisionError::TooMuch`]: what is due does not carry the payout and the debts.
pub fn payout(
    held: &Holdings,
    is_due: impl Fn(&str) -> bool,
    units: i128,
) -> Result<Division, DivisionError> {
    let mut left = held.clone();
    let sums = by_program(held);
    let mut moves = within(&mut left, |program| is_due(program) || sums[program] <= 0);
    let debts: Holdings = left
        .iter()
        .filter(|(slot, units)| **units < 0 && (is_due(&slot.program) || sums[&*slot.program] <= 0))
        .map(|(slot, units)| (slot.clone(), -units))
        .collect();
    left.retain(|slot, units| *units > 0 && is_due(&slot.program));
    fits(units, &left)?;
    fits(total(&debts) + units, &left)?;
    let parts = in_proportion(units, &left)?;
    lower(&mut left, &parts);
    let cover = in_proportion(total(&debts), &left)?;
    moves.extend(matched(cover, debts));
    Ok(Division { moves, parts })
}

/// Takes so many units of programs, and covers no debt: an open invoice is paid before anything else is decided.
///
/// # Errors
/// [`DivisionError::TooMuch`]: the programs do not have so much.
pub fn offset(
    held: &Holdings,
    is_meant: impl Fn(&str) -> bool,
    units: i128,
) -> Result<Holdings, DivisionError> {
    let mut there = held.clone();
    // As if what one source is below zero were taken off the other; it stays as it is.
    within(&mut there, &is_meant);
    there.retain(|slot, units| *units > 0 && is_meant(&slot.program));
    fits(units, &there)?;
    in_proportion(units, &there)
}

/// Divides tax that is withheld of a payout. Where it is of money from the United States, only that bears it, as far as it goes.
///
/// # Errors
/// [`DivisionError::TooMuch`]: more is withheld than is taken.
pub fn withheld(taken: &Holdings, units: i128, of: Taxed) -> Result<Holdings, DivisionError> {
    fits(units, taken)?;
    let mut taxed = taken.clone();
    taxed.retain(|slot, _| of == Taxed::All || slot.source == Source::Us);
    let first = units.min(total(&taxed));
    let mut parts = in_proportion(first, &taxed)?;
    // A rate of all of it, rounded up to a cent, may be a fraction of a cent more than there is.
    let mut rest = taken.clone();
    lower(&mut rest, &parts);
    for (slot, more) in in_proportion(units - first, &rest)? {
        *parts.entry(slot).or_default() += more;
    }
    Ok(parts)
}

/// What tax is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taxed {
    /// Money from the United States.
    Us,
    /// All.
    All,
}

/// Gives what a creator was invoiced for to the programs that are below zero: what others have covers debts first. What is not asked
/// for, less than a cent, stays with the largest debt.
///
/// # Errors
/// [`DivisionError::TooMuch`]: more is asked for than is owed.
pub fn invoice(held: &Holdings, asked: i128) -> Result<Division, DivisionError> {
    let mut left = held.clone();
    let mut moves = within(&mut left, |_| true);
    let mut debts: Holdings = Holdings::new();
    let mut cover: Holdings = Holdings::new();
    for (slot, units) in left {
        match units {
            1.. => cover.insert(slot, units),
            0 => None,
            _ => debts.insert(slot, -units),
        };
    }
    fits(asked + total(&cover), &debts)?;
    let covered = in_proportion(total(&cover), &debts)?;
    lower(&mut debts, &covered);
    moves.extend(matched(cover, covered));
    let mut residue = total(&debts) - asked;
    while residue > 0 {
        let largest = debts.values().copied().max().unwrap_or(0);
        let first = debts.values_mut().find(|units| **units == largest);
        let Some(units) = first.filter(|units| **units > 0) else {
            break;
        };
        let kept = residue.min(*units);
        *units -= kept;
        residue -= kept;
    }
    debts.retain(|_, units| *units > 0);
    Ok(Division { moves, parts: debts })
}

/// What each program has from all sources.
fn by_program(held: &Holdings) -> BTreeMap<&str, i128> {
    let mut sums: BTreeMap<&str, i128> = BTreeMap::new();
    for (slot, units) in held {
        *sums.entry(&slot.program).or_default() += units;
    }
    sums
}

/// Lets one source of a program cover what the other is below zero.
fn within(held: &mut Holdings, is_meant: impl Fn(&str) -> bool) -> Vec<Move> {
    let programs: Vec<String> = held.keys().map(|slot| slot.program.clone()).collect();
    let mut moves = Vec::new();
    for program in programs.into_iter().filter(|program| is_meant(program)) {
        for (from, to) in [(Source::Other, Source::Us), (Source::Us, Source::Other)] {
            let (from, to) = (Slot::new(&*program, from), Slot::new(&*program, to));
            let has = |slot| held.get(slot).copied().unwrap_or(0);
            let units = has(&from).min(-has(&to));
            if units > 0 {
                *held.entry(from.clone()).or_default() -= units;
                *held.entry(to.clone()).or_default() += units;
                moves.push(Move { from, to, units });
            }
        }
    }
    moves
}

fn fits(asked: i128, there: &Holdings) -> Result<(), DivisionError> {
    let there = total(there);
    match (0..=there).contains(&asked) {
        true => Ok(()),
        false => Err(DivisionError::TooMuch { asked, there }),
    }
}

/// Divides by what is held, which is not below zero; what gets nothing is left out.
///
/// # Errors
/// Something is to be divided, and nothing is held; sums beyond what can be divided.
pub fn in_proportion<K: Ord + Clone>(
    units: i128,
    held: &BTreeMap<K, i128>,
) -> Result<BTreeMap<K, i128>, DivisionError> {
    if units == 0 {
        return Ok(BTreeMap::new());
    }
    let keys: Vec<&K> = held.keys().collect();
    let weights: Vec<u128> = held.values().map(|units| units.unsigned_abs()).collect();
    let parts = allocate(units, &weights, &keys)?;
    let parts = keys.into_iter().cloned().zip(parts);
    Ok(parts.filter(|(_, units)| *units != 0).collect())
}

fn lower(held: &mut Holdings, by: &Holdings) {
    for (slot, units) in by {
        *held.entry(slot.clone()).or_default() -= units;
    }
}

/// Moves that lead from one list to the other, of the same sum, one after the other in their order.
fn matched(from: Holdings, to: Holdings) -> Vec<Move> {
    let mut to: Vec<(Slot, i128)> = to.into_iter().rev().collect();
    let mut moves = Vec::new();
    for (slot, mut units) in from {
        while units > 0 {
            let Some((debtor, owed)) = to.last_mut() else {
                return moves;
            };
            let moved = units.min(*owed);
            if moved > 0 {
                moves.push(Move {
                    from: slot.clone(),
                    to: debtor.clone(),
                    units: moved,
                });
            }
            units -= moved;
            *owed -= moved;
            if *owed == 0 {
                to.pop();
            }
        }
    }
    moves
}

#[cfg(test)]
mod tests;
