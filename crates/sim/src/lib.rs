//! A made-up platform from a seed: viewers, creators, videos, views, engagement, advertisements, funding; with a
//! stated, labelled share of invalid traffic of every kind (see [`invalid`]).
//!
//! The same options give the same bytes on every machine and for any number of threads: all chance is in
//! integers, and every chunk of work has its own seed. This crate reads no clock and no environment; it writes one folder.
//!
//! | in the folder | what |
//! |---|---|
//! | `view/2026-10-01-00.parquet`, `engagement/`, `ad_impression/` | events by day and part, as `event::schema` says |
//! | `creator/`, `video/`, `funding/` | snapshots and pools' money |
//! | `gift_frame/`, `coin_purchase/`, `coin_refund/`, `room_activity/`, `subscription/`, `redemption/`, `gift/` | LIVE, one file each |
//! | `live_labels/` | `event_id`, `broken` of every frame of a deliberately broken streak |
//! | `labels/` | `event_id`, `rule` of every deliberately invalid view |
//! | `datacentres.csv` | the made-up data centres: `start,end,name,url`, both ends inclusive |
//! | `platform.json` | the options, and what was written |

mod alias;
mod audience;
mod cast;
mod catalogue;
mod columns;
mod error;
mod funding;
mod id;
pub mod invalid;
mod live;
mod live_files;
mod network;
mod output;
mod plan;
mod platform;
mod rng;
mod snapshots;
mod traffic;
mod watch;
mod world;
mod write;

pub use error::{GenerateError, MAX_VIEWS_PER_VIEWER_DAY};
use event::kind::Kind;
use jiff::civil::{Date, date};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

/// What to generate.
#[derive(Clone, Debug)]
pub struct GenerateOptions {
    /// Where chance starts.
    pub seed: u64,
    /// Days with views: 1 to 3,660. Videos are published from 40 days before.
    pub days: u32,
    /// Creators: 1 to 1,000,000.
    pub creators: u32,
    /// Viewers: 1 to 1,000,000,000.
    pub viewers: u32,
    /// View rows, invalid ones and duplicates included: at most 100,000,000,000.
    pub views: u64,
    /// First day with views, from 2000 to 2080.
    pub start: Date,
    /// The folder: new or empty.
    pub out: PathBuf,
    /// Worker threads; `None`: as many as the machine has.
    pub threads: Option<NonZeroUsize>,
}

/// Files and rows of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// The kind.
    pub kind: Kind,
    /// How many files.
    pub files: u64,
    /// How many rows.
    pub rows: u64,
}

/// What was generated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generated {
    /// Files and rows of every kind.
    pub kinds: Vec<Written>,
    /// Labelled views by rule, in the documented order of the rules.
    pub labels: Vec<(&'static str, u64)>,
}

/// Generates a platform. `progress` hears of view rows done and in all; when `cancel` becomes true, generation stops and
/// leaves nothing behind.
pub fn generate(
    options: &GenerateOptions,
    progress: &(dyn Fn(u64, u64) + Sync),
    cancel: &AtomicBool,
) -> Result<Generated, GenerateError> {
    check(options)?;
    write::all(options, progress, cancel)
}

fn check(options: &GenerateOptions) -> Result<(), GenerateError> {
    let bound = |option, value: u64, low: u64, high: u64, bounds| match (low..=high).contains(&value) {
        true => Ok(()),
        false => Err(GenerateError::Option {
            option,
            value: value.to_string(),
            bounds,
        }),
    };
    bound("days", options.days.into(), 1, 3_660, "from 1 to 3,660")?;
    bound(
        "creators",
        options.creators.into(),
        1,
        1_000_000,
        "from 1 to 1,000,000",
    )?;
    bound(
        "viewers",
        options.viewers.into(),
        1,
        1_000_000_000,
        "from 1 to 1,000,000,000",
    )?;
    bound(
        "views",
        options.views,
        0,
        100_000_000_000,
        "at most 100,000,000,000",
    )?;
    if !(date(2000, 1, 1)..=date(2080, 1, 1)).contains(&options.start) {
        let (option, value) = ("start", options.start.to_string());
        return Err(GenerateError::Option {
            option,
            value,
            bounds: "from 2000-01-01 to 2080-01-01",
        });
    }
    let GenerateOptions {
        views, viewers, days, ..
    } = *options;
    if views > u64::from(viewers) * u64::from(days) * MAX_VIEWS_PER_VIEWER_DAY {
        return Err(GenerateError::TooDense { views, viewers, days });
    }
    Ok(())
}
