//! A creator's statement of a month: what was earned, by program, by video and by day.
//!
//! A statement adds up lines; it decides nothing. Amounts of different assets stand apart and are never
//! added. A line of a month's run that is not kept apart by day stands under its period.

mod render;

use money::{Asset, Money, MoneyError};
use policy::Period;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A line as a statement needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementLine {
    /// Id of the program.
    pub program: String,
    /// Its name for people.
    pub program_name: String,
    /// Its version.
    pub version: u32,
    /// The period of the run.
    pub period: Period,
    /// Id of the line.
    pub line: String,
    /// The video.
    pub video: Arc<str>,
    /// What was earned.
    pub amount: Money,
    /// The video's views in the period.
    pub views: u64,
    /// Those that qualified.
    pub qualified_views: u64,
    /// The amount by UTC day, as far as the run kept days apart; else empty.
    pub days: Vec<(jiff::civil::Date, Money)>,
}

/// A statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// The creator.
    pub creator: String,
    /// The month, or another span in words.
    pub month: String,
    /// One section per asset, sorted by asset.
    pub sections: Vec<Section>,
}

/// What was earned in one asset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Section {
    /// The asset, e.g. `USD/6`.
    pub asset: String,
    /// Everything.
    #[serde(serialize_with = "crate::amount::serialize")]
    pub total: Money,
    /// By program.
    pub programs: Vec<ProgramRow>,
    /// By video.
    pub videos: Vec<VideoRow>,
    /// By day, or by period where days are not kept apart.
    pub days: Vec<DayRow>,
    /// Every line, sorted by program, period and video.
    pub lines: Vec<LineRow>,
}

/// One program's sum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProgramRow {
    /// Id of the program.
    pub program: String,
    /// Its name.
    pub name: String,
    /// Lines.
    pub lines: u64,
    /// Views of their videos; a video's views count once per run.
    pub views: u64,
    /// Those that qualified.
    pub qualified_views: u64,
    /// The sum.
    #[serde(serialize_with = "crate::amount::serialize")]
    pub amount: Money,
}

/// One video's sum over programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VideoRow {
    /// The video.
    pub video: String,
    /// Lines.
    pub lines: u64,
    /// The sum.
    #[serde(serialize_with = "crate::amount::serialize")]
    pub amount: Money,
}

/// One day's sum over programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DayRow {
    /// The day, or the period of a run that does not keep days apart.
    pub day: String,
    /// The sum.
    #[serde(serialize_with = "crate::amount::serialize")]
    pub amount: Money,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LineRow {
    /// Id of the line.
    pub line: String,
    /// Id of the program.
    pub program: String,
    /// Its version.
    pub version: u32,
    /// The period.
    pub period: String,
    /// The video.
    pub video: String,
    /// Views.
    pub views: u64,
    /// Those that qualified.
    pub qualified_views: u64,
    /// The amount.
    #[serde(serialize_with = "crate::amount::serialize")]
    pub amount: Money,
}

/// Why a statement cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// A sum is beyond the range.
    #[error("the lines of creator `{creator}` cannot be added up")]
    Sum {
        /// The creator.
        creator: String,
        /// Why.
        #[source]
        source: MoneyError,
    },
    /// The days of a line do not add up to it.
    #[error("the days of line {line} add up to {days}, the line is {amount}")]
    Days {
        /// The line.
        line: String,
        /// The days' sum.
        days: Money,
        /// The line's amount.
        amount: Money,
    },
}

/// Makes the statement of a creator from all lines of a month.
pub fn statement(creator: &str, month: &str, lines: &[StatementLine]) -> Result<Statement, StatementError> {
    let failed = |source| StatementError::Sum {
        creator: creator.to_owned(),
        source,
    };
    let mut by_asset: BTreeMap<Asset, Vec<&StatementLine>> = BTreeMap::new();
    for line in lines {
        by_asset.entry(line.amount.asset()).or_default().push(line);
    }
    let mut sections = Vec::new();
    for (asset, mut lines) in by_asset {
        lines.sort_by(|a, b| {
            (&a.program, a.period, &a.video, &a.line).cmp(&(&b.program, b.period, &b.video, &b.line))
        });
        sections.push(Section {
            asset: asset.to_string(),
            total: Money::sum(asset, lines.iter().map(|line| line.amount)).map_err(failed)?,
            programs: programs(asset, &lines).map_err(failed)?,
            videos: videos(asset, &lines).map_err(failed)?,
            days: days(asset, &lines, creator)?,
            lines: lines.into_iter().map(line_row).collect(),
        });
    }
    Ok(Statement {
        creator: creator.to_owned(),
        month: month.to_owned(),
        sections,
    })
}

fn line_row(line: &StatementLine) -> LineRow {
    LineRow {
        line: line.line.clone(),
        program: line.program.clone(),
        version: line.version,
        period: line.period.to_string(),
        video: line.video.to_string(),
        views: line.views,
        qualified_views: line.qualified_views,
        amount: line.amount,
    }
}

fn programs(asset: Asset, lines: &[&StatementLine]) -> Result<Vec<ProgramRow>, MoneyError> {
    let of_program = |lines: &[&StatementLine]| {
        let newest = lines[lines.len() - 1];
        Ok(ProgramRow {
            program: newest.program.clone(),
            name: newest.program_name.clone(),
            lines: lines.len() as u64,
            views: lines.iter().map(|line| line.views).sum(),
            qualified_views: lines.iter().map(|line| line.qualified_views).sum(),
            amount: Money::sum(asset, lines.iter().map(|line| line.amount))?,
        })
    };
    lines
        .chunk_by(|a, b| a.program == b.program)
        .map(of_program)
        .collect()
}

fn videos(asset: Asset, lines: &[&StatementLine]) -> Result<Vec<VideoRow>, MoneyError> {
    let mut sums: BTreeMap<&str, (u64, Money)> = BTreeMap::new();
    for line in lines {
        let (count, sum) = sums.entry(&line.video).or_insert((0, Money::zero(asset)));
        *count += 1;
        *sum = sum.checked_add(line.amount)?;
    }
    let row = |(video, (lines, amount)): (&str, _)| VideoRow {
        video: video.to_owned(),
        lines,
        amount,
    };
    let mut rows: Vec<VideoRow> = sums.into_iter().map(row).collect();
    // The sort is stable: equal amounts stay in the order of ids.
    rows.sort_by_key(|row| std::cmp::Reverse(row.amount.units()));
    Ok(rows)
}

fn days(asset: Asset, lines: &[&StatementLine], creator: &str) -> Result<Vec<DayRow>, StatementError> {
    let failed = |source| StatementError::Sum {
        creator: creator.to_owned(),
        source,
    };
    let mut sums: BTreeMap<String, Money> = BTreeMap::new();
    let mut add = |day: String, amount: Money| {
        let sum = sums.entry(day).or_insert(Money::zero(asset));
        *sum = sum.checked_add(amount).map_err(failed)?;
        Ok::<(), StatementError>(())
    };
    for line in lines {
        if line.days.is_empty() {
            add(line.period.to_string(), line.amount)?;
            continue;
        }
        let days = Money::sum(asset, line.days.iter().map(|(_, amount)| *amount)).map_err(failed)?;
        if days != line.amount {
            return Err(StatementError::Days {
                line: line.line.clone(),
                days,
                amount: line.amount,
            });
        }
        for (day, amount) in &line.days {
            add(day.to_string(), *amount)?;
        }
    }
    Ok(sums
        .into_iter()
        .map(|(day, amount)| DayRow { day, amount })
        .collect())
}
