//! Already counted: the viewer's view of the video counts once a day, or once in the span.

use super::{Fails, bit};
use crate::kernel::row::{Row, day, is_engagement};
use policy::qualification::{CountOnce, Rule};

/// Marks, of a viewer's views of one video that fail no rule, all but the first of each day or of the span. Rows are in
/// the order of time.
#[inline]
pub(crate) fn mark<const W: usize>(rows: &[Row<W>], fails: &mut [Fails], once: CountOnce) {
    if rows.len() == 1 || once == CountOnce::Never {
        return;
    }
    let mut counted_on = None;
    for (row, fails) in rows
        .iter()
        .zip(fails)
        .filter(|(row, fails)| **fails == 0 && !is_engagement(row))
    {
        let until = if once == CountOnce::PerDay { day(row) } else { 0 };
        if counted_on == Some(until) {
            *fails |= bit(Rule::AlreadyCounted);
        }
        counted_on = Some(until);
    }
}

#[cfg(test)]
fn check(once: CountOnce, expected: &str) {
    let (rows, mut fails) = super::check::rows("0 a 5 dup; 1 a 5; 2 a 5; 1440 a 5; 1441 a 5");
    mark(&rows, &mut fails, once);
    assert_eq!(super::check::failing(&fails, Rule::AlreadyCounted), expected);
}

#[test]
fn the_first_that_passes_counts() {
    check(CountOnce::PerPeriod, "..xxx");
    check(CountOnce::PerDay, "..x.x");
    check(CountOnce::Never, ".....");
}
