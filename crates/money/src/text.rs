//! Amounts as text in stored documents: `12.345678 USD`, which says currency and scale at once.

use crate::{Asset, Money};
use serde::{Deserialize, Deserializer, Serializer, de};

/// Writes an amount with all places of its scale.
pub fn serialize<S: Serializer>(amount: &Money, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(amount)
}

/// Reads what [`serialize`] wrote.
pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Money, D::Error> {
    let text = String::deserialize(from)?;
    parse(&text).ok_or_else(|| de::Error::custom(format!("`{text}` is not an amount like `12.34 USD`")))
}

/// Reads `12.34 USD`; the places written are the scale.
pub fn parse(text: &str) -> Option<Money> {
    let (number, code) = text.split_once(' ')?;
    let places = number.split_once('.').map_or(0, |(_, places)| places.len());
    let asset = Asset::new(code, u8::try_from(places).ok()?).ok()?;
    Money::parse(asset, number).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        for (text, scale) in [("12.345678 USD", 6), ("-0.01 EUR", 2), ("7 COIN", 0)] {
            let amount = parse(text).unwrap();
            assert_eq!(amount.asset().scale(), scale);
            assert_eq!(amount.to_string(), text);
        }
        assert_eq!(parse("12 "), None);
        assert_eq!(parse("twelve USD"), None);
    }
}
