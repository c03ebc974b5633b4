//! The steps of a job in their order: open, look for repeated ids, scatter by viewer, judge, scatter by video, count.

use super::KernelError;
use super::ads::{self, AdDecoder};
use super::context::Context;
use super::count::{Counter, Partition, Streams};
use super::decide::Judge;
use super::duplicates::{self, Repeated};
use super::emission::Emissions;
use super::engagement::{self, EngagementDecoder};
use super::hints::Hints;
use super::input::{IdColumns, Input, Task};
use super::order::grouped;
use super::pool::work;
use super::request::{Memory, Source, Stage};
use super::row;
use super::shuffle::{Budget, Shuffle, Writer};
use super::views::{self, Scattered, ViewDecoder};
use facts::MAX_EVENTS;

/// Rows per partition, about: what is sorted at a time.
const PARTITION_ROWS: u64 = 96 << 10;
/// Of a memory bound, the share that scattered rows may take; the rest is for decoding and counting.
const SHARE_OF_ROWS: u64 = 2;
/// Groups of partitions that facts are counted in: the row groups of a facts file.
const GROUPS: usize = 16;
/// Jobs of fewer partitions are one group.
const SMALL_JOB: usize = 32;

/// The files of a job.
pub(crate) struct Inputs {
    pub views: Input,
    pub engagement: Input,
    pub ads: Input,
    /// Rows of views, engagement and ads that repeat an event id.
    pub repeated: [Repeated; 3],
}

impl Inputs {
    /// Opens the files of a source, and finds the rows of raw files that repeat an event id.
    pub(crate) fn open(
        source: Source<'_>,
        context: &Context<'_>,
        budget: &Budget,
    ) -> Result<Self, KernelError> {
        let [views, engagement, ads] = match source {
            Source::Archive {
                views,
                engagement,
                ads,
            } => [views, engagement, ads]
                .map(|files| Input::of_archive(files, context.span, context.workers())),
            Source::Raw {
                views,
                engagement,
                ads,
            } => [views, engagement, ads].map(|files| Input::open(files, IdColumns::Any)),
        };
        let of =
            |input: Result<Input, KernelError>, required: &[&'static str]| -> Result<Input, KernelError> {
                let input = input?;
                input.files.iter().try_for_each(|file| file.require(required))?;
                Ok(input)
            };
        let mut inputs = Inputs {
            views: of(views, &views::REQUIRED)?,
            engagement: of(engagement, &engagement::REQUIRED)?,
            ads: of(ads, &ads::REQUIRED)?,
            repeated: Default::default(),
        };
        let all = [&inputs.views, &inputs.engagement, &inputs.ads];
        must_be_countable(all.map(|input| input.rows))?;
        if matches!(source, Source::Raw { .. }) {
            context.begin(Stage::Duplicates, all.iter().map(|input| input.rows).sum());
            for (input, repeated) in all.into_iter().zip(&mut inputs.repeated) {
                input
                    .files
                    .iter()
                    .try_for_each(|file| file.require(&["event_id"]))?;
                *repeated = duplicates::find(input, context, budget)?;
            }
        }
        Ok(inputs)
    }

    /// After the last row was read: makes sure that no file of an archive changed meanwhile.
    pub(crate) fn check_again(&self, context: &Context<'_>) -> Result<(), KernelError> {
        let all = [&self.views, &self.engagement, &self.ads];
        all.into_iter()
            .try_for_each(|input| input.check_again(context.workers()))
    }

    /// The bits of a partition's number that suit so many rows.
    pub(crate) fn bits(&self) -> u32 {
        let rows = self.views.rows + self.engagement.rows;
        (rows / PARTITION_ROWS)
            .max(1)
            .next_power_of_two()
            .ilog2()
            .clamp(4, 11)
    }
}

/// Refuses more rows than the sums of their counts are certain to hold.
fn must_be_countable(rows: [u64; 3]) -> Result<(), KernelError> {
    let events = rows.into_iter().fold(0, u64::saturating_add);
    match events > MAX_EVENTS {
        true => Err(KernelError::TooManyEvents {
            events,
            limit: MAX_EVENTS,
        }),
        false => Ok(()),
    }
}

/// The budget of a request.
pub(crate) fn budget(memory: Option<Memory<'_>>) -> Budget {
    memory.map_or_else(Budget::unlimited, |memory| {
        Budget::new(memory.bytes / SHARE_OF_ROWS, memory.spill_to)
    })
}

/// The shuffles that a job goes through. `W`: words of a row, `N`: words of a judged event.
pub(crate) struct Shuffles<'b, const W: usize, const N: usize> {
    pub rows: Shuffle<'b, W>,
    pub judged: Shuffle<'b, N>,
    pub ads: Shuffle<'b, 4>,
    pub hints: Shuffle<'b, 2>,
    pub bits: u32,
}

impl<'b, const W: usize, const N: usize> Shuffles<'b, W, N> {
    pub(crate) fn new(bits: u32, budget: &'b Budget) -> Self {
        let partitions = 1 << bits;
        Shuffles {
            rows: Shuffle::new(partitions, budget),
            judged: Shuffle::new(partitions, budget),
            ads: Shuffle::new(partitions, budget),
            hints: Shuffle::new(partitions, budget),
            bits,
        }
    }
}

/// Takes the facts of partitions, group by group.
pub(crate) trait Sink: Sync {
    /// What a thread holds of an unfinished group.
    type Group;

    /// Starts a group.
    fn open(&self, group: usize) -> Result<Self::Group, KernelError>;
    /// Adds the next partition to its group.
    fn add(&self, group: &mut Self::Group, partition: Partition) -> Result<(), KernelError>;
    /// Ends a group.
    fn close(&self, index: usize, group: Self::Group) -> Result<(), KernelError>;
}

/// Counts a source into a sink. `N`: words of a judged event, 2 or, by payer, 3.
pub(crate) fn count<const N: usize, S: Sink>(
    source: Source<'_>,
    context: &Context<'_>,
    sink: &S,
) -> Result<(), KernelError> {
    let request = context.request;
    let budget = budget(request.memory);
    let inputs = Inputs::open(source, context, &budget)?;
    let shuffles = Shuffles::<4, N>::new(inputs.bits(), &budget);
    scatter(&inputs, context, &shuffles, |_, _| Ok(true))?;
    inputs.check_again(context)?;
    drop(inputs);
    judge(context, &shuffles)?;
    let streams = Streams {
        judged: &shuffles.judged,
        ads: &shuffles.ads,
        hints: &shuffles.hints,
    };
    let partitions = 1usize << shuffles.bits;
    let per_group = if partitions < SMALL_JOB {
        partitions
    } else {
        partitions / GROUPS
    };
    context.begin(Stage::Count, partitions as u64);
    let step = |counter: &mut Counter<'_, N>, index: usize| {
        let mut group = sink.open(index)?;
        for partition in index * per_group..(index + 1) * per_group {
            sink.add(&mut group, counter.partition(&streams, partition)?)?;
            context.advance(Stage::Count, 1);
        }
        sink.close(index, group)
    };
    let start = || Ok(Counter::new(context));
    work(
        request.threads,
        partitions / per_group,
        request.cancel,
        start,
        step,
        |_| Ok(()),
    )?;
    Ok(())
}

/// One thread's way through the reading of all kinds.
struct Reader<'c, 's, 'b, const W: usize> {
    views: ViewDecoder<'c>,
    engagement: EngagementDecoder<'c>,
    ads: AdDecoder<'c>,
    rows: Writer<'s, 'b, W>,
    impressions: Writer<'s, 'b, 4>,
    hints: Hints<'s, 'b>,
}

#[derive(Clone, Copy)]
enum Of {
    Views,
    Engagement,
    Ads,
}

/// Reads all events of the span and scatters them. `extend` fills the words of a view's row beyond the fourth, given the
/// row's number in the input; a row for which it says false is left out.
pub(crate) fn scatter<const W: usize, const N: usize>(
    inputs: &Inputs,
    context: &Context<'_>,
    shuffles: &Shuffles<'_, W, N>,
    extend: impl Fn(u64, &mut row::Row<W>) -> Result<bool, KernelError> + Sync,
) -> Result<(), KernelError> {
    let span = context.span;
    let tasks_of = |of: Of, input: &Input| input.tasks_in(span).into_iter().map(move |task| (of, task));
    let mut tasks: Vec<(Of, Task)> = tasks_of(Of::Views, &inputs.views).collect();
    tasks.extend(tasks_of(Of::Engagement, &inputs.engagement));
    tasks.extend(tasks_of(Of::Ads, &inputs.ads));
    context.begin(Stage::Read, tasks.iter().map(|(_, task)| task.rows).sum());
    let (bits, columns) = (shuffles.bits, views::columns(context));
    let start = || {
        Ok(Reader {
            views: ViewDecoder::new(context),
            engagement: EngagementDecoder::new(context),
            ads: AdDecoder::new(context),
            rows: shuffles.rows.writer(),
            impressions: shuffles.ads.writer(),
            hints: Hints::new(&shuffles.hints, bits),
        })
    };
    let step = |reader: &mut Reader<'_, '_, '_, W>, index: usize| {
        let (of, task) = tasks[index];
        let (input, columns) = match of {
            Of::Views => (&inputs.views, &columns[..]),
            Of::Engagement => (&inputs.engagement, &engagement::COLUMNS[..]),
            Of::Ads => (&inputs.ads, &ads::COLUMNS[..]),
        };
        let repeated = &inputs.repeated[of as usize];
        let path = &input.files[task.file].path;
        let mut first = task.first_row;
        for batch in input.read(task, columns)? {
            let batch = batch.map_err(KernelError::arrow(path))?;
            let again = |row: usize| repeated.contains(first + row as u64);
            match of {
                Of::Views => {
                    let extend = |row: usize, words: &mut row::Row<W>| extend(first + row as u64, words);
                    let mut out = Scattered {
                        rows: &mut reader.rows,
                        hints: &mut reader.hints,
                        bits,
                    };
                    reader.views.batch(&batch, path, again, extend, &mut out)?;
                }
                Of::Engagement => reader
                    .engagement
                    .batch(&batch, path, again, &mut reader.rows, bits)?,
                Of::Ads => reader
                    .ads
                    .batch(&batch, path, again, &mut reader.impressions, bits)?,
            }
            first += batch.num_rows() as u64;
        }
        context.advance(Stage::Read, task.rows);
        Ok(())
    };
    let finish = |reader: Reader<'_, '_, '_, W>| {
        reader.views.finish();
        reader.rows.finish()?;
        reader.impressions.finish()?;
        reader.hints.finish()
    };
    work(
        context.request.threads,
        tasks.len(),
        context.request.cancel,
        start,
        step,
        finish,
    )?;
    Ok(())
}

/// Judges every partition of viewers and scatters what was decided by video.
fn judge<const N: usize>(context: &Context<'_>, shuffles: &Shuffles<'_, 4, N>) -> Result<(), KernelError> {
    let (partitions, bits) = (1usize << shuffles.bits, shuffles.bits);
    context.begin(Stage::Decide, partitions as u64);
    let start = || {
        Ok((
            Judge::new(context),
            Vec::new(),
            Emissions {
                writer: shuffles.judged.writer(),
                bits,
            },
        ))
    };
    let step = |(judge, rows, out): &mut (Judge<'_>, Vec<row::Row<4>>, Emissions<'_, '_, N>),
                index: usize| {
        let taken = shuffles.rows.take(index)?;
        grouped(&taken, rows, |a, b| row::order(a, b, &context.places));
        drop(taken);
        judge.partition(rows, out)?;
        context.advance(Stage::Decide, 1);
        Ok(())
    };
    work(
        context.request.threads,
        partitions,
        context.request.cancel,
        start,
        step,
        |(.., out)| out.writer.finish(),
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_all_events_fit() {
        let most = u64::from(row::MOST_WATCHED).checked_mul(MAX_EVENTS);
        assert!(most.is_some());
        assert!(i128::from(i64::MIN).checked_mul(MAX_EVENTS.into()).is_some());
        assert!(must_be_countable([MAX_EVENTS - 2, 1, 1]).is_ok());
        for rows in [[MAX_EVENTS, 0, 1], [u64::MAX, u64::MAX, 0]] {
            let refused = must_be_countable(rows).unwrap_err();
            assert!(matches!(refused, KernelError::TooManyEvents { events, .. } if events > MAX_EVENTS));
        }
    }
}
