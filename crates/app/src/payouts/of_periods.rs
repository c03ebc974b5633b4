//! Of which periods what a payee has of a program was earned, by creator. The books name no period in a balance: the entries since the last
//! payout do.

use super::payee_balances::PayeeBalance;
use crate::base::error::Result;
use crate::books::{entry_of, walk};
use journal::{Earned, Entry, ExpiryUndone, Released};
use ledger::Balance;
use payout::division::{OfPeriods, Slot, Source};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use store::Tx;

/// What a program has of each creator, by the period it was earned in since its last payout. None where that is not all that was earned: a payout under
/// way, an invoice or a bank's fee has taken something of it, or one gave something back.
pub(super) fn earned(
    tx: &mut Tx<'_>,
    payee_balance: &PayeeBalance,
    program: &str,
) -> Result<Option<BTreeMap<String, OfPeriods>>> {
    if payee_balance.is_reserved {
        return Ok(None);
    }
    let mut all = BTreeMap::new();
    for creator in payee_balance.held.keys() {
        let Some(earned) = of_creator(tx, payee_balance, creator, program)? else {
            return Ok(None);
        };
        all.insert(creator.clone(), earned);
    }
    Ok(Some(all))
}

fn of_creator(
    tx: &mut Tx<'_>,
    payee_balance: &PayeeBalance,
    creator: &str,
    program: &str,
) -> Result<Option<OfPeriods>> {
    let mut accounts = Vec::new();
    for slot in [Source::Other, Source::Us].map(|source| Slot::new(program, source)) {
        let account = payee_balance.whose().available(creator, &slot);
        if tx.balance(&account)? != Balance::default() {
            accounts.push(account);
        }
    }
    let mut found = OfPeriods::new();
    let mut is_earned = true;
    // Newest first: how reservations ended, and what was earned since, is asked afterwards.
    let mut reserved: Vec<(u64, OfPeriods)> = Vec::new();
    walk(tx, &accounts, |step| {
        let period = match entry_of(step.transaction)? {
            Entry::Earned(Earned { period, .. })
            | Entry::Adjusted(Earned { period, .. })
            | Entry::ExpiryUndone(ExpiryUndone { period, .. })
            | Entry::Released(Released { period, .. }) => Some(period),
            Entry::SubscriptionsReleased(_) | Entry::DiamondsRedeemed(_) => None,
            Entry::PayoutVoided(_) => return Ok(ControlFlow::Continue(())),
            Entry::PayoutReserved(_) => {
                reserved.extend(step.transaction.ended_by.map(|end| (end, found.clone())));
                return Ok(ControlFlow::Continue(()));
            }
            Entry::PayoutPaid | Entry::Expired(_) => return Ok(ControlFlow::Break(())),
            _ => {
                is_earned = false;
                return Ok(ControlFlow::Break(()));
            }
        };
        *found.entry(period).or_default() += step.change;
        Ok(ControlFlow::Continue(()))
    })?;
    // A payout that was paid ends what is looked at: what is before it does not matter.
    for (end, since) in reserved {
        let end = tx.transaction_number(end)?;
        if end.is_some_and(|end| end.action == "settle") {
            return Ok(Some(since));
        }
    }
    Ok(is_earned.then_some(found))
}
