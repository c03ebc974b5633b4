//! Subscription money that is held until its day, in `live-hold`: what was booked of subscriptions less what became payable.

use super::{amount, content, place};
use crate::error::{Error, Result};
use journal::{Entry, Subscribed, SubscriptionsReleased};
use ledger::{Account, AccountKind};
use money::Asset;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use store::{Checked, StoredTransaction, Tx};

const HOLD: &str = "live-hold";

/// As the records keep it.
#[derive(Deserialize)]
struct Hold {
    released: bool,
    amounts: BTreeMap<String, BTreeMap<String, Held>>,
}

/// Money that is held, in smallest units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
struct Held {
    units: i128,
    us_source: i128,
}

/// What is booked and not payable, by day, creator and asset.
#[derive(Default)]
pub(super) struct Holds {
    booked: BTreeMap<(String, Arc<str>, Asset), Held>,
}

impl Holds {
    pub(super) fn take(&mut self, transaction: &StoredTransaction, entry: &Entry) {
        let (day, released_us) = match entry {
            Entry::Subscribed(Subscribed { payable_on, .. }) => (payable_on, None),
            Entry::SubscriptionsReleased(SubscriptionsReleased {
                payable_on,
                us_source,
                ..
            }) => (payable_on, Some(*us_source)),
            _ => return,
        };
        for posting in &transaction.postings {
            let (account, change) = match (posting.debit.kind, posting.credit.kind) {
                (AccountKind::CreatorPending, _) => (&posting.debit, -i128::from(posting.amount)),
                (_, AccountKind::CreatorPending) => (&posting.credit, i128::from(posting.amount)),
                // A subscription books its statistics beside the money, a release tells them.
                (_, AccountKind::UsSource) if released_us.is_none() => {
                    self.add(day, &posting.credit, 0, posting.amount.into());
                    continue;
                }
                _ => continue,
            };
            self.add(day, account, change, -released_us.unwrap_or(0));
        }
    }

    fn add(&mut self, day: &str, account: &Account, units: i128, us_source: i128) {
        let key = (day.to_owned(), account.owner.clone(), account.asset);
        let held = self.booked.entry(key.clone()).or_default();
        held.units += units;
        held.us_source += us_source;
        if *held == Held::default() {
            // What is released is done with: only what is held takes memory.
            self.booked.remove(&key);
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
            let amounts = hold.amounts.into_iter().filter(|_| !hold.released);
            for (creator, asset, held) in amounts.flat_map(|(creator, assets)| {
                assets
                    .into_iter()
                    .map(move |(asset, held)| (creator.clone(), asset, held))
            }) {
                let Ok(asset) = asset.parse::<Asset>() else {
                    checked.find(place(record), format!("`{asset}` is no asset"));
                    continue;
                };
                let owner: Arc<str> = creator.as_str().into();
                let booked = self.booked.remove(&(record.id.clone(), owner.clone(), asset));
                let booked = booked.unwrap_or_default();
                if booked != held {
                    checked.find(place(record), differs(&creator, asset, held, booked));
                }
                *all.entry(Account::of(AccountKind::CreatorPending, owner, asset))
                    .or_default() += held.units;
            }
            Ok::<_, Error>(())
        })?;
        for ((day, creator, asset), booked) in self.booked {
            checked.find(
                format!("{HOLD} `{day}`"),
                differs(&creator, asset, Held::default(), booked),
            );
        }
        Ok(all)
    }
}

fn differs(creator: &str, asset: Asset, held: Held, booked: Held) -> String {
    if held.units == booked.units {
        return format!(
            "of what it holds for `{creator}` {} have a source in the United States, and the subscriptions that are booked say {}",
            amount(asset, held.us_source),
            amount(asset, booked.us_source)
        );
    }
    format!(
        "it holds {} for `{creator}`, and the subscriptions that are booked and not payable come to {}",
        amount(asset, held.units),
        amount(asset, booked.units)
    )
}
