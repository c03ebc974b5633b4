//! ZEN formulas, checked before use and deterministic.
//!
//! A [`Formula`] is parsed against a [`Scope`]: every name in it is known and has a type, the result
//! has the expected type, and nothing in it can depend on time or chance. Evaluation is in decimals.

/// The type of a variable or of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// A decimal number.
    Number,
    /// Text.
    Text,
    /// True or false.
    Bool,
}

/// A checked formula.
#[derive(Clone, Debug)]
pub struct Formula {
    source: String,
}

impl Formula {
    /// The formula as written.
    pub fn source(&self) -> &str {
        &self.source
    }
}
