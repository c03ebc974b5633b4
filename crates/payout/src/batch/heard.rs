//! What is known of a payout from outside: where its money was seen, what a bank took on, who said what became of it.

use super::state::PayoutState;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use money::Money;
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
    /// The time of that day by the bank's clock, where it says one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Time>,
    /// How much it was: of the entry, and of the payment where the bank says so.
    #[serde(default, with = "crate::amount::list", skip_serializing_if = "Vec::is_empty")]
    pub amounts: Vec<Money>,
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

/// A statement, as far as it must be told from another one of its account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatementSeen {
    /// The same of every copy of it, and of no other one: banks use an id again.
    pub digest: String,
    /// What is on it, with its balances: the same of what was fetched again under another id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// The first and the last day it is of, as far as they are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<[Date; 2]>,
    /// From when to when the bank says that it is, by its own clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<[DateTime; 2]>,
    /// The balances that it begins and ends with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balances: Option<[String; 2]>,
    /// The message that it stood in, and its place there, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<(String, u32)>,
}

impl StatementSeen {
    /// Whether both are one statement that was fetched or made twice.
    pub fn is_copy_of(&self, other: &Self) -> bool {
        self.digest == other.digest || self.content.is_some() && self.content == other.content
    }

    /// Whether the other one is of a longer time, all of its own with it: a month's statement shows again what a day's has shown.
    pub fn is_within(&self, other: &Self) -> bool {
        let days = self.days.zip(other.days);
        days.is_some_and(|(own, longer)| own != longer && contains(longer, own)) || self.is_said_within(other)
    }

    /// The same, where the bank says of the longer one of which time it is: then all of this one is on that.
    pub fn is_said_within(&self, other: &Self) -> bool {
        let Some(longer) = other.span.map(whole_days) else {
            return false;
        };
        let own = match (self.span, self.days) {
            (Some(span), _) => Some(whole_days(span)),
            (None, Some([first, last])) => Some([first.at(0, 0, 0, 0), end_of(last)]),
            (None, None) => None,
        };
        own.is_some_and(|own| own != longer && contains(longer, own))
    }

    /// Whether one follows the other, so that neither shows again what the other has shown: one begins with the balance that the other
    /// ends with, their times do not overlap, or they are two of one message.
    pub fn is_apart_from(&self, other: &Self) -> bool {
        if self.is_copy_of(other) || self.is_within(other) || other.is_within(self) {
            return false;
        }
        // What ends alike may be the last part of a day and the whole of it.
        let by_balance = self.balances.as_ref().zip(other.balances.as_ref());
        let by_balance = by_balance.is_some_and(|(one, other)| {
            one[0] != other[0] && one[1] != other[1] && (one[1] == other[0] || other[1] == one[0])
        });
        let by_time = self.span.zip(other.span).is_some_and(|(one, other)| {
            let [one, other] = [one, other].map(whole_days);
            one[1] <= other[0] || other[1] <= one[0]
        });
        let places = self.place.as_ref().zip(other.place.as_ref());
        let by_place = places.is_some_and(|(one, other)| one.0 == other.0 && one.1 != other.1);
        by_balance || by_time || by_place
    }
}

fn contains<T: PartialOrd>(longer: [T; 2], own: [T; 2]) -> bool {
    longer[0] <= own[0] && own[1] <= longer[1]
}

fn end_of(day: Date) -> DateTime {
    day.at(23, 59, 59, 999_999_999)
}

/// A time that ends at midnight may be meant with all of that day.
fn whole_days([from, to]: [DateTime; 2]) -> [DateTime; 2] {
    match to.time() == Time::midnight() {
        true => [from, end_of(to.date())],
        false => [from, to],
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
