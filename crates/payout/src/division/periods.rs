//! Of which periods something is taken: the oldest first.

use std::collections::BTreeMap;

/// What was earned less what was taken back, by period; none: money that has none.
pub type OfPeriods = BTreeMap<Option<String>, i128>;

/// What of a sum is taken of each period, the oldest first, and of none that earned nothing or less. What none accounts for, the rest of
/// less than a cent that a payout left, is of the first.
pub fn oldest_first(sum: i128, earned: &OfPeriods) -> OfPeriods {
    let mut left = sum;
    let mut parts = OfPeriods::new();
    for (period, has) in earned {
        let units = left.min(*has);
        if units > 0 {
            left -= units;
            parts.insert(period.clone(), units);
        }
    }
    if left > 0 {
        let first = parts.keys().next().cloned().flatten();
        *parts.entry(first).or_default() += left;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn periods() -> impl Strategy<Value = OfPeriods> {
        let period = prop::option::of("2026-(0[1-9]|1[0-2])");
        prop::collection::btree_map(period, -50_i128..100, 0..6)
    }

    proptest! {
        /// All that is taken is of some period, of none more than it has, and of none while an older one has some left.
        #[test]
        fn all_is_of_some_period(earned in periods(), sum in 0_i128..400) {
            let parts = oldest_first(sum, &earned);
            let first = parts.keys().next().cloned();
            prop_assert_eq!(parts.values().sum::<i128>(), sum);
            let mut is_older_empty = true;
            for (period, has) in &earned {
                let part = parts.get(period).copied().unwrap_or(0);
                let is_first = Some(period) == first.as_ref();
                prop_assert!(part <= (*has).max(0) || is_first);
                prop_assert!(part == 0 || is_older_empty);
                is_older_empty &= part >= (*has).max(0);
            }
        }
    }
}
