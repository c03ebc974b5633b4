//! Ids: opaque text at the edges, compact inside, and never identified by a hash.
//!
//! Inside the engine an id is a 64-bit number. A canonical decimal (`"0"`, `"8412345"`, below 2^63, no
//! sign, no leading zero) is its own value; any other text is numbered by an interner that compares
//! whole texts. So two different ids never share a number: hashes choose buckets, and only that.

use std::cmp::Ordering;

/// Numbers from here on belong to interned texts.
pub const FIRST_INTERNED: u64 = 1 << 63;

/// How many viewer buckets the archive is laid out by.
pub const VIEWER_BUCKETS: u16 = 256;

/// The value of a canonical decimal id below 2^63, or `None` for any other text.
pub fn decimal(text: &str) -> Option<u64> {
    let bytes = text.as_bytes();
    let canonical = match bytes {
        [b'0'] => true,
        [b'1'..=b'9', rest @ ..] => rest.len() < 19 && rest.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    if !canonical {
        return None;
    }
    let value = bytes
        .iter()
        .fold(0u64, |value, digit| value * 10 + u64::from(digit - b'0'));
    (value < FIRST_INTERNED).then_some(value)
}

/// A hash that is the same on every machine and in every version: SplitMix64's finaliser over the value of
/// a canonical decimal, or over FNV-1a of the text. It chooses buckets and says nothing about identity.
pub fn stable_hash(text: &str) -> u64 {
    match decimal(text) {
        Some(value) => mix(value),
        None => mix(fnv1a(text.as_bytes())),
    }
}

/// The stable hash of a canonical decimal id by its value.
pub const fn mix(value: u64) -> u64 {
    let mut x = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// The archive's bucket of a viewer: the top eight bits of its stable hash.
pub fn viewer_bucket(viewer: &str) -> u16 {
    (stable_hash(viewer) >> 56) as u16
}

/// The order of ids in sorted data: canonical decimals by value, then all other texts by bytes.
pub fn id_order(a: &str, b: &str) -> Ordering {
    match (decimal(a), decimal(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.cmp(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_canonical_decimals_are_numbers() {
        for (text, value) in [
            ("0", Some(0)),
            ("7", Some(7)),
            ("9223372036854775807", Some(i64::MAX as u64)),
            ("9223372036854775808", None),
            ("99999999999999999999", None),
            ("007", None),
            ("", None),
            ("-1", None),
            ("1a", None),
        ] {
            assert_eq!(decimal(text), value, "{text}");
        }
    }

    #[test]
    fn decimals_sort_by_value_before_texts() {
        let mut ids = ["b", "10", "9", "010", "a"];
        ids.sort_by(|a, b| id_order(a, b));
        assert_eq!(ids, ["9", "10", "010", "a", "b"]);
    }
}
