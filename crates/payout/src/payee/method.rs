//! Payout methods: over which rail money reaches a payee, and in which currency.

use super::checked::{AccountNumber, Bic, CurrencyCode, Email, Iban, Name, ValueError};
use crate::rail::Rail;
use serde::{Deserialize, Serialize};

/// Most methods of one payee.
pub const MAX_METHODS: usize = 16;

/// A payee's wish to be paid in a currency, at a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayoutMethod {
    /// The currency that arrives.
    pub currency: CurrencyCode,
    /// The one to use; at most one of a payee. Without one it is the first.
    #[serde(default)]
    pub preferred: bool,
    /// Where it arrives.
    pub to: Destination,
}

/// Where money arrives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "rail", rename_all = "lowercase", deny_unknown_fields)]
pub enum Destination {
    /// A bank account.
    Bank {
        /// The account.
        account: BankAccount,
        /// The bank. A local account needs this or a clearing code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bic: Option<Bic>,
        /// In whose name the account is.
        holder: Name,
    },
    /// A PayPal account.
    PayPal {
        /// Its address.
        email: Email,
    },
    /// A Wise account.
    Wise {
        /// Its address.
        email: Email,
    },
    /// Where it was is erased. No payee has one, and no document says it.
    #[serde(skip)]
    Erased {
        /// The rail that it was.
        rail: Rail,
    },
}

/// A bank account's number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BankAccount {
    /// An IBAN.
    Iban(Iban),
    /// A number that means something within a country.
    Local(LocalAccount),
}

/// A local account number with its bank's clearing code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalAccount {
    /// The number.
    pub number: AccountNumber,
    /// The bank in the national clearing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clearing: Option<ClearingCode>,
}

/// A bank in a national clearing system of ISO 20022's external code list, such as `USABA` 121000248.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "ClearingDocument", into = "ClearingDocument")]
pub struct ClearingCode {
    system: String,
    code: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClearingDocument {
    system: String,
    code: String,
}

/// Systems with codes of digits alone, and how many: fewest and most.
const CLEARING_SYSTEMS: [(&str, usize, usize, &str); 18] = [
    ("ATBLZ", 5, 5, "Austria, Bankleitzahl"),
    ("AUBSB", 6, 6, "Australia, BSB"),
    ("CACPA", 9, 9, "Canada, institution and transit"),
    ("CHBCC", 3, 5, "Switzerland, BC number"),
    ("CHSIC", 6, 6, "Switzerland, SIC"),
    ("CNAPS", 12, 12, "China, CNAPS"),
    ("DEBLZ", 8, 8, "Germany, Bankleitzahl"),
    ("ESNCC", 8, 9, "Spain"),
    ("GBDSC", 6, 6, "United Kingdom, sort code"),
    ("HKNCC", 3, 3, "Hong Kong, bank code"),
    ("IENCC", 6, 6, "Ireland, sort code"),
    ("ITNCC", 10, 10, "Italy, ABI and CAB"),
    ("JPZGN", 7, 7, "Japan, Zengin"),
    ("NZNCC", 6, 6, "New Zealand"),
    ("PLKNR", 8, 8, "Poland"),
    ("SGIBG", 7, 7, "Singapore"),
    ("USABA", 9, 9, "United States, routing number"),
    ("ZANCC", 6, 6, "South Africa"),
];

/// India's code has letters: four, a zero, six letters or digits.
const INDIA: &str = "INFSC";

impl ClearingCode {
    /// Checks a code against the form of its system; US routing numbers by their check digit too.
    pub fn new(system: &str, code: &str) -> Result<Self, ValueError> {
        let refused = |expected: String| ValueError::Clearing {
            system: system.to_owned(),
            code: code.to_owned(),
            expected,
        };
        if system == INDIA {
            if !is_ifsc(code) {
                return Err(refused("four capitals, a zero, six capitals or digits".into()));
            }
        } else {
            let known = CLEARING_SYSTEMS.iter().find(|(name, ..)| *name == system);
            let Some((_, least, most, _)) = known else {
                let names: Vec<_> = CLEARING_SYSTEMS.iter().map(|(name, ..)| *name).collect();
                return Err(refused(format!("use one of {}, {INDIA}", names.join(", "))));
            };
            let digits = code.bytes().all(|byte| byte.is_ascii_digit());
            if !digits || !(*least..=*most).contains(&code.len()) {
                return Err(refused(if least == most {
                    format!("it has {least} digits")
                } else {
                    format!("it has {least} to {most} digits")
                }));
            }
            if system == "USABA" && !is_routing_number(code) {
                return Err(refused("its check digit does not fit, copy it again".into()));
            }
        }
        Ok(Self {
            system: system.to_owned(),
            code: code.to_owned(),
        })
    }

    /// The system's code.
    pub fn system(&self) -> &str {
        &self.system
    }

    /// The country whose system it is.
    pub fn country(&self) -> &str {
        self.system.get(..2).unwrap_or_default()
    }

    /// The bank's code in it.
    pub fn code(&self) -> &str {
        &self.code
    }
}

/// Weights 3, 7, 1 over nine digits sum to a multiple of ten.
fn is_routing_number(code: &str) -> bool {
    let weights = [3_u32, 7, 1];
    let sum: u32 = code
        .bytes()
        .enumerate()
        .map(|(at, byte)| u32::from(byte - b'0') * weights[at % weights.len()])
        .sum();
    sum.is_multiple_of(10)
}

fn is_ifsc(code: &str) -> bool {
    let bytes = code.as_bytes();
    bytes.len() == 11
        && bytes[..4].iter().all(u8::is_ascii_uppercase)
        && bytes[4] == b'0'
        && bytes[5..]
            .iter()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

impl TryFrom<ClearingDocument> for ClearingCode {
    type Error = ValueError;

    fn try_from(document: ClearingDocument) -> Result<Self, ValueError> {
        Self::new(&document.system, &document.code)
    }
}

impl From<ClearingCode> for ClearingDocument {
    fn from(code: ClearingCode) -> Self {
        Self {
            system: code.system,
            code: code.code,
        }
    }
}

impl Destination {
    /// The rail.
    pub const fn rail(&self) -> Rail {
        match self {
            Destination::Bank { .. } => Rail::Bank,
            Destination::PayPal { .. } => Rail::PayPal,
            Destination::Wise { .. } => Rail::Wise,
            Destination::Erased { rail } => *rail,
        }
    }

    /// Whether a bank can find the account: an IBAN, or a number with BIC or clearing code.
    pub fn can_be_found(&self) -> bool {
        match self {
            Destination::Bank {
                account: BankAccount::Local(local),
                bic,
                ..
            } => bic.is_some() || local.clearing.is_some(),
            Destination::Erased { .. } => false,
            _ => true,
        }
    }

    /// The IBAN that an account number is, where it was written as one that means something within a country.
    pub fn iban_as_number(&self) -> Option<Iban> {
        match self {
            Destination::Bank {
                account: BankAccount::Local(local),
                ..
            } => Iban::new(local.number.as_str()).ok(),
            _ => None,
        }
    }

    /// The IBAN, where the account has one.
    pub const fn iban(&self) -> Option<&Iban> {
        match self {
            Destination::Bank {
                account: BankAccount::Iban(iban),
                ..
            } => Some(iban),
            _ => None,
        }
    }

    /// The account, as it is written, where it is a bank's.
    pub fn account_number(&self) -> Option<&str> {
        match self {
            Destination::Bank { account, .. } => Some(match account {
                BankAccount::Iban(iban) => iban.as_str(),
                BankAccount::Local(local) => local.number.as_str(),
            }),
            _ => None,
        }
    }

    /// The address, where money goes to one.
    pub const fn email(&self) -> Option<&Email> {
        match self {
            Destination::Bank { .. } | Destination::Erased { .. } => None,
            Destination::PayPal { email } | Destination::Wise { email } => Some(email),
        }
    }

    /// In whose name the account is, where it is a bank's.
    pub const fn holder(&self) -> Option<&Name> {
        match self {
            Destination::Bank { holder, .. } => Some(holder),
            _ => None,
        }
    }

    /// The bank, where it is named by its BIC.
    pub const fn bic(&self) -> Option<&Bic> {
        match self {
            Destination::Bank { bic, .. } => bic.as_ref(),
            _ => None,
        }
    }

    /// For people, with all but the ends of an account number hidden: `bank account DE89…3000`.
    pub fn masked(&self) -> String {
        match self {
            Destination::Bank { account, .. } => {
                let number = match account {
                    BankAccount::Iban(iban) => iban.as_str(),
                    BankAccount::Local(local) => local.number.as_str(),
                };
                format!("bank account {}", masked(number))
            }
            Destination::PayPal { email } => format!("PayPal {email}"),
            Destination::Wise { email } => format!("Wise {email}"),
            Destination::Erased { rail } => format!("{rail}, erased"),
        }
    }
}

/// An account's number with all but its ends hidden: `DE89…3000`, of a short one its end. Whoever wrote it may have written anything.
pub(crate) fn masked(number: &str) -> String {
    let shown = number.len().min(4);
    let head = number.get(..4).filter(|_| number.len() > 12);
    let tail = number.get(number.len() - shown..);
    format!("{}…{}", head.unwrap_or_default(), tail.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clearing_codes() {
        for (system, code) in [
            ("USABA", "121000248"),
            ("GBDSC", "200000"),
            ("INFSC", "HDFC0000123"),
        ] {
            let read = ClearingCode::new(system, code).unwrap();
            assert_eq!((read.system(), read.code()), (system, code));
        }
        for (system, code, part) in [
            ("USABA", "121000249", "check digit"),
            ("USABA", "12100024", "9 digits"),
            ("CHBCC", "12", "3 to 5 digits"),
            ("INFSC", "HDFC1000123", "a zero"),
            ("XXABC", "1", "use one of ATBLZ"),
        ] {
            let error = ClearingCode::new(system, code).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn account_numbers_are_not_shown() {
        let method: PayoutMethod = serde_json::from_str(
            r#"{"currency":"USD","to":{"rail":"bank","holder":"A","account":
                {"local":{"number":"5512345678","clearing":{"system":"USABA","code":"121000248"}}}}}"#,
        )
        .unwrap();
        assert_eq!(method.to.masked(), "bank account …5678");
        assert!(method.to.can_be_found());
    }
}
