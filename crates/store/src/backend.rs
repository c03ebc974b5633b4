//! What a database must be able to do. Everything else is written once, above.

use crate::change::{Change, ChangeHead, RecordName, WrittenRecord};
use crate::error::StoreError;
use crate::filter::AccountFilter;
use crate::keys::Keys;
use crate::record::{NewRecord, Record};
use crate::recorded::Recorded;
use crate::stored::{StoredPosting, StoredState, StoredTransaction, StoredVersion};
use jiff::Timestamp;
use ledger::{Account, AccountState, Appended, Body, Stage, Transaction};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

type Result<T> = std::result::Result<T, StoreError>;

/// The last numbers a store has given out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Transactions.
    pub transaction: u64,
    /// Accounts.
    pub account: u64,
    /// Changes.
    pub change: ChangeHead,
}

impl Head {
    /// Refuses books whose end is not the end that their last change left.
    pub(crate) fn must_be_whole(&self) -> Result<()> {
        let (last, said) = (self.transaction, self.change.transactions);
        if last == said {
            return Ok(());
        }
        Err(StoreError::Damaged {
            what: "the end of the books".to_owned(),
            reason: format!(
                "their last transaction is number {last}, and their last change was made when it was number {said}"
            ),
        })
    }
}

/// Rows, by what they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Transactions.
    pub transactions: u64,
    /// Keys of transactions, where they are kept apart from these.
    pub keys: Option<u64>,
    /// Postings, where they are.
    pub postings: Option<u64>,
    /// Versions of records.
    pub records: u64,
    /// Changes.
    pub changes: u64,
}

/// What a database transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Sees one state of the store and changes nothing. Waits for no writer, but, so long at most, for who has locked the database
    /// against all others.
    Read(Duration),
    /// Waits until it is the only writer, so long at most.
    Write(Duration),
}

/// What is done with a part of a database transaction that can be forgotten alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// It begins.
    Begin,
    /// It ends, and belongs to the transaction.
    Keep,
    /// It ends, and nothing of it was done.
    Forget,
}

impl Part {
    /// The same in SQL.
    pub(crate) const fn sql(self) -> &'static str {
        match self {
            Part::Begin => "SAVEPOINT part",
            Part::Keep => "RELEASE SAVEPOINT part",
            Part::Forget => "ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part",
        }
    }
}

/// What the books need to know of an earlier transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// Its key.
    pub key: Arc<str>,
    /// Its number.
    pub number: u64,
    /// Hash of its body.
    pub body: Body,
    /// What can still happen to it.
    pub stage: Stage,
}

/// The first schema that is read. Before it, no version was released.
pub(crate) const FIRST_SCHEMA: i64 = 13;

/// Migrations that a database at a schema still needs, each with the schema it leads to; 0: it is empty.
pub(crate) fn still_needed<'m>(
    place: &str,
    migrations: &'m [&'m str],
    found: i64,
) -> Result<Vec<(i64, &'m str)>> {
    let all: Vec<(i64, &str)> = (FIRST_SCHEMA..).zip(migrations.iter().copied()).collect();
    let known = all.last().map_or(0, |(schema, _)| *schema);
    if found > known {
        return Err(StoreError::Newer {
            store: place.to_owned(),
            found,
            known,
        });
    }
    if found != 0 && found < FIRST_SCHEMA {
        return Err(StoreError::Older {
            store: place.to_owned(),
            found,
        });
    }
    Ok(all.into_iter().filter(|(schema, _)| *schema > found).collect())
}

/// Tables, indexes and triggers by name, with how each was defined.
pub(crate) type Definitions = BTreeMap<String, String>;

/// What of a schema is missing or is another one, and triggers that are more than were made. Other tables are whoever's who made them.
pub(crate) fn not_as_made(found: &Definitions, made: &Definitions) -> Vec<String> {
    let lacking = made
        .iter()
        .filter_map(|(name, definition)| match found.get(name) {
            Some(known) if known == definition => None,
            Some(_) => Some(format!("{name} is not as it was made")),
            None => Some(format!("{name} is gone")),
        });
    let more = found
        .keys()
        .filter(|name| name.starts_with("trigger ") && !made.contains_key(*name));
    lacking
        .chain(more.map(|name| format!("{name} is not one of ours")))
        .collect()
}

/// A database. Between `begin` and `commit` or `rollback` its methods act in one database transaction.
pub trait Backend: Keys + Send {
    /// Where it is, for people, without passwords.
    fn place(&self) -> &str;
    /// Begins a database transaction. A writer whose turn does not come in time is told [`StoreError::Busy`].
    fn begin(&mut self, mode: Mode) -> Result<()>;
    /// Whether it can be used once more: its connection is open, and what stands under its name is what it was opened on.
    fn is_usable(&mut self) -> bool {
        true
    }
    /// Writes what stands in it at one moment into a new file. False: it is a server's, which has means of its own for that.
    fn back_up(&mut self, _to: &Path) -> Result<bool> {
        Ok(false)
    }
    /// What is wrong with the file that it is in, as far as its own structure says: so many findings at most. A server looks after its own.
    fn check_file(&mut self, _most: usize) -> Result<Vec<String>> {
        Ok(Vec::new())
    }
    /// What of the tables, indexes and triggers is not as they were made: without its triggers a table can be changed by anybody.
    fn check_schema(&mut self) -> Result<Vec<String>> {
        Ok(Vec::new())
    }
    /// The present, by the clock that all processes share: this machine's, where the database has none.
    fn clock(&mut self) -> Result<Timestamp> {
        Ok(Timestamp::now())
    }
    /// Does something to a part of a database transaction that writes.
    fn nest(&mut self, part: Part) -> Result<()>;
    /// Makes it durable.
    fn commit(&mut self) -> Result<()>;
    /// Forgets it.
    fn rollback(&mut self) -> Result<()>;

    /// The last numbers given out.
    fn head(&mut self) -> Result<Head>;
    /// Those of the accounts that are open.
    fn accounts(&mut self, accounts: &[Account]) -> Result<Vec<StoredState>>;
    /// Accounts by filter, ordered by kind, owner, asset, program, source.
    fn list_accounts(&mut self, filter: &AccountFilter) -> Result<Vec<StoredState>>;
    /// Those of the keys that are taken.
    fn earlier(&mut self, keys: &[&str]) -> Result<Vec<Earlier>>;
    /// How many rows there are of each kind, whatever they say.
    fn counts(&mut self) -> Result<Counts>;
    /// The postings of a transaction, in order.
    fn postings(&mut self, transaction: u64) -> Result<Vec<StoredPosting>>;
    /// Writes what the books appended; the batch has the texts. When a key is taken already, nothing of it is written, and
    /// the answer is [`StoreError::KeyTaken`].
    fn append(&mut self, batch: &[Transaction], appended: &Appended, recorded: Timestamp) -> Result<()>;
    /// Writes balances as they are now, of accounts that were appended before.
    fn put_balances(&mut self, states: &[&AccountState]) -> Result<()>;
    /// Transactions with their postings, by number, after a number.
    fn journal(&mut self, after: u64, limit: usize) -> Result<Vec<StoredTransaction>>;
    /// A transaction by number.
    fn transaction(&mut self, number: u64) -> Result<Option<StoredTransaction>>;
    /// A transaction by its key.
    fn transaction_by_key(&mut self, key: &str) -> Result<Option<StoredTransaction>>;
    /// Transactions whose keys begin with a prefix and stand after a key, by key.
    fn transactions_by_prefix(
        &mut self,
        prefix: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<StoredTransaction>>;
    /// Reservations that have not ended and whose time is over.
    fn overdue(&mut self, now: Timestamp, limit: usize) -> Result<Vec<(u64, Arc<str>)>>;

    /// The newest version of a record.
    fn record(&mut self, kind: &str, id: &str) -> Result<Option<Record>>;
    /// The newest versions of those of the records that there are, in any order.
    fn records_of(&mut self, kind: &str, ids: &[&str]) -> Result<Vec<Record>>;
    /// Every version of a record, oldest first.
    fn record_versions(&mut self, kind: &str, id: &str) -> Result<Vec<Record>>;
    /// The newest versions of the records of a kind whose ids begin with a prefix and stand after an id, by id.
    fn records(&mut self, kind: &str, prefix: &str, after: &str, limit: usize) -> Result<Vec<Record>>;
    /// Every version of every record by kind, id and version, after one of them. One that cannot be read does not keep the
    /// others from being read.
    fn all_records(&mut self, after: (&str, &str, u64), limit: usize) -> Result<Vec<StoredVersion>>;
    /// Adds versions that a change writes. One that is there already is a [`StoreError::Conflict`].
    fn put_records(
        &mut self,
        records: &[NewRecord],
        change: u64,
        author: &str,
        recorded: Timestamp,
    ) -> Result<()>;
    /// Every version of every record by the change that it names, kind, id and version, after one of them.
    fn written_records(&mut self, after: (u64, &str, &str, u64), limit: usize) -> Result<Vec<WrittenRecord>>;
    /// A version of a record of one of the kinds that a change says it wrote, and that is not there: the change and the version.
    fn gone_record(&mut self, kinds: &[&str]) -> Result<Option<(u64, RecordName)>>;
    /// Adds the row of a change.
    fn put_change(&mut self, change: &Change) -> Result<()>;
    /// The change that has a key of an actor's.
    fn change_by_key(&mut self, actor: &str, key: &str) -> Result<Option<Change>>;
    /// Changes by number, after a number.
    fn changes(&mut self, after: u64, limit: usize) -> Result<Vec<Change>>;
    /// Changes before a number, the last one first.
    fn changes_before(&mut self, before: u64, limit: usize) -> Result<Vec<Change>>;
}

impl dyn Backend + '_ {
    /// The instant of a write after the last change.
    pub(crate) fn present(&mut self, recorded: Recorded, head: &Head) -> Result<Timestamp> {
        let clock = match recorded {
            Recorded::At(now) => now,
            Recorded::ByClock => self.clock()?,
        };
        recorded.after(head.change.recorded, clock, self.place())
    }
}
