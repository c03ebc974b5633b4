//! Amounts in stored documents.

use money::Money;
pub use money::text::{deserialize, serialize};
use serde::Deserialize;

/// An amount with a name, such as a deduction.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, Deserialize)]
pub struct NamedAmount {
    /// The name.
    pub name: String,
    /// The amount.
    #[serde(with = "crate::amount")]
    pub amount: Money,
}
