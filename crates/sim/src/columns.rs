//! Rows as Arrow columns: the event's own columns, in the order of `event::schema`. Ids are numbers.

use crate::id::{IdKind, event_id};
use crate::invalid::Rule;
use crate::network::AGENTS;
use crate::plan::Chunk;
use crate::traffic::{Act, Batch, Impression, View};
use crate::world::{CATEGORIES, COUNTRIES, SURFACES};
use arrow::array::{
    Array, ArrayRef, BooleanArray, Decimal128Array, DictionaryArray, Int64Array, RecordBatch, StringArray,
    TimestampMillisecondArray, UInt8Array, UInt32Array, new_null_array,
};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit, UInt8Type};
use event::kind::{EngagementKind, Kind};
use event::schema::{FieldType, Need, fields};
use std::sync::Arc;

/// The Arrow type of a field's column. Texts come from small tables and are written through dictionaries
/// where that is faster; a reader sees text.
fn arrow_type(ty: FieldType) -> DataType {
    match ty {
        FieldType::Id => DataType::Int64,
        FieldType::IdList | FieldType::Text => DataType::Utf8,
        FieldType::Timestamp => DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
        FieldType::Date => DataType::Date32,
        FieldType::Count { .. } | FieldType::Ip => DataType::UInt32,
        FieldType::Bool => DataType::Boolean,
        FieldType::Decimal => DataType::Decimal128(18, 6),
    }
}

/// The rows of a kind from some of its columns; the others are absent.
///
/// # Panics
/// On a column that the kind does not have, or without a required one.
pub fn rows(kind: Kind, mut columns: Vec<(&'static str, ArrayRef)>) -> RecordBatch {
    let count = columns[0].1.len();
    let (mut arrays, mut schema) = (Vec::new(), Vec::new());
    for field in fields(kind) {
        let array = match columns.iter().position(|(name, _)| *name == field.name) {
            Some(index) => columns.swap_remove(index).1,
            None => new_null_array(&arrow_type(field.ty), count),
        };
        assert!(
            field.need == Need::Optional || array.null_count() == 0,
            "{kind} rows need `{}`",
            field.name
        );
        schema.push(Field::new(
            field.name,
            array.data_type().clone(),
            field.need == Need::Optional,
        ));
        arrays.push(array);
    }
    assert!(columns.is_empty(), "{kind} has no column `{}`", columns[0].0);
    RecordBatch::try_new(Arc::new(Schema::new(schema)), arrays)
        .expect("columns of one length and their own type")
}

/// Numbers.
pub fn int64(values: impl Iterator<Item = i64>) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values(values))
}

/// Instants from Unix milliseconds.
pub fn instants(values: impl Iterator<Item = i64>) -> ArrayRef {
    Arc::new(TimestampMillisecondArray::from_iter_values(values).with_timezone("UTC"))
}

/// Counts, and addresses.
pub fn uint32(values: impl Iterator<Item = u32>) -> ArrayRef {
    Arc::new(UInt32Array::from_iter_values(values))
}

/// Millionths.
pub fn decimals(values: impl Iterator<Item = i64>) -> ArrayRef {
    let array = Decimal128Array::from_iter_values(values.map(i128::from));
    Arc::new(
        array
            .with_precision_and_scale(18, 6)
            .expect("18 digits, 6 of them decimals"),
    )
}

/// Texts from a table.
pub fn texts<'a>(table: impl IntoIterator<Item = &'a str>, indices: impl Iterator<Item = u8>) -> ArrayRef {
    let values = Arc::new(StringArray::from_iter_values(table));
    let keys = UInt8Array::from_iter_values(indices);
    Arc::new(DictionaryArray::<UInt8Type>::try_new(keys, values).expect("indices are within their table"))
}

fn countries(indices: impl Iterator<Item = u8>) -> ArrayRef {
    texts(COUNTRIES.iter().map(|country| country.code), indices)
}

/// View rows.
pub fn views(batch: &Batch) -> RecordBatch {
    let views = || batch.views.iter();
    rows(
        Kind::View,
        vec![
            ("event_id", int64(views().map(|view| view.event_id))),
            ("viewer_id", int64(views().map(|view| view.viewer))),
            ("video_id", int64(views().map(|view| view.video))),
            ("occurred_at", instants(views().map(|view| view.at_ms))),
            ("watched_ms", uint32(views().map(|view| view.watched_ms))),
            ("duration_ms", uint32(views().map(|view| view.duration_ms))),
            ("creator_id", int64(views().map(|view| view.creator))),
            ("country", countries(views().map(|view| view.country))),
            (
                "surface",
                texts(
                    SURFACES.iter().map(|surface| surface.0),
                    views().map(|view| view.surface),
                ),
            ),
            (
                "promoted",
                Arc::new(BooleanArray::from_iter(views().map(|view| Some(view.promoted)))),
            ),
            ("ip", uint32(views().map(|view| view.ip))),
            ("user_agent", texts(AGENTS, views().map(|view| view.agent))),
        ],
    )
}

/// Engagement rows.
pub fn acts(acts: &[Act], chunk: &Chunk) -> RecordBatch {
    let id = |index| {
        event_id(
            IdKind::Engagement,
            chunk.start_ms,
            chunk.end_ms,
            index,
            acts.len(),
        )
    };
    rows(
        Kind::Engagement,
        vec![
            ("event_id", int64((0..acts.len()).map(id))),
            ("viewer_id", int64(acts.iter().map(|act| act.viewer))),
            ("video_id", int64(acts.iter().map(|act| act.video))),
            ("occurred_at", instants(acts.iter().map(|act| act.at_ms))),
            (
                "engagement",
                texts(
                    EngagementKind::ALL.map(EngagementKind::name),
                    acts.iter().map(|act| act.kind as u8),
                ),
            ),
            ("country", countries(acts.iter().map(|act| act.country))),
        ],
    )
}

/// Ad impression rows.
pub fn impressions(impressions: &[Impression], chunk: &Chunk) -> RecordBatch {
    let id = |index| {
        event_id(
            IdKind::AdImpression,
            chunk.start_ms,
            chunk.end_ms,
            index,
            impressions.len(),
        )
    };
    let all = || impressions.iter();
    rows(
        Kind::AdImpression,
        vec![
            ("event_id", int64((0..impressions.len()).map(id))),
            ("video_id", int64(all().map(|ad| ad.video))),
            ("occurred_at", instants(all().map(|ad| ad.at_ms))),
            ("revenue", decimals(all().map(|ad| ad.revenue_micros))),
            ("currency", texts(["USD"], all().map(|_| 0))),
            (
                "category",
                texts(
                    CATEGORIES.iter().map(|category| category.0),
                    all().map(|ad| ad.category),
                ),
            ),
            ("country", countries(all().map(|ad| ad.country))),
            ("viewer_id", int64(all().map(|ad| ad.viewer))),
        ],
    )
}

/// Label rows: event id and rule of every deliberately invalid view.
pub fn labels(views: &[View]) -> RecordBatch {
    let labelled = || {
        views
            .iter()
            .filter_map(|view| view.label.map(|rule| (view.event_id, rule)))
    };
    let ids = int64(labelled().map(|(id, _)| id));
    let rules = texts(Rule::ALL.map(Rule::name), labelled().map(|(_, rule)| rule as u8));
    let schema = Schema::new(vec![
        Field::new("event_id", DataType::Int64, false),
        Field::new("rule", rules.data_type().clone(), false),
    ]);
    RecordBatch::try_new(Arc::new(schema), vec![ids, rules]).expect("two columns of one length")
}
