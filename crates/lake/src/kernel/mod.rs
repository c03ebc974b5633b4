//! The qualification kernel: one verdict per view, and integer facts per video, country and day.
//!
//! Views come from the archive or from raw Parquet files with the columns of [`event::schema`]. The work is
//! done in three steps, each bounded by the memory budget:
//!
//! 1. *Scatter*: threads decode row groups, keep four machine words per view and scatter them by a stable hash
//!    of the viewer (`shuffle`). Raw files first have repeated event ids looked for (`duplicates`);
//!    an archive has none.
//! 2. *Decide*: all views of a viewer are in one partition, so every rule is local to it (`decide`,
//!    `rules`). What was decided is scattered once more, by video.
//! 3. *Count*: each partition of videos becomes facts (`count`).
//!
//! The facts depend on the events and the request alone: not on threads, file order, row group sizes, the
//! memory budget, or whether the rows came raw or from the archive. The kernel never decides money.

mod ads;
mod context;
mod count;
mod decide;
mod decode;
mod duplicates;
mod emission;
mod engagement;
mod facts;
mod hints;
mod ids;
mod input;
mod job;
mod lookback;
mod marked;
mod order;
mod places;
mod pool;
mod request;
mod row;
mod rules;
mod samples;
mod shuffle;
mod span;
mod to_parquet;
mod verdicts;
mod views;

pub use crate::error::KernelError;
pub use facts::facts;
pub use input::days_of;
pub use lookback::views_by_video;
pub use request::{ByPayer, FactsRequest, FactsSummary, Memory, Progress, Sample, Source, Stage};
pub use samples::samples;
pub use to_parquet::facts_to_parquet;
pub use verdicts::{EachVerdict, Verdict, verdicts};
