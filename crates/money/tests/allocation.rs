//! Allocation: a table of cases, and what holds for every case.

use ethnum::U256;
use money::{AllocateError, allocate, allocate_by_index};
use proptest::prelude::*;

fn shares(total: i128, weights: &[u128], keys: &[&str]) -> Vec<i128> {
    allocate(total, weights, keys).unwrap()
}

#[test]
fn cases() {
    let abc = ["a", "b", "c"];
    assert_eq!(shares(100, &[1, 1, 1], &abc), [34, 33, 33]);
    assert_eq!(shares(-100, &[1, 1, 1], &abc), [-34, -33, -33]);
    assert_eq!(shares(100, &[1, 1, 1], &["c", "b", "a"]), [33, 33, 34]);
    assert_eq!(shares(1, &[1, 1, 1], &["b", "a", "c"]), [0, 1, 0]);
    assert_eq!(shares(2, &[1, 0, 1], &abc), [1, 0, 1]);
    assert_eq!(shares(10, &[0, 0, 3], &abc), [0, 0, 10]);
    assert_eq!(shares(7, &[5], &["a"]), [7]);
    assert_eq!(shares(0, &[1, 2, 3], &abc), [0, 0, 0]);
    assert_eq!(shares(0, &[0, 0, 0], &abc), [0, 0, 0]);
    assert_eq!(shares(0, &[], &[]), [0_i128; 0]);
    assert_eq!(shares(-5, &[7, 3], &["a", "b"]), [-4, -1]);
    assert_eq!(allocate_by_index(5, &[1, 1]), Ok(vec![3, 2]));
}

#[test]
fn extremes() {
    let big = 1_u128 << 96;
    assert_eq!(shares(1, &[big, big - 1], &["a", "b"]), [1, 0]);
    assert_eq!(
        shares(i128::MAX, &[big, big, big], &["a", "b", "c"])
            .iter()
            .sum::<i128>(),
        i128::MAX
    );
    assert_eq!(shares(i128::MIN, &[big], &["a"]), [i128::MIN]);
    assert_eq!(
        shares(i128::MIN, &[u128::MAX - 1, 1], &["a", "b"])
            .iter()
            .sum::<i128>(),
        i128::MIN
    );
    assert_eq!(shares(i128::MAX, &[u128::MAX], &["a"]), [i128::MAX]);
}

#[test]
fn what_cannot_be_divided() {
    assert_eq!(
        allocate(1, &[], &[0_u8; 0]),
        Err(AllocateError::NoWeight { total: 1 })
    );
    assert_eq!(
        allocate(-1, &[0, 0], &[1, 2]),
        Err(AllocateError::NoWeight { total: -1 })
    );
    assert_eq!(
        allocate(1, &[u128::MAX, 1], &[1, 2]),
        Err(AllocateError::WeightsOverflow)
    );
    assert_eq!(
        allocate(1, &[1], &[1, 2]),
        Err(AllocateError::LengthsDiffer { weights: 1, keys: 2 })
    );
}

#[test]
fn equal_keys_are_refused_only_where_they_decide() {
    assert_eq!(
        allocate(1, &[1, 1, 1], &["b", "b", "c"]),
        Err(AllocateError::AmbiguousKeys { first: 0, second: 1 })
    );
    assert_eq!(allocate(1, &[1, 1, 1], &["b", "a", "b"]), Ok(vec![0, 1, 0]));
    assert_eq!(allocate(2, &[1, 1], &["a", "a"]), Ok(vec![1, 1]));
    assert_eq!(allocate(1, &[2, 1], &["a", "a"]), Ok(vec![1, 0]));
}

#[test]
fn remainders_that_differ_only_in_their_low_bits() {
    // Upper halves of the remainders are equal here: the low bits and then the keys decide.
    let weights = [(1_u128 << 100) + 1, (1 << 100) + 3, (1 << 100) + 2];
    assert_eq!(shares(1, &weights, &["a", "b", "c"]), [0, 1, 0]);
    assert_eq!(shares(2, &weights, &["a", "b", "c"]), [0, 1, 1]);
}

/// Few distinct weights, so that ties are common; and weights of every width.
fn weights() -> impl Strategy<Value = Vec<u128>> {
    let weight = prop_oneof![
        0_u128..4,
        (any::<u128>(), 30_u32..128).prop_map(|(bits, shift)| bits >> shift)
    ];
    prop::collection::vec(weight, 1..40)
}

fn total() -> impl Strategy<Value = i128> {
    prop_oneof![
        -50_i128..50,
        (any::<i128>(), 0_u32..127).prop_map(|(bits, shift)| bits >> shift)
    ]
}

/// `|share - total * weight / sum| < 1`, as whole numbers: `|share * sum - total * weight| < sum`.
fn is_fair(share: i128, total: i128, weight: u128, sum: u128) -> bool {
    let given = U256::from(share.unsigned_abs()) * U256::from(sum);
    let exact = U256::from(total.unsigned_abs()) * U256::from(weight);
    let distance = if given > exact {
        given - exact
    } else {
        exact - given
    };
    let same_side = share == 0 || (share < 0) == (total < 0);
    same_side && distance < U256::from(sum)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_allocation_is_exact_and_fair(total in total(), weights in weights()) {
        let sum: u128 = weights.iter().sum();
        match allocate_by_index(total, &weights) {
            Ok(shares) => {
                prop_assert_eq!(shares.iter().sum::<i128>(), total);
                for (share, weight) in shares.iter().zip(&weights) {
                    if total != 0 {
                        prop_assert!(is_fair(*share, total, *weight, sum), "{share} of {total} for {weight}/{sum}");
                    }
                    prop_assert!(*weight != 0 || *share == 0);
                }
            }
            Err(error) => prop_assert_eq!((sum, error), (0, AllocateError::NoWeight { total })),
        }
    }

    #[test]
    fn order_does_not_matter(
        total in total(),
        (entries, shuffled) in weights().prop_flat_map(|weights| {
            let entries: Vec<(u128, usize)> = weights.into_iter().zip(0..).collect();
            (Just(entries.clone()), Just(entries).prop_shuffle())
        }),
    ) {
        let by_key = |entries: &[(u128, usize)]| {
            let (weights, keys): (Vec<_>, Vec<_>) = entries.iter().copied().unzip();
            allocate(total, &weights, &keys).map(|shares| {
                let mut shares: Vec<_> = keys.into_iter().zip(shares).collect();
                shares.sort_unstable();
                shares
            })
        };
        prop_assert_eq!(by_key(&entries), by_key(&shuffled));
    }

    #[test]
    fn negative_totals_mirror_positive_ones(total in 0..i128::MAX, weights in weights()) {
        prop_assume!(weights.iter().any(|weight| *weight > 0));
        let positive = allocate_by_index(total, &weights).unwrap();
        let negative = allocate_by_index(-total, &weights).unwrap();
        prop_assert_eq!(positive, negative.into_iter().map(|share| -share).collect::<Vec<_>>());
    }

    #[test]
    fn larger_remainders_come_first(total in 0..i128::MAX, weights in weights()) {
        prop_assume!(weights.iter().any(|weight| *weight > 0));
        let sum = U256::from(weights.iter().sum::<u128>());
        let shares = allocate_by_index(total, &weights).unwrap();
        let mut served = Vec::new();
        let mut unserved = Vec::new();
        for (index, (share, weight)) in shares.into_iter().zip(&weights).enumerate() {
            let (floor, remainder) = (U256::from(total as u128) * U256::from(*weight)).div_rem(sum);
            // Sorted by largest remainder, then smallest key: every served entry comes before every other.
            let rank = (std::cmp::Reverse(remainder), index);
            if U256::from(share as u128) > floor { served.push(rank) } else { unserved.push(rank) }
        }
        prop_assert!(served.iter().max() < unserved.iter().min() || served.is_empty() || unserved.is_empty());
    }
}
