//! Replay loop: the same video again and again on one UTC day.

use super::{Fails, bit, is_counted_view};
use crate::kernel::row::{Row, day};
use policy::qualification::Rule;

/// Marks all of a viewer's views of one video on days with more than `max` of them. Rows are in the order of time.
pub(crate) fn mark<const W: usize>(rows: &[Row<W>], fails: &mut [Fails], max: u32) {
    if rows.len() <= max as usize {
        return;
    }
    let mut rest = fails;
    for same_day in rows.chunk_by(|a, b| day(a) == day(b)) {
        let (these, others) = rest.split_at_mut(same_day.len());
        rest = others;
        let counted = |(row, fails): (&Row<W>, &Fails)| is_counted_view(row, *fails);
        if same_day
            .iter()
            .zip(&*these)
            .filter(|pair| counted((pair.0, pair.1)))
            .count()
            > max as usize
        {
            for (row, fails) in same_day.iter().zip(these) {
                *fails |= if counted((row, fails)) {
                    bit(Rule::ReplayLoop)
                } else {
                    0
                };
            }
        }
    }
}

#[test]
fn more_replays_than_allowed_all_fail() {
    let (rows, mut fails) = super::check::rows("0 a 5; 1 a 5; 2 a 5; 3 a 5 dup; 1440 a 5; 1441 a 5");
    mark(&rows, &mut fails, 2);
    assert_eq!(super::check::failing(&fails, Rule::ReplayLoop), "xxx...");
}
