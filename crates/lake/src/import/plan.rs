//! From raw rows to events of one kind: every field by its source, then the rows that cannot be events taken out.

use super::batch::{Batch, Column, Reject};
use super::convert::{Converted, constant, convert};
use super::convert_arrow::{convert_array, rounded_rows};
use super::derive;
use super::formula_column::evaluate;
use super::nested;
use super::order;
use super::raw::{RawBatch, RawData};
use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use event::mapping::{BoundSection, BoundSource, Convert};
use event::schema::{self, Field, FieldType, Need};
use event::value::{self, Reason};
use rayon::prelude::*;

/// Events made from a batch of raw rows, and the rows that could not be made into events.
#[derive(Debug)]
pub(crate) struct Made {
    /// The events.
    pub batch: Batch,
    /// Raw rows that are no events, ascending.
    pub rejects: Vec<Reject>,
}

/// Makes events of a section's kind.
pub(crate) fn make(section: &BoundSection, raw: &RawBatch) -> Made {
    let fields = schema::fields(section.kind);
    let converted: Vec<Converted> = fields
        .par_iter()
        .zip(&section.fields)
        .map(|(field, source)| match source {
            Some(source) => convert_field(field, source, raw),
            None => Converted {
                column: Column::Absent,
                problems: Vec::new(),
            },
        })
        .collect();
    let mut batch = Batch::empty(section.kind);
    batch.rows = raw.rows;
    let mut problems = Vec::with_capacity(converted.len());
    for (index, converted) in converted.into_iter().enumerate() {
        batch.columns[index] = converted.column;
        problems.push(converted.problems);
    }
    let rejects = rejects(fields, &batch, problems);
    remove(&mut batch, &rejects);
    derive::fill_event_ids(&mut batch);
    order::cluster(&mut batch);
    Made { batch, rejects }
}

/// The first problem of every row, in the order of the fields.
fn rejects(fields: &[Field], batch: &Batch, problems: Vec<Vec<(u32, Reason)>>) -> Vec<Reject> {
    let mut rejects: Vec<Reject> = Vec::new();
    for (index, (field, mut problems)) in fields.iter().zip(problems).enumerate() {
        if field.need == Need::Required {
            add_missing(&batch.columns[index], batch.rows, &mut problems);
        }
        let of_field = problems.into_iter();
        rejects.extend(of_field.map(|(row, reason)| Reject {
            row,
            field: index as u16,
            reason,
        }));
    }
    rejects.sort_by_key(|reject| (reject.row, reject.field));
    rejects.dedup_by_key(|reject| reject.row);
    rejects
}

fn add_missing(column: &Column, rows: usize, problems: &mut Vec<(u32, Reason)>) {
    let empty = (0..rows)
        .filter(|row| column.is_empty_at(*row))
        .map(|row| row as u32);
    let known: Vec<u32> = problems.iter().map(|(row, _)| *row).collect();
    problems.extend(
        empty
            .filter(|row| known.binary_search(row).is_err())
            .map(|row| (row, Reason::Missing)),
    );
}

/// Takes rows out of a batch.
pub(super) fn remove(batch: &mut Batch, rejects: &[Reject]) {
    if rejects.is_empty() {
        return;
    }
    let mut keep = vec![true; batch.rows];
    for reject in rejects {
        keep[reject.row as usize] = false;
    }
    for column in &mut batch.columns {
        column.retain(&keep);
    }
    batch.rows -= rejects.len();
}

fn convert_field(field: &Field, source: &BoundSource, raw: &RawBatch) -> Converted {
    let converted = nested::set_aside(convert_source(field, source, raw), field, source, raw);
    match field.ty {
        FieldType::Id | FieldType::IdList => without_floats(converted, source, raw),
        _ => converted,
    }
}

/// Sets aside the rows whose id is made of a number that may have been rounded: it may be several ids.
fn without_floats(mut converted: Converted, source: &BoundSource, raw: &RawBatch) -> Converted {
    let columns = match source {
        // Each of them was looked at on its own.
        BoundSource::First(_) | BoundSource::Constant(_) => return converted,
        _ => source.columns(),
    };
    let mut rows: Vec<usize> = Vec::new();
    for column in columns {
        match &raw.data {
            RawData::Text(text) => {
                rows.extend(text.floats_of(column));
                // The text of a column that is the id itself is checked with it.
                if !matches!(source, BoundSource::Column { .. }) {
                    let is_rounded = |row: &usize| text.get(*row, column).is_some_and(value::is_rounded);
                    rows.extend((0..raw.rows).filter(is_rounded));
                }
            }
            RawData::Arrow { columns, .. } => rows.extend(rounded_rows(needed(columns, column))),
        }
    }
    if !rows.is_empty() {
        converted
            .problems
            .extend(rows.into_iter().map(|row| (row as u32, Reason::Rounded)));
        converted.problems.sort_by_key(|(row, _)| *row);
        converted.problems.dedup_by_key(|(row, _)| *row);
    }
    converted
}

fn convert_source(field: &Field, source: &BoundSource, raw: &RawBatch) -> Converted {
    match (source, &raw.data) {
        (BoundSource::First(sources), _) => {
            let mut sources = sources.iter().map(|source| convert_field(field, source, raw));
            let first = sources.next().expect("several sources");
            sources.fold(first, |first, next| first.or(next, raw.rows))
        }
        (BoundSource::Constant(text), _) => constant(field, text, raw.rows),
        (
            BoundSource::Column {
                column,
                convert: conversion,
            },
            RawData::Text(text),
        ) => convert(field, conversion, raw.rows, |row| text.get(row, *column)),
        (
            BoundSource::Column {
                column,
                convert: conversion,
            },
            RawData::Arrow { columns, .. },
        ) => convert_array(field, conversion, needed(columns, *column)),
        (BoundSource::Join { columns, with }, _) => {
            let inputs = Texts::of(raw, columns);
            let joined: Vec<Option<String>> = (0..raw.rows).map(|row| join(&inputs, row, with)).collect();
            convert(field, &Convert::None, raw.rows, |row| joined[row].as_deref())
        }
        (BoundSource::Expression { formula, columns }, _) => {
            let inputs = Texts::of(raw, columns);
            let values = evaluate(formula, raw.rows, columns.len(), |row, input| {
                inputs.get(row, input)
            });
            let mut converted = convert(field, &Convert::None, raw.rows, |row| {
                values.texts[row].as_deref()
            });
            if matches!(field.ty, FieldType::Id | FieldType::IdList) {
                let inexact = values.inexact.iter().map(|row| (*row, Reason::Rounded));
                converted.problems.extend(inexact);
            }
            converted.problems.extend(values.problems);
            converted.problems.sort_by_key(|(row, _)| *row);
            converted
        }
    }
}

fn join(inputs: &Texts<'_>, row: usize, with: &str) -> Option<String> {
    let mut joined = String::new();
    for input in 0..inputs.width() {
        if input > 0 {
            joined.push_str(with);
        }
        joined.push_str(inputs.get(row, input)?);
    }
    Some(joined)
}

fn needed(columns: &[Option<ArrayRef>], column: usize) -> &ArrayRef {
    columns[column]
        .as_ref()
        .expect("the columns of the mapping are read")
}

/// Some columns of a batch as text.
enum Texts<'a> {
    Spans {
        raw: &'a super::raw::TextRows,
        columns: &'a [usize],
    },
    Arrays(Vec<StringArray>),
}

impl<'a> Texts<'a> {
    fn of(raw: &'a RawBatch, columns: &'a [usize]) -> Texts<'a> {
        match &raw.data {
            RawData::Text(text) => Texts::Spans { raw: text, columns },
            RawData::Arrow { columns: arrays, .. } => {
                let text = |column: &usize| {
                    let array = needed(arrays, *column);
                    let text = cast(array, &DataType::Utf8);
                    text.map_or_else(
                        |_| StringArray::new_null(array.len()),
                        |text| text.as_string::<i32>().clone(),
                    )
                };
                Texts::Arrays(columns.iter().map(text).collect())
            }
        }
    }

    fn width(&self) -> usize {
        match self {
            Texts::Spans { columns, .. } => columns.len(),
            Texts::Arrays(arrays) => arrays.len(),
        }
    }

    fn get(&self, row: usize, input: usize) -> Option<&str> {
        match self {
            Texts::Spans { raw, columns } => raw.get(row, columns[input]),
            Texts::Arrays(arrays) => {
                let array = &arrays[input];
                array
                    .is_valid(row)
                    .then(|| array.value(row))
                    .filter(|text| !text.is_empty())
            }
        }
    }
}

/// The columns that some sections read.
pub(crate) fn columns_read(sections: &[BoundSection]) -> Vec<usize> {
    let sources = sections
        .iter()
        .flat_map(|section| section.fields.iter().flatten());
    let mut columns: Vec<usize> = sources.flat_map(BoundSource::columns).collect();
    columns.sort_unstable();
    columns.dedup();
    columns
}
