//! Facts straight into a Parquet file, partition by partition.

use super::KernelError;
use super::context::Context;
use super::count::Partition;
use super::decode::NO_ID;
use super::job::{Sink, count};
use super::request::{FactsRequest, FactsSummary, Source};
use crate::facts_file::{FactKey, FactsWriter, RowGroup};
use hashbrown::HashMap;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

/// Counts the events of a span into a Parquet file without holding all facts. The file has the same rows whatever the
/// threads and the memory, and appears whole or not at all.
///
/// # Errors
/// [`KernelError`]; nothing is left behind.
pub fn facts_to_parquet(
    source: Source<'_>,
    request: &FactsRequest<'_>,
    out: &Path,
) -> Result<FactsSummary, KernelError> {
    let context = Context::new(request)?;
    let sink = ToFile {
        writer: FactsWriter::create(out)?,
        context: &context,
        summary: Mutex::default(),
    };
    if context.by_payer() {
        count::<3, _>(source, &context, &sink)?
    } else {
        count::<2, _>(source, &context, &sink)?
    }
    let mut summary = sink.summary.into_inner().expect("adding does not panic");
    summary.not_evaluated = context.not_evaluated();
    summary.foreign_impressions = context.foreign_impressions.load(Ordering::Relaxed);
    sink.writer
        .finish(&summary.not_evaluated, summary.foreign_impressions)?;
    Ok(summary)
}

struct ToFile<'c> {
    writer: FactsWriter,
    context: &'c Context<'c>,
    summary: Mutex<FactsSummary>,
}

struct Group {
    rows: RowGroup,
    summary: FactsSummary,
    countries: HashMap<u16, Arc<str>>,
}

impl Sink for ToFile<'_> {
    type Group = Group;

    fn open(&self, group: usize) -> Result<Group, KernelError> {
        Ok(Group {
            rows: self.writer.group(group)?,
            summary: FactsSummary::default(),
            countries: HashMap::new(),
        })
    }

    fn add(&self, group: &mut Group, partition: Partition) -> Result<(), KernelError> {
        let (places, interner) = (&self.context.places, &self.context.interner);
        group.summary.videos += partition.videos.len() as u64;
        group.summary.rows += partition.keys.len() as u64;
        group.summary.totals.add(&partition.counts.totals());
        for video in &partition.videos {
            for key in &partition.keys[video.units.clone()] {
                let country = group.countries.entry(key.country);
                let payer = (key.payer != NO_ID).then(|| interner.text(key.payer));
                group.rows.key(FactKey {
                    video: &video.id,
                    creator: video.hint.as_deref(),
                    country: country.or_insert_with(|| places.text(key.country)),
                    day: self.context.span.first_day + i32::from(key.day),
                    payer: payer.as_deref(),
                });
            }
        }
        group.rows.counts(partition.counts)?;
        Ok(())
    }

    fn close(&self, index: usize, group: Group) -> Result<(), KernelError> {
        self.writer.append(index, group.rows)?;
        let mut summary = self.summary.lock().expect("adding does not panic");
        summary.rows += group.summary.rows;
        summary.videos += group.summary.videos;
        summary.totals.add(&group.summary.totals);
        Ok(())
    }
}
