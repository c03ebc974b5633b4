//! Instants and dates in text and numbers.

use super::{Number, Reason, number};
use jiff::civil::Date;

/// The first accepted instant, 1990-01-01T00:00:00Z, in Unix milliseconds.
pub const FIRST_MILLIS: i64 = 631_152_000_000;
/// The last accepted instant, the last millisecond of 2099, in Unix milliseconds.
pub const LAST_MILLIS: i64 = 4_102_444_799_999;

const DAY_MILLIS: i64 = 86_400_000;

/// How a source writes instants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum TimeUnit {
    /// As text: RFC 3339, or a date and a time of day with a blank between; UTC where no offset is given.
    #[default]
    Text,
    /// As a number of seconds since 1970-01-01T00:00:00Z.
    UnixSeconds,
    /// As a number of milliseconds since then.
    UnixMillis,
    /// As a number of microseconds since then.
    UnixMicros,
    /// As a number of nanoseconds since then.
    UnixNanos,
}

/// Reads an instant as Unix milliseconds; finer digits are cut off.
pub fn timestamp_millis(text: &str, unit: TimeUnit) -> Result<i64, Reason> {
    let text = text.trim_matches(' ');
    if unit != TimeUnit::Text {
        return instant_of(number::parse(text).map_err(|_| Reason::NotATime)?, unit);
    }
    match parse_text(text.as_bytes()) {
        Some(millis) => in_range(millis),
        None if number::parse(text).is_ok() => Err(Reason::TimeWithoutUnit),
        None => Err(Reason::NotATime),
    }
}

/// An instant from a number in a unit.
pub fn instant_of(number: Number, unit: TimeUnit) -> Result<i64, Reason> {
    // Millis = number × 10^shift, cut off below one.
    let (multiply, divide) = match unit {
        TimeUnit::Text => return Err(Reason::TimeWithoutUnit),
        TimeUnit::UnixSeconds => (1_000, 1),
        TimeUnit::UnixMillis => (1, 1),
        TimeUnit::UnixMicros => (1, 1_000),
        TimeUnit::UnixNanos => (1, 1_000_000),
    };
    let divisor = 10i128
        .checked_pow(number.scale)
        .and_then(|power| power.checked_mul(divide));
    let millis = number.mantissa.checked_mul(multiply).zip(divisor);
    let millis = millis.map(|(millis, divisor)| millis.div_euclid(divisor));
    millis
        .and_then(|millis| i64::try_from(millis).ok())
        .ok_or(Reason::TimeRange)
        .and_then(in_range)
}

fn in_range(millis: i64) -> Result<i64, Reason> {
    if (FIRST_MILLIS..=LAST_MILLIS).contains(&millis) {
        Ok(millis)
    } else {
        Err(Reason::TimeRange)
    }
}

/// Reads a date as days since 1970-01-01: `2026-10-05`, `20261005`, or the date of an instant in UTC.
pub fn date_days(text: &str) -> Result<i32, Reason> {
    let text = text.trim_matches(' ');
    let bytes = text.as_bytes();
    let days = match bytes.len() {
        8 if bytes.iter().all(u8::is_ascii_digit) => {
            days(digits(bytes, 0, 4), digits(bytes, 4, 2), digits(bytes, 6, 2))
        }
        _ => parse_text(bytes).map(|millis| millis.div_euclid(DAY_MILLIS)),
    };
    days.and_then(|days| i32::try_from(days).ok())
        .ok_or(Reason::NotADate)
}

/// `YYYY-MM-DD[(T| )HH:MM[:SS[.fraction]]][ ][Z|±HH[[:]MM]]` as Unix milliseconds.
fn parse_text(bytes: &[u8]) -> Option<i64> {
    let date = bytes.get(..10)?;
    if date[4] != b'-' || date[7] != b'-' {
        return None;
    }
    let days = days(digits(date, 0, 4), digits(date, 5, 2), digits(date, 8, 2))?;
    let rest = &bytes[10..];
    if rest.is_empty() {
        return Some(days * DAY_MILLIS);
    }
    let clock = rest.get(1..6)?;
    if !matches!(rest[0], b'T' | b't' | b' ') || clock[2] != b':' {
        return None;
    }
    let (hour, minute) = (digits(clock, 0, 2)?, digits(clock, 3, 2)?);
    let (second, millis, rest) = seconds(&rest[6..])?;
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    // A leap second is the last millisecond of its minute.
    let (second, millis) = if second == 60 { (59, 999) } else { (second, millis) };
    let local = days * DAY_MILLIS + ((hour * 60 + minute) * 60 + second) * 1_000 + millis;
    Some(local - offset_minutes(rest)? * 60_000)
}

/// Seconds, milliseconds and what follows them.
fn seconds(bytes: &[u8]) -> Option<(i64, i64, &[u8])> {
    let [b':', after @ ..] = bytes else {
        return Some((0, 0, bytes));
    };
    let second = digits(after, 0, 2)?;
    let rest = &after[2..];
    let [b'.' | b',', fraction @ ..] = rest else {
        return Some((second, 0, rest));
    };
    let count = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let millis = (0..3).fold(0, |millis, place| {
        let digit = if place < count {
            i64::from(fraction[place] - b'0')
        } else {
            0
        };
        millis * 10 + digit
    });
    (count > 0).then(|| (second, millis, &fraction[count..]))
}

fn offset_minutes(bytes: &[u8]) -> Option<i64> {
    let bytes = if let [b' ', rest @ ..] = bytes {
        rest
    } else {
        bytes
    };
    let (sign, digits_at) = match bytes {
        [] | [b'Z' | b'z'] | [b'U', b'T', b'C'] => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let hours = digits(digits_at, 0, 2)?;
    let minutes = match &digits_at[2..] {
        [] => 0,
        [b':', rest @ ..] | rest if rest.len() == 2 => digits(rest, 0, 2)?,
        _ => return None,
    };
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 60 + minutes))
}

fn digits(bytes: &[u8], from: usize, count: usize) -> Option<i64> {
    let digits = bytes.get(from..from + count)?;
    digits.iter().try_fold(0, |value, digit| {
        digit
            .is_ascii_digit()
            .then(|| value * 10 + i64::from(digit - b'0'))
    })
}

/// Days since 1970-01-01 of a civil date, if there is such a date.
fn days(year: Option<i64>, month: Option<i64>, day: Option<i64>) -> Option<i64> {
    let (year, month, day) = (year?, month?, day?);
    // Refuses dates that do not exist; the arithmetic below is Hinnant's days_from_civil.
    Date::new(
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
    )
    .ok()?;
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn millis(text: &str) -> i64 {
        text.parse::<Timestamp>()
            .expect("a valid instant")
            .as_millisecond()
    }

    #[test]
    fn every_notation_of_an_instant() {
        for (text, same) in [
            ("2022-04-10T08:59:09Z", "2022-04-10T08:59:09Z"),
            ("2022-04-10 08:59:09", "2022-04-10T08:59:09Z"),
            ("2022-04-10 08:59:09.287", "2022-04-10T08:59:09.287Z"),
            ("2019-11-24 00:00:17.004101+00:00", "2019-11-24T00:00:17.004Z"),
            ("2022-04-10T10:59:09+02:00", "2022-04-10T08:59:09Z"),
            ("2022-04-10T10:59:09+0200", "2022-04-10T08:59:09Z"),
            ("2022-04-10T03:29:09-05:30", "2022-04-10T08:59:09Z"),
            ("2022-04-10T08:59", "2022-04-10T08:59:00Z"),
            ("2024-02-29", "2024-02-29T00:00:00Z"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999Z"),
            ("2022-04-10 08:59:09 UTC", "2022-04-10T08:59:09Z"),
        ] {
            assert_eq!(timestamp_millis(text, TimeUnit::Text), Ok(millis(same)), "{text}");
        }
    }

    #[test]
    fn what_is_not_an_instant() {
        for (text, reason) in [
            ("yesterday", Reason::NotATime),
            ("2023-02-29", Reason::NotATime),
            ("2022-04-10T25:00:00Z", Reason::NotATime),
            ("2022-04-10T08:59:09.Z", Reason::NotATime),
            ("2022-04-10T08:59:09+2", Reason::NotATime),
            ("2022-04-10T08:59:09Z junk", Reason::NotATime),
            ("10/04/2022", Reason::NotATime),
            ("1649581149287", Reason::TimeWithoutUnit),
            ("1989-12-31T23:59:59Z", Reason::TimeRange),
            ("2100-01-01T00:00:00Z", Reason::TimeRange),
        ] {
            assert_eq!(timestamp_millis(text, TimeUnit::Text), Err(reason), "{text}");
        }
    }

    #[test]
    fn unix_numbers_by_unit() {
        let expected = Ok(1_649_581_149_287);
        assert_eq!(
            timestamp_millis("1649581149.287", TimeUnit::UnixSeconds),
            expected
        );
        assert_eq!(timestamp_millis("1649581149287", TimeUnit::UnixMillis), expected);
        assert_eq!(
            timestamp_millis("1649581149287999", TimeUnit::UnixMicros),
            expected
        );
        assert_eq!(
            timestamp_millis("1649581149287999999", TimeUnit::UnixNanos),
            expected
        );
        assert_eq!(
            timestamp_millis("0", TimeUnit::UnixMillis),
            Err(Reason::TimeRange)
        );
        let huge = "9".repeat(36);
        assert_eq!(
            timestamp_millis(&huge, TimeUnit::UnixSeconds),
            Err(Reason::TimeRange)
        );
    }

    #[test]
    fn dates_agree_with_the_calendar() {
        assert_eq!(date_days("1970-01-01"), Ok(0));
        assert_eq!(date_days("20220410"), Ok(19_092));
        assert_eq!(date_days("2022-04-10T23:00:00Z"), Ok(19_092));
        assert_eq!(date_days("2022-04-31"), Err(Reason::NotADate));
        for day in [-10_000, -1, 0, 59, 60, 365, 11_016, 18_321, 47_481] {
            let date = Date::constant(1970, 1, 1) + jiff::Span::new().days(day);
            assert_eq!(date_days(&date.to_string()), Ok(day), "{date}");
        }
    }
}
