//! Payees: who is paid, where, and what stands in the way.
//!
//! A payee is a plain document. Every field was checked when it was read; nothing here knows whether the
//! checks of identity and sanctions were made well, only what they found.

mod accepted;
mod bban;
mod change;
mod checked;
mod documents;
mod failed;
mod identity;
mod import;
mod method;
mod place;
pub mod reach;
mod rows;
mod tax_form;

pub use crate::rail::Rail;
pub use change::{Change, changes};
pub use checked::{
    AccountNumber, AddressPart, Bic, Country, CurrencyCode, Email, Iban, Name, PayeeId, ValueError, is_hidden,
};
pub use documents::read_ndjson;
pub use failed::{FailedPayment, Fault, Party};
pub use identity::{Identity, IdentityError, TRANSITIONS};
pub use import::{Decided, Known, Lifts, PayeeRow, Says};
pub(crate) use method::masked;
pub use method::{BankAccount, ClearingCode, Destination, LocalAccount, MAX_METHODS, PayoutMethod};
pub use place::{Account, Place};
pub use rows::{CSV_COLUMNS, RowError, read_csv};
pub use tax_form::{FormStanding, TaxForm};

use jiff::civil::Date;
use money::Money;
use serde::{Deserialize, Serialize};

/// Somebody who is paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payee {
    /// The creator's id.
    pub id: PayeeId,
    /// The name in law, as the bank knows it.
    pub name: Name,
    /// Where the payee lives, for tax.
    pub residence: Country,
    /// The postal address.
    pub address: Address,
    /// How far the identity check has come.
    #[serde(default)]
    pub identity: Identity,
    /// The tax form on file.
    #[serde(default)]
    pub tax_form: TaxForm,
    /// A hit on a sanctions list that is not cleared up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sanctions_hold: Option<SanctionsHold>,
    /// Payments that failed for a reason that lies with the payee, one for each account.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<FailedPayment>,
    /// Where to pay, at most [`MAX_METHODS`].
    #[serde(default)]
    pub methods: PayoutMethods,
    /// The payee's own threshold. It raises a program's, never lowers it; in another currency it is not used.
    #[serde(
        default,
        with = "crate::amount::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub threshold: Option<Money>,
}

impl Payee {
    /// The method to use: the preferred one, else the first.
    pub fn method(&self) -> Option<&PayoutMethod> {
        let methods = &self.methods.0;
        methods.iter().find(|method| method.preferred).or(methods.first())
    }
}

/// A postal address, structured: since 2026 banks refuse addresses that are lines of text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// The street.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street: Option<AddressPart>,
    /// The number in the street.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub building_number: Option<AddressPart>,
    /// The post code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post_code: Option<AddressPart>,
    /// The town.
    pub town: AddressPart,
    /// The country.
    pub country: Country,
}

/// Why and since when nothing may be paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SanctionsHold {
    /// Since when.
    pub since: Date,
    /// Why, for those who clear it up. The payee is not told.
    pub reason: String,
}

impl SanctionsHold {
    /// The same for one more reason: whoever lifts it lifts it for both.
    #[must_use]
    pub fn and(&self, reason: &str) -> Self {
        let is_known = reason.is_empty() || self.reason.split("; ").any(|known| known == reason);
        let reason = match is_known {
            true => self.reason.clone(),
            false if self.reason.is_empty() => reason.to_owned(),
            false => format!("{}; {reason}", self.reason),
        };
        Self {
            since: self.since,
            reason,
        }
    }
}

/// The methods of a payee: at most [`MAX_METHODS`], at most one preferred, and each can be found by its bank.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<PayoutMethod>", into = "Vec<PayoutMethod>")]
pub struct PayoutMethods(Vec<PayoutMethod>);

impl PayoutMethods {
    /// Checks the methods of a payee against each other.
    pub fn new(methods: Vec<PayoutMethod>) -> Result<Self, PayeeError> {
        if methods.len() > MAX_METHODS {
            return Err(PayeeError::TooManyMethods { count: methods.len() });
        }
        if methods.iter().filter(|method| method.preferred).count() > 1 {
            return Err(PayeeError::TwoPreferred);
        }
        match methods.iter().position(|method| !method.to.can_be_found()) {
            Some(at) => Err(PayeeError::NoBank { method: at + 1 }),
            None => Ok(Self(methods)),
        }
    }

    /// The methods in the payee's order.
    pub fn as_slice(&self) -> &[PayoutMethod] {
        &self.0
    }
}

impl TryFrom<Vec<PayoutMethod>> for PayoutMethods {
    type Error = PayeeError;

    fn try_from(methods: Vec<PayoutMethod>) -> Result<Self, PayeeError> {
        Self::new(methods)
    }
}

impl From<PayoutMethods> for Vec<PayoutMethod> {
    fn from(methods: PayoutMethods) -> Self {
        methods.0
    }
}

/// Why the fields of a payee do not go together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PayeeError {
    /// More methods than anybody needs.
    #[error("{count} payout methods: {MAX_METHODS} at most")]
    TooManyMethods {
        /// How many.
        count: usize,
    },
    /// Two preferred methods.
    #[error("two payout methods are preferred: mark one")]
    TwoPreferred,
    /// A local account number without a bank.
    #[error("payout method {method} has an account number without a bank: give a clearing code or a BIC")]
    NoBank {
        /// Which, from 1.
        method: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::payee;

    #[test]
    fn documents_round_trip() {
        let anna = payee(&[]);
        let text = serde_json::to_string(&anna).unwrap();
        assert_eq!(serde_json::from_str::<Payee>(&text).unwrap(), anna);
        let full = payee(&[
            (
                r#"{"form":"w9"}"#,
                r#"{"form":"w8ben","country":"DE","treaty_rate":"0%","signed_on":"2025-01-02"}"#,
            ),
            (
                r#""methods""#,
                r#""sanctions_hold":{"since":"2026-01-01","reason":"list"},"threshold":"75.00 USD","methods""#,
            ),
        ]);
        let text = serde_json::to_string(&full).unwrap();
        assert_eq!(serde_json::from_str::<Payee>(&text).unwrap(), full);
        assert!(text.contains(r#""threshold":"75.00 USD""#));
    }

    #[test]
    fn a_hold_for_one_more_reason() {
        let hold = |reason: &str| SanctionsHold {
            since: jiff::civil::date(2026, 1, 1),
            reason: reason.to_owned(),
        };
        for (own, other, both) in [
            ("OFAC hit", "UN list", "OFAC hit; UN list"),
            ("OFAC hit", "", "OFAC hit"),
            ("", "UN list", "UN list"),
            ("OFAC hit; UN list", "UN list", "OFAC hit; UN list"),
        ] {
            assert_eq!(hold(own).and(other), hold(both));
        }
    }

    #[test]
    fn what_is_not_a_payee() {
        let text = serde_json::to_string(&payee(&[])).unwrap();
        for (from, to, part) in [
            (r#""name""#, r#""nome""#, "unknown field `nome`"),
            ("DE89370400440532013000", "DE89370400440532013001", "invalid IBAN"),
            (
                r#""residence":"DE""#,
                r#""residence":"Germany""#,
                "unknown country",
            ),
            ("verified", "checked", "unknown variant `checked`"),
            (
                r#""preferred":false"#,
                r#""prefered":true"#,
                "unknown field `prefered`",
            ),
            (r#""holder""#, r#""owner":"x","holder""#, "unknown field `owner`"),
            (
                r#"{"iban":"DE89370400440532013000"}"#,
                r#"{"local":{"number":"1"}}"#,
                "without a bank",
            ),
            (
                r#"{"form":"w9"}"#,
                r#"{"form":"w8ben","country":"IN","treaty_rate":"15","signed_on":"2025-01-01"}"#,
                "not from 0 to 1",
            ),
        ] {
            assert!(text.contains(from), "{from} in {text}");
            let error = serde_json::from_str::<Payee>(&text.replace(from, to)).unwrap_err();
            assert!(error.to_string().contains(part), "{error}");
        }
    }

    #[test]
    fn the_preferred_method_else_the_first() {
        let anna = payee(&[(
            r#""methods":["#,
            r#""methods":[{"currency":"USD","to":{"rail":"paypal","email":"a@b.example"}},"#,
        )]);
        assert_eq!(anna.method().unwrap().to.rail(), Rail::PayPal);
        let mut methods = Vec::from(anna.methods.clone());
        methods[1].preferred = true;
        let preferring = Payee {
            methods: PayoutMethods::new(methods.clone()).unwrap(),
            ..anna
        };
        assert_eq!(preferring.method().unwrap().to.rail(), Rail::Bank);
        methods[0].preferred = true;
        assert_eq!(PayoutMethods::new(methods), Err(PayeeError::TwoPreferred));
    }
}
