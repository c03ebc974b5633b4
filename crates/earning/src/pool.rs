//! Mechanism `pool`: an amount divided in proportion to weight.
//!
//! Per partition, exactly, in this order:
//! 1. *Weight.* The weight formula gives a decimal per unit, at least 0. It is quantised once, half to even, to
//!    nine places; from there on everything is whole numbers.
//! 2. *Gross.* See [`crate::gross`]. A partition without weight keeps its money for the platform, or gives
//!    it to the period's other partitions in proportion to their total weight (largest remainder, in
//!    the partitions' order), as the program says.
//! 3. *Deductions*, in order: each takes its part of what is left, cut towards zero; the rest stays.
//! 4. *Carve-out.* `P' = P · Σ(w·k) / Σw`, with `k` quantised like a weight. It lowers the pool, never a
//!    unit's own weight: who uses the carved-out goods is paid like everybody else.
//! 5. *Creators' part.* `share · P'`, rounded half to even, once, from the exact `P'`.
//! 6. *Division* over the units by largest remainder; equal remainders are served in the order of (video,
//!    country, day, payer). The parts sum to the creators' part. A negative part divides the same way,
//!    with its sign.

use crate::amount::NamedAmount;
use crate::error::SettleError;
use crate::exact::{self, MAX_WEIGHT, Residue, WEIGHT_ONE, WEIGHT_SCALE};
use crate::gross;
use crate::partitions::Partitions;
use crate::report::PartitionReport;
use crate::variables::{Bound, Subject};
use crate::working::{Earned, Work, Worth};
use crate::world::World;
use ethnum::I256;
use money::{Asset, Money, Ratio, allocate_by_index};
use policy::program::{Deduction, EmptyPool, Pool};
use policy::scope::Level;
use rust_decimal::Decimal;
use std::sync::Arc;

/// What a mechanism gives, before caps.
pub(crate) struct Division {
    pub(crate) partitions: Vec<PartitionReport>,
    /// In unit order.
    pub(crate) earned: Vec<Earned>,
    pub(crate) residue: Residue,
    pub(crate) beneficiary: Option<String>,
}

/// Divides a pool over the units that take part.
pub(crate) fn divide(
    world: &World<'_>,
    pool: &Pool,
    units: &[u32],
    not_known: &mut [Option<Arc<str>>],
) -> Result<Division, SettleError> {
    let asset = world.inputs.program.asset;
    let mut partitions = Partitions::new(world, &pool.partition, gross::named(world, pool)?);
    let mut earned = weigh(world, pool, units, &partitions, not_known)?;
    let sums = Sums::of(&earned, partitions.list.len(), pool.carve_out.is_some())?;
    let mut residue = Residue::default();
    let gross = gross::gross(world, pool, &partitions, &sums.weight, &mut residue)?;
    let moved = moved(&gross, &sums.weight, pool.on_empty)?;
    let mut reports = Vec::with_capacity(partitions.list.len());
    for (at, partition) in partitions.list.iter().enumerate() {
        let overflow = || SettleError::overflow(format!("the pool of {partition}"));
        let available = gross[at].checked_add(moved[at]).ok_or_else(overflow)?;
        let mut steps = Steps {
            available,
            ..Steps::default()
        };
        if sums.weight[at] == 0 {
            steps.kept = available;
        } else {
            steps.take(&pool.deductions).ok_or_else(overflow)?;
            let kept = pool.carve_out.as_ref().map(|_| sums.keep[at]);
            steps
                .share(pool.creator_share, sums.weight[at], kept, asset, &mut residue)
                .ok_or_else(overflow)?;
        }
        let mut report = steps.report(asset, partition.clone(), &pool.deductions);
        report.gross = Money::new(asset, gross[at]);
        report.moved = Money::new(asset, moved[at]);
        report.weight = sums.weight[at];
        report.units = sums.units[at];
        reports.push(report);
    }
    allocate(&mut earned, &reports)?;
    // What funding left open was only a way to find its partitions.
    let open = |report: &PartitionReport| {
        !gross::is_complete(&report.partition, &pool.partition)
            && report.gross.is_zero()
            && report.moved.is_zero()
    };
    if reports.iter().any(open) {
        let listed: Vec<_> = reports
            .iter()
            .filter(|report| !open(report))
            .map(|r| r.partition.clone())
            .collect();
        for entry in &mut earned {
            let partition = &partitions.list[entry.partition as usize];
            entry.partition = listed.binary_search(partition).expect("a unit's partition stays") as u32;
        }
        partitions.list = listed;
        reports.retain(|report| !open(report));
    }
    let beneficiary = pool
        .carve_out
        .as_ref()
        .map(|carve_out| carve_out.beneficiary.clone());
    Ok(Division {
        partitions: reports,
        earned,
        residue,
        beneficiary,
    })
}

/// Weights of the units; those without weight are left out.
fn weigh(
    world: &World<'_>,
    pool: &Pool,
    units: &[u32],
    partitions: &Partitions,
    not_known: &mut [Option<Arc<str>>],
) -> Result<Vec<Earned>, SettleError> {
    let weight = Bound::new(world, &pool.weight, Level::Unit)?;
    let keep = pool
        .carve_out
        .as_ref()
        .map(|carve_out| Bound::new(world, &carve_out.keep, Level::Unit));
    let keep = keep.transpose()?;
    let worth = |subject: &Subject<'_>, value, factor: Option<Decimal>, _: &mut Residue| {
        let quantised = quantise_weight(&weight, subject, value)?;
        if let (Some(keep), Some(factor)) = (&keep, factor)
            && (factor < Decimal::ZERO || factor > Decimal::ONE)
        {
            return Err(keep.out_of_range(subject, factor, "the part kept must be from 0 to 1"));
        }
        Ok((quantised > 0).then_some(Worth {
            weight: quantised,
            amount: 0,
        }))
    };
    let work = Work {
        first: &weight,
        second: keep.as_ref(),
        partitions: &partitions.of_unit,
        worth,
    };
    Ok(work.evaluate(world, units, not_known)?.earned)
}

/// A weight as a whole number of billionths. Errors: below zero; beyond 2^96.
pub(crate) fn quantise_weight(
    formula: &Bound<'_>,
    subject: &Subject<'_>,
    value: Decimal,
) -> Result<u128, SettleError> {
    if value < Decimal::ZERO {
        return Err(formula.out_of_range(subject, value, "it must not be negative"));
    }
    let quantised = exact::quantise(value, WEIGHT_SCALE).and_then(|value| u128::try_from(value).ok());
    quantised.filter(|weight| *weight <= MAX_WEIGHT).ok_or_else(|| {
        formula.out_of_range(
            subject,
            value,
            "it must not exceed 79,228,162,514,264,337,593 (2^96 billionths)",
        )
    })
}

/// A kept part as billionths.
fn quantise_keep(factor: Option<Decimal>) -> u128 {
    let quantised = factor.and_then(|factor| exact::quantise(factor, WEIGHT_SCALE));
    quantised.map_or(WEIGHT_ONE, i128::unsigned_abs)
}

/// Sums over the units of each partition.
struct Sums {
    weight: Vec<u128>,
    /// `Σ(w·k)` in billionths of billionths.
    keep: Vec<I256>,
    units: Vec<u64>,
}

impl Sums {
    fn of(earned: &[Earned], partitions: usize, carve_out: bool) -> Result<Self, SettleError> {
        let keep = if carve_out { partitions } else { 0 };
        let mut sums = Sums {
            weight: vec![0; partitions],
            keep: vec![I256::ZERO; keep],
            units: vec![0; partitions],
        };
        for entry in earned {
            let at = entry.partition as usize;
            let weight = sums.weight[at].checked_add(entry.weight);
            // The allocation and the report count with signed numbers.
            let weight = weight.filter(|weight| i128::try_from(*weight).is_ok());
            sums.weight[at] = weight.ok_or_else(|| SettleError::overflow("a partition's total weight"))?;
            sums.units[at] += 1;
            if carve_out {
                // 2^96 · 10^9 is below 2^126.
                sums.keep[at] += I256::from(entry.weight * quantise_keep(entry.factor));
            }
        }
        Ok(sums)
    }
}

/// What moves between partitions because some have no weight.
fn moved(gross: &[i128], weights: &[u128], on_empty: EmptyPool) -> Result<Vec<i128>, SettleError> {
    let mut moved = vec![0_i128; gross.len()];
    let idle: i128 = gross
        .iter()
        .zip(weights)
        .filter(|(_, weight)| **weight == 0)
        .map(|(gross, _)| gross)
        .sum();
    let busy = weights.iter().any(|weight| *weight > 0);
    if on_empty == EmptyPool::Keep
        || !busy
        || gross
            .iter()
            .zip(weights)
            .all(|(gross, weight)| *gross == 0 || *weight > 0)
    {
        return Ok(moved);
    }
    let shares = allocate_by_index(idle, weights).map_err(|source| SettleError::Allocate {
        partition: "the empty partitions' money".to_owned(),
        source,
    })?;
    for (at, share) in shares.into_iter().enumerate() {
        moved[at] = if weights[at] == 0 { -gross[at] } else { share };
    }
    Ok(moved)
}

/// One partition on its way from available money to the creators' part.
#[derive(Default)]
pub(crate) struct Steps {
    pub(crate) available: i128,
    pub(crate) deducted: Vec<i128>,
    pub(crate) carve_out: i128,
    pub(crate) creators: i128,
    pub(crate) platform: i128,
    pub(crate) kept: i128,
}

impl Steps {
    fn after_deductions(&self) -> i128 {
        self.available - self.deducted.iter().sum::<i128>()
    }

    /// Takes the deductions, each cut towards zero.
    pub(crate) fn take(&mut self, deductions: &[Deduction]) -> Option<()> {
        for deduction in deductions {
            let part = deduction.part;
            let numerator = exact::product(&[self.after_deductions(), part.numerator()])?;
            let taken = numerator.checked_div(I256::from(part.denominator()))?;
            self.deducted.push(i128::try_from(taken).ok()?);
        }
        Some(())
    }

    /// Carves out and takes the creators' share, from the exact rest.
    pub(crate) fn share(
        &mut self,
        share: Ratio,
        weight: u128,
        keep: Option<I256>,
        asset: Asset,
        residue: &mut Residue,
    ) -> Option<()> {
        let left = I256::from(self.after_deductions());
        let (numerator, denominator) = match keep {
            Some(keep) => (
                left.checked_mul(keep)?,
                I256::from(weight).checked_mul(I256::from(WEIGHT_ONE))?,
            ),
            None => (left, I256::ONE),
        };
        let (kept_pool, _) = exact::divide(numerator, denominator)?;
        let numerator = numerator.checked_mul(I256::from(share.numerator()))?;
        let denominator = denominator.checked_mul(I256::from(share.denominator()))?;
        let (creators, rest) = exact::divide(numerator, denominator)?;
        residue.add(rest, denominator, asset.scale())?;
        self.carve_out = self.after_deductions() - kept_pool;
        self.creators = creators;
        self.platform = kept_pool - creators;
        Some(())
    }

    /// The steps as a report; gross, weight and units are the caller's to fill in.
    pub(crate) fn report(
        self,
        asset: Asset,
        partition: crate::Partition,
        deductions: &[Deduction],
    ) -> PartitionReport {
        let money = |units| Money::new(asset, units);
        // A partition that is kept had nothing deducted.
        let taken = self.deducted.iter().copied().chain(std::iter::repeat(0));
        let named = |(deduction, units): (&Deduction, i128)| NamedAmount {
            name: deduction.name.clone(),
            amount: money(units),
        };
        PartitionReport {
            partition,
            gross: money(self.available),
            moved: money(0),
            deductions: deductions.iter().zip(taken).map(named).collect(),
            after_deductions: money(self.after_deductions()),
            carve_out: money(self.carve_out),
            creators_part: money(self.creators),
            platform_part: money(self.platform),
            kept: money(self.kept),
            divided: money(self.creators),
            weight: 0,
            units: 0,
        }
    }
}

/// Divides every partition's creators' part over its units.
fn allocate(earned: &mut [Earned], reports: &[PartitionReport]) -> Result<(), SettleError> {
    for (report, group) in reports.iter().zip(by_partition(earned, reports.len())) {
        let weights: Vec<u128> = group.iter().map(|at| earned[*at as usize].weight).collect();
        let amounts = allocate_by_index(report.creators_part.units(), &weights).map_err(|source| {
            SettleError::Allocate {
                partition: report.partition.to_string(),
                source,
            }
        })?;
        for (at, amount) in group.into_iter().zip(amounts) {
            earned[at as usize].amount = amount;
        }
    }
    Ok(())
}

/// Indices of the units of each partition, in unit order.
pub(crate) fn by_partition(earned: &[Earned], partitions: usize) -> Vec<Vec<u32>> {
    let mut sizes = vec![0_usize; partitions];
    for entry in earned {
        sizes[entry.partition as usize] += 1;
    }
    let mut groups: Vec<Vec<u32>> = sizes.into_iter().map(Vec::with_capacity).collect();
    for (at, entry) in earned.iter().enumerate() {
        groups[entry.partition as usize].push(at as u32);
    }
    groups
}
