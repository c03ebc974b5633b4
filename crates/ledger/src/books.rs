//! The state machine: takes transactions one after the other and answers each with one outcome.
//!
//! [`Books`] hold the part of the ledger that bears on a batch. A store asks what is [missing](Books::missing), hands
//! it in ([`Books::learn_account`], [`Books::learn_transaction`]), applies the batch, and writes what was
//! [appended](Books::take_appended). Books that are kept from one batch to the next need no reading at all for
//! accounts they know.

use crate::account::Account;
use crate::balance::Balance;
use crate::outcome::Outcome;
use crate::shape::{mirrored, refuse_shape};
use crate::transaction::{Action, Body, MAX_KEY, Posting, Transaction};
use hashbrown::HashMap;
use jiff::Timestamp;
use std::ops::Range;
use std::sync::Arc;

/// An account as a store knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountState {
    /// The account.
    pub account: Account,
    /// Its number in the store, from 1; 0: not opened yet.
    pub id: u64,
    /// Its balance.
    pub balance: Balance,
    /// The number of the last transaction that touched it; 0: none.
    pub last_transaction: u64,
}

/// Whether a transaction can still be ended (if pending) or reversed (if posted).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Booked and not reversed.
    Posted,
    /// Reserved and not ended.
    Pending {
        /// When it ends by itself.
        expires: Option<Timestamp>,
    },
    /// Ended or reversed, or itself the end of another.
    Closed,
}

/// A transaction as a store knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its number.
    pub number: u64,
    /// Hash of its body.
    pub body: Body,
    /// What can still happen to it.
    pub stage: Stage,
    /// Its postings; needed only of a transaction that a batch links to.
    pub postings: Vec<Posting>,
}

/// A transaction that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTransaction {
    /// Its number, without gaps.
    pub number: u64,
    /// Its place in the batch that was applied.
    pub index: usize,
    /// Number of the transaction it ends or reverses.
    pub linked: Option<u64>,
    /// Hash of its body.
    pub body: Body,
    /// Where its postings stand in [`Appended::postings`].
    pub postings: Range<usize>,
}

/// A posting that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPosting {
    /// Account debited.
    pub debit: u64,
    /// Account credited.
    pub credit: u64,
    /// Smallest units.
    pub amount: u64,
    /// The last transaction before this posting that touched the debited account: its own, if an earlier posting of it
    /// did; 0: none.
    pub debit_previous: u64,
    /// The same for the credited account.
    pub credit_previous: u64,
    /// What the amount is for.
    pub reference: Option<Arc<str>>,
}

/// What a store has to add; balances are written apart, once for many groups: see [`Books::take_changed`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Appended {
    /// Accounts opened and the numbers they were given, by number.
    pub opened: Vec<(u64, Account)>,
    /// Transactions, by number.
    pub transactions: Vec<NewTransaction>,
    /// Their postings, in the same order.
    pub postings: Vec<NewPosting>,
}

/// A state of the books that they can go back to.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    changes: usize,
    last_transaction: u64,
    last_account: u64,
}

/// An account as it was before the first change since a mark.
#[derive(Clone, Copy, Debug)]
struct Change {
    place: u32,
    id: u64,
    balance: Balance,
    last_transaction: u64,
}

/// The books, as far as they are known here.
#[derive(Debug, Default)]
pub struct Books {
    accounts: Vec<AccountState>,
    index: HashMap<Account, u32>,
    known: HashMap<Arc<str>, Known>,
    last_transaction: u64,
    last_account: u64,
    transactions: Vec<NewTransaction>,
    postings: Vec<NewPosting>,
    opened: Vec<(u64, Account)>,
    /// How changed accounts were, since balances were last taken.
    changes: Vec<Change>,
    /// Raised by every mark: an account's first change after it is remembered.
    generation: u32,
    /// The generation in which each account was changed last.
    changed_in: Vec<u32>,
    /// Balances before the transaction that is being booked, two for each of its postings.
    undo: Vec<(u32, Balance)>,
    /// Whether a later transaction of the batch may link to an earlier one.
    keeps_postings: bool,
}

impl Books {
    /// Books that go on after these last numbers.
    pub fn after(last_transaction: u64, last_account: u64) -> Self {
        Self {
            last_transaction,
            last_account,
            generation: 1,
            ..Self::default()
        }
    }

    /// Number of the last transaction.
    pub fn last_transaction(&self) -> u64 {
        self.last_transaction
    }

    /// How many accounts are known here.
    pub fn accounts_known(&self) -> usize {
        self.accounts.len()
    }

    /// Accounts of a batch that are not known here, each once.
    pub fn missing<'a>(&self, batch: impl IntoIterator<Item = &'a Posting>) -> Vec<Account> {
        let mut seen = hashbrown::HashSet::new();
        let mut missing = Vec::new();
        for posting in batch {
            for account in [&posting.debit, &posting.credit] {
                if !self.index.contains_key(account) && seen.insert(account) {
                    missing.push(account.clone());
                }
            }
        }
        missing
    }

    /// Takes in an account; one that no store has yet has number 0.
    pub fn learn_account(&mut self, state: AccountState) {
        let place = u32::try_from(self.accounts.len())
            .expect("a batch has fewer than four thousand million accounts");
        if self.index.insert(state.account.clone(), place).is_none() {
            self.accounts.push(state);
            self.changed_in.push(0);
        } else {
            unreachable!("an account is learnt once");
        }
    }

    /// Says whether transactions of the next batch link to others: what was reserved in a batch can be ended in it.
    pub fn expect_links(&mut self, links: bool) {
        self.keeps_postings = links;
    }

    /// Takes in an earlier transaction: one that has the key of a transaction of the batch, or is linked to by one.
    pub fn learn_transaction(&mut self, key: Arc<str>, known: Known) {
        self.known.insert(key, known);
    }

    /// Answers one transaction. `index` is its place in the batch; accounts and keys must have been learnt.
    pub fn apply(&mut self, index: usize, transaction: &Transaction, recorded: Timestamp) -> Outcome {
        let body = transaction.body();
        if let Some(refusal) = self.refuse_key(transaction, &body) {
            return refusal;
        }
        if let Some(refusal) = refuse_shape(transaction) {
            return refusal;
        }
        let linked = match transaction.action.linked() {
            None => None,
            Some(key) => match self.open_linked(key, &transaction.action, recorded) {
                Ok(known) => Some((key.clone(), known)),
                Err(refusal) => return refusal,
            },
        };
        let moved = match (&transaction.action, &linked) {
            (Action::Reverse { .. }, Some((_, known))) => mirrored(&known.postings),
            (_, Some((_, known))) => known.postings.clone(),
            (_, None) => Vec::new(),
        };
        let postings = if linked.is_some() {
            &moved
        } else {
            &transaction.postings
        };
        if let Err(refusal) = self.book(&transaction.action, postings) {
            self.roll_back();
            return refusal;
        }
        self.append(index, transaction, body, linked, postings)
    }

    /// A state to go back to, until balances are taken.
    pub fn mark(&mut self) -> Mark {
        self.generation += 1;
        Mark {
            changes: self.changes.len(),
            last_transaction: self.last_transaction,
            last_account: self.last_account,
        }
    }

    /// Forgets everything that was applied since a mark.
    pub fn go_back(&mut self, mark: Mark) {
        for change in self.changes.drain(mark.changes..).rev() {
            let state = &mut self.accounts[change.place as usize];
            state.id = change.id;
            state.balance = change.balance;
            state.last_transaction = change.last_transaction;
        }
        self.generation += 1;
        self.last_transaction = mark.last_transaction;
        self.last_account = mark.last_account;
        let _ = self.take_appended();
    }

    /// What was accepted since the last call, for a store to add.
    pub fn take_appended(&mut self) -> Appended {
        self.known.clear();
        Appended {
            opened: std::mem::take(&mut self.opened),
            transactions: std::mem::take(&mut self.transactions),
            postings: std::mem::take(&mut self.postings),
        }
    }

    /// Accounts changed since the last call, as they are now, by number. Marks made before hold no longer.
    pub fn take_changed(&mut self) -> Vec<&AccountState> {
        self.generation += 1;
        let mut places: Vec<u32> = self.changes.drain(..).map(|change| change.place).collect();
        places.sort_unstable_by_key(|place| self.accounts[*place as usize].id);
        places.dedup();
        places
            .into_iter()
            .map(|place| &self.accounts[place as usize])
            .collect()
    }

    fn refuse_key(&self, transaction: &Transaction, body: &Body) -> Option<Outcome> {
        let key = &transaction.key;
        if key.is_empty() || key.len() > MAX_KEY || key.bytes().any(|byte| byte < 0x20 || byte == 0x7f) {
            return Some(Outcome::InvalidKey);
        }
        let known = self.known.get(key)?;
        let number = known.number;
        Some(if known.body == *body {
            Outcome::AlreadyPosted { number }
        } else {
            Outcome::KeyReused { number }
        })
    }

    /// The linked transaction, if this action may end or reverse it now.
    fn open_linked(&self, key: &Arc<str>, action: &Action, recorded: Timestamp) -> Result<Known, Outcome> {
        let known = self
            .known
            .get(key)
            .ok_or_else(|| Outcome::LinkedNotFound(key.clone()))?;
        let is_over = |expires: Option<Timestamp>| expires.is_some_and(|expires| recorded >= expires);
        match (action, known.stage) {
            (Action::Reverse { .. }, Stage::Posted) | (Action::Void { .. }, Stage::Pending { .. }) => {
                Ok(known.clone())
            }
            (Action::Settle { .. }, Stage::Pending { expires }) if !is_over(expires) => Ok(known.clone()),
            (Action::Expire { .. }, Stage::Pending { expires }) if is_over(expires) => Ok(known.clone()),
            (Action::Settle { .. } | Action::Expire { .. }, Stage::Pending { .. }) => {
                Err(Outcome::WrongTime(key.clone()))
            }
            _ => Err(Outcome::LinkedNotOpen(key.clone())),
        }
    }

    /// Moves the balances, remembering how they were.
    fn book(&mut self, action: &Action, postings: &[Posting]) -> Result<(), Outcome> {
        self.undo.clear();
        for posting in postings {
            let (debit, credit) = (self.place(&posting.debit), self.place(&posting.credit));
            for place in [debit, credit] {
                self.undo.push((place, self.accounts[place as usize].balance));
            }
            let amount = posting.amount;
            let from = &mut self.accounts[debit as usize].balance;
            let debited = match action {
                Action::Reserve { .. } => from.debit_pending(amount),
                Action::Post | Action::Reverse { .. } => from.debit(amount),
                Action::Settle { .. } => {
                    from.release_debit(amount);
                    from.debit(amount)
                }
                Action::Void { .. } | Action::Expire { .. } => {
                    from.release_debit(amount);
                    Ok(())
                }
            };
            debited.map_err(|_| Outcome::BalanceOverflow(posting.debit.clone()))?;
            let to = &mut self.accounts[credit as usize].balance;
            let credited = match action {
                Action::Reserve { .. } => to.credit_pending(amount),
                Action::Post | Action::Reverse { .. } => to.credit(amount),
                Action::Settle { .. } => {
                    to.release_credit(amount);
                    to.credit(amount)
                }
                Action::Void { .. } | Action::Expire { .. } => {
                    to.release_credit(amount);
                    Ok(())
                }
            };
            credited.map_err(|_| Outcome::BalanceOverflow(posting.credit.clone()))?;
        }
        // Limits bind the transaction as a whole: the order of its postings does not matter.
        for (place, _) in &self.undo {
            let AccountState { account, balance, .. } = &self.accounts[*place as usize];
            if !balance.within(account.kind.limit(), account.kind.side()) {
                return Err(Outcome::Overdraft(account.clone()));
            }
        }
        Ok(())
    }

    fn roll_back(&mut self) {
        for (place, balance) in self.undo.drain(..).rev() {
            self.accounts[place as usize].balance = balance;
        }
    }

    fn append(
        &mut self,
        index: usize,
        transaction: &Transaction,
        body: Body,
        linked: Option<(Arc<str>, Known)>,
        postings: &[Posting],
    ) -> Outcome {
        self.last_transaction += 1;
        let number = self.last_transaction;
        let first = self.postings.len();
        // What ends a reservation without booking it has no postings of its own.
        let books = !matches!(transaction.action, Action::Void { .. } | Action::Expire { .. });
        let places = std::mem::take(&mut self.undo);
        for (posting, sides) in postings.iter().zip(places.chunks_exact(2)) {
            for (place, before) in sides {
                self.touch(*place, *before);
            }
            if books {
                self.append_posting(number, sides[0].0, sides[1].0, posting);
            }
        }
        self.undo = places;
        let stage = match transaction.action {
            Action::Post => Stage::Posted,
            Action::Reserve { expires } => Stage::Pending { expires },
            Action::Settle { .. } | Action::Reverse { .. } | Action::Void { .. } | Action::Expire { .. } => {
                Stage::Closed
            }
        };
        let known = Known {
            number,
            body,
            stage,
            // A later transaction of the same batch may link to this one.
            postings: if self.keeps_postings && stage != Stage::Closed {
                postings.to_vec()
            } else {
                Vec::new()
            },
        };
        self.known.insert(transaction.key.clone(), known);
        let linked = linked.map(|(key, known)| {
            if let Some(open) = self.known.get_mut(&key) {
                open.stage = Stage::Closed;
            }
            known.number
        });
        self.transactions.push(NewTransaction {
            number,
            index,
            linked,
            body,
            postings: first..self.postings.len(),
        });
        Outcome::Posted { number }
    }

    fn append_posting(&mut self, transaction: u64, debit: u32, credit: u32, posting: &Posting) {
        let mut follow = |account: u32| {
            let last = &mut self.accounts[account as usize].last_transaction;
            std::mem::replace(last, transaction)
        };
        let (debit_previous, credit_previous) = (follow(debit), follow(credit));
        self.postings.push(NewPosting {
            debit: self.accounts[debit as usize].id,
            credit: self.accounts[credit as usize].id,
            amount: posting.amount,
            debit_previous,
            credit_previous,
            reference: posting.reference.clone(),
        });
    }

    fn place(&self, account: &Account) -> u32 {
        *self
            .index
            .get(account)
            .expect("the store hands in every account of a batch before it is applied")
    }

    /// Remembers how an account was, and opens it if it is new.
    fn touch(&mut self, place: u32, before: Balance) {
        let state = &mut self.accounts[place as usize];
        let changed_in = &mut self.changed_in[place as usize];
        if std::mem::replace(changed_in, self.generation) != self.generation {
            self.changes.push(Change {
                place,
                id: state.id,
                balance: before,
                last_transaction: state.last_transaction,
            });
        }
        if state.id == 0 {
            self.last_account += 1;
            state.id = self.last_account;
            self.opened.push((state.id, state.account.clone()));
        }
    }
}
