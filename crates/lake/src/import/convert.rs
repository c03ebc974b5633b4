//! One field of many rows: from text to typed values, with the rows whose text cannot be taken.

use super::batch::{Column, NO_COUNT, NO_FLAG, NO_NUMBER, Repeated};
use super::pool::{NO_CODE, Pool};
use event::mapping::Convert;
use event::schema::{Field, FieldType};
use event::value::{self, CountUnit, Reason, TimeUnit};

/// A converted field.
#[derive(Debug)]
pub(crate) struct Converted {
    /// The values; rows with a problem are empty.
    pub column: Column,
    /// Rows with a problem, ascending.
    pub problems: Vec<(u32, Reason)>,
}

impl Converted {
    /// Where a row is empty, and not because of a problem, the value or problem of another source.
    pub(crate) fn or(mut self, other: Converted, rows: usize) -> Converted {
        let known: Vec<u32> = self.problems.iter().map(|(row, _)| *row).collect();
        let open = |row: usize| known.binary_search(&(row as u32)).is_err();
        let missing: Vec<bool> = (0..rows)
            .map(|row| self.column.is_empty_at(row) && open(row))
            .collect();
        if !missing.contains(&true) {
            return self;
        }
        let problems = other.problems.into_iter();
        self.problems
            .extend(problems.filter(|(row, _)| missing[*row as usize]));
        self.problems.sort_by_key(|(row, _)| *row);
        self.column.fill(&missing, &other.column);
        self
    }
}

/// Converts texts. `get` gives a row's text, `None` for an empty one.
pub(crate) fn convert<'a>(
    field: &Field,
    conversion: &Convert,
    rows: usize,
    get: impl Fn(usize) -> Option<&'a str>,
) -> Converted {
    match conversion {
        Convert::Modulo(divisor) => {
            let mut problems = Vec::new();
            let texts = remainders(rows, &get, *divisor, &mut problems);
            let mut converted = typed(field, &Convert::None, rows, |row| texts[row].as_deref());
            converted.problems.extend(problems);
            converted.problems.sort_by_key(|(row, _)| *row);
            converted
        }
        Convert::Equals(wanted) => typed(field, &Convert::None, rows, |row| {
            get(row).map(|text| if text == wanted { "true" } else { "false" })
        }),
        _ => typed(field, conversion, rows, get),
    }
}

fn typed<'a>(
    field: &Field,
    conversion: &Convert,
    rows: usize,
    get: impl Fn(usize) -> Option<&'a str>,
) -> Converted {
    let mut problems = Vec::new();
    let column = match (conversion, field.ty) {
        (Convert::Stored, FieldType::Id) => codes(
            rows,
            get,
            Repeated::of(field.name),
            &mut problems,
            value::derived_id,
        ),
        (_, FieldType::Id) => codes(rows, get, Repeated::of(field.name), &mut problems, value::id),
        (_, FieldType::IdList) => codes(rows, get, Repeated::Often, &mut problems, value::id_list),
        (_, FieldType::Text) => codes(rows, get, Repeated::Often, &mut problems, |text| {
            value::text(field.name, text)
        }),
        (_, FieldType::Timestamp) => {
            let unit = if let Convert::Time(unit) = conversion {
                *unit
            } else {
                TimeUnit::Text
            };
            numbers(rows, get, &mut problems, |text| {
                value::timestamp_millis(text, unit)
            })
        }
        (_, FieldType::Date) => numbers(rows, get, &mut problems, |text| {
            value::date_days(text).map(i64::from)
        }),
        (_, FieldType::Decimal) => numbers(rows, get, &mut problems, value::decimal_micros),
        (_, FieldType::Ip) => numbers(rows, get, &mut problems, |text| {
            value::ip(text).map(|address| address.map_or(NO_NUMBER, i64::from))
        }),
        (_, FieldType::Count { max }) => {
            let unit = if let Convert::Count(unit) = conversion {
                *unit
            } else {
                CountUnit::Own
            };
            Column::Counts(each(rows, get, &mut problems, NO_COUNT, |text| {
                value::count(text, unit, max)
            }))
        }
        (_, FieldType::Bool) => Column::Flags(each(rows, get, &mut problems, NO_FLAG, |text| {
            value::boolean(text).map(u8::from)
        })),
    };
    Converted { column, problems }
}

/// The same text in every row.
pub(crate) fn constant(field: &Field, text: &str, rows: usize) -> Converted {
    let one = convert(field, &Convert::None, 1, |_| {
        Some(text).filter(|text| !text.is_empty())
    });
    let column = match one.column {
        Column::Absent => Column::Absent,
        Column::Codes(codes, pool) => Column::Codes(vec![codes[0]; rows], pool),
        Column::Numbers(numbers) => Column::Numbers(vec![numbers[0]; rows]),
        Column::Counts(counts) => Column::Counts(vec![counts[0]; rows]),
        Column::Flags(flags) => Column::Flags(vec![flags[0]; rows]),
    };
    let problems = one.problems.into_iter().next();
    let problems = problems.map(|(_, reason)| (0..rows as u32).map(|row| (row, reason.clone())).collect());
    Converted {
        column,
        problems: problems.unwrap_or_default(),
    }
}

fn each<'a, T: Copy>(
    rows: usize,
    get: impl Fn(usize) -> Option<&'a str>,
    problems: &mut Vec<(u32, Reason)>,
    empty: T,
    read: impl Fn(&str) -> Result<T, Reason>,
) -> Vec<T> {
    let value = |row: usize| match get(row).map(&read) {
        None => empty,
        Some(Ok(value)) => value,
        Some(Err(reason)) => {
            problems.push((row as u32, reason));
            empty
        }
    };
    (0..rows).map(value).collect()
}

fn numbers<'a>(
    rows: usize,
    get: impl Fn(usize) -> Option<&'a str>,
    problems: &mut Vec<(u32, Reason)>,
    read: impl Fn(&str) -> Result<i64, Reason>,
) -> Column {
    Column::Numbers(each(rows, get, problems, NO_NUMBER, read))
}

fn codes<'a>(
    rows: usize,
    get: impl Fn(usize) -> Option<&'a str>,
    repeated: Repeated,
    problems: &mut Vec<(u32, Reason)>,
    check: impl Fn(&str) -> Result<(), Reason>,
) -> Column {
    let mut pool = Box::new(Pool::default());
    let mut codes = Vec::with_capacity(rows);
    // Runs of one text are common: logs are often sorted by viewer or written by country.
    let mut last: Option<(&str, u64)> = None;
    for row in 0..rows {
        let Some(text) = get(row) else {
            codes.push(NO_CODE);
            continue;
        };
        if let Some((before, code)) = last
            && before == text
        {
            codes.push(code);
            continue;
        }
        let code = match check(text) {
            Ok(()) if repeated == Repeated::Once => pool.code_once(text),
            Ok(()) => pool.code(text),
            Err(reason) => {
                problems.push((row as u32, reason));
                codes.push(NO_CODE);
                continue;
            }
        };
        last = Some((text, code));
        codes.push(code);
    }
    Column::Codes(codes, pool)
}

fn remainders<'a>(
    rows: usize,
    get: &impl Fn(usize) -> Option<&'a str>,
    divisor: u64,
    problems: &mut Vec<(u32, Reason)>,
) -> Vec<Option<String>> {
    let remainder = |row: usize| {
        let text = get(row)?;
        match text.trim_matches(' ').parse::<i128>() {
            Ok(value) => Some(value.rem_euclid(i128::from(divisor)).to_string()),
            Err(_) => {
                problems.push((row as u32, Reason::NotWhole));
                None
            }
        }
    };
    (0..rows).map(remainder).collect()
}
