//! The head of the books: how many changes there are, and the last link. Kept where who writes to the database cannot reach, it says
//! later whether what stood then stands still.

use crate::change::ChangeHead;
use std::fmt;
use std::str::FromStr;

/// Hexadecimal digits of the hash in a head: 128 bits, which nobody can find other books for.
const DIGITS: usize = 32;

/// A head of the books that can be kept elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeptHead {
    /// How many changes there were.
    pub changes: u64,
    /// The first bytes of the last link.
    pub hash: [u8; 16],
}

/// Why a text is no head.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no head of books: it looks like 12:0123456789abcdef0123456789abcdef")]
pub struct KeptHeadError {
    text: String,
}

impl fmt::Display for KeptHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{:0DIGITS$x}", self.changes, u128::from_be_bytes(self.hash))
    }
}

impl FromStr for KeptHead {
    type Err = KeptHeadError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parsed = text.trim().split_once(':').and_then(|(changes, hash)| {
            let is_hash = hash.len() == DIGITS && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
            let hash = u128::from_str_radix(hash, 16).ok().filter(|_| is_hash)?;
            Some(KeptHead {
                changes: changes.parse().ok()?,
                hash: hash.to_be_bytes(),
            })
        });
        parsed.ok_or_else(|| KeptHeadError {
            text: text.to_owned(),
        })
    }
}

impl From<&ChangeHead> for KeptHead {
    fn from(head: &ChangeHead) -> Self {
        KeptHead {
            changes: head.number,
            hash: std::array::from_fn(|at| head.link[at]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_reads_back() {
        let head = KeptHead {
            changes: 12,
            hash: [7; 16],
        };
        let text = head.to_string();
        assert_eq!(text, format!("12:{}", "07".repeat(16)));
        assert_eq!(text.parse(), Ok(head));
        for wrong in [
            "",
            "12",
            "12:07",
            &text.replace(':', ""),
            &text.replace("07", "+7"),
        ] {
            assert!(wrong.parse::<KeptHead>().is_err(), "{wrong}");
        }
    }
}
