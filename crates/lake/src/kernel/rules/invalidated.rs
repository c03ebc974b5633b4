//! Invalidated: the platform's staff marked the view or its viewer invalid, with evidence.
//!
//! Marks are found by the whole id. No program switches the rule off; where nothing is marked, nothing is looked up.

use crate::id_set::IdSet;
use crate::kernel::KernelError;
use crate::kernel::decode::{Columns, NO_ID};
use crate::kernel::marked::Viewers;
use crate::kernel::row::fail;
use policy::qualification::Rule;

/// Marks views whose event id is listed.
pub(crate) fn mark_views(metas: &mut [u64], columns: &Columns<'_>, views: &IdSet) -> Result<(), KernelError> {
    if views.is_empty() {
        return Ok(());
    }
    columns.rows_of("event_id", views, &mut |row| {
        metas[row] |= fail(Rule::Invalidated)
    })
}

/// Marks views by a listed viewer, at the times for which the viewer is. `offsets`: milliseconds from the span's start.
pub(crate) fn mark_viewers(metas: &mut [u64], viewers: &[u64], offsets: &[i64], marked: &Viewers) {
    if marked.is_empty() {
        return;
    }
    // An archive has the views of a viewer side by side.
    let mut last = (NO_ID, None);
    for ((meta, viewer), offset) in metas.iter_mut().zip(viewers).zip(offsets) {
        if *viewer != last.0 {
            last = (*viewer, marked.get(viewer));
        }
        if let Some(times) = last.1
            && times.iter().any(|(from, until)| (from..until).contains(&offset))
        {
            *meta |= fail(Rule::Invalidated);
        }
    }
}

#[test]
fn viewers_fail_between_their_times() {
    let marked = Viewers::from([
        (7, vec![(i64::MIN, 0), (10, 20)]),
        (8, vec![(i64::MIN, i64::MAX)]),
    ]);
    let check = |viewer: u64, offset: i64| {
        let mut metas = [0];
        mark_viewers(&mut metas, &[viewer], &[offset], &marked);
        metas[0] == fail(Rule::Invalidated)
    };
    let found = [0, 9, 10, 19, 20].map(|offset| check(7, offset));
    assert_eq!(found, [false, false, true, true, false]);
    assert!(check(8, 0) && !check(9, 0));
}

#[test]
fn an_invalidated_view_does_not_take_the_place_of_an_honest_one() {
    use super::{already_counted, check, velocity};
    use policy::qualification::CountOnce;

    let (rows, mut fails) = check::rows("0 a 5 inv; 1 a 5; 2 a 5");
    already_counted::mark(&rows, &mut fails, CountOnce::PerPeriod);
    assert_eq!(check::failing(&fails, Rule::AlreadyCounted), "..x");
    // It was watched all the same: rules that count a viewer's views count it.
    velocity::mark(&rows, &mut fails, 2, &mut [0]);
    assert_eq!(check::failing(&fails, Rule::Velocity), "xxx");
}
