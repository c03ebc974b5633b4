//! A checked program: the meaning of a program document, ready to settle.

pub use crate::condition::Condition;
use crate::conversion::Conversion;
use crate::qualification::Qualification;
use formula::Formula;
use money::{Asset, Money, Ratio};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// One version of a program.
#[derive(Clone, Debug)]
pub struct Program {
    /// Stable id, e.g. `creator-fund`.
    pub id: String,
    /// Version number from 1.
    pub version: u32,
    /// Name for people.
    pub name: String,
    /// What it pays for, in a sentence or two.
    pub summary: String,
    /// First day on which this version is in force (UTC).
    pub effective_from: jiff::civil::Date,
    /// Currency and scale of its money, e.g. USD/6.
    pub asset: Asset,
    /// Length of a settled period.
    pub period: PeriodKind,
    /// What counts as a qualified view.
    pub qualification: Qualification,
    /// Conditions on creator, in document order; all must hold.
    pub creator_conditions: Vec<Condition>,
    /// Conditions on video, in document order; all must hold.
    pub video_conditions: Vec<Condition>,
    /// Lookup tables by name: the formula variable `name` is the row's value.
    pub tables: BTreeMap<String, Table>,
    /// How money is divided.
    pub mechanism: Mechanism,
    /// Caps, applied in document order.
    pub caps: Vec<Cap>,
    /// When lines become payable, and from which amount.
    pub payable: Payable,
    /// Look-back windows which the conditions and formulas use, sorted and unique.
    pub lookbacks: Vec<Lookback>,
    /// Lower-case hex BLAKE3 of the document's bytes.
    pub hash: String,
    /// The document as written.
    pub source: String,
}

impl Program {
    /// The conversion, where that is the program's mechanism.
    pub fn conversion(&self) -> Option<&Conversion> {
        match &self.mechanism {
            Mechanism::Conversion(conversion) => Some(conversion),
            Mechanism::Pool(_) | Mechanism::Rate(_) | Mechanism::Share(_) => None,
        }
    }
}

/// Length of a settled period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PeriodKind {
    /// One UTC day.
    Day,
    /// One calendar month (UTC).
    Month,
}

/// A lookup table: the value for a key, e.g. a factor by country.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Which variable is looked up: `country`, `video.category`, ...
    pub by: String,
    /// Value for a key that is not listed.
    pub default: Decimal,
    /// Values by key.
    pub values: BTreeMap<String, Decimal>,
}

/// How money is divided.
#[derive(Clone, Debug)]
pub enum Mechanism {
    /// A pool divided in proportion to weight.
    Pool(Pool),
    /// Units times a rate.
    Rate(Rate),
    /// A share of attributed revenue.
    Share(Share),
    /// Money to tokens to units to money, gift by gift. Nothing of it is settled by period.
    Conversion(Box<Conversion>),
}

/// What a pool or a share is kept apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PartitionKey {
    /// UTC day.
    Day,
    /// Viewer's country.
    Country,
    /// Video's category.
    Category,
    /// The viewer who pays.
    Payer,
}

impl PartitionKey {
    /// Every key.
    pub const ALL: [PartitionKey; 4] = [
        PartitionKey::Day,
        PartitionKey::Country,
        PartitionKey::Category,
        PartitionKey::Payer,
    ];

    /// The name in documents and reports.
    pub const fn name(self) -> &'static str {
        match self {
            PartitionKey::Day => "day",
            PartitionKey::Country => "country",
            PartitionKey::Category => "category",
            PartitionKey::Payer => "payer",
        }
    }
}

/// Where a pool's money comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PoolSource {
    /// The same amount in every partition.
    Fixed(Money),
    /// Fixed amount per key of a table (by `country`, `day`, `category` or `payer`), 0 or default otherwise.
    Table(String),
    /// The attributed advertising revenue of the partition.
    AdRevenue,
    /// `funding` events of this program: per partition as far as they name it. Money that names no country
    /// (or payer) is divided over the partitions in proportion to their total weight.
    Funding,
}

/// What happens to a partition without weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmptyPool {
    /// The platform keeps the money.
    Keep,
    /// The money is divided over the period's other partitions by weight.
    Redistribute,
}

impl EmptyPool {
    /// The name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            EmptyPool::Keep => "keep",
            EmptyPool::Redistribute => "redistribute",
        }
    }
}

/// Mechanism `pool`.
#[derive(Clone, Debug)]
pub struct Pool {
    /// Where the money comes from.
    pub source: PoolSource,
    /// Partition keys, in order; empty: one pool per period.
    pub partition: Vec<PartitionKey>,
    /// Deductions before anything is divided, in order.
    pub deductions: Vec<Deduction>,
    /// Weight of a unit (one video in one country, day or payer, as partitioned).
    pub weight: Formula,
    /// Part of the pool that goes elsewhere, in proportion to weight.
    pub carve_out: Option<CarveOut>,
    /// The creators' share of what is left.
    pub creator_share: Ratio,
    /// What happens to a partition without weight.
    pub on_empty: EmptyPool,
    /// Only the best-scored videos take part.
    pub top: Option<Top>,
}

/// A carve-out: `P' = P * sum(w * keep) / sum(w)`; the rest goes to the beneficiary.
#[derive(Clone, Debug)]
pub struct CarveOut {
    /// Formula for the part kept, from 0 to 1.
    pub keep: Formula,
    /// Whom the rest goes to, in words.
    pub beneficiary: String,
}

/// Mechanism `rate`: `units / per * rate`.
#[derive(Clone, Debug)]
pub struct Rate {
    /// Number of paid units.
    pub units: Formula,
    /// Units per rate: 1000 or 1.
    pub per: u32,
    /// Money per `per` units, in the program's currency.
    pub rate: Formula,
}

/// Mechanism `share`.
#[derive(Clone, Debug)]
pub struct Share {
    /// Revenue attributed to the unit, in the program's currency (usually `ad_revenue`).
    pub revenue: Formula,
    /// Partition keys of report and ranking.
    pub partition: Vec<PartitionKey>,
    /// Deductions before the share, in order.
    pub deductions: Vec<Deduction>,
    /// The creators' share of net revenue.
    pub creator_share: Ratio,
    /// Only the best-scored videos take part.
    pub top: Option<Top>,
}

/// A deduction: a part of what is left at its turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deduction {
    /// Name shown in the report.
    pub name: String,
    /// The part taken.
    pub part: Ratio,
}

/// A line-up: the best part of videos by score. `ceil(part * candidates)` videos take part in each group;
/// ties by video id.
#[derive(Clone, Debug)]
pub struct Top {
    /// The part that takes part.
    pub part: Ratio,
    /// Ranked within each combination of these keys (`Day`, `Category`).
    pub by: Vec<PartitionKey>,
    /// Score; higher is better.
    pub score: Formula,
}

/// What a cap bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CapScope {
    /// One video's line in the period.
    Video,
    /// All lines of a creator in the period.
    Creator,
    /// The whole program over its life: a budget, consumed in period order.
    Budget,
}

impl CapScope {
    /// The name in documents and reports.
    pub const fn name(self) -> &'static str {
        match self {
            CapScope::Video => "video",
            CapScope::Creator => "creator",
            CapScope::Budget => "budget",
        }
    }
}

/// A cap. When exceeded, its lines are reduced in proportion, by largest remainder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cap {
    /// What is bounded.
    pub scope: CapScope,
    /// The bound.
    pub amount: Money,
}

/// What happens to money below the payout threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BelowThreshold {
    /// It is carried to the next payout.
    Roll,
    /// It may expire.
    Expire,
}

impl BelowThreshold {
    /// The name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            BelowThreshold::Roll => "roll",
            BelowThreshold::Expire => "expire",
        }
    }
}

/// When money becomes payable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payable {
    /// Days after the period's end after which an estimate is final.
    pub hold_days: u32,
    /// Months after the period's month in which it is paid; `None`: as soon as the hold is over.
    pub after_months: Option<u32>,
    /// Day of that month.
    pub day: Option<u8>,
    /// Smallest payable amount per creator.
    pub threshold: Money,
    /// What happens below it.
    pub below: BelowThreshold,
}

/// Whom a look-back is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LookbackSubject {
    /// All videos of a creator.
    Creator,
    /// One video.
    Video,
}

/// What a look-back counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LookbackMeasure {
    /// Stored views.
    Views,
    /// Qualified views under the program's own thresholds, once per day.
    QualifiedViews,
    /// Videos published.
    Posts,
}

/// A look-back window: the formula variable `creator.views_30d` is
/// `{ Creator, Views, 30 }`: the 30 days before the period's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lookback {
    /// Whose.
    pub subject: LookbackSubject,
    /// What.
    pub measure: LookbackMeasure,
    /// Days before the period's end, the period's last day included: 1 to 400.
    pub days: u16,
}
