//! Ids of payouts and the references that travel through banks.
//!
//! Both are one hash of batch and payee, 130 bits as 26 characters of Crockford's alphabet: `pay_` in small letters for
//! people and interfaces, `PAY` in capitals as the end-to-end id, so that one can be read from the other. The
//! same batch and payee always give the same ids. A hash moves no money here: [`super::Batch::prepare`]
//! refuses two payouts with one id.

use crate::payee::PayeeId;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Crockford's alphabet: no I, L, O, U to misread.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CHARACTERS: usize = 26;
/// Longest batch id: it is the message id of the bank file, and with a number the id of its parts, 35 at most.
pub const MAX_BATCH_ID: usize = 30;

/// Why a text is not an id of this module.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not a payout id.
    #[error("invalid payout id `{text}`: it is pay_ and 26 small letters and digits")]
    Payout {
        /// The text given.
        text: String,
    },
    /// Not an end-to-end id of ours.
    #[error("invalid end-to-end id `{text}`: it is PAY and 26 capitals and digits")]
    EndToEnd {
        /// The text given.
        text: String,
    },
    /// Not a batch id.
    #[error(
        "invalid batch id `{text}`: use 1 to {MAX_BATCH_ID} letters, digits and hyphens, no hyphen at the ends"
    )]
    Batch {
        /// The text given.
        text: String,
    },
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $check:expr, $error:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks a text.
            pub fn new(text: &str) -> Result<Self, IdError> {
                let check: fn(&str) -> bool = $check;
                if check(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(IdError::$error { text: text.to_owned() })
                }
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                Self::new(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

id!(
    /// A payout's id, `pay_...`.
    PayoutId,
    |text| text.strip_prefix("pay_").is_some_and(|rest| {
        rest.len() == CHARACTERS && rest.bytes().all(|b| ALPHABET.contains(&b.to_ascii_uppercase()) && !b.is_ascii_uppercase())
    }),
    Payout
);
id!(
    /// The reference that a bank hands through to its answers: 29 of the characters every bank allows.
    EndToEndId,
    |text| text.strip_prefix("PAY").is_some_and(|rest| {
        rest.len() == CHARACTERS && rest.bytes().all(|b| ALPHABET.contains(&b))
    }),
    EndToEnd
);
id!(
    /// A batch's id, chosen by the caller: what a bank allows as message id.
    BatchId,
    |text| (1..=MAX_BATCH_ID).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-'),
    Batch
);

impl PayoutId {
    /// The id of a payee's payout in a batch.
    pub fn derive(batch: &BatchId, payee: &PayeeId) -> Self {
        Self(format!("pay_{}", hash(batch, payee).to_ascii_lowercase()))
    }
}

impl EndToEndId {
    /// The reference of a payee's payout in a batch.
    pub fn derive(batch: &BatchId, payee: &PayeeId) -> Self {
        Self(format!("PAY{}", hash(batch, payee)))
    }
}

/// The batch id cannot hold a zero byte, so the two texts cannot run into each other.
fn hash(batch: &BatchId, payee: &PayeeId) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(batch.0.as_bytes());
    hasher.update(&[0]);
    hasher.update(payee.as_str().as_bytes());
    crockford(hasher.finalize().as_bytes(), CHARACTERS)
}

/// The first bits of a hash as characters of Crockford's alphabet, five bits each from the front.
pub(crate) fn crockford(bytes: &[u8; 32], characters: usize) -> String {
    let bit = |at: usize| (bytes[at / 8] >> (7 - at % 8)) & 1;
    (0..characters)
        .map(|character| {
            let value = (0..5).fold(0_usize, |value, at| {
                value * 2 + usize::from(bit(character * 5 + at))
            });
            char::from(ALPHABET[value])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_batch_and_payee_one_id() {
        let batch = BatchId::new("2026-11-a").unwrap();
        let anna = PayeeId::new("anna").unwrap();
        let (id, reference) = (PayoutId::derive(&batch, &anna), EndToEndId::derive(&batch, &anna));
        assert_eq!(id, PayoutId::derive(&batch, &anna));
        assert_eq!(reference.as_str().len(), 29);
        assert_eq!(id.as_str()[4..].to_ascii_uppercase(), reference.as_str()[3..]);
        assert_eq!(PayoutId::new(id.as_str()), Ok(id.clone()));
        assert_eq!(EndToEndId::new(reference.as_str()), Ok(reference));
        assert_ne!(id, PayoutId::derive(&batch, &PayeeId::new("Anna").unwrap()));
        assert_ne!(id, PayoutId::derive(&BatchId::new("2026-11-b").unwrap(), &anna));
    }

    #[test]
    fn batch_ids() {
        for wrong in ["", "-a", "a-", "a b", "a/b", "ä", &"x".repeat(31)] {
            assert!(BatchId::new(wrong).is_err(), "{wrong}");
        }
    }
}
