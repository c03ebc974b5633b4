//! Exact fractions: shares, rates, residues.

use crate::decimal::{self, DecimalError};
use crate::rounding::Rounding;
use crate::wide::{gcd, narrow};
use ethnum::{I256, U256};
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// The most decimal places with which a ratio is shown as a decimal; longer ones are shown as fractions.
const SHOWN_PLACES: u32 = 12;

/// An exact fraction, always in lowest terms and with a positive denominator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ratio {
    num: i128,
    den: i128,
}

impl Ratio {
    /// 0.
    pub const ZERO: Ratio = Ratio { num: 0, den: 1 };
    /// 1.
    pub const ONE: Ratio = Ratio { num: 1, den: 1 };

    /// `num / den` in lowest terms. Errors: a denominator of zero; terms beyond 128 bits.
    pub fn new(num: i128, den: i128) -> Result<Self, RatioError> {
        Self::reduce(I256::from(num), I256::from(den))
    }

    /// A whole number.
    pub const fn whole(value: i128) -> Self {
        Self { num: value, den: 1 }
    }

    /// `digits * 10^-places`, the form in which decimal types keep a number.
    pub fn from_decimal(digits: i128, places: u32) -> Result<Self, RatioError> {
        let den = 10_i128.checked_pow(places).ok_or(RatioError::Overflow)?;
        Self::new(digits, den)
    }

    fn reduce(num: I256, den: I256) -> Result<Self, RatioError> {
        if den == I256::ZERO {
            return Err(RatioError::ZeroDenominator);
        }
        let divisor = gcd(num.unsigned_abs(), den.unsigned_abs()).as_i256();
        let sign = if den < I256::ZERO {
            I256::MINUS_ONE
        } else {
            I256::ONE
        };
        let num = narrow(num / divisor * sign).ok_or(RatioError::Overflow)?;
        let den = narrow(den / divisor * sign).ok_or(RatioError::Overflow)?;
        Ok(Self { num, den })
    }

    /// Reads `0.45`, `45%`, `1/3`, `-2/5`.
    pub fn parse(text: &str) -> Result<Self, RatioError> {
        let invalid = |cause| match cause {
            DecimalError::Notation => RatioError::Notation {
                text: text.to_owned(),
            },
            DecimalError::Overflow => RatioError::Overflow,
        };
        let decimal = |part: &str| {
            let scaled = decimal::parse(part).map_err(invalid)?;
            Self::from_decimal(scaled.digits, scaled.places)
        };
        if let Some((num, den)) = text.split_once('/') {
            let whole = |part: &str| {
                let scaled = decimal::parse(part).map_err(invalid)?;
                if scaled.places == 0 {
                    Ok(scaled.digits)
                } else {
                    Err(invalid(DecimalError::Notation))
                }
            };
            if den.starts_with('-') {
                return Err(invalid(DecimalError::Notation));
            }
            return Self::new(whole(num)?, whole(den)?);
        }
        if let Some(percent) = text.strip_suffix('%') {
            return decimal(percent)?.checked_mul(Ratio { num: 1, den: 100 });
        }
        decimal(text)
    }

    /// The numerator; negative for a negative ratio.
    pub const fn numerator(self) -> i128 {
        self.num
    }

    /// The denominator; at least 1.
    pub const fn denominator(self) -> i128 {
        self.den
    }

    /// True for 0.
    pub const fn is_zero(self) -> bool {
        self.num == 0
    }

    /// True below 0.
    pub const fn is_negative(self) -> bool {
        self.num < 0
    }

    /// True from 0 to 1, both included: a part of something.
    pub const fn is_proper(self) -> bool {
        self.num >= 0 && self.num <= self.den
    }

    /// The sum.
    pub fn checked_add(self, other: Self) -> Result<Self, RatioError> {
        // Each product is below 2^254, so neither they nor their sum can leave 256 bits.
        let left = I256::from(self.num) * I256::from(other.den);
        let right = I256::from(other.num) * I256::from(self.den);
        Self::reduce(left + right, I256::from(self.den) * I256::from(other.den))
    }

    /// The difference.
    pub fn checked_sub(self, other: Self) -> Result<Self, RatioError> {
        let left = I256::from(self.num) * I256::from(other.den);
        let right = I256::from(other.num) * I256::from(self.den);
        Self::reduce(left - right, I256::from(self.den) * I256::from(other.den))
    }

    /// The product.
    pub fn checked_mul(self, other: Self) -> Result<Self, RatioError> {
        let num = I256::from(self.num) * I256::from(other.num);
        Self::reduce(num, I256::from(self.den) * I256::from(other.den))
    }

    /// The quotient. Errors: `other` is zero; overflow.
    pub fn checked_div(self, other: Self) -> Result<Self, RatioError> {
        let num = I256::from(self.num) * I256::from(other.den);
        Self::reduce(num, I256::from(self.den) * I256::from(other.num))
    }

    /// `1 - self`: what is left when this part is taken.
    pub fn complement(self) -> Result<Self, RatioError> {
        Self::ONE.checked_sub(self)
    }

    /// The rounded whole number and the exact rest: `self = whole + rest`.
    pub fn round(self, rounding: Rounding) -> (i128, Ratio) {
        let (whole, left) = rounding.divide(I256::from(self.num), U256::from(self.den.unsigned_abs()));
        let fits = "a rounded ratio is no larger than its numerator, or 1";
        let rest = Self::reduce(left, I256::from(self.den)).expect("a rest is smaller than its denominator");
        (narrow(whole).expect(fits), rest)
    }

    /// The value rounded to a number of decimal places, for people: `0.333333`. Errors: more digits than
    /// 128 bits hold.
    pub fn to_decimal_string(self, places: u32, rounding: Rounding) -> Result<String, RatioError> {
        let power = 10_i128.checked_pow(places).ok_or(RatioError::Overflow)?;
        let scaled = I256::from(self.num) * I256::from(power);
        let (digits, _) = rounding.divide(scaled, U256::from(self.den.unsigned_abs()));
        Ok(decimal::format(
            narrow(digits).ok_or(RatioError::Overflow)?,
            places,
        ))
    }

    /// The fewest decimal places that show the value exactly, if few enough.
    fn exact_places(self) -> Option<u32> {
        (0..=SHOWN_PLACES).find(|places| 10_i128.pow(*places) % self.den == 0)
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> Ordering {
        let left = I256::from(self.num) * I256::from(other.den);
        left.cmp(&(I256::from(other.num) * I256::from(self.den)))
    }
}

/// The exact decimal where twelve places are enough, else the fraction; `parse` reads both.
impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimal = self.exact_places().and_then(|places| {
            let digits = self.num.checked_mul(10_i128.pow(places) / self.den)?;
            Some(decimal::format(digits, places))
        });
        match decimal {
            Some(text) => f.pad(&text),
            None => f.pad(&format!("{}/{}", self.num, self.den)),
        }
    }
}

impl FromStr for Ratio {
    type Err = RatioError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

/// Why there is no such ratio.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RatioError {
    /// A denominator of zero.
    #[error("division by zero")]
    ZeroDenominator,
    /// Numerator or denominator in lowest terms do not fit in 128 bits.
    #[error("ratio needs more than 128 bits")]
    Overflow,
    /// Not a ratio in any of the accepted notations.
    #[error("invalid ratio `{text}`: write 0.45, 45% or 1/3")]
    Notation {
        /// The text given.
        text: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ratio(text: &str) -> Ratio {
        Ratio::parse(text).unwrap()
    }

    #[test]
    fn notations() {
        for (text, num, den) in [
            ("0.45", 9, 20),
            ("45%", 9, 20),
            ("12.5%", 1, 8),
            ("1/3", 1, 3),
            ("-2/5", -2, 5),
            ("2/4", 1, 2),
            ("0", 0, 1),
            ("-0", 0, 1),
            ("100%", 1, 1),
            ("-0.5", -1, 2),
            ("7", 7, 1),
        ] {
            let value = ratio(text);
            assert_eq!((value.numerator(), value.denominator()), (num, den), "{text}");
        }
        for text in [
            "", "%", "1/", "/3", "1/-3", "1.5/3", "1//3", "45 %", "a", "1/3%", ".5", "1e3",
        ] {
            assert!(Ratio::parse(text).is_err(), "{text}");
        }
        assert_eq!(Ratio::parse("1/0"), Err(RatioError::ZeroDenominator));
    }

    #[test]
    fn shown_as_decimals_where_exact() {
        for text in ["0.45", "1/3", "-0.4", "0", "1", "0.000000000001", "2/7", "1000"] {
            assert_eq!(ratio(text).to_string(), text);
        }
        assert_eq!(
            ratio("1/3").to_decimal_string(6, Rounding::HalfEven).unwrap(),
            "0.333333"
        );
        assert_eq!(
            ratio("-2/3").to_decimal_string(2, Rounding::HalfEven).unwrap(),
            "-0.67"
        );
    }

    #[test]
    fn shares_and_complements() {
        assert!(ratio("0").is_proper() && ratio("1").is_proper() && ratio("1/3").is_proper());
        assert!(!ratio("-1/3").is_proper() && !ratio("101%").is_proper());
        assert_eq!(ratio("45%").complement().unwrap(), ratio("0.55"));
    }

    #[test]
    fn overflow_is_an_error() {
        let huge = Ratio::whole(i128::MAX);
        assert_eq!(huge.checked_add(Ratio::ONE), Err(RatioError::Overflow));
        assert_eq!(huge.checked_mul(huge), Err(RatioError::Overflow));
        assert_eq!(Ratio::new(1, i128::MIN), Err(RatioError::Overflow));
        assert_eq!(Ratio::new(i128::MIN, i128::MIN), Ok(Ratio::ONE));
        assert_eq!(
            Ratio::new(i128::MIN, 1).unwrap().checked_sub(Ratio::ONE),
            Err(RatioError::Overflow)
        );
    }

    fn any_ratio() -> impl Strategy<Value = Ratio> {
        (any::<i128>(), any::<i128>(), 0_u32..127, 0_u32..127).prop_map(
            |(num, den, narrow_num, narrow_den)| {
                Ratio::new(num >> narrow_num, ((den >> narrow_den) | 1).saturating_abs()).unwrap()
            },
        )
    }

    proptest! {
        #[test]
        fn order_is_exact(a in any_ratio(), b in any_ratio()) {
            if let Ok(difference) = a.checked_sub(b) {
                prop_assert_eq!(a.cmp(&b), difference.cmp(&Ratio::ZERO));
            }
            prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
            prop_assert_eq!(a == b, a.cmp(&b) == Ordering::Equal);
        }

        #[test]
        fn rounding_conserves(a in any_ratio()) {
            for mode in Rounding::ALL {
                let (whole, rest) = a.round(mode);
                prop_assert_eq!(Ratio::whole(whole).checked_add(rest), Ok(a));
                prop_assert!(rest < Ratio::ONE && rest > Ratio::whole(-1));
            }
        }

        #[test]
        fn reads_what_it_writes(a in any_ratio()) {
            prop_assert_eq!(Ratio::parse(&a.to_string()), Ok(a));
        }

        #[test]
        fn dividing_undoes_multiplying(a in any_ratio(), b in any_ratio()) {
            if let Ok(product) = a.checked_mul(b) && !b.is_zero() {
                prop_assert_eq!(product.checked_div(b), Ok(a));
            }
        }
    }
}
