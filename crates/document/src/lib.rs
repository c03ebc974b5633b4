//! Documents that people write, and what is wrong with them: where, why and what to do about it.
//!
//! A reader notes every mistake and goes on, so that all are told at once. What documents say is their crates' to know.

mod names;

pub use names::{did_you_mean, nearest, one_of};

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use std::fmt;
use std::ops::Range;

/// One thing that is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Name of the file as the caller gave it.
    pub file: String,
    /// Stable code, e.g. `program/unknown-key`.
    pub code: &'static str,
    /// What is wrong, in one sentence.
    pub message: String,
    /// Where, as a byte range of the document.
    pub span: Range<usize>,
    /// A word or two beside the caret; may be empty.
    pub label: String,
    /// What to do, when one knows.
    pub help: Option<String>,
}

impl Diagnostic {
    /// Line and column (in characters) of the span's start, both from 1.
    pub fn line_column(&self, source: &str) -> (usize, usize) {
        let before = &source[..self.start(source)];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        (line, before[line_start..].chars().count() + 1)
    }

    /// The diagnostic with its source line and caret, as plain text ending in a line feed.
    pub fn render(&self, source: &str) -> String {
        let annotation = AnnotationKind::Primary
            .span(self.visible_span(source))
            .label(&self.label);
        let snippet = Snippet::source(source).path(&self.file).annotation(annotation);
        let error = Level::ERROR
            .primary_title(&self.message)
            .id(self.code)
            .element(snippet);
        let mut report = vec![error];
        if let Some(help) = &self.help {
            report.push(Group::with_title(Level::HELP.secondary_title(help)));
        }
        let mut text = Renderer::plain().render(&report);
        text.push('\n');
        text
    }

    /// Where the caret stands. What is missing at the document's end is missed behind its last word.
    fn start(&self, source: &str) -> usize {
        self.span.start.min(source.trim_end_matches(['\n', '\r']).len())
    }

    /// A span inside the source, cut to its first line: a caret under twenty lines helps nobody.
    fn visible_span(&self, source: &str) -> Range<usize> {
        let start = self.start(source);
        let end = self.span.end.clamp(start, source.len());
        let first_line = source[start..end].find('\n').map_or(end, |at| start + at);
        start..first_line
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file, self.message)
    }
}

impl std::error::Error for Diagnostic {}

/// All diagnostics of one document, one after the other.
pub fn render_all(diagnostics: &[Diagnostic], source: &str) -> String {
    let rendered: Vec<String> = diagnostics
        .iter()
        .map(|diagnostic| diagnostic.render(source))
        .collect();
    rendered.join("\n")
}

/// The document under the reader's eyes and everything found wrong with it so far.
pub struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    codes: &'static [(&'static str, &'static str)],
    found: Vec<Diagnostic>,
}

impl<'a> Reader<'a> {
    /// A reader of a document. `file` is its name in diagnostics; `codes` are those that its documentation lists, with their
    /// meaning.
    pub const fn new(file: &'a str, text: &'a str, codes: &'static [(&'static str, &'static str)]) -> Self {
        Reader {
            file,
            text,
            codes,
            found: Vec::new(),
        }
    }

    /// The document.
    pub const fn text(&self) -> &'a str {
        self.text
    }

    /// Notes a mistake; the reading goes on.
    pub fn refuse(
        &mut self,
        code: &'static str,
        span: &Range<usize>,
        message: impl Into<String>,
    ) -> Refusal<'_> {
        debug_assert!(
            self.codes.iter().any(|(known, _)| *known == code),
            "{code} is documented"
        );
        self.found.push(Diagnostic {
            file: self.file.to_owned(),
            code,
            message: message.into(),
            span: span.clone(),
            label: String::new(),
            help: None,
        });
        Refusal(self.found.last_mut().expect("just pushed"))
    }

    /// Whether nothing was found.
    pub fn is_clean(&self) -> bool {
        self.found.is_empty()
    }

    /// What was found, in document order.
    pub fn into_found(mut self) -> Vec<Diagnostic> {
        self.found
            .sort_by(|a, b| (a.span.start, a.span.end, a.code).cmp(&(b.span.start, b.span.end, b.code)));
        self.found
    }
}

/// A mistake just noted, to be explained further.
pub struct Refusal<'r>(&'r mut Diagnostic);

impl Refusal<'_> {
    /// A word or two beside the caret.
    pub fn label(self, label: impl Into<String>) -> Self {
        self.0.label = label.into();
        self
    }

    /// What to do.
    pub fn help(self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }
}
