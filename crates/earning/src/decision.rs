//! Decisions about creators and videos: who takes part, and why not.

use crate::partition::Partition;
use jiff::civil::Date;
use money::Money;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A name of a formula with its value in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedValue {
    /// The name as written in the formula.
    pub name: Arc<str>,
    /// Its value; `not known` for an unknown one.
    pub value: String,
}

/// A condition that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Its place among the program's conditions on the subject, from 0.
    pub condition: u32,
    /// The condition as written.
    pub formula: Arc<str>,
    /// The program author's reason.
    pub because: Option<Arc<str>>,
    /// A name in it whose value is not known: then the condition could not be decided, and fails.
    pub not_known: Option<Arc<str>>,
    /// The names in it with their values.
    pub values: Vec<NamedValue>,
}

/// What was decided about a creator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreatorDecision {
    /// The creator.
    pub creator: Arc<str>,
    /// The first condition that fails; `None`: eligible.
    pub failure: Option<Failure>,
    /// Views of the creator's videos in the period.
    pub views: u64,
    /// Those that qualified.
    pub qualified_views: u64,
    /// What the creator's lines add up to.
    #[serde(with = "crate::amount")]
    pub amount: Money,
    /// How many lines.
    pub lines: u32,
    /// Whether and when that is payable; `None` without lines.
    pub payable: Option<Payability>,
}

impl CreatorDecision {
    /// True when every condition holds.
    pub const fn is_eligible(&self) -> bool {
        self.failure.is_none()
    }
}

/// Whether this run's amount alone can be paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Payability {
    /// It reaches the threshold.
    PayableOn {
        /// First day on which it can be paid.
        date: Date,
    },
    /// It does not, by itself.
    BelowThreshold {
        /// First day on which it could be paid.
        date: Date,
        /// Smallest payable amount.
        #[serde(with = "crate::amount")]
        threshold: Money,
        /// What happens to it.
        then: Below,
    },
}

/// What happens to an amount below the threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Below {
    /// It is carried to the next payout.
    Roll,
    /// It may expire.
    Expire,
}

/// What was decided about a video.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VideoDecision {
    /// The video.
    pub video: Arc<str>,
    /// Its creator, if known.
    pub creator: Option<Arc<str>>,
    /// The decision.
    pub verdict: Verdict,
    /// Its places in line-ups, for programs that have them.
    pub line_up: Option<Box<LineUp>>,
    /// Views in the period.
    pub views: u64,
    /// Those that qualified.
    pub qualified_views: u64,
    /// What it earned.
    #[serde(with = "crate::amount")]
    pub amount: Money,
}

/// Whether a video takes part in the division, and if not, why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// It has a line.
    Paid,
    /// Neither a snapshot nor a view says who made it.
    CreatorUnknown,
    /// Its creator may not earn here.
    CreatorNotEligible,
    /// A condition on the video fails.
    NotEligible {
        /// Which one.
        failure: Failure,
    },
    /// A value which the money depends on is not known, and is not guessed.
    NotKnown {
        /// The name in the formula.
        variable: Arc<str>,
    },
    /// It is in no line-up.
    OutsideLineUp,
    /// It takes part, and nothing of it counts: weight, units or revenue are zero.
    NoWeight,
}

impl Verdict {
    /// Stable name in stored data.
    pub const fn name(&self) -> &'static str {
        match self {
            Verdict::Paid => "paid",
            Verdict::CreatorUnknown => "creator_unknown",
            Verdict::CreatorNotEligible => "creator_not_eligible",
            Verdict::NotEligible { .. } => "not_eligible",
            Verdict::NotKnown { .. } => "not_known",
            Verdict::OutsideLineUp => "outside_line_up",
            Verdict::NoWeight => "no_weight",
        }
    }
}

/// A video's places in the line-ups of the period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineUp {
    /// In how many groups it was a candidate.
    pub groups: u32,
    /// In how many of them it took part.
    pub entered: u32,
    /// Its best place: furthest inside, or nearest to the cutoff.
    pub best: Place,
}

/// A place in one group's ranking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The group.
    pub group: Partition,
    /// Rank by score, from 1; equal scores by video id.
    pub rank: u64,
    /// The last rank that takes part.
    pub cutoff: u64,
    /// Candidates in the group.
    pub candidates: u64,
    /// The score.
    pub score: Decimal,
    /// The score of the last video that takes part; `None`: none does.
    pub cutoff_score: Option<Decimal>,
}
