//! The columns of every event kind: one table that import, archive, generator, kernel and documentation share.

mod live;

use crate::kind::Kind;

/// The type of a field's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// An opaque id: text of 1 to 128 bytes without control characters. Integers are read as their decimal text.
    Id,
    /// Several ids; in text, separated by `;`.
    IdList,
    /// Short text of at most 256 bytes (user agents: 1,024).
    Text,
    /// An instant in UTC, kept to the millisecond, from 1990 to 2100.
    Timestamp,
    /// A calendar date.
    Date,
    /// A whole number from 0 to the bound.
    Count {
        /// The largest accepted value.
        max: u32,
    },
    /// Yes or no; in text `true`/`false`, `1`/`0`, `yes`/`no`.
    Bool,
    /// A decimal with at most six places, kept as millionths.
    Decimal,
    /// An IP address; IPv4 is kept as a number, IPv6 is accepted and not kept.
    Ip,
}

/// Must a row have the field?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// A row without it is quarantined.
    Required,
    /// May be absent or empty; rules that need it are then reported as not evaluated.
    Optional,
    /// May be absent: it is then derived from other fields (an event id of a snapshot).
    Derived,
}

/// One field of an event kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Column name in files without a mapping, in mappings and in the archive.
    pub name: &'static str,
    /// Type of its values.
    pub ty: FieldType,
    /// Whether a row must have it.
    pub need: Need,
    /// What it means, with its unit.
    pub doc: &'static str,
}

const fn field(name: &'static str, ty: FieldType, need: Need, doc: &'static str) -> Field {
    Field { name, ty, need, doc }
}

use FieldType::{Bool, Count, Date, Decimal, Id, IdList, Ip, Text, Timestamp};
use Need::{Derived, Optional, Required};

/// The longest watched time or duration accepted for one view: 24 hours.
pub const MAX_MILLIS: u32 = 86_400_000;
/// The largest follower or post count.
pub const MAX_PEOPLE: u32 = 4_000_000_000;

const VIEW: &[Field] = &[
    field("event_id", Id, Required, "names the playback once and for ever"),
    field("viewer_id", Id, Required, "who watched"),
    field("video_id", Id, Required, "what was watched"),
    field("occurred_at", Timestamp, Required, "when the playback started"),
    field(
        "watched_ms",
        Count { max: MAX_MILLIS },
        Required,
        "milliseconds watched, loops included",
    ),
    field(
        "duration_ms",
        Count { max: MAX_MILLIS },
        Optional,
        "length of the video; 0 or empty: not known. The video snapshot wins",
    ),
    field(
        "creator_id",
        Id,
        Optional,
        "who made the video, as the log says. The video snapshot wins",
    ),
    field(
        "country",
        Text,
        Optional,
        "ISO 3166-1 alpha-2 country of the viewer, two capital letters",
    ),
    field(
        "surface",
        Text,
        Optional,
        "where it was shown: `for_you`, `following`, `profile`, `search`, ...",
    ),
    field("promoted", Bool, Optional, "shown because somebody paid for it"),
    field("ip", Ip, Optional, "address the playback came from"),
    field(
        "data_centre",
        Bool,
        Optional,
        "the platform's own finding that the address is a data centre's",
    ),
    field("user_agent", Text, Optional, "client's user agent"),
    field(
        "bot",
        Bool,
        Optional,
        "the platform's own finding that the client is a declared bot",
    ),
    field("like", Bool, Optional, "engagement carried on the view row"),
    field("comment", Bool, Optional, "engagement carried on the view row"),
    field("share", Bool, Optional, "engagement carried on the view row"),
    field("save", Bool, Optional, "engagement carried on the view row"),
    field("follow", Bool, Optional, "engagement carried on the view row"),
    field(
        "not_interested",
        Bool,
        Optional,
        "negative feedback carried on the view row",
    ),
];

const ENGAGEMENT: &[Field] = &[
    field("event_id", Id, Required, "names the act once and for ever"),
    field("viewer_id", Id, Required, "who acted"),
    field("video_id", Id, Required, "on which video"),
    field("occurred_at", Timestamp, Required, "when"),
    field(
        "engagement",
        Text,
        Required,
        "`like`, `comment`, `share`, `save`, `follow` or `not_interested`",
    ),
    field(
        "country",
        Text,
        Optional,
        "ISO 3166-1 alpha-2 country of the viewer, two capital letters",
    ),
];

const AD_IMPRESSION: &[Field] = &[
    field("event_id", Id, Required, "names the impression once and for ever"),
    field(
        "video_id",
        Id,
        Required,
        "the video just before the advertisement",
    ),
    field("occurred_at", Timestamp, Required, "when it was shown"),
    field(
        "revenue",
        Decimal,
        Required,
        "what the advertiser pays for it; may be negative for a correction",
    ),
    field("currency", Text, Required, "ISO 4217 code of the revenue"),
    field("category", Text, Optional, "category the advertiser bought"),
    field(
        "country",
        Text,
        Optional,
        "ISO 3166-1 alpha-2 country of the viewer, two capital letters",
    ),
    field("viewer_id", Id, Optional, "who saw it"),
];

const FUNDING: &[Field] = &[
    field(
        "event_id",
        Id,
        Derived,
        "derived from program, date, country and payer when absent",
    ),
    field("program", Text, Required, "id of the program whose pool it feeds"),
    field("date", Date, Required, "the day it is for"),
    field("country", Text, Optional, "only for this country's partition"),
    field(
        "payer_id",
        Id,
        Optional,
        "only for this payer's (viewer's) partition",
    ),
    field("amount", Decimal, Required, "money put into the pool"),
    field("currency", Text, Required, "ISO 4217 code of the amount"),
];

const CREATOR: &[Field] = &[
    field(
        "event_id",
        Id,
        Derived,
        "derived from creator and effective time when absent",
    ),
    field(
        "creator_id",
        Id,
        Required,
        "the creator; the same id as the creator's own viewer account",
    ),
    field("effective_at", Timestamp, Required, "from when this is true"),
    field("birth_date", Date, Optional, "birth date"),
    field(
        "adult",
        Bool,
        Optional,
        "of age, where the birth date is not given",
    ),
    field(
        "country",
        Text,
        Optional,
        "ISO 3166-1 alpha-2 country of residence, two capital letters",
    ),
    field(
        "followers",
        Count { max: MAX_PEOPLE },
        Optional,
        "authentic followers",
    ),
    field(
        "account_type",
        Text,
        Optional,
        "`personal`, `business`, `publisher`, `government`, ...",
    ),
    field(
        "standing",
        Text,
        Optional,
        "`good`, `warned`, `restricted`, `banned`",
    ),
    field("joined", IdList, Optional, "ids of the programs joined"),
    field(
        "posts",
        Count { max: MAX_PEOPLE },
        Optional,
        "public posts in all",
    ),
    field(
        "linked_accounts",
        IdList,
        Optional,
        "viewer accounts known to act with the creator",
    ),
];

const VIDEO: &[Field] = &[
    field(
        "event_id",
        Id,
        Derived,
        "derived from video and effective time when absent",
    ),
    field("video_id", Id, Required, "the video"),
    field("effective_at", Timestamp, Required, "from when this is true"),
    field("creator_id", Id, Required, "who made it"),
    field(
        "duration_ms",
        Count { max: MAX_MILLIS },
        Optional,
        "length; 0 or empty: not known",
    ),
    field("published_at", Timestamp, Optional, "when it was published"),
    field("category", Text, Optional, "category"),
    field(
        "original",
        Bool,
        Optional,
        "original work, not a copy, duet or stitch",
    ),
    field(
        "music_tracks",
        Count { max: 1_000 },
        Optional,
        "licensed music tracks used",
    ),
    field(
        "visibility",
        Text,
        Optional,
        "`public`, `friends`, `private`, `removed`",
    ),
    field(
        "search_value",
        Decimal,
        Optional,
        "how much people search for it: 0 to 1 by the platform's own measure",
    ),
];

/// The fields of a kind, in the order of the archive's columns.
pub const fn fields(kind: Kind) -> &'static [Field] {
    match kind {
        Kind::View => VIEW,
        Kind::Engagement => ENGAGEMENT,
        Kind::AdImpression => AD_IMPRESSION,
        Kind::Funding => FUNDING,
        Kind::Creator => CREATOR,
        Kind::Video => VIDEO,
        Kind::GiftFrame => live::GIFT_FRAME,
        Kind::CoinPurchase => live::COIN_PURCHASE,
        Kind::CoinRefund => live::COIN_REFUND,
        Kind::RoomActivity => live::ROOM_ACTIVITY,
        Kind::Subscription => live::SUBSCRIPTION,
        Kind::Redemption => live::REDEMPTION,
        Kind::Gift => live::GIFT,
    }
}

/// The field whose UTC date partitions the archive.
pub const fn time_field(kind: Kind) -> &'static str {
    match kind {
        Kind::View
        | Kind::Engagement
        | Kind::AdImpression
        | Kind::GiftFrame
        | Kind::CoinPurchase
        | Kind::CoinRefund
        | Kind::RoomActivity
        | Kind::Subscription
        | Kind::Redemption => "occurred_at",
        Kind::Funding => "date",
        Kind::Creator | Kind::Video | Kind::Gift => "effective_at",
    }
}

/// The field of a kind by name.
pub fn find(kind: Kind, name: &str) -> Option<&'static Field> {
    fields(kind).iter().find(|field| field.name == name)
}
