//! Reads generated files back.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type, TimestampMillisecondType, UInt32Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use sim::{GenerateError, GenerateOptions, Generated};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

/// A platform of some size in a folder.
pub fn options(out: &Path, views: u64) -> GenerateOptions {
    GenerateOptions {
        seed: 7,
        days: 5,
        creators: 1_000,
        viewers: 60_000,
        views,
        start: jiff::civil::date(2026, 10, 1),
        out: out.to_owned(),
        threads: None,
    }
}

/// Generates without listening.
pub fn generate(options: &GenerateOptions) -> Result<Generated, GenerateError> {
    sim::generate(options, &|_, _| {}, &AtomicBool::new(false))
}

/// All files below a folder, sorted.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path)
            } else {
                found.push(path)
            }
        }
    }
    found.sort();
    found
}

/// Every file's bytes by its path in the folder.
pub fn bytes(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let inside = |path: PathBuf| {
        (
            path.strip_prefix(folder).unwrap().to_owned(),
            fs::read(&path).unwrap(),
        )
    };
    files(folder).into_iter().map(inside).collect()
}

/// The record batches of a file.
pub fn batches(path: &Path) -> Vec<RecordBatch> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap())
        .unwrap()
        .build()
        .unwrap();
    reader.collect::<Result<_, _>>().unwrap()
}

/// A view with its label.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub file: usize,
    pub event_id: i64,
    pub viewer: i64,
    pub video: i64,
    pub creator: i64,
    pub at_ms: i64,
    pub watched_ms: u32,
    pub surface: String,
    pub promoted: bool,
    pub ip: u32,
    pub agent: String,
}

/// All view rows in file order.
pub fn views(folder: &Path) -> Vec<Row> {
    let mut rows = Vec::new();
    for (file, path) in files(&folder.join("view")).iter().enumerate() {
        for batch in batches(path) {
            let numbers = |name: &str| {
                batch
                    .column_by_name(name)
                    .unwrap()
                    .as_primitive::<Int64Type>()
                    .clone()
            };
            let counts = |name: &str| {
                batch
                    .column_by_name(name)
                    .unwrap()
                    .as_primitive::<UInt32Type>()
                    .clone()
            };
            let (event, viewer, video, creator) = (
                numbers("event_id"),
                numbers("viewer_id"),
                numbers("video_id"),
                numbers("creator_id"),
            );
            let (watched, ip) = (counts("watched_ms"), counts("ip"));
            let at = batch
                .column_by_name("occurred_at")
                .unwrap()
                .as_primitive::<TimestampMillisecondType>()
                .clone();
            let (surface, agent) = (texts(&batch, "surface"), texts(&batch, "user_agent"));
            let promoted = batch.column_by_name("promoted").unwrap().as_boolean().clone();
            rows.extend((0..batch.num_rows()).map(|row| Row {
                file,
                event_id: event.value(row),
                viewer: viewer.value(row),
                video: video.value(row),
                creator: creator.value(row),
                at_ms: at.value(row),
                watched_ms: watched.value(row),
                surface: surface[row].clone(),
                promoted: promoted.value(row),
                ip: ip.value(row),
                agent: agent[row].clone(),
            }));
        }
    }
    rows
}

/// A column as texts.
pub fn texts(batch: &RecordBatch, name: &str) -> Vec<String> {
    let column = cast(batch.column_by_name(name).unwrap(), &DataType::Utf8).unwrap();
    let column = column.as_string::<i32>();
    (0..column.len())
        .map(|row| {
            if column.is_null(row) {
                String::new()
            } else {
                column.value(row).to_owned()
            }
        })
        .collect()
}

/// Labels in file order: event id and rule.
pub fn labels(folder: &Path) -> Vec<(i64, String)> {
    let mut labels = Vec::new();
    for batch in files(&folder.join("labels"))
        .iter()
        .flat_map(|path| batches(path))
    {
        let ids = batch
            .column_by_name("event_id")
            .unwrap()
            .as_primitive::<Int64Type>()
            .values()
            .to_vec();
        labels.extend(ids.into_iter().zip(texts(&batch, "rule")));
    }
    labels
}
