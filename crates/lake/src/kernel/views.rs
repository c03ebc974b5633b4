//! View rows of a row group: decoded column by column, judged by the rules that need nothing but the row, scattered by viewer.

use super::KernelError;
use super::context::Context;
use super::decode::{Columns, Ids, Meaning};
use super::hints::Hints;
use super::ids::bucket;
use super::row::{BY_CREATOR, Row, country_bits, duration_bits, engagement_bits, fail, mark, time_word};
use super::rules::{data_centre, declared_bot, invalidated, paid, surface, too_short};
use super::shuffle::Writer;
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::DataType;
use event::kind::EngagementKind;
use event::schema::MAX_MILLIS;
use policy::qualification::Rule;
use std::path::Path;

/// Columns that every view file has.
pub(crate) const REQUIRED: [&str; 4] = ["viewer_id", "video_id", "occurred_at", "watched_ms"];

/// The columns a job reads, as far as a file has them.
pub(crate) fn columns(context: &Context<'_>) -> Vec<&'static str> {
    let wanted = context.request.qualification;
    let mut columns = REQUIRED.to_vec();
    columns.extend(["duration_ms", "creator_id", "country"]);
    columns.extend(EngagementKind::ALL.map(EngagementKind::name));
    if wanted.surfaces.is_some() {
        columns.push("surface");
    }
    if wanted.exclude_paid.is_some() {
        columns.push("promoted");
    }
    if wanted.exclude_data_centres.is_some() {
        columns.extend(["data_centre", "ip"]);
    }
    if wanted.exclude_declared_bots.is_some() {
        columns.extend(["bot", "user_agent"]);
    }
    if !context.request.lists.invalidated().views.is_empty() {
        columns.push("event_id");
    }
    columns
}

/// Where the rows of a batch go.
pub(crate) struct Scattered<'w, 's, 'a, const W: usize> {
    pub rows: &'w mut Writer<'s, 'a, W>,
    pub hints: &'w mut Hints<'s, 'a>,
    pub bits: u32,
}

/// One thread's view decoder.
pub(crate) struct ViewDecoder<'c> {
    context: &'c Context<'c>,
    viewers: Ids,
    videos: Ids,
    creators: Ids,
    times: Vec<i64>,
    watched: Vec<u32>,
    durations: Vec<u32>,
    /// The fourth word of each row.
    metas: Vec<u64>,
    /// Rows in the span and not repeated: what says whether a rule could be evaluated.
    counted: Vec<bool>,
    countries: Meaning<u16>,
    surfaces: Meaning<u64>,
    agents: Meaning<u64>,
    seen: u32,
}

impl<'c> ViewDecoder<'c> {
    pub(crate) fn new(context: &'c Context<'c>) -> Self {
        ViewDecoder {
            context,
            viewers: Ids::default(),
            videos: Ids::default(),
            creators: Ids::default(),
            times: Vec::new(),
            watched: Vec::new(),
            durations: Vec::new(),
            metas: Vec::new(),
            counted: Vec::new(),
            countries: Meaning::default(),
            surfaces: Meaning::default(),
            agents: Meaning::default(),
            seen: 0,
        }
    }

    /// Decodes a batch and scatters its rows of the span. `repeated` says which row of the batch repeats an event id;
    /// `extend` gives the words of a row beyond the fourth, or says to
    /// leave it out.
    pub(crate) fn batch<const W: usize>(
        &mut self,
        batch: &RecordBatch,
        path: &Path,
        repeated: impl Fn(usize) -> bool,
        extend: impl Fn(usize, &mut Row<W>) -> Result<bool, KernelError>,
        out: &mut Scattered<'_, '_, '_, W>,
    ) -> Result<(), KernelError> {
        let columns = Columns { batch, path };
        self.required(&columns)?;
        let rows = batch.num_rows();
        self.metas.clear();
        self.metas.resize(rows, 0);
        let (start, length) = (self.context.span.start_ms(), self.context.span.length_ms());
        self.counted.clear();
        for (row, time) in self.times.iter_mut().enumerate() {
            *time = time.wrapping_sub(start);
            let again = repeated(row);
            self.metas[row] |= if again { fail(Rule::Duplicate) } else { 0 };
            self.counted.push((*time as u64) < length && !again);
        }
        self.descriptions(&columns)?;
        self.engagement(&columns)?;
        self.verdicts(&columns)?;
        if self.by_creator(&columns)? {
            out.hints.note(&self.videos, &self.creators, &self.counted)?;
        }
        for row in 0..rows {
            let offset = self.times[row] as u64;
            if offset >= length {
                continue;
            }
            let (viewer, video) = (self.viewers[row], self.videos[row]);
            let mut words = [0; W];
            words[..4].copy_from_slice(&[
                viewer,
                video,
                time_word(offset, self.watched[row]),
                self.metas[row],
            ]);
            if !extend(row, &mut words)? {
                continue;
            }
            out.rows.push(bucket(viewer, out.bits), words)?;
        }
        Ok(())
    }

    /// Tells the job which rules had what they need.
    pub(crate) fn finish(self) {
        self.context.note_seen(self.seen);
    }

    fn required(&mut self, columns: &Columns<'_>) -> Result<(), KernelError> {
        let interner = &self.context.interner;
        columns.ids("viewer_id", interner, &mut self.viewers)?;
        columns.ids("video_id", interner, &mut self.videos)?;
        columns.times("occurred_at", &mut self.times)?;
        columns.counts("watched_ms", MAX_MILLIS, &mut self.watched)
    }

    fn descriptions(&mut self, columns: &Columns<'_>) -> Result<(), KernelError> {
        if columns.optional_counts("duration_ms", MAX_MILLIS, &mut self.durations)? {
            for (meta, duration) in self.metas.iter_mut().zip(&self.durations) {
                *meta |= duration_bits(*duration);
            }
        }
        if let Some(words) = columns.words("country")? {
            let places = &self.context.places;
            let codes = self.countries.of(&words, |country| places.code(country))?;
            let some_missing = words.some_missing();
            for (row, (meta, key)) in self.metas.iter_mut().zip(words.keys()).enumerate() {
                if !(some_missing && words.missing(row)) {
                    *meta |= country_bits(codes[*key as usize]);
                }
            }
        }
        Ok(())
    }

    fn engagement(&mut self, columns: &Columns<'_>) -> Result<(), KernelError> {
        for kind in EngagementKind::ALL {
            if let Some(flags) = columns.flags(kind.name())? {
                mark(&mut self.metas, flags, engagement_bits(kind.bit()));
                if kind == EngagementKind::NotInterested {
                    self.note(Rule::NegativeFeedback, flags);
                }
            }
        }
        Ok(())
    }

    /// Marks the rows that fail a rule which needs nothing but the row.
    fn verdicts(&mut self, columns: &Columns<'_>) -> Result<(), KernelError> {
        let request = self.context.request;
        let wanted = request.qualification;
        invalidated::mark_views(&mut self.metas, columns, &request.lists.invalidated().views)?;
        invalidated::mark_viewers(
            &mut self.metas,
            &self.viewers,
            &self.times,
            &self.context.invalidated,
        );
        if let Some(minimum) = wanted.minimum_watch_ms {
            too_short::mark(&mut self.metas, &self.watched, minimum);
        }
        if let Some(allowed) = &wanted.surfaces
            && let Some(words) = columns.words("surface")?
        {
            surface::mark(&mut self.metas, &words, allowed, &mut self.surfaces)?;
            self.note(Rule::Surface, words.rows());
        }
        if wanted.exclude_paid.is_some()
            && let Some(flags) = columns.flags("promoted")?
        {
            paid::mark(&mut self.metas, flags);
            self.note(Rule::Paid, flags);
        }
        if wanted.exclude_data_centres.is_some() {
            if let Some(flags) = columns.flags("data_centre")? {
                data_centre::mark_told(&mut self.metas, flags);
                self.note(Rule::DataCentre, flags);
            }
            if request.lists.has_data_centres()
                && let Some(addresses) = addresses(columns)?
            {
                data_centre::mark_listed(&mut self.metas, addresses.as_primitive(), request.lists);
                self.note(Rule::DataCentre, &addresses);
            }
        }
        if wanted.exclude_declared_bots.is_some() {
            self.bots(columns)?;
        }
        Ok(())
    }

    fn bots(&mut self, columns: &Columns<'_>) -> Result<(), KernelError> {
        let lists = self.context.request.lists;
        if let Some(flags) = columns.flags("bot")? {
            declared_bot::mark_told(&mut self.metas, flags);
            self.note(Rule::DeclaredBot, flags);
        }
        if lists.has_bots()
            && let Some(words) = columns.words("user_agent")?
        {
            declared_bot::mark_listed(&mut self.metas, &words, lists, &mut self.agents)?;
            self.note(Rule::DeclaredBot, words.rows());
        }
        Ok(())
    }

    /// Marks rows whose own creator column says that the viewer belongs to the creator.
    fn by_creator(&mut self, columns: &Columns<'_>) -> Result<bool, KernelError> {
        let context = self.context;
        if !columns.optional_ids("creator_id", &context.interner, &mut self.creators)? {
            return Ok(false);
        }
        if let Some(array) = columns.find("creator_id") {
            self.note(Rule::SelfView, array);
        }
        let people = self.viewers.iter().zip(self.creators.iter());
        for (meta, (viewer, creator)) in self.metas.iter_mut().zip(people) {
            *meta |= if context.same_person(*viewer, *creator) {
                BY_CREATOR
            } else {
                0
            };
        }
        Ok(true)
    }

    /// Notes that some counted row has a value that a rule needs.
    fn note(&mut self, rule: Rule, array: &dyn Array) {
        let bit = 1 << rule as u32;
        if self.seen & bit == 0 {
            let valid = |(row, counted): (usize, &bool)| *counted && array.is_valid(row);
            self.seen |= if self.counted.iter().enumerate().any(valid) {
                bit
            } else {
                0
            };
        }
    }
}

fn addresses(columns: &Columns<'_>) -> Result<Option<ArrayRef>, KernelError> {
    let Some(array) = columns
        .find("ip")
        .filter(|array| array.null_count() < array.len())
    else {
        return Ok(None);
    };
    if *array.data_type() == DataType::UInt32 {
        return Ok(Some(array.clone()));
    }
    let wrong = |_| KernelError::ColumnType {
        path: columns.path.to_owned(),
        column: "ip".to_owned(),
        found: array.data_type().to_string(),
        expected: "a 32-bit unsigned address",
    };
    arrow::compute::cast(array, &DataType::UInt32)
        .map(Some)
        .map_err(wrong)
}
