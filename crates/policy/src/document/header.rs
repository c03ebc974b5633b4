//! The document's first keys: what the program is called, from when on, in which money.

use super::section::{Item, Reader, Section};
use super::values::{choice, date, text, whole};
use crate::program::PeriodKind;
use jiff::civil::Date;
use money::{Asset, AssetError};

pub(super) struct Header {
    pub(super) id: Option<String>,
    pub(super) version: Option<u32>,
    pub(super) name: Option<String>,
    pub(super) summary: Option<String>,
    pub(super) effective_from: Option<Date>,
    /// The document's asset; where it is wrong, one to go on with.
    pub(super) asset: Asset,
    pub(super) period: Option<PeriodKind>,
}

pub(super) fn read(reader: &mut Reader<'_>, root: &mut Section<'_>) -> Header {
    let id = root
        .need("id", "\"creator-fund\"")
        .and_then(|item| id(reader, &item));
    let version = root
        .need("version", "1")
        .and_then(|item| whole(reader, &item, 1..=u32::MAX));
    let name = root
        .need("name", "\"Creator Fund\"")
        .and_then(|item| text(reader, &item));
    let summary = root
        .need("summary", "\"...\"")
        .and_then(|item| text(reader, &item));
    let effective_from = root
        .need("effective_from", "2026-01-01")
        .and_then(|item| date(reader, &item));
    // A conversion is booked gift by gift; its period is that of its pay day alone, a month unless said.
    let is_conversion = root.get("conversion").is_some();
    let item = match is_conversion {
        true => root.get("period"),
        false => root.need("period", "\"month\""),
    };
    let period = match item {
        Some(item) => choice(
            reader,
            &item,
            &[PeriodKind::Day, PeriodKind::Month].map(|kind| (kind.name(), kind)),
        ),
        None => is_conversion.then_some(PeriodKind::Month),
    };
    Header {
        id,
        version,
        name: name.map(str::to_owned),
        summary: summary.map(str::to_owned),
        effective_from,
        asset: asset(reader, root),
        period,
    }
}

/// The longest program id: it becomes a folder's and a file's name.
const MAX_ID_LENGTH: usize = 64;

fn id(reader: &mut Reader<'_>, item: &Item<'_>) -> Option<String> {
    let id = text(reader, item)?;
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let well_formed = id.len() <= MAX_ID_LENGTH
        && id.starts_with(|c: char| c.is_ascii_lowercase())
        && !id.ends_with('-')
        && id.chars().all(allowed);
    if !well_formed {
        reader.refuse("program/wrong-value", &item.span, format!("`{id}` cannot be a program's id")).help(format!(
            "use lower-case letters, digits and hyphens, a letter first, at most {MAX_ID_LENGTH}: \"creator-fund\""
        ));
        return None;
    }
    Some(id.to_owned())
}

fn asset(reader: &mut Reader<'_>, root: &mut Section<'_>) -> Asset {
    let scale = root
        .get("scale")
        .and_then(|item| whole(reader, &item, 0..=Asset::MAX_SCALE));
    let scale = scale.unwrap_or(Asset::MICRO_SCALE);
    let fallback = || Asset::new("XXX", scale).expect("a known code at a checked scale");
    let Some(item) = root.need("currency", "\"USD\"") else {
        return fallback();
    };
    let Some(code) = text(reader, &item) else {
        return fallback();
    };
    match Asset::iso(code).and_then(|asset| asset.at_scale(scale)) {
        Ok(asset) => asset,
        Err(error) => {
            let message = match error {
                AssetError::NoMinorUnit { .. } => format!("nobody is paid in `{code}`: it has no minor unit"),
                _ => format!("unknown currency `{code}`"),
            };
            reader
                .refuse("program/unknown-currency", &item.span, message)
                .help("use an ISO 4217 code in capitals, e.g. \"USD\"");
            fallback()
        }
    }
}
