//! Vouching for what others said.

use super::batches;
use super::review;
use super::since::LetGo;
use super::takes;
use super::vouched::{KIND, Vouch};
use super::whole::books_to_write;
use crate::base::error::{Error, Result};
use crate::base::progress::Context;
use crate::workspace::records::{self, Versioned};
use crate::workspace::{Workspace, actors};
use payout::person::is_same_person;
use std::collections::BTreeSet;

/// Vouches for all that others said of a payee, or of all, by which nothing keeps back what a batch pays. Gives these words.
///
/// # Errors
/// There is nothing to vouch for that somebody else said; no note; a machine, or who is paid or earned what is paid, vouches.
pub fn vouch(
    workspace: &Workspace,
    batch: &str,
    payee: Option<&str>,
    note: &str,
    context: &Context<'_>,
) -> Result<Vec<LetGo>> {
    let by = context.person()?.to_owned();
    let note = note.trim();
    if note.is_empty() {
        return Err(Error::usage("payout/note", "vouching needs a note")
            .hint("--note TEXT says with what it was compared: the bank's own pages, a contract"));
    }
    let store = books_to_write(workspace, context)?;
    store.write(context.by(), context.recorded, |tx| {
        actors::must_be_person(tx, &by, "vouches for nothing")?;
        let stored = batches::get(tx, batch)?.value;
        let own = actors::payees_of(tx, &by)?;
        let is_meant = |one: &str| payee.is_none_or(|payee| payee == one);
        for payout in stored.batch.leaving() {
            let to = payout.recipient.payee.as_str();
            if is_meant(to) && takes::is_of(tx, payout, &own)? {
                return Err(Error::refused(
                    "payout/own-change",
                    format!("{by} is paid or earned what batch {batch} pays {to}"),
                )
                .hint("another person vouches"));
            }
        }
        let review = review::of(tx, &stored, context.today())?;
        let mut words = review.words();
        words.retain(|word| is_meant(&word.creator) && !is_same_person(&word.by, &by));
        if words.is_empty() {
            return Err(Error::refused(
                "payout/nothing-said",
                format!(
                    "nobody else has said anything of {} that batch {batch} waits for",
                    payee.unwrap_or("a payee")
                ),
            )
            .hint(format!(
                "`permille payout show {batch}` shows what was said, and by whom"
            )));
        }
        let payees: BTreeSet<&str> = words.iter().map(|word| word.creator.as_str()).collect();
        for payee in payees {
            let before: Option<Versioned<Vec<Vouch>>> = records::get(tx, KIND, payee)?;
            let Versioned { mut value, version } = before.unwrap_or(Versioned {
                value: Vec::new(),
                version: 0,
            });
            value.push(Vouch {
                by: by.clone(),
                at: context.clock,
                note: note.to_owned(),
                words: words
                    .iter()
                    .filter(|word| word.creator == payee)
                    .cloned()
                    .collect(),
            });
            records::put(tx, KIND, payee, version, &value)?;
        }
        Ok(words)
    })
}
