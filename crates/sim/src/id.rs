//! Ids as platforms make them: 63 bits of time, kind and noise. Unique by construction, not by luck.
//!
//! `milliseconds since 1990 (42 bits) | kind (3) | low bits (18)`

use crate::rng::hash;

/// 1990-01-01T00:00:00Z in Unix milliseconds.
const EPOCH_MS: i64 = 631_152_000_000;
const LOW_BITS: u32 = 18;
const LOW_MASK: u64 = (1 << LOW_BITS) - 1;

/// What an id names; ids of different kinds never meet.
#[derive(Clone, Copy, Debug)]
#[repr(u64)]
pub enum IdKind {
    View = 0,
    Engagement = 1,
    AdImpression = 2,
    Viewer = 3,
    Farm = 4,
    Creator = 5,
    Video = 6,
    /// Everything of LIVE; each sort has ids of its own.
    Live = 7,
}

fn id(kind: IdKind, unix_ms: i64, low: u64) -> i64 {
    let ms = unix_ms - EPOCH_MS;
    (ms << (LOW_BITS + 3)) | ((kind as i64) << LOW_BITS) | (low & LOW_MASK) as i64
}

/// The id of event `index` of `count` which were stored from `start_ms` to `end_ms`. Unique as long as
/// spans do not overlap and fewer than 2^18 events share a millisecond.
pub fn event_id(kind: IdKind, start_ms: i64, end_ms: i64, index: usize, count: usize) -> i64 {
    let offset = index as u64 * (end_ms - start_ms) as u64 / count.max(1) as u64;
    id(kind, start_ms + offset as i64, index as u64)
}

/// The ids of a population: slots spread over a span of time, shuffled.
#[derive(Clone, Debug)]
pub struct IdSpace {
    kind: IdKind,
    seed: u64,
    start_ms: i64,
    span_ms: u64,
    count: u64,
    step: u64,
    offset: u64,
}

impl IdSpace {
    /// `count` ids made between two times; at least a millisecond apart.
    pub fn new(kind: IdKind, seed: u64, start_ms: i64, end_ms: i64, count: u64) -> Self {
        let (span_ms, count) = ((end_ms - start_ms) as u64, count.max(1));
        assert!(span_ms >= count, "{count} ids do not fit in {span_ms} ms");
        let mut step = (count as u128 * 618_034 / 1_000_000) as u64 | 1;
        while gcd(step, count) != 1 {
            step += 2;
        }
        Self {
            kind,
            seed,
            start_ms,
            span_ms,
            count,
            step,
            offset: hash(seed, 11, kind as u64) % count,
        }
    }

    /// The id of a member, `0..count`.
    #[inline]
    pub fn id(&self, member: u64) -> i64 {
        debug_assert!(member < self.count);
        let slot = (member * self.step + self.offset) % self.count;
        let ms = (u128::from(slot) * u128::from(self.span_ms) / u128::from(self.count)) as i64;
        id(self.kind, self.start_ms + ms, hash(self.seed, 12, slot))
    }
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    const START: i64 = 1_700_000_000_000;

    #[test]
    fn members_have_different_positive_ids() {
        for count in [1, 2, 3, 10, 1_000, 9_973] {
            let space = IdSpace::new(IdKind::Viewer, 5, START, START + 10_000, count);
            let ids: HashSet<i64> = (0..count).map(|member| space.id(member)).collect();
            assert_eq!(ids.len() as u64, count);
            assert!(ids.iter().all(|&id| id > 0));
        }
    }

    #[test]
    fn events_of_neighbouring_spans_never_share_an_id() {
        let mut seen = HashSet::new();
        for span in 0..3 {
            let start = START + span * 7;
            for index in 0..1_000 {
                assert!(seen.insert(event_id(IdKind::View, start, start + 7, index, 1_000)));
                assert!(seen.insert(event_id(IdKind::Engagement, start, start + 7, index, 1_000)));
            }
        }
    }
}
