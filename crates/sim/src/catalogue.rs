//! The videos: when they were published, how long they are, and which of a creator's videos is watched when.

use crate::cast::Cast;
use crate::id::{IdKind, IdSpace};
use crate::rng::{Rng, hash, scale};
use crate::watch;
use crate::world::CATEGORIES;

/// Days of publishing before the first view, so that look-backs of 30 days have something to look at.
pub const HISTORY_DAYS: u32 = 40;
const DAY_MS: i64 = 86_400_000;

/// A video as traffic needs it.
#[derive(Clone, Debug)]
pub struct Video {
    /// When it was published, Unix milliseconds.
    pub published_ms: i64,
    /// Length.
    pub duration_ms: u32,
    /// How much people like it: most 2 or 3, few 17.
    pub quality: u16,
    /// Day of the catalogue from which it is no longer public; `u16::MAX`: it stays.
    pub hidden_day: u16,
}

/// All videos: those of a creator are neighbours, the oldest first.
#[derive(Debug)]
pub struct Catalogue {
    seed: u64,
    /// The videos.
    pub videos: Vec<Video>,
    /// First video of each creator, and the end.
    bounds: Vec<u32>,
    /// Time of day 0: [`HISTORY_DAYS`] before the first view.
    pub opened_ms: i64,
    ids: IdSpace,
    niches: Vec<u8>,
}

impl Catalogue {
    /// The videos of a cast for views from a time on, for so many days.
    pub fn new(seed: u64, cast: &Cast, start_ms: i64, days: u32) -> Self {
        let opened_ms = start_ms - i64::from(HISTORY_DAYS) * DAY_MS;
        let (mut videos, mut bounds) = (Vec::new(), vec![0]);
        for (rank, creator) in cast.creators.iter().enumerate() {
            let mut rng = Rng::new(seed, 22, rank as u64);
            publish(
                &mut videos,
                creator.posts_per_1000_days,
                opened_ms,
                days,
                &mut rng,
            );
            bounds.push(videos.len() as u32);
        }
        let end_ms = start_ms + i64::from(days) * DAY_MS;
        let ids = IdSpace::new(IdKind::Video, seed, opened_ms, end_ms, videos.len() as u64);
        let niches = cast.creators.iter().map(|creator| creator.niche).collect();
        Self {
            seed,
            videos,
            bounds,
            opened_ms,
            ids,
            niches,
        }
    }

    /// The videos of a creator.
    pub fn of(&self, creator: u32) -> std::ops::Range<u32> {
        self.bounds[creator as usize]..self.bounds[creator as usize + 1]
    }

    /// The id of a video.
    pub fn id(&self, video: u32) -> i64 {
        self.ids.id(u64::from(video))
    }

    /// What a video of a creator is about: an index into `world::CATEGORIES`.
    pub fn category(&self, creator: u32, video: u32) -> u8 {
        let random = hash(self.seed, 23, u64::from(video));
        if random % 10 < 7 {
            self.niches[creator as usize]
        } else {
            scale(random, CATEGORIES.len() as u32) as u8
        }
    }

    /// What is watched on a day, counted from the catalogue's first.
    pub fn shelf(&self, day: u32) -> Shelf<'_> {
        let midnight = self.opened_ms + i64::from(day) * DAY_MS;
        // Fresh videos are shown most: a week later a twelfth, a month later less than a hundredth of that.
        let decay: Vec<u32> = (0..=day)
            .map(|age| (32_768 / ((age + 2) * (age + 4))).max(1))
            .collect();
        let mut reach = vec![0; self.videos.len()];
        for creator in 0..self.niches.len() as u32 {
            let mut sum = 0;
            for video in self.of(creator) {
                let Video {
                    published_ms,
                    quality,
                    hidden_day,
                    ..
                } = self.videos[video as usize];
                if published_ms < midnight + DAY_MS && u32::from(hidden_day) > day {
                    let age = ((midnight + DAY_MS - 1 - published_ms) / DAY_MS) as usize;
                    sum += decay[age] * u32::from(quality);
                }
                reach[video as usize] = sum;
            }
        }
        Shelf {
            catalogue: self,
            reach,
        }
    }
}

/// Publishes a creator's videos from the opening to the end. The first one is always old enough and stays public.
fn publish(videos: &mut Vec<Video>, posts_per_1000_days: u32, opened_ms: i64, days: u32, rng: &mut Rng) {
    let end_ms = opened_ms + i64::from(HISTORY_DAYS + days) * DAY_MS;
    let typical_gap_ms = (DAY_MS * 1_000 / i64::from(posts_per_1000_days)) as u64;
    let mut at = opened_ms + i64::from(rng.below(30 * 86_400)) * 1_000;
    let mut first = true;
    while at < end_ms {
        // One over a uniform draw: heavy-tailed, bounded so that sums stay small.
        let quality = (65_536 / (rng.below(65_536) + 4_000)) as u16 + 1;
        let fate = rng.below(1_000);
        let until = rng.between(1, 60);
        let hidden_day = match fate {
            _ if first => u16::MAX,
            // 3 % are private from the beginning, 3 % are hidden or removed later.
            0..30 => 0,
            30..60 => ((at - opened_ms) / DAY_MS) as u16 + until as u16,
            _ => u16::MAX,
        };
        videos.push(Video {
            published_ms: at,
            duration_ms: watch::duration_ms(rng),
            quality,
            hidden_day,
        });
        first = false;
        let percent = u64::from(rng.between(20, 180));
        at += (typical_gap_ms * percent / 100) as i64 + 1;
    }
}

/// The catalogue on a day.
#[derive(Debug)]
pub struct Shelf<'a> {
    catalogue: &'a Catalogue,
    /// Running sum of reach over a creator's videos.
    reach: Vec<u32>,
}

impl Shelf<'_> {
    /// One of a creator's videos that is public and was published by then.
    #[inline]
    pub fn pick(&self, creator: u32, at_ms: i64, rng: &mut Rng) -> u32 {
        let range = self.catalogue.of(creator);
        let reach = &self.reach[range.start as usize..range.end as usize];
        let draw = rng.below(reach.last().copied().unwrap_or(0));
        let mut index = reach.partition_point(|&sum| sum <= draw);
        // Later the same day it may still be unpublished: take an older one, at last the first.
        while index > 0 && (self.is_hidden(reach, index) || self.published(range.start, index) > at_ms) {
            index -= 1;
        }
        range.start + index as u32
    }

    fn is_hidden(&self, reach: &[u32], index: usize) -> bool {
        reach[index] == reach[index - 1]
    }

    fn published(&self, first: u32, index: usize) -> i64 {
        self.catalogue.videos[first as usize + index].published_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_790_000_000_000;

    #[test]
    fn only_public_and_published_videos_are_watched() {
        let cast = Cast::new(1, 50, 100, 0, START);
        let catalogue = Catalogue::new(1, &cast, START, 30);
        let mut rng = Rng::new(1, 0, 0);
        for day in [HISTORY_DAYS, HISTORY_DAYS + 10, HISTORY_DAYS + 29] {
            let shelf = catalogue.shelf(day);
            let midnight = catalogue.opened_ms + i64::from(day) * DAY_MS;
            for draw in 0..5_000 {
                let (creator, at) = (draw % 50, midnight + i64::from(draw) * 10_000);
                let video = shelf.pick(creator, at, &mut rng);
                assert!(catalogue.of(creator).contains(&video));
                let video = &catalogue.videos[video as usize];
                assert!(
                    video.published_ms <= at && u32::from(video.hidden_day) > day,
                    "{video:?} at {at}"
                );
            }
        }
    }

    #[test]
    fn fresh_videos_are_watched_most() {
        let cast = Cast::new(1, 1, 100, 0, START);
        let catalogue = Catalogue::new(1, &cast, START, 30);
        let shelf = catalogue.shelf(HISTORY_DAYS + 20);
        let mut rng = Rng::new(1, 0, 0);
        let at = START + 21 * DAY_MS - 1;
        let fresh = (0..1_000)
            .filter(|_| {
                at - catalogue.videos[shelf.pick(0, at, &mut rng) as usize].published_ms < 14 * DAY_MS
            })
            .count();
        assert!(fresh > 400, "{fresh}");
    }
}
