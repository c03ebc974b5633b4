//! Which creator the view rows name for a video. Most rows repeat what was just said, so a small table forgets it.

use super::KernelError;
use super::decode::NO_ID;
use super::ids::bucket;
use super::shuffle::{Shuffle, Writer};
use event::id::mix;

const SLOT_BITS: u32 = 18;

/// One thread's notes of (video, creator), scattered by video, without most repetitions.
pub(crate) struct Hints<'s, 'a> {
    slots: Vec<[u64; 2]>,
    writer: Writer<'s, 'a, 2>,
    bits: u32,
}

impl<'s, 'a> Hints<'s, 'a> {
    pub(crate) fn new(shuffle: &'s Shuffle<'a, 2>, bits: u32) -> Self {
        // No video has the number of a missing id: an empty slot matches nothing.
        Hints {
            slots: vec![[u64::MAX; 2]; 1 << SLOT_BITS],
            writer: shuffle.writer(),
            bits,
        }
    }

    /// Notes the creators of a batch's videos, where `counted` says so. The rows are looked up all at once, so that
    /// the processor waits for many slots at a time.
    pub(crate) fn note(
        &mut self,
        videos: &[u64],
        creators: &[u64],
        counted: &[bool],
    ) -> Result<(), KernelError> {
        for ((video, creator), counted) in videos.iter().zip(creators).zip(counted) {
            let slot = &mut self.slots[(mix(*video) & ((1 << SLOT_BITS) - 1)) as usize];
            if *slot != [*video, *creator] && *counted && *creator != NO_ID {
                *slot = [*video, *creator];
                self.writer.push(bucket(*video, self.bits), *slot)?;
            }
        }
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<(), KernelError> {
        self.writer.finish()
    }
}
