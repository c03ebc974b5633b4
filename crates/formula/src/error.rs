//! Errors of parsing and of evaluation.

use std::ops::Range;

/// Why a text is not a formula.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FormulaError {
    /// What is wrong.
    pub message: String,
    /// Where, in bytes of the formula's source.
    pub span: Range<usize>,
    /// What to do about it.
    pub help: Option<String>,
}

impl FormulaError {
    pub(crate) fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            span,
            help: None,
        }
    }

    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Why a formula has no value for some inputs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvalError {
    /// An input that the formula needs is not known.
    #[error("`{name}` is not known")]
    Unknown {
        /// The input's name.
        name: String,
    },
    /// Division by zero.
    #[error("division by zero")]
    DivisionByZero,
    /// A number beyond what decimals hold: 28 digits.
    #[error("a number grew beyond 28 digits")]
    Overflow,
    /// Anything else, such as text that is no number.
    #[error("{0}")]
    Other(String),
}
