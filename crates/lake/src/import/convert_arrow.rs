//! One field of many rows: from Arrow arrays to typed values without going through text where the types allow.

use super::batch::{Column, NO_COUNT, NO_FLAG, NO_NUMBER};
use super::convert::{Converted, convert};
use super::pool::{NO_CODE, Pool};
use arrow::array::{Array, ArrayRef, AsArray, DictionaryArray, PrimitiveArray};
use arrow::compute::cast;
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Decimal128Type, Float64Type, Int32Type, Int64Type,
    TimeUnit as ArrowUnit, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt32Type, UInt64Type,
};
use event::id::FIRST_INTERNED;
use event::mapping::Convert;
use event::schema::{Field, FieldType};
use event::value::{self, CountUnit, Number, Reason, TimeUnit};
use hashbrown::HashMap;

/// Converts an array.
pub(crate) fn convert_array(field: &Field, conversion: &Convert, array: &ArrayRef) -> Converted {
    if matches!(array.data_type(), DataType::Null) {
        return Converted {
            column: Column::Absent,
            problems: Vec::new(),
        };
    }
    fast(field, conversion, array).unwrap_or_else(|| by_text(field, conversion, array))
}

fn fast(field: &Field, conversion: &Convert, array: &ArrayRef) -> Option<Converted> {
    match (field.ty, conversion) {
        (FieldType::Id | FieldType::Text | FieldType::IdList, Convert::None)
            if matches!(array.data_type(), DataType::Dictionary(..)) =>
        {
            dictionary(field, array)
        }
        (FieldType::Id, Convert::None | Convert::Stored) => ids(array, |value| value),
        (FieldType::Id, Convert::Modulo(divisor)) => ids(array, |value| value % divisor),
        (FieldType::Timestamp, Convert::None) => instants(array),
        (FieldType::Timestamp, Convert::Time(unit)) => unix_numbers(array, *unit),
        (FieldType::Count { max }, Convert::None) => counts(array, CountUnit::Own, max),
        (FieldType::Count { max }, Convert::Count(unit)) => counts(array, *unit, max),
        (FieldType::Bool, Convert::None) => flags(array),
        (FieldType::Date, Convert::None) if *array.data_type() == DataType::Date32 => {
            let days = array.as_primitive::<Date32Type>();
            Some(numbers(days, |day| Ok(i64::from(day))))
        }
        (FieldType::Ip, Convert::None) if *array.data_type() == DataType::UInt32 => {
            let addresses = array.as_primitive::<UInt32Type>();
            Some(numbers(addresses, |address| Ok(i64::from(address))))
        }
        (FieldType::Decimal, Convert::None) => match array.data_type() {
            DataType::Decimal128(_, scale) if (0..=30).contains(scale) => {
                let scale = u32::from(scale.unsigned_abs());
                let decimals = array.as_primitive::<Decimal128Type>();
                Some(numbers(decimals, |mantissa| {
                    value::micros_of(Number { mantissa, scale })
                }))
            }
            _ => None,
        },
        _ => None,
    }
}

/// Texts by dictionary: each is checked and numbered once.
fn dictionary(field: &Field, array: &ArrayRef) -> Option<Converted> {
    let array = array.as_any().downcast_ref::<DictionaryArray<Int32Type>>()?;
    let texts = array.values().as_string_opt::<i32>()?;
    let get = |index: usize| {
        texts
            .is_valid(index)
            .then(|| texts.value(index))
            .filter(|text| !text.is_empty())
    };
    let values = convert(field, &Convert::None, texts.len(), get);
    let Column::Codes(known, pool) = values.column else {
        return None;
    };
    let keys = array.keys();
    let codes = keys
        .iter()
        .map(|key| key.map_or(NO_CODE, |key| known[key as usize]))
        .collect();
    let mut problems = Vec::new();
    if !values.problems.is_empty() {
        let reasons: HashMap<i32, Reason> = values
            .problems
            .into_iter()
            .map(|(index, reason)| (index as i32, reason))
            .collect();
        for (row, key) in keys.iter().enumerate() {
            if let Some(reason) = key.and_then(|key| reasons.get(&key)) {
                problems.push((row as u32, reason.clone()));
            }
        }
    }
    Some(Converted {
        column: Column::Codes(codes, pool),
        problems,
    })
}

/// Has a column too few values to be ids: days, or yes and no?
fn is_no_id(field: &Field, ty: &DataType) -> bool {
    let ty = match ty {
        DataType::Dictionary(_, value) => value.as_ref(),
        other => other,
    };
    let is_text_or_number = ty.is_numeric()
        || matches!(
            ty,
            DataType::Utf8
                | DataType::LargeUtf8
                | DataType::Utf8View
                | DataType::Binary
                | DataType::LargeBinary
                | DataType::BinaryView
                | DataType::FixedSizeBinary(_)
                | DataType::Null
        );
    !is_text_or_number && matches!(field.ty, FieldType::Id | FieldType::IdList)
}

/// Any type through its text: what makes every column of every file readable.
fn by_text(field: &Field, conversion: &Convert, array: &ArrayRef) -> Converted {
    let text = match array.data_type() {
        DataType::Utf8 => Some(array.clone()),
        ty if ty.is_nested() || is_no_id(field, ty) => None,
        _ => cast(array, &DataType::Utf8).ok(),
    };
    let Some(text) = text else {
        let reason = Reason::WrongType {
            found: array.data_type().to_string(),
        };
        let present = (0..array.len()).filter(|row| array.is_valid(*row));
        let problems = present.map(|row| (row as u32, reason.clone())).collect();
        return Converted {
            column: Column::Absent,
            problems,
        };
    };
    let text = text.as_string::<i32>();
    let float = array.data_type().is_floating();
    let has_places = float || array.data_type().is_decimal();
    let get = |row: usize| {
        let value = text
            .is_valid(row)
            .then(|| text.value(row))
            .filter(|text| !text.is_empty())?;
        match value {
            "NaN" if float => None,
            // A column of whole numbers with gaps comes as floats out of many tools, one of large ones as decimals with places.
            value if has_places && matches!(field.ty, FieldType::Id) => Some(without_places(value)),
            value => Some(value),
        }
    };
    convert(field, conversion, array.len(), get)
}

/// The whole number that a text with nothing but zeros behind its point is.
fn without_places(text: &str) -> &str {
    match text.split_once('.') {
        Some((whole, places)) if places.bytes().all(|digit| digit == b'0') => whole,
        _ => text,
    }
}

/// Rows of a decimal or floating-point column whose number is not whole, or so large that several whole numbers become it.
pub(crate) fn rounded_rows(array: &ArrayRef) -> Vec<usize> {
    let ty = match array.data_type() {
        DataType::Dictionary(_, value) => value.as_ref(),
        other => other,
    };
    let limit = match ty {
        DataType::Decimal128(_, scale) | DataType::Decimal256(_, scale) if *scale > 0 => {
            return rows_with_places(array);
        }
        DataType::Float64 => value::MAX_EXACT_FLOAT as f64,
        DataType::Float32 => 16_777_216.0,
        DataType::Float16 => 2_048.0,
        _ => return Vec::new(),
    };
    let Ok(array) = cast(array, &DataType::Float64) else {
        return (0..array.len()).collect();
    };
    let numbers = array.as_primitive::<Float64Type>().iter().enumerate();
    let is_rounded = |number: f64| !(number.is_nan() || (number.abs() < limit && number.fract() == 0.0));
    numbers
        .filter(|(_, number)| number.is_some_and(is_rounded))
        .map(|(row, _)| row)
        .collect()
}

fn rows_with_places(array: &ArrayRef) -> Vec<usize> {
    let Ok(texts) = cast(array, &DataType::Utf8) else {
        return (0..array.len()).collect();
    };
    let texts = texts.as_string::<i32>().iter().enumerate();
    texts
        .filter(|(_, text)| text.is_some_and(|text| without_places(text).contains('.')))
        .map(|(row, _)| row)
        .collect()
}

fn ids(array: &ArrayRef, map: impl Fn(u64) -> u64) -> Option<Converted> {
    fn of<T: ArrowPrimitiveType>(array: &ArrayRef, map: impl Fn(u64) -> u64) -> Option<Column>
    where
        T::Native: TryInto<u64>,
    {
        let values = array.as_primitive::<T>();
        let mut codes = Vec::with_capacity(values.len());
        for value in values {
            match value.map(TryInto::<u64>::try_into) {
                None => codes.push(NO_CODE),
                Some(Ok(value)) if value < FIRST_INTERNED => codes.push(map(value)),
                // Negative or beyond 63 bits: by its text.
                Some(_) => return None,
            }
        }
        Some(Column::Codes(codes, Box::<Pool>::default()))
    }
    let column = match array.data_type() {
        DataType::Int64 => of::<Int64Type>(array, map),
        DataType::UInt64 => of::<UInt64Type>(array, map),
        DataType::Int32 => of::<Int32Type>(array, map),
        DataType::UInt32 => of::<UInt32Type>(array, map),
        _ => None,
    };
    column.map(|column| Converted {
        column,
        problems: Vec::new(),
    })
}

fn numbers<T: ArrowPrimitiveType>(
    values: &PrimitiveArray<T>,
    read: impl Fn(T::Native) -> Result<i64, Reason>,
) -> Converted {
    let mut problems = Vec::new();
    let mut take = |row: usize, value: T::Native| match read(value) {
        Ok(number) => number,
        Err(reason) => {
            problems.push((row as u32, reason));
            NO_NUMBER
        }
    };
    let column = if values.null_count() == 0 {
        values
            .values()
            .iter()
            .enumerate()
            .map(|(row, value)| take(row, *value))
            .collect()
    } else {
        let values = values.iter().enumerate();
        values
            .map(|(row, value)| value.map_or(NO_NUMBER, |value| take(row, value)))
            .collect()
    };
    Converted {
        column: Column::Numbers(column),
        problems,
    }
}

fn instants(array: &ArrayRef) -> Option<Converted> {
    let checked = |millis: i64| {
        let range = value::FIRST_MILLIS..=value::LAST_MILLIS;
        if range.contains(&millis) {
            Ok(millis)
        } else {
            Err(Reason::TimeRange)
        }
    };
    // Without a time zone the instants are taken as UTC; with one they are UTC already.
    Some(match array.data_type() {
        DataType::Timestamp(ArrowUnit::Millisecond, _) => {
            numbers(array.as_primitive::<TimestampMillisecondType>(), checked)
        }
        DataType::Timestamp(ArrowUnit::Second, _) => {
            let seconds = array.as_primitive::<TimestampSecondType>();
            numbers(seconds, |value| checked(value.saturating_mul(1_000)))
        }
        DataType::Timestamp(ArrowUnit::Microsecond, _) => {
            let micros = array.as_primitive::<TimestampMicrosecondType>();
            numbers(micros, |value| checked(value.div_euclid(1_000)))
        }
        DataType::Timestamp(ArrowUnit::Nanosecond, _) => {
            let nanos = array.as_primitive::<TimestampNanosecondType>();
            numbers(nanos, |value| checked(value.div_euclid(1_000_000)))
        }
        _ => return None,
    })
}

fn unix_numbers(array: &ArrayRef, unit: TimeUnit) -> Option<Converted> {
    let read = |value: i64| {
        value::instant_of(
            Number {
                mantissa: i128::from(value),
                scale: 0,
            },
            unit,
        )
    };
    match array.data_type() {
        DataType::Int64 => Some(numbers(array.as_primitive::<Int64Type>(), read)),
        DataType::Int32 => Some(numbers(array.as_primitive::<Int32Type>(), |value| {
            read(i64::from(value))
        })),
        DataType::UInt32 => Some(numbers(array.as_primitive::<UInt32Type>(), |value| {
            read(i64::from(value))
        })),
        // Typed instants need no unit: a mapping written for text files still works.
        DataType::Timestamp(..) => instants(array),
        _ => None,
    }
}

fn counts(array: &ArrayRef, unit: CountUnit, max: u32) -> Option<Converted> {
    fn of<T: ArrowPrimitiveType>(array: &ArrayRef, unit: CountUnit, max: u32) -> Converted
    where
        T::Native: Into<i128>,
    {
        let values = array.as_primitive::<T>();
        let mut problems = Vec::new();
        let counts = values.iter().enumerate().map(|(row, value)| {
            let Some(value) = value else { return NO_COUNT };
            let mantissa: i128 = value.into();
            let count = match (unit, u32::try_from(mantissa)) {
                (CountUnit::Own, Ok(count)) if count <= max => Ok(count),
                _ => value::count_of(Number { mantissa, scale: 0 }, unit, max),
            };
            count.unwrap_or_else(|reason| {
                problems.push((row as u32, reason));
                NO_COUNT
            })
        });
        let column = Column::Counts(counts.collect());
        Converted { column, problems }
    }
    match array.data_type() {
        DataType::UInt32 => Some(of::<UInt32Type>(array, unit, max)),
        DataType::Int32 => Some(of::<Int32Type>(array, unit, max)),
        DataType::Int64 => Some(of::<Int64Type>(array, unit, max)),
        DataType::UInt64 => Some(of::<UInt64Type>(array, unit, max)),
        _ => None,
    }
}

fn flags(array: &ArrayRef) -> Option<Converted> {
    if *array.data_type() != DataType::Boolean {
        return None;
    }
    let flags = array
        .as_boolean()
        .iter()
        .map(|flag| flag.map_or(NO_FLAG, u8::from));
    Some(Converted {
        column: Column::Flags(flags.collect()),
        problems: Vec::new(),
    })
}
