//! Line-ups: only the best-scored videos take part.
//!
//! Within each combination of the line-up's keys (day, category), the candidates are the videos that may earn and
//! have a fact there. The score formula sees the video's counts of that group, all countries together, and
//! the video and its creator; it does not see a country. `ceil(part · candidates)` videos take part:
//! higher scores first, equal scores in the order of video ids. A unit takes part when its video does in the
//! unit's group, so revenue of a day on which the video was outside is not shared.

use crate::decision::{LineUp, Place};
use crate::error::SettleError;
use crate::partition::Partition;
use crate::partitions::{Categories, Keys};
use crate::variables::{Bound, Outcome, Subject, UnitView};
use crate::world::World;
use facts::Counts;
use money::Ratio;
use policy::program::{PartitionKey, Top};
use policy::scope::Level;
use rayon::prelude::*;
use rust_decimal::Decimal;
use std::sync::Arc;

/// Who is in.
pub(crate) struct Ranked {
    /// The units that take part, in order.
    pub(crate) units: Vec<u32>,
    /// The places of every video; `None`: a candidate nowhere.
    pub(crate) places: Vec<Option<Box<LineUp>>>,
}

/// A video in a group, with its units there.
#[derive(Clone)]
struct Candidate {
    day: i32,
    category: u32,
    video: u32,
    /// Indices into the list of candidate units, sorted by group and video.
    units: std::ops::Range<u32>,
}

/// How many candidates a thread takes at a time.
const CHUNK: usize = 1_024;

/// Ranks the videos of the units given.
pub(crate) fn rank(
    world: &World<'_>,
    top: &Top,
    units: &[u32],
    not_known: &mut [Option<Arc<str>>],
) -> Result<Ranked, SettleError> {
    let by_day = top.by.contains(&PartitionKey::Day);
    let by_category = top.by.contains(&PartitionKey::Category);
    let categories = if by_category {
        Categories::of(world)
    } else {
        Categories::none()
    };
    let mut keyed: Vec<(i32, u32, u32, u32)> = units
        .iter()
        .map(|index| {
            let unit = &world.units[*index as usize];
            let day = if by_day { unit.day } else { 0 };
            let category = if by_category {
                categories.of_video[unit.video as usize]
            } else {
                0
            };
            (day, category, unit.video, *index)
        })
        .collect();
    keyed.par_sort_unstable();
    let candidates = candidates(&keyed);
    let scores = scores(world, top, by_day, &candidates, &keyed, not_known)?;
    let mut ranked = Ranked {
        units: Vec::new(),
        places: vec![None; world.videos.len()],
    };
    let scored: Vec<(&Candidate, Decimal)> = candidates
        .iter()
        .zip(scores)
        .filter(|(candidate, _)| not_known[candidate.video as usize].is_none())
        .filter_map(|(candidate, score)| Some((candidate, score?)))
        .collect();
    let keys = Keys::of(&top.by);
    for group in scored.chunk_by(|(a, _), (b, _)| (a.day, a.category) == (b.day, b.category)) {
        let first = &world.units[keyed[group[0].0.units.start as usize].3 as usize];
        let partition = keys.partition(world, first, &categories);
        place_group(group, &partition, top.part, &keyed, &mut ranked)?;
    }
    ranked.units.sort_unstable();
    Ok(ranked)
}

fn candidates(keyed: &[(i32, u32, u32, u32)]) -> Vec<Candidate> {
    let mut start = 0;
    let same = |a: &(i32, u32, u32, u32), b: &(i32, u32, u32, u32)| (a.0, a.1, a.2) == (b.0, b.1, b.2);
    let of_run = |run: &[(i32, u32, u32, u32)]| {
        let (day, category, video, _) = run[0];
        let units = start..start + run.len() as u32;
        start = units.end;
        Candidate {
            day,
            category,
            video,
            units,
        }
    };
    keyed.chunk_by(same).map(of_run).collect()
}

/// The score of every candidate; `None` where a value is not known.
fn scores(
    world: &World<'_>,
    top: &Top,
    by_day: bool,
    candidates: &[Candidate],
    keyed: &[(i32, u32, u32, u32)],
    not_known: &mut [Option<Arc<str>>],
) -> Result<Vec<Option<Decimal>>, SettleError> {
    let score = Bound::new(world, &top.score, Level::Unit)?;
    let unavailable = ["country", "payer"].into_iter().chain((!by_day).then_some("day"));
    for name in unavailable {
        if score.uses(name) {
            let formula = top.score.source().to_owned();
            return Err(SettleError::MisplacedName {
                name: name.to_owned(),
                formula,
            });
        }
    }
    let of_chunk = |chunk: &[Candidate]| {
        let mut evaluator = score.evaluator();
        let mut outcomes = Vec::with_capacity(chunk.len());
        for candidate in chunk {
            let mut counts = Counts::default();
            for (.., unit) in &keyed[candidate.units.start as usize..candidate.units.end as usize] {
                counts.add(&world.counts(&world.units[*unit as usize]));
            }
            let video = &world.videos[candidate.video as usize];
            let day = by_day.then(|| crate::world::date_of(candidate.day));
            let subject = Subject {
                creator: video.creator.map(|creator| &world.creators[creator as usize]),
                video: Some(video),
                unit: Some(UnitView {
                    counts: &counts,
                    country: None,
                    day,
                    payer: None,
                }),
            };
            outcomes.push(score.number(&mut evaluator, &subject)?);
        }
        Ok(outcomes)
    };
    let chunks: Vec<Result<Vec<Outcome<Decimal>>, SettleError>> =
        candidates.par_chunks(CHUNK).map(of_chunk).collect();
    let mut scores = Vec::with_capacity(candidates.len());
    let mut next = candidates.iter();
    for chunk in chunks {
        for (outcome, candidate) in chunk?.into_iter().zip(&mut next) {
            scores.push(match outcome {
                Outcome::Value(score) => Some(score),
                Outcome::NotKnown(name) => {
                    not_known[candidate.video as usize].get_or_insert(name);
                    None
                }
            });
        }
    }
    Ok(scores)
}

/// `ceil(part · candidates)`.
fn cutoff(part: Ratio, candidates: usize) -> Option<usize> {
    let above = part.numerator().checked_mul(i128::try_from(candidates).ok()?)?;
    let places = above
        .checked_add(part.denominator() - 1)?
        .div_euclid(part.denominator());
    usize::try_from(places.max(0))
        .ok()
        .map(|places| places.min(candidates))
}

fn place_group(
    group: &[(&Candidate, Decimal)],
    partition: &Partition,
    part: Ratio,
    keyed: &[(i32, u32, u32, u32)],
    ranked: &mut Ranked,
) -> Result<(), SettleError> {
    let cutoff = cutoff(part, group.len()).ok_or_else(|| SettleError::overflow("the size of a line-up"))?;
    let mut order: Vec<(&Candidate, Decimal)> = group.to_vec();
    order.par_sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.video.cmp(&b.0.video)));
    let last_score = order
        .get(cutoff.wrapping_sub(1))
        .map(|(_, score)| score.normalize());
    for (at, (candidate, score)) in order.into_iter().enumerate() {
        let entered = at < cutoff;
        if entered {
            let units = &keyed[candidate.units.start as usize..candidate.units.end as usize];
            ranked.units.extend(units.iter().map(|(.., unit)| *unit));
        }
        let margin = |place: &Place| i128::from(place.cutoff) - i128::from(place.rank);
        let known = &mut ranked.places[candidate.video as usize];
        let better = known
            .as_ref()
            .is_none_or(|known| cutoff as i128 - (at as i128 + 1) > margin(&known.best));
        let place = better.then(|| Place {
            group: partition.clone(),
            rank: at as u64 + 1,
            cutoff: cutoff as u64,
            candidates: group.len() as u64,
            score: score.normalize(),
            cutoff_score: last_score,
        });
        match (known, place) {
            (Some(known), place) => {
                known.groups += 1;
                known.entered += u32::from(entered);
                if let Some(place) = place {
                    known.best = place;
                }
            }
            (known @ None, Some(best)) => {
                *known = Some(Box::new(LineUp {
                    groups: 1,
                    entered: entered.into(),
                    best,
                }))
            }
            (None, None) => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_candidates_is_rounded_up() {
        let table = [
            ("4%", 0, 0),
            ("4%", 1, 1),
            ("4%", 25, 1),
            ("4%", 26, 2),
            ("100%", 7, 7),
            ("0", 7, 0),
            ("1/3", 9, 3),
        ];
        for (part, candidates, expected) in table {
            assert_eq!(
                cutoff(Ratio::parse(part).unwrap(), candidates),
                Some(expected),
                "{part} of {candidates}"
            );
        }
    }
}
