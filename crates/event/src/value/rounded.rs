//! Texts that programs and spreadsheets make of numbers: as ids they are several in one, or another one than was meant.

use std::borrow::Cow;

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

/// A number's text without what spreadsheets put around it: the sign of a currency, `%`, and the brackets of a number below zero.
fn without_format(text: &str) -> &str {
    const CURRENCIES: [char; 5] = ['$', '¢', '£', '¤', '¥'];
    text.trim_matches(|around: char| {
        around.is_whitespace()
            || CURRENCIES.contains(&around)
            || matches!(around, '(' | ')' | '%' | '\u{20a0}'..='\u{20cf}')
    })
}

/// Is a text what spreadsheets and programs write for a floating-point number: `7.1E+18`, `7,1E+18` (in countries that write a comma),
/// `$7.1E+18`, `.71E+19`, `7.1D+18`, `1.0`, `7,100,000,000,000,000,512.0`, or for none (`nan`, `inf`, `1.#QNAN`)? It stands for several
/// ids, or (`1.0` for `1`) is another text than the id it was. A text such as `12e4` or `1698765432.000100` is none: opaque ids look like
/// that.
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
    let without_places = unsigned.trim_end_matches(['.', '0']);
    if is_none(unsigned) || is_none(without_places) || unsigned.starts_with("1.#") || is_with_unit(text) {
        return true;
    }
    let unsigned = without_format(unsigned);
    let unsigned = unsigned.strip_prefix(['-', '+']).unwrap_or(unsigned);
    if !unsigned.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '.' | ',')) {
        return false;
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E', 'd', 'D']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, places) = split_places(mantissa.trim_end_matches(' '));
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
            is_power(whole, places.is_some(), exponent, unsigned.contains(['d', 'D']))
        }
        (None, Some(places)) => places.bytes().all(|byte| byte == b'0'),
        (None, None) => false,
    }
}

/// Is it a number with places and a power of ten that has blanks in it, or a unit of a few letters before or behind it: `USD 7.1E+18`,
/// `kr7.1E+18`, `7.1E+18L`, `7.1E+18-`?
fn is_with_unit(text: &str) -> bool {
    const MOST: usize = 3;
    if !text.bytes().any(|byte| matches!(byte, b'+' | b'-')) && text.is_ascii() {
        return false;
    }
    let plain: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
    let plain = plain.replace(['–', '—'], "-").replace('\u{ad}', "");
    let is_letter = |letter: char| letter.is_ascii_alphabetic() || letter == '$';
    let number = plain.trim_start_matches(is_letter).trim_end_matches(is_letter);
    let number = number.trim_end_matches('-');
    let around = plain.len() - number.len();
    let parts = number.split_once(['e', 'E']).and_then(|(mantissa, power)| {
        Some((mantissa.split_once(['.', ','])?, power.strip_prefix(['+', '-'])?))
    });
    let Some(((whole, places), power)) = parts else {
        return false;
    };
    let power = power.trim_end_matches(['.', ',', '0']);
    around <= 2 * MOST && is_digits(whole) && is_digits(places) && (power.is_empty() || is_digits(power))
}

fn is_digits(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
}

/// Is it the power of ten of a floating-point number, behind these digits?
fn is_power(whole: &str, has_places: bool, exponent: &str, by_d: bool) -> bool {
    // `7.1E+18.0`: a tool wrote the places of a whole number behind it.
    let exponent = match exponent.split_once('.') {
        Some((exponent, zeros)) if zeros.bytes().all(|byte| byte == b'0') => exponent,
        _ => exponent,
    };
    let digits = exponent.strip_prefix(['-', '+']);
    let written = digits.unwrap_or(exponent);
    // `7e18`, as some databases write it, and `1e400`, which is more than there is. A lower power is small enough for all digits of the
    // number, so that no two ids become one, and short ids of hexadecimal digits look like that.
    let is_high =
        |power: u32| (15..=19).contains(&power) || whole.len() == 1 && (100..1_000).contains(&power);
    let is_high = !by_d && written.parse().is_ok_and(is_high);
    is_digits(written) && (digits.is_some() || has_places || is_high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_were_floats_are_no_ids() {
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
            "$7.1E+18",
            "7,1E+18 €",
            "-$7.1E+18",
            "$-7.1E+18",
            "(7.1E+18)",
            "7.1E+20%",
            "1e400",
            "7e18",
            "5e324",
            "1.0",
            "12.",
            "1,00",
            "$1.00",
            "9007199254740991.0",
            "7,100.0",
            "7.1E+18 USD",
            "USD 7.1E+18",
            "R$7.1E+18",
            "kr7.1E+18",
            "CHF7.1E+18",
            "7.1E+18,0",
            "7.1E +18",
            "7.1E–18",
            "7.1E+18f",
            "7.1E+18L",
            "7.1E+18-",
            "NaN.",
            "inf.",
            "nan.0",
        ] {
            assert!(is_rounded(text), "{text}");
        }
    }

    #[test]
    fn opaque_ids_that_look_like_numbers_are_ids() {
        for text in [
            "",
            "7",
            "71234567890123456789",
            "12e4",
            "123e4567",
            "1698765432.000100",
            "1e5",
            "7e10",
            "1e5a",
            "1.0.0",
            "$",
            "$x",
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
            "192.168.001.017",
            "192.168.001.000",
            "2026.10.05",
            "=\"71234567890123456789\"",
        ] {
            assert!(!is_rounded(text), "{text}");
        }
    }
}
