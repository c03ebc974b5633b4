//! The days that a job counts.

use super::KernelError;
use super::row::DAY_MS;
use crate::funnel::days_since_epoch;
use jiff::civil::Date;

/// The longest span in days: what ten bits can number.
const MOST_DAYS: i32 = 1_024;

/// A span of UTC days.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    /// First day, from 1970-01-01.
    pub first_day: i32,
    /// How many days.
    pub days: i32,
}

impl Span {
    pub(crate) fn new(from: Date, to: Date) -> Result<Self, KernelError> {
        let first_day = days_since_epoch(from);
        let days = days_since_epoch(to) - first_day;
        if !(1..=MOST_DAYS).contains(&days) {
            return Err(KernelError::Span { from, to });
        }
        Ok(Span { first_day, days })
    }

    /// Milliseconds from 1970 to its start.
    pub(crate) fn start_ms(self) -> i64 {
        i64::from(self.first_day) * DAY_MS as i64
    }

    /// Its length in milliseconds.
    pub(crate) fn length_ms(self) -> u64 {
        self.days as u64 * DAY_MS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_span_has_one_to_1024_days() {
        let from = date(2026, 10, 5);
        assert!(Span::new(from, from).is_err());
        assert_eq!(Span::new(from, date(2026, 10, 6)).unwrap().length_ms(), DAY_MS);
        assert!(Span::new(from, date(2030, 1, 1)).is_err());
    }
}
