//! One verdict per view: all events of a viewer, in order, through the rules.

use super::KernelError;
use super::context::Context;
use super::places::UNKNOWN;
use super::row::{FAILS, META, Row, VIDEO, VIEWER, country, engagement, is_engagement};
use super::rules::{
    Fails, already_counted, bit, impossible_time, negative_feedback, replay_loop, self_view, velocity,
};
use policy::qualification::Rule;

/// The verdict of a qualified view; a failing view's is the number of its rule.
pub(crate) const QUALIFIED: u8 = Rule::COUNT as u8;
/// Not a view: engagement alone.
pub(crate) const NO_VIEW: u8 = QUALIFIED + 1;

/// Takes what was decided about one row.
pub(crate) trait Verdicts<const W: usize> {
    /// A row's verdict, the kinds of engagement that it is the first of for its viewer and video, and its country.
    fn take(&mut self, row: &Row<W>, verdict: u8, engagement: u8, country: u16) -> Result<(), KernelError>;
}

/// One thread's judge, with room for what rules add up.
pub(crate) struct Judge<'c> {
    context: &'c Context<'c>,
    fails: Vec<Fails>,
    days: Vec<u32>,
    hours: Vec<impossible_time::Hour>,
}

impl<'c> Judge<'c> {
    pub(crate) fn new(context: &'c Context<'c>) -> Self {
        let days = context.span.days as usize;
        Judge {
            context,
            fails: Vec::new(),
            days: vec![0; days],
            hours: vec![Default::default(); 24 * days],
        }
    }

    /// Judges the rows of a partition, sorted as in [`super::row::order`].
    pub(crate) fn partition<const W: usize>(
        &mut self,
        rows: &[Row<W>],
        verdicts: &mut impl Verdicts<W>,
    ) -> Result<(), KernelError> {
        for viewer in rows.chunk_by(|a, b| a[VIEWER] == b[VIEWER]) {
            self.viewer(viewer, verdicts)?;
        }
        Ok(())
    }

    fn viewer<const W: usize>(
        &mut self,
        rows: &[Row<W>],
        verdicts: &mut impl Verdicts<W>,
    ) -> Result<(), KernelError> {
        let wanted = self.context.request.qualification;
        let interested = self.context.interested.contains(&rows[0][VIEWER]);
        self.fails.clear();
        self.fails
            .extend(rows.iter().map(|row| (row[META] & FAILS) as Fails));
        if let Some(max) = wanted.max_views_per_viewer_day {
            velocity::mark(rows, &mut self.fails, max, &mut self.days);
        }
        if let Some(playbacks) = wanted.max_parallel_playbacks {
            impossible_time::mark(rows, &mut self.fails, playbacks, &mut self.hours);
        }
        let mut start = 0;
        for video in rows.chunk_by(|a, b| a[VIDEO] == b[VIDEO]) {
            let fails = &mut self.fails[start..start + video.len()];
            start += video.len();
            pair(video, fails, interested, self.context, verdicts)?;
        }
        Ok(())
    }
}

/// Judges a viewer's events on one video.
#[inline]
fn pair<const W: usize>(
    rows: &[Row<W>],
    fails: &mut [Fails],
    interested: bool,
    context: &Context<'_>,
    verdicts: &mut impl Verdicts<W>,
) -> Result<(), KernelError> {
    let wanted = context.request.qualification;
    let own = self_view::is_own(rows, interested, context);
    if own && wanted.exclude_self.is_some() {
        self_view::mark(rows, fails, context);
    }
    if let Some(max) = wanted.max_replays_per_day {
        replay_loop::mark(rows, fails, max);
    }
    if wanted.exclude_negative_feedback.is_some() {
        negative_feedback::mark(rows, fails);
    }
    already_counted::mark(rows, fails, wanted.count_once);
    // Creators do not engage with themselves: every kind counts as seen.
    let mut seen = if own { u8::MAX } else { 0 };
    let mut last_country = UNKNOWN;
    for (row, fails) in rows.iter().zip(fails) {
        let repeated = *fails & bit(Rule::Duplicate) != 0;
        let first = if repeated { 0 } else { engagement(row) & !seen };
        seen |= first;
        let mut place = country(row);
        if is_engagement(row) {
            if first != 0 && !repeated {
                place = if place == UNKNOWN { last_country } else { place };
                verdicts.take(row, NO_VIEW, first, place)?;
            }
            continue;
        }
        if place != UNKNOWN && !repeated {
            last_country = place;
        }
        let verdict = if *fails == 0 {
            QUALIFIED
        } else {
            fails.trailing_zeros() as u8
        };
        verdicts.take(row, verdict, first, place)?;
    }
    Ok(())
}
