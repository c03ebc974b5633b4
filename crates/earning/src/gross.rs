//! The money in a pool's partitions before anything is taken or divided.
//!
//! - `fixed`: the same amount in every partition.
//! - `table`: the row of the partition's key; the default for a key that is not listed. A table by the
//!   pool's only key makes a partition of each of its rows, facts or none.
//! - `ad_revenue`: the revenue of all advertisements of the partition, whoever made the videos next to them
//!   and whether they take part or not. Millionths are summed first and rounded once, half to even.
//! - `funding`: the program's funding rows of the period. A row goes to the partition that it names. What a row
//!   leaves open is divided over the partitions that agree with what it does name, in proportion to
//!   their total weight, by largest remainder in the partitions' order; if none of these has weight, it
//!   stays undivided, and the rule for empty pools applies to it.
//!
//! Negative money (corrections) takes the same way with its sign.

use crate::error::SettleError;
use crate::exact::{self, Residue};
use crate::partition::Partition;
use crate::partitions::Partitions;
use crate::world::World;
use ethnum::I256;
use event::snapshot::Funding;
use money::allocate_by_index;
use policy::program::{PartitionKey, Pool, PoolSource, Table};
use std::collections::BTreeMap;

/// Partitions that the money names, facts or none.
pub(crate) fn named(world: &World<'_>, pool: &Pool) -> Result<Vec<Partition>, SettleError> {
    match &pool.source {
        PoolSource::Fixed(_) | PoolSource::AdRevenue => Ok(Vec::new()),
        PoolSource::Table(name) => {
            let table = table(world, name)?;
            let key = key_of(table).filter(|key| pool.partition == [*key]);
            let named = key.map(|key| {
                table
                    .values
                    .keys()
                    .filter_map(|text| single(world, key, text))
                    .collect()
            });
            Ok(named.unwrap_or_default())
        }
        PoolSource::Funding => Ok(funding(world).map(|row| of_row(row, &pool.partition)).collect()),
    }
}

/// Gross money of every partition, in units of the program's asset.
pub(crate) fn gross(
    world: &World<'_>,
    pool: &Pool,
    partitions: &Partitions,
    weights: &[u128],
    residue: &mut Residue,
) -> Result<Vec<i128>, SettleError> {
    let asset = world.inputs.program.asset;
    match &pool.source {
        PoolSource::Fixed(amount) if amount.asset() != asset => Err(SettleError::AssetsDiffer {
            what: "the pool",
            found: amount.asset(),
            expected: asset,
        }),
        PoolSource::Fixed(amount) => Ok(vec![amount.units(); partitions.list.len()]),
        PoolSource::Table(name) => {
            let table = table(world, name)?;
            partitions
                .list
                .iter()
                .map(|partition| row_amount(world, table, partition, residue))
                .collect()
        }
        PoolSource::AdRevenue => ad_revenue(world, partitions, residue),
        PoolSource::Funding => funded(world, pool, partitions, weights, residue),
    }
}

fn table<'p>(world: &World<'p>, name: &str) -> Result<&'p Table, SettleError> {
    let program = world.inputs.program;
    program.tables.get(name).ok_or_else(|| SettleError::MissingTable {
        program: program.id.clone(),
        table: name.to_owned(),
    })
}

/// The partition key that a table is by.
fn key_of(table: &Table) -> Option<PartitionKey> {
    match table.by.as_str() {
        "day" => Some(PartitionKey::Day),
        "country" => Some(PartitionKey::Country),
        "video.category" | "category" => Some(PartitionKey::Category),
        "payer" => Some(PartitionKey::Payer),
        _ => None,
    }
}

fn single(world: &World<'_>, key: PartitionKey, text: &str) -> Option<Partition> {
    let mut partition = Partition::default();
    match key {
        PartitionKey::Day => {
            let day = text
                .parse()
                .ok()
                .filter(|day| world.inputs.period.contains(*day))?;
            partition.day = Some(day);
        }
        PartitionKey::Country => partition.country = Some(text.into()),
        PartitionKey::Category => partition.category = Some(text.into()),
        PartitionKey::Payer => partition.payer = Some(text.into()),
    }
    Some(partition)
}

fn row_amount(
    world: &World<'_>,
    table: &Table,
    partition: &Partition,
    residue: &mut Residue,
) -> Result<i128, SettleError> {
    let key = match key_of(table) {
        Some(PartitionKey::Day) => partition.day.map(|day| day.to_string()),
        Some(PartitionKey::Country) => partition.country.as_deref().map(str::to_owned),
        Some(PartitionKey::Category) => partition.category.as_deref().map(str::to_owned),
        Some(PartitionKey::Payer) => partition.payer.as_deref().map(str::to_owned),
        None => None,
    };
    let wholes = key
        .and_then(|key| table.values.get(&key))
        .copied()
        .unwrap_or(table.default);
    let scale = world.inputs.program.asset.scale();
    let overflow = || SettleError::overflow(format!("the pool of {partition}"));
    let numerator = exact::product(&[wholes.mantissa(), 10_i128.pow(scale.into())]).ok_or_else(overflow)?;
    let denominator = I256::from(10_i128.pow(wholes.scale()));
    let (units, rest) = exact::divide(numerator, denominator).ok_or_else(overflow)?;
    residue.add(rest, denominator, scale).ok_or_else(overflow)?;
    Ok(units)
}

fn ad_revenue(
    world: &World<'_>,
    partitions: &Partitions,
    residue: &mut Residue,
) -> Result<Vec<i128>, SettleError> {
    let mut micros = vec![0_i128; partitions.list.len()];
    for (unit, partition) in world.units.iter().zip(&partitions.of_unit) {
        micros[*partition as usize] += world.counts(unit).ad_revenue_micros;
    }
    micros
        .into_iter()
        .map(|micros| units_of(world, micros, residue))
        .collect()
}

/// Millionths as units of the program's asset.
fn units_of(world: &World<'_>, micros: i128, residue: &mut Residue) -> Result<i128, SettleError> {
    let scale = world.inputs.program.asset.scale();
    let overflow = || SettleError::overflow(format!("an amount of {micros} millionths"));
    let (units, rest) = exact::from_micros(micros, scale).ok_or_else(overflow)?;
    residue
        .add(rest, I256::from(1_000_000_i128), scale)
        .ok_or_else(overflow)?;
    Ok(units)
}

/// The program's funding rows of the period, in its currency.
fn funding<'a>(world: &World<'a>) -> impl Iterator<Item = &'a Funding> {
    let currency = world.inputs.program.asset.code();
    all_funding(world).filter(move |row| *row.currency == *currency)
}

/// How many of the program's funding rows of the period are in another currency.
pub(crate) fn foreign_funding(world: &World<'_>) -> u64 {
    (all_funding(world).count() - funding(world).count()) as u64
}

fn all_funding<'a>(world: &World<'a>) -> impl Iterator<Item = &'a Funding> {
    let inputs = world.inputs;
    inputs
        .funding
        .iter()
        .filter(move |row| *row.program == *inputs.program.id && inputs.period.contains(row.date))
}

/// What a row names of a partition; keys that it leaves open are `None`.
fn of_row(row: &Funding, keys: &[PartitionKey]) -> Partition {
    Partition {
        day: keys.contains(&PartitionKey::Day).then_some(row.date),
        country: row
            .country
            .clone()
            .filter(|_| keys.contains(&PartitionKey::Country)),
        category: None,
        payer: row.payer.clone().filter(|_| keys.contains(&PartitionKey::Payer)),
    }
}

/// True when a row's partition names every key.
pub(crate) fn is_complete(partition: &Partition, keys: &[PartitionKey]) -> bool {
    keys.iter().all(|key| match key {
        PartitionKey::Day => partition.day.is_some(),
        PartitionKey::Country => partition.country.is_some(),
        PartitionKey::Category => partition.category.is_some(),
        PartitionKey::Payer => partition.payer.is_some(),
    })
}

/// True when a partition has every value that an incomplete one names.
fn agrees(partition: &Partition, with: &Partition) -> bool {
    let same = |named: &Option<std::sync::Arc<str>>, value: &Option<std::sync::Arc<str>>| {
        named.is_none() || named == value
    };
    (with.day.is_none() || with.day == partition.day)
        && same(&with.country, &partition.country)
        && same(&with.category, &partition.category)
        && same(&with.payer, &partition.payer)
}

fn funded(
    world: &World<'_>,
    pool: &Pool,
    partitions: &Partitions,
    weights: &[u128],
    residue: &mut Residue,
) -> Result<Vec<i128>, SettleError> {
    let mut named: BTreeMap<Partition, i128> = BTreeMap::new();
    for row in funding(world) {
        *named.entry(of_row(row, &pool.partition)).or_default() += i128::from(row.amount_micros);
    }
    let mut gross = vec![0_i128; partitions.list.len()];
    for (partition, micros) in named {
        let units = units_of(world, micros, residue)?;
        let place = partitions
            .place(&partition)
            .expect("what funding names was listed");
        if is_complete(&partition, &pool.partition) {
            gross[place] += units;
            continue;
        }
        let agreeing: Vec<usize> = (0..partitions.list.len())
            .filter(|at| agrees(&partitions.list[*at], &partition))
            .collect();
        let parts: Vec<u128> = agreeing.iter().map(|at| weights[*at]).collect();
        if parts.iter().all(|weight| *weight == 0) {
            gross[place] += units;
            continue;
        }
        let shares = allocate_by_index(units, &parts).map_err(|source| SettleError::Allocate {
            partition: partition.to_string(),
            source,
        })?;
        for (at, share) in agreeing.into_iter().zip(shares) {
            gross[at] += share;
        }
    }
    Ok(gross)
}
