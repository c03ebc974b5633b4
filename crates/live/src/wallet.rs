//! A viewer's coins: lots spent first in, first out; refunds, chargebacks and what they leave owing.
//!
//! There is no overdraft: spending takes all the coins asked for or none. A refund of coins that are spent already takes as many
//! from what the wallet holds, and what is missing is a deficit: it is taken from the next purchases before the viewer
//! can spend them.

use crate::lot::{Lot, Part};
use event::kind::RefundReason;
use event::live::CoinPurchase;
use jiff::{SignedDuration, Timestamp};
use money::Money;
use std::fmt;
use std::sync::Arc;

/// A viewer's coins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wallet {
    /// Lots in the order in which they are spent: by time of purchase, then purchase id.
    lots: Vec<Lot>,
    /// Coins that were given back although they were spent and that no later purchase has made good.
    deficit: u64,
}

/// What a purchase did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bought {
    /// The new lot, as it is after a deficit was taken.
    pub lot: Lot,
    /// Coins of it that were taken for a deficit at once.
    pub for_deficit: Option<Part>,
    /// What is still owing.
    pub deficit: u64,
}

/// Why a purchase makes no lot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotBought {
    /// A purchase of no coins.
    NoCoins,
    /// A price below zero.
    NegativePrice,
    /// The wallet has this purchase already.
    Known,
}

impl fmt::Display for NotBought {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NotBought::NoCoins => "the purchase has no coins",
            NotBought::NegativePrice => "the price of the purchase is below zero",
            NotBought::Known => "the purchase is in the wallet already",
        })
    }
}

/// Coins that are not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotEnough {
    /// Coins asked for.
    pub asked: u64,
    /// Coins that can be spent.
    pub available: u64,
}

impl fmt::Display for NotEnough {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} coins are needed, and {} can be spent",
            self.asked, self.available
        )
    }
}

/// What a refund or chargeback did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refunded {
    /// Unused coins of the lot that are gone, and the money that goes back for them.
    pub unused: Option<Part>,
    /// Spent coins of the lot whose money goes back all the same.
    pub spent: Option<Part>,
    /// How many of the spent ones were given as gifts, which are those to reverse: others were taken for a deficit, or in the place
    /// of refunded coins.
    pub given: u64,
    /// Coins of any lot taken in place of the spent ones, in the order of lots.
    pub taken: Vec<Part>,
    /// Coins that were missing and are owing now, besides what was owing before.
    pub deficit_added: u64,
    /// What is owing now.
    pub deficit: u64,
}

impl Refunded {
    /// The money that goes back, of unused and spent coins together.
    pub fn money(&self) -> Option<Money> {
        let parts = self.unused.iter().chain(&self.spent);
        parts
            .map(|part| part.value)
            .reduce(|sum, value| sum.checked_add(value).expect("parts of one price"))
    }
}

/// Why a refund is not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotRefunded {
    /// The wallet has no such purchase.
    UnknownPurchase {
        /// The purchase.
        purchase: Arc<str>,
    },
    /// It is dated before the purchase.
    BeforePurchase {
        /// When the coins were bought.
        bought_at: Timestamp,
    },
    /// The refund came too late.
    WindowOver {
        /// Days in which a refund can be asked for.
        window_days: u32,
        /// When the coins were bought.
        bought_at: Timestamp,
    },
    /// No coins were asked for.
    NoCoins,
    /// Nothing of the lot is left to give back.
    NothingLeft {
        /// The purchase.
        purchase: Arc<str>,
    },
    /// More coins than the lot has left to give back.
    TooMany {
        /// Coins asked for.
        asked: u64,
        /// Coins, unused and spent, not given back yet.
        left: u64,
    },
}

impl fmt::Display for NotRefunded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotRefunded::UnknownPurchase { purchase } => {
                write!(f, "no purchase {purchase} of this viewer is known")
            }
            NotRefunded::BeforePurchase { bought_at } => {
                write!(f, "the coins were bought only at {bought_at}")
            }
            NotRefunded::NoCoins => f.write_str("no coins were asked for"),
            NotRefunded::WindowOver {
                window_days,
                bought_at,
            } => write!(
                f,
                "coins bought at {bought_at} can be given back for {window_days} days"
            ),
            NotRefunded::NothingLeft { purchase } => {
                write!(f, "purchase {purchase} has no coins left to give back")
            }
            NotRefunded::TooMany { asked, left } => {
                write!(
                    f,
                    "{asked} coins were to go back, and {left} of the purchase are left"
                )
            }
        }
    }
}

/// How coins that were spent and go back all the same are made good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpentCoins {
    /// From what the wallet holds, then from future purchases.
    FuturePurchases,
    /// Not at all: the platform bears them.
    Platform,
}

/// A refund or chargeback as asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refund<'a> {
    /// The purchase.
    pub purchase: &'a str,
    /// Coins to give back; `None`: for a refund the unused ones, for a chargeback all.
    pub coins: Option<u64>,
    /// When it was asked for.
    pub at: Timestamp,
    /// Why. A chargeback knows no window.
    pub reason: RefundReason,
    /// Days after the purchase in which a refund can be asked for.
    pub window_days: u32,
    /// How spent coins are made good.
    pub spent: SpentCoins,
}

impl Wallet {
    /// A wallet as it was stored.
    pub fn new(mut lots: Vec<Lot>, deficit: u64) -> Wallet {
        lots.sort_by(|a, b| (a.bought_at, &a.purchase).cmp(&(b.bought_at, &b.purchase)));
        Wallet { lots, deficit }
    }

    /// The lots in the order in which they are spent.
    pub fn lots(&self) -> &[Lot] {
        &self.lots
    }

    /// Coins owing from refunds of spent coins.
    pub const fn deficit(&self) -> u64 {
        self.deficit
    }

    /// Coins that can be spent.
    pub fn available(&self) -> u64 {
        self.lots.iter().map(Lot::available).sum()
    }

    /// Adds a purchase. What is owing is taken from it at once.
    pub fn buy(&mut self, purchase: &CoinPurchase, price: Money) -> Result<Bought, NotBought> {
        if purchase.coins == 0 {
            return Err(NotBought::NoCoins);
        }
        if price.is_negative() {
            return Err(NotBought::NegativePrice);
        }
        if self.lots.iter().any(|lot| lot.purchase == purchase.event_id) {
            return Err(NotBought::Known);
        }
        let mut lot = Lot {
            purchase: Arc::clone(&purchase.event_id),
            bought_at: purchase.occurred_at,
            channel: Arc::clone(&purchase.channel),
            country: purchase.country.clone(),
            coins: u64::from(purchase.coins),
            price,
            used: 0,
            replacing: 0,
            reclaimed: 0,
            returned: 0,
            frozen: 0,
        };
        let owed = self.deficit.min(lot.coins);
        let for_deficit = (owed > 0).then(|| lot.replace(owed));
        self.deficit -= owed;
        let at = self
            .lots
            .partition_point(|other| (other.bought_at, &other.purchase) < (lot.bought_at, &lot.purchase));
        self.lots.insert(at, lot.clone());
        Ok(Bought {
            lot,
            for_deficit,
            deficit: self.deficit,
        })
    }

    /// Spends coins, the oldest first: all that are asked for, or none.
    pub fn spend(&mut self, coins: u64) -> Result<Vec<Part>, NotEnough> {
        let available = self.available();
        if coins > available {
            return Err(NotEnough {
                asked: coins,
                available,
            });
        }
        Ok(self.take(coins, Lot::take))
    }

    /// Puts coins of a gift back that was none: of so many bought in a country and of the others those that were spent last. Then the
    /// wallet is as if it had never been given. All of them, or none: where coins are owing, or were paid back after they were spent,
    /// it could not be as if.
    pub fn put_back(&mut self, coins: u64, country: &str, of_country: u64) -> Option<Vec<Part>> {
        let is_of = |lot: &Lot| lot.country.as_deref() == Some(country);
        let both = [(true, of_country), (false, coins.checked_sub(of_country)?)];
        let spent = |of: bool| {
            let lots = self.lots.iter().filter(|lot| is_of(lot) == of);
            lots.map(Lot::spent).sum::<u64>()
        };
        if self.deficit > 0 || both.iter().any(|(of, coins)| spent(*of) < *coins) {
            return None;
        }
        let mut parts = Vec::new();
        for (of, mut left) in both {
            for lot in self.lots.iter_mut().rev().filter(|lot| is_of(lot) == of) {
                let back = left.min(lot.spent());
                if back > 0 {
                    parts.push(lot.put_back(back));
                    left -= back;
                }
            }
        }
        Some(parts)
    }

    /// Takes available coins, as many as there are up to a number.
    fn take(&mut self, coins: u64, how: fn(&mut Lot, u64) -> Part) -> Vec<Part> {
        let mut left = coins;
        let mut parts = Vec::new();
        for lot in &mut self.lots {
            let taken = left.min(lot.available());
            if taken > 0 {
                parts.push(how(lot, taken));
                left -= taken;
            }
        }
        parts
    }

    /// Keeps the unused coins of a purchase from being spent while a refund is pending. Returns how many are frozen.
    pub fn freeze(&mut self, purchase: &str) -> Result<u64, NotRefunded> {
        let lot = self.lot(purchase)?;
        lot.frozen = lot.unused();
        Ok(lot.frozen)
    }

    /// Lets the coins of a purchase be spent again. Returns how many.
    pub fn unfreeze(&mut self, purchase: &str) -> Result<u64, NotRefunded> {
        Ok(std::mem::take(&mut self.lot(purchase)?.frozen))
    }

    fn lot(&mut self, purchase: &str) -> Result<&mut Lot, NotRefunded> {
        let found = self.lots.iter_mut().find(|lot| &*lot.purchase == purchase);
        found.ok_or_else(|| NotRefunded::UnknownPurchase {
            purchase: purchase.into(),
        })
    }

    /// Gives coins of a purchase back: unused ones first, then spent ones, in whose place the wallet's other coins
    /// are taken, and what is missing becomes a deficit.
    pub fn refund(&mut self, refund: &Refund<'_>) -> Result<Refunded, NotRefunded> {
        let lot = self.lot(refund.purchase)?;
        let elapsed = refund.at.duration_since(lot.bought_at);
        if elapsed.is_negative() {
            return Err(NotRefunded::BeforePurchase {
                bought_at: lot.bought_at,
            });
        }
        let window = SignedDuration::from_hours(24 * i64::from(refund.window_days));
        if refund.reason == RefundReason::Refund && elapsed > window {
            return Err(NotRefunded::WindowOver {
                window_days: refund.window_days,
                bought_at: lot.bought_at,
            });
        }
        if refund.coins == Some(0) {
            return Err(NotRefunded::NoCoins);
        }
        let left = lot.unused() + lot.reclaimable();
        let asked = match (refund.coins, refund.reason) {
            (Some(coins), _) => coins,
            (None, RefundReason::Refund) => lot.unused(),
            (None, RefundReason::Chargeback) => left,
        };
        if asked == 0 {
            return Err(NotRefunded::NothingLeft {
                purchase: refund.purchase.into(),
            });
        }
        if asked > left {
            return Err(NotRefunded::TooMany { asked, left });
        }
        let unused = asked.min(lot.unused());
        let spent = asked - unused;
        let unused = (unused > 0).then(|| lot.give_back(unused));
        let before = lot.given_back();
        let spent_part = (spent > 0).then(|| lot.reclaim(spent));
        let given = lot.given_back() - before;
        let owed = match refund.spent {
            SpentCoins::FuturePurchases => spent,
            SpentCoins::Platform => 0,
        };
        let taken = self.take(owed, Lot::replace);
        let deficit_added = owed - taken.iter().map(Part::coins).sum::<u64>();
        self.deficit += deficit_added;
        Ok(Refunded {
            unused,
            spent: spent_part,
            given,
            taken,
            deficit_added,
            deficit: self.deficit,
        })
    }
}
