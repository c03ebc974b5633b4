//! Evaluating a mechanism's formulas for the units that take part.

use crate::error::SettleError;
use crate::variables::{Bound, Outcome, Subject, UnitView};
use crate::world::World;
use rayon::prelude::*;
use rust_decimal::Decimal;
use std::sync::Arc;

/// How many units a thread takes at a time.
const CHUNK: usize = 4_096;

/// A unit that takes part, with what its formulas gave and what it earns.
#[derive(Clone, Debug)]
pub(crate) struct Earned {
    /// Index into `World::units`.
    pub(crate) unit: u32,
    /// Index into the partitions.
    pub(crate) partition: u32,
    pub(crate) value: Decimal,
    pub(crate) factor: Option<Decimal>,
    pub(crate) weight: u128,
    pub(crate) amount: i128,
}

/// Values of the first formula, and of the second where the first is not zero.
type Values = (Decimal, Option<Decimal>);

/// Evaluates for every unit given. A unit for which a value is not known takes its whole video out:
/// `not_known` says which name of which video, and its units are not in the result.
pub(crate) fn evaluate(
    world: &World<'_>,
    units: &[u32],
    first: &Bound<'_>,
    second: Option<&Bound<'_>>,
    not_known: &mut [Option<Arc<str>>],
) -> Result<Vec<(u32, Values)>, SettleError> {
    let chunks: Vec<Result<Vec<Outcome<Values>>, SettleError>> = units
        .par_chunks(CHUNK)
        .map(|chunk| evaluate_chunk(world, chunk, first, second))
        .collect();
    let mut values = Vec::with_capacity(units.len());
    let mut next = units.iter();
    for chunk in chunks {
        for (outcome, unit) in chunk?.into_iter().zip(&mut next) {
            match outcome {
                Outcome::Value(pair) => values.push((*unit, pair)),
                Outcome::NotKnown(name) => {
                    not_known[world.units[*unit as usize].video as usize].get_or_insert(name);
                }
            }
        }
    }
    values.retain(|(unit, _)| not_known[world.units[*unit as usize].video as usize].is_none());
    Ok(values)
}

fn evaluate_chunk(
    world: &World<'_>,
    units: &[u32],
    first: &Bound<'_>,
    second: Option<&Bound<'_>>,
) -> Result<Vec<Outcome<Values>>, SettleError> {
    let mut first_evaluator = first.evaluator();
    let mut second_evaluator = second.map(|bound| (bound, bound.evaluator()));
    let mut outcomes = Vec::with_capacity(units.len());
    for index in units {
        let outcome = with_subject(world, *index, |subject| {
            let value = match first.number(&mut first_evaluator, subject)? {
                Outcome::Value(value) => value,
                Outcome::NotKnown(name) => return Ok(Outcome::NotKnown(name)),
            };
            let Some((bound, evaluator)) = second_evaluator.as_mut().filter(|_| !value.is_zero()) else {
                return Ok(Outcome::Value((value, None)));
            };
            match bound.number(evaluator, subject)? {
                Outcome::Value(factor) => Ok(Outcome::Value((value, Some(factor)))),
                Outcome::NotKnown(name) => Ok(Outcome::NotKnown(name)),
            }
        });
        outcomes.push(outcome?);
    }
    Ok(outcomes)
}

/// Calls a function with a unit as the subject of formulas.
pub(crate) fn with_subject<T>(world: &World<'_>, index: u32, then: impl FnOnce(&Subject<'_>) -> T) -> T {
    let unit = &world.units[index as usize];
    let video = &world.videos[unit.video as usize];
    let counts = world.counts(unit);
    let view = UnitView {
        counts: &counts,
        country: Some(world.countries[unit.country as usize]),
        day: world.day(unit),
        payer: world
            .payers
            .get(unit.payer as usize)
            .copied()
            .filter(|_| world.grain.payer),
    };
    let creator = video.creator.map(|creator| &world.creators[creator as usize]);
    then(&Subject {
        creator,
        video: Some(video),
        unit: Some(view),
    })
}
