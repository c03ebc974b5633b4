//! Work in groups, of which one bad piece must not keep the others from being done.

use crate::base::error::{Cause, Error, Result};

/// How a group is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attempt<'r> {
    /// With all that follows from it.
    Whole,
    /// One piece, which was refused with what follows from it: without what waited for it, which may be what is refused.
    Alone,
    /// One piece, which is refused for this reason.
    Refused(&'r str),
}

impl<'r> Attempt<'r> {
    /// Why it is refused.
    pub(super) const fn refusal(self) -> Option<&'r str> {
        match self {
            Attempt::Refused(reason) => Some(reason),
            Attempt::Whole | Attempt::Alone => None,
        }
    }
}

/// Does work in groups and in order. A group that is refused is done in two halves, and so on; one piece that is refused is tried alone,
/// and then handed in with the reason. A group must leave nothing behind when it is refused.
pub(super) fn bisect<'w, T>(
    work: &'w [T],
    group: usize,
    mut run: impl FnMut(&'w [T], Attempt<'_>) -> Result<()>,
) -> Result<()> {
    let mut open: Vec<&[T]> = work.chunks(group).rev().collect();
    while let Some(part) = open.pop() {
        match (run(part, Attempt::Whole), part) {
            (Ok(()), _) => {}
            (Err(error), _) if !is_of_one_event(&error) => return Err(error),
            (Err(_), [_]) => match run(part, Attempt::Alone) {
                Err(error) if is_of_one_event(&error) => run(part, Attempt::Refused(&error.message))?,
                done => done?,
            },
            (Err(_), _) => {
                let (first, second) = part.split_at(part.len() / 2);
                open.extend([second, first]);
            }
        }
    }
    Ok(())
}

/// The error that what one event brings about is more than the books hold.
pub(super) fn beyond_the_books(message: impl Into<String>) -> Error {
    Error::bad_input("live/amount", message).because(Cause::Event)
}

/// What one event can bring about: an amount or a sum that the books do not hold, an account that the chart does not have.
/// Everything else (a store that does not answer, a program that cannot be evaluated) is nobody's event.
fn is_of_one_event(error: &Error) -> bool {
    error.cause == Some(Cause::Event)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Works on numbers, of which those from 90 on are refused alone and all groups that have one.
    fn worked(work: &[u32], group: usize) -> (Vec<u32>, Vec<u32>) {
        let (mut done, mut refused) = (Vec::new(), Vec::new());
        let all = bisect(work, group, |part, attempt| {
            match (part.iter().any(|number| *number >= 90), attempt.refusal()) {
                (true, None) => {
                    return Err(Error::refused("books/refused", "too large").because(Cause::Event));
                }
                (true, Some(reason)) => {
                    assert_eq!((part.len(), reason), (1, "too large"));
                    refused.extend(part);
                }
                (false, _) => done.extend(part),
            }
            Ok(())
        });
        all.unwrap();
        (done, refused)
    }

    #[test]
    fn what_is_refused_is_found_and_all_else_is_done_in_order() {
        for group in [1, 2, 3, 5, 100] {
            let work = [1, 90, 2, 3, 91, 92, 4];
            assert_eq!(
                worked(&work, group),
                (vec![1, 2, 3, 4], vec![90, 91, 92]),
                "{group}"
            );
        }
        assert_eq!(worked(&[], 8), (vec![], vec![]));
    }

    #[test]
    fn what_is_no_events_fault_stops_everything() {
        let stopped = bisect(&[1, 2], 2, |_, _| {
            Err(Error::unavailable("store/database", "gone"))
        });
        assert_eq!(stopped.unwrap_err().code, "store/database");
    }
}
