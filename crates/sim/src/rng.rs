//! Chance from a seed: integers only, so that every machine draws the same numbers.

/// Stirs a number (the finaliser of SplitMix64).
pub const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A fixed random number for a seed, a purpose and an index.
pub const fn hash(seed: u64, purpose: u64, index: u64) -> u64 {
    const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
    let state = mix(seed.wrapping_add(GOLDEN.wrapping_mul(purpose + 1)));
    mix(state.wrapping_add(GOLDEN.wrapping_mul(index.wrapping_add(1))))
}

/// Scales the upper half of a random number to `0..bound`.
pub const fn scale(random: u64, bound: u32) -> u32 {
    (((random >> 32) * bound as u64) >> 32) as u32
}

/// A stream of random numbers (xoshiro256++).
#[derive(Clone, Debug)]
pub struct Rng {
    state: [u64; 4],
}

impl Rng {
    /// The stream of a seed, a purpose and an index.
    pub fn new(seed: u64, purpose: u64, index: u64) -> Self {
        let start = hash(seed, purpose, index);
        Self {
            state: std::array::from_fn(|word| hash(start, word as u64, start)),
        }
    }

    /// The next 64 random bits.
    #[inline]
    pub fn next(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// A number in `0..bound`; 0 for bound 0.
    #[inline]
    pub fn below(&mut self, bound: u32) -> u32 {
        scale(self.next(), bound)
    }

    /// A number in `low..=high`.
    #[inline]
    pub fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high - low + 1)
    }

    /// True once in `n` draws.
    #[inline]
    pub fn one_in(&mut self, n: u32) -> bool {
        self.below(n) == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_stream_for_the_same_seed_and_another_for_another() {
        let draw = |seed, purpose, index| Rng::new(seed, purpose, index).next();
        assert_eq!(draw(1, 2, 3), draw(1, 2, 3));
        let others = [draw(2, 2, 3), draw(1, 3, 3), draw(1, 2, 4)];
        assert!(others.iter().all(|&other| other != draw(1, 2, 3)));
    }

    #[test]
    fn bounded_draws_fill_their_range_evenly() {
        let mut rng = Rng::new(7, 0, 0);
        let mut counts = [0_u32; 10];
        for _ in 0..100_000 {
            counts[rng.below(10) as usize] += 1;
        }
        assert!(
            counts.iter().all(|&count| (9_500..10_500).contains(&count)),
            "{counts:?}"
        );
        assert_eq!(rng.below(0), 0);
        assert!((0..1000).all(|_| (3..=5).contains(&rng.between(3, 5))));
    }
}
