//! What is wrong with a document: where, why and what to do about it.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use std::fmt;
use std::ops::Range;

/// Every code with its meaning, in the order of the documentation.
pub const CODES: &[(&str, &str)] = &[
    ("program/toml", "the document is not TOML"),
    (
        "program/unknown-key",
        "a key that no program has there, often a slip of the pen",
    ),
    ("program/missing-key", "a key that every program must have there"),
    ("program/wrong-type", "a value of another type than the key's"),
    ("program/wrong-value", "a value that the key cannot have"),
    ("program/float", "a TOML float where an exact number is needed"),
    ("program/duplicate", "an entry that stands there twice"),
    (
        "program/unknown-currency",
        "no currency of ISO 4217, or one without minor unit",
    ),
    (
        "program/too-many-decimals",
        "an amount with more decimals than the program's scale keeps",
    ),
    ("program/negative-amount", "an amount below zero"),
    (
        "program/share-above-100",
        "a part above 100 %, or one that leaves nothing to divide",
    ),
    (
        "program/formula",
        "a formula with an unknown name, of a wrong type, or unreadable",
    ),
    (
        "program/window-out-of-range",
        "a look-back window that is not 1 to 400 days",
    ),
    (
        "program/not-kept-apart",
        "`day`, `payer` or `country` where nothing is kept apart by it",
    ),
    (
        "program/unknown-name",
        "a table that is looked up by something other than a text variable",
    ),
    (
        "program/unknown-table",
        "a pool filled from a table that the document does not have",
    ),
    (
        "program/pool-source",
        "a pool with two sources, or filled from a table by another key than its own",
    ),
    (
        "program/mechanism",
        "none or more than one of `[pool]`, `[rate]`, `[share]` and `[conversion]`",
    ),
    (
        "program/conversion",
        "a key that has no meaning in a program with `[conversion]`",
    ),
    (
        "program/immutable",
        "a version that was applied with other content",
    ),
    (
        "program/overlap",
        "two versions that would take force with the same period",
    ),
    (
        "program/out-of-order",
        "a higher version number that would take force before a lower one",
    ),
    (
        "program/currency-changed",
        "a version with another currency or scale than the ones before",
    ),
    (
        "program/period-changed",
        "a version with another period than the ones before",
    ),
    ("program/settled", "a version that would change settled periods"),
    ("program/unknown", "a program of which no version was applied"),
    (
        "program/not-in-force",
        "a period before the first version takes force",
    ),
    (
        "program/wrong-period",
        "a day where the program settles months, or a month where it settles days",
    ),
];

/// One thing that is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Name of the file as the caller gave it.
    pub file: String,
    /// Stable code, e.g. `program/unknown-key`. The codes are listed in `docs/reference/programs.md`.
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

/// The nearest of the known names, if one is near enough to be a slip of the pen.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let bound = (name.chars().count() / 3).max(1) + 1;
    let distances = known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate));
    distances
        .filter(|(distance, _)| *distance <= bound)
        .min()
        .map(|(_, candidate)| candidate)
}

/// "did you mean `x`?" for the nearest of the known names.
pub fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(name, known).map(|candidate| format!("did you mean `{candidate}`?"))
}

/// A list of names for people: "`a`, `b` or `c`".
pub(crate) fn one_of<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        None => "nothing".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}
