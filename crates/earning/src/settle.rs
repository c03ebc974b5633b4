//! Settlement: from inputs to lines.
//!
//! 1. *Units.* Facts of the period are added up to one unit per video and country, and per day or payer where the
//!    program divides or ranks by them.
//! 2. *Eligibility* of creators, then of their videos. A video whose creator nobody names takes no part.
//! 3. *Line-up*, for programs that have one.
//! 4. *Mechanism*: pool, rate or share. A value that a formula needs and nobody knows takes the whole
//!    video out, with the name that is missing; it is never guessed.
//! 5. *Caps*, in document order.
//! 6. *Decisions and report.*
//!
//! The result depends on the inputs alone: not on the order of rows or snapshots, not on threads.

use crate::error::SettleError;
use crate::inputs::Inputs;
use crate::settlement::Settlement;
use crate::world::World;
use crate::{assemble, caps, decide, eligibility, lineup, pool, rate, share, summary};
use policy::program::{Mechanism, Top};
use std::sync::Arc;

/// Settles one period of one program version.
pub fn settle(inputs: &Inputs<'_>) -> Result<Settlement, SettleError> {
    if inputs.program.conversion().is_some() {
        return Err(SettleError::NotSettled {
            program: inputs.program.id.clone(),
        });
    }
    let world = World::new(inputs)?;
    let program = inputs.program;
    let creator_failures = eligibility::creators(&world)?;
    let video_failures = eligibility::videos(&world, &creator_failures)?;
    let mut not_known = vec![None; world.videos.len()];
    let may_earn = |video: usize| {
        let creator = world.videos[video].creator;
        creator.is_some_and(|creator| creator_failures[creator as usize].is_none())
            && video_failures[video].is_none()
    };
    let units = world
        .units
        .iter()
        .enumerate()
        .filter(|(_, unit)| may_earn(unit.video as usize));
    let mut units: Vec<u32> = units.map(|(index, _)| index as u32).collect();
    let mut places = Vec::new();
    if let Some(top) = line_up(&program.mechanism) {
        let ranked = lineup::rank(&world, top, &units, &mut not_known)?;
        units = ranked.units;
        places = ranked.places;
    }
    let mut division = match &program.mechanism {
        Mechanism::Pool(pool) => pool::divide(&world, pool, &units, &mut not_known)?,
        Mechanism::Rate(rate) => rate::pay(&world, rate, &units, &mut not_known)?,
        Mechanism::Share(share) => share::share(&world, share, &units, &mut not_known)?,
        Mechanism::Conversion(_) => {
            return Err(SettleError::NotSettled {
                program: program.id.clone(),
            });
        }
    };
    let earned = std::mem::take(&mut division.earned);
    let assembled = assemble::lines(&world, &earned)?;
    let (mut lines, mut units) = (assembled.lines, assembled.units);
    let capped = caps::apply(
        &program.caps,
        program.asset,
        inputs.budget_spent,
        &mut lines,
        &mut units,
    )?;
    let findings = decide::Findings {
        creators: &creator_failures,
        failures: video_failures,
        not_known,
        places,
        line_videos: assembled.videos,
    };
    let videos = decide::videos(&world, findings, &lines);
    let creators = decide::creators(&world, creator_failures, &lines, &assembled.creators)?;
    let report = summary::report(&world, division, capped, &lines, (&creators, &videos))?;
    Ok(Settlement {
        program: program.id.clone(),
        version: program.version,
        program_hash: program.hash.clone(),
        period: *inputs.period,
        asset: program.asset,
        lines,
        units,
        creators,
        videos,
        report,
    })
}

fn line_up(mechanism: &Mechanism) -> Option<&Top> {
    match mechanism {
        Mechanism::Pool(pool) => pool.top.as_ref(),
        Mechanism::Share(share) => share.top.as_ref(),
        Mechanism::Rate(_) | Mechanism::Conversion(_) => None,
    }
}

/// The creators who meet every condition of the program on creators, by the snapshots and look-backs of the inputs. Nothing
/// is settled, so any program can be asked.
pub fn creators_who_meet(inputs: &Inputs<'_>) -> Result<Vec<Arc<str>>, SettleError> {
    let world = World::new(inputs)?;
    let failures = eligibility::creators(&world)?;
    let met = world
        .creators
        .iter()
        .zip(failures)
        .filter(|(_, failure)| failure.is_none());
    Ok(met.map(|(creator, _)| Arc::clone(creator.id)).collect())
}
