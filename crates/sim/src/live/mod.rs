//! LIVE: rooms in the evening hours, gift streaks (some of them broken, and labelled), coins, subscriptions, redemptions.
//!
//! Every day is made by itself. A viewer buys what a session's gifts cost before giving them, so that nearly nobody gives more
//! than was bought; one in [`SHORT_ONE_IN`] buys less.

mod coins;
mod gifts;
mod room;
mod rows;
mod streak;

pub use gifts::rows_of as gift_rows;
pub use rows::{activity, frames, labels, purchases, redemptions, refunds, subscriptions};

use crate::cast::Creator;
use crate::id::{IdKind, event_id};
use crate::platform::Platform;
use crate::rng::Rng;
use crate::world::COUNTRIES;
use std::collections::BTreeSet;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// Views of a day for one session.
const VIEWS_PER_SESSION: u64 = 2_500;
/// At most one in so many creators goes LIVE on a day.
const CREATORS_PER_SESSION: u64 = 8;
/// One in so many givers buys too few coins.
pub const SHORT_ONE_IN: u32 = 200;

/// How a streak is broken on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// A frame comes twice, with its id or with another one.
    Redelivered = 0,
    /// Frames come in another order than they were made.
    OutOfOrder = 1,
    /// The end frame never comes.
    NoEnd = 2,
    /// The last count comes a minute after everything else.
    Late = 3,
}

impl Broken {
    /// Every way.
    pub const ALL: [Broken; 4] = [
        Broken::Redelivered,
        Broken::OutOfOrder,
        Broken::NoEnd,
        Broken::Late,
    ];

    /// The name in labels.
    pub const fn name(self) -> &'static str {
        match self {
            Broken::Redelivered => "redelivered",
            Broken::OutOfOrder => "out_of_order",
            Broken::NoEnd => "no_end",
            Broken::Late => "late",
        }
    }
}

/// A frame, in the order in which it comes.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Number of the frame within its day; a frame that comes twice keeps it.
    pub number: usize,
    /// Room, by number within the day.
    pub room: usize,
    /// The room's host.
    pub host: i64,
    /// Who sends.
    pub viewer: i64,
    /// Index of the gift.
    pub gift: u8,
    /// When it was shown.
    pub at_ms: i64,
    /// When it comes: the order of the rows.
    pub comes_ms: i64,
    /// Gifts so far.
    pub count: u32,
    /// The last of its streak.
    pub end: bool,
    /// Streak, by number within the day; none for gifts that come once.
    pub streak: Option<usize>,
    /// A guest who receives it.
    pub guest: Option<i64>,
    /// The guest who shares it with the host, two parts to the host.
    pub shared_with: Option<i64>,
    /// How its streak is broken.
    pub broken: Option<Broken>,
}

/// What happened in a room.
#[derive(Clone, Debug)]
pub struct Activity {
    /// Room, by number within the day.
    pub room: usize,
    /// The room's host.
    pub host: i64,
    /// When.
    pub at_ms: i64,
    /// Index into `ActivityKind::ALL`.
    pub activity: u8,
    /// How many.
    pub count: u32,
    /// Who.
    pub viewer: Option<i64>,
    /// Battle, by number within the day, the end of its timer, and the opponent.
    pub battle: Option<(usize, i64, i64)>,
}

/// Coins bought.
#[derive(Clone, Debug)]
pub struct Purchase {
    /// Who bought.
    pub viewer: i64,
    /// The buyer's country.
    pub country: u8,
    /// When.
    pub at_ms: i64,
    /// Index into the channels.
    pub channel: u8,
    /// How many.
    pub coins: u32,
    /// Price in millionths of a dollar.
    pub micros: i64,
}

/// Coins given back.
#[derive(Clone, Debug)]
pub struct Refund {
    /// Purchase, by number within the day.
    pub purchase: usize,
    /// Who bought.
    pub viewer: i64,
    /// When.
    pub at_ms: i64,
    /// Charged back by the bank, not asked for.
    pub chargeback: bool,
}

/// A subscription.
#[derive(Clone, Debug)]
pub struct Subscription {
    /// Who subscribes.
    pub viewer: i64,
    /// To whom.
    pub creator: i64,
    /// When.
    pub at_ms: i64,
    /// Months.
    pub months: u32,
}

/// A redemption.
#[derive(Clone, Debug)]
pub struct Redemption {
    /// Whose.
    pub creator: i64,
    /// When.
    pub at_ms: i64,
    /// How many.
    pub diamonds: u32,
}

/// Everything of a day.
#[derive(Clone, Debug, Default)]
pub struct Day {
    /// Midnight.
    pub start_ms: i64,
    /// How many rooms there are.
    pub rooms: usize,
    /// How many streaks there are.
    pub streaks: usize,
    /// How many frames were made, those that come twice counted once.
    pub made: usize,
    /// Frames as they come.
    pub frames: Vec<Frame>,
    /// Activity in rooms.
    pub activity: Vec<Activity>,
    /// Purchases.
    pub purchases: Vec<Purchase>,
    /// Refunds.
    pub refunds: Vec<Refund>,
    /// Subscriptions.
    pub subscriptions: Vec<Subscription>,
    /// Redemptions.
    pub redemptions: Vec<Redemption>,
}

impl Day {
    /// The id of the day's member `index` of `count` of one sort.
    fn id(&self, index: usize, count: usize) -> i64 {
        event_id(IdKind::Live, self.start_ms, self.start_ms + DAY_MS, index, count)
    }
}

/// One session of a host.
#[derive(Clone, Copy, Debug)]
struct Session {
    /// Number within the day.
    room: usize,
    host: i64,
    /// A second host on stage.
    guest: Option<i64>,
    start_ms: i64,
    end_ms: i64,
    star: bool,
    /// Battle, its opponent.
    battle: Option<(usize, i64)>,
}

/// The LIVE sessions of a day and all that goes with them.
pub fn day(platform: &Platform, day: u32) -> Day {
    let start_ms = platform.plan.start_ms + i64::from(day) * DAY_MS;
    let mut made = Day {
        start_ms,
        ..Day::default()
    };
    let sessions = sessions(platform, day, start_ms);
    made.rooms = sessions.len();
    for session in &sessions {
        let mut rng = Rng::new(platform.seed, 111 + u64::from(day) * 4_096, session.room as u64);
        room::fill(platform, session, &mut rng, &mut made);
    }
    made.activity.sort_by_key(|activity| activity.at_ms);
    made.frames.sort_by_key(|frame| frame.comes_ms);
    made
}

fn sessions(platform: &Platform, day: u32, start_ms: i64) -> Vec<Session> {
    let creators = platform.cast.creators.len() as u64;
    let wanted = match platform.plan.day_views(day) {
        0 => 0,
        views => (views / VIEWS_PER_SESSION).clamp(1, creators.div_ceil(CREATORS_PER_SESSION)),
    };
    let mut rng = Rng::new(platform.seed, 112, u64::from(day));
    let mut on_air = BTreeSet::new();
    let mut sessions: Vec<Session> = Vec::new();
    for _ in 0..wanted {
        // The popular ones go LIVE first; whoever is on air already leaves the place to anybody.
        let popular = platform.cast.pick(&mut rng);
        let anybody = rng.below(creators as u32);
        let Some(rank) = [popular, anybody].into_iter().find(|rank| on_air.insert(*rank)) else {
            continue;
        };
        let creator = &platform.cast.creators[rank as usize];
        let mut session = session(platform, creator, rank, sessions.len(), start_ms, &mut rng);
        // Two neighbours sometimes meet in a battle, and are on air together then.
        if let Some(other) = sessions.last_mut()
            && other.battle.is_none()
            && rng.one_in(3)
        {
            let battle = session.room;
            session.start_ms = other.start_ms;
            session.end_ms = session.end_ms.max(session.start_ms + HOUR_MS);
            other.end_ms = other.end_ms.max(other.start_ms + HOUR_MS);
            other.battle = Some((battle, session.host));
            session.battle = Some((battle, other.host));
        }
        sessions.push(session);
    }
    sessions
}

fn session(
    platform: &Platform,
    creator: &Creator,
    rank: u32,
    room: usize,
    midnight: i64,
    rng: &mut Rng,
) -> Session {
    // From six to ten in the evening where the host lives.
    let local = rng.between(18, 22);
    let hour = (local + 24 - COUNTRIES[creator.country as usize].ahead % 24) % 24;
    let start_ms = midnight + i64::from(hour) * HOUR_MS + i64::from(rng.below(HOUR_MS as u32));
    let minutes = i64::from(rng.between(30, 150));
    let guest = rng.one_in(8).then(|| {
        let other = platform.cast.pick(rng);
        platform.cast.creators[other as usize].id
    });
    Session {
        room,
        host: creator.id,
        guest: guest.filter(|guest| *guest != creator.id),
        start_ms,
        end_ms: start_ms + minutes * 60_000,
        star: rank < platform.cast.stars,
        battle: None,
    }
}
