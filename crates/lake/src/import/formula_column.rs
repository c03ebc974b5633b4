//! One field of many rows from a formula, each distinct combination of inputs evaluated once.

use event::value::Reason;
use formula::{Evaluator, Formula, Value};
use hashbrown::HashMap;
use std::sync::Arc;

/// How many combinations of inputs are remembered in a batch.
const MAX_REMEMBERED: usize = 65_536;
/// Between the inputs of a remembered combination; cannot be part of checked UTF-8 text.
const SEPARATOR: u8 = 0xff;
/// Stands for an empty input.
const EMPTY: u8 = 0xfe;

/// The values of a formula.
pub(crate) struct Evaluated {
    /// A row's value as text; `None` if it is empty or could not be computed.
    pub texts: Vec<Option<Arc<str>>>,
    /// Rows whose value could not be computed, ascending.
    pub problems: Vec<(u32, Reason)>,
    /// Rows whose value is a number with a fraction, or so large that it may have been rounded, ascending.
    pub inexact: Vec<u32>,
}

/// Formulas reckon with 28 digits: a number with so many may have lost some.
const ALL_DIGITS: usize = 28;

/// What a formula gives for one combination of inputs.
#[derive(Clone)]
struct One {
    text: Option<Arc<str>>,
    is_inexact: bool,
}

/// Evaluates a formula for every row. `get` gives the text of an input.
pub(crate) fn evaluate<'a>(
    formula: &Formula,
    rows: usize,
    inputs: usize,
    get: impl Fn(usize, usize) -> Option<&'a str>,
) -> Evaluated {
    let mut evaluator = Evaluator::new(formula);
    let mut remembered: HashMap<Vec<u8>, Result<One, Reason>> = HashMap::new();
    let mut evaluated = Evaluated {
        texts: Vec::with_capacity(rows),
        problems: Vec::new(),
        inexact: Vec::new(),
    };
    let mut key = Vec::new();
    for row in 0..rows {
        key.clear();
        for input in 0..inputs {
            match get(row, input) {
                Some(text) => key.extend_from_slice(text.as_bytes()),
                None => key.push(EMPTY),
            }
            key.push(SEPARATOR);
        }
        let result = match remembered.get(&key) {
            Some(result) => result.clone(),
            None => {
                let mut lookup = |input| get(row, input).map_or(Value::Null, |text| Value::Text(text.into()));
                let result = one_of(evaluator.evaluate(&mut lookup));
                if remembered.len() < MAX_REMEMBERED {
                    remembered.insert(key.clone(), result.clone());
                }
                result
            }
        };
        let text = match result {
            Ok(one) => {
                evaluated.inexact.extend(one.is_inexact.then_some(row as u32));
                one.text
            }
            Err(reason) => {
                evaluated.problems.push((row as u32, reason));
                None
            }
        };
        evaluated.texts.push(text);
    }
    evaluated
}

fn one_of(result: Result<Value, formula::EvalError>) -> Result<One, Reason> {
    let exact = |text| One {
        text,
        is_inexact: false,
    };
    match result {
        Ok(Value::Null) => Ok(exact(None)),
        Ok(Value::Text(text)) => Ok(exact(Some(text).filter(|text| !text.is_empty()))),
        Ok(Value::Number(number)) => {
            let text = number.normalize().to_string();
            Ok(One {
                is_inexact: text.contains('.') || text.len() >= ALL_DIGITS,
                text: Some(text.into()),
            })
        }
        Ok(Value::Bool(flag)) => Ok(exact(Some(if flag { "true" } else { "false" }.into()))),
        // A formula over an empty column has no value either: whether the row may do without it is for the
        // field to say.
        Err(formula::EvalError::Unknown { .. }) => Ok(exact(None)),
        Err(error) => Err(Reason::Expression {
            message: error.to_string(),
        }),
    }
}
