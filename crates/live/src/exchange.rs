//! Coins to diamonds to money, by the figures of a program.

use money::{Money, MoneyError, Ratio, Rounding};

/// The figures: what a coin gives, and what that is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Units (diamonds) for one token (coin).
    pub units_per_token: Ratio,
    /// What one unit is worth.
    pub unit_value: Money,
}

impl Exchange {
    /// The units that tokens number `from` (exclusive) to `upto` of one streak give. The parts of a streak, booked in
    /// however many steps, sum to what the whole gives: the floor of the exact number.
    pub fn units(&self, from: u128, upto: u128) -> Result<u64, MoneyError> {
        let units = |tokens: u128| -> Result<i128, MoneyError> {
            let tokens = i128::try_from(tokens).map_err(|_| self.overflow())?;
            let (whole, _) = self
                .units_per_token
                .checked_mul(Ratio::whole(tokens))?
                .round(Rounding::Floor);
            Ok(whole)
        };
        let difference = units(upto)? - units(from)?;
        u64::try_from(difference).map_err(|_| self.overflow())
    }

    /// What units are worth, exactly.
    pub fn value(&self, units: u64) -> Result<Money, MoneyError> {
        let worth = self.unit_value.units().checked_mul(i128::from(units));
        let worth = worth.ok_or_else(|| self.overflow())?;
        Ok(Money::new(self.unit_value.asset(), worth))
    }

    fn overflow(&self) -> MoneyError {
        MoneyError::Overflow {
            asset: self.unit_value.asset(),
        }
    }
}
