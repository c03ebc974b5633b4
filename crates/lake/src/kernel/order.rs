//! Sorting a partition: rows are first dealt into small groups by their first word, then each group is sorted.

use super::shuffle::Taken;
use event::id::mix;
use std::cmp::Ordering;

/// Rows per group, about.
const GROUP_ROWS: usize = 24;
const MOST_GROUPS: usize = 1 << 16;

/// Sorts the rows of a partition into `out`, whole first words together: words are grouped, but the groups are in no order of theirs.
pub(crate) fn grouped<const W: usize>(
    taken: &Taken<'_, W>,
    out: &mut Vec<[u64; W]>,
    order: impl Fn(&[u64; W], &[u64; W]) -> Ordering,
) {
    let rows = taken.len();
    let groups = (rows / GROUP_ROWS).next_power_of_two().min(MOST_GROUPS);
    // Partitions are made of the top bits of the same hash: the low bits are still free.
    let group = |row: &[u64; W]| (mix(row[0]) as usize) & (groups - 1);
    let mut ends = vec![0u32; groups + 1];
    for row in taken.rows() {
        ends[group(row) + 1] += 1;
    }
    for index in 1..=groups {
        ends[index] += ends[index - 1];
    }
    out.clear();
    out.resize(rows, [0; W]);
    // After dealing, `ends[g]` has moved from the start of group `g` to its end.
    for row in taken.rows() {
        let end = &mut ends[group(row)];
        out[*end as usize] = *row;
        *end += 1;
    }
    let mut start = 0;
    for end in &ends[..groups] {
        out[start..*end as usize].sort_unstable_by(&order);
        start = *end as usize;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::shuffle::{Budget, Shuffle};

    #[test]
    fn equal_first_words_lie_together_in_order() {
        let budget = Budget::unlimited();
        let shuffle = Shuffle::<2>::new(1, &budget);
        let mut writer = shuffle.writer();
        for n in 0..3_500 {
            writer.push(0, [n % 61, n * 7 % 100]).unwrap();
        }
        writer.finish().unwrap();
        let mut out = Vec::new();
        grouped(&shuffle.take(0).unwrap(), &mut out, Ord::cmp);
        assert_eq!(out.len(), 3_500);
        let groups: Vec<_> = out.chunk_by(|a, b| a[0] == b[0]).collect();
        assert_eq!(groups.len(), 61);
        assert!(groups.iter().all(|group| group.is_sorted()));
    }
}
