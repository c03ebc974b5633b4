//! Event fields as Arrow columns: the types of the archive's files. Whole numbers are signed: open table formats know no others, and some
//! engines read unsigned ones wrongly.
//!
//! | field type | in the archive |
//! |---|---|
//! | `Id`, `IdList` (joined with `;`), `Text` | `Utf8` |
//! | `Timestamp` | `Timestamp(Millisecond, "UTC")` |
//! | `Date` | `Date32` |
//! | `Count` | `Int64` |
//! | `Bool` | `Boolean` |
//! | `Decimal` | `Decimal128(18, 6)` |
//! | `Ip` | `Int64` |

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use event::kind::Kind;
use event::schema::{FieldType, Need, fields};
use std::sync::Arc;

/// When the commit that holds the row was made.
pub const STORED_AT: &str = "stored_at";
/// The bucket of the viewer (`event::id::viewer_bucket`): last column of the files of views and engagement.
pub const VIEWER_BUCKET: &str = "viewer_bucket";
/// Digits of a decimal column.
pub const DECIMAL_PRECISION: u8 = 18;
/// Decimal places of a decimal column.
pub const DECIMAL_SCALE: i8 = 6;

/// The Arrow type of a field's column.
pub fn arrow_type(ty: FieldType) -> DataType {
    match ty {
        FieldType::Id | FieldType::IdList | FieldType::Text => DataType::Utf8,
        FieldType::Timestamp => DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
        FieldType::Date => DataType::Date32,
        FieldType::Count { .. } | FieldType::Ip => DataType::Int64,
        FieldType::Bool => DataType::Boolean,
        FieldType::Decimal => DataType::Decimal128(DECIMAL_PRECISION, DECIMAL_SCALE),
    }
}

/// The columns of the archive's files of a kind: the event's own, then [`STORED_AT`], then, for kinds laid out by viewer,
/// [`VIEWER_BUCKET`].
pub fn archive_schema(kind: Kind) -> SchemaRef {
    let mut columns = event_fields(kind);
    columns.push(Field::new(STORED_AT, arrow_type(FieldType::Timestamp), false));
    if has_viewer_bucket(kind) {
        columns.push(Field::new(VIEWER_BUCKET, DataType::Int32, false));
    }
    Arc::new(Schema::new(columns))
}

/// Is the kind bucketed and sorted by viewer in the archive?
pub const fn has_viewer_bucket(kind: Kind) -> bool {
    matches!(kind, Kind::View | Kind::Engagement)
}

fn event_fields(kind: Kind) -> Vec<Field> {
    fields(kind)
        .iter()
        .map(|field| {
            // A derived field is always filled in before a row is stored.
            Field::new(field.name, arrow_type(field.ty), field.need == Need::Optional)
        })
        .collect()
}
