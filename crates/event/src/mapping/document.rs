//! Mapping documents: TOML, one section for each kind of event, one key for each field.

use super::source::read_source;
use super::values::{string, strings};
use super::{FieldMapping, Mapping, Section};
use crate::kind::Kind;
use crate::schema::{self, Need};
use ::document::{Diagnostic, Reader, nearest};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

/// What can be wrong with a mapping, as `docs/reference/mappings.md` lists it.
const CODES: &[(&str, &str)] = &[
    ("mapping/toml", "the document is not TOML"),
    ("mapping/missing-key", "the mapping has no `name`"),
    ("mapping/missing-section", "no section for any kind of event"),
    ("mapping/missing-field", "a required field is not given"),
    (
        "mapping/unknown-key",
        "a key or section that mappings do not have",
    ),
    ("mapping/unknown-field", "the kind has no such field"),
    (
        "mapping/with",
        "`with` names a kind without a section, or one twice",
    ),
    (
        "mapping/source",
        "a source with none or several of `column`, `constant`, `join`, `expr`, or with keys that do not go together",
    ),
    ("mapping/unit", "a unit that the field cannot have"),
    ("mapping/wrong-type", "a value of another type than the key's"),
    (
        "mapping/wrong-value",
        "a value that the key or the field cannot have",
    ),
    (
        "mapping/formula",
        "a formula with an unknown function, of a wrong type, or unreadable",
    ),
];

impl Mapping {
    /// Reads a mapping document. `file` is its name in diagnostics.
    ///
    /// Everything that is wrong with it is told at once, in the order of the document.
    pub fn parse(file: &str, text: &str) -> Result<Mapping, Vec<Diagnostic>> {
        let mut reader = Reader::new(file, text, CODES);
        let mapping = match DeTable::parse(text) {
            Ok(root) => read(&mut reader, root.get_ref()),
            Err(error) => {
                let span = error.span().unwrap_or(0..0);
                reader.refuse("mapping/toml", &span, error.message().to_owned());
                None
            }
        };
        let found = reader.into_found();
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
                let text = string(reader, name, value).unwrap_or_default().to_owned();
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
        let help = "write for example: name = \"my-logs\"".to_owned();
        reader
            .refuse("mapping/missing-key", &(0..0), "the mapping has no `name`")
            .help(help);
    }
    if mapping.sections.is_empty() {
        let help = "write for example: [view]".to_owned();
        let message = "the mapping has no section for any kind of event";
        let end = reader.text().len();
        let end = end..end;
        reader.refuse("mapping/missing-section", &end, message).help(help);
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
    reader
        .refuse(
            "mapping/unknown-key",
            &span,
            format!("`{name}` is no kind of event"),
        )
        .help(help);
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
                let help = format!("add [{kind}], or take `{kind}` out of the list");
                reader.refuse("mapping/with", &span, message).help(help);
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
        reader
            .refuse("mapping/wrong-type", &span, message)
            .help(format!("write [{kind}] on a line of its own"));
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
            let help = format!("{}: add {} = \"the column\"", field.doc, field.name);
            reader.refuse("mapping/missing-field", &span, message).help(help);
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
    for name in strings(reader, "with", value).unwrap_or_default() {
        match name.get_ref().parse::<Kind>() {
            Ok(kind) if kinds.contains(&kind) => {
                let message = format!("`with` names `{kind}` twice");
                reader.refuse("mapping/with", &name.span(), message);
            }
            Ok(kind) => kinds.push(kind),
            Err(error) => {
                reader.refuse("mapping/with", &name.span(), error);
            }
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
        reader
            .refuse("mapping/unknown-field", &key.span(), message)
            .help(help);
        return None;
    };
    let field = &schema::fields(kind)[index];
    let alternatives = match value.get_ref() {
        DeValue::Array(array) if array.is_empty() => {
            let message = format!("`{name}` has no alternatives");
            reader.refuse("mapping/wrong-value", &value.span(), message);
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
