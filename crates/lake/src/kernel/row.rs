//! What the kernel keeps of a view or an engagement event: four machine words, ordered as viewers watch.
//!
//! | word | bits |
//! |---|---|
//! | 0 | viewer |
//! | 1 | video |
//! | 2 | 37 bits: milliseconds since the span's start; 27 bits: [`MOST_WATCHED`] less the milliseconds watched |
//! | 3 | 63: an engagement event; 62: by the creator, as far as the row knows; 35..62: duration; 19..35: country; 13..19: engagement; 0..13: failing rules |
//!
//! Rows sorted by their words are sorted by viewer, video and time; of rows at one millisecond the one watched
//! longest comes first, and an engagement event comes after views.

use super::places::Places;
use arrow::array::{Array, BooleanArray};
use policy::qualification::Rule;
use std::cmp::Ordering;

/// A row of `W` words: four, and whatever the caller adds.
pub(crate) type Row<const W: usize> = [u64; W];

pub(crate) const VIEWER: usize = 0;
pub(crate) const VIDEO: usize = 1;
pub(crate) const TIME: usize = 2;
pub(crate) const META: usize = 3;
/// Of rows of five words: the row's number in the input.
pub(crate) const NUMBER: usize = 4;

const WATCHED_BITS: u32 = 27;
/// The largest watched time that a row can hold.
pub(crate) const MOST_WATCHED: u32 = (1 << WATCHED_BITS) - 1;

const ENGAGEMENT_SHIFT: u32 = 13;
const COUNTRY_SHIFT: u32 = 19;
const COUNTRY_MASK: u64 = 0xffff << COUNTRY_SHIFT;
const DURATION_SHIFT: u32 = 35;
const _: () = assert!(ENGAGEMENT_SHIFT as usize >= Rule::COUNT && DURATION_SHIFT + WATCHED_BITS <= 62);
/// The row is an engagement event, not a view.
pub(crate) const IS_ENGAGEMENT: u64 = 1 << 63;
/// The row itself says that the viewer is the creator or an account linked to the creator.
pub(crate) const BY_CREATOR: u64 = 1 << 62;
/// Bits of failing rules.
pub(crate) const FAILS: u64 = (1 << Rule::COUNT) - 1;

/// A day in milliseconds.
pub(crate) const DAY_MS: u64 = 86_400_000;
/// An hour in milliseconds.
pub(crate) const HOUR_MS: u64 = 3_600_000;

pub(crate) const fn time_word(offset_ms: u64, watched_ms: u32) -> u64 {
    offset_ms << WATCHED_BITS | (MOST_WATCHED - watched_ms) as u64
}

pub(crate) const fn engagement_bits(mask: u8) -> u64 {
    (mask as u64) << ENGAGEMENT_SHIFT
}

pub(crate) const fn country_bits(code: u16) -> u64 {
    (code as u64) << COUNTRY_SHIFT
}

pub(crate) const fn duration_bits(duration_ms: u32) -> u64 {
    (duration_ms as u64) << DURATION_SHIFT
}

/// The bit of a failing rule.
pub(crate) const fn fail(rule: Rule) -> u64 {
    1 << rule as u8
}

#[inline]
pub(crate) const fn offset_ms<const W: usize>(row: &Row<W>) -> u64 {
    row[TIME] >> WATCHED_BITS
}

#[inline]
pub(crate) const fn day<const W: usize>(row: &Row<W>) -> u64 {
    offset_ms(row) / DAY_MS
}

#[inline]
pub(crate) const fn watched_ms<const W: usize>(row: &Row<W>) -> u32 {
    MOST_WATCHED - (row[TIME] as u32 & MOST_WATCHED)
}

#[inline]
pub(crate) const fn duration_ms<const W: usize>(row: &Row<W>) -> u32 {
    (row[META] >> DURATION_SHIFT) as u32 & MOST_WATCHED
}

#[inline]
pub(crate) const fn country<const W: usize>(row: &Row<W>) -> u16 {
    (row[META] >> COUNTRY_SHIFT) as u16
}

#[inline]
pub(crate) const fn engagement<const W: usize>(row: &Row<W>) -> u8 {
    (row[META] >> ENGAGEMENT_SHIFT) as u8 & 0x3f
}

#[inline]
pub(crate) const fn is_engagement<const W: usize>(row: &Row<W>) -> bool {
    row[META] & IS_ENGAGEMENT != 0
}

/// The order in which the events of viewers are judged. It does not depend on the order in which countries were numbered.
#[inline]
pub(crate) fn order<const W: usize>(a: &Row<W>, b: &Row<W>, places: &Places) -> Ordering {
    (a[VIEWER], a[VIDEO], a[TIME])
        .cmp(&(b[VIEWER], b[VIDEO], b[TIME]))
        .then_with(|| same_moment(a, b, places))
}

#[cold]
fn same_moment<const W: usize>(a: &Row<W>, b: &Row<W>, places: &Places) -> Ordering {
    let rest = |row: &Row<W>| row[META] & !COUNTRY_MASK;
    rest(a)
        .cmp(&rest(b))
        .then_with(|| match (country(a), country(b)) {
            (a, b) if a == b => Ordering::Equal,
            (a, b) => places.text(a).cmp(&places.text(b)),
        })
}

/// Sets a bit in the rows whose flag is true.
#[inline]
pub(crate) fn mark(metas: &mut [u64], flags: &BooleanArray, bit: u64) {
    let set = |row: usize| metas[row] |= bit;
    match flags.nulls() {
        None => flags.values().set_indices().for_each(set),
        Some(valid) => (flags.values() & valid.inner()).set_indices().for_each(set),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_gives_back_what_went_in() {
        let meta = IS_ENGAGEMENT
            | duration_bits(86_400_000)
            | country_bits(0xffff)
            | engagement_bits(0x2a)
            | fail(Rule::Paid);
        let row = [1, 2, time_word(1_024 * DAY_MS - 1, 86_400_000), meta];
        assert_eq!(
            (offset_ms(&row), day(&row), watched_ms(&row)),
            (1_024 * DAY_MS - 1, 1_023, 86_400_000)
        );
        assert_eq!(
            (duration_ms(&row), country(&row), engagement(&row)),
            (86_400_000, 0xffff, 0x2a)
        );
        assert_eq!(
            (is_engagement(&row), row[META] & FAILS, row[META] & BY_CREATOR),
            (true, fail(Rule::Paid), 0)
        );
    }

    #[test]
    fn longest_first_at_one_millisecond_and_engagement_last() {
        let places = Places::default();
        let row = |watched, meta| [1, 2, time_word(9, watched), meta];
        let mut rows = [row(0, IS_ENGAGEMENT), row(0, 0), row(7, 0), row(90, 0)];
        rows.sort_by(|a, b| order(a, b, &places));
        assert_eq!(rows.map(|row| watched_ms(&row)), [90, 7, 0, 0]);
        assert!(is_engagement(&rows[3]));
    }
}
