//! Reason codes of ISO 20022 (external status and return reasons), in words.

use super::duplicates;
use super::tree::short;
use crate::payee::Fault;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a bank refused or returned a payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// The code, or the bank's own word.
    pub code: String,
    /// What the bank adds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code)?;
        if let Some(words) = reason_words(&self.code) {
            write!(f, ": {words}")?;
        }
        match &self.text {
            Some(text) if text.len() > MAX_WORDS => write!(f, " ({}…)", short(text, MAX_WORDS)),
            Some(text) => write!(f, " ({text})"),
            None => Ok(()),
        }
    }
}

/// Most reasons that are told of one payment, and most bytes of what a bank adds to one.
const MAX_REASONS: usize = 3;
const MAX_WORDS: usize = 500;

/// Reasons in words, each once: the first ones, and how many more there are. None without a reason.
pub fn all_in_words(reasons: &[Reason]) -> Option<String> {
    let mut words: Vec<String> = Vec::new();
    let mut more = 0;
    for reason in reasons {
        if words.len() < MAX_REASONS {
            let told = reason.to_string();
            if !words.contains(&told) {
                words.push(told);
            }
        } else {
            more += 1;
        }
    }
    if more > 0 {
        words.push(format!("and {more} more"));
    }
    (!words.is_empty()).then(|| words.join("; "))
}

/// Sorted by code.
const WORDS: [(&str, &str); 59] = [
    ("AB05", "the creditor's bank did not answer in time"),
    ("AB08", "the creditor's bank is offline"),
    ("AC01", "the account number is wrong"),
    ("AC02", "the debtor's account number is wrong"),
    ("AC03", "the creditor's account number is wrong"),
    ("AC04", "the account is closed"),
    ("AC06", "the account is blocked"),
    ("AC07", "the creditor's account is closed"),
    ("AC13", "the debtor's account is of the wrong kind"),
    ("AC14", "the creditor's account is of the wrong kind"),
    ("AG01", "transfers are not allowed on this account"),
    ("AG02", "the bank does not know this kind of operation"),
    ("AG03", "this kind of transaction is not supported"),
    ("AM01", "the amount is zero"),
    ("AM02", "the amount is above what is allowed"),
    ("AM03", "the currency is not accepted"),
    ("AM04", "there is not enough money on the account"),
    ("AM05", "the payment was sent twice"),
    ("AM06", "the amount is below what is allowed"),
    ("AM07", "the amount is blocked by an authority"),
    ("AM09", "the amount is wrong"),
    ("AM10", "the control sum is wrong"),
    ("AM12", "the amount is invalid"),
    ("AM14", "the amount is above the agreed limit"),
    ("BE01", "name and account do not belong together"),
    ("BE04", "the creditor's address is missing or wrong"),
    ("BE05", "the party that sent the file is not known"),
    ("BE06", "the customer is not known"),
    ("BE07", "the debtor's address is missing or wrong"),
    ("CH03", "the day of payment is too far away"),
    ("CNOR", "the creditor's bank is not in this clearing"),
    ("CURR", "the currency is wrong"),
    ("CUST", "the debtor asked for it"),
    ("DNOR", "the debtor's bank is not in this clearing"),
    ("DT01", "a date is wrong"),
    ("DU01", "the message id was used before"),
    ("DU02", "the id of a part was used before"),
    ("DU03", "the transaction was sent before"),
    ("DU04", "the payment's end-to-end id was used before"),
    ("DU05", "the payment's instruction id was used before"),
    ("DUPL", "the payment is a duplicate"),
    ("ED05", "the settlement failed"),
    ("FF01", "the file's format is wrong"),
    ("FOCR", "it came back after a request for cancellation"),
    ("FRAD", "it is said to be fraudulent"),
    ("FR01", "it is suspected of fraud"),
    ("LEGL", "the law forbids it"),
    ("MD07", "the customer has died"),
    ("MS02", "the customer gave no reason"),
    ("MS03", "the bank gave no reason"),
    ("NARR", "see the text"),
    ("NOAS", "the customer did not answer"),
    ("RC01", "the bank's code is wrong"),
    ("RC04", "the creditor's bank's code is wrong"),
    (
        "RR01",
        "the debtor's account or id is missing, which rules demand",
    ),
    (
        "RR02",
        "the debtor's name or address is missing, which rules demand",
    ),
    (
        "RR03",
        "the creditor's name or address is missing, which rules demand",
    ),
    ("RR04", "rules forbid it"),
    ("TM01", "it came after the cut-off time"),
];

/// Reasons that lie with the payee of a payment and with nobody else, whenever it arrived: account, name, address, bank.
const PAYEES: [&str; 13] = [
    "AC01", "AC03", "AC04", "AC07", "AC14", "BE01", "BE04", "BE06", "CNOR", "MD07", "RC01", "RC04", "RR03",
];

impl Reason {
    /// Whether it says that the same was sent before: then nothing is said of what was sent first.
    pub fn is_duplicate(&self) -> bool {
        duplicates::is_said(
            &self.code,
            self.text.as_deref(),
            reason_words(&self.code.to_ascii_uppercase()).is_some(),
        )
    }

    /// Whether it lies with the payee of a payment that is refused for it, and with nobody else.
    ///
    /// The same file may have been brought to the bank twice, and a refusal of the second time says nothing of the first: of the file,
    /// of a part, of some payments, in one report or several. What a bank looks at on arrival it says of that one arrival: whether the
    /// file is whole, in time and of a known sender (FF01, AM10, TM01, DT01, BE05), whether a limit or the cover is used up (AM02, AM04,
    /// AM14). What somebody asked for or suspected (CUST, FRAD), what an account of the platform, a service or a rule allowed then (AC02,
    /// AC06, AG01, AG02, RR04), may be otherwise at another time. The payee is the same in both.
    pub fn is_payees(&self) -> bool {
        PAYEES.contains(&self.code.as_str()) && !self.is_duplicate()
    }

    /// Whether its code says nothing of why.
    pub fn says_nothing(&self) -> bool {
        let code = self.code.to_ascii_uppercase();
        reason_words(&code).is_none() || matches!(&*code, "NARR" | "MS02" | "MS03")
    }

    /// Whether it lies with the payee.
    pub fn fault(&self) -> Option<Fault> {
        fault(&self.code)
    }
}

/// Whether a reason that a person wrote lies with the payee. A code that is known here decides; other words are about
/// the account, since people say why an account was not paid.
pub fn fault_in_words(words: &str) -> Option<Fault> {
    let code = words
        .split(|character: char| !character.is_ascii_alphanumeric())
        .next()
        .unwrap_or_default();
    match reason_words(code) {
        Some(_) => fault(code),
        None => (!words.trim().is_empty()).then_some(Fault::Account),
    }
}

/// Codes whose reason lies with the payee: a second payment would fail as well. All others lie with the platform, its
/// file or a bank, or say nothing.
fn fault(code: &str) -> Option<Fault> {
    match code {
        "AC01" | "AC03" | "AC04" | "AC06" | "AC07" | "AC14" | "AG01" | "BE06" | "CNOR" | "MD07" | "RC01"
        | "RC04" => Some(Fault::Account),
        "BE01" | "BE04" | "RR03" => Some(Fault::Party),
        _ => None,
    }
}

/// What a reason code means, for codes that are known here.
pub fn reason_words(code: &str) -> Option<&'static str> {
    WORDS
        .iter()
        .find(|(known, _)| *known == code)
        .map(|(_, words)| *words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_without_end() {
        let reason = |code: &str, text: &str| Reason {
            code: code.into(),
            text: (!text.is_empty()).then(|| text.into()),
        };
        assert_eq!(all_in_words(&[]), None);
        let same = vec![reason("AM04", ""); 2];
        assert_eq!(all_in_words(&same), Some(same[0].to_string()));
        let many: Vec<Reason> = (0..200_000).map(|at| reason(&format!("X{at}"), "")).collect();
        assert_eq!(all_in_words(&many).unwrap(), "X0; X1; X2; and 199997 more");
        let long = reason("X1", &"é".repeat(100_000));
        assert_eq!(
            all_in_words(&[long]).unwrap(),
            format!("X1 ({}…)", "é".repeat(250))
        );
    }

    #[test]
    fn what_lies_with_the_payee() {
        for (code, is_payees) in [
            ("AC01", true),
            ("AC02", false),
            ("AC06", false),
            ("AG01", false),
            ("RR04", false),
            ("AM04", false),
            ("NARR", false),
            ("FF01", false),
            ("TM01", false),
            ("DT01", false),
            ("AM10", false),
            ("CH03", false),
            ("BE05", false),
            ("AM14", false),
            ("CUST", false),
            ("FRAD", false),
            ("MS03", false),
            ("DU01", false),
            ("X9", false),
            ("", false),
        ] {
            let (code, text) = (code.to_owned(), None);
            assert_eq!(Reason { code, text }.is_payees(), is_payees);
        }
        for code in PAYEES {
            assert!(reason_words(code).is_some() && fault(code).is_some(), "{code}");
        }
    }

    #[test]
    fn reasons_in_words() {
        let reason = Reason {
            code: "AC04".into(),
            text: Some("closed 2025".into()),
        };
        assert_eq!(reason.to_string(), "AC04: the account is closed (closed 2025)");
        assert_eq!(reason.fault(), Some(Fault::Account));
        let own = Reason {
            code: "X9".into(),
            text: None,
        };
        assert_eq!(own.to_string(), "X9");
        assert_eq!(own.fault(), None);
        for (words, lies_in) in [
            ("AC01", Some(Fault::Account)),
            ("BE04: no street", Some(Fault::Party)),
            ("AM04: not enough money", None),
            ("AC02", None),
            ("TM01", None),
            ("the receiver's account is locked", Some(Fault::Account)),
            (" ", None),
        ] {
            assert_eq!(fault_in_words(words), lies_in, "{words}");
        }
        for (at, (code, _)) in WORDS.iter().enumerate() {
            assert!(!WORDS[..at].iter().any(|(before, _)| before == code), "{code}");
        }
    }
}
