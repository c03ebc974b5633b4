//! What a booking did, in numbers.

use serde::Serialize;

/// What a booking did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Booked {
    /// Events read.
    pub events: u64,
    /// Purchases of coins.
    pub purchases: u64,
    /// Gifts, each of a streak counted.
    pub gifts: u64,
    /// Coins given.
    pub coins: u64,
    /// Diamonds received.
    pub diamonds: u64,
    /// Gifts taken back, in all: they were none, or are booked anew among `gifts`.
    pub taken_back: u64,
    /// Refunds and chargebacks.
    pub refunds: u64,
    /// Subscriptions.
    pub subscriptions: u64,
    /// Redemptions of diamonds.
    pub redemptions: u64,
    /// Transactions dated in closed periods, booked for the first open one.
    pub late: u64,
    /// How many of them are dated in locked ones.
    pub late_of_locked: u64,
    /// What waits for coins or a price, now.
    pub waiting: u64,
    /// What was decided against.
    pub refused: u64,
    /// Events that have not happened yet, now.
    pub later: u64,
}
