//! Subscription money that is held until its day, in `live-hold`: what was booked of subscriptions less what became payable.

use super::{amount, content, place};
use crate::base::error::{Error, Result};
use crate::books::{by_source, creators as creators_account};
use journal::{Entry, Subscribed, SubscriptionsReleased};
use ledger::{Account, AccountKind};
use money::Asset;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use store::{Checked, Record, StoredTransaction, Tx};

const HOLD: &str = "live-hold";

/// As the records keep it.
#[derive(Deserialize)]
struct Hold {
    released: bool,
    /// By program, creator and asset.
    amounts: BTreeMap<String, BTreeMap<String, BTreeMap<String, Held>>>,
}

/// Money that is held, in smallest units.
#[derive(Clone, Copy, Deserialize)]
struct Held {
    #[serde(with = "money::whole")]
    units: i128,
    #[serde(with = "money::whole")]
    us_source: i128,
}

/// What is booked and not payable, in smallest units, by day and account.
#[derive(Default)]
pub(super) struct Holds {
    booked: BTreeMap<(String, Account), i128>,
}

impl Holds {
    pub(super) fn take(&mut self, transaction: &StoredTransaction, entry: &Entry) {
        let (Entry::Subscribed(Subscribed { payable_on, .. })
        | Entry::SubscriptionsReleased(SubscriptionsReleased { payable_on, .. })) = entry
        else {
            return;
        };
        for posting in &transaction.postings {
            let (account, change) = match (posting.debit.kind, posting.credit.kind) {
                (AccountKind::CreatorPending, _) => (&posting.debit, -i128::from(posting.amount)),
                (_, AccountKind::CreatorPending) => (&posting.credit, i128::from(posting.amount)),
                _ => continue,
            };
            let key = (payable_on.clone(), account.clone());
            let held = self.booked.entry(key.clone()).or_default();
            *held += change;
            if *held == 0 {
                // What is released is done with: only what is held takes memory.
                self.booked.remove(&key);
            }
        }
    }

    /// Compares with the records. Returns what they hold by account: it must stand in `creator-pending`.
    pub(super) fn compare(
        mut self,
        tx: &mut Tx<'_>,
        checked: &mut Checked,
    ) -> Result<HashMap<Account, i128>> {
        let mut all: HashMap<Account, i128> = HashMap::new();
        tx.each_record(HOLD, |_, record| {
            let Some(hold) = content::<Hold>(record, checked) else {
                return Ok(());
            };
            if hold.released {
                return Ok(());
            }
            for (account, units) in hold.accounts(record, checked) {
                let booked = self.booked.remove(&(record.id.clone(), account.clone()));
                let booked = booked.unwrap_or_default();
                if booked != units {
                    checked.find(place(record), differs(&account, units, booked));
                }
                *all.entry(account).or_default() += units;
            }
            Ok::<_, Error>(())
        })?;
        for ((day, account), booked) in self.booked {
            checked.find(format!("{HOLD} `{day}`"), differs(&account, 0, booked));
        }
        Ok(all)
    }
}

impl Hold {
    /// What is held, by the account it stands in.
    fn accounts(self, record: &Record, checked: &mut Checked) -> Vec<(Account, i128)> {
        let mut all = Vec::new();
        for (program, creators) in self.amounts {
            for (creator, assets) in creators {
                let owner: Arc<str> = creator.into();
                for (asset, held) in assets {
                    let Ok(asset) = asset.parse::<Asset>() else {
                        checked.find(place(record), format!("`{asset}` is no asset"));
                        continue;
                    };
                    let both = by_source(held.units, held.us_source).into_iter();
                    all.extend(both.filter(|(_, units)| *units != 0).map(|(source, units)| {
                        let kind = AccountKind::CreatorPending;
                        let account = creators_account(kind, owner.clone(), asset, (&program, source));
                        (account, units)
                    }));
                }
            }
        }
        all
    }
}

fn differs(account: &Account, held: i128, booked: i128) -> String {
    format!(
        "it holds {} in `{account}`, and the subscriptions that are booked and not payable come to {}",
        amount(account.asset, held),
        amount(account.asset, booked)
    )
}
