//! The report's figures.

use crate::amount::NamedAmount;
use crate::caps::Capped;
use crate::decision::{CreatorDecision, Verdict, VideoDecision};
use crate::error::SettleError;
use crate::exact;
use crate::gross::foreign_funding;
use crate::line::Line;
use crate::pool::Division;
use crate::report::{PartitionReport, RejectedViews, Report, Rpm, Tally, Totals};
use crate::world::World;
use ethnum::I256;
use money::{Asset, Money};
use policy::qualification::Rule;
use rayon::slice::ParallelSliceMut;

/// Percentile by nearest rank of a sorted list that is not empty.
pub(crate) fn percentile<T: Copy>(sorted: &[T], percent: usize) -> T {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted[rank - 1]
}

/// The report of a division, after caps.
pub(crate) fn report(
    world: &World<'_>,
    division: Division,
    capped: Capped,
    lines: &[Line],
    decisions: (&[CreatorDecision], &[VideoDecision]),
) -> Result<Report, SettleError> {
    let asset = world.inputs.program.asset;
    let totals = totals(asset, &division, lines)?;
    let counts = world.total_counts();
    let rejected = Rule::ALL
        .into_iter()
        .zip(counts.rejected)
        .filter(|(_, views)| *views > 0);
    let facts = world.inputs.facts;
    let mut rules_not_evaluated: Vec<Rule> = facts.not_evaluated.clone();
    rules_not_evaluated.sort_unstable();
    rules_not_evaluated.dedup();
    Ok(Report {
        partitions: division.partitions,
        totals,
        counts: tally(decisions.0, decisions.1),
        rpm: rpm(asset, lines)?,
        reductions: capped.reductions,
        budget: capped.budget,
        rounding: division.residue.text(),
        rejected: rejected
            .map(|(rule, views)| RejectedViews {
                rule: rule.name().to_owned(),
                views,
            })
            .collect(),
        rules_not_evaluated: rules_not_evaluated
            .into_iter()
            .map(|rule| rule.name().to_owned())
            .collect(),
        foreign_impressions: facts.foreign_impressions,
        impressions_without_payer: world.impressions_without_payer(),
        foreign_funding: foreign_funding(world),
    })
}

fn sum(asset: Asset, what: &str, amounts: impl IntoIterator<Item = Money>) -> Result<Money, SettleError> {
    Money::sum(asset, amounts).map_err(|_| SettleError::overflow(what))
}

fn totals(asset: Asset, division: &Division, lines: &[Line]) -> Result<Totals, SettleError> {
    let partitions = &division.partitions;
    let over = |what: &str, of: fn(&PartitionReport) -> Money| sum(asset, what, partitions.iter().map(of));
    let mut deductions: Vec<NamedAmount> = Vec::new();
    for (at, first) in partitions
        .first()
        .map_or(&[][..], |report| &report.deductions)
        .iter()
        .enumerate()
    {
        let amounts = partitions.iter().map(|report| report.deductions[at].amount);
        deductions.push(NamedAmount {
            name: first.name.clone(),
            amount: sum(asset, "a deduction", amounts)?,
        });
    }
    let divided = over("what is divided", |report| report.divided)?;
    let paid = sum(asset, "the sum of lines", lines.iter().map(|line| line.amount))?;
    Ok(Totals {
        gross: over("the gross money", |report| report.gross)?,
        deductions,
        carve_out: over("what is carved out", |report| report.carve_out)?,
        beneficiary: division.beneficiary.clone(),
        creators_part: over("the creators' part", |report| report.creators_part)?,
        platform_part: over("the platform's part", |report| report.platform_part)?,
        kept: over("what is kept", |report| report.kept)?,
        divided,
        reduced: divided
            .checked_sub(paid)
            .map_err(|_| SettleError::overflow("what caps took"))?,
        paid,
    })
}

fn tally(creators: &[CreatorDecision], videos: &[VideoDecision]) -> Tally {
    let mut tally = Tally {
        creators: creators.len() as u64,
        videos: videos.len() as u64,
        ..Tally::default()
    };
    for creator in creators {
        tally.creators_eligible += u64::from(creator.is_eligible());
        tally.creators_paid += u64::from(!creator.amount.is_zero());
    }
    for video in videos {
        tally.views += video.views;
        tally.qualified_views += video.qualified_views;
        match video.verdict {
            Verdict::Paid => {
                tally.videos_taking_part += 1;
                if !video.amount.is_zero() {
                    tally.videos_paid += 1;
                    tally.paid_qualified_views += video.qualified_views;
                }
            }
            Verdict::NoWeight => tally.videos_taking_part += 1,
            Verdict::CreatorUnknown => {
                tally.videos_without_creator += 1;
                tally.views_without_creator += video.views;
            }
            _ => {}
        }
    }
    tally
}

fn rpm(asset: Asset, lines: &[Line]) -> Result<Option<Rpm>, SettleError> {
    let per_thousand = |units: i128, views: u128| {
        let thousands = exact::product(&[units, 1000])?;
        Some(exact::divide(thousands, I256::from(views))?.0)
    };
    let overflow = || SettleError::overflow("earnings per thousand views");
    let mut rates = Vec::with_capacity(lines.len());
    let (mut total, mut views) = (0_i128, 0_u128);
    for line in lines.iter().filter(|line| line.qualified_views > 0) {
        let qualified = u128::from(line.qualified_views);
        rates.push(per_thousand(line.amount.units(), qualified).ok_or_else(overflow)?);
        total = total.checked_add(line.amount.units()).ok_or_else(overflow)?;
        views += qualified;
    }
    if rates.is_empty() {
        return Ok(None);
    }
    rates.par_sort_unstable();
    let mean = per_thousand(total, views).ok_or_else(overflow)?;
    let at = |percent| Money::new(asset, percentile(&rates, percent));
    Ok(Some(Rpm {
        p10: at(10),
        p50: at(50),
        p90: at(90),
        mean: Money::new(asset, mean),
    }))
}
