//! Binding a section to the columns that a file has.

use super::{Convert, Section, Source};
use crate::kind::Kind;
use crate::schema;
use formula::Formula;
use thiserror::Error;

/// A section bound to a file's columns.
#[derive(Clone, Debug)]
pub struct BoundSection {
    /// The kind.
    pub kind: Kind,
    /// For every field of the schema, where its values come from; `None`: the file does not have it.
    pub fields: Vec<Option<BoundSource>>,
}

/// A source with indices of columns instead of names.
#[derive(Clone, Debug)]
pub enum BoundSource {
    /// A column.
    Column {
        /// Its index.
        column: usize,
        /// What is done to its values.
        convert: Convert,
    },
    /// The same text in every row.
    Constant(String),
    /// Columns joined by a separator.
    Join {
        /// Their indices.
        columns: Vec<usize>,
        /// The separator.
        with: String,
    },
    /// A formula.
    Expression {
        /// The formula.
        formula: Formula,
        /// For every input of the formula, the index of its column.
        columns: Vec<usize>,
    },
    /// The first of several that has a value in the row.
    First(Vec<BoundSource>),
}

impl BoundSource {
    /// Indices of the columns that it reads.
    pub fn columns(&self) -> Vec<usize> {
        match self {
            BoundSource::Column { column, .. } => vec![*column],
            BoundSource::Constant(_) => Vec::new(),
            BoundSource::Join { columns, .. } | BoundSource::Expression { columns, .. } => columns.clone(),
            BoundSource::First(sources) => sources.iter().flat_map(BoundSource::columns).collect(),
        }
    }
}

/// Why a file's columns do not make events.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BindError {
    /// Required fields have no column.
    #[error(
        "no column for {}; the file has {}{}",
        listed(missing),
        if found.is_empty() { "no columns".to_owned() } else { listed(found) },
        similar(wanted, found)
    )]
    MissingColumns {
        /// The kind that was asked for.
        kind: Kind,
        /// The missing fields, each with the columns that its mapping names when they differ.
        missing: Vec<String>,
        /// The columns that would do.
        wanted: Vec<String>,
        /// The columns of the file.
        found: Vec<String>,
    },
    /// A needed column is there twice.
    #[error("the file has two columns named `{column}`: rename one of them")]
    Ambiguous {
        /// The name.
        column: String,
    },
}

/// More names than this are counted instead of listed.
const MAX_LISTED: usize = 40;
/// Any two shorter names are similar.
const SHORTEST_SIMILAR: usize = 4;
/// Longer names are cut off.
const MAX_NAME_CHARS: usize = 60;

fn listed(names: &[String]) -> String {
    let quoted = names
        .iter()
        .take(MAX_LISTED)
        .map(|name| match name.char_indices().nth(MAX_NAME_CHARS) {
            Some((end, _)) => format!("`{}...`", &name[..end]),
            None => format!("`{name}`"),
        });
    let mut listed = quoted.collect::<Vec<String>>().join(", ");
    if names.len() > MAX_LISTED {
        listed.push_str(&format!(" and {} more", names.len() - MAX_LISTED));
    }
    listed
}

/// Columns that were perhaps meant: names that differ in case, in what separates their words, or by a slip of the pen.
fn similar(wanted: &[String], found: &[String]) -> String {
    let plain = |name: &str| {
        let kept = name.chars().filter(|c| c.is_alphanumeric());
        kept.flat_map(char::to_lowercase).collect::<String>()
    };
    let mut pairs = Vec::new();
    for wanted in wanted.iter().filter(|name| name.len() >= SHORTEST_SIMILAR) {
        let near = |column: &&String| strsim::damerau_levenshtein(&plain(column), &plain(wanted)) <= 1;
        pairs.extend(
            found
                .iter()
                .find(near)
                .map(|column| format!("`{column}` for `{wanted}`")),
        );
    }
    match pairs.len() {
        0 => String::new(),
        _ => format!(
            "; rename the column, or name it in a mapping: {}",
            pairs.join(", ")
        ),
    }
}

impl Section {
    /// Binds the section to the names of a file's columns.
    pub fn bind(&self, columns: &[String]) -> Result<BoundSection, BindError> {
        let mut bound = BoundSection {
            kind: self.kind,
            fields: vec![None; schema::fields(self.kind).len()],
        };
        let (mut missing, mut wanted) = (Vec::new(), Vec::new());
        for mapping in &self.fields {
            let usable: Vec<&Source> = mapping
                .alternatives
                .iter()
                .filter(|source| is_usable(source, columns))
                .collect();
            match usable[..] {
                [source] => bound.fields[mapping.field] = Some(bind_source(source, columns)?),
                [_, _, ..] => {
                    let sources = usable.into_iter().map(|source| bind_source(source, columns));
                    bound.fields[mapping.field] =
                        Some(BoundSource::First(sources.collect::<Result<_, _>>()?));
                }
                [] if mapping.optional => {}
                [] => {
                    let field = schema::fields(self.kind)[mapping.field].name;
                    missing.push(describe_missing(field, &mapping.alternatives));
                    let names = mapping.alternatives.iter().flat_map(Source::columns);
                    wanted.extend(names.map(str::to_owned));
                }
            }
        }
        if missing.is_empty() {
            Ok(bound)
        } else {
            Err(BindError::MissingColumns {
                kind: self.kind,
                missing,
                wanted,
                found: columns.to_vec(),
            })
        }
    }
}

/// Does the file have all columns of the source?
fn is_usable(source: &Source, columns: &[String]) -> bool {
    let names = source.columns();
    names
        .iter()
        .all(|name| columns.iter().any(|column| column == name))
}

fn describe_missing(field: &str, alternatives: &[Source]) -> String {
    let mut names: Vec<&str> = alternatives.iter().flat_map(Source::columns).collect();
    names.dedup();
    if names == [field] {
        field.to_owned()
    } else {
        format!("{field} (from {})", names.join(", "))
    }
}

fn bind_source(source: &Source, columns: &[String]) -> Result<BoundSource, BindError> {
    let index_of = |name: &str| {
        let mut found = columns.iter().enumerate().filter(|(_, column)| *column == name);
        let first = found.next().map_or(0, |(index, _)| index);
        match found.next() {
            Some(_) => Err(BindError::Ambiguous {
                column: name.to_owned(),
            }),
            None => Ok(first),
        }
    };
    Ok(match source {
        Source::Column { column, convert } => BoundSource::Column {
            column: index_of(column)?,
            convert: convert.clone(),
        },
        Source::Constant(text) => BoundSource::Constant(text.clone()),
        Source::Join { columns: names, with } => BoundSource::Join {
            columns: names
                .iter()
                .map(|name| index_of(name))
                .collect::<Result<_, _>>()?,
            with: with.clone(),
        },
        Source::Expression(formula) => BoundSource::Expression {
            columns: formula
                .inputs()
                .iter()
                .map(|name| index_of(name))
                .collect::<Result<_, _>>()?,
            formula: formula.clone(),
        },
    })
}
