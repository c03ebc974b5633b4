//! When what is written is recorded. Recorded time is the database's own where it has a clock, else this machine's, so that nobody
//! chooses it; only books that were made for tests are told.
//!
//! A clock that was wrong for once has recorded times that are still to come. Nothing is written after them until somebody says
//! that they are wrong ([`Store::mend_clock`]): from then on time is the clock's again.

use crate::backend::{Backend, Head};
use crate::change::By;
use crate::error::StoreError;
use crate::record::NewRecord;
use crate::recorded::{DRIFT, Recorded};
use crate::tx::{Store, Tx};
use jiff::Timestamp;

/// The command of the only change that may be recorded before the one before it.
pub(crate) const MEND: &str = "ledger mend-clock";
/// Record that says why.
const KIND: &str = "clock";
const ID: &str = "mended";

/// That a clock was mended: what was recorded before that at a later time was done before it.
#[derive(Clone, Copy, Debug)]
pub struct Mended {
    /// The change that says so.
    pub change: u64,
    /// When that was.
    pub at: Timestamp,
}

impl Tx<'_> {
    /// How often a clock was mended, oldest first.
    pub fn clock_mended(&mut self) -> Result<Vec<Mended>, StoreError> {
        let versions = self.record_versions(KIND, ID)?.into_iter();
        Ok(versions
            .map(|record| Mended {
                change: record.change,
                at: record.recorded,
            })
            .collect())
    }
}

impl Store {
    /// Refuses to go on by a clock that is not the database's: what is decided by this machine's would be decided for another day than it is
    /// recorded at. Errors: they differ by more than clocks of different machines do.
    pub fn clocks_agree(&mut self) -> Result<(), StoreError> {
        let theirs = self.clock()?;
        let ours = Timestamp::now();
        match ours.duration_since(theirs).abs() > DRIFT {
            true => Err(StoreError::ClocksDiffer {
                store: self.place().to_owned(),
                ours,
                theirs,
            }),
            false => Ok(()),
        }
    }

    /// Says that the last transactions and records were written by a clock that was wrong: what follows is recorded by the clock. False:
    /// they were not, and nothing was done.
    pub fn mend_clock(&mut self, actor: &str, reason: &str) -> Result<bool, StoreError> {
        let by = By::new(actor, MEND);
        let clock = |backend: &mut dyn Backend, _: &Head| backend.clock();
        self.write_at(by, clock, |tx| {
            let after = Recorded::ByClock.after(tx.head.change.recorded, tx.now, "");
            if after.is_ok() {
                return Ok(false);
            }
            let version = tx.record(KIND, ID)?.map_or(0, |record| record.version) + 1;
            tx.put(&[NewRecord {
                kind: KIND.to_owned(),
                id: ID.to_owned(),
                version,
                body: serde_json::json!({ "reason": reason }).to_string(),
                key: None,
            }])?;
            Ok(true)
        })
    }
}
