//! From text and numbers to checked values: one function per field type, the value or the reason.
//!
//! Numbers and times may have blanks around them; ids and texts are taken as they are. Nothing is
//! rounded silently: a value that the field cannot hold exactly is refused, except that instants are
//! kept to the millisecond (finer digits are cut off).

mod number;
mod rounded;
mod time;

pub use number::{CountUnit, MAX_EXACT_FLOAT, Number, count, count_of, decimal_micros, micros_of};
pub use rounded::is_rounded;
pub use time::{FIRST_MILLIS, LAST_MILLIS, TimeUnit, date_days, instant_of, timestamp_millis};

use crate::kind::{ActivityKind, EngagementKind, RefundReason};
use crate::schema::{Field, FieldType};
use std::net::{Ipv4Addr, Ipv6Addr};
use thiserror::Error;

/// The longest id in bytes.
pub const MAX_ID_BYTES: usize = 128;
/// The longest text in bytes.
pub const MAX_TEXT_BYTES: usize = 256;
/// The longest user agent in bytes.
pub const MAX_USER_AGENT_BYTES: usize = 1_024;

/// Why a value cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Error)]
pub enum Reason {
    /// A required field is absent or empty.
    #[error("is required and empty")]
    Missing,
    /// More bytes than the field may have.
    #[error("is longer than {limit} bytes")]
    TooLong {
        /// The most bytes it may have.
        limit: usize,
    },
    /// A control character where text is wanted.
    #[error("contains a control character")]
    ControlCharacter,
    /// An id that passed through floating point: other ids may have become the same number.
    #[error(
        "is a floating-point number: ids of more than 15 digits become others as such, and `1.0` is another id than `1`: export the column as text"
    )]
    Rounded,
    /// What programs write where there is no value: as an id it would be one for all that have none.
    #[error("stands for a value that is missing, and is no id")]
    Placeholder,
    /// Bytes that are not UTF-8.
    #[error("is not valid UTF-8")]
    NotUtf8,
    /// Not a number at all, or one with more digits than can be kept.
    #[error("is not a number")]
    NotANumber,
    /// A fraction where a whole number is wanted.
    #[error("is not a whole number")]
    NotWhole,
    /// A number outside the field's range.
    #[error("is not between 0 and {max}")]
    OutOfRange {
        /// The largest accepted value, in the field's own unit.
        max: u32,
    },
    /// A decimal with too many places or too large.
    #[error("has more than six decimal places or twelve digits before them")]
    DecimalRange,
    /// Neither yes nor no.
    #[error("is neither true, 1, yes nor false, 0, no")]
    NotABool,
    /// Not an instant in a known notation.
    #[error("is not a time such as 2026-10-05T14:30:00Z")]
    NotATime,
    /// A bare number as an instant.
    #[error("is a bare number: say its unit in a mapping, for example unit = \"unix_ms\"")]
    TimeWithoutUnit,
    /// An instant before 1990 or after 2099.
    #[error("is not between the years 1990 and 2099")]
    TimeRange,
    /// Not a date.
    #[error("is not a date such as 2026-10-05")]
    NotADate,
    /// Not an IP address.
    #[error("is not an IP address")]
    NotAnAddress,
    /// Not the name of a kind of engagement.
    #[error("is not like, comment, share, save, follow or not_interested")]
    NotAnEngagement,
    /// Not the name of an activity in a room.
    #[error("is not like, join, follow, share, comment, viewers, start, end, battle_start or battle_end")]
    NotAnActivity,
    /// Not a reason for a refund.
    #[error("is not refund or chargeback")]
    NotARefundReason,
    /// Nothing but blanks.
    #[error("is blank")]
    Blank,
    /// Not a country code.
    #[error("is not an ISO 3166-1 alpha-2 code such as US")]
    NotACountry,
    /// Not a currency code.
    #[error("is not an ISO 4217 code such as USD")]
    NotACurrency,
    /// Text that no type of the field can be read from.
    #[error("has the wrong type: {found}")]
    WrongType {
        /// What the source holds.
        found: String,
    },
    /// A mapping's expression gave no value.
    #[error("cannot be computed: {message}")]
    Expression {
        /// What the evaluation said.
        message: String,
    },
    /// The whole row is not what its file's format demands.
    #[error("{message}")]
    Row {
        /// What is wrong with the row.
        message: String,
    },
}

/// Can a field take a text, as the type of the field reads it?
pub fn check(field: &Field, value: &str) -> Result<(), Reason> {
    match field.ty {
        FieldType::Id => id(value),
        FieldType::IdList => id_list(value),
        FieldType::Text => text(field.name, value),
        FieldType::Timestamp => timestamp_millis(value, TimeUnit::Text).map(|_| ()),
        FieldType::Date => date_days(value).map(|_| ()),
        FieldType::Count { max } => count(value, CountUnit::Own, max).map(|_| ()),
        FieldType::Bool => boolean(value).map(|_| ()),
        FieldType::Decimal => decimal_micros(value).map(|_| ()),
        FieldType::Ip => ip(value).map(|_| ()),
    }
}

/// Checks an opaque id.
pub fn id(text: &str) -> Result<(), Reason> {
    if text.len() > MAX_ID_BYTES {
        return Err(Reason::TooLong { limit: MAX_ID_BYTES });
    }
    let is_blank = |one: char| one.is_whitespace() && !one.is_control();
    if text.starts_with(is_blank) && text.chars().all(is_blank) {
        return Err(Reason::Blank);
    }
    if is_rounded(text) {
        return Err(Reason::Rounded);
    }
    if !text.is_empty() && is_placeholder(rounded::bare(text)) {
        return Err(Reason::Placeholder);
    }
    without_control(text)
}

/// Does a text stand in the place of a value that is missing? Marks without a letter or digit do, as well (`-`, `--`, `?`, `####`),
/// and so do the errors of spreadsheets (`#VALUE!`, `#SPILL!`, `#NAME?`).
fn is_placeholder(text: &str) -> bool {
    let brackets = |open, close| text.strip_prefix(open)?.strip_suffix(close);
    let inner = brackets('[', ']')
        .or_else(|| brackets('(', ')'))
        .or_else(|| brackets('<', '>'));
    let is_one_of = |all: &[&str], text: &str| all.iter().any(|one| one.eq_ignore_ascii_case(text));
    const MARKS: [char; 7] = ['—', '–', '―', '‒', '…', '·', '•'];
    text.chars()
        .all(|sign| sign.is_ascii_punctuation() || MARKS.contains(&sign))
        || is_error_of_a_cell(text)
        || SHORT_PLACEHOLDERS.contains(&text)
        || is_one_of(&PLACEHOLDERS, text)
        || inner.is_some_and(|inner| is_one_of(&PLACEHOLDERS, inner) || is_one_of(&SHORT_PLACEHOLDERS, inner))
}

/// `#DIV/0!`, `#NULL!`, `#NAME?`, `#N/A`, and whatever errors spreadsheets will have.
fn is_error_of_a_cell(text: &str) -> bool {
    let Some(name) = text.strip_prefix('#') else {
        return false;
    };
    let name = name.strip_suffix(['!', '?']).or((name == "N/A").then_some(name));
    let is_of_a_name =
        |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || b"/_ ".contains(&byte);
    name.is_some_and(|name| name.bytes().all(is_of_a_name))
}

/// What programs write in the place of a value that is missing, in any case of letters: SQL, Python, Go, R, pandas, spreadsheets.
/// And what has two values only.
const PLACEHOLDERS: [&str; 12] = [
    "nil",
    "null",
    "none",
    "n/a",
    "n.a.",
    "undefined",
    "unknown",
    "blank",
    "object object",
    "\\N",
    "true",
    "false",
];

/// What is short enough to be a name in other letters.
const SHORT_PLACEHOLDERS: [&str; 2] = ["NaT", "NA"];

/// Checks an id that was derived from others, which may have been long.
pub fn derived_id(text: &str) -> Result<(), Reason> {
    without_control(text)
}

/// Checks the ids of a list separated by `;`; empty parts are ignored.
pub fn id_list(text: &str) -> Result<(), Reason> {
    text.split(';').try_for_each(id)
}

/// Checks a text field by its name: some have their own length or their own set of words.
pub fn text(field: &str, text: &str) -> Result<(), Reason> {
    let limit = if field == "user_agent" {
        MAX_USER_AGENT_BYTES
    } else {
        MAX_TEXT_BYTES
    };
    if text.len() > limit {
        return Err(Reason::TooLong { limit });
    }
    without_control(text)?;
    match field {
        "engagement" if EngagementKind::ALL.iter().all(|kind| kind.name() != text) => {
            Err(Reason::NotAnEngagement)
        }
        "activity" if ActivityKind::named(text).is_none() => Err(Reason::NotAnActivity),
        "reason" if RefundReason::named(text).is_none() => Err(Reason::NotARefundReason),
        "currency" if !is_capitals(text, 3) => Err(Reason::NotACurrency),
        "country" if !is_capitals(text, 2) => Err(Reason::NotACountry),
        _ => Ok(()),
    }
}

fn is_capitals(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn without_control(text: &str) -> Result<(), Reason> {
    let plain = text.bytes().all(|byte| byte >= 0x20 && byte != 0x7f);
    // The C1 controls are two bytes in UTF-8, the first of them 0xc2.
    let plain = plain && (!text.bytes().any(|byte| byte == 0xc2) || !text.chars().any(char::is_control));
    if plain {
        Ok(())
    } else {
        Err(Reason::ControlCharacter)
    }
}

/// Reads yes or no.
pub fn boolean(text: &str) -> Result<bool, Reason> {
    const YES: [&str; 3] = ["1", "true", "yes"];
    const NO: [&str; 3] = ["0", "false", "no"];
    let text = text.trim_matches(' ');
    if YES.iter().any(|yes| text.eq_ignore_ascii_case(yes)) {
        Ok(true)
    } else if NO.iter().any(|no| text.eq_ignore_ascii_case(no)) {
        Ok(false)
    } else {
        match number::parse(text) {
            Ok(number) if number.whole() == Some(0) => Ok(false),
            Ok(number) if number.whole() == Some(1) => Ok(true),
            _ => Err(Reason::NotABool),
        }
    }
}

/// Reads an IP address: IPv4 as a number, `None` for an IPv6 address, which is accepted and not kept.
/// An IPv4 address written as IPv6 (`::ffff:192.0.2.1`) is kept.
pub fn ip(text: &str) -> Result<Option<u32>, Reason> {
    let text = text.trim_matches(' ');
    if let Ok(address) = text.parse::<Ipv4Addr>() {
        return Ok(Some(address.to_bits()));
    }
    match text.parse::<Ipv6Addr>() {
        Ok(address) => Ok(address.to_ipv4_mapped().map(Ipv4Addr::to_bits)),
        Err(_) => match text.parse::<u32>() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(Reason::NotAnAddress),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_opaque_but_printable() {
        assert_eq!(id("usr_1 ü/é"), Ok(()));
        assert_eq!(id(&"x".repeat(128)), Ok(()));
        assert_eq!(id(&"x".repeat(129)), Err(Reason::TooLong { limit: 128 }));
        assert_eq!(id("a\0b"), Err(Reason::ControlCharacter));
        assert_eq!(id("a\u{85}b"), Err(Reason::ControlCharacter));
        assert_eq!(id_list("a;b;;c"), Ok(()));
        assert_eq!(id_list("a;7.1E+18"), Err(Reason::Rounded));
        for none in ["nan", "NaN", "-inf", "Infinity"] {
            assert_eq!(id(none), Err(Reason::Rounded));
        }
        for rounded in [
            "7e18",
            "7.1E−18",
            "7.1E＋18",
            "７.１E+18",
            "7٫1E+18",
            "7.1 E 18",
            "7.1*10^18",
            "7.1×10^18",
        ] {
            assert_eq!(id(rounded), Err(Reason::Rounded), "{rounded}");
        }
        for missing in PLACEHOLDERS.iter().chain(&SHORT_PLACEHOLDERS) {
            assert_eq!(id(missing), Err(Reason::Placeholder), "{missing}");
        }
        for blank in [" ", "\u{a0}", " \u{2003}"] {
            assert_eq!(id(blank), Err(Reason::Blank), "{blank:?}");
        }
        for missing in [
            "[null]",
            "—",
            "–",
            "…",
            "(NULL)",
            "<nil>",
            "-",
            "--",
            "?",
            "\u{a0}null\u{a0}",
            "'null'",
            "\"None\"",
            "''",
            "########",
            "#NULL!",
            "#SPILL!",
            "Unknown",
            "(blank)",
            "[object Object]",
            "#CALC!",
            "#DIV/0!",
            "#NAME?",
            "#N/A",
            "#GETTING_DATA!",
            "<Null>",
            "(none)",
            "[na]",
            "N.A.",
            "TRUE",
        ] {
            assert_eq!(id(missing), Err(Reason::Placeholder), "{missing}");
        }
        for own in [
            "nana", "7e14", "12e4", "1e99", "Nona", "nullius", "[ann]", "-a", "é", "🔥", "na", "nat", "#ann",
            "#ann!", "#7", "trueman",
        ] {
            assert_eq!(id(own), Ok(()), "{own}");
        }
    }

    #[test]
    fn words_have_their_own_sets() {
        assert_eq!(text("country", "DE"), Ok(()));
        assert_eq!(text("engagement", "save"), Ok(()));
        assert_eq!(text("engagement", "dislike"), Err(Reason::NotAnEngagement));
        assert_eq!(text("currency", "usd"), Err(Reason::NotACurrency));
        assert_eq!(text("user_agent", &"m".repeat(1_024)), Ok(()));
        assert_eq!(
            text("surface", &"m".repeat(257)),
            Err(Reason::TooLong { limit: 256 })
        );
    }

    #[test]
    fn yes_and_no_in_every_notation() {
        for yes in ["1", "true", "TRUE", "Yes", " 1 ", "1.0"] {
            assert_eq!(boolean(yes), Ok(true), "{yes}");
        }
        for no in ["0", "false", "No", "0.0"] {
            assert_eq!(boolean(no), Ok(false), "{no}");
        }
        for neither in ["2", "maybe", "-1", "t"] {
            assert_eq!(boolean(neither), Err(Reason::NotABool), "{neither}");
        }
    }

    #[test]
    fn addresses_of_version_six_are_accepted_and_not_kept() {
        assert_eq!(ip("192.0.2.1"), Ok(Some(0xc000_0201)));
        assert_eq!(ip("::ffff:192.0.2.1"), Ok(Some(0xc000_0201)));
        assert_eq!(ip("2001:db8::1"), Ok(None));
        assert_eq!(ip("3221225985"), Ok(Some(0xc000_0201)));
        assert_eq!(ip("300.1.1.1"), Err(Reason::NotAnAddress));
    }
}
