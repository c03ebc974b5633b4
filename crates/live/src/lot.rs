//! A lot: the coins of one purchase and what was paid for them.
//!
//! Coins of a lot are numbered. Spending takes them from the front, giving back unused ones takes them from the back. The coins
//! number `from` (exclusive) to `to` are worth `floor(price * to / coins) - floor(price * from / coins)`: however a lot is taken
//! apart, its parts sum to its price.

use jiff::Timestamp;
use money::{Money, Ratio, Rounding};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The coins of one purchase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lot {
    /// The purchase's event id.
    pub purchase: Arc<str>,
    /// When it was paid.
    pub bought_at: Timestamp,
    /// Where.
    pub channel: Arc<str>,
    /// Country of the buyer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Arc<str>>,
    /// Coins bought, at least 1.
    pub coins: u64,
    /// What was paid for all of them.
    #[serde(with = "money::text")]
    pub price: Money,
    /// Coins gone from the front: spent on gifts, or taken for a deficit.
    pub used: u64,
    /// Of the used ones, how many were no gifts: taken for a deficit, or in the place of refunded coins.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub replacing: u64,
    /// Of the used ones, how many were given back afterwards: money returned although they were spent.
    pub reclaimed: u64,
    /// Unused coins given back, from the back.
    pub returned: u64,
    /// Unused coins that cannot be spent while a refund is pending.
    pub frozen: u64,
}

fn is_zero(coins: &u64) -> bool {
    *coins == 0
}

/// Some coins of a lot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The lot's purchase.
    pub purchase: Arc<str>,
    /// Where its buyer was.
    pub country: Option<Arc<str>>,
    /// Coins before the first.
    pub from: u64,
    /// The last coin's number.
    pub to: u64,
    /// What was paid for them.
    pub value: Money,
}

impl Part {
    /// How many coins.
    pub const fn coins(&self) -> u64 {
        self.to - self.from
    }
}

impl Lot {
    /// Coins that were neither used nor given back, frozen ones included.
    pub const fn unused(&self) -> u64 {
        self.coins - self.used - self.returned
    }

    /// Coins that can be spent.
    pub const fn available(&self) -> u64 {
        self.unused() - self.frozen
    }

    /// Used coins that were not given back.
    pub const fn reclaimable(&self) -> u64 {
        self.used - self.reclaimed
    }

    /// The coins number `from` (exclusive) to `to`.
    pub fn part(&self, from: u64, to: u64) -> Part {
        let worth = |coins: u64| {
            let part = Ratio::new(i128::from(coins), i128::from(self.coins));
            let part = part.expect("a lot has coins");
            let worth = self.price.mul_ratio(part, Rounding::Floor);
            worth
                .expect("a part of the price is not larger than the price")
                .value
        };
        let value = worth(to).checked_sub(worth(from));
        Part {
            purchase: Arc::clone(&self.purchase),
            country: self.country.clone(),
            from,
            to,
            value: value.expect("amounts of one asset, the second smaller"),
        }
    }

    /// Takes available coins from the front.
    pub(crate) fn take(&mut self, coins: u64) -> Part {
        debug_assert!(coins <= self.available());
        let from = self.used;
        self.used += coins;
        self.part(from, self.used)
    }

    /// Coins that were given as gifts and can be had back. Of a lot of which money went back for spent coins none can.
    pub(crate) const fn spent(&self) -> u64 {
        match self.reclaimed {
            0 => self.used - self.replacing,
            _ => 0,
        }
    }

    /// Makes coins that were given, the last ones, coins that can be spent again.
    pub(crate) fn put_back(&mut self, coins: u64) -> Part {
        debug_assert!(coins <= self.spent());
        let to = self.used;
        self.used -= coins;
        self.part(self.used, to)
    }

    /// Gives back unused coins from the back, frozen ones first.
    pub(crate) fn give_back(&mut self, coins: u64) -> Part {
        debug_assert!(coins <= self.unused());
        let to = self.coins - self.returned;
        self.returned += coins;
        self.frozen = self.frozen.saturating_sub(coins).min(self.unused());
        self.part(to - coins, to)
    }

    /// Takes available coins from the front, which become no gift.
    pub(crate) fn replace(&mut self, coins: u64) -> Part {
        self.replacing += coins;
        self.take(coins)
    }

    /// Used coins given back that had been given as gifts; those that were no gifts go back first.
    pub(crate) const fn given_back(&self) -> u64 {
        self.reclaimed.saturating_sub(self.replacing)
    }

    /// Notes used coins as given back, the last used first.
    pub(crate) fn reclaim(&mut self, coins: u64) -> Part {
        debug_assert!(coins <= self.reclaimable());
        let to = self.used - self.reclaimed;
        self.reclaimed += coins;
        self.part(to - coins, to)
    }
}
