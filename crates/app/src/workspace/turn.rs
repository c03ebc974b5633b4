//! Waiting for one's turn at the workspace's files: another process writes. It takes as long as for the books.

use crate::base::error::{Error, Result};
use crate::base::progress::Context;
use std::time::{Duration, Instant};
use store::{PATIENCE, WAIT};

/// The code of the error that another process is writing.
pub(crate) const LOCKED: &str = "workspace/locked";

const PAUSE: Duration = Duration::from_millis(20);

/// Tries until another process is done, says so when that takes a while, and ends when it is asked to or when the other takes too long.
pub(crate) fn patiently<T>(context: &Context<'_>, mut attempt: impl FnMut() -> Result<T>) -> Result<T> {
    let is_busy = |error: &Error| error.code == LOCKED;
    let start = Instant::now();
    let mut is_told = false;
    loop {
        match attempt() {
            Err(error) if is_busy(&error) && start.elapsed() < WAIT => {
                if !is_told && start.elapsed() >= PATIENCE {
                    let seconds = WAIT.as_secs();
                    context
                        .progress
                        .note(&format!("{error}; waiting for up to {seconds} s"));
                    is_told = true;
                }
            }
            done => return done,
        }
        context.check()?;
        std::thread::sleep(PAUSE);
    }
}
