//! Dividing a total by weight, exactly: largest remainder.
//!
//! Every share is `floor(total * weight / sum)`, and the units left over go, one each, to the largest
//! remainders; equal remainders are served by smallest key. The result depends on (weight, key) alone,
//! never on the order of the input, and always sums to the total. No share is further than one unit
//! from the exact one, and a weight of zero receives nothing.

use crate::wide::Divisor;
use std::cmp::Ordering;

/// Divides `total` in proportion to `weights`; equal remainders are served by smallest key.
///
/// A negative total is the mirror image of the positive one: `allocate(-t) = -allocate(t)`.
/// A total of 0 gives zeros, whatever the weights. Weights may be anything whose sum fits in 128 bits.
///
/// Keys need to be distinct only where it matters: if a unit would have to be given to one of two
/// entries with equal remainder and equal key, that is [`AllocateError::AmbiguousKeys`], not a guess.
pub fn allocate<K: Ord>(total: i128, weights: &[u128], keys: &[K]) -> Result<Vec<i128>, AllocateError> {
    if keys.len() != weights.len() {
        return Err(AllocateError::LengthsDiffer {
            weights: weights.len(),
            keys: keys.len(),
        });
    }
    divide(total, weights, |left, right| keys[left].cmp(&keys[right]))
}

/// Divides `total` in proportion to `weights`; equal remainders are served by smallest index. For callers
/// whose order is canonical already: here the order of the input does decide ties.
pub fn allocate_by_index(total: i128, weights: &[u128]) -> Result<Vec<i128>, AllocateError> {
    divide(total, weights, |left, right| left.cmp(&right))
}

fn divide(
    total: i128,
    weights: &[u128],
    key_order: impl Fn(usize, usize) -> Ordering,
) -> Result<Vec<i128>, AllocateError> {
    let mut sum: u128 = 0;
    for weight in weights {
        sum = sum.checked_add(*weight).ok_or(AllocateError::WeightsOverflow)?;
    }
    if total == 0 {
        return Ok(vec![0; weights.len()]);
    }
    if sum == 0 {
        return Err(AllocateError::NoWeight { total });
    }
    let magnitude = total.unsigned_abs();
    let divisor = Divisor::new(sum);
    let mut shares = Vec::with_capacity(weights.len());
    // Upper halves of the remainders: enough to choose nearly all receivers, at half the memory.
    let mut rests = Vec::with_capacity(weights.len());
    let mut left = magnitude;
    for weight in weights {
        let (share, rest) = divisor.mul_div(magnitude, *weight);
        left -= share;
        shares.push(share);
        rests.push((rest >> 64) as u64);
    }
    for index in receivers(
        left,
        &rests,
        |index| divisor.mul_div(magnitude, weights[index]).1,
        key_order,
    )? {
        shares[index] += 1;
    }
    // A magnitude of 2^127 can only come from the smallest i128, and wraps back to it.
    let signed = |share: u128| {
        if total < 0 {
            (share as i128).wrapping_neg()
        } else {
            share as i128
        }
    };
    Ok(shares.into_iter().map(signed).collect())
}

/// The `left` entries with the largest remainders, in no particular order.
fn receivers(
    left: u128,
    rests: &[u64],
    exact_rest: impl Fn(usize) -> u128,
    key_order: impl Fn(usize, usize) -> Ordering,
) -> Result<Vec<usize>, AllocateError> {
    // The remainders sum to `left` divisors and each is below one: fewer are left than there are entries.
    let left = usize::try_from(left).expect("fewer units are left than there are weights");
    if left == 0 {
        return Ok(Vec::new());
    }
    let mut sorted = rests.to_vec();
    let (_, threshold, _) = sorted.select_nth_unstable_by(left - 1, |a, b| b.cmp(a));
    let threshold = *threshold;
    drop(sorted);
    let mut chosen: Vec<usize> = (0..rests.len())
        .filter(|index| rests[*index] > threshold)
        .collect();
    let mut tied: Vec<(u128, usize)> = (0..rests.len())
        .filter(|index| rests[*index] == threshold)
        .map(|index| (exact_rest(index), index))
        .collect();
    let wanted = left - chosen.len();
    let order = |a: &(u128, usize), b: &(u128, usize)| b.0.cmp(&a.0).then_with(|| key_order(a.1, b.1));
    if wanted < tied.len() {
        let (_, last, rejected) = tied.select_nth_unstable_by(wanted - 1, order);
        if let Some(next) = rejected.iter().find(|next| order(next, last) == Ordering::Equal) {
            return Err(AllocateError::AmbiguousKeys {
                first: last.1.min(next.1),
                second: last.1.max(next.1),
            });
        }
        tied.truncate(wanted);
    }
    chosen.extend(tied.into_iter().map(|(_, index)| index));
    Ok(chosen)
}

/// Why a total cannot be divided.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AllocateError {
    /// There is something to divide and nobody to receive it.
    #[error("nothing has weight: {total} units cannot be divided")]
    NoWeight {
        /// The total.
        total: i128,
    },
    /// The weights sum to 2^128 or more.
    #[error("the weights sum to more than 128 bits: quantise them more coarsely")]
    WeightsOverflow,
    /// Not one key per weight.
    #[error("{weights} weights but {keys} keys")]
    LengthsDiffer {
        /// Number of weights.
        weights: usize,
        /// Number of keys.
        keys: usize,
    },
    /// Two entries with equal remainder and equal key compete for one unit.
    #[error(
        "entries {first} and {second} have the same key and compete for one unit: give each entry its own key"
    )]
    AmbiguousKeys {
        /// Index of the first entry.
        first: usize,
        /// Index of the second entry.
        second: usize,
    },
}
