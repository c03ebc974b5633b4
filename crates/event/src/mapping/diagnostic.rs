//! What is wrong with a mapping document: where, why and what to do about it.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use std::fmt;
use std::ops::Range;

/// One thing that is wrong with a mapping document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Name of the file as the caller gave it.
    pub file: String,
    /// Stable code, e.g. `mapping/unknown-key`. The codes are listed in `docs/reference/mappings.md`.
    pub code: &'static str,
    /// What is wrong, in one sentence.
    pub message: String,
    /// Where, as a byte range of the document.
    pub span: Range<usize>,
    /// What to do, when one knows.
    pub help: Option<String>,
}

impl Diagnostic {
    /// Line and column (in characters) of the span's start, both from 1.
    pub fn line_column(&self, source: &str) -> (usize, usize) {
        let before = &source[..self.span.start.min(source.len())];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        (line, before[line_start..].chars().count() + 1)
    }

    /// The diagnostic with its source line and caret, as plain text ending in a line feed.
    pub fn render(&self, source: &str) -> String {
        let start = self.span.start.min(source.trim_end_matches(['\n', '\r']).len());
        let end = self.span.end.clamp(start, source.len());
        // Cut to its first line: a caret under twenty lines helps nobody.
        let end = source[start..end].find('\n').map_or(end, |at| start + at);
        let snippet = Snippet::source(source).path(&self.file);
        let snippet = snippet.annotation(AnnotationKind::Primary.span(start..end));
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
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file, self.message)
    }
}

impl std::error::Error for Diagnostic {}
