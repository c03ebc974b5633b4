//! Events of LIVE as plain rows: what a room showed, what a viewer bought, what a creator asked for.
//!
//! Nothing here is a booking: a frame is cumulative and may come twice, late or never (see crate `live`).

use crate::kind::{ActivityKind, RefundReason};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One frame of a gift streak.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GiftFrame {
    /// Names the frame once and for ever.
    pub event_id: Arc<str>,
    /// The LIVE room.
    pub room: Arc<str>,
    /// Who sends.
    pub viewer: Arc<str>,
    /// Which gift.
    pub gift: Arc<str>,
    /// When it was shown.
    pub occurred_at: Timestamp,
    /// Gifts in the streak so far.
    pub repeat_count: u32,
    /// The last frame of its streak.
    pub repeat_end: bool,
    /// Names the streak.
    pub streak: Option<Arc<str>>,
    /// 1: streakable; `None`: as the catalogue says.
    pub gift_type: Option<u32>,
    /// Coins for one gift, as the frame says.
    pub coins_each: Option<u32>,
    /// Who receives it; `None`: the room's host.
    pub to_user: Option<Arc<str>>,
    /// The room's host, as the frame says.
    pub host: Option<Arc<str>>,
    /// Hosts who share the gift, in the order given.
    pub split: Vec<Arc<str>>,
    /// Parts of each of them, as written, in the same order; empty: one each.
    pub split_parts: Vec<Arc<str>>,
}

/// Coins bought for money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoinPurchase {
    /// Names the purchase once and for ever.
    pub event_id: Arc<str>,
    /// Who bought.
    pub viewer: Arc<str>,
    /// When it was paid.
    pub occurred_at: Timestamp,
    /// Where.
    pub channel: Arc<str>,
    /// Coins bought.
    pub coins: u32,
    /// What was paid for all of them, in millionths of the currency.
    pub price_micros: i64,
    /// ISO 4217 code.
    pub currency: Arc<str>,
    /// Country of the buyer.
    pub country: Option<Arc<str>>,
}

/// Coins of a purchase given back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoinRefund {
    /// Names the refund once and for ever.
    pub event_id: Arc<str>,
    /// The purchase.
    pub purchase: Arc<str>,
    /// Who bought.
    pub viewer: Arc<str>,
    /// When it was asked for.
    pub occurred_at: Timestamp,
    /// Coins to give back; `None`: for a refund the unused ones, for a chargeback all.
    pub coins: Option<u32>,
    /// Why.
    pub reason: RefundReason,
}

/// What happened in a room besides gifts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomActivity {
    /// Names the activity once and for ever.
    pub event_id: Arc<str>,
    /// The LIVE room.
    pub room: Arc<str>,
    /// The room's host.
    pub host: Option<Arc<str>>,
    /// When.
    pub occurred_at: Timestamp,
    /// What.
    pub activity: ActivityKind,
    /// How many at once.
    pub count: u32,
    /// Who did it.
    pub viewer: Option<Arc<str>>,
    /// Names a battle.
    pub battle: Option<Arc<str>>,
    /// When the timer of a battle that starts runs out.
    pub battle_ends_at: Option<Timestamp>,
    /// Hosts on this host's side of a battle, sorted.
    pub team: Vec<Arc<str>>,
    /// Hosts on the other side, sorted.
    pub opponents: Vec<Arc<str>>,
}

/// A subscription to a creator, paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// Names the payment once and for ever.
    pub event_id: Arc<str>,
    /// Who subscribes.
    pub viewer: Arc<str>,
    /// To whom.
    pub creator: Arc<str>,
    /// When it was paid.
    pub occurred_at: Timestamp,
    /// What was paid for all months, in millionths of the currency.
    pub price_micros: i64,
    /// ISO 4217 code.
    pub currency: Arc<str>,
    /// The platform's name of the subscription.
    pub tier: Option<Arc<str>>,
    /// Months paid at once, from 1.
    pub months: u32,
    /// Country of the viewer.
    pub country: Option<Arc<str>>,
}

/// A creator's wish to turn diamonds into money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redemption {
    /// Names the request once and for ever.
    pub event_id: Arc<str>,
    /// Whose diamonds.
    pub creator: Arc<str>,
    /// When it was asked for.
    pub occurred_at: Timestamp,
    /// How many.
    pub diamonds: u32,
}

/// A gift of the catalogue as known from a time on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gift {
    /// Names the snapshot once and for ever.
    pub event_id: Arc<str>,
    /// The gift.
    pub gift: Arc<str>,
    /// From when this is true.
    pub effective_at: Timestamp,
    /// Name for people.
    pub name: Option<Arc<str>>,
    /// Coins for one gift.
    pub coins: u32,
    /// 1: streakable.
    pub gift_type: Option<u32>,
    /// Streakable, where there is no type.
    pub combo: Option<bool>,
}
