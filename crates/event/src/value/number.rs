//! Numbers in text, exactly: whole counts with units, and decimals kept as millionths.

use super::Reason;

/// The most significant digits of a number that is read exactly.
const MAX_DIGITS: u32 = 36;

/// A decimal number: `mantissa × 10^-scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number {
    /// All digits, with the sign.
    pub mantissa: i128,
    /// How many of them are after the point.
    pub scale: u32,
}

impl Number {
    /// The value if it is a whole number.
    pub fn whole(self) -> Option<i128> {
        self.times_power(0)
    }

    /// `self × 10^places` if that is a whole number.
    pub fn times_power(self, places: u32) -> Option<i128> {
        if places >= self.scale {
            self.mantissa
                .checked_mul(10i128.checked_pow(places - self.scale)?)
        } else {
            let divisor = 10i128.checked_pow(self.scale - places)?;
            (self.mantissa % divisor == 0).then(|| self.mantissa / divisor)
        }
    }
}

/// The unit of a count in a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum CountUnit {
    /// The field's own unit: milliseconds for times, ones for everything else.
    #[default]
    Own,
    /// Microseconds, of which whole milliseconds are kept.
    Microseconds,
    /// Seconds.
    Seconds,
    /// Minutes.
    Minutes,
    /// Hours.
    Hours,
}

impl CountUnit {
    const fn multiplier(self) -> i128 {
        match self {
            CountUnit::Own | CountUnit::Microseconds => 1,
            CountUnit::Seconds => 1_000,
            CountUnit::Minutes => 60_000,
            CountUnit::Hours => 3_600_000,
        }
    }
}

/// Reads a whole number from 0 to `max` in the given unit.
///
/// A source in seconds or minutes may have fractions; the result is rounded half up to a whole
/// millisecond. Without a unit a fraction other than zero is refused.
pub fn count(text: &str, unit: CountUnit, max: u32) -> Result<u32, Reason> {
    let bytes = text.as_bytes();
    if unit == CountUnit::Own && (1..=9).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_digit) {
        let value = bytes
            .iter()
            .fold(0u32, |value, digit| value * 10 + u32::from(digit - b'0'));
        return if value <= max {
            Ok(value)
        } else {
            Err(Reason::OutOfRange { max })
        };
    }
    count_of(parse(text.trim_matches(' '))?, unit, max)
}

/// The same from a number.
pub fn count_of(number: Number, unit: CountUnit, max: u32) -> Result<u32, Reason> {
    let out_of_range = Reason::OutOfRange { max };
    let value = match unit {
        CountUnit::Own => number.whole().ok_or(Reason::NotWhole)?,
        CountUnit::Microseconds => {
            let shifted = Number {
                mantissa: number.mantissa,
                scale: number.scale + 3,
            };
            floor(shifted, 1).ok_or(out_of_range.clone())?
        }
        _ => {
            let doubled = floor(number, 2 * unit.multiplier()).ok_or(out_of_range.clone())?;
            (doubled + 1).div_euclid(2)
        }
    };
    u32::try_from(value)
        .ok()
        .filter(|value| *value <= max)
        .ok_or(out_of_range)
}

/// `floor(number × multiplier)`.
fn floor(number: Number, multiplier: i128) -> Option<i128> {
    let product = number.mantissa.checked_mul(multiplier)?;
    Some(product.div_euclid(10i128.checked_pow(number.scale)?))
}

/// Reads a decimal as millionths.
pub fn decimal_micros(text: &str) -> Result<i64, Reason> {
    micros_of(parse(text.trim_matches(' '))?)
}

/// A number as millionths.
pub fn micros_of(number: Number) -> Result<i64, Reason> {
    const LIMIT: i128 = 1_000_000_000_000_000_000;
    match number.times_power(6) {
        Some(micros) if micros.abs() < LIMIT => i64::try_from(micros).map_err(|_| Reason::DecimalRange),
        _ => Err(Reason::DecimalRange),
    }
}

/// Whole numbers below this are floating-point numbers of 64 bits of their own; from here on several share one.
pub const MAX_EXACT_FLOAT: u64 = 1 << 53;

/// Reads a decimal number: sign, digits, point, digits, exponent.
pub(super) fn parse(text: &str) -> Result<Number, Reason> {
    let (negative, unsigned) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        all => (false, all),
    };
    let (digits, exponent) = split_exponent(unsigned)?;
    let mut number = Number {
        mantissa: 0,
        scale: 0,
    };
    let (mut significant, mut seen, mut after_point) = (0u32, false, false);
    for &byte in digits {
        match byte {
            b'0'..=b'9' => {
                seen = true;
                significant += u32::from(significant > 0 || byte != b'0');
                if significant > MAX_DIGITS {
                    return Err(Reason::NotANumber);
                }
                number.mantissa = number.mantissa * 10 + i128::from(byte - b'0');
                number.scale += u32::from(after_point);
            }
            b'.' if !after_point => after_point = true,
            _ => return Err(Reason::NotANumber),
        }
    }
    if !seen || number.scale > 1_000 {
        return Err(Reason::NotANumber);
    }
    if negative {
        number.mantissa = -number.mantissa;
    }
    scaled(number, exponent)
}

fn split_exponent(bytes: &[u8]) -> Result<(&[u8], i32), Reason> {
    let Some(at) = bytes.iter().position(|byte| matches!(byte, b'e' | b'E')) else {
        return Ok((bytes, 0));
    };
    let exponent = std::str::from_utf8(&bytes[at + 1..])
        .ok()
        .and_then(|text| text.parse::<i32>().ok());
    match exponent {
        Some(exponent) if exponent.unsigned_abs() <= 60 => Ok((&bytes[..at], exponent)),
        _ => Err(Reason::NotANumber),
    }
}

fn scaled(number: Number, exponent: i32) -> Result<Number, Reason> {
    if number.mantissa == 0 {
        return Ok(Number {
            mantissa: 0,
            scale: 0,
        });
    }
    let scale = i64::from(number.scale) - i64::from(exponent);
    match u32::try_from(scale) {
        Ok(scale) => Ok(Number {
            mantissa: number.mantissa,
            scale,
        }),
        Err(_) => {
            let power = u32::try_from(-scale)
                .ok()
                .and_then(|power| 10i128.checked_pow(power));
            let mantissa = power.and_then(|power| number.mantissa.checked_mul(power));
            mantissa
                .map(|mantissa| Number { mantissa, scale: 0 })
                .ok_or(Reason::NotANumber)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_whole_and_bounded() {
        for (text, expected) in [
            ("0", Ok(0)),
            ("46186", Ok(46_186)),
            (" 7 ", Ok(7)),
            ("12.0", Ok(12)),
            ("1e3", Ok(1_000)),
            ("12.5", Err(Reason::NotWhole)),
            ("-1", Err(Reason::OutOfRange { max: 86_400_000 })),
            ("86400000", Ok(86_400_000)),
            ("86400001", Err(Reason::OutOfRange { max: 86_400_000 })),
            (
                "99999999999999999999999999",
                Err(Reason::OutOfRange { max: 86_400_000 }),
            ),
            (
                "9999999999999999999999999999999999999999999999",
                Err(Reason::NotANumber),
            ),
            ("", Err(Reason::NotANumber)),
            (".", Err(Reason::NotANumber)),
            ("NaN", Err(Reason::NotANumber)),
            ("1,000", Err(Reason::NotANumber)),
            ("0x10", Err(Reason::NotANumber)),
        ] {
            assert_eq!(count(text, CountUnit::Own, 86_400_000), expected, "{text}");
        }
    }

    #[test]
    fn units_convert_exactly_and_round_half_up() {
        for (text, unit, expected) in [
            ("12.5", CountUnit::Seconds, 12_500),
            ("0.0004", CountUnit::Seconds, 0),
            ("0.0005", CountUnit::Seconds, 1),
            ("1.5", CountUnit::Minutes, 90_000),
            ("2", CountUnit::Hours, 7_200_000),
            ("1999", CountUnit::Microseconds, 1),
        ] {
            assert_eq!(count(text, unit, 86_400_000), Ok(expected), "{text}");
        }
    }

    #[test]
    fn decimals_keep_six_places_exactly() {
        for (text, expected) in [
            ("0.000001", Ok(1)),
            ("-12.5", Ok(-12_500_000)),
            ("1.2500000", Ok(1_250_000)),
            ("1e-6", Ok(1)),
            ("1e-7", Err(Reason::DecimalRange)),
            ("0.0000001", Err(Reason::DecimalRange)),
            ("999999999999.999999", Ok(999_999_999_999_999_999)),
            ("1000000000000", Err(Reason::DecimalRange)),
            ("$5", Err(Reason::NotANumber)),
        ] {
            assert_eq!(decimal_micros(text), expected, "{text}");
        }
    }
}
