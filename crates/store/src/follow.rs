//! Following the changes from the first to the last: each says what it wrote, and that must be what is there.
//!
//! Transactions, records and changes are read side by side, a page of each at a time.

use crate::backend::Backend;
use crate::change::{Change, ChangeHead, RecordName, WrittenRecord, add_transaction, digest};
use crate::checked::Checked;
use crate::clock::MEND;
use crate::error::StoreError;
use crate::head::KeptHead;
use crate::stored::StoredTransaction;
use crate::tx::PAGE;
use jiff::Timestamp;
use std::collections::{BTreeMap, VecDeque};

/// Follows the changes.
pub(crate) struct Follow<'k> {
    kept: Option<&'k KeptHead>,
    head: ChangeHead,
    /// Changes that were read and not followed yet, and versions of records that were read and of no change so far.
    changes: VecDeque<Change>,
    records: VecDeque<WrittenRecord>,
    /// The last of each that was read.
    read_change: u64,
    read_record: (u64, RecordName),
    are_all_read: bool,
    /// Transactions of the next change.
    transactions: blake3::Hasher,
    is_unknown: bool,
    is_cut: bool,
    has_strangers: bool,
    /// Versions of records that were read.
    seen: u64,
}

impl<'k> Follow<'k> {
    /// From the beginning. `kept`: a head to compare with.
    pub(crate) fn new(kept: Option<&'k KeptHead>) -> Self {
        Follow {
            kept,
            head: ChangeHead::default(),
            changes: VecDeque::new(),
            records: VecDeque::new(),
            read_change: 0,
            read_record: (
                0,
                RecordName {
                    kind: String::new(),
                    id: String::new(),
                    version: 0,
                },
            ),
            are_all_read: false,
            transactions: blake3::Hasher::new(),
            is_unknown: false,
            is_cut: false,
            has_strangers: false,
            seen: 0,
        }
    }

    /// Takes the next transaction; none where it cannot be read.
    pub(crate) fn take(
        &mut self,
        backend: &mut dyn Backend,
        number: u64,
        transaction: Option<&StoredTransaction>,
        checked: &mut Checked,
    ) -> Result<(), StoreError> {
        while let Some(change) = self.next(backend)? {
            if number <= change.transactions {
                self.changes.push_front(change);
                break;
            }
            self.follow(backend, change, checked)?;
        }
        let Some(change) = self.changes.front() else {
            if !std::mem::replace(&mut self.has_strangers, true) {
                checked.find(
                    format!("transaction {number}"),
                    "no change wrote it: it was put in by hand",
                );
            }
            return Ok(());
        };
        match transaction {
            None => self.is_unknown = true,
            Some(transaction) => {
                add_transaction(&mut self.transactions, number, &transaction.body);
                let place = || format!("transaction {number}");
                compare_times(place, transaction.recorded, change, checked);
            }
        }
        Ok(())
    }

    /// Follows what is left when there are no more transactions.
    pub(crate) fn finish(
        mut self,
        backend: &mut dyn Backend,
        checked: &mut Checked,
    ) -> Result<ChangeHead, StoreError> {
        while let Some(change) = self.next(backend)? {
            self.follow(backend, change, checked)?;
        }
        self.strangers(backend, u64::MAX, checked)?;
        // Changes are numbered from 1: what names none of these numbers was not read.
        if let Some(others) = checked
            .records
            .checked_sub(self.seen)
            .filter(|others| *others > 0)
        {
            checked.find(
                "records",
                format!("{others} of them name no change: they were put in by hand"),
            );
        }
        if let Some(kept) = self.kept.filter(|kept| kept.changes > self.head.number) {
            let words = format!(
                "the books had {} changes when the head was kept, and end with {} now",
                kept.changes, self.head.number
            );
            checked.find("kept head", words);
        }
        Ok(self.head)
    }

    fn next(&mut self, backend: &mut dyn Backend) -> Result<Option<Change>, StoreError> {
        if self.changes.is_empty() && !self.are_all_read {
            self.changes = backend.changes(self.read_change, PAGE)?.into();
            self.are_all_read = self.changes.len() < PAGE;
            if let Some(last) = self.changes.back() {
                self.read_change = last.number;
            }
        }
        Ok(self.changes.pop_front())
    }

    /// The next version of a record, if it names no later change than this.
    fn next_record(
        &mut self,
        backend: &mut dyn Backend,
        change: u64,
    ) -> Result<Option<WrittenRecord>, StoreError> {
        if self.records.is_empty() {
            let (of, name) = &self.read_record;
            let page = backend.written_records((*of, &name.kind, &name.id, name.version), PAGE)?;
            self.seen += page.len() as u64;
            if let Some(last) = page.last() {
                self.read_record = (last.change, last.name.clone());
            }
            self.records = page.into();
        }
        let is_wanted = self.records.front().is_some_and(|next| next.change <= change);
        Ok(is_wanted.then(|| self.records.pop_front()).flatten())
    }

    /// Versions of records whose change is not there.
    fn strangers(
        &mut self,
        backend: &mut dyn Backend,
        until: u64,
        checked: &mut Checked,
    ) -> Result<(), StoreError> {
        while let Some(record) = self.next_record(backend, until)? {
            put_in(&record.name, checked);
        }
        Ok(())
    }

    /// Checks one change against the end of those before it, and goes on from it, right or wrong: each break is told once.
    fn follow(
        &mut self,
        backend: &mut dyn Backend,
        change: Change,
        checked: &mut Checked,
    ) -> Result<(), StoreError> {
        checked.changes += 1;
        let expected = self.head.number + 1;
        if change.number != expected {
            let missing = match change.number.saturating_sub(1) {
                last if last == expected => format!("change {expected} is missing"),
                last => format!("changes {expected} to {last} are missing"),
            };
            checked.find(change.to_string(), format!("{missing} before it"));
        } else if self.head.link_of(&change) != change.link {
            checked.find(
                change.to_string(),
                "it does not follow from the one before: what it says was changed, or stands in another order",
            );
        }
        if self.head.recorded.is_some_and(|last| change.recorded < last) && change.command != MEND {
            checked.find(
                change.to_string(),
                "it was recorded before the one before it: recorded time never goes back",
            );
        }
        if change.transactions > checked.transactions && !std::mem::replace(&mut self.is_cut, true) {
            checked.find(
                change.to_string(),
                format!(
                    "it was made when the last transaction was {}, and that is {} now: transactions are missing at the end",
                    change.transactions, checked.transactions
                ),
            );
        }
        self.contents(backend, &change, checked)?;
        self.head = ChangeHead::after(&change);
        let is_here = |kept: &&KeptHead| kept.changes == change.number;
        let is_other = |kept: &&KeptHead| KeptHead::from(&self.head) != **kept;
        if let Some(kept) = self.kept.filter(is_here).filter(is_other) {
            let words = format!(
                "the first {} changes are not those that stood when the head was kept",
                kept.changes
            );
            checked.find("kept head", words);
        }
        Ok(())
    }

    /// Compares what a change says that it wrote with what is there.
    fn contents(
        &mut self,
        backend: &mut dyn Backend,
        change: &Change,
        checked: &mut Checked,
    ) -> Result<(), StoreError> {
        self.strangers(backend, change.number - 1, checked)?;
        let mut there: BTreeMap<RecordName, WrittenRecord> = BTreeMap::new();
        while let Some(record) = self.next_record(backend, change.number)? {
            there.insert(record.name.clone(), record);
        }
        let mut digests = Vec::with_capacity(change.records.len());
        for name in &change.records {
            match there.remove(name) {
                None => checked.find(name.to_string(), format!("{change} wrote it, and it is gone")),
                Some(record) => {
                    compare_times(|| name.to_string(), record.recorded, change, checked);
                    digests.push(record.digest);
                }
            }
        }
        there.keys().for_each(|name| put_in(name, checked));
        let transactions = std::mem::replace(&mut self.transactions, blake3::Hasher::new());
        let is_unknown = std::mem::take(&mut self.is_unknown) || digests.len() < change.records.len();
        let found = digest(transactions, digests.iter().map(Vec::as_slice));
        if !is_unknown && found != change.digest && change.transactions <= checked.transactions {
            checked.find(
                change.to_string(),
                "what it wrote is not what is there: a transaction or a record of it was changed, taken out or put in",
            );
        }
        Ok(())
    }
}

fn put_in(name: &RecordName, checked: &mut Checked) {
    checked.find(
        name.to_string(),
        "it is not in the change that it names: it was put in by hand",
    );
}

/// All that a change wrote was recorded when it was.
fn compare_times(place: impl Fn() -> String, recorded: Timestamp, change: &Change, checked: &mut Checked) {
    if recorded.as_millisecond() != change.recorded.as_millisecond() {
        checked.find(
            place(),
            format!("it says that it was recorded at {recorded}, and {change} wrote it"),
        );
    }
}
