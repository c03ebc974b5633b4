//! `[tables.NAME]`: values looked up by country, category or another text variable.

use super::section::{Item, Reader, Section};
use super::values::{decimal, text};
use crate::program::Table;
use crate::scope;
use ::document::{did_you_mean, one_of};
use formula::Type;
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use std::ops::Range;

/// A table as far as it could be read: its name is known to formulas even when its content is wrong.
pub(super) struct ReadTable {
    pub(super) value: Option<Table>,
    /// Where its `by` stands.
    pub(super) by_span: Range<usize>,
    /// Its values' places, for those who know what the values must be.
    pub(super) value_spans: BTreeMap<String, Range<usize>>,
}

pub(super) fn read(reader: &mut Reader<'_>, root: &mut Section<'_>) -> BTreeMap<String, ReadTable> {
    let Some(section) = root.section(reader, "tables") else {
        return BTreeMap::new();
    };
    let mut tables = BTreeMap::new();
    for (name, name_span, item) in section.entries() {
        if !check_name(reader, name, &name_span) {
            continue;
        }
        if let Some(table) = item.section(reader).map(|section| table(reader, section)) {
            tables.insert(name.to_owned(), table);
        }
    }
    tables
}

/// Words of the formula language, which a table cannot be called.
const RESERVED: &[&str] = &[
    "creator", "video", "true", "false", "null", "and", "or", "not", "in", "if",
];

fn check_name(reader: &mut Reader<'_>, name: &str, span: &Range<usize>) -> bool {
    let word = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !word {
        reader
            .refuse(
                "program/wrong-value",
                span,
                format!("`{name}` cannot be a table's name"),
            )
            .help(
                "use lower-case letters, digits and `_`, a letter first: formulas use the name as a variable",
            );
        return false;
    }
    if RESERVED.contains(&name) || scope::find(name).is_some() {
        reader
            .refuse(
                "program/wrong-value",
                span,
                format!("`{name}` already means something in formulas"),
            )
            .help(format!("choose another name, e.g. `{name}_factor`"));
        return false;
    }
    true
}

fn table(reader: &mut Reader<'_>, mut section: Section<'_>) -> ReadTable {
    let by_item = section.need("by", "\"country\"");
    let by_span = by_item
        .as_ref()
        .map_or_else(|| section.span.clone(), |item| item.span.clone());
    let by = by_item.and_then(|item| by(reader, &item));
    let default = section
        .need("default", "\"1.0\"")
        .and_then(|item| decimal(reader, &item));
    let rows = section.get("values").and_then(|item| item.section(reader));
    let mut values = BTreeMap::new();
    let mut value_spans = BTreeMap::new();
    for (key, _, item) in rows.iter().flat_map(Section::entries) {
        if let Some(value) = decimal(reader, &item) {
            values.insert(key.to_owned(), value);
            value_spans.insert(key.to_owned(), item.span);
        }
    }
    section.finish(reader);
    let value = by.zip(default).map(|(by, default)| Table { by, default, values });
    ReadTable {
        value,
        by_span,
        value_spans,
    }
}

fn by(reader: &mut Reader<'_>, item: &Item<'_>) -> Option<String> {
    let by = text(reader, item)?;
    let texts = || {
        scope::VARIABLES
            .iter()
            .filter(|variable| variable.ty == Type::Text)
            .map(|variable| variable.name)
    };
    if texts().any(|name| name == by) {
        return Some(by.to_owned());
    }
    let help = did_you_mean(by, texts()).unwrap_or_else(|| format!("look up by {}", one_of(texts())));
    reader
        .refuse(
            "program/unknown-name",
            &item.span,
            format!("a table cannot be looked up by `{by}`"),
        )
        .help(help);
    None
}

/// A value of a table and its place.
pub(super) fn values_of(table: &ReadTable) -> impl Iterator<Item = (&str, Decimal, &Range<usize>)> {
    let rows = table.value.iter().flat_map(|value| &value.values);
    rows.filter_map(|(key, value)| Some((key.as_str(), *value, table.value_spans.get(key)?)))
}
