//! The inputs in canonical order: videos, creators and units with their totals.
//!
//! A *unit* is one video in one country, on one day or by one payer where the program divides or ranks
//! by them. Ids are ordered by their bytes. A video's creator is the one of its snapshot, else the one
//! that its views name, else nobody. Two orders of the same inputs give the same world.

use crate::error::SettleError;
use crate::inputs::Inputs;
use event::snapshot::{CreatorSnapshot, VideoSnapshot};
use facts::{Counts, Fact, Facts};
use hashbrown::HashMap;
use jiff::civil::Date;
use policy::program::{Mechanism, PartitionKey, Program};
use rayon::prelude::*;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// How many rows a thread adds up at a time.
const ROWS: usize = 65_536;

/// A video with facts in the period.
pub(crate) struct Video<'a> {
    pub(crate) id: &'a Arc<str>,
    pub(crate) snapshot: Option<&'a VideoSnapshot>,
    /// Index into `World::creators`.
    pub(crate) creator: Option<u32>,
    pub(crate) views: u64,
    pub(crate) qualified: u64,
    pub(crate) likes: u64,
    /// Indices into `World::units`.
    pub(crate) units: Range<u32>,
}

/// A creator with a snapshot, or with facts in the period.
pub(crate) struct Creator<'a> {
    pub(crate) id: &'a Arc<str>,
    pub(crate) snapshot: Option<&'a CreatorSnapshot>,
    pub(crate) views: u64,
    pub(crate) qualified: u64,
}

/// One unit. A key that the program does not keep apart is 0.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UnitKey {
    /// Index into `World::videos`.
    pub(crate) video: u32,
    /// Index into `World::countries`.
    pub(crate) country: u32,
    /// Days since 1970-01-01.
    pub(crate) day: i32,
    /// Index into `World::payers`.
    pub(crate) payer: u32,
    first_row: u32,
    rows: u32,
}

/// What units are kept apart by, besides video and country.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Grain {
    pub(crate) day: bool,
    pub(crate) payer: bool,
}

impl Grain {
    /// The grain that a program needs: its partition keys and the keys of its line-up.
    pub(crate) fn of(program: &Program) -> Self {
        let (partition, top) = match &program.mechanism {
            Mechanism::Pool(pool) => (pool.partition.as_slice(), pool.top.as_ref()),
            Mechanism::Share(share) => (share.partition.as_slice(), share.top.as_ref()),
            Mechanism::Rate(_) | Mechanism::Conversion(_) => (&[][..], None),
        };
        let ranked = top.map_or(&[][..], |top| top.by.as_slice());
        let needs = |key| partition.contains(&key) || ranked.contains(&key);
        Grain {
            day: needs(PartitionKey::Day),
            payer: needs(PartitionKey::Payer),
        }
    }
}

/// The inputs, ready to settle.
pub(crate) struct World<'a> {
    pub(crate) inputs: Inputs<'a>,
    pub(crate) grain: Grain,
    pub(crate) videos: Vec<Video<'a>>,
    pub(crate) creators: Vec<Creator<'a>>,
    pub(crate) units: Vec<UnitKey>,
    pub(crate) countries: Vec<&'a Arc<str>>,
    pub(crate) payers: Vec<&'a Arc<str>>,
    /// Fact rows of the period in unit order.
    rows: Vec<u32>,
}

impl<'a> World<'a> {
    /// Puts inputs into order. Errors: facts that contradict themselves, two snapshots of one subject.
    pub(crate) fn new(inputs: &Inputs<'a>) -> Result<Self, SettleError> {
        let grain = Grain::of(inputs.program);
        let facts = inputs.facts;
        // Whoever watched or engaged is known; an advertisement may have been seen by nobody known.
        let is_of_somebody =
            |row: &Fact| row.counts.views > 0 || row.counts.engagement.iter().any(|count| *count > 0);
        if grain.payer
            && facts
                .rows
                .iter()
                .any(|row| row.payer.is_none() && is_of_somebody(row))
        {
            return Err(SettleError::FactsWithoutPayer {
                program: inputs.program.id.clone(),
            });
        }
        let (video_ids, video_ranks) = ranks(facts.videos.iter().map(|video| &video.id));
        let (countries, country_ranks) = ranks(facts.countries.iter());
        let (payers, payer_ranks) = ranks(facts.payers.iter());
        let ranks = Ranks {
            videos: &video_ranks,
            countries: &country_ranks,
            payers: &payer_ranks,
        };
        let (units, rows) = units(inputs, grain, &ranks)?;
        let mut videos = video_list(facts, &video_ids, &video_ranks, inputs.videos)?;
        add_totals(&mut videos, &units, &rows, facts);
        let mut world = World {
            inputs: *inputs,
            grain,
            videos: Vec::new(),
            creators: Vec::new(),
            units,
            countries,
            payers,
            rows,
        };
        world.creators = creator_list(&mut videos, inputs.creators)?;
        world.videos = videos.into_iter().map(|owned| owned.video).collect();
        world.keep_videos_with_units();
        Ok(world)
    }

    /// The counts of a unit.
    pub(crate) fn counts(&self, unit: &UnitKey) -> Cow<'a, Counts> {
        let rows = &self.rows[unit.first_row as usize..(unit.first_row + unit.rows) as usize];
        let facts: &'a Facts = self.inputs.facts;
        let (first, rest) = rows.split_first().expect("a unit has at least one row");
        let mut counts = Cow::Borrowed(&facts.rows[*first as usize].counts);
        for row in rest {
            counts.to_mut().add(&facts.rows[*row as usize].counts);
        }
        counts
    }

    /// Ad impressions of the period that name no payer, of a program that divides by payer: they are in no partition.
    pub(crate) fn impressions_without_payer(&self) -> u64 {
        let period = &self.inputs.period;
        let days = day_of(period.start())..day_of(period.end());
        let rows = self.inputs.facts.rows.iter().filter(|_| self.grain.payer);
        let of_nobody = rows.filter(|row| row.payer.is_none() && days.contains(&row.day));
        of_nobody.map(|row| row.counts.ad_impressions).sum()
    }

    /// The counts of the whole period.
    pub(crate) fn total_counts(&self) -> Counts {
        let of_chunk = |rows: &[u32]| {
            let mut sum = Counts::default();
            rows.iter()
                .for_each(|row| sum.add(&self.inputs.facts.rows[*row as usize].counts));
            sum
        };
        let sums: Vec<Counts> = self.rows.par_chunks(ROWS).map(of_chunk).collect();
        let mut total = Counts::default();
        sums.iter().for_each(|sum| total.add(sum));
        total
    }

    /// The day of a unit, where days are kept apart.
    pub(crate) fn day(&self, unit: &UnitKey) -> Option<Date> {
        self.grain.day.then(|| date_of(unit.day))
    }

    /// Drops videos without facts in the period, which nothing is to be decided about.
    fn keep_videos_with_units(&mut self) {
        if self.videos.iter().all(|video| !video.units.is_empty()) {
            return;
        }
        let mut renumbered = vec![0_u32; self.videos.len()];
        let mut kept = 0;
        for (number, video) in renumbered.iter_mut().zip(&self.videos) {
            *number = kept;
            kept += u32::from(!video.units.is_empty());
        }
        for unit in &mut self.units {
            unit.video = renumbered[unit.video as usize];
        }
        self.videos.retain(|video| !video.units.is_empty());
    }
}

/// Days since 1970-01-01 as a date; facts hold no other days than events have.
pub(crate) fn date_of(day: i32) -> Date {
    Date::new(1970, 1, 1)
        .expect("the epoch is a date")
        .saturating_add(jiff::Span::new().days(day))
}

/// A date as days since 1970-01-01.
pub(crate) fn day_of(date: Date) -> i32 {
    let epoch = Date::new(1970, 1, 1).expect("the epoch is a date");
    epoch.until(date).expect("days between two dates").get_days()
}

struct Ranks<'r> {
    videos: &'r [u32],
    countries: &'r [u32],
    payers: &'r [u32],
}

/// Sorted distinct texts, and for every given text its place among them.
fn ranks<'t>(texts: impl Iterator<Item = &'t Arc<str>>) -> (Vec<&'t Arc<str>>, Vec<u32>) {
    let given: Vec<&Arc<str>> = texts.collect();
    if given.par_windows(2).all(|pair| pair[0] < pair[1]) {
        let ranks = (0..given.len() as u32).collect();
        return (given, ranks);
    }
    let mut sorted = given.clone();
    sorted.par_sort_unstable();
    sorted.dedup();
    let place = |text: &&Arc<str>| sorted.binary_search(text).expect("every text is there") as u32;
    let ranks = given.iter().map(place).collect();
    (sorted, ranks)
}

/// A row's place in the order of units: (video, country, day, payer) in one number.
fn row_key(video: u32, country: u32, day: i32, payer: u32) -> u128 {
    // Days sort as unsigned numbers once their sign bit is flipped.
    let day = (day as u32) ^ (1 << 31);
    u128::from(video) << 96 | u128::from(country) << 64 | u128::from(day) << 32 | u128::from(payer)
}

fn units(
    inputs: &Inputs<'_>,
    grain: Grain,
    ranks: &Ranks<'_>,
) -> Result<(Vec<UnitKey>, Vec<u32>), SettleError> {
    let (start, end) = (day_of(inputs.period.start()), day_of(inputs.period.end()));
    let rows = inputs.facts.rows.len();
    if u32::try_from(rows).is_err() {
        return Err(SettleError::overflow(format!("a period of {rows} facts")));
    }
    let mut keyed: Vec<(u128, u32)> = Vec::with_capacity(rows);
    for (index, row) in inputs.facts.rows.iter().enumerate() {
        let rank = |ranks: &[u32], what, at: usize| {
            ranks.get(at).copied().ok_or(SettleError::BrokenFacts {
                row: index,
                what,
                index: at,
            })
        };
        let video = rank(ranks.videos, "video", row.video as usize)?;
        let country = rank(ranks.countries, "country", row.country.into())?;
        let payer = row
            .payer
            .map_or(Ok(0), |payer| rank(ranks.payers, "payer", payer as usize))?;
        let is_nobodys = grain.payer && row.payer.is_none();
        if is_nobodys || !(start..end).contains(&row.day) {
            continue;
        }
        let key = row_key(
            video,
            country,
            if grain.day { row.day } else { 0 },
            if grain.payer { payer } else { 0 },
        );
        keyed.push((key, index as u32));
    }
    if !keyed.is_sorted_by_key(|(key, _)| *key) {
        keyed.par_sort_unstable();
    }
    let mut units: Vec<UnitKey> = Vec::new();
    let mut last = None;
    for (at, (key, _)) in keyed.iter().enumerate() {
        if last == Some(*key) {
            units.last_mut().expect("a unit was begun").rows += 1;
            continue;
        }
        last = Some(*key);
        units.push(UnitKey {
            video: (key >> 96) as u32,
            country: (key >> 64) as u32,
            day: ((key >> 32) as u32 ^ (1 << 31)) as i32,
            payer: *key as u32,
            first_row: at as u32,
            rows: 1,
        });
    }
    Ok((units, keyed.into_iter().map(|(_, row)| row).collect()))
}

/// A video, and the creator's id until creators are numbered.
struct Owned<'a> {
    video: Video<'a>,
    owner: Option<&'a Arc<str>>,
}

fn video_list<'a>(
    facts: &'a Facts,
    ids: &[&'a Arc<str>],
    ranks: &[u32],
    snapshots: &'a [VideoSnapshot],
) -> Result<Vec<Owned<'a>>, SettleError> {
    let mut hints: Vec<Option<&Arc<str>>> = vec![None; ids.len()];
    for (video, rank) in facts.videos.iter().zip(ranks) {
        let hint = &mut hints[*rank as usize];
        // A video listed twice keeps the smallest id, the rule within one listing too.
        *hint = match (*hint, video.creator_hint.as_ref()) {
            (Some(known), Some(other)) => Some(known.min(other)),
            (known, other) => known.or(other),
        };
    }
    let snapshots = sorted("video", snapshots, |snapshot| &snapshot.id)?;
    let mut next = snapshots.into_iter().peekable();
    let mut videos = Vec::with_capacity(ids.len());
    for (id, hint) in ids.iter().zip(hints) {
        while next.next_if(|snapshot| snapshot.id < **id).is_some() {}
        let snapshot = next.next_if(|snapshot| snapshot.id == **id);
        let owner = snapshot.map(|snapshot| &snapshot.creator).or(hint);
        let video = Video {
            id,
            snapshot,
            creator: None,
            views: 0,
            qualified: 0,
            likes: 0,
            units: 0..0,
        };
        videos.push(Owned { video, owner });
    }
    Ok(videos)
}

fn add_totals(videos: &mut [Owned<'_>], units: &[UnitKey], rows: &[u32], facts: &Facts) {
    for (index, unit) in units.iter().enumerate() {
        let video = &mut videos[unit.video as usize].video;
        if video.units.is_empty() {
            video.units = index as u32..index as u32;
        }
        video.units.end = index as u32 + 1;
        for row in &rows[unit.first_row as usize..(unit.first_row + unit.rows) as usize] {
            let counts = &facts.rows[*row as usize].counts;
            video.views += counts.views;
            video.qualified += counts.qualified;
            video.likes += counts.engagement[event::kind::EngagementKind::Like as usize];
        }
    }
}

/// Every known creator, sorted; videos learn their creator's number, creators their totals.
fn creator_list<'a>(
    videos: &mut [Owned<'a>],
    snapshots: &'a [CreatorSnapshot],
) -> Result<Vec<Creator<'a>>, SettleError> {
    let snapshots = sorted("creator", snapshots, |snapshot| &snapshot.id)?;
    let active = |owned: &&mut Owned<'a>| !owned.video.units.is_empty();
    let mut numbers: HashMap<&str, u32> = HashMap::with_capacity(snapshots.len());
    let mut found: Vec<(&'a Arc<str>, Option<&'a CreatorSnapshot>)> = snapshots
        .iter()
        .map(|snapshot| (&snapshot.id, Some(*snapshot)))
        .collect();
    for (number, (id, _)) in found.iter().enumerate() {
        numbers.insert(id, number as u32);
    }
    for owned in videos.iter_mut().filter(active) {
        owned.video.creator = owned.owner.map(|id| {
            *numbers.entry(id).or_insert_with(|| {
                found.push((id, None));
                found.len() as u32 - 1
            })
        });
    }
    let mut order: Vec<u32> = (0..found.len() as u32).collect();
    order.par_sort_unstable_by_key(|number| found[*number as usize].0);
    let mut renumbered = vec![0_u32; found.len()];
    let mut creators = Vec::with_capacity(found.len());
    for (place, number) in order.into_iter().enumerate() {
        renumbered[number as usize] = place as u32;
        let (id, snapshot) = found[number as usize];
        creators.push(Creator {
            id,
            snapshot,
            views: 0,
            qualified: 0,
        });
    }
    for owned in videos.iter_mut() {
        let Some(number) = &mut owned.video.creator else {
            continue;
        };
        *number = renumbered[*number as usize];
        let creator: &mut Creator<'_> = &mut creators[*number as usize];
        creator.views += owned.video.views;
        creator.qualified += owned.video.qualified;
    }
    Ok(creators)
}

fn sorted<'s, S: Sync>(
    kind: &'static str,
    snapshots: &'s [S],
    id: impl Fn(&S) -> &Arc<str> + Sync,
) -> Result<Vec<&'s S>, SettleError> {
    let mut sorted: Vec<&S> = snapshots.iter().collect();
    if sorted.par_windows(2).all(|pair| id(pair[0]) < id(pair[1])) {
        return Ok(sorted);
    }
    sorted.par_sort_unstable_by(|a, b| id(a).cmp(id(b)));
    match sorted.windows(2).find(|pair| id(pair[0]) == id(pair[1])) {
        Some(pair) => Err(SettleError::DuplicateSnapshot {
            kind,
            id: id(pair[0]).to_string(),
        }),
        None => Ok(sorted),
    }
}
