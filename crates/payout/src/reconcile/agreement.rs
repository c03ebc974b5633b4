//! Whether an entry of a statement agrees with itself: with its details, with what it says of batches, with charges.

use super::breaks::BreakKind;
use crate::iso20022::{Direction, Entry, Movement};
use money::{Money, Ratio};

/// What a detail of an entry is about.
pub(super) enum Detail {
    /// A payout, and what was sent; none if it is not clear which.
    Payout(Option<Money>),
    /// Something else.
    Other,
}

/// Why an entry and its details do not go together; none if they do, or if that cannot be known.
pub(super) fn disagreement(entry: &Entry, details: &[Detail]) -> Option<BreakKind> {
    reversed_in_part(entry)
        .or_else(|| of_amounts(entry, details))
        .or_else(|| of_batches(entry))
        .or_else(|| of_count(entry, details))
}

/// Whether the amounts of details give the entry. None if they do, or if that cannot be known: details in other currencies, none
/// of which goes the other way.
fn of_amounts(entry: &Entry, details: &[Detail]) -> Option<BreakKind> {
    let is_alone = entry.movements.len() == 1;
    let without = || BreakKind::DetailsDiffer {
        entry: entry.amount,
        details: None,
    };
    if let Some(kind) = other_way(entry).filter(|_| is_alone) {
        return Some(kind);
    }
    let mut sum = Ratio::ZERO;
    let mut is_all = true;
    for (movement, detail) in entry.movements.iter().zip(details) {
        let is_out = movement.direction == Direction::Debit;
        let instructed = movement.instructed.filter(|_| is_out || !is_alone);
        let in_currency = |amount: &Money| is_one_currency(*amount, entry.amount);
        let amount = match movement
            .amount
            .filter(in_currency)
            .or(instructed.filter(in_currency))
        {
            Some(amount) => amount,
            None if is_alone => return other_way(entry),
            None if movement.amount.is_some() || movement.instructed.is_some() => {
                is_all = false;
                continue;
            }
            None => match detail {
                Detail::Payout(Some(amount)) if in_currency(amount) => *amount,
                Detail::Payout(Some(_)) => {
                    is_all = false;
                    continue;
                }
                Detail::Payout(None) | Detail::Other => return Some(without()),
            },
        };
        sum = with(sum, amount, movement.direction == entry.direction)?;
    }
    // What is in other currencies is not known, and takes nothing off.
    if !is_all && sum <= entry.amount.to_ratio() {
        return other_way(entry);
    }
    of_sum(entry, sum)
}

/// Whether the amounts of details give the entry, where each has one in its currency.
pub(super) fn of_given_amounts(entry: &Entry) -> Option<BreakKind> {
    let amount = |movement: &Movement| {
        let given = movement.amount.or(movement.instructed);
        given.filter(|amount| is_one_currency(*amount, entry.amount))
    };
    if entry.movements.len() < 2 && entry.movements.iter().all(|one| one.amount.is_none()) {
        return None;
    }
    let mut sum = Ratio::ZERO;
    for movement in &entry.movements {
        sum = with(sum, amount(movement)?, movement.direction == entry.direction)?;
    }
    of_sum(entry, sum)
}

/// What a detail of an entry brings: its amount, less its charges where the entry is that of all of them less theirs.
pub(super) fn net(entry: &Entry, movement: &Movement) -> Option<Money> {
    let amount = movement.amount?;
    let mut gross = entry.movements.iter().filter_map(|one| one.amount);
    let first = gross.next()?;
    let all = gross.try_fold(first, Money::checked_add).ok()?;
    if all.to_ratio() == entry.amount.to_ratio() {
        return Some(amount);
    }
    movement
        .charges
        .iter()
        .filter(|charge| is_one_currency(**charge, amount))
        .try_fold(amount, |rest, charge| {
            let charge = charge
                .rescale(rest.asset().scale(), money::Rounding::HalfEven)
                .ok()?;
            rest.checked_sub(charge.value).ok()
        })
}

/// A sum with one more amount, which goes the same way or the other one; none if it is out of range.
fn with(sum: Ratio, amount: Money, is_same_way: bool) -> Option<Ratio> {
    let more = match is_same_way {
        true => sum.checked_add(amount.to_ratio()),
        false => sum.checked_sub(amount.to_ratio()),
    };
    more.ok()
}

/// The sum of what an entry is made of, where neither it nor charges explain the entry.
fn of_sum(entry: &Entry, sum: Ratio) -> Option<BreakKind> {
    let of_movements = entry.movements.iter().flat_map(|movement| &movement.charges);
    let of_movements: Vec<Money> = of_movements.copied().collect();
    // Of what several bring back it must be said whose the charges are.
    let is_shared = entry.direction == Direction::Credit && entry.movements.len() > 1;
    let of_entry: &[Money] = if is_shared { &[] } else { &entry.charges };
    if is_explained_by(entry.amount, sum, entry.direction, of_entry, &of_movements) {
        return None;
    }
    let details = Money::from_ratio(entry.amount.asset(), sum, money::Rounding::HalfEven).ok();
    Some(BreakKind::DetailsDiffer {
        entry: entry.amount,
        details: details.map(|details| details.value),
    })
}

/// Details of an entry that go the other way than it does.
pub(super) fn other_way(entry: &Entry) -> Option<BreakKind> {
    let (of_entry, of_detail) = match entry.direction {
        Direction::Credit => ("CRDT", "DBIT"),
        Direction::Debit => ("DBIT", "CRDT"),
    };
    let mut movements = entry.movements.iter();
    movements
        .any(|one| one.direction != entry.direction)
        .then(|| BreakKind::Contradiction {
            said: format!("{of_entry} of an entry and {of_detail} of a detail of it"),
        })
}

/// A reversal, one of whose details says that it is none.
pub(super) fn reversed_in_part(entry: &Entry) -> Option<BreakKind> {
    let mut movements = entry.movements.iter();
    let is_denied = entry.is_reversal && movements.any(|one| one.is_reversal == Some(false));
    is_denied.then(|| BreakKind::Contradiction {
        said: "RvslInd true of an entry and false of a detail of it".to_owned(),
    })
}

/// What an entry says of its batches as wholes, where it is not what is booked.
pub(super) fn of_batches(entry: &Entry) -> Option<BreakKind> {
    let batches = &entry.batches[..];
    if let [batch] = batches
        && batch.direction.is_some_and(|way| way != entry.direction)
    {
        return Some(BreakKind::Contradiction {
            said: "one direction (CdtDbtInd) of an entry and the other of its batch".to_owned(),
        });
    }
    let mut sum = Ratio::ZERO;
    for batch in batches {
        let total = batch
            .total
            .filter(|total| is_one_currency(*total, entry.amount))?;
        sum = with(
            sum,
            total,
            batch.direction.is_none_or(|way| way == entry.direction),
        )?;
    }
    match batches {
        [] => None,
        _ => of_sum(entry, sum),
    }
}

/// Another number of payments in a batch than there are details that name payouts.
fn of_count(entry: &Entry, details: &[Detail]) -> Option<BreakKind> {
    if !details.iter().any(|detail| matches!(detail, Detail::Payout(_))) {
        return None;
    }
    let differs = |count: u64, details: usize| u64::try_from(details).is_ok_and(|details| details != count);
    entry.batches.iter().find_map(|batch| {
        let count = batch.count.filter(|_| batch.details > 0)?;
        differs(count, batch.details).then(|| BreakKind::Contradiction {
            said: format!(
                "{count} payments in a batch (NbOfTxs) and {} details of it",
                batch.details
            ),
        })
    })
}

/// How many payments the batches of an entry are of, if it says so of each.
pub(super) fn counted(entry: &Entry) -> Option<u64> {
    let mut counts = entry.batches.iter().map(|batch| batch.count);
    let first = counts.next()??;
    counts.try_fold(first, |all, count| all.checked_add(count?))
}

pub(super) fn is_one_currency(one: Money, other: Money) -> bool {
    one.asset().code() == other.asset().code()
}

/// The same, for charges of an entry and of its details: some banks say the same ones of both.
pub(super) fn is_explained_by(
    booked: Money,
    sum: Ratio,
    direction: Direction,
    of_entry: &[Money],
    of_details: &[Money],
) -> bool {
    is_explained(booked, sum, direction, of_entry.iter())
        || is_explained(booked, sum, direction, of_details.iter())
        || is_explained(booked, sum, direction, of_entry.iter().chain(of_details))
}

/// Whether what was booked is a sum, or differs from it by what the bank says that it took for itself: more goes out by it, and
/// less comes in. Charges of more than what goes out besides them, or as large as what comes in, explain nothing.
pub(super) fn is_explained<'m>(
    booked: Money,
    sum: Ratio,
    direction: Direction,
    charges: impl Iterator<Item = &'m Money>,
) -> bool {
    let charges = charges
        .filter(|charge| is_one_currency(**charge, booked))
        .try_fold(Ratio::ZERO, |all, charge| all.checked_add(charge.to_ratio()));
    let booked = booked.to_ratio();
    if booked == sum {
        return true;
    }
    let Ok(charges) = charges else { return false };
    let with_charges = match direction {
        Direction::Debit => sum.checked_add(charges),
        Direction::Credit => sum.checked_sub(charges),
    };
    let is_less = match direction {
        Direction::Debit => charges <= sum,
        Direction::Credit => charges < booked,
    };
    is_less && with_charges.is_ok_and(|with_charges| with_charges == booked)
}
