//! What a settlement is a function of.

use event::snapshot::{CreatorSnapshot, Funding, VideoSnapshot};
use facts::Facts;
use money::Money;
use policy::period::Period;
use policy::program::{Lookback, Program};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything that decides a settlement, and nothing else does.
///
/// The order of rows, snapshots and funding does not matter: settlement puts all of it into canonical
/// order (ids by their bytes) first.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// The program version in force at the period's start.
    pub program: &'a Program,
    /// The period; facts and funding of other days are left out.
    pub period: &'a Period,
    /// Counts under the program's own qualification.
    pub facts: &'a Facts,
    /// Creators as in force at the period's end; at most one per id.
    pub creators: &'a [CreatorSnapshot],
    /// Videos as in force at the period's end; at most one per id.
    pub videos: &'a [VideoSnapshot],
    /// Money put into pools; rows of other programs are left out.
    pub funding: &'a [Funding],
    /// Look-back counts for the program's windows.
    pub lookbacks: &'a LookbackCounts,
    /// What earlier periods of this program spent of its budget.
    pub budget_spent: Money,
}

/// Counts in the windows before the period's end, by subject id; an absent subject has 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LookbackCounts {
    /// By window and subject.
    pub counts: BTreeMap<Lookback, BTreeMap<Arc<str>, u64>>,
}

impl LookbackCounts {
    /// The count of a subject in a window.
    pub fn get(&self, lookback: &Lookback, subject: &str) -> u64 {
        self.counts
            .get(lookback)
            .and_then(|subjects| subjects.get(subject))
            .copied()
            .unwrap_or(0)
    }
}
