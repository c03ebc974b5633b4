//! Accounts that several payees share, however each of them is written.

use super::payee_records;
use crate::base::error::Result;
use payout::batch::Payout;
use payout::payee::Place;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use store::Tx;

/// An account that several payees share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shared {
    /// The account; its number is masked.
    pub account: String,
    /// Creators whom this batch pays there.
    pub creators: Vec<String>,
    /// Other creators who have it among their payout methods.
    pub others: Vec<String>,
}

/// A place that payouts go to.
struct Paid {
    place: Place,
    account: String,
    creators: BTreeSet<String>,
    others: BTreeSet<String>,
}

/// Places, found by the texts that the same place has in common.
#[derive(Default)]
struct Places {
    all: Vec<Paid>,
    by_key: BTreeMap<String, Vec<usize>>,
}

impl Places {
    fn same(&self, place: &Place) -> BTreeSet<usize> {
        let near = place.keys().filter_map(|key| self.by_key.get(key)).flatten();
        let near: BTreeSet<usize> = near.copied().collect();
        near.into_iter()
            .filter(|number| self.all[*number].place.is_same(place))
            .collect()
    }

    fn add(&mut self, paid: Paid) -> usize {
        let number = self.all.len();
        for key in paid.place.keys() {
            self.by_key.entry(key.to_owned()).or_default().push(number);
        }
        self.all.push(paid);
        number
    }
}

/// Accounts that a batch pays to and that more than one payee has.
pub(super) fn shared(tx: &mut Tx<'_>, leaving: &[&Payout]) -> Result<Vec<Shared>> {
    let mut places = Places::default();
    for payout in leaving {
        let to = &payout.recipient;
        let place = to.to.place();
        let number = match places.same(&place).first() {
            Some(known) => *known,
            None => places.add(Paid {
                place,
                account: to.to.masked(),
                creators: BTreeSet::new(),
                others: BTreeSet::new(),
            }),
        };
        places.all[number].creators.insert(to.payee.to_string());
    }
    for (creator, payee) in payee_records::all(tx)? {
        for method in payee.methods.as_slice() {
            for number in places.same(&method.to.place()) {
                places.all[number].others.insert(creator.clone());
            }
        }
    }
    let shared = places.all.into_iter().filter_map(|mut paid| {
        paid.others.retain(|creator| !paid.creators.contains(creator));
        (paid.creators.len() + paid.others.len() > 1).then(|| Shared {
            account: paid.account,
            creators: paid.creators.into_iter().collect(),
            others: paid.others.into_iter().collect(),
        })
    });
    Ok(shared.collect())
}
