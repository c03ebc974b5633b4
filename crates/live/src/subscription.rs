//! Subscriptions: which payments are taken, and the creator's share of one, with its bonus.

use event::live::Subscription;
use money::{Money, MoneyError, Ratio, Rounding};
use std::fmt;

/// Why a subscription is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSubscribed {
    /// A price below zero.
    NegativePrice,
    /// The viewer is the creator.
    Oneself,
}

impl fmt::Display for NotSubscribed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NotSubscribed::NegativePrice => "the price of the subscription is below zero",
            NotSubscribed::Oneself => "viewers do not subscribe to themselves",
        })
    }
}

/// Whether a subscription is taken at all. One that costs nothing is: a trial, or a present of the platform.
pub fn check(subscription: &Subscription, price: Money) -> Result<(), NotSubscribed> {
    if price.is_negative() {
        return Err(NotSubscribed::NegativePrice);
    }
    if subscription.viewer == subscription.creator {
        return Err(NotSubscribed::Oneself);
    }
    Ok(())
}

/// A payment divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Divided {
    /// The creator's part.
    pub creator: Money,
    /// The platform's part: all the rest.
    pub platform: Money,
    /// The share that was applied.
    pub share: Ratio,
}

/// The share of a tier with the bonuses that were reached: their sum, at most everything.
pub fn share_with(base: Ratio, bonuses: impl IntoIterator<Item = Ratio>) -> Result<Ratio, MoneyError> {
    let mut share = base;
    for bonus in bonuses {
        share = share.checked_add(bonus)?;
    }
    Ok(share.min(Ratio::ONE))
}

/// Divides a payment. The creator's part is rounded down to the currency's unit; the platform has the rest, so that both
/// sum to the payment.
pub fn divide(price: Money, share: Ratio) -> Result<Divided, MoneyError> {
    let creator = price.mul_ratio(share, Rounding::Floor)?.value;
    Ok(Divided {
        creator,
        platform: price.checked_sub(creator)?,
        share,
    })
}
