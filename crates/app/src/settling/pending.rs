//! What is pending must be what is still to become payable: after money was released, what each creator has pending of each program and source equals the
//! periods and subscriptions that are not payable yet. So nothing that was counted twice beside the books can be released. Either
//! may be negative: corrections can take more than a creator earned in a period.

use crate::base::error::{Error, Result};
use crate::books::unreleased::{Earnings, Released, Unreleased};
use crate::books::{by_source, creators, key_prefix};
use crate::runs::left::Partly;
use crate::runs::{self, Stage, period};
use crate::workspace::Workspace;
use crate::workspace::books::Books;
use jiff::civil::Date;
use ledger::{Account, AccountKind};
use money::Money;
use std::collections::BTreeMap;
use store::{AccountFilter, Tx};

/// What is still to become payable, by account.
type ToCome = BTreeMap<Account, i128>;

/// Refuses a release after which a creator's pending money is other than what is still to become payable. Of a period whose run
/// cannot be read, that is what the books have of it.
pub(crate) fn check(
    tx: &mut Tx<'_>,
    workspace: &Workspace,
    earnings: &Earnings,
    released: &Released,
) -> Result<()> {
    if released.is_empty() {
        return Ok(());
    }
    // A run that is damaged or gone stops what needs it, and not the release of other periods.
    let periods = unreleased(tx, workspace, earnings)?;
    let mut to_come: ToCome = BTreeMap::new();
    for broken in &periods.left {
        add_posted(tx, &broken.program, &broken.period, &mut to_come)?;
    }
    for period in periods.done {
        for (creator, earned) in period.earned.iter() {
            for (source, units) in by_source(earned.units, earned.us_source) {
                let kind = AccountKind::CreatorPending;
                let account = creators(kind, creator.as_str(), period.asset, (&period.program, source));
                *to_come.entry(account).or_default() += units;
            }
        }
    }
    let filter = AccountFilter {
        kind: Some(AccountKind::CreatorPending),
        ..AccountFilter::default()
    };
    let side = AccountKind::CreatorPending.side();
    for state in tx.accounts(&filter)? {
        let whose = (state.account.owner.to_string(), state.account.asset);
        if !released.contains(&whose) {
            continue;
        }
        let expected = to_come.get(&state.account).copied().unwrap_or(0);
        let pending = state.balance.posted(side);
        if pending != expected {
            return Err(differs(&state.account, pending, expected));
        }
    }
    Ok(())
}

/// What the runs of periods earned whose money is not payable yet: for whoever releases it, before the books are written to. Nothing is
/// read where no day has come, since then nothing is released and nobody asks.
pub(crate) fn earnings(books: &Books, workspace: &Workspace, today: Date) -> Result<Earnings> {
    let runs = books.read(|tx| {
        let mut waiting = period::all(tx, None)?;
        waiting.retain(|(_, _, state)| state.value.stage != Stage::Payable);
        let is_due = waiting
            .iter()
            .any(|(_, _, state)| state.value.payable_on <= today)
            || crate::live::unreleased_holds(tx)?
                .iter()
                .any(|held| held.payable_on <= today);
        let mut runs = Vec::new();
        for (program, period, state) in waiting.iter().filter(|_| is_due) {
            runs.extend(runs::open(tx, &workspace.blobs(), program, period, &state.value).ok());
        }
        Ok::<_, Error>(runs)
    })?;
    Ok(Earnings::load(&runs))
}

/// Everything whose money is not payable yet: what [`release_due`](super::close::release_due) has before it.
pub fn unreleased(
    tx: &mut Tx<'_>,
    workspace: &Workspace,
    earnings: &Earnings,
) -> Result<Partly<Vec<Unreleased>>> {
    let mut found: Partly<Vec<Unreleased>> = Partly::default();
    for (program, period, state) in period::all(tx, None)? {
        if state.value.stage != Stage::Payable {
            let run = runs::open(tx, &workspace.blobs(), &program, &period, &state.value);
            let read = run.and_then(|run| Ok((run.asset()?, earnings.of(&run)?, run.period()?.last_day())));
            let (asset, earned, divided_on) = match read {
                Ok(read) => read,
                Err(error) => {
                    found.leave(program, period, error)?;
                    continue;
                }
            };
            found.done.push(Unreleased {
                asset,
                earned,
                program,
                period,
                stage: state.value.stage,
                payable_on: state.value.payable_on,
                divided_on,
            });
        }
    }
    found.done.extend(crate::live::unreleased_holds(tx)?);
    Ok(found)
}

/// Adds what the books have of a period that is not payable yet.
fn add_posted(tx: &mut Tx<'_>, program: &str, period: &str, to_come: &mut ToCome) -> Result<()> {
    let mut add = |account: &Account, units: i128| {
        if account.kind == AccountKind::CreatorPending {
            *to_come.entry(account.clone()).or_default() += units;
        }
    };
    tx.transactions_by_prefix(&key_prefix(program, period), |transaction| {
        for posting in &transaction.postings {
            add(&posting.credit, posting.amount.into());
            add(&posting.debit, -i128::from(posting.amount));
        }
        Ok(())
    })
}

fn differs(account: &Account, pending: i128, expected: i128) -> Error {
    let amount = |units| Money::new(account.asset, units);
    let (creator, program) = (&account.owner, account.program().unwrap_or_default());
    Error::refused(
        "period/pending",
        format!(
            "creator `{creator}` would have {} of {program} pending after this, and its periods and subscriptions that are not payable yet come to {}",
            amount(pending),
            amount(expected)
        ),
    )
    .hint("the books and what is kept beside them disagree: nothing became payable, and `permille ledger verify` says where")
}
