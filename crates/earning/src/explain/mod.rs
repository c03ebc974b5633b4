//! Explanations: an amount taken apart in words and numbers, and why there is none.
//!
//! An explanation is a tree: each statement stands on the ones below it, down to counted views and the ids of
//! events. Nothing in it is computed another way than settlement computed it: formulas are evaluated
//! again from the same inputs, and an explanation that would say another number than was paid is refused.

mod creator;
mod line;
mod words;

pub use creator::{creator, video};
pub use line::line;
pub(crate) use words::grouped;

use crate::error::SettleError;
use crate::inputs::Inputs;
use crate::line::{Line, Unit};
use crate::report::Report;
use policy::qualification::Rule;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A statement with the statements it stands on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// What it is about.
    pub topic: Topic,
    /// The statement in words.
    pub text: String,
    /// Its figures by name, as text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub figures: Vec<Figure>,
    /// What it stands on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<Explanation>,
}

/// A figure of a statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// What a statement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// A line's amount.
    Amount,
    /// One unit of it.
    Unit,
    /// A formula with its values.
    Formula,
    /// A value that was looked up in a table.
    Table,
    /// A part of a pool or of revenue.
    Share,
    /// A pool, from gross to the creators' part.
    Pool,
    /// A cap.
    Cap,
    /// A rounding.
    Rounding,
    /// Counted views and their verdicts.
    Facts,
    /// An event.
    Event,
    /// A creator and the conditions.
    Creator,
    /// A video and the conditions.
    Video,
    /// A condition.
    Condition,
    /// A line-up.
    LineUp,
    /// When the money is payable.
    Payable,
}

impl Explanation {
    pub(crate) fn new(topic: Topic, text: impl Into<String>) -> Self {
        Explanation {
            topic,
            text: text.into(),
            figures: Vec::new(),
            because: Vec::new(),
        }
    }

    pub(crate) fn figure(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.figures.push(Figure {
            name: name.to_owned(),
            value: value.to_string(),
        });
        self
    }

    pub(crate) fn because(mut self, reasons: impl IntoIterator<Item = Explanation>) -> Self {
        self.because.extend(reasons);
        self
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, depth: usize) -> fmt::Result {
        let mut lines = self.text.lines();
        let bullet = if depth == 0 { "" } else { "- " };
        let indent = "  ".repeat(depth.saturating_sub(1));
        writeln!(f, "{indent}{bullet}{}", lines.next().unwrap_or_default())?;
        for line in lines {
            writeln!(f, "{indent}{}{line}", " ".repeat(bullet.len()))?;
        }
        self.because
            .iter()
            .try_for_each(|reason| reason.write(f, depth + 1))
    }
}

/// The statements as an indented list.
impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, 0)
    }
}

/// An event that shows what was counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleEvent {
    /// Id of the event.
    pub id: String,
    /// The rule that rejected it; `None`: it qualified.
    pub rejected: Option<Rule>,
    /// What it was, in a few words: time, seconds watched, country.
    pub detail: String,
}

/// What a line is explained from.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// The inputs of the run. Facts and snapshots may be cut down to the videos of the line's creator.
    pub inputs: &'a Inputs<'a>,
    /// The line.
    pub line: &'a Line,
    /// Its units.
    pub units: &'a [Unit],
    /// The report of the run.
    pub report: &'a Report,
    /// Events of the video, some of each verdict.
    pub samples: &'a [SampleEvent],
}

/// Why a line cannot be explained.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExplainError {
    /// The inputs cannot be read as a settlement reads them.
    #[error("the inputs of line {line} cannot be evaluated again")]
    Inputs {
        /// The line.
        line: String,
        /// Why.
        #[source]
        source: Box<SettleError>,
    },
    /// The inputs do not have the unit.
    #[error(
        "line {line} has a unit in `{country}` that the facts do not have: these are not the run's inputs"
    )]
    UnitMissing {
        /// The line.
        line: String,
        /// The unit's country.
        country: String,
    },
    /// The formula gives something else now.
    #[error(
        "line {line} was paid for {stored}, but `{formula}` gives {computed}: these are not the run's inputs"
    )]
    Differs {
        /// The line.
        line: String,
        /// The formula.
        formula: String,
        /// Value in the unit.
        stored: String,
        /// Value from the inputs.
        computed: String,
    },
    /// The report does not have the unit's partition.
    #[error("line {line} has a unit in partition {partition}, which the report does not have")]
    PartitionMissing {
        /// The line.
        line: String,
        /// Index of the partition.
        partition: u32,
    },
}
