//! What a payout takes, and of whose earnings.

use super::program_balances::taken;
use super::stored::reservation_key;
use crate::base::error::Result;
use payout::batch::Payout;
use payout::division::OfEarners;
use std::collections::BTreeSet;
use store::Tx;

/// What a payout takes of each creator.
pub(super) fn of_payout(tx: &mut Tx<'_>, payout: &Payout) -> Result<OfEarners> {
    let reserved = tx.transaction(&reservation_key(payout))?;
    Ok(reserved.as_ref().map(taken).unwrap_or_default())
}

/// Other creators of whom a payout takes something.
pub(super) fn others(tx: &mut Tx<'_>, payout: &Payout) -> Result<Vec<String>> {
    let all = of_payout(tx, payout)?.into_keys();
    Ok(all
        .filter(|creator| *creator != payout.recipient.payee.as_str())
        .collect())
}

/// Whether a payout pays one of these: as its payee, or what they earned.
pub(super) fn is_of(tx: &mut Tx<'_>, payout: &Payout, own: &BTreeSet<String>) -> Result<bool> {
    if own.is_empty() || own.contains(payout.recipient.payee.as_str()) {
        return Ok(!own.is_empty());
    }
    Ok(others(tx, payout)?.iter().any(|creator| own.contains(creator)))
}
