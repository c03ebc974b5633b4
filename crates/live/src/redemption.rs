//! Diamonds to money: minimum, daily limit, the value in force.

use crate::exchange::Exchange;
use money::{Money, MoneyError};
use std::cmp::Ordering;
use std::fmt;

/// The rules of redemption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The figures in force.
    pub exchange: Exchange,
    /// The smallest amount.
    pub minimum: Money,
    /// The largest sum of a UTC day.
    pub daily_limit: Option<Money>,
}

/// What a creator has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// Diamonds that can be redeemed.
    pub diamonds: u64,
    /// What was redeemed that UTC day already.
    pub redeemed_today: Money,
}

/// A redemption that is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redeemed {
    /// Diamonds that are gone.
    pub diamonds: u64,
    /// The money for them.
    pub money: Money,
    /// The value of one diamond that was in force.
    pub unit_value: Money,
}

/// Why a redemption is not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No diamonds were asked for.
    Nothing,
    /// More than the creator has.
    NotEnough {
        /// Diamonds asked for.
        asked: u64,
        /// Diamonds there.
        available: u64,
    },
    /// Worth less than the minimum.
    BelowMinimum {
        /// What it would be worth.
        worth: Money,
        /// The minimum.
        minimum: Money,
    },
    /// More than is left of the day's limit.
    OverDailyLimit {
        /// What it would be worth.
        worth: Money,
        /// What is left of the limit that day.
        left: Money,
        /// The limit.
        limit: Money,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Nothing => f.write_str("no diamonds were asked for"),
            Refusal::NotEnough { asked, available } => {
                write!(f, "{asked} diamonds were asked for, and {available} are there")
            }
            Refusal::BelowMinimum { worth, minimum } => {
                write!(f, "{worth} is less than the smallest payment of {minimum}")
            }
            Refusal::OverDailyLimit { worth, left, limit } => {
                write!(
                    f,
                    "{worth} is more than the {left} left of the daily limit of {limit}"
                )
            }
        }
    }
}

/// Decides a redemption. The outer error is an amount that cannot be (another currency, too large); a refusal is a
/// decision.
pub fn redeem(
    diamonds: u64,
    account: &Account,
    rules: &Rules,
) -> Result<Result<Redeemed, Refusal>, MoneyError> {
    if diamonds == 0 {
        return Ok(Err(Refusal::Nothing));
    }
    if diamonds > account.diamonds {
        return Ok(Err(Refusal::NotEnough {
            asked: diamonds,
            available: account.diamonds,
        }));
    }
    let worth = rules.exchange.value(diamonds)?;
    if worth.compare(rules.minimum)? == Ordering::Less {
        let minimum = rules.minimum;
        return Ok(Err(Refusal::BelowMinimum { worth, minimum }));
    }
    if let Some(limit) = rules.daily_limit {
        let left = limit.checked_sub(account.redeemed_today)?;
        let left = if left.is_negative() {
            Money::zero(left.asset())
        } else {
            left
        };
        if worth.compare(left)? == Ordering::Greater {
            return Ok(Err(Refusal::OverDailyLimit { worth, left, limit }));
        }
    }
    Ok(Ok(Redeemed {
        diamonds,
        money: worth,
        unit_value: rules.exchange.unit_value,
    }))
}
