//! Evaluation: the meaning of ZEN's operators in decimals, without its nulls.
//!
//! Where ZEN's own virtual machine answers `null` (division by zero) or falls back to floating point
//! (powers), there is an error here instead; everywhere else the values are the same, which a property
//! test checks against that machine.

use crate::error::EvalError;
use crate::expr::{
    Arithmetic, Bool, Change, Compare, Expr, Interval, Number, Reduce, Round, Search, Slot, Text, TextList,
};
use crate::{Formula, Type, Value};
use rust_decimal::{Decimal, MathematicalOps, RoundingStrategy};
use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::sync::Arc;

/// Evaluates one formula, many times, on one thread.
#[derive(Debug)]
pub struct Evaluator {
    formula: Formula,
    /// What was looked up during one evaluation, by slot.
    known: Vec<OnceCell<Value>>,
}

impl Evaluator {
    /// An evaluator of a formula.
    pub fn new(formula: &Formula) -> Self {
        let known = formula.inputs().iter().map(|_| OnceCell::new()).collect();
        Self {
            formula: formula.clone(),
            known,
        }
    }

    /// The formula.
    pub fn formula(&self) -> &Formula {
        &self.formula
    }

    /// The value for the given inputs. `lookup` is asked for an input (index into [`Formula::inputs`])
    /// at most once, and only when the value depends on it: the branch not taken is not looked at.
    pub fn evaluate(&mut self, lookup: &mut dyn FnMut(usize) -> Value) -> Result<Value, EvalError> {
        for cell in &mut self.known {
            cell.take();
        }
        let context = Context {
            formula: &self.formula,
            known: &self.known,
            lookup: RefCell::new(lookup),
        };
        match self.formula.expr() {
            Expr::Number(number) => Ok(Value::Number(number.value(&context)?)),
            Expr::Text(Text::Input(slot)) => context.text_input(*slot).cloned().map(Value::Text),
            Expr::Text(text) => Ok(Value::Text(Arc::from(text.value(&context)?.as_ref()))),
            Expr::Bool(condition) => Ok(Value::Bool(condition.value(&context)?)),
        }
    }
}

/// One evaluation: what was looked up so far.
struct Context<'a, 'l> {
    formula: &'a Formula,
    known: &'a [OnceCell<Value>],
    lookup: RefCell<&'l mut dyn FnMut(usize) -> Value>,
}

impl<'a> Context<'a, '_> {
    fn input(&self, slot: Slot) -> &'a Value {
        self.known[slot].get_or_init(|| (self.lookup.borrow_mut())(self.formula.input_of(slot)))
    }

    fn is_known(&self, slot: Slot) -> bool {
        !matches!(self.input(slot), Value::Null)
    }

    #[cold]
    fn refuse(&self, slot: Slot, expected: Type) -> EvalError {
        let name = self.formula.inputs()[self.formula.input_of(slot)].clone();
        match self.input(slot) {
            Value::Null => EvalError::Unknown { name },
            value => EvalError::Other(format!(
                "`{name}` should be {expected} and was given as {value:?}"
            )),
        }
    }

    fn number_input(&self, slot: Slot) -> Result<Decimal, EvalError> {
        match self.input(slot) {
            Value::Number(number) => Ok(*number),
            _ => Err(self.refuse(slot, Type::Number)),
        }
    }

    fn text_input(&self, slot: Slot) -> Result<&'a Arc<str>, EvalError> {
        match self.input(slot) {
            Value::Text(text) => Ok(text),
            _ => Err(self.refuse(slot, Type::Text)),
        }
    }

    fn bool_input(&self, slot: Slot) -> Result<bool, EvalError> {
        match self.input(slot) {
            Value::Bool(value) => Ok(*value),
            _ => Err(self.refuse(slot, Type::Bool)),
        }
    }
}

impl Number {
    fn value(&self, context: &Context<'_, '_>) -> Result<Decimal, EvalError> {
        match self {
            Number::Literal(number) => Ok(*number),
            Number::Input(slot) => context.number_input(*slot),
            Number::Otherwise(slot, _) if context.is_known(*slot) => context.number_input(*slot),
            Number::Otherwise(_, other) => other.value(context),
            Number::Negate(of) => Ok(-of.value(context)?),
            Number::Arithmetic(operator, sides) => {
                operator.apply(sides[0].value(context)?, sides[1].value(context)?)
            }
            Number::Power(base, exponent) => base
                .value(context)?
                .checked_powu(*exponent)
                .ok_or(EvalError::Overflow),
            Number::Round(round, of) => Ok(round.apply(of.value(context)?)),
            Number::Reduce(reduce, items) => reduce.apply(items, context),
            Number::Choose(condition, branches) => {
                branches[usize::from(!condition.value(context)?)].value(context)
            }
            Number::TextLength(text) => Ok(Decimal::from(text.value(context)?.len())),
            Number::ListLength(list) => {
                let mut length = 0_u64;
                list.each(context, &mut |_| length += 1)?;
                Ok(Decimal::from(length))
            }
            Number::Read(text) => {
                let text = text.value(context)?;
                read_number(&text).ok_or_else(|| EvalError::Other(format!("`{text}` is not a number")))
            }
            Number::OfBool(value) => Ok(if value.value(context)? {
                Decimal::ONE
            } else {
                Decimal::ZERO
            }),
        }
    }
}

/// Plain or scientific notation, surrounding blanks ignored.
fn read_number(text: &str) -> Option<Decimal> {
    let text = text.trim();
    Decimal::from_str_exact(text)
        .or_else(|_| Decimal::from_scientific(text))
        .ok()
}

impl Arithmetic {
    fn apply(self, left: Decimal, right: Decimal) -> Result<Decimal, EvalError> {
        let result = match self {
            Arithmetic::Add => left.checked_add(right),
            Arithmetic::Subtract => left.checked_sub(right),
            Arithmetic::Multiply => left.checked_mul(right),
            Arithmetic::Divide if right.is_zero() => return Err(EvalError::DivisionByZero),
            Arithmetic::Divide => left.checked_div(right),
            Arithmetic::Remainder if right.is_zero() => return Err(EvalError::DivisionByZero),
            Arithmetic::Remainder => left.checked_rem(right),
        };
        result.ok_or(EvalError::Overflow)
    }
}

impl Round {
    fn apply(self, value: Decimal) -> Decimal {
        match self {
            Round::Absolute => value.abs(),
            Round::Floor => value.floor(),
            Round::Ceiling => value.ceil(),
            Round::Nearest(places) => {
                value.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero)
            }
            Round::Truncate(places) => value.trunc_with_scale(places),
        }
    }
}

impl Reduce {
    /// `items` is never empty: the parser refuses an empty list.
    fn apply(self, items: &[Number], context: &Context<'_, '_>) -> Result<Decimal, EvalError> {
        if self == Reduce::Median {
            return median(items, context);
        }
        let mut result = items[0].value(context)?;
        for item in &items[1..] {
            let value = item.value(context)?;
            result = match self {
                Reduce::Sum | Reduce::Average => Arithmetic::Add.apply(result, value)?,
                Reduce::Least => result.min(value),
                Reduce::Greatest | Reduce::Median => result.max(value),
            };
        }
        match self {
            Reduce::Average => Arithmetic::Divide.apply(result, Decimal::from(items.len())),
            _ => Ok(result),
        }
    }
}

fn median(items: &[Number], context: &Context<'_, '_>) -> Result<Decimal, EvalError> {
    let mut values = items
        .iter()
        .map(|item| item.value(context))
        .collect::<Result<Vec<_>, _>>()?;
    values.sort();
    let centre = values.len() / 2;
    if values.len() % 2 == 1 {
        return Ok(values[centre]);
    }
    let sum = Arithmetic::Add.apply(values[centre - 1], values[centre])?;
    Arithmetic::Divide.apply(sum, Decimal::TWO)
}

impl Text {
    fn value<'a>(&'a self, context: &Context<'a, '_>) -> Result<Cow<'a, str>, EvalError> {
        match self {
            Text::Literal(text) => Ok(Cow::Borrowed(text)),
            Text::Input(slot) => Ok(Cow::Borrowed(context.text_input(*slot)?)),
            Text::Otherwise(slot, _) if context.is_known(*slot) => {
                Ok(Cow::Borrowed(context.text_input(*slot)?))
            }
            Text::Otherwise(_, other) => other.value(context),
            Text::Join(sides) => Ok(sides[0].value(context)? + sides[1].value(context)?),
            Text::Choose(condition, branches) => {
                branches[usize::from(!condition.value(context)?)].value(context)
            }
            Text::Change(change, of) => {
                let text = of.value(context)?;
                Ok(Cow::Owned(match change {
                    Change::Upper => text.to_uppercase(),
                    Change::Lower => text.to_lowercase(),
                    Change::Trim => text.trim().to_owned(),
                }))
            }
            Text::OfNumber(number) => Ok(Cow::Owned(number.value(context)?.to_string())),
            Text::OfBool(value) => Ok(Cow::Borrowed(if value.value(context)? {
                "true"
            } else {
                "false"
            })),
            Text::Part(list, index) => {
                let mut texts = Vec::new();
                list.each(context, &mut |text| texts.push(text.to_owned()))?;
                let count = texts.len();
                texts.into_iter().nth(*index).map(Cow::Owned).ok_or_else(|| {
                    EvalError::Other(format!(
                        "there is no part {index}: the text has {count} parts, from 0"
                    ))
                })
            }
            Text::Slice(of, from, to) => {
                let text = of.value(context)?;
                let to = to.map_or(text.len(), |to| to.saturating_add(1));
                let part = text.get(*from..to).filter(|_| *from < text.len());
                part.map(|part| Cow::Owned(part.to_owned())).ok_or_else(|| {
                    EvalError::Other(format!(
                        "`{text}` has no bytes {from} to {}",
                        to.saturating_sub(1)
                    ))
                })
            }
        }
    }
}

impl TextList {
    fn each<'a>(&'a self, context: &Context<'a, '_>, visit: &mut dyn FnMut(&str)) -> Result<(), EvalError> {
        match self {
            TextList::Items(items) => {
                for item in items {
                    visit(&item.value(context)?);
                }
            }
            TextList::Split(text, separator) => {
                let separator = separator.value(context)?;
                text.value(context)?.split(separator.as_ref()).for_each(visit);
            }
            TextList::Extract(text, pattern) => {
                if let Some(captures) = pattern.captures(&text.value(context)?) {
                    captures.iter().flatten().for_each(|group| visit(group.as_str()));
                }
            }
        }
        Ok(())
    }
}

impl Bool {
    fn value(&self, context: &Context<'_, '_>) -> Result<bool, EvalError> {
        match self {
            Bool::Literal(value) => Ok(*value),
            Bool::Input(slot) => context.bool_input(*slot),
            Bool::Otherwise(slot, _) if context.is_known(*slot) => context.bool_input(*slot),
            Bool::Otherwise(_, other) => other.value(context),
            Bool::Not(of) => Ok(!of.value(context)?),
            Bool::And(sides) => Ok(sides[0].value(context)? && sides[1].value(context)?),
            Bool::Or(sides) => Ok(sides[0].value(context)? || sides[1].value(context)?),
            Bool::Choose(condition, branches) => {
                branches[usize::from(!condition.value(context)?)].value(context)
            }
            Bool::Compare(compare, sides) => {
                Ok(compare.holds(sides[0].value(context)?, sides[1].value(context)?))
            }
            Bool::SameText(sides) => Ok(sides[0].value(context)? == sides[1].value(context)?),
            Bool::SameTruth(sides) => Ok(sides[0].value(context)? == sides[1].value(context)?),
            Bool::AmongNumbers(item, list) => {
                let item = item.value(context)?;
                any(list, |number| Ok(number.value(context)? == item))
            }
            Bool::AmongTexts(item, list) => {
                let item = item.value(context)?;
                let mut found = false;
                list.each(context, &mut |text| found |= text == item)?;
                Ok(found)
            }
            Bool::AmongBools(item, list) => {
                let item = item.value(context)?;
                any(list, |value| Ok(value.value(context)? == item))
            }
            Bool::Within(item, interval) => interval.includes(item.value(context)?, context),
            Bool::Search(search, texts) => {
                let (text, part) = (texts[0].value(context)?, texts[1].value(context)?);
                Ok(match search {
                    Search::Contains => text.contains(part.as_ref()),
                    Search::StartsWith => text.starts_with(part.as_ref()),
                    Search::EndsWith => text.ends_with(part.as_ref()),
                })
            }
            Bool::Matches(text, pattern) => Ok(pattern.is_match(&text.value(context)?)),
            Bool::IsNumber(text) => Ok(read_number(&text.value(context)?).is_some()),
        }
    }
}

/// Every item is evaluated, as ZEN does: an item without a value is an error wherever it stands.
fn any<T>(items: &[T], holds: impl Fn(&T) -> Result<bool, EvalError>) -> Result<bool, EvalError> {
    items
        .iter()
        .try_fold(false, |found, item| Ok(found | holds(item)?))
}

impl Compare {
    fn holds(self, left: Decimal, right: Decimal) -> bool {
        match self {
            Compare::Equal => left == right,
            Compare::Less => left < right,
            Compare::LessOrEqual => left <= right,
            Compare::Greater => left > right,
            Compare::GreaterOrEqual => left >= right,
        }
    }
}

impl Interval {
    fn includes(&self, item: Decimal, context: &Context<'_, '_>) -> Result<bool, EvalError> {
        let (left, right) = (self.left.value(context)?, self.right.value(context)?);
        let after_left = if self.left_included {
            left <= item
        } else {
            left < item
        };
        let before_right = if self.right_included {
            item <= right
        } else {
            item < right
        };
        Ok(after_left && before_right)
    }
}
