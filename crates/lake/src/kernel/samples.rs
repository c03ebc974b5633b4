//! Views of one video with their verdicts, for explanations.
//!
//! A view's verdict depends on all events of its viewer, so the viewers of the video are found first, and then
//! judged as in any count. Each row carries its number in the input as a fifth word, by which the ids of the chosen
//! events are read at the end.

use super::KernelError;
use super::context::Context;
use super::decide::{Judge, NO_VIEW, QUALIFIED, Verdicts};
use super::decode::{Columns, Ids};
use super::duplicates::text_at;
use super::input::{Input, Task};
use super::job::{Inputs, Shuffles, budget, scatter};
use super::order::grouped;
use super::pool::work;
use super::request::{FactsRequest, Sample, Source};
use super::row::{NUMBER, Row, VIDEO, VIEWER, offset_ms, order, watched_ms};
use event::id::id_order;
use hashbrown::{HashMap, HashSet};
use jiff::Timestamp;
use policy::qualification::Rule;
use std::sync::{Arc, Mutex};

/// A judged view of the video, its ids not read yet.
#[derive(Clone, Copy)]
struct Judged {
    viewer: u64,
    verdict: u8,
    offset_ms: u64,
    watched_ms: u32,
}

/// Up to `limit` views of a video for each verdict: those with the smallest event ids, the verdicts in the order of
/// evaluation and qualified views last.
///
/// # Errors
/// [`KernelError`].
pub fn samples(
    source: Source<'_>,
    request: &FactsRequest<'_>,
    video: &str,
    limit: usize,
) -> Result<Vec<Sample>, KernelError> {
    let context = Context::new(request)?;
    let budget = budget(request.memory);
    let inputs = Inputs::open(source, &context, &budget)?;
    let video = context.interner.number(video);
    let viewers = viewers_of(video, &inputs.views, &context)?;
    let shuffles = Shuffles::<5, 2>::new(inputs.bits(), &budget);
    scatter(&inputs, &context, &shuffles, |number, row: &mut Row<5>| {
        row[NUMBER] = number;
        Ok(viewers.contains(&row[VIEWER]))
    })?;
    let judged = judge(video, &context, &shuffles)?;
    let chosen = chosen(&judged, &inputs.views, &context, limit)?;
    inputs.check_again(&context)?;
    Ok(chosen)
}

fn viewers_of(video: u64, views: &Input, context: &Context<'_>) -> Result<HashSet<u64>, KernelError> {
    let tasks = views.tasks_in(context.span);
    let step = |(found, viewers, videos): &mut (HashSet<u64>, Ids, Ids), index: usize| {
        let path = &views.files[tasks[index].file].path;
        for batch in views.read(tasks[index], &["viewer_id", "video_id"])? {
            let batch = batch.map_err(KernelError::arrow(path))?;
            let columns = Columns { batch: &batch, path };
            columns.ids("viewer_id", &context.interner, viewers)?;
            columns.ids("video_id", &context.interner, videos)?;
            found.extend(
                viewers
                    .iter()
                    .zip(videos.iter())
                    .filter(|(_, one)| **one == video)
                    .map(|(viewer, _)| *viewer),
            );
        }
        Ok(())
    };
    let (threads, cancel) = (context.request.threads, context.request.cancel);
    let parts = work(
        threads,
        tasks.len(),
        cancel,
        || Ok(Default::default()),
        step,
        |state| Ok(state.0),
    )?;
    Ok(parts.into_iter().flatten().collect())
}

/// Keeps the verdicts on one video, by the number of the row.
struct OfVideo {
    video: u64,
    found: Vec<(u64, Judged)>,
}

impl Verdicts<5> for OfVideo {
    fn take(&mut self, row: &Row<5>, verdict: u8, _: u8, _: u16) -> Result<(), KernelError> {
        if row[VIDEO] == self.video && verdict != NO_VIEW {
            let (offset_ms, watched_ms) = (offset_ms(row), watched_ms(row));
            self.found.push((
                row[NUMBER],
                Judged {
                    viewer: row[VIEWER],
                    verdict,
                    offset_ms,
                    watched_ms,
                },
            ));
        }
        Ok(())
    }
}

fn judge(
    video: u64,
    context: &Context<'_>,
    shuffles: &Shuffles<'_, 5, 2>,
) -> Result<HashMap<u64, Judged>, KernelError> {
    let start = || {
        Ok((
            Judge::new(context),
            Vec::new(),
            OfVideo {
                video,
                found: Vec::new(),
            },
        ))
    };
    let step = |(judge, rows, out): &mut (Judge<'_>, Vec<Row<5>>, OfVideo), index: usize| {
        let taken = shuffles.rows.take(index)?;
        grouped(&taken, rows, |a, b| {
            order(a, b, &context.places).then(a[NUMBER].cmp(&b[NUMBER]))
        });
        judge.partition(rows, out)
    };
    let (threads, cancel) = (context.request.threads, context.request.cancel);
    let parts = work(threads, 1 << shuffles.bits, cancel, start, step, |(.., out)| {
        Ok(out.found)
    })?;
    Ok(parts.into_iter().flatten().collect())
}

/// A sample's event id and what was decided.
type Kept = (Arc<str>, Judged);

/// Reads the event ids of the judged views and keeps the smallest of each verdict.
fn chosen(
    judged: &HashMap<u64, Judged>,
    views: &Input,
    context: &Context<'_>,
    limit: usize,
) -> Result<Vec<Sample>, KernelError> {
    let tasks: Vec<Task> = views.tasks_in(context.span);
    let kept: Mutex<Vec<Vec<Kept>>> = Mutex::new(vec![Vec::new(); usize::from(NO_VIEW)]);
    let step = |(): &mut (), index: usize| {
        let task = tasks[index];
        if !(task.first_row..task.first_row + task.rows).any(|row| judged.contains_key(&row)) {
            return Ok(());
        }
        let path = &views.files[task.file].path;
        let mut first = task.first_row;
        for batch in views.read(task, &["event_id"])? {
            let batch = batch.map_err(KernelError::arrow(path))?;
            let rows = 0..batch.num_rows();
            let known = rows.filter_map(|row| Some((row, *judged.get(&(first + row as u64))?)));
            let named: Vec<_> = known
                .map(|(row, judged)| (text_at(batch.column(0), row), judged))
                .collect();
            let mut kept = kept.lock().expect("keeping does not panic");
            for (id, judged) in named {
                keep(&mut kept[usize::from(judged.verdict)], (id, judged), limit);
            }
            first += batch.num_rows() as u64;
        }
        Ok(())
    };
    let (threads, cancel) = (context.request.threads, context.request.cancel);
    work(threads, tasks.len(), cancel, || Ok(()), step, Ok)?;
    let kept = kept.into_inner().expect("keeping does not panic");
    let sample = |(event_id, judged): (Arc<str>, Judged)| Sample {
        event_id,
        viewer_id: context.interner.text(judged.viewer),
        occurred_at: Timestamp::from_millisecond(context.span.start_ms() + judged.offset_ms as i64)
            .expect("a time inside a span of dates"),
        watched_ms: judged.watched_ms,
        verdict: Rule::ALL.get(usize::from(judged.verdict)).copied(),
    };
    debug_assert_eq!(kept.len(), usize::from(QUALIFIED) + 1);
    Ok(kept.into_iter().flatten().map(sample).collect())
}

/// Keeps the `limit` smallest ids, in order. Rows with one event id are told apart by what was watched.
fn keep(kept: &mut Vec<(Arc<str>, Judged)>, new: (Arc<str>, Judged), limit: usize) {
    let before = |old: &(Arc<str>, Judged)| {
        id_order(&old.0, &new.0)
            .then(old.1.offset_ms.cmp(&new.1.offset_ms))
            .then(old.1.watched_ms.cmp(&new.1.watched_ms))
            .is_le()
    };
    let at = kept.partition_point(before);
    if at < limit {
        kept.insert(at, new);
        kept.truncate(limit);
    }
}
