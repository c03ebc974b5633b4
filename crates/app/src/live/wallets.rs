//! Wallets as they are kept, and as they are shown.

use crate::base::error::{Error, Result};
use crate::workspace::Workspace;
use crate::workspace::records::{self, Versioned};
use jiff::Timestamp;
use live::lot::Lot;
use live::wallet::Wallet;
use money::Money;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use store::{AccountFilter, Tx};

const KIND: &str = "wallet";

/// What is kept of a wallet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredWallet {
    lots: Vec<Lot>,
    deficit: u64,
    /// Coins of gifts whose diamonds were taken back, by the gift's transaction number.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reversed: BTreeMap<u64, u64>,
    /// Gifts that wait, most of them for coins, with their times.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    waits: BTreeSet<(Timestamp, String)>,
}

/// A wallet in use.
pub(super) struct InUse {
    pub wallet: Wallet,
    pub reversed: BTreeMap<u64, u64>,
    /// Ids of the viewer's gifts that wait, with their times.
    pub waits: BTreeSet<(Timestamp, String)>,
    kept: StoredWallet,
    version: u64,
}

/// The wallets that a group touches.
#[derive(Default)]
pub(super) struct Wallets {
    by_viewer: BTreeMap<Arc<str>, InUse>,
}

impl Wallets {
    /// Reads the wallets of viewers at once, before they are used.
    pub(super) fn load<'v>(
        &mut self,
        tx: &mut Tx<'_>,
        viewers: impl Iterator<Item = &'v Arc<str>>,
    ) -> Result<()> {
        let viewers: BTreeSet<&Arc<str>> = viewers.collect();
        let ids: Vec<&str> = viewers.iter().map(|viewer| &***viewer).collect();
        let mut found: HashMap<String, Versioned<StoredWallet>> =
            records::of(tx, KIND, &ids)?.into_iter().collect();
        for viewer in viewers {
            let in_use = InUse::of(found.remove(&**viewer));
            self.by_viewer.insert(viewer.clone(), in_use);
        }
        Ok(())
    }

    /// A viewer's wallet, read from the store at its first use.
    pub(super) fn of(&mut self, tx: &mut Tx<'_>, viewer: &Arc<str>) -> Result<&mut InUse> {
        use std::collections::btree_map::Entry;
        match self.by_viewer.entry(viewer.clone()) {
            Entry::Occupied(found) => Ok(found.into_mut()),
            Entry::Vacant(free) => Ok(free.insert(read(tx, viewer)?)),
        }
    }

    /// Writes what has changed.
    pub(super) fn save(&self, tx: &mut Tx<'_>) -> Result<()> {
        let mut new = Vec::new();
        for (viewer, in_use) in &self.by_viewer {
            let kept = in_use.keep();
            if kept != in_use.kept {
                new.push(records::new(KIND, viewer, in_use.version, &kept)?);
            }
        }
        tx.put(&new).map_err(Error::from)
    }
}

impl InUse {
    fn of(found: Option<Versioned<StoredWallet>>) -> InUse {
        let (kept, version) =
            found.map_or((StoredWallet::default(), 0), |found| (found.value, found.version));
        InUse {
            wallet: Wallet::new(kept.lots.clone(), kept.deficit),
            reversed: kept.reversed.clone(),
            waits: kept.waits.clone(),
            kept,
            version,
        }
    }

    fn keep(&self) -> StoredWallet {
        StoredWallet {
            lots: self.wallet.lots().to_vec(),
            deficit: self.wallet.deficit(),
            reversed: self.reversed.clone(),
            waits: self.waits.clone(),
        }
    }
}

fn read(tx: &mut Tx<'_>, viewer: &str) -> Result<InUse> {
    Ok(InUse::of(records::get(tx, KIND, viewer)?))
}

/// A wallet for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WalletReport {
    /// The viewer.
    pub viewer: String,
    /// Coins that can be spent.
    pub coins: u64,
    /// Coins of refunds that are being decided.
    pub frozen: u64,
    /// Coins owing from refunds of spent coins.
    pub deficit: u64,
    /// What was paid for the coins that are left, by currency.
    pub paid_for: Vec<String>,
    /// Lots, in the order in which they are spent.
    pub lots: Vec<LotReport>,
}

/// A lot for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LotReport {
    /// The purchase.
    pub purchase: Arc<str>,
    /// When.
    pub bought_at: Timestamp,
    /// Where.
    pub channel: Arc<str>,
    /// Coins bought.
    pub coins: u64,
    /// What was paid for them.
    #[serde(with = "earning::amount")]
    pub price: Money,
    /// Coins spent.
    pub spent: u64,
    /// Coins given back.
    pub returned: u64,
    /// Coins left.
    pub left: u64,
}

/// A viewer's wallet.
pub fn wallet(workspace: &Workspace, viewer: &str) -> Result<WalletReport> {
    let store = workspace.books()?;
    store.read(|tx| {
        let in_use = read(tx, viewer)?;
        if in_use.version == 0 {
            return Err(Error::usage(
                "live/unknown-viewer",
                format!("nobody sold coins to a viewer `{viewer}`"),
            )
            .hint("purchases come in by `permille import coin-purchase` and `permille live book`"));
        }
        let paid = tx.accounts(&AccountFilter::of(ledger::AccountKind::CoinLiability, viewer))?;
        let lots = in_use.wallet.lots();
        Ok(WalletReport {
            viewer: viewer.to_owned(),
            coins: in_use.wallet.available(),
            frozen: lots.iter().map(|lot| lot.frozen).sum(),
            deficit: in_use.wallet.deficit(),
            paid_for: paid
                .iter()
                .map(|state| {
                    Money::new(state.account.asset, state.balance.posted(ledger::Side::Credit)).to_string()
                })
                .collect(),
            lots: lots.iter().map(report).collect(),
        })
    })
}

fn report(lot: &Lot) -> LotReport {
    LotReport {
        purchase: lot.purchase.clone(),
        bought_at: lot.bought_at,
        channel: lot.channel.clone(),
        coins: lot.coins,
        price: lot.price,
        spent: lot.used,
        returned: lot.returned + lot.reclaimed,
        left: lot.unused(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wallet_is_kept_as_it_always_was() {
        let stored = concat!(
            r#"{"lots":[{"purchase":"p","bought_at":"2026-09-20T10:00:00Z","channel":"web","coins":100,"#,
            r#""price":"1.400000 USD","used":10,"reclaimed":2,"returned":3,"frozen":0}],"deficit":4,"reversed":{"7":2}}"#
        );
        let kept: StoredWallet = serde_json::from_str(stored).unwrap();
        assert_eq!(kept.lots[0].unused(), 87);
        assert_eq!(kept.reversed[&7], 2);
        assert_eq!(serde_json::to_string(&kept).unwrap(), stored);
    }
}
