//! Qualification: does this view count? The rules, their order, their thresholds.

/// Why a view does not count; the order of the variants is the order of evaluation, and the first
/// failing rule is the verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Rule {
    /// The same event id was seen before.
    Duplicate = 0,
    /// The platform's staff marked the view or its viewer invalid, with evidence. No program can switch it off.
    Invalidated = 1,
    /// The viewer is the creator, or an account linked to the creator.
    SelfView = 2,
    /// Watched less than the program's minimum.
    TooShort = 3,
    /// Shown on a surface the program does not pay for.
    Surface = 4,
    /// Shown because somebody paid for it.
    Paid = 5,
    /// The address is a data centre's.
    DataCentre = 6,
    /// The client says that it is a bot.
    DeclaredBot = 7,
    /// The viewer had more views that day than a person can have.
    Velocity = 8,
    /// The viewer replayed this video that day more often than the program allows.
    ReplayLoop = 9,
    /// The viewer marked the video "not interested".
    NegativeFeedback = 10,
    /// The viewer's views of that hour add up to more than an hour, their longest left out.
    ImpossibleTime = 11,
    /// This viewer's view of this video already counted.
    AlreadyCounted = 12,
}

impl Rule {
    /// How many rules there are.
    pub const COUNT: usize = 13;

    /// Every rule in the order of evaluation.
    pub const ALL: [Rule; Self::COUNT] = [
        Rule::Duplicate,
        Rule::Invalidated,
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

    /// Stable name in data, reports and facts columns.
    pub const fn name(self) -> &'static str {
        match self {
            Rule::Duplicate => "duplicate",
            Rule::Invalidated => "invalidated",
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
}

/// How long a counted (viewer, video) pair stays counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CountOnce {
    /// Every view may count.
    Never,
    /// Once per viewer, video and UTC day.
    PerDay,
    /// Once per viewer and video in the settled period.
    PerPeriod,
}

impl CountOnce {
    /// The name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            CountOnce::Never => "never",
            CountOnce::PerDay => "day",
            CountOnce::PerPeriod => "period",
        }
    }
}

/// The thresholds of qualification. `None` switches a rule off; a rule that is on but whose columns
/// the data does not have is reported as not evaluated.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Qualification {
    /// A view watched for fewer milliseconds is too short.
    pub minimum_watch_ms: Option<u32>,
    /// Surfaces that count, sorted; a view elsewhere fails. A view without a surface is not evaluated.
    pub surfaces: Option<Vec<String>>,
    /// Views by the creator or linked accounts fail.
    pub exclude_self: Option<()>,
    /// Promoted views fail.
    pub exclude_paid: Option<()>,
    /// Views from data-centre addresses fail.
    pub exclude_data_centres: Option<()>,
    /// Views by declared bots fail.
    pub exclude_declared_bots: Option<()>,
    /// All views of a viewer on a UTC day with more views than this fail.
    pub max_views_per_viewer_day: Option<u32>,
    /// All views of a viewer of a video on a UTC day with more views of it than this fail.
    pub max_replays_per_day: Option<u32>,
    /// Views of a video by a viewer who marked it "not interested" in the period fail.
    pub exclude_negative_feedback: Option<()>,
    /// Views in a UTC hour in which a viewer watched more than this many hours' worth, the longest view left out, fail.
    pub max_parallel_playbacks: Option<u32>,
    /// Whether a (viewer, video) pair counts once.
    pub count_once: CountOnce,
}
