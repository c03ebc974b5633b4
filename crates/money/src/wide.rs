//! Arithmetic wider than 128 bits: products of two `i128`, and division by one divisor many times.

use ethnum::{I256, U256};

/// Greatest common divisor; `gcd(0, b) = b`.
pub(crate) fn gcd(mut a: U256, mut b: U256) -> U256 {
    while b != U256::ZERO {
        if a <= U256::from(u128::MAX) && b <= U256::from(u128::MAX) {
            return U256::from(gcd_narrow(a.as_u128(), b.as_u128()));
        }
        (a, b) = (b, a % b);
    }
    a
}

fn gcd_narrow(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// The value as `i128`, if it fits.
pub(crate) fn narrow(value: I256) -> Option<i128> {
    i128::try_from(value).ok()
}

/// The 256-bit product of two 128-bit numbers, as (high, low).
fn widening_mul(a: u128, b: u128) -> (u128, u128) {
    const LOW: u128 = u64::MAX as u128;
    let (a1, a0) = (a >> 64, a & LOW);
    let (b1, b0) = (b >> 64, b & LOW);
    let low = a0 * b0;
    let first = a1 * b0 + (low >> 64);
    let second = a0 * b1 + (first & LOW);
    (
        a1 * b1 + (first >> 64) + (second >> 64),
        (second << 64) | (low & LOW),
    )
}

/// Divides products by one fixed divisor, without a division per call: Möller and Granlund, "Improved
/// division by invariant integers" (2011), algorithm 4, with 128-bit limbs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Divisor {
    /// The divisor shifted left until its top bit is set.
    normalised: u128,
    shift: u32,
    /// `floor((2^256 - 1) / normalised) - 2^128`.
    reciprocal: u128,
}

impl Divisor {
    /// `divisor` must not be zero.
    pub(crate) fn new(divisor: u128) -> Self {
        assert!(divisor != 0, "the divisor is zero");
        let shift = divisor.leading_zeros();
        let normalised = divisor << shift;
        let reciprocal = (U256::MAX / U256::from(normalised)).as_u128();
        Self {
            normalised,
            shift,
            reciprocal,
        }
    }

    /// Quotient of `a * b / divisor`, and the remainder shifted left by the divisor's leading zeros
    /// (remainders of one divisor compare the same with and without that shift).
    ///
    /// The quotient must fit in 128 bits: `b <= divisor`, or `a <= divisor`, sees to it.
    pub(crate) fn mul_div(&self, a: u128, b: u128) -> (u128, u128) {
        let (product_high, product_low) = widening_mul(a, b);
        let (high, low) = if self.shift == 0 {
            (product_high, product_low)
        } else {
            let carried = product_low >> (u128::BITS - self.shift);
            (product_high << self.shift | carried, product_low << self.shift)
        };
        if high >= self.normalised {
            // Only a == divisor with b == divisor's width can come here: the quotient is then exact by hand.
            let product = U256::from_words(high, low);
            let (quotient, remainder) = product.div_rem(U256::from(self.normalised));
            return (quotient.as_u128(), remainder.as_u128());
        }
        let (estimate_high, estimate_low) = widening_mul(self.reciprocal, high);
        let (estimate_low, carry) = estimate_low.overflowing_add(low);
        let mut quotient = estimate_high
            .wrapping_add(high)
            .wrapping_add(u128::from(carry))
            .wrapping_add(1);
        let mut remainder = low.wrapping_sub(quotient.wrapping_mul(self.normalised));
        if remainder > estimate_low {
            quotient = quotient.wrapping_sub(1);
            remainder = remainder.wrapping_add(self.normalised);
        }
        if remainder >= self.normalised {
            quotient = quotient.wrapping_add(1);
            remainder -= self.normalised;
        }
        (quotient, remainder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn common_divisors() {
        let wide = |value: u128| U256::from(value);
        assert_eq!(gcd(wide(12), wide(18)), wide(6));
        assert_eq!(gcd(wide(0), wide(7)), wide(7));
        assert_eq!(gcd(wide(1 << 100) * wide(1 << 100), wide(1 << 90)), wide(1 << 90));
    }

    /// Numbers of every width, not only huge ones.
    fn any_width() -> impl Strategy<Value = u128> {
        (any::<u128>(), 0_u32..128).prop_map(|(value, shift)| value >> shift)
    }

    proptest! {
        #[test]
        fn division_agrees_with_long_division(a in any_width(), divisor in any_width(), part in any_width()) {
            prop_assume!(divisor != 0);
            let b = part % divisor;
            let (quotient, shifted) = Divisor::new(divisor).mul_div(a, b);
            let product = U256::from(a) * U256::from(b);
            let (expected, remainder) = product.div_rem(U256::from(divisor));
            prop_assert_eq!(U256::from(quotient), expected);
            prop_assert_eq!(U256::from(shifted), remainder << divisor.leading_zeros());
        }

        #[test]
        fn the_whole_divisor_gives_the_other_factor(a in any_width(), divisor in any_width()) {
            prop_assume!(divisor != 0);
            prop_assert_eq!(Divisor::new(divisor).mul_div(a, divisor), (a, 0));
        }
    }
}
