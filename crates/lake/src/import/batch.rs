//! Rows in the making: typed columns with a value that stands for "empty", cheap to append, filter and gather.

use super::pool::{NO_CODE, Pool};
use event::id::FIRST_INTERNED;
use event::kind::Kind;
use event::schema::{self, FieldType};
use event::value::Reason;
use jiff::Span;
use jiff::civil::Date;

/// An empty count.
pub(crate) const NO_COUNT: u32 = u32::MAX;
/// An empty number: instants, dates, decimals, addresses.
pub(crate) const NO_NUMBER: i64 = i64::MIN;
/// An empty yes or no.
pub(crate) const NO_FLAG: u8 = 2;

/// The values of one field.
#[derive(Clone, Debug)]
pub(crate) enum Column {
    /// No row has a value.
    Absent,
    /// Ids, lists of ids and texts, by code.
    Codes(Vec<u64>, Box<Pool>),
    /// Instants (milliseconds), dates (days), decimals (millionths) and addresses.
    Numbers(Vec<i64>),
    /// Counts.
    Counts(Vec<u32>),
    /// Yes or no.
    Flags(Vec<u8>),
}

impl Column {
    /// An empty column for values of a type.
    pub(crate) fn with_capacity(ty: FieldType, rows: usize) -> Column {
        match ty {
            FieldType::Id | FieldType::IdList | FieldType::Text => {
                Column::Codes(Vec::with_capacity(rows), Box::default())
            }
            FieldType::Timestamp | FieldType::Date | FieldType::Decimal | FieldType::Ip => {
                Column::Numbers(Vec::with_capacity(rows))
            }
            FieldType::Count { .. } => Column::Counts(Vec::with_capacity(rows)),
            FieldType::Bool => Column::Flags(Vec::with_capacity(rows)),
        }
    }

    /// Adds an empty value.
    pub(crate) fn push_empty(&mut self) {
        match self {
            Column::Absent => {}
            Column::Codes(codes, _) => codes.push(NO_CODE),
            Column::Numbers(numbers) => numbers.push(NO_NUMBER),
            Column::Counts(counts) => counts.push(NO_COUNT),
            Column::Flags(flags) => flags.push(NO_FLAG),
        }
    }

    /// Is the value of a row empty?
    pub(crate) fn is_empty_at(&self, row: usize) -> bool {
        match self {
            Column::Absent => true,
            Column::Codes(codes, _) => codes[row] == NO_CODE,
            Column::Numbers(numbers) => numbers[row] == NO_NUMBER,
            Column::Counts(counts) => counts[row] == NO_COUNT,
            Column::Flags(flags) => flags[row] == NO_FLAG,
        }
    }

    /// The numbers of a required column.
    pub(crate) fn numbers(&self) -> &[i64] {
        match self {
            Column::Numbers(numbers) => numbers,
            _ => panic!("not a column of numbers"),
        }
    }

    /// The codes and texts of a column of ids.
    pub(crate) fn codes(&self) -> (&[u64], &Pool) {
        match self {
            Column::Codes(codes, pool) => (codes, pool),
            _ => panic!("not a column of ids"),
        }
    }

    /// Keeps the rows that `keep` says.
    pub(crate) fn retain(&mut self, keep: &[bool]) {
        fn filter<T: Copy>(values: &mut Vec<T>, keep: &[bool]) {
            let mut keep = keep.iter();
            values.retain(|_| *keep.next().expect("one flag for every row"));
        }
        match self {
            Column::Absent => {}
            Column::Codes(codes, _) => filter(codes, keep),
            Column::Numbers(numbers) => filter(numbers, keep),
            Column::Counts(counts) => filter(counts, keep),
            Column::Flags(flags) => filter(flags, keep),
        }
    }

    /// Takes the values of another column of the same field in the rows that are `missing`.
    pub(crate) fn fill(&mut self, missing: &[bool], other: &Column) {
        fn take<T: Copy>(values: &mut [T], missing: &[bool], others: &[T]) {
            let rows = values.iter_mut().zip(others).zip(missing);
            rows.filter(|(_, missing)| **missing)
                .for_each(|((value, other), _)| *value = *other);
        }
        match (self, other) {
            (column @ Column::Absent, other) => *column = other.clone(),
            (Column::Codes(codes, pool), Column::Codes(others, texts)) => {
                for (row, code) in codes.iter_mut().enumerate().filter(|(row, _)| missing[*row]) {
                    *code = match others[row] {
                        other if other < FIRST_INTERNED || other == NO_CODE => other,
                        other => pool.code(texts.text((other & !FIRST_INTERNED) as u32)),
                    };
                }
            }
            (Column::Numbers(values), Column::Numbers(others)) => take(values, missing, others),
            (Column::Counts(values), Column::Counts(others)) => take(values, missing, others),
            (Column::Flags(values), Column::Flags(others)) => take(values, missing, others),
            _ => {}
        }
    }

    /// Puts the rows into another order.
    pub(crate) fn permute(&mut self, order: &[u32]) {
        fn gather<T: Copy>(values: &mut Vec<T>, order: &[u32]) {
            *values = order.iter().map(|row| values[*row as usize]).collect();
        }
        match self {
            Column::Absent => {}
            Column::Codes(codes, _) => gather(codes, order),
            Column::Numbers(numbers) => gather(numbers, order),
            Column::Counts(counts) => gather(counts, order),
            Column::Flags(flags) => gather(flags, order),
        }
    }

    /// Appends the first `added` rows of another column of the same type to this one of `rows` rows.
    /// `repeated` says whether equal texts are worth finding again.
    pub(crate) fn append(
        &mut self,
        rows: usize,
        other: Column,
        added: usize,
        ty: FieldType,
        repeated: Repeated,
    ) {
        if matches!((&*self, &other), (Column::Absent, Column::Absent)) {
            return;
        }
        if matches!(self, Column::Absent) {
            *self = Column::with_capacity(ty, rows + added);
            (0..rows).for_each(|_| self.push_empty());
        }
        match (self, other) {
            (Column::Codes(codes, pool), Column::Codes(more, texts)) => {
                append_codes(codes, pool, &more, &texts, repeated);
            }
            (Column::Numbers(numbers), Column::Numbers(more)) => numbers.extend_from_slice(&more),
            (Column::Counts(counts), Column::Counts(more)) => counts.extend_from_slice(&more),
            (Column::Flags(flags), Column::Flags(more)) => flags.extend_from_slice(&more),
            (column, _) => (0..added).for_each(|_| column.push_empty()),
        }
    }

    /// Bytes of memory held.
    pub(crate) fn memory(&self) -> usize {
        match self {
            Column::Absent => 0,
            Column::Codes(codes, pool) => codes.len() * 8 + pool.memory(),
            Column::Numbers(numbers) => numbers.len() * 8,
            Column::Counts(counts) => counts.len() * 4,
            Column::Flags(flags) => flags.len(),
        }
    }
}

/// Are texts of a column expected to come again?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeated {
    /// Every text is expected once: event ids.
    Once,
    /// Texts repeat.
    Often,
}

impl Repeated {
    /// What to expect of a field.
    pub(crate) fn of(field: &str) -> Repeated {
        if field == "event_id" {
            Repeated::Once
        } else {
            Repeated::Often
        }
    }
}

fn append_codes(codes: &mut Vec<u64>, pool: &mut Pool, more: &[u64], texts: &Pool, repeated: Repeated) {
    if texts.len() == 0 {
        codes.extend_from_slice(more);
        return;
    }
    let mut known = vec![NO_CODE; texts.len()];
    codes.extend(more.iter().map(|&code| {
        if code < FIRST_INTERNED || code == NO_CODE {
            return code;
        }
        let index = (code & !FIRST_INTERNED) as usize;
        if known[index] == NO_CODE {
            let text = texts.text(index as u32);
            known[index] = match repeated {
                Repeated::Once => pool.code_once(text),
                Repeated::Often => pool.code(text),
            };
        }
        known[index]
    }));
}

/// A row that cannot be an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reject {
    /// Index of the row in its batch.
    pub row: u32,
    /// Index of the first field that cannot be taken.
    pub field: u16,
    /// Why.
    pub reason: Reason,
}

/// Converted rows of one kind.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    /// What the rows are.
    pub kind: Kind,
    /// How many rows there are.
    pub rows: usize,
    /// One column for every field of the kind.
    pub columns: Vec<Column>,
    /// For every row its place in the order of the file; empty if the rows are in that order.
    pub places: Vec<u32>,
}

impl Batch {
    /// No rows of a kind.
    pub(crate) fn empty(kind: Kind) -> Batch {
        Batch {
            kind,
            rows: 0,
            columns: schema::fields(kind).iter().map(|_| Column::Absent).collect(),
            places: Vec::new(),
        }
    }

    /// The column of a field by name.
    pub(crate) fn column(&self, name: &str) -> &Column {
        &self.columns[field_index(self.kind, name)]
    }

    /// Bytes of memory held.
    pub(crate) fn memory(&self) -> usize {
        self.columns.iter().map(Column::memory).sum::<usize>() + self.places.len() * 4
    }
}

/// The index of a field that the schema is known to have.
pub(crate) fn field_index(kind: Kind, name: &str) -> usize {
    schema::fields(kind)
        .iter()
        .position(|field| field.name == name)
        .expect("a field of the schema")
}

/// The date of a number of days since 1970-01-01 that was checked when it was read.
pub(crate) fn date_of(days: i64) -> Date {
    let days = i32::try_from(days).expect("days of a checked date");
    Date::constant(1970, 1, 1).saturating_add(Span::new().days(days))
}
