//! Facts as a value: partitions put together in canonical order.

use super::KernelError;
use super::context::Context;
use super::count::Partition;
use super::decode::NO_ID;
use super::job::{Sink, count};
use super::request::{FactsRequest, Source};
use earning::facts::{Fact, FactVideo, Facts};
use std::collections::{BTreeMap, BTreeSet};
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
    let units = || partitions.iter().flat_map(|partition| &partition.units);
    let codes: BTreeSet<u16> = units().map(|unit| unit.country).collect();
    let texts: BTreeMap<Arc<str>, u16> = codes
        .iter()
        .map(|code| (context.places.text(*code), *code))
        .collect();
    let mut countries: Vec<Arc<str>> = texts.keys().cloned().collect();
    if countries.first().is_none_or(|first| !first.is_empty()) {
        countries.insert(0, Arc::from(""));
    }
    let country_index = |code: u16| {
        let text = context.places.text(code);
        countries
            .binary_search(&text)
            .expect("every code's text is there") as u16
    };
    let country_of: BTreeMap<u16, u16> = codes.iter().map(|code| (*code, country_index(*code))).collect();
    let mut payer_numbers: Vec<u64> = units()
        .map(|unit| unit.payer)
        .filter(|payer| *payer != NO_ID)
        .collect();
    payer_numbers.sort_unstable();
    payer_numbers.dedup();
    let mut payers: Vec<(Arc<str>, u64)> = payer_numbers
        .iter()
        .map(|number| (context.interner.text(*number), *number))
        .collect();
    payers.sort_unstable();
    let mut payer_of = vec![0u32; payers.len()];
    for (index, (_, number)) in payers.iter().enumerate() {
        payer_of[payer_numbers.binary_search(number).expect("every payer is there")] = index as u32;
    }
    let rows = units().count();
    let mut videos: Vec<(Arc<str>, usize, u32)> = Vec::new();
    let mut starts: Vec<Vec<usize>> = Vec::new();
    for (index, partition) in partitions.iter_mut().enumerate() {
        let named = partition.videos.iter().enumerate();
        videos.extend(named.map(|(video, counted)| (Arc::clone(&counted.id), index, video as u32)));
        let first = |video: u32| partition.units.partition_point(|unit| unit.video < video);
        starts.push((0..=partition.videos.len() as u32).map(first).collect());
    }
    videos.sort_unstable();
    let mut facts = Facts {
        countries,
        payers: payers.into_iter().map(|(text, _)| text).collect(),
        not_evaluated: context.not_evaluated(),
        foreign_impressions: context.foreign_impressions.load(Ordering::Relaxed),
        rows: Vec::with_capacity(rows),
        videos: Vec::with_capacity(videos.len()),
    };
    for (position, (id, index, video)) in videos.into_iter().enumerate() {
        let partition = &mut partitions[index];
        let creator_hint = partition.videos[video as usize].hint.take();
        facts.videos.push(FactVideo { id, creator_hint });
        let range = starts[index][video as usize]..starts[index][video as usize + 1];
        for unit in &mut partition.units[range] {
            let payer = payer_numbers
                .binary_search(&unit.payer)
                .ok()
                .map(|index| payer_of[index]);
            facts.rows.push(Fact {
                video: position as u32,
                country: country_of[&unit.country],
                day: context.span.first_day + i32::from(unit.day),
                payer,
                counts: std::mem::take(&mut unit.counts),
            });
        }
    }
    facts
}
