//! The views of one chunk, with the engagement and advertisements they bring.

mod session;

use crate::audience::Account;
use crate::catalogue::Shelf;
use crate::id::{IdKind, event_id};
use crate::invalid::Rule;
use crate::plan::Chunk;
use crate::platform::Platform;
use crate::rng::Rng;
use crate::watch;
use crate::world::{CATEGORIES, COUNTRIES};
use event::kind::EngagementKind;

/// A view row.
#[derive(Clone, Debug)]
pub struct View {
    pub event_id: i64,
    pub viewer: i64,
    pub video: i64,
    pub creator: i64,
    pub at_ms: i64,
    pub watched_ms: u32,
    pub duration_ms: u32,
    pub ip: u32,
    /// Indices into the tables of `world` and `network`.
    pub country: u8,
    pub surface: u8,
    pub agent: u8,
    pub promoted: bool,
    /// The rule it deliberately breaks.
    pub label: Option<Rule>,
}

/// An act of engagement.
#[derive(Clone, Debug)]
pub struct Act {
    pub viewer: i64,
    pub video: i64,
    pub at_ms: i64,
    pub country: u8,
    pub kind: EngagementKind,
}

/// An advertisement after a video.
#[derive(Clone, Debug)]
pub struct Impression {
    pub viewer: i64,
    pub video: i64,
    pub at_ms: i64,
    pub country: u8,
    pub category: u8,
    pub revenue_micros: i64,
}

/// What a chunk brings.
#[derive(Debug, Default)]
pub struct Batch {
    pub views: Vec<View>,
    pub acts: Vec<Act>,
    pub impressions: Vec<Impression>,
}

/// A chunk being filled.
pub struct Filling<'a> {
    pub platform: &'a Platform,
    pub shelf: &'a Shelf<'a>,
    pub chunk: &'a Chunk,
    pub rng: Rng,
    pub batch: Batch,
    /// Last moment of the chunk's day.
    pub day_end_ms: i64,
    /// Videos of the session so far.
    pub seen: Vec<u32>,
}

/// A video picked to be watched.
#[derive(Clone, Copy, Debug)]
pub struct Pick {
    pub creator: u32,
    pub video: u32,
    pub duration_ms: u32,
}

/// The chunk's rows: those of its own sessions, then rows again. `before` is the last chunk of the day before, for
/// late duplicates.
pub fn generate(
    platform: &Platform,
    shelf: &Shelf,
    chunk: &Chunk,
    before: Option<(&Shelf, &Chunk)>,
) -> Batch {
    let mut batch = first_time(platform, shelf, chunk);
    let mut rng = Rng::new(platform.seed, 52, chunk.first);
    let mut again = Vec::new();
    if let (Some((shelf, before)), 1..) = (before, chunk.invalid.late) {
        let yesterday = first_time(platform, shelf, before);
        again = repeated(&yesterday.views, chunk.invalid.late, &mut rng);
    }
    let duplicates = chunk.invalid.by_rule[Rule::Duplicate as usize];
    again.extend(repeated(&batch.views, duplicates, &mut rng));
    batch.views.append(&mut again);
    batch
}

/// Ordinary rows, delivered again.
fn repeated(from: &[View], count: u32, rng: &mut Rng) -> Vec<View> {
    let ordinary: Vec<&View> = from.iter().filter(|view| view.label.is_none()).collect();
    (0..if ordinary.is_empty() { 0 } else { count })
        .map(|_| {
            let view = ordinary[rng.below(ordinary.len() as u32) as usize];
            View {
                label: Some(Rule::Duplicate),
                ..view.clone()
            }
        })
        .collect()
}

fn first_time(platform: &Platform, shelf: &Shelf, chunk: &Chunk) -> Batch {
    let midnight = chunk.start_ms - chunk.start_ms.rem_euclid(86_400_000);
    let mut filling = Filling {
        platform,
        shelf,
        chunk,
        rng: Rng::new(platform.seed, 51, chunk.first),
        batch: Batch::default(),
        day_end_ms: midnight + 86_400_000 - 1,
        seen: Vec::new(),
    };
    let own = chunk.views - chunk.invalid.late - chunk.invalid.by_rule[Rule::Duplicate as usize];
    filling.batch.views.reserve(chunk.views as usize);
    session::fill(&mut filling, own);
    let count = filling.batch.views.len();
    for (index, view) in filling.batch.views.iter_mut().enumerate() {
        view.event_id = event_id(IdKind::View, chunk.start_ms, chunk.end_ms, index, count);
    }
    filling.batch
}

impl Filling<'_> {
    /// A moment of the chunk, by the rhythm of the day.
    pub fn moment(&mut self) -> i64 {
        let chunk = self.chunk;
        let length = chunk.end_ms - chunk.start_ms;
        const HOUR_MS: i64 = 3_600_000;
        if length <= HOUR_MS {
            return chunk.start_ms + i64::from(self.rng.below(length as u32));
        }
        let hours = self.platform.plan.hours();
        let first = (chunk.start_ms.rem_euclid(86_400_000) / HOUR_MS) as usize;
        let last = first + (length / HOUR_MS) as usize;
        let draw = hours[first] + u64::from(self.rng.below((hours[last] - hours[first]) as u32));
        let hour = hours.partition_point(|&until| until <= draw) - 1;
        chunk.start_ms + (hour - first) as i64 * HOUR_MS + i64::from(self.rng.below(HOUR_MS as u32))
    }

    /// A video of a creator.
    pub fn video_of(&mut self, creator: u32, at_ms: i64) -> Pick {
        let video = self.shelf.pick(creator, at_ms, &mut self.rng);
        let duration_ms = self.platform.catalogue.videos[video as usize].duration_ms;
        Pick {
            creator,
            video,
            duration_ms,
        }
    }

    /// A video for a session that should not show the same one twice.
    pub fn unseen_video_for(&mut self, country: u8, at_ms: i64) -> Pick {
        const TRIES: u32 = 3;
        let mut pick = self.video_for(country, at_ms);
        for _ in 0..TRIES {
            if !self.seen.contains(&pick.video) {
                break;
            }
            pick = self.video_for(country, at_ms);
        }
        self.seen.push(pick.video);
        pick
    }

    /// A video for somebody in a country: creators from elsewhere are passed over half of the time, once.
    pub fn video_for(&mut self, country: u8, at_ms: i64) -> Pick {
        let cast = &self.platform.cast;
        let mut creator = cast.pick(&mut self.rng);
        if cast.creators[creator as usize].country != country && self.rng.one_in(2) {
            creator = cast.pick(&mut self.rng);
        }
        self.video_of(creator, at_ms)
    }

    /// Milliseconds watched that are at least the usual minimum.
    pub fn watched_enough(&mut self, duration_ms: u32) -> u32 {
        use crate::invalid::MINIMUM_WATCH_MS;
        const TRIES: u32 = 4;
        for _ in 0..TRIES {
            let watched = watch::watched_ms(duration_ms, &mut self.rng);
            if watched >= MINIMUM_WATCH_MS {
                return watched;
            }
        }
        MINIMUM_WATCH_MS + self.rng.below(duration_ms.min(60_000))
    }

    /// Adds a view in the For You feed.
    pub fn view(
        &mut self,
        who: &Account,
        pick: Pick,
        at_ms: i64,
        watched_ms: u32,
        label: Option<Rule>,
    ) -> &mut View {
        let views = &mut self.batch.views;
        views.push(View {
            event_id: 0,
            viewer: who.id,
            video: self.platform.catalogue.id(pick.video),
            creator: self.platform.cast.creators[pick.creator as usize].id,
            at_ms: at_ms.min(self.day_end_ms),
            watched_ms,
            duration_ms: pick.duration_ms,
            ip: who.ip,
            country: who.country,
            surface: crate::world::FOR_YOU,
            agent: who.agent,
            promoted: false,
            label,
        });
        views.last_mut().expect("just pushed")
    }

    /// Adds an act of engagement, a moment before the playback's end.
    pub fn act(&mut self, who: &Account, pick: Pick, at_ms: i64, kind: EngagementKind) {
        let video = self.platform.catalogue.id(pick.video);
        let at_ms = at_ms.min(self.day_end_ms);
        self.batch.acts.push(Act {
            viewer: who.id,
            video,
            at_ms,
            country: who.country,
            kind,
        });
    }

    /// Adds an advertisement after a video.
    pub fn impression(&mut self, who: &Account, pick: Pick, at_ms: i64) {
        let category = self.platform.catalogue.category(pick.creator, pick.video);
        let typical =
            COUNTRIES[usize::from(who.country)].revenue_micros * CATEGORIES[usize::from(category)].1 / 100;
        let revenue_micros = i64::from(watch::spread(typical, &mut self.rng));
        self.batch.impressions.push(Impression {
            viewer: who.id,
            video: self.platform.catalogue.id(pick.video),
            at_ms: at_ms.min(self.day_end_ms),
            country: who.country,
            category,
            revenue_micros,
        });
    }
}
