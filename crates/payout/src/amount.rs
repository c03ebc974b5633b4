//! Amounts and ratios as text in stored documents: `12.34 USD`, `15%`.

pub(crate) use money::text::{parse, serialize};
use money::{Money, Ratio};
use serde::{Deserialize, Deserializer, Serializer, de};

/// Reads what [`serialize`] wrote.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Money, D::Error> {
    read(&String::deserialize(from)?)
}

fn read<E: de::Error>(text: &str) -> Result<Money, E> {
    parse(text).ok_or_else(|| E::custom(format!("`{text}` is not an amount: write it like `12.34 USD`")))
}

/// The same for an amount that may be missing.
pub(crate) mod option {
    use super::{Deserialize, Deserializer, Money, Serializer, read};

    pub(crate) fn serialize<S: Serializer>(amount: &Option<Money>, to: S) -> Result<S::Ok, S::Error> {
        match amount {
            Some(amount) => to.collect_str(amount),
            None => to.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Money>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|text| read(&text)).transpose()
    }
}

/// The same for several amounts.
pub(crate) mod list {
    use super::{Deserialize, Deserializer, Money, Serializer, read};

    pub(crate) fn serialize<S: Serializer>(amounts: &[Money], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(amounts.iter().map(Money::to_string))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Money>, D::Error> {
        let texts = Vec::<String>::deserialize(from)?;
        texts.iter().map(|text| read(text)).collect()
    }
}

/// A ratio as text.
pub(crate) mod ratio {
    use super::{Deserialize, Deserializer, Ratio, Serializer, de};

    pub(crate) fn serialize<S: Serializer>(ratio: &Ratio, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(ratio)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Ratio, D::Error> {
        let text = String::deserialize(from)?;
        Ratio::parse(&text).map_err(de::Error::custom)
    }
}

/// A part from 0 to 1 as text, or none.
pub(crate) mod part_option {
    use super::{Deserialize, Deserializer, Ratio, Serializer, de};

    pub(crate) fn serialize<S: Serializer>(ratio: &Option<Ratio>, to: S) -> Result<S::Ok, S::Error> {
        match ratio {
            Some(ratio) => to.collect_str(ratio),
            None => to.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Ratio>, D::Error> {
        let Some(text) = Option::<String>::deserialize(from)? else {
            return Ok(None);
        };
        super::part(&text).map(Some).map_err(de::Error::custom)
    }
}

/// Reads a part from 0 to 1: `15%`, `0.15`, `3/20`. The error is for people.
pub(crate) fn part(text: &str) -> Result<Ratio, String> {
    match Ratio::parse(text) {
        Ok(ratio) if ratio.is_proper() => Ok(ratio),
        Ok(_) => Err(format!("`{text}` is not from 0 to 1: write a part such as 15%")),
        Err(error) => Err(error.to_string()),
    }
}

/// A ratio for people, as a percentage with the places it needs: `15 %`, `33.333333 %`.
pub(crate) fn percent(ratio: Ratio) -> String {
    let hundredfold = ratio.checked_mul(Ratio::whole(100));
    let text = hundredfold.and_then(|value| value.to_decimal_string(6, money::Rounding::HalfEven));
    match text {
        Ok(text) => format!("{} %", text.trim_end_matches('0').trim_end_matches('.')),
        Err(_) => ratio.to_string(),
    }
}
