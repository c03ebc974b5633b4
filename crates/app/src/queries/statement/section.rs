//! Which accounts a section of a statement is read off: what one payee collects of whom the statement is of, in one asset.

use crate::base::error::Result;
use ledger::{AccountKind, AccountState};
use money::Asset;
use std::collections::BTreeSet;
use store::{AccountFilter, Tx};

/// Whose money a statement is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose<'a> {
    /// What a creator earned, whoever collects it.
    Creator(&'a str),
    /// What a payee collects, whoever earned it.
    Payee(&'a str),
}

/// The accounts of a section of a statement.
pub(super) struct Section<'a> {
    whose: Whose<'a>,
    /// Who collects.
    pub payee: &'a str,
    pub asset: Asset,
    pub available: Vec<AccountState>,
    pub pending: Vec<AccountState>,
}

impl Section<'_> {
    /// Who collects, where the statement is of the creator and that is another.
    pub(super) fn of_another(&self) -> Option<&str> {
        match self.whose {
            Whose::Creator(creator) => Some(self.payee).filter(|payee| *payee != creator),
            Whose::Payee(_) => None,
        }
    }

    /// Whom the statement is of.
    pub(super) const fn id(&self) -> &str {
        match self.whose {
            Whose::Creator(id) | Whose::Payee(id) => id,
        }
    }
}

/// What a payee collects of whom the statement is of, by asset.
pub(super) fn sections<'a>(tx: &mut Tx<'_>, whose: Whose<'a>, payee: &'a str) -> Result<Vec<Section<'a>>> {
    let mut available = tx.accounts(&AccountFilter::of(AccountKind::CreatorAvailable, payee))?;
    let mut pending = Vec::new();
    if let Whose::Creator(creator) = whose {
        available.retain(|state| **state.account.earner() == *creator);
        if payee == creator {
            pending = tx.accounts(&AccountFilter::of(AccountKind::CreatorPending, creator))?;
        }
    }
    let all = available.iter().chain(&pending);
    let assets: BTreeSet<Asset> = all.map(|state| state.account.asset).collect();
    let of = |states: &[AccountState], asset: Asset| -> Vec<AccountState> {
        let those = states.iter().filter(|state| state.account.asset == asset);
        those.cloned().collect()
    };
    let section = |asset| Section {
        whose,
        payee,
        asset,
        available: of(&available, asset),
        pending: of(&pending, asset),
    };
    Ok(assets.into_iter().map(section).collect())
}
