//! The qualification kernel: one verdict per view, and integer facts per video, country and day.
//!
//! Views come from the archive or from raw Parquet files with the columns of [`event::schema`]. The work is
//! done in three steps, each bounded by the memory budget:
//!
//! 1. *Scatter*: threads decode row groups, keep four machine words per view and scatter them by a stable hash
//!    of the viewer ([`shuffle`]). Raw files first have repeated event ids looked for ([`duplicates`]);
//!    an archive has none.
//! 2. *Decide*: all views of a viewer are in one partition, so every rule is local to it ([`decide`],
//!    [`rules`]). What was decided is scattered once more, by video.
//! 3. *Count*: each partition of videos becomes facts ([`count`]).
//!
//! The facts depend on the events and the request alone: not on threads, file order, row group sizes, the
//! memory budget, or whether the rows came raw or from the archive. The kernel never decides money.

mod error;
mod request;

pub use error::KernelError;
pub use request::{ByPayer, FactsRequest, FactsSummary, Memory, Progress, Sample, Source, Stage};

use earning::facts::Facts;
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Counts the events of a span.
///
/// # Errors
/// [`KernelError`]; nothing is left behind.
pub fn facts(_source: Source<'_>, _request: &FactsRequest<'_>) -> Result<Facts, KernelError> {
    Err(KernelError::Cancelled)
}

/// Counts the events of a span into a Parquet file without holding all facts.
///
/// # Errors
/// [`KernelError`]; a file that could not be finished is removed.
pub fn facts_to_parquet(
    _source: Source<'_>,
    _request: &FactsRequest<'_>,
    _out: &Path,
) -> Result<FactsSummary, KernelError> {
    Err(KernelError::Cancelled)
}

/// Views of each video from a day on and before another, whatever their verdict.
///
/// # Errors
/// [`KernelError`].
pub fn views_by_video(_source: Source<'_>, _from: Date, _to: Date) -> Result<BTreeMap<Arc<str>, u64>, KernelError> {
    Err(KernelError::Cancelled)
}

/// Up to `limit` views of a video for each verdict: those with the smallest event ids.
///
/// # Errors
/// [`KernelError`].
pub fn samples(
    _source: Source<'_>,
    _request: &FactsRequest<'_>,
    _video: &str,
    _limit: usize,
) -> Result<Vec<Sample>, KernelError> {
    Err(KernelError::Cancelled)
}
