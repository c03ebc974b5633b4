//! The files of a run: lines, units and decisions as Parquet, readable by any engine.
//!
//! Whether their bytes are still those that were stored is the caller's to compare, before and after.

use arrow::array::{
    Array, ArrayRef, AsArray, Date32Array, Decimal128Array, RecordBatch, StringArray, UInt32Array,
    UInt64Array,
};
use arrow::datatypes::{DataType, Date32Type, Decimal128Type, Field, Schema, UInt32Type, UInt64Type};
use earning::{Line, Unit};
use jiff::civil::Date;
use money::{Asset, Money};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use rust_decimal::Decimal;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use thiserror::Error;

/// Why a file of a run was not written or read.
#[derive(Debug, Error)]
pub enum RunFileError {
    /// The system refused.
    #[error("cannot {what} {}: {source}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not the Parquet file that was written.
    #[error("{} is damaged: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// It was not written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: parquet::errors::ParquetError,
    },
    /// A settlement that no file can hold.
    #[error("a settlement cannot be written: {0}")]
    Unwritable(String),
}

/// A result of this crate.
pub type Result<T, E = RunFileError> = std::result::Result<T, E>;

fn io<'a>(what: &'static str, path: &'a Path) -> impl Fn(std::io::Error) -> RunFileError + use<'a> {
    move |source| RunFileError::Io {
        what,
        path: path.to_owned(),
        source,
    }
}

/// Rows written at once.
const BATCH: usize = 65_536;

fn write(path: &Path, schema: Schema, batches: impl Iterator<Item = Result<RecordBatch>>) -> Result<()> {
    let schema = Arc::new(schema);
    let failed = |source| RunFileError::Write {
        path: path.to_owned(),
        source,
    };
    let level = ZstdLevel::try_new(1).map_err(failed)?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .build();
    let file = fs::File::create(path).map_err(io("create", path))?;
    let mut writer = ArrowWriter::try_new(file, schema, Some(properties)).map_err(failed)?;
    for batch in batches {
        writer.write(&batch?).map_err(failed)?;
    }
    let file = writer.into_inner().map_err(failed)?;
    file.sync_all().map_err(io("sync", path))
}

fn read(path: &Path, mut each: impl FnMut(&Columns) -> Result<()>) -> Result<()> {
    let file = fs::File::open(path).map_err(io("open", path))?;
    let failed = |e: parquet::errors::ParquetError| damaged(path, &e.to_string());
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)
        .and_then(|builder| builder.with_batch_size(BATCH).build())
        .map_err(failed)?;
    for batch in reader {
        let batch = batch.map_err(|e| damaged(path, &e.to_string()))?;
        each(&Columns { batch: &batch, path })?;
    }
    Ok(())
}

fn damaged(path: &Path, reason: &str) -> RunFileError {
    RunFileError::Damaged {
        path: path.to_owned(),
        reason: reason.to_owned(),
    }
}

/// Typed access to the columns of one batch.
struct Columns<'a> {
    batch: &'a RecordBatch,
    path: &'a Path,
}

impl<'a> Columns<'a> {
    fn column(&self, name: &str) -> Result<&'a ArrayRef> {
        self.batch
            .column_by_name(name)
            .ok_or_else(|| damaged(self.path, &format!("it has no column `{name}`")))
    }

    fn wrong(&self, name: &str) -> RunFileError {
        damaged(self.path, &format!("column `{name}` has another type"))
    }

    fn text(&self, name: &str) -> Result<&'a StringArray> {
        self.column(name)?
            .as_string_opt::<i32>()
            .ok_or_else(|| self.wrong(name))
    }

    fn u64(&self, name: &str) -> Result<&'a UInt64Array> {
        self.column(name)?
            .as_primitive_opt::<UInt64Type>()
            .ok_or_else(|| self.wrong(name))
    }

    fn u32(&self, name: &str) -> Result<&'a UInt32Array> {
        self.column(name)?
            .as_primitive_opt::<UInt32Type>()
            .ok_or_else(|| self.wrong(name))
    }

    fn date(&self, name: &str) -> Result<&'a Date32Array> {
        self.column(name)?
            .as_primitive_opt::<Date32Type>()
            .ok_or_else(|| self.wrong(name))
    }

    fn decimal(&self, name: &str) -> Result<&'a Decimal128Array> {
        self.column(name)?
            .as_primitive_opt::<Decimal128Type>()
            .ok_or_else(|| self.wrong(name))
    }
}

fn decimal_column(values: impl Iterator<Item = i128>, scale: u8) -> Result<ArrayRef> {
    let array = Decimal128Array::from_iter_values(values)
        .with_precision_and_scale(MAX_DIGITS, scale as i8)
        .map_err(|e| RunFileError::Unwritable(e.to_string()))?;
    Ok(Arc::new(array))
}

fn text_column<'a>(values: impl Iterator<Item = &'a str>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

/// Digits of a Decimal128 column.
const MAX_DIGITS: u8 = 38;

fn batch(schema: &Schema, columns: Vec<ArrayRef>) -> Result<RecordBatch> {
    RecordBatch::try_new(Arc::new(schema.clone()), columns)
        .map_err(|e| RunFileError::Unwritable(e.to_string()))
}

fn amount_field(name: &str, asset: Asset) -> Field {
    Field::new(name, DataType::Decimal128(MAX_DIGITS, asset.scale() as i8), false)
}

/// Writes lines, in their order. Amounts are decimals in the run's currency.
pub fn write_lines(path: &Path, asset: Asset, lines: &[Line]) -> Result<()> {
    let schema = Schema::new(vec![
        Field::new("id", DataType::Utf8, false),
        Field::new("creator_id", DataType::Utf8, false),
        Field::new("video_id", DataType::Utf8, false),
        amount_field("amount", asset),
        amount_field("before_caps", asset),
        Field::new("currency", DataType::Utf8, false),
        Field::new("views", DataType::UInt64, false),
        Field::new("qualified_views", DataType::UInt64, false),
        Field::new("first_unit", DataType::UInt32, false),
        Field::new("units", DataType::UInt32, false),
    ]);
    let batches = lines.chunks(BATCH).map(|part| {
        batch(
            &schema,
            vec![
                text_column(part.iter().map(|line| line.id.as_str())),
                text_column(part.iter().map(|line| &*line.creator)),
                text_column(part.iter().map(|line| &*line.video)),
                decimal_column(part.iter().map(|line| line.amount.units()), asset.scale())?,
                decimal_column(part.iter().map(|line| line.before_caps.units()), asset.scale())?,
                text_column(part.iter().map(|_| asset.code())),
                Arc::new(UInt64Array::from_iter_values(part.iter().map(|line| line.views))),
                Arc::new(UInt64Array::from_iter_values(
                    part.iter().map(|line| line.qualified_views),
                )),
                Arc::new(UInt32Array::from_iter_values(
                    part.iter().map(|line| line.units.start),
                )),
                Arc::new(UInt32Array::from_iter_values(
                    part.iter().map(|line| line.units.end - line.units.start),
                )),
            ],
        )
    });
    write(path, schema.clone(), batches)
}

/// Reads the lines for which `wanted(creator, video, id)` holds.
pub fn read_lines(
    path: &Path,
    asset: Asset,
    mut wanted: impl FnMut(&str, &str, &str) -> bool,
) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    read(path, |columns| {
        let (ids, creators, videos) = (
            columns.text("id")?,
            columns.text("creator_id")?,
            columns.text("video_id")?,
        );
        let (amounts, before) = (columns.decimal("amount")?, columns.decimal("before_caps")?);
        let (views, qualified) = (columns.u64("views")?, columns.u64("qualified_views")?);
        let (first, units) = (columns.u32("first_unit")?, columns.u32("units")?);
        for row in 0..ids.len() {
            if wanted(creators.value(row), videos.value(row), ids.value(row)) {
                lines.push(Line {
                    id: ids.value(row).to_owned(),
                    creator: creators.value(row).into(),
                    video: videos.value(row).into(),
                    amount: Money::new(asset, amounts.value(row)),
                    before_caps: Money::new(asset, before.value(row)),
                    units: first.value(row)..first.value(row) + units.value(row),
                    views: views.value(row),
                    qualified_views: qualified.value(row),
                });
            }
        }
        Ok(())
    })?;
    Ok(lines)
}

/// Writes units, in their order.
pub fn write_units(path: &Path, asset: Asset, units: &[Unit]) -> Result<()> {
    let schema = Schema::new(vec![
        Field::new("line", DataType::UInt32, false),
        Field::new("partition", DataType::UInt32, false),
        Field::new("day", DataType::Date32, true),
        Field::new("country", DataType::Utf8, false),
        Field::new("views", DataType::UInt64, false),
        Field::new("qualified_views", DataType::UInt64, false),
        Field::new("value", DataType::Utf8, false),
        Field::new("factor", DataType::Utf8, true),
        Field::new("weight", DataType::Decimal128(MAX_DIGITS, WEIGHT_PLACES), false),
        amount_field("before_caps", asset),
        amount_field("amount", asset),
    ]);
    let batches = units.chunks(BATCH).map(|part| {
        let values: Vec<_> = part.iter().map(|unit| unit.value.to_string()).collect();
        let factors: Vec<_> = part
            .iter()
            .map(|unit| unit.factor.map(|factor| factor.to_string()))
            .collect();
        let weights = part
            .iter()
            .map(|unit| i128::try_from(unit.weight))
            .collect::<Result<Vec<_>, _>>();
        let weights = weights.map_err(|e| RunFileError::Unwritable(e.to_string()))?;
        batch(
            &schema,
            vec![
                Arc::new(UInt32Array::from_iter_values(part.iter().map(|unit| unit.line))),
                Arc::new(UInt32Array::from_iter_values(
                    part.iter().map(|unit| unit.partition),
                )),
                Arc::new(Date32Array::from_iter(
                    part.iter().map(|unit| unit.day.map(days_since_epoch)),
                )),
                text_column(part.iter().map(|unit| &*unit.country)),
                Arc::new(UInt64Array::from_iter_values(part.iter().map(|unit| unit.views))),
                Arc::new(UInt64Array::from_iter_values(
                    part.iter().map(|unit| unit.qualified_views),
                )),
                text_column(values.iter().map(String::as_str)),
                Arc::new(StringArray::from_iter(factors.iter().map(Option::as_deref))),
                decimal_column(weights.into_iter(), WEIGHT_PLACES as u8)?,
                decimal_column(part.iter().map(|unit| unit.before_caps), asset.scale())?,
                decimal_column(part.iter().map(|unit| unit.amount), asset.scale())?,
            ],
        )
    });
    write(path, schema.clone(), batches)
}

/// Places of a quantised weight, as in `earning::WEIGHT_SCALE`.
const WEIGHT_PLACES: i8 = earning::WEIGHT_SCALE as i8;

/// Reads the units of some lines, keyed by the unit's index in the run.
pub fn read_units(path: &Path, lines: &[std::ops::Range<u32>]) -> Result<BTreeMap<u32, Unit>> {
    let mut found = BTreeMap::new();
    let mut index = 0u32;
    read(path, |columns| {
        let (line, partition, day) = (
            columns.u32("line")?,
            columns.u32("partition")?,
            columns.date("day")?,
        );
        let (country, value, factor) = (
            columns.text("country")?,
            columns.text("value")?,
            columns.text("factor")?,
        );
        let (views, qualified) = (columns.u64("views")?, columns.u64("qualified_views")?);
        let (weight, before, amount) = (
            columns.decimal("weight")?,
            columns.decimal("before_caps")?,
            columns.decimal("amount")?,
        );
        let parse = |text: &str| {
            text.parse::<Decimal>()
                .map_err(|_| damaged(path, &format!("`{text}` is not a decimal")))
        };
        for row in 0..line.len() {
            if lines.iter().any(|range| range.contains(&index)) {
                let unit = Unit {
                    line: line.value(row),
                    partition: partition.value(row),
                    day: day.is_valid(row).then(|| date_of(day.value(row))),
                    country: country.value(row).into(),
                    views: views.value(row),
                    qualified_views: qualified.value(row),
                    value: parse(value.value(row))?,
                    factor: factor
                        .is_valid(row)
                        .then(|| parse(factor.value(row)))
                        .transpose()?,
                    weight: weight.value(row).unsigned_abs(),
                    before_caps: before.value(row),
                    amount: amount.value(row),
                };
                found.insert(index, unit);
            }
            index += 1;
        }
        Ok(())
    })?;
    Ok(found)
}

/// The sum of the amounts of each line's units in one country, by the line's index; lines without such units are left out.
pub fn amounts_from(path: &Path, country: &str) -> Result<BTreeMap<u32, i128>> {
    let mut sums = BTreeMap::new();
    read(path, |columns| {
        let (lines, countries, amounts) = (
            columns.u32("line")?,
            columns.text("country")?,
            columns.decimal("amount")?,
        );
        for row in (0..lines.len()).filter(|row| countries.value(*row) == country) {
            *sums.entry(lines.value(row)).or_default() += amounts.value(row);
        }
        Ok(())
    })?;
    Ok(sums)
}

/// Days since 1970-01-01.
pub fn days_since_epoch(date: Date) -> i32 {
    (date - Date::constant(1970, 1, 1)).get_days()
}

/// The date of a day number. Day numbers come from dates, so they are in range.
pub fn date_of(days: i32) -> Date {
    Date::constant(1970, 1, 1).saturating_add(jiff::Span::new().days(days))
}

/// Writes decisions: an id column for selection and the decision itself as JSON.
pub fn write_decisions<T: Serialize>(path: &Path, decisions: &[T], id: impl Fn(&T) -> &str) -> Result<()> {
    let schema = Schema::new(vec![
        Field::new("id", DataType::Utf8, false),
        Field::new("decision", DataType::Utf8, false),
    ]);
    let batches = decisions.chunks(BATCH).map(|part| {
        let json: Result<Vec<_>, _> = part.iter().map(serde_json::to_string).collect();
        let json = json.map_err(|e| RunFileError::Unwritable(e.to_string()))?;
        batch(
            &schema,
            vec![
                text_column(part.iter().map(&id)),
                text_column(json.iter().map(String::as_str)),
            ],
        )
    });
    write(path, schema.clone(), batches)
}

/// Reads the decisions whose id is wanted.
pub fn read_decisions<T: DeserializeOwned>(
    path: &Path,
    mut wanted: impl FnMut(&str) -> bool,
) -> Result<Vec<T>> {
    let mut found = Vec::new();
    read(path, |columns| {
        let (ids, decisions) = (columns.text("id")?, columns.text("decision")?);
        for row in 0..ids.len() {
            if wanted(ids.value(row)) {
                let decision =
                    serde_json::from_str(decisions.value(row)).map_err(|e| damaged(path, &e.to_string()))?;
                found.push(decision);
            }
        }
        Ok(())
    })?;
    Ok(found)
}
