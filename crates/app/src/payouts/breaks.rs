//! Breaks: what did not agree in banks' answers. Each waits until somebody closes it with a note; nothing of it is ever
//! taken away, and it can be opened again.

use super::batches::StoredBatch;
use crate::error::{Error, Result};
use crate::progress::Context;
use crate::records::{self, Versioned};
use crate::workspace::Workspace;
use jiff::Timestamp;
use payout::reconcile::Reconciliation;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use store::Tx;

/// Kind of the records.
const KIND: &str = "break";

/// Something in an answer that does not agree, as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredBreak {
    /// The file's name.
    pub file: String,
    /// The line in it.
    pub line: u32,
    /// The reference it is about.
    pub reference: String,
    /// What it is.
    pub words: String,
    /// Whose payout it is about, where it is about one: nothing more is paid to them until it is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creator: Option<String>,
    /// What people decided about it, oldest first; the last one holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<Decision>,
}

/// What somebody decided about a break.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// Closed, or opened again.
    pub to: BreakState,
    /// What was found out.
    pub note: String,
    /// Who decided.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// Whether a break waits for somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BreakState {
    /// It does.
    Open,
    /// Somebody looked into it.
    Closed,
}

impl BreakState {
    /// The name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            BreakState::Open => "open",
            BreakState::Closed => "closed",
        }
    }
}

/// A break with its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Break {
    /// Its id: from the file's bytes and its place in the answer, so that the same file gives the same breaks.
    pub id: String,
    /// Whether it waits for somebody.
    pub state: BreakState,
    /// What is known of it.
    #[serde(flatten)]
    pub stored: StoredBreak,
}

/// Which breaks are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those that wait for somebody.
    Open,
    /// Closed ones, too.
    All,
}

impl StoredBreak {
    fn state(&self) -> BreakState {
        self.decisions
            .last()
            .map_or(BreakState::Open, |decision| decision.to)
    }

    fn with_id(self, id: String) -> Break {
        Break {
            id,
            state: self.state(),
            stored: self,
        }
    }
}

/// Keeps breaks under the hash of the file: the same file gives the same ids, and changes nothing of what was decided.
pub(super) fn keep(
    tx: &mut Tx<'_>,
    path: &Path,
    text: &str,
    found: &Reconciliation,
    batches: &[Versioned<StoredBatch>],
) -> Result<Vec<Break>> {
    let payouts = || batches.iter().flat_map(|stored| &stored.value.batch.payouts);
    let hash = blake3::hash(text.as_bytes()).to_hex();
    let file = path
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let mut kept = Vec::new();
    for (number, found) in found.breaks.iter().enumerate() {
        let id = format!("{}-{number:05}", &hash[..16]);
        let before: Option<Versioned<StoredBreak>> = records::get(tx, KIND, &id)?;
        let stored = match before {
            Some(before) => before.value,
            None => {
                let stored = StoredBreak {
                    file: file.clone(),
                    line: found.line,
                    reference: found.reference.clone(),
                    words: found.words(),
                    creator: payouts()
                        .find(|payout| payout.end_to_end_id.as_str() == found.reference)
                        .map(|payout| payout.recipient.payee.to_string()),
                    decisions: Vec::new(),
                };
                records::put(tx, KIND, &id, 0, &stored)?;
                stored
            }
        };
        kept.push(stored.with_id(id));
    }
    Ok(kept)
}

/// Breaks, by file.
pub fn list(workspace: &Workspace, which: Which) -> Result<Vec<Break>> {
    let mut store = workspace.books()?;
    let found: Vec<(String, Versioned<StoredBreak>)> = store.read(|tx| records::list(tx, KIND, ""))?;
    let found = found.into_iter().map(|(id, stored)| stored.value.with_id(id));
    Ok(found
        .filter(|one| which == Which::All || one.state == BreakState::Open)
        .collect())
}

/// References of payouts about which an answer does not agree and nobody has decided, by creator.
pub(super) fn disputed(tx: &mut Tx<'_>) -> Result<BTreeMap<String, Vec<String>>> {
    let mut disputed: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (_, one) in records::list::<StoredBreak>(tx, KIND, "")? {
        if let (BreakState::Open, Some(creator)) = (one.value.state(), one.value.creator.clone()) {
            disputed.entry(creator).or_default().push(one.value.reference);
        }
    }
    Ok(disputed)
}

/// Closes a break, or opens it again, with a note. A break that is there already is refused: two people do not close
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
    let mut store = workspace.books_to_write(context)?;
    store.write(context.user, context.recorded, |tx| {
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
        value.decisions.push(Decision {
            to,
            note: note.to_owned(),
            by,
            at: context.now,
        });
        records::put(tx, KIND, id, version, &value)?;
        Ok(value.with_id(id.to_owned()))
    })
}
