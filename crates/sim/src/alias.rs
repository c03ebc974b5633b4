//! Weighted choice in constant time, in integers (Walker's alias method).

use crate::rng::Rng;

/// A table that picks an index in proportion to its weight.
#[derive(Clone, Debug)]
pub struct Alias {
    /// Threshold on the low half of the draw, and the index to take above it.
    slots: Vec<(u32, u32)>,
}

impl Alias {
    /// Builds the table; if every weight is zero, every index is equally likely.
    ///
    /// # Panics
    /// On an empty list.
    pub fn new(weights: &[u32]) -> Self {
        let count = weights.len();
        assert!(
            count > 0 && u32::try_from(count).is_ok(),
            "an alias table needs 1 to 2^32 weights, not {count}"
        );
        let total: u64 = weights.iter().map(|&weight| u64::from(weight)).sum();
        let mut slots: Vec<(u32, u32)> = (0..count as u32).map(|index| (u32::MAX, index)).collect();
        if total == 0 {
            return Self { slots };
        }
        // Each slot holds `total`; index i brings `weight * count` to fill slots with.
        let mut left: Vec<u64> = weights
            .iter()
            .map(|&weight| u64::from(weight) * count as u64)
            .collect();
        let (mut small, mut large): (Vec<u32>, Vec<u32>) =
            (0..count as u32).partition(|&index| left[index as usize] < total);
        while let (Some(&poor), Some(&rich)) = (small.last(), large.last()) {
            small.pop();
            let own = left[poor as usize];
            let threshold = (u128::from(own) << 32) / u128::from(total);
            slots[poor as usize] = (threshold as u32, rich);
            left[rich as usize] -= total - own;
            if left[rich as usize] < total {
                large.pop();
                small.push(rich);
            }
        }
        Self { slots }
    }

    /// Picks an index.
    #[inline]
    pub fn pick(&self, rng: &mut Rng) -> u32 {
        let random = rng.next();
        let slot = crate::rng::scale(random, self.slots.len() as u32);
        let (threshold, other) = self.slots[slot as usize];
        if (random as u32) < threshold { slot } else { other }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picks_in_proportion_to_weight() {
        let table = Alias::new(&[0, 10, 30, 60, 0]);
        let mut rng = Rng::new(1, 1, 1);
        let mut counts = [0_u32; 5];
        for _ in 0..100_000 {
            counts[table.pick(&mut rng) as usize] += 1;
        }
        assert_eq!((counts[0], counts[4]), (0, 0));
        for (count, expected) in counts[1..4].iter().zip([10_000_u32, 30_000, 60_000]) {
            assert!(count.abs_diff(expected) < 1_000, "{counts:?}");
        }
    }

    #[test]
    fn zero_weights_are_equally_likely() {
        let table = Alias::new(&[0, 0]);
        let mut rng = Rng::new(1, 1, 1);
        let ones = (0..1_000).filter(|_| table.pick(&mut rng) == 1).count();
        assert!((400..600).contains(&ones), "{ones}");
    }
}
