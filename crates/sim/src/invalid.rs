//! The deliberately invalid traffic: how much of every rule, and what a label means.
//!
//! A labelled view fails the rule it is labelled with, and no rule before it in the documented order, under
//! the usual thresholds: a minimum of 5 seconds, the For You feed, 2,000 views per viewer and day, 20 replays
//! per video and day, one hour's worth of parallel playback. Every rule has labelled views. Four rules are also
//! broken by ordinary traffic, which is not labelled: people skip (too short), watch elsewhere (surface), watch
//! again (already counted, and negative feedback on a video seen several times); and one promoted view in
//! three is skipped, so that it is too short before it is paid. For those the labels measure what a rule
//! finds, not what it finds too much.

/// A rule, in the documented order of evaluation. Views that people marked invalid are not generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Rule {
    /// The row again: most within minutes, some in the next day's file.
    Duplicate = 0,
    /// By the creator's own account or a linked one.
    SelfView,
    /// Flicked away within half a second.
    TooShort,
    /// In a player embedded elsewhere.
    Surface,
    /// Somebody paid for it.
    Paid,
    /// From a made-up data centre.
    DataCentre,
    /// By a client that says it is a bot.
    DeclaredBot,
    /// By an account with more than 2,000 views that day.
    Velocity,
    /// One of 24 to 36 views of one video by one viewer in a row.
    ReplayLoop,
    /// Followed by "not interested".
    NegativeFeedback,
    /// One of 26 to 34 long playbacks of one account in one hour.
    ImpossibleTime,
    /// The same viewer and video again, right after.
    AlreadyCounted,
}

impl Rule {
    /// Every rule in order.
    pub const ALL: [Rule; 12] = [
        Rule::Duplicate,
        Rule::SelfView,
        Rule::TooShort,
        Rule::Surface,
        Rule::Paid,
        Rule::DataCentre,
        Rule::DeclaredBot,
        Rule::Velocity,
        Rule::ReplayLoop,
        Rule::NegativeFeedback,
        Rule::ImpossibleTime,
        Rule::AlreadyCounted,
    ];

    /// The rule's name, as in facts and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Rule::Duplicate => "duplicate",
            Rule::SelfView => "self_view",
            Rule::TooShort => "too_short",
            Rule::Surface => "surface",
            Rule::Paid => "paid",
            Rule::DataCentre => "data_centre",
            Rule::DeclaredBot => "declared_bot",
            Rule::Velocity => "velocity",
            Rule::ReplayLoop => "replay_loop",
            Rule::NegativeFeedback => "negative_feedback",
            Rule::ImpossibleTime => "impossible_time",
            Rule::AlreadyCounted => "already_counted",
        }
    }

    /// Labelled views per million views.
    pub const fn per_million(self) -> u64 {
        match self {
            Rule::Duplicate => 5_000,
            Rule::SelfView => 4_000,
            Rule::TooShort => 5_000,
            Rule::Surface => 5_000,
            Rule::Paid => 20_000,
            Rule::DataCentre => 10_000,
            Rule::DeclaredBot => 5_000,
            Rule::Velocity => 10_000,
            Rule::ReplayLoop => 5_000,
            Rule::NegativeFeedback => 4_000,
            Rule::ImpossibleTime => 4_000,
            Rule::AlreadyCounted => 8_000,
        }
    }
}

/// The share of duplicates that come a day late, per million views.
pub const LATE_PER_MILLION: u64 = 1_000;
/// The usual minimum: labelled views other than self views and too short ones are at least so long.
pub const MINIMUM_WATCH_MS: u32 = 5_000;
/// Views of an account on a day of velocity.
pub const VELOCITY_VIEWS: std::ops::RangeInclusive<u32> = 2_001..=2_800;
/// Views of a replay loop.
pub const REPLAY_VIEWS: std::ops::RangeInclusive<u32> = 24..=36;
/// Playbacks in an impossible hour.
pub const IMPOSSIBLE_VIEWS: std::ops::RangeInclusive<u32> = 26..=34;
/// How many views a replay loop or an impossible hour has on average.
pub const BURST_VIEWS: u64 = 30;
