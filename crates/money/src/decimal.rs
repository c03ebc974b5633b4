//! Plain decimal notation: an optional minus, digits, an optional point with digits. No exponent, no
//! grouping, no plus sign: there is one way to write a number, whatever the locale.

/// A decimal as digits without a point, and how many of them stand after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scaled {
    pub(crate) digits: i128,
    pub(crate) places: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DecimalError {
    Notation,
    Overflow,
}

pub(crate) fn parse(text: &str) -> Result<Scaled, DecimalError> {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let (whole, fraction) = match unsigned.split_once('.') {
        Some((_, "")) => return Err(DecimalError::Notation),
        Some(parts) => parts,
        None => (unsigned, ""),
    };
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return Err(DecimalError::Notation);
    }
    let mut digits: i128 = 0;
    for byte in whole.bytes().chain(fraction.bytes()) {
        // Built up with its sign, so that the smallest i128 can be read too.
        digits = digits
            .checked_mul(10)
            .and_then(|shifted| shifted.checked_add(sign * i128::from(byte - b'0')))
            .ok_or(DecimalError::Overflow)?;
    }
    let places = u32::try_from(fraction.len()).map_err(|_| DecimalError::Overflow)?;
    Ok(Scaled { digits, places })
}

pub(crate) fn format(digits: i128, places: u32) -> String {
    let places = places as usize;
    let sign = if digits < 0 { "-" } else { "" };
    let text = format!("{:0>width$}", digits.unsigned_abs(), width = places + 1);
    let (whole, fraction) = text.split_at(text.len() - places);
    if fraction.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        for text in [
            "0",
            "12.345678",
            "-0.01",
            "-12",
            "0.000001",
            "-170141183460469231731687303715884105728",
        ] {
            let Scaled { digits, places } = parse(text).unwrap();
            assert_eq!(format(digits, places), text);
        }
    }

    #[test]
    fn refuses_other_notations() {
        for text in [
            "", "-", ".5", "5.", "+5", "1e3", "1,000", "1_000", " 1", "1 ", "--1", "1.2.3", "٣",
        ] {
            assert_eq!(parse(text), Err(DecimalError::Notation), "{text}");
        }
        assert_eq!(parse(&"9".repeat(40)), Err(DecimalError::Overflow));
    }
}
