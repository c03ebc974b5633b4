//! Transactions and postings as they stand in a store.

use crate::error::StoreError;
use crate::record::Record;
use jiff::Timestamp;
use ledger::{Account, AccountState, Action, Body, Owner, Posting, Stage, Stream, Transaction};
use std::sync::Arc;

/// What is wrong with a transaction of which something was changed.
pub(crate) const OTHER_BODY: &str = "its body does not have the hash it was booked with";

/// What is wrong with an account of which a sum was changed.
pub(crate) const OTHER_SUMS: &str = "its sums do not have the checksum they were stored with";

/// A stored posting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPosting {
    /// The account debited.
    pub debit: Account,
    /// The account credited.
    pub credit: Account,
    /// Smallest units.
    pub amount: u64,
    /// What the amount is for.
    pub reference: Option<Arc<str>>,
    /// The last transaction before this posting that touched the debited account: its own, if an earlier posting of it
    /// did; 0: none.
    pub debit_previous: u64,
    /// The same for the credited account.
    pub credit_previous: u64,
}

impl StoredPosting {
    /// The posting as the ledger takes it.
    pub fn posting(&self) -> Posting {
        Posting {
            debit: self.debit.clone(),
            credit: self.credit.clone(),
            amount: self.amount,
            reference: self.reference.clone(),
        }
    }
}

/// A stored transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTransaction {
    /// Its number.
    pub number: u64,
    /// Its key.
    pub key: Arc<str>,
    /// Word of its action: see [`Action::name`].
    pub action: String,
    /// Number of the transaction it ends or reverses.
    pub linked: Option<u64>,
    /// Key of that transaction.
    pub linked_key: Option<Arc<str>>,
    /// Number of the transaction that ended or reversed it.
    pub ended_by: Option<u64>,
    /// Why it was booked.
    pub cause: String,
    /// What led to it.
    pub detail: Option<Arc<str>>,
    /// When it happened.
    pub effective: Timestamp,
    /// When it was recorded.
    pub recorded: Timestamp,
    /// When a reservation ends by itself.
    pub expires: Option<Timestamp>,
    /// Hash of its body.
    pub body: Body,
    /// Its postings; a settled or reversed transaction's counterpart has its own copies.
    pub postings: Vec<StoredPosting>,
}

impl StoredTransaction {
    /// Whether its postings moved posted balances (and not only reserved).
    pub fn is_posted(&self) -> bool {
        matches!(&*self.action, "post" | "settle" | "reverse")
    }

    /// Whether it reserves now.
    pub fn is_pending(&self) -> bool {
        self.action == "reserve" && self.ended_by.is_none()
    }

    /// What can still happen to it.
    pub fn stage(&self) -> Stage {
        stage(&self.action, self.expires, self.ended_by.is_some())
    }

    /// The transaction as it was handed in.
    pub fn transaction(&self) -> Result<Transaction, StoreError> {
        let damaged = || StoreError::Damaged {
            what: format!("transaction {}", self.number),
            reason: format!("action `{}` without what it needs", self.action),
        };
        let linked = || self.linked_key.clone().ok_or_else(damaged);
        let action = match &*self.action {
            "post" => Action::Post,
            "reserve" => Action::Reserve {
                expires: self.expires,
            },
            "settle" => Action::Settle { pending: linked()? },
            "void" => Action::Void { pending: linked()? },
            "expire" => Action::Expire { pending: linked()? },
            "reverse" => Action::Reverse { of: linked()? },
            _ => return Err(damaged()),
        };
        let own = self.linked.is_none();
        let postings = self.postings.iter().filter(|_| own).map(StoredPosting::posting);
        Ok(Transaction {
            key: self.key.clone(),
            postings: postings.collect(),
            action,
            cause: self.cause.clone().into(),
            detail: self.detail.clone(),
            effective: self.effective,
        })
    }

    /// The transaction, if its body has the hash that it was booked with: what is read decides money. Copies of what is settled or reversed
    /// are compared by verification.
    pub(crate) fn sound(self) -> Result<StoredTransaction, StoreError> {
        match self.transaction()?.body() == self.body {
            true => Ok(self),
            false => Err(StoreError::Damaged {
                what: format!("transaction {}", self.number),
                reason: OTHER_BODY.to_owned(),
            }),
        }
    }
}

/// What can still happen to a transaction with this action.
pub(crate) fn stage(action: &str, expires: Option<Timestamp>, ended: bool) -> Stage {
    match action {
        "post" if !ended => Stage::Posted,
        "reserve" if !ended => Stage::Pending { expires },
        _ => Stage::Closed,
    }
}

/// One posting as an account sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The transaction.
    pub transaction: StoredTransaction,
    /// Place of the posting in the transaction.
    pub index: usize,
    /// The account.
    pub account: Account,
    /// True: the account is debited.
    pub is_debit: bool,
    /// Posted balance after the entry, on the account's normal side; pending entries leave it as it was. Of all accounts together,
    /// where several are followed.
    pub balance: i128,
}

/// One posting as an account sees it, while its chain is followed.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// The transaction.
    pub transaction: &'a StoredTransaction,
    /// Place of the posting in the transaction.
    pub index: usize,
    /// The account.
    pub account: &'a Account,
    /// True: the account is debited.
    pub is_debit: bool,
    /// What it changed of the posted balance, on the account's normal side; 0 for what is or was only reserved.
    pub change: i128,
    /// Posted balance after the entry, on the account's normal side: of all accounts together, where several are followed.
    pub balance: i128,
}

/// An account's program, source and earner as the stores keep them: empty where it names none.
pub(crate) fn stream_words(account: &Account) -> [&str; 3] {
    match &account.stream {
        None => ["", "", ""],
        Some(stream) => {
            let earner = stream.earner.as_deref().unwrap_or_default();
            [&stream.program, stream.source.name(), earner]
        }
    }
}

/// An account of the words that a store keeps. Errors: what one of them is not.
pub(crate) fn account_of(
    kind: &str,
    owner: Owner,
    asset: &str,
    [program, source, earner]: [&str; 3],
) -> Result<Account, String> {
    let stream = match (program, source, earner) {
        ("", "", "") => None,
        (_, _, "") => Some(Stream::new(program, source.parse()?)),
        _ => Some(Stream::new(program, source.parse()?).earned_by(earner)),
    };
    Ok(Account {
        kind: kind.parse()?,
        owner,
        asset: asset.parse().map_err(|e: money::AssetError| e.to_string())?,
        stream,
    })
}

/// An account's sums as they are stored, with a checksum over them and the account: what is read decides money, and a disk may have
/// changed a bit. Whoever changes sums on purpose can change it as well; verification computes the sums again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredState {
    /// The sums.
    pub state: AccountState,
    /// The checksum.
    pub checksum: i64,
}

impl StoredState {
    /// Sums with their checksum.
    pub(crate) fn of(state: AccountState) -> StoredState {
        let checksum = checksum(&state);
        StoredState { state, checksum }
    }

    /// Whether the sums are those that were stored.
    pub fn is_sound(&self) -> bool {
        checksum(&self.state) == self.checksum
    }

    /// The sums, if they are those that were stored.
    pub fn sound(self) -> Result<AccountState, StoreError> {
        match self.is_sound() {
            true => Ok(self.state),
            false => Err(StoreError::Damaged {
                what: format!("account `{}`", self.state.account),
                reason: OTHER_SUMS.to_owned(),
            }),
        }
    }
}

/// The checksum of an account's sums: the first eight bytes of a hash of all that is stored of it.
pub(crate) fn checksum(state: &AccountState) -> i64 {
    let account = &state.account;
    let asset = account.asset;
    let [program, source, earner] = stream_words(account);
    let mut bytes = Vec::with_capacity(192);
    for text in [
        account.kind.name(),
        &account.owner,
        asset.code(),
        program,
        source,
        earner,
    ] {
        bytes.extend_from_slice(text.as_bytes());
        bytes.push(0);
    }
    bytes.push(asset.scale());
    let balance = &state.balance;
    for number in [
        state.id,
        balance.debits,
        balance.credits,
        balance.debits_pending,
        balance.credits_pending,
        state.last_transaction,
    ] {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    let mut first = [0; 8];
    first.copy_from_slice(&blake3::hash(&bytes).as_bytes()[..8]);
    i64::from_le_bytes(first)
}

/// A version as verification reads it.
#[derive(Debug)]
pub struct StoredVersion {
    /// Kind of record.
    pub kind: String,
    /// Which one.
    pub id: String,
    /// Its number.
    pub version: u64,
    /// It, and the hash that it was stored with; or why it cannot be read.
    pub content: Result<(Record, Vec<u8>), StoreError>,
}
