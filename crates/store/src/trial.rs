//! The trial balance.

use crate::error::StoreError;
use crate::filter::AccountFilter;
use crate::tx::Tx;
use ledger::AccountKind;
use money::Asset;
use std::collections::BTreeMap;

impl Tx<'_> {
    /// Sums of posted debits and credits by kind and asset. Over all kinds of an asset they are equal, or the books are
    /// wrong.
    pub fn trial_balance(&mut self) -> Result<Vec<TrialLine>, StoreError> {
        let mut sums: BTreeMap<(AccountKind, Asset), (u128, u128)> = BTreeMap::new();
        for state in self.accounts(&AccountFilter::default())? {
            let sum = sums.entry((state.account.kind, state.account.asset)).or_default();
            sum.0 += u128::from(state.balance.debits);
            sum.1 += u128::from(state.balance.credits);
        }
        let line = |((kind, asset), (debits, credits))| TrialLine {
            kind,
            asset,
            debits,
            credits,
        };
        Ok(sums.into_iter().map(line).collect())
    }
}

/// One line of a trial balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrialLine {
    /// Kind of account.
    pub kind: AccountKind,
    /// Asset.
    pub asset: Asset,
    /// Sum of posted debits, in smallest units.
    pub debits: u128,
    /// Sum of posted credits.
    pub credits: u128,
}
