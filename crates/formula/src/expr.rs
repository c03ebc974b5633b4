//! Checked formulas as typed trees: an ill-typed formula cannot be written down.

use crate::Type;
use rust_decimal::Decimal;
use std::sync::Arc;

/// A formula of any type.
#[derive(Debug)]
pub(crate) enum Expr {
    Number(Number),
    Text(Text),
    Bool(Bool),
}

impl Expr {
    pub(crate) fn ty(&self) -> Type {
        match self {
            Expr::Number(_) => Type::Number,
            Expr::Text(_) => Type::Text,
            Expr::Bool(_) => Type::Bool,
        }
    }
}

/// Index of an input in the order in which the formula first names it.
pub(crate) type Slot = usize;

/// Has a number as its value.
#[derive(Debug)]
pub(crate) enum Number {
    Literal(Decimal),
    Input(Slot),
    /// The input, or the other when it is not known.
    Otherwise(Slot, Box<Number>),
    Negate(Box<Number>),
    Arithmetic(Arithmetic, Box<[Number; 2]>),
    Power(Box<Number>, u64),
    Round(Round, Box<Number>),
    Reduce(Reduce, Box<[Number]>),
    Choose(Box<Bool>, Box<[Number; 2]>),
    /// Length in bytes.
    TextLength(Box<Text>),
    ListLength(Box<TextList>),
    /// A number written as text.
    Read(Box<Text>),
    /// 1 for true, 0 for false.
    OfBool(Box<Bool>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Round {
    Absolute,
    Floor,
    Ceiling,
    /// To the nearest at a number of decimal places, halves away from zero.
    Nearest(u32),
    /// Cut off after a number of decimal places.
    Truncate(u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reduce {
    Sum,
    Average,
    Least,
    Greatest,
    Median,
}

/// Has text as its value.
#[derive(Debug)]
pub(crate) enum Text {
    Literal(Arc<str>),
    Input(Slot),
    /// The input, or the other when it is not known.
    Otherwise(Slot, Box<Text>),
    Join(Box<[Text; 2]>),
    Choose(Box<Bool>, Box<[Text; 2]>),
    Change(Change, Box<Text>),
    OfNumber(Box<Number>),
    OfBool(Box<Bool>),
    /// One part of a list.
    Part(Box<TextList>, usize),
    /// Bytes from the first to the second index, both included; `None`: to the end.
    Slice(Box<Text>, usize, Option<usize>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Upper,
    Lower,
    Trim,
}

/// Texts that a formula can only take apart: look into, count, or pick from.
#[derive(Debug)]
pub(crate) enum TextList {
    Items(Box<[Text]>),
    Split(Text, Text),
    /// The whole match and its groups, of the first match.
    Extract(Text, regex::Regex),
}

/// Is true or false.
#[derive(Debug)]
pub(crate) enum Bool {
    Literal(bool),
    Input(Slot),
    /// The input, or the other when it is not known.
    Otherwise(Slot, Box<Bool>),
    Not(Box<Bool>),
    And(Box<[Bool; 2]>),
    Or(Box<[Bool; 2]>),
    Choose(Box<Bool>, Box<[Bool; 2]>),
    Compare(Compare, Box<[Number; 2]>),
    SameText(Box<[Text; 2]>),
    SameTruth(Box<[Bool; 2]>),
    AmongNumbers(Box<Number>, Box<[Number]>),
    AmongTexts(Box<Text>, Box<TextList>),
    AmongBools(Box<Bool>, Box<[Bool]>),
    Within(Box<Number>, Box<Interval>),
    Search(Search, Box<[Text; 2]>),
    Matches(Box<Text>, regex::Regex),
    /// Is the text a number?
    IsNumber(Box<Text>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compare {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Search {
    Contains,
    StartsWith,
    EndsWith,
}

/// `[1..5)`: a square bracket includes its end, a parenthesis does not.
#[derive(Debug)]
pub(crate) struct Interval {
    pub(crate) left: Number,
    pub(crate) right: Number,
    pub(crate) left_included: bool,
    pub(crate) right_included: bool,
}
