//! The names that formulas may use: one table that checking, settlement and documentation share.
//!
//! What a platform did not tell about a creator or a video is *not known*: it is never taken for zero,
//! empty or false. A formula that needs it has no value, unless it says `name ?? other`.

use crate::program::{Lookback, LookbackMeasure, LookbackSubject};
use formula::Type;
use std::fmt;
use std::ops::Range;

/// Whom a variable is about, and so where it may be used: a creator's condition knows only the
/// creator, a video's condition the video and its creator, a weight or a rate everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// The creator.
    Creator,
    /// The video.
    Video,
    /// What is paid: one video in one country (on one day, by one payer, as the pool is partitioned).
    Unit,
}

/// A name that formulas may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable {
    /// The name as written in formulas.
    pub name: &'static str,
    /// Type of its value.
    pub ty: Type,
    /// Whom it is about.
    pub level: Level,
    /// What it means, with its unit.
    pub doc: &'static str,
}

/// A family of look-back variables: `prefix` + days + `d`, e.g. `creator.views_30d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LookbackFamily {
    /// The name up to the number of days.
    pub prefix: &'static str,
    /// Whose.
    pub subject: LookbackSubject,
    /// What.
    pub measure: LookbackMeasure,
    /// What it means.
    pub doc: &'static str,
}

/// The longest look-back window in days.
pub const MAX_LOOKBACK_DAYS: u16 = 400;

const fn number(level: Level, name: &'static str, doc: &'static str) -> Variable {
    Variable {
        name,
        ty: Type::Number,
        level,
        doc,
    }
}

const fn text(level: Level, name: &'static str, doc: &'static str) -> Variable {
    Variable {
        name,
        ty: Type::Text,
        level,
        doc,
    }
}

const fn truth(level: Level, name: &'static str, doc: &'static str) -> Variable {
    Variable {
        name,
        ty: Type::Bool,
        level,
        doc,
    }
}

use Level::{Creator, Unit, Video};

/// Every variable but look-backs and the program's own tables, in the order of the documentation.
pub const VARIABLES: &[Variable] = &[
    number(Unit, "views", "views, whatever their verdict"),
    number(Unit, "qualified_views", "views that qualified"),
    number(
        Unit,
        "watched_seconds",
        "seconds watched in all views but duplicates",
    ),
    number(
        Unit,
        "qualified_watched_seconds",
        "seconds watched in qualified views",
    ),
    number(
        Unit,
        "completions",
        "qualified views watched to the video's end or longer",
    ),
    number(Unit, "likes", "likes, once per viewer and video"),
    number(Unit, "comments", "comments, once per viewer and video"),
    number(Unit, "shares", "shares, once per viewer and video"),
    number(Unit, "saves", "saves, once per viewer and video"),
    number(
        Unit,
        "follows",
        "follows of the creator from the video, once per viewer and video",
    ),
    number(
        Unit,
        "not_interested",
        "viewers who marked the video \"not interested\"",
    ),
    number(
        Unit,
        "ad_revenue",
        "revenue of the advertisements shown right after the video, in the program's currency",
    ),
    number(
        Unit,
        "ad_impressions",
        "advertisements shown right after the video",
    ),
    number(
        Unit,
        "completion_rate",
        "`completions / qualified_views`; 0 when there are none",
    ),
    number(
        Unit,
        "average_watched_seconds",
        "`qualified_watched_seconds / qualified_views`; 0 when there are none",
    ),
    number(
        Unit,
        "engagement_rate",
        "`(likes + comments + shares) / qualified_views`; 0 when there are none",
    ),
    text(
        Unit,
        "country",
        "country of the viewers, ISO 3166-1 alpha-2; empty for views without one; not in a line-up's score",
    ),
    text(
        Unit,
        "day",
        "UTC day as `2026-10-05`; only where days are kept apart",
    ),
    text(
        Unit,
        "payer",
        "the viewer who pays; only where payers are kept apart",
    ),
    text(Video, "video.id", "the video's id"),
    number(Video, "video.duration_seconds", "length"),
    text(Video, "video.category", "category"),
    truth(
        Video,
        "video.original",
        "original work, not a copy, duet or stitch",
    ),
    number(Video, "video.music_tracks", "licensed music tracks used"),
    text(
        Video,
        "video.visibility",
        "`public`, `friends`, `private`, `removed`",
    ),
    number(
        Video,
        "video.search_value",
        "how much people search for it, 0 to 1",
    ),
    number(
        Video,
        "video.age_days",
        "whole days from publication to the period's end",
    ),
    number(
        Video,
        "video.views",
        "views in the period, all countries together",
    ),
    number(
        Video,
        "video.qualified_views",
        "qualified views in the period, all countries together",
    ),
    number(
        Video,
        "video.likes",
        "likes in the period, all countries together",
    ),
    text(Creator, "creator.id", "the creator's id"),
    number(
        Creator,
        "creator.age",
        "age in whole years on the period's last day; not known without a birth date",
    ),
    truth(
        Creator,
        "creator.adult",
        "18 or older by birth date, else as the platform says",
    ),
    text(
        Creator,
        "creator.country",
        "country of residence, ISO 3166-1 alpha-2",
    ),
    number(Creator, "creator.followers", "authentic followers"),
    text(
        Creator,
        "creator.account_type",
        "`personal`, `business`, `publisher`, `government`, ...",
    ),
    text(
        Creator,
        "creator.standing",
        "`good`, `warned`, `restricted`, `banned`",
    ),
    truth(Creator, "creator.joined", "the creator has joined this program"),
    number(Creator, "creator.posts", "public posts in all"),
    number(
        Creator,
        "creator.views",
        "views of all the creator's videos in the period",
    ),
    number(
        Creator,
        "creator.qualified_views",
        "qualified views of all the creator's videos in the period",
    ),
];

/// The families of look-back variables.
pub const LOOKBACKS: &[LookbackFamily] = &[
    LookbackFamily {
        prefix: "video.views_",
        subject: LookbackSubject::Video,
        measure: LookbackMeasure::Views,
        doc: "views of the video in the last days",
    },
    LookbackFamily {
        prefix: "video.qualified_views_",
        subject: LookbackSubject::Video,
        measure: LookbackMeasure::QualifiedViews,
        doc: "views of the video in the last days that qualified by this program's rules",
    },
    LookbackFamily {
        prefix: "creator.views_",
        subject: LookbackSubject::Creator,
        measure: LookbackMeasure::Views,
        doc: "views of all the creator's videos in the last days",
    },
    LookbackFamily {
        prefix: "creator.qualified_views_",
        subject: LookbackSubject::Creator,
        measure: LookbackMeasure::QualifiedViews,
        doc: "views of all the creator's videos in the last days that qualified by this program's rules",
    },
    LookbackFamily {
        prefix: "creator.posts_",
        subject: LookbackSubject::Creator,
        measure: LookbackMeasure::Posts,
        doc: "videos that the creator published in the last days",
    },
];

impl Level {
    /// True when a formula of this level may use a variable of the other.
    pub fn sees(self, variable: Level) -> bool {
        variable <= self
    }
}

impl LookbackSubject {
    /// Whom the look-back is about, as a level.
    pub const fn level(self) -> Level {
        match self {
            LookbackSubject::Creator => Creator,
            LookbackSubject::Video => Video,
        }
    }
}

/// Why a name that looks like a look-back is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowOutOfRange;

/// The variable of a name, if it is one of the table's.
pub fn find(name: &str) -> Option<&'static Variable> {
    VARIABLES.iter().find(|variable| variable.name == name)
}

/// The look-back of a name such as `creator.views_30d`; `None` when the name is of no such family,
/// an error when its window is not 1 to [`MAX_LOOKBACK_DAYS`] days.
pub fn lookback(name: &str) -> Option<Result<Lookback, WindowOutOfRange>> {
    LOOKBACKS.iter().find_map(|family| {
        let digits = name.strip_prefix(family.prefix)?.strip_suffix('d')?;
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let window = digits
            .parse::<u16>()
            .ok()
            .filter(|days| (1..=MAX_LOOKBACK_DAYS).contains(days));
        // `030d` is refused too: one window has one name, since values are handed over by name.
        let canonical = window.filter(|_| !digits.starts_with('0'));
        Some(canonical.map(|days| family.of(days)).ok_or(WindowOutOfRange))
    })
}

/// True for names that end like look-backs do, of whatever family: `creator.likes_30d`.
pub(crate) fn is_lookback_shaped(name: &str) -> bool {
    let digits = name
        .strip_suffix('d')
        .and_then(|rest| rest.rsplit_once('_'))
        .map(|(_, digits)| digits);
    digits.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

impl LookbackFamily {
    /// The look-back of a number of days.
    pub const fn of(&self, days: u16) -> Lookback {
        Lookback {
            subject: self.subject,
            measure: self.measure,
            days,
        }
    }
}

/// The name of the formula variable: `creator.views_30d`.
impl fmt::Display for Lookback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = match self.subject {
            LookbackSubject::Creator => "creator",
            LookbackSubject::Video => "video",
        };
        let measure = match self.measure {
            LookbackMeasure::Views => "views",
            LookbackMeasure::QualifiedViews => "qualified_views",
            LookbackMeasure::Posts => "posts",
        };
        write!(f, "{subject}.{measure}_{}d", self.days)
    }
}

/// The names (dotted paths) in a formula's text with their places, texts in quotes left out.
pub(crate) fn names_in(formula: &str) -> Vec<(Range<usize>, &str)> {
    let bytes = formula.as_bytes();
    let mut names = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        at = match bytes[at] {
            quote @ (b'"' | b'\'' | b'`') => end_of_quoted(bytes, at, quote),
            byte if byte.is_ascii_alphanumeric() || byte == b'_' => {
                let end = end_of_word(bytes, at);
                if !byte.is_ascii_digit() {
                    names.push((at..end, &formula[at..end]));
                }
                end
            }
            _ => at + 1,
        };
    }
    names
}

fn end_of_quoted(bytes: &[u8], start: usize, quote: u8) -> usize {
    bytes[start + 1..]
        .iter()
        .position(|byte| *byte == quote)
        .map_or(bytes.len(), |at| start + at + 2)
}

fn end_of_word(bytes: &[u8], start: usize) -> usize {
    let in_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
    let length = bytes[start..]
        .iter()
        .position(|byte| !in_word(byte))
        .unwrap_or(bytes.len() - start);
    start + length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_none_is_a_lookback() {
        for (at, variable) in VARIABLES.iter().enumerate() {
            assert!(
                VARIABLES[..at]
                    .iter()
                    .all(|earlier| earlier.name != variable.name),
                "{}",
                variable.name
            );
            assert_eq!(lookback(variable.name), None, "{}", variable.name);
        }
    }

    #[test]
    fn a_lookback_has_one_name() {
        for family in LOOKBACKS {
            let window = family.of(30);
            assert_eq!(window.to_string(), format!("{}30d", family.prefix));
            assert_eq!(lookback(&window.to_string()), Some(Ok(window)));
        }
        assert_eq!(lookback("creator.views_0d"), Some(Err(WindowOutOfRange)));
        assert_eq!(lookback("creator.views_030d"), Some(Err(WindowOutOfRange)));
        assert_eq!(lookback("creator.views_401d"), Some(Err(WindowOutOfRange)));
        assert_eq!(lookback("creator.views_99999999d"), Some(Err(WindowOutOfRange)));
        assert_eq!(lookback("creator.views_d"), None);
        assert_eq!(lookback("video.posts_30d"), None);
    }

    #[test]
    fn names_are_found_outside_of_quotes() {
        let names = |text| {
            names_in(text)
                .into_iter()
                .map(|(_, name)| name)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            names("creator.views_30d >= 1000 and x in ['a b', \"c\"]"),
            ["creator.views_30d", "and", "x", "in"]
        );
        assert_eq!(names("0.5 * region + 1e3 'open"), ["region"]);
    }
}
