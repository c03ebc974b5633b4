//! Minor units of currencies, and the rails that carry fewer digits.
//!
//! ISO 4217 says how finely a currency is kept; a rail may carry less. An amount is rounded to what its rail
//! carries once, when the payout is made, never when a file is written.

use crate::payee::Rail;
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
