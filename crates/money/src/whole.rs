//! Whole numbers of any size in JSON: as text of their digits. A JSON number beyond 64 bits is refused or rounded by most of what reads
//! JSON.

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt::{self, Display};
use std::marker::PhantomData;
use std::str::FromStr;

/// Writes a number as text.
pub fn serialize<N: Display, S: Serializer>(number: &N, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(number)
}

/// Reads what [`serialize`] wrote, and a JSON number.
pub fn deserialize<'de, N: FromStr, D: Deserializer<'de>>(from: D) -> Result<N, D::Error> {
    from.deserialize_any(Digits(PhantomData))
}

struct Digits<N>(PhantomData<N>);

impl<N: FromStr> Visitor<'_> for Digits<N> {
    type Value = N;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number, as text or as it is")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<N, E> {
        text.parse()
            .map_err(|_| de::Error::invalid_value(de::Unexpected::Str(text), &self))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<N, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<N, E> {
        self.visit_str(&number.to_string())
    }
}

/// A whole number that is text in JSON, for where it is a part of something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Whole(#[serde(with = "self")] pub i128);

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json, to_value};

    #[test]
    fn all_numbers_come_back() {
        for number in [0, 7, -7, i128::from(u64::MAX) + 1, i128::MIN, i128::MAX] {
            let written = to_value(Whole(number)).unwrap();
            assert_eq!(written, json!(number.to_string()));
            assert_eq!(from_value::<Whole>(written).unwrap(), Whole(number));
        }
    }

    #[test]
    fn numbers_of_json_are_read_where_they_are_exact() {
        for number in [json!(7), json!(-7), json!(u64::MAX), json!(i64::MIN)] {
            let Whole(read) = from_value(number.clone()).unwrap();
            assert_eq!(read.to_string(), number.to_string());
        }
        for other in [
            json!(1.5),
            json!(1e30),
            json!("1.5"),
            json!(""),
            json!(null),
            json!([1]),
        ] {
            assert!(from_value::<Whole>(other.clone()).is_err(), "{other}");
        }
    }
}
