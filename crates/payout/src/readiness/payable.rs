//! What is paid when nothing stands in the way, taken apart by program.

use super::{Blocker, ProgramPart, ReadinessError, Terms};
use crate::division::{self, Holdings, Slot, Source};
use crate::payee::{Payee, PayoutMethod};
use crate::withholding::{Withholding, WithholdingBasis, withhold};
use money::{Asset, Money, Ratio, Rounding, allocate};
use serde::{Deserialize, Serialize};

/// What is paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payable {
    /// The amount before withholding, in the minor unit of the balance's currency. The sum of the shares.
    pub amount: Money,
    /// What is withheld of it, and why.
    pub withholding: Withholding,
    /// What leaves: amount less withheld, still in the balance's currency.
    pub net: Money,
    /// Where it goes, and in which currency it arrives.
    pub method: PayoutMethod,
    /// By program, in the order of their names.
    pub shares: Vec<ProgramShare>,
    /// What was taken for a debt.
    pub offset: Money,
    /// What is below a minor unit and stays in the balance.
    pub remainder: Money,
    /// Parts that are not paid now, and why.
    pub left_out: Vec<Blocker>,
}

/// One program's part of a payout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgramShare {
    /// The program.
    pub program: String,
    /// Its part of the amount before withholding.
    #[serde(with = "crate::amount")]
    pub amount: Money,
    /// Its part of what is withheld.
    #[serde(with = "crate::amount")]
    pub withheld: Money,
}

/// What is left of what is due when the debt is taken; never below zero.
pub(super) fn after_debt(earned: Money, debt: Money) -> Result<Money, ReadinessError> {
    let left = earned.checked_sub(debt)?;
    Ok(if left.is_negative() {
        Money::zero(earned.asset())
    } else {
        left
    })
}

/// Rounded down to the currency's minor unit.
pub(super) fn to_minor(amount: Money) -> Result<Money, ReadinessError> {
    let minor = Asset::iso(amount.asset().code())?;
    Ok(amount.rescale(minor.scale(), Rounding::Floor)?.value)
}

/// What a payout takes of programs and sources.
fn taken(due: &[&ProgramPart], minor: Money, asset: Asset) -> Result<Holdings, ReadinessError> {
    let slots = due.iter().flat_map(|part| {
        let us = part.us_source.units();
        let of = |source, units| (Slot::new(&*part.program, source), units);
        [of(Source::Us, us), of(Source::Other, part.amount.units() - us)]
    });
    let units = minor.rescale(asset.scale(), Rounding::Floor)?.value.units();
    Ok(division::payout(&slots.collect(), |_| true, units)?.parts)
}

pub(super) fn payable(
    payee: &Payee,
    due: &[&ProgramPart],
    minor: Money,
    left: Money,
    debt: Money,
    left_out: Vec<Blocker>,
    terms: &Terms<'_>,
) -> Result<Payable, ReadinessError> {
    let method = payee
        .method()
        .expect("without a method there is a blocker")
        .clone();
    let asset = left.asset();
    let keys: Vec<&str> = due.iter().map(|part| part.program.as_str()).collect();
    let earned: Vec<u128> = due
        .iter()
        .map(|part| part.amount.units().unsigned_abs())
        .collect();
    let amounts = allocate(minor.units(), &earned, &keys)?;

    let fine = asset.at_scale(asset.scale().max(Asset::MICRO_SCALE))?;
    // What is taken of money from the US is what the books will show; a debt and the fraction of a cent left behind lower it in
    // proportion.
    let us_paid = division::from_us(&taken(due, minor, asset)?);
    let us_paid = Money::new(asset, us_paid);
    let withholding = withhold(&terms.withholding, &payee.tax_form, minor, us_paid, terms.today)?;

    let weights: Vec<u128> = match withholding.basis {
        WithholdingBasis::WithoutForm | WithholdingBasis::UsPerson => earned,
        WithholdingBasis::WithoutTreaty | WithholdingBasis::Treaty => due
            .iter()
            .map(|part| part.us_source.units().unsigned_abs())
            .collect(),
    };
    let withheld = allocate(withholding.withheld.units(), &weights, &keys)?;
    let shares = due
        .iter()
        .zip(amounts.iter().zip(&withheld))
        .map(|(part, (amount, withheld))| ProgramShare {
            program: part.program.clone(),
            amount: Money::new(minor.asset(), *amount),
            withheld: Money::new(minor.asset(), *withheld),
        })
        .collect();
    let remainder = left
        .to_ratio()
        .checked_sub(minor.to_ratio())
        .unwrap_or(Ratio::ZERO);
    Ok(Payable {
        amount: minor,
        net: withholding.net,
        withholding,
        method,
        shares,
        offset: debt,
        remainder: Money::from_ratio(fine, remainder, Rounding::Floor)?.value,
        left_out,
    })
}
