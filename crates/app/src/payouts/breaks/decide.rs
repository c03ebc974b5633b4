//! Closing a break, and opening it again: who may, and what is kept of it.

use super::{Break, BreakState, Decision, KIND, StoredBreak};
use crate::base::error::{Error, Result};
use crate::base::progress::Context;
use crate::payouts::whole::books_to_write;
use crate::payouts::whose::owned;
use crate::payouts::{stored, takes};
use crate::workspace::Workspace;
use crate::workspace::actors::payees_of;
use crate::workspace::records::{self, Versioned};
use store::Tx;

/// Refuses to close a break by somebody who is paid by what it is about, or earned it.
fn not_own(tx: &mut Tx<'_>, id: &str, found: &StoredBreak, context: &Context<'_>) -> Result<()> {
    let own = payees_of(tx, context.user)?;
    if own.is_empty() {
        return Ok(());
    }
    let about: Vec<&str> = found.about().map(String::as_str).collect();
    for stored in stored::all(tx)?.into_iter().map(|stored| stored.value) {
        let payouts = stored.batch.payouts.iter().filter(|_| found.is_about(&stored));
        for payout in payouts.filter(|payout| about.contains(&payout.recipient.payee.as_str())) {
            if takes::is_of(tx, payout, &own)? {
                return Err(Error::refused(
                    "payout/own-break",
                    format!(
                        "break `{id}` is about what is paid to {}, and {} is paid or earned it",
                        payout.recipient.payee, context.user
                    ),
                )
                .hint("closing it lets the next payout go: another person does so"));
            }
        }
    }
    Ok(())
}

/// Refuses to close a break by somebody who prepared a batch that it is about. One that names nobody may be about whatever left.
fn by_another(tx: &mut Tx<'_>, id: &str, found: &StoredBreak, context: &Context<'_>) -> Result<()> {
    for stored in stored::all(tx)?.into_iter().map(|stored| stored.value) {
        if !(found.is_about(&stored) || found.names_nobody() && stored.export.is_some()) {
            continue;
        }
        let Some(owner) = owned(tx, &stored.batch, context.user)? else {
            continue;
        };
        let is = match found.names_nobody() {
            true => "names nobody and may be about",
            false => "is about",
        };
        return Err(Error::refused(
            "payout/own-break",
            format!("break `{id}` {is} batch {}, {}", stored.batch.id, owner.which()),
        )
        .hint("closing it lets the next payout go: another person does so, as themselves: `--user NAME`"));
    }
    Ok(())
}

/// Closes a break, or opens it again, with a note. Who prepared a batch closes no break about it. A break that is there already is refused: two people do not close
/// the same one without knowing of each other.
pub fn decide(
    workspace: &Workspace,
    id: &str,
    to: BreakState,
    note: &str,
    context: &Context<'_>,
) -> Result<Break> {
    let by = context.person()?.to_owned();
    let note = note.trim();
    if note.is_empty() {
        return Err(Error::usage("payout/note", format!("break `{id}` needs a note"))
            .hint("--note TEXT says what was found out, for those who look into it later"));
    }
    let store = books_to_write(workspace, context)?;
    store.write(context.once(), context.recorded, |tx| {
        let before: Option<Versioned<StoredBreak>> = records::get(tx, KIND, id)?;
        let Versioned { mut value, version } = before.ok_or_else(|| {
            Error::usage("payout/unknown-break", format!("no break `{id}`"))
                .hint("`permille payout breaks --all` lists breaks")
        })?;
        if value.state() == to {
            let why = value.decisions.last().map_or_else(String::new, |last| {
                format!(" by {} at {}: {}", last.by, last.at, last.note)
            });
            return Err(Error::refused(
                "payout/break",
                format!("break `{id}` is {} already{why}", to.name()),
            )
            .hint("`permille payout breaks --all` shows what was decided"));
        }
        if to == BreakState::Closed {
            by_another(tx, id, &value, context)?;
            not_own(tx, id, &value, context)?;
        }
        value.decisions.push(Decision {
            to,
            note: note.to_owned(),
            by,
            at: context.clock,
        });
        records::put(tx, KIND, id, version, &value)?;
        Ok(value.with_id(id.to_owned()))
    })
}
