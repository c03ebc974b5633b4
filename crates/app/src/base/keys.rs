//! Keys made of ids: what names a transaction in the books once and for ever.
//!
//! An id may be as long as events allow, and a key may not hold several such. A key that does not fit has the BLAKE3 of the id
//! in its place: 256 bits, wide enough to be an identity. Different ids never give one key. A key that fits is the text it
//! always was, so that what is in the books is found again.

use ledger::MAX_KEY;

/// The key of what a kind and an id name: `kind/id`, or `kind/#HASH` where that is too long.
pub(crate) fn key(kind: &str, id: &str) -> String {
    let key = format!("{kind}/{id}");
    if key.len() <= MAX_KEY && !is_like_a_hash(id) {
        return key;
    }
    format!("{}{}", hashed(kind), blake3::hash(id.as_bytes()).to_hex())
}

/// How the keys of what belongs to an id begin, and of no other id: `kind/id/`, with room for `room` bytes behind it. The id's own `/` is
/// written `~1`, and its `~` is written `~0`.
pub(crate) fn within(kind: &str, id: &str, room: usize) -> String {
    let prefix = format!("{kind}/{}/", escaped(id));
    match prefix.len() + room <= MAX_KEY && !is_like_a_hash(id) {
        true => prefix,
        false => format!("{}{}/", hashed(kind), blake3::hash(id.as_bytes()).to_hex()),
    }
}

/// How the keys of ids that do not fit begin.
pub(crate) fn hashed(kind: &str) -> String {
    format!("{kind}/#")
}

/// Could the id be taken for another one's hash?
fn is_like_a_hash(id: &str) -> bool {
    let digits = id.strip_prefix('#').unwrap_or("");
    digits.len() == 2 * blake3::OUT_LEN && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Two ids as one: `first/second`. Where the first has a `/` or `~` of its own, both are written with `~0` for `~` and `~1` for
/// `/`, so that `a/b` and `c` are not `a` and `b/c`.
pub(crate) fn pair(first: &str, second: &str) -> String {
    if first.contains(['/', '~']) {
        return format!("{}/{}", escaped(first), escaped(second));
    }
    format!("{first}/{second}")
}

/// An id without a `/` of its own: `~0` for `~` and `~1` for `/`.
fn escaped(id: &str) -> String {
    id.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn a_key_that_fits_is_the_text_it_always_was() {
        assert_eq!(key("gift", "r/v/h/g/streak:1/3"), "gift/r/v/h/g/streak:1/3");
        assert_eq!(key("payable/fund/2026-10", "ann#1"), "payable/fund/2026-10/ann#1");
        assert_eq!(key("redemption", "#7"), "redemption/#7");
        assert_eq!(pair("refund-1", "a/b"), "refund-1/a/b");
        let longest = "x".repeat(MAX_KEY - "gift/".len());
        assert_eq!(key("gift", &longest), format!("gift/{longest}"));
    }

    #[test]
    fn any_id_has_a_key_and_different_ids_have_different_keys() {
        let long = "ü/".repeat(300);
        let hash = key("gift", &long);
        let mut ids = vec![
            long.clone(),
            long.clone() + " ",
            hash["gift/".len()..].to_owned(),
            "#".to_owned(),
        ];
        ids.extend((0..3_u32).map(|n| "#".repeat(n as usize * 100 + 1)));
        ids.sort();
        ids.dedup();
        let keys: HashMap<String, &String> = ids.iter().map(|id| (key("gift", id), id)).collect();
        assert!(keys.keys().all(|key| key.len() <= MAX_KEY), "{keys:?}");
        assert_eq!(keys.len(), ids.len());
    }

    #[test]
    fn different_pairs_are_different_texts() {
        let parts = [
            "a", "b", "a/b", "b/c", "c", "a~1b", "a~b", "~", "/", "a/", "/a", "~1", "~01",
        ];
        let mut pairs = HashMap::new();
        for first in parts {
            for second in parts {
                let before = pairs.insert(pair(first, second), (first, second));
                assert_eq!(before, None, "{first} {second}");
            }
        }
    }
}
