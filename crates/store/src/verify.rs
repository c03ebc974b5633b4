//! Checks the books against themselves: nothing is taken on trust that can be computed again.

use crate::checked::{Checked, MAX_FINDINGS};
use crate::error::StoreError;
use crate::filter::AccountFilter;
use crate::follow::Follow;
use crate::head::KeptHead;
use crate::record::Record;
use crate::stored::{OTHER_BODY, OTHER_SUMS, StoredPosting, StoredTransaction};
use crate::tx::{PAGE, Tx};
use ledger::{Account, Balance, Posting, mirrored};
use std::collections::{BTreeSet, HashMap};

/// Where findings about changes that cannot be read are.
const CHANGES: &str = "changes";
const SCHEMA: &str = "the schema of the books";
/// What cannot be read is a finding, and none of the result.
fn or_found<T>(
    result: Result<T, StoreError>,
    place: &str,
    checked: &mut Checked,
) -> Result<Option<T>, StoreError> {
    match result {
        Err(error) if error.is_damage() => {
            checked.find(place, format!("not all of them can be read: {error}"));
            Ok(None)
        }
        result => result.map(Some),
    }
}

/// Transactions that follow one another.
struct Page {
    transactions: Vec<StoredTransaction>,
    /// Numbers of those among them that cannot be read.
    unreadable: BTreeSet<u64>,
    /// The last number that was looked at.
    through: u64,
}

/// What an account should be like, from its postings.
#[derive(Clone, Copy, Default)]
struct Expected {
    debits: u128,
    credits: u128,
    debits_pending: u128,
    credits_pending: u128,
    last_transaction: u64,
}

impl Tx<'_> {
    /// Reads every transaction, every record and every change and recomputes hashes, chains and balances. `each` is called with every
    /// transaction.
    pub fn verify(&mut self, each: impl FnMut(&StoredTransaction)) -> Result<Checked, StoreError> {
        self.verify_against(None, each)
    }

    /// The same, and compares with a head that was kept.
    pub fn verify_against(
        &mut self,
        kept: Option<&KeptHead>,
        mut each: impl FnMut(&StoredTransaction),
    ) -> Result<Checked, StoreError> {
        let mut checked = Checked::default();
        let mut expected: HashMap<Account, Expected> = HashMap::new();
        let mut changes = Some(Follow::new(kept));
        let (mut after, mut read) = (0, 0);
        while let Some(page) = self.readable(after, &mut checked)? {
            self.check_keys(&page.transactions, &mut checked)?;
            for transaction in &page.transactions {
                check_transaction(transaction, &page.unreadable, &mut checked, &mut expected);
                self.check_copies(transaction, &mut checked)?;
                each(transaction);
            }
            self.follow(&mut changes, &page, &mut checked)?;
            read += (page.transactions.len() + page.unreadable.len()) as u64;
            after = page.through;
            checked.count(&page.unreadable);
        }
        let compared = self.compare_balances(&mut checked, &expected);
        or_found(compared, "accounts", &mut checked)?;
        self.check_records(&mut checked)?;
        if let Some(changes) = changes {
            let head = changes.finish(self.backend, &mut checked);
            let head = or_found(head, CHANGES, &mut checked)?;
            checked.head = head.map(|head| KeptHead::from(&head));
        }
        for reason in self.backend.check_file(MAX_FINDINGS)? {
            checked.find("the file of the books", reason);
        }
        let counted = self.check_counts(read, &mut checked);
        or_found(counted, "rows", &mut checked)?;
        for reason in self.backend.check_schema()? {
            checked.find(SCHEMA, reason);
        }
        Ok(checked)
    }

    /// No row was passed over: one that has no number of the books is looked at by nobody, and may be in the way.
    fn check_counts(&mut self, transactions: u64, checked: &mut Checked) -> Result<(), StoreError> {
        let counts = self.backend.counts()?;
        // Each transaction's key leads to it; a key more than that keeps something from ever being booked.
        let keys = counts.keys.map(|keys| ("keys", keys, transactions));
        let postings = counts
            .postings
            .map(|postings| ("postings", postings, checked.postings));
        let all = [
            ("transactions", counts.transactions, transactions),
            ("records", counts.records, checked.records),
            ("changes", counts.changes, checked.changes),
        ];
        // Where some cannot be read, that is told already.
        let is_sound = checked.findings.is_empty();
        for (what, there, read) in all.into_iter().chain(keys).chain(postings) {
            if there > read && (what == "keys" || is_sound) {
                let words = format!(
                    "there are {there}, and the books have {read}: some lead to none, and were put in by hand"
                );
                checked.find(what, words);
            }
        }
        Ok(())
    }

    /// What settles or reverses another transaction moves just what that one says: its own hash knows nothing of its postings, which are
    /// copies.
    fn check_copies(
        &mut self,
        transaction: &StoredTransaction,
        checked: &mut Checked,
    ) -> Result<(), StoreError> {
        let Some(linked) = transaction.linked else {
            return Ok(());
        };
        let place = format!("transaction {}", transaction.number);
        let Some(of) = or_found(self.backend.transaction(linked), &place, checked)? else {
            return Ok(());
        };
        let moved = |of: &StoredTransaction| -> Vec<Posting> {
            let postings: Vec<Posting> = of.postings.iter().map(StoredPosting::posting).collect();
            match &*transaction.action {
                "settle" => postings,
                "reverse" => mirrored(&postings),
                // What ends a reservation without booking it moves nothing.
                _ => Vec::new(),
            }
        };
        let expected = of.as_ref().map(moved).unwrap_or_default();
        let own = transaction.postings.iter().map(StoredPosting::posting);
        if !own.eq(expected) {
            let words =
                format!("its postings are not those of transaction {linked}, which it ends or takes back");
            checked.find(place, words);
        }
        Ok(())
    }

    /// Follows the changes that wrote a page of transactions; none from where they cannot be read.
    fn follow(
        &mut self,
        changes: &mut Option<Follow<'_>>,
        page: &Page,
        checked: &mut Checked,
    ) -> Result<(), StoreError> {
        let read = page.transactions.iter().map(|one| (one.number, Some(one)));
        let mut all: Vec<_> = read.collect();
        all.extend(page.unreadable.iter().map(|number| (*number, None)));
        all.sort_unstable_by_key(|(number, _)| *number);
        for (number, transaction) in all {
            let Some(follow) = changes else { return Ok(()) };
            let taken = follow.take(self.backend, number, transaction, checked);
            if or_found(taken, CHANGES, checked)?.is_none() {
                *changes = None;
            }
        }
        Ok(())
    }

    /// The transactions after a number; none: there are no more. Where one cannot be read, they are read one by one, and it is a
    /// finding.
    fn readable(&mut self, after: u64, checked: &mut Checked) -> Result<Option<Page>, StoreError> {
        let error = match self.backend.journal(after, PAGE) {
            Ok(transactions) => {
                return Ok(transactions.last().map(|last| last.number).map(|through| Page {
                    transactions,
                    unreadable: BTreeSet::new(),
                    through,
                }));
            }
            Err(error) if error.is_damage() => error,
            Err(error) => return Err(error),
        };
        let mut page = Page {
            transactions: Vec::new(),
            unreadable: BTreeSet::new(),
            through: after + PAGE as u64,
        };
        for number in after + 1..=page.through {
            match self.backend.transaction(number) {
                Ok(found) => page.transactions.extend(found),
                Err(error) if error.is_damage() => {
                    page.unreadable.insert(number);
                    checked.find(
                        format!("transaction {number}"),
                        format!("it cannot be read: {error}"),
                    );
                }
                Err(error) => return Err(error),
            }
        }
        if page.transactions.is_empty() && page.unreadable.is_empty() {
            let words = format!("what stands after transaction {after} cannot be read: {error}");
            checked.find("transactions", words);
            return Ok(None);
        }
        Ok(Some(page))
    }

    /// Every record has the hash it was stored with, its versions have no gaps, and it can be read unless its key was destroyed.
    fn check_records(&mut self, checked: &mut Checked) -> Result<(), StoreError> {
        let mut last = (String::new(), String::new(), 0);
        loop {
            let page = self.backend.all_records((&last.0, &last.1, last.2), PAGE)?;
            let mut sound = Vec::new();
            for one in &page {
                checked.records += 1;
                let place = || format!("{} `{}` version {}", one.kind, one.id, one.version);
                let is_next = (&one.kind, &one.id) == (&last.0, &last.1);
                let expected = if is_next { last.2 + 1 } else { 1 };
                if one.version != expected {
                    checked.find(
                        place(),
                        format!("version {expected} was expected: one is missing"),
                    );
                }
                match &one.content {
                    Err(error) => checked.find(place(), format!("it cannot be read: {error}")),
                    Ok((record, digest)) => match record.digest() == **digest {
                        true => sound.push(record),
                        false => checked.find(place(), "it is not what it was when it was stored"),
                    },
                }
                last = (one.kind.clone(), one.id.clone(), one.version);
            }
            self.check_sealed(&sound, checked)?;
            if page.len() < PAGE {
                return Ok(());
            }
        }
    }

    /// Calls a function with the newest version of every record of a kind, by id, page by page.
    pub fn each_record<E: From<StoreError>>(
        &mut self,
        kind: &str,
        mut each: impl FnMut(&mut Self, &Record) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut after = String::new();
        loop {
            let page = self.backend.records(kind, "", &after, PAGE)?;
            let page = self.opened(page)?;
            for record in &page {
                each(self, record)?;
            }
            match page.last() {
                Some(last) if page.len() == PAGE => after.clone_from(&last.id),
                _ => return Ok(()),
            }
        }
    }

    /// Every key leads to its transaction: what keeps anything from being booked twice.
    fn check_keys(&mut self, page: &[StoredTransaction], checked: &mut Checked) -> Result<(), StoreError> {
        let keys: Vec<&str> = page.iter().map(|transaction| &*transaction.key).collect();
        let found = match self.backend.earlier(&keys) {
            // One of them leads to what cannot be read; the others are asked for alone.
            Err(error) if error.is_damage() => {
                let each = keys.iter().filter_map(|key| self.backend.earlier(&[key]).ok());
                each.flatten().collect()
            }
            found => found?,
        };
        let numbers: HashMap<&str, u64> = found.iter().map(|found| (&*found.key, found.number)).collect();
        for transaction in page {
            if numbers.get(&*transaction.key) != Some(&transaction.number) {
                checked.find(
                    format!("transaction {}", transaction.number),
                    format!("its key `{}` does not lead to it", transaction.key),
                );
            }
        }
        Ok(())
    }

    fn compare_balances(
        &mut self,
        checked: &mut Checked,
        expected: &HashMap<Account, Expected>,
    ) -> Result<(), StoreError> {
        self.write_balances()?;
        let states = self.backend.list_accounts(&AccountFilter::default())?;
        checked.accounts = states.len() as u64;
        if states.len() != expected.len() {
            checked.find(
                "accounts",
                format!("{} are open, {} have postings", states.len(), expected.len()),
            );
        }
        let mut totals: HashMap<money::Asset, i128> = HashMap::new();
        for stored in states {
            let is_sound = stored.is_sound();
            let state = stored.state;
            let place = format!("account `{}`", state.account);
            if !is_sound {
                checked.find(&place, OTHER_SUMS);
            }
            let found = expected.get(&state.account).copied().unwrap_or_default();
            let Balance {
                debits,
                credits,
                debits_pending,
                credits_pending,
            } = state.balance;
            let stored = [debits, credits, debits_pending, credits_pending].map(u128::from);
            let computed = [
                found.debits,
                found.credits,
                found.debits_pending,
                found.credits_pending,
            ];
            if stored != computed {
                checked.find(&place, format!("sums are {stored:?}, its postings give {computed:?} (debits, credits, and both pending)"));
            }
            if state.last_transaction != found.last_transaction {
                checked.find(&place, "its last transaction is not the last that touched it");
            }
            let net = i128::from(debits) - i128::from(credits);
            *totals.entry(state.account.asset).or_default() += net;
            let kind = state.account.kind;
            if !state.balance.within(kind.limit(), kind.side()) {
                checked.find(&place, "it is below zero");
            }
        }
        for (asset, total) in totals.into_iter().filter(|(_, total)| *total != 0) {
            checked.find(
                format!("asset {asset}"),
                format!("the trial balance is {total} and not zero"),
            );
        }
        Ok(())
    }
}

fn check_transaction(
    transaction: &StoredTransaction,
    unreadable: &BTreeSet<u64>,
    checked: &mut Checked,
    expected: &mut HashMap<Account, Expected>,
) {
    checked.count(unreadable);
    checked.transactions += 1;
    let place = || format!("transaction {}", transaction.number);
    if transaction.number != checked.transactions {
        checked.find(
            place(),
            format!("number {} was expected: one is missing", checked.transactions),
        );
        checked.transactions = transaction.number;
    }
    match transaction.transaction() {
        Ok(body) if body.body() == transaction.body => {}
        Ok(_) => checked.find(place(), OTHER_BODY),
        Err(error) => checked.find(place(), error.to_string()),
    }
    if transaction.expires.is_some() && transaction.action != "reserve" {
        checked.find(place(), "it is no reservation, and has a time when it ends");
    }
    for (index, posting) in transaction.postings.iter().enumerate() {
        checked.postings += 1;
        let amount = u128::from(posting.amount);
        let sides = [
            (&posting.debit, posting.debit_previous, true),
            (&posting.credit, posting.credit_previous, false),
        ];
        for (account, previous, is_debit) in sides {
            let state = expected.entry(account.clone()).or_default();
            if state.last_transaction != previous {
                checked.find(
                    place(),
                    format!("posting {} breaks the chain of `{account}`", index + 1),
                );
            }
            state.last_transaction = transaction.number;
            match (transaction.is_posted(), transaction.is_pending(), is_debit) {
                (true, _, true) => state.debits += amount,
                (true, _, false) => state.credits += amount,
                (_, true, true) => state.debits_pending += amount,
                (_, true, false) => state.credits_pending += amount,
                _ => {}
            }
        }
    }
}
