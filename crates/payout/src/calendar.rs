//! On which day a bank can be asked to pay: the days on which TARGET, the euro's settlement system, is open.
//!
//! TARGET is closed on Saturdays, Sundays, 1 January, Good Friday, Easter Monday, 1 May, 25 and 26 December, in every
//! country (decision of the European Central Bank of 14 December 2000, in force since 2002). The same days are kept for
//! every bank and currency: a national holiday more is the bank's to move. What day it is today is the caller's to say.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday, date};

/// Most days in a row on which TARGET is closed, and one: Christmas on a Thursday, Easter and New Year are shorter.
const LONGEST_CLOSURE: usize = 8;

/// Easter Sunday of a year of the Gregorian calendar, by the computus of Meeus, Jones and Butcher.
pub fn easter_sunday(year: i16) -> Date {
    let year_number = i32::from(year);
    let golden = year_number.rem_euclid(19);
    let (century, of_century) = (year_number.div_euclid(100), year_number.rem_euclid(100));
    let (leap_centuries, rest) = (century / 4, century % 4);
    let moon_shift = (century + 8) / 25;
    let moon_days = (century - moon_shift + 1) / 3;
    let epact = (19 * golden + century - leap_centuries - moon_days + 15).rem_euclid(30);
    let weekday = (32 + 2 * rest + 2 * (of_century / 4) - epact - of_century % 4).rem_euclid(7);
    let late = (golden + 11 * epact + 22 * weekday) / 451;
    let days = epact + weekday - 7 * late + 114;
    let (month, day) = (days / 31, days % 31 + 1);
    // The computus gives 22 March to 25 April.
    date(
        year,
        i8::try_from(month).unwrap_or(4),
        i8::try_from(day).unwrap_or(1),
    )
}

/// Whether TARGET is open on a day.
pub fn is_business_day(day: Date) -> bool {
    let is_weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    let is_fixed = matches!((day.month(), day.day()), (1, 1) | (5, 1) | (12, 25) | (12, 26));
    let easter = easter_sunday(day.year());
    let is_easter = day == easter.saturating_sub(2.days()) || day == easter.saturating_add(1.day());
    !is_weekend && !is_fixed && !is_easter
}

/// Most days that an execution date may lie ahead. Banks differ (many take 30 days or a year); money that is asked for later
/// would be reserved for so long, to an account and at a rate that are not looked at again.
pub const MAX_DAYS_AHEAD: i32 = 90;

/// Why a bank is not asked to pay on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoDay {
    /// It lies before today.
    Over,
    /// A Saturday.
    Saturday,
    /// A Sunday.
    Sunday,
    /// A holiday of TARGET.
    Holiday,
}

impl NoDay {
    /// What is wrong with a day, if anything is.
    pub fn of(asked: Date, today: Date) -> Option<NoDay> {
        match asked.weekday() {
            _ if asked < today => Some(NoDay::Over),
            Weekday::Saturday => Some(NoDay::Saturday),
            Weekday::Sunday => Some(NoDay::Sunday),
            _ => (!is_business_day(asked)).then_some(NoDay::Holiday),
        }
    }

    /// It in words, of a day: `is over`.
    pub const fn words(self) -> &'static str {
        match self {
            NoDay::Over => "is over",
            NoDay::Saturday => "is a Saturday, on which banks do not pay",
            NoDay::Sunday => "is a Sunday, on which banks do not pay",
            NoDay::Holiday => "is a holiday of TARGET, on which banks do not pay",
        }
    }
}

/// A day so far ahead that no bank is asked for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the execution date {day} is more than {MAX_DAYS_AHEAD} days ahead: {latest} is the last that may be asked for"
)]
pub struct TooLate {
    /// The day.
    pub day: Date,
    /// The last business day within the bound.
    pub latest: Date,
}

/// Whether a day may be asked for, or what is wrong with it.
pub fn in_time(day: Date, today: Date) -> Result<(), TooLate> {
    let last = today.saturating_add(MAX_DAYS_AHEAD.days());
    if day <= last {
        return Ok(());
    }
    let back = (0..LONGEST_CLOSURE as i64).map(|days| last.saturating_sub(days.days()));
    let latest = back.into_iter().find(|day| is_business_day(*day));
    Err(TooLate {
        day,
        latest: latest.unwrap_or(last),
    })
}

/// The day on which a bank is asked to pay: the day that was asked for, or today if that is over; moved forward to the next
/// business day. It never lies before the day asked for, nor before today.
pub fn execution_day(asked: Date, today: Date) -> Date {
    let mut day = asked.max(today);
    for _ in 0..LONGEST_CLOSURE {
        if is_business_day(day) {
            break;
        }
        day = day.saturating_add(1.day());
    }
    day
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn easter_as_the_calendars_have_it() {
        for (year, month, day) in [
            (1818, 3, 22),
            (1943, 4, 25),
            (1961, 4, 2),
            (2000, 4, 23),
            (2008, 3, 23),
            (2011, 4, 24),
            (2016, 3, 27),
            (2019, 4, 21),
            (2024, 3, 31),
            (2025, 4, 20),
            (2026, 4, 5),
            (2027, 3, 28),
            (2028, 4, 16),
            (2029, 4, 1),
            (2038, 4, 25),
            (2285, 3, 22),
        ] {
            assert_eq!(easter_sunday(year), date(year, month, day));
        }
    }

    #[test]
    fn the_closing_days_of_target() {
        // As the European Central Bank lists them.
        for (year, good_friday, easter_monday) in [
            (2024, date(2024, 3, 29), date(2024, 4, 1)),
            (2025, date(2025, 4, 18), date(2025, 4, 21)),
            (2026, date(2026, 4, 3), date(2026, 4, 6)),
            (2027, date(2027, 3, 26), date(2027, 3, 29)),
        ] {
            let closed = [
                date(year, 1, 1),
                good_friday,
                easter_monday,
                date(year, 5, 1),
                date(year, 12, 25),
                date(year, 12, 26),
            ];
            let mut day = date(year, 1, 1);
            while day.year() == year {
                let is_weekend = day.weekday().to_monday_one_offset() > 5;
                assert_eq!(
                    is_business_day(day),
                    !is_weekend && !closed.contains(&day),
                    "{day}"
                );
                day = day.tomorrow().unwrap();
            }
        }
    }

    #[test]
    fn a_day_that_banks_do_not_pay_on_is_moved_forward() {
        for (asked, today, paid) in [
            // A business day that is not over stays.
            (date(2026, 11, 16), date(2026, 11, 16), date(2026, 11, 16)),
            (date(2026, 11, 18), date(2026, 11, 16), date(2026, 11, 18)),
            // A weekend, and one that is over on a Saturday.
            (date(2026, 11, 28), date(2026, 11, 16), date(2026, 11, 30)),
            (date(2026, 11, 10), date(2026, 11, 28), date(2026, 11, 30)),
            (date(1999, 1, 1), date(2026, 11, 16), date(2026, 11, 16)),
            // Good Friday to Easter Monday, Christmas over a weekend, 1 May, New Year.
            (date(2026, 4, 3), date(2026, 4, 1), date(2026, 4, 7)),
            (date(2026, 12, 25), date(2026, 12, 1), date(2026, 12, 28)),
            (date(2025, 12, 25), date(2025, 12, 25), date(2025, 12, 29)),
            (date(2026, 5, 1), date(2026, 5, 1), date(2026, 5, 4)),
            (date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 4)),
        ] {
            assert_eq!(execution_day(asked, today), paid, "{asked}, on {today}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_day_is_said() {
        let today = date(2026, 11, 16);
        for (asked, found) in [
            (date(2026, 11, 16), None),
            (date(2026, 11, 13), Some(NoDay::Over)),
            // A Saturday that is over is over.
            (date(2026, 11, 14), Some(NoDay::Over)),
            (date(2026, 11, 21), Some(NoDay::Saturday)),
            (date(2026, 11, 22), Some(NoDay::Sunday)),
            (date(2026, 12, 25), Some(NoDay::Holiday)),
        ] {
            assert_eq!(NoDay::of(asked, today), found, "{asked}");
        }
    }

    #[test]
    fn no_bank_is_asked_for_a_day_far_ahead() {
        let today = date(2026, 11, 16);
        for (day, latest) in [
            (date(1999, 1, 1), None),
            (date(2026, 11, 16), None),
            // Ninety days ahead is a Sunday.
            (date(2027, 2, 14), None),
            (date(2027, 2, 15), Some(date(2027, 2, 12))),
            (date(9999, 12, 31), Some(date(2027, 2, 12))),
        ] {
            let found = in_time(day, today).err();
            assert_eq!(found.map(|late| late.latest), latest, "{day}");
        }
        assert!(in_time(Date::MAX, Date::MAX).is_ok());
        assert!(
            in_time(date(9999, 12, 31), today)
                .unwrap_err()
                .to_string()
                .contains("more than 90 days ahead: 2027-02-12 is the last")
        );
    }

    proptest! {
        #[test]
        fn it_is_a_business_day_and_the_first(asked in 0_i64..60_000, today in 0_i64..60_000) {
            let day = |days: i64| date(1999, 1, 1).checked_add(days.days()).unwrap();
            let (asked, today) = (day(asked), day(today));
            let found = execution_day(asked, today);
            prop_assert!(is_business_day(found) && found >= asked && found >= today);
            prop_assert_eq!(execution_day(found, today), found);
            let mut before = asked.max(today);
            while before < found {
                prop_assert!(!is_business_day(before));
                before = before.tomorrow().unwrap();
            }
        }
    }
}
