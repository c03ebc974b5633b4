//! Which accounts are asked for.

use ledger::AccountKind;

/// Accounts of a kind, an owner, an asset; what is `None` does not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountFilter {
    /// Only this kind.
    pub kind: Option<AccountKind>,
    /// Only this owner.
    pub owner: Option<String>,
    /// Only this asset, e.g. `USD/6`.
    pub asset: Option<String>,
}

impl AccountFilter {
    /// All accounts of a kind.
    pub fn kind(kind: AccountKind) -> Self {
        Self {
            kind: Some(kind),
            ..Self::default()
        }
    }

    /// The accounts of a kind that somebody owns.
    pub fn of(kind: AccountKind, owner: &str) -> Self {
        Self {
            kind: Some(kind),
            owner: Some(owner.to_owned()),
            asset: None,
        }
    }

    /// The accounts of a kind that somebody owns in one asset: more than one where the kind is kept by streams.
    pub fn in_asset(kind: AccountKind, owner: &str, asset: money::Asset) -> Self {
        Self {
            asset: Some(asset.to_string()),
            ..Self::of(kind, owner)
        }
    }

    /// The condition in SQL, empty where all are asked for, and its values. `sign` stands before the number of a value. Only what restricts is
    /// named: then the index of accounts leads to them.
    pub(crate) fn condition(&self, sign: char) -> (String, Vec<String>) {
        let all = [
            ("kind", self.kind.map(|kind| kind.name().to_owned())),
            ("owner", self.owner.clone()),
            ("asset", self.asset.clone()),
        ];
        let (mut sql, mut values) = (String::new(), Vec::new());
        for (column, value) in all
            .into_iter()
            .filter_map(|(column, value)| Some((column, value?)))
        {
            let word = if values.is_empty() { "WHERE" } else { "AND" };
            values.push(value);
            sql.push_str(&format!(" {word} {column} = {sign}{}", values.len()));
        }
        (sql, values)
    }
}
