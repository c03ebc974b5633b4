//! Ids inside the kernel: canonical decimals are their own value, other texts are numbered by an exact interner.
//!
//! An interned number is `1 << 63`, then the top twelve bits of the text's stable hash, then a serial number. So the
//! bucket of any id is known from its number alone, while identity comes from comparing whole texts.

use event::id::{FIRST_INTERNED, decimal, mix, stable_hash};
use hashbrown::HashTable;
use std::sync::{Arc, Mutex};

/// The finest partitioning that a number can be assigned to: 2^12 buckets.
pub(crate) const MAX_BUCKET_BITS: u32 = 12;
const SERIAL_BITS: u32 = 63 - MAX_BUCKET_BITS;
const SHARDS: usize = 64;

/// The bucket of an id among `1 << bits`: the top bits of its stable hash.
#[inline]
pub(crate) fn bucket(id: u64, bits: u32) -> usize {
    let hash = if id < FIRST_INTERNED { mix(id) } else { id << 1 };
    (hash >> 1 >> (63 - bits)) as usize
}

/// Numbers texts, and remembers them.
#[derive(Debug)]
pub(crate) struct Interner {
    shards: Vec<Mutex<Shard>>,
}

#[derive(Debug, Default)]
struct Shard {
    table: HashTable<u32>,
    texts: Vec<Arc<str>>,
}

impl Interner {
    pub(crate) fn new() -> Self {
        Interner {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
        }
    }

    /// The number of an id.
    #[inline]
    pub(crate) fn number(&self, text: &str) -> u64 {
        decimal(text).unwrap_or_else(|| self.intern(text))
    }

    fn intern(&self, text: &str) -> u64 {
        let hash = stable_hash(text);
        let shard_index = (hash as usize >> 8) % SHARDS;
        let mut shard = self.shards[shard_index]
            .lock()
            .expect("no thread panics while numbering");
        let Shard { table, texts } = &mut *shard;
        let known = table
            .find(hash, |index| &*texts[*index as usize] == text)
            .copied();
        let index = known.unwrap_or_else(|| {
            let index = u32::try_from(texts.len()).expect("fewer than 2^32 texts in each of 64 shards");
            texts.push(Arc::from(text));
            table.insert_unique(hash, index, |index| stable_hash(&texts[*index as usize]));
            index
        });
        let serial = u64::from(index) * SHARDS as u64 + shard_index as u64;
        FIRST_INTERNED | (hash >> (64 - MAX_BUCKET_BITS)) << SERIAL_BITS | serial
    }

    /// The text of a number.
    pub(crate) fn text(&self, id: u64) -> Arc<str> {
        if id < FIRST_INTERNED {
            return Arc::from(id.to_string());
        }
        let serial = (id & ((1 << SERIAL_BITS) - 1)) as usize;
        let shard = self.shards[serial % SHARDS]
            .lock()
            .expect("no thread panics while numbering");
        Arc::clone(&shard.texts[serial / SHARDS])
    }
}

/// The value of a canonical decimal of at most twelve digits, held inline in an Arrow string view.
#[inline]
pub(crate) fn inline_decimal(view: u128) -> Option<u64> {
    let length = view as u32;
    if length == 0 || length > 12 {
        return None;
    }
    let bytes = view >> 32;
    let padding = 8 * (16 - length);
    let digits = bytes << padding;
    // Bytes in front of the digits become '0'; those of the view after its text are zero already.
    let zeros = 0x3030_3030_3030_3030_3030_3030_3030_3030_u128 >> (8 * length);
    let (high, low) = ((digits | zeros) as u64, ((digits | zeros) >> 64) as u64);
    if bytes as u8 == b'0' && length > 1 {
        return None;
    }
    let low = eight_digits(low)?;
    if length <= 8 {
        return Some(low);
    }
    Some(eight_digits(high)? * 100_000_000 + low)
}

/// The value of eight ASCII digits, the first in the lowest byte.
#[inline]
fn eight_digits(text: u64) -> Option<u64> {
    let digits = text ^ 0x3030_3030_3030_3030;
    if (digits.wrapping_add(0x7676_7676_7676_7676) | digits) & 0x8080_8080_8080_8080 != 0 {
        return None;
    }
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let left = (pairs & 0x0000_00ff_0000_00ff).wrapping_mul(0x000f_4240_0000_0064);
    let right = ((pairs >> 16) & 0x0000_00ff_0000_00ff).wrapping_mul(0x0000_2710_0000_0001);
    Some(left.wrapping_add(right) >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn view(text: &str) -> u128 {
        let mut bytes = [0u8; 16];
        bytes[..4].copy_from_slice(&(text.len() as u32).to_le_bytes());
        bytes[4..4 + text.len()].copy_from_slice(text.as_bytes());
        u128::from_le_bytes(bytes)
    }

    #[test]
    fn texts_are_numbered_once() {
        let interner = Interner::new();
        let (a, b) = (interner.number("alice"), interner.number("bob"));
        assert_ne!(a, b);
        assert_eq!(interner.number("alice"), a);
        assert_eq!((&*interner.text(a), &*interner.text(77)), ("alice", "77"));
    }

    #[test]
    fn buckets_are_the_top_bits_of_the_stable_hash() {
        let interner = Interner::new();
        for text in ["0", "12345", "alice", "9223372036854775808", "x-7"] {
            for bits in 1..=MAX_BUCKET_BITS {
                let expected = (stable_hash(text) >> (64 - bits)) as usize;
                assert_eq!(bucket(interner.number(text), bits), expected, "{text} {bits}");
            }
        }
    }

    proptest! {
        #[test]
        fn inline_agrees_with_the_general_rule(text in "[0-9]{1,12}|[0-9/:a]{1,12}") {
            prop_assert_eq!(inline_decimal(view(&text)), decimal(&text));
        }
    }
}
