//! A backend that fails on purpose: at a chosen operation, before or after it takes effect.

use crate::backend::{Backend, Counts, Earlier, Head, Mode, Part};
use crate::change::{Change, RecordName, WrittenRecord};
use crate::error::StoreError;
use crate::filter::AccountFilter;
use crate::keys::{Keys, SealingKey};
use crate::record::{NewRecord, Record};
use crate::stored::{StoredPosting, StoredState, StoredTransaction, StoredVersion};
use jiff::Timestamp;
use ledger::{Account, AccountState, Appended, Transaction};
use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

type Result<T> = std::result::Result<T, StoreError>;

/// Where a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strike {
    /// The operation does nothing and fails.
    Before,
    /// The operation is done, and its answer is lost: a commit may have happened although it seems to have failed.
    After,
}

/// When operations fail: the one with a number and every one after it, over all backends that share the plan, as when a process dies
/// there.
#[derive(Clone)]
pub struct Plan {
    at: u64,
    strike: Strike,
    done: Arc<AtomicU64>,
    gives_way: Option<Arc<dyn Fn() + Send + Sync>>,
}

impl Plan {
    /// The operation with number `at` (from 0) fails.
    pub fn new(at: u64, strike: Strike) -> Plan {
        Plan {
            at,
            strike,
            done: Arc::new(AtomicU64::new(0)),
            gives_way: None,
        }
    }

    /// Nothing fails.
    pub fn calm() -> Plan {
        Plan::new(u64::MAX, Strike::Before)
    }

    /// Calls a function before a thread begins a database transaction, unless it is in one that writes: others may act there.
    #[must_use]
    pub fn giving_way(mut self, gives_way: Arc<dyn Fn() + Send + Sync>) -> Plan {
        self.gives_way = Some(gives_way);
        self
    }

    /// Whether the fault has struck.
    pub fn has_struck(&self) -> bool {
        self.done.load(Ordering::Relaxed) > self.at
    }
}

thread_local! {
    /// Whether this thread is in a database transaction that writes.
    static WRITES: Cell<bool> = const { Cell::new(false) };
}

/// A backend of which operations fail by a plan.
pub struct Faulty<B> {
    inner: B,
    plan: Plan,
    writes: bool,
}

impl<B: Backend> Faulty<B> {
    /// Lets operations fail by a plan.
    pub fn new(inner: B, plan: Plan) -> Self {
        Self {
            inner,
            plan,
            writes: false,
        }
    }

    fn run<T>(&mut self, operation: impl FnOnce(&mut B) -> Result<T>) -> Result<T> {
        let now = self.plan.done.fetch_add(1, Ordering::Relaxed);
        let at = self.plan.at;
        match self.plan.strike {
            Strike::Before if now >= at => Err(StoreError::Injected),
            Strike::After if now > at => Err(StoreError::Injected),
            Strike::After if now == at => operation(&mut self.inner).and(Err(StoreError::Injected)),
            _ => operation(&mut self.inner),
        }
    }

    fn ended(&mut self) {
        if std::mem::replace(&mut self.writes, false) {
            WRITES.set(false);
        }
    }
}

impl<B> Drop for Faulty<B> {
    fn drop(&mut self) {
        if self.writes {
            WRITES.set(false);
        }
    }
}

impl<B: Backend> Backend for Faulty<B> {
    fn place(&self) -> &str {
        self.inner.place()
    }
    fn begin(&mut self, mode: Mode) -> Result<()> {
        if let Some(gives_way) = self.plan.gives_way.as_ref().filter(|_| !WRITES.get()) {
            gives_way();
        }
        self.run(|inner| inner.begin(mode))?;
        if matches!(mode, Mode::Write(_)) {
            self.writes = true;
            WRITES.set(true);
        }
        Ok(())
    }
    fn clock(&mut self) -> Result<Timestamp> {
        self.inner.clock()
    }
    fn counts(&mut self) -> Result<Counts> {
        self.inner.counts()
    }
    fn check_file(&mut self, most: usize) -> Result<Vec<String>> {
        self.run(|inner| inner.check_file(most))
    }
    fn check_schema(&mut self) -> Result<Vec<String>> {
        self.run(Backend::check_schema)
    }
    fn back_up(&mut self, to: &Path) -> Result<bool> {
        self.run(|inner| inner.back_up(to))
    }
    fn nest(&mut self, part: Part) -> Result<()> {
        self.run(|inner| inner.nest(part))
    }
    fn commit(&mut self) -> Result<()> {
        let committed = self.run(|inner| inner.commit());
        if committed.is_err() {
            // What a database does by itself when the process dies.
            let _ = self.inner.rollback();
        }
        self.ended();
        committed
    }
    fn rollback(&mut self) -> Result<()> {
        self.ended();
        // The same.
        self.inner.rollback()
    }
    fn head(&mut self) -> Result<Head> {
        self.run(|inner| inner.head())
    }
    fn accounts(&mut self, accounts: &[Account]) -> Result<Vec<StoredState>> {
        self.run(|inner| inner.accounts(accounts))
    }
    fn list_accounts(&mut self, filter: &AccountFilter) -> Result<Vec<StoredState>> {
        self.run(|inner| inner.list_accounts(filter))
    }
    fn earlier(&mut self, keys: &[&str]) -> Result<Vec<Earlier>> {
        self.run(|inner| inner.earlier(keys))
    }
    fn postings(&mut self, transaction: u64) -> Result<Vec<StoredPosting>> {
        self.run(|inner| inner.postings(transaction))
    }
    fn append(&mut self, batch: &[Transaction], appended: &Appended, recorded: Timestamp) -> Result<()> {
        self.run(|inner| inner.append(batch, appended, recorded))
    }
    fn put_balances(&mut self, states: &[&AccountState]) -> Result<()> {
        self.run(|inner| inner.put_balances(states))
    }
    fn journal(&mut self, after: u64, limit: usize) -> Result<Vec<StoredTransaction>> {
        self.run(|inner| inner.journal(after, limit))
    }
    fn transaction(&mut self, number: u64) -> Result<Option<StoredTransaction>> {
        self.run(|inner| inner.transaction(number))
    }
    fn transaction_by_key(&mut self, key: &str) -> Result<Option<StoredTransaction>> {
        self.run(|inner| inner.transaction_by_key(key))
    }
    fn transactions_by_prefix(
        &mut self,
        prefix: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<StoredTransaction>> {
        self.run(|inner| inner.transactions_by_prefix(prefix, after, limit))
    }
    fn overdue(&mut self, now: Timestamp, limit: usize) -> Result<Vec<(u64, Arc<str>)>> {
        self.run(|inner| inner.overdue(now, limit))
    }
    fn record(&mut self, kind: &str, id: &str) -> Result<Option<Record>> {
        self.run(|inner| inner.record(kind, id))
    }
    fn records_of(&mut self, kind: &str, ids: &[&str]) -> Result<Vec<Record>> {
        self.run(|inner| inner.records_of(kind, ids))
    }
    fn record_versions(&mut self, kind: &str, id: &str) -> Result<Vec<Record>> {
        self.run(|inner| inner.record_versions(kind, id))
    }
    fn records(&mut self, kind: &str, prefix: &str, after: &str, limit: usize) -> Result<Vec<Record>> {
        self.run(|inner| inner.records(kind, prefix, after, limit))
    }
    fn all_records(&mut self, after: (&str, &str, u64), limit: usize) -> Result<Vec<StoredVersion>> {
        self.run(|inner| inner.all_records(after, limit))
    }
    fn put_records(
        &mut self,
        records: &[NewRecord],
        change: u64,
        author: &str,
        recorded: Timestamp,
    ) -> Result<()> {
        self.run(|inner| inner.put_records(records, change, author, recorded))
    }
    fn written_records(&mut self, after: (u64, &str, &str, u64), limit: usize) -> Result<Vec<WrittenRecord>> {
        self.run(|inner| inner.written_records(after, limit))
    }
    fn gone_record(&mut self, kinds: &[&str]) -> Result<Option<(u64, RecordName)>> {
        self.run(|inner| inner.gone_record(kinds))
    }
    fn put_change(&mut self, change: &Change) -> Result<()> {
        self.run(|inner| inner.put_change(change))
    }
    fn change_by_key(&mut self, actor: &str, key: &str) -> Result<Option<Change>> {
        self.run(|inner| inner.change_by_key(actor, key))
    }
    fn changes(&mut self, after: u64, limit: usize) -> Result<Vec<Change>> {
        self.run(|inner| inner.changes(after, limit))
    }
    fn changes_before(&mut self, before: u64, limit: usize) -> Result<Vec<Change>> {
        self.run(|inner| inner.changes_before(before, limit))
    }
}

impl<B: Backend> Keys for Faulty<B> {
    fn sealing_keys(&mut self, names: &[&str]) -> Result<Vec<SealingKey>> {
        self.run(|inner| inner.sealing_keys(names))
    }
    fn put_sealing_keys(&mut self, keys: &[SealingKey]) -> Result<()> {
        self.run(|inner| inner.put_sealing_keys(keys))
    }
    fn destroy_sealing_key(&mut self, name: &str) -> Result<()> {
        self.run(|inner| inner.destroy_sealing_key(name))
    }
    fn scrub(&mut self) -> Result<bool> {
        self.run(Keys::scrub)
    }
}
