//! Records in a database transaction.

use crate::error::StoreError;
use crate::record::{NewRecord, Record};
use crate::tx::{PAGE, Tx};

type Result<T> = std::result::Result<T, StoreError>;

impl Tx<'_> {
    /// The newest version of a record.
    pub fn record(&mut self, kind: &str, id: &str) -> Result<Option<Record>> {
        let found = self.backend.record(kind, id)?;
        self.opened_one(found)
    }

    /// The newest versions of those of the records that there are, in any order: one question, however many they are.
    pub fn records_of(&mut self, kind: &str, ids: &[&str]) -> Result<Vec<Record>> {
        match ids {
            [] => Ok(Vec::new()),
            ids => {
                let found = self.backend.records_of(kind, ids)?;
                self.opened(found)
            }
        }
    }

    /// Every version of a record, oldest first.
    pub fn record_versions(&mut self, kind: &str, id: &str) -> Result<Vec<Record>> {
        let versions = self.backend.record_versions(kind, id)?;
        self.opened(versions)
    }

    /// The newest versions of all records of a kind whose ids begin with a prefix, by id.
    pub fn records(&mut self, kind: &str, prefix: &str) -> Result<Vec<Record>> {
        let mut all: Vec<Record> = Vec::new();
        loop {
            let after = all.last().map_or("", |record| record.id.as_str()).to_owned();
            let page = self.backend.records(kind, prefix, &after, PAGE)?;
            let page = self.opened(page)?;
            let is_last = page.len() < PAGE;
            all.extend(page);
            if is_last {
                return Ok(all);
            }
        }
    }

    /// The same, each with why it cannot be read where it is damaged: one hides no other.
    pub fn records_one_by_one(&mut self, kind: &str, prefix: &str) -> Result<Vec<(String, Result<Record>)>> {
        let mut all: Vec<(String, Result<Record>)> = Vec::new();
        let mut after = (prefix.to_owned(), 0);
        loop {
            let page = self.backend.all_records((kind, &after.0, after.1), PAGE)?;
            let is_last = page.len() < PAGE;
            for found in page {
                if found.kind != kind || !found.id.starts_with(prefix) {
                    return Ok(all);
                }
                after = (found.id.clone(), found.version);
                // Versions come in order: the last of an id is its newest.
                all.pop_if(|(id, _)| *id == found.id);
                let record = found.content.and_then(|(record, stored)| {
                    record.sound(&stored).map_err(|reason| StoreError::Damaged {
                        what: format!("{kind} `{}`", found.id),
                        reason,
                    })
                });
                let record = record.and_then(|record| Ok(self.opened(vec![record])?.remove(0)));
                all.push((found.id, record));
            }
            if is_last {
                return Ok(all);
            }
        }
    }

    /// Adds versions of records.
    pub fn put(&mut self, records: &[NewRecord]) -> Result<()> {
        if records.is_empty() {
            return Ok(());
        }
        let change = self.head.change.number + 1;
        let sealed = self.sealed(records).inspect_err(|_| self.has_failed = true)?;
        let put = self.backend.put_records(&sealed, change, self.by.actor, self.now);
        match put.is_ok() {
            true => self.written.records(&sealed, self.by.actor, self.now),
            false => self.has_failed = true,
        }
        put
    }

    /// One version of a record.
    pub fn record_at(&mut self, kind: &str, id: &str, version: u64) -> Result<Option<Record>> {
        let before = (kind, id, version.saturating_sub(1));
        let found = self.backend.all_records(before, 1)?.pop();
        let found = found.filter(|found| (&*found.kind, &*found.id, found.version) == (kind, id, version));
        let found = found.map(|found| found.content.map(|(record, _)| record));
        let found = found.transpose()?;
        self.opened_one(found)
    }
}
