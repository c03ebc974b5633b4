//! Engagement events: rows among the viewer's views, so that each kind counts once per viewer and video.

use super::KernelError;
use super::context::Context;
use super::decode::{Columns, Ids, Meaning};
use super::ids::bucket;
use super::row::{IS_ENGAGEMENT, Row, country_bits, engagement_bits, time_word};
use super::shuffle::Writer;
use arrow::array::RecordBatch;
use event::kind::EngagementKind;
use policy::qualification::Rule;
use std::path::Path;

/// Columns that every engagement file has.
pub(crate) const REQUIRED: [&str; 4] = ["viewer_id", "video_id", "occurred_at", "engagement"];
/// The columns that are read, as far as a file has them.
pub(crate) const COLUMNS: [&str; 5] = ["viewer_id", "video_id", "occurred_at", "engagement", "country"];

/// One thread's engagement decoder.
pub(crate) struct EngagementDecoder<'c> {
    context: &'c Context<'c>,
    viewers: Ids,
    videos: Ids,
    times: Vec<i64>,
    kinds: Meaning<u8>,
    countries: Meaning<u16>,
}

impl<'c> EngagementDecoder<'c> {
    pub(crate) fn new(context: &'c Context<'c>) -> Self {
        EngagementDecoder {
            context,
            viewers: Ids::default(),
            videos: Ids::default(),
            times: Vec::new(),
            kinds: Meaning::default(),
            countries: Meaning::default(),
        }
    }

    /// Decodes a batch and scatters its rows of the span, but those that repeat an event id.
    pub(crate) fn batch<const W: usize>(
        &mut self,
        batch: &RecordBatch,
        path: &Path,
        repeated: impl Fn(usize) -> bool,
        writer: &mut Writer<'_, '_, W>,
        bits: u32,
    ) -> Result<(), KernelError> {
        let (context, columns) = (self.context, Columns { batch, path });
        columns.ids("viewer_id", &context.interner, &mut self.viewers)?;
        columns.ids("video_id", &context.interner, &mut self.videos)?;
        columns.times("occurred_at", &mut self.times)?;
        let Some(words) = columns.words("engagement")?.filter(|words| !words.some_missing()) else {
            return match batch.num_rows() {
                0 => Ok(()),
                _ => Err(columns.bad("engagement", "a row has no value".to_owned())),
            };
        };
        let kind = |text: &str| {
            let kind = EngagementKind::ALL.into_iter().find(|kind| kind.name() == text);
            let bad = || columns.bad("engagement", format!("`{text}` is no kind of engagement"));
            kind.map(EngagementKind::bit).ok_or_else(bad)
        };
        let kinds = self.kinds.of(&words, kind)?;
        let country_words = columns.words("country")?;
        let codes = match &country_words {
            Some(words) => self.countries.of(words, |country| context.places.code(country))?,
            None => &[],
        };
        let (start, length) = (context.span.start_ms(), context.span.length_ms());
        let mut counted = false;
        for row in 0..batch.num_rows() {
            let offset = self.times[row].wrapping_sub(start) as u64;
            if offset >= length || repeated(row) {
                continue;
            }
            counted = true;
            let country = match &country_words {
                Some(words) if !words.missing(row) => codes[words.keys()[row] as usize],
                _ => 0,
            };
            let kind = kinds[words.keys()[row] as usize];
            let meta = IS_ENGAGEMENT | engagement_bits(kind) | country_bits(country);
            let (viewer, video) = (self.viewers[row], self.videos[row]);
            let mut words: Row<W> = [0; W];
            words[..4].copy_from_slice(&[viewer, video, time_word(offset, 0), meta]);
            writer.push(bucket(viewer, bits), words)?;
        }
        if counted {
            context.note_seen(1 << Rule::NegativeFeedback as u32);
        }
        Ok(())
    }
}
