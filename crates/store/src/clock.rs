//! When what is written is recorded. Recorded time is the database's own where it has a clock, else this machine's, so that nobody
//! chooses it; only books that were made for tests are told.
//!
//! A clock that was wrong for once has recorded times that are still to come. Nothing is written after them until somebody says
//! that they are wrong ([`Store::mend_clock`]): from then on time is the clock's again.

use crate::backend::{Backend, Head};
use crate::change::By;
use crate::error::StoreError;
use crate::record::NewRecord;
use crate::tx::Store;
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

/// The command of the only change that may be recorded before the one before it.
pub(crate) const MEND: &str = "ledger mend-clock";
/// Record that says why.
const KIND: &str = "clock";
const ID: &str = "mended";

impl Store {
    /// Says that the last transactions and records were written by a clock that was wrong: what follows is recorded by the clock. False:
    /// they were not, and nothing was done.
    pub fn mend_clock(&mut self, actor: &str, reason: &str) -> Result<bool, StoreError> {
        let by = By::new(actor, MEND);
        let clock = |backend: &mut dyn Backend, _: &Head| backend.clock();
        self.write_at(by, clock, |tx| {
            let after = Recorded::ByClock.after(tx.head.change.recorded, tx.now, "");
            if after.is_ok() {
                return Ok(false);
            }
            let version = tx.record(KIND, ID)?.map_or(0, |record| record.version) + 1;
            tx.put(&[NewRecord {
                kind: KIND.to_owned(),
                id: ID.to_owned(),
                version,
                body: serde_json::json!({ "reason": reason }).to_string(),
            }])?;
            Ok(true)
        })
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
