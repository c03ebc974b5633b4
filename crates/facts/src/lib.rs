//! Facts: integer counts per video, country and day (and payer, when a program divides by payer).
//!
//! They stand between counting and settling: `lake` makes them of events and knows no money, `earning` makes money of them and
//! knows no events. Their canonical hash is what a run is bound to.

pub mod encode;

use encode::Encoder;
use event::kind::EngagementKind;
use policy::qualification::Rule;
use std::sync::Arc;

/// Counts of one unit. All are sums over events; adding two counts adds every field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Counts {
    /// Views, whatever their verdict.
    pub views: u64,
    /// Views that qualified. `views == qualified + sum(rejected)`.
    pub qualified: u64,
    /// Views by first failing rule, indexed by `Rule`.
    pub rejected: [u64; Rule::COUNT],
    /// Milliseconds watched in all views but duplicates.
    pub watched_ms: u64,
    /// Milliseconds watched in qualified views.
    pub qualified_watched_ms: u64,
    /// Qualified views watched to the video's end or longer.
    pub completions: u64,
    /// Engagement once per user, video and kind, indexed by `EngagementKind`.
    pub engagement: [u64; EngagementKind::COUNT],
    /// Ad impressions attributed to the video.
    pub ad_impressions: u64,
    /// Their revenue in millionths of the facts' currency. That of one fact fits into 64 bits; sums of facts may not.
    pub ad_revenue_micros: i128,
}

/// So many events are counted at a time at most: with at most 2^27 milliseconds watched in each, no sum of counts outgrows its 64
/// bits, and no sum of revenues its 128.
pub const MAX_EVENTS: u64 = 1 << 37;

impl Counts {
    /// Adds another unit's counts. Of facts that were counted together the sums are exact: see [`MAX_EVENTS`].
    pub fn add(&mut self, other: &Counts) {
        self.views += other.views;
        self.qualified += other.qualified;
        for (mine, theirs) in self.rejected.iter_mut().zip(&other.rejected) {
            *mine += theirs;
        }
        self.watched_ms += other.watched_ms;
        self.qualified_watched_ms += other.qualified_watched_ms;
        self.completions += other.completions;
        for (mine, theirs) in self.engagement.iter_mut().zip(&other.engagement) {
            *mine += theirs;
        }
        self.ad_impressions += other.ad_impressions;
        self.ad_revenue_micros += other.ad_revenue_micros;
    }
}

/// One fact: the counts of a video in a country on a day (for a payer).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Index into `Facts::videos`.
    pub video: u32,
    /// Index into `Facts::countries`; 0 is the unknown country, `""`.
    pub country: u16,
    /// UTC day as days since 1970-01-01.
    pub day: i32,
    /// Index into `Facts::payers` when facts are kept by payer.
    pub payer: Option<u32>,
    /// The counts.
    pub counts: Counts,
}

/// A video the facts speak of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactVideo {
    /// The video's id.
    pub id: Arc<str>,
    /// The creator as the view rows say (the smallest id if they differ); a video snapshot wins over it.
    pub creator_hint: Option<Arc<str>>,
}

/// Facts of a span of days. Canonical when sorted: videos, countries and payers by id text, rows by
/// (video, country, day, payer), one row per key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Videos, sorted by id.
    pub videos: Vec<FactVideo>,
    /// Countries, sorted; the first is always `""`.
    pub countries: Vec<Arc<str>>,
    /// Payers, sorted; empty when facts are not kept by payer.
    pub payers: Vec<Arc<str>>,
    /// The facts.
    pub rows: Vec<Fact>,
    /// Rules that were on but whose columns no row had: never evaluated.
    pub not_evaluated: Vec<Rule>,
    /// Ad impressions in another currency than the facts': not counted.
    pub foreign_impressions: u64,
}

impl Facts {
    /// Lower-case hex BLAKE3 of the facts' canonical encoding: the same facts have the same hash, however they
    /// were counted or stored. The facts must be in canonical order.
    pub fn hash(&self) -> String {
        let mut to = Encoder::new("facts");
        to.number(self.videos.len() as i128);
        for video in &self.videos {
            to.text(&video.id);
            to.optional(video.creator_hint.as_deref());
        }
        for names in [&self.countries, &self.payers] {
            to.number(names.len() as i128);
            names.iter().for_each(|name| to.text(name));
        }
        to.number(self.rows.len() as i128);
        for row in &self.rows {
            to.number(row.video.into());
            to.number(row.country.into());
            to.number(row.day.into());
            to.number(row.payer.map_or(-1, i128::from));
            row.counts.encode(&mut to);
        }
        to.number(self.not_evaluated.len() as i128);
        self.not_evaluated.iter().for_each(|rule| to.text(rule.name()));
        to.number(self.foreign_impressions.into());
        self.encode_invalidated(&mut to);
        to.finish().to_hex().to_string()
    }

    /// Facts had twelve rules before views could be invalidated. The counts of that rule come after all else, and only
    /// where there are any: the hashes of facts without them, and so of every run made before, stay what they were.
    fn encode_invalidated(&self, to: &mut Encoder) {
        let counts = || {
            self.rows
                .iter()
                .map(|row| row.counts.rejected[Rule::Invalidated as usize])
        };
        if counts().any(|views| views > 0) {
            to.text(Rule::Invalidated.name());
            counts().for_each(|views| to.number(views.into()));
        }
    }
}

impl Counts {
    fn encode(&self, to: &mut Encoder) {
        let numbers = [
            self.views,
            self.qualified,
            self.watched_ms,
            self.qualified_watched_ms,
            self.completions,
            self.ad_impressions,
        ];
        let rejected = Rule::ALL.iter().filter(|rule| **rule != Rule::Invalidated);
        let rejected = rejected.map(|rule| &self.rejected[*rule as usize]);
        numbers
            .iter()
            .chain(rejected)
            .chain(&self.engagement)
            .for_each(|number| to.number((*number).into()));
        to.number(self.ad_revenue_micros);
    }
}
