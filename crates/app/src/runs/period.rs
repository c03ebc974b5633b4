//! Where a program's period stands: estimated, final, payable, and whether it may still change.

use crate::base::error::{Error, Result};
use crate::workspace::records::{self, Versioned};
use jiff::civil::Date;
use policy::period::{Period, PeriodError};
use policy::program::PeriodKind;
use serde::{Deserialize, Serialize};
use store::Tx;

/// Kind of the records.
pub const KIND: &str = "period";

/// How far a period has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Settled and posted; settling again may change it.
    Estimated,
    /// Closed: only a restatement changes it, by adjustments.
    Final,
    /// Closed, and its money can be paid.
    Payable,
}

impl Stage {
    /// The word in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Stage::Estimated => "estimated",
            Stage::Final => "final",
            Stage::Payable => "payable",
        }
    }
}

/// The state of a program's period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeriodState {
    /// How far it has come.
    pub stage: Stage,
    /// True when not even a restatement may change it.
    pub locked: bool,
    /// Number of the run that stands in the books.
    pub run: u32,
    /// That run's hash.
    pub run_hash: String,
    /// First day on which it may be closed.
    pub final_on: Date,
    /// First day on which its money can be paid.
    pub payable_on: Date,
}

/// A period by its name: a day or a month.
pub(crate) fn period_named(name: &str) -> std::result::Result<Period, PeriodError> {
    let kind = match name.len() > "2026-10".len() {
        true => PeriodKind::Day,
        false => PeriodKind::Month,
    };
    Period::parse(name, kind)
}

/// Reads a period, with the reason when it is none.
pub fn parse_period(text: &str, kind: PeriodKind) -> Result<Period> {
    Period::parse(text, kind).map_err(|e| Error::usage("settle/period", e.to_string()))
}

/// The id of a period's record.
pub fn id(program: &str, period: &str) -> String {
    format!("{program}/{period}")
}

/// Reads a period's state; none when nothing was posted.
pub fn get(tx: &mut Tx<'_>, program: &str, period: &str) -> Result<Option<Versioned<PeriodState>>> {
    records::get(tx, KIND, &id(program, period))
}

/// Refuses to go on where a period's state is not the one that was read before (none: there was none).
pub fn expect(
    tx: &mut Tx<'_>,
    program: &str,
    period: &str,
    read: Option<&Versioned<PeriodState>>,
) -> Result<()> {
    let version = read.map_or(0, |read| read.version);
    records::expect(tx, KIND, &id(program, period), version)
}

/// Changes a period's state.
pub fn put(tx: &mut Tx<'_>, program: &str, period: &str, version: u64, state: &PeriodState) -> Result<()> {
    records::put(tx, KIND, &id(program, period), version, state)
}

/// Every state that a period has been in, oldest first.
pub fn versions(tx: &mut Tx<'_>, program: &str, period: &str) -> Result<Vec<PeriodState>> {
    let versions = tx.record_versions(KIND, &id(program, period))?;
    let parsed = versions.iter().map(|record| Ok(records::parse(record)?.value));
    parsed.collect()
}

/// Every period with a state (of one program), as program, period and state, sorted.
pub fn all(tx: &mut Tx<'_>, program: Option<&str>) -> Result<Vec<(String, String, Versioned<PeriodState>)>> {
    let prefix = program.map_or_else(String::new, |program| format!("{program}/"));
    let found: Vec<(String, Versioned<PeriodState>)> = records::list(tx, KIND, &prefix)?;
    Ok(found
        .into_iter()
        .filter_map(|(id, state)| {
            let (program, period) = id.rsplit_once('/')?;
            Some((program.to_owned(), period.to_owned(), state))
        })
        .collect())
}
