//! Assets: what an amount is an amount of, and how finely it is kept.

use iso_currency::Currency;
use std::fmt;
use std::str::FromStr;

/// Longest code of an asset, in bytes.
const CODE_LENGTH: usize = 12;

/// An asset's code: 1 to 12 of `A-Z`, `0-9`, `_`. ISO 4217 for currencies; free for others (`COIN`, `DIAMOND`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code {
    // Zero padded, so that comparing bytes compares codes.
    bytes: [u8; CODE_LENGTH],
}

impl Code {
    /// Checks and packs a code.
    pub fn new(code: &str) -> Result<Self, AssetError> {
        let allowed = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
        if code.is_empty() || code.len() > CODE_LENGTH || !code.as_bytes().iter().all(allowed) {
            return Err(AssetError::InvalidCode {
                code: code.to_owned(),
            });
        }
        let mut bytes = [0; CODE_LENGTH];
        bytes[..code.len()].copy_from_slice(code.as_bytes());
        Ok(Self { bytes })
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        let length = self
            .bytes
            .iter()
            .position(|byte| *byte == 0)
            .unwrap_or(CODE_LENGTH);
        std::str::from_utf8(&self.bytes[..length]).expect("a code is ASCII")
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Code({})", self.as_str())
    }
}

/// An asset at a scale: one unit is `10^-scale` of it. `USD/2` counts cents, `USD/6` millionths of a
/// dollar, `COIN/0` whole coins. The same code at another scale is another asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Asset {
    code: Code,
    scale: u8,
}

impl Asset {
    /// The finest scale: 18 decimal places.
    pub const MAX_SCALE: u8 = 18;

    /// The scale at which earning lines of a currency are kept: millionths.
    pub const MICRO_SCALE: u8 = 6;

    /// An asset of any code at a scale from 0 to [`Asset::MAX_SCALE`].
    pub fn new(code: &str, scale: u8) -> Result<Self, AssetError> {
        let code = Code::new(code)?;
        if scale > Self::MAX_SCALE {
            return Err(AssetError::ScaleTooFine { code, scale });
        }
        Ok(Self { code, scale })
    }

    /// An ISO 4217 currency at the scale of its minor unit (`USD/2`, `JPY/0`, `BHD/3`).
    pub fn iso(code: &str) -> Result<Self, AssetError> {
        let currency = Currency::from_code(code).ok_or_else(|| AssetError::UnknownCurrency {
            code: code.to_owned(),
        })?;
        let code = Code::new(code)?;
        let exponent = currency.exponent().ok_or(AssetError::NoMinorUnit { code })?;
        let scale = u8::try_from(exponent).map_err(|_| AssetError::NoMinorUnit { code })?;
        Self::new(code.as_str(), scale)
    }

    /// An ISO 4217 currency in millionths, the scale at which earning lines are kept.
    pub fn micro(code: &str) -> Result<Self, AssetError> {
        Self::iso(code)?.at_scale(Self::MICRO_SCALE)
    }

    /// The same code at another scale.
    pub fn at_scale(self, scale: u8) -> Result<Self, AssetError> {
        if scale > Self::MAX_SCALE {
            return Err(AssetError::ScaleTooFine {
                code: self.code,
                scale,
            });
        }
        Ok(Self {
            code: self.code,
            scale,
        })
    }

    /// The code.
    pub fn code(&self) -> &str {
        self.code.as_str()
    }

    /// Decimal places of one unit.
    pub const fn scale(self) -> u8 {
        self.scale
    }

    /// Units in one whole of the asset: `10^scale`.
    pub const fn units_per_whole(self) -> i128 {
        10_i128.pow(self.scale as u32)
    }
}

impl fmt::Display for Asset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.code, self.scale)
    }
}

impl FromStr for Asset {
    type Err = AssetError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || AssetError::InvalidNotation {
            text: text.to_owned(),
        };
        let (code, scale) = text.split_once('/').ok_or_else(invalid)?;
        let canonical =
            scale == "0" || (!scale.starts_with('0') && scale.bytes().all(|b| b.is_ascii_digit()));
        if !canonical {
            return Err(invalid());
        }
        Self::new(code, scale.parse().map_err(|_| invalid())?)
    }
}

/// Why something is not an asset.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssetError {
    /// The code has a wrong length or character.
    #[error("invalid asset code `{code}`: use 1 to 12 of A-Z, 0-9 and _")]
    InvalidCode {
        /// The code given.
        code: String,
    },
    /// The code is not a currency of ISO 4217.
    #[error("unknown currency `{code}`: use an ISO 4217 code such as USD")]
    UnknownCurrency {
        /// The code given.
        code: String,
    },
    /// ISO 4217 gives the code no minor unit (gold, testing codes).
    #[error("currency {code} has no minor unit in ISO 4217")]
    NoMinorUnit {
        /// The code given.
        code: Code,
    },
    /// More than [`Asset::MAX_SCALE`] decimal places.
    #[error("scale {scale} of {code} is too fine: at most 18 decimal places are kept")]
    ScaleTooFine {
        /// The asset's code.
        code: Code,
        /// The scale given.
        scale: u8,
    },
    /// Not of the form `CODE/SCALE`.
    #[error("invalid asset `{text}`: write code and scale, such as USD/6")]
    InvalidNotation {
        /// The text given.
        text: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        for text in ["USD/6", "JPY/0", "COIN/0", "A_1/18"] {
            assert_eq!(text.parse::<Asset>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn refuses_what_is_no_asset() {
        for text in [
            "USD",
            "USD/",
            "usd/2",
            "/2",
            "USD/19",
            "USD/256",
            "USD/-1",
            "USD/02",
            "USD/+2",
            "ABCDEFGHIJKLM/0",
            "Ü/0",
        ] {
            assert!(text.parse::<Asset>().is_err(), "{text}");
        }
    }

    #[test]
    fn currencies_have_the_scale_of_their_minor_unit() {
        for (code, scale) in [("USD", 2), ("JPY", 0), ("BHD", 3), ("CLF", 4)] {
            assert_eq!(Asset::iso(code).unwrap().scale(), scale, "{code}");
            assert_eq!(Asset::micro(code).unwrap().scale(), 6, "{code}");
        }
        assert_eq!(
            Asset::iso("XAU").unwrap_err().to_string(),
            "currency XAU has no minor unit in ISO 4217"
        );
        assert!(Asset::iso("usd").is_err());
        assert!(Asset::iso("ABC").is_err());
    }

    #[test]
    fn codes_order_as_their_text() {
        let mut codes: Vec<_> = ["USD", "US", "A", "EUR", "EUR2"]
            .iter()
            .map(|c| Code::new(c).unwrap())
            .collect();
        codes.sort();
        let texts: Vec<_> = codes.iter().map(|code| code.to_string()).collect();
        assert_eq!(texts, ["A", "EUR", "EUR2", "US", "USD"]);
    }
}
