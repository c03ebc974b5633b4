//! Whether an entry of a statement agrees with itself: with its details, with what it says of batches, with charges.

use super::breaks::BreakKind;
use crate::iso20022::{Direction, Entry, Movement};
use money::{Money, Ratio};

/// What a detail of an entry is about, as far as it says how much it must be of.
pub(super) enum Detail {
    /// A payout, and what was sent; none if it is not clear which.
    Payout(Option<Money>),
    /// A sum of payouts, or an invoice.
    Ours,
    /// Nothing of ours.
    Other,
}

/// How much each detail of an entry moved on the account: what goes out with the charges in it, what comes in without them.
///
/// # Errors
/// The entry contradicts itself, its details do not give it, or it is not known how much each is of.
pub(super) fn booked(entry: &Entry, details: &[Detail]) -> Result<Vec<Money>, BreakKind> {
    let contradiction = reversed_in_part(entry)
        .or_else(|| of_batches(entry))
        .or_else(|| of_count(entry, details));
    if let Some(kind) = contradiction {
        return Err(kind);
    }
    match &entry.movements[..] {
        [alone] => of_alone(entry, alone).map_or_else(|| Ok(vec![entry.amount]), Err),
        _ => of_several(entry, details),
    }
}

/// Why an entry is not that of its only detail; none if it is, or if that was in another currency.
fn of_alone(entry: &Entry, alone: &Movement) -> Option<BreakKind> {
    let is_out = alone.direction == Direction::Debit;
    let instructed = alone.instructed.filter(|_| is_out);
    let mut said = [alone.amount, instructed].into_iter().flatten();
    let said = said.find(|amount| is_one_currency(*amount, entry.amount));
    other_way(entry).or_else(|| of_sum(entry, said?.to_ratio()))
}

fn of_several(entry: &Entry, details: &[Detail]) -> Result<Vec<Money>, BreakKind> {
    let unknown = || BreakKind::DetailsDiffer {
        entry: entry.amount,
        details: None,
    };
    let mut gross = Vec::with_capacity(details.len());
    for (movement, detail) in entry.movements.iter().zip(details) {
        let said = [movement.amount, movement.instructed];
        let in_currency = |amount: &Money| is_one_currency(*amount, entry.amount);
        let own = said.into_iter().flatten().find(in_currency);
        let is_said = said.iter().any(Option::is_some);
        gross.push(match (own, detail) {
            // In another currency it says nothing; what is not ours may be the rest.
            (Some(own), Detail::Other) => Some(own),
            (Some(own), _) if movement.amount.is_none_or(|amount| in_currency(&amount)) => Some(own),
            (None, Detail::Other) if is_said => None,
            (None, Detail::Payout(Some(sent))) if !is_said && in_currency(sent) => Some(*sent),
            _ => return Err(unknown()),
        });
    }
    let known: Vec<Money> = gross.iter().copied().flatten().collect();
    if known.len() < gross.len() {
        return with_rest(entry, &gross, details).ok_or_else(unknown);
    }
    let plain = signed(entry, &known).ok_or_else(unknown)?;
    let booked = entry.amount.to_ratio();
    let charged = with_charges(entry, &known);
    let of_charged = charged.as_deref().and_then(|charged| signed(entry, charged));
    if plain == booked {
        return Ok(known);
    }
    if let Some(charged) = charged.filter(|_| of_charged == Some(booked)) {
        return Ok(charged);
    }
    // Of what goes out the entry's own charges are nobody's; of what several bring back it must be said whose they are.
    let kind = match entry.direction {
        Direction::Debit => of_sum(entry, plain),
        Direction::Credit => Some(differs(entry, plain)),
    };
    kind.map_or(Ok(known), Err)
}

/// Details of which some are in another currency and not ours: they are the rest, which there must be, and nobody's charges are
/// known.
fn with_rest(entry: &Entry, gross: &[Option<Money>], details: &[Detail]) -> Option<Vec<Money>> {
    let mut ours = entry.movements.iter().zip(details);
    let has_charges = ours.any(|(movement, detail)| {
        !matches!(detail, Detail::Other) && movement.charges.iter().any(|charge| !charge.is_zero())
    });
    let known: Vec<Money> = gross.iter().copied().flatten().collect();
    let sum = Money::sum(entry.amount.asset(), known).ok()?;
    let has_rest = sum.to_ratio() < entry.amount.to_ratio();
    let is_clear = has_rest && !has_charges && other_way(entry).is_none();
    is_clear.then(|| gross.iter().map(|one| one.unwrap_or(entry.amount)).collect())
}

/// What details sum to, in the direction of the entry; none if it is out of range.
fn signed(entry: &Entry, amounts: &[Money]) -> Option<Ratio> {
    let mut all = entry.movements.iter().zip(amounts);
    all.try_fold(Ratio::ZERO, |sum, (movement, amount)| {
        with(sum, *amount, movement.direction == entry.direction)
    })
}

/// The amounts of details with their own charges: more goes out by them, and less comes in.
fn with_charges(entry: &Entry, amounts: &[Money]) -> Option<Vec<Money>> {
    let charged = |(movement, amount): (&Movement, &Money)| {
        let mut charges = movement
            .charges
            .iter()
            .filter(|charge| is_one_currency(**charge, *amount));
        charges.try_fold(*amount, |amount, charge| {
            let charge = charge
                .rescale(amount.asset().scale(), money::Rounding::HalfEven)
                .ok()
                .filter(|charge| charge.residue == Ratio::ZERO)?;
            match movement.direction {
                Direction::Debit => amount.checked_add(charge.value).ok(),
                Direction::Credit => amount
                    .checked_sub(charge.value)
                    .ok()
                    .filter(|rest| !rest.is_negative() && !rest.is_zero()),
            }
        })
    };
    entry.movements.iter().zip(amounts).map(charged).collect()
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
    let is_explained = is_explained_by(entry.amount, sum, entry.direction, of_entry, &of_movements);
    (!is_explained).then(|| differs(entry, sum))
}

fn differs(entry: &Entry, sum: Ratio) -> BreakKind {
    let details = Money::from_ratio(entry.amount.asset(), sum, money::Rounding::HalfEven).ok();
    BreakKind::DetailsDiffer {
        entry: entry.amount,
        details: details.map(|details| details.value),
    }
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
    let is_of = |count: u64, details: usize| u64::try_from(details) == Ok(count);
    // Of an only batch the details may stand in several blocks.
    let is_only = entry.batches.len() == 1;
    entry.batches.iter().find_map(|batch| {
        let count = batch.count.filter(|_| batch.details > 0)?;
        let fits = is_of(count, batch.details) || is_only && is_of(count, details.len());
        (!fits).then(|| BreakKind::Contradiction {
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

/// What was booked, less charges that are in it; none where there are none, or as much as the rest.
pub(super) fn without(booked: Money, charges: &[Money]) -> Option<Money> {
    let in_currency = charges.iter().filter(|charge| is_one_currency(**charge, booked));
    let all = Money::sum(booked.asset(), in_currency.copied())
        .ok()
        .filter(|all| !all.is_zero())?;
    let rest = booked.checked_sub(all).ok()?;
    (all.to_ratio() < rest.to_ratio()).then_some(rest)
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
