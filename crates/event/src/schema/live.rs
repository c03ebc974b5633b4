//! The columns of LIVE: gift frames, coins, rooms, subscriptions, redemptions and the gift catalogue.

use super::FieldType::{Bool, Count, Decimal, Id, IdList, Text, Timestamp};
use super::Need::{Derived, Optional, Required};
use super::{Field, field};

/// The most coins or diamonds in one event.
pub const MAX_COINS: u32 = 4_000_000_000;
/// The most gifts in one streak.
pub const MAX_REPEAT: u32 = 10_000_000;
/// The longest subscription paid at once, in months.
pub const MAX_MONTHS: u32 = 120;

pub(super) const GIFT_FRAME: &[Field] = &[
    field(
        "event_id",
        Id,
        Derived,
        "names the frame once and for ever; derived from all other fields that tell frames apart when absent",
    ),
    field("room_id", Id, Required, "the LIVE room"),
    field("viewer_id", Id, Required, "who sends the gift"),
    field("gift_id", Id, Required, "which gift of the catalogue"),
    field("occurred_at", Timestamp, Required, "when the frame was shown"),
    field(
        "repeat_count",
        Count { max: MAX_REPEAT },
        Required,
        "gifts in the streak so far: cumulative, never added up",
    ),
    field(
        "repeat_end",
        Bool,
        Optional,
        "the streak is over: its last frame. Empty: no",
    ),
    field(
        "streak_id",
        Id,
        Optional,
        "names the streak; without it, or with 0, frames are told apart by time and count",
    ),
    field(
        "gift_type",
        Count { max: 1_000 },
        Optional,
        "1: streakable, booked when it ends. Others are booked at once. Empty: as the catalogue says",
    ),
    field(
        "coins_each",
        Count { max: MAX_COINS },
        Optional,
        "coins for one gift, as the frame says. The catalogue wins",
    ),
    field(
        "to_user_id",
        Id,
        Optional,
        "who receives it, where a room has several guests. Empty: whom other frames of its streak name, else the room's host",
    ),
    field("host_id", Id, Optional, "the room's host"),
    field(
        "split",
        IdList,
        Optional,
        "hosts who share the gift, in an order of their own",
    ),
    field(
        "split_parts",
        IdList,
        Optional,
        "how many parts each of them gets, whole numbers in the same order. Empty: one each",
    ),
];

pub(super) const COIN_PURCHASE: &[Field] = &[
    field("event_id", Id, Required, "names the purchase once and for ever"),
    field("viewer_id", Id, Required, "who bought"),
    field("occurred_at", Timestamp, Required, "when it was paid"),
    field(
        "channel",
        Text,
        Required,
        "where: `web`, `app_store`, `play_store`, `gift_card`, ...",
    ),
    field("coins", Count { max: MAX_COINS }, Required, "coins bought"),
    field(
        "price",
        Decimal,
        Required,
        "what was paid for all of them, with tax",
    ),
    field("currency", Text, Required, "ISO 4217 code of the price"),
    field(
        "country",
        Text,
        Optional,
        "ISO 3166-1 alpha-2 country of the buyer, two capital letters",
    ),
];

pub(super) const COIN_REFUND: &[Field] = &[
    field("event_id", Id, Required, "names the refund once and for ever"),
    field("purchase_id", Id, Required, "the purchase's `event_id`"),
    field("viewer_id", Id, Required, "who bought"),
    field(
        "occurred_at",
        Timestamp,
        Required,
        "when it was asked for, or charged back",
    ),
    field(
        "coins",
        Count { max: MAX_COINS },
        Optional,
        "coins to give back. Empty: for a refund the unused ones, for a chargeback all",
    ),
    field("reason", Text, Required, "`refund` or `chargeback`"),
];

pub(super) const ROOM_ACTIVITY: &[Field] = &[
    field("event_id", Id, Required, "names the activity once and for ever"),
    field("room_id", Id, Required, "the LIVE room"),
    field(
        "host_id",
        Id,
        Optional,
        "the room's host; said at its start at the latest",
    ),
    field("occurred_at", Timestamp, Required, "when"),
    field(
        "activity",
        Text,
        Required,
        "`like`, `join`, `follow`, `share`, `comment`, `viewers`, `start`, `end`, `battle_start` or `battle_end`",
    ),
    field(
        "count",
        Count { max: MAX_COINS },
        Optional,
        "how many at once; empty: one. Of `viewers`: how many were there",
    ),
    field("viewer_id", Id, Optional, "who did it"),
    field(
        "battle_id",
        Id,
        Optional,
        "names a battle; the same in every room that takes part",
    ),
    field(
        "battle_ends_at",
        Timestamp,
        Optional,
        "when the timer of a battle that starts runs out",
    ),
    field(
        "team",
        IdList,
        Optional,
        "hosts on this host's side of a battle, this host included",
    ),
    field(
        "opponents",
        IdList,
        Optional,
        "hosts on the other side of a battle",
    ),
];

pub(super) const SUBSCRIPTION: &[Field] = &[
    field("event_id", Id, Required, "names the payment once and for ever"),
    field("viewer_id", Id, Required, "who subscribes"),
    field("creator_id", Id, Required, "to whom"),
    field("occurred_at", Timestamp, Required, "when it was paid"),
    field("price", Decimal, Required, "what was paid, for all months"),
    field("currency", Text, Required, "ISO 4217 code of the price"),
    field("tier", Text, Optional, "the platform's name of the subscription"),
    field(
        "months",
        Count { max: MAX_MONTHS },
        Optional,
        "months paid at once; empty: one",
    ),
    field(
        "country",
        Text,
        Optional,
        "ISO 3166-1 alpha-2 country of the viewer, two capital letters",
    ),
];

pub(super) const REDEMPTION: &[Field] = &[
    field("event_id", Id, Required, "names the request once and for ever"),
    field("creator_id", Id, Required, "whose diamonds"),
    field("occurred_at", Timestamp, Required, "when it was asked for"),
    field(
        "diamonds",
        Count { max: MAX_COINS },
        Required,
        "diamonds to turn into money",
    ),
];

pub(super) const GIFT: &[Field] = &[
    field(
        "event_id",
        Id,
        Derived,
        "derived from gift and effective time when absent",
    ),
    field("gift_id", Id, Required, "the gift"),
    field("effective_at", Timestamp, Required, "from when this is true"),
    field("name", Text, Optional, "name for people"),
    field("coins", Count { max: MAX_COINS }, Required, "coins for one gift"),
    field(
        "gift_type",
        Count { max: 1_000 },
        Optional,
        "1: streakable. Other types come once",
    ),
    field("combo", Bool, Optional, "streakable, where there is no type"),
];
