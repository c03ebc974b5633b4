//! Adding up: the judged events, ad impressions and creator hints of one partition of videos become facts.

use super::KernelError;
use super::context::Context;
use super::decide::{NO_VIEW, QUALIFIED};
use super::decode::NO_ID;
use super::emission::{self, KEY_SHIFT, unkey};
use super::order::grouped;
use super::shuffle::Shuffle;
use earning::facts::Counts;
use event::kind::EngagementKind;
use policy::qualification::Rule;
use std::ops::Range;
use std::sync::Arc;

/// One fact, its ids still numbers.
#[derive(Clone, Debug)]
pub(crate) struct Unit {
    /// Index into the partition's videos.
    pub video: u32,
    pub country: u16,
    /// Days since the span's start.
    pub day: u16,
    /// [`NO_ID`] when facts are not kept by payer, or the payer is not known.
    pub payer: u64,
    pub counts: Counts,
}

/// A video of a partition.
#[derive(Clone, Debug)]
pub(crate) struct CountedVideo {
    pub id: Arc<str>,
    /// The smallest creator that view rows name.
    pub hint: Option<Arc<str>>,
}

/// The facts of a partition: videos sorted by stable hash and text, units by video, country text, day, payer text.
#[derive(Debug, Default)]
pub(crate) struct Partition {
    pub videos: Vec<CountedVideo>,
    pub units: Vec<Unit>,
}

/// The three streams that meet here. `N`: words of a judged event.
pub(crate) struct Streams<'s, 'a, const N: usize> {
    pub judged: &'s Shuffle<'a, N>,
    pub ads: &'s Shuffle<'a, 4>,
    pub hints: &'s Shuffle<'a, 2>,
}

/// One thread's counter, with room to sort in.
pub(crate) struct Counter<'c, const N: usize> {
    context: &'c Context<'c>,
    judged: Vec<[u64; N]>,
    ads: Vec<[u64; 4]>,
    hints: Vec<[u64; 2]>,
    /// Numbers of the partition's videos, and the units of each as a range.
    found: Vec<(u64, Range<usize>)>,
    units: Vec<Unit>,
}

impl<'c, const N: usize> Counter<'c, N> {
    pub(crate) fn new(context: &'c Context<'c>) -> Self {
        Counter {
            context,
            judged: Vec::new(),
            ads: Vec::new(),
            hints: Vec::new(),
            found: Vec::new(),
            units: Vec::new(),
        }
    }

    /// Counts one partition.
    pub(crate) fn partition(
        &mut self,
        streams: &Streams<'_, '_, N>,
        index: usize,
    ) -> Result<Partition, KernelError> {
        let order = |a: &[u64; N], b: &[u64; N]| {
            let payers = if N > 2 { (a[2], b[2]) } else { (0, 0) };
            (a[0], a[1] >> KEY_SHIFT, payers.0).cmp(&(b[0], b[1] >> KEY_SHIFT, payers.1))
        };
        grouped(&streams.judged.take(index)?, &mut self.judged, order);
        grouped(&streams.ads.take(index)?, &mut self.ads, Ord::cmp);
        grouped(&streams.hints.take(index)?, &mut self.hints, Ord::cmp);
        self.found.clear();
        self.units.clear();
        self.views();
        self.impressions();
        Ok(self.named())
    }

    fn views(&mut self) {
        for video in self.judged.chunk_by(|a, b| a[0] == b[0]) {
            let start = self.units.len();
            let known = self.context.videos.get(&video[0][0]);
            if known.is_some() {
                self.context.note_seen(1 << Rule::SelfView as u32);
            }
            let duration = known.map_or(0, |video| video.duration_ms);
            let payer = |row: &[u64; N]| if N > 2 { row[2] } else { NO_ID };
            let same_unit =
                |a: &[u64; N], b: &[u64; N]| (a[1] >> KEY_SHIFT, payer(a)) == (b[1] >> KEY_SHIFT, payer(b));
            for rows in video.chunk_by(same_unit) {
                let (country, day) = unkey(rows[0][1] >> KEY_SHIFT);
                let mut counts = Counts::default();
                rows.iter()
                    .for_each(|row| add_judged(&mut counts, row[1], duration));
                self.units.push(Unit {
                    video: 0,
                    country,
                    day,
                    payer: payer(&rows[0]),
                    counts,
                });
            }
            self.found.push((video[0][0], start..self.units.len()));
        }
    }

    /// Adds ad impressions: to the units of views where there are such, else as units of their own.
    fn impressions(&mut self) {
        if self.ads.is_empty() {
            return;
        }
        let mut of_video: Vec<_> = self
            .found
            .iter()
            .map(|(video, range)| (*video, range.clone()))
            .collect();
        of_video.sort_unstable_by_key(|(video, _)| *video);
        let mut alone: Vec<Unit> = Vec::new();
        for ads in self.ads.chunk_by(|a, b| a[0] == b[0]) {
            let known = of_video.binary_search_by_key(&ads[0][0], |(video, _)| *video);
            let range = known.map_or(0..0, |index| of_video[index].1.clone());
            let first_alone = alone.len();
            for same in ads.chunk_by(|a, b| (a[1], a[2]) == (b[1], b[2])) {
                let (country, day) = unkey(same[0][1]);
                let payer = if N > 2 { same[0][2] } else { NO_ID };
                let key = (country, day, payer);
                let units = &mut self.units[range.clone()];
                // Units of a video come sorted by (country, day, payer) as numbers.
                let counts =
                    match units.binary_search_by_key(&key, |unit| (unit.country, unit.day, unit.payer)) {
                        Ok(index) => &mut units[index].counts,
                        Err(_) => {
                            let counts = Counts::default();
                            alone.push(Unit {
                                video: 0,
                                country,
                                day,
                                payer,
                                counts,
                            });
                            &mut alone.last_mut().expect("just pushed").counts
                        }
                    };
                counts.ad_impressions += same.len() as u64;
                counts.ad_revenue_micros += same.iter().map(|ad| ad[3] as i64).sum::<i64>();
            }
            if first_alone < alone.len() {
                let start = self.units.len() + first_alone;
                self.found
                    .push((ads[0][0], start..self.units.len() + alone.len()));
            }
        }
        self.units.append(&mut alone);
    }

    /// Gives ids their texts and puts everything in order.
    fn named(&mut self) -> Partition {
        let interner = &self.context.interner;
        let mut named: Vec<(u64, Arc<str>, u64, Range<usize>)> = std::mem::take(&mut self.found)
            .into_iter()
            .map(|(video, range)| {
                let id = interner.text(video);
                (event::id::stable_hash(&id), id, video, range)
            })
            .collect();
        named.sort_unstable_by(|a, b| (a.0, &a.1, a.3.start).cmp(&(b.0, &b.1, b.3.start)));
        let hints = self.smallest_hints();
        let mut partition = Partition {
            videos: Vec::with_capacity(named.len()),
            units: Vec::new(),
        };
        partition.units.reserve(self.units.len());
        for same in named.chunk_by(|a, b| a.2 == b.2) {
            let first = partition.units.len();
            let video = partition.videos.len() as u32;
            for (.., range) in same {
                let units = self.units[range.clone()].iter().cloned();
                partition.units.extend(units.map(|unit| Unit { video, ..unit }));
            }
            self.sort_units(&mut partition.units[first..]);
            let hint = hints.binary_search_by_key(&same[0].2, |(video, _)| *video).ok();
            let hint = hint.map(|index| Arc::clone(&hints[index].1));
            partition.videos.push(CountedVideo {
                id: Arc::clone(&same[0].1),
                hint,
            });
        }
        partition
    }

    fn sort_units(&self, units: &mut [Unit]) {
        let (places, interner) = (&self.context.places, &self.context.interner);
        if units.len() < 2 {
            return;
        }
        let plain = |code: u16| code < 0x8000;
        if units
            .iter()
            .all(|unit| plain(unit.country) && unit.payer == NO_ID)
        {
            // Codes of two capital letters are in the order of their texts.
            units.sort_unstable_by_key(|unit| (unit.country, unit.day));
            return;
        }
        let payer = |unit: &Unit| {
            if unit.payer == NO_ID {
                None
            } else {
                Some(interner.text(unit.payer))
            }
        };
        units.sort_by_cached_key(|unit| (places.text(unit.country), unit.day, payer(unit)));
    }

    /// For each video that has hints, its number and the smallest creator, sorted by number.
    fn smallest_hints(&mut self) -> Vec<(u64, Arc<str>)> {
        let interner = &self.context.interner;
        let mut smallest: Vec<_> = self
            .hints
            .chunk_by(|a, b| a[0] == b[0])
            .map(|same| {
                let mut texts = same.chunk_by(|a, b| a == b).map(|hint| interner.text(hint[0][1]));
                let first = texts.next().expect("a chunk is not empty");
                (same[0][0], texts.fold(first, |least, text| least.min(text)))
            })
            .collect();
        smallest.sort_unstable_by_key(|(video, _)| *video);
        smallest
    }
}

#[inline]
fn add_judged(counts: &mut Counts, word: u64, duration: u32) {
    let verdict = emission::verdict(word);
    let mut kinds = emission::engagement(word);
    while kinds != 0 {
        counts.engagement[kinds.trailing_zeros() as usize % EngagementKind::COUNT] += 1;
        kinds &= kinds - 1;
    }
    if verdict == NO_VIEW {
        return;
    }
    counts.views += 1;
    let watched = emission::watched(word);
    if verdict != Rule::Duplicate as u8 {
        counts.watched_ms += u64::from(watched);
    }
    if verdict == QUALIFIED {
        counts.qualified += 1;
        counts.qualified_watched_ms += u64::from(watched);
        let finished = if duration > 0 {
            watched >= duration
        } else {
            emission::finished(word)
        };
        counts.completions += u64::from(finished);
    } else {
        counts.rejected[verdict as usize % Rule::COUNT] += 1;
    }
}
