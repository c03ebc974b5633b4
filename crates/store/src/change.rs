//! Changes: one row for each database transaction that wrote something. It says who wrote, by which command, when, and what: up to
//! which transaction, and which versions of records. Each is linked to the one before, so that whoever takes out, puts in or
//! changes anything of it all breaks the chain.
//!
//! The digest of a change is `BLAKE3` over number and body of each of its transactions and the digest of each of its records, in
//! the order of writing. Its link is `BLAKE3` over the link before (32 zero bytes before the first), all that the row says, and the
//! digest.

use crate::record::NewRecord;
use jiff::Timestamp;
use ledger::Appended;

/// Who writes, and by which command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct By<'a> {
    /// Who.
    pub actor: &'a str,
    /// By which way in: `cli`.
    pub way: &'a str,
    /// The command, in the words it is called by: `period close`.
    pub command: &'a str,
    /// The key under which it is done once; without one each call is new.
    pub key: Option<Key<'a>>,
}

/// A key that an actor gives to a command, so that the command is done once however often it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key<'a> {
    /// The key: of this actor, and of no other.
    pub key: &'a str,
    /// The hash of all that was asked: the same key with something else is refused.
    pub request: [u8; 32],
}

/// A [`Key`] as a change keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyed {
    /// The key.
    pub key: String,
    /// The hash of all that was asked.
    pub request: [u8; 32],
}

impl<'a> By<'a> {
    /// Somebody, by a command.
    pub const fn new(actor: &'a str, command: &'a str) -> Self {
        By {
            actor,
            way: "",
            command,
            key: None,
        }
    }

    /// The same by a way in.
    #[must_use]
    pub const fn way(self, way: &'a str) -> Self {
        By { way, ..self }
    }

    /// The same under a key.
    #[must_use]
    pub const fn once(self, key: Option<Key<'a>>) -> Self {
        By { key, ..self }
    }
}

/// One version of a record, by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecordName {
    /// What it is.
    pub kind: String,
    /// Which one.
    pub id: String,
    /// Which version.
    pub version: u64,
}

impl std::fmt::Display for RecordName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} `{}` version {}", self.kind, self.id, self.version)
    }
}

/// A change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its number, from 1.
    pub number: u64,
    /// Who made it.
    pub actor: String,
    /// By which way in.
    pub way: String,
    /// By which command.
    pub command: String,
    /// The key that the command was called with: what the change says of itself is its receipt.
    pub keyed: Option<Keyed>,
    /// When it was recorded.
    pub recorded: Timestamp,
    /// The last transaction that there was after it.
    pub transactions: u64,
    /// The versions of records that it wrote, in the order of writing.
    pub records: Vec<RecordName>,
    /// The hash of all that it wrote.
    pub digest: [u8; 32],
    /// The link to the change before it.
    pub link: [u8; 32],
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Change {
            number,
            actor,
            command,
            recorded,
            ..
        } = self;
        write!(f, "change {number} (`{command}` by {actor}, {recorded:.0})")
    }
}

/// The end of the changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChangeHead {
    /// How many there are.
    pub number: u64,
    /// The last link.
    pub link: [u8; 32],
    /// The last transaction that there was then.
    pub transactions: u64,
    /// When the last one was recorded; none: there is none.
    pub recorded: Option<Timestamp>,
}

impl ChangeHead {
    /// The link of the change that comes next, which says all but its link.
    pub(crate) fn link_of(&self, next: &Change) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.link);
        let mut add = |part: &[u8]| {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        };
        add(&next.number.to_le_bytes());
        add(next.actor.as_bytes());
        add(next.way.as_bytes());
        add(next.command.as_bytes());
        let keyed = next.keyed.as_ref();
        add(keyed.map_or(&[][..], |keyed| keyed.key.as_bytes()));
        add(keyed.map_or(&[][..], |keyed| &keyed.request));
        add(&next.recorded.as_millisecond().to_le_bytes());
        add(&next.transactions.to_le_bytes());
        add(names_to_text(&next.records).as_bytes());
        add(&next.digest);
        *hasher.finalize().as_bytes()
    }

    /// The end of the changes with this one.
    pub(crate) fn after(change: &Change) -> ChangeHead {
        ChangeHead {
            number: change.number,
            link: change.link,
            transactions: change.transactions,
            recorded: Some(change.recorded),
        }
    }
}

/// The names of records as they are stored.
pub(crate) fn names_to_text(names: &[RecordName]) -> String {
    let names: Vec<(&str, &str, u64)> = names
        .iter()
        .map(|name| (&*name.kind, &*name.id, name.version))
        .collect();
    serde_json::to_string(&names).expect("texts and numbers are JSON")
}

/// A version of a record, and the change that it says it was written by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenRecord {
    /// The change.
    pub change: u64,
    /// Which version of which record.
    pub name: RecordName,
    /// When it says that it was recorded.
    pub recorded: Timestamp,
    /// The hash that it is stored with.
    pub digest: Vec<u8>,
}

/// What a database transaction has written so far.
#[derive(Default)]
pub(crate) struct Written {
    transactions: blake3::Hasher,
    last_transaction: Option<u64>,
    names: Vec<RecordName>,
    digests: Vec<[u8; 32]>,
}

impl Written {
    pub(crate) fn transactions(&mut self, appended: &Appended) {
        for new in &appended.transactions {
            add_transaction(&mut self.transactions, new.number, &new.body);
            self.last_transaction = Some(new.number);
        }
    }

    pub(crate) fn records(&mut self, records: &[NewRecord], actor: &str, recorded: Timestamp) {
        for record in records {
            self.names.push(RecordName {
                kind: record.kind.clone(),
                id: record.id.clone(),
                version: record.version,
            });
            self.digests.push(record.digest(actor, recorded));
        }
    }

    /// The change that it is; none: nothing was written.
    pub(crate) fn change(self, head: &ChangeHead, by: By<'_>, recorded: Timestamp) -> Option<Change> {
        if self.last_transaction.is_none() && self.names.is_empty() {
            return None;
        }
        let mut change = Change {
            number: head.number + 1,
            actor: by.actor.to_owned(),
            way: by.way.to_owned(),
            command: by.command.to_owned(),
            keyed: by.key.map(|key| Keyed {
                key: key.key.to_owned(),
                request: key.request,
            }),
            recorded,
            transactions: self.last_transaction.unwrap_or(head.transactions),
            digest: digest(self.transactions, self.digests.iter().map(|digest| &digest[..])),
            records: self.names,
            link: [0; 32],
        };
        change.link = head.link_of(&change);
        Some(change)
    }
}

/// Takes the next transaction of a change into the hash of all its transactions.
pub(crate) fn add_transaction(hasher: &mut blake3::Hasher, number: u64, body: &[u8]) {
    hasher.update(&number.to_le_bytes());
    hasher.update(body);
}

/// The digest of a change, of its transactions and of its records' digests.
pub(crate) fn digest<'d>(
    mut transactions: blake3::Hasher,
    records: impl Iterator<Item = &'d [u8]>,
) -> [u8; 32] {
    for record in records {
        transactions.update(record);
    }
    *transactions.finalize().as_bytes()
}
