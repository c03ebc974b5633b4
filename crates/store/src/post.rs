//! Booking batches: what the state machine decides, and what is written of it.
//!
//! Deciding a group goes on beside writing the one before it. Most groups bring only new keys and link to nothing: they are
//! decided without looking anything up, and only when a key turns out to be taken once more, with what is known of it.

use crate::backend::{Backend, Earlier};
use crate::error::StoreError;
use crate::stored::StoredPosting;
use crate::tx::{MAX_ACCOUNTS_KEPT, Tx};
use jiff::Timestamp;
use ledger::{AccountState, Appended, Balance, Books, Known, Mark, Outcome, Posting, Transaction};
use std::collections::{HashMap, HashSet};

type Result<T> = std::result::Result<T, StoreError>;

/// Transactions are decided and written in groups of at most this many.
const GROUP: usize = 8_192;

/// A group that is answered, if all its keys are new.
struct Decided<'g> {
    group: &'g [Transaction],
    outcomes: Vec<Outcome>,
    appended: Appended,
    /// The books before it.
    before: Mark,
}

impl Tx<'_> {
    /// Books transactions in order; each gets its answer, and a refusal does not touch the others.
    pub fn post(&mut self, batch: &[Transaction]) -> Result<Vec<Outcome>> {
        self.post_all([batch])
    }

    /// Books several batches, as one batch would be that has them one after the other.
    pub fn post_all<'b>(
        &mut self,
        batches: impl IntoIterator<Item = &'b [Transaction]>,
    ) -> Result<Vec<Outcome>> {
        let mut books = self.valid_books()?;
        let groups = batches.into_iter().flat_map(|batch| batch.chunks(GROUP));
        let outcomes = self.post_groups(&mut books, groups);
        match outcomes.is_ok() {
            true => self.books = Some(books),
            false => self.has_failed = true,
        }
        outcomes
    }

    fn post_groups<'b>(
        &mut self,
        books: &mut Books,
        mut groups: impl Iterator<Item = &'b [Transaction]>,
    ) -> Result<Vec<Outcome>> {
        let mut outcomes = Vec::new();
        let mut next = groups.next();
        let mut waiting: Option<Decided<'_>> = None;
        while waiting.is_some() || next.is_some() {
            let (written, decided) = write_and_decide(self.backend, books, waiting.as_ref(), next, self.now);
            match (written, waiting.take()) {
                (Ok(()), Some(before)) => {
                    self.written.transactions(&before.appended);
                    outcomes.extend(before.outcomes);
                }
                (Ok(()), None) => {}
                (Err(StoreError::KeyTaken), Some(before)) => {
                    // The next group was decided on what does not hold: it comes again.
                    books.go_back(before.before);
                    outcomes.extend(self.post_known(books, before.group)?);
                    continue;
                }
                (Err(error), _) => return Err(error),
            }
            let Some(group) = next else { continue };
            waiting = match decided {
                Some(decided) => Some(decided),
                None => self.decide_after_reading(books, group)?,
            };
            if waiting.is_none() {
                outcomes.extend(self.post_known(books, group)?);
            }
            next = groups.next();
        }
        Ok(outcomes)
    }

    /// Decides a group with accounts that the books do not know yet. `None`: it needs what is known of its keys.
    fn decide_after_reading<'g>(
        &mut self,
        books: &mut Books,
        group: &'g [Transaction],
    ) -> Result<Option<Decided<'g>>> {
        let own = group.iter().flat_map(|transaction| &transaction.postings);
        learn_accounts(self.backend, books, own)?;
        Ok(decide(books, group, self.now))
    }

    /// Answers and writes a group with what is known of its keys and of the transactions it links to.
    fn post_known(&mut self, books: &mut Books, group: &[Transaction]) -> Result<Vec<Outcome>> {
        let keys = group.iter().map(|transaction| &*transaction.key);
        let linked: HashSet<&str> = group
            .iter()
            .filter_map(|transaction| transaction.action.linked())
            .map(|key| &**key)
            .collect();
        let wanted: Vec<&str> = keys.chain(linked.iter().copied()).collect();
        books.expect_links(!linked.is_empty());
        let mut moved = Vec::new();
        for Earlier {
            key,
            number,
            body,
            stage,
        } in self.backend.earlier(&wanted)?
        {
            // Transactions are numbered from 1.
            if number == 0 {
                return Err(StoreError::Damaged {
                    what: "the books".to_owned(),
                    reason: format!("the key `{key}` leads to a transaction that was put in by hand"),
                });
            }
            let stored = match linked.contains(&*key) {
                true => self.backend.postings(number)?,
                false => Vec::new(),
            };
            let postings: Vec<_> = stored.iter().map(StoredPosting::posting).collect();
            moved.extend(postings.iter().cloned());
            let known = Known {
                number,
                body,
                stage,
                postings,
            };
            books.learn_transaction(key, known);
        }
        let own = group.iter().flat_map(|transaction| &transaction.postings);
        learn_accounts(self.backend, books, own.chain(&moved))?;
        let outcomes = apply(books, group, self.now);
        books.expect_links(false);
        let appended = books.take_appended();
        if !appended.transactions.is_empty() {
            self.backend.append(group, &appended, self.now)?;
            self.written.transactions(&appended);
        }
        Ok(outcomes)
    }

    /// The books kept from the last write if nobody else has written since, and fresh ones otherwise.
    fn valid_books(&mut self) -> Result<Books> {
        if self
            .books
            .as_ref()
            .is_some_and(|books| books.accounts_known() > MAX_ACCOUNTS_KEPT)
        {
            self.write_balances()?;
            self.books = None;
        }
        // As the only writer: nobody can have written since the head was read but this transaction itself.
        if let Some(books) = self.books.take_if(|_| self.checked_head) {
            return Ok(books);
        }
        let head = match std::mem::replace(&mut self.checked_head, true) {
            true => self.backend.head()?,
            false => self.head,
        };
        let kept = self.books.take();
        Ok(kept
            .filter(|books| books.last_transaction() == head.transaction)
            .unwrap_or_else(|| Books::after(head.transaction, head.account)))
    }

    /// Writes the balances that this transaction has changed. They are written when somebody reads them, and at the end.
    pub(crate) fn write_balances(&mut self) -> Result<()> {
        let Some(books) = &mut self.books else {
            return Ok(());
        };
        let changed = books.take_changed();
        if changed.is_empty() {
            return Ok(());
        }
        self.backend.put_balances(&changed)
    }
}

/// Writes a group and decides the next one, side by side. The decision is `None` if there is no next group or it needs
/// something from the store.
fn write_and_decide<'g>(
    backend: &mut dyn Backend,
    books: &mut Books,
    waiting: Option<&Decided<'_>>,
    next: Option<&'g [Transaction]>,
    now: Timestamp,
) -> (Result<()>, Option<Decided<'g>>) {
    let knows_all = |books: &Books, group: &[Transaction]| {
        let own = group.iter().flat_map(|transaction| &transaction.postings);
        books.missing(own).is_empty()
    };
    let mut decided = || {
        next.filter(|group| knows_all(books, group))
            .and_then(|group| decide(books, group, now))
    };
    let Some(waiting) = waiting else {
        return (Ok(()), decided());
    };
    let mut write = || backend.append(waiting.group, &waiting.appended, now);
    if next.is_none() {
        return (write(), None);
    }
    std::thread::scope(|scope| {
        let writer = scope.spawn(write);
        let decided = decided();
        let written = writer
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        (written, decided)
    })
}

/// Decides a group whose accounts are known, as if all its keys were new. `None`: it needs what is known of its keys, and the
/// books are as before.
fn decide<'g>(books: &mut Books, group: &'g [Transaction], now: Timestamp) -> Option<Decided<'g>> {
    if group
        .iter()
        .any(|transaction| transaction.action.linked().is_some())
    {
        return None;
    }
    let before = books.mark();
    let outcomes = apply(books, group, now);
    if !outcomes.iter().all(Outcome::is_booked) {
        // For a key that is taken the answer might be another one.
        books.go_back(before);
        return None;
    }
    Some(Decided {
        group,
        outcomes,
        appended: books.take_appended(),
        before,
    })
}

fn apply(books: &mut Books, group: &[Transaction], now: Timestamp) -> Vec<Outcome> {
    let each = group.iter().enumerate();
    each.map(|(index, transaction)| books.apply(index, transaction, now))
        .collect()
}

fn learn_accounts<'p>(
    backend: &mut dyn Backend,
    books: &mut Books,
    postings: impl Iterator<Item = &'p Posting>,
) -> Result<()> {
    let missing = books.missing(postings);
    if missing.is_empty() {
        return Ok(());
    }
    let mut found = HashMap::new();
    for state in backend.accounts(&missing)? {
        let state = state.sound()?;
        found.insert(state.account.clone(), state);
    }
    for account in missing {
        let state = found.remove(&account).unwrap_or(AccountState {
            account,
            id: 0,
            balance: Balance::default(),
            last_transaction: 0,
        });
        books.learn_account(state);
    }
    Ok(())
}
