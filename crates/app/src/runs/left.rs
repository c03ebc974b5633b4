//! What was left out: a run or a period that is broken stops only what needs it, and is told beside what was done.

use super::run::Run;
use crate::base::error::{Cause, Error, ErrorKind, Result};
use crate::base::progress::Context;

/// Things named one by one in an error; more are counted.
const NAMED: usize = 20;

/// A period, or one run of it, that was left out.
#[derive(Debug)]
pub struct Left {
    /// The program.
    pub program: String,
    /// The period.
    pub period: String,
    /// Why.
    pub error: Error,
}

impl Left {
    /// A run whose files cannot be read. Other errors stop everything, and come back.
    pub(crate) fn of(run: &Run, error: Error) -> Result<Left> {
        match error.kind == ErrorKind::Unavailable || is_of_one_period(&error) {
            true => Ok(Left {
                program: run.record.program.clone(),
                period: run.record.period.clone(),
                error,
            }),
            false => Err(error),
        }
    }
}

/// What was done, and what was left out.
#[derive(Debug, Default)]
#[must_use]
pub struct Partly<T> {
    /// What was done.
    pub done: T,
    /// What was left out; empty: nothing.
    pub left: Vec<Left>,
}

impl<T> Partly<T> {
    /// Leaves a period out, if that is all that the error is about; otherwise the error comes back.
    pub(crate) fn leave(&mut self, program: String, period: String, error: Error) -> Result<()> {
        match is_of_one_period(&error) {
            true => {
                self.left.push(Left {
                    program,
                    period,
                    error,
                });
                Ok(())
            }
            false => Err(error),
        }
    }

    /// All of it, or the error that says what was left out.
    pub fn whole(self) -> Result<T> {
        said(&self.left)?;
        Ok(self.done)
    }

    /// The same; the error itself where only one of one thing was to be done.
    pub(crate) fn unless_alone(mut self, all: usize) -> Result<Self> {
        match (all, self.left.pop()) {
            (1, Some(only)) => Err(only.error),
            (_, last) => {
                self.left.extend(last);
                Ok(self)
            }
        }
    }

    /// The same, with something else made of what was done.
    pub fn map<U>(self, of: impl FnOnce(T) -> U) -> Partly<U> {
        Partly {
            done: of(self.done),
            left: self.left,
        }
    }
}

/// An error that says what was left out, if anything was.
pub fn said(left: &[Left]) -> Result<()> {
    let Some(first) = left.first() else {
        return Ok(());
    };
    let one = |left: &Left| format!("{} {}: {}", left.program, left.period, left.error);
    let named: Vec<_> = left.iter().take(NAMED).map(one).collect();
    let more = match left.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    let hint = first
        .error
        .hint
        .as_deref()
        .unwrap_or("`permille verify` says what is wrong");
    // Where rules alone keep something back nothing is damaged.
    let is_refused = left.iter().all(|left| left.error.kind == ErrorKind::Refused);
    let kind = if is_refused {
        ErrorKind::Refused
    } else {
        ErrorKind::BadInput
    };
    Err(Error::new(
        kind,
        "run/left-out",
        format!(
            "{} left out, everything else was done: {}{more}",
            count(left.len()),
            named.join("; ")
        ),
    )
    .hint(hint))
}

/// Tells what was left out, where the rest goes on.
pub(crate) fn note(left: &[Left], context: &Context<'_>) {
    if let Err(error) = said(left) {
        context.progress.note(&error.message);
    }
}

fn count(left: usize) -> String {
    match left {
        1 => "1 was".to_owned(),
        more => format!("{more} were"),
    }
}

/// Whether an error is about what one period or run needs: others can go on. What concerns the books, a lock or the disk stops
/// everything.
pub(crate) fn is_of_one_period(error: &Error) -> bool {
    match error.cause {
        Some(Cause::Books | Cause::Damage) => false,
        Some(Cause::File) => true,
        _ => error.kind == ErrorKind::BadInput,
    }
}
