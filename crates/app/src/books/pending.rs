//! What is pending must be what is still to become payable: after money was released, each creator's pending balance equals the
//! periods and subscriptions that are not payable yet. So nothing that was counted twice beside the books can be released.

use super::close::unreleased;
use crate::error::{Error, Result};
use crate::workspace::Workspace;
use ledger::AccountKind;
use money::{Asset, Money};
use std::collections::{BTreeMap, BTreeSet};
use store::{AccountFilter, Tx};

/// Creators whose money was released, by asset.
pub(crate) type Released = BTreeSet<(String, Asset)>;

/// Refuses a release after which a creator's pending money is other than what is still to become payable. Where a run cannot be
/// read it is not known how much that is, and the balance must not be below zero.
pub(crate) fn check(tx: &mut Tx<'_>, workspace: &Workspace, released: &Released) -> Result<()> {
    if released.is_empty() {
        return Ok(());
    }
    // A run that is damaged or gone stops what needs it, and not the release of other periods.
    let periods = unreleased(tx, workspace)?;
    let is_whole = periods.left.is_empty();
    let mut to_come: BTreeMap<(String, Asset), i128> = BTreeMap::new();
    for period in periods.done {
        for (creator, earned) in period.earned {
            *to_come.entry((creator, period.asset)).or_default() += earned.units;
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
        let expected = to_come.get(&whose).copied().unwrap_or(0);
        let pending = state.balance.posted(side);
        if pending < 0 || (is_whole && pending != expected) {
            return Err(differs(&whose, pending, expected));
        }
    }
    Ok(())
}

fn differs((creator, asset): &(String, Asset), pending: i128, expected: i128) -> Error {
    let amount = |units| Money::new(*asset, units);
    Error::refused(
        "period/pending",
        format!(
            "creator `{creator}` would have {} pending after this, and periods and subscriptions that are not payable yet come to {}",
            amount(pending),
            amount(expected)
        ),
    )
    .hint("the books and what is kept beside them disagree: nothing became payable, and `permille ledger verify` says where")
}
