//! The type checker: ZEN's syntax tree becomes a typed one, or an error that points at the reason.

mod functions;

use crate::error::FormulaError;
use crate::expr::{Arithmetic, Bool, Compare, Expr, Interval, Number, Slot, Text, TextList};
use crate::syntax::Tree;
use crate::{Scope, Type};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use std::ops::Range;
use std::sync::Arc;
use zen_expression::lexer::{ArithmeticOperator, Bracket, ComparisonOperator, LogicalOperator, Operator};
use zen_expression::parser::Node;

/// Deepest tree, which bounds the recursion of checking and evaluating.
const MAX_DEPTH: usize = 200;
/// Largest power: beyond it, decimals overflow for every base of two or more.
const MAX_POWER: u64 = 96;

/// Checks one formula.
pub(crate) struct Checker<'c, 'a> {
    pub(crate) scope: &'c Scope,
    pub(crate) tree: &'c Tree<'a>,
    /// Names in the order in which the formula first uses them.
    pub(crate) names: Vec<String>,
    /// Every place where a name stands, in the order in which they are checked.
    pub(crate) uses: Vec<(Range<usize>, Slot)>,
    depth: usize,
}

impl<'c, 'a> Checker<'c, 'a> {
    pub(crate) fn new(scope: &'c Scope, tree: &'c Tree<'a>) -> Self {
        Self {
            scope,
            tree,
            names: Vec::new(),
            uses: Vec::new(),
            depth: 0,
        }
    }

    pub(crate) fn error(&self, node: &'a Node<'a>, message: impl Into<String>) -> FormulaError {
        FormulaError::new(self.tree.span(node), message)
    }

    /// Any formula.
    pub(crate) fn expr(&mut self, node: &'a Node<'a>) -> Result<Expr, FormulaError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error(node, format!("the formula nests more than {MAX_DEPTH} deep")));
        }
        let checked = self.expr_inner(node);
        self.depth -= 1;
        checked
    }

    fn expr_inner(&mut self, node: &'a Node<'a>) -> Result<Expr, FormulaError> {
        match node {
            Node::Bool(value) => Ok(Expr::Bool(Bool::Literal(*value))),
            Node::Number(number) => Ok(Expr::Number(Number::Literal(*number))),
            Node::String(text) => Ok(Expr::Text(Text::Literal(Arc::from(*text)))),
            Node::Parenthesized(inner) => self.expr(inner),
            Node::Identifier(_) => self.variable(node),
            Node::Member { node: of, property } => self.member(node, of, property),
            Node::Slice { node: of, from, to } => self.slice(of, *from, *to),
            Node::Conditional {
                condition,
                on_true,
                on_false,
            } => self.conditional(condition, on_true, on_false),
            Node::Unary { node: of, operator } => self.unary(node, *operator, of),
            Node::Binary {
                left,
                operator,
                right,
            } => self.binary(node, left, *operator, right),
            Node::FunctionCall { kind, arguments } => functions::check(self, node, kind, arguments),
            Node::Array(_) | Node::Interval { .. } => Err(self
                .error(node, "a list or interval is not a value of its own")
                .with_help("use it after `in`, or in min([...]), max([...]), sum([...])")),
            _ => Err(self.error(node, "this is not supported in formulas")),
        }
    }

    /// A name with dots, if the node is nothing else.
    fn dotted(node: &Node<'_>) -> Option<String> {
        match node {
            Node::Identifier(name) => Some((*name).to_owned()),
            Node::Member {
                node,
                property: Node::String(part),
            } => Some(format!("{}.{part}", Self::dotted(node)?)),
            _ => None,
        }
    }

    fn slot(&mut self, node: &'a Node<'a>) -> Result<(Slot, Type), FormulaError> {
        let name = Self::dotted(node).ok_or_else(|| self.error(node, "a name is needed here"))?;
        let Some(ty) = self.scope.type_of(&name) else {
            let error = self.error(node, format!("unknown name `{name}`"));
            return Err(match self.scope.nearest(&name) {
                Some(known) => error.with_help(format!("did you mean `{known}`?")),
                None => {
                    let names: Vec<_> = self.scope.names().collect();
                    error.with_help(format!("known names: {}", names.join(", ")))
                }
            });
        };
        let slot = self
            .names
            .iter()
            .position(|known| *known == name)
            .unwrap_or_else(|| {
                self.names.push(name);
                self.names.len() - 1
            });
        self.uses.push((self.tree.span(node), slot));
        Ok((slot, ty))
    }

    fn variable(&mut self, node: &'a Node<'a>) -> Result<Expr, FormulaError> {
        let (slot, ty) = self.slot(node)?;
        Ok(match ty {
            Type::Number => Expr::Number(Number::Input(slot)),
            Type::Text => Expr::Text(Text::Input(slot)),
            Type::Bool => Expr::Bool(Bool::Input(slot)),
        })
    }

    fn member(
        &mut self,
        node: &'a Node<'a>,
        of: &'a Node<'a>,
        property: &'a Node<'a>,
    ) -> Result<Expr, FormulaError> {
        if Self::dotted(node).is_some() {
            return self.variable(node);
        }
        let Node::Number(index) = property else {
            return Err(self.error(property, "only a whole number can stand here, such as [0]"));
        };
        let index = self.index(property, *index)?;
        if let Some(list) = self.text_list(of)? {
            return Ok(Expr::Text(Text::Part(Box::new(list), index)));
        }
        let of = self.text(of)?;
        Ok(Expr::Text(Text::Slice(Box::new(of), index, Some(index))))
    }

    fn index(&self, node: &'a Node<'a>, index: Decimal) -> Result<usize, FormulaError> {
        let whole = index.fract().is_zero().then(|| index.to_usize()).flatten();
        whole.ok_or_else(|| {
            self.error(
                node,
                format!("`{index}` is not a position: positions count from 0"),
            )
        })
    }

    fn slice(
        &mut self,
        of: &'a Node<'a>,
        from: Option<&'a Node<'a>>,
        to: Option<&'a Node<'a>>,
    ) -> Result<Expr, FormulaError> {
        let of = self.text(of)?;
        let bound = |node: &'a Node<'a>| match node {
            Node::Number(index) => self.index(node, *index),
            _ => Err(self.error(node, "only a whole number can stand here, such as [0:9]")),
        };
        let from = from.map(bound).transpose()?.unwrap_or(0);
        let to = to.map(bound).transpose()?;
        Ok(Expr::Text(Text::Slice(Box::new(of), from, to)))
    }

    fn mismatch(&self, node: &'a Node<'a>, found: Type, expected: Type) -> FormulaError {
        let error = self.error(node, format!("{expected} is needed here, and this is {found}"));
        match (node, found, expected) {
            (_, Type::Text, Type::Number) => error.with_help("number(...) reads a number from text"),
            (Node::Binary { .. }, Type::Bool, Type::Number) => {
                error.with_help("compare twice and join with `and`: a < b and b < c")
            }
            (_, Type::Number, Type::Bool) => error.with_help("compare it, such as `... > 0`"),
            (_, Type::Number, Type::Text) => error.with_help("string(...) writes a number as text"),
            _ => error,
        }
    }

    pub(crate) fn number(&mut self, node: &'a Node<'a>) -> Result<Number, FormulaError> {
        match self.expr(node)? {
            Expr::Number(number) => Ok(number),
            other => Err(self.mismatch(node, other.ty(), Type::Number)),
        }
    }

    pub(crate) fn text(&mut self, node: &'a Node<'a>) -> Result<Text, FormulaError> {
        match self.expr(node)? {
            Expr::Text(text) => Ok(text),
            other => Err(self.mismatch(node, other.ty(), Type::Text)),
        }
    }

    pub(crate) fn bool(&mut self, node: &'a Node<'a>) -> Result<Bool, FormulaError> {
        match self.expr(node)? {
            Expr::Bool(value) => Ok(value),
            other => Err(self.mismatch(node, other.ty(), Type::Bool)),
        }
    }

    /// The items of a list written out.
    pub(crate) fn items(&self, node: &'a Node<'a>) -> Result<Option<&'a [&'a Node<'a>]>, FormulaError> {
        match node {
            Node::Array([]) => Err(self.error(node, "the list is empty")),
            Node::Array(items) => Ok(Some(items)),
            Node::Parenthesized(inner) => self.items(inner),
            _ => Ok(None),
        }
    }

    pub(crate) fn numbers(&mut self, items: &'a [&'a Node<'a>]) -> Result<Box<[Number]>, FormulaError> {
        items.iter().map(|item| self.number(item)).collect()
    }

    /// A list of texts, if the node is one: written out, or taken from text.
    pub(crate) fn text_list(&mut self, node: &'a Node<'a>) -> Result<Option<TextList>, FormulaError> {
        if let Some(items) = self.items(node)? {
            return items
                .iter()
                .map(|item| self.text(item))
                .collect::<Result<_, _>>()
                .map(|items| Some(TextList::Items(items)));
        }
        functions::text_list(self, node)
    }

    fn conditional(
        &mut self,
        condition: &'a Node<'a>,
        on_true: &'a Node<'a>,
        on_false: &'a Node<'a>,
    ) -> Result<Expr, FormulaError> {
        let condition = Box::new(self.bool(condition)?);
        Ok(match self.expr(on_true)? {
            Expr::Number(first) => Expr::Number(Number::Choose(
                condition,
                Box::new([first, self.number(on_false)?]),
            )),
            Expr::Text(first) => Expr::Text(Text::Choose(condition, Box::new([first, self.text(on_false)?]))),
            Expr::Bool(first) => Expr::Bool(Bool::Choose(condition, Box::new([first, self.bool(on_false)?]))),
        })
    }

    fn unary(
        &mut self,
        node: &'a Node<'a>,
        operator: Operator,
        of: &'a Node<'a>,
    ) -> Result<Expr, FormulaError> {
        match operator {
            Operator::Arithmetic(ArithmeticOperator::Add) => Ok(Expr::Number(self.number(of)?)),
            Operator::Arithmetic(ArithmeticOperator::Subtract) => {
                Ok(Expr::Number(Number::Negate(Box::new(self.number(of)?))))
            }
            Operator::Logical(LogicalOperator::Not) => match self.expr(of)? {
                Expr::Bool(value) => Ok(Expr::Bool(Bool::Not(Box::new(value)))),
                other => Err(self
                    .error(
                        of,
                        format!(
                            "`not` applies to {} alone, and this is {}",
                            Type::Bool,
                            other.ty()
                        ),
                    )
                    .with_help("put what follows in brackets: not (a > b)")),
            },
            _ => Err(self.error(node, "this operator is not supported")),
        }
    }

    fn binary(
        &mut self,
        node: &'a Node<'a>,
        left: &'a Node<'a>,
        operator: Operator,
        right: &'a Node<'a>,
    ) -> Result<Expr, FormulaError> {
        match operator {
            Operator::Arithmetic(operator) => self.arithmetic(left, operator, right),
            Operator::Logical(LogicalOperator::And) => Ok(Expr::Bool(Bool::And(Box::new([
                self.bool(left)?,
                self.bool(right)?,
            ])))),
            Operator::Logical(LogicalOperator::Or) => Ok(Expr::Bool(Bool::Or(Box::new([
                self.bool(left)?,
                self.bool(right)?,
            ])))),
            Operator::Logical(LogicalOperator::NullishCoalescing) => self.otherwise(left, right),
            Operator::Comparison(operator) => self.comparison(left, operator, right).map(Expr::Bool),
            _ => Err(self.error(node, "this operator is not supported")),
        }
    }

    fn arithmetic(
        &mut self,
        left: &'a Node<'a>,
        operator: ArithmeticOperator,
        right: &'a Node<'a>,
    ) -> Result<Expr, FormulaError> {
        let operator = match operator {
            ArithmeticOperator::Power => return self.power(left, right),
            ArithmeticOperator::Add => {
                return Ok(match self.expr(left)? {
                    Expr::Text(first) => Expr::Text(Text::Join(Box::new([first, self.text(right)?]))),
                    Expr::Number(first) => Expr::Number(Number::Arithmetic(
                        Arithmetic::Add,
                        Box::new([first, self.number(right)?]),
                    )),
                    Expr::Bool(_) => return Err(self.mismatch(left, Type::Bool, Type::Number)),
                });
            }
            ArithmeticOperator::Subtract => Arithmetic::Subtract,
            ArithmeticOperator::Multiply => Arithmetic::Multiply,
            ArithmeticOperator::Divide => Arithmetic::Divide,
            ArithmeticOperator::Modulus => Arithmetic::Remainder,
        };
        let sides = Box::new([self.number(left)?, self.number(right)?]);
        Ok(Expr::Number(Number::Arithmetic(operator, sides)))
    }

    /// Only whole powers written as a number: others have no exact decimal.
    fn power(&mut self, base: &'a Node<'a>, exponent: &'a Node<'a>) -> Result<Expr, FormulaError> {
        let base = Box::new(self.number(base)?);
        let whole = match exponent {
            Node::Number(number) if number.fract().is_zero() => number.to_u64(),
            _ => None,
        };
        match whole {
            Some(power) if power <= MAX_POWER => Ok(Expr::Number(Number::Power(base, power))),
            _ => Err(self
                .error(
                    exponent,
                    format!("a power must be a whole number from 0 to {MAX_POWER}"),
                )
                .with_help("other powers have no exact decimal; a lookup table can stand in for a curve")),
        }
    }

    fn otherwise(&mut self, left: &'a Node<'a>, right: &'a Node<'a>) -> Result<Expr, FormulaError> {
        if Self::dotted(left).is_none() {
            return Err(self
                .error(left, "`??` can only follow a name")
                .with_help("it gives another value for a name that is not known: creator.followers ?? 0"));
        }
        let (slot, ty) = self.slot(left)?;
        Ok(match ty {
            Type::Number => Expr::Number(Number::Otherwise(slot, Box::new(self.number(right)?))),
            Type::Text => Expr::Text(Text::Otherwise(slot, Box::new(self.text(right)?))),
            Type::Bool => Expr::Bool(Bool::Otherwise(slot, Box::new(self.bool(right)?))),
        })
    }

    fn comparison(
        &mut self,
        left: &'a Node<'a>,
        operator: ComparisonOperator,
        right: &'a Node<'a>,
    ) -> Result<Bool, FormulaError> {
        let compare = match operator {
            ComparisonOperator::Equal => return self.equal(left, right),
            ComparisonOperator::NotEqual => {
                return Ok(Bool::Not(Box::new(self.equal(left, right)?)));
            }
            ComparisonOperator::In => return self.among(left, right),
            ComparisonOperator::NotIn => return Ok(Bool::Not(Box::new(self.among(left, right)?))),
            ComparisonOperator::LessThan => Compare::Less,
            ComparisonOperator::LessThanOrEqual => Compare::LessOrEqual,
            ComparisonOperator::GreaterThan => Compare::Greater,
            ComparisonOperator::GreaterThanOrEqual => Compare::GreaterOrEqual,
        };
        Ok(Bool::Compare(
            compare,
            Box::new([self.number(left)?, self.number(right)?]),
        ))
    }

    fn equal(&mut self, left: &'a Node<'a>, right: &'a Node<'a>) -> Result<Bool, FormulaError> {
        Ok(match self.expr(left)? {
            Expr::Number(first) => Bool::Compare(Compare::Equal, Box::new([first, self.number(right)?])),
            Expr::Text(first) => Bool::SameText(Box::new([first, self.text(right)?])),
            Expr::Bool(first) => Bool::SameTruth(Box::new([first, self.bool(right)?])),
        })
    }

    /// `item in list`, `item in [1..5]`.
    pub(crate) fn among(&mut self, item: &'a Node<'a>, list: &'a Node<'a>) -> Result<Bool, FormulaError> {
        if let Node::Parenthesized(inner) = list {
            return self.among(item, inner);
        }
        if let Node::Interval {
            left,
            right,
            left_bracket,
            right_bracket,
        } = list
        {
            let interval = Interval {
                left: self.number(left)?,
                right: self.number(right)?,
                left_included: *left_bracket == Bracket::LeftSquareBracket,
                right_included: *right_bracket == Bracket::RightSquareBracket,
            };
            return Ok(Bool::Within(Box::new(self.number(item)?), Box::new(interval)));
        }
        let item_type = self.expr(item)?;
        if let Expr::Text(item) = item_type {
            let list = self.text_list(list)?.ok_or_else(|| self.no_list(list))?;
            return Ok(Bool::AmongTexts(Box::new(item), Box::new(list)));
        }
        let items = self.items(list)?.ok_or_else(|| self.no_list(list))?;
        Ok(match item_type {
            Expr::Number(item) => Bool::AmongNumbers(Box::new(item), self.numbers(items)?),
            Expr::Bool(item) => {
                let values = items
                    .iter()
                    .map(|item| self.bool(item))
                    .collect::<Result<_, _>>()?;
                Bool::AmongBools(Box::new(item), values)
            }
            Expr::Text(_) => unreachable!("texts are looked up above"),
        })
    }

    fn no_list(&self, node: &'a Node<'a>) -> FormulaError {
        self.error(node, "a list is needed here")
            .with_help("write [a, b, c], or [1..5] for an interval")
    }
}
