//! The value of a field's key: a column, a conversion, a constant, columns joined, a formula.

use super::values::{string, strings};
use super::{Convert, Source};
use crate::schema::{Field, FieldType};
use crate::value::{CountUnit, TimeUnit};
use ::document::{Reader, nearest};
use formula::{Formula, Scope, Type};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

const KEYS: [&str; 8] = [
    "column", "unit", "modulo", "equals", "constant", "join", "with", "expr",
];

/// Reads one source; `None` after noting what is wrong with it.
pub(super) fn read_source(
    reader: &mut Reader<'_>,
    field: &Field,
    value: &Spanned<DeValue<'_>>,
) -> Option<Source> {
    match value.get_ref() {
        DeValue::String(column) => Some(Source::Column {
            column: column.clone().into_owned(),
            convert: Convert::None,
        }),
        DeValue::Table(table) => read_table(reader, field, value.span(), table),
        other => {
            let message = format!(
                "`{}` is {}, not a column or a table",
                field.name,
                other.type_str()
            );
            let help = format!(
                "for the same value in every row write {} = {{ constant = ... }}",
                field.name
            );
            reader
                .refuse("mapping/wrong-type", &value.span(), message)
                .help(help);
            None
        }
    }
}

/// Whether a source has no key that sources do not have; the first one is noted.
fn has_known_keys(reader: &mut Reader<'_>, table: &DeTable<'_>) -> bool {
    for (key, _) in table.iter() {
        let name = key.get_ref().as_ref();
        if !KEYS.contains(&name) {
            let help = match nearest(name, KEYS) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("keys are {}", KEYS.join(", ")),
            };
            reader
                .refuse(
                    "mapping/unknown-key",
                    &key.span(),
                    format!("unknown key `{name}`"),
                )
                .help(help);
            return false;
        }
    }
    true
}

fn read_table(
    reader: &mut Reader<'_>,
    field: &Field,
    span: Range<usize>,
    table: &DeTable<'_>,
) -> Option<Source> {
    if !has_known_keys(reader, table) {
        return None;
    }
    let main = ["column", "constant", "join", "expr"];
    let given: Vec<&str> = main.into_iter().filter(|key| table.contains_key(*key)).collect();
    let [main] = given[..] else {
        let message = format!(
            "`{}` needs exactly one of column, constant, join, expr",
            field.name
        );
        reader.refuse("mapping/source", &span, message);
        return None;
    };
    let allowed: &[&str] = match main {
        "column" => &["column", "unit", "modulo", "equals"],
        "join" => &["join", "with"],
        _ => &[main],
    };
    if let Some((key, _)) = table
        .iter()
        .find(|(key, _)| !allowed.contains(&key.get_ref().as_ref()))
    {
        let message = format!("`{}` does not go with `{main}`", key.get_ref());
        reader.refuse("mapping/source", &key.span(), message);
        return None;
    }
    let value = table.get(main)?;
    match main {
        "column" => {
            let column = string(reader, "column", value)?.to_owned();
            Some(Source::Column {
                column,
                convert: read_convert(reader, field, table)?,
            })
        }
        "constant" => read_constant(reader, field, value),
        "join" => {
            let columns = strings(reader, "join", value)?;
            let with = match table.get("with") {
                Some(with) => string(reader, "with", with)?.to_owned(),
                None => String::new(),
            };
            if with.is_empty() {
                let message = "`join` needs `with`, the text between the columns".to_owned();
                let help = "without it, `1` and `23` would give the same as `12` and `3`";
                reader
                    .refuse("mapping/source", &value.span(), message)
                    .help(help.to_owned());
                return None;
            }
            Some(Source::Join {
                columns: columns.into_iter().map(Spanned::into_inner).collect(),
                with,
            })
        }
        _ => read_formula(reader, value),
    }
}

fn read_convert(reader: &mut Reader<'_>, field: &Field, table: &DeTable<'_>) -> Option<Convert> {
    let conversions: Vec<_> = ["unit", "modulo", "equals"]
        .into_iter()
        .filter_map(|key| table.get(key).map(|value| (key, value)))
        .collect();
    let [(key, value)] = conversions[..] else {
        let Some((_, second)) = conversions.get(1) else {
            return Some(Convert::None);
        };
        let message = "only one of unit, modulo, equals can be applied to a column";
        reader.refuse("mapping/source", &second.span(), message);
        return None;
    };
    match key {
        "unit" => read_unit(reader, field, value),
        "modulo" => {
            let divisor = value
                .get_ref()
                .as_integer()
                .and_then(|integer| integer.as_str().parse().ok());
            let divisor = divisor.filter(|divisor: &u64| *divisor > 0);
            let fits = matches!(field.ty, FieldType::Id | FieldType::Count { .. });
            if divisor.is_none() || !fits {
                let message = "`modulo` takes a whole number above 0, for an id or a count";
                reader.refuse("mapping/wrong-value", &value.span(), message);
                return None;
            }
            divisor.map(Convert::Modulo)
        }
        _ => {
            if field.ty != FieldType::Bool {
                let message = format!("`equals` gives yes or no, and `{}` is neither", field.name);
                reader.refuse("mapping/wrong-value", &value.span(), message);
                return None;
            }
            scalar_text(value.get_ref()).map(Convert::Equals).or_else(|| {
                let message = "`equals` takes a text, a number, true or false";
                reader.refuse("mapping/wrong-type", &value.span(), message);
                None
            })
        }
    }
}

fn read_unit(reader: &mut Reader<'_>, field: &Field, value: &Spanned<DeValue<'_>>) -> Option<Convert> {
    const TIMES: [(&str, TimeUnit); 4] = [
        ("unix_s", TimeUnit::UnixSeconds),
        ("unix_ms", TimeUnit::UnixMillis),
        ("unix_us", TimeUnit::UnixMicros),
        ("unix_ns", TimeUnit::UnixNanos),
    ];
    const SPANS: [(&str, CountUnit); 5] = [
        ("us", CountUnit::Microseconds),
        ("ms", CountUnit::Own),
        ("s", CountUnit::Seconds),
        ("min", CountUnit::Minutes),
        ("h", CountUnit::Hours),
    ];
    let unit = string(reader, "unit", value)?;
    let (found, known): (Option<Convert>, Vec<&str>) = match field.ty {
        FieldType::Timestamp => {
            let found = TIMES.iter().find(|(name, _)| *name == unit);
            (
                found.map(|(_, unit)| Convert::Time(*unit)),
                TIMES.map(|(name, _)| name).to_vec(),
            )
        }
        FieldType::Count { .. } if field.name.ends_with("_ms") => {
            let found = SPANS.iter().find(|(name, _)| *name == unit);
            (
                found.map(|(_, unit)| Convert::Count(*unit)),
                SPANS.map(|(name, _)| name).to_vec(),
            )
        }
        _ => (None, Vec::new()),
    };
    if found.is_none() {
        if known.is_empty() {
            let message = format!("`{}` has no units", field.name);
            reader.refuse("mapping/unit", &value.span(), message);
        } else {
            let message = format!("`{}` cannot be read in `{unit}`", field.name);
            reader
                .refuse("mapping/unit", &value.span(), message)
                .help(format!("units are {}", known.join(", ")));
        }
    }
    found
}

fn read_constant(reader: &mut Reader<'_>, field: &Field, value: &Spanned<DeValue<'_>>) -> Option<Source> {
    let Some(text) = scalar_text(value.get_ref()) else {
        let message = "`constant` takes a text, a number, true, false or a time";
        reader.refuse("mapping/wrong-type", &value.span(), message);
        return None;
    };
    if let Err(reason) = crate::value::check(field, &text) {
        let message = format!("`{text}` cannot be the value of `{}`: it {reason}", field.name);
        reader.refuse("mapping/wrong-value", &value.span(), message);
        return None;
    }
    Some(Source::Constant(text))
}

fn scalar_text(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.clone().into_owned()),
        DeValue::Integer(integer) => Some(integer.as_str().to_owned()),
        DeValue::Float(float) => Some(float.as_str().to_owned()),
        DeValue::Boolean(flag) => Some(flag.to_string()),
        DeValue::Datetime(datetime) => Some(datetime.to_string()),
        DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

/// A formula over columns. Which columns a file has is not known yet: every name that is not a function's is
/// taken for a column.
fn read_formula(reader: &mut Reader<'_>, value: &Spanned<DeValue<'_>>) -> Option<Source> {
    let text = string(reader, "expr", value)?;
    let names = column_names(text);
    let scope = names.into_iter().filter(|name| Scope::is_name(name));
    let scope = scope.fold(Scope::new(), |scope, name| {
        scope.with(name, Type::Text, "a column")
    });
    match Formula::infer(text, &scope) {
        Ok(formula) => Some(Source::Expression(formula)),
        Err(error) => {
            let help = error
                .help
                .unwrap_or_else(|| "columns are text: write number(column) to reckon with one".to_owned());
            let span = inner_span(reader.text(), &value.span(), text, &error.span);
            reader.refuse("mapping/formula", &span, error.message).help(help);
            None
        }
    }
}

/// Where a part of a formula stands in the document; the whole string if it has escapes.
fn inner_span(document: &str, whole: &Range<usize>, text: &str, inner: &Range<usize>) -> Range<usize> {
    let found = document.get(whole.clone()).and_then(|raw| raw.find(text));
    match found {
        Some(at) if inner.end <= text.len() => whole.start + at + inner.start..whole.start + at + inner.end,
        _ => whole.clone(),
    }
}

fn column_names(formula: &str) -> Vec<&str> {
    let bytes = formula.as_bytes();
    let in_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
    let (mut names, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let byte = bytes[at];
        if matches!(byte, b'"' | b'\'' | b'`') {
            let close = bytes[at + 1..].iter().position(|other| *other == byte);
            at = close.map_or(bytes.len(), |close| at + close + 2);
        } else if in_word(&byte) {
            let length = bytes[at..]
                .iter()
                .position(|byte| !in_word(byte))
                .unwrap_or(bytes.len() - at);
            let (word, rest) = (&formula[at..at + length], &formula[at + length..]);
            if !byte.is_ascii_digit() && byte != b'.' && !rest.trim_start().starts_with('(') {
                names.push(word);
            }
            at += length;
        } else {
            at += 1;
        }
    }
    names
}
