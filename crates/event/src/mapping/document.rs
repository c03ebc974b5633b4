//! Mapping documents: TOML, one section for each kind of event, one key for each field.

use super::diagnostic::Diagnostic;
use super::source::read_source;
use super::{FieldMapping, Mapping, Section};
use crate::kind::Kind;
use crate::schema::{self, Need};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

/// The document under the reader's eyes and what was found wrong with it so far.
pub(super) struct Reader<'a> {
    file: &'a str,
    pub(super) text: &'a str,
    found: Vec<Diagnostic>,
}

impl Reader<'_> {
    /// Notes a mistake; the reading goes on, so that all mistakes are told at once.
    pub(super) fn refuse(
        &mut self,
        code: &'static str,
        span: Range<usize>,
        message: impl Into<String>,
        help: Option<String>,
    ) {
        let (file, message) = (self.file.to_owned(), message.into());
        self.found.push(Diagnostic {
            file,
            code,
            message,
            span,
            help,
        });
    }

    /// The text of a string.
    pub(super) fn string<'v>(&mut self, key: &str, value: &'v Spanned<DeValue<'_>>) -> Option<&'v str> {
        let text = value.get_ref().as_str();
        if text.is_none() {
            let message = format!("`{key}` is {}, not text", value.get_ref().type_str());
            self.refuse(
                "mapping/wrong-type",
                value.span(),
                message,
                Some("write it in quotes".to_owned()),
            );
        }
        text
    }

    /// The texts of a list of strings.
    pub(super) fn strings(
        &mut self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
    ) -> Option<Vec<Spanned<String>>> {
        let Some(array) = value.get_ref().as_array() else {
            let message = format!("`{key}` is {}, not a list", value.get_ref().type_str());
            let help = Some("write it in brackets: [\"a\", \"b\"]".to_owned());
            self.refuse("mapping/wrong-type", value.span(), message, help);
            return None;
        };
        let mut texts = Vec::with_capacity(array.len());
        for item in array.iter() {
            texts.push(Spanned::new(item.span(), self.string(key, item)?.to_owned()));
        }
        Some(texts)
    }
}

impl Mapping {
    /// Reads a mapping document. `file` is its name in diagnostics.
    ///
    /// Everything that is wrong with it is told at once, in the order of the document.
    pub fn parse(file: &str, text: &str) -> Result<Mapping, Vec<Diagnostic>> {
        let mut reader = Reader {
            file,
            text,
            found: Vec::new(),
        };
        let mapping = match DeTable::parse(text) {
            Ok(root) => read(&mut reader, root.get_ref()),
            Err(error) => {
                let span = error.span().unwrap_or(0..0);
                reader.refuse("mapping/toml", span, error.message().to_owned(), None);
                None
            }
        };
        let mut found = reader.found;
        found.sort_by(|a, b| (a.span.start, a.span.end, a.code).cmp(&(b.span.start, b.span.end, b.code)));
        match mapping {
            Some(mapping) if found.is_empty() => Ok(mapping),
            _ => Err(found),
        }
    }
}

fn read(reader: &mut Reader<'_>, root: &DeTable<'_>) -> Option<Mapping> {
    let mut mapping = Mapping {
        name: String::new(),
        about: String::new(),
        source: String::new(),
        sections: Vec::new(),
    };
    for (key, value) in root.iter() {
        let name = key.get_ref().as_ref();
        match name {
            "name" | "about" | "source" => {
                let text = reader.string(name, value).unwrap_or_default().to_owned();
                match name {
                    "name" => mapping.name = text,
                    "about" => mapping.about = text,
                    _ => mapping.source = text,
                }
            }
            _ => match Kind::named(name) {
                Some(kind) => mapping
                    .sections
                    .extend(read_section(reader, kind, key.span(), value)),
                None => unknown_section(reader, name, key.span()),
            },
        }
    }
    if mapping.name.is_empty() {
        let help = Some("write for example: name = \"my-logs\"".to_owned());
        reader.refuse("mapping/missing-key", 0..0, "the mapping has no `name`", help);
    }
    if mapping.sections.is_empty() {
        let help = Some("write for example: [view]".to_owned());
        let message = "the mapping has no section for any kind of event";
        reader.refuse(
            "mapping/missing-section",
            reader.text.len()..reader.text.len(),
            message,
            help,
        );
    }
    mapping.sections.sort_by_key(|section| section.kind);
    check_with(reader, root, &mapping);
    Some(mapping)
}

fn unknown_section(reader: &mut Reader<'_>, name: &str, span: Range<usize>) {
    let known = Kind::ALL
        .iter()
        .map(|kind| kind.name())
        .chain(["name", "about", "source"]);
    let kinds: Vec<String> = Kind::ALL.iter().map(|kind| format!("[{kind}]")).collect();
    let help = nearest(name, known)
        .map(|near| format!("did you mean `{near}`?"))
        .unwrap_or_else(|| {
            format!(
                "sections are {}; other keys are name, about, source",
                kinds.join(", ")
            )
        });
    reader.refuse(
        "mapping/unknown-key",
        span,
        format!("`{name}` is no kind of event"),
        Some(help),
    );
}

/// Every kind that another section brings along must have a section, which brings nothing along itself.
fn check_with(reader: &mut Reader<'_>, root: &DeTable<'_>, mapping: &Mapping) {
    for section in &mapping.sections {
        let list = root.iter().find(|(key, _)| key.get_ref() == section.kind.name());
        let list = list.and_then(|(_, value)| value.get_ref().as_table()?.get("with"));
        let span = list.map_or(0..0, Spanned::span);
        for kind in &section.with {
            if *kind == section.kind || mapping.section(*kind).is_none() {
                let message = format!("`with` names `{kind}`, which has no section of its own here");
                let help = Some(format!("add [{kind}], or take `{kind}` out of the list"));
                reader.refuse("mapping/with", span.clone(), message, help);
            }
        }
    }
}

fn read_section(
    reader: &mut Reader<'_>,
    kind: Kind,
    span: Range<usize>,
    value: &Spanned<DeValue<'_>>,
) -> Option<Section> {
    let Some(table) = value.get_ref().as_table() else {
        let message = format!("`{kind}` is {}, not a section", value.get_ref().type_str());
        reader.refuse(
            "mapping/wrong-type",
            span,
            message,
            Some(format!("write [{kind}] on a line of its own")),
        );
        return None;
    };
    let mut section = Section {
        kind,
        with: Vec::new(),
        fields: Vec::new(),
    };
    for (key, value) in table.iter() {
        if key.get_ref() == "with" {
            section.with = read_with(reader, value);
        } else {
            section.fields.extend(read_field(reader, kind, key, value));
        }
    }
    section.fields.sort_by_key(|field| field.field);
    for (index, field) in schema::fields(kind).iter().enumerate() {
        let given = table.iter().any(|(key, _)| key.get_ref() == field.name);
        if field.need == Need::Required && !given {
            let message = format!("[{kind}] does not say where `{}` comes from", field.name);
            let help = Some(format!("{}: add {} = \"the column\"", field.doc, field.name));
            reader.refuse("mapping/missing-field", span.clone(), message, help);
        }
        debug_assert!(
            section
                .fields
                .iter()
                .filter(|mapped| mapped.field == index)
                .count()
                <= 1
        );
    }
    Some(section)
}

fn read_with(reader: &mut Reader<'_>, value: &Spanned<DeValue<'_>>) -> Vec<Kind> {
    let mut kinds = Vec::new();
    for name in reader.strings("with", value).unwrap_or_default() {
        match name.get_ref().parse::<Kind>() {
            Ok(kind) if kinds.contains(&kind) => {
                let message = format!("`with` names `{kind}` twice");
                reader.refuse("mapping/with", name.span(), message, None);
            }
            Ok(kind) => kinds.push(kind),
            Err(error) => reader.refuse("mapping/with", name.span(), error, None),
        }
    }
    kinds
}

fn read_field(
    reader: &mut Reader<'_>,
    kind: Kind,
    key: &Spanned<DeString<'_>>,
    value: &Spanned<DeValue<'_>>,
) -> Option<FieldMapping> {
    let name = key.get_ref().as_ref();
    let Some(index) = schema::fields(kind).iter().position(|field| field.name == name) else {
        let names = schema::fields(kind).iter().map(|field| field.name);
        let help = match nearest(name, names.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("fields of {kind} are {}", names.collect::<Vec<_>>().join(", ")),
        };
        let message = format!("{kind} events have no field `{name}`");
        reader.refuse("mapping/unknown-field", key.span(), message, Some(help));
        return None;
    };
    let field = &schema::fields(kind)[index];
    let alternatives = match value.get_ref() {
        DeValue::Array(array) if array.is_empty() => {
            let message = format!("`{name}` has no alternatives");
            reader.refuse("mapping/wrong-value", value.span(), message, None);
            Vec::new()
        }
        DeValue::Array(array) => array
            .iter()
            .filter_map(|value| read_source(reader, field, value))
            .collect(),
        _ => read_source(reader, field, value).into_iter().collect(),
    };
    let optional = field.need != Need::Required;
    (!alternatives.is_empty()).then_some(FieldMapping {
        field: index,
        alternatives,
        optional,
    })
}

/// The nearest of the known names, if one is near enough to be a slip of the pen.
pub(super) fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let bound = (name.chars().count() / 3).max(1) + 1;
    let distances = known
        .into_iter()
        .map(|known| (strsim::damerau_levenshtein(name, known), known));
    distances
        .filter(|(distance, _)| *distance <= bound)
        .min()
        .map(|(_, known)| known)
}
