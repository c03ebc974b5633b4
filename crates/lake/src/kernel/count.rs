//! Adding up: the judged events, ad impressions and creator hints of one partition of videos become facts.

use super::KernelError;
use super::context::Context;
use super::decide::{NO_VIEW, QUALIFIED};
use super::decode::NO_ID;
use super::emission::{self, KEY_SHIFT, unkey};
use super::order::grouped;
use super::places::is_letters;
use super::shuffle::Shuffle;
use crate::facts_file::CountColumns;
use crate::funnel::date_of;
use event::id::stable_hash;
use event::kind::EngagementKind;
use facts::Counts;
use policy::qualification::Rule;
use std::ops::Range;
use std::sync::Arc;

/// What a fact of a video is kept by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct UnitKey {
    pub country: u16,
    /// Days since the span's start.
    pub day: u16,
    /// [`NO_ID`] when facts are not kept by payer, or the payer is not known.
    pub payer: u64,
}

/// A video of a partition.
#[derive(Clone, Debug)]
pub(crate) struct CountedVideo {
    pub id: Arc<str>,
    /// The smallest creator that view rows name.
    pub hint: Option<Arc<str>>,
    /// Its facts.
    pub units: Range<usize>,
}

/// The facts of a partition: videos sorted by stable hash and text, their facts by country text, day, payer text.
#[derive(Debug, Default)]
pub(crate) struct Partition {
    pub videos: Vec<CountedVideo>,
    pub keys: Vec<UnitKey>,
    pub counts: CountColumns,
}

/// The three streams that meet here. `N`: words of a judged event.
pub(crate) struct Streams<'s, 'a, const N: usize> {
    pub judged: &'s Shuffle<'a, N>,
    pub ads: &'s Shuffle<'a, 4>,
    pub hints: &'s Shuffle<'a, 2>,
}

/// A video's rows in one of the streams.
struct Found {
    hash: u64,
    video: u64,
    rows: Rows,
}

enum Rows {
    Judged(Range<usize>),
    Ads(Range<usize>),
}

/// One thread's counter, with room to sort in.
pub(crate) struct Counter<'c, const N: usize> {
    context: &'c Context<'c>,
    judged: Vec<[u64; N]>,
    ads: Vec<[u64; 4]>,
    hints: Vec<[u64; 2]>,
    /// The facts of one video.
    units: Vec<(UnitKey, Counts)>,
}

impl<'c, const N: usize> Counter<'c, N> {
    pub(crate) fn new(context: &'c Context<'c>) -> Self {
        Counter {
            context,
            judged: Vec::new(),
            ads: Vec::new(),
            hints: Vec::new(),
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
        let (found, hints) = (self.found(), self.smallest_hints());
        let mut partition = Partition::default();
        for of_video in found.chunk_by(|a, b| a.video == b.video) {
            self.units.clear();
            for found in of_video {
                match &found.rows {
                    Rows::Judged(rows) => self.views(found.video, rows.clone()),
                    Rows::Ads(rows) => self.impressions(rows.clone()),
                }
            }
            self.sort_units();
            let start = partition.keys.len();
            let video = of_video[0].video;
            for (key, counts) in &self.units {
                partition.keys.push(*key);
                let kept = partition.counts.push(counts);
                kept.ok_or_else(|| self.too_large(video, key, counts))?;
            }
            let hint = hints.binary_search_by_key(&video, |(video, _)| *video).ok();
            partition.videos.push(CountedVideo {
                id: self.context.interner.text(video),
                hint: hint.map(|index| Arc::clone(&hints[index].1)),
                units: start..partition.keys.len(),
            });
        }
        Ok(partition)
    }

    /// The videos of the partition in their final order, judged events before impressions.
    fn found(&self) -> Vec<Found> {
        let interner = &self.context.interner;
        let hash = |video: u64| stable_hash(&interner.text(video));
        let mut found = Vec::new();
        let mut start = 0;
        for same in self.judged.chunk_by(|a, b| a[0] == b[0]) {
            let (video, rows) = (same[0][0], Rows::Judged(start..start + same.len()));
            found.push(Found {
                hash: hash(video),
                video,
                rows,
            });
            start += same.len();
        }
        start = 0;
        for same in self.ads.chunk_by(|a, b| a[0] == b[0]) {
            let (video, rows) = (same[0][0], Rows::Ads(start..start + same.len()));
            found.push(Found {
                hash: hash(video),
                video,
                rows,
            });
            start += same.len();
        }
        // A stable sort: what was pushed first stays first.
        found.sort_by(|a, b| {
            let text = |found: &Found| interner.text(found.video);
            let texts = || {
                if a.video == b.video {
                    std::cmp::Ordering::Equal
                } else {
                    text(a).cmp(&text(b))
                }
            };
            a.hash.cmp(&b.hash).then_with(texts)
        });
        found
    }

    fn views(&mut self, video: u64, rows: Range<usize>) {
        let known = self.context.videos.get(&video);
        if known.is_some() {
            self.context.note_seen(1 << Rule::SelfView as u32);
        }
        let duration = known.map_or(0, |video| video.duration_ms);
        let payer = |row: &[u64; N]| if N > 2 { row[2] } else { NO_ID };
        let same_unit =
            |a: &[u64; N], b: &[u64; N]| (a[1] >> KEY_SHIFT, payer(a)) == (b[1] >> KEY_SHIFT, payer(b));
        for rows in self.judged[rows].chunk_by(same_unit) {
            let (country, day) = unkey(rows[0][1] >> KEY_SHIFT);
            let mut counts = Counts::default();
            rows.iter()
                .for_each(|row| add_judged(&mut counts, row[1], duration));
            let payer = payer(&rows[0]);
            self.units.push((UnitKey { country, day, payer }, counts));
        }
    }

    /// Adds ad impressions: to the facts of views where there are such, else as facts of their own.
    fn impressions(&mut self, rows: Range<usize>) {
        // Facts of views come sorted by their keys as numbers.
        let of_views = self.units.len();
        for same in self.ads[rows].chunk_by(|a, b| (a[1], a[2]) == (b[1], b[2])) {
            let (country, day) = unkey(same[0][1]);
            let key = UnitKey {
                country,
                day,
                payer: if N > 2 { same[0][2] } else { NO_ID },
            };
            let known = self.units[..of_views].binary_search_by_key(&key, |(key, _)| *key);
            let index = known.unwrap_or_else(|_| {
                self.units.push((key, Counts::default()));
                self.units.len() - 1
            });
            let counts = &mut self.units[index].1;
            counts.ad_impressions += same.len() as u64;
            counts.ad_revenue_micros += same.iter().map(|ad| i128::from(ad[3] as i64)).sum::<i128>();
        }
    }

    #[cold]
    fn too_large(&self, video: u64, key: &UnitKey, counts: &Counts) -> KernelError {
        let context = self.context;
        KernelError::RevenueTooLarge {
            video: context.interner.text(video).to_string(),
            country: context.places.text(key.country).to_string(),
            day: date_of(context.span.first_day + i32::from(key.day)),
            micros: counts.ad_revenue_micros,
        }
    }

    fn sort_units(&mut self) {
        let (places, interner) = (&self.context.places, &self.context.interner);
        let plain = |(key, _): &(UnitKey, Counts)| is_letters(key.country) && key.payer == NO_ID;
        if self.units.iter().all(plain) {
            // Codes of two capital letters are in the order of their texts.
            if !self.units.is_sorted_by_key(|(key, _)| *key) {
                self.units.sort_unstable_by_key(|(key, _)| *key);
            }
            return;
        }
        let payer = |key: &UnitKey| (key.payer != NO_ID).then(|| interner.text(key.payer));
        self.units
            .sort_by_cached_key(|(key, _)| (places.text(key.country), key.day, payer(key)));
    }

    /// For each video that has hints, its number and the smallest creator, sorted by number.
    fn smallest_hints(&self) -> Vec<(u64, Arc<str>)> {
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
