//! Exact arithmetic: decimals to whole numbers, products of many factors, one rounding.
//!
//! Rounding is half to even everywhere, so that no direction is favoured over many roundings.

use ethnum::I256;
use rust_decimal::Decimal;
use std::cmp::Ordering;

/// Decimal places that weights, kept parts and revenues are quantised to before they are summed.
pub const WEIGHT_SCALE: u32 = 9;

/// `10^WEIGHT_SCALE`.
pub(crate) const WEIGHT_ONE: u128 = 10_u128.pow(WEIGHT_SCALE);

/// The largest quantised weight.
pub const MAX_WEIGHT: u128 = 1 << 96;

/// Places that residues are summed with.
const RESIDUE_SCALE: u32 = 18;

/// A decimal as a whole number of `10^-places`, rounded half to even; `None` beyond 128 bits.
pub(crate) fn quantise(value: Decimal, places: u32) -> Option<i128> {
    let (mantissa, scale) = (value.mantissa(), value.scale());
    if scale <= places {
        return mantissa.checked_mul(10_i128.checked_pow(places - scale)?);
    }
    Some(divide_narrow(mantissa, 10_i128.checked_pow(scale - places)?).0)
}

/// `numerator / denominator` rounded half to even, and the exact rest over the denominator.
/// `None` when the quotient is beyond 128 bits or the denominator is not positive.
pub(crate) fn divide(numerator: I256, denominator: I256) -> Option<(i128, I256)> {
    if denominator <= I256::ZERO {
        return None;
    }
    if let (Ok(numerator), Ok(denominator)) = (i128::try_from(numerator), i128::try_from(denominator)) {
        let (whole, rest) = divide_narrow(numerator, denominator);
        return Some((whole, I256::from(rest)));
    }

    let floor = numerator.div_euclid(denominator);
    let rest = numerator.rem_euclid(denominator);
    // rest < denominator, so the difference cannot wrap where doubling could.
    let up = match rest.cmp(&(denominator - rest)) {
        Ordering::Less => false,
        Ordering::Equal => floor & I256::ONE == I256::ONE,
        Ordering::Greater => true,
    };
    let (whole, rest) = if up {
        (floor + I256::ONE, rest - denominator)
    } else {
        (floor, rest)
    };
    Some((i128::try_from(whole).ok()?, rest))
}

/// The same within 128 bits, for a positive denominator: several times as fast.
pub(crate) fn divide_narrow(numerator: i128, denominator: i128) -> (i128, i128) {
    let (floor, rest) = (
        numerator.div_euclid(denominator),
        numerator.rem_euclid(denominator),
    );
    let up = match rest.cmp(&(denominator - rest)) {
        Ordering::Less => false,
        Ordering::Equal => floor & 1 == 1,
        Ordering::Greater => true,
    };
    // The floor of a quotient that is rounded up is below the numerator's largest value.
    if up {
        (floor + 1, rest - denominator)
    } else {
        (floor, rest)
    }
}

/// The product of factors, or `None` beyond 256 bits.
pub(crate) fn product(factors: &[i128]) -> Option<I256> {
    if let Some(product) = factors
        .iter()
        .try_fold(1_i128, |product, factor| product.checked_mul(*factor))
    {
        return Some(I256::from(product));
    }
    factors.iter().try_fold(I256::ONE, |product, factor| {
        product.checked_mul(I256::from(*factor))
    })
}

/// Millionths of a currency as units of an asset at a scale, rounded half to even.
pub(crate) fn from_micros(micros: i128, scale: u8) -> Option<(i128, I256)> {
    let numerator = product(&[micros, 10_i128.pow(scale.into())])?;
    divide(numerator, I256::from(1_000_000_i128))
}

/// What roundings left over, summed in `10^-18` of the currency; each residue is cut after that place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Residue(i128);

impl Residue {
    /// Adds `rest / denominator` units of an asset at a scale.
    pub(crate) fn add(&mut self, rest: I256, denominator: I256, scale: u8) -> Option<()> {
        if rest == I256::ZERO {
            return Some(());
        }
        let finer = I256::from(10_i128.pow(RESIDUE_SCALE - u32::from(scale)));
        let part = rest.checked_mul(finer)?.checked_div(denominator)?;
        self.0 = self.0.checked_add(i128::try_from(part).ok()?)?;
        Some(())
    }

    /// Adds another sum.
    pub(crate) fn merge(&mut self, other: Residue) -> Option<()> {
        self.0 = self.0.checked_add(other.0)?;
        Some(())
    }

    /// As a decimal without needless zeros.
    pub(crate) fn text(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let one = 10_u128.pow(RESIDUE_SCALE);
        let (whole, places) = (self.0.unsigned_abs() / one, self.0.unsigned_abs() % one);
        if places == 0 {
            return format!("{sign}{whole}");
        }
        let places = format!("{places:018}");
        format!("{sign}{whole}.{}", places.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantising_rounds_half_to_even() {
        let table = [
            ("1", 0, 1),
            ("0.5", 0, 0),
            ("1.5", 0, 2),
            ("2.5", 0, 2),
            ("-0.5", 0, 0),
            ("-1.5", 0, -2),
            ("-2.5", 0, -2),
            ("-2.51", 0, -3),
            ("0.0000000005", 9, 0),
            ("0.0000000015", 9, 2),
            ("12.345", 9, 12_345_000_000),
        ];
        for (value, places, expected) in table {
            assert_eq!(
                quantise(value.parse().unwrap(), places),
                Some(expected),
                "{value}"
            );
        }
        assert_eq!(quantise(Decimal::MAX, 18), None);
    }

    #[test]
    fn division_gives_back_its_rest() {
        for numerator in -50_i128..=50 {
            for denominator in 1_i128..=9 {
                let (whole, rest) = divide(I256::from(numerator), I256::from(denominator)).unwrap();
                assert_eq!(I256::from(whole * denominator) + rest, I256::from(numerator));
                assert!(rest.abs() * 2 <= I256::from(denominator));
            }
        }
        assert_eq!(divide(I256::ONE, I256::ZERO), None);
        assert_eq!(divide(I256::MAX, I256::ONE), None);
    }

    #[test]
    fn residues_add_up() {
        let mut residue = Residue::default();
        residue.add(I256::from(1), I256::from(2), 6).unwrap();
        assert_eq!(residue.text(), "0.0000005");
        residue.add(I256::from(-1), I256::from(1), 6).unwrap();
        assert_eq!(residue.text(), "-0.0000005");
        assert_eq!(Residue::default().text(), "0");
    }
}
