//! Reading a TOML table key by key: what is asked for is known, what is left over is refused.

pub(super) use ::document::{Reader, Refusal};
use ::document::{nearest, one_of};
use std::collections::BTreeSet;
use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// A value of the document with its place.
#[derive(Clone)]
pub(super) struct Item<'a> {
    /// The key with its table, e.g. `pool.weight`.
    pub(super) path: String,
    pub(super) span: Range<usize>,
    pub(super) value: &'a DeValue<'a>,
}

impl<'a> Item<'a> {
    /// The value as a table.
    pub(super) fn section(self, reader: &mut Reader<'_>) -> Option<Section<'a>> {
        let DeValue::Table(table) = self.value else {
            reader
                .refuse(
                    "program/wrong-type",
                    &self.span,
                    format!("`{}` is {}, not a table", self.path, type_name(self.value)),
                )
                .help(format!(
                    "write `[{}]` on a line of its own and its keys below it",
                    self.path
                ));
            return None;
        };
        Some(Section {
            path: self.path,
            span: self.span,
            table,
            asked: BTreeSet::new(),
            missing: Vec::new(),
        })
    }

    /// The values of an array, each with its own place.
    pub(super) fn elements(self, reader: &mut Reader<'_>) -> Option<Vec<Item<'a>>> {
        let DeValue::Array(array) = self.value else {
            let message = format!("`{}` is {}, not a list", self.path, type_name(self.value));
            let help = match self.value {
                DeValue::Table(_) => format!("write `[[{}]]`, with two brackets, for each entry", self.path),
                _ => "write it in brackets, also when it is only one: [...]".to_owned(),
            };
            reader
                .refuse("program/wrong-type", &self.span, message)
                .help(help);
            return None;
        };
        let element = |(at, value): (usize, &'a toml::Spanned<DeValue<'a>>)| Item {
            path: format!("{}[{}]", self.path, at + 1),
            span: value.span(),
            value: value.get_ref(),
        };
        Some(array.iter().enumerate().map(element).collect())
    }
}

/// A table of the document being read.
pub(super) struct Section<'a> {
    path: String,
    /// Where the table is named.
    pub(super) span: Range<usize>,
    table: &'a DeTable<'a>,
    asked: BTreeSet<&'static str>,
    /// Keys that must be there and are not, with an example of each.
    missing: Vec<(&'static str, &'static str)>,
}

impl<'a> Section<'a> {
    pub(super) fn root(table: &'a DeTable<'a>) -> Self {
        Section {
            path: String::new(),
            span: 0..0,
            table,
            asked: BTreeSet::new(),
            missing: Vec::new(),
        }
    }

    /// The value of a key, if it is there.
    pub(super) fn get(&mut self, key: &'static str) -> Option<Item<'a>> {
        self.asked.insert(key);
        let value = self.table.get(key)?;
        Some(Item {
            path: self.path_of(key),
            span: value.span(),
            value: value.get_ref(),
        })
    }

    /// The value of a key that must be there; `example` shows how to write it. [`Section::finish`] tells
    /// when it is missing.
    pub(super) fn need(&mut self, key: &'static str, example: &'static str) -> Option<Item<'a>> {
        let item = self.get(key);
        if item.is_none() {
            self.missing.push((key, example));
        }
        item
    }

    /// The table under a key, if it is there.
    pub(super) fn section(&mut self, reader: &mut Reader<'_>, key: &'static str) -> Option<Section<'a>> {
        self.get(key)?.section(reader)
    }

    /// The tables of `[[key]]`; none when it is not there.
    pub(super) fn sections(&mut self, reader: &mut Reader<'_>, key: &'static str) -> Vec<Section<'a>> {
        let elements = self
            .get(key)
            .and_then(|item| item.elements(reader))
            .unwrap_or_default();
        elements
            .into_iter()
            .filter_map(|item| item.section(reader))
            .collect()
    }

    /// Every key and value, for tables whose keys are the author's own, in the order of the document.
    pub(super) fn entries(&self) -> Vec<(&'a str, Range<usize>, Item<'a>)> {
        let mut entries: Vec<_> = self
            .table
            .iter()
            .map(|(key, value)| {
                let name: &'a str = key.get_ref();
                let item = Item {
                    path: self.path_of(name),
                    span: value.span(),
                    value: value.get_ref(),
                };
                (name, key.span(), item)
            })
            .collect();
        entries.sort_by_key(|(_, span, _)| span.start);
        entries
    }

    /// Refuses every key that nobody asked for, and tells what is missing. A misspelt key is one mistake, not two.
    pub(super) fn finish(mut self, reader: &mut Reader<'_>) {
        for (key, span, _) in self.entries() {
            if self.asked.contains(key) {
                continue;
            }
            let absent = self
                .asked
                .iter()
                .copied()
                .filter(|asked| !self.table.contains_key(*asked));
            let meant = nearest(key, absent);
            self.missing.retain(|(missing, _)| Some(*missing) != meant);
            let help = match meant {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!(
                    "{} may have {}",
                    self.in_words(),
                    one_of(self.asked.iter().copied())
                ),
            };
            reader
                .refuse(
                    "program/unknown-key",
                    &span,
                    format!("unknown key `{key}` in {}", self.in_words()),
                )
                .label("not known")
                .help(help);
        }
        for (key, example) in &self.missing {
            reader
                .refuse(
                    "program/missing-key",
                    &self.span,
                    format!("{} has no `{key}`", self.in_words()),
                )
                .help(format!("add `{key} = {example}`"));
        }
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    fn in_words(&self) -> String {
        if self.path.is_empty() {
            "the document".to_owned()
        } else {
            format!("`{}`", self.path)
        }
    }
}

/// The type of a value for people.
pub(super) fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a TOML float",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
