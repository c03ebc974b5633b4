//! Of which periods something is taken: the oldest first.

use super::Holdings;
use std::collections::BTreeMap;

/// What was earned, by period; none: money that has none.
pub type OfPeriods = BTreeMap<Option<String>, Holdings>;

/// What is taken of each period, the oldest first. What none accounts for, the rest of less than a cent that a payout left, is of the first.
pub fn oldest_first(taken: &Holdings, earned: &OfPeriods) -> OfPeriods {
    let mut left = taken.clone();
    let mut parts = OfPeriods::new();
    for (period, has) in earned {
        for (slot, has) in has.iter().filter(|(_, has)| **has > 0) {
            let Some(left) = left.get_mut(slot) else { continue };
            let units = (*left).min(*has);
            *left -= units;
            if units > 0 {
                *parts
                    .entry(period.clone())
                    .or_default()
                    .entry(slot.clone())
                    .or_default() += units;
            }
        }
    }
    let first = parts.keys().next().cloned().flatten();
    for (slot, units) in left.into_iter().filter(|(_, units)| *units > 0) {
        *parts.entry(first.clone()).or_default().entry(slot).or_default() += units;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::division::{Slot, Source};
    use proptest::prelude::*;

    fn periods() -> impl Strategy<Value = OfPeriods> {
        let slot = prop_oneof![
            Just(Slot::new("ads", Source::Us)),
            Just(Slot::new("ads", Source::Other))
        ];
        let holdings = prop::collection::btree_map(slot, -50_i128..100, 0..3);
        let period = prop::option::of("2026-(0[1-9]|1[0-2])");
        prop::collection::btree_map(period, holdings, 0..6)
    }

    proptest! {
        /// All that is taken is of some period, of none more than it has, and of none while an older one has some left.
        #[test]
        fn all_is_of_some_period(earned in periods(), us in 0_i128..200, other in 0_i128..200) {
            let taken = Holdings::from([(Slot::new("ads", Source::Us), us), (Slot::new("ads", Source::Other), other)]);
            let parts = oldest_first(&taken, &earned);
            let first = parts.keys().next().cloned();
            for (slot, units) in &taken {
                let of = |all: &OfPeriods, period: &Option<String>| {
                    all.get(period).and_then(|has| has.get(slot)).copied().unwrap_or(0)
                };
                let sum: i128 = parts.keys().map(|period| of(&parts, period)).sum();
                prop_assert_eq!(sum, *units);
                let has = |period: &Option<String>| of(&earned, period).max(0);
                let is_empty = |period: &Option<String>| of(&parts, period) >= has(period);
                let mut is_older_empty = true;
                for period in earned.keys() {
                    let is_first = Some(period) == first.as_ref();
                    prop_assert!(of(&parts, period) <= has(period) || is_first);
                    prop_assert!(of(&parts, period) == 0 || is_older_empty);
                    is_older_empty &= is_empty(period);
                }
            }
        }
    }
}
