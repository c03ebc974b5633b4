//! From what units earned to earning lines, sorted by creator and video.

use crate::error::SettleError;
use crate::line::{Line, Unit};
use crate::line_id::LineIds;
use crate::working::Earned;
use crate::world::World;
use hashbrown::HashMap;
use money::Money;
use rayon::prelude::*;
use std::sync::Arc;

/// The lines and units of what was earned (in unit order, so one video's units lie together).
pub(crate) fn lines(world: &World<'_>, earned: &[Earned]) -> Result<(Vec<Line>, Vec<Unit>), SettleError> {
    let mut groups: Vec<Group<'_>> = earned
        .chunk_by(|a, b| world.units[a.unit as usize].video == world.units[b.unit as usize].video)
        .map(|units| Group::of(world, units))
        .collect();
    groups.par_sort_unstable_by_key(|group| (group.creator, group.video));
    let ids = LineIds::new(world.inputs.program, world.inputs.period);
    let id = |group: &Group<'_>| {
        ids.id(
            world.creators[group.creator as usize].id,
            world.videos[group.video as usize].id,
        )
    };
    let ids: Vec<String> = groups.par_iter().map(id).collect();
    let asset = world.inputs.program.asset;
    let mut lines = Vec::with_capacity(groups.len());
    let mut units = Vec::with_capacity(earned.len());
    for (group, id) in groups.iter().zip(ids) {
        let video = &world.videos[group.video as usize];
        let start = units.len() as u32;
        let sum = group
            .units
            .iter()
            .try_fold(0_i128, |sum, unit| sum.checked_add(unit.amount));
        let amount = sum.ok_or_else(|| SettleError::overflow(format!("the line of video `{}`", video.id)))?;
        units.extend(
            group
                .units
                .iter()
                .map(|earned| unit(world, earned, lines.len() as u32)),
        );
        lines.push(Line {
            id,
            creator: Arc::clone(world.creators[group.creator as usize].id),
            video: Arc::clone(video.id),
            amount: Money::new(asset, amount),
            before_caps: Money::new(asset, amount),
            units: start..units.len() as u32,
            views: video.views,
            qualified_views: video.qualified,
        });
    }
    check_ids(&lines)?;
    Ok((lines, units))
}

struct Group<'e> {
    creator: u32,
    video: u32,
    units: &'e [Earned],
}

impl<'e> Group<'e> {
    fn of(world: &World<'_>, units: &'e [Earned]) -> Self {
        let video = world.units[units[0].unit as usize].video;
        let creator = world.videos[video as usize]
            .creator
            .expect("only videos with a creator take part");
        Group {
            creator,
            video,
            units,
        }
    }
}

fn unit(world: &World<'_>, earned: &Earned, line: u32) -> Unit {
    let key = &world.units[earned.unit as usize];
    let counts = world.counts(key);
    Unit {
        line,
        partition: earned.partition,
        day: world.day(key),
        country: Arc::clone(world.countries[key.country as usize]),
        views: counts.views,
        qualified_views: counts.qualified,
        value: earned.value,
        factor: earned.factor,
        weight: earned.weight,
        before_caps: earned.amount,
        amount: earned.amount,
    }
}

fn check_ids(lines: &[Line]) -> Result<(), SettleError> {
    let mut seen: HashMap<&str, &Line> = HashMap::with_capacity(lines.len());
    for line in lines {
        if let Some(other) = seen.insert(&line.id, line) {
            return Err(SettleError::LineIdCollision {
                id: line.id.clone(),
                first: other.video.to_string(),
                second: line.video.to_string(),
            });
        }
    }
    Ok(())
}
