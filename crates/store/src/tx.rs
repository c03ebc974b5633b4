//! A store and its database transactions.

use crate::backend::{Backend, Head, Mode, Part};
use crate::change::{By, Change, Key, Written};
use crate::error::StoreError;
use crate::filter::AccountFilter;
use crate::memory::Memory;
use crate::postgres::Postgres;
use crate::recorded::Recorded;
use crate::sqlite::Sqlite;
use crate::stored::{Entry, Step, StoredState, StoredTransaction};
use crate::turn::{Tell, patiently};
use crate::walk;
use jiff::Timestamp;
use ledger::{Account, AccountState, Action, Balance, Books, Outcome, Transaction};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

type Result<T> = std::result::Result<T, StoreError>;

/// Accounts kept in memory between writes; beyond it they are read anew.
pub(crate) const MAX_ACCOUNTS_KEPT: usize = 2_000_000;
/// Records, transactions and reservations read at once.
pub(crate) const PAGE: usize = 1_000;

/// A store.
pub struct Store {
    pub(crate) backend: Box<dyn Backend>,
    tell: Option<Tell>,
    /// Whether people have asked to stop: asked while it waits.
    stops: Option<fn() -> bool>,
    /// The books as they are after the last write of this process.
    books: Option<Books>,
    /// Whether a database transaction could not be ended.
    is_broken: bool,
    /// Whether nothing is kept.
    pub(crate) dry_run: Option<DryRun>,
}

/// How far a dry run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DryRun {
    /// Nothing was written.
    Asked,
    /// Since then, what is written is in the open database transaction, which is never kept.
    Begun(Instant),
}

/// How long a dry run may keep others from writing.
const LONGEST_DRY_RUN: Duration = Duration::from_secs(60);

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({})", self.backend.place())
    }
}

/// Refuses what was done before under its key, and what has the key of something else.
fn is_new(backend: &mut dyn Backend, by: By<'_>) -> Result<()> {
    let Some(key) = by.key else { return Ok(()) };
    match backend.change_by_key(by.actor, key.key)? {
        None => Ok(()),
        Some(change) => Err(repeated(change, by.command, key)),
    }
}

fn repeated(change: Change, command: &str, key: Key<'_>) -> StoreError {
    let is_same = change.command == command
        && change
            .keyed
            .as_ref()
            .is_some_and(|keyed| keyed.request == key.request);
    match is_same {
        true => StoreError::Repeated(Box::new(change)),
        false => StoreError::KeyOfAnother(Box::new(change)),
    }
}

impl Store {
    /// Opens a store, making it if it is not there: `postgres://…`, `sqlite:PATH`, or a path.
    pub fn open(url: &str) -> Result<Store> {
        Self::open_telling(url, None, None)
    }

    fn open_telling(url: &str, tell: Option<Tell>, stops: Option<fn() -> bool>) -> Result<Store> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::over(Box::new(Postgres::open(url, tell, stops)?)));
        }
        let path = url.strip_prefix("sqlite:").unwrap_or(url);
        if path.is_empty() || path.contains("://") {
            return Err(StoreError::Url { url: url.to_owned() });
        }
        Ok(Self::over(Box::new(Sqlite::open(Path::new(path))?)))
    }

    /// The same, which waits for who has locked the database, says so, and ends its waits when `stops` says so.
    pub fn open_waiting(url: &str, tell: Option<Tell>, stops: Option<fn() -> bool>) -> Result<Store> {
        let mut store = patiently(tell.as_ref(), stops, |_| {
            Self::open_telling(url, tell.clone(), stops)
        })?;
        (store.tell, store.stops) = (tell, stops);
        Ok(store)
    }

    /// A store in memory, for simulation and tests.
    pub fn in_memory() -> Store {
        Self::over(Box::new(Memory::default()))
    }

    /// A store over a backend.
    pub fn over(backend: Box<dyn Backend>) -> Store {
        Store {
            backend,
            tell: None,
            stops: None,
            books: None,
            is_broken: false,
            dry_run: None,
        }
    }

    /// The same store, of which nothing is kept: what one write does the next one and readers see, and when the store is dropped it is
    /// forgotten. From the first write on others wait with theirs until then.
    #[must_use]
    pub fn dry_run(mut self) -> Store {
        self.dry_run = Some(DryRun::Asked);
        self
    }

    /// Whether it can be used once more: nothing of it is half done, and its database is still the one under its name.
    pub(crate) fn is_usable(&mut self) -> bool {
        !self.is_broken && self.backend.is_usable()
    }

    /// Forgets a database transaction. The first error says what went wrong; that its transaction is gone with the connection is no news.
    fn forget(&mut self) {
        let forgotten = match self.dry_run {
            Some(DryRun::Begun(_)) => self.backend.nest(Part::Forget),
            Some(DryRun::Asked) | None => self.backend.rollback(),
        };
        self.is_broken |= forgotten.is_err();
    }

    /// Makes what a database transaction wrote durable; in a dry run, seen by what comes after it.
    fn keep(&mut self) -> Result<()> {
        match self.dry_run {
            Some(_) => self.backend.nest(Part::Keep),
            None => self.backend.commit(),
        }
    }

    /// Begins to write, when it is this process's turn.
    fn begin_to_write(&mut self) -> Result<()> {
        match self.dry_run {
            None => return self.begin(Mode::Write),
            Some(DryRun::Asked) => {
                self.begin(Mode::Write)?;
                self.dry_run = Some(DryRun::Begun(Instant::now()));
            }
            Some(DryRun::Begun(since)) if since.elapsed() > LONGEST_DRY_RUN => {
                return Err(StoreError::DryRunOver);
            }
            Some(DryRun::Begun(_)) => {}
        }
        self.backend.nest(Part::Begin)
    }

    /// Where it is, for people.
    pub fn place(&self) -> &str {
        self.backend.place()
    }

    pub(crate) fn clock(&mut self) -> Result<Timestamp> {
        self.backend.clock()
    }

    /// Writes the books as they are at this moment into a new file; others may write meanwhile. False: they are a server's, which has means
    /// of its own for that.
    pub fn back_up(&mut self, to: &Path) -> Result<bool> {
        self.backend.back_up(to)
    }

    /// Runs a closure as the only writer. What it did is kept if it returns `Ok`, as one [change](Change), and forgotten otherwise.
    ///
    /// `recorded` says when it is recorded: by the clock, but in books that were made for tests.
    ///
    /// An error while making it durable leaves open whether it was kept: doing it again with the same keys is safe.
    pub fn write<T, E: From<StoreError>>(
        &mut self,
        by: By<'_>,
        recorded: impl Into<Recorded>,
        run: impl FnOnce(&mut Tx<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let recorded = recorded.into();
        self.write_at(by, |backend, head| backend.present(recorded, head), run)
    }

    /// The same at an instant that is told when the turn has come.
    pub(crate) fn write_at<T, E: From<StoreError>>(
        &mut self,
        by: By<'_>,
        present: impl FnOnce(&mut dyn Backend, &Head) -> Result<Timestamp>,
        run: impl FnOnce(&mut Tx<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        self.begin_to_write()?;
        let begun = self.backend.head().and_then(|head| {
            head.must_be_whole()?;
            is_new(&mut *self.backend, by)?;
            Ok((head, present(&mut *self.backend, &head)?))
        });
        let (head, now) = begun.inspect_err(|_| self.forget())?;
        let books = self.books.take();
        let mut tx = Tx {
            backend: &mut *self.backend,
            books,
            by,
            head,
            now,
            checked_head: false,
            written: Written::default(),
            has_failed: false,
        };
        match run(&mut tx) {
            Ok(value) => {
                let finished = tx.finish();
                let books = tx.books.take();
                if let Err(error) = finished {
                    self.forget();
                    return Err(error.into());
                }
                self.keep()?;
                self.books = books.filter(|books| books.accounts_known() <= MAX_ACCOUNTS_KEPT);
                Ok(value)
            }
            Err(error) => {
                self.forget();
                Err(error)
            }
        }
    }

    /// Waits until it is this process's turn, and says so when that takes a while.
    fn begin(&mut self, mode: impl Fn(Duration) -> Mode) -> Result<()> {
        patiently(self.tell.as_ref(), self.stops, |wait| {
            self.backend.begin(mode(wait))
        })
    }

    /// Runs a closure over one state of the store. It changes nothing.
    pub fn read<T, E: From<StoreError>>(
        &mut self,
        run: impl FnOnce(&mut Tx<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let is_in_one = matches!(self.dry_run, Some(DryRun::Begun(_)));
        if !is_in_one {
            self.begin(Mode::Read)?;
        }
        let mut tx = Tx {
            backend: &mut *self.backend,
            books: None,
            by: By::new("", ""),
            head: Head::default(),
            now: Timestamp::UNIX_EPOCH,
            checked_head: false,
            written: Written::default(),
            has_failed: false,
        };
        let result = run(&mut tx);
        if !is_in_one {
            self.forget();
        }
        result
    }
}

/// A database transaction.
pub struct Tx<'a> {
    pub(crate) backend: &'a mut dyn Backend,
    pub(crate) books: Option<Books>,
    pub(crate) by: By<'a>,
    /// The last numbers given out before it, where it writes.
    pub(crate) head: Head,
    pub(crate) now: Timestamp,
    /// True when the books were compared with the store in this transaction.
    pub(crate) checked_head: bool,
    pub(crate) written: Written,
    /// True when a part of what it should have written may be missing: it cannot be kept any more.
    pub(crate) has_failed: bool,
}

impl Tx<'_> {
    /// The present, as recorded by what this transaction writes.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Who writes.
    pub fn author(&self) -> &str {
        self.by.actor
    }

    /// Ends every reservation whose time is over. Returns how many.
    pub fn expire_overdue(&mut self) -> Result<u64> {
        let mut ended = 0;
        loop {
            let overdue = self.backend.overdue(self.now, PAGE)?;
            let batch: Vec<_> = overdue
                .iter()
                .map(|(number, key)| Transaction {
                    key: format!("expire/{number}").into(),
                    action: Action::Expire { pending: key.clone() },
                    cause: "expiry".into(),
                    detail: None,
                    effective: self.now,
                    postings: Vec::new(),
                })
                .collect();
            let outcomes = self.post(&batch)?;
            ended += outcomes.iter().filter(|outcome| outcome.is_booked()).count() as u64;
            if overdue.len() < PAGE || !outcomes.iter().any(Outcome::is_booked) {
                return Ok(ended);
            }
        }
    }

    /// Errors where the file of the books is damaged in itself: what an index does not lead to would count as not being there. It reads all of
    /// the file.
    pub fn must_be_whole(&mut self) -> Result<()> {
        match self.backend.check_file(1)?.pop() {
            None => Ok(()),
            Some(reason) => Err(StoreError::Damaged {
                what: format!("the file of the books, {},", self.backend.place()),
                reason,
            }),
        }
    }

    /// Errors where a version of a record of one of these kinds is gone that a change says it wrote: what was decided last would be
    /// forgotten. What was put in or altered otherwise is found by [`Tx::verify`].
    pub fn must_have_all(&mut self, kinds: &[&str]) -> Result<()> {
        match self.backend.gone_record(kinds)? {
            None => Ok(()),
            Some((change, name)) => Err(StoreError::Damaged {
                what: name.to_string(),
                reason: format!("it is gone, and change {change} wrote it"),
            }),
        }
    }

    /// Accounts by filter, ordered by kind, owner, asset, program, source.
    pub fn accounts(&mut self, filter: &AccountFilter) -> Result<Vec<AccountState>> {
        self.write_balances()?;
        let found = self.backend.list_accounts(filter)?;
        found.into_iter().map(StoredState::sound).collect()
    }

    /// Balance of one account; zero when it was never opened.
    pub fn balance(&mut self, account: &Account) -> Result<Balance> {
        self.write_balances()?;
        let found = self.backend.accounts(std::slice::from_ref(account))?.pop();
        let found = found.map(StoredState::sound).transpose()?;
        Ok(found.map(|state| state.balance).unwrap_or_default())
    }

    /// The transaction with a key.
    pub fn transaction(&mut self, key: &str) -> Result<Option<StoredTransaction>> {
        let found = self.backend.transaction_by_key(key)?;
        found.map(StoredTransaction::sound).transpose()
    }

    /// The transaction with a number.
    pub fn transaction_number(&mut self, number: u64) -> Result<Option<StoredTransaction>> {
        let found = self.backend.transaction(number)?;
        found.map(StoredTransaction::sound).transpose()
    }

    /// The last numbers given out.
    pub fn head(&mut self) -> Result<Head> {
        self.backend.head()
    }

    /// Calls a function with every transaction, by number, page by page.
    pub fn journal<E: From<StoreError>>(
        &mut self,
        mut each: impl FnMut(&StoredTransaction) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let mut after = 0;
        loop {
            let page = self.backend.journal(after, PAGE)?;
            for transaction in &page {
                each(transaction)?;
                after = transaction.number;
            }
            if page.len() < PAGE {
                return Ok(());
            }
        }
    }

    /// Calls a function with every transaction whose key begins with a prefix, by key, page by page.
    pub fn transactions_by_prefix<E: From<StoreError>>(
        &mut self,
        prefix: &str,
        mut each: impl FnMut(&StoredTransaction) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let mut after = String::new();
        loop {
            let page = self.backend.transactions_by_prefix(prefix, &after, PAGE)?;
            let next = page.last().filter(|_| page.len() == PAGE);
            let next = next.map(|last| last.key.to_string());
            for transaction in page {
                each(&transaction.sound()?)?;
            }
            match next {
                Some(next) => after = next,
                None => return Ok(()),
            }
        }
    }

    /// The last entries of accounts of one kind and asset, newest first.
    pub fn entries(&mut self, accounts: &[Account], limit: usize) -> Result<Vec<Entry>> {
        let mut entries = Vec::new();
        if limit == 0 {
            return Ok(entries);
        }
        self.walk(accounts, |step| {
            entries.push(Entry {
                transaction: step.transaction.clone(),
                index: step.index,
                account: step.account.clone(),
                is_debit: step.is_debit,
                balance: step.balance,
            });
            if entries.len() < limit {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        })?;
        Ok(entries)
    }

    /// Calls a function with the entries of accounts of one kind and asset, newest first, until it has seen enough. It follows their
    /// chains from transaction to transaction, so the time it takes depends on what is looked at and not on the size of the books.
    pub fn walk(
        &mut self,
        accounts: &[Account],
        each: impl FnMut(&Step<'_>) -> ControlFlow<()>,
    ) -> Result<()> {
        self.write_balances()?;
        let states = self.backend.accounts(accounts)?.into_iter();
        let states = states.map(StoredState::sound).collect::<Result<_>>()?;
        walk::walk(&mut *self.backend, states, each)
    }

    /// Changes before a number, the last one first.
    pub fn changes_before(&mut self, before: u64, limit: usize) -> Result<Vec<Change>> {
        self.backend.changes_before(before, limit)
    }

    /// Changes by number, after a number.
    pub fn changes(&mut self, after: u64, limit: usize) -> Result<Vec<Change>> {
        self.backend.changes(after, limit)
    }

    /// Refuses what was done before under its key, and what has the key of something else.
    pub fn must_be_new(&mut self, by: By<'_>) -> Result<()> {
        is_new(self.backend, by)
    }

    /// The change with a number.
    pub fn change(&mut self, number: u64) -> Result<Option<Change>> {
        let found = self.backend.changes_before(number.saturating_add(1), 1)?.pop();
        Ok(found.filter(|change| change.number == number))
    }

    /// Writes what waits to be written. An error that the caller has passed over comes back here.
    fn finish(&mut self) -> Result<()> {
        if self.has_failed {
            return Err(StoreError::Database {
                what: "commit",
                reason: "an earlier step of the same database transaction failed".to_owned(),
            });
        }
        self.write_balances()?;
        let written = std::mem::take(&mut self.written);
        match written.change(&self.head.change, self.by, self.now) {
            Some(change) => self.backend.put_change(&change),
            None => Ok(()),
        }
    }
}
