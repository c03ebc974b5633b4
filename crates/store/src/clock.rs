//! When what is written is recorded. Recorded time is the database's own where it has a clock, else this machine's, so that nobody
//! chooses it; only books that were made for tests are told.
//!
//! A clock that was wrong for once has recorded times that are still to come. Nothing is written after them until somebody says
//! that they are wrong ([`Store::mend_clock`]): from then on time is the clock's again.

use crate::backend::{Backend, Head};
use crate::change::By;
use crate::error::StoreError;
use crate::record::NewRecord;
use crate::recorded::Recorded;
use crate::tx::Store;

/// The command of the only change that may be recorded before the one before it.
pub(crate) const MEND: &str = "ledger mend-clock";
/// Record that says why.
const KIND: &str = "clock";
const ID: &str = "mended";

impl Store {
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
            }])?;
            Ok(true)
        })
    }
}
