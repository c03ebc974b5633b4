//! Numbers in text, exactly: whole counts with units, and decimals kept as millionths.

use super::Reason;
use std::borrow::Cow;

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

/// A text without what programs put around a value: blanks of every kind, marks of byte order, quotes, and the sign by which
/// spreadsheets keep a text as it is (`="7"`).
pub(super) fn bare(text: &str) -> &str {
    fn without(text: &str) -> &str {
        text.trim_matches(|around: char| {
            around.is_whitespace() || matches!(around, '\'' | '"' | '`' | '\u{feff}' | '\u{200b}')
        })
    }
    let text = without(text);
    text.strip_prefix('=').map_or(text, without)
}

/// Splits the digits of a number from its places. Digits may stand in groups of three: `7,100,000.0`, `7.100.000,0`, `7 100 000`.
fn split_places(mantissa: &str) -> (Cow<'_, str>, Option<&str>) {
    const MARKS: [char; 5] = ['.', ',', ' ', '\'', '_'];
    let plain = || match mantissa.split_once(['.', ',']) {
        Some((whole, places)) => (Cow::from(whole), Some(places)),
        None => (Cow::from(mantissa), None),
    };
    let (first, last) = (
        mantissa.match_indices(MARKS).next(),
        mantissa.rmatch_indices(MARKS).next(),
    );
    let (Some((first_at, group)), Some((last_at, last))) = (first, last) else {
        return plain();
    };
    let (grouped, places) = match last == group {
        true => (mantissa, None),
        false => (&mantissa[..last_at], Some(&mantissa[last_at + 1..])),
    };
    let groups = || grouped.split(group);
    let is_of_three = groups().skip(1).all(|group| group.len() == 3);
    // One mark alone is the one before the places.
    match is_of_three && (1..=3).contains(&first_at) && (groups().count() > 2 || places.is_some()) {
        true => (groups().collect::<String>().into(), places),
        false => plain(),
    }
}

/// Whether a text has digits or signs of numbers in other letters than ASCII's, or a power of ten written out.
fn is_in_other_letters(text: &str) -> bool {
    // Most ids are of ASCII's letters alone, and every one is looked at.
    if !text
        .bytes()
        .any(|byte| !byte.is_ascii() || matches!(byte, b'*' | b' '))
    {
        return false;
    }
    let is_other = |letter: char| {
        matches!(
            letter,
            '\u{ff0b}'..='\u{ff19}' | '\u{ff24}' | '\u{ff25}' | '\u{ff44}' | '\u{ff45}' | '−' | '٫'
        )
    };
    text.chars().any(is_other)
        || text.contains("*10^")
        || text.contains("×10^")
        || text.contains(" E ")
        || text.contains(" e ")
}

/// The same as programs write it.
fn in_plain_letters(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|letter| match letter {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(letter as u32 - 0xfee0).unwrap_or(letter),
            '−' => '-',
            '٫' => '.',
            letter => letter,
        })
        .collect();
    let plain = plain.replace("*10^", "E+").replace("×10^", "E+");
    let plain = plain.replace(" E ", "E+").replace(" e ", "E+");
    plain.replace("E+-", "E-").replace("E++", "E+")
}

/// Is a text what spreadsheets and programs write for a floating-point number that stands for several whole ones: `7.1E+18`,
/// `7,1E+18` (in countries that write a comma), `.71E+19`, `7.1D+18`, `9007199254740992.0`, `7,100,000,000,000,000,512.0`, or for none (`nan`, `inf`, `1.#QNAN`)? A text such as `12e4` or `1698765432.000100` is none: opaque ids look like that.
pub fn is_rounded(text: &str) -> bool {
    let text = bare(text);
    if is_in_other_letters(text) {
        return is_rounded(&in_plain_letters(text));
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_none = |text: &str| {
        ["nan", "inf", "infinity"]
            .iter()
            .any(|none| text.eq_ignore_ascii_case(none))
    };
    if is_none(unsigned) || unsigned.starts_with("1.#") {
        return true;
    }
    if !unsigned.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '.' | ',')) {
        return false;
    }
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E', 'd', 'D']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let mantissa = mantissa.trim_end_matches(' ');
    let (whole, places) = split_places(mantissa);
    let whole: &str = &whole;
    let is_number = match places {
        Some(places) if whole.is_empty() => is_digits(places),
        Some(places) => is_digits(whole) && (places.is_empty() || is_digits(places)),
        None => is_digits(whole),
    };
    if !is_number {
        return false;
    }
    match (exponent, places) {
        (Some(exponent), places) => {
            // `7.1E+18.0`: a tool wrote the places of a whole number behind it.
            let exponent = match exponent.split_once('.') {
                Some((exponent, zeros)) if zeros.bytes().all(|byte| byte == b'0') => exponent,
                _ => exponent,
            };
            let digits = exponent.strip_prefix(['-', '+']);
            let written = digits.unwrap_or(exponent);
            // `7e18`, as some databases write it; a lower power is small enough for all its digits, and may be an opaque id.
            let is_high = !unsigned.contains(['d', 'D'])
                && written
                    .parse::<u32>()
                    .is_ok_and(|power| (15..=19).contains(&power));
            is_digits(written) && (digits.is_some() || places.is_some() || is_high)
        }
        (None, Some(places)) => {
            let is_small = whole.parse::<u64>().is_ok_and(|whole| whole < MAX_EXACT_FLOAT);
            places.bytes().all(|byte| byte == b'0') && !is_small
        }
        (None, None) => false,
    }
}

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
    fn numbers_that_were_floats_are_told_from_opaque_ids() {
        for text in [
            "7.1E+18",
            "7E+18",
            " 7.123456789e18 ",
            "-7.1e+18",
            "1.5e-3",
            "7e-05",
            "9007199254740992.0",
            "71234567890123456789.",
            "7,1E+18",
            "7,1e18",
            ".71E+19",
            ",71e19",
            "71e+17",
            "7.1 E+18",
            "9007199254740992,00",
            "7.1D+18",
            "\u{a0}7.1E+18\u{202f}",
            "'7.1E+18",
            "\"7.1E+18\"",
            "\u{feff}7e18",
            "=\"7.1E+18\"",
            "7.1E+18.0",
            "7,100,000,000,000,000,512.0",
            "7.100.000.000.000.000.512,0",
            "7 100 000 000 000 000 512.00",
            "1.#QNAN",
            "-1.#INF",
        ] {
            assert!(is_rounded(text), "{text}");
        }
        for text in [
            "",
            "7",
            "71234567890123456789",
            "12e4",
            "123e4567",
            "1698765432.000100",
            "1.0",
            "9007199254740991.0",
            "9007199254740993.000100",
            "e5",
            "1e",
            "1.e+",
            "0x1e+5",
            "1.2.3e+4",
            "7e+1f",
            "usr-7.1E+18",
            ".e5",
            ",",
            "1,2,3e+4",
            "7d18",
            "7.1D18x",
            "71,5",
            "7,100,000,000,000,000,512",
            "7,100.0",
            "192.168.001.017",
            "2026.10.05",
            "=\"71234567890123456789\"",
        ] {
            assert!(!is_rounded(text), "{text}");
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
