//! Concentration and percentiles, in whole numbers.

use super::SimulateError;
use crate::exact;
use crate::summary::percentile;
use ethnum::I256;
use money::{Asset, Money};
use serde::Serialize;

/// Places of a share.
const SHARE_PLACES: usize = 4;

/// Numbers of units in ascending order.
pub(crate) struct Distribution {
    asset: Asset,
    sorted: Vec<i128>,
}

impl Distribution {
    pub(crate) fn of(asset: Asset, units: impl Iterator<Item = i128>) -> Self {
        let mut sorted: Vec<i128> = units.collect();
        sorted.sort_unstable();
        Distribution { asset, sorted }
    }

    /// The positive ones.
    fn positive(&self) -> &[i128] {
        &self.sorted[self.sorted.partition_point(|units| *units <= 0)..]
    }
}

/// Percentiles by nearest rank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Percentiles {
    /// 1 in 100 is at or below it.
    #[serde(serialize_with = "crate::amount::serialize")]
    pub p1: Money,
    /// 5 in 100.
    #[serde(serialize_with = "crate::amount::serialize")]
    pub p5: Money,
    /// A quarter.
    #[serde(serialize_with = "crate::amount::serialize")]
    pub p25: Money,
    /// The median.
    #[serde(serialize_with = "crate::amount::serialize")]
    pub p50: Money,
    /// Three quarters.
    #[serde(serialize_with = "crate::amount::serialize")]
    pub p75: Money,
    /// 95 in 100.
    #[serde(serialize_with = "crate::amount::serialize")]
    pub p95: Money,
    /// 99 in 100.
    #[serde(serialize_with = "crate::amount::serialize")]
    pub p99: Money,
}

impl Percentiles {
    /// Name and value of each.
    pub fn named(&self) -> [(&'static str, Money); 7] {
        [
            ("1 %", self.p1),
            ("5 %", self.p5),
            ("25 %", self.p25),
            ("50 %", self.p50),
            ("75 %", self.p75),
            ("95 %", self.p95),
            ("99 %", self.p99),
        ]
    }
}

pub(crate) fn percentiles(distribution: &Distribution) -> Option<Percentiles> {
    let sorted = &distribution.sorted;
    if sorted.is_empty() {
        return None;
    }
    let at = |percent| Money::new(distribution.asset, percentile(sorted, percent));
    Some(Percentiles {
        p1: at(1),
        p5: at(5),
        p25: at(25),
        p50: at(50),
        p75: at(75),
        p95: at(95),
        p99: at(99),
    })
}

/// A fraction from 0 to 1 with four places.
fn share(above: I256, below: I256) -> Option<String> {
    let one = 10_i128.pow(SHARE_PLACES as u32);
    let (scaled, _) = exact::divide(above.checked_mul(I256::from(one))?, below)?;
    Some(format!("{}.{:0SHARE_PLACES$}", scaled / one, scaled % one))
}

/// `(2 Σ i·x_i - (n + 1) Σ x_i) / (n Σ x_i)` over the positive amounts in ascending order.
pub(crate) fn gini(distribution: &Distribution) -> Result<Option<String>, SimulateError> {
    let overflow = || SimulateError::Overflow("the Gini coefficient");
    let positive = distribution.positive();
    if positive.is_empty() {
        return Ok(None);
    }
    let count = I256::from(positive.len() as u64);
    let (mut sum, mut ranked) = (I256::ZERO, I256::ZERO);
    for (rank, units) in (1_u64..).zip(positive) {
        sum += I256::from(*units);
        let part = I256::from(*units).checked_mul(I256::from(rank));
        ranked = part
            .and_then(|part| ranked.checked_add(part))
            .ok_or_else(overflow)?;
    }
    let above = ranked * I256::from(2) - (count + I256::ONE) * sum;
    Ok(Some(share(above, count * sum).ok_or_else(overflow)?))
}

/// The part of the best-paid `ceil(n / 100)`.
pub(crate) fn top_share(distribution: &Distribution) -> Result<Option<String>, SimulateError> {
    let positive = distribution.positive();
    let best = positive.len().div_ceil(100);
    if best == 0 {
        return Ok(None);
    }
    let sum = |units: &[i128]| {
        units
            .iter()
            .fold(I256::ZERO, |sum, units| sum + I256::from(*units))
    };
    let top = sum(&positive[positive.len() - best..]);
    Ok(Some(
        share(top, sum(positive)).ok_or(SimulateError::Overflow("the share of the top 1 %"))?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(units: &[i128]) -> Distribution {
        Distribution::of(Asset::iso("USD").unwrap(), units.iter().copied())
    }

    #[test]
    fn gini_of_known_distributions() {
        let table: [(&[i128], &str); 5] = [
            (&[5, 5, 5, 5], "0.0000"),
            (&[1], "0.0000"),
            // 1, 2, 3: mean difference 8/9 over twice the mean 4.
            (&[3, 1, 2], "0.2222"),
            (&[1, 999], "0.4990"),
            (&[-7, 0, 1, 3], "0.2500"),
        ];
        for (units, expected) in table {
            assert_eq!(gini(&of(units)).unwrap().as_deref(), Some(expected), "{units:?}");
        }
        assert_eq!(gini(&of(&[0, -1])).unwrap(), None);
    }

    #[test]
    fn the_top_is_rounded_up() {
        assert_eq!(top_share(&of(&[1, 1, 2])).unwrap().unwrap(), "0.5000");
        let hundred_and_one: Vec<i128> = (1..=101).collect();
        // The best 2 of 101: 201 of 5151.
        assert_eq!(top_share(&of(&hundred_and_one)).unwrap().unwrap(), "0.0390");
        assert_eq!(top_share(&of(&[])).unwrap(), None);
    }

    #[test]
    fn percentiles_are_amounts_that_occur() {
        let hundred: Vec<i128> = (1..=100).collect();
        let found = percentiles(&of(&hundred)).unwrap();
        assert_eq!(
            found.named().map(|(_, money)| money.units()),
            [1, 5, 25, 50, 75, 95, 99]
        );
        assert_eq!(percentiles(&of(&[7])).unwrap().p1.units(), 7);
        assert_eq!(percentiles(&of(&[])), None);
    }
}
