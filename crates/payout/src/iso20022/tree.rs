//! A bank's file as a tree of elements, bounded and with positions.
//!
//! Namespaces are not looked at, so that one reader serves the versions of a message. Document types and
//! entities are refused: no bank needs them, and they are how XML harms its readers. Nesting, attributes and
//! namespaces are counted in one pass beforehand (`bounds.rs`), since the tree takes quadratic time of them.

use super::bounds;
use super::error::{MAX_BYTES, MAX_NODES, ReadError};
use roxmltree::{Document, Error, Node, ParsingOptions};

/// Most bytes of an id or code that are kept: the longest one of a message has 70 characters.
const MAX_ID: usize = 140;

/// Messages that are no answers, by the name of their element.
const NOT_TAKEN: [(&str, &str); 3] = [
    (
        "BkToCstmrAcctRpt",
        "this is an account report (camt.052). It tells the course of a day and is not final: what it shows may be gone from \
         the statement. Ask the bank for the statement of the day (camt.053)",
    ),
    (
        "BkToCstmrDbtCdtNtfctn",
        "this is a debit or credit notification (camt.054). What it tells stands in the statement as well, and would be \
         counted twice. Ask the bank for the statement (camt.053), with the details of sums in it",
    ),
    (
        "CstmrCdtTrfInitn",
        "this is a payment order (pain.001), a file that goes to the bank and not its answer. The bank answers with a \
         status report (pain.002) and statements (camt.053)",
    ),
];

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

/// An element of a message, and where lines end.
#[derive(Clone, Copy)]
pub(super) struct Element<'a, 'input> {
    /// The element.
    pub node: Node<'a, 'input>,
    lines: &'a Lines,
}

/// The elements that are messages of a name, one at least, wherever envelopes have put them.
pub(super) fn messages<'a, 'input>(
    document: &'a Document<'input>,
    lines: &'a Lines,
    name: &str,
    expected: &'static str,
) -> Result<Vec<Element<'a, 'input>>, ReadError> {
    let root = document.root_element();
    let found: Vec<_> = root
        .descendants()
        .filter(|node| node.tag_name().name() == name)
        .map(|node| Element { node, lines })
        .collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let known = |node: Node<'_, '_>| {
        let name = node.tag_name().name();
        let (found, words) = NOT_TAKEN.iter().find(|(known, _)| *known == name)?;
        let line = lines.of(node);
        Some(ReadError::NotTaken { line, found, words })
    };
    let first = root.first_element_child().unwrap_or(root);
    Err(root
        .descendants()
        .find_map(known)
        .unwrap_or(ReadError::OtherMessage {
            line: lines.of(first),
            expected,
            found: first.tag_name().name().to_owned(),
        }))
}

impl<'a, 'input> Element<'a, 'input> {
    /// Its name.
    pub(super) fn name(self) -> &'a str {
        self.node.tag_name().name()
    }

    /// Its line, from 1.
    pub(super) fn line(self) -> u32 {
        self.lines.of(self.node)
    }

    /// The children of a name, of which there may be many.
    pub(super) fn children(self, name: &'static str) -> impl Iterator<Item = Self> {
        let lines = self.lines;
        let named = move |child: &Node<'_, '_>| child.tag_name().name() == name;
        let found = self.node.children().filter(named);
        found.map(move |node| Element { node, lines })
    }

    /// The child along a path of names. Errors: there are two of a name, of which the schema permits one.
    pub(super) fn find(self, path: &[&'static str]) -> Result<Option<Self>, ReadError> {
        let mut at = self;
        for name in path {
            let mut found = at.children(name);
            let Some(first) = found.next() else {
                return Ok(None);
            };
            if let Some(second) = found.next() {
                return Err(ReadError::Repeated {
                    line: second.line(),
                    within: at.name().to_owned(),
                    element: (*name).to_owned(),
                });
            }
            at = first;
        }
        Ok(Some(at))
    }

    /// Its own text, without space around it. Errors: a comment cuts it into several.
    pub(super) fn own_text(self) -> Result<&'a str, ReadError> {
        let pieces = self.node.children().filter(Node::is_text);
        let mut pieces =
            pieces.filter_map(|piece| Some(piece.text()?.trim()).filter(|text| !text.is_empty()));
        let first = pieces.next().unwrap_or_default();
        match pieces.next() {
            None => Ok(first),
            Some(_) => Err(self.wrong(first, "a text in one piece")),
        }
    }

    /// The id or code at a path, without space around it, and no longer than any of a message is; `None` if it is missing or
    /// empty.
    pub(super) fn text(self, path: &[&'static str]) -> Result<Option<&'a str>, ReadError> {
        let Some(found) = self.find(path)? else {
            return Ok(None);
        };
        Ok(Some(short(found.own_text()?, MAX_ID)).filter(|text| !text.is_empty()))
    }

    /// The reference at a path; some banks write that there is none.
    pub(super) fn reference(self, path: &[&'static str]) -> Result<Option<String>, ReadError> {
        let reference = self
            .text(path)?
            .filter(|text| !super::written::is_no_reference(text));
        Ok(reference.map(str::to_owned))
    }

    /// The text at a path, or the error that it is missing.
    pub(super) fn need(self, path: &[&'static str]) -> Result<&'a str, ReadError> {
        self.text(path)?.ok_or_else(|| self.missing(&path.join("/")))
    }

    /// The error that something is not in it.
    pub(super) fn missing(self, what: &str) -> ReadError {
        ReadError::Missing {
            line: self.line(),
            within: self.name().to_owned(),
            missing: what.to_owned(),
        }
    }

    /// The error that its text cannot be.
    pub(super) fn wrong(self, text: &str, expected: &'static str) -> ReadError {
        ReadError::Value {
            line: self.line(),
            element: self.name().to_owned(),
            text: text.chars().take(40).collect(),
            expected,
        }
    }

    /// The amount at a path with its currency, at the currency's minor unit.
    pub(super) fn amount(self, path: &[&'static str]) -> Result<Option<money::Money>, ReadError> {
        let Some(found) = self.find(path)? else {
            return Ok(None);
        };
        let text = found.own_text()?;
        let currency = found.node.attribute("Ccy").unwrap_or_default();
        // The direction says which way money went; an amount below zero would say it twice.
        let read = crate::currency::read_amount(text, currency).filter(|amount| !amount.is_negative());
        let expected = "an amount of a currency in its digits";
        read.map(Some)
            .ok_or_else(|| found.wrong(&format!("{text} {currency}"), expected))
    }

    /// The number of payments at a path.
    pub(super) fn count(self, path: &[&'static str]) -> Result<Option<u64>, ReadError> {
        let Some(found) = self.find(path)? else {
            return Ok(None);
        };
        let text = found.own_text()?;
        let read = text.parse().map(Some);
        read.map_err(|_| found.wrong(text, "a number"))
    }

    /// Reason codes and texts: `StsRsnInf` or `RtrInf`. One that has neither, and only says who answers, is none.
    pub(super) fn reasons(self, name: &'static str) -> Result<Vec<super::Reason>, ReadError> {
        let reason = |info: Self| {
            let code = info.text(&["Rsn", "Cd"])?.or(info.text(&["Rsn", "Prtry"])?);
            let lines = info.children("AddtlInf").map(Self::own_text);
            let lines = lines.collect::<Result<Vec<&str>, ReadError>>()?;
            let words: Vec<&str> = lines.into_iter().filter(|line| !line.is_empty()).collect();
            // A code of the list is the same in small letters.
            if code.is_none() && words.is_empty() {
                return Ok(None);
            }
            let code = code.unwrap_or("NARR");
            let capitals = code.to_ascii_uppercase();
            let is_known = super::reason_words(&capitals).is_some();
            Ok(Some(super::Reason {
                code: if is_known { capitals } else { code.to_owned() },
                text: (!words.is_empty()).then(|| words.join(" ")),
            }))
        };
        let reasons = self.children(name).map(reason).collect::<Result<Vec<_>, _>>()?;
        Ok(reasons.into_iter().flatten().collect())
    }
}

/// The beginning of a text, so many bytes at most.
pub(super) fn short(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

/// The day that a date or an instant begins with, as it is written.
pub(super) fn day(written: &str) -> Option<jiff::civil::Date> {
    written.get(..10)?.parse().ok()
}
