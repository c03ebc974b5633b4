//! Mechanism `rate`: `units / per · rate`.
//!
//! Both formulas give decimals of at least 0; their product is exact, and rounded half to even once per unit.
//! What the roundings leave over is summed and reported: nobody else's amount absorbs it.

use crate::error::SettleError;
use crate::exact::{self, Residue, WEIGHT_SCALE};
use crate::partition::Partition;
use crate::pool::{Division, Steps, quantise_weight};
use crate::variables::{Bound, Subject};
use crate::working::{Work, Worked, Worth};
use crate::world::World;
use ethnum::I256;
use policy::program::Rate;
use policy::scope::Level;
use rust_decimal::Decimal;
use std::sync::Arc;

/// Pays every unit that takes part.
pub(crate) fn pay(
    world: &World<'_>,
    rate: &Rate,
    units: &[u32],
    not_known: &mut [Option<Arc<str>>],
) -> Result<Division, SettleError> {
    let asset = world.inputs.program.asset;
    let count = Bound::new(world, &rate.units, Level::Unit)?;
    let per_units = Bound::new(world, &rate.rate, Level::Unit)?;
    let worth = |subject: &Subject<'_>, value: Decimal, factor: Option<Decimal>, residue: &mut Residue| {
        let weight = quantise_weight(&count, subject, value)?;
        let factor = factor.unwrap_or_default();
        if factor < Decimal::ZERO {
            return Err(per_units.out_of_range(subject, factor, "it must not be negative"));
        }
        if value.is_zero() {
            return Ok(None);
        }
        let amount = multiply(value, factor, rate.per, asset.scale(), residue);
        let amount = amount.ok_or_else(|| SettleError::overflow(subject.to_string()))?;
        Ok(Some(Worth { weight, amount }))
    };
    let work = Work {
        first: &count,
        second: Some(&per_units),
        partitions: &[],
        worth,
    };
    let Worked { earned, residue } = work.evaluate(world, units, not_known)?;
    let (mut paid, mut total) = (0_i128, 0_u128);
    let overflow = || SettleError::overflow("the sum of all units");
    for entry in &earned {
        paid = paid.checked_add(entry.amount).ok_or_else(overflow)?;
        total = total.checked_add(entry.weight).ok_or_else(overflow)?;
    }
    let steps = Steps {
        available: paid,
        creators: paid,
        ..Steps::default()
    };
    let mut report = steps.report(asset, Partition::default(), &[]);
    report.weight = total;
    report.units = earned.len() as u64;
    Ok(Division {
        partitions: vec![report],
        earned,
        residue,
        beneficiary: None,
    })
}

/// `value / per · factor` in units of an asset.
fn multiply(value: Decimal, factor: Decimal, per: u32, scale: u8, residue: &mut Residue) -> Option<i128> {
    // Trailing zeros would only make the numbers longer than 256 bits sooner.
    let (value, factor) = (value.normalize(), factor.normalize());
    let places = value.scale() + factor.scale();
    let numerator = exact::product(&[value.mantissa(), factor.mantissa(), 10_i128.pow(scale.into())])?;
    let denominator = match 10_i128.checked_pow(places) {
        Some(power) => exact::product(&[power, per.max(1).into()])?,
        None => I256::from(10)
            .checked_pow(places)?
            .checked_mul(I256::from(per.max(1)))?,
    };
    let (amount, rest) = exact::divide(numerator, denominator)?;
    residue.add(rest, denominator, scale)?;
    Some(amount)
}

const _: () = assert!(
    WEIGHT_SCALE <= 18,
    "weights are shown with the places of residues"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_exact_and_rounded_once() {
        let table = [
            // W26: 175,000 qualified views at $0.41 per thousand.
            ("175000", "0.41", 1000, 6, 71_750_000, "0"),
            ("1", "0.0005", 1000, 6, 0, "0.0000005"),
            ("3", "0.0005", 1000, 6, 2, "-0.0000005"),
            ("0.5", "3", 1, 0, 2, "-0.5"),
            (
                "79228162514264337593.543950335",
                "1",
                1,
                6,
                79_228_162_514_264_337_593_543_950,
                "0.000000335",
            ),
        ];
        for (value, factor, per, scale, expected, left) in table {
            let mut residue = Residue::default();
            let amount = multiply(
                value.parse().unwrap(),
                factor.parse().unwrap(),
                per,
                scale,
                &mut residue,
            );
            assert_eq!(amount, Some(expected), "{value} at {factor}");
            assert_eq!(residue.text(), left, "{value} at {factor}");
        }
    }
}
