//! The books that money is paid out of: nothing may be missing of what decides about it.

use crate::base::error::Result;
use crate::base::progress::Context;
use crate::workspace::Workspace;
use crate::workspace::books::OwnBooks;

/// Kinds of records of which the last versions say who is paid, what, and what was paid: without one of them, what stood before it would
/// count again. Without its document a program keeps back its own money alone (`rules.rs`).
const DECIDE: [&str; 11] = [
    "actor",
    "batch",
    "break",
    "invoice",
    "payee",
    "payout",
    "period",
    "recipient",
    "split",
    "unmatched",
    "vouched",
];

/// Opens the books to write to them.
///
/// # Errors
/// Those of [`Workspace::books_to_write`]; a version of a record that somebody wrote is gone.
pub(super) fn books_to_write(workspace: &Workspace, context: &Context<'_>) -> Result<OwnBooks> {
    let books = workspace.books_to_write(context)?;
    books.read(|tx| tx.must_have_all(&DECIDE))?;
    Ok(books)
}
