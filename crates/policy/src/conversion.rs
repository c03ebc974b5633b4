//! Mechanism `conversion`: money buys tokens, tokens become units, units become money again. LIVE gifts, Bits.

use crate::condition::Condition;
use money::{Asset, Money, Ratio};

/// Mechanism `conversion`.
#[derive(Clone, Debug)]
pub struct Conversion {
    /// What viewers buy: COIN/0.
    pub token: Asset,
    /// What creators get: DIAMOND/0.
    pub unit: Asset,
    /// Units for one token.
    pub units_per_token: Ratio,
    /// What one unit is worth, in the program's currency.
    pub unit_value: Money,
    /// A streak of which nothing came for so long is over, in milliseconds.
    pub streak_timeout_ms: u32,
    /// Who gets the units of a gift to several hosts.
    pub split: SplitRule,
    /// From when on and how much units become money.
    pub redemption: Redemption,
    /// What happens when tokens go back.
    pub refunds: Refunds,
    /// What tokens cost, by channel and currency, in document order.
    pub packs: Vec<Pack>,
    /// Subscriptions, in document order.
    pub subscriptions: Vec<Subscription>,
}

/// Who gets the units of a gift to several hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SplitRule {
    /// The hosts whom the gift names, by the parts it states; equal parts where it states none.
    Stated,
    /// The one recipient, whatever else the gift states.
    Recipient,
}

impl SplitRule {
    /// The name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            SplitRule::Stated => "stated",
            SplitRule::Recipient => "recipient",
        }
    }
}

/// From when on and how much units become money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redemption {
    /// The smallest amount of one redemption.
    pub minimum: Money,
    /// The largest sum of one UTC day.
    pub daily_limit: Option<Money>,
}

/// What happens when tokens go back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refunds {
    /// Days after a purchase in which unused tokens can be given back; 0: not at all.
    pub window_days: u32,
    /// How tokens that were spent and go back all the same are made good.
    pub spent: SpentTokens,
    /// What becomes of the units that were given for them.
    pub units: RefundedUnits,
}

/// How tokens that were spent and go back all the same are made good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpentTokens {
    /// From what the viewer has, then from the viewer's next purchases.
    FuturePurchases,
    /// Not at all: the platform bears them.
    Platform,
}

impl SpentTokens {
    /// The name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            SpentTokens::FuturePurchases => "future_purchases",
            SpentTokens::Platform => "platform",
        }
    }
}

/// What becomes of the units that were given for tokens that go back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundedUnits {
    /// They are taken back from the creator.
    Reverse,
    /// The creator keeps them.
    Keep,
}

impl RefundedUnits {
    /// The name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            RefundedUnits::Reverse => "reverse",
            RefundedUnits::Keep => "keep",
        }
    }
}

/// Tokens as they are sold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pack {
    /// Where: `web`, `app_store`, ...
    pub channel: String,
    /// How many.
    pub tokens: u32,
    /// What all of them cost, with tax.
    pub price: Money,
}

/// A subscription and its share.
#[derive(Clone, Debug)]
pub struct Subscription {
    /// The tier's name as subscription events give it; `None`: every tier without an entry of its own.
    pub tier: Option<String>,
    /// The creator's share.
    pub creator_share: Ratio,
    /// What is added to it.
    pub bonuses: Vec<Bonus>,
}

/// Points added to a share.
#[derive(Clone, Debug)]
pub struct Bonus {
    /// The part of the payment that is added.
    pub add: Ratio,
    /// Conditions on the creator; all must hold.
    pub conditions: Vec<Condition>,
}

impl Conversion {
    /// The subscription of a tier: the entry of its name, else the one for every tier.
    pub fn subscription(&self, tier: Option<&str>) -> Option<&Subscription> {
        let named = |wanted: Option<&str>| {
            self.subscriptions
                .iter()
                .find(|subscription| subscription.tier.as_deref() == wanted)
        };
        tier.and_then(|tier| named(Some(tier))).or_else(|| named(None))
    }

    /// The pack of so many tokens in a channel and currency.
    pub fn pack(&self, channel: &str, currency: &str, tokens: u32) -> Option<&Pack> {
        self.packs.iter().find(|pack| {
            pack.channel == channel && pack.price.asset().code() == currency && pack.tokens == tokens
        })
    }
}
