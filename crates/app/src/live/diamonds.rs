//! Diamonds that leave a creator: redeemed for money, or taken back.
//!
//! They leave at their average value in the books, and what was paid for redeemed ones is kept as a sum: so nobody gives back more
//! than was paid, and when all is taken back nothing is left, in whatever order it was.

use super::group::Group;
use super::{diamond, part_of};
use crate::base::error::Result;
use crate::books::collected::{Got, given_back};
use crate::books::flow;
use crate::workspace::records::{self, Versioned};
use ledger::{Account, AccountKind, Posting, Side};
use money::Asset;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a creator was paid for diamonds, less what was taken back.
const PAID_FOR: &str = "redeemed-in-all";

/// Diamonds that a creator redeemed, and what was paid for them in smallest units.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PaidFor {
    pub diamonds: u64,
    /// How many of them have a source in the United States.
    pub us_diamonds: u64,
    #[serde(with = "money::whole")]
    pub money: i128,
    /// How much of the money has one.
    #[serde(with = "money::whole")]
    pub us_source: i128,
    /// What of it others than the creator's own payee collected.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub others: BTreeMap<String, Got>,
}

impl PaidFor {
    /// What payees got for so many diamonds, and so many from the United States, of a creator.
    pub(super) fn of((diamonds, us_diamonds): (u64, u64), creator: &str, got: BTreeMap<String, Got>) -> Self {
        let all = got.values().fold(Got::default(), |sum, one| sum.and(*one));
        let mut paid = Self {
            diamonds,
            us_diamonds,
            money: all.money,
            us_source: all.us_source,
            others: BTreeMap::new(),
        };
        paid.set_payees(creator, got);
        paid
    }

    const fn in_all(&self) -> Got {
        Got {
            money: self.money,
            us_source: self.us_source,
        }
    }

    /// What each payee got of it, the creator's own among them.
    pub(super) fn by_payee(&self, creator: &str) -> BTreeMap<String, Got> {
        let mut all = self.others.clone();
        let others = all.values().fold(Got::default(), |sum, one| sum.and(*one));
        all.insert(creator.to_owned(), self.in_all().less(others));
        all
    }

    /// Notes what each payee got.
    fn set_payees(&mut self, creator: &str, mut all: BTreeMap<String, Got>) {
        all.remove(creator);
        all.retain(|_, got| *got != Got::default());
        self.others = all;
    }
}

/// Diamonds that left the books. Their value is still to be taken from where it stands.
pub(super) struct Left {
    pub postings: Vec<Posting>,
    /// Where their value stands.
    pub owed: Account,
    /// What they stood for in the books on average, in smallest units.
    pub booked: i128,
    /// What all that were there stood for.
    pub of_all: i128,
    /// How many of them have a source in the United States.
    pub us: u64,
}

/// How many of `taken` diamonds have a source in the United States, where `us` of what is reversed has, and of `all` so many are
/// and so many of these have: as near to `us` as what is taken, and what stays, can have.
pub(super) fn part_from_us(us: u64, taken: u64, (all, all_us): (u64, u64)) -> u64 {
    let stays = all.saturating_sub(taken);
    let least = all_us.saturating_sub(stays);
    us.max(least).min(all_us.min(taken))
}

impl Group<'_, '_> {
    /// Takes diamonds, of so many that are there, out of the books. `us` says how many of them have a source in the United States
    /// where so many of those that are there have.
    pub(super) fn leave(
        &mut self,
        creator: &Arc<str>,
        (diamonds, there): (u64, u64),
        us: impl FnOnce(u64) -> u64,
        asset: Asset,
        why: Option<&str>,
    ) -> Result<Left> {
        let of = |kind, asset| Account::of(kind, creator.clone(), asset);
        let balance = of(AccountKind::CreatorDiamonds, diamond());
        let issued = Account::platform(AccountKind::DiamondsIssued, diamond());
        let owed = of(AccountKind::DiamondLiability, asset);
        let us_diamonds = of(AccountKind::UsSourceDiamonds, diamond());
        let us_contra = Account::platform(AccountKind::UsSourceDiamondsContra, diamond());
        let of_all = self.posted(&owed)?;
        let us = us(u64::try_from(self.posted(&us_diamonds)?).unwrap_or(0));
        let because = || why.map(Into::into);
        let flows = [
            flow(&balance, &issued, diamonds.into(), because())?,
            flow(&us_diamonds, &us_contra, us.into(), None)?,
        ];
        Ok(Left {
            postings: flows.into_iter().flatten().collect(),
            booked: part_of(of_all, diamonds, there),
            of_all,
            owed,
            us,
        })
    }

    fn posted(&mut self, account: &Account) -> Result<i128> {
        Ok(self.tx.balance(account)?.posted(Side::Credit))
    }

    /// Notes what was paid for diamonds.
    pub(super) fn note_paid(&mut self, creator: &str, asset: Asset, paid: PaidFor) -> Result<()> {
        let Versioned { value: all, version } = self.paid_for(creator, asset)?;
        let mut others = all.others;
        for (payee, got) in paid.others {
            let sum = others.entry(payee).or_default();
            *sum = sum.and(got);
        }
        let sum = PaidFor {
            diamonds: all.diamonds + paid.diamonds,
            us_diamonds: all.us_diamonds + paid.us_diamonds,
            money: all.money + paid.money,
            us_source: all.us_source + paid.us_source,
            others,
        };
        records::put(self.tx, PAID_FOR, &id(creator, asset), version, &sum)
    }

    /// What was paid for some of the diamonds that a creator redeemed, on average, `us` of them with a source in the United States
    /// if that can be: they are redeemed no longer. Each payee gives back of what it got.
    pub(super) fn unredeem(
        &mut self,
        creator: &str,
        asset: Asset,
        (diamonds, us): (u64, u64),
    ) -> Result<PaidFor> {
        let Versioned { value: all, version } = self.paid_for(creator, asset)?;
        let diamonds = diamonds.min(all.diamonds);
        if diamonds == 0 {
            return Ok(PaidFor::default());
        }
        let us_diamonds = part_from_us(us, diamonds, (all.diamonds, all.us_diamonds));
        let mut part = PaidFor {
            diamonds,
            us_diamonds,
            money: part_of(all.money, diamonds, all.diamonds),
            us_source: part_of(all.us_source, us_diamonds, all.us_diamonds),
            others: BTreeMap::new(),
        };
        let mut rest = PaidFor {
            diamonds: all.diamonds - part.diamonds,
            us_diamonds: all.us_diamonds - part.us_diamonds,
            money: all.money - part.money,
            us_source: all.us_source - part.us_source,
            others: BTreeMap::new(),
        };
        let mut left = all.by_payee(creator);
        let given = given_back(&left, part.in_all())?;
        for (payee, got) in &mut left {
            *got = got.less(given.get(payee).copied().unwrap_or_default());
        }
        part.set_payees(creator, given);
        rest.set_payees(creator, left);
        records::put(self.tx, PAID_FOR, &id(creator, asset), version, &rest)?;
        Ok(part)
    }

    fn paid_for(&mut self, creator: &str, asset: Asset) -> Result<Versioned<PaidFor>> {
        let found = records::get(self.tx, PAID_FOR, &id(creator, asset))?;
        Ok(found.unwrap_or(Versioned {
            value: PaidFor::default(),
            version: 0,
        }))
    }
}

fn id(creator: &str, asset: Asset) -> String {
    format!("{asset}/{creator}")
}
