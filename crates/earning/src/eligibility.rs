//! Who may earn here: the program's conditions on creators and videos.
//!
//! Conditions are tried in document order, and the first that fails is the reason. A condition that
//! cannot be decided for want of a value fails too, with the reason that the value is not known.

use crate::decision::Failure;
use crate::error::SettleError;
use crate::variables::{Bound, Outcome, Subject};
use crate::world::World;
use formula::{Evaluator, Value};
use policy::program::Condition;
use policy::scope::Level;
use rayon::prelude::*;
use std::sync::Arc;

/// How many subjects a thread takes at a time.
const CHUNK: usize = 4_096;

/// The first failing condition per creator; `None`: eligible.
pub(crate) fn creators(world: &World<'_>) -> Result<Vec<Option<Box<Failure>>>, SettleError> {
    let conditions = Conditions::new(world, &world.inputs.program.creator_conditions, Level::Creator)?;
    conditions.check_all(world.creators.len(), |index| Subject {
        creator: Some(&world.creators[index]),
        ..Subject::default()
    })
}

/// The first failing condition per video; `None`: eligible. Videos of creators who are not are not asked.
pub(crate) fn videos(
    world: &World<'_>,
    creators: &[Option<Box<Failure>>],
) -> Result<Vec<Option<Box<Failure>>>, SettleError> {
    let conditions = Conditions::new(world, &world.inputs.program.video_conditions, Level::Video)?;
    let asked: Vec<usize> = (0..world.videos.len())
        .filter(|index| {
            world.videos[*index]
                .creator
                .is_some_and(|creator| creators[creator as usize].is_none())
        })
        .collect();
    let checked = conditions.check_all(asked.len(), |index| {
        let video = &world.videos[asked[index]];
        let creator = video.creator.map(|creator| &world.creators[creator as usize]);
        Subject {
            creator,
            video: Some(video),
            unit: None,
        }
    })?;
    let mut failures = vec![None; world.videos.len()];
    for (index, failure) in asked.into_iter().zip(checked) {
        failures[index] = failure;
    }
    Ok(failures)
}

struct Conditions<'p> {
    conditions: Vec<(Bound<'p>, Arc<str>, Option<Arc<str>>)>,
}

impl<'p> Conditions<'p> {
    fn new(world: &World<'p>, conditions: &'p [Condition], level: Level) -> Result<Self, SettleError> {
        let bind = |condition: &'p Condition| {
            let bound = Bound::new(world, &condition.formula, level)?;
            Ok((
                bound,
                condition.formula.source().into(),
                condition.because.as_deref().map(Arc::from),
            ))
        };
        Ok(Conditions {
            conditions: conditions.iter().map(bind).collect::<Result<_, _>>()?,
        })
    }

    /// Checks many subjects; results, and the first error, are those of checking them one by one.
    fn check_all<'s>(
        &self,
        count: usize,
        subject: impl Fn(usize) -> Subject<'s> + Sync,
    ) -> Result<Vec<Option<Box<Failure>>>, SettleError> {
        if self.conditions.is_empty() {
            return Ok(vec![None; count]);
        }
        let starts: Vec<usize> = (0..count).step_by(CHUNK).collect();
        let chunks: Vec<Result<Vec<Option<Box<Failure>>>, SettleError>> = starts
            .into_par_iter()
            .map(|start| {
                let mut evaluators: Vec<Evaluator> = self
                    .conditions
                    .iter()
                    .map(|(bound, ..)| bound.evaluator())
                    .collect();
                let mut checked = Vec::with_capacity(CHUNK);
                for index in start..count.min(start + CHUNK) {
                    checked.push(self.check(&mut evaluators, &subject(index))?);
                }
                Ok(checked)
            })
            .collect();
        let mut all = Vec::with_capacity(count);
        for chunk in chunks {
            all.extend(chunk?);
        }
        Ok(all)
    }

    fn check(
        &self,
        evaluators: &mut [Evaluator],
        subject: &Subject<'_>,
    ) -> Result<Option<Box<Failure>>, SettleError> {
        for (place, (bound, formula, because)) in self.conditions.iter().enumerate() {
            let not_known = match bound.evaluate(&mut evaluators[place], subject)? {
                Outcome::Value(Value::Bool(true)) => continue,
                Outcome::Value(Value::Bool(false)) => None,
                Outcome::Value(_) => {
                    return Err(bound.error(subject, "neither true nor false".to_owned()));
                }
                Outcome::NotKnown(variable) => Some(variable),
            };
            return Ok(Some(Box::new(Failure {
                condition: place as u32,
                formula: Arc::clone(formula),
                because: because.clone(),
                not_known,
                values: bound.values(subject),
            })));
        }
        Ok(None)
    }
}
