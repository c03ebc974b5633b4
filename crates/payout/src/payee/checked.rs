//! Texts that were checked once: countries, currencies, account numbers, addresses for money.
//!
//! A value of these types is well-formed. Whether an account exists only a bank can say.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Longest id, as for every id of the product, in bytes.
const ID_BYTES: usize = 128;
/// Longest name, in characters: what ISO 20022 carries.
const NAME_CHARACTERS: usize = 140;
/// Longest part of an address, in characters.
const ADDRESS_CHARACTERS: usize = 70;
/// Longest e-mail address, in bytes (RFC 5321).
const EMAIL_BYTES: usize = 254;
/// Longest local account number, in characters: what ISO 20022 carries.
const ACCOUNT_CHARACTERS: usize = 34;

/// Whether a character hides what a text says: it has no width, or it turns the order of others around. A name that looks like
/// another's could be made with it.
pub const fn is_hidden(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}'
    )
}

/// Why a text is not what it should be. `to_string` says what and how to mend it; [`ValueError::reason`] and
/// [`ValueError::hint`] are its two halves.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// Nothing there.
    #[error("{what} is empty: {}", self.hint())]
    Empty {
        /// What was to be read.
        what: &'static str,
    },
    /// Longer than its format carries.
    #[error("{what} has {length} characters: {most} at most")]
    TooLong {
        /// What was to be read.
        what: &'static str,
        /// Its length.
        length: usize,
        /// The bound.
        most: usize,
    },
    /// A line break or another control character.
    #[error("{what} has a control character: {}", self.hint())]
    Control {
        /// What was to be read.
        what: &'static str,
    },
    /// Not a country.
    #[error("unknown country `{text}`: {}", self.hint())]
    Country {
        /// The text given.
        text: String,
    },
    /// Not a currency.
    #[error("unknown currency `{text}`: {}", self.hint())]
    Currency {
        /// The text given.
        text: String,
    },
    /// Not an IBAN. The number itself is not repeated.
    #[error("invalid IBAN, {problem}: {}", self.hint())]
    Iban {
        /// What is wrong with it.
        problem: String,
    },
    /// Not a BIC.
    #[error("invalid BIC `{text}`, {problem}: {}", self.hint())]
    Bic {
        /// The text given.
        text: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Not an e-mail address.
    #[error("invalid e-mail address `{text}`: {}", self.hint())]
    Email {
        /// The text given.
        text: String,
    },
    /// Not an account number. The number itself is not repeated.
    #[error("invalid account number: {}", self.hint())]
    Account,
    /// Not a clearing code of that system.
    #[error("invalid clearing code `{code}` of `{system}`: {expected}")]
    Clearing {
        /// The clearing system.
        system: String,
        /// The code given.
        code: String,
        /// What its form is.
        expected: String,
    },
}

impl ValueError {
    /// What is wrong.
    pub fn reason(&self) -> String {
        let text = self.to_string();
        text.rsplit_once(": ")
            .map_or(text.clone(), |(reason, _)| reason.to_owned())
    }

    /// How to mend it.
    pub fn hint(&self) -> String {
        match self {
            ValueError::Empty { .. } => "write a value, or leave the field out if it may be missing".into(),
            ValueError::TooLong { most, .. } => format!("{most} at most"),
            ValueError::Control { .. } => "write it on one line".into(),
            ValueError::Country { .. } => "use two capital letters of ISO 3166-1, such as DE".into(),
            ValueError::Currency { .. } => "use an ISO 4217 code with a minor unit, such as EUR".into(),
            ValueError::Iban { .. } => "copy it again from the bank's own papers".into(),
            ValueError::Bic { .. } => "use 8 or 11 characters, such as COBADEFF".into(),
            ValueError::Email { .. } => "write it like name@example.com".into(),
            ValueError::Account => "use 1 to 34 of A-Z, a-z, 0-9, space, - and /".into(),
            ValueError::Clearing { expected, .. } => expected.clone(),
        }
    }
}

macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $check:path) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks a text.
            pub fn new(text: &str) -> Result<Self, ValueError> {
                $check(text).map(Self)
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = ValueError;

            fn try_from(text: String) -> Result<Self, ValueError> {
                Self::new(&text)
            }
        }

        impl From<$name> for String {
            fn from(checked: $name) -> String {
                checked.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

checked_text!(
    /// The id of a payee: the creator's id, 1 to 128 bytes, compared whole.
    PayeeId,
    check_id
);
checked_text!(
    /// A name of a person or company: 1 to 140 characters, on one line.
    Name,
    check_name
);
checked_text!(
    /// One part of an address: 1 to 70 characters, on one line.
    AddressPart,
    check_address_part
);
checked_text!(
    /// A country of ISO 3166-1, two capital letters.
    Country,
    check_country
);
checked_text!(
    /// A currency of ISO 4217 that has a minor unit.
    CurrencyCode,
    check_currency
);
checked_text!(
    /// An IBAN with the length and structure of its country and right check digits (mod 97). Kept in capitals
    /// without spaces.
    Iban,
    check_iban
);
checked_text!(
    /// A BIC, 8 or 11 characters, with a country that exists. Kept in capitals.
    Bic,
    check_bic
);
checked_text!(
    /// An address with one `@`, a domain with a dot, and nothing a spreadsheet would take for a formula.
    Email,
    check_email
);
checked_text!(
    /// A local account number of 1 to 34 characters.
    AccountNumber,
    check_account
);

/// What stands where a name or a part of an address is erased.
const ERASED: &str = "(erased)";

impl Name {
    /// What stands where a name is erased.
    pub fn erased() -> Name {
        Name(ERASED.to_owned())
    }
}

impl AddressPart {
    /// What stands where a part of an address is erased.
    pub fn erased() -> AddressPart {
        AddressPart(ERASED.to_owned())
    }
}

impl Iban {
    /// The country of the account.
    pub fn country(&self) -> &str {
        &self.0[..2]
    }
}

impl Bic {
    /// The country of the bank.
    pub fn country(&self) -> &str {
        self.0.get(4..6).unwrap_or_default()
    }
}

fn one_line(what: &'static str, text: &str, most: usize) -> Result<String, ValueError> {
    let text = text.trim();
    let length = text.chars().count();
    if text.is_empty() {
        return Err(ValueError::Empty { what });
    }
    if length > most {
        return Err(ValueError::TooLong { what, length, most });
    }
    if text.chars().any(char::is_control) {
        return Err(ValueError::Control { what });
    }
    Ok(text.to_owned())
}

fn check_id(text: &str) -> Result<String, ValueError> {
    let what = "payee id";
    if text.is_empty() {
        return Err(ValueError::Empty { what });
    }
    if text.len() > ID_BYTES {
        return Err(ValueError::TooLong {
            what,
            length: text.len(),
            most: ID_BYTES,
        });
    }
    if text.chars().any(char::is_control) {
        return Err(ValueError::Control { what });
    }
    Ok(text.to_owned())
}

fn check_name(text: &str) -> Result<String, ValueError> {
    one_line("name", text, NAME_CHARACTERS)
}

fn check_address_part(text: &str) -> Result<String, ValueError> {
    one_line("part of the address", text, ADDRESS_CHARACTERS)
}

fn check_country(text: &str) -> Result<String, ValueError> {
    let capitals = text.bytes().all(|byte| byte.is_ascii_uppercase());
    if capitals && sepa::country::is_country_code(text) {
        Ok(text.to_owned())
    } else {
        Err(ValueError::Country {
            text: text.to_owned(),
        })
    }
}

fn check_currency(text: &str) -> Result<String, ValueError> {
    match money::Asset::iso(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err(ValueError::Currency {
            text: text.to_owned(),
        }),
    }
}

fn check_iban(text: &str) -> Result<String, ValueError> {
    match sepa::validate_iban(text) {
        Ok(iban) => Ok(iban.as_str().to_owned()),
        Err(problem) => Err(ValueError::Iban {
            problem: without_colons(problem.to_string()),
        }),
    }
}

fn check_bic(text: &str) -> Result<String, ValueError> {
    match sepa::validate_bic(text) {
        Ok(bic) => Ok(bic.as_str().to_owned()),
        Err(problem) => Err(ValueError::Bic {
            text: text.to_owned(),
            problem: without_colons(problem.to_string()),
        }),
    }
}

/// A colon separates reason from hint; a borrowed message must not have one.
fn without_colons(text: String) -> String {
    text.replace(": ", " ")
}

fn check_email(text: &str) -> Result<String, ValueError> {
    let text = text.trim();
    let allowed = |c: char| !c.is_whitespace() && !c.is_control() && !"<>,;\"()".contains(c);
    let parts = text.split_once('@').filter(|(local, domain)| {
        let labels = domain.split('.').count();
        !local.is_empty()
            && !local.starts_with(['=', '+', '-'])
            && !domain.contains('@')
            && labels >= 2
            && domain.split('.').all(|label| !label.is_empty())
    });
    if parts.is_some() && text.len() <= EMAIL_BYTES && text.chars().all(allowed) {
        Ok(text.to_owned())
    } else {
        Err(ValueError::Email {
            text: text.to_owned(),
        })
    }
}

fn check_account(text: &str) -> Result<String, ValueError> {
    let text = text.trim();
    let allowed = |c: char| c.is_ascii_alphanumeric() || " -/".contains(c);
    let digits = text.chars().any(|c| c.is_ascii_alphanumeric());
    if digits && text.chars().count() <= ACCOUNT_CHARACTERS && text.chars().all(allowed) {
        Ok(text.to_owned())
    } else {
        Err(ValueError::Account)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ibans() {
        let iban = Iban::new("de89 3704 0044 0532 0130 00").unwrap();
        assert_eq!((iban.as_str(), iban.country()), ("DE89370400440532013000", "DE"));
        for (wrong, part) in [
            ("DE89370400440532013001", "checksum"),
            ("DE8937040044053201300", "must be 22 characters"),
            ("DE89", "length"),
            ("", "length"),
            ("ЯЯ89370400440532013000", "character"),
        ] {
            let error = Iban::new(wrong).unwrap_err();
            assert!(error.reason().contains(part), "{wrong}: {error}");
            assert_eq!(error.hint(), "copy it again from the bank's own papers");
        }
    }

    #[test]
    fn countries_currencies_bics_addresses() {
        assert!(Country::new("DE").is_ok());
        for wrong in ["de", "ZZ", "DEU", "", "Ü"] {
            assert!(Country::new(wrong).is_err(), "{wrong}");
        }
        assert!(CurrencyCode::new("KWD").is_ok());
        for wrong in ["XAU", "eur", "EU", ""] {
            assert!(CurrencyCode::new(wrong).is_err(), "{wrong}");
        }
        assert!(Bic::new("COBADEFFXXX").is_ok());
        for wrong in ["COBADEF", "COBAZZFF", "NOTPROVIDED"] {
            assert!(Bic::new(wrong).is_err(), "{wrong}");
        }
        assert!(Email::new("anna.m+pay@mail.example.com").is_ok());
        for wrong in [
            "anna",
            "@b.c",
            "a@b",
            "a@b.",
            "a@@b.c",
            "a b@c.d",
            "=a@b.c",
            "a@b.c\n=1",
            "",
        ] {
            let outcome = Email::new(wrong);
            assert!(
                outcome.is_err() || wrong.ends_with('1') && outcome.is_err(),
                "{wrong}"
            );
        }
        assert!(AccountNumber::new("12-3456 789/0").is_ok());
        assert!(AccountNumber::new("--").is_err());
        assert_eq!(
            Name::new(" \n ").unwrap_err().to_string(),
            "name is empty: write a value, or leave the field out if it may be missing"
        );
        assert!(Name::new("a\nb").is_err());
        assert!(Name::new(&"x".repeat(141)).is_err());
    }
}
