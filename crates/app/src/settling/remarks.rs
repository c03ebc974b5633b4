//! Remarks on a run that a person should not have to look for.

use crate::inputs::reader::{EventFiles, Reader};
use crate::inputs::settlement::SettlementInputs;
use earning::{Settlement, Verdict};
use policy::period::Period;
use policy::program::Program;

/// Remarks on a settlement: an empty pool, nobody eligible, rules that could not be evaluated.
pub fn notes(
    reader: &Reader<'_>,
    program: &Program,
    period: &Period,
    gathered: &SettlementInputs,
    settlement: &Settlement,
) -> Vec<String> {
    let mut notes = Vec::new();
    let report = &settlement.report;
    if EventFiles::of(reader, (period.start(), period.end())).is_empty() {
        notes.push("no view or ad impression is stored for the period".to_owned());
    }
    if !report.totals.kept.is_zero() {
        notes.push(format!(
            "{} of the pool had nobody to go to and stays with the platform",
            report.totals.kept
        ));
    }
    if settlement.lines.is_empty() && report.counts.views > 0 {
        notes.push(why_nobody(settlement));
    }
    if gathered.snapshots.creators.is_empty() && !program.creator_conditions.is_empty() {
        notes.push("no creator snapshot is stored: conditions on creators cannot hold; `permille import creator FILE...`".to_owned());
    }
    if !report.rules_not_evaluated.is_empty() {
        notes.push(format!(
            "not evaluated, since the data lacks the columns: {}",
            report.rules_not_evaluated.join(", ")
        ));
    }
    if report.foreign_impressions > 0 {
        notes.push(format!(
            "{} ad impressions in another currency than {} were not counted",
            report.foreign_impressions,
            program.asset.code()
        ));
    }
    if report.impressions_without_payer > 0 {
        notes.push(format!(
            "{} ad impressions that name no viewer were not counted: the program divides by payer",
            report.impressions_without_payer
        ));
    }
    if report.foreign_funding > 0 {
        notes.push(format!(
            "{} funding rows in another currency than {} are not in the pool: bring the money in once more, in the program's currency",
            report.foreign_funding,
            program.asset.code()
        ));
    }
    if report.counts.videos_without_creator > 0 {
        notes.push(format!(
            "{} views of {} videos without a known creator were not paid; `permille import video FILE...`",
            report.counts.views_without_creator, report.counts.videos_without_creator
        ));
    }
    notes
}

fn why_nobody(settlement: &Settlement) -> String {
    let report = &settlement.report;
    if report.counts.qualified_views == 0 {
        return format!(
            "none of {} views qualified; `permille funnel` shows why",
            report.counts.views
        );
    }
    let failing = settlement
        .creators
        .iter()
        .filter_map(|decision| decision.failure.as_ref());
    let mut conditions: Vec<(&str, usize)> = Vec::new();
    for failure in failing {
        match conditions
            .iter_mut()
            .find(|(formula, _)| *formula == &*failure.formula)
        {
            Some((_, count)) => *count += 1,
            None => conditions.push((&failure.formula, 1)),
        }
    }
    conditions.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    match conditions.first() {
        Some((formula, count)) if report.counts.creators_eligible == 0 => {
            format!(
                "no creator is eligible: {count} of {} fail `{formula}`",
                report.counts.creators
            )
        }
        _ => {
            let refused = settlement
                .videos
                .iter()
                .filter(|video| !matches!(video.verdict, Verdict::Paid))
                .count();
            format!(
                "no video earned: {refused} of {} are left out; `permille explain --creator ...` shows why",
                report.counts.videos
            )
        }
    }
}
