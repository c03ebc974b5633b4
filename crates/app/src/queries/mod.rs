//! What is asked and answered: lines and why they are so, statements, the ledger, what happened, and whether all of it is still true.
//!
//! Nothing here moves money.

pub mod explain;
pub mod ledger;
pub mod lines;
pub mod messages;
pub mod receipts;
pub mod statement;
pub mod verify;
