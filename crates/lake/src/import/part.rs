//! Sorted rows into a Parquet file of the archive: the same rows always give the same bytes.

use super::batch::{Batch, Column, NO_COUNT, NO_FLAG, NO_NUMBER, date_of};
use super::dictionary::{self, EncodedColumn};
use super::order::DateRows;
use super::pool::{NO_CODE, Pool, decimal_text};
use crate::archive::ArchiveError;
use crate::archive::draft::{Draft, PartFile};
use crate::columns::{
    DECIMAL_PRECISION, DECIMAL_SCALE, STORED_AT, VIEWER_BUCKET, archive_schema, arrow_type, has_viewer_bucket,
};
use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Int32Array, Int64Array, StringBuilder,
    TimestampMillisecondArray, new_null_array,
};
use arrow::datatypes::{Field as ArrowField, SchemaRef};
use event::id::FIRST_INTERNED;
use event::kind::Kind;
use event::schema::{self, FieldType};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, compute_leaves};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use rayon::prelude::*;
use std::sync::Arc;

/// The one column of ids in which no value comes twice.
const EVENT_ID: &str = "event_id";
/// Rows of a row group at most.
pub(crate) const MAX_GROUP_ROWS: usize = 1 << 20;
/// The fastest level: higher ones save a few per cent and cost a multiple.
const ZSTD_LEVEL: i32 = 1;

/// Writes the rows of one date as one file of the draft.
pub(crate) fn write(draft: &mut Draft, batch: &Batch, date: &DateRows) -> Result<(), ArchiveError> {
    let schema = archive_schema(batch.kind);
    let mut part = draft.begin(batch.kind, date_of(date.day))?;
    let stored_at = draft.stored_at().as_millisecond();
    encode(&mut part, &schema, batch, date, stored_at).map_err(|source| ArchiveError::Encode {
        kind: batch.kind,
        source,
    })?;
    draft.add(part, date.rows.len() as u64)
}

fn encode(
    part: &mut PartFile,
    schema: &SchemaRef,
    batch: &Batch,
    date: &DateRows,
    stored_at: i64,
) -> Result<(), ParquetError> {
    let writer = ArrowWriter::try_new(part, schema.clone(), Some(properties(batch.kind)?))?;
    let (mut file, factory) = writer.into_serialized_writer()?;
    let mut start = 0;
    for group in 0.. {
        if start == date.rows.len() {
            break;
        }
        let end = group_end(date, start);
        let slice = GroupRows {
            batch,
            rows: &date.rows[start..end],
            buckets: &date.buckets[start..end],
            stored_at,
        };
        let descriptors = file.schema_descr().columns().to_vec();
        let writers = factory.create_column_writers(group)?;
        let chunks: Vec<EncodedChunk> = writers
            .into_par_iter()
            .zip(schema.fields().par_iter())
            .enumerate()
            .map(|(index, (writer, field))| match slice.dictionary(index) {
                Some((codes, pool)) => dictionary::encode(
                    codes,
                    pool,
                    slice.rows,
                    &descriptors[index],
                    compression()?,
                    ZSTD_LEVEL,
                )
                .map(EncodedChunk::Dictionary),
                None => encode_column(writer, field, &slice.array(index, field)).map(EncodedChunk::Arrow),
            })
            .collect::<Result<_, _>>()?;
        let mut row_group = file.next_row_group()?;
        for chunk in chunks {
            match chunk {
                EncodedChunk::Arrow(chunk) => chunk.append_to_row_group(&mut row_group)?,
                EncodedChunk::Dictionary(column) => row_group.append_column(&column.bytes, column.close)?,
            }
        }
        row_group.close()?;
        start = end;
    }
    // Not `into_inner`, which tells a full disk in words only.
    file.finish().map(|_| ())
}

/// A column of a row group, encoded by the general writer or by our own.
enum EncodedChunk {
    Arrow(ArrowColumnChunk),
    Dictionary(EncodedColumn),
}

fn compression() -> Result<Compression, ParquetError> {
    Ok(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
}

fn encode_column(
    mut writer: ArrowColumnWriter,
    field: &ArrowField,
    array: &ArrayRef,
) -> Result<ArrowColumnChunk, ParquetError> {
    for leaf in compute_leaves(field, array)? {
        writer.write(&leaf)?;
    }
    writer.close()
}

/// Where a row group that begins at `start` ends: at a bucket's end if it can, so that most row groups hold whole
/// viewers.
fn group_end(date: &DateRows, start: usize) -> usize {
    let end = (start + MAX_GROUP_ROWS).min(date.rows.len());
    if end == date.rows.len() || date.buckets[end] != date.buckets[end - 1] {
        return end;
    }
    let cut = start + date.buckets[start..end].partition_point(|bucket| *bucket < date.buckets[end]);
    if cut > start { cut } else { end }
}

fn properties(kind: Kind) -> Result<WriterProperties, ParquetError> {
    let mut properties = WriterProperties::builder()
        .set_compression(compression()?)
        .set_dictionary_enabled(false)
        .set_offset_index_disabled(true)
        .set_data_page_row_count_limit(1 << 16)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_created_by(format!("permille {}", env!("CARGO_PKG_VERSION")));
    for field in schema::fields(kind) {
        let encoding = match field.ty {
            FieldType::Id if field.name == EVENT_ID => Encoding::DELTA_LENGTH_BYTE_ARRAY,
            // As many bits as the values of a block need: smaller and faster to compress than whole words.
            FieldType::Timestamp | FieldType::Count { .. } | FieldType::Ip => Encoding::DELTA_BINARY_PACKED,
            _ => continue,
        };
        properties = properties.set_column_encoding(ColumnPath::from(field.name), encoding);
    }
    for column in [schema::time_field(kind), VIEWER_BUCKET] {
        properties =
            properties.set_column_statistics_enabled(ColumnPath::from(column), EnabledStatistics::Chunk);
    }
    // One value per file, one run per viewer: a dictionary makes both next to nothing.
    for column in [STORED_AT, VIEWER_BUCKET] {
        properties = properties.set_column_dictionary_enabled(ColumnPath::from(column), true);
    }
    Ok(properties.build())
}

/// The rows of one row group.
struct GroupRows<'a> {
    batch: &'a Batch,
    rows: &'a [u32],
    buckets: &'a [u16],
    /// In milliseconds.
    stored_at: i64,
}

impl GroupRows<'_> {
    /// The codes of a column that is dictionary encoded: all ids and texts but event ids, which never repeat.
    fn dictionary(&self, index: usize) -> Option<(&[u64], &Pool)> {
        let field = schema::fields(self.batch.kind).get(index)?;
        match &self.batch.columns[index] {
            // A column without a value is written as one that the source did not have: the rows are the same.
            Column::Codes(codes, pool) if field.name != EVENT_ID => {
                let has_value = |row: &u32| codes[*row as usize] != NO_CODE;
                self.rows.iter().any(has_value).then_some((&codes[..], &**pool))
            }
            _ => None,
        }
    }

    fn array(&self, index: usize, field: &ArrowField) -> ArrayRef {
        let fields = schema::fields(self.batch.kind);
        match fields.get(index) {
            Some(field) => gather(field.ty, &self.batch.columns[index], self.rows),
            None if has_viewer_bucket(self.batch.kind) && field.name() == VIEWER_BUCKET => {
                let buckets = self.buckets.iter().map(|bucket| i32::from(*bucket));
                Arc::new(Int32Array::from_iter_values(buckets))
            }
            None => {
                let stored_at = vec![self.stored_at; self.rows.len()];
                Arc::new(TimestampMillisecondArray::from(stored_at).with_timezone("UTC"))
            }
        }
    }
}

fn gather(ty: FieldType, column: &Column, rows: &[u32]) -> ArrayRef {
    match column {
        Column::Absent => new_null_array(&arrow_type(ty), rows.len()),
        Column::Codes(codes, pool) => texts(codes, pool, rows),
        Column::Numbers(numbers) => {
            let present = rows
                .iter()
                .map(|row| Some(numbers[*row as usize]).filter(|n| *n != NO_NUMBER));
            gather_numbers(ty, present)
        }
        Column::Counts(counts) => {
            let counts = rows
                .iter()
                .map(|row| Some(counts[*row as usize]).filter(|n| *n != NO_COUNT));
            Arc::new(counts.map(|count| count.map(i64::from)).collect::<Int64Array>())
        }
        Column::Flags(flags) => {
            let flag = |row: &u32| Some(flags[*row as usize]).filter(|flag| *flag != NO_FLAG);
            Arc::new(
                rows.iter()
                    .map(|row| flag(row).map(|flag| flag == 1))
                    .collect::<BooleanArray>(),
            )
        }
    }
}

fn gather_numbers(ty: FieldType, values: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    match ty {
        FieldType::Timestamp => Arc::new(values.collect::<TimestampMillisecondArray>().with_timezone("UTC")),
        FieldType::Date => Arc::new(
            values
                .map(|days| days.map(|days| days as i32))
                .collect::<Date32Array>(),
        ),
        FieldType::Decimal => {
            let decimals: Decimal128Array = values.map(|micros| micros.map(i128::from)).collect();
            let decimals = decimals.with_precision_and_scale(DECIMAL_PRECISION, DECIMAL_SCALE);
            Arc::new(decimals.expect("the archive's own decimal type"))
        }
        _ => Arc::new(values.collect::<Int64Array>()),
    }
}

fn texts(codes: &[u64], pool: &Pool, rows: &[u32]) -> ArrayRef {
    let mut texts = StringBuilder::with_capacity(rows.len(), rows.len() * 12);
    let mut digits = [0u8; 20];
    for row in rows {
        match codes[*row as usize] {
            NO_CODE => texts.append_null(),
            code if code < FIRST_INTERNED => texts.append_value(decimal_text(code, &mut digits)),
            code => texts.append_value(pool.text((code & !FIRST_INTERNED) as u32)),
        }
    }
    Arc::new(texts.finish())
}
