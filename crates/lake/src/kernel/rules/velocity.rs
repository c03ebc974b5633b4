//! Velocity: more views on a UTC day than a person can have.

use super::{Fails, bit, is_counted_view};
use crate::kernel::row::{Row, day};
use policy::qualification::Rule;

/// Marks all of a viewer's views on days with more than `max` of them. `days` has a zero for each day of the span,
/// before and after.
pub(crate) fn mark<const W: usize>(rows: &[Row<W>], fails: &mut [Fails], max: u32, days: &mut [u32]) {
    if rows.len() <= max as usize {
        return;
    }
    for (row, fails) in rows.iter().zip(&*fails) {
        days[day(row) as usize] += u32::from(is_counted_view(row, *fails));
    }
    for (row, fails) in rows.iter().zip(fails) {
        if days[day(row) as usize] > max && is_counted_view(row, *fails) {
            *fails |= bit(Rule::Velocity);
        }
    }
    rows.iter().for_each(|row| days[day(row) as usize] = 0);
}

#[test]
fn all_views_of_a_full_day_fail() {
    let (rows, mut fails) = super::check::rows("0 a 5; 1 a 5; 2 b 5; 3 c 5 dup; 1440 c 5; 1441 d 5");
    mark(&rows, &mut fails, 2, &mut [0; 2]);
    assert_eq!(super::check::failing(&fails, Rule::Velocity), "xxx...");
}
