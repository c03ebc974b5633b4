//! Invoices for what creators owe, as a bank sees them: a reference that travels with a transfer, and what is still owed.
//!
//! The reference is a creditor reference of ISO 11649: `RF`, two check digits, and a text that is derived from the
//! invoice's key in the books. A slip of the pen shows in the check digits, so money is never booked on another invoice.

use crate::batch::crockford;
use jiff::civil::Date;
use money::Money;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What every reference has after its check digits: other invoices of the platform do not.
const MARK: &str = "INV";
/// Characters of the derived text: 60 bits.
const CHARACTERS: usize = 12;
/// Length of a reference.
const LENGTH: usize = 4 + MARK.len() + CHARACTERS;

/// An invoice's reference, without spaces: `RF84INV5QK2M8D0X7RT`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct InvoiceReference(String);

/// Why a text is not an invoice's reference.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// Another form.
    #[error("`{text}` is not an invoice: it is RF, two digits, {MARK} and {CHARACTERS} letters and digits")]
    Form {
        /// The text given.
        text: String,
    },
    /// The check digits do not fit.
    #[error("invoice `{text}` has wrong check digits: copy it again")]
    Digits {
        /// The text given.
        text: String,
    },
}

/// What a text holds of an invoice's reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mention {
    /// A reference.
    Reference(InvoiceReference),
    /// What was meant as one, and is damaged.
    Damaged(String),
}

impl InvoiceReference {
    /// Reads a reference; spaces and hyphens between its characters and small letters are taken too.
    pub fn new(text: &str) -> Result<Self, ReferenceError> {
        let plain = plain(text);
        let form = plain.len() == LENGTH
            && plain.starts_with("RF")
            && plain[2..4].bytes().all(|byte| byte.is_ascii_digit())
            && plain[4..].starts_with(MARK);
        let text = || text.to_owned();
        match form {
            false => Err(ReferenceError::Form { text: text() }),
            true if remainder(&plain) != 1 => Err(ReferenceError::Digits { text: text() }),
            true => Ok(Self(plain)),
        }
    }

    /// The reference of the invoice with a key in the books.
    pub fn derive(key: &str) -> Self {
        let hash = crockford(blake3::hash(key.as_bytes()).as_bytes(), CHARACTERS);
        let check = 98 - remainder(&format!("RF00{MARK}{hash}"));
        Self(format!("RF{check:02}{MARK}{hash}"))
    }

    /// The first reference in what somebody wrote on a transfer, whatever stands around it and between its characters.
    pub fn mentioned(text: &str) -> Option<Mention> {
        let plain = plain(text);
        let starts = plain.match_indices("RF").map(|(at, _)| &plain[at..]);
        let meant = |rest: &&str| {
            rest.get(2..4)
                .is_some_and(|check| check.bytes().all(|byte| byte.is_ascii_digit()))
                && rest[4..].starts_with(MARK)
        };
        let rest = starts.into_iter().find(meant)?;
        let word = &rest[..LENGTH.min(rest.len())];
        Some(match Self::new(word) {
            Ok(reference) => Mention::Reference(reference),
            Err(_) => Mention::Damaged(word.to_owned()),
        })
    }

    /// The text, without spaces.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Letters and digits, in capitals.
pub(crate) fn plain(text: &str) -> String {
    let kept = text.bytes().filter(u8::is_ascii_alphanumeric);
    kept.map(|byte| char::from(byte.to_ascii_uppercase())).collect()
}

/// ISO 7064 mod 97: the first four characters go to the end, letters count from 10.
fn remainder(reference: &str) -> u32 {
    let turned = reference.chars().skip(4).chain(reference.chars().take(4));
    turned.fold(0, |sum, character| {
        let value = character.to_digit(36).unwrap_or(0);
        (sum * if value < 10 { 10 } else { 100 } + value) % 97
    })
}

impl TryFrom<String> for InvoiceReference {
    type Error = ReferenceError;

    fn try_from(text: String) -> Result<Self, ReferenceError> {
        Self::new(&text)
    }
}

impl From<InvoiceReference> for String {
    fn from(reference: InvoiceReference) -> String {
        reference.0
    }
}

impl fmt::Display for InvoiceReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// An invoice as reconciliation sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenInvoice {
    /// Its reference.
    pub reference: InvoiceReference,
    /// What is still owed; zero when it is paid.
    pub open: Money,
    /// What was received for it.
    pub received: Vec<Received>,
}

/// Money that was received for an invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The bank's reference.
    pub reference: String,
    /// How much.
    pub amount: Money,
    /// The day on which it came in.
    pub on: Option<Date>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_derived_and_read_back() {
        let reference = InvoiceReference::derive("recover/12/USD/6/emil");
        assert_eq!(reference, InvoiceReference::derive("recover/12/USD/6/emil"));
        assert_ne!(reference, InvoiceReference::derive("recover/13/USD/6/emil"));
        assert_eq!(reference.as_str().len(), LENGTH);
        let spaced = format!(
            " {} {}-{} ",
            &reference.as_str()[..4].to_lowercase(),
            &reference.as_str()[4..9],
            &reference.as_str()[9..]
        );
        assert_eq!(InvoiceReference::new(&spaced), Ok(reference));
        // ISO 11649's own example has these check digits.
        assert_eq!(remainder("RF18539007547034"), 1);
    }

    #[test]
    fn a_slip_of_one_character_is_found() {
        let reference = InvoiceReference::derive("recover/12/USD/6/emil").to_string();
        for at in 7..LENGTH {
            for other in "0123456789ABCDEFGHJKMNPQRSTVWXYZ".chars() {
                let mut slipped: Vec<char> = reference.chars().collect();
                // A letter for a digit is found 96 times in 97 only.
                let is_alike = slipped[at].is_ascii_digit() == other.is_ascii_digit();
                if slipped[at] != other && is_alike {
                    slipped[at] = other;
                    let slipped: String = slipped.into_iter().collect();
                    assert!(InvoiceReference::new(&slipped).is_err(), "{slipped}");
                }
            }
        }
        for wrong in [
            "",
            "RF",
            "RF18539007547034",
            &reference[1..],
            &format!("{reference}0"),
        ] {
            assert!(InvoiceReference::new(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn mentioned_in_what_people_write() {
        let reference = InvoiceReference::derive("recover/12/USD/6/emil");
        let text = reference.as_str();
        for written in [
            text.to_owned(),
            format!("Invoice no. {text}, thanks"),
            format!("perf RF {} {}", &text[2..10], &text[10..]),
        ] {
            let found = InvoiceReference::mentioned(&written);
            assert_eq!(found, Some(Mention::Reference(reference.clone())), "{written}");
        }
        let slipped = text.replace("INV", "INVX");
        let found = InvoiceReference::mentioned(&slipped);
        assert!(matches!(found, Some(Mention::Damaged(_))), "{found:?}");
        assert!(matches!(
            InvoiceReference::mentioned(&text[..12]),
            Some(Mention::Damaged(_))
        ));
        for other in ["", "rent October", "RF18539007547034", "RF18 INVOICE"] {
            let found = InvoiceReference::mentioned(other);
            let is_none = !matches!(found, Some(Mention::Reference(_)));
            assert!(is_none, "{other}: {found:?}");
        }
    }
}
