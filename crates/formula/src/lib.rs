//! ZEN formulas, checked before use and deterministic.
//!
//! A [`Formula`] is parsed against a [`Scope`]: every name in it is known and has a type, the result
//! has the expected type, and nothing in it can depend on time or chance. Syntax and operators are those
//! of ZEN, read by ZEN's own parser; what is typed and exact in them is kept, the rest is refused with
//! the place and the reason. Evaluation is in decimals of 28 digits: a result with more digits is rounded
//! to 28, an overflow or a division by zero is an error. There is no floating point, and no null.
//!
//! This crate does no IO, and a formula cannot either.

mod check;
mod error;
mod eval;
mod expr;
mod formula;
mod names;
mod scope;
mod syntax;

pub use error::{EvalError, FormulaError};
pub use eval::Evaluator;
pub use formula::Formula;
pub use names::FUNCTIONS;
pub use scope::Scope;

use rust_decimal::Decimal;
use std::fmt;
use std::sync::Arc;

/// The type of a variable or of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// A decimal number.
    Number,
    /// Text.
    Text,
    /// True or false.
    Bool,
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Type::Number => "a number",
            Type::Text => "text",
            Type::Bool => "true or false",
        })
    }
}

/// A value going into or coming out of a formula.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Not known. Only goes in: a formula that needs it fails with [`EvalError::Unknown`].
    Null,
    /// A number.
    Number(Decimal),
    /// Text.
    Text(Arc<str>),
    /// True or false.
    Bool(bool),
}
