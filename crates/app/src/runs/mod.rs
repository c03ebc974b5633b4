//! Settlement runs. A run is a record of the books, written in the transaction that posts it and never changed: what was settled, with which
//! inputs, the report, and the hashes of its files, which are [blobs](crate::workspace::blobs).

pub mod left;
pub mod period;
mod results;
mod run;
mod standing;

pub(crate) use period::period_named;
pub use period::{PeriodState, Stage, parse_period};
pub use results::run_hash;
pub(crate) use run::Place;
pub use run::{FileHashes, Record, Run, RunFile};
pub use standing::{Broken, all, latest, latest_of};
pub(crate) use standing::{
    latest_in, named_in, open, posted_until, recorded, settled_first, standing, standing_in, stands_as, whole,
};
