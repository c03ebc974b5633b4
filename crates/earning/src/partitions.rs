//! Which partitions a period has, and the partition of every unit.
//!
//! A partition exists when a fact of the period falls into it, whoever made the video. A pool that is
//! kept apart by day alone has one for every day of the period; one that is not kept apart has one.
//! Rows of a pool's table and funding rows name further ones: money is never lost for want of facts.

use crate::partition::Partition;
use crate::world::{UnitKey, World};
use hashbrown::HashMap;
use policy::program::PartitionKey;
use std::sync::Arc;

/// Partitions in order, and the index of every unit's.
pub(crate) struct Partitions {
    pub(crate) list: Vec<Partition>,
    pub(crate) of_unit: Vec<u32>,
}

/// A partition as numbers: day, country, category's place, payer; 0 where not kept apart.
type Compact = (i32, u32, u32, u32);

/// Partition keys as a set.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Keys {
    day: bool,
    country: bool,
    category: bool,
    payer: bool,
}

impl Keys {
    pub(crate) fn of(keys: &[PartitionKey]) -> Self {
        Keys {
            day: keys.contains(&PartitionKey::Day),
            country: keys.contains(&PartitionKey::Country),
            category: keys.contains(&PartitionKey::Category),
            payer: keys.contains(&PartitionKey::Payer),
        }
    }

    /// A unit's partition in numbers.
    fn compact(self, unit: &UnitKey, categories: &Categories) -> Compact {
        (
            if self.day { unit.day } else { 0 },
            if self.country { unit.country } else { 0 },
            if self.category {
                categories.of_video[unit.video as usize]
            } else {
                0
            },
            if self.payer { unit.payer } else { 0 },
        )
    }

    /// The partition with its values.
    pub(crate) fn partition(self, world: &World<'_>, unit: &UnitKey, categories: &Categories) -> Partition {
        let category = || Arc::clone(&categories.names[categories.of_video[unit.video as usize] as usize]);
        Partition {
            day: if self.day { world.day(unit) } else { None },
            country: self
                .country
                .then(|| Arc::clone(world.countries[unit.country as usize])),
            category: self.category.then(category),
            payer: self.payer.then(|| Arc::clone(world.payers[unit.payer as usize])),
        }
    }
}

/// The categories of videos by place; the first is `""`, unknown.
pub(crate) struct Categories {
    pub(crate) names: Vec<Arc<str>>,
    pub(crate) of_video: Vec<u32>,
}

impl Categories {
    /// For programs that do not keep categories apart.
    pub(crate) const fn none() -> Self {
        Categories {
            names: Vec::new(),
            of_video: Vec::new(),
        }
    }

    pub(crate) fn of(world: &World<'_>) -> Self {
        let category = |index: usize| {
            world.videos[index]
                .snapshot
                .and_then(|snapshot| snapshot.category.clone())
        };
        let unknown: Arc<str> = "".into();
        let mut places: HashMap<Arc<str>, u32> = HashMap::new();
        let mut names = vec![Arc::clone(&unknown)];
        places.insert(unknown, 0);
        let mut of_video = Vec::with_capacity(world.videos.len());
        for index in 0..world.videos.len() {
            let Some(name) = category(index) else {
                of_video.push(0);
                continue;
            };
            let place = *places.entry(Arc::clone(&name)).or_insert_with(|| {
                names.push(name);
                names.len() as u32 - 1
            });
            of_video.push(place);
        }
        Categories { names, of_video }
    }
}

impl Partitions {
    /// The partitions of a period under some keys, with further ones that money names.
    pub(crate) fn new(world: &World<'_>, keys: &[PartitionKey], mut named: Vec<Partition>) -> Self {
        let set = Keys::of(keys);
        let categories = if set.category {
            Categories::of(world)
        } else {
            Categories::none()
        };
        let mut seen: HashMap<Compact, u32> = HashMap::new();
        let mut found: Vec<Partition> = Vec::new();
        let mut of_unit = Vec::with_capacity(world.units.len());
        let mut last: Option<(Compact, u32)> = None;
        for unit in &world.units {
            let compact = set.compact(unit, &categories);
            let number = match last {
                Some((same, number)) if same == compact => number,
                _ => *seen.entry(compact).or_insert_with(|| {
                    found.push(set.partition(world, unit, &categories));
                    found.len() as u32 - 1
                }),
            };
            last = Some((compact, number));
            of_unit.push(number);
        }
        if keys.is_empty() {
            named.push(Partition::default());
        } else if keys == [PartitionKey::Day] {
            named.extend(days(world).map(|day| Partition {
                day: Some(day),
                ..Partition::default()
            }));
        }
        let mut list = found.clone();
        list.append(&mut named);
        list.sort();
        list.dedup();
        let place =
            |partition: &Partition| list.binary_search(partition).expect("every partition is listed") as u32;
        let places: Vec<u32> = found.iter().map(place).collect();
        for number in &mut of_unit {
            *number = places[*number as usize];
        }
        Partitions { list, of_unit }
    }

    /// The place of a partition that is listed.
    pub(crate) fn place(&self, partition: &Partition) -> Option<usize> {
        self.list.binary_search(partition).ok()
    }
}

/// The days of the period.
fn days(world: &World<'_>) -> impl Iterator<Item = jiff::civil::Date> {
    let period = world.inputs.period;
    let end = period.end();
    period
        .start()
        .series(jiff::Span::new().days(1))
        .take_while(move |day| *day < end)
}
