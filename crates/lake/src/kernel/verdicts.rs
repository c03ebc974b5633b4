//! Every view of a span with its verdict, in the order of files and rows.

use super::KernelError;
use super::context::Context;
use super::decide::{Judge, NO_VIEW, Verdicts};
use super::input::Input;
use super::job::{Inputs, Shuffles, budget, scatter};
use super::order::grouped;
use super::pool::work;
use super::request::{FactsRequest, Source, Stage};
use super::row::{NUMBER, Row, order};
use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use policy::qualification::Rule;
use std::sync::atomic::{AtomicU8, Ordering};

/// A view's first failing rule; `None`: it qualified.
pub type Verdict = Option<Rule>;

/// Takes event ids and their verdicts, batch by batch.
pub type EachVerdict<'a> = dyn FnMut(&StringArray, &[Verdict]) -> Result<(), KernelError> + 'a;

/// No verdict: the row is outside the span.
const NONE: u8 = NO_VIEW;

/// Judges all views of the span and calls `each` with event ids and verdicts, batch by batch. Views that repeat an
/// event id are among them. Beside what a count takes, it holds a byte for each view of the files. The answer: rules that
/// were on but whose columns no row had.
///
/// # Errors
/// [`KernelError`], also those of `each`.
pub fn verdicts(
    source: Source<'_>,
    request: &FactsRequest<'_>,
    each: &mut EachVerdict<'_>,
) -> Result<Vec<Rule>, KernelError> {
    let context = Context::new(request)?;
    let budget = budget(request.memory);
    let inputs = Inputs::open(source, &context, &budget)?;
    let shuffles = Shuffles::<5, 2>::new(inputs.bits(), &budget);
    scatter(&inputs, &context, &shuffles, |number, row: &mut Row<5>| {
        row[NUMBER] = number;
        Ok(true)
    })?;
    let found: Vec<AtomicU8> = (0..inputs.views.rows).map(|_| AtomicU8::new(NONE)).collect();
    judge(&context, &shuffles, &found)?;
    context.begin(Stage::Count, inputs.views.rows);
    tell(&inputs.views, &context, &found, each)?;
    inputs.check_again(&context)?;
    Ok(context.not_evaluated())
}

/// Notes verdicts by the number of the row.
struct ByNumber<'f>(&'f [AtomicU8]);

impl Verdicts<5> for ByNumber<'_> {
    fn take(&mut self, row: &Row<5>, verdict: u8, _: u8, _: u16) -> Result<(), KernelError> {
        if verdict != NO_VIEW {
            self.0[row[NUMBER] as usize].store(verdict, Ordering::Relaxed);
        }
        Ok(())
    }
}

fn judge(
    context: &Context<'_>,
    shuffles: &Shuffles<'_, 5, 2>,
    found: &[AtomicU8],
) -> Result<(), KernelError> {
    let partitions = 1usize << shuffles.bits;
    context.begin(Stage::Decide, partitions as u64);
    let start = || Ok((Judge::new(context), Vec::new()));
    let step = |(judge, rows): &mut (Judge<'_>, Vec<Row<5>>), index: usize| {
        let taken = shuffles.rows.take(index)?;
        grouped(&taken, rows, |a, b| {
            order(a, b, &context.places).then(a[NUMBER].cmp(&b[NUMBER]))
        });
        drop(taken);
        judge.partition(rows, &mut ByNumber(found))?;
        context.advance(Stage::Decide, 1);
        Ok(())
    };
    let (threads, cancel) = (context.request.threads, context.request.cancel);
    work(threads, partitions, cancel, start, step, |_| Ok(()))?;
    Ok(())
}

fn tell(
    views: &Input,
    context: &Context<'_>,
    found: &[AtomicU8],
    each: &mut EachVerdict<'_>,
) -> Result<(), KernelError> {
    for task in views.tasks_in(context.span) {
        if context.request.cancel.load(Ordering::Relaxed) {
            return Err(KernelError::Cancelled);
        }
        let path = &views.files[task.file].path;
        let mut first = task.first_row as usize;
        for batch in views.read(task, &["event_id"])? {
            let batch = batch.map_err(KernelError::arrow(path))?;
            let rows = &found[first..first + batch.num_rows()];
            first += batch.num_rows();
            let ids: ArrayRef = cast(batch.column(0), &DataType::Utf8).map_err(KernelError::arrow(path))?;
            let judged = rows.iter().map(|verdict| verdict.load(Ordering::Relaxed));
            let inside = |(row, verdict): (usize, u8)| (verdict != NONE).then_some((row, verdict));
            let (kept, verdicts): (Vec<usize>, Vec<Verdict>) = judged
                .enumerate()
                .filter_map(inside)
                .map(|(row, verdict)| (row, Rule::ALL.get(usize::from(verdict)).copied()))
                .unzip();
            let ids = ids.as_string::<i32>();
            if kept.len() == ids.len() {
                each(ids, &verdicts)?;
            } else {
                each(
                    &kept.into_iter().map(|row| Some(ids.value(row))).collect(),
                    &verdicts,
                )?;
            }
        }
        context.advance(Stage::Count, task.rows);
    }
    Ok(())
}
