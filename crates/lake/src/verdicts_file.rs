//! Verdicts as a Parquet file, and their comparison with what is known of the events.

use crate::kernel::{FactsRequest, KernelError, Source, Verdict, verdicts};
use crate::unique;
use arrow::array::{ArrayRef, AsArray, DictionaryArray, RecordBatch, StringArray, UInt8Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, UInt8Type};
use hashbrown::HashMap;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::WriterProperties;
use policy::qualification::Rule;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The word for a view without a failing rule.
const QUALIFIED: &str = "qualified";

/// How many views got each verdict, and how well that agrees with labels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerdictSummary {
    /// Views.
    pub views: u64,
    /// Views by first failing rule.
    pub rejected: [u64; Rule::COUNT],
    /// For each rule, how many views a label says it should find. Zero without labels.
    pub labelled: [u64; Rule::COUNT],
    /// For each rule, how many labelled views it found.
    pub agreed: [u64; Rule::COUNT],
    /// Rules that were on but whose columns no row had.
    pub not_evaluated: Vec<Rule>,
}

/// Rules that events are known to break, by event id.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    /// A bit for each rule.
    rules: HashMap<String, u16>,
    /// Rows by rule: an event that comes three times is labelled a duplicate twice.
    rows: [u64; Rule::COUNT],
}

impl Labels {
    /// Reads Parquet files with the columns `event_id` and `rule`, as `permille generate` writes them into `labels/`.
    ///
    /// # Errors
    /// [`KernelError`]: a file that is not such.
    pub fn read(paths: &[PathBuf]) -> Result<Labels, KernelError> {
        let mut labels = Labels::default();
        for path in paths {
            let file = File::open(path).map_err(KernelError::io("open", path))?;
            let batches = ParquetRecordBatchReaderBuilder::try_new(file)
                .and_then(ParquetRecordBatchReaderBuilder::build)
                .map_err(KernelError::parquet(path))?;
            for batch in batches {
                labels.add(&batch.map_err(KernelError::arrow(path))?, path)?;
            }
        }
        Ok(labels)
    }

    fn add(&mut self, batch: &RecordBatch, path: &Path) -> Result<(), KernelError> {
        let texts = |column: &'static str| {
            let missing = || KernelError::MissingColumn {
                path: path.to_owned(),
                column,
            };
            let array = batch.column_by_name(column).ok_or_else(missing)?;
            cast(array, &DataType::Utf8).map_err(KernelError::arrow(path))
        };
        let (ids, rules) = (texts("event_id")?, texts("rule")?);
        for (id, rule) in ids.as_string::<i32>().iter().zip(rules.as_string::<i32>()) {
            let known = Rule::ALL.into_iter().find(|known| Some(known.name()) == rule);
            let (Some(id), Some(rule)) = (id, known) else {
                return Err(KernelError::Value {
                    path: path.to_owned(),
                    column: "rule",
                    reason: format!("`{}` is no rule", rule.unwrap_or_default()),
                });
            };
            self.rows[rule as usize] += 1;
            *self.rules.entry_ref(id).or_insert(0) |= 1 << rule as u16;
        }
        Ok(())
    }
}

/// Writes one row for each view of the span: `event_id` and `verdict`, which is `qualified` or the name of the first
/// failing rule. The file appears whole or not at all.
///
/// # Errors
/// [`KernelError`]; nothing is left behind.
pub fn verdicts_to_parquet(
    source: Source<'_>,
    request: &FactsRequest<'_>,
    labels: &Labels,
    out: &Path,
) -> Result<VerdictSummary, KernelError> {
    let mut unfinished = out.as_os_str().to_owned();
    unfinished.push(format!(".{:016x}.partial", unique()));
    let unfinished = PathBuf::from(unfinished);
    let written = write(source, request, labels, &unfinished).and_then(|summary| {
        fs::rename(&unfinished, out)
            .map_err(KernelError::io("rename", out))
            .map(|()| summary)
    });
    if written.is_err() {
        // What could not be written may not be there to remove.
        let _ = fs::remove_file(&unfinished);
    }
    written
}

fn write(
    source: Source<'_>,
    request: &FactsRequest<'_>,
    labels: &Labels,
    path: &Path,
) -> Result<VerdictSummary, KernelError> {
    let names: ArrayRef = Arc::new(StringArray::from_iter_values(
        Rule::ALL.iter().map(|rule| rule.name()).chain([QUALIFIED]),
    ));
    let verdict_type = DataType::Dictionary(Box::new(DataType::UInt8), Box::new(DataType::Utf8));
    let schema = Arc::new(Schema::new(vec![
        Field::new("event_id", DataType::Utf8, false),
        Field::new("verdict", verdict_type, false),
    ]));
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_column_dictionary_enabled("event_id".into(), false)
        .set_column_encoding("event_id".into(), Encoding::DELTA_LENGTH_BYTE_ARRAY)
        .build();
    let file = File::create(path).map_err(KernelError::io("create", path))?;
    let mut writer = ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties))
        .map_err(KernelError::parquet(path))?;
    let mut summary = VerdictSummary {
        labelled: labels.rows,
        ..VerdictSummary::default()
    };
    let not_evaluated = verdicts(source, request, &mut |ids, verdicts| {
        summary.add(ids, verdicts, labels);
        let keys = verdicts
            .iter()
            .map(|verdict| verdict.map_or(Rule::COUNT as u8, |rule| rule as u8));
        let keys = UInt8Array::from_iter_values(keys);
        let words = DictionaryArray::<UInt8Type>::try_new(keys, Arc::clone(&names))
            .map_err(KernelError::arrow(path))?;
        let columns: Vec<ArrayRef> = vec![Arc::new(ids.clone()), Arc::new(words)];
        let batch = RecordBatch::try_new(Arc::clone(&schema), columns).map_err(KernelError::arrow(path))?;
        writer.write(&batch).map_err(KernelError::parquet(path))
    })?;
    // Not `into_inner`, which tells a full disk in words only.
    writer.finish().map_err(KernelError::parquet(path))?;
    let synced = writer.inner().sync_all();
    synced.map_err(KernelError::io("write", path))?;
    summary.not_evaluated = not_evaluated;
    Ok(summary)
}

impl VerdictSummary {
    fn add(&mut self, ids: &StringArray, verdicts: &[Verdict], labels: &Labels) {
        self.views += verdicts.len() as u64;
        for (row, rule) in verdicts
            .iter()
            .enumerate()
            .filter_map(|(row, verdict)| Some((row, (*verdict)?)))
        {
            self.rejected[rule as usize] += 1;
            let known = labels
                .rules
                .get(ids.value(row))
                .is_some_and(|rules| rules >> rule as u16 & 1 == 1);
            self.agreed[rule as usize] += u64::from(known);
        }
    }

    /// Views that qualified.
    pub fn qualified(&self) -> u64 {
        self.views - self.rejected.iter().sum::<u64>()
    }
}
