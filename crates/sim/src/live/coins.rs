//! Coins: bought before they are given, sometimes given back.

use super::{Day, Purchase, Refund, SHORT_ONE_IN};
use crate::audience::Account;
use crate::rng::Rng;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;

/// Where coins are bought.
pub const CHANNELS: [&str; 3] = ["app_store", "play_store", "web"];

/// Coins and cents of the packs.
const PACKS: [(u32, i64); 8] = [
    (5, 7),
    (70, 99),
    (350, 499),
    (700, 999),
    (1_400, 1_999),
    (3_500, 4_999),
    (7_000, 9_999),
    (17_500, 24_999),
];

/// One in so many givers gives a pack back unused.
const REFUND_ONE_IN: u32 = 14;
/// One in so many givers charges the first pack back.
const CHARGEBACK_ONE_IN: u32 = 60;

/// Buys what a giver needs some minutes before a time.
pub fn buy(giver: &Account, needed: u32, before_ms: i64, rng: &mut Rng, day: &mut Day) {
    let channel = rng.below(CHANNELS.len() as u32) as u8;
    let mut at_ms = before_ms - i64::from(rng.between(2, 10)) * MINUTE_MS;
    let first = day.purchases.len();
    let mut missing = if rng.one_in(SHORT_ONE_IN) {
        needed / 2
    } else {
        needed
    };
    let mut pack = |at_ms: i64, (coins, cents): (u32, i64)| {
        day.purchases.push(Purchase {
            viewer: giver.id,
            country: giver.country,
            at_ms,
            channel,
            coins,
            micros: cents * 10_000,
        });
    };
    while missing > 0 {
        let fitting = PACKS.into_iter().find(|(coins, _)| *coins >= missing);
        let chosen = fitting.unwrap_or(PACKS[PACKS.len() - 1]);
        pack(at_ms, chosen);
        missing = missing.saturating_sub(chosen.0);
        at_ms += 1_000;
    }
    let refund = rng.one_in(REFUND_ONE_IN);
    if refund {
        pack(at_ms, PACKS[1 + rng.below(3) as usize]);
    }
    let chargeback = rng.one_in(CHARGEBACK_ONE_IN);
    let last = day.purchases.len() - 1;
    let mut give_back = |purchase: usize, days: u32, chargeback: bool| {
        day.refunds.push(Refund {
            purchase,
            viewer: giver.id,
            at_ms: at_ms + i64::from(days) * DAY_MS,
            chargeback,
        });
    };
    if refund {
        // Most ask in time, a few too late.
        let days = rng.between(1, 16);
        give_back(last, days, false);
    }
    if chargeback {
        let days = rng.between(5, 40);
        give_back(first, days, true);
    }
}
