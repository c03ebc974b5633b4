//! Rows as a file has them: text fields, or Arrow arrays, before any mapping.

use arrow::array::ArrayRef;
use event::value::Reason;

/// Some rows of a file, in their order.
#[derive(Debug)]
pub(crate) struct RawBatch {
    /// How many well-formed rows there are.
    pub rows: usize,
    /// Their values.
    pub data: RawData,
    /// Rows that are not even rows of their format.
    pub malformed: Vec<Malformed>,
}

/// The values of a batch.
#[derive(Debug)]
pub(crate) enum RawData {
    /// From CSV, TSV and NDJSON.
    Text(TextRows),
    /// From Parquet; columns that nobody needs are `None`.
    Arrow {
        /// The needed columns.
        columns: Vec<Option<ArrayRef>>,
        /// Number of the first row in its file, from 1.
        first: u64,
    },
}

/// A row that is not a row of its format.
#[derive(Debug)]
pub(crate) struct Malformed {
    /// Line on which it starts, from 1.
    pub line: u64,
    /// What is wrong.
    pub reason: Reason,
    /// The row.
    pub row: Vec<u8>,
}

/// Where a field's text lies in the arena of its batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    /// First byte.
    pub start: u32,
    /// Byte after the last; `start == end` is an empty value.
    pub end: u32,
}

impl Span {
    /// No text.
    pub(crate) const EMPTY: Span = Span { start: 0, end: 0 };
}

/// Where a row lies in the arena of its batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowSpan {
    /// The row's bytes without its line end.
    pub span: Span,
    /// Line on which it starts, from 1.
    pub line: u64,
}

/// Rows of text fields.
#[derive(Debug, Default)]
pub(crate) struct TextRows {
    /// The rows as read, followed by the texts of fields that had to be unescaped.
    pub arena: String,
    /// How many columns a row has.
    pub width: usize,
    /// Fields, row by row.
    pub fields: Vec<Span>,
    /// The rows.
    pub rows: Vec<RowSpan>,
    /// Fields, by their place in `fields`, that are numbers of JSON with a fraction or an exponent.
    pub floats: Vec<u32>,
    /// Fields, by their place in `fields`, that are no single values.
    pub nested: Vec<(u32, Nested)>,
}

/// What JSON has in the place of a single value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nested {
    /// A list of single values.
    List,
    /// A list of which an item is no single value, or would be two in a text of items with `;` between them.
    Items,
    /// An object.
    Object,
}

impl Nested {
    /// What it is called.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Nested::List => "a list",
            Nested::Items => "a list with a list, an object or a `;` in it",
            Nested::Object => "an object",
        }
    }
}

impl TextRows {
    /// A field's text; `None` if it is empty.
    pub(crate) fn get(&self, row: usize, column: usize) -> Option<&str> {
        let span = self.fields[row * self.width + column];
        (span.start < span.end).then(|| &self.arena[span.start as usize..span.end as usize])
    }
}

impl TextRows {
    /// Rows in which a column is a number of JSON with a fraction or an exponent.
    pub(crate) fn floats_of(&self, column: usize) -> impl Iterator<Item = usize> {
        let places = self.floats.iter().map(|place| *place as usize);
        let of_column = places.filter(move |place| place % self.width == column);
        of_column.map(|place| place / self.width)
    }
}

impl TextRows {
    /// Rows in which a column is no single value, and what it is.
    pub(crate) fn nested_of(&self, column: usize) -> impl Iterator<Item = (usize, Nested)> {
        let places = self.nested.iter().map(|(place, what)| (*place as usize, *what));
        let of_column = places.filter(move |(place, _)| place % self.width == column);
        of_column.map(|(place, what)| (place / self.width, what))
    }
}

impl RawBatch {
    /// The line (for Parquet, the number) of a row.
    pub(crate) fn line(&self, row: usize) -> u64 {
        match &self.data {
            RawData::Text(text) => text.rows[row].line,
            RawData::Arrow { first, .. } => first + row as u64,
        }
    }
}
