//! Rows of small Parquet files, value by value: for snapshots and funding, where speed does not matter much.

use crate::archive::ArchiveError;
use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Date32Array, Decimal128Array, StringArray, TimestampMillisecondArray, UInt32Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Decimal128Type, TimeUnit, TimestampMillisecondType, UInt32Type};
use arrow::record_batch::RecordBatch;
use jiff::Timestamp;
use jiff::civil::Date;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// One batch of rows, its columns cast to the types of the archive.
pub(crate) struct Table<'a> {
    path: &'a Path,
    rows: usize,
    columns: HashMap<String, ArrayRef>,
}

/// Rows read at once.
const BATCH: usize = 16_384;

fn damaged(path: &Path, reason: impl Into<String>) -> ArchiveError {
    ArchiveError::Io {
        path: path.to_owned(),
        source: std::io::Error::new(std::io::ErrorKind::InvalidData, reason.into()),
    }
}

impl<'a> Table<'a> {
    /// Reads a file batch by batch.
    pub(crate) fn each(path: &'a Path, mut each: impl FnMut(&Table<'a>) -> Result<(), ArchiveError>) -> Result<(), ArchiveError> {
        let file = File::open(path).map_err(|source| ArchiveError::Io { path: path.to_owned(), source })?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(file)
            .and_then(|builder| builder.with_batch_size(BATCH).build())
            .map_err(|e| damaged(path, e.to_string()))?;
        for batch in reader {
            let batch = batch.map_err(|e| damaged(path, e.to_string()))?;
            each(&Table::of(path, &batch)?)?;
        }
        Ok(())
    }

    fn of(path: &'a Path, batch: &RecordBatch) -> Result<Table<'a>, ArchiveError> {
        let mut columns = HashMap::new();
        for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
            let target = match field.data_type() {
                DataType::Timestamp(_, _) => DataType::Timestamp(TimeUnit::Millisecond, None),
                DataType::Date64 => DataType::Date32,
                DataType::Dictionary(_, _) | DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
                other => other.clone(),
            };
            let column = cast(column, &target).map_err(|e| damaged(path, e.to_string()))?;
            columns.insert(field.name().clone(), column);
        }
        Ok(Table { path, rows: batch.num_rows(), columns })
    }

    /// How many rows the batch has.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    fn wrong(&self, name: &str) -> ArchiveError {
        damaged(self.path, format!("column `{name}` has a type that cannot be read"))
    }

    fn valid(&self, name: &str, row: usize) -> Option<&ArrayRef> {
        self.columns.get(name).filter(|column| column.is_valid(row))
    }

    /// Text; integers as their decimal text.
    pub(crate) fn text(&self, name: &str, row: usize) -> Result<Option<String>, ArchiveError> {
        let Some(column) = self.valid(name, row) else { return Ok(None) };
        if let Some(texts) = column.as_string_opt::<i32>() {
            let texts: &StringArray = texts;
            return Ok(Some(texts.value(row).to_owned()).filter(|text| !text.is_empty()));
        }
        let one = cast(&column.slice(row, 1), &DataType::Utf8).map_err(|_| self.wrong(name))?;
        Ok(one.as_string_opt::<i32>().map(|texts| texts.value(0).to_owned()))
    }

    /// Text that must be there.
    pub(crate) fn required_text(&self, name: &str, row: usize) -> Result<String, ArchiveError> {
        self.text(name, row)?.ok_or_else(|| damaged(self.path, format!("a row has no `{name}`")))
    }

    /// Ids separated by `;`, sorted and unique.
    pub(crate) fn list(&self, name: &str, row: usize) -> Result<Vec<Arc<str>>, ArchiveError> {
        let text = self.text(name, row)?.unwrap_or_default();
        let mut ids: Vec<Arc<str>> = text.split(';').map(str::trim).filter(|id| !id.is_empty()).map(Arc::from).collect();
        ids.sort();
        ids.dedup();
        Ok(ids)
    }

    /// A whole number.
    pub(crate) fn count(&self, name: &str, row: usize) -> Result<Option<u32>, ArchiveError> {
        let Some(column) = self.valid(name, row) else { return Ok(None) };
        if let Some(numbers) = column.as_primitive_opt::<UInt32Type>() {
            let numbers: &UInt32Array = numbers;
            return Ok(Some(numbers.value(row)));
        }
        let one = cast(&column.slice(row, 1), &DataType::UInt32).map_err(|_| self.wrong(name))?;
        let numbers: &UInt32Array = one.as_primitive_opt::<UInt32Type>().ok_or_else(|| self.wrong(name))?;
        Ok(numbers.is_valid(0).then(|| numbers.value(0)))
    }

    /// Yes or no.
    pub(crate) fn boolean(&self, name: &str, row: usize) -> Result<Option<bool>, ArchiveError> {
        let Some(column) = self.valid(name, row) else { return Ok(None) };
        let flags: &BooleanArray = column.as_boolean_opt().ok_or_else(|| self.wrong(name))?;
        Ok(Some(flags.value(row)))
    }

    /// A date.
    pub(crate) fn date(&self, name: &str, row: usize) -> Result<Option<Date>, ArchiveError> {
        let Some(column) = self.valid(name, row) else { return Ok(None) };
        let dates: &Date32Array = column.as_primitive_opt::<Date32Type>().ok_or_else(|| self.wrong(name))?;
        Ok(Some(crate::funnel::date_of(dates.value(row))))
    }

    /// An instant.
    pub(crate) fn time(&self, name: &str, row: usize) -> Result<Option<Timestamp>, ArchiveError> {
        let Some(column) = self.valid(name, row) else { return Ok(None) };
        let times: &TimestampMillisecondArray = column.as_primitive_opt::<TimestampMillisecondType>().ok_or_else(|| self.wrong(name))?;
        Timestamp::from_millisecond(times.value(row)).map(Some).map_err(|e| damaged(self.path, format!("`{name}`: {e}")))
    }

    /// An instant that must be there.
    pub(crate) fn required_time(&self, name: &str, row: usize) -> Result<Timestamp, ArchiveError> {
        self.time(name, row)?.ok_or_else(|| damaged(self.path, format!("a row has no `{name}`")))
    }

    /// A decimal as millionths.
    pub(crate) fn micros(&self, name: &str, row: usize) -> Result<Option<i64>, ArchiveError> {
        let Some(column) = self.valid(name, row) else { return Ok(None) };
        let micros = match column.data_type() {
            DataType::Decimal128(_, 6) => Arc::clone(column),
            _ => cast(column, &DataType::Decimal128(18, 6)).map_err(|_| self.wrong(name))?,
        };
        let decimals: &Decimal128Array = micros.as_primitive_opt::<Decimal128Type>().ok_or_else(|| self.wrong(name))?;
        i64::try_from(decimals.value(row)).map(Some).map_err(|_| damaged(self.path, format!("`{name}` is too large")))
    }
}
