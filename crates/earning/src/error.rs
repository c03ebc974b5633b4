//! Why a settlement cannot be made. What a creator may not earn is a decision, never an error.

use money::{AllocateError, Asset};

/// A failure of the inputs or the program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettleError {
    /// A conversion has no periods to settle.
    #[error("`{program}` is not settled by period: LIVE gifts are booked from gift frames")]
    NotSettled {
        /// The program.
        program: String,
    },
    /// Two snapshots of one subject.
    #[error("{kind} `{id}` has two snapshots: pass the one in force at the period's end")]
    DuplicateSnapshot {
        /// `creator` or `video`.
        kind: &'static str,
        /// The subject.
        id: String,
    },
    /// A row speaks of something that the facts do not list.
    #[error("facts row {row} names {what} number {index}, which the facts do not list")]
    BrokenFacts {
        /// Index of the row.
        row: usize,
        /// `video`, `country` or `payer`.
        what: &'static str,
        /// The number.
        index: usize,
    },
    /// The program divides by payer, the facts do not.
    #[error(
        "program `{program}` divides by payer, but the facts are not kept by payer: count them again by payer"
    )]
    FactsWithoutPayer {
        /// The program.
        program: String,
    },
    /// The program uses a look-back that was not counted.
    #[error("look-back `{name}` was not counted")]
    MissingLookback {
        /// The name in formulas.
        name: String,
    },
    /// A formula uses a name that settlement does not know.
    #[error("unknown name `{name}` in `{formula}`")]
    UnknownName {
        /// The name.
        name: String,
        /// The formula.
        formula: String,
    },
    /// A formula uses a name of a unit where there is none.
    #[error("`{name}` has no value in `{formula}`: it belongs to one video in one country")]
    MisplacedName {
        /// The name.
        name: String,
        /// The formula.
        formula: String,
    },
    /// A formula cannot be evaluated.
    #[error("`{formula}` for {subject}: {reason}")]
    Formula {
        /// The formula.
        formula: String,
        /// Which creator, video or unit.
        subject: String,
        /// What happened.
        reason: String,
    },
    /// A formula gives something out of its range.
    #[error("`{formula}` is {value} for {subject}: {must}")]
    OutOfRange {
        /// The formula.
        formula: String,
        /// Which unit.
        subject: String,
        /// The value.
        value: String,
        /// What it must be.
        must: &'static str,
    },
    /// Amounts of another asset in the program or the budget.
    #[error("{what} is in {found}, but the program pays in {expected}")]
    AssetsDiffer {
        /// What.
        what: &'static str,
        /// Its asset.
        found: Asset,
        /// The program's asset.
        expected: Asset,
    },
    /// The program names a table that it does not have.
    #[error("program `{program}` has no table `{table}`")]
    MissingTable {
        /// The program.
        program: String,
        /// The table.
        table: String,
    },
    /// More than the engine counts with.
    #[error("{what} is beyond the range of exact arithmetic")]
    Overflow {
        /// What.
        what: String,
    },
    /// The division failed.
    #[error("{partition} cannot be divided")]
    Allocate {
        /// The partition, creator or video.
        partition: String,
        /// Why.
        #[source]
        source: AllocateError,
    },
    /// Two lines have one id: the hash collided, which nobody has ever seen.
    #[error("the lines of video `{first}` and video `{second}` have the same id {id}")]
    LineIdCollision {
        /// The id.
        id: String,
        /// One video.
        first: String,
        /// The other.
        second: String,
    },
}

impl SettleError {
    /// Stable code of the error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotSettled { .. } => "settle/not-settled",
            Self::DuplicateSnapshot { .. } => "settle/duplicate-snapshot",
            Self::BrokenFacts { .. } => "settle/broken-facts",
            Self::FactsWithoutPayer { .. } => "settle/facts-without-payer",
            Self::MissingLookback { .. } => "settle/missing-lookback",
            Self::UnknownName { .. } => "settle/unknown-name",
            Self::MisplacedName { .. } => "settle/misplaced-name",
            Self::Formula { .. } => "settle/formula",
            Self::OutOfRange { .. } => "settle/out-of-range",
            Self::AssetsDiffer { .. } => "settle/assets-differ",
            Self::MissingTable { .. } => "settle/missing-table",
            Self::Overflow { .. } => "settle/overflow",
            Self::Allocate { .. } => "settle/allocate",
            Self::LineIdCollision { .. } => "settle/line-id-collision",
        }
    }

    pub(crate) fn overflow(what: impl Into<String>) -> Self {
        Self::Overflow { what: what.into() }
    }
}
