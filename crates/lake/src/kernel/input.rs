//! Parquet files as input: opened once, cut into row groups, read column by column.

use super::KernelError;
use super::decode::{Columns, words_type};
use super::pool::work;
use super::span::Span;
use crate::archive::FileEntry;
use crate::archive::entries::check_entry;
use arrow::datatypes::{DataType, Field, Schema};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::{LogicalType, TimeUnit};
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::statistics::Statistics;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Rows decoded at a time: all columns of a batch stay in the second-level cache.
const BATCH_ROWS: usize = 8_192;

/// Text columns with few distinct values, read as dictionaries so that each value is looked at once.
const FEW_VALUES: [&str; 5] = ["country", "surface", "user_agent", "engagement", "currency"];

/// Ids that many rows share.
const REPEATED_IDS: [&str; 3] = ["viewer_id", "video_id", "creator_id"];

/// How the files of an input hold the ids that many rows share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IdColumns {
    /// By dictionary, as the archive does: each is looked at once per row group.
    Dictionaries,
    /// In any way.
    Any,
}

/// Columns that every row of one kind or another must have.
const EVERY_ROW: [&str; 8] = [
    "event_id",
    "viewer_id",
    "video_id",
    "occurred_at",
    "watched_ms",
    "engagement",
    "revenue",
    "currency",
];

/// One open file.
#[derive(Debug)]
pub(crate) struct InputFile {
    pub path: PathBuf,
    metadata: ArrowReaderMetadata,
}

/// One row group to read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Task {
    pub file: usize,
    pub row_group: usize,
    pub rows: u64,
    /// Rows of all files before it: the number of its first row.
    pub first_row: u64,
}

/// Files of one kind, in their order.
#[derive(Debug, Default)]
pub(crate) struct Input {
    pub files: Vec<InputFile>,
    pub tasks: Vec<Task>,
    pub rows: u64,
    /// The files as their commits name them; of raw files nobody knows what they should be.
    stored: Vec<FileEntry>,
}

/// Who does the work, and until when.
#[derive(Clone, Copy)]
pub(crate) struct Workers<'a> {
    pub threads: usize,
    pub cancel: &'a AtomicBool,
}

impl Input {
    /// Opens the archive's files that have rows in the span, after comparing each with its commit.
    pub(crate) fn of_archive(
        files: &[FileEntry],
        span: Span,
        workers: Workers<'_>,
    ) -> Result<Self, KernelError> {
        let day = |file: &FileEntry| crate::funnel::days_since_epoch(file.date) - span.first_day;
        let inside = files.iter().filter(|file| (0..span.days).contains(&day(file)));
        let stored: Vec<FileEntry> = inside.cloned().collect();
        check(&stored, workers)?;
        let paths: Vec<PathBuf> = stored.iter().map(|file| file.path.clone()).collect();
        Ok(Input {
            stored,
            ..Input::open(&paths, IdColumns::Dictionaries)?
        })
    }

    /// After the last row was read: makes sure that no file changed meanwhile.
    pub(crate) fn check_again(&self, workers: Workers<'_>) -> Result<(), KernelError> {
        check(&self.stored, workers)
    }

    pub(crate) fn open(paths: &[PathBuf], ids: IdColumns) -> Result<Self, KernelError> {
        let mut input = Input::default();
        for path in paths {
            let file = open(path, ids)?;
            let groups = file.metadata.metadata().row_groups();
            for (row_group, group) in groups.iter().enumerate() {
                let rows = group.num_rows() as u64;
                let file = input.files.len();
                input.tasks.push(Task {
                    file,
                    row_group,
                    rows,
                    first_row: input.rows,
                });
                input.rows += rows;
            }
            input.files.push(file);
        }
        Ok(input)
    }

    /// Row groups that may have rows in the span, by the statistics of their times.
    pub(crate) fn tasks_in(&self, span: Span) -> Vec<Task> {
        let may = |task: &&Task| {
            let group = self.files[task.file]
                .metadata
                .metadata()
                .row_group(task.row_group);
            times(group).is_none_or(|(first, last)| {
                last >= span.start_ms() && first < span.start_ms() + span.length_ms() as i64
            })
        };
        self.tasks.iter().filter(may).copied().collect()
    }

    /// Does every row of the task lie in the span, by its statistics?
    pub(crate) fn wholly_in(&self, task: Task, span: Span) -> bool {
        let group = self.files[task.file]
            .metadata
            .metadata()
            .row_group(task.row_group);
        times(group).is_some_and(|(first, last)| {
            first >= span.start_ms() && last < span.start_ms() + span.length_ms() as i64
        })
    }

    /// Reads the named columns of a row group, as far as the file has them. A column without any value there is left
    /// out too, unless every row must have one.
    pub(crate) fn read(&self, task: Task, columns: &[&str]) -> Result<ParquetRecordBatchReader, KernelError> {
        let input = &self.files[task.file];
        let file = File::open(&input.path).map_err(KernelError::io("open", &input.path))?;
        let group = input.metadata.metadata().row_group(task.row_group);
        let wanted =
            |name: &str| columns.contains(&name) && (EVERY_ROW.contains(&name) || !is_empty(group, name));
        let roots = input.metadata.schema().fields().iter().enumerate();
        let roots = roots
            .filter(|(_, field)| wanted(field.name()))
            .map(|(index, _)| index);
        let mask = ProjectionMask::roots(input.metadata.parquet_schema(), roots);
        ParquetRecordBatchReaderBuilder::new_with_metadata(file, input.metadata.clone())
            .with_projection(mask)
            .with_row_groups(vec![task.row_group])
            .with_batch_size(BATCH_ROWS)
            .build()
            .map_err(KernelError::parquet(&input.path))
    }
}

fn check(files: &[FileEntry], workers: Workers<'_>) -> Result<(), KernelError> {
    let step = |(): &mut (), index: usize| check_entry(&files[index]).map_err(KernelError::from);
    work(workers.threads, files.len(), workers.cancel, || Ok(()), step, Ok)?;
    Ok(())
}

/// The first and the last UTC day with a row of Parquet files, by the statistics of their times where they have such.
///
/// # Errors
/// [`KernelError`].
pub fn days_of(paths: &[PathBuf]) -> Result<Option<(Date, Date)>, KernelError> {
    let input = Input::open(paths, IdColumns::Any)?;
    let mut found: Option<(i64, i64)> = None;
    let mut times_of_batch = Vec::new();
    for task in &input.tasks {
        let file = &input.files[task.file];
        let group = file.metadata.metadata().row_group(task.row_group);
        let mut widen = |(first, last): (i64, i64)| {
            let (least, most) = found.unwrap_or((first, last));
            found = Some((least.min(first), most.max(last)));
        };
        if let Some(times) = times(group) {
            widen(times);
            continue;
        }
        for batch in input.read(*task, &["occurred_at"])? {
            let batch = batch.map_err(KernelError::arrow(&file.path))?;
            let columns = Columns {
                batch: &batch,
                path: &file.path,
            };
            columns.times("occurred_at", &mut times_of_batch)?;
            times_of_batch.iter().for_each(|time| widen((*time, *time)));
        }
    }
    let date = |ms: i64| {
        let time = Timestamp::from_millisecond(ms);
        let outside = |_| KernelError::Value {
            path: paths.first().cloned().unwrap_or_default(),
            column: "occurred_at",
            reason: format!("{ms} milliseconds since 1970 are no time"),
        };
        time.map(|time| time.to_zoned(TimeZone::UTC).date())
            .map_err(outside)
    };
    found
        .map(|(first, last)| Ok((date(first)?, date(last)?)))
        .transpose()
}

impl InputFile {
    /// Fails when one of the columns is not in the file.
    pub(crate) fn require(&self, columns: &[&'static str]) -> Result<(), KernelError> {
        let missing = columns
            .iter()
            .find(|column| self.metadata.schema().index_of(column).is_err());
        match missing {
            Some(column) => Err(KernelError::MissingColumn {
                path: self.path.clone(),
                column,
            }),
            None => Ok(()),
        }
    }
}

fn open(path: &Path, ids: IdColumns) -> Result<InputFile, KernelError> {
    let file = File::open(path).map_err(KernelError::io("open", path))?;
    let plain =
        ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(KernelError::parquet(path))?;
    let fields: Vec<_> = plain
        .schema()
        .fields()
        .iter()
        .map(|field| as_read(field, ids))
        .collect();
    let schema = Schema::new_with_metadata(fields, plain.schema().metadata().clone());
    let options = ArrowReaderOptions::new().with_schema(Arc::new(schema));
    let metadata = ArrowReaderMetadata::try_new(Arc::clone(plain.metadata()), options)
        .map_err(KernelError::parquet(path))?;
    Ok(InputFile {
        path: path.to_owned(),
        metadata,
    })
}

/// Text as the cheapest Arrow type to look at.
fn as_read(field: &Field, ids: IdColumns) -> Field {
    let is_text = match field.data_type() {
        DataType::Dictionary(_, value) => is_text(value),
        other => is_text(other),
    };
    let name = field.name().as_str();
    let once = FEW_VALUES.contains(&name) || ids == IdColumns::Dictionaries && REPEATED_IDS.contains(&name);
    match (is_text, once) {
        (true, true) => field.clone().with_data_type(words_type()),
        (true, false) => field.clone().with_data_type(DataType::Utf8View),
        (false, _) => field.clone(),
    }
}

fn is_text(ty: &DataType) -> bool {
    matches!(ty, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

/// Has the column no value in the row group, by its statistics?
fn is_empty(group: &RowGroupMetaData, column: &str) -> bool {
    let chunk = group
        .columns()
        .iter()
        .find(|chunk| chunk.column_path().string() == column);
    let nulls = chunk.and_then(|chunk| chunk.statistics()?.null_count_opt());
    nulls == Some(group.num_rows() as u64)
}

/// First and last `occurred_at` of a row group in milliseconds, if its statistics say.
fn times(group: &RowGroupMetaData) -> Option<(i64, i64)> {
    let column = group
        .columns()
        .iter()
        .find(|column| column.column_path().string() == "occurred_at")?;
    let per_ms = match column.column_descr().logical_type_ref()? {
        LogicalType::Timestamp(time) => match time.unit {
            TimeUnit::MILLIS => 1,
            TimeUnit::MICROS => 1_000,
            TimeUnit::NANOS => 1_000_000,
        },
        _ => return None,
    };
    match column.statistics()? {
        Statistics::Int64(times) => Some((
            times.min_opt()?.div_euclid(per_ms),
            times.max_opt()?.div_euclid(per_ms),
        )),
        _ => None,
    }
}
