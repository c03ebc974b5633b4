//! Transactional state: the double-entry books and the records of everything else that changes.
//!
//! Two concepts, append-only:
//!
//! - the **books**: transactions and postings, see crate `ledger`;
//! - **records**: JSON documents by kind and id, of which every version is kept. Those about persons are [sealed](SealingKey): what they say can be
//!   erased.
//!
//! What one database transaction writes of both is a [`Change`]: who, by which command, when, what, linked to the one before it.
//!
//! A [`Store`] runs closures in database transactions ([`Store::write`], [`Store::read`]). Behind it stands one of
//! three [backends](Backend): SQLite (a file in the workspace), PostgreSQL (by URL), and memory (for simulation). One
//! process writes at a time: SQLite by its own lock, PostgreSQL by an advisory lock taken for the transaction; so the
//! books of the last write can be kept in memory and stay valid as long as the numbers of the store have not moved.

mod backend;
mod change;
mod change_row;
mod checked;
mod clock;
mod connections;
mod error;
pub mod fault;
mod filter;
mod follow;
mod group;
mod head;
mod keys;
pub mod memory;
mod place;
mod post;
mod postgres;
mod record;
mod recorded;
mod records;
mod sealed;
mod sqlite;
mod stored;
mod trial;
mod turn;
mod tx;
mod verify;
mod walk;

pub use backend::{Backend, Counts, Earlier, Head, Mode, Part};
pub use change::{By, Change, ChangeHead, Key, Keyed, RecordName, WrittenRecord};
pub use checked::{Checked, Finding, MAX_FINDINGS};
pub use clock::Mended;
pub use connections::Connections;
pub use error::StoreError;
pub use filter::AccountFilter;
pub use group::{Answer, GroupCommit, Waiting};
pub use head::{KeptHead, KeptHeadError};
pub use keys::{Keys, SealingKey};
pub use place::without_password;
pub use record::{NewRecord, Record};
pub use recorded::{DRIFT, Recorded};
pub use sealed::DESTROYED;
pub use stored::{Entry, Step, StoredPosting, StoredTransaction, StoredVersion};
pub use trial::TrialLine;
pub use turn::{PATIENCE, Tell, WAIT};
pub use tx::{Store, Tx};
