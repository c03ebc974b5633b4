//! Texts by number: what the codes of id and text columns above `FIRST_INTERNED` stand for.

use event::id::{self, FIRST_INTERNED};
use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;

/// The code of an empty value.
pub(crate) const NO_CODE: u64 = u64::MAX;

/// Texts that are not canonical decimals, numbered from 0.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pool {
    bytes: String,
    ends: Vec<usize>,
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Pool {
    /// The code of a text: its value if it is a canonical decimal, else the number of the equal text.
    pub(crate) fn code(&mut self, text: &str) -> u64 {
        match id::decimal(text) {
            Some(value) => value,
            None => FIRST_INTERNED | u64::from(self.intern(text)),
        }
    }

    /// The code of a text that is not expected again: it gets a number of its own.
    pub(crate) fn code_once(&mut self, text: &str) -> u64 {
        match id::decimal(text) {
            Some(value) => value,
            None => FIRST_INTERNED | u64::from(self.push(text)),
        }
    }

    /// The number of a text, the same for equal texts.
    pub(crate) fn intern(&mut self, text: &str) -> u32 {
        let hash = self.hasher.hash_one(text);
        let found = self
            .table
            .find(hash, |&index| slice(&self.bytes, &self.ends, index) == text);
        if let Some(&index) = found {
            return index;
        }
        let index = self.push(text);
        let (bytes, ends, hasher) = (&self.bytes, &self.ends, &self.hasher);
        self.table
            .insert_unique(hash, index, |&other| hasher.hash_one(slice(bytes, ends, other)));
        index
    }

    fn push(&mut self, text: &str) -> u32 {
        let index = u32::try_from(self.ends.len()).expect("a chunk holds fewer than 2^32 texts");
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len());
        index
    }

    /// The text of a number.
    pub(crate) fn text(&self, index: u32) -> &str {
        slice(&self.bytes, &self.ends, index)
    }

    /// The bytes of the text of an interned code.
    pub(crate) fn bytes_of(&self, code: u64) -> &[u8] {
        slice(&self.bytes, &self.ends, (code & !FIRST_INTERNED) as u32).as_bytes()
    }

    /// How many texts there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Bytes of memory held.
    pub(crate) fn memory(&self) -> usize {
        self.bytes.capacity() + self.ends.capacity() * size_of::<usize>() + self.table.capacity() * 5
    }

    /// For every number, its place in the order of the texts' bytes: codes made of places compare as ids do.
    pub(crate) fn places(&self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.ends.len() as u32).collect();
        order.sort_unstable_by(|&a, &b| {
            slice(&self.bytes, &self.ends, a)
                .cmp(slice(&self.bytes, &self.ends, b))
                .then(a.cmp(&b))
        });
        let mut places = vec![0; order.len()];
        for (place, &index) in order.iter().enumerate() {
            places[index as usize] = place as u32;
        }
        places
    }
}

fn slice<'a>(bytes: &'a str, ends: &[usize], index: u32) -> &'a str {
    let index = index as usize;
    let start = if index == 0 { 0 } else { ends[index - 1] };
    &bytes[start..ends[index]]
}

/// The digits of a number.
pub(crate) fn decimal_text(mut value: u64, digits: &mut [u8; 20]) -> &str {
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    std::str::from_utf8(&digits[at..]).expect("digits are UTF-8")
}
