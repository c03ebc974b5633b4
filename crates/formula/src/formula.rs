//! A checked formula.

use crate::check::Checker;
use crate::error::FormulaError;
use crate::expr::{Expr, Slot};
use crate::{Scope, Type, syntax};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// A checked formula. Cheap to clone, and shared between threads.
#[derive(Clone)]
pub struct Formula {
    inner: Arc<Inner>,
}

struct Inner {
    source: String,
    /// Sorted.
    inputs: Vec<String>,
    /// Index into `inputs` by slot.
    slots: Vec<usize>,
    /// Where inputs stand in the source, from left to right.
    uses: Vec<(Range<usize>, Slot)>,
    expr: Expr,
}

impl Formula {
    /// Parses and checks a formula that must have the given type.
    pub fn parse(source: &str, scope: &Scope, result: Type) -> Result<Formula, FormulaError> {
        let formula = Self::infer(source, scope)?;
        if formula.result() == result {
            return Ok(formula);
        }
        let message = format!("the formula must give {result}, and gives {}", formula.result());
        let start = source.len() - source.trim_start().len();
        Err(FormulaError::new(start..source.trim_end().len(), message))
    }

    /// Parses and checks a formula of whichever type it has.
    pub fn infer(source: &str, scope: &Scope) -> Result<Formula, FormulaError> {
        let source_text = source.to_owned();
        syntax::parse(source, |tree| {
            let mut checker = Checker::new(scope, tree);
            let expr = checker.expr(tree.root)?;
            let mut inputs = checker.names.clone();
            inputs.sort();
            let sorted = |name: &String| inputs.binary_search(name).expect("every name is an input");
            let slots = checker.names.iter().map(sorted).collect();
            let mut uses = checker.uses;
            uses.sort_by_key(|(span, _)| span.start);
            Ok(Formula {
                inner: Arc::new(Inner {
                    source: source_text,
                    inputs,
                    slots,
                    uses,
                    expr,
                }),
            })
        })
    }

    /// The formula as written.
    pub fn source(&self) -> &str {
        &self.inner.source
    }

    /// The names it uses, sorted; [`Evaluator::evaluate`](crate::Evaluator::evaluate) asks for their values by index.
    pub fn inputs(&self) -> &[String] {
        &self.inner.inputs
    }

    /// The type of its value.
    pub fn result(&self) -> Type {
        self.inner.expr.ty()
    }

    /// Where its inputs stand in the source, from left to right, each with its index in [`Formula::inputs`].
    pub fn uses(&self) -> impl Iterator<Item = (Range<usize>, usize)> {
        self.inner
            .uses
            .iter()
            .map(|(span, slot)| (span.clone(), self.inner.slots[*slot]))
    }

    /// The source with every input replaced by what `value` says for its index: `views / 1000` becomes
    /// `8 / 1000`.
    pub fn with_values(&self, mut value: impl FnMut(usize) -> String) -> String {
        let mut text = String::with_capacity(self.source().len());
        let mut end = 0;
        for (span, input) in self.uses() {
            text.push_str(&self.source()[end..span.start]);
            text.push_str(&value(input));
            end = span.end;
        }
        text.push_str(&self.source()[end..]);
        text
    }

    pub(crate) fn expr(&self) -> &Expr {
        &self.inner.expr
    }

    pub(crate) fn input_of(&self, slot: Slot) -> usize {
        self.inner.slots[slot]
    }
}

impl fmt::Debug for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Formula({:?})", self.source())
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.source())
    }
}
