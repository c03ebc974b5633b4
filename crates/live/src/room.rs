//! A room summed up for people: its timeline, its gifters, its likes.
//!
//! Activity goes in here and comes out as counts. Nothing that comes out can be booked.

use event::kind::ActivityKind;
use event::live::{GiftFrame, RoomActivity};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A booked gift as far as a room is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomGift {
    /// Who sent it.
    pub viewer: Arc<str>,
    /// Whom it was sent to.
    pub recipient: Arc<str>,
    /// Who received which diamonds: those who share it, else the recipient alone.
    pub hosts: Vec<(Arc<str>, u64)>,
    /// Which gift.
    pub gift: Arc<str>,
    /// When it was booked.
    pub at: Timestamp,
    /// How many.
    pub count: u64,
    /// Coins spent.
    pub coins: u64,
}

impl RoomGift {
    /// Diamonds of all hosts together.
    pub fn diamonds(&self) -> u64 {
        self.hosts.iter().map(|(_, diamonds)| diamonds).sum()
    }
}

/// What is counted, of a minute or of the whole room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Gifts.
    pub gifts: u64,
    /// Coins spent on them.
    pub coins: u64,
    /// Diamonds given for them.
    pub diamonds: u64,
    /// Likes. Shown, never money.
    pub likes: u64,
    /// Viewers who came in.
    pub joins: u64,
    /// Viewers who followed.
    pub follows: u64,
    /// Viewers who shared.
    pub shares: u64,
    /// Comments.
    pub comments: u64,
    /// The most viewers at once, as far as was told.
    pub peak_viewers: u64,
}

/// One minute of a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Minute {
    /// When it begins.
    pub at: Timestamp,
    /// What was counted in it.
    pub counts: Counts,
}

/// What one viewer gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gifter {
    /// The viewer.
    pub viewer: Arc<str>,
    /// Gifts.
    pub gifts: u64,
    /// Coins.
    pub coins: u64,
}

/// What one gift brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GiftSum {
    /// The gift.
    pub gift: Arc<str>,
    /// How many.
    pub gifts: u64,
    /// Coins.
    pub coins: u64,
    /// Diamonds.
    pub diamonds: u64,
}

/// What one recipient got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recipient {
    /// The host or guest.
    pub host: Arc<str>,
    /// Gifts, shared ones among them.
    pub gifts: u64,
    /// Diamonds.
    pub diamonds: u64,
}

/// A room summed up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Room {
    /// The room.
    pub room: Arc<str>,
    /// Its host, as far as is known.
    pub host: Option<Arc<str>>,
    /// When it opened; else its first sign of life.
    pub started_at: Option<Timestamp>,
    /// When it closed; else its last sign of life.
    pub ended_at: Option<Timestamp>,
    /// Everything together.
    pub totals: Counts,
    /// Viewers: those known by id, and joins without one.
    pub viewers: u64,
    /// Viewers who gave.
    pub gifters: u64,
    /// Gifters in ten thousand viewers, rounded down; 0 without viewers. Most viewers are known only as a told number, and where
    /// none was told only by what they did: of the two the larger is nearer to how many there were.
    pub conversion_per_10000: u64,
    /// Minutes in which anything happened, in order.
    pub timeline: Vec<Minute>,
    /// Who gave most: by coins, then by id.
    pub top_gifters: Vec<Gifter>,
    /// Which gifts brought most: by coins, then by id.
    pub top_gifts: Vec<GiftSum>,
    /// Who got what: by diamonds, then by id.
    pub recipients: Vec<Recipient>,
}

/// Gifters and gifts that are listed.
pub const TOP: usize = 10;
const MINUTE_SECONDS: i64 = 60;

impl Room {
    /// Sums up a room from its activity and its booked gifts, each in any order. Frames say who was there, when, and whose
    /// room it is; what was given, the booked gifts alone.
    pub fn of(room: &Arc<str>, activity: &[RoomActivity], frames: &[GiftFrame], gifts: &[RoomGift]) -> Room {
        let mut minutes: BTreeMap<i64, Counts> = BTreeMap::new();
        for event in activity {
            add(minutes.entry(minute(event.occurred_at)).or_default(), event);
        }
        for gift in gifts {
            let counts = minutes.entry(minute(gift.at)).or_default();
            counts.gifts += gift.count;
            counts.coins += gift.coins;
            counts.diamonds += gift.diamonds();
        }
        let totals = total(minutes.values());
        let (started_at, ended_at) = span(activity, frames, gifts);
        let gifters: BTreeSet<&Arc<str>> = gifts.iter().map(|gift| &gift.viewer).collect();
        let viewers = viewers(activity, frames, &gifters);
        let there = viewers.max(totals.peak_viewers);
        Room {
            room: Arc::clone(room),
            host: host(activity, frames),
            started_at,
            ended_at,
            totals,
            viewers,
            gifters: gifters.len() as u64,
            conversion_per_10000: (gifters.len() as u64 * 10_000).checked_div(there).unwrap_or(0),
            timeline: minutes
                .into_iter()
                .map(|(at, counts)| Minute {
                    at: Timestamp::from_second(at * MINUTE_SECONDS).unwrap_or_default(),
                    counts,
                })
                .collect(),
            top_gifters: top_gifters(gifts),
            top_gifts: top_gifts(gifts),
            recipients: recipients(gifts),
        }
    }
}

fn minute(at: Timestamp) -> i64 {
    at.as_second().div_euclid(MINUTE_SECONDS)
}

fn add(counts: &mut Counts, event: &RoomActivity) {
    let count = u64::from(event.count);
    match event.activity {
        ActivityKind::Like => counts.likes += count,
        ActivityKind::Join => counts.joins += count,
        ActivityKind::Follow => counts.follows += count,
        ActivityKind::Share => counts.shares += count,
        ActivityKind::Comment => counts.comments += count,
        ActivityKind::Viewers => counts.peak_viewers = counts.peak_viewers.max(count),
        ActivityKind::Start | ActivityKind::End | ActivityKind::BattleStart | ActivityKind::BattleEnd => {}
    }
}

fn total<'a>(minutes: impl Iterator<Item = &'a Counts>) -> Counts {
    minutes.fold(Counts::default(), |sum, minute| Counts {
        gifts: sum.gifts + minute.gifts,
        coins: sum.coins + minute.coins,
        diamonds: sum.diamonds + minute.diamonds,
        likes: sum.likes + minute.likes,
        joins: sum.joins + minute.joins,
        follows: sum.follows + minute.follows,
        shares: sum.shares + minute.shares,
        comments: sum.comments + minute.comments,
        peak_viewers: sum.peak_viewers.max(minute.peak_viewers),
    })
}

/// The host whom the earliest activity names, else the earliest frame.
fn host(activity: &[RoomActivity], frames: &[GiftFrame]) -> Option<Arc<str>> {
    let of_activity = activity
        .iter()
        .map(|event| (event.occurred_at, &event.event_id, &event.host));
    let of_frames = frames
        .iter()
        .map(|frame| (frame.occurred_at, &frame.event_id, &frame.host));
    let first = of_activity.filter(|(.., host)| host.is_some()).min();
    let first = first.or_else(|| of_frames.filter(|(.., host)| host.is_some()).min());
    first.and_then(|(.., host)| host.clone())
}

fn span(
    activity: &[RoomActivity],
    frames: &[GiftFrame],
    gifts: &[RoomGift],
) -> (Option<Timestamp>, Option<Timestamp>) {
    let told = |kind: ActivityKind| {
        activity
            .iter()
            .filter(move |event| event.activity == kind)
            .map(|event| event.occurred_at)
    };
    let signs = || {
        let events = activity.iter().map(|event| event.occurred_at);
        let events = events.chain(frames.iter().map(|frame| frame.occurred_at));
        events.chain(gifts.iter().map(|gift| gift.at))
    };
    (
        told(ActivityKind::Start).min().or_else(|| signs().min()),
        told(ActivityKind::End).max().or_else(|| signs().max()),
    )
}

fn viewers(activity: &[RoomActivity], frames: &[GiftFrame], gifters: &BTreeSet<&Arc<str>>) -> u64 {
    let known = activity.iter().filter_map(|event| event.viewer.as_ref());
    let known = known.chain(frames.iter().map(|frame| &frame.viewer));
    let known: BTreeSet<&Arc<str>> = known.chain(gifters.iter().copied()).collect();
    let unnamed = activity
        .iter()
        .filter(|event| event.activity == ActivityKind::Join && event.viewer.is_none());
    known.len() as u64 + unnamed.map(|event| u64::from(event.count)).sum::<u64>()
}

fn top_gifters(gifts: &[RoomGift]) -> Vec<Gifter> {
    let mut sums: BTreeMap<&Arc<str>, (u64, u64)> = BTreeMap::new();
    for gift in gifts {
        let sum = sums.entry(&gift.viewer).or_default();
        sum.0 += gift.count;
        sum.1 += gift.coins;
    }
    let mut gifters: Vec<Gifter> = sums
        .into_iter()
        .map(|(viewer, (gifts, coins))| Gifter {
            viewer: Arc::clone(viewer),
            gifts,
            coins,
        })
        .collect();
    // The sums come by id, and a stable sort keeps that order among equals.
    gifters.sort_by_key(|gifter| std::cmp::Reverse(gifter.coins));
    gifters.truncate(TOP);
    gifters
}

fn top_gifts(gifts: &[RoomGift]) -> Vec<GiftSum> {
    let mut sums: BTreeMap<&Arc<str>, (u64, u64, u64)> = BTreeMap::new();
    for gift in gifts {
        let sum = sums.entry(&gift.gift).or_default();
        sum.0 += gift.count;
        sum.1 += gift.coins;
        sum.2 += gift.diamonds();
    }
    let mut top: Vec<GiftSum> = sums
        .into_iter()
        .map(|(gift, (gifts, coins, diamonds))| GiftSum {
            gift: Arc::clone(gift),
            gifts,
            coins,
            diamonds,
        })
        .collect();
    top.sort_by_key(|gift| std::cmp::Reverse(gift.coins));
    top.truncate(TOP);
    top
}

fn recipients(gifts: &[RoomGift]) -> Vec<Recipient> {
    let mut sums: BTreeMap<&Arc<str>, (u64, u64)> = BTreeMap::new();
    for gift in gifts {
        for (host, diamonds) in &gift.hosts {
            let sum = sums.entry(host).or_default();
            sum.0 += gift.count;
            sum.1 += diamonds;
        }
    }
    let mut recipients: Vec<Recipient> = sums
        .into_iter()
        .map(|(host, (gifts, diamonds))| Recipient {
            host: Arc::clone(host),
            gifts,
            diamonds,
        })
        .collect();
    recipients.sort_by_key(|recipient| std::cmp::Reverse(recipient.diamonds));
    recipients
}
