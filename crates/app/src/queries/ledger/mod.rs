//! Look into the books: accounts, entries, the trial balance, a check of everything, and exports.

pub mod changes;
pub mod choose;
pub mod export;

use crate::audit::{self, Audit};
use crate::base::error::{Cause, Error, Result};
use crate::base::progress::Context;
use crate::workspace::Workspace;
use ::ledger::{Account, AccountState};
use choose::Choice;
use money::Asset;
use std::collections::BTreeMap;
use store::{Checked, Entry, KeptHead, StoreError, TrialLine};

/// The chosen accounts with their balances, ordered by kind, owner, asset, program and source.
pub fn accounts(workspace: &Workspace, choice: &Choice) -> Result<Vec<AccountState>> {
    let filter = choice.filter()?;
    workspace
        .books()?
        .read(|tx| choose::accounts(tx, choice, &filter))
}

/// The entries of one account, or of those of one owner and kind for all programs and sources, newest first.
#[derive(Clone, Debug)]
pub struct Entries {
    /// The accounts: one, or more that differ by program and source alone.
    pub accounts: Vec<Account>,
    /// Their last entries.
    pub entries: Vec<Entry>,
    /// Whether there are more.
    pub has_more: bool,
}

/// The last entries of the account that is chosen.
pub fn entries(workspace: &Workspace, choice: &Choice, limit: usize) -> Result<Entries> {
    let filter = choice.filter()?;
    workspace.books()?.read(|tx| {
        let accounts = choose::one(choose::accounts(tx, choice, &filter)?)?;
        let mut entries = tx.entries(&accounts, limit.saturating_add(1))?;
        let has_more = entries.len() > limit;
        entries.truncate(limit);
        Ok(Entries {
            accounts,
            entries,
            has_more,
        })
    })
}

/// Sums of debits and credits over all accounts of an asset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Total {
    /// Sum of posted debits, in smallest units.
    pub debits: u128,
    /// Sum of posted credits.
    pub credits: u128,
}

impl Total {
    /// Whether debits and credits are equal.
    pub const fn sums_to_zero(self) -> bool {
        self.debits == self.credits
    }
}

/// A trial balance.
#[derive(Clone, Debug, Default)]
pub struct Trial {
    /// Sums by kind and asset.
    pub lines: Vec<TrialLine>,
    /// Sums by asset.
    pub totals: BTreeMap<Asset, Total>,
}

impl Trial {
    /// An error that names the assets whose debits and credits differ.
    pub fn check(&self) -> Result<()> {
        let wrong = self.totals.iter().filter(|(_, total)| !total.sums_to_zero());
        let wrong: Vec<_> = wrong.map(|(asset, _)| asset.to_string()).collect();
        if wrong.is_empty() {
            return Ok(());
        }
        let message = format!("debits and credits of {} are not equal", wrong.join(", "));
        Err(Error::bad_input("ledger/unbalanced", message)
            .hint("`permille ledger verify` says which accounts are wrong; restore the store from a backup")
            .because(Cause::Books))
    }
}

/// Sums debits and credits by kind and asset.
pub fn trial_balance(workspace: &Workspace) -> Result<Trial> {
    let lines = workspace
        .books()?
        .read::<_, StoreError>(|tx| tx.trial_balance())?;
    let mut totals: BTreeMap<Asset, Total> = BTreeMap::new();
    for line in &lines {
        let total = totals.entry(line.asset).or_default();
        total.debits += line.debits;
        total.credits += line.credits;
    }
    Ok(Trial { lines, totals })
}

/// Says that the last transactions or records were written by a wrong clock, which keeps everybody from writing: from now on
/// time is the clock's again. They stay as they are; statements show them in the month of what comes next.
pub fn mend_clock(workspace: &Workspace, reason: &str, context: &Context<'_>) -> Result<()> {
    context.person()?;
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Error::usage(
            "ledger/reason",
            "a clock is mended for a reason, and none is said",
        )
        .hint("--reason TEXT says what was wrong, and how that is known"));
    }
    let books = workspace.books_to_write(context)?;
    if books.mend_clock(context.user, reason)? {
        return Ok(());
    }
    Err(Error::refused(
        "ledger/clock",
        "no transaction and no record is later than the clock shows: nothing was changed",
    ))
}

/// Reads every transaction and every record, and computes again what can be computed: hashes, chains, balances, and every sum
/// that a record keeps and that decides money. `kept` is a head that was printed earlier and kept elsewhere.
pub fn verify(workspace: &Workspace, kept: Option<&KeptHead>, context: &Context<'_>) -> Result<Checked> {
    let (books, damage) = workspace.books_to_check()?;
    let seen = workspace.seen();
    books.read(|tx| {
        let all = tx.head()?.transaction;
        context.progress.stage("checking the books", Some(all));
        let mut before = Checked::default();
        let mut audit = Audit::new(tx, &mut before)?;
        let mut checked = tx.verify_against(kept, |transaction| {
            audit.take(transaction);
            context.progress.position(transaction.number);
        })?;
        before
            .findings
            .into_iter()
            .for_each(|one| checked.find(one.place, one.what));
        if let Some(error) = damage {
            checked.find("books", error.message);
        }
        let head = seen.and_then(|seen| seen.check(tx, &mut checked));
        audit::or_found(head, &mut checked)?;
        context.check()?;
        audit.compare(tx, &mut checked)?;
        Ok(checked)
    })
}
