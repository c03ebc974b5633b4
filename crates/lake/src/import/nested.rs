//! Lists and objects where a single value is wanted: the row is set aside, whatever the field.

use super::convert::Converted;
use super::raw::{Nested, RawBatch, RawData};
use arrow::array::Array;
use event::mapping::BoundSource;
use event::schema::{Field, FieldType};
use event::value::Reason;

/// Sets aside the rows in which a source of the field is a list or an object. A list of JSON whose items are single values is what a
/// field of a list of ids takes as it is; in a join or a formula its items would become one value.
pub(super) fn set_aside(
    mut converted: Converted,
    field: &Field,
    source: &BoundSource,
    raw: &RawBatch,
) -> Converted {
    let takes_lists = field.ty == FieldType::IdList && matches!(source, BoundSource::Column { .. });
    let columns = match source {
        // Each of them was looked at on its own.
        BoundSource::First(_) | BoundSource::Constant(_) => return converted,
        _ => source.columns(),
    };
    let mut problems: Vec<(u32, Reason)> = Vec::new();
    for column in columns {
        let mut add = |row: usize, found: String| problems.push((row as u32, Reason::WrongType { found }));
        match &raw.data {
            RawData::Text(text) => text
                .nested_of(column)
                .filter(|(_, what)| !(takes_lists && *what == Nested::List))
                .for_each(|(row, what)| add(row, what.name().to_owned())),
            RawData::Arrow { columns, .. } => {
                let array = columns[column].as_ref();
                if let Some(array) = array.filter(|array| array.data_type().is_nested()) {
                    let present = (0..array.len()).filter(|row| array.is_valid(*row));
                    present.for_each(|row| add(row, array.data_type().to_string()));
                }
            }
        }
    }
    if !problems.is_empty() {
        // What a value is comes before what its text is taken for.
        problems.append(&mut converted.problems);
        problems.sort_by_key(|(row, _)| *row);
        problems.dedup_by_key(|(row, _)| *row);
        converted.problems = problems;
    }
    converted
}
