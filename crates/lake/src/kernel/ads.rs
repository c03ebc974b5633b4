//! Ad impressions: attributed to the video just before them, in one currency.

use super::KernelError;
use super::context::Context;
use super::decode::{Columns, Ids, Meaning, NO_ID};
use super::emission::key;
use super::ids::bucket;
use super::row::DAY_MS;
use super::shuffle::Writer;
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int64Type};
use std::path::Path;
use std::sync::atomic::Ordering;

/// Columns that every file of ad impressions has.
pub(crate) const REQUIRED: [&str; 4] = ["video_id", "occurred_at", "revenue", "currency"];
/// The columns that are read, as far as a file has them.
pub(crate) const COLUMNS: [&str; 6] = [
    "video_id",
    "occurred_at",
    "revenue",
    "currency",
    "country",
    "viewer_id",
];

/// Millionths in one.
const MILLION: i128 = 1_000_000;
/// Decimal places of a revenue.
const PLACES: i8 = 6;

/// One thread's decoder of ad impressions.
pub(crate) struct AdDecoder<'c> {
    context: &'c Context<'c>,
    videos: Ids,
    viewers: Ids,
    times: Vec<i64>,
    revenues: Vec<i64>,
    ours: Meaning<bool>,
    countries: Meaning<u16>,
}

impl<'c> AdDecoder<'c> {
    pub(crate) fn new(context: &'c Context<'c>) -> Self {
        AdDecoder {
            context,
            videos: Ids::default(),
            viewers: Ids::default(),
            times: Vec::new(),
            revenues: Vec::new(),
            ours: Meaning::default(),
            countries: Meaning::default(),
        }
    }

    /// Decodes a batch and scatters its impressions of the span by video, but those that repeat an event id.
    pub(crate) fn batch(
        &mut self,
        batch: &RecordBatch,
        path: &Path,
        repeated: impl Fn(usize) -> bool,
        writer: &mut Writer<'_, '_, 4>,
        bits: u32,
    ) -> Result<(), KernelError> {
        let (context, columns) = (self.context, Columns { batch, path });
        columns.ids("video_id", &context.interner, &mut self.videos)?;
        columns.times("occurred_at", &mut self.times)?;
        micros(&columns, &mut self.revenues)?;
        let has_viewers =
            context.by_payer() && columns.optional_ids("viewer_id", &context.interner, &mut self.viewers)?;
        let Some(currencies) = columns.words("currency")?.filter(|words| !words.some_missing()) else {
            return match batch.num_rows() {
                0 => Ok(()),
                _ => Err(columns.bad("currency", "a row has no value".to_owned())),
            };
        };
        let ours = self
            .ours
            .of(&currencies, |currency| Ok(currency == context.request.currency))?;
        let country_words = columns.words("country")?;
        let codes = match &country_words {
            Some(words) => self.countries.of(words, |country| context.places.code(country))?,
            None => &[],
        };
        let (start, length) = (context.span.start_ms(), context.span.length_ms());
        let mut foreign = 0;
        for row in 0..batch.num_rows() {
            let offset = self.times[row].wrapping_sub(start) as u64;
            if offset >= length || repeated(row) {
                continue;
            }
            if !ours[currencies.keys()[row] as usize] {
                foreign += 1;
                continue;
            }
            let country = match &country_words {
                Some(words) if !words.missing(row) => codes[words.keys()[row] as usize],
                _ => 0,
            };
            let payer = if has_viewers { self.viewers[row] } else { NO_ID };
            let words = [
                self.videos[row],
                key(country, (offset / DAY_MS) as u16),
                payer,
                self.revenues[row] as u64,
            ];
            writer.push(bucket(words[0], bits), words)?;
        }
        context.foreign_impressions.fetch_add(foreign, Ordering::Relaxed);
        Ok(())
    }
}

/// Revenues in millionths.
fn micros(columns: &Columns<'_>, out: &mut Vec<i64>) -> Result<(), KernelError> {
    let column = "revenue";
    let missing = || KernelError::MissingColumn {
        path: columns.path.to_owned(),
        column,
    };
    let array = columns.find(column).ok_or_else(missing)?;
    if array.null_count() > 0 {
        return Err(columns.bad(column, "a row has no value".to_owned()));
    }
    out.clear();
    let too_large = |value: String| columns.bad(column, format!("{value} does not fit in millionths"));
    match array.data_type() {
        DataType::Decimal128(_, scale) if (0..=PLACES).contains(scale) => {
            let factor = 10i128.pow((PLACES - scale) as u32);
            for value in array.as_primitive::<Decimal128Type>().values() {
                let micros = value
                    .checked_mul(factor)
                    .and_then(|micros| i64::try_from(micros).ok());
                out.push(micros.ok_or_else(|| too_large(value.to_string()))?);
            }
        }
        ty if ty.is_integer() => {
            let whole = cast(array, &DataType::Int64).map_err(KernelError::arrow(columns.path))?;
            for value in whole.as_primitive::<Int64Type>().values() {
                let micros = i64::try_from(i128::from(*value) * MILLION);
                out.push(micros.map_err(|_| too_large(value.to_string()))?);
            }
        }
        _ => {
            for text in texts(columns, array)? {
                out.push(decimal_micros(&text).map_err(|reason| columns.bad(column, reason))?);
            }
        }
    }
    Ok(())
}

/// Numbers as people write them. A binary fraction becomes the shortest text that means it, as import does.
fn texts(columns: &Columns<'_>, array: &ArrayRef) -> Result<Vec<String>, KernelError> {
    let to = |ty: &DataType| cast(array, ty).map_err(KernelError::arrow(columns.path));
    match array.data_type() {
        DataType::Float32 | DataType::Float64 => {
            let values = to(&DataType::Float64)?;
            Ok(values
                .as_primitive::<Float64Type>()
                .values()
                .iter()
                .map(|value| format!("{value}"))
                .collect())
        }
        _ => {
            let values = to(&DataType::Utf8)?;
            let values = values.as_string::<i32>();
            Ok((0..values.len())
                .map(|row| values.value(row).to_owned())
                .collect())
        }
    }
}

/// Millionths of a decimal text with at most six places that matter.
fn decimal_micros(text: &str) -> Result<i64, String> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, places) = digits.split_once('.').unwrap_or((digits, ""));
    let places = places.trim_end_matches('0');
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !plain(whole) || !plain(places) || places.len() > PLACES as usize {
        return Err(format!("`{text}` is not a decimal with at most six places"));
    }
    let micros = format!("{whole}{places:0<6}").parse::<i64>();
    let micros = micros.map_err(|_| format!("`{text}` does not fit in millionths"))?;
    Ok(if negative { -micros } else { micros })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        for (text, micros) in [
            ("0.0123", 12_300),
            ("-3", -3_000_000),
            ("1.2345670", 1_234_567),
            ("0.000001", 1),
        ] {
            assert_eq!(decimal_micros(text), Ok(micros), "{text}");
        }
        for text in ["", ".5", "1e3", "0.0000001", "NaN", "99999999999999"] {
            assert!(decimal_micros(text).is_err(), "{text}");
        }
    }
}
