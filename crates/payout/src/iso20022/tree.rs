//! A bank's file as a tree of elements, bounded and with positions.
//!
//! Namespaces are not looked at, so that one reader serves the versions of a message. Document types and
//! entities are refused: no bank needs them, and they are how XML harms its readers. Nesting, attributes and
//! namespaces are counted in one pass beforehand (`bounds.rs`), since the tree takes quadratic time of them.

use super::bounds;
use roxmltree::{Document, Error, Node, ParsingOptions};

/// Largest file that is read, in bytes.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;
/// Most nodes of a file.
const MAX_NODES: u32 = 8_000_000;
/// Deepest nesting; messages have about 15.
pub(super) const MAX_DEPTH: usize = 64;
/// Most attributes of one element; messages have one or two.
pub(super) const MAX_ATTRIBUTES: usize = 32;
/// Most namespaces that hold at one place; messages have one or two.
pub(super) const MAX_NAMESPACES: usize = 16;

/// Why a file is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Larger than [`MAX_BYTES`] or with too many elements.
    #[error(
        "the file is larger than {MAX_BYTES} bytes or {MAX_NODES} elements: ask the bank for smaller ones"
    )]
    TooLarge,
    /// Elements inside elements inside elements.
    #[error("the file is nested deeper than {MAX_DEPTH} elements: it is not a bank's message")]
    TooDeep,
    /// Attributes by the hundred.
    #[error(
        "line {line}: an element has more than {MAX_ATTRIBUTES} attributes, or more than {MAX_NAMESPACES} namespaces hold \
         there: it is not a bank's message"
    )]
    TooManyAttributes {
        /// The line, from 1.
        line: u32,
    },
    /// Two status reports in one file.
    #[error("line {line}: a second <{found}> in one file: bring in each in a file of its own")]
    SecondMessage {
        /// The line, from 1.
        line: u32,
        /// The message.
        found: String,
    },
    /// A document type, which may hide entities.
    #[error("the file has a document type (<!DOCTYPE>): it is refused, banks do not send one")]
    DocumentType,
    /// Not XML.
    #[error("line {line}, column {column}: not XML, {problem}")]
    NotXml {
        /// The line, from 1.
        line: u32,
        /// The column, from 1.
        column: u32,
        /// What is wrong.
        problem: String,
    },
    /// Another message.
    #[error("line {line}: expected {expected}, found <{found}>: is this the right file?")]
    OtherMessage {
        /// The line, from 1.
        line: u32,
        /// The message that was expected.
        expected: &'static str,
        /// The root's name, or what is in it.
        found: String,
    },
    /// An element is missing.
    #[error("line {line}: <{within}> has no <{missing}>")]
    Missing {
        /// The line, from 1.
        line: u32,
        /// The element that should have it.
        within: String,
        /// What is missing.
        missing: String,
    },
    /// An element with a text that cannot be.
    #[error("line {line}: <{element}> is `{text}`, expected {expected}")]
    Value {
        /// The line, from 1.
        line: u32,
        /// The element.
        element: String,
        /// Its text.
        text: String,
        /// What it should be.
        expected: &'static str,
    },
}

/// Where lines end, to turn a position into a line.
pub(super) struct Lines {
    ends: Vec<usize>,
}

impl Lines {
    pub(super) fn new(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self {
            ends: ends.map(|(at, _)| at).collect(),
        }
    }

    /// The line of an element, from 1.
    pub(super) fn of(&self, node: Node<'_, '_>) -> u32 {
        let at = node.range().start;
        u32::try_from(self.ends.partition_point(|end| *end < at) + 1).unwrap_or(u32::MAX)
    }
}

/// A file without the mark that some programs put before it.
pub(super) fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// Reads a file into a tree.
pub(super) fn parse(text: &str) -> Result<Document<'_>, ReadError> {
    if text.len() > MAX_BYTES {
        return Err(ReadError::TooLarge);
    }
    bounds::check(text)?;
    let options = ParsingOptions {
        allow_dtd: false,
        nodes_limit: MAX_NODES,
        ..ParsingOptions::default()
    };
    Document::parse_with_options(text, options).map_err(|error| match error {
        Error::DtdDetected => ReadError::DocumentType,
        Error::NodesLimitReached => ReadError::TooLarge,
        other => {
            let at = other.pos();
            let problem = other.to_string();
            // The position is said before it.
            let problem = problem
                .rsplit_once(" at ")
                .map_or(problem.clone(), |(text, _)| text.to_owned());
            ReadError::NotXml {
                line: at.row,
                column: at.col,
                problem,
            }
        }
    })
}

/// The elements that are messages of a name, one at least, wherever envelopes have put them.
pub(super) fn messages<'a, 'input>(
    document: &'a Document<'input>,
    lines: &Lines,
    name: &str,
    expected: &'static str,
) -> Result<Vec<Node<'a, 'input>>, ReadError> {
    let root = document.root_element();
    let found: Vec<_> = root
        .descendants()
        .filter(|node| node.tag_name().name() == name)
        .collect();
    if found.is_empty() {
        let first = root.first_element_child().unwrap_or(root);
        return Err(ReadError::OtherMessage {
            line: lines.of(first),
            expected,
            found: first.tag_name().name().to_owned(),
        });
    }
    Ok(found)
}

/// The children of a name.
pub(super) fn children<'a, 'input>(
    node: Node<'a, 'input>,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'input>> {
    node.children()
        .filter(move |child| child.tag_name().name() == name)
}

/// The first child along a path of names.
pub(super) fn find<'a, 'input>(node: Node<'a, 'input>, path: &[&'static str]) -> Option<Node<'a, 'input>> {
    path.iter()
        .try_fold(node, |node, name| children(node, name).next())
}

/// The text at a path, without space around it; `None` if it is missing or empty.
pub(super) fn text<'a>(node: Node<'a, '_>, path: &[&'static str]) -> Option<&'a str> {
    find(node, path)?
        .text()
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

/// The text at a path, or the error that it is missing.
pub(super) fn need<'a>(
    node: Node<'a, '_>,
    path: &[&'static str],
    lines: &Lines,
) -> Result<&'a str, ReadError> {
    text(node, path).ok_or_else(|| ReadError::Missing {
        line: lines.of(node),
        within: node.tag_name().name().to_owned(),
        missing: path.join("/"),
    })
}

/// The error that an element's text cannot be.
pub(super) fn wrong(node: Node<'_, '_>, text: &str, expected: &'static str, lines: &Lines) -> ReadError {
    ReadError::Value {
        line: lines.of(node),
        element: node.tag_name().name().to_owned(),
        text: text.chars().take(40).collect(),
        expected,
    }
}

/// An amount with its currency, at the currency's minor unit.
pub(super) fn amount(node: Node<'_, '_>, lines: &Lines) -> Result<money::Money, ReadError> {
    let text = node.text().unwrap_or_default().trim();
    let currency = node.attribute("Ccy").unwrap_or_default();
    // The direction says which way money went; an amount below zero would say it twice.
    let read = crate::currency::read_amount(text, currency).filter(|amount| !amount.is_negative());
    read.ok_or_else(|| {
        wrong(
            node,
            &format!("{text} {currency}"),
            "an amount of a currency in its digits",
            lines,
        )
    })
}

/// Reason codes and texts: `StsRsnInf` or `RtrInf`.
pub(super) fn reasons(node: Node<'_, '_>, name: &'static str) -> Vec<super::Reason> {
    children(node, name)
        .map(|info| {
            let code = text(info, &["Rsn", "Cd"])
                .or(text(info, &["Rsn", "Prtry"]))
                .unwrap_or("NARR");
            let words: Vec<&str> = children(info, "AddtlInf")
                .filter_map(|line| line.text().map(str::trim).filter(|line| !line.is_empty()))
                .collect();
            super::Reason {
                code: code.to_owned(),
                text: (!words.is_empty()).then(|| words.join(" ")),
            }
        })
        .collect()
}
