//! The ways money leaves.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The ways money leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rail {
    /// A bank transfer: ISO 20022.
    Bank,
    /// PayPal: CSV.
    PayPal,
    /// Wise: CSV.
    Wise,
}

impl Rail {
    /// Every rail.
    pub const ALL: [Rail; 3] = [Rail::Bank, Rail::PayPal, Rail::Wise];

    /// The name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Rail::Bank => "bank",
            Rail::PayPal => "paypal",
            Rail::Wise => "wise",
        }
    }
}

impl fmt::Display for Rail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
