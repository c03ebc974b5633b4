//! How the archive lies on disk: for our kernel, and for whoever else reads Parquet.

use crate::rig::Rig;
use event::id::{id_order, viewer_bucket};
use event::kind::Kind;
use lake::archive::StoredBefore;
use lake::columns::archive_schema;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::fs::File;

const HEADER: &str = "event_id,viewer_id,video_id,occurred_at,watched_ms,surface\n";

fn rows(count: usize) -> Vec<String> {
    let row = |row: usize| {
        let viewer = match row % 3 {
            0 => format!("u-{}", row % 101),
            1 => (row % 211).to_string(),
            _ => format!("0{}", row % 17),
        };
        let second = row * 7 % 60;
        format!(
            "{row},{viewer},v{},2026-10-0{}T10:00:{second:02}Z,{row},for_you\n",
            row % 31,
            1 + row % 4
        )
    };
    (0..count).map(row).collect()
}

fn text(rows: &[String]) -> String {
    std::iter::once(HEADER)
        .chain(rows.iter().map(String::as_str))
        .collect()
}

#[test]
fn rows_are_sorted_by_bucket_viewer_video_and_time() {
    let mut rig = Rig::new();
    let file = rig.file("views.csv", text(&rows(5_000)));
    assert_eq!(rig.import(Kind::View, &file), [5_000, 5_000, 0, 0]);
    let files = rig.archive.all_files(Kind::View, StoredBefore(1));
    assert_eq!(files.iter().map(|file| file.rows).collect::<Vec<_>>(), [1_250; 4]);
    for file in &files {
        let rows = crate::rig::parquet_rows(&file.path);
        let keys: Vec<Vec<&str>> = rows.iter().map(|row| row.split('|').collect()).collect();
        for row in &keys {
            assert!(row[3].starts_with(&file.date.to_string()));
            assert_eq!(row[row.len() - 1], viewer_bucket(row[1]).to_string());
        }
        let sorted = keys.is_sorted_by(|a, b| {
            let bucket = |row: &[&str]| row[row.len() - 1].parse::<u16>().expect("a bucket");
            bucket(a)
                .cmp(&bucket(b))
                .then_with(|| id_order(a[1], b[1]))
                .then_with(|| id_order(a[2], b[2]))
                .then_with(|| a[3].cmp(b[3]))
                .then_with(|| id_order(a[0], b[0]))
                .is_lt()
        });
        assert!(sorted, "{}", file.path.display());
    }
}

#[test]
fn the_same_rows_give_the_same_bytes_in_any_order() {
    let mut forwards = rows(3_000);
    let mut rig = Rig::new();
    let file = rig.file("views.csv", text(&forwards));
    rig.import(Kind::View, &file);
    forwards.reverse();
    let mut other = Rig::new();
    let file = other.file("views.csv", text(&forwards));
    other.import(Kind::View, &file);
    let hashes = |rig: &Rig| -> Vec<String> {
        rig.archive
            .all_files(Kind::View, StoredBefore(1))
            .into_iter()
            .map(|file| file.hash)
            .collect()
    };
    assert_eq!(hashes(&rig), hashes(&other));
    for file in rig.archive.all_files(Kind::View, StoredBefore(1)) {
        let bytes = std::fs::read(&file.path).expect("a file");
        assert_eq!(blake3::hash(&bytes).to_hex().as_str(), file.hash);
    }
}

#[test]
fn files_have_the_documented_schema_and_statistics() {
    let mut rig = Rig::new();
    let file = rig.file("views.csv", text(&rows(100)));
    rig.import(Kind::View, &file);
    let entry = &rig.archive.all_files(Kind::View, StoredBefore(1))[0];
    let reader =
        ParquetRecordBatchReaderBuilder::try_new(File::open(&entry.path).expect("a file")).expect("parquet");
    assert_eq!(reader.schema().fields(), archive_schema(Kind::View).fields());
    let group = reader.metadata().row_group(0);
    let buckets = group
        .columns()
        .last()
        .expect("columns")
        .statistics()
        .expect("statistics");
    assert!(buckets.min_bytes_opt().is_some() && buckets.max_bytes_opt().is_some());
    let entries = rig.archive.files(
        Kind::View,
        jiff::civil::date(2026, 10, 2),
        jiff::civil::date(2026, 10, 4),
        StoredBefore(1),
    );
    assert_eq!(entries.len(), 2);
    assert!(
        rig.archive.all_files(Kind::View, StoredBefore(0)).is_empty(),
        "before the first commit"
    );
}

#[test]
fn little_memory_makes_more_parts_of_the_same_rows() {
    let mut lines = rows(100_000);
    let repeated: Vec<String> = lines[..1_000].to_vec();
    lines.extend(repeated);
    let mut large = Rig::new();
    large.memory = 1 << 30;
    let file = large.file("views.csv", text(&lines));
    assert_eq!(large.import(Kind::View, &file), [101_000, 100_000, 1_000, 0]);
    let mut small = Rig::new();
    small.memory = 0;
    let file = small.file("views.csv", text(&lines));
    assert_eq!(small.import(Kind::View, &file), [101_000, 100_000, 1_000, 0]);
    let parts = |rig: &Rig| rig.archive.all_files(Kind::View, StoredBefore(1)).len();
    assert_eq!(parts(&large), 4);
    assert!(parts(&small) > 4, "{}", parts(&small));
    let sorted = |rig: &Rig| {
        let mut rows = rig.rows(Kind::View);
        rows.sort();
        rows
    };
    assert_eq!(sorted(&large), sorted(&small));
}
