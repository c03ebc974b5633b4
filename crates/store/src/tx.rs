//! A store and its database transactions.

use crate::backend::{Backend, Earlier, Head, Mode};
use crate::error::StoreError;
use crate::filter::AccountFilter;
use crate::memory::Memory;
use crate::postgres::Postgres;
use crate::record::{NewRecord, Record};
use crate::sqlite::Sqlite;
use crate::stored::{Entry, Step, StoredTransaction};
use jiff::Timestamp;
use ledger::{
    Account, AccountKind, AccountState, Action, Balance, Books, Known, Outcome, Posting, Transaction,
};
use money::Asset;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::ControlFlow;
use std::path::Path;

type Result<T> = std::result::Result<T, StoreError>;

/// Transactions are applied and written in groups of at most this many.
const GROUP: usize = 8_192;
/// Accounts kept in memory between writes; beyond it they are read anew.
const MAX_ACCOUNTS_KEPT: usize = 2_000_000;
/// Records, transactions and reservations read at once.
const PAGE: usize = 1_000;

/// A store.
pub struct Store {
    backend: Box<dyn Backend>,
    /// The books as they are after the last write of this process.
    books: Option<Books>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({})", self.backend.place())
    }
}

impl Store {
    /// Opens a store, making it if it is not there: `postgres://…`, `sqlite:PATH`, or a path.
    pub fn open(url: &str) -> Result<Store> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::over(Box::new(Postgres::open(url)?)));
        }
        let path = url.strip_prefix("sqlite:").unwrap_or(url);
        if path.is_empty() || path.contains("://") {
            return Err(StoreError::Url { url: url.to_owned() });
        }
        Ok(Self::over(Box::new(Sqlite::open(Path::new(path))?)))
    }

    /// A store in memory, for simulation and tests.
    pub fn in_memory() -> Store {
        Self::over(Box::new(Memory::default()))
    }

    /// A store over a backend.
    pub fn over(backend: Box<dyn Backend>) -> Store {
        Store { backend, books: None }
    }

    /// Where it is, for people.
    pub fn place(&self) -> &str {
        self.backend.place()
    }

    /// Runs a closure as the only writer. What it did is kept if it returns `Ok`, and forgotten otherwise.
    ///
    /// An error while making it durable leaves open whether it was kept: doing it again with the same keys is safe.
    pub fn write<T, E: From<StoreError>>(
        &mut self,
        author: &str,
        now: Timestamp,
        run: impl FnOnce(&mut Tx<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        self.backend.begin(Mode::Write)?;
        let books = self.books.take();
        let mut tx = Tx {
            backend: &mut *self.backend,
            books,
            author,
            now,
            checked_head: false,
        };
        match run(&mut tx) {
            Ok(value) => {
                let books = tx.books.take();
                self.backend.commit()?;
                self.books = books.filter(|books| books.accounts_known() <= MAX_ACCOUNTS_KEPT);
                Ok(value)
            }
            Err(error) => {
                // The first error says what went wrong; that its transaction is gone with the connection is no news.
                let _ = self.backend.rollback();
                Err(error)
            }
        }
    }

    /// Runs a closure over one state of the store. It changes nothing.
    pub fn read<T, E: From<StoreError>>(
        &mut self,
        run: impl FnOnce(&mut Tx<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        self.backend.begin(Mode::Read)?;
        let mut tx = Tx {
            backend: &mut *self.backend,
            books: None,
            author: "",
            now: Timestamp::UNIX_EPOCH,
            checked_head: false,
        };
        let result = run(&mut tx);
        let _ = self.backend.rollback();
        result
    }
}

/// A database transaction.
pub struct Tx<'a> {
    pub(crate) backend: &'a mut dyn Backend,
    books: Option<Books>,
    author: &'a str,
    now: Timestamp,
    /// True when the books were compared with the store in this transaction.
    checked_head: bool,
}

impl Tx<'_> {
    /// The present, as recorded by what this transaction writes.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Who writes.
    pub fn author(&self) -> &str {
        self.author
    }

    /// Books transactions in order; each gets its answer, and a refusal does not touch the others.
    pub fn post(&mut self, batch: &[Transaction]) -> Result<Vec<Outcome>> {
        let mut outcomes = Vec::with_capacity(batch.len());
        for group in batch.chunks(GROUP) {
            outcomes.extend(self.post_group(group)?);
        }
        Ok(outcomes)
    }

    /// Most groups bring only new keys, and link to nothing: they are written without looking anything up, and only when a
    /// key turns out to be taken once more, with what is known of it.
    fn post_group(&mut self, group: &[Transaction]) -> Result<Vec<Outcome>> {
        let links = group
            .iter()
            .any(|transaction| transaction.action.linked().is_some());
        if !links {
            match self.try_group(group, None) {
                Err(StoreError::KeyTaken) => {}
                answered => return answered,
            }
        }
        let keys = group.iter().map(|transaction| &*transaction.key);
        let linked = group.iter().filter_map(|transaction| transaction.action.linked());
        let wanted: Vec<&str> = keys.chain(linked.map(|key| &**key)).collect();
        let earlier = self.backend.earlier(&wanted)?;
        self.try_group(group, Some(&earlier))
    }

    /// Answers and writes a group. Without looking keys up (`None`) it gives up with [`StoreError::KeyTaken`] as soon as an answer
    /// might be another one for a key that is taken.
    fn try_group(&mut self, group: &[Transaction], earlier: Option<&[Earlier]>) -> Result<Vec<Outcome>> {
        let mut books = self.valid_books()?;
        let linked: HashSet<&str> = group
            .iter()
            .filter_map(|transaction| transaction.action.linked())
            .map(|key| &**key)
            .collect();
        books.expect_links(!linked.is_empty());
        let mut moved = Vec::new();
        for earlier in earlier.unwrap_or_default() {
            let stored = match linked.contains(&*earlier.key) {
                true => self.backend.postings(earlier.number)?,
                false => Vec::new(),
            };
            let postings: Vec<_> = stored.iter().map(crate::StoredPosting::posting).collect();
            moved.extend(postings.iter().cloned());
            let known = Known {
                number: earlier.number,
                body: earlier.body,
                stage: earlier.stage,
                postings,
            };
            books.learn_transaction(earlier.key.clone(), known);
        }
        let own = group.iter().flat_map(|transaction| &transaction.postings);
        self.learn_accounts(&mut books, own.chain(&moved))?;
        let applied = group.iter().enumerate();
        let outcomes: Vec<_> = applied
            .map(|(index, transaction)| books.apply(index, transaction, self.now))
            .collect();
        if earlier.is_none() && !outcomes.iter().all(Outcome::is_booked) {
            return Err(StoreError::KeyTaken);
        }
        let appended = books.take_appended();
        if !appended.transactions.is_empty() {
            self.backend.append(group, &appended, self.now)?;
        }
        self.books = Some(books);
        Ok(outcomes)
    }

    fn learn_accounts<'p>(
        &mut self,
        books: &mut Books,
        postings: impl Iterator<Item = &'p Posting>,
    ) -> Result<()> {
        let missing = books.missing(postings);
        if missing.is_empty() {
            return Ok(());
        }
        let mut found = HashMap::new();
        for state in self.backend.accounts(&missing)? {
            found.insert(state.account.clone(), state);
        }
        for account in missing {
            let state = found.remove(&account).unwrap_or(AccountState {
                account,
                id: 0,
                balance: Balance::default(),
                last_posting: 0,
            });
            books.learn_account(state);
        }
        Ok(())
    }

    /// The books kept from the last write if nobody else has written since, and fresh ones otherwise.
    fn valid_books(&mut self) -> Result<Books> {
        let head = match self.checked_head {
            // As the only writer: nobody can have written since the head was read but this transaction itself.
            true => None,
            false => Some(self.backend.head()?),
        };
        self.checked_head = true;
        let kept = self
            .books
            .take()
            .filter(|books| books.accounts_known() <= MAX_ACCOUNTS_KEPT);
        match (kept, head) {
            (Some(books), None) => Ok(books),
            (Some(books), Some(head)) if books.last_transaction() == head.transaction => Ok(books),
            (_, head) => {
                let head = head.map_or_else(|| self.backend.head(), Ok)?;
                Ok(Books::after(head.transaction, head.posting, head.account))
            }
        }
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

    /// Accounts by filter, ordered by kind, owner, asset.
    pub fn accounts(&mut self, filter: &AccountFilter) -> Result<Vec<AccountState>> {
        self.backend.list_accounts(filter)
    }

    /// Balance of one account; zero when it was never opened.
    pub fn balance(&mut self, account: &Account) -> Result<Balance> {
        let found = self.backend.accounts(std::slice::from_ref(account))?;
        Ok(found.first().map(|state| state.balance).unwrap_or_default())
    }

    /// The transaction with a key.
    pub fn transaction(&mut self, key: &str) -> Result<Option<StoredTransaction>> {
        self.backend.transaction_by_key(key)
    }

    /// The transaction with a number.
    pub fn transaction_number(&mut self, number: u64) -> Result<Option<StoredTransaction>> {
        self.backend.transaction(number)
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

    /// The last entries of an account, newest first.
    pub fn entries(&mut self, account: &Account, limit: usize) -> Result<Vec<Entry>> {
        let mut entries = Vec::new();
        if limit == 0 {
            return Ok(entries);
        }
        self.walk(account, |step| {
            entries.push(Entry {
                transaction: step.transaction.clone(),
                index: step.index,
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

    /// Calls a function with the entries of an account, newest first, until it has seen enough. It follows the chain from
    /// posting to posting, so the time it takes depends on what is looked at and not on the size of the books.
    pub fn walk(
        &mut self,
        account: &Account,
        mut each: impl FnMut(&Step<'_>) -> ControlFlow<()>,
    ) -> Result<()> {
        let Some(state) = self.backend.accounts(std::slice::from_ref(account))?.pop() else {
            return Ok(());
        };
        let side = account.kind.side();
        let mut balance = state.balance.posted(side);
        let mut next = state.last_posting;
        // Postings of one transaction follow each other in the chain: it is read once.
        let mut current: Option<StoredTransaction> = None;
        while next != 0 {
            let damaged = || StoreError::Damaged {
                what: format!("the chain of `{account}`"),
                reason: format!("posting {next} is not there"),
            };
            let place = |transaction: &StoredTransaction| {
                transaction
                    .postings
                    .iter()
                    .position(|posting| posting.number == next)
            };
            let known = current.as_ref().and_then(place);
            let index = match known {
                Some(index) => index,
                None => {
                    let (number, index) = self.backend.transaction_of_posting(next)?.ok_or_else(damaged)?;
                    current = self.backend.transaction(number)?;
                    index
                }
            };
            let transaction = current.as_ref().ok_or_else(damaged)?;
            let posting = transaction.postings.get(index).ok_or_else(damaged)?;
            let is_debit = posting.debit == *account;
            let amount = i128::from(posting.amount);
            let raises = is_debit == (side == ledger::Side::Debit);
            let change = match (transaction.is_posted(), raises) {
                (false, _) => 0,
                (true, true) => amount,
                (true, false) => -amount,
            };
            next = if is_debit {
                posting.debit_previous
            } else {
                posting.credit_previous
            };
            let step = Step {
                transaction,
                index,
                is_debit,
                change,
                balance,
            };
            balance -= change;
            if each(&step).is_break() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// The newest version of a record.
    pub fn record(&mut self, kind: &str, id: &str) -> Result<Option<Record>> {
        self.backend.record(kind, id)
    }

    /// Every version of a record, oldest first.
    pub fn record_versions(&mut self, kind: &str, id: &str) -> Result<Vec<Record>> {
        self.backend.record_versions(kind, id)
    }

    /// The newest versions of all records of a kind whose ids begin with a prefix, by id.
    pub fn records(&mut self, kind: &str, prefix: &str) -> Result<Vec<Record>> {
        let mut all: Vec<Record> = Vec::new();
        loop {
            let after = all.last().map_or("", |record| record.id.as_str()).to_owned();
            let page = self.backend.records(kind, prefix, &after, PAGE)?;
            let is_last = page.len() < PAGE;
            all.extend(page);
            if is_last {
                return Ok(all);
            }
        }
    }

    /// Adds versions of records.
    pub fn put(&mut self, records: &[NewRecord]) -> Result<()> {
        self.backend.put_records(records, self.author, self.now)
    }

    /// Sums of posted debits and credits by kind and asset. Over all kinds of an asset they are equal, or the books are
    /// wrong.
    pub fn trial_balance(&mut self) -> Result<Vec<TrialLine>> {
        let mut sums: BTreeMap<(AccountKind, Asset), (u128, u128)> = BTreeMap::new();
        for state in self.backend.list_accounts(&AccountFilter::default())? {
            let sum = sums.entry((state.account.kind, state.account.asset)).or_default();
            sum.0 += u128::from(state.balance.debits);
            sum.1 += u128::from(state.balance.credits);
        }
        let line = |((kind, asset), (debits, credits))| TrialLine {
            kind,
            asset,
            debits,
            credits,
        };
        Ok(sums.into_iter().map(line).collect())
    }
}

/// One line of a trial balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrialLine {
    /// Kind of account.
    pub kind: AccountKind,
    /// Asset.
    pub asset: Asset,
    /// Sum of posted debits, in smallest units.
    pub debits: u128,
    /// Sum of posted credits.
    pub credits: u128,
}
