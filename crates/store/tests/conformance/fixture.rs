//! A fresh store for each case.

use jiff::Timestamp;
use ledger::{Account, AccountKind, Action, Outcome, Posting, Source, Stream, Transaction};
use money::Asset;
use scratch_postgres::Server;
use store::memory::Memory;
use store::{By, Checked, Store, StoreError};
use tempfile::TempDir;

/// What a store must refuse, whoever asks.
pub const FORBIDDEN: &[&str] = &[
    "UPDATE ledger_posting SET amount = amount + 1",
    "DELETE FROM ledger_posting",
    "UPDATE ledger_transaction SET cause = 'x'",
    "DELETE FROM ledger_transaction",
    "UPDATE ledger_account SET owner = 'x'",
    "DELETE FROM ledger_account",
    "UPDATE record SET body = '{}'",
    "DELETE FROM record",
    "UPDATE change SET link = link",
    "DELETE FROM change",
    "UPDATE sealing_key SET key = key",
];

#[derive(Clone, Copy)]
pub enum Kind<'a> {
    Memory,
    Sqlite,
    Postgres(&'a Server),
}

pub struct Fixture {
    memory: Memory,
    _folder: TempDir,
    url: Option<String>,
}

impl Fixture {
    pub fn new(kind: Kind<'_>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = match kind {
            Kind::Memory => None,
            Kind::Sqlite => Some(folder.path().join("books.sqlite").to_str().unwrap().to_owned()),
            Kind::Postgres(server) => Some(server.database().unwrap()),
        };
        Self {
            memory: Memory::default(),
            _folder: folder,
            url,
        }
    }

    pub fn url(&self) -> &str {
        self.url.as_deref().unwrap()
    }

    /// The name of its database on a server.
    pub fn database(&self) -> String {
        self.url().rsplit('/').next().unwrap().to_owned()
    }

    /// Another handle, as another process would have.
    pub fn open(&self) -> Store {
        match &self.url {
            Some(url) => Store::open(url).unwrap(),
            None => Store::over(Box::new(self.memory.another())),
        }
    }
}

pub fn usd() -> Asset {
    Asset::micro("USD").unwrap()
}

pub fn cash() -> Account {
    Account::platform(AccountKind::CashAtBank, usd())
}

pub fn held(owner: &str) -> Account {
    streamed(owner, Source::Other)
}

/// The same from another source.
pub fn streamed(owner: &str, source: Source) -> Account {
    Account::streamed(
        AccountKind::CreatorWithheld,
        owner,
        usd(),
        Stream::new("fund", source),
    )
}

pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

pub fn posting(debit: &Account, credit: &Account, amount: u64) -> Posting {
    Posting {
        debit: debit.clone(),
        credit: credit.clone(),
        amount,
        reference: None,
    }
}

/// Cash to the withheld money of somebody.
pub fn receipt(key: &str, owner: &str, amount: u64) -> Transaction {
    Transaction::post(key, "test", at(0), vec![posting(&cash(), &held(owner), amount)])
}

/// Withheld money of somebody to cash.
pub fn payment(key: &str, owner: &str, amount: u64) -> Transaction {
    Transaction::post(key, "test", at(0), vec![posting(&held(owner), &cash(), amount)])
}

pub fn action(key: &str, action: Action) -> Transaction {
    Transaction {
        action,
        ..Transaction::post(key, "test", at(1), Vec::new())
    }
}

pub fn post(store: &mut Store, batch: &[Transaction]) -> Vec<Outcome> {
    post_at(store, 10, batch)
}

pub fn post_at(store: &mut Store, second: i64, batch: &[Transaction]) -> Vec<Outcome> {
    store
        .write(By::new("test", "test"), at(second), |tx| tx.post(batch))
        .unwrap()
}

pub fn posted(store: &mut Store, account: &Account) -> i128 {
    let balance = store.read(|tx| tx.balance(account)).unwrap();
    balance.posted(account.kind.side())
}

pub fn available(store: &mut Store, account: &Account) -> i128 {
    let balance = store.read(|tx| tx.balance(account)).unwrap();
    balance.available(account.kind.side())
}

pub fn assert_sound(store: &mut Store) {
    let checked = store.read::<_, StoreError>(|tx| tx.verify(|_| {})).unwrap();
    assert_eq!(checked.findings, []);
}

/// Where what is found of triggers that a test took out stands.
pub const SCHEMA: &str = "the schema of the books";

/// What is wrong, in words, the triggers aside that a test took out.
pub fn words(checked: &Checked) -> Vec<String> {
    let findings = checked.findings.iter().filter(|found| found.place != SCHEMA);
    findings
        .map(|found| format!("{}: {}", found.place, found.what))
        .collect()
}
