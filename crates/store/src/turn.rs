//! Waiting for one's turn: another process writes, or has locked the database.

use crate::error::StoreError;
use std::sync::Arc;
use std::time::{Duration, Instant};

type Result<T> = std::result::Result<T, StoreError>;

/// How long a process waits for another one before somebody is told.
pub const PATIENCE: Duration = Duration::from_secs(1);
/// How long it waits in all, about.
pub const WAIT: Duration = Duration::from_secs(30);
/// So long at most it does not look whether it is to stop.
const SLICE: Duration = Duration::from_secs(2);

/// Tells people what this process waits for.
pub type Tell = Arc<dyn Fn(&str) + Send + Sync>;

/// Tries until another process is done, says so when that takes a while, and ends when it is asked to. An attempt waits so long at
/// most as it is told.
pub(crate) fn patiently<T>(
    tell: Option<&Tell>,
    stops: Option<fn() -> bool>,
    mut attempt: impl FnMut(Duration) -> Result<T>,
) -> Result<T> {
    let busy = match attempt(PATIENCE) {
        Err(busy @ StoreError::Busy { .. }) => busy,
        done => return done,
    };
    if let Some(tell) = tell {
        tell(&format!("{busy}; waiting for up to {} s", WAIT.as_secs()));
    }
    let start = Instant::now();
    loop {
        if stops.is_some_and(|stops| stops()) {
            return Err(StoreError::Stopped);
        }
        let left = WAIT.saturating_sub(start.elapsed());
        match attempt(left.min(SLICE)) {
            Err(StoreError::Busy { .. }) if left > SLICE => {}
            done => return done,
        }
    }
}
