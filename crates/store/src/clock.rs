//! When what is written is recorded. Recorded time is the database's own where it has a clock, else this machine's, so that nobody
//! chooses it; only books that were made for tests are told.
//!
//! A clock that was wrong for once has recorded times that are still to come. Nothing is written after them until somebody says
//! that they are wrong ([`Tx::mend_clock`]): from then on time is the clock's again.

use crate::error::StoreError;
use crate::record::NewRecord;
use crate::times::Mended;
use crate::tx::Tx;
use jiff::{SignedDuration, Timestamp};

/// Clocks of different machines differ by this much without anybody's fault: what is recorded then bears the time of what was
/// recorded before it.
pub const DRIFT: SignedDuration = SignedDuration::from_mins(10);

/// When a write is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// When the database's clock says it is.
    ByClock,
    /// At this instant, or when the last transaction was recorded if that is later: for tests.
    At(Timestamp),
}

impl From<Timestamp> for Recorded {
    fn from(at: Timestamp) -> Self {
        Recorded::At(at)
    }
}

impl Recorded {
    /// The instant of a write after one that was recorded at `last`, by a clock that shows `clock`. Recorded time does not go
    /// back: what is recorded of a month does not change afterwards.
    pub(crate) fn after(
        self,
        last: Option<Timestamp>,
        clock: Timestamp,
        store: &str,
    ) -> Result<Timestamp, StoreError> {
        let last = last.unwrap_or(clock);
        match self {
            Recorded::ByClock if last.duration_since(clock) > DRIFT => Err(StoreError::ClockBehind {
                store: store.to_owned(),
                last,
                clock,
            }),
            Recorded::ByClock | Recorded::At(_) => Ok(clock.max(last)),
        }
    }
}

/// Record that says which transactions were recorded by a wrong clock.
const KIND: &str = "clock";
const ID: &str = "mended";

impl Tx<'_> {
    /// Says that the last transactions and records were written by a clock that was wrong: those that follow are recorded by the clock. False:
    /// they were not, and nothing was done. Needs a write that is [recorded by the clock](Recorded::ByClock).
    pub fn mend_clock(&mut self, reason: &str) -> Result<bool, StoreError> {
        let head = self.backend.head()?;
        let records = self.record_head()?.unwrap_or_default();
        let last = head.recorded.max(records.recorded);
        let behind = self.recorded.after(last, self.now, self.backend.place());
        if !matches!(behind, Err(StoreError::ClockBehind { .. })) {
            return Ok(false);
        }
        self.records = Some(records);
        let version = self.record(KIND, ID)?.map_or(0, |record| record.version) + 1;
        let body =
            serde_json::json!({ "through": head.transaction, "records": records.records, "reason": reason })
                .to_string();
        self.put(&[NewRecord {
            kind: KIND.to_owned(),
            id: ID.to_owned(),
            version,
            body,
        }])?;
        Ok(true)
    }

    /// What was said of clocks that were wrong, in order.
    pub(crate) fn mended(&mut self) -> Result<Vec<Mended>, StoreError> {
        let versions = self.record_versions(KIND, ID)?;
        let mended = versions.iter().map(|record| {
            let body: serde_json::Value = serde_json::from_str(&record.body).unwrap_or_default();
            let number = |name: &str| body[name].as_u64().unwrap_or(0);
            Mended {
                through: number("through"),
                records: number("records"),
                at: record.recorded,
            }
        });
        Ok(mended.collect())
    }

    /// True if the last transaction, of this number, was said to have a wrong time.
    pub(crate) fn is_mended(&mut self, last: u64) -> Result<bool, StoreError> {
        Ok(self.mended()?.iter().any(|mended| mended.through == last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recorded_time_does_not_go_back_and_no_wrong_clock_is_believed() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let clock = at(1_000_000);
        let after = |recorded: Recorded, last| recorded.after(last, clock, "books").ok();
        for recorded in [Recorded::ByClock, Recorded::At(clock)] {
            assert_eq!(after(recorded, None), Some(clock));
            assert_eq!(after(recorded, Some(at(999_999))), Some(clock));
            assert_eq!(after(recorded, Some(at(1_000_600))), Some(at(1_000_600)));
        }
        assert_eq!(after(Recorded::ByClock, Some(at(1_000_601))), None);
        assert_eq!(
            after(Recorded::At(clock), Some(at(1_000_601))),
            Some(at(1_000_601))
        );
    }
}
