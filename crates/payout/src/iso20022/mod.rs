//! Files for banks and from banks: pain.001 out, pain.002 and camt.053 back.
//!
//! What is written is valid by the schema of pain.001.001.09, whatever names and addresses say. What is read
//! may be of any version whose elements have the same names: namespaces are not looked at. A file can be
//! wrong, too large or hostile; it is answered with an error and a position, never with a guess.

mod bounds;
mod camt053;
mod charset;
mod duplicates;
mod error;
mod pain001;
mod pain002;
mod reasons;
mod tree;
mod writer;
mod written;

pub use crate::debtor::{Debtor, plain_number};
pub use camt053::{Batched, Code, Direction, Entry, EntryStatus, Movement, Statement, read_camt053};
pub use charset::latin;
pub use error::{MAX_BYTES, ReadError};
pub use pain001::{BankFile, Pain001Error, Sent, SentPayment, write_pain001};
pub use pain002::{Original, PaymentStatus, Status, StatusReport, TransactionStatus, read_pain002};
pub use reasons::{Reason, all_in_words, fault_in_words, reason_words};
pub(crate) use written::plain;
