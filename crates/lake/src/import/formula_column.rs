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
}

/// Evaluates a formula for every row. `get` gives the text of an input.
pub(crate) fn evaluate<'a>(
    formula: &Formula,
    rows: usize,
    inputs: usize,
    get: impl Fn(usize, usize) -> Option<&'a str>,
) -> Evaluated {
    let mut evaluator = Evaluator::new(formula);
    let mut remembered: HashMap<Vec<u8>, Result<Option<Arc<str>>, Reason>> = HashMap::new();
    let mut evaluated = Evaluated {
        texts: Vec::with_capacity(rows),
        problems: Vec::new(),
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
                let result = text_of(evaluator.evaluate(&mut lookup));
                if remembered.len() < MAX_REMEMBERED {
                    remembered.insert(key.clone(), result.clone());
                }
                result
            }
        };
        evaluated.texts.push(result.unwrap_or_else(|reason| {
            evaluated.problems.push((row as u32, reason));
            None
        }));
    }
    evaluated
}

fn text_of(result: Result<Value, formula::EvalError>) -> Result<Option<Arc<str>>, Reason> {
    match result {
        Ok(Value::Null) => Ok(None),
        Ok(Value::Text(text)) => Ok(Some(text).filter(|text| !text.is_empty())),
        Ok(Value::Number(number)) => Ok(Some(number.normalize().to_string().into())),
        Ok(Value::Bool(flag)) => Ok(Some(if flag { "true" } else { "false" }.into())),
        // A formula over an empty column has no value either: whether the row may do without it is for the
        // field to say.
        Err(formula::EvalError::Unknown { .. }) => Ok(None),
        Err(error) => Err(Reason::Expression {
            message: error.to_string(),
        }),
    }
}
