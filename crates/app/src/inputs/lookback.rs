//! Look-back counts: what the days before a period's end add up to.

use crate::base::error::Result;
use crate::base::failure::kernel_error;
use crate::base::progress::Context;
use crate::inputs::reader::{EventFiles, Reader, midnight};
use crate::inputs::windows::ByVideo;
use earning::LookbackCounts;
use facts::Facts;
use jiff::ToSpan;
use jiff::civil::Date;
use lake::kernel::ByPayer;
use lake::snapshots::Snapshots;
use policy::program::{Lookback, LookbackMeasure, LookbackSubject, Program};
use policy::qualification::{CountOnce, Qualification};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

fn read(reader: &Reader<'_>, from: Date, to: Date) -> Result<ByVideo> {
    if from >= to {
        return Ok(ByVideo::new());
    }
    let files = EventFiles::of(reader, (from, to));
    lake::kernel::views_by_video(files.source(), from, to).map_err(|e| kernel_error(&e))
}

/// Counts the look-backs of a program at a period's end.
pub(crate) fn counts(
    reader: &Reader<'_>,
    program: &Program,
    end: Date,
    snapshots: &Snapshots,
    context: &Context<'_>,
) -> Result<LookbackCounts> {
    let mut windows: BTreeMap<(LookbackMeasure, u16), BTreeMap<Arc<str>, u64>> = BTreeMap::new();
    for lookback in &program.lookbacks {
        if let Entry::Vacant(window) = windows.entry((lookback.measure, lookback.days)) {
            window.insert(by_video(reader, program, lookback, end, snapshots, context)?);
        }
    }
    let creators: BTreeMap<&str, &Arc<str>> = snapshots
        .videos
        .iter()
        .map(|video| (&*video.id, &video.creator))
        .collect();
    let mut counts = LookbackCounts::default();
    for lookback in &program.lookbacks {
        let by_video = &windows[&(lookback.measure, lookback.days)];
        let subjects = match lookback.subject {
            LookbackSubject::Video => by_video.clone(),
            LookbackSubject::Creator => by_creator(by_video, &creators),
        };
        counts.counts.insert(*lookback, subjects);
    }
    Ok(counts)
}

/// What a look-back counts, by video.
fn by_video(
    reader: &Reader<'_>,
    program: &Program,
    lookback: &Lookback,
    end: Date,
    snapshots: &Snapshots,
    context: &Context<'_>,
) -> Result<BTreeMap<Arc<str>, u64>> {
    let from = end.saturating_sub(i64::from(lookback.days).days());
    match lookback.measure {
        LookbackMeasure::Views => {
            reader
                .windows
                .views(|from, to| read(reader, from, to), (lookback.days, end), context)
        }
        LookbackMeasure::QualifiedViews => {
            let qualification = Qualification {
                count_once: CountOnce::PerDay,
                ..program.qualification.clone()
            };
            let facts = reader.facts(
                &qualification,
                (from, end),
                ByPayer::No,
                program.asset.code(),
                snapshots,
                context,
            )?;
            Ok(qualified_by_video(&facts))
        }
        LookbackMeasure::Posts => {
            let window = midnight(from)..midnight(end);
            let published = snapshots
                .videos
                .iter()
                .filter(|video| video.published_at.is_some_and(|at| window.contains(&at)));
            Ok(published.map(|video| (Arc::clone(&video.id), 1)).collect())
        }
    }
}

fn by_creator(
    by_video: &BTreeMap<Arc<str>, u64>,
    creators: &BTreeMap<&str, &Arc<str>>,
) -> BTreeMap<Arc<str>, u64> {
    let mut sums: BTreeMap<Arc<str>, u64> = BTreeMap::new();
    for (video, count) in by_video {
        if let Some(creator) = creators.get(&**video) {
            *sums.entry(Arc::clone(creator)).or_default() += count;
        }
    }
    sums
}

fn qualified_by_video(facts: &Facts) -> BTreeMap<Arc<str>, u64> {
    let mut sums: BTreeMap<Arc<str>, u64> = BTreeMap::new();
    for fact in &facts.rows {
        let video = &facts.videos[fact.video as usize].id;
        *sums.entry(Arc::clone(video)).or_default() += fact.counts.qualified;
    }
    sums
}
