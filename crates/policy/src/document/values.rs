//! Values of a document: text, numbers, parts, money, dates, durations, choices.
//!
//! Each function gives the value or notes why there is none.

use super::section::{Item, Reader, Refusal, type_name};
use crate::phrase;
use ::document::{did_you_mean, one_of};
use jiff::civil::Date;
use money::{Asset, Money, MoneyError, Ratio};
use rust_decimal::Decimal;
use std::ops::RangeInclusive;
use toml::de::DeValue;

fn wrong_type<'r>(reader: &'r mut Reader<'_>, item: &Item<'_>, wanted: &str) -> Refusal<'r> {
    let message = format!("`{}` is {}, not {wanted}", item.path, type_name(item.value));
    reader.refuse("program/wrong-type", &item.span, message)
}

fn wrong_value<'r>(reader: &'r mut Reader<'_>, item: &Item<'_>, message: impl Into<String>) -> Refusal<'r> {
    reader.refuse("program/wrong-value", &item.span, message)
}

/// Text that is not empty.
pub(super) fn text<'a>(reader: &mut Reader<'_>, item: &Item<'a>) -> Option<&'a str> {
    let DeValue::String(text) = item.value else {
        wrong_type(reader, item, "text").help("write it in quotes");
        return None;
    };
    if text.trim().is_empty() {
        wrong_value(reader, item, format!("`{}` is empty", item.path))
            .help("write something between the quotes");
        return None;
    }
    Some(text)
}

/// A whole number within bounds.
pub(super) fn whole<T>(reader: &mut Reader<'_>, item: &Item<'_>, bounds: RangeInclusive<T>) -> Option<T>
where
    T: TryFrom<i64> + PartialOrd + std::fmt::Display,
{
    let DeValue::Integer(integer) = item.value else {
        wrong_type(reader, item, "a whole number").help("write it without quotes and without a point");
        return None;
    };
    let value = i64::from_str_radix(integer.as_str(), integer.radix())
        .ok()
        .and_then(|value| T::try_from(value).ok());
    if let Some(value) = value.filter(|value| bounds.contains(value)) {
        return Some(value);
    }
    let message = format!("`{}` is {integer}, out of range", item.path);
    wrong_value(reader, item, message).help(format!("use {} to {}", bounds.start(), bounds.end()));
    None
}

/// The text of a number: digits in quotes, or a TOML integer. TOML floats are refused, since readers of TOML
/// turn them into binary fractions, and `0.1` has none.
fn number_text(reader: &mut Reader<'_>, item: &Item<'_>, wanted: &str) -> Option<String> {
    match item.value {
        DeValue::String(text) => Some(text.trim().to_owned()),
        DeValue::Integer(integer) if integer.radix() == 10 => Some(integer.as_str().to_owned()),
        DeValue::Float(float) => {
            let message = format!("`{}` is a TOML float, and floats are not exact", item.path);
            let help = format!("write it in quotes: \"{}\"", float.as_str());
            reader.refuse("program/float", &item.span, message).help(help);
            None
        }
        _ => {
            wrong_type(reader, item, wanted).help("write it in quotes, e.g. \"1.25\"");
            None
        }
    }
}

/// An exact decimal, for factors in tables.
pub(super) fn decimal(reader: &mut Reader<'_>, item: &Item<'_>) -> Option<Decimal> {
    let text = number_text(reader, item, "a number")?;
    let digits = text.strip_prefix('-').unwrap_or(&text);
    let plain = digits.starts_with(|c: char| c.is_ascii_digit())
        && !digits.ends_with('.')
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let value = if plain {
        Decimal::from_str_exact(&text).ok()
    } else {
        None
    };
    if value.is_none() {
        wrong_value(
            reader,
            item,
            format!("`{}` is not a plain decimal of at most 28 digits", item.path),
        )
        .help("write digits with a point, without grouping and exponent, e.g. \"1.25\"");
    }
    value
}

/// A part of something: above 0 %, at most `most`.
pub(super) fn part(reader: &mut Reader<'_>, item: &Item<'_>, most: Most) -> Option<Ratio> {
    let text = number_text(reader, item, "a part")?;
    let Ok(ratio) = Ratio::parse(&text) else {
        wrong_value(reader, item, format!("`{}` is not a part", item.path))
            .help("write a percentage, e.g. \"45%\"");
        return None;
    };
    let too_much = match most {
        Most::All => ratio > Ratio::ONE,
        Most::LessThanAll => ratio >= Ratio::ONE,
    };
    if too_much {
        let (message, help) = match most {
            Most::All => (
                "is above 100 %",
                "nobody can get more than there is: use \"100%\" or less",
            ),
            Most::LessThanAll => (
                "takes everything",
                "nothing would be left to divide: use less than \"100%\"",
            ),
        };
        reader
            .refuse(
                "program/share-above-100",
                &item.span,
                format!("`{}` {message}", item.path),
            )
            .label(phrase::percent(ratio))
            .help(help);
        return None;
    }
    if ratio.is_negative() || ratio.is_zero() {
        wrong_value(reader, item, format!("`{}` is not above 0 %", item.path))
            .help("write a percentage above zero, e.g. \"45%\"; a part of nothing is left out");
        return None;
    }
    Some(ratio)
}

/// A number above zero: `"1"`, `"0.5"`, `"1/2"`.
pub(super) fn above_zero(reader: &mut Reader<'_>, item: &Item<'_>) -> Option<Ratio> {
    let text = number_text(reader, item, "a number")?;
    let ratio = Ratio::parse(&text).ok();
    let ratio = ratio.filter(|ratio| !ratio.is_negative() && !ratio.is_zero());
    if ratio.is_none() {
        wrong_value(
            reader,
            item,
            format!("`{}` is not a number above zero", item.path),
        )
        .help("write a decimal or a fraction, e.g. \"0.5\" or \"1/2\"");
    }
    ratio
}

/// A currency at a scale.
pub(super) fn currency(reader: &mut Reader<'_>, item: &Item<'_>, scale: u8) -> Option<Asset> {
    let code = text(reader, item)?;
    let asset = Asset::iso(code).and_then(|asset| asset.at_scale(scale)).ok();
    if asset.is_none() {
        reader
            .refuse(
                "program/unknown-currency",
                &item.span,
                format!("unknown currency `{code}`"),
            )
            .help("use an ISO 4217 code in capitals, e.g. \"USD\"");
    }
    asset
}

/// The largest part allowed.
#[derive(Clone, Copy)]
pub(super) enum Most {
    /// 100 % is allowed.
    All,
    /// Something must be left.
    LessThanAll,
}

/// An amount of the program's currency that is not negative.
pub(super) fn amount(reader: &mut Reader<'_>, item: &Item<'_>, asset: Asset) -> Option<Money> {
    let text = number_text(reader, item, "an amount")?;
    let money = match Money::parse(asset, &text) {
        Ok(money) => money,
        Err(MoneyError::TooManyPlaces { .. }) => {
            let message = format!("`{}` has more decimals than {} keeps", item.path, asset.code());
            let places = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
            reader
                .refuse("program/too-many-decimals", &item.span, message)
                .label(format!("{places} decimals, and the scale is {}", asset.scale()))
                .help("round the amount, or set a larger `scale` at the top of the document");
            return None;
        }
        Err(_) => {
            wrong_value(reader, item, format!("`{}` is not an amount", item.path))
                .help("write digits with a point, without grouping and currency, e.g. \"10000.00\"");
            return None;
        }
    };
    if money.is_negative() {
        reader
            .refuse(
                "program/negative-amount",
                &item.span,
                format!("`{}` is negative", item.path),
            )
            .help("write an amount of zero or more");
        return None;
    }
    Some(money)
}

/// A date, as a TOML date or in quotes.
pub(super) fn date(reader: &mut Reader<'_>, item: &Item<'_>) -> Option<Date> {
    let text = match item.value {
        DeValue::Datetime(datetime) => datetime.to_string(),
        DeValue::String(text) => text.to_string(),
        _ => {
            wrong_type(reader, item, "a date").help("write it as 2026-01-01");
            return None;
        }
    };
    let date = crate::period::iso_date(&text);
    if date.is_none() {
        wrong_value(reader, item, format!("`{}` is not a date: `{text}`", item.path))
            .help("write an existing day as 2026-01-01, without a time");
    }
    date
}

/// A duration such as `500ms`, `5s`, `2m`, `1h`, as milliseconds; above zero, at most a day.
pub(super) fn duration_ms(reader: &mut Reader<'_>, item: &Item<'_>) -> Option<u32> {
    const DAY: u32 = event::schema::MAX_MILLIS;
    let text = match item.value {
        DeValue::String(text) => text.trim(),
        _ => {
            wrong_type(reader, item, "a duration").help("write number and unit in quotes, e.g. \"5s\"");
            return None;
        }
    };
    let unit_at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(unit_at);
    let factor = match unit {
        "ms" => Some(1),
        "s" => Some(1_000),
        "m" => Some(60_000),
        "h" => Some(3_600_000),
        _ => None,
    };
    let millis = factor.and_then(|factor: u32| number.parse::<u32>().ok()?.checked_mul(factor));
    let millis = millis.filter(|millis| (1..=DAY).contains(millis));
    if millis.is_none() {
        wrong_value(
            reader,
            item,
            format!("`{}` is not a duration from 1ms to 24h", item.path),
        )
        .help("write a whole number and one unit of ms, s, m, h, e.g. \"5s\"");
    }
    millis
}

/// One of a few words.
pub(super) fn choice<T: Copy>(reader: &mut Reader<'_>, item: &Item<'_>, choices: &[(&str, T)]) -> Option<T> {
    let names = || choices.iter().map(|(name, _)| *name);
    let DeValue::String(text) = item.value else {
        wrong_type(reader, item, "text").help(format!("use {}", one_of(names())));
        return None;
    };
    let chosen = choices
        .iter()
        .find(|(name, _)| name == text)
        .map(|(_, value)| *value);
    if chosen.is_none() {
        let help = did_you_mean(text, names()).unwrap_or_else(|| format!("use {}", one_of(names())));
        wrong_value(reader, item, format!("`{}` cannot be `{text}`", item.path)).help(help);
    }
    chosen
}

/// A list of different choices; it may be empty.
pub(super) fn choices<T: Copy + PartialEq>(
    reader: &mut Reader<'_>,
    item: Item<'_>,
    known: &[(&str, T)],
) -> Vec<T> {
    let mut chosen = Vec::new();
    for element in item.elements(reader).unwrap_or_default() {
        let Some(value) = choice(reader, &element, known) else {
            continue;
        };
        if chosen.contains(&value) {
            reader
                .refuse(
                    "program/duplicate",
                    &element.span,
                    format!("`{}` repeats an earlier entry", element.path),
                )
                .help("leave it out");
            continue;
        }
        chosen.push(value);
    }
    chosen
}
