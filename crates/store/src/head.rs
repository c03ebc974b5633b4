//! The head of the books: how much they hold, with a hash of all of it. Kept where who writes to the database cannot reach, it
//! says later whether what stood then stands still.

use crate::chain::RecordHead;
use crate::stored::StoredTransaction;
use std::fmt;
use std::str::FromStr;

/// Hexadecimal digits of each hash in a head: 128 bits, which nobody can find other books for.
const DIGITS: usize = 32;

/// The head of the books.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BooksHead {
    /// Transactions, and a hash of them in their order.
    pub transactions: (u64, [u8; 16]),
    /// Versions of records, and the first bytes of the last link of their chain.
    pub records: (u64, [u8; 16]),
}

/// Why a text is no head.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is no head of books: it looks like 12:0123456789abcdef0123456789abcdef/34:fedcba9876543210fedcba9876543210"
)]
pub struct BooksHeadError {
    text: String,
}

impl fmt::Display for BooksHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = |bytes: &[u8; 16]| format!("{:0DIGITS$x}", u128::from_be_bytes(*bytes));
        let ((transactions, hash), (records, link)) = (&self.transactions, &self.records);
        write!(f, "{transactions}:{}/{records}:{}", hex(hash), hex(link))
    }
}

impl FromStr for BooksHead {
    type Err = BooksHeadError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let part = |part: &str| -> Option<(u64, [u8; 16])> {
            let (count, hash) = part.split_once(':')?;
            let is_hash = hash.len() == DIGITS && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
            let hash = u128::from_str_radix(hash, 16).ok().filter(|_| is_hash)?;
            Some((count.parse().ok()?, hash.to_be_bytes()))
        };
        let parsed = text.trim().split_once('/').and_then(|(transactions, records)| {
            Some(BooksHead {
                transactions: part(transactions)?,
                records: part(records)?,
            })
        });
        parsed.ok_or_else(|| BooksHeadError {
            text: text.to_owned(),
        })
    }
}

impl RecordHead {
    /// The part of the books' head that is about records.
    pub(crate) fn short(&self) -> (u64, [u8; 16]) {
        (self.records, first_half(&self.link))
    }
}

/// A hash of transactions in their order.
#[derive(Default)]
pub(crate) struct Rolling {
    hasher: blake3::Hasher,
    count: u64,
}

impl Rolling {
    /// Takes the next transaction.
    pub(crate) fn add(&mut self, transaction: &StoredTransaction) {
        self.hasher.update(&transaction.number.to_le_bytes());
        self.hasher
            .update(&transaction.recorded.as_millisecond().to_le_bytes());
        self.hasher.update(&transaction.body);
        self.count += 1;
    }

    /// How many there were.
    pub(crate) const fn count(&self) -> u64 {
        self.count
    }

    /// How many there were, and their hash.
    pub(crate) fn so_far(&self) -> (u64, [u8; 16]) {
        (self.count, first_half(self.hasher.finalize().as_bytes()))
    }
}

fn first_half(hash: &[u8; 32]) -> [u8; 16] {
    std::array::from_fn(|at| hash[at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_reads_back() {
        let head = BooksHead {
            transactions: (12, [7; 16]),
            records: (0, [0; 16]),
        };
        let text = head.to_string();
        assert_eq!(text, format!("12:{}/0:{}", "07".repeat(16), "00".repeat(16)));
        assert_eq!(text.parse(), Ok(head));
        for wrong in [
            "",
            "12",
            "12:07/0:00",
            &text[1..].replace(':', ""),
            &text.replace("07", "+7"),
        ] {
            assert!(wrong.parse::<BooksHead>().is_err(), "{wrong}");
        }
    }
}
