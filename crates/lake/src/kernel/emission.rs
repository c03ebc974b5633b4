//! What is left of an event once it is judged: two words, or three when facts are kept by payer.
//!
//! | word | bits |
//! |---|---|
//! | 0 | video |
//! | 1 | 48..64: country; 38..48: day; 34..38: verdict; 28..34: engagement; 27: watched to the end, as far as the row knows; 0..27: milliseconds watched |
//! | 2 | payer |

use super::KernelError;
use super::decide::Verdicts;
use super::ids::bucket;
use super::row::{Row, VIDEO, VIEWER, day, duration_ms, watched_ms};
use super::shuffle::Writer;

/// Bits of word 1 that a fact is kept by.
pub(crate) const KEY_SHIFT: u32 = 38;

/// The judged events of one thread, scattered by video.
pub(crate) struct Emissions<'s, 'a, const N: usize> {
    pub writer: Writer<'s, 'a, N>,
    pub bits: u32,
}

impl<const W: usize, const N: usize> Verdicts<W> for Emissions<'_, '_, N> {
    #[inline]
    fn take(&mut self, row: &Row<W>, verdict: u8, engagement: u8, country: u16) -> Result<(), KernelError> {
        let (watched, duration) = (watched_ms(row), duration_ms(row));
        let finished = duration > 0 && watched >= duration;
        let mut words = [0; N];
        words[0] = row[VIDEO];
        words[1] = key(country, day(row) as u16) << KEY_SHIFT
            | u64::from(verdict) << 34
            | u64::from(engagement) << 28
            | u64::from(finished) << 27
            | u64::from(watched);
        if N > 2 {
            words[2] = row[VIEWER];
        }
        self.writer.push(bucket(row[VIDEO], self.bits), words)
    }
}

/// Country and day as one number.
pub(crate) const fn key(country: u16, day: u16) -> u64 {
    (country as u64) << 10 | day as u64
}

/// Country and day of a key.
pub(crate) const fn unkey(key: u64) -> (u16, u16) {
    ((key >> 10) as u16, key as u16 & 0x3ff)
}

#[inline]
pub(crate) const fn verdict(word: u64) -> u8 {
    (word >> 34) as u8 & 0xf
}

#[inline]
pub(crate) const fn engagement(word: u64) -> u8 {
    (word >> 28) as u8 & 0x3f
}

#[inline]
pub(crate) const fn finished(word: u64) -> bool {
    word >> 27 & 1 == 1
}

#[inline]
pub(crate) const fn watched(word: u64) -> u32 {
    word as u32 & ((1 << 27) - 1)
}
