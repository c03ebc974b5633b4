//! Minor units of currencies, and the rails that carry fewer digits.
//!
//! ISO 4217 says how finely a currency is kept; a rail may carry less. An amount is rounded to what its rail
//! carries once, when the payout is made, never when a file is written.

use crate::rail::Rail;
use money::{Asset, AssetError, Money, Rounding};

/// Digits that a rail carries where they differ from ISO 4217.
///
/// PayPal takes whole forints, yen and Taiwan dollars only; Wise whole forints, rupiahs and yen; banks clear whole forints and rupiahs, and
/// two digits of Bahraini dinars.
const RAIL_EXPONENTS: [(Rail, &str, u8); 7] = [
    (Rail::PayPal, "HUF", 0),
    (Rail::PayPal, "TWD", 0),
    (Rail::Wise, "HUF", 0),
    (Rail::Wise, "IDR", 0),
    (Rail::Bank, "HUF", 0),
    (Rail::Bank, "IDR", 0),
    (Rail::Bank, "BHD", 2),
];

/// What PayPal pays in. Source: PayPal, "Currency codes" of mass payments
/// (developer.paypal.com/docs/archive/mass-pay/integration-guide/currency-codes), read in November 2026. It takes reais and ringgits
/// for accounts in Brazil and Malaysia.
const PAYPAL: [&str; 23] = [
    "AUD", "BRL", "CAD", "CHF", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS", "JPY", "MXN", "MYR", "NOK",
    "NZD", "PHP", "PLN", "SEK", "SGD", "THB", "TWD", "USD",
];

/// What Wise pays to an e-mail address. Source: Wise's currencies, less those that its help page "How can I send money to an email
/// address?" (wise.com/help/articles/2932105) leaves out, such as UAH and CNY, read in November 2026.
const WISE: [&str; 44] = [
    "AED", "AUD", "BRL", "CAD", "CHF", "CLP", "CRC", "CZK", "DKK", "EGP", "EUR", "GBP", "GEL", "HKD", "HUF",
    "IDR", "ILS", "INR", "JPY", "KES", "KRW", "MAD", "MXN", "MYR", "NGN", "NOK", "NPR", "NZD", "PHP", "PKR",
    "PLN", "RON", "SEK", "SGD", "THB", "TRY", "TZS", "UGX", "USD", "UYU", "VND", "XOF", "ZAR", "ZMW",
];

/// Codes of ISO 4217 that are units of funds and accounts: no bank pays them out.
const FUNDS: [&str; 9] = ["BOV", "CHE", "CHW", "CLF", "COU", "MXV", "USN", "UYI", "UYW"];

/// Codes that ISO 4217 has withdrawn, and that the list of minor units still has: their money became another's.
const WITHDRAWN: [&str; 5] = ["BGN", "CUC", "HRK", "SLL", "ZWL"];

/// Whether a rail carries a currency. Banks carry every currency of ISO 4217 that has a minor unit.
pub(crate) fn carries(rail: Rail, code: &str) -> bool {
    let is_listed = match rail {
        Rail::Bank => !FUNDS.contains(&code) && !WITHDRAWN.contains(&code),
        Rail::PayPal => PAYPAL.contains(&code),
        Rail::Wise => WISE.contains(&code),
    };
    is_listed && Asset::iso(code).is_ok()
}

/// The asset a rail pays a currency in: `JPY/0`, `KWD/3`, `HUF/0`. Errors: not a currency of ISO 4217, or one
/// without a minor unit.
pub fn rail_asset(rail: Rail, code: &str) -> Result<Asset, AssetError> {
    let asset = Asset::iso(code)?;
    let fewer = RAIL_EXPONENTS
        .iter()
        .find(|(on, currency, _)| *on == rail && *currency == code);
    match fewer {
        Some((_, _, scale)) => asset.at_scale(*scale),
        None => Ok(asset),
    }
}

/// The amount as a rail writes it, without changing it; `None` if the rail cannot carry its last digits.
pub(crate) fn on_rail(amount: Money, rail: Rail) -> Option<Money> {
    let asset = rail_asset(rail, amount.asset().code()).ok()?;
    exactly(amount, asset.scale())
}

/// The same amount at another scale, if nothing is lost.
pub(crate) fn exactly(amount: Money, scale: u8) -> Option<Money> {
    let rounded = amount.rescale(scale, Rounding::TowardZero).ok()?;
    rounded.residue.is_zero().then_some(rounded.value)
}

/// Reads an amount of a bank's file: plain decimals of a currency, with or without zeros that the currency
/// does not have (`1200.00 JPY`). `None` if it is no such amount.
pub(crate) fn read_amount(text: &str, code: &str) -> Option<Money> {
    let asset = Asset::iso(code).ok()?;
    let trimmed = match text.split_once('.') {
        Some((whole, places)) => {
            let kept = places.trim_end_matches('0');
            if kept.is_empty() {
                whole.to_owned()
            } else {
                format!("{whole}.{kept}")
            }
        }
        None => text.to_owned(),
    };
    Money::parse(asset, trimmed.trim_start_matches('+')).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::money;

    #[test]
    fn exponents() {
        for (rail, code, scale) in [
            (Rail::Bank, "USD", 2),
            (Rail::Bank, "JPY", 0),
            (Rail::Bank, "KWD", 3),
            (Rail::Bank, "BHD", 2),
            (Rail::Bank, "HUF", 0),
            (Rail::PayPal, "TWD", 0),
            (Rail::Wise, "TWD", 2),
        ] {
            assert_eq!(rail_asset(rail, code).unwrap().scale(), scale, "{rail} {code}");
        }
        assert!(rail_asset(Rail::Bank, "XAU").is_err());
        assert_eq!(on_rail(money("10.00 HUF"), Rail::Bank), Some(money("10 HUF")));
        assert_eq!(on_rail(money("10.50 HUF"), Rail::Bank), None);
    }

    #[test]
    fn amounts_of_banks() {
        for (text, code, read) in [
            ("1200.00", "JPY", "1200 JPY"),
            ("12.5", "EUR", "12.50 EUR"),
            ("12.", "EUR", "12.00 EUR"),
            ("0.125", "KWD", "0.125 KWD"),
        ] {
            assert_eq!(read_amount(text, code), Some(money(read)), "{text} {code}");
        }
        for (text, code) in [
            ("12.5", "JPY"),
            ("1e3", "EUR"),
            ("", "EUR"),
            ("1", "XXX"),
            ("1,5", "EUR"),
        ] {
            assert_eq!(read_amount(text, code), None, "{text} {code}");
        }
    }
}
