//! Which rows of raw files repeat an event id, anywhere before them in the order of files and rows.
//!
//! Event ids mostly come in ascending order with few exceptions, and files cover different times. So a first reading keeps,
//! of each row group, the range of its ascending ids and the exceptions. An id that occurs twice is an exception
//! somewhere, or in two ranges that overlap; the ids of overlapping row groups, and of those in no order, are scattered and
//! compared. What may repeat is then looked up in a second reading that compares whole ids: a text is represented
//! by a hash until then, so equal hashes cost time and decide nothing.

use super::KernelError;
use super::context::Context;
use super::ids::bucket;
use super::input::{Input, Task};
use super::pool::work;
use super::request::Stage;
use super::shuffle::{Budget, Shuffle};
use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use event::id::{FIRST_INTERNED, decimal, stable_hash};
use std::path::Path;
use std::sync::{Arc, Mutex};

const EVENT_ID: &str = "event_id";
/// A row group with more exceptions than one row in so many counts as in no order.
const SORTED_SHARE: usize = 8;
/// Candidates looked up in one reading: bounds the memory when whole files come twice.
const ROUND: usize = 4 << 20;

/// The rows that repeat an event id, by their number among all rows of the input.
#[derive(Debug, Default)]
pub(crate) struct Repeated {
    bits: Vec<u64>,
}

impl Repeated {
    /// Does the row repeat an event id?
    #[inline]
    pub(crate) fn contains(&self, row: u64) -> bool {
        self.bits
            .get((row / 64) as usize)
            .is_some_and(|word| word >> (row % 64) & 1 == 1)
    }
}

/// The ids of a row group at a glance.
#[derive(Debug)]
struct Glance {
    task: Task,
    least: u64,
    most: u64,
    /// First and last of the ascending ids; `None`: in no order.
    ascending: Option<(u64, u64)>,
}

/// Finds the repeated rows of an input.
pub(crate) fn find(input: &Input, context: &Context<'_>, budget: &Budget) -> Result<Repeated, KernelError> {
    let (glances, mut candidates) = glance(input, context)?;
    let unclear = unclear(&glances);
    if !unclear.is_empty() {
        candidates.extend(compare(input, context, budget, &unclear)?);
    }
    candidates.sort_unstable();
    candidates.dedup();
    let mut repeated = Repeated::default();
    for round in candidates.chunks(ROUND) {
        look_up(input, context, &glances, round, &mut repeated)?;
    }
    Ok(repeated)
}

/// Reads all ids once: row groups at a glance, and the ids that are not ascending where most are.
fn glance(input: &Input, context: &Context<'_>) -> Result<(Vec<Glance>, Vec<u64>), KernelError> {
    let start = || Ok((Vec::new(), Vec::new(), Vec::new()));
    let step = |(glances, exceptions, ids): &mut (Vec<Glance>, Vec<u64>, Vec<u64>), index: usize| {
        let task = input.tasks[index];
        let kept = exceptions.len();
        let mut glance = Glance {
            task,
            least: u64::MAX,
            most: 0,
            ascending: None,
        };
        let (mut last, mut first) = (None, 0);
        each_batch(input, task, |array, path| {
            fingerprints(array, path, ids)?;
            for id in ids.iter() {
                glance.least = glance.least.min(*id);
                glance.most = glance.most.max(*id);
                match last {
                    Some(before) if *id <= before => exceptions.push(*id),
                    Some(_) => last = Some(*id),
                    None => (first, last) = (*id, Some(*id)),
                }
            }
            Ok(())
        })?;
        if (exceptions.len() - kept) * SORTED_SHARE <= task.rows as usize {
            glance.ascending = last.map(|last| (first, last));
        } else {
            exceptions.truncate(kept);
        }
        glances.push(glance);
        context.advance(Stage::Duplicates, task.rows);
        Ok(())
    };
    let request = context.request;
    let finish = |(glances, exceptions, _)| Ok((glances, exceptions));
    let parts = work(
        request.threads,
        input.tasks.len(),
        request.cancel,
        start,
        step,
        finish,
    )?;
    let (glances, exceptions): (Vec<Vec<Glance>>, Vec<Vec<u64>>) = parts.into_iter().unzip();
    Ok((glances.into_iter().flatten().collect(), exceptions.concat()))
}

/// Row groups in no order, and those whose ascending ids share a range with another row group.
fn unclear(glances: &[Glance]) -> Vec<Task> {
    let range = |glance: &Glance| glance.ascending.unwrap_or((glance.least, glance.most));
    let mut by_start: Vec<&Glance> = glances.iter().filter(|glance| glance.task.rows > 0).collect();
    by_start.sort_unstable_by_key(|glance| range(glance));
    let mut marked = vec![false; by_start.len()];
    let mut reach: Option<(usize, u64)> = None;
    for (index, glance) in by_start.iter().enumerate() {
        let (first, last) = range(glance);
        marked[index] |= glance.ascending.is_none();
        if let Some((other, end)) = reach
            && first <= end
        {
            marked[index] = true;
            marked[other] = true;
        }
        if reach.is_none_or(|(_, end)| last > end) {
            reach = Some((index, last));
        }
    }
    by_start
        .iter()
        .zip(marked)
        .filter(|(_, marked)| *marked)
        .map(|(glance, _)| glance.task)
        .collect()
}

/// The ids that occur more than once among the ids of some row groups.
fn compare(
    input: &Input,
    context: &Context<'_>,
    budget: &Budget,
    tasks: &[Task],
) -> Result<Vec<u64>, KernelError> {
    let request = context.request;
    let rows: u64 = tasks.iter().map(|task| task.rows).sum();
    let bits = (rows >> 17).max(1).ilog2().min(10);
    let shuffle = Shuffle::<1>::new(1 << bits, budget);
    let start = || Ok((shuffle.writer(), Vec::new()));
    work(
        request.threads,
        tasks.len(),
        request.cancel,
        start,
        |(writer, ids), index| {
            each_batch(input, tasks[index], |array, path| {
                fingerprints(array, path, ids)?;
                ids.iter()
                    .try_for_each(|id| writer.push(bucket_of(*id, bits), [*id]))
            })
        },
        |(writer, _)| writer.finish(),
    )?;
    let repeated = work(
        request.threads,
        1 << bits,
        request.cancel,
        || Ok(Vec::new()),
        |repeated: &mut Vec<u64>, partition| {
            let mut ids: Vec<u64> = shuffle.take(partition)?.rows().map(|[id]| *id).collect();
            ids.sort_unstable();
            repeated.extend(
                ids.windows(2)
                    .filter(|pair| pair[0] == pair[1])
                    .map(|pair| pair[0]),
            );
            Ok(())
        },
        Ok,
    )?;
    Ok(repeated.concat())
}

/// Fingerprints of texts are hashes already, those of decimals are not.
fn bucket_of(fingerprint: u64, bits: u32) -> usize {
    bucket(fingerprint & !FIRST_INTERNED, bits)
}

/// An id that may repeat: its fingerprint, its text unless it is a number, its row.
type Found = (u64, Option<Arc<str>>, u64);

/// Reads ids again and compares those that may repeat, whole.
fn look_up(
    input: &Input,
    context: &Context<'_>,
    glances: &[Glance],
    candidates: &[u64],
    repeated: &mut Repeated,
) -> Result<(), KernelError> {
    let filter = Filter::new(candidates);
    let may_hold = |glance: &&Glance| {
        let from = candidates.partition_point(|id| *id < glance.least);
        candidates.get(from).is_some_and(|id| *id <= glance.most)
    };
    let tasks: Vec<Task> = glances
        .iter()
        .filter(may_hold)
        .map(|glance| glance.task)
        .collect();
    let found = Mutex::new(Vec::new());
    work(
        context.request.threads,
        tasks.len(),
        context.request.cancel,
        || Ok((Vec::new(), Vec::new())),
        |(ids, mine): &mut (Vec<u64>, Vec<Found>), index| {
            let mut row = tasks[index].first_row;
            each_batch(input, tasks[index], |array, path| {
                fingerprints(array, path, ids)?;
                for (offset, id) in ids.iter().enumerate() {
                    if filter.may_hold(*id) && candidates.binary_search(id).is_ok() {
                        let text = (*id >= FIRST_INTERNED).then(|| text_at(array, offset));
                        mine.push((*id, text, row + offset as u64));
                    }
                }
                row += ids.len() as u64;
                Ok(())
            })
        },
        |(_, mut mine)| {
            found.lock().expect("appending does not panic").append(&mut mine);
            Ok(())
        },
    )?;
    let mut found = found.into_inner().expect("appending does not panic");
    found.sort_unstable();
    for same in found.chunk_by(|a, b| (a.0, &a.1) == (b.0, &b.1)) {
        for (.., row) in &same[1..] {
            repeated.bits.resize(input.rows.div_ceil(64) as usize, 0);
            repeated.bits[(row / 64) as usize] |= 1 << (row % 64);
        }
    }
    Ok(())
}

/// A small table that says no to most ids which are no candidates.
struct Filter {
    bits: Vec<u64>,
    mask: u64,
}

impl Filter {
    fn new(candidates: &[u64]) -> Self {
        let size = (candidates.len() * 16).next_power_of_two().max(64);
        let mut filter = Filter {
            bits: vec![0; size / 64],
            mask: size as u64 - 1,
        };
        for id in candidates {
            let (word, bit) = filter.place(*id);
            filter.bits[word] |= bit;
        }
        filter
    }

    #[inline]
    fn place(&self, id: u64) -> (usize, u64) {
        let hash = id.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20 & self.mask;
        ((hash / 64) as usize, 1 << (hash % 64))
    }

    #[inline]
    fn may_hold(&self, id: u64) -> bool {
        let (word, bit) = self.place(id);
        self.bits[word] & bit != 0
    }
}

fn each_batch(
    input: &Input,
    task: Task,
    mut step: impl FnMut(&ArrayRef, &Path) -> Result<(), KernelError>,
) -> Result<(), KernelError> {
    let path = &input.files[task.file].path;
    for batch in input.read(task, &[EVENT_ID])? {
        let batch = batch.map_err(KernelError::arrow(path))?;
        let array = batch.column(0);
        if array.null_count() > 0 {
            let reason = "a row has no value".to_owned();
            return Err(KernelError::Value {
                path: path.clone(),
                column: EVENT_ID,
                reason,
            });
        }
        step(array, path)?;
    }
    Ok(())
}

/// A number for each id: equal ids have equal numbers, and numbers below [`FIRST_INTERNED`] are the ids themselves.
fn fingerprints(array: &ArrayRef, path: &Path, out: &mut Vec<u64>) -> Result<(), KernelError> {
    out.clear();
    let of_text = |text: &str| decimal(text).unwrap_or_else(|| stable_hash(text) | FIRST_INTERNED);
    match array.data_type() {
        DataType::Int64 => {
            let of_number = |id: &i64| u64::try_from(*id).unwrap_or_else(|_| of_text(&id.to_string()));
            out.extend(array.as_primitive::<Int64Type>().values().iter().map(of_number));
        }
        DataType::Utf8View => {
            let texts = array.as_string_view();
            out.extend((0..texts.len()).map(|row| of_text(texts.value(row))));
        }
        ty if ty.is_integer() && *ty != DataType::UInt64 => {
            return fingerprints(
                &cast(array, &DataType::Int64).map_err(KernelError::arrow(path))?,
                path,
                out,
            );
        }
        DataType::UInt64 | DataType::Utf8 | DataType::LargeUtf8 | DataType::Dictionary(_, _) => {
            return fingerprints(&as_texts(array, path)?, path, out);
        }
        other => {
            let (path, column, found) = (path.to_owned(), EVENT_ID.to_owned(), other.to_string());
            return Err(KernelError::ColumnType {
                path,
                column,
                found,
                expected: "an integer or text",
            });
        }
    }
    Ok(())
}

fn as_texts(array: &ArrayRef, path: &Path) -> Result<ArrayRef, KernelError> {
    let texts = cast(array, &DataType::Utf8).map_err(KernelError::arrow(path))?;
    cast(&texts, &DataType::Utf8View).map_err(KernelError::arrow(path))
}

/// The text of one id, whatever its column's type.
pub(crate) fn text_at(array: &ArrayRef, row: usize) -> Arc<str> {
    let text = cast(&array.slice(row, 1), &DataType::Utf8).expect("ids are integers or texts");
    Arc::from(text.as_string::<i32>().value(0))
}
