//! What is known of a payout from outside: where its money was seen, what a bank took on, who said what became of it.

use super::payout::PayoutState;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Where a statement showed a payout's money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// The bank's own reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// What it meant.
    pub outcome: PayoutState,
    /// The day it was booked, as far as it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<Date>,
    /// The bank's reference of the entry that it was a detail of, where the detail had one of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// The ids of its transaction, each with its name before it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transactions: Vec<String>,
    /// The number of its statement, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
    /// The statement that showed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown_in: Option<StatementSeen>,
    /// Whether another statement showed it, too, which is neither a copy of that one nor of a longer time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub repeated: bool,
    /// As what another statement showed it in the other form, as a sum or alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pair: Option<String>,
    /// Whether it stood alone or in the sum of its part of the file.
    #[serde(default, skip_serializing_if = "Booking::is_single")]
    pub booking: Booking,
    /// Whether it was only shown beside a break: it counts against money being free, and explains no other statement.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub doubted: bool,
}

/// A statement, as far as it must be told from another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatementSeen {
    /// The same of every copy of it, and of no other one: banks use an id again.
    pub digest: String,
    /// The first and the last day it is of, as far as they are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<[Date; 2]>,
}

impl StatementSeen {
    /// Whether the other one is of more days, all of its own with them: a month's statement shows again what a day's has shown.
    pub fn is_within(&self, other: &Self) -> bool {
        let days = self.days.zip(other.days);
        days.is_some_and(|(own, longer)| own != longer && longer[0] <= own[0] && own[1] <= longer[1])
    }
}

/// That a bank has a payout, without having moved its money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    /// The status, as the bank wrote it, or a word of ours where it has none.
    pub status: String,
    /// The status report's digest; none of a statement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<String>,
    /// When the bank said so, as far as it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// The day of that by the bank's own clock, or that of a pending debit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<Date>,
}

/// How a bank booked a payout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Booking {
    /// With its own reference.
    #[default]
    Single,
    /// With others, as one sum.
    Sum,
}

impl Booking {
    pub(super) const fn is_single(&self) -> bool {
        matches!(self, Booking::Single)
    }
}

/// Who brought in what became of a payout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Told {
    /// What it became.
    pub to: PayoutState,
    /// By whom.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// The hash of the bank's answer (BLAKE3, hexadecimal); none if a person said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}
