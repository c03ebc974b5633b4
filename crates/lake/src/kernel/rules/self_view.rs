//! Self view: by the creator, or by an account linked to the creator.
//!
//! The creator of a video is its snapshot's; without a snapshot, the row's own.

use super::{Fails, bit};
use crate::kernel::context::Context;
use crate::kernel::row::{BY_CREATOR, META, Row, VIDEO, VIEWER, fail, is_engagement};
use policy::qualification::Rule;

/// Whether a viewer's events on one video are by its creator. `interested`: the viewer may be some creator's.
#[inline]
pub(crate) fn is_own<const W: usize>(rows: &[Row<W>], interested: bool, context: &Context<'_>) -> bool {
    let told = rows
        .iter()
        .any(|row| row[META] & (BY_CREATOR | fail(Rule::Duplicate)) == BY_CREATOR);
    if !told && !interested {
        return false;
    }
    match context.videos.get(&rows[0][VIDEO]) {
        Some(video) => context.same_person(rows[0][VIEWER], video.creator),
        None => told,
    }
}

/// Marks the views of one video by its creator: all of them where a snapshot says so, else those whose row does.
pub(crate) fn mark<const W: usize>(rows: &[Row<W>], fails: &mut [Fails], context: &Context<'_>) {
    let known = context.videos.contains_key(&rows[0][VIDEO]);
    for (row, fails) in rows.iter().zip(fails).filter(|(row, _)| !is_engagement(row)) {
        *fails |= if known || row[META] & BY_CREATOR != 0 {
            bit(Rule::SelfView)
        } else {
            0
        };
    }
}
