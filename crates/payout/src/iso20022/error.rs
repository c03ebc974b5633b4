//! Why a bank's file is not read, and how large it may be.

/// Largest file that is read, in bytes.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;
/// Most nodes of a file.
pub(super) const MAX_NODES: u32 = 8_000_000;
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
    /// A message of another kind that people bring in by mistake.
    #[error("line {line}: found <{found}>: {words}")]
    NotTaken {
        /// The line, from 1.
        line: u32,
        /// The message.
        found: &'static str,
        /// What it is, why it is not taken, and what to ask for.
        words: &'static str,
    },
    /// An element that may stand there once stands there again.
    #[error(
        "line {line}: a second <{element}> in <{within}>, which may have one: nobody can say which of them holds"
    )]
    Repeated {
        /// The line of the second one, from 1.
        line: u32,
        /// The element that has two.
        within: String,
        /// What there are two of.
        element: String,
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
