//! What is asked of the kernel, and what it says while working.

use crate::archive::FileEntry;
use crate::lists::Lists;
use event::snapshot::{CreatorSnapshot, VideoSnapshot};
use facts::Counts;
use jiff::Timestamp;
use jiff::civil::Date;
use policy::qualification::{Qualification, Rule};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Where the events are.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// Files of an archive: already unique by event id.
    Archive {
        /// View files.
        views: &'a [FileEntry],
        /// Engagement files.
        engagement: &'a [FileEntry],
        /// Ad impression files.
        ads: &'a [FileEntry],
    },
    /// Parquet files with the columns of [`event::schema`]. Of several rows with one event id the
    /// first counts, in the order of the files and of the rows in them.
    Raw {
        /// View files.
        views: &'a [PathBuf],
        /// Engagement files.
        engagement: &'a [PathBuf],
        /// Ad impression files.
        ads: &'a [PathBuf],
    },
}

/// Whether facts are kept apart by payer (the viewer), which programs that divide by payer need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByPayer {
    /// One fact per video, country and day.
    No,
    /// One fact per video, country, day and viewer.
    Yes,
}

/// A bound on the kernel's memory: what does not fit waits in temporary files.
#[derive(Clone, Copy, Debug)]
pub struct Memory<'a> {
    /// Bytes the kernel may hold; the process stays under about twice as much.
    pub bytes: u64,
    /// Existing folder for temporary files, which are removed at the end.
    pub spill_to: &'a Path,
}

/// One count over a span of days.
#[derive(Clone, Copy)]
pub struct FactsRequest<'a> {
    /// The thresholds.
    pub qualification: &'a Qualification,
    /// First UTC day.
    pub from: Date,
    /// The day after the last.
    pub to: Date,
    /// One fact per payer, or not.
    pub by_payer: ByPayer,
    /// ISO 4217 code: ad revenue in other currencies is counted as foreign impressions only.
    pub currency: &'a str,
    /// Data-centre addresses, user agents of bots, and what the platform's staff marked invalid.
    pub lists: &'a Lists,
    /// Creators in force, for linked accounts.
    pub creators: &'a [CreatorSnapshot],
    /// Videos in force, for creators and durations.
    pub videos: &'a [VideoSnapshot],
    /// The memory bound; `None`: as much as it takes.
    pub memory: Option<Memory<'a>>,
    /// Worker threads, at least 1.
    pub threads: usize,
    /// Set to true to stop early with [`KernelError::Cancelled`](super::KernelError::Cancelled).
    pub cancel: &'a AtomicBool,
    /// Told how far the work is, from any thread, some times a second at most per row group.
    pub progress: &'a (dyn Fn(Progress) + Sync),
}

/// How far the work is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// Rows (or, when counting and deciding, partitions) done.
    pub done: u64,
    /// Of so many.
    pub total: u64,
}

/// The steps of the work, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Looking for repeated event ids.
    Duplicates,
    /// Reading and scattering rows.
    Read,
    /// Giving verdicts.
    Decide,
    /// Adding up and writing facts.
    Count,
}

/// What a facts file holds in all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FactsSummary {
    /// Sums over all facts.
    pub totals: Counts,
    /// Facts.
    pub rows: u64,
    /// Distinct videos.
    pub videos: u64,
    /// Rules that were on but whose columns no row had.
    pub not_evaluated: Vec<Rule>,
    /// Ad impressions in another currency.
    pub foreign_impressions: u64,
}

/// One view and its verdict, for explanations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The event.
    pub event_id: Arc<str>,
    /// Who watched.
    pub viewer_id: Arc<str>,
    /// When.
    pub occurred_at: Timestamp,
    /// Milliseconds watched.
    pub watched_ms: u32,
    /// The first failing rule; `None`: qualified.
    pub verdict: Option<Rule>,
}
