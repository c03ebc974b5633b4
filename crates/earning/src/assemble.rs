//! From what units earned to earning lines, sorted by creator and video.

use crate::error::SettleError;
use crate::line::{Line, Unit};
use crate::line_id::LineIds;
use crate::working::Earned;
use crate::world::World;

use money::Money;
use rayon::prelude::*;
use std::sync::Arc;

/// The lines and units of what was earned (in unit order, so one video's units lie together).
pub(crate) fn lines(world: &World<'_>, earned: &[Earned]) -> Result<Assembled, SettleError> {
    let mut groups: Vec<Group<'_>> = earned
        .chunk_by(|a, b| world.units[a.unit as usize].video == world.units[b.unit as usize].video)
        .map(|units| Group::of(world, units))
        .collect();
    groups.par_sort_unstable_by_key(|group| (group.creator, group.video));
    let ids = LineIds::new(world.inputs.program, world.inputs.period);
    let id = |buffer: &mut Vec<u8>, group: &Group<'_>| {
        ids.id(
            world.creators[group.creator as usize].id,
            world.videos[group.video as usize].id,
            buffer,
        )
    };
    let ids: Vec<(String, u128)> = groups.par_iter().map_init(Vec::new, id).collect();
    let asset = world.inputs.program.asset;
    let mut lines = Vec::with_capacity(groups.len());
    let mut units = Vec::with_capacity(earned.len());
    let mut numbers = Vec::with_capacity(groups.len());
    for (group, (id, number)) in groups.iter().zip(ids) {
        numbers.push((number, lines.len() as u32));
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
    check_ids(&numbers, &lines)?;
    let videos = groups.iter().map(|group| group.video).collect();
    let creators = groups.iter().map(|group| group.creator).collect();
    Ok(Assembled {
        lines,
        units,
        videos,
        creators,
    })
}

/// Lines with their working.
pub(crate) struct Assembled {
    pub(crate) lines: Vec<Line>,
    pub(crate) units: Vec<Unit>,
    /// The video of each line: an index into `World::videos`.
    pub(crate) videos: Vec<u32>,
    /// The creator of each line: an index into `World::creators`.
    pub(crate) creators: Vec<u32>,
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

    Unit {
        line,
        partition: earned.partition,
        day: world.day(key),
        country: Arc::clone(world.countries[key.country as usize]),
        views: earned.views,
        qualified_views: earned.qualified,
        value: earned.value,
        factor: earned.factor,
        weight: earned.weight,
        before_caps: earned.amount,
        amount: earned.amount,
    }
}

/// Ids that differ in their first 128 bits differ; others are taken for the same, which costs nothing.
fn check_ids(numbers: &[(u128, u32)], lines: &[Line]) -> Result<(), SettleError> {
    let mut sorted = numbers.to_vec();
    sorted.par_sort_unstable();
    let Some(pair) = sorted.windows(2).find(|pair| pair[0].0 == pair[1].0) else {
        return Ok(());
    };
    let [first, second] = [pair[0], pair[1]].map(|(_, line)| &lines[line as usize]);
    Err(SettleError::LineIdCollision {
        id: first.id.clone(),
        first: first.video.to_string(),
        second: second.video.to_string(),
    })
}
