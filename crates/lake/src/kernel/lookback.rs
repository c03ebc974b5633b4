//! How often each video was viewed: what look-back windows ask for. Reads the video column alone where it can.

use super::KernelError;
use super::decode::{Columns, Ids};
use super::ids::Interner;
use super::input::{IdColumns, Input, Task, Workers};
use super::pool::work;
use super::request::Source;
use super::span::Span;
use hashbrown::HashMap;
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

const COLUMNS: [&str; 2] = ["video_id", "occurred_at"];

#[derive(Default)]
struct Tally {
    views: HashMap<u64, u64>,
    videos: Ids,
    times: Vec<i64>,
}

/// Rows of views of each video from a day on and before another, whatever their verdict.
///
/// # Errors
/// [`KernelError`].
pub fn views_by_video(
    source: Source<'_>,
    from: Date,
    to: Date,
) -> Result<BTreeMap<Arc<str>, u64>, KernelError> {
    let span = Span::new(from, to)?;
    let workers = Workers {
        threads: std::thread::available_parallelism().map_or(1, usize::from),
        cancel: &AtomicBool::new(false),
    };
    let input = match source {
        Source::Archive { views, .. } => Input::of_archive(views, span, workers)?,
        Source::Raw { views, .. } => Input::open(views, IdColumns::Any)?,
    };
    input.files.iter().try_for_each(|file| file.require(&COLUMNS))?;
    let (interner, tasks) = (Interner::new(), input.tasks_in(span));
    let step = |tally: &mut Tally, index: usize| tally.add(&input, tasks[index], span, &interner);
    let parts = work(
        workers.threads,
        tasks.len(),
        workers.cancel,
        || Ok(Tally::default()),
        step,
        Ok,
    )?;
    input.check_again(workers)?;
    let mut views = BTreeMap::new();
    for (video, count) in parts.into_iter().flat_map(|part| part.views) {
        *views.entry(interner.text(video)).or_insert(0) += count;
    }
    Ok(views)
}

impl Tally {
    fn add(&mut self, input: &Input, task: Task, span: Span, interner: &Interner) -> Result<(), KernelError> {
        let path = &input.files[task.file].path;
        let wholly = input.wholly_in(task, span);
        for batch in input.read(task, if wholly { &COLUMNS[..1] } else { &COLUMNS })? {
            let batch = batch.map_err(KernelError::arrow(path))?;
            let columns = Columns { batch: &batch, path };
            columns.ids("video_id", interner, &mut self.videos)?;
            if wholly {
                self.videos
                    .iter()
                    .for_each(|video| *self.views.entry(*video).or_insert(0) += 1);
                continue;
            }
            columns.times("occurred_at", &mut self.times)?;
            for (video, time) in self.videos.iter().zip(&self.times) {
                if (time.wrapping_sub(span.start_ms()) as u64) < span.length_ms() {
                    *self.views.entry(*video).or_insert(0) += 1;
                }
            }
        }
        Ok(())
    }
}
