//! Look-back counts: what the days before a period's end add up to.
//!
//! A program by day that is settled for a month asks for thirty windows that overlap in all but two days, so the last
//! window of views is kept and moved: days that leave are subtracted, days that enter are added.

use crate::error::Result;
use crate::failure::kernel_error;
use crate::progress::Context;
use crate::settlement_inputs::{EventFiles, Reader, midnight};
use earning::LookbackCounts;
use facts::Facts;
use jiff::ToSpan;
use jiff::civil::Date;
use lake::kernel::ByPayer;
use lake::snapshots::Snapshots;
use policy::program::{Lookback, LookbackMeasure, LookbackSubject, Program};
use policy::qualification::{CountOnce, Qualification};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

type ByVideo = BTreeMap<Arc<str>, u64>;

/// Views by video in the windows that were asked for last, by length in days.
#[derive(Debug, Default)]
pub struct ViewWindows {
    windows: RefCell<BTreeMap<u16, Window>>,
}

#[derive(Debug)]
struct Window {
    from: Date,
    to: Date,
    views: ByVideo,
}

impl ViewWindows {
    /// Views by video in the `days` days before `end`.
    fn views(&self, reader: &Reader<'_>, days: u16, end: Date, context: &Context<'_>) -> Result<ByVideo> {
        let from = end.saturating_sub(i64::from(days).days());
        let known = self.windows.borrow_mut().remove(&days);
        let window = match known {
            // Moving reads the days that enter and those that leave; it must be less than reading all.
            Some(window) if from >= window.from && end >= window.to && overlaps_most(&window, from, end) => {
                window.moved(reader, from, end, context)?
            }
            _ => Window {
                from,
                to: end,
                views: read(reader, from, end)?,
            },
        };
        let views = window.views.clone();
        self.windows.borrow_mut().insert(days, window);
        Ok(views)
    }
}

/// More days stay than move.
fn overlaps_most(window: &Window, from: Date, end: Date) -> bool {
    let days = |from: Date, to: Date| (to - from).get_days();
    2 * days(window.to, end).max(0) < days(from, end)
}

impl Window {
    fn moved(mut self, reader: &Reader<'_>, from: Date, to: Date, context: &Context<'_>) -> Result<Window> {
        context.check()?;
        for (video, count) in read(reader, self.to, to)? {
            *self.views.entry(video).or_default() += count;
        }
        for (video, count) in read(reader, self.from, from)? {
            if let Entry::Occupied(mut known) = self.views.entry(video) {
                *known.get_mut() -= count;
                if *known.get() == 0 {
                    known.remove();
                }
            }
        }
        Ok(Window {
            from,
            to,
            views: self.views,
        })
    }
}

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
        LookbackMeasure::Views => reader.windows.views(reader, lookback.days, end, context),
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
