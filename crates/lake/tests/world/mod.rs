//! Small random worlds of events, written as Parquet in many ways, and a plain implementation of the rules that
//! shares nothing with the kernel but its documentation.

pub mod naive;
pub mod write;

use event::kind::EngagementKind;
use proptest::prelude::*;

/// 2026-10-05T00:00:00Z in Unix milliseconds: the first day of every world's span, which has three days.
pub const START_MS: i64 = 1_791_158_400_000;
pub const DAY_MS: i64 = 86_400_000;
pub const HOUR_MS: i64 = 3_600_000;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct View {
    pub event: u32,
    pub viewer: u8,
    pub video: u8,
    pub at: i64,
    pub watched: u32,
    pub duration: Option<u32>,
    pub creator: Option<u8>,
    pub country: Option<&'static str>,
    pub surface: Option<&'static str>,
    pub promoted: Option<bool>,
    pub ip: Option<u32>,
    pub data_centre: Option<bool>,
    pub agent: Option<&'static str>,
    pub bot: Option<bool>,
    pub flags: [Option<bool>; EngagementKind::COUNT],
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Act {
    pub event: u32,
    pub viewer: u8,
    pub video: u8,
    pub at: i64,
    pub kind: usize,
    pub country: Option<&'static str>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ad {
    pub event: u32,
    pub video: u8,
    pub at: i64,
    pub micros: i64,
    pub currency: &'static str,
    pub country: Option<&'static str>,
    pub viewer: Option<u8>,
}

#[derive(Clone, Debug)]
pub struct World {
    pub views: Vec<View>,
    pub acts: Vec<Act>,
    pub ads: Vec<Ad>,
    /// Video, creator, duration.
    pub snapshots: Vec<(u8, u8, Option<u32>)>,
    /// Creator, linked account.
    pub linked: Vec<(u8, u8)>,
    /// Events whose view was marked invalid; viewers who were, from and until.
    pub invalidated: (Vec<u32>, Vec<(u8, Option<i64>, Option<i64>)>),
    /// Whether ids are numbers or words.
    pub names: Names,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    Numbers,
    Words,
    Mixed,
}

impl World {
    /// The text of a person's id. Creators are viewers too.
    pub fn person(&self, number: u8) -> String {
        match self.names {
            Names::Numbers => (u64::from(number) * 1_000_003).to_string(),
            Names::Words => format!("person-{number}"),
            Names::Mixed if number.is_multiple_of(2) => format!("p{number}"),
            Names::Mixed => number.to_string(),
        }
    }

    pub fn video(&self, number: u8) -> String {
        match self.names {
            Names::Numbers => (7_000_000_000_000_000_000 + u64::from(number) * 97).to_string(),
            Names::Words => format!("a video with a long name, number {number}"),
            Names::Mixed if number.is_multiple_of(2) => format!("{:03}", number),
            Names::Mixed => number.to_string(),
        }
    }

    pub fn event(&self, number: u32) -> String {
        match self.names {
            Names::Numbers => (1u64 << 40 | u64::from(number)).to_string(),
            Names::Words => format!("event-{number:08}"),
            Names::Mixed if number.is_multiple_of(2) => format!("e{number}"),
            Names::Mixed => number.to_string(),
        }
    }
}

fn time() -> impl Strategy<Value = i64> {
    // Few moments, so that times collide, hours fill up, and some lie outside the span.
    (-1i64..4, 0i64..3, prop_oneof![Just(0i64), 0i64..40])
        .prop_map(|(day, hour, minute)| START_MS + day * DAY_MS + hour * HOUR_MS + minute * 60_000)
}

fn country() -> impl Strategy<Value = Option<&'static str>> {
    prop::option::of(prop::sample::select(vec![
        "US",
        "DE",
        "JP",
        "de",
        "Neverland",
        "",
    ]))
}

fn flag(rate: f64) -> impl Strategy<Value = Option<bool>> {
    prop::option::weighted(0.8, prop::bool::weighted(rate))
}

fn view() -> impl Strategy<Value = View> {
    let who = (0u32..60, 0u8..5, 0u8..6, time());
    let how = (
        prop_oneof![Just(0u32), 0u32..12_000, 0u32..3_000_000],
        prop::option::of(prop_oneof![Just(0u32), 0u32..60_000]),
        prop::option::weighted(0.7, 0u8..5),
        country(),
    );
    let place = (
        prop::option::of(prop::sample::select(vec!["for_you", "search", "profile", ""])),
        flag(0.1),
        prop::option::of(prop_oneof![Just(10u32 << 24 | 5), Just(11u32 << 24)]),
        flag(0.1),
        prop::option::of(prop::sample::select(vec!["Firefox", "Googlebot/2.1", ""])),
        flag(0.1),
    );
    let flags = prop::array::uniform6(flag(0.15));
    (who, how, place, flags).prop_map(|(who, how, place, flags)| View {
        event: who.0,
        viewer: who.1,
        video: who.2,
        at: who.3,
        watched: how.0,
        duration: how.1,
        creator: how.2,
        country: how.3,
        surface: place.0,
        promoted: place.1,
        ip: place.2,
        data_centre: place.3,
        agent: place.4,
        bot: place.5,
        flags,
    })
}

fn act() -> impl Strategy<Value = Act> {
    (0u32..40, 0u8..5, 0u8..7, time(), 0usize..6, country()).prop_map(
        |(event, viewer, video, at, kind, country)| Act {
            event,
            viewer,
            video,
            at,
            kind,
            country,
        },
    )
}

fn ad() -> impl Strategy<Value = Ad> {
    let currency = prop::sample::select(vec!["USD", "USD", "EUR"]);
    (
        0u32..40,
        0u8..8,
        time(),
        -5_000i64..90_000,
        currency,
        country(),
        prop::option::of(0u8..6),
    )
        .prop_map(|(event, video, at, micros, currency, country, viewer)| Ad {
            event,
            video,
            at,
            micros,
            currency,
            country,
            viewer,
        })
}

fn invalidated() -> impl Strategy<Value = (Vec<u32>, Vec<(u8, Option<i64>, Option<i64>)>)> {
    let viewer = (0u8..6, prop::option::of(time()), prop::option::of(time()));
    let some = (
        prop::collection::vec(0u32..70, 0..6),
        prop::collection::vec(viewer, 0..3),
    );
    prop::option::of(some).prop_map(|some| {
        let (events, mut viewers) = some.unwrap_or_default();
        for (_, from, until) in &mut viewers {
            let open = from.zip(*until).is_none_or(|(from, until)| from < until);
            *until = until.filter(|_| open);
        }
        (events, viewers)
    })
}

/// Worlds of up to 60 views, in which one event id always means the same event.
pub fn world() -> impl Strategy<Value = World> {
    let names = prop::sample::select(vec![Names::Numbers, Names::Words, Names::Mixed]);
    (
        prop::collection::vec(view(), 0..60),
        prop::collection::vec(act(), 0..25),
        prop::collection::vec(ad(), 0..25),
        prop::collection::btree_map(0u8..6, (0u8..5, prop::option::of(1u32..30_000)), 0..4),
        prop::collection::btree_set((0u8..5, 0u8..5), 0..3),
        invalidated(),
        names,
    )
        .prop_map(
            |(mut views, mut acts, mut ads, snapshots, linked, invalidated, names)| {
                repeat_whole(&mut views, |view| view.event);
                repeat_whole(&mut acts, |act| act.event);
                repeat_whole(&mut ads, |ad| ad.event);
                let snapshots = snapshots
                    .into_iter()
                    .map(|(video, (creator, duration))| (video, creator, duration));
                World {
                    views,
                    acts,
                    ads,
                    snapshots: snapshots.collect(),
                    linked: linked.into_iter().collect(),
                    invalidated,
                    names,
                }
            },
        )
}

/// Makes every event with an id seen before a copy of the first one.
fn repeat_whole<T: Clone>(events: &mut [T], id: impl Fn(&T) -> u32) {
    for index in 0..events.len() {
        let first = events
            .iter()
            .position(|other| id(other) == id(&events[index]))
            .expect("itself at least");
        events[index] = events[first].clone();
    }
}
