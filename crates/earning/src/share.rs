//! Mechanism `share`: a share of the net revenue attributed to the videos that take part.
//!
//! Per partition: the units' revenue is quantised to nine places and summed; the sum is rounded half to even to the
//! asset; deductions and the creators' share follow as in a pool; the creators' part is divided over
//! the units in proportion to their revenue, by largest remainder, and sums exactly.
//!
//! Negative revenue (corrections, refunds) is a second sum of its own, taken through the same steps with its sign:
//! so a correction is borne by the video it belongs to, and never makes the division of the others strange.

use crate::error::SettleError;
use crate::exact::{self, MAX_WEIGHT, Residue, WEIGHT_ONE, WEIGHT_SCALE};
use crate::partition::Partition;
use crate::partitions::Partitions;
use crate::pool::{Division, Steps, by_partition};
use crate::report::PartitionReport;
use crate::variables::{Bound, Subject};
use crate::working::{Earned, Work, Worth};
use crate::world::World;
use ethnum::I256;
use money::{Asset, Money, allocate_by_index};
use policy::program::Share;
use policy::scope::Level;
use rust_decimal::Decimal;
use std::sync::Arc;

/// Shares the revenue of the units that take part.
pub(crate) fn share(
    world: &World<'_>,
    share: &Share,
    units: &[u32],
    not_known: &mut [Option<Arc<str>>],
) -> Result<Division, SettleError> {
    let asset = world.inputs.program.asset;
    let partitions = Partitions::new(world, &share.partition, Vec::new());
    let mut earned = revenues(world, share, units, &partitions, not_known)?;
    let mut residue = Residue::default();
    let mut reports = Vec::with_capacity(partitions.list.len());
    for (partition, group) in partitions
        .list
        .iter()
        .zip(by_partition(&earned, partitions.list.len()))
    {
        let (below, above): (Vec<u32>, Vec<u32>) = group
            .into_iter()
            .partition(|at| earned[*at as usize].value < Decimal::ZERO);
        let above = divide_side(share, partition, asset, &mut earned, &above, 1, &mut residue)?;
        let below = divide_side(share, partition, asset, &mut earned, &below, -1, &mut residue)?;
        reports.push(both(above, &below)?);
    }
    Ok(Division {
        partitions: reports,
        earned,
        residue,
        beneficiary: None,
    })
}

fn revenues(
    world: &World<'_>,
    share: &Share,
    units: &[u32],
    partitions: &Partitions,
    not_known: &mut [Option<Arc<str>>],
) -> Result<Vec<Earned>, SettleError> {
    let revenue = Bound::new(world, &share.revenue, Level::Unit)?;
    let worth = |subject: &Subject<'_>, value, _: Option<Decimal>, _: &mut Residue| {
        let quantised = exact::quantise(value, WEIGHT_SCALE).map(i128::unsigned_abs);
        let weight = quantised.filter(|weight| *weight <= MAX_WEIGHT).ok_or_else(|| {
            revenue.out_of_range(subject, value, "it must not exceed 79,228,162,514,264,337,593")
        })?;
        Ok((weight > 0).then_some(Worth { weight, amount: 0 }))
    };
    let work = Work {
        first: &revenue,
        second: None,
        partitions: &partitions.of_unit,
        worth,
    };
    Ok(work.evaluate(world, units, not_known)?.earned)
}

/// Takes the revenue of one sign through all steps and divides it over its units.
fn divide_side(
    share: &Share,
    partition: &Partition,
    asset: Asset,
    earned: &mut [Earned],
    group: &[u32],
    sign: i128,
    residue: &mut Residue,
) -> Result<PartitionReport, SettleError> {
    let overflow = || SettleError::overflow(format!("the revenue of {partition}"));
    let weights: Vec<u128> = group.iter().map(|at| earned[*at as usize].weight).collect();
    let total = weights
        .iter()
        .try_fold(0_u128, |sum, weight| sum.checked_add(*weight))
        .ok_or_else(overflow)?;
    let revenue = i128::try_from(total).map_err(|_| overflow())? * sign;
    let numerator = exact::product(&[revenue, asset.units_per_whole()]).ok_or_else(overflow)?;
    let (gross, rest) = exact::divide(numerator, I256::from(WEIGHT_ONE)).ok_or_else(overflow)?;
    residue
        .add(rest, I256::from(WEIGHT_ONE), asset.scale())
        .ok_or_else(overflow)?;
    let mut steps = Steps {
        available: gross,
        ..Steps::default()
    };
    steps.take(&share.deductions).ok_or_else(overflow)?;
    steps
        .share(share.creator_share, total, None, asset, residue)
        .ok_or_else(overflow)?;
    let amounts = allocate_by_index(steps.creators, &weights).map_err(|source| SettleError::Allocate {
        partition: partition.to_string(),
        source,
    })?;
    for (at, amount) in group.iter().zip(amounts) {
        earned[*at as usize].amount = amount;
    }
    let mut report = steps.report(asset, partition.clone(), &share.deductions);
    report.weight = total;
    report.units = group.len() as u64;
    Ok(report)
}

/// The partition as a whole: both signs added up.
fn both(mut report: PartitionReport, below: &PartitionReport) -> Result<PartitionReport, SettleError> {
    let overflow = |_| SettleError::overflow(format!("the revenue of {}", below.partition));
    let add = |to: &mut Money, amount: Money| {
        *to = to.checked_add(amount).map_err(overflow)?;
        Ok::<(), SettleError>(())
    };
    add(&mut report.gross, below.gross)?;
    add(&mut report.after_deductions, below.after_deductions)?;
    add(&mut report.creators_part, below.creators_part)?;
    add(&mut report.platform_part, below.platform_part)?;
    add(&mut report.divided, below.divided)?;
    for (deduction, other) in report.deductions.iter_mut().zip(&below.deductions) {
        add(&mut deduction.amount, other.amount)?;
    }
    report.weight = report
        .weight
        .checked_add(below.weight)
        .ok_or_else(|| SettleError::overflow(format!("the revenue of {}", below.partition)))?;
    report.units += below.units;
    Ok(report)
}
