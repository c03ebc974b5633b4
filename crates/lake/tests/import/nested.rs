//! Lists and objects where a field wants a single value: rows are set aside and say so, whatever the field.

use crate::rig::{Rig, counts};
use arrow::array::{
    Array, ArrayRef, Int64Array, ListArray, MapBuilder, StringArray, StringBuilder, StructArray,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field as ArrowField};
use arrow::record_batch::RecordBatch;
use event::kind::Kind;
use event::mapping::Mapping;
use event::schema::{self, FieldType};
use parquet::arrow::ArrowWriter;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// A good row of each kind.
fn good() -> Vec<(Kind, Value)> {
    let at = "2026-10-05T10:00:00Z";
    vec![
        (
            Kind::View,
            json!({"event_id": "e", "viewer_id": "w", "video_id": "v", "occurred_at": at, "watched_ms": 5000}),
        ),
        (
            Kind::Engagement,
            json!({"event_id": "e", "viewer_id": "w", "video_id": "v", "occurred_at": at, "engagement": "like"}),
        ),
        (
            Kind::AdImpression,
            json!({"event_id": "e", "video_id": "v", "occurred_at": at, "revenue": "0.1", "currency": "USD"}),
        ),
        (Kind::Creator, json!({"creator_id": "c", "effective_at": at})),
        (
            Kind::Video,
            json!({"video_id": "v", "effective_at": at, "creator_id": "c"}),
        ),
        (
            Kind::Funding,
            json!({"program": "p", "date": "2026-10-05", "amount": "1", "currency": "USD"}),
        ),
    ]
}

fn with(row: &Value, field: &str, value: Value) -> Value {
    let mut row: Map<String, Value> = row.as_object().unwrap().clone();
    row.insert(field.to_owned(), value);
    Value::Object(row)
}

/// What is set aside of a file: field and reason.
fn set_aside(rig: &Rig) -> Vec<(String, String)> {
    let rows = rig.quarantine().into_iter();
    rows.map(|row| (row.field, row.reason)).collect()
}

#[test]
fn no_field_of_json_takes_a_list_or_an_object_for_a_value() {
    let mut asked = 0;
    for (kind, good) in good() {
        let mut rig = Rig::new();
        let file = rig.file("good.ndjson", good.to_string());
        assert_eq!(rig.import(kind, &file), [1, 1, 0, 0], "{kind:?}");
        for field in schema::fields(kind) {
            let list = field.ty == FieldType::IdList;
            let cases = [
                (json!([1]), "a list", !list),
                (json!(["a", "b"]), "a list", !list),
                (json!([]), "a list", !list),
                (json!({"id": 1}), "an object", true),
                (json!({}), "an object", true),
                (json!([[1]]), "a list with a list, an object or a `;` in it", true),
                (
                    json!([{"id": 1}]),
                    "a list with a list, an object or a `;` in it",
                    true,
                ),
                (
                    json!(["a;b"]),
                    "a list with a list, an object or a `;` in it",
                    true,
                ),
            ];
            for (value, found, refused) in cases {
                let mut rig = Rig::new();
                let row = with(&good, field.name, value).to_string();
                let file = rig.file("rows.ndjson", &row);
                if !refused {
                    assert_eq!(rig.import(kind, &file), [1, 1, 0, 0], "{row}");
                    continue;
                }
                assert_eq!(rig.import(kind, &file), [1, 0, 0, 1], "{row}");
                let reason = format!("has the wrong type: {found}");
                let [(name, why)] = set_aside(&rig).try_into().unwrap();
                assert_eq!(
                    (&*name, why.contains(&reason)),
                    (field.name, true),
                    "{row}: {why}"
                );
                asked += 1;
            }
        }
    }
    assert!(asked > 300, "{asked}");
}

#[test]
fn an_object_in_a_later_row_is_no_empty_value() {
    let (_, good) = good().swap_remove(0);
    let rows = [
        with(&good, "country", json!("DE")),
        with(
            &with(&good, "event_id", json!("f")),
            "country",
            json!({"code": "FR"}),
        ),
        with(&with(&good, "event_id", json!("g")), "country", json!(null)),
    ];
    let mut rig = Rig::new();
    let file = rig.file("rows.ndjson", rows.map(|row| row.to_string()).join("\n"));
    assert_eq!(rig.import(Kind::View, &file), [3, 2, 0, 1]);
    assert_eq!(set_aside(&rig)[0].0, "country");
}

#[test]
fn lists_stay_lists_of_ids() {
    let mut rig = Rig::new();
    let row = json!({"creator_id": "c", "effective_at": "2026-10-05T10:00:00Z", "joined": ["b", "a", 7]});
    let file = rig.file("rows.ndjson", row.to_string());
    assert_eq!(rig.import(Kind::Creator, &file), [1, 1, 0, 0]);
    assert!(
        rig.rows(Kind::Creator)[0].contains("|b;a;7|"),
        "{:?}",
        rig.rows(Kind::Creator)
    );
}

#[test]
fn joins_and_formulas_take_no_list_apart() {
    let (_, good) = good().swap_remove(0);
    for source in [
        "{ join = [\"a\", \"b\"], with = \"/\" }",
        "{ expr = \"'n' + a + b\" }",
        "[\"a\", \"b\"]",
    ] {
        let same = ["event_id", "viewer_id", "occurred_at", "watched_ms"]
            .map(|name| format!("{name} = \"{name}\"\n"));
        let text = format!("name = \"rows\"\n[view]\nvideo_id = {source}\n{}", same.concat());
        let mapping = Mapping::parse("rows.toml", &text).unwrap();
        for (a, stored) in [(json!("1"), 1), (json!([1]), 0), (json!({"x": 1}), 0)] {
            let mut rig = Rig::new();
            let row = with(&with(&good, "a", a), "b", json!("2")).to_string();
            let file = rig.file("rows.ndjson", &row);
            let report = rig.try_import(Kind::View, &[file], Some(&mapping)).unwrap();
            assert_eq!(
                counts(report.totals()[&Kind::View]),
                [1, stored, 0, 1 - stored],
                "{source}: {row}"
            );
        }
    }
}

/// A list, a structure and a map of Arrow, each of two rows.
fn nested_arrays() -> Vec<ArrayRef> {
    let item = Arc::new(ArrowField::new("item", DataType::Int64, true));
    let offsets = OffsetBuffer::from_lengths([1, 1]);
    let list = ListArray::new(item, offsets, Arc::new(Int64Array::from(vec![5000, 5001])), None);
    let id: ArrayRef = Arc::new(StringArray::from(vec!["1", "2"]));
    let fields = vec![(Arc::new(ArrowField::new("id", DataType::Utf8, false)), id)];
    let mut map = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    for _ in 0..2 {
        map.keys().append_value("k");
        map.values().append_value("v");
        map.append(true).unwrap();
    }
    vec![
        Arc::new(list),
        Arc::new(StructArray::from(fields)),
        Arc::new(map.finish()),
    ]
}

#[test]
fn no_field_of_parquet_takes_a_nested_column() {
    for (kind, good) in good() {
        for field in schema::fields(kind) {
            for nested in nested_arrays() {
                let good = good
                    .as_object()
                    .unwrap()
                    .iter()
                    .filter(|(name, _)| *name != field.name);
                let of_text = |value: &Value| -> ArrayRef {
                    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    Arc::new(StringArray::from(vec![text.clone(), text]))
                };
                let mut columns: Vec<(&str, ArrayRef, bool)> = good
                    .map(|(name, value)| (name.as_str(), of_text(value), true))
                    .collect();
                columns.push((field.name, Arc::clone(&nested), true));
                let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
                let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
                writer.write(&batch).unwrap();
                let mut rig = Rig::new();
                let file = rig.file("rows.parquet", writer.into_inner().unwrap());
                assert_eq!(
                    rig.import(kind, &file),
                    [2, 0, 0, 2],
                    "{} {}",
                    field.name,
                    nested.data_type()
                );
                for (name, why) in set_aside(&rig) {
                    assert_eq!(
                        (&*name, why.contains("has the wrong type")),
                        (field.name, true),
                        "{why}"
                    );
                }
            }
        }
    }
}
