//! Negative feedback: the viewer marked the video "not interested" at some time of the span.

use super::{Fails, bit, is_counted_view};
use crate::kernel::row::{Row, engagement};
use event::kind::EngagementKind::NotInterested;
use policy::qualification::Rule;

/// Marks all of a viewer's views of one video when one of its rows, a view or an engagement event, says so.
pub(crate) fn mark<const W: usize>(rows: &[Row<W>], fails: &mut [Fails]) {
    let says_so = |(row, fails): (&Row<W>, &Fails)| {
        engagement(row) & NotInterested.bit() != 0 && fails & bit(Rule::Duplicate) == 0
    };
    if rows.iter().zip(&*fails).any(|(row, fails)| says_so((row, fails))) {
        for (row, fails) in rows.iter().zip(fails) {
            *fails |= if is_counted_view(row, *fails) {
                bit(Rule::NegativeFeedback)
            } else {
                0
            };
        }
    }
}

#[test]
fn views_before_and_after_fail() {
    let (rows, mut fails) = super::check::rows("0 a 5; 1 a 5 hate; 2 a 5; 3 a 5 dup");
    mark(&rows, &mut fails);
    assert_eq!(super::check::failing(&fails, Rule::NegativeFeedback), "xxx.");
}

#[test]
fn a_repeated_row_says_nothing() {
    let (rows, mut fails) = super::check::rows("0 a 5; 1 a 5 hate dup");
    mark(&rows, &mut fails);
    assert_eq!(super::check::failing(&fails, Rule::NegativeFeedback), "..");
}
