//! Settled periods: UTC days and calendar months, `[start, end)`.
//!
//! No function here knows what day it is: whether a period is over is the caller's question.

use crate::program::{Payable, PeriodKind};
use jiff::ToSpan;
use jiff::civil::Date;
use std::fmt;

/// A period that a program settles as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Period {
    kind: PeriodKind,
    start: Date,
}

/// A text is not a period of the asked kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    /// A month where a day is asked for.
    #[error("`{text}` is a month, and this program settles days: write a day, e.g. {text}-01")]
    DayExpected {
        /// What was given.
        text: String,
    },
    /// A day where a month is asked for.
    #[error("`{text}` is a day, and this program settles months: write {month}")]
    MonthExpected {
        /// What was given.
        text: String,
        /// The month of that day.
        month: String,
    },
    /// Neither.
    #[error("`{text}` is not a {}: write it as {}", .kind.name(), .kind.example())]
    Unreadable {
        /// What was given.
        text: String,
        /// What was asked for.
        kind: PeriodKind,
    },
    /// Outside the years that events may have.
    #[error("`{text}` is outside the years 1990 to 2100")]
    OutOfRange {
        /// What was given.
        text: String,
    },
}

/// The years of events, and so of periods.
const YEARS: std::ops::RangeInclusive<i16> = 1990..=2100;

impl PeriodKind {
    /// `day` or `month`, as in a program document.
    pub const fn name(self) -> &'static str {
        match self {
            PeriodKind::Day => "day",
            PeriodKind::Month => "month",
        }
    }

    pub(crate) const fn example(self) -> &'static str {
        match self {
            PeriodKind::Day => "2026-10-05",
            PeriodKind::Month => "2026-10",
        }
    }
}

impl Period {
    /// The period that a date lies in.
    pub fn containing(kind: PeriodKind, date: Date) -> Self {
        let start = match kind {
            PeriodKind::Day => date,
            PeriodKind::Month => date.first_of_month(),
        };
        Period { kind, start }
    }

    /// Reads `2026-10-05` for days and `2026-10` for months.
    pub fn parse(text: &str, kind: PeriodKind) -> Result<Self, PeriodError> {
        let day = iso_date(text);
        let month = iso_date(&format!("{text}-01"));
        let date = match (kind, day, month) {
            (PeriodKind::Day, Some(date), _) | (PeriodKind::Month, _, Some(date)) => date,
            (PeriodKind::Day, None, Some(_)) => {
                return Err(PeriodError::DayExpected {
                    text: text.to_owned(),
                });
            }
            (PeriodKind::Month, Some(_), None) => {
                return Err(PeriodError::MonthExpected {
                    text: text.to_owned(),
                    month: text[..7].to_owned(),
                });
            }
            (_, None, None) => {
                return Err(PeriodError::Unreadable {
                    text: text.to_owned(),
                    kind,
                });
            }
        };
        if !YEARS.contains(&date.year()) {
            return Err(PeriodError::OutOfRange {
                text: text.to_owned(),
            });
        }
        Ok(Self::containing(kind, date))
    }

    /// Day or month.
    pub const fn kind(&self) -> PeriodKind {
        self.kind
    }

    /// The first day.
    pub const fn start(&self) -> Date {
        self.start
    }

    /// The day after the last day.
    pub fn end(&self) -> Date {
        match self.kind {
            PeriodKind::Day => self.start.saturating_add(1.day()),
            PeriodKind::Month => self.start.saturating_add(1.month()),
        }
    }

    /// The last day.
    pub fn last_day(&self) -> Date {
        self.end().saturating_sub(1.day())
    }

    /// How many days it has.
    pub fn days(&self) -> u32 {
        match self.kind {
            PeriodKind::Day => 1,
            PeriodKind::Month => self.start.days_in_month().unsigned_abs().into(),
        }
    }

    /// The period after this one.
    pub fn next(&self) -> Self {
        Self::containing(self.kind, self.end())
    }

    /// True for the days of the period.
    pub fn contains(&self, date: Date) -> bool {
        self.start <= date && date < self.end()
    }

    /// The periods that lie wholly in `[from, to)`, in order. A month that is cut by either bound is left out.
    pub fn all_between(kind: PeriodKind, from: Date, to: Date) -> impl Iterator<Item = Self> {
        let containing = Self::containing(kind, from);
        let first = if containing.start < from {
            containing.next()
        } else {
            containing
        };
        std::iter::successors(Some(first), |period| Some(period.next())).take_while(move |period| {
            let end = period.end();
            end > period.start && end <= to
        })
    }

    /// The first day on which the period's amounts are final: its end and the program's hold.
    pub fn final_on(&self, payable: &Payable) -> Date {
        self.end().saturating_add(i64::from(payable.hold_days).days())
    }

    /// The day on which the period's amounts are paid: when they are final, or the program's day of the
    /// first month from `after_months` on by which they are final. The 31st of a shorter month is its last day.
    pub fn payable_on(&self, payable: &Payable) -> Date {
        let final_on = self.final_on(payable);
        let Some(after_months) = payable.after_months else {
            return final_on;
        };
        let earliest_month = self
            .start
            .first_of_month()
            .saturating_add(i64::from(after_months).months());
        let month = earliest_month.max(final_on.first_of_month());
        let pay_day = day_of_month(month, payable.day);
        if pay_day >= final_on {
            pay_day
        } else {
            day_of_month(month.saturating_add(1.month()), payable.day)
        }
    }
}

/// A day of a month, or the month's last; without a day, the first.
fn day_of_month(first_of_month: Date, day: Option<u8>) -> Date {
    let last = i64::from(first_of_month.days_in_month());
    let day = day.map_or(1, i64::from).clamp(1, last);
    first_of_month.saturating_add((day - 1).days())
}

/// A date written exactly as `YYYY-MM-DD`.
pub(crate) fn iso_date(text: &str) -> Option<Date> {
    let shape = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if shape { text.parse().ok() } else { None }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            PeriodKind::Day => write!(f, "{}", self.start),
            PeriodKind::Month => write!(f, "{}", self.start.strftime("%Y-%m")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::BelowThreshold;
    use jiff::civil::date;

    fn month(text: &str) -> Period {
        Period::parse(text, PeriodKind::Month).expect("a month")
    }

    fn day(text: &str) -> Period {
        Period::parse(text, PeriodKind::Day).expect("a day")
    }

    #[test]
    fn days_and_months_have_exclusive_ends() {
        assert_eq!(day("2026-12-31").end(), date(2027, 1, 1));
        assert_eq!(month("2028-02").end(), date(2028, 3, 1));
        assert_eq!(month("2028-02").days(), 29);
        assert_eq!(month("2026-12").next(), month("2027-01"));
        assert_eq!(
            Period::containing(PeriodKind::Month, date(2026, 10, 5)).to_string(),
            "2026-10"
        );
        assert_eq!(day("2026-10-05").to_string(), "2026-10-05");
    }

    #[test]
    fn a_wrong_kind_says_what_to_write() {
        let told = |text, kind| Period::parse(text, kind).expect_err("refused").to_string();
        assert_eq!(
            told("2026-10", PeriodKind::Day),
            "`2026-10` is a month, and this program settles days: write a day, e.g. 2026-10-01"
        );
        assert_eq!(
            told("2026-10-05", PeriodKind::Month),
            "`2026-10-05` is a day, and this program settles months: write 2026-10"
        );
        assert_eq!(
            told("2026-02-30", PeriodKind::Day),
            "`2026-02-30` is not a day: write it as 2026-10-05"
        );
        assert_eq!(
            told("2026-13", PeriodKind::Month),
            "`2026-13` is not a month: write it as 2026-10"
        );
        assert_eq!(
            told("last", PeriodKind::Month),
            "`last` is not a month: write it as 2026-10"
        );
        assert_eq!(
            told("1066-10-14", PeriodKind::Day),
            "`1066-10-14` is outside the years 1990 to 2100"
        );
    }

    #[test]
    fn only_whole_periods_lie_between() {
        let months = |from, to| -> Vec<String> {
            Period::all_between(PeriodKind::Month, from, to)
                .map(|period| period.to_string())
                .collect()
        };
        assert_eq!(
            months(date(2026, 1, 1), date(2026, 4, 1)),
            ["2026-01", "2026-02", "2026-03"]
        );
        assert_eq!(months(date(2026, 1, 2), date(2026, 3, 31)), ["2026-02"]);
        assert!(months(date(2026, 1, 2), date(2026, 1, 2)).is_empty());
        assert_eq!(
            Period::all_between(PeriodKind::Day, date(2026, 2, 27), date(2026, 3, 2)).count(),
            3
        );
        assert_eq!(
            Period::all_between(PeriodKind::Day, Date::MAX, Date::MAX).count(),
            0
        );
    }

    fn payable(hold_days: u32, after_months: Option<u32>, day: Option<u8>) -> Payable {
        Payable {
            hold_days,
            after_months,
            day,
            threshold: crate::testing::usd("0.00"),
            below: BelowThreshold::Roll,
        }
    }

    #[test]
    fn pay_days() {
        let october = month("2026-10");
        assert_eq!(october.final_on(&payable(3, None, None)), date(2026, 11, 4));
        assert_eq!(october.payable_on(&payable(3, None, None)), date(2026, 11, 4));
        // Creator Rewards: the 15th of the next month.
        assert_eq!(
            october.payable_on(&payable(3, Some(1), Some(15))),
            date(2026, 11, 15)
        );
        assert_eq!(
            day("2026-10-31").payable_on(&payable(3, Some(1), Some(15))),
            date(2026, 11, 15)
        );
        // Net-45, W24: June's revenue on 15 August.
        assert_eq!(
            month("2026-06").payable_on(&payable(0, Some(2), Some(15))),
            date(2026, 8, 15)
        );
        // The 31st of a shorter month.
        assert_eq!(
            month("2027-01").payable_on(&payable(0, Some(1), Some(31))),
            date(2027, 2, 28)
        );
        // A hold that is longer than the pay day allows goes to the next pay day.
        assert_eq!(
            october.payable_on(&payable(20, Some(1), Some(15))),
            date(2026, 12, 15)
        );
        assert_eq!(
            october.payable_on(&payable(60, Some(1), Some(15))),
            date(2027, 1, 15)
        );
    }
}
