//! Evaluating a mechanism's formulas for the units that take part.

use crate::error::SettleError;
use crate::exact::Residue;
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
    pub(crate) views: u64,
    pub(crate) qualified: u64,
}

/// What a mechanism makes of a unit's values.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Worth {
    pub(crate) weight: u128,
    pub(crate) amount: i128,
}

/// The units that earn, in order, and what rounding left over.
#[derive(Debug, Default)]
pub(crate) struct Worked {
    pub(crate) earned: Vec<Earned>,
    pub(crate) residue: Residue,
}

/// The first formula, the second (asked only where the first is not zero), and what they make of a unit.
pub(crate) struct Work<'w, F> {
    pub(crate) first: &'w Bound<'w>,
    pub(crate) second: Option<&'w Bound<'w>>,
    /// The partition of every unit of the world; empty: there is one.
    pub(crate) partitions: &'w [u32],
    /// `None`: the unit earns nothing and is left out.
    pub(crate) worth: F,
}

/// Units of one chunk, and videos for which a value is not known.
#[derive(Default)]
struct Chunk {
    worked: Worked,
    not_known: Vec<(u32, Arc<str>)>,
}

impl<F> Work<'_, F>
where
    F: Fn(&Subject<'_>, Decimal, Option<Decimal>, &mut Residue) -> Result<Option<Worth>, SettleError> + Sync,
{
    /// Evaluates every unit given. A unit for which a value is not known takes its whole video out:
    /// `not_known` says which name of which video, and its units are not in the result.
    pub(crate) fn evaluate(
        &self,
        world: &World<'_>,
        units: &[u32],
        not_known: &mut [Option<Arc<str>>],
    ) -> Result<Worked, SettleError> {
        let chunks: Vec<Result<Chunk, SettleError>> = units
            .par_chunks(CHUNK)
            .map(|chunk| self.evaluate_chunk(world, chunk))
            .collect();
        let mut all = Vec::with_capacity(chunks.len());
        let mut unknown = false;
        for chunk in chunks {
            let chunk = chunk?;
            for (video, name) in chunk.not_known {
                unknown = true;
                not_known[video as usize].get_or_insert(name);
            }
            all.push(chunk.worked);
        }
        let mut worked = Worked::default();
        worked
            .earned
            .reserve_exact(all.iter().map(|part| part.earned.len()).sum());
        for part in all {
            worked.earned.extend(part.earned);
            worked
                .residue
                .merge(part.residue)
                .ok_or_else(|| SettleError::overflow("what rounding leaves"))?;
        }
        if unknown {
            worked
                .earned
                .retain(|entry| not_known[world.units[entry.unit as usize].video as usize].is_none());
        }
        Ok(worked)
    }

    fn evaluate_chunk(&self, world: &World<'_>, units: &[u32]) -> Result<Chunk, SettleError> {
        let mut first = self.first.evaluator();
        let mut second = self.second.map(|bound| (bound, bound.evaluator()));
        let mut chunk = Chunk::default();
        chunk.worked.earned.reserve_exact(units.len());
        for index in units {
            with_subject(world, *index, |subject| {
                let not_known = |name| (world.units[*index as usize].video, name);
                let value = match self.first.number(&mut first, subject)? {
                    Outcome::Value(value) => value,
                    Outcome::NotKnown(name) => {
                        chunk.not_known.push(not_known(name));
                        return Ok(());
                    }
                };
                let mut factor = None;
                if let Some((bound, evaluator)) = second.as_mut().filter(|_| !value.is_zero()) {
                    match bound.number(evaluator, subject)? {
                        Outcome::Value(number) => factor = Some(number),
                        Outcome::NotKnown(name) => {
                            chunk.not_known.push(not_known(name));
                            return Ok(());
                        }
                    }
                }
                let worth = (self.worth)(subject, value, factor, &mut chunk.worked.residue)?;
                let counts = subject.unit.as_ref().map(|unit| unit.counts);
                let partition = self.partitions.get(*index as usize).copied().unwrap_or(0);
                chunk.worked.earned.extend(worth.map(|worth| Earned {
                    unit: *index,
                    partition,
                    value,
                    factor,
                    weight: worth.weight,
                    amount: worth.amount,
                    views: counts.map_or(0, |counts| counts.views),
                    qualified: counts.map_or(0, |counts| counts.qualified),
                }));
                Ok(())
            })?;
        }
        Ok(chunk)
    }
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
