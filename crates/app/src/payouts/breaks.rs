//! Breaks: what did not agree in banks' answers. Each waits until somebody closes it with a note; nothing of it is ever
//! taken away, and it can be opened again.
//!
//! What an answer would free of a batch that its importer prepared waits in the same way: until another person brings the
//! answer in. Who prepared a batch closes no break about it.

use super::stored::{Read, StoredBatch};
use crate::base::error::Result;
use crate::base::progress::Context;
use crate::workspace::Workspace;
use crate::workspace::records::{self, Versioned};
use jiff::Timestamp;
use payout::batch::{Payout, PayoutId, PayoutState};
use payout::reconcile::Transition;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use store::Tx;

mod decide;

pub use decide::decide;

/// What stands in the place of a kind where an answer waits for another person.
const WAITS: &str = "Waits";
/// Kind of the records.
pub(crate) const KIND: &str = "break";

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
    /// Which kind it is of.
    pub kind: String,
    /// What it is.
    pub words: String,
    /// Whose payout it is about, where it is about one: nothing more is paid to them until it is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creator: Option<String>,
    /// The references of all payouts that it puts in doubt, where they are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub payouts: Vec<String>,
    /// Whose payouts those are: nothing more is paid to any of them until it is closed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub creators: Vec<String>,
    /// The hash of the file (BLAKE3, hexadecimal); none of what was kept before hashes were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// Who brought the file in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// What the payout becomes when another person brings the answer in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits: Option<PayoutState>,
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
    /// What tells it from others of its file, which may be one line: words may name amounts that change.
    fn place(&self) -> (u32, String, String) {
        (self.line, self.reference.clone(), self.kind.clone())
    }

    /// Whether it is about all payouts that another one is about.
    fn is_about_all_of(&self, other: &StoredBreak) -> bool {
        other.payouts.iter().all(|one| self.payouts.contains(one))
    }

    /// The payees that it is about.
    fn about(&self) -> impl Iterator<Item = &String> {
        self.creator.iter().chain(&self.creators)
    }

    /// Whether it says of no creator that it is about one.
    fn names_nobody(&self) -> bool {
        self.about().next().is_none()
    }

    /// Whether it is about a batch: about it, a part of its file, or one of its payouts.
    fn is_about(&self, stored: &StoredBatch) -> bool {
        let batch = &stored.batch;
        let sent = stored.export.iter().filter_map(|export| export.sent.as_ref());
        let parts = sent.flat_map(|sent| sent.payments.iter().map(|part| part.id.as_str()));
        let payouts = batch.payouts.iter().map(|payout| payout.end_to_end_id.as_str());
        let mut ids = parts.chain(payouts).chain([batch.id.as_str()]);
        ids.any(|id| self.names(id))
    }

    fn names(&self, id: &str) -> bool {
        self.payouts
            .iter()
            .chain([&self.reference])
            .any(|named| named == id)
    }

    pub(crate) fn state(&self) -> BreakState {
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

/// An answer's file, and who brings it in.
pub(super) struct File<'a> {
    /// Its name.
    pub name: String,
    /// The hash of its bytes (BLAKE3, hexadecimal).
    pub hash: String,
    /// Who brings it in.
    pub context: &'a Context<'a>,
}

impl<'a> File<'a> {
    pub(super) fn new(name: String, text: &str, context: &'a Context<'a>) -> Self {
        Self {
            name,
            hash: blake3::hash(text.as_bytes()).to_hex().to_string(),
            context,
        }
    }

    /// What it says that does not agree.
    pub(super) fn breaks(&self, found: &[payout::reconcile::Break], batches: &[Read]) -> Vec<StoredBreak> {
        let whose = whose(batches);
        let creator = |reference: &String| {
            let payout = whose.get(reference.as_str())?;
            Some(payout.recipient.payee.to_string())
        };
        let stored = found.iter().map(|found| StoredBreak {
            creator: creator(&found.reference),
            creators: match &found.payouts[..] {
                [only] if *only == found.reference => Vec::new(),
                several => several.iter().filter_map(creator).collect(),
            },
            payouts: match &found.payouts[..] {
                [only] if *only == found.reference => Vec::new(),
                several => several.to_vec(),
            },
            ..self.stored(found.line, &found.reference, found.kind.name(), found.words())
        });
        stored.collect()
    }

    /// What it would free and does not, since who prepared the batch brings it in.
    pub(super) fn waiting(&self, waiting: &[Transition], batches: &[Read]) -> Vec<StoredBreak> {
        let payouts = || batches.iter().flat_map(|stored| &stored.value.batch.payouts);
        let by_id: BTreeMap<_, &Payout> = payouts().map(|payout| (&payout.id, payout)).collect();
        let stored = waiting.iter().filter_map(|one| {
            let payout = by_id.get(&one.payout)?;
            let reference = payout.end_to_end_id.as_str();
            let why = one.reason.as_deref().unwrap_or("no reason");
            let words = format!(
                "{reference} becomes {} ({why}) when somebody who did not prepare its batch imports this answer",
                one.to
            );
            Some(StoredBreak {
                creator: Some(payout.recipient.payee.to_string()),
                waits: Some(one.to),
                ..self.stored(one.line, reference, WAITS.to_owned(), words)
            })
        });
        stored.collect()
    }

    fn stored(&self, line: u32, reference: &str, kind: String, words: String) -> StoredBreak {
        StoredBreak {
            file: self.name.clone(),
            line,
            reference: reference.to_owned(),
            kind,
            words,
            creator: None,
            payouts: Vec::new(),
            creators: Vec::new(),
            hash: Some(self.hash.clone()),
            by: Some(self.context.user.trim().to_owned()),
            waits: None,
            decisions: Vec::new(),
        }
    }

    /// Keeps breaks under the hash of the file: the same of the same file has the same id, and changes nothing of what was
    /// decided.
    pub(super) fn keep(&self, tx: &mut Tx<'_>, found: Vec<StoredBreak>) -> Result<Vec<Break>> {
        let kept = self.kept(tx, found)?.into_iter();
        Ok(kept.map(|(one, _)| one).collect())
    }

    /// The same; only those that were not there.
    pub(super) fn keep_new(&self, tx: &mut Tx<'_>, found: Vec<StoredBreak>) -> Result<Vec<Break>> {
        let kept = self.kept(tx, found)?.into_iter();
        Ok(kept.filter(|(_, is_new)| *is_new).map(|(one, _)| one).collect())
    }

    /// Each with whether it is new.
    fn kept(&self, tx: &mut Tx<'_>, found: Vec<StoredBreak>) -> Result<Vec<(Break, bool)>> {
        let prefix = &self.hash[..16];
        let before: Vec<(String, Versioned<StoredBreak>)> = records::list(tx, KIND, &format!("{prefix}-"))?;
        let mut number = before.len();
        let mut before: BTreeMap<_, Vec<Break>> =
            before
                .into_iter()
                .rev()
                .fold(BTreeMap::new(), |mut all, (id, stored)| {
                    let stored = stored.value;
                    let key = stored.place();
                    all.entry(key).or_insert_with(Vec::new).push(stored.with_id(id));
                    all
                });
        let mut kept = Vec::with_capacity(found.len());
        for stored in found {
            self.context.check()?;
            let key = stored.place();
            if let Some(alike) = before.get_mut(&key) {
                let known = alike
                    .iter()
                    .rposition(|known| known.stored.is_about_all_of(&stored));
                if let Some(at) = known {
                    kept.push((alike.remove(at), false));
                    continue;
                }
            }
            let id = format!("{prefix}-{number:05}");
            number += 1;
            records::put(tx, KIND, &id, 0, &stored)?;
            kept.push((stored.with_id(id), true));
        }
        Ok(kept)
    }
}

/// Payouts by reference.
fn whose(batches: &[Read]) -> BTreeMap<&str, &Payout> {
    let payouts = batches.iter().flat_map(|stored| &stored.value.batch.payouts);
    payouts
        .map(|payout| (payout.end_to_end_id.as_str(), payout))
        .collect()
}

/// Payouts of which something waits for another person.
pub(super) fn waiting(tx: &mut Tx<'_>, batches: &[Read]) -> Result<Vec<PayoutId>> {
    let whose = whose(batches);
    let all = records::list::<StoredBreak>(tx, KIND, "")?.into_iter();
    let open = all
        .map(|(_, one)| one.value)
        .filter(|one| one.waits.is_some() && one.state() == BreakState::Open);
    Ok(open
        .filter_map(|one| whose.get(&*one.reference).map(|payout| payout.id.clone()))
        .collect())
}

/// Closes what has waited for another person: it has come true.
pub(super) fn come_true(
    tx: &mut Tx<'_>,
    done: &[(String, PayoutState)],
    context: &Context<'_>,
) -> Result<()> {
    if done.is_empty() {
        return Ok(());
    }
    for (id, Versioned { mut value, version }) in records::list::<StoredBreak>(tx, KIND, "")? {
        let Some(to) = value.waits.filter(|_| value.state() == BreakState::Open) else {
            continue;
        };
        if done
            .iter()
            .any(|(reference, became)| *reference == value.reference && *became == to)
        {
            value.decisions.push(Decision {
                to: BreakState::Closed,
                note: format!("brought in by another person: {to}"),
                by: context.user.trim().to_owned(),
                at: context.clock,
            });
            records::put(tx, KIND, &id, version, &value)?;
        }
    }
    Ok(())
}

/// Breaks, by file.
pub fn list(workspace: &Workspace, which: Which) -> Result<Vec<Break>> {
    let store = workspace.books()?;
    let found: Vec<(String, Versioned<StoredBreak>)> = store.read(|tx| records::list(tx, KIND, ""))?;
    let found = found.into_iter().map(|(id, stored)| stored.value.with_id(id));
    Ok(found
        .filter(|one| which == Which::All || one.state == BreakState::Open)
        .collect())
}

/// What a bank said of a batch that waits for somebody, in words; none: nothing does.
pub(super) fn open_of(tx: &mut Tx<'_>, stored: &StoredBatch) -> Result<Option<String>> {
    let all = records::list::<StoredBreak>(tx, KIND, "")?.into_iter();
    let mut open = all
        .map(|(_, one)| one.value)
        .filter(|one| one.state() == BreakState::Open);
    Ok(open.find(|one| one.is_about(stored)).map(|one| one.words))
}

/// References of payouts about which an answer does not agree and nobody has decided, by creator.
pub(super) fn disputed(tx: &mut Tx<'_>) -> Result<BTreeMap<String, Vec<String>>> {
    let mut disputed: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (_, one) in records::list::<StoredBreak>(tx, KIND, "")? {
        let one = one.value;
        if one.state() != BreakState::Open {
            continue;
        }
        for creator in one.about() {
            let references = disputed.entry(creator.clone()).or_default();
            references.push(one.reference.clone());
        }
    }
    Ok(disputed)
}

/// A closed break.
pub(super) struct Closed {
    /// Its id.
    pub id: String,
    /// The payees that it is about.
    pub about: BTreeSet<String>,
    /// What was decided last.
    pub decision: Decision,
    stored: StoredBreak,
}

impl Closed {
    /// Those of the payees that it is about.
    pub(super) fn about_of<'c>(&'c self, payees: &BTreeSet<&str>) -> impl Iterator<Item = &'c str> {
        let about = self.about.iter().map(String::as_str);
        about.filter(|payee| payees.contains(payee))
    }

    /// Payouts of a batch that it is about: of each payee those that it names, or all where it names none of theirs.
    pub(super) fn payouts_of<'b>(&self, batch: &'b StoredBatch) -> Vec<&'b Payout> {
        if !self.stored.is_about(batch) {
            return Vec::new();
        }
        let payee = |payout: &'b Payout| payout.recipient.payee.as_str();
        let payouts = batch.batch.payouts.iter();
        let named: BTreeSet<&str> = self
            .stored
            .payouts
            .iter()
            .chain([&self.stored.reference])
            .map(String::as_str)
            .collect();
        let is_named = |payout: &Payout| named.contains(payout.end_to_end_id.as_str());
        let have_named: BTreeSet<&str> = payouts
            .clone()
            .filter(|payout| is_named(payout))
            .map(payee)
            .collect();
        payouts
            .filter(|payout| is_named(payout) || !have_named.contains(payee(payout)))
            .collect()
    }
}

/// Closed breaks.
pub(super) fn closed(tx: &mut Tx<'_>) -> Result<Vec<Closed>> {
    let all = records::list::<StoredBreak>(tx, KIND, "")?.into_iter();
    let closed = all.filter_map(|(id, one)| {
        let stored = one.value;
        let decision = stored.decisions.last()?.clone();
        let about = stored.about().cloned().collect();
        (decision.to == BreakState::Closed).then_some(Closed {
            id,
            about,
            decision,
            stored,
        })
    });
    Ok(closed.collect())
}
