//! Commands that are done once however often they are called: under a key that their actor gives them.
//!
//! The change that a command made is its receipt: it has the key, the hash of what was asked, and the names of what was written. It is
//! kept as long as the books are. Commands that do only what is left when they are called again take no key.

use crate::base::error::{Error, Result};
use crate::base::progress::Context;
use crate::payouts::batches;
use crate::payouts::stored::{self, StoredBatch};
use crate::queries::ledger::changes::{self, Listed};
use crate::workspace::Workspace;
use store::StoreError;

/// Longest key, in bytes.
const MAX_KEY: usize = 128;

/// Commands that do the same again when they are called again.
const KEYED: [&str; 23] = [
    "actor add",
    "actor change",
    "actor suspend",
    "actor restore",
    "invalidate",
    "payee verify",
    "payee pending",
    "payee restrict",
    "payee reject",
    "payee hold",
    "payee unhold",
    "payee confirm",
    "payee tax-form",
    "payout prepare",
    "payout approve",
    "payout hold",
    "payout release",
    "payout cancel",
    "payout settle",
    "payout breaks --close",
    "payout expire --yes",
    "payout recover",
    "payout receive",
];

/// Refuses a key that is none, or that the command does not take. `command`: its words, with the option that makes it write.
pub fn must_be_key(key: &str, command: &str) -> Result<()> {
    let is_plain = |character: char| character.is_ascii_graphic();
    if key.is_empty() || key.len() > MAX_KEY || !key.chars().all(is_plain) {
        return Err(Error::usage(
            "key/characters",
            format!("a key is 1 to {MAX_KEY} letters, digits and signs of ASCII, without blanks"),
        )
        .hint("for example a UUID, or an id of the work that calls: --key prepare-2026-11"));
    }
    if KEYED.contains(&command) {
        return Ok(());
    }
    Err(Error::usage("key/not-taken", format!("`{command}` takes no key"))
        .hint("called again it changes nothing, or does only what is left: leave --key out"))
}

/// What was done under a command's key before, if it was. Errors: the key was given to something else.
pub fn find(workspace: &Workspace, context: &Context<'_>) -> Result<Option<Listed>> {
    if context.key.is_none() {
        return Ok(None);
    }
    let Some(books) = workspace.books_if_any()? else {
        return Ok(None);
    };
    books.read(|tx| match tx.must_be_new(context.once()) {
        Ok(()) => Ok(None),
        Err(StoreError::Repeated(change)) => changes::listed(tx, change.number),
        Err(error) => Err(error.into()),
    })
}

/// The batches that a change wrote, as they are now.
pub fn batches_of(workspace: &Workspace, change: &Listed) -> Result<Vec<StoredBatch>> {
    let ids = change
        .records
        .iter()
        .filter(|record| record.kind == stored::BATCH);
    ids.map(|record| batches::show(workspace, &record.id)).collect()
}
