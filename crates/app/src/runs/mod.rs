//! Settlement runs as stored: one folder each, written whole and never changed. Which runs there were the books say.
//!
//! ```text
//! runs/creator-fund/2026-10-05/0001/
//!   run.json          what was settled, with which inputs, and the report
//!   facts.parquet     the stored, hashed input
//!   lines.parquet     earning lines
//!   units.parquet     the working behind the lines
//!   creators.parquet  decision for each creator
//!   videos.parquet    decision for each video
//!   files.b3          the hash of each of these files: see `sums`
//! ```

mod every;
mod folders;
pub mod left;
pub(crate) mod named;
pub mod period;
mod results;
mod run;
mod standing;
pub(crate) mod sums;

pub use every::all;
pub(crate) use every::named_in;
pub use folders::{
    CREATORS, FACTS, Folder, LINES, RECORD, UNFINISHED, UNITS, VIDEOS, folders, period_folder, strays,
};
pub(crate) use folders::{Place, folder_name, take_back};
pub(crate) use period::period_named;
pub use period::{PeriodState, Stage, parse_period};
pub use results::run_hash;
pub(crate) use run::GONE;
pub use run::{RUN_FORMAT, Record, Run};
pub use standing::{Broken, latest, latest_of};
pub(crate) use standing::{
    Standing, done, is_above, is_copy, not_posted, open, opened, posted_until, proved, standing, standing_in,
    stands, stands_as, unposted, unposted_of,
};
