//! Arrow arrays to the kernel's values: ids to numbers, times to milliseconds, everything checked.

use super::KernelError;
use super::ids::{Interner, inline_decimal};
use crate::id_set::IdSet;
use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, PrimitiveArray, RecordBatch, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int32Type, Int64Type, TimeUnit, UInt32Type, UInt64Type};
use event::id::{FIRST_INTERNED, decimal};
use std::path::Path;
use std::sync::Arc;

/// A batch and where it came from, for messages.
pub(crate) struct Columns<'a> {
    pub batch: &'a RecordBatch,
    pub path: &'a Path,
}

impl<'a> Columns<'a> {
    pub(crate) fn find(&self, column: &'static str) -> Option<&'a ArrayRef> {
        self.batch.column_by_name(column)
    }

    fn required(&self, column: &'static str) -> Result<&'a ArrayRef, KernelError> {
        let missing = || KernelError::MissingColumn {
            path: self.path.to_owned(),
            column,
        };
        let array = self.find(column).ok_or_else(missing)?;
        if array.null_count() > 0 {
            return Err(self.bad(column, "a row has no value".to_owned()));
        }
        Ok(array)
    }

    pub(crate) fn bad(&self, column: &'static str, reason: String) -> KernelError {
        KernelError::Value {
            path: self.path.to_owned(),
            column,
            reason,
        }
    }

    fn wrong_type(&self, column: &'static str, found: &DataType, expected: &'static str) -> KernelError {
        let (path, column, found) = (self.path.to_owned(), column.to_owned(), found.to_string());
        KernelError::ColumnType {
            path,
            column,
            found,
            expected,
        }
    }

    fn converted(&self, array: &ArrayRef, to: &DataType) -> Result<ArrayRef, KernelError> {
        cast(array, to).map_err(KernelError::arrow(self.path))
    }

    /// Numbers of the ids of a required column.
    pub(crate) fn ids(
        &self,
        column: &'static str,
        interner: &Interner,
        out: &mut Ids,
    ) -> Result<(), KernelError> {
        let array = self.required(column)?;
        self.numbers(array, column, interner, out)
    }

    /// Numbers of the ids of an optional column; a row without one has `u64::MAX`. False: no such column.
    pub(crate) fn optional_ids(
        &self,
        column: &'static str,
        interner: &Interner,
        out: &mut Ids,
    ) -> Result<bool, KernelError> {
        out.numbers.clear();
        let Some(array) = self.find(column).filter(|array| array.null_count() < array.len()) else {
            return Ok(false);
        };
        self.numbers(array, column, interner, out)?;
        if let Some(nulls) = array.nulls() {
            let numbers = out.numbers.iter_mut().zip(nulls.iter());
            let missing = numbers.filter(|(_, valid)| !valid);
            missing.for_each(|(id, _)| *id = NO_ID);
        }
        Ok(true)
    }

    fn numbers(
        &self,
        array: &ArrayRef,
        column: &'static str,
        interner: &Interner,
        ids: &mut Ids,
    ) -> Result<(), KernelError> {
        let out = &mut ids.numbers;
        out.clear();
        out.reserve(array.len());
        match array.data_type() {
            DataType::Int64 => {
                let values = array.as_primitive::<Int64Type>().values();
                let signs = values.iter().fold(0, |signs, value| signs | value);
                out.extend(values.iter().map(|value| *value as u64));
                if signs < 0 {
                    let negative = values.iter().zip(out.iter_mut()).filter(|(value, _)| **value < 0);
                    negative.for_each(|(value, id)| *id = interner.number(&value.to_string()));
                }
            }
            DataType::UInt64 => {
                let number = |value: &u64| match *value {
                    small if small < FIRST_INTERNED => small,
                    large => interner.number(&large.to_string()),
                };
                out.extend(array.as_primitive::<UInt64Type>().values().iter().map(number));
            }
            DataType::Utf8View => numbers_of_views(array.as_string_view(), interner, out),
            ty if ty.is_integer() => {
                return self.numbers(&self.converted(array, &DataType::Int64)?, column, interner, ids);
            }
            DataType::Utf8 | DataType::LargeUtf8 => {
                return self.numbers(
                    &self.converted(array, &DataType::Utf8View)?,
                    column,
                    interner,
                    ids,
                );
            }
            ty if *ty == words_type() => {
                let words = Words {
                    array: Arc::clone(array),
                };
                let known = ids.known.of(&words, |text| Ok(interner.number(text)))?;
                // A row without a value may have any key.
                let number = |key: &i32| known.get(*key as usize).copied().unwrap_or(NO_ID);
                out.extend(words.keys().iter().map(number));
            }
            DataType::Dictionary(_, value) if value.is_integer() || is_text(value) => {
                return self.numbers(&self.converted(array, value)?, column, interner, ids);
            }
            other => return Err(self.wrong_type(column, other, "an integer or text")),
        }
        Ok(())
    }

    /// Calls `found` with each row whose id, in a required column, is one of a set.
    pub(crate) fn rows_of(
        &self,
        column: &'static str,
        ids: &IdSet,
        found: &mut impl FnMut(usize),
    ) -> Result<(), KernelError> {
        self.rows_in(self.required(column)?, column, ids, found)
    }

    fn rows_in(
        &self,
        array: &ArrayRef,
        column: &'static str,
        ids: &IdSet,
        found: &mut impl FnMut(usize),
    ) -> Result<(), KernelError> {
        match array.data_type() {
            DataType::Int64 => {
                let values = array.as_primitive::<Int64Type>().values().iter().enumerate();
                let is_one = |value: i64| match u64::try_from(value) {
                    Ok(value) => ids.has_decimal(value),
                    Err(_) => ids.has(&value.to_string()),
                };
                let rows = values.filter(|(_, value)| is_one(**value));
                rows.for_each(|(row, _)| found(row));
                Ok(())
            }
            DataType::Utf8View => {
                let texts = array.as_string_view();
                let is_one = |row: usize, view: u128| match inline_decimal(view) {
                    Some(value) => ids.has_decimal(value),
                    None => ids.has(texts.value(row)),
                };
                let rows = texts.views().iter().enumerate();
                let rows = rows.filter(|(row, view)| is_one(*row, **view));
                rows.for_each(|(row, _)| found(row));
                Ok(())
            }
            ty if ty.is_integer() && *ty != DataType::UInt64 => {
                self.rows_in(&self.converted(array, &DataType::Int64)?, column, ids, found)
            }
            DataType::UInt64 | DataType::Utf8 | DataType::LargeUtf8 | DataType::Dictionary(_, _) => {
                let texts = self.converted(array, &DataType::Utf8)?;
                self.rows_in(&self.converted(&texts, &DataType::Utf8View)?, column, ids, found)
            }
            other => Err(self.wrong_type(column, other, "an integer or text")),
        }
    }

    /// Milliseconds since 1970 of a required column.
    pub(crate) fn times(&self, column: &'static str, out: &mut Vec<i64>) -> Result<(), KernelError> {
        let array = self.required(column)?;
        out.clear();
        let DataType::Timestamp(unit, _) = array.data_type() else {
            return Err(self.wrong_type(column, array.data_type(), "a timestamp"));
        };
        let units = array.to_data();
        let units: &[i64] = units.buffer(0);
        match unit {
            TimeUnit::Second => out.extend(units.iter().map(|time| time.saturating_mul(1_000))),
            TimeUnit::Millisecond => out.extend_from_slice(units),
            TimeUnit::Microsecond => out.extend(units.iter().map(|time| time.div_euclid(1_000))),
            TimeUnit::Nanosecond => out.extend(units.iter().map(|time| time.div_euclid(1_000_000))),
        }
        Ok(())
    }

    /// Whole numbers of a required column, up to a bound.
    pub(crate) fn counts(
        &self,
        column: &'static str,
        max: u32,
        out: &mut Vec<u32>,
    ) -> Result<(), KernelError> {
        let array = self.required(column)?;
        self.whole(array, column, max, out)
    }

    /// Whole numbers of an optional column, up to a bound; a row without one has 0. False: no such column.
    pub(crate) fn optional_counts(
        &self,
        column: &'static str,
        max: u32,
        out: &mut Vec<u32>,
    ) -> Result<bool, KernelError> {
        out.clear();
        let Some(array) = self.find(column).filter(|array| array.null_count() < array.len()) else {
            return Ok(false);
        };
        self.whole(array, column, max, out)?;
        Ok(true)
    }

    fn whole(
        &self,
        array: &ArrayRef,
        column: &'static str,
        max: u32,
        out: &mut Vec<u32>,
    ) -> Result<(), KernelError> {
        out.clear();
        if *array.data_type() == DataType::UInt32 && array.null_count() == 0 {
            let values = array.as_primitive::<UInt32Type>().values();
            out.extend_from_slice(values);
            return match values.iter().find(|value| **value > max) {
                Some(value) => Err(self.bad(column, format!("{value} is more than {max}"))),
                None => Ok(()),
            };
        }
        if *array.data_type() == DataType::Int64 && array.null_count() == 0 {
            let values = array.as_primitive::<Int64Type>().values();
            out.extend(values.iter().map(|value| *value as u32));
            // One look at all of them; whoever is outside is found afterwards.
            let is_outside = |value: i64| value as u64 > u64::from(max);
            let some = values.iter().fold(false, |some, value| some | is_outside(*value));
            let outside = || values.iter().find(|value| is_outside(**value));
            return match some.then(outside).flatten() {
                Some(value) => Err(self.bad(column, format!("{value} is not from 0 to {max}"))),
                None => Ok(()),
            };
        }
        if !array.data_type().is_integer() {
            return Err(self.wrong_type(column, array.data_type(), "a whole number"));
        }
        let wide = self.converted(array, &DataType::Int64)?;
        let wide: &PrimitiveArray<Int64Type> = wide.as_primitive();
        out.reserve(wide.len());
        let mut outside = None;
        for index in 0..wide.len() {
            let value = if wide.is_valid(index) {
                wide.value(index)
            } else {
                0
            };
            if !(0..=i64::from(max)).contains(&value) {
                outside = Some(value);
            }
            out.push(value as u32);
        }
        match outside {
            Some(value) => Err(self.bad(column, format!("{value} is not from 0 to {max}"))),
            None => Ok(()),
        }
    }

    /// An optional yes-or-no column that has at least one value.
    pub(crate) fn flags(&self, column: &'static str) -> Result<Option<&'a BooleanArray>, KernelError> {
        let Some(array) = self.find(column).filter(|array| array.null_count() < array.len()) else {
            return Ok(None);
        };
        match array.data_type() {
            DataType::Boolean => Ok(Some(array.as_boolean())),
            other => Err(self.wrong_type(column, other, "yes or no")),
        }
    }

    /// An optional column of texts with few distinct values: for each row an index into the texts, or `None`.
    pub(crate) fn words(&self, column: &'static str) -> Result<Option<Words>, KernelError> {
        let Some(array) = self.find(column).filter(|array| array.null_count() < array.len()) else {
            return Ok(None);
        };
        let dictionary = words_type();
        let array = match array.data_type() {
            same if *same == dictionary => Arc::clone(array),
            DataType::Dictionary(_, value) if is_text(value) => {
                self.converted(&self.converted(array, &DataType::Utf8)?, &dictionary)?
            }
            text if is_text(text) => self.converted(array, &dictionary)?,
            other => return Err(self.wrong_type(column, other, "text")),
        };
        Ok(Some(Words { array }))
    }
}

/// The number of a missing id: no interner ever gives it out.
pub(crate) const NO_ID: u64 = u64::MAX;

/// The numbers of a column's ids, and what the texts of its dictionary are known to be.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    numbers: Vec<u64>,
    known: Meaning<u64>,
}

impl std::ops::Deref for Ids {
    type Target = [u64];

    fn deref(&self) -> &[u64] {
        &self.numbers
    }
}

/// The type of columns whose texts are looked at once per dictionary.
pub(super) fn words_type() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

fn is_text(ty: &DataType) -> bool {
    matches!(ty, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

fn numbers_of_views(array: &StringViewArray, interner: &Interner, out: &mut Vec<u64>) {
    let mut last = (0u128, NO_ID);
    for (index, view) in array.views().iter().enumerate() {
        // Sorted and dictionary-encoded columns repeat the very same view.
        if *view != last.0 || last.1 == NO_ID {
            let number = inline_decimal(*view).unwrap_or_else(|| {
                let text = array.value(index);
                decimal(text).unwrap_or_else(|| interner.number(text))
            });
            last = (*view, number);
        }
        out.push(last.1);
    }
}

/// Texts with few distinct values.
pub(crate) struct Words {
    array: ArrayRef,
}

impl Words {
    /// The distinct texts.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        let values = self
            .array
            .as_dictionary::<Int32Type>()
            .values()
            .as_string::<i32>();
        (0..values.len()).map(|index| values.value(index))
    }

    /// Identifies the list of texts as long as the array lives: batches of one row group share it.
    pub(crate) fn list(&self) -> &ArrayRef {
        self.array.as_dictionary::<Int32Type>().values()
    }

    /// The rows: an array that is null where a row has no text.
    pub(crate) fn rows(&self) -> &dyn Array {
        &self.array
    }

    /// The index of each row's text; meaningless where [`Words::missing`] says so.
    pub(crate) fn keys(&self) -> &[i32] {
        self.array.as_dictionary::<Int32Type>().keys().values()
    }

    /// Whether a row has no text.
    pub(crate) fn missing(&self, row: usize) -> bool {
        self.array.is_null(row)
    }

    /// Whether some row has no text.
    pub(crate) fn some_missing(&self) -> bool {
        self.array.null_count() > 0
    }
}

/// What each distinct text of a column stands for, worked out once per list of texts.
#[derive(Debug)]
pub(crate) struct Meaning<T> {
    list: Option<ArrayRef>,
    values: Vec<T>,
}

impl<T> Default for Meaning<T> {
    fn default() -> Self {
        Meaning {
            list: None,
            values: Vec::new(),
        }
    }
}

impl<T: Copy> Meaning<T> {
    /// The meanings of the texts, in their order.
    pub(crate) fn of(
        &mut self,
        words: &Words,
        mut mean: impl FnMut(&str) -> Result<T, KernelError>,
    ) -> Result<&[T], KernelError> {
        let known = self
            .list
            .as_ref()
            .is_some_and(|list| Arc::ptr_eq(list, words.list()));
        if !known {
            self.values = words.texts().map(&mut mean).collect::<Result<_, _>>()?;
            self.list = Some(Arc::clone(words.list()));
        }
        Ok(&self.values)
    }
}
