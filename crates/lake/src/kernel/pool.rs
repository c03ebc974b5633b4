//! Worker threads that take numbered tasks in order until all are done, one fails, or the caller stops.

use super::KernelError;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Runs tasks `0..tasks`. Each worker makes a state, steps it through the tasks it takes, and finishes it; the
/// results come in no particular order.
///
/// # Errors
/// The first error of any worker, or [`KernelError::Cancelled`].
pub(crate) fn work<S, T: Send>(
    threads: usize,
    tasks: usize,
    cancel: &AtomicBool,
    start: impl Fn() -> Result<S, KernelError> + Sync,
    step: impl Fn(&mut S, usize) -> Result<(), KernelError> + Sync,
    finish: impl Fn(S) -> Result<T, KernelError> + Sync,
) -> Result<Vec<T>, KernelError> {
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (results, failure) = (Mutex::new(Vec::new()), Mutex::new(None));
    let worker = || -> Result<(), KernelError> {
        let mut state = start()?;
        loop {
            if cancel.load(Ordering::Relaxed) {
                return Err(KernelError::Cancelled);
            }
            let task = next.fetch_add(1, Ordering::Relaxed);
            if task >= tasks || stop.load(Ordering::Relaxed) {
                break;
            }
            step(&mut state, task)?;
        }
        let result = finish(state)?;
        results.lock().expect("pushing does not panic").push(result);
        Ok(())
    };
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                if let Err(error) = worker() {
                    stop.store(true, Ordering::Relaxed);
                    failure
                        .lock()
                        .expect("storing does not panic")
                        .get_or_insert(error);
                }
            });
        }
    });
    match failure.into_inner().expect("storing does not panic") {
        Some(error) => Err(error),
        None => Ok(results.into_inner().expect("pushing does not panic")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_is_done_once() {
        let cancel = AtomicBool::new(false);
        let step = |sum: &mut usize, task: usize| {
            *sum += task;
            Ok(())
        };
        let sums = work(3, 100, &cancel, || Ok(0), step, Ok).unwrap();
        assert_eq!(sums.iter().sum::<usize>(), 4_950);
    }

    #[test]
    fn stopping_is_an_error() {
        let cancel = AtomicBool::new(true);
        let stopped = work(2, 10, &cancel, || Ok(()), |(), _| Ok(()), Ok).unwrap_err();
        assert!(matches!(stopped, KernelError::Cancelled));
    }
}
