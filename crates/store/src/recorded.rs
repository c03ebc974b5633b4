//! When what is written is recorded.

use crate::error::StoreError;
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
