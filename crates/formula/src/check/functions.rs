//! The functions of formulas: those of ZEN that are exact, give the same value every time, and have a type.

use super::Checker;
use crate::Type;
use crate::error::FormulaError;
use crate::expr::{Bool, Change, Compare, Expr, Number, Reduce, Round, Search, Text, TextList};
use crate::names::FUNCTIONS;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use zen_expression::functions::{FunctionKind, InternalFunction};
use zen_expression::parser::Node;

/// Most memory that a compiled pattern may take, in bytes.
const MAX_PATTERN_SIZE: usize = 1 << 20;
/// Decimals have at most 28 places.
const MAX_PLACES: u32 = 28;

type Arguments<'a> = [&'a Node<'a>];

/// Checks a call that gives one value.
pub(crate) fn check<'a>(
    checker: &mut Checker<'_, 'a>,
    node: &'a Node<'a>,
    kind: &FunctionKind,
    arguments: &'a Arguments<'a>,
) -> Result<Expr, FormulaError> {
    let FunctionKind::Internal(function) = kind else {
        return Err(refuse(checker, node, kind));
    };
    use InternalFunction as F;
    match function {
        F::Abs => round(checker, node, arguments, Round::Absolute),
        F::Floor => round(checker, node, arguments, Round::Floor),
        F::Ceil => round(checker, node, arguments, Round::Ceiling),
        F::Round => round_to(checker, node, arguments, Round::Nearest),
        F::Trunc => round_to(checker, node, arguments, Round::Truncate),
        F::Sum => reduce(checker, node, arguments, Reduce::Sum),
        F::Avg => reduce(checker, node, arguments, Reduce::Average),
        F::Min => reduce(checker, node, arguments, Reduce::Least),
        F::Max => reduce(checker, node, arguments, Reduce::Greatest),
        F::Median => reduce(checker, node, arguments, Reduce::Median),
        F::Upper => change(checker, node, arguments, Change::Upper),
        F::Lower => change(checker, node, arguments, Change::Lower),
        F::Trim => change(checker, node, arguments, Change::Trim),
        F::StartsWith => search(checker, node, arguments, Search::StartsWith),
        F::EndsWith => search(checker, node, arguments, Search::EndsWith),
        F::Contains => contains(checker, node, arguments),
        F::Matches => {
            let [text, pattern] = exactly(checker, node, arguments)?;
            let text = Box::new(checker.text(text)?);
            Ok(Expr::Bool(Bool::Matches(text, regex(checker, pattern)?)))
        }
        F::Len => {
            let [of] = exactly(checker, node, arguments)?;
            Ok(Expr::Number(match checker.text_list(of)? {
                Some(list) => Number::ListLength(Box::new(list)),
                None => Number::TextLength(Box::new(checker.text(of)?)),
            }))
        }
        F::IsNumeric => {
            let [text] = exactly(checker, node, arguments)?;
            Ok(Expr::Bool(Bool::IsNumber(Box::new(checker.text(text)?))))
        }
        F::Number | F::String | F::Bool => convert(checker, node, *function, arguments),
        F::Split | F::Extract => Err(checker
            .error(
                node,
                format!("`{kind}` gives a list, and a single value is needed here"),
            )
            .with_help(format!("take a part of it, such as {kind}(...)[0]"))),
        _ => Err(refuse(checker, node, kind)),
    }
}

/// Checks a call that gives a list of texts; `None` for any other node.
pub(crate) fn text_list<'a>(
    checker: &mut Checker<'_, 'a>,
    node: &'a Node<'a>,
) -> Result<Option<TextList>, FormulaError> {
    match node {
        Node::Parenthesized(inner) => text_list(checker, inner),
        Node::FunctionCall {
            kind: FunctionKind::Internal(InternalFunction::Split),
            arguments,
        } => {
            let [text, separator] = exactly(checker, node, arguments)?;
            Ok(Some(TextList::Split(
                checker.text(text)?,
                checker.text(separator)?,
            )))
        }
        Node::FunctionCall {
            kind: FunctionKind::Internal(InternalFunction::Extract),
            arguments,
        } => {
            let [text, pattern] = exactly(checker, node, arguments)?;
            Ok(Some(TextList::Extract(
                checker.text(text)?,
                regex(checker, pattern)?,
            )))
        }
        _ => Ok(None),
    }
}

fn refuse<'a>(checker: &Checker<'_, 'a>, node: &'a Node<'a>, kind: &FunctionKind) -> FormulaError {
    let reason = match kind {
        FunctionKind::Internal(InternalFunction::Rand) => "depends on chance".to_owned(),
        FunctionKind::Internal(InternalFunction::Date) | FunctionKind::Deprecated(_) => {
            "works on dates, and could depend on the clock".to_owned()
        }
        FunctionKind::Internal(InternalFunction::FuzzyMatch) => "is not exact".to_owned(),
        _ => "is not supported in formulas".to_owned(),
    };
    let help = match kind {
        FunctionKind::Internal(InternalFunction::Rand) => {
            "a formula must give the same value every time".to_owned()
        }
        _ => format!("known functions: {}", FUNCTIONS.join(", ")),
    };
    checker.error(node, format!("`{kind}` {reason}")).with_help(help)
}

fn exactly<'a, const N: usize>(
    checker: &Checker<'_, 'a>,
    node: &'a Node<'a>,
    arguments: &'a Arguments<'a>,
) -> Result<[&'a Node<'a>; N], FormulaError> {
    arguments.try_into().map_err(|_| {
        let found = arguments.len();
        let needed = if N == 1 {
            "one argument".to_owned()
        } else {
            format!("{N} arguments")
        };
        checker.error(node, format!("{needed} needed, {found} given"))
    })
}

fn round<'a>(
    checker: &mut Checker<'_, 'a>,
    node: &'a Node<'a>,
    arguments: &'a Arguments<'a>,
    round: Round,
) -> Result<Expr, FormulaError> {
    let [of] = exactly(checker, node, arguments)?;
    Ok(Expr::Number(Number::Round(round, Box::new(checker.number(of)?))))
}

fn round_to<'a>(
    checker: &mut Checker<'_, 'a>,
    node: &'a Node<'a>,
    arguments: &'a Arguments<'a>,
    round: impl Fn(u32) -> Round,
) -> Result<Expr, FormulaError> {
    let (of, places) = match arguments {
        [of] => (of, 0),
        [of, places] => (of, decimal_places(checker, places)?),
        _ => {
            return Err(checker.error(
                node,
                format!("1 or 2 arguments needed, {} given", arguments.len()),
            ));
        }
    };
    Ok(Expr::Number(Number::Round(
        round(places),
        Box::new(checker.number(of)?),
    )))
}

fn decimal_places<'a>(checker: &Checker<'_, 'a>, node: &'a Node<'a>) -> Result<u32, FormulaError> {
    let places = match node {
        Node::Number(number) if number.fract().is_zero() => number.to_u32(),
        _ => None,
    };
    places.filter(|places| *places <= MAX_PLACES).ok_or_else(|| {
        checker.error(
            node,
            format!("decimal places must be a whole number from 0 to {MAX_PLACES}"),
        )
    })
}

fn reduce<'a>(
    checker: &mut Checker<'_, 'a>,
    node: &'a Node<'a>,
    arguments: &'a Arguments<'a>,
    reduce: Reduce,
) -> Result<Expr, FormulaError> {
    let list = match arguments {
        [list] => checker.items(list)?,
        _ => None,
    };
    let items = list.ok_or_else(|| {
        checker
            .error(node, "this function takes one list")
            .with_help("put the numbers in square brackets: max([a, b])")
    })?;
    Ok(Expr::Number(Number::Reduce(reduce, checker.numbers(items)?)))
}

fn change<'a>(
    checker: &mut Checker<'_, 'a>,
    node: &'a Node<'a>,
    arguments: &'a Arguments<'a>,
    change: Change,
) -> Result<Expr, FormulaError> {
    let [of] = exactly(checker, node, arguments)?;
    Ok(Expr::Text(Text::Change(change, Box::new(checker.text(of)?))))
}

fn search<'a>(
    checker: &mut Checker<'_, 'a>,
    node: &'a Node<'a>,
    arguments: &'a Arguments<'a>,
    search: Search,
) -> Result<Expr, FormulaError> {
    let [text, part] = exactly(checker, node, arguments)?;
    Ok(Expr::Bool(Bool::Search(
        search,
        Box::new([checker.text(text)?, checker.text(part)?]),
    )))
}

/// `contains(text, part)`, or `contains(list, item)`: the same as `item in list`.
fn contains<'a>(
    checker: &mut Checker<'_, 'a>,
    node: &'a Node<'a>,
    arguments: &'a Arguments<'a>,
) -> Result<Expr, FormulaError> {
    let [within, item] = exactly(checker, node, arguments)?;
    let taken_apart = matches!(
        within,
        Node::FunctionCall {
            kind: FunctionKind::Internal(InternalFunction::Split | InternalFunction::Extract),
            ..
        }
    );
    if taken_apart || checker.items(within)?.is_some() {
        return checker.among(item, within).map(Expr::Bool);
    }
    search(checker, node, arguments, Search::Contains)
}

/// Patterns are compiled once, so they must be written out.
fn regex<'a>(checker: &Checker<'_, 'a>, node: &'a Node<'a>) -> Result<regex::Regex, FormulaError> {
    let Node::String(pattern) = node else {
        return Err(checker.error(node, "the pattern must be a quoted text"));
    };
    regex::RegexBuilder::new(pattern)
        .size_limit(MAX_PATTERN_SIZE)
        .build()
        .map_err(|error| {
            let reason = error.to_string();
            let reason = reason
                .lines()
                .last()
                .unwrap_or_default()
                .trim_start_matches("error: ");
            checker.error(node, format!("invalid pattern: {reason}"))
        })
}

fn convert<'a>(
    checker: &mut Checker<'_, 'a>,
    node: &'a Node<'a>,
    function: InternalFunction,
    arguments: &'a Arguments<'a>,
) -> Result<Expr, FormulaError> {
    let [of] = exactly(checker, node, arguments)?;
    let of_expr = checker.expr(of)?;
    Ok(match (function, of_expr) {
        (InternalFunction::Number, Expr::Number(number)) => Expr::Number(number),
        (InternalFunction::Number, Expr::Text(text)) => Expr::Number(Number::Read(Box::new(text))),
        (InternalFunction::Number, Expr::Bool(value)) => Expr::Number(Number::OfBool(Box::new(value))),
        (InternalFunction::String, Expr::Number(number)) => Expr::Text(Text::OfNumber(Box::new(number))),
        (InternalFunction::String, Expr::Text(text)) => Expr::Text(text),
        (InternalFunction::String, Expr::Bool(value)) => Expr::Text(Text::OfBool(Box::new(value))),
        (_, Expr::Bool(value)) => Expr::Bool(value),
        (_, Expr::Number(number)) => Expr::Bool(not_zero(number)),
        (_, Expr::Text(_)) => {
            return Err(checker
                .error(of, format!("`bool` takes a number, and this is {}", Type::Text))
                .with_help("compare the text, such as `... == \"true\"`"));
        }
    })
}

fn not_zero(number: Number) -> Bool {
    let zero = Number::Literal(Decimal::ZERO);
    Bool::Not(Box::new(Bool::Compare(Compare::Equal, Box::new([number, zero]))))
}
