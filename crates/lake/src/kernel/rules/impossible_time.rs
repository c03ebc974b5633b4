//! Impossible time: more watched in an hour than an hour holds.
//!
//! Of the views that start in one hour all but the last must also end in it, if they are watched one after the other. So
//! their sum without the longest fits into an hour, or the time was not a person's.

use super::{Fails, bit, is_counted_view};
use crate::kernel::row::{HOUR_MS, Row, offset_ms, watched_ms};
use policy::qualification::Rule;

/// What a viewer watched in one hour: a zero for each hour of the span, before and after.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Hour {
    sum_ms: u64,
    longest_ms: u64,
}

/// Marks all of a viewer's views that start in an hour whose views, the longest left out, add up to more than
/// `playbacks` hours.
pub(crate) fn mark<const W: usize>(rows: &[Row<W>], fails: &mut [Fails], playbacks: u32, hours: &mut [Hour]) {
    let bound = HOUR_MS * u64::from(playbacks);
    let total: u64 = rows.iter().map(|row| u64::from(watched_ms(row))).sum();
    if total <= bound {
        return;
    }
    let mut impossible = false;
    for (row, fails) in rows
        .iter()
        .zip(&*fails)
        .filter(|(row, fails)| is_counted_view(row, **fails))
    {
        debug_assert_eq!(fails & bit(Rule::Duplicate), 0);
        let (hour, watched) = (&mut hours[hour(row)], u64::from(watched_ms(row)));
        hour.sum_ms += watched;
        hour.longest_ms = hour.longest_ms.max(watched);
        impossible |= hour.sum_ms - hour.longest_ms > bound;
    }
    if impossible {
        for (row, fails) in rows.iter().zip(fails) {
            let Hour { sum_ms, longest_ms } = hours[hour(row)];
            if sum_ms - longest_ms > bound && is_counted_view(row, *fails) {
                *fails |= bit(Rule::ImpossibleTime);
            }
        }
    }
    rows.iter().for_each(|row| hours[hour(row)] = Hour::default());
}

#[inline]
fn hour<const W: usize>(row: &Row<W>) -> usize {
    (offset_ms(row) / HOUR_MS) as usize
}

#[test]
fn an_hour_holds_an_hour_and_the_longest() {
    let (rows, mut fails) = super::check::rows("0 a 3600; 1 b 3601; 2 c 0; 60 d 3000; 61 e 3000; 62 f 3000");
    mark(&rows, &mut fails, 1, &mut [Hour::default(); 24]);
    assert_eq!(super::check::failing(&fails, Rule::ImpossibleTime), "...xxx");
}

#[test]
fn two_devices_may_play_at_once() {
    let (rows, mut fails) = super::check::rows("60 d 3000; 61 e 3000; 62 f 3000");
    mark(&rows, &mut fails, 2, &mut [Hour::default(); 24]);
    assert_eq!(super::check::failing(&fails, Rule::ImpossibleTime), "...");
}
