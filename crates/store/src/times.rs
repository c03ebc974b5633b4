//! Recorded times, checked. No hash of a transaction holds when it was recorded, but the chain of records holds when each version
//! was written and how many transactions there were then: whoever moves the times of transactions moves them past a record.
//!
//! Between two records that were written one after the other times can still be moved unseen; every use case that decides
//! anything writes a record. Two clocks may differ by [`DRIFT`]. Times that somebody has said to be wrong are excused, and those
//! only.

use crate::chain::Link;
use crate::clock::DRIFT;
use crate::verify::Checked;
use jiff::Timestamp;

/// Transactions and records whose times were said to be wrong by [`mend_clock`](crate::Tx::mend_clock).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mended {
    /// The last transaction there was.
    pub through: u64,
    /// The last version of a record there was.
    pub records: u64,
    /// When it was said, by the right clock.
    pub at: Timestamp,
}

/// When transactions were recorded, as they are read.
pub(crate) struct Times {
    mended: Vec<Mended>,
    /// The first transaction that was recorded at an instant, and the instant: one entry a write.
    from: Vec<(u64, Timestamp)>,
    is_moved: bool,
}

impl Times {
    /// Times of which none was read yet.
    pub(crate) fn new(mended: Vec<Mended>) -> Times {
        Times {
            mended,
            from: Vec::new(),
            is_moved: false,
        }
    }

    /// Takes the next transaction. Recorded time never goes back, but after a clock that was mended.
    pub(crate) fn take(&mut self, number: u64, recorded: Timestamp, checked: &mut Checked) {
        let last = self.from.last().map(|(_, last)| *last);
        let is_mended = self.mended.iter().any(|mended| mended.through + 1 == number);
        if last.is_some_and(|last| recorded < last) && !is_mended {
            checked.find(
                format!("transaction {number}"),
                "it was recorded before the one before it: recorded time never goes back",
            );
        }
        if last != Some(recorded) {
            self.from.push((number, recorded));
        }
    }

    /// Compares a version of a record with the transactions that were there when it was written and with those that were not.
    /// The first that does not fit is told, with what a moved time means for the rest.
    pub(crate) fn compare(&mut self, link: &Link, place: &str, last: u64, checked: &mut Checked) {
        // Where no transactions were noted there may have been some: books from before the chain.
        let is_noted = link.transactions > 0;
        let Some(written) = link.recorded.filter(|_| is_noted && !self.is_moved) else {
            return;
        };
        let told = [
            (link.transactions, "before", 1),
            (link.transactions + 1, "after", -1),
        ];
        for (number, order, sign) in told {
            if number > last {
                continue;
            }
            let recorded = self.at(number);
            let ahead = recorded.duration_since(written);
            if ahead * sign <= DRIFT || self.is_excused(number, recorded, link, written) {
                continue;
            }
            self.is_moved = true;
            checked.find(
                format!("transaction {number}"),
                format!(
                    "it says that it was recorded at {recorded}, but was booked {order} {place}, which was written at {written}: recorded times were moved, of this transaction and perhaps of others"
                ),
            );
            return;
        }
    }

    fn at(&self, number: u64) -> Timestamp {
        let after = self.from.partition_point(|(first, _)| *first <= number);
        let entry = after.checked_sub(1).and_then(|at| self.from.get(at));
        entry.map_or(Timestamp::MIN, |(_, recorded)| *recorded)
    }

    fn is_excused(&self, number: u64, recorded: Timestamp, link: &Link, written: Timestamp) -> bool {
        self.mended.iter().any(|mended| {
            let is_ahead = |time: Timestamp| time.duration_since(mended.at) > DRIFT;
            (number <= mended.through && is_ahead(recorded))
                || (link.number <= mended.records && is_ahead(written))
        })
    }
}
