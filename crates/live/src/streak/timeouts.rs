//! How long a streak waits for its next frame.

use jiff::{SignedDuration, Timestamp};

/// The time-outs of a program's versions. A streak has the one that was in force when it began: so which frames are of one streak is
/// decided by the frames, and not by when they are booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeouts {
    first: SignedDuration,
    /// Later ones with the time from which each is in force, in the order of time.
    later: Vec<(Timestamp, SignedDuration)>,
}

impl Timeouts {
    /// One time-out for all time.
    pub const fn always(timeout: SignedDuration) -> Timeouts {
        Timeouts {
            first: timeout,
            later: Vec::new(),
        }
    }

    /// The same with another time-out from some time on, which lies behind those that were given before.
    #[must_use]
    pub fn then(mut self, from: Timestamp, timeout: SignedDuration) -> Timeouts {
        debug_assert!(self.later.last().is_none_or(|(before, _)| *before <= from));
        self.later.push((from, timeout));
        self
    }

    /// The time-out of a streak that began at a time.
    pub(super) fn from(&self, began: Timestamp) -> SignedDuration {
        let until = self.later.partition_point(|(from, _)| *from <= began);
        let last = until.checked_sub(1).map(|last| self.later[last].1);
        last.unwrap_or(self.first)
    }

    /// The longest of them.
    pub(super) fn longest(&self) -> SignedDuration {
        let later = self.later.iter().map(|(_, timeout)| *timeout);
        later.fold(self.first, SignedDuration::max)
    }
}
