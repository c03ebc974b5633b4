//! Writing a facts file: row groups encoded by several threads, appended in order.

use super::columns::CountColumns;
use super::{FOREIGN_IMPRESSIONS_KEY, FORMAT, FORMAT_KEY, NOT_EVALUATED_KEY, schema};
use crate::error::KernelError;
use crate::funnel::date_of;
use arrow::array::{ArrayRef, Date32Array, StringBuilder};
use arrow::datatypes::{DataType, SchemaRef};
use facts::{Fact, Facts};
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves,
};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;
use policy::qualification::Rule;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Rows turned into Arrow columns at a time.
const BATCH_ROWS: usize = 8_192;
/// Rows of a row group when facts are written from a value.
const GROUP_ROWS: usize = 1 << 20;

/// Writes facts to a Parquet file. The file appears whole or not at all.
///
/// # Errors
/// [`KernelError::Io`], [`KernelError::Parquet`]; [`KernelError::RevenueTooLarge`] for a fact that no count makes.
pub fn write_facts(facts: &Facts, path: &Path) -> Result<(), KernelError> {
    let writer = FactsWriter::create(path)?;
    let mut order: Vec<usize> = (0..facts.rows.len()).collect();
    let hashes: Vec<u64> = facts
        .videos
        .iter()
        .map(|video| event::id::stable_hash(&video.id))
        .collect();
    // A stable sort keeps the canonical order of a video's rows.
    order.sort_by_key(|index| {
        let video = facts.rows[*index].video;
        (hashes[video as usize], video)
    });
    for (index, rows) in order.chunks(GROUP_ROWS).enumerate() {
        let (mut group, mut columns) = (writer.group(index)?, CountColumns::default());
        for row in rows {
            let Fact {
                video,
                country,
                day,
                payer,
                counts,
            } = &facts.rows[*row];
            let video = &facts.videos[*video as usize];
            group.key(FactKey {
                video: &video.id,
                creator: video.creator_hint.as_deref(),
                country: &facts.countries[usize::from(*country)],
                day: *day,
                payer: payer.map(|payer| &*facts.payers[payer as usize]),
            });
            columns.push(counts).ok_or_else(|| KernelError::RevenueTooLarge {
                video: video.id.to_string(),
                country: facts.countries[usize::from(*country)].to_string(),
                day: date_of(*day),
                micros: counts.ad_revenue_micros,
            })?;
            if group.waiting() == BATCH_ROWS {
                group.counts(std::mem::take(&mut columns))?;
            }
        }
        group.counts(std::mem::take(&mut columns))?;
        writer.append(index, group)?;
    }
    writer.finish(&facts.not_evaluated, facts.foreign_impressions)
}

/// What a fact is kept by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FactKey<'a> {
    pub video: &'a str,
    pub creator: Option<&'a str>,
    pub country: &'a str,
    pub day: i32,
    pub payer: Option<&'a str>,
}

/// A facts file being written. Dropped before [`FactsWriter::finish`], it removes what it wrote.
pub(crate) struct FactsWriter {
    path: PathBuf,
    partial: PathBuf,
    schema: SchemaRef,
    factory: ArrowRowGroupWriterFactory,
    file: Mutex<InOrder>,
}

struct InOrder {
    writer: Option<SerializedFileWriter<File>>,
    next: usize,
    waiting: BTreeMap<usize, Vec<ArrowColumnChunk>>,
}

impl FactsWriter {
    pub(crate) fn create(path: &Path) -> Result<Self, KernelError> {
        let mut partial = path.as_os_str().to_owned();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        let schema = schema();
        let level = ZstdLevel::try_new(1).map_err(KernelError::parquet(path))?;
        let properties = properties(&schema, level);
        let file = File::create(&partial).map_err(KernelError::io("create", &partial))?;
        let columns = ArrowSchemaConverter::new()
            .convert(&schema)
            .map_err(KernelError::parquet(path))?;
        let writer = SerializedFileWriter::new(file, columns.root_schema_ptr(), Arc::new(properties))
            .map_err(KernelError::parquet(path))?;
        let factory = ArrowRowGroupWriterFactory::new(&writer, Arc::clone(&schema));
        let file = Mutex::new(InOrder {
            writer: Some(writer),
            next: 0,
            waiting: BTreeMap::new(),
        });
        Ok(FactsWriter {
            path: path.to_owned(),
            partial,
            schema,
            factory,
            file,
        })
    }

    /// Starts the row group with a number.
    pub(crate) fn group(&self, index: usize) -> Result<RowGroup, KernelError> {
        let writers = self
            .factory
            .create_column_writers(index)
            .map_err(KernelError::parquet(&self.path))?;
        let (schema, path) = (Arc::clone(&self.schema), self.path.clone());
        Ok(RowGroup {
            writers,
            schema,
            path,
            keys: Keys::default(),
            written: 0,
        })
    }

    /// Appends the row group with a number as soon as all before it are there.
    pub(crate) fn append(&self, index: usize, group: RowGroup) -> Result<(), KernelError> {
        let chunks = group.close()?;
        let mut file = self.file.lock().expect("appending does not panic");
        file.waiting.insert(index, chunks);
        file.flush().map_err(KernelError::parquet(&self.path))
    }

    /// Ends the file and puts it in its place.
    pub(crate) fn finish(self, not_evaluated: &[Rule], foreign_impressions: u64) -> Result<(), KernelError> {
        let mut file = self.file.lock().expect("appending does not panic");
        let mut writer = file.writer.take().expect("only finishing takes it");
        let names: Vec<&str> = not_evaluated.iter().map(|rule| rule.name()).collect();
        let pairs = [
            (FORMAT_KEY, FORMAT.to_owned()),
            (NOT_EVALUATED_KEY, names.join(",")),
            (FOREIGN_IMPRESSIONS_KEY, foreign_impressions.to_string()),
        ];
        for (key, value) in pairs {
            writer.append_key_value_metadata(KeyValue::new(key.to_owned(), value));
        }
        // Not `into_inner`, which tells a full disk in words only.
        writer.finish().map_err(KernelError::parquet(&self.path))?;
        let synced = writer.inner().sync_all();
        synced.map_err(KernelError::io("write", &self.partial))?;
        std::fs::rename(&self.partial, &self.path).map_err(KernelError::io("rename", &self.partial))
    }
}

/// Numbers as differences: most counts are small or zero, and a dictionary of them costs more than it saves.
fn properties(schema: &SchemaRef, level: ZstdLevel) -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(None)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_column_statistics_enabled("country".into(), EnabledStatistics::Chunk)
        .set_column_statistics_enabled("day".into(), EnabledStatistics::Chunk);
    for field in schema
        .fields()
        .iter()
        .filter(|field| *field.data_type() != DataType::Utf8)
    {
        let column = ColumnPath::from(field.name().as_str());
        properties = properties
            .set_column_dictionary_enabled(column.clone(), false)
            .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED);
    }
    properties.build()
}

impl Drop for FactsWriter {
    fn drop(&mut self) {
        // After finishing there is nothing left by this name.
        let _ = std::fs::remove_file(&self.partial);
    }
}

impl InOrder {
    fn flush(&mut self) -> Result<(), ParquetError> {
        let writer = self
            .writer
            .as_mut()
            .expect("groups are appended before finishing");
        while let Some(chunks) = self.waiting.remove(&self.next) {
            self.next += 1;
            if chunks.is_empty() {
                continue;
            }
            let mut group = writer.next_row_group()?;
            for chunk in chunks {
                chunk.append_to_row_group(&mut group)?;
            }
            group.close()?;
        }
        Ok(())
    }
}

/// One row group being encoded.
pub(crate) struct RowGroup {
    writers: Vec<ArrowColumnWriter>,
    schema: SchemaRef,
    path: PathBuf,
    keys: Keys,
    written: usize,
}

/// Keys whose counts are still to come.
#[derive(Default)]
struct Keys {
    videos: StringBuilder,
    creators: StringBuilder,
    countries: StringBuilder,
    days: Vec<i32>,
    payers: StringBuilder,
}

impl RowGroup {
    /// Adds the key of the next fact.
    pub(crate) fn key(&mut self, key: FactKey<'_>) {
        let keys = &mut self.keys;
        keys.videos.append_value(key.video);
        keys.creators.append_option(key.creator);
        keys.countries.append_value(key.country);
        keys.days.push(key.day);
        keys.payers.append_option(key.payer);
    }

    /// Keys whose counts are still to come.
    pub(crate) fn waiting(&self) -> usize {
        self.keys.days.len()
    }

    /// Adds the counts of all waiting keys.
    pub(crate) fn counts(&mut self, counts: CountColumns) -> Result<(), KernelError> {
        self.written += self.waiting();
        let keys = &mut self.keys;
        let mut arrays: Vec<ArrayRef> = vec![
            Arc::new(keys.videos.finish()),
            Arc::new(keys.creators.finish()),
            Arc::new(keys.countries.finish()),
            Arc::new(Date32Array::from(std::mem::take(&mut keys.days))),
            Arc::new(keys.payers.finish()),
        ];
        arrays.extend(counts.into_arrays());
        let mut encode = || -> Result<(), ParquetError> {
            for ((field, array), writer) in self.schema.fields().iter().zip(&arrays).zip(&mut self.writers) {
                for leaf in compute_leaves(field, array)? {
                    writer.write(&leaf)?;
                }
            }
            Ok(())
        };
        encode().map_err(KernelError::parquet(&self.path))
    }

    fn close(self) -> Result<Vec<ArrowColumnChunk>, KernelError> {
        debug_assert_eq!(self.waiting(), 0, "every key has its counts");
        if self.written == 0 {
            return Ok(Vec::new());
        }
        let chunks = self.writers.into_iter().map(ArrowColumnWriter::close);
        chunks
            .collect::<Result<_, _>>()
            .map_err(KernelError::parquet(&self.path))
    }
}
