//! Parquet files: every needed column has its own reader, and all columns of a batch are decoded side by side.

use super::super::raw::{RawBatch, RawData};
use super::bytes::hash_file;
use super::{Source, SourceError};
use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{
    DataType, FieldRef, Schema, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use rayon::prelude::*;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A Parquet file.
pub(super) struct ParquetSource {
    path: PathBuf,
    columns: Vec<String>,
    metadata: ArrowReaderMetadata,
    readers: Vec<(usize, ParquetRecordBatchReader)>,
    batch_rows: usize,
    rows_read: u64,
    rows: u64,
    total: u64,
}

impl ParquetSource {
    pub(super) fn open(path: &Path, batch_rows: usize, total: u64) -> Result<ParquetSource, SourceError> {
        let file = File::open(path).map_err(SourceError::Io)?;
        let metadata =
            ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(SourceError::Parquet)?;
        let metadata = with_dictionaries(metadata)?;
        let columns = metadata
            .schema()
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect();
        let rows = metadata.metadata().file_metadata().num_rows();
        let rows = u64::try_from(rows).unwrap_or(0);
        Ok(ParquetSource {
            path: path.to_path_buf(),
            columns,
            metadata,
            readers: Vec::new(),
            batch_rows,
            rows_read: 0,
            rows,
            total,
        })
    }
}

/// Bytes of a value on average below which a column of texts must be dictionary encoded.
const DICTIONARY_VALUE_BYTES: i64 = 4;

/// Has columns of repeating texts read as dictionaries: each text is then checked once for a batch and not in
/// every row.
fn with_dictionaries(metadata: ArrowReaderMetadata) -> Result<ArrowReaderMetadata, SourceError> {
    let groups = metadata.metadata().row_groups();
    let is_flat = metadata.parquet_schema().num_columns() == metadata.schema().fields().len();
    let repeats = |index: usize| {
        let sizes = groups.iter().map(|group| group.column(index));
        let (bytes, values) = sizes.fold((0, 0), |(bytes, values), column| {
            (bytes + column.uncompressed_size(), values + column.num_values())
        });
        is_flat && values > 0 && bytes < values.saturating_mul(DICTIONARY_VALUE_BYTES)
    };
    let fields = metadata
        .schema()
        .fields()
        .iter()
        .enumerate()
        .map(|(index, field)| match field.data_type() {
            DataType::Utf8 if repeats(index) => {
                let ty = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
                Arc::new(field.as_ref().clone().with_data_type(ty))
            }
            _ => field.clone(),
        });
    let fields: Vec<FieldRef> = fields.collect();
    let schema = Schema::new_with_metadata(fields, metadata.schema().metadata().clone());
    let options = ArrowReaderOptions::new().with_schema(Arc::new(schema));
    ArrowReaderMetadata::try_new(metadata.metadata().clone(), options).map_err(SourceError::Parquet)
}

/// Instants are UTC whatever the name of their time zone, and an offset is a zone that can be written as text
/// without a time zone database.
fn with_offset(array: &ArrayRef) -> ArrayRef {
    let DataType::Timestamp(unit, _) = array.data_type() else {
        return array.clone();
    };
    match unit {
        TimeUnit::Second => Arc::new(
            array
                .as_primitive::<TimestampSecondType>()
                .clone()
                .with_timezone("+00:00"),
        ),
        TimeUnit::Millisecond => Arc::new(
            array
                .as_primitive::<TimestampMillisecondType>()
                .clone()
                .with_timezone("+00:00"),
        ),
        TimeUnit::Microsecond => Arc::new(
            array
                .as_primitive::<TimestampMicrosecondType>()
                .clone()
                .with_timezone("+00:00"),
        ),
        TimeUnit::Nanosecond => Arc::new(
            array
                .as_primitive::<TimestampNanosecondType>()
                .clone()
                .with_timezone("+00:00"),
        ),
    }
}

impl Source for ParquetSource {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn select(&mut self, columns: &[usize]) -> Result<(), SourceError> {
        let reader = |column: &usize| {
            let file = File::open(&self.path).map_err(SourceError::Io)?;
            let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone());
            let mask = ProjectionMask::roots(builder.parquet_schema(), [*column]);
            let reader = builder
                .with_projection(mask)
                .with_batch_size(self.batch_rows)
                .build();
            reader
                .map(|reader| (*column, reader))
                .map_err(SourceError::Parquet)
        };
        self.readers = columns.iter().map(reader).collect::<Result<_, _>>()?;
        Ok(())
    }

    fn column_type(&self, column: usize) -> Option<DataType> {
        self.metadata
            .schema()
            .fields()
            .get(column)
            .map(|field| field.data_type().clone())
    }

    fn next(&mut self) -> Result<Vec<RawBatch>, SourceError> {
        let rows = self.batch_rows.min((self.rows - self.rows_read) as usize);
        if rows == 0 {
            return Ok(Vec::new());
        }
        let decoded: Vec<(usize, ArrayRef)> = self
            .readers
            .par_iter_mut()
            .map(|(column, reader)| match reader.next() {
                Some(Ok(batch)) if batch.num_rows() == rows => Ok((*column, with_offset(batch.column(0)))),
                Some(Err(error)) => Err(SourceError::Arrow(error)),
                _ => Err(SourceError::Arrow(arrow::error::ArrowError::ParquetError(
                    format!("column `{}` has fewer rows than the file", self.columns[*column]),
                ))),
            })
            .collect::<Result<_, _>>()?;
        let mut columns: Vec<Option<ArrayRef>> = vec![None; self.columns.len()];
        for (column, array) in decoded {
            debug_assert_eq!(array.len(), rows);
            columns[column] = Some(array);
        }
        let first = self.rows_read + 1;
        self.rows_read += rows as u64;
        Ok(vec![RawBatch {
            rows,
            data: RawData::Arrow { columns, first },
            malformed: Vec::new(),
        }])
    }

    fn position(&self) -> (u64, u64) {
        let share = u128::from(self.total) * u128::from(self.rows_read) / u128::from(self.rows.max(1));
        (u64::try_from(share).unwrap_or(self.total), self.total)
    }

    fn finish(self: Box<Self>) -> Result<String, SourceError> {
        hash_file(&self.path)
    }
}
