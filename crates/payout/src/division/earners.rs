//! Of whom a division takes: what a payee collects for several creators is one balance, in which each program and source has what each
//! creator earned. What is decided of the whole is taken of the creators in proportion to what each has.

use super::{Division, DivisionError, Holdings, Move, Slot, in_proportion};
use std::collections::BTreeMap;

/// What each creator has of each program and source, in smallest units.
pub type OfEarners = BTreeMap<String, Holdings>;

/// Money of one creator, program and source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Piece {
    /// The creator who earned it.
    pub earner: String,
    /// The program and source.
    pub slot: Slot,
}

/// Money of one piece that covers what another is below zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PieceMove {
    /// Whose it was.
    pub from: Piece,
    /// Whose debt it covers.
    pub to: Piece,
    /// How much, above zero.
    pub units: i128,
}

/// A division, with whom each of it is of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OfWhom {
    /// What moves, in this order.
    pub moves: Vec<PieceMove>,
    /// What is taken or given, above zero each.
    pub parts: OfEarners,
}

/// Adds what creators have to a sum.
pub fn add_all(sum: &mut OfEarners, more: &OfEarners) {
    for (earner, slots) in more {
        let of_earner = sum.entry(earner.clone()).or_default();
        for (slot, units) in slots {
            *of_earner.entry(slot.clone()).or_default() += units;
        }
    }
}

/// What each program has from each source, of all creators together.
pub fn together(all: &OfEarners) -> Holdings {
    let mut sums = Holdings::new();
    for (slot, units) in all.values().flatten() {
        *sums.entry(slot.clone()).or_default() += units;
    }
    sums.retain(|_, units| *units != 0);
    sums
}

/// Says of whom a division of [`together`] takes. First what one creator has of a program and source covers what another is below zero,
/// where the division touches them; then each move and each part takes of the creators in proportion to what each has.
///
/// # Errors
/// [`DivisionError::TooMuch`]: it takes what is not there.
pub fn of_whom(held: &OfEarners, division: &Division) -> Result<OfWhom, DivisionError> {
    let mut left = Left::of(held);
    let mut moves = Vec::new();
    let moved = division.moves.iter().flat_map(|one| [&one.from, &one.to]);
    let mut touched: Vec<&Slot> = moved.chain(division.parts.keys()).collect();
    touched.sort();
    touched.dedup();
    for slot in touched {
        let (above, below) = (left.sum(slot, Side::Above), left.sum(slot, Side::Below));
        left.move_units(slot, slot, above.min(below), &mut moves)?;
    }
    for Move { from, to, units } in &division.moves {
        left.move_units(from, to, *units, &mut moves)?;
    }
    let mut parts = OfEarners::new();
    for (slot, units) in &division.parts {
        // What is given goes to debts, and what is taken comes from the others.
        let side = match left.sum(slot, Side::Above) {
            0 => Side::Below,
            _ => Side::Above,
        };
        add(&mut parts, slot, left.take(slot, side, *units)?);
    }
    Ok(OfWhom { moves, parts })
}

/// Says of whom so much of each program and source is, in proportion to what each creator has above zero; nobody's debt is covered.
///
/// # Errors
/// [`DivisionError::TooMuch`]: there is less.
pub fn shared_by(held: &OfEarners, parts: &Holdings) -> Result<OfEarners, DivisionError> {
    let mut left = Left::of(held);
    let mut shared = OfEarners::new();
    for (slot, units) in parts {
        add(&mut shared, slot, left.take(slot, Side::Above, *units)?);
    }
    Ok(shared)
}

/// Divides what a bank kept of a payout that came back over what the payout had taken. More than that is borne in proportion, too.
///
/// # Errors
/// Sums beyond what can be divided, or a fee of nothing.
pub fn fee(taken: &OfEarners, units: i128) -> Result<OfEarners, DivisionError> {
    let mut pieces: BTreeMap<(&Slot, &String), i128> = BTreeMap::new();
    for (earner, holdings) in taken {
        for (slot, units) in holdings {
            pieces.insert((slot, earner), *units);
        }
    }
    let mut parts = OfEarners::new();
    for ((slot, earner), units) in in_proportion(units, &pieces)? {
        parts
            .entry(earner.clone())
            .or_default()
            .insert(slot.clone(), units);
    }
    Ok(parts)
}

fn add(to: &mut OfEarners, slot: &Slot, parts: BTreeMap<String, i128>) {
    for (earner, units) in parts {
        *to.entry(earner).or_default().entry(slot.clone()).or_default() += units;
    }
}

/// On which side of zero money is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Above,
    Below,
}

/// What is left of holdings, by program and source.
struct Left(BTreeMap<Slot, BTreeMap<String, i128>>);

impl Left {
    fn of(held: &OfEarners) -> Left {
        let mut left: BTreeMap<Slot, BTreeMap<String, i128>> = BTreeMap::new();
        for (earner, holdings) in held {
            for (slot, units) in holdings {
                left.entry(slot.clone())
                    .or_default()
                    .insert(earner.clone(), *units);
            }
        }
        Left(left)
    }

    /// What creators have, or are owing, of a program and source.
    fn on(&self, slot: &Slot, side: Side) -> BTreeMap<String, i128> {
        let sign = if side == Side::Above { 1 } else { -1 };
        let all = self.0.get(slot).into_iter().flatten();
        let signed = all.map(|(earner, units)| (earner.clone(), units * sign));
        signed.filter(|(_, units)| *units > 0).collect()
    }

    fn sum(&self, slot: &Slot, side: Side) -> i128 {
        self.on(slot, side).values().sum()
    }

    /// Brings so many units nearer to zero, and says whose.
    fn take(
        &mut self,
        slot: &Slot,
        side: Side,
        units: i128,
    ) -> Result<BTreeMap<String, i128>, DivisionError> {
        let there = self.on(slot, side);
        let sum = there.values().sum();
        if !(0..=sum).contains(&units) {
            return Err(DivisionError::TooMuch {
                asked: units,
                there: sum,
            });
        }
        let parts = in_proportion(units, &there)?;
        let left = self.0.entry(slot.clone()).or_default();
        for (earner, part) in &parts {
            let sign = if side == Side::Above { -1 } else { 1 };
            *left.entry(earner.clone()).or_default() += sign * part;
        }
        Ok(parts)
    }

    /// Covers debts of one program and source out of what another has.
    fn move_units(
        &mut self,
        from: &Slot,
        to: &Slot,
        units: i128,
        moves: &mut Vec<PieceMove>,
    ) -> Result<(), DivisionError> {
        let taken = self.take(from, Side::Above, units)?;
        let mut given: Vec<(String, i128)> = self.take(to, Side::Below, units)?.into_iter().rev().collect();
        for (earner, mut units) in taken {
            while units > 0 {
                let Some((debtor, owed)) = given.last_mut() else {
                    return Ok(());
                };
                let moved = units.min(*owed);
                moves.push(PieceMove {
                    from: piece(&earner, from),
                    to: piece(debtor, to),
                    units: moved,
                });
                units -= moved;
                *owed -= moved;
                if *owed == 0 {
                    given.pop();
                }
            }
        }
        Ok(())
    }
}

fn piece(earner: &str, slot: &Slot) -> Piece {
    Piece {
        earner: earner.to_owned(),
        slot: slot.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Source, invoice, payout, total};
    use super::*;
    use proptest::prelude::*;

    fn slot(program: &str, source: Source) -> Slot {
        Slot::new(program, source)
    }

    fn held(all: &[(&str, &str, i128)]) -> OfEarners {
        let mut held = OfEarners::new();
        for (earner, program, units) in all {
            let slot = slot(program, Source::Other);
            held.entry((*earner).to_owned()).or_default().insert(slot, *units);
        }
        held
    }

    #[test]
    fn a_payout_takes_of_every_creator_in_proportion() {
        let held = held(&[("mira", "fund", 300), ("theo", "fund", 100)]);
        let whole = payout(&together(&held), |_| true, 201).unwrap();
        let found = of_whom(&held, &whole).unwrap();
        assert!(found.moves.is_empty());
        let fund = slot("fund", Source::Other);
        assert_eq!(found.parts["mira"][&fund], 151);
        assert_eq!(found.parts["theo"][&fund], 50);
    }

    #[test]
    fn one_creators_money_covers_what_another_is_below_zero() {
        let held = held(&[("mira", "fund", 300), ("theo", "fund", -100)]);
        let whole = payout(&together(&held), |_| true, 200).unwrap();
        let found = of_whom(&held, &whole).unwrap();
        assert_eq!(found.moves.len(), 1);
        assert_eq!(found.moves[0].units, 100);
        assert_eq!(found.moves[0].to.earner, "theo");
        assert_eq!(found.parts.len(), 1);
    }

    #[test]
    fn an_invoice_is_of_those_who_are_below_zero() {
        let held = held(&[
            ("mira", "fund", -300),
            ("theo", "fund", -100),
            ("theo", "ads", 80),
        ]);
        let whole = invoice(&together(&held), 320).unwrap();
        let found = of_whom(&held, &whole).unwrap();
        let fund = slot("fund", Source::Other);
        assert_eq!(found.parts["mira"][&fund] + found.parts["theo"][&fund], 320);
        assert_eq!(found.moves.iter().map(|one| one.units).sum::<i128>(), 80);
    }

    fn holdings() -> impl Strategy<Value = OfEarners> {
        let slots = (0..3_usize, prop::bool::ANY);
        let slots = slots.prop_map(|(at, us)| {
            let source = if us { Source::Us } else { Source::Other };
            slot(["ads", "fund", "live"][at], source)
        });
        let holdings = prop::collection::btree_map(slots, -200_i128..400, 1..6);
        prop::collection::btree_map("[a-d]", holdings, 1..5)
    }

    fn after(held: &OfEarners, found: &OfWhom) -> OfEarners {
        let mut left = held.clone();
        let mut change = |part: &Piece, units: i128| {
            let holdings = left.entry(part.earner.clone()).or_default();
            *holdings.entry(part.slot.clone()).or_default() += units;
        };
        for one in &found.moves {
            assert!(one.units > 0 && one.from != one.to);
            change(&one.from, -one.units);
            change(&one.to, one.units);
        }
        for (earner, parts) in &found.parts {
            for (slot, units) in parts {
                *left.get_mut(earner).unwrap().get_mut(slot).unwrap() -= units;
            }
        }
        left
    }

    proptest! {
        /// What is taken of creators sums to what is taken of each program and source, and puts nobody below zero.
        #[test]
        fn payouts_are_of_somebody(held in holdings(), percent in 0_i128..=100) {
            let whole = together(&held);
            let units = total(&whole).max(0) * percent / 100;
            let Ok(division) = payout(&whole, |_| true, units) else { return Ok(()) };
            let found = of_whom(&held, &division).unwrap();
            prop_assert_eq!(together(&found.parts), division.parts.clone());
            let left = after(&held, &found);
            for (earner, parts) in &left {
                for (slot, units) in parts {
                    let was = held[earner].get(slot).copied().unwrap_or(0);
                    prop_assert!(*units >= was.min(0), "{earner} {slot:?}: {was} to {units}");
                }
            }
            prop_assert_eq!(total(&together(&left)), total(&whole) - units);
        }

        /// With one creator it is the division itself.
        #[test]
        fn of_one_creator_it_is_the_whole(held in holdings(), percent in 0_i128..=100) {
            let alone: OfEarners = held.into_iter().take(1).collect();
            let whole = together(&alone);
            let units = total(&whole).max(0) * percent / 100;
            let Ok(division) = payout(&whole, |_| true, units) else { return Ok(()) };
            let found = of_whom(&alone, &division).unwrap();
            let moves: Vec<Move> = found.moves.into_iter().map(|one| Move { from: one.from.slot, to: one.to.slot, units: one.units }).collect();
            prop_assert_eq!(moves, division.moves);
        }

        #[test]
        fn shares_are_of_those_who_have_something(held in holdings(), percent in 0_i128..=100) {
            let mut above = together(&held);
            above.retain(|_, units| *units > 0);
            let parts: Holdings = above.into_iter().map(|(slot, units)| (slot, units * percent / 100)).filter(|(_, units)| *units > 0).collect();
            let shared = shared_by(&held, &parts).unwrap();
            prop_assert_eq!(together(&shared), parts);
            for (earner, parts) in &shared {
                for (slot, units) in parts {
                    prop_assert!(*units > 0 && *units <= held[earner][slot]);
                }
            }
        }
    }
}
