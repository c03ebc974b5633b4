//! Facts as a value: partitions put together in canonical order.

use super::KernelError;
use super::context::Context;
use super::count::Partition;
use super::decode::NO_ID;
use super::job::{Sink, count};
use super::places::UNKNOWN;
use super::request::{FactsRequest, Source};
use facts::{Fact, FactVideo, Facts};
use hashbrown::HashMap;
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

/// Counts the events of a span.
///
/// # Errors
/// [`KernelError`]; nothing is left behind.
pub fn facts(source: Source<'_>, request: &FactsRequest<'_>) -> Result<Facts, KernelError> {
    let context = Context::new(request)?;
    let sink = Collect::default();
    if context.by_payer() {
        count::<3, _>(source, &context, &sink)?
    } else {
        count::<2, _>(source, &context, &sink)?
    }
    let partitions = sink.0.into_inner().expect("appending does not panic");
    Ok(assemble(partitions, &context))
}

#[derive(Default)]
struct Collect(Mutex<Vec<Partition>>);

impl Sink for Collect {
    type Group = Vec<Partition>;

    fn open(&self, _: usize) -> Result<Self::Group, KernelError> {
        Ok(Vec::new())
    }

    fn add(&self, group: &mut Self::Group, partition: Partition) -> Result<(), KernelError> {
        group.push(partition);
        Ok(())
    }

    fn close(&self, _: usize, mut group: Self::Group) -> Result<(), KernelError> {
        self.0
            .lock()
            .expect("appending does not panic")
            .append(&mut group);
        Ok(())
    }
}

fn assemble(mut partitions: Vec<Partition>, context: &Context<'_>) -> Facts {
    let keys = || partitions.iter().flat_map(|partition| &partition.keys);
    let codes: BTreeSet<u16> = keys().map(|key| key.country).collect();
    let mut countries: Vec<(Arc<str>, u16)> = codes
        .into_iter()
        .chain([UNKNOWN])
        .map(|code| (context.places.text(code), code))
        .collect();
    countries.sort_unstable();
    countries.dedup();
    let country_of = positions(&countries);
    let payers: BTreeSet<u64> = keys()
        .map(|key| key.payer)
        .filter(|payer| *payer != NO_ID)
        .collect();
    let mut payers: Vec<(Arc<str>, u64)> = payers
        .into_iter()
        .map(|number| (context.interner.text(number), number))
        .collect();
    payers.sort_unstable();
    let payer_of = positions(&payers);
    let rows = keys().count();
    let of_partition = |(index, partition): (usize, &Partition)| {
        let videos = partition.videos.iter().enumerate();
        videos
            .map(|(video, counted)| (Arc::clone(&counted.id), index, video))
            .collect::<Vec<_>>()
    };
    let mut videos: Vec<(Arc<str>, usize, usize)> =
        partitions.iter().enumerate().flat_map(of_partition).collect();
    videos.sort_unstable();
    let mut facts = Facts {
        countries: countries.into_iter().map(|(text, _)| text).collect(),
        payers: payers.into_iter().map(|(text, _)| text).collect(),
        not_evaluated: context.not_evaluated(),
        foreign_impressions: context.foreign_impressions.load(Ordering::Relaxed),
        rows: Vec::with_capacity(rows),
        videos: Vec::with_capacity(videos.len()),
    };
    for (position, (id, index, video)) in videos.into_iter().enumerate() {
        let partition = &mut partitions[index];
        let counted = &mut partition.videos[video];
        facts.videos.push(FactVideo {
            id,
            creator_hint: counted.hint.take(),
        });
        for unit in counted.units.clone() {
            let key = partition.keys[unit];
            facts.rows.push(Fact {
                video: position as u32,
                country: country_of[&key.country] as u16,
                day: context.span.first_day + i32::from(key.day),
                payer: payer_of.get(&key.payer).map(|position| *position as u32),
                counts: partition.counts.get(unit),
            });
        }
    }
    facts
}

/// The position of each number's text.
fn positions<T: Copy + Eq + std::hash::Hash>(texts: &[(Arc<str>, T)]) -> HashMap<T, usize> {
    texts
        .iter()
        .enumerate()
        .map(|(position, (_, number))| (*number, position))
        .collect()
}
