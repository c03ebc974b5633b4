//! Amounts of an asset.

use crate::asset::Asset;
use crate::decimal::{self, DecimalError};
use crate::ratio::{Ratio, RatioError};
use crate::rounding::Rounding;
use crate::wide::narrow;
use ethnum::{I256, U256};
use std::cmp::Ordering;
use std::fmt;

/// A whole number of units of an asset. Amounts of different assets (or of one code at two scales)
/// neither add nor compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Money {
    asset: Asset,
    units: i128,
}

/// A rounded amount and what rounding left over: exact value = `value.units() + residue`, in units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub struct Rounded {
    /// The rounded amount.
    pub value: Money,
    /// Exact value minus rounded value, in units of the value's asset; between -1 and 1.
    pub residue: Ratio,
}

impl Money {
    /// A number of units.
    pub const fn new(asset: Asset, units: i128) -> Self {
        Self { asset, units }
    }

    /// Nothing of an asset.
    pub const fn zero(asset: Asset) -> Self {
        Self { asset, units: 0 }
    }

    /// Reads `12.345678`. Errors: another notation; more decimal places than the asset keeps; overflow.
    pub fn parse(asset: Asset, text: &str) -> Result<Self, MoneyError> {
        let scaled = decimal::parse(text).map_err(|cause| match cause {
            DecimalError::Notation => MoneyError::Notation {
                text: text.to_owned(),
            },
            DecimalError::Overflow => MoneyError::Overflow { asset },
        })?;
        let scale = u32::from(asset.scale());
        if scaled.places > scale {
            return Err(MoneyError::TooManyPlaces {
                text: text.to_owned(),
                asset,
            });
        }
        let units = scaled.digits.checked_mul(10_i128.pow(scale - scaled.places));
        Ok(Self {
            asset,
            units: units.ok_or(MoneyError::Overflow { asset })?,
        })
    }

    /// An exact number of wholes (dollars, not cents), rounded to units.
    pub fn from_ratio(asset: Asset, wholes: Ratio, rounding: Rounding) -> Result<Rounded, MoneyError> {
        Self::new(asset, asset.units_per_whole()).mul_ratio(wholes, rounding)
    }

    /// The sum of amounts of one asset; nothing, for none.
    pub fn sum(asset: Asset, amounts: impl IntoIterator<Item = Money>) -> Result<Self, MoneyError> {
        amounts.into_iter().try_fold(Self::zero(asset), Self::checked_add)
    }

    /// The asset.
    pub const fn asset(self) -> Asset {
        self.asset
    }

    /// The number of units.
    pub const fn units(self) -> i128 {
        self.units
    }

    /// True below zero.
    pub const fn is_negative(self) -> bool {
        self.units < 0
    }

    /// True for zero.
    pub const fn is_zero(self) -> bool {
        self.units == 0
    }

    fn same_asset(self, other: Self) -> Result<(), MoneyError> {
        if self.asset == other.asset {
            Ok(())
        } else {
            Err(MoneyError::AssetsDiffer {
                left: self.asset,
                right: other.asset,
            })
        }
    }

    fn with_units(self, units: Option<i128>) -> Result<Self, MoneyError> {
        let units = units.ok_or(MoneyError::Overflow { asset: self.asset })?;
        Ok(Self {
            asset: self.asset,
            units,
        })
    }

    /// The sum. Errors: different assets; overflow.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.same_asset(other)?;
        self.with_units(self.units.checked_add(other.units))
    }

    /// The difference. Errors: different assets; overflow.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.same_asset(other)?;
        self.with_units(self.units.checked_sub(other.units))
    }

    /// The opposite amount. Errors: overflow, for the smallest `i128` alone.
    pub fn checked_neg(self) -> Result<Self, MoneyError> {
        self.with_units(self.units.checked_neg())
    }

    /// Compares amounts of one asset.
    pub fn compare(self, other: Self) -> Result<Ordering, MoneyError> {
        self.same_asset(other)?;
        Ok(self.units.cmp(&other.units))
    }

    /// This amount as a fraction of another. Errors: different assets; `other` is zero; overflow.
    pub fn ratio_of(self, other: Self) -> Result<Ratio, MoneyError> {
        self.same_asset(other)?;
        Ok(Ratio::new(self.units, other.units)?)
    }

    /// The exact number of wholes: 1.25 USD is 5/4, at any scale.
    pub fn to_ratio(self) -> Ratio {
        Ratio::new(self.units, self.asset.units_per_whole()).expect("a scale is at most 18 places")
    }

    /// `self * ratio`, rounded; the product is exact in 256 bits before it is rounded.
    pub fn mul_ratio(self, ratio: Ratio, rounding: Rounding) -> Result<Rounded, MoneyError> {
        let product = I256::from(self.units) * I256::from(ratio.numerator());
        self.rounded(product, ratio.denominator(), rounding)
    }

    /// The same amount at another scale of the same code. Errors: a scale that is too fine; overflow.
    pub fn rescale(self, scale: u8, rounding: Rounding) -> Result<Rounded, MoneyError> {
        let asset = self
            .asset
            .at_scale(scale)
            .map_err(|_| MoneyError::Overflow { asset: self.asset })?;
        let finer = I256::from(self.units) * I256::from(asset.units_per_whole());
        Self::zero(asset).rounded(finer, self.asset.units_per_whole(), rounding)
    }

    fn rounded(self, numerator: I256, denominator: i128, rounding: Rounding) -> Result<Rounded, MoneyError> {
        let (whole, left) = rounding.divide(numerator, U256::from(denominator.unsigned_abs()));
        let value = self.with_units(narrow(whole))?;
        let left = narrow(left).expect("a rest is smaller than its denominator");
        Ok(Rounded {
            value,
            residue: Ratio::new(left, denominator)?,
        })
    }

    /// The amount without its code, with all places of its scale: `12.345678`.
    pub fn to_decimal_string(self) -> String {
        decimal::format(self.units, u32::from(self.asset.scale()))
    }
}

/// `12.345678 USD`, with all places of the scale.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} {}", self.to_decimal_string(), self.asset.code()))
    }
}

/// Why an amount cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Amounts of two assets in one operation.
    #[error("amounts of {left} and {right} do not mix: convert one of them first")]
    AssetsDiffer {
        /// Asset on the left.
        left: Asset,
        /// Asset on the right.
        right: Asset,
    },
    /// The result does not fit.
    #[error("amount of {asset} is beyond 128 bits")]
    Overflow {
        /// The asset.
        asset: Asset,
    },
    /// Not a plain decimal.
    #[error("invalid amount `{text}`: write digits with an optional minus and decimal point, such as -12.50")]
    Notation {
        /// The text given.
        text: String,
    },
    /// More decimal places than the asset keeps: nothing is cut off.
    #[error("amount `{text}` has more decimal places than {asset} keeps")]
    TooManyPlaces {
        /// The text given.
        text: String,
        /// The asset.
        asset: Asset,
    },
    /// A ratio could not be computed.
    #[error(transparent)]
    Ratio(#[from] RatioError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn usd(text: &str) -> Money {
        Money::parse(Asset::micro("USD").unwrap(), text).unwrap()
    }

    #[test]
    fn reads_and_writes() {
        assert_eq!(usd("12.345678").units(), 12_345_678);
        assert_eq!(usd("12.3").to_string(), "12.300000 USD");
        assert_eq!(usd("-0.000001").to_decimal_string(), "-0.000001");
        let yen = Asset::iso("JPY").unwrap();
        assert_eq!(Money::new(yen, 1200).to_string(), "1200 JPY");
        assert_eq!(
            Money::parse(yen, "12.0").unwrap_err().to_string(),
            "amount `12.0` has more decimal places than JPY/0 keeps"
        );
        assert!(matches!(
            Money::parse(yen, "1,200"),
            Err(MoneyError::Notation { .. })
        ));
        assert!(matches!(
            Money::parse(yen, &"9".repeat(39)),
            Err(MoneyError::Overflow { .. })
        ));
    }

    #[test]
    fn assets_do_not_mix() {
        let cents = Money::new(Asset::iso("USD").unwrap(), 100);
        let error = usd("1").checked_add(cents).unwrap_err();
        assert_eq!(
            error.to_string(),
            "amounts of USD/6 and USD/2 do not mix: convert one of them first"
        );
        assert!(usd("1").compare(cents).is_err());
        assert!(usd("1").checked_sub(cents).is_err());
        assert!(usd("1").ratio_of(cents).is_err());
    }

    #[test]
    fn overflow_is_an_error() {
        let asset = Asset::micro("USD").unwrap();
        let most = Money::new(asset, i128::MAX);
        let least = Money::new(asset, i128::MIN);
        assert!(most.checked_add(Money::new(asset, 1)).is_err());
        assert!(least.checked_sub(Money::new(asset, 1)).is_err());
        assert!(least.checked_neg().is_err());
        assert!(
            most.mul_ratio(Ratio::parse("1.000000001").unwrap(), Rounding::Floor)
                .is_err()
        );
        assert!(most.rescale(7, Rounding::Floor).is_err());
        let whole = Ratio::new(i128::MAX, i128::MAX - 1).unwrap();
        assert!(most.mul_ratio(whole, Rounding::Floor).is_err());
        assert_eq!(most.mul_ratio(Ratio::ONE, Rounding::Floor).unwrap().value, most);
    }

    #[test]
    fn shares_hand_back_their_residue() {
        let third = usd("1")
            .mul_ratio(Ratio::parse("1/3").unwrap(), Rounding::Floor)
            .unwrap();
        assert_eq!(third.value, usd("0.333333"));
        assert_eq!(third.residue, Ratio::parse("1/3").unwrap());
        let cents = usd("0.005").rescale(2, Rounding::HalfEven).unwrap();
        assert_eq!(cents.value.to_string(), "0.00 USD");
        assert_eq!(cents.residue, Ratio::parse("1/2").unwrap());
        let exact = Money::from_ratio(
            Asset::micro("USD").unwrap(),
            Ratio::parse("5/4").unwrap(),
            Rounding::Floor,
        );
        assert_eq!(
            exact.unwrap(),
            Rounded {
                value: usd("1.25"),
                residue: Ratio::ZERO
            }
        );
        assert_eq!(usd("1.25").to_ratio(), Ratio::parse("5/4").unwrap());
    }

    proptest! {
        #[test]
        fn multiplying_conserves(units in any::<i128>(), num in any::<i64>(), den in 1_i64..) {
            let amount = Money::new(Asset::micro("USD").unwrap(), units);
            let ratio = Ratio::new(num.into(), den.into()).unwrap();
            for mode in Rounding::ALL {
                if let Ok(Rounded { value, residue }) = amount.mul_ratio(ratio, mode) {
                    // exact = units * num / den, so (value + residue) * den = units * num
                    let den = I256::from(ratio.denominator());
                    let left = I256::from(residue.numerator()) * (den / I256::from(residue.denominator()));
                    let back = I256::from(value.units()) * den + left;
                    prop_assert_eq!(back, I256::from(units) * I256::from(ratio.numerator()));
                    prop_assert!(residue < Ratio::ONE && residue > Ratio::whole(-1));
                }
            }
        }

        #[test]
        fn rescaling_conserves(units in any::<i64>(), from in 0_u8..=18, to in 0_u8..=18) {
            let amount = Money::new(Asset::new("USD", from).unwrap(), units.into());
            for mode in Rounding::ALL {
                let Rounded { value, residue } = amount.rescale(to, mode).unwrap();
                let lost = residue.checked_div(Ratio::whole(value.asset().units_per_whole())).unwrap();
                prop_assert_eq!(value.to_ratio().checked_add(lost).unwrap(), amount.to_ratio());
            }
        }

        #[test]
        fn reads_what_it_writes(units in any::<i128>(), scale in 0_u8..=18) {
            let amount = Money::new(Asset::new("COIN", scale).unwrap(), units);
            prop_assert_eq!(Money::parse(amount.asset(), &amount.to_decimal_string()), Ok(amount));
        }
    }
}
