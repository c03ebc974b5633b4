//! The kinds of event, and the kinds of engagement.

use std::fmt;
use std::str::FromStr;

/// What an event is about. Facts (`View`, `Engagement`, `AdImpression`, `Funding`) happen once;
/// snapshots (`Creator`, `Video`) say what was true from their effective time on.
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
}

impl Kind {
    /// Every kind, in the order in which they are listed to people.
    pub const ALL: [Kind; 6] = [
        Kind::View,
        Kind::Engagement,
        Kind::AdImpression,
        Kind::Funding,
        Kind::Creator,
        Kind::Video,
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
        }
    }

    /// True for kinds that describe a state from an effective time on.
    pub const fn is_snapshot(self) -> bool {
        matches!(self, Kind::Creator | Kind::Video)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Kind::ALL
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or_else(|| {
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
