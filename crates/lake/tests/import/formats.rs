//! Every format and compression gives the same events.

use crate::rig::{Rig, counts};
use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray};
use arrow::record_batch::RecordBatch;
use event::kind::Kind;
use event::mapping::Mapping;
use lake::import::ImportError;
use parquet::arrow::ArrowWriter;
use std::io::Write;
use std::sync::Arc;

const CSV: &str = "event_id,viewer_id,video_id,occurred_at,watched_ms,country\n\
    e1,7,100,2026-10-05T10:00:00Z,5000,DE\n\
    e2,u-1,100,2026-10-05 10:00:01.5,6000,\n\
    e1,7,100,2026-10-05T10:00:00Z,5000,DE\n\
    e3,7,101,yesterday,1,DE\n";

const NDJSON: &str = r#"{"event_id":"e1","viewer_id":7,"video_id":"100","occurred_at":"2026-10-05T10:00:00Z","watched_ms":5000,"country":"DE"}
{"event_id":"e2","viewer_id":"u-1","video_id":100,"occurred_at":"2026-10-05 10:00:01.5","watched_ms":6000,"country":null}
{"event_id":"e1","viewer_id":7,"video_id":100,"occurred_at":"2026-10-05T10:00:00Z","watched_ms":5000,"country":"DE"}
{"event_id":"e3","viewer_id":7,"video_id":101,"occurred_at":"yesterday","watched_ms":1,"country":"DE"}
"#;

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).expect("memory");
    encoder.finish().expect("memory")
}

fn members(text: &str) -> Vec<u8> {
    let (first, second) = text.as_bytes().split_at(text.len() / 2);
    [gzip(first), gzip(second)].concat()
}

/// The first column is text, the others have the types that other tools write.
pub fn parquet(times_in: &str) -> Vec<u8> {
    let micros = [
        1_791_194_400_000_000,
        1_791_194_401_500_000,
        1_791_194_400_000_000,
    ];
    let time: ArrayRef = match times_in {
        "timestamps" => Arc::new(TimestampMicrosecondArray::from(micros.to_vec()).with_timezone("UTC")),
        _ => Arc::new(Int64Array::from(micros.to_vec())),
    };
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("event_id", Arc::new(StringArray::from(vec!["e1", "e2", "e1"]))),
        ("viewer_id", Arc::new(StringArray::from(vec!["7", "u-1", "7"]))),
        ("video_id", Arc::new(Int64Array::from(vec![100, 100, 100]))),
        ("occurred_at", time),
        (
            "watched_ms",
            Arc::new(Float64Array::from(vec![5000.0, 6000.0, 5000.0])),
        ),
        (
            "country",
            Arc::new(StringArray::from(vec![Some("DE"), None, Some("DE")])),
        ),
    ];
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    );
    let batch = batch.expect("columns of one length");
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("memory");
    writer.into_inner().expect("memory")
}

#[test]
fn rows_are_stored_duplicate_or_quarantined() {
    let mut rig = Rig::new();
    let file = rig.file("views.csv", CSV);
    assert_eq!(rig.import(Kind::View, &file), [4, 2, 1, 1]);
    let quarantine = rig.quarantine();
    assert_eq!(quarantine.len(), 1);
    assert_eq!(
        (quarantine[0].line, quarantine[0].field.as_str()),
        (5, "occurred_at")
    );
    assert_eq!(quarantine[0].row, "e3,7,101,yesterday,1,DE");
    assert_eq!(rig.archive.last_commit(), 1);
    assert_eq!(rig.import(Kind::View, &file), [4, 0, 3, 1]);
    assert_eq!(rig.archive.last_commit(), 1, "nothing new, no commit");
    assert_eq!(rig.quarantine().len(), 1, "listed once");
}

#[test]
fn every_format_and_compression_stores_the_same() {
    let tsv = CSV.replace(',', "\t");
    let quoted = CSV.replace("e1,", "\"e1\",").replace('\n', "\r\n");
    let with_mark = format!("\u{feff}{CSV}");
    let zstd = zstd::encode_all(CSV.as_bytes(), 1).expect("memory");
    // Names that say nothing, or something else than the content.
    let texts: [(&str, Vec<u8>); 10] = [
        ("csv", CSV.into()),
        ("tsv.csv", tsv.clone().into()),
        ("semicolon", CSV.replace(',', ";").into()),
        ("pipe.txt", CSV.replace(',', "|").into()),
        ("quoted.csv", quoted.into()),
        ("mark.csv", with_mark.into()),
        ("gzip", gzip(tsv.as_bytes())),
        ("members.gz", members(CSV)),
        ("zstd.csv", zstd),
        ("rows.ndjson", NDJSON.into()),
    ];
    let mut expected: Option<Vec<String>> = None;
    for (name, content) in texts {
        let mut rig = Rig::new();
        let file = rig.file(name, content);
        assert_eq!(rig.import(Kind::View, &file), [4, 2, 1, 1], "{name}");
        let rows = rig.rows(Kind::View);
        assert_eq!(*expected.get_or_insert_with(|| rows.clone()), rows, "{name}");
    }
    let mut rig = Rig::new();
    let file = rig.file("parquet", parquet("timestamps"));
    assert_eq!(rig.import(Kind::View, &file), [3, 2, 1, 0]);
    assert_eq!(Some(rig.rows(Kind::View)), expected);
}

#[test]
fn numbers_as_times_need_a_unit() {
    let mut rig = Rig::new();
    let file = rig.file("views.parquet", parquet("numbers"));
    let error = rig
        .try_import(Kind::View, std::slice::from_ref(&file), None)
        .expect_err("no unit");
    assert!(matches!(error, ImportError::BareTime { .. }), "{error}");
    assert!(error.hint().expect("a hint").contains("unit = \"unix_ms\""));
    let mapping = r#"
        name = "micros"
        [view]
        event_id = "event_id"
        viewer_id = { expr = 'upper(viewer_id)' }
        video_id = { join = ["video_id", "viewer_id"], with = "/" }
        occurred_at = { column = "occurred_at", unit = "unix_us" }
        watched_ms = { column = "watched_ms", unit = "us" }
    "#;
    let mapping = Mapping::parse("micros.toml", mapping).expect("a mapping");
    let report = rig
        .try_import(Kind::View, &[file], Some(&mapping))
        .expect("an import");
    assert_eq!(counts(report.totals()[&Kind::View]), [3, 2, 1, 0]);
    assert_eq!(report.files[0].ignored_columns, ["country"]);
    let rows = rig.rows(Kind::View);
    assert!(
        rows.iter()
            .any(|row| row.starts_with("e2|U-1|100/u-1|2026-10-05T10:00:01.500Z|6|")),
        "{rows:?}"
    );
}

#[test]
fn lines_of_json_may_leave_optional_members_out() {
    let mut rig = Rig::new();
    let late = NDJSON
        .replace(",\"country\":\"DE\"", "")
        .replace(",\"country\":null", ",\"country\":\"FR\"");
    let file = rig.file("late.ndjson", late);
    assert_eq!(rig.import(Kind::View, &file), [4, 2, 1, 1]);
    assert!(rig.rows(Kind::View).iter().any(|row| row.contains("|FR|")));
}

#[test]
fn snapshots_get_event_ids_from_what_identifies_them() {
    let mut rig = Rig::new();
    let creators = "creator_id,effective_at,followers,joined\n\
        c/1,2026-10-01,10,b;a\n\
        c/1,2026-10-01T00:00:00Z,11,\n\
        c/1,2026-10-02,12,\n";
    let file = rig.file("creators.csv", creators);
    assert_eq!(rig.import(Kind::Creator, &file), [3, 2, 1, 0]);
    let funding = "program,date,country,payer_id,amount,currency\n\
        fund,2026-10-05,DE,,100,USD\n\
        fund,20261005,,DE,100,USD\n\
        fund,2026-10-05,DE,,100,USD\n\
        fund,2026-10-05,DE,,1.0000001,USD\n";
    let file = rig.file("funding.csv", funding);
    assert_eq!(rig.import(Kind::Funding, &file), [4, 2, 1, 1]);
    let files = rig
        .archive
        .all_files(Kind::Funding, lake::archive::StoredBefore(u64::MAX));
    let funding = lake::funding::read(&files).expect("funding");
    assert_eq!(
        funding.iter().map(|row| row.amount_micros).collect::<Vec<_>>(),
        [100_000_000; 2]
    );
    assert!(
        rig.rows(Kind::Funding)
            .iter()
            .any(|row| row.starts_with("fund/2026-10-05//DE|"))
    );
}

/// A column of lists, times or numbers in structures is no column of ids: as texts two would be one.
#[test]
fn a_column_of_lists_or_times_is_no_column_of_ids() {
    let floats = Float64Array::from(vec![16_777_216.0, 2.5]);
    let offsets = arrow::buffer::OffsetBuffer::from_lengths([1, 1]);
    let item = Arc::new(arrow::datatypes::Field::new(
        "item",
        arrow::datatypes::DataType::Float64,
        true,
    ));
    let lists = arrow::array::ListArray::new(item, offsets, Arc::new(floats), None);
    let times = TimestampMicrosecondArray::from(vec![1, 2]);
    for ids in [Arc::new(lists) as ArrayRef, Arc::new(times)] {
        let text = |value: &str| -> ArrayRef { Arc::new(StringArray::from(vec![value, value])) };
        let columns = [
            ("event_id", ids),
            ("viewer_id", text("v")),
            ("video_id", text("x")),
            ("occurred_at", text("2026-10-05T10:00:00Z")),
            ("watched_ms", text("5000")),
        ];
        let columns = columns.into_iter().map(|(name, array)| (name, array, true));
        let batch = RecordBatch::try_from_iter_with_nullable(columns).expect("columns of one length");
        let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).expect("a writer");
        writer.write(&batch).expect("memory");
        let mut rig = Rig::new();
        let file = rig.file("ids.parquet", writer.into_inner().expect("memory"));
        assert_eq!(rig.import(Kind::View, &file), [2, 0, 0, 2]);
    }
}
