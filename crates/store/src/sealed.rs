//! Records that are sealed: read where their key is there, and erased for good when it is destroyed.

use crate::checked::Checked;
use crate::error::StoreError;
use crate::keys::SealingKey;
use crate::record::{NewRecord, Record};
use crate::tx::{Store, Tx};
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

type Result<T> = std::result::Result<T, StoreError>;

/// Kind of the records that say that a key was destroyed. The id is the key's name.
pub const DESTROYED: &str = "destroyed-key";

/// Keys that were asked for.
#[derive(Default)]
struct Known {
    /// Those that are there, by name.
    there: HashMap<String, SealingKey>,
    /// The names of those of the others that were destroyed.
    destroyed: BTreeSet<String>,
}

fn by_name(keys: Vec<SealingKey>) -> impl Iterator<Item = (String, SealingKey)> {
    keys.into_iter().map(|key| (key.name.clone(), key))
}

impl Store {
    /// Removes what the disk still holds of destroyed keys, as far as the database can. False: others were reading, and it is left to a later
    /// time. Copies of the books that were made before have the keys.
    pub fn scrub(&mut self) -> Result<bool> {
        match self.dry_run {
            Some(_) => Ok(true),
            None => self.backend.scrub(),
        }
    }
}

impl Tx<'_> {
    /// Destroys a key: every record that was sealed under it says nothing any more, for ever. `body` is a JSON object that says why; it stays
    /// in the books. Errors: it was destroyed before.
    pub fn destroy_key(&mut self, name: &str, body: String) -> Result<()> {
        self.put(&[NewRecord {
            kind: DESTROYED.to_owned(),
            id: name.to_owned(),
            version: 1,
            body,
            key: None,
        }])?;
        let destroyed = self.backend.destroy_sealing_key(name);
        self.has_failed |= destroyed.is_err();
        destroyed
    }

    /// Versions as they are stored: those that have a key are sealed under it, and keys are made where there are none.
    pub(crate) fn sealed<'n>(&mut self, new: &'n [NewRecord]) -> Result<Cow<'n, [NewRecord]>> {
        let names: BTreeSet<&str> = new.iter().filter_map(|new| new.key.as_deref()).collect();
        if names.is_empty() {
            return Ok(Cow::Borrowed(new));
        }
        let mut known = self.keys(&names)?;
        if let Some(name) = known.destroyed.pop_first() {
            return Err(StoreError::KeyDestroyed { name });
        }
        let missing = names.into_iter().filter(|name| !known.there.contains_key(*name));
        let made: Vec<SealingKey> = missing.map(SealingKey::new).collect();
        if !made.is_empty() {
            self.backend.put_sealing_keys(&made)?;
        }
        known.there.extend(by_name(made));
        let sealed = new.iter().map(|new| match &new.key {
            Some(name) => known.there[name].seal(new),
            None => Ok(new.clone()),
        });
        sealed.collect::<Result<Vec<_>>>().map(Cow::Owned)
    }

    fn keys(&mut self, names: &BTreeSet<&str>) -> Result<Known> {
        let mut known = Known::default();
        if names.is_empty() {
            return Ok(known);
        }
        let mut missing: Vec<&str> = names.iter().copied().collect();
        known.there.extend(by_name(self.backend.sealing_keys(&missing)?));
        missing.retain(|name| !known.there.contains_key(*name));
        if !missing.is_empty() {
            let destroyed = self.backend.records_of(DESTROYED, &missing)?.into_iter();
            known.destroyed.extend(destroyed.map(|record| record.id));
        }
        Ok(known)
    }

    /// Records with what they say. One whose key was destroyed [is erased](Record::is_erased).
    pub(crate) fn opened(&mut self, mut records: Vec<Record>) -> Result<Vec<Record>> {
        let names: BTreeSet<&str> = records
            .iter()
            .filter_map(|record| record.key.as_deref())
            .collect();
        let known = self.keys(&names)?;
        for record in &mut records {
            let Some(name) = &record.key else { continue };
            let opened = match known.there.get(name) {
                Some(key) => key
                    .open(record)
                    .ok_or("it cannot be opened with its key: one of both was changed"),
                None if known.destroyed.contains(name) => Ok(String::new()),
                None => Err("its key is gone, and nobody has destroyed it"),
            };
            record.body = opened.map_err(|reason| StoreError::Damaged {
                what: format!("{} `{}` version {}", record.kind, record.id, record.version),
                reason: reason.to_owned(),
            })?;
        }
        Ok(records)
    }

    /// The same of one.
    pub(crate) fn opened_one(&mut self, record: Option<Record>) -> Result<Option<Record>> {
        Ok(self.opened(record.into_iter().collect())?.pop())
    }

    /// Those that are sealed can be opened, and a key that was destroyed is gone.
    pub(crate) fn check_sealed(&mut self, records: &[&Record], checked: &mut Checked) -> Result<()> {
        let sealed: Vec<&Record> = records
            .iter()
            .copied()
            .filter(|record| record.key.is_some())
            .collect();
        let together = sealed.iter().map(|record| (*record).clone()).collect();
        if self.opened(together).is_err() {
            for record in sealed {
                match self.opened(vec![record.clone()]) {
                    Err(StoreError::Damaged { what, reason }) => checked.find(what, reason),
                    other => drop(other?),
                }
            }
        }
        let destroyed = records.iter().filter(|record| record.kind == DESTROYED);
        let destroyed: Vec<&str> = destroyed.map(|record| record.id.as_str()).collect();
        if destroyed.is_empty() {
            return Ok(());
        }
        for key in self.backend.sealing_keys(&destroyed)? {
            let words = "it was destroyed, and it is there: what was sealed under it can be read again";
            checked.find(format!("sealing key `{}`", key.name), words);
        }
        Ok(())
    }
}
