//! A store in memory, for simulation: the same rules without a disk. Handles made by [`Memory::another`] see one state,
//! as processes see one database.

use crate::backend::{Backend, Counts, Earlier, Head, Mode, Part};
use crate::change::{Change, ChangeHead, RecordName, WrittenRecord};
use crate::error::StoreError;
use crate::filter::AccountFilter;
use crate::keys::{Keys, SealingKey, conflict};
use crate::record::{NewRecord, Record};
use crate::stored::{StoredPosting, StoredState, StoredTransaction, StoredVersion};
use jiff::Timestamp;
use ledger::{Account, AccountState, Action, Appended, Balance, Transaction};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};

type Result<T> = std::result::Result<T, StoreError>;

/// Everything a store holds.
#[derive(Clone, Debug, Default)]
struct State {
    accounts: Vec<AccountState>,
    place: HashMap<Account, usize>,
    transactions: Vec<StoredTransaction>,
    by_key: HashMap<Arc<str>, usize>,
    records: BTreeMap<(String, String), Vec<Record>>,
    changes: Vec<Change>,
    keys: BTreeMap<String, SealingKey>,
}

#[derive(Debug, Default)]
struct Shared {
    /// Copied by the first one that changes it.
    state: Arc<State>,
    has_writer: bool,
}

const OPEN: &str = "a store's methods are called between begin and commit";

/// A handle on a store in memory.
#[derive(Debug, Default)]
pub struct Memory {
    shared: Arc<Mutex<Shared>>,
    open: Option<(Mode, Arc<State>)>,
    /// What the open database transaction had before its part.
    before: Option<Arc<State>>,
}

impl Memory {
    /// Another handle on the same state: what another process would have.
    #[must_use]
    pub fn another(&self) -> Memory {
        Memory {
            shared: self.shared.clone(),
            open: None,
            before: None,
        }
    }

    /// A handle on a copy of the state as it is: what is done to one is not seen by the other.
    #[must_use]
    pub fn forked(&self) -> Memory {
        let shared = Shared {
            state: self.shared().state.clone(),
            has_writer: false,
        };
        Memory {
            shared: Arc::new(Mutex::new(shared)),
            open: None,
            before: None,
        }
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        // A panic of another handle leaves the shared state whole: it is replaced in one assignment.
        self.shared
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn state(&self) -> &State {
        let (_, state) = self.open.as_ref().expect(OPEN);
        state
    }

    fn changed(&mut self) -> &mut State {
        let (_, state) = self.open.as_mut().expect(OPEN);
        Arc::make_mut(state)
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        if let Some((Mode::Write(_), _)) = self.open.take() {
            self.shared().has_writer = false;
        }
    }
}

impl Backend for Memory {
    fn place(&self) -> &str {
        "memory"
    }

    fn begin(&mut self, mode: Mode) -> Result<()> {
        let mut shared = self.shared();
        if matches!(mode, Mode::Write(_)) && std::mem::replace(&mut shared.has_writer, true) {
            return Err(StoreError::Busy {
                store: "memory".to_owned(),
                by: None,
            });
        }
        let state = shared.state.clone();
        drop(shared);
        self.open = Some((mode, state));
        Ok(())
    }

    fn nest(&mut self, part: Part) -> Result<()> {
        match (part, self.before.take(), &mut self.open) {
            (Part::Begin, _, Some((_, state))) => self.before = Some(state.clone()),
            (Part::Forget, Some(before), Some((_, state))) => *state = before,
            _ => {}
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<()> {
        if let Some((Mode::Write(_), state)) = self.open.take() {
            let mut shared = self.shared();
            shared.state = state;
            shared.has_writer = false;
        }
        Ok(())
    }

    fn rollback(&mut self) -> Result<()> {
        if let Some((Mode::Write(_), _)) = self.open.take() {
            self.shared().has_writer = false;
        }
        Ok(())
    }

    fn head(&mut self) -> Result<Head> {
        let state = self.state();
        Ok(Head {
            transaction: state.transactions.len() as u64,
            account: state.accounts.len() as u64,
            change: state
                .changes
                .last()
                .map_or_else(ChangeHead::default, ChangeHead::after),
        })
    }

    fn accounts(&mut self, accounts: &[Account]) -> Result<Vec<StoredState>> {
        let state = self.state();
        let places = accounts.iter().filter_map(|account| state.place.get(account));
        Ok(places
            .map(|place| StoredState::of(state.accounts[*place].clone()))
            .collect())
    }

    fn list_accounts(&mut self, filter: &AccountFilter) -> Result<Vec<StoredState>> {
        let wanted = |state: &&AccountState| {
            let account = &state.account;
            filter.kind.is_none_or(|kind| kind == account.kind)
                && filter
                    .owner
                    .as_ref()
                    .is_none_or(|owner| **owner == *account.owner)
                && filter
                    .asset
                    .as_ref()
                    .is_none_or(|asset| *asset == account.asset.to_string())
        };
        let mut found: Vec<_> = self.state().accounts.iter().filter(wanted).cloned().collect();
        found.sort_by_cached_key(|state| {
            let account = &state.account;
            (
                account.kind.name(),
                account.owner.clone(),
                account.asset.to_string(),
                crate::stored::stream_words(account).map(str::to_owned),
            )
        });
        Ok(found.into_iter().map(StoredState::of).collect())
    }

    fn earlier(&mut self, keys: &[&str]) -> Result<Vec<Earlier>> {
        let state = self.state();
        let found = keys.iter().filter_map(|key| state.by_key.get(*key));
        let earlier = found.map(|place| {
            let transaction = &state.transactions[*place];
            Earlier {
                key: transaction.key.clone(),
                number: transaction.number,
                body: transaction.body,
                stage: transaction.stage(),
            }
        });
        Ok(earlier.collect())
    }

    fn counts(&mut self) -> Result<Counts> {
        let state = self.state();
        Ok(Counts {
            transactions: state.transactions.len() as u64,
            keys: Some(state.by_key.len() as u64),
            postings: None,
            records: state.records.values().map(Vec::len).sum::<usize>() as u64,
            changes: state.changes.len() as u64,
        })
    }

    fn postings(&mut self, transaction: u64) -> Result<Vec<StoredPosting>> {
        Ok(self
            .transaction(transaction)?
            .map(|found| found.postings)
            .unwrap_or_default())
    }

    fn append(&mut self, batch: &[Transaction], appended: &Appended, recorded: Timestamp) -> Result<()> {
        let state = self.changed();
        let mut keys = appended.transactions.iter().map(|new| &batch[new.index].key);
        if keys.any(|key| state.by_key.contains_key(key)) {
            return Err(StoreError::KeyTaken);
        }
        for (id, account) in &appended.opened {
            state.place.insert(account.clone(), state.accounts.len());
            state.accounts.push(AccountState {
                account: account.clone(),
                id: *id,
                balance: Balance::default(),
                last_transaction: 0,
            });
        }
        for new in &appended.transactions {
            state.push(&batch[new.index], new, recorded);
            let account = |id: u64| state.accounts[id as usize - 1].account.clone();
            let stored = |posting: &ledger::NewPosting| StoredPosting {
                debit: account(posting.debit),
                credit: account(posting.credit),
                amount: posting.amount,
                reference: posting.reference.clone(),
                debit_previous: posting.debit_previous,
                credit_previous: posting.credit_previous,
            };
            let postings = appended.postings[new.postings.clone()]
                .iter()
                .map(stored)
                .collect();
            state.transactions[new.number as usize - 1].postings = postings;
        }
        Ok(())
    }

    fn put_balances(&mut self, states: &[&AccountState]) -> Result<()> {
        for state in states {
            self.changed().accounts[state.id as usize - 1] = (*state).clone();
        }
        Ok(())
    }

    fn journal(&mut self, after: u64, limit: usize) -> Result<Vec<StoredTransaction>> {
        let all = self.state().transactions.iter();
        Ok(all.skip(after as usize).take(limit).cloned().collect())
    }

    fn transaction(&mut self, number: u64) -> Result<Option<StoredTransaction>> {
        let place = (number as usize).checked_sub(1);
        Ok(place.and_then(|place| self.state().transactions.get(place).cloned()))
    }

    fn transaction_by_key(&mut self, key: &str) -> Result<Option<StoredTransaction>> {
        let state = self.state();
        Ok(state
            .by_key
            .get(key)
            .map(|place| state.transactions[*place].clone()))
    }

    fn transactions_by_prefix(
        &mut self,
        prefix: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<StoredTransaction>> {
        let wanted = |of: &&StoredTransaction| of.key.starts_with(prefix) && *of.key > *after;
        let mut found: Vec<_> = self.state().transactions.iter().filter(wanted).collect();
        found.sort_by_key(|transaction| &transaction.key);
        Ok(found.into_iter().take(limit).cloned().collect())
    }

    fn overdue(&mut self, now: Timestamp, limit: usize) -> Result<Vec<(u64, Arc<str>)>> {
        let is_overdue = |transaction: &&StoredTransaction| {
            transaction.is_pending() && transaction.expires.is_some_and(|at| at <= now)
        };
        let mut overdue: Vec<_> = self.state().transactions.iter().filter(is_overdue).collect();
        overdue.sort_by_key(|transaction| (transaction.expires, transaction.number));
        let keys = overdue.into_iter().take(limit);
        Ok(keys
            .map(|transaction| (transaction.number, transaction.key.clone()))
            .collect())
    }

    fn record(&mut self, kind: &str, id: &str) -> Result<Option<Record>> {
        Ok(self.record_versions(kind, id)?.pop())
    }

    fn records_of(&mut self, kind: &str, ids: &[&str]) -> Result<Vec<Record>> {
        let newest = |id: &&str| self.record(kind, id).transpose();
        ids.iter().filter_map(newest).collect()
    }

    fn record_versions(&mut self, kind: &str, id: &str) -> Result<Vec<Record>> {
        let key = (kind.to_owned(), id.to_owned());
        Ok(self.state().records.get(&key).cloned().unwrap_or_default())
    }

    fn records(&mut self, kind: &str, prefix: &str, after: &str, limit: usize) -> Result<Vec<Record>> {
        let all = self.state().records.iter();
        let wanted = all.filter(|((of, id), _)| of == kind && id.as_str() > after && id.starts_with(prefix));
        Ok(wanted
            .filter_map(|(_, versions)| versions.last().cloned())
            .take(limit)
            .collect())
    }

    fn all_records(&mut self, after: (&str, &str, u64), limit: usize) -> Result<Vec<StoredVersion>> {
        let all = self.state().records.values().flatten();
        let wanted = all.filter(|record| (&*record.kind, &*record.id, record.version) > after);
        let stored = wanted.map(|record| StoredVersion {
            kind: record.kind.clone(),
            id: record.id.clone(),
            version: record.version,
            content: Ok((record.clone(), record.digest().to_vec())),
        });
        Ok(stored.take(limit).collect())
    }

    fn put_records(
        &mut self,
        records: &[NewRecord],
        change: u64,
        author: &str,
        recorded: Timestamp,
    ) -> Result<()> {
        for new in records {
            let key = (new.kind.clone(), new.id.clone());
            let versions = self.changed().records.entry(key).or_default();
            if versions.iter().any(|version| version.version == new.version) {
                return Err(StoreError::Conflict {
                    kind: new.kind.clone(),
                    id: new.id.clone(),
                });
            }
            versions.push(new.by(author, recorded, change));
        }
        Ok(())
    }

    fn written_records(
        &mut self,
        (of, kind, id, version): (u64, &str, &str, u64),
        limit: usize,
    ) -> Result<Vec<WrittenRecord>> {
        fn place(record: &Record) -> (u64, &str, &str, u64) {
            (record.change, &record.kind, &record.id, record.version)
        }
        let all = self.state().records.values().flatten();
        let mut wanted: Vec<&Record> = all
            .filter(|record| place(record) > (of, kind, id, version))
            .collect();
        wanted.sort_by(|a, b| place(a).cmp(&place(b)));
        let written = |record: &Record| WrittenRecord {
            change: record.change,
            name: RecordName {
                kind: record.kind.clone(),
                id: record.id.clone(),
                version: record.version,
            },
            recorded: record.recorded,
            digest: record.digest().to_vec(),
        };
        Ok(wanted.into_iter().take(limit).map(written).collect())
    }

    fn put_change(&mut self, change: &Change) -> Result<()> {
        self.changed().changes.push(change.clone());
        Ok(())
    }

    fn change_by_key(&mut self, actor: &str, key: &str) -> Result<Option<Change>> {
        let mut all = self.state().changes.iter();
        let is_it = |change: &&Change| {
            change.actor == actor && change.keyed.as_ref().is_some_and(|keyed| keyed.key == key)
        };
        Ok(all.find(is_it).cloned())
    }

    fn changes(&mut self, after: u64, limit: usize) -> Result<Vec<Change>> {
        let all = self.state().changes.iter();
        Ok(all.skip(after as usize).take(limit).cloned().collect())
    }

    fn gone_record(&mut self, kinds: &[&str]) -> Result<Option<(u64, RecordName)>> {
        let state = self.state();
        let mut named = state.changes.iter().flat_map(|change| {
            let records = change.records.iter();
            records.map(|name| (change.number, name))
        });
        let is_gone =
            |(_, name): &(u64, &RecordName)| kinds.contains(&&*name.kind) && !state.has_version(name);
        Ok(named.find(is_gone).map(|(number, name)| (number, name.clone())))
    }

    fn changes_before(&mut self, before: u64, limit: usize) -> Result<Vec<Change>> {
        let all = self.state().changes.iter().rev();
        let earlier = all.filter(|change| change.number < before);
        Ok(earlier.take(limit).cloned().collect())
    }
}

impl State {
    fn has_version(&self, name: &RecordName) -> bool {
        let key = (name.kind.clone(), name.id.clone());
        let mut versions = self.records.get(&key).into_iter().flatten();
        versions.any(|record| record.version == name.version)
    }

    fn push(&mut self, transaction: &Transaction, new: &ledger::NewTransaction, recorded: Timestamp) {
        let linked_key = transaction.action.linked().cloned();
        if let Some(linked) = new.linked {
            self.transactions[linked as usize - 1].ended_by = Some(new.number);
        }
        self.by_key
            .insert(transaction.key.clone(), self.transactions.len());
        // Stores keep milliseconds.
        let millisecond =
            |time: Timestamp| Timestamp::from_millisecond(time.as_millisecond()).unwrap_or(time);
        self.transactions.push(StoredTransaction {
            number: new.number,
            key: transaction.key.clone(),
            action: transaction.action.name().to_owned(),
            linked: new.linked,
            linked_key,
            ended_by: None,
            cause: transaction.cause.to_string(),
            detail: transaction.detail.clone(),
            effective: millisecond(transaction.effective),
            recorded: millisecond(recorded),
            expires: match transaction.action {
                Action::Reserve { expires } => expires.map(millisecond),
                _ => None,
            },
            body: new.body,
            postings: Vec::new(),
        });
    }
}

impl Keys for Memory {
    fn sealing_keys(&mut self, names: &[&str]) -> Result<Vec<SealingKey>> {
        let keys = &self.state().keys;
        Ok(names.iter().filter_map(|name| keys.get(*name).cloned()).collect())
    }

    fn put_sealing_keys(&mut self, keys: &[SealingKey]) -> Result<()> {
        let state = self.changed();
        for key in keys {
            if state.keys.insert(key.name.clone(), key.clone()).is_some() {
                return Err(conflict(&key.name));
            }
        }
        Ok(())
    }

    fn destroy_sealing_key(&mut self, name: &str) -> Result<()> {
        self.changed().keys.remove(name);
        Ok(())
    }

    fn scrub(&mut self) -> Result<bool> {
        Ok(true)
    }
}
