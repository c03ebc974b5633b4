//! Views by video in windows of days.
//!
//! A program by day that is settled for a month asks for thirty windows that overlap in all but two days, so the last
//! window of views is kept and moved: days that leave are subtracted, days that enter are added.

use crate::base::error::Result;
use crate::base::progress::Context;
use jiff::ToSpan;
use jiff::civil::Date;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

/// Counts by video.
pub(super) type ByVideo = BTreeMap<Arc<str>, u64>;

/// Views by video in the windows that were asked for last, by length in days.
#[derive(Debug, Default)]
pub struct ViewWindows {
    windows: RefCell<BTreeMap<u16, Window>>,
}

#[derive(Debug)]
struct Window {
    from: Date,
    to: Date,
    views: ByVideo,
}

impl ViewWindows {
    /// Views by video in the `days` days before `end`; `read` reads those from one day to another.
    pub(super) fn views(
        &self,
        read: impl Fn(Date, Date) -> Result<ByVideo>,
        (days, end): (u16, Date),
        context: &Context<'_>,
    ) -> Result<ByVideo> {
        let from = end.saturating_sub(i64::from(days).days());
        let known = self.windows.borrow_mut().remove(&days);
        let window = match known {
            // Moving reads the days that enter and those that leave; it must be less than reading all.
            Some(window) if from >= window.from && end >= window.to && overlaps_most(&window, from, end) => {
                window.moved(&read, from, end, context)?
            }
            _ => Window {
                from,
                to: end,
                views: read(from, end)?,
            },
        };
        let views = window.views.clone();
        self.windows.borrow_mut().insert(days, window);
        Ok(views)
    }
}

/// More days stay than move.
fn overlaps_most(window: &Window, from: Date, end: Date) -> bool {
    let days = |from: Date, to: Date| (to - from).get_days();
    2 * days(window.to, end).max(0) < days(from, end)
}

impl Window {
    fn moved(
        mut self,
        read: impl Fn(Date, Date) -> Result<ByVideo>,
        from: Date,
        to: Date,
        context: &Context<'_>,
    ) -> Result<Window> {
        context.check()?;
        for (video, count) in read(self.to, to)? {
            *self.views.entry(video).or_default() += count;
        }
        for (video, count) in read(self.from, from)? {
            if let Entry::Occupied(mut known) = self.views.entry(video) {
                *known.get_mut() -= count;
                if *known.get() == 0 {
                    known.remove();
                }
            }
        }
        Ok(Window {
            from,
            to,
            views: self.views,
        })
    }
}
