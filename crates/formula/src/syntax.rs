//! From text to ZEN's syntax tree, with what formulas never may contain refused on the way.

use crate::error::FormulaError;
use std::collections::HashMap;
use std::ops::Range;
use zen_expression::lexer::{
    Bracket, Identifier, Lexer, LexerError, Operator, QuotationMark, Token, TokenKind,
};
use zen_expression::parser::{AstNodeError, Node, Parser};

/// Longest formula, in bytes.
const MAX_LENGTH: usize = 4_096;
/// Most tokens of a formula. Bounds the depth of the tree, and with it every recursion over it.
const MAX_TOKENS: usize = 1_000;
/// Deepest nesting of brackets.
const MAX_NESTING: usize = 32;
/// Deepest nesting of brackets in a formula with an interval: ZEN's parser tries every bracket as an
/// interval first, so its time grows exponentially with the nesting.
const MAX_NESTING_WITH_INTERVAL: usize = 6;

/// A syntax tree and where its nodes stand in the source.
pub(crate) struct Tree<'a> {
    pub(crate) root: &'a Node<'a>,
    spans: HashMap<usize, (u32, u32)>,
    length: usize,
}

impl<'a> Tree<'a> {
    /// The bytes a node stands for. ZEN's own spans are wrong for intervals and conditionals, and so for
    /// everything that ends in one.
    pub(crate) fn span(&self, node: &'a Node<'a>) -> Range<usize> {
        let range = match node {
            Node::Conditional {
                condition, on_false, ..
            } => self.span(condition).start..self.span(on_false).end,
            Node::Interval { left, right, .. } => {
                self.span(left).start.saturating_sub(1)..self.span(right).end + 1
            }
            Node::Binary { left, right, .. } => self.span(left).start..self.span(right).end,
            Node::Unary { node: inner, .. } => self.recorded(node).start..self.span(inner).end,
            _ => self.recorded(node),
        };
        range.start.min(self.length)..range.end.min(self.length)
    }

    fn recorded(&self, node: &'a Node<'a>) -> Range<usize> {
        let (start, end) = self
            .spans
            .get(&(std::ptr::from_ref(node) as usize))
            .copied()
            .unwrap_or_default();
        start as usize..end as usize
    }
}

/// Parses, and hands the tree to `then` (it lives in an arena that ends with this call).
pub(crate) fn parse<T>(
    source: &str,
    then: impl FnOnce(&Tree<'_>) -> Result<T, FormulaError>,
) -> Result<T, FormulaError> {
    if source.len() > MAX_LENGTH {
        let message = format!(
            "formula of {} bytes is too long: at most {MAX_LENGTH}",
            source.len()
        );
        return Err(FormulaError::new(0..source.len(), message));
    }
    let arena = bumpalo::Bump::new();
    let mut lexer = Lexer::new();
    let tokens = lexer
        .tokenize(&arena, source)
        .map_err(|error| lexical(source, &error))?;
    guard(source, &tokens)?;
    let parser = Parser::try_new(&tokens, &arena)
        .map_err(|error| FormulaError::new(0..source.len(), error.to_string().to_lowercase()))?;
    let parsed = parser.standard().with_metadata().parse();
    let spans = parsed
        .metadata
        .unwrap_or_default()
        .into_iter()
        .map(|(node, meta)| (node, meta.span))
        .collect();
    let tree = Tree {
        root: parsed.root,
        spans,
        length: source.len(),
    };
    if let Some(error) = parsed.root.first_error() {
        return Err(syntactic(source, &error));
    }
    if !parsed.is_complete {
        let end = tree.span(tree.root).end;
        let rest = tokens
            .iter()
            .map(range)
            .find(|token| token.start >= end)
            .unwrap_or(end..source.len());
        let message = format!("unexpected `{}`", &source[rest.clone()]);
        return Err(FormulaError::new(rest, message).with_help("join the two parts with an operator"));
    }
    then(&tree)
}

fn range(token: &Token<'_>) -> Range<usize> {
    token.span.0 as usize..token.span.1 as usize
}

/// Refuses what no formula may contain, before ZEN's parser sees it.
fn guard(source: &str, tokens: &[Token<'_>]) -> Result<(), FormulaError> {
    if tokens.is_empty() {
        return Err(FormulaError::new(0..source.len(), "the formula is empty"));
    }
    if tokens.len() > MAX_TOKENS {
        let message = format!(
            "formula of {} parts is too long: at most {MAX_TOKENS}",
            tokens.len()
        );
        return Err(FormulaError::new(0..source.len(), message));
    }
    for token in tokens {
        if let Some((message, help)) = refused(&token.kind) {
            return Err(FormulaError::new(range(token), message).with_help(help));
        }
    }
    guard_brackets(tokens)
}

/// Every bracket closes, none nests too deep, and a closing bracket never stands where a value begins
/// (ZEN would read `]1..5[` as an outward interval; `not (x in [1..5])` says it in plain sight).
fn guard_brackets(tokens: &[Token<'_>]) -> Result<(), FormulaError> {
    let has_interval = tokens
        .iter()
        .any(|token| token.kind == TokenKind::Operator(Operator::Range));
    let bound = if has_interval {
        MAX_NESTING_WITH_INTERVAL
    } else {
        MAX_NESTING
    };
    let mut open: Vec<&Token<'_>> = Vec::new();
    let mut value_expected = true;
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Bracket(Bracket::LeftParenthesis | Bracket::LeftSquareBracket) => {
                open.push(token);
                value_expected = true;
            }
            TokenKind::Bracket(_) => {
                if value_expected && !ends_empty_call(tokens, index) {
                    let message = format!("a value is missing before `{}`", token.value);
                    return Err(FormulaError::new(range(token), message));
                }
                if open.pop().is_none() {
                    let message = format!("`{}` closes nothing", token.value);
                    return Err(FormulaError::new(range(token), message));
                }
                value_expected = false;
            }
            // `text[9:]` may end here, but not beside an interval: see the bound above.
            TokenKind::Operator(Operator::Slice) => value_expected = has_interval,
            TokenKind::Operator(_) => value_expected = true,
            _ => value_expected = false,
        }
        if open.len() > bound {
            let message = format!("brackets nest more than {bound} deep");
            return Err(FormulaError::new(range(token), message));
        }
    }
    match open.last() {
        Some(token) => Err(FormulaError::new(
            range(token),
            format!("`{}` is not closed", token.value),
        )),
        None => Ok(()),
    }
}

/// Is this the `)` of `name()`?
fn ends_empty_call(tokens: &[Token<'_>], index: usize) -> bool {
    let kinds = tokens[..=index].iter().rev().take(3).map(|token| token.kind);
    kinds.eq([
        TokenKind::Bracket(Bracket::RightParenthesis),
        TokenKind::Bracket(Bracket::LeftParenthesis),
        TokenKind::Literal,
    ])
}

fn refused(kind: &TokenKind) -> Option<(&'static str, &'static str)> {
    Some(match kind {
        TokenKind::Identifier(Identifier::Null) => (
            "`null` is not a value in formulas",
            "write `name ?? other` for a name that may be unknown",
        ),
        TokenKind::Identifier(_) => (
            "`$` and `#` have no meaning here",
            "name the variable, such as `views` or `creator.followers`",
        ),
        TokenKind::Operator(Operator::Assign) => ("a formula cannot assign", "write `==` to compare"),
        TokenKind::Operator(Operator::Semi) => ("a formula is one expression", "remove the `;`"),
        TokenKind::Bracket(Bracket::LeftCurlyBracket | Bracket::RightCurlyBracket) => (
            "a formula has no objects",
            "a formula gives a number, a text or true/false",
        ),
        TokenKind::QuotationMark(QuotationMark::Backtick) | TokenKind::TemplateString(_) => (
            "a formula has no text templates",
            "join texts with `+`, and quote them with ' or \"",
        ),
        _ => return None,
    })
}

fn lexical(source: &str, error: &LexerError) -> FormulaError {
    let at = |position: u32| {
        let start = source.floor_char_boundary(position as usize);
        let width = source[start..].chars().next().map_or(0, char::len_utf8);
        start..start + width
    };
    match error {
        LexerError::UnexpectedSymbol { symbol, span } => {
            FormulaError::new(span.0 as usize..span.1 as usize, format!("unexpected `{symbol}`"))
        }
        LexerError::UnmatchedSymbol { position, .. } => {
            let span = at(*position);
            let symbol = &source[span.clone()];
            let error = FormulaError::new(span, format!("unexpected `{symbol}`"));
            match symbol {
                "&" => error.with_help("write `and`"),
                "|" => error.with_help("write `or`"),
                _ => error,
            }
        }
        LexerError::UnexpectedEof { .. } => {
            let start = source.find(['"', '\'']).unwrap_or(0);
            FormulaError::new(start..source.len(), "the text has no closing quotation mark")
        }
    }
}

fn syntactic(source: &str, error: &AstNodeError<'_>) -> FormulaError {
    let bounded = |span: &(u32, u32)| {
        let end = source.floor_char_boundary((span.1 as usize).min(source.len()));
        source.floor_char_boundary((span.0 as usize).min(end))..end
    };
    let found = |span: &(u32, u32)| match &source[bounded(span)] {
        "" => "the end of the formula".to_owned(),
        text => format!("`{text}`"),
    };
    match error {
        AstNodeError::UnknownBuiltIn { name, span } => {
            let error = FormulaError::new(bounded(span), format!("unknown function `{name}`"));
            error.with_help(format!("known functions: {}", crate::names::FUNCTIONS.join(", ")))
        }
        AstNodeError::UnknownMethod { name, span } => {
            let error = FormulaError::new(bounded(span), format!("`.{name}(...)` is not supported"));
            error.with_help(format!("known functions: {}", crate::names::FUNCTIONS.join(", ")))
        }
        AstNodeError::UnexpectedToken { span, expected, .. } => {
            let message = match *expected {
                "UnaryOperator" => format!("a value is missing before {}", found(span)),
                _ => format!("unexpected {}", found(span)),
            };
            FormulaError::new(bounded(span), message)
        }
        AstNodeError::InvalidNumber { number, span } => FormulaError::new(
            bounded(span),
            format!("`{number}` is not a number of at most 28 digits"),
        ),
        AstNodeError::UnexpectedEnd { span } | AstNodeError::ExpectedLiteral { span } => {
            FormulaError::new(bounded(span), "a value is missing")
        }
        AstNodeError::ExpectedProperty { span } | AstNodeError::InvalidProperty { span, .. } => {
            FormulaError::new(bounded(span), "a name is missing after `.`")
        }
        AstNodeError::UnexpectedIdentifier { span, .. }
        | AstNodeError::InvalidBoolean { span, .. }
        | AstNodeError::Custom { span, .. } => {
            FormulaError::new(bounded(span), format!("unexpected {}", found(span)))
        }
        AstNodeError::MissingToken { .. } => {
            FormulaError::new(source.len()..source.len(), "the formula ends too early")
        }
    }
}
