//! `[pool]`, `[rate]`, `[share]` or `[conversion]`: how money is divided. A document has exactly one of them.

use super::context::Context;
use super::formulas::check_kept_apart;
use super::section::{Item, Reader, Section};
use super::tables::values_of;
use super::values::{Most, amount, choice, choices, part, text, whole};
use crate::program::{
    CarveOut, Deduction, EmptyPool, Mechanism, PartitionKey, Pool, PoolSource, Rate, Share, Top,
};
use crate::scope::{self, Level};
use ::document::{did_you_mean, one_of};
use formula::{Formula, Type};
use money::{Asset, Money, Ratio};
use std::ops::Range;

/// Advertising revenue is attributed to videos, not to the viewers who pay.
const REVENUE_KEYS: &[PartitionKey] = &[PartitionKey::Day, PartitionKey::Country, PartitionKey::Category];

/// A line-up ranks whole videos.
const RANKING_KEYS: &[PartitionKey] = &[PartitionKey::Day, PartitionKey::Category];

pub(super) fn read(
    reader: &mut Reader<'_>,
    root: &mut Section<'_>,
    context: &mut Context<'_>,
) -> Option<Mechanism> {
    let found: Vec<Item<'_>> = ["pool", "rate", "share", "conversion"]
        .into_iter()
        .filter_map(|key| root.get(key))
        .collect();
    if found.is_empty() {
        reader
            .refuse(
                "program/mechanism",
                &root.span,
                "the document does not say how money is divided",
            )
            .help("add one of `[pool]`, `[rate]`, `[share]` and `[conversion]`");
    }
    if let [first, others @ ..] = found.as_slice() {
        for other in others {
            let message = format!("the document has `[{}]` and `[{}]`", first.path, other.path);
            reader
                .refuse("program/mechanism", &other.span, message)
                .help("a program divides its money in one way: make two programs of it");
        }
    }
    let mut mechanism = None;
    for item in found {
        let kind = item.path.clone();
        let Some(section) = item.section(reader) else {
            continue;
        };
        mechanism = match kind.as_str() {
            "pool" => pool(reader, section, context).map(Mechanism::Pool),
            "rate" => rate(reader, section, context).map(Mechanism::Rate),
            "conversion" => super::conversion::read(reader, section, context)
                .map(|conversion| Mechanism::Conversion(Box::new(conversion))),
            _ => share(reader, section, context).map(Mechanism::Share),
        };
    }
    mechanism
}

fn pool(reader: &mut Reader<'_>, mut section: Section<'_>, context: &mut Context<'_>) -> Option<Pool> {
    let partition_item = section.get("partition");
    let keys = if takes_ad_revenue(&mut section) {
        REVENUE_KEYS
    } else {
        &PartitionKey::ALL[..]
    };
    let partition = partition_item
        .map(|item| keys_of(reader, item, keys))
        .unwrap_or_default();
    let source = source(reader, &mut section, &partition, context);
    let deductions = deductions(reader, &mut section);
    let top = top(reader, &mut section, context);
    let kept = kept_apart(&partition, top.as_ref());
    let weight = section
        .need("weight", "\"qualified_views\"")
        .and_then(|item| unit_formula(reader, &item, context, &kept));
    let carve_out_section = section.section(reader, "carve_out");
    let carve_out = carve_out_section.map(|section| carve_out(reader, section, context, &kept));
    let creator_share = creator_share(reader, &mut section);
    let on_empty = match section.get("on_empty") {
        Some(item) => choice(
            reader,
            &item,
            &[EmptyPool::Keep, EmptyPool::Redistribute].map(|rule| (rule.name(), rule)),
        ),
        None => Some(EmptyPool::Keep),
    };
    section.finish(reader);
    // A carve-out that is there but wrong makes no pool.
    let carve_out = match carve_out {
        None => None,
        Some(read) => Some(read?),
    };
    Some(Pool {
        source: source?,
        partition,
        deductions,
        weight: weight?,
        carve_out,
        creator_share: creator_share?,
        on_empty: on_empty?,
        top,
    })
}

fn rate(reader: &mut Reader<'_>, mut section: Section<'_>, context: &mut Context<'_>) -> Option<Rate> {
    let units = section
        .need("units", "\"qualified_views\"")
        .and_then(|item| unit_formula(reader, &item, context, &[PartitionKey::Country]));
    let per = section
        .need("per", "1000")
        .and_then(|item| whole(reader, &item, 1..=1_000_000));
    let rate = section
        .need("rate", "\"0.40\"")
        .and_then(|item| unit_formula(reader, &item, context, &[PartitionKey::Country]));
    section.finish(reader);
    Some(Rate {
        units: units?,
        per: per?,
        rate: rate?,
    })
}

fn share(reader: &mut Reader<'_>, mut section: Section<'_>, context: &mut Context<'_>) -> Option<Share> {
    let partition = section
        .get("partition")
        .map(|item| keys_of(reader, item, REVENUE_KEYS))
        .unwrap_or_default();
    let deductions = deductions(reader, &mut section);
    let top = top(reader, &mut section, context);
    let kept = kept_apart(&partition, top.as_ref());
    let revenue = section
        .need("revenue", "\"ad_revenue\"")
        .and_then(|item| unit_formula(reader, &item, context, &kept));
    let creator_share = creator_share(reader, &mut section);
    section.finish(reader);
    Some(Share {
        revenue: revenue?,
        partition,
        deductions,
        creator_share: creator_share?,
        top,
    })
}

fn keys_of(reader: &mut Reader<'_>, item: Item<'_>, allowed: &[PartitionKey]) -> Vec<PartitionKey> {
    let named: Vec<(&str, PartitionKey)> = allowed.iter().map(|key| (key.name(), *key)).collect();
    choices(reader, item, &named)
}

fn takes_ad_revenue(section: &mut Section<'_>) -> bool {
    section
        .get("source")
        .is_some_and(|item| item.value.as_str() == Some("ad_revenue"))
}

fn source(
    reader: &mut Reader<'_>,
    section: &mut Section<'_>,
    partition: &[PartitionKey],
    context: &Context<'_>,
) -> Option<PoolSource> {
    let found: Vec<Item<'_>> = ["amount", "table", "source"]
        .into_iter()
        .filter_map(|key| section.get(key))
        .collect();
    let item = match found.as_slice() {
        [item] => item,
        [] => {
            reader
                .refuse("program/missing-key", &section.span, "the pool does not say where its money comes from")
                .help("add `amount = \"10000.00\"`, `table = \"...\"`, `source = \"ad_revenue\"` or `source = \"funding\"`");
            return None;
        }
        [first, second, ..] => {
            let message = format!(
                "the pool's money comes from `{}` and `{}`",
                first.path, second.path
            );
            reader
                .refuse("program/pool-source", &second.span, message)
                .help("keep one of them");
            return None;
        }
    };
    match item.path.as_str() {
        "pool.amount" => amount(reader, item, context.asset).map(PoolSource::Fixed),
        "pool.table" => table_source(reader, item, partition, context),
        _ => choice(reader, item, &[("ad_revenue", AD_REVENUE), ("funding", FUNDING)]).map(|source| source()),
    }
}

const AD_REVENUE: fn() -> PoolSource = || PoolSource::AdRevenue;
const FUNDING: fn() -> PoolSource = || PoolSource::Funding;

/// A table as source: looked up by a key of the partition, its values amounts of the currency.
fn table_source(
    reader: &mut Reader<'_>,
    item: &Item<'_>,
    partition: &[PartitionKey],
    context: &Context<'_>,
) -> Option<PoolSource> {
    let name = text(reader, item)?;
    let Some(table) = context.tables.get(name) else {
        let names = || context.tables.keys().map(String::as_str);
        let help = did_you_mean(name, names())
            .unwrap_or_else(|| format!("the document's tables: {}", one_of(names())));
        reader
            .refuse(
                "program/unknown-table",
                &item.span,
                format!("there is no table `{name}`"),
            )
            .help(help);
        return None;
    };
    let by = table.value.as_ref()?.by.as_str();
    let name_of_key = by.strip_prefix("video.").unwrap_or(by);
    let key = PartitionKey::ALL
        .into_iter()
        .find(|key| key.name() == name_of_key);
    if !key.is_some_and(|key| partition.contains(&key)) {
        reader
            .refuse(
                "program/pool-source",
                &table.by_span,
                format!("the pool is not partitioned by `{by}`, but its money is"),
            )
            .help(format!(
                "add the key to `pool.partition`, or look `{name}` up by one of its keys"
            ));
    }
    let default_span = table.by_span.clone();
    let default = table
        .value
        .as_ref()
        .map(|table| ("default", table.default, &default_span));
    for (key, value, span) in default.into_iter().chain(values_of(table)) {
        check_table_amount(reader, name, key, value, span, context.asset);
    }
    Some(PoolSource::Table(name.to_owned()))
}

fn check_table_amount(
    reader: &mut Reader<'_>,
    table: &str,
    key: &str,
    value: rust_decimal::Decimal,
    span: &Range<usize>,
    asset: Asset,
) {
    let value = value.normalize();
    if value.is_sign_negative() && !value.is_zero() {
        reader
            .refuse(
                "program/negative-amount",
                span,
                format!("`{key}` of table `{table}` is negative, and it fills a pool"),
            )
            .help("write an amount of zero or more");
    } else if Money::parse(asset, &value.to_string()).is_err() {
        reader
            .refuse(
                "program/too-many-decimals",
                span,
                format!(
                    "`{key}` of table `{table}` has more decimals than {} keeps",
                    asset.code()
                ),
            )
            .help("round the amount, or set a larger `scale` at the top of the document");
    }
}

fn carve_out(
    reader: &mut Reader<'_>,
    mut section: Section<'_>,
    context: &mut Context<'_>,
    kept: &[PartitionKey],
) -> Option<CarveOut> {
    let keep = section
        .need("keep", "\"1 / (1 + video.music_tracks)\"")
        .and_then(|item| unit_formula(reader, &item, context, kept));
    let beneficiary = section
        .need("beneficiary", "\"music licensing\"")
        .and_then(|item| text(reader, &item));
    section.finish(reader);
    Some(CarveOut {
        keep: keep?,
        beneficiary: beneficiary?.to_owned(),
    })
}

fn creator_share(reader: &mut Reader<'_>, section: &mut Section<'_>) -> Option<Ratio> {
    section
        .need("creator_share", "\"50%\"")
        .and_then(|item| part(reader, &item, Most::All))
}

fn deductions(reader: &mut Reader<'_>, section: &mut Section<'_>) -> Vec<Deduction> {
    let mut deductions: Vec<Deduction> = Vec::new();
    for mut section in section.sections(reader, "deductions") {
        let name_item = section.need("name", "\"sales tax\"");
        let name = name_item.as_ref().and_then(|item| text(reader, item));
        let part = section
            .need("part", "\"5%\"")
            .and_then(|item| part(reader, &item, Most::LessThanAll));
        section.finish(reader);
        let (Some(item), Some(name), Some(part)) = (name_item, name, part) else {
            continue;
        };
        if deductions.iter().any(|earlier| earlier.name == name) {
            reader
                .refuse(
                    "program/duplicate",
                    &item.span,
                    format!("`{name}` is deducted already, further up"),
                )
                .help("give it another name, or leave it out");
            continue;
        }
        deductions.push(Deduction {
            name: name.to_owned(),
            part,
        });
    }
    deductions
}

fn top(reader: &mut Reader<'_>, section: &mut Section<'_>, context: &mut Context<'_>) -> Option<Top> {
    let mut section = section.section(reader, "top")?;
    let part = section
        .need("part", "\"4%\"")
        .and_then(|item| part(reader, &item, Most::All));
    let by = section
        .get("by")
        .map(|item| keys_of(reader, item, RANKING_KEYS))
        .unwrap_or_default();
    let score = section
        .need("score", "\"qualified_views\"")
        .and_then(|item| unit_formula(reader, &item, context, &by));
    section.finish(reader);
    Some(Top {
        part: part?,
        by,
        score: score?,
    })
}

/// The keys by which units are kept apart: always the country, and those of the partition and of the line-up.
fn kept_apart(partition: &[PartitionKey], top: Option<&Top>) -> Vec<PartitionKey> {
    let ranked = top.iter().flat_map(|top| &top.by);
    [PartitionKey::Country]
        .iter()
        .chain(partition)
        .chain(ranked)
        .copied()
        .collect()
}

/// A number for a unit; it can use `day`, `payer` and `country`, also as keys of tables, where they are kept apart.
fn unit_formula(
    reader: &mut Reader<'_>,
    item: &Item<'_>,
    context: &mut Context<'_>,
    kept: &[PartitionKey],
) -> Option<Formula> {
    let formula = context.formulas.read(reader, item, Level::Unit, Type::Number)?;
    for name in formula.inputs() {
        check_kept_apart(reader, name, &item.span, kept);
        let Some(table) = context.tables.get(name) else {
            continue;
        };
        if let Some(value) = &table.value {
            check_kept_apart(reader, &value.by, &table.by_span, kept);
        }
    }
    debug_assert!(
        formula.inputs().iter().all(|name| known(name, context)),
        "a checked formula has known names"
    );
    Some(formula)
}

fn known(name: &str, context: &Context<'_>) -> bool {
    scope::find(name).is_some() || scope::lookback(name).is_some() || context.tables.contains_key(name)
}
