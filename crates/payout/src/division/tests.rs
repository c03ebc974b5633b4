//! Sums are conserved, nothing falls below zero that was not, and the order does not matter.

use super::*;
use proptest::prelude::*;

fn held(all: &[(&str, i128, i128)]) -> Holdings {
    let each = all.iter().flat_map(|(program, us, other)| {
        [(Source::Us, *us), (Source::Other, *other)]
            .map(|(source, units)| (Slot::new(*program, source), units))
    });
    each.filter(|(_, units)| *units != 0).collect()
}

fn after(held: &Holdings, division: &Division) -> Holdings {
    let mut left = held.clone();
    lower(&mut left, &division.parts);
    for Move { from, to, units } in &division.moves {
        assert!(*units > 0);
        *left.get_mut(from).unwrap() -= units;
        *left.entry(to.clone()).or_default() += units;
    }
    left.retain(|_, units| *units != 0);
    left
}

#[test]
fn a_payout_takes_sources_in_proportion_and_covers_debts() {
    let before = held(&[("a", 30, 70), ("b", 0, 100), ("debt", -10, -10), ("kept", 5, -1)]);
    let division = payout(&before, |program| matches!(program, "a" | "b"), 150).unwrap();
    assert_eq!(division.parts, held(&[("a", 22, 53), ("b", 0, 75)]));
    assert_eq!(division.moves.iter().map(|one| one.units).sum::<i128>(), 20);
    assert_eq!(
        after(&before, &division),
        held(&[("a", 5, 10), ("b", 0, 15), ("kept", 5, -1)])
    );
}

#[test]
fn a_program_covers_its_own_sources_first() {
    let before = held(&[("a", -5, 20), ("b", 7, -7)]);
    let division = payout(&before, |program| program == "a", 15).unwrap();
    assert_eq!(division.parts, held(&[("a", 0, 15)]));
    assert!(after(&before, &division).is_empty());
    // An invoice's offset covers nothing: what is below zero stays.
    assert_eq!(
        offset(&before, |program| program == "a", 15).unwrap(),
        held(&[("a", 0, 15)])
    );
}

#[test]
fn more_than_there_is_cannot_be_divided() {
    let before = held(&[("a", 1, 9), ("debt", 0, -4)]);
    let too_much = DivisionError::TooMuch { asked: 11, there: 10 };
    assert_eq!(payout(&before, |program| program == "a", 7), Err(too_much));
    assert!(payout(&before, |program| program == "a", -1).is_err());
    assert!(offset(&before, |program| program == "a", 11).is_err());
    assert!(withheld(&held(&[("a", 1, 1)]), 3, Taxed::Us).is_err());
}

#[test]
fn tax_of_money_from_the_united_states_is_borne_by_it() {
    let taken = held(&[("a", 30, 70), ("b", 10, 0)]);
    assert_eq!(
        withheld(&taken, 12, Taxed::Us).unwrap(),
        held(&[("a", 9, 0), ("b", 3, 0)])
    );
    assert_eq!(
        withheld(&taken, 22, Taxed::All).unwrap(),
        held(&[("a", 6, 14), ("b", 2, 0)])
    );
    // What rounding adds beyond it is borne by the rest.
    assert_eq!(
        withheld(&taken, 41, Taxed::Us).unwrap(),
        held(&[("a", 30, 1), ("b", 10, 0)])
    );
}

#[test]
fn an_invoice_leaves_a_fraction_with_the_largest_debt() {
    let before = held(&[("a", -30, -4), ("b", -3, 0), ("c", 0, 5), ("d", 2, -6)]);
    let division = invoice(&before, 30).unwrap();
    let left = after(
        &before,
        &Division {
            parts: Holdings::new(),
            ..division.clone()
        },
    );
    assert_eq!(total(&left), -36);
    let mut given = left;
    for (slot, units) in &division.parts {
        *given.get_mut(slot).unwrap() += units;
    }
    given.retain(|_, units| *units != 0);
    assert_eq!(given, held(&[("a", -6, 0)]));
}

fn holdings() -> impl Strategy<Value = Holdings> {
    let units = prop_oneof![3 => 0..1_000_000_i128, 1 => -200_000..0_i128, 1 => Just(0)];
    let slot = ("[a-f]", prop::bool::ANY)
        .prop_map(|(program, us)| Slot::new(program, if us { Source::Us } else { Source::Other }));
    prop::collection::btree_map(slot, units, 0..10)
}

proptest! {
    #[test]
    fn a_payout_conserves_sums(before in holdings(), due in "[a-f]{0,6}", part in 0..=100_i128) {
        let sums = by_program(&before);
        let is_due = |program: &str| due.contains(program) && sums[program] > 0;
        let there: i128 = sums.iter().filter(|(program, _)| is_due(program)).map(|(_, units)| units).sum();
        let debts: i128 = sums.values().filter(|units| **units < 0).sum();
        prop_assume!(there + debts >= 0);
        let units = (there + debts) * part / 100;
        let division = payout(&before, is_due, units).unwrap();
        prop_assert_eq!(total(&division.parts), units);
        prop_assert!(division.parts.values().all(|units| *units > 0));
        let left = after(&before, &division);
        prop_assert_eq!(total(&left), total(&before) - units);
        for (program, sum) in &sums {
            for source in [Source::Us, Source::Other] {
                let slot = Slot::new(*program, source);
                let (was, is) = [&before, &left].map(|all| all.get(&slot).copied().unwrap_or(0)).into();
                if *sum > 0 && !is_due(program) {
                    prop_assert_eq!(is, was);
                } else {
                    prop_assert!(is >= 0, "{} {:?}: {} of {}", program, source, is, was);
                }
            }
        }
        // What is taken of a source is its part to a unit.
        let mut due_slots = before.clone();
        within(&mut due_slots, is_due);
        due_slots.retain(|slot, _| is_due(&slot.program));
        for (slot, taken) in &division.parts {
            let exact = due_slots[slot] * units;
            prop_assert!((taken * there - exact).abs() < there);
        }
        prop_assert_eq!(&division, &payout(&before, is_due, units).unwrap());
    }

    #[test]
    fn an_invoice_settles_what_is_owed(before in holdings(), kept in 0..100_i128) {
        let before: Holdings = before.into_iter().map(|(slot, units)| (slot, -units)).collect();
        let owed = -total(&before);
        prop_assume!(owed > 0);
        let asked = (owed - kept).max(0);
        let division = invoice(&before, asked).unwrap();
        prop_assert_eq!(total(&division.parts), asked);
        let mut left = after(&before, &Division { parts: Holdings::new(), ..division.clone() });
        for (slot, units) in &division.parts {
            *left.get_mut(slot).unwrap() += units;
        }
        prop_assert_eq!(total(&left), asked - owed);
        prop_assert!(left.values().all(|units| *units <= 0));
    }

    #[test]
    fn what_is_withheld_is_a_part_of_what_is_taken(taken in holdings(), part in 0..=100_i128) {
        let taken: Holdings = taken.into_iter().filter(|(_, units)| *units > 0).collect();
        let units = total(&taken) * part / 100;
        for of in [Taxed::Us, Taxed::All] {
            let withheld = withheld(&taken, units, of).unwrap();
            prop_assert_eq!(total(&withheld), units);
            prop_assert!(withheld.iter().all(|(slot, units)| *units <= taken[slot]));
            let spared = units <= from_us(&taken) && of == Taxed::Us;
            prop_assert!(!spared || withheld.keys().all(|slot| slot.source == Source::Us));
        }
    }

    #[test]
    fn an_offset_takes_no_more_than_there_is(before in holdings(), part in 0..=100_i128) {
        let sums = by_program(&before);
        let is_meant = |program: &str| sums[program] > 0;
        let there: i128 = sums.values().filter(|units| **units > 0).sum();
        let taken = offset(&before, is_meant, there * part / 100).unwrap();
        prop_assert_eq!(total(&taken), there * part / 100);
        for (slot, units) in &taken {
            prop_assert!(*units > 0 && *units <= before[slot]);
            prop_assert!(by_program(&taken)[&*slot.program] <= sums[&*slot.program]);
        }
    }
}
