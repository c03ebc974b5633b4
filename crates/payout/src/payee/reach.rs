//! Whether money can reach a place: which accounts need their bank named, which currencies and digits a rail carries.
//!
//! One rule for all who ask: a payee who comes in from a file, readiness, a batch that is prepared, approved or exported.
//! It decides by what is written down alone, and never whether an account exists. The writers of files do not ask: what left once
//! is written again with the same bytes.

use crate::currency::{carries, on_rail};
use crate::payee::{BankAccount, Bic, ClearingCode, Destination, Rail};
use crate::territory::home;
use money::Money;

/// Why money cannot reach a place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreachable {
    /// An account whose number alone does not say which bank it is at.
    #[error("an account in {country} needs its bank: an IBAN alone is enough only within SEPA")]
    NoBank {
        /// The country of the IBAN.
        country: String,
    },
    /// An account number that is no IBAN, without a bank.
    #[error("an account number that is no IBAN needs its bank")]
    NoClearing,
    /// A bank that is not in the country of its account.
    #[error("the account is in {country}, and {bic} is the BIC of a bank in {other}")]
    OtherCountry {
        /// The country of the IBAN or clearing code.
        country: String,
        /// The BIC.
        bic: String,
        /// The country in it.
        other: String,
    },
    /// An IBAN that is written as a number that means something within a country.
    #[error("the account number is an IBAN")]
    IbanAsNumber,
    /// A currency that the rail does not carry.
    #[error("{rail} does not carry {currency}")]
    Currency {
        /// The rail.
        rail: Rail,
        /// The currency.
        currency: String,
    },
    /// An amount with digits that the rail does not carry.
    #[error("{amount} has more decimal places than {rail} carries")]
    Digits {
        /// The rail.
        rail: Rail,
        /// The amount.
        amount: Money,
    },
}

impl Unreachable {
    /// The column of a payee's row that mends it.
    pub const fn field(&self) -> &'static str {
        match self {
            Unreachable::NoBank { .. } | Unreachable::OtherCountry { .. } => "bic",
            Unreachable::NoClearing => "clearing_code",
            Unreachable::IbanAsNumber => "account",
            Unreachable::Currency { .. } | Unreachable::Digits { .. } => "currency",
        }
    }

    /// How to mend it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Unreachable::IbanAsNumber => "write it in the column `iban`: one account has one number here",
            Unreachable::NoBank { .. } => "give the bank's BIC",
            Unreachable::OtherCountry { .. } => {
                "copy both again from the bank's own papers: an account and its bank are in one country"
            }
            Unreachable::NoClearing => "give the bank's BIC or clearing code, or an IBAN",
            Unreachable::Currency { .. } => "choose a currency that the rail carries, or another rail",
            Unreachable::Digits { .. } => {
                "hold this payout back, and prepare it anew: the amount is rounded then"
            }
        }
    }
}

/// Whether a rail leads to a place in a currency.
pub fn place(to: &Destination, currency: &str) -> Result<(), Unreachable> {
    let rail = to.rail();
    if !carries(rail, currency) {
        let currency = currency.to_owned();
        return Err(Unreachable::Currency { rail, currency });
    }
    if to.iban_as_number().is_some() {
        return Err(Unreachable::IbanAsNumber);
    }
    match to {
        Destination::Bank { account, bic, .. } => bank(account, bic.as_ref()),
        _ if !to.can_be_found() => Err(Unreachable::NoClearing),
        _ => Ok(()),
    }
}

/// Whether an account says at which bank it is, a payee's or the platform's own.
pub fn bank(account: &BankAccount, bic: Option<&Bic>) -> Result<(), Unreachable> {
    one_country(account, bic)?;
    match account {
        _ if bic.is_some() => Ok(()),
        // The IBAN leads to the bank by the directory that SEPA's banks share.
        BankAccount::Iban(iban) if !sepa::iban::is_sepa_country(iban.country()) => Err(Unreachable::NoBank {
            country: iban.country().to_owned(),
        }),
        BankAccount::Local(local) if local.clearing.is_none() => Err(Unreachable::NoClearing),
        BankAccount::Iban(_) | BankAccount::Local(_) => Ok(()),
    }
}

/// Whether an account and its bank are in one country, territories counted to theirs: the list in `territory`.
fn one_country(account: &BankAccount, bic: Option<&Bic>) -> Result<(), Unreachable> {
    let country = match account {
        BankAccount::Iban(iban) => Some(iban.country()),
        BankAccount::Local(local) => local.clearing.as_ref().map(ClearingCode::country),
    };
    let (Some(country), Some(bic)) = (country, bic) else {
        return Ok(());
    };
    match home(country) == home(bic.country()) {
        true => Ok(()),
        false => Err(Unreachable::OtherCountry {
            country: country.to_owned(),
            bic: bic.to_string(),
            other: bic.country().to_owned(),
        }),
    }
}

/// Whether a rail carries this very amount to a place.
pub fn payment(to: &Destination, amount: Money) -> Result<(), Unreachable> {
    place(to, amount.asset().code())?;
    let rail = to.rail();
    match on_rail(amount, rail) {
        Some(_) => Ok(()),
        None => Err(Unreachable::Digits { rail, amount }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::money;

    fn to(text: &str) -> Destination {
        serde_json::from_str(text).unwrap()
    }

    fn iban(iban: &str, bic: &str) -> Destination {
        let bic = match bic {
            "" => String::new(),
            bic => format!(r#","bic":"{bic}""#),
        };
        to(&format!(
            r#"{{"rail":"bank","account":{{"iban":"{iban}"}},"holder":"A"{bic}}}"#
        ))
    }

    #[test]
    fn an_iban_outside_sepa_needs_its_bank() {
        for (number, bic) in [
            ("UA213223130000026007233566001", "PBANUA2X"),
            ("TR330006100519786457841326", "TGBATRIS"),
            ("BR1800360305000010009795493C1", "CEFXBRSP"),
            ("XK051212012345678906", "NCBVXKPR"),
            ("SA0380000000608010167519", "RJHISARI"),
            ("AE070331234567890123456", "BOMLAEAD"),
            ("GE29NB0000000101904917", "BAGAGE22"),
            ("FO6264600001631634", "FIFBFOTX"),
        ] {
            let country = number[..2].to_owned();
            assert_eq!(
                place(&iban(number, ""), "EUR"),
                Err(Unreachable::NoBank { country })
            );
            assert_eq!(place(&iban(number, bic), "EUR"), Ok(()), "{number}");
        }
        for number in [
            "DE89370400440532013000",
            "GB82WEST12345698765432",
            "CH9300762011623852957",
            "NO9386011117947",
            "SM86U0322509800000000270100",
            // These came to SEPA in 2024 and 2025.
            "AL47212110090000000235698741",
            "ME25505000012345678951",
            "MD24AG000225100013104168",
            "MK07250120000058984",
            "RS35260005601001611379",
        ] {
            assert_eq!(place(&iban(number, ""), "EUR"), Ok(()), "{number}");
        }
    }

    #[test]
    fn an_account_and_its_bank_are_in_one_country() {
        let local = |system: &str, code: &str, bic: &str| {
            to(&format!(
                r#"{{"rail":"bank","holder":"A","bic":"{bic}","account":{{"local":{{"number":"12345678","clearing":{{"system":"{system}","code":"{code}"}}}}}}}}"#
            ))
        };
        for (to, is_one) in [
            (iban("DE89370400440532013000", "COBADEFFXXX"), true),
            (iban("DE89370400440532013000", "CHASUS33"), false),
            (iban("DE89370400440532013000", "BKAUATWW"), false),
            (iban("GB29NWBK60161331926819", "BARCJESH"), true),
            (iban("GB29NWBK60161331926819", "BARCGGSP"), true),
            (iban("GB29NWBK60161331926819", "BARCGIGI"), false),
            (iban("FR1420041010050500013M02606", "BNPARERX"), true),
            (iban("FR1420041010050500013M02606", "BNORNCNM"), true),
            (iban("SM86U0322509800000000270100", "UNCRITMM"), false),
            (local("GBDSC", "601613", "NWBKGB2L"), true),
            (local("GBDSC", "601613", "CHASUS33"), false),
            (local("USABA", "121000248", "WFBIUS6S"), true),
        ] {
            let reached = place(&to, "EUR");
            assert_eq!(reached.is_ok(), is_one, "{to:?}");
            assert!(reached.err().is_none_or(|why| why.field() == "bic"));
        }
        assert_eq!(
            place(&iban("DE89370400440532013000", "CHASUS33"), "EUR")
                .unwrap_err()
                .to_string(),
            "the account is in DE, and CHASUS33 is the BIC of a bank in US"
        );
    }

    #[test]
    fn an_iban_is_no_number_of_another_kind() {
        for number in ["DE89370400440532013000", "de89 3704 0044 0532 0130 00"] {
            let to = to(&format!(
                r#"{{"rail":"bank","account":{{"local":{{"number":"{number}"}}}},"holder":"A","bic":"COBADEFFXXX"}}"#
            ));
            assert_eq!(place(&to, "EUR"), Err(Unreachable::IbanAsNumber), "{number}");
        }
    }

    #[test]
    fn currencies_of_rails() {
        let email = |rail: &str| to(&format!(r#"{{"rail":"{rail}","email":"a@b.example"}}"#));
        for (place_to, currency, is_carried) in [
            (email("paypal"), "USD", true),
            (email("paypal"), "HUF", true),
            (email("paypal"), "KWD", false),
            (email("paypal"), "INR", false),
            (email("paypal"), "TRY", false),
            (email("paypal"), "CNY", false),
            (email("wise"), "TRY", true),
            (email("wise"), "KWD", false),
            (email("wise"), "UAH", false),
            (iban("DE89370400440532013000", ""), "KWD", true),
            (iban("CH9300762011623852957", ""), "CHW", false),
            (iban("DE89370400440532013000", ""), "XAU", false),
        ] {
            let reached = place(&place_to, currency);
            assert_eq!(reached.is_ok(), is_carried, "{place_to:?} {currency}");
            assert!(reached.err().is_none_or(|why| why.field() == "currency"));
        }
    }

    #[test]
    fn amounts_of_rails() {
        let paypal = to(r#"{"rail":"paypal","email":"a@b.example"}"#);
        for (amount, is_carried) in [
            ("100 JPY", true),
            ("100.00 HUF", true),
            ("100.50 HUF", false),
            ("1.50 TWD", false),
            ("0.01 USD", true),
            ("0.001 USD", false),
        ] {
            assert_eq!(payment(&paypal, money(amount)).is_ok(), is_carried, "{amount}");
        }
    }
}
