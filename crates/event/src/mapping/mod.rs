//! Mappings: how the columns of somebody's files become the fields of events.
//!
//! A [`Mapping`] is read from a document (`Mapping::parse`), or is the identity for files whose columns
//! already have the names of the fields. Bound to the columns that a file really has, it says for every
//! field where its value comes from, and what is missing.

mod bind;
mod document;
mod source;
mod values;

pub use ::document::Diagnostic;
pub use bind::{BindError, BoundSection, BoundSource};

use crate::kind::Kind;
use crate::schema::{self, Need};
use crate::value::{CountUnit, TimeUnit};
use formula::Formula;

/// A mapping document.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// Short name.
    pub name: String,
    /// What it is for.
    pub about: String,
    /// Where the files come from.
    pub source: String,
    /// One section for each kind of event that the files hold, in the order of [`Kind::ALL`].
    pub sections: Vec<Section>,
}

impl Mapping {
    /// The section of a kind.
    pub fn section(&self, kind: Kind) -> Option<&Section> {
        self.sections.iter().find(|section| section.kind == kind)
    }
}

/// How one kind of event is made from a row.
#[derive(Clone, Debug)]
pub struct Section {
    /// The kind.
    pub kind: Kind,
    /// Further kinds made from the same rows whenever this kind is imported.
    pub with: Vec<Kind>,
    /// The fields that are given, in the order of the schema.
    pub fields: Vec<FieldMapping>,
}

impl Section {
    /// The section of files without a mapping: every field from the column of its name.
    pub fn identity(kind: Kind) -> Section {
        let fields = schema::fields(kind).iter().enumerate();
        let fields = fields.map(|(index, field)| FieldMapping {
            field: index,
            alternatives: vec![Source::Column {
                column: field.name.to_owned(),
                convert: Convert::None,
            }],
            optional: field.need != Need::Required,
        });
        Section {
            kind,
            with: Vec::new(),
            fields: fields.collect(),
        }
    }
}

/// Where one field comes from.
#[derive(Clone, Debug)]
pub struct FieldMapping {
    /// Index of the field in the schema of its kind.
    pub field: usize,
    /// The sources in order of preference: of those whose columns the file has, the first that has a value in the row.
    pub alternatives: Vec<Source>,
    /// May the file lack the columns of every alternative?
    pub optional: bool,
}

/// The source of a field's values.
#[derive(Clone, Debug)]
pub enum Source {
    /// A column, as it is or converted.
    Column {
        /// Name of the column.
        column: String,
        /// What is done to its values.
        convert: Convert,
    },
    /// The same text in every row.
    Constant(String),
    /// Several columns' texts with a separator between them; empty if any of them is.
    Join {
        /// Names of the columns.
        columns: Vec<String>,
        /// The separator.
        with: String,
    },
    /// A formula over columns, which are text in it.
    Expression(Formula),
}

impl Source {
    /// The columns that the source needs.
    pub fn columns(&self) -> Vec<&str> {
        match self {
            Source::Column { column, .. } => vec![column],
            Source::Constant(_) => Vec::new(),
            Source::Join { columns, .. } => columns.iter().map(String::as_str).collect(),
            Source::Expression(formula) => formula.inputs().iter().map(String::as_str).collect(),
        }
    }
}

/// What is done to a column's values.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Convert {
    /// Nothing.
    #[default]
    None,
    /// Instants are numbers in a unit.
    Time(TimeUnit),
    /// Counts have another unit than the field.
    Count(CountUnit),
    /// Whole numbers are replaced by their remainder.
    Modulo(u64),
    /// Yes if the value is this text, else no.
    Equals(String),
    /// An id as the archive holds it: one that was derived from long ids is longer than an id may be that is given.
    /// No document can ask for it.
    Stored,
}
