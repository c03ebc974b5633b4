//! An account: a kind of the chart, whose it is, and the one asset it holds.

use crate::chart::{AccountKind, OwnerKind};
use money::Asset;
use std::fmt;
use std::sync::Arc;

/// Whose an account is: an id, or empty for the platform's own.
pub type Owner = Arc<str>;

/// An account. Kind, owner and asset name it once and for ever; it is opened by its first posting.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Account {
    /// The kind.
    pub kind: AccountKind,
    /// The owner; empty for the platform's own accounts.
    pub owner: Owner,
    /// The asset.
    pub asset: Asset,
}

impl Account {
    /// An account of the platform itself.
    pub fn platform(kind: AccountKind, asset: Asset) -> Self {
        Self::of(kind, "", asset)
    }

    /// An account of somebody.
    pub fn of(kind: AccountKind, owner: impl Into<Owner>, asset: Asset) -> Self {
        Self {
            kind,
            owner: owner.into(),
            asset,
        }
    }

    /// Whether the chart allows it: an owner exactly where the kind has owners, and an asset the kind holds.
    pub fn is_allowed(&self) -> bool {
        let needs_owner = self.kind.owner() != OwnerKind::Platform;
        needs_owner != self.owner.is_empty() && self.kind.holds().admits(self.asset)
    }

    /// Reads what [`Account`]'s `Display` writes: `kind ASSET/scale` or `kind:owner ASSET/scale`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, asset) = text
            .rsplit_once(' ')
            .ok_or_else(|| format!("`{text}` is not an account: write `kind:owner ASSET/scale`"))?;
        let (kind, owner) = name.split_once(':').unwrap_or((name, ""));
        let asset = asset.parse::<Asset>().map_err(|e| e.to_string())?;
        Ok(Self::of(kind.parse()?, owner, asset))
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.owner {
            "" => write!(f, "{} {}", self.kind, self.asset),
            owner => write!(f, "{}:{owner} {}", self.kind, self.asset),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_reads_back() {
        let asset = Asset::micro("USD").unwrap();
        let accounts = [
            Account::platform(AccountKind::CashAtBank, asset),
            Account::of(AccountKind::CreatorPending, "a:b c", asset),
        ];
        for account in accounts {
            assert_eq!(Account::parse(&account.to_string()), Ok(account));
        }
    }

    #[test]
    fn owners_stand_where_the_chart_says() {
        let asset = Asset::micro("USD").unwrap();
        assert!(!Account::of(AccountKind::CashAtBank, "me", asset).is_allowed());
        assert!(!Account::platform(AccountKind::CreatorPending, asset).is_allowed());
        assert!(Account::of(AccountKind::CreatorPending, "me", asset).is_allowed());
    }
}
