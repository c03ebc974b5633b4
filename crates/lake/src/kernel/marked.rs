//! Viewers that were marked invalid, by the numbers of a job.

use super::ids::Interner;
use super::span::Span;
use crate::lists::Times;
use hashbrown::HashMap;

/// Marked viewers by their number, and between which times, in milliseconds from the span's start, they are.
pub(crate) type Viewers = HashMap<u64, Vec<Times>>;

/// Numbers the marked viewers.
pub(crate) fn numbered(viewers: &[(String, Vec<Times>)], interner: &Interner, span: Span) -> Viewers {
    let offset = |ms: i64| ms.saturating_sub(span.start_ms());
    let offsets = |times: &[Times]| {
        let both = times.iter().map(|(from, until)| (offset(*from), offset(*until)));
        both.collect()
    };
    let number = |(id, times): &(String, Vec<Times>)| (interner.number(id), offsets(times));
    viewers.iter().map(number).collect()
}
