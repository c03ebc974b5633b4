//! The kinds of event, and the kinds of engagement.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What an event is about. Facts happen once; snapshots (`Creator`, `Video`, `Gift`) say what was true from
/// their effective time on. The kinds from `GiftFrame` on are LIVE's: no settlement of views reads them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// One playback of one video by one viewer.
    View,
    /// A like, comment, share, save, follow or "not interested".
    Engagement,
    /// An advertisement shown right after a video.
    AdImpression,
    /// Money put into a program's pool for a date (and, optionally, one country or payer).
    Funding,
    /// A creator as known from a time on.
    Creator,
    /// A video as known from a time on.
    Video,
    /// One frame of a gift streak as a LIVE room showed it: cumulative, not yet a booking.
    GiftFrame,
    /// Coins bought for money.
    CoinPurchase,
    /// Coins of a purchase given back, or the purchase charged back.
    CoinRefund,
    /// A like, join, follow, share, start, end or battle in a LIVE room. Never money.
    RoomActivity,
    /// A viewer's subscription to a creator.
    Subscription,
    /// A creator's wish to turn diamonds into money.
    Redemption,
    /// A gift of the catalogue as known from a time on.
    Gift,
}

impl Kind {
    /// Every kind, in the order in which they are listed to people.
    pub const ALL: [Kind; 13] = [
        Kind::View,
        Kind::Engagement,
        Kind::AdImpression,
        Kind::Funding,
        Kind::Creator,
        Kind::Video,
        Kind::GiftFrame,
        Kind::CoinPurchase,
        Kind::CoinRefund,
        Kind::RoomActivity,
        Kind::Subscription,
        Kind::Redemption,
        Kind::Gift,
    ];

    /// The name used on the command line, in mappings and as the archive's folder.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::View => "view",
            Kind::Engagement => "engagement",
            Kind::AdImpression => "ad_impression",
            Kind::Funding => "funding",
            Kind::Creator => "creator",
            Kind::Video => "video",
            Kind::GiftFrame => "gift_frame",
            Kind::CoinPurchase => "coin_purchase",
            Kind::CoinRefund => "coin_refund",
            Kind::RoomActivity => "room_activity",
            Kind::Subscription => "subscription",
            Kind::Redemption => "redemption",
            Kind::Gift => "gift",
        }
    }

    /// True for kinds that describe a state from an effective time on.
    pub const fn is_snapshot(self) -> bool {
        matches!(self, Kind::Creator | Kind::Video | Kind::Gift)
    }

    /// True for the kinds of LIVE rooms. They are booked from frames and purchases; counting and settling views
    /// never reads them.
    pub const fn is_live(self) -> bool {
        match self {
            Kind::View
            | Kind::Engagement
            | Kind::AdImpression
            | Kind::Funding
            | Kind::Creator
            | Kind::Video => false,
            Kind::GiftFrame
            | Kind::CoinPurchase
            | Kind::CoinRefund
            | Kind::RoomActivity
            | Kind::Subscription
            | Kind::Redemption
            | Kind::Gift => true,
        }
    }

    /// The kind of exactly this name.
    pub fn named(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = String;

    /// Reads a name as people type it: `gift-frame` is `gift_frame`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Kind::named(&text.replace('-', "_")).ok_or_else(|| {
            let names: Vec<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
            format!("unknown event kind `{text}`: it is one of {}", names.join(", "))
        })
    }
}

/// A kind of engagement. The discriminant is its bit in an engagement mask and its index in counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum EngagementKind {
    /// The viewer liked the video.
    Like = 0,
    /// The viewer commented.
    Comment = 1,
    /// The viewer shared or forwarded the video.
    Share = 2,
    /// The viewer saved the video.
    Save = 3,
    /// The viewer followed the creator from the video.
    Follow = 4,
    /// The viewer marked the video "not interested" or disliked it.
    NotInterested = 5,
}

impl EngagementKind {
    /// How many kinds there are.
    pub const COUNT: usize = 6;

    /// Every kind, in the order of its index.
    pub const ALL: [EngagementKind; Self::COUNT] = [
        EngagementKind::Like,
        EngagementKind::Comment,
        EngagementKind::Share,
        EngagementKind::Save,
        EngagementKind::Follow,
        EngagementKind::NotInterested,
    ];

    /// The name in data: also the name of the flag column on a view.
    pub const fn name(self) -> &'static str {
        match self {
            EngagementKind::Like => "like",
            EngagementKind::Comment => "comment",
            EngagementKind::Share => "share",
            EngagementKind::Save => "save",
            EngagementKind::Follow => "follow",
            EngagementKind::NotInterested => "not_interested",
        }
    }

    /// The kind's bit in an engagement mask.
    pub const fn bit(self) -> u8 {
        1 << (self as u8)
    }
}

/// What somebody did in a LIVE room, or what happened to it. Counted and shown; none of it is ever money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ActivityKind {
    /// Likes: taps on the screen, several in one event.
    Like,
    /// Viewers who came in.
    Join,
    /// Viewers who followed the host.
    Follow,
    /// Viewers who shared the room.
    Share,
    /// Comments.
    Comment,
    /// How many viewers were there at that moment.
    Viewers,
    /// The room opened.
    Start,
    /// The room closed.
    End,
    /// A battle began.
    BattleStart,
    /// A battle was over.
    BattleEnd,
}

impl ActivityKind {
    /// Every kind.
    pub const ALL: [ActivityKind; 10] = [
        ActivityKind::Like,
        ActivityKind::Join,
        ActivityKind::Follow,
        ActivityKind::Share,
        ActivityKind::Comment,
        ActivityKind::Viewers,
        ActivityKind::Start,
        ActivityKind::End,
        ActivityKind::BattleStart,
        ActivityKind::BattleEnd,
    ];

    /// The name in data.
    pub const fn name(self) -> &'static str {
        match self {
            ActivityKind::Like => "like",
            ActivityKind::Join => "join",
            ActivityKind::Follow => "follow",
            ActivityKind::Share => "share",
            ActivityKind::Comment => "comment",
            ActivityKind::Viewers => "viewers",
            ActivityKind::Start => "start",
            ActivityKind::End => "end",
            ActivityKind::BattleStart => "battle_start",
            ActivityKind::BattleEnd => "battle_end",
        }
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<ActivityKind> {
        ActivityKind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Why coins went back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundReason {
    /// The buyer asked for it within the rules of the channel.
    Refund,
    /// The buyer's bank took the money back, whatever the rules say.
    Chargeback,
}

impl RefundReason {
    /// Every reason.
    pub const ALL: [RefundReason; 2] = [RefundReason::Refund, RefundReason::Chargeback];

    /// The name in data.
    pub const fn name(self) -> &'static str {
        match self {
            RefundReason::Refund => "refund",
            RefundReason::Chargeback => "chargeback",
        }
    }

    /// The reason of this name.
    pub fn named(name: &str) -> Option<RefundReason> {
        RefundReason::ALL.into_iter().find(|reason| reason.name() == name)
    }
}
