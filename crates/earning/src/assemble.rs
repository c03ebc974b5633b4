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
    let mut groups = groups(world, earned)?;
    groups.par_sort_unstable_by_key(|group| (group.creator, group.video));
    let mut places: Vec<(u32, u32)> = Vec::with_capacity(earned.len());
    for (line, group) in groups.iter_mut().enumerate() {
        group.place = places.len() as u32;
        places.extend((group.first..group.first + group.len).map(|at| (at, line as u32)));
    }
    let ids = LineIds::new(world.inputs.program, world.inputs.period);
    let mut lines = Vec::new();
    let mut numbers = Vec::new();
    // Lines lie in another order than videos, so this waits for memory more than it counts: hence threads.
    groups
        .par_iter()
        .map_init(Vec::new, |buffer, group| group.line(world, &ids, buffer))
        .unzip_into_vecs(&mut lines, &mut numbers);
    let units = places
        .par_iter()
        .map(|(at, line)| unit(world, &earned[*at as usize], *line))
        .collect();
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

/// A line to be.
struct Group {
    creator: u32,
    video: u32,
    /// Its units as earned.
    first: u32,
    len: u32,
    /// Where they start among the units of all lines.
    place: u32,
    amount: i128,
}

fn groups(world: &World<'_>, earned: &[Earned]) -> Result<Vec<Group>, SettleError> {
    let mut groups: Vec<Group> = Vec::new();
    for (at, entry) in earned.iter().enumerate() {
        let video = world.units[entry.unit as usize].video;
        if groups.last().is_none_or(|group| group.video != video) {
            let creator = world.videos[video as usize]
                .creator
                .expect("only videos with a creator take part");
            groups.push(Group {
                creator,
                video,
                first: at as u32,
                len: 0,
                place: 0,
                amount: 0,
            });
        }
        let group = groups.last_mut().expect("a group was begun");
        group.len += 1;
        group.amount = group.amount.checked_add(entry.amount).ok_or_else(|| {
            SettleError::overflow(format!("the line of video `{}`", world.videos[video as usize].id))
        })?;
    }
    Ok(groups)
}

impl Group {
    fn line(&self, world: &World<'_>, ids: &LineIds, buffer: &mut Vec<u8>) -> (Line, u128) {
        let asset = world.inputs.program.asset;
        let video = &world.videos[self.video as usize];
        let creator = world.creators[self.creator as usize].id;
        let (id, number) = ids.id(creator, video.id, buffer);
        let line = Line {
            id,
            creator: Arc::clone(creator),
            video: Arc::clone(video.id),
            amount: Money::new(asset, self.amount),
            before_caps: Money::new(asset, self.amount),
            units: self.place..self.place + self.len,
            views: video.views,
            qualified_views: video.qualified,
        };
        (line, number)
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
fn check_ids(numbers: &[u128], lines: &[Line]) -> Result<(), SettleError> {
    let mut sorted: Vec<(u128, u32)> = numbers.iter().copied().zip(0..).collect();
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
