//! Rows scattered into partitions by many threads, in memory up to a budget and in temporary files beyond it.
//!
//! Each writer keeps one open block per partition. A full block is handed over and the next one opened; when the budget
//! has no more blocks, the full one goes to the writer's own file, only its place is remembered, and its
//! memory is the next block. A partition is read once, and its blocks are used again.

use super::KernelError;
use crate::unique;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// Words of a block.
const BLOCK_WORDS: usize = 2_048;
const WORD_BYTES: usize = 8;
/// Rows collected before they are moved to a block.
const FEW: usize = 8;

/// Rows one after the other, word by word, so that all shuffles can use the same memory in turn.
type Block = Vec<u64>;

/// The blocks of one job, shared by all its shuffles. Blocks within the budget are never given back before the end: that
/// and asking for them again would cost more than the rows do.
#[derive(Debug)]
pub(crate) struct Budget {
    /// How many blocks there may be.
    limit: u64,
    blocks: AtomicU64,
    free: Mutex<Vec<Block>>,
    folder: Option<PathBuf>,
    files: AtomicU64,
}

impl Budget {
    pub(crate) fn unlimited() -> Self {
        let (blocks, free, files) = Default::default();
        Budget {
            limit: u64::MAX,
            blocks,
            free,
            folder: None,
            files,
        }
    }

    /// Rows beyond `bytes` go to files in `folder`.
    pub(crate) fn new(bytes: u64, folder: &Path) -> Self {
        let limit = bytes / (BLOCK_WORDS * WORD_BYTES) as u64;
        Budget {
            limit,
            folder: Some(folder.to_owned()),
            ..Budget::unlimited()
        }
    }

    /// An empty block within the budget.
    fn block(&self) -> Option<Block> {
        if let Some(block) = self.free.lock().expect("pushing does not panic").pop() {
            return Some(block);
        }
        if self.blocks.fetch_add(1, Ordering::Relaxed) < self.limit {
            return Some(Vec::with_capacity(BLOCK_WORDS));
        }
        self.blocks.fetch_sub(1, Ordering::Relaxed);
        None
    }

    /// An empty block, beyond the budget if need be: each partition has one open.
    fn block_anyway(&self) -> Block {
        self.block().unwrap_or_else(|| {
            self.blocks.fetch_add(1, Ordering::Relaxed);
            Vec::with_capacity(BLOCK_WORDS)
        })
    }

    /// Keeps a block for later, unless there are more than the budget allows: those were borrowed to read what lay in files.
    fn recycle(&self, mut block: Block) {
        if self.blocks.load(Ordering::Relaxed) > self.limit {
            self.blocks.fetch_sub(1, Ordering::Relaxed);
            return;
        }
        block.clear();
        self.free.lock().expect("pushing does not panic").push(block);
    }

    fn spill_file(&self) -> Result<SpillFile, KernelError> {
        let folder = self
            .folder
            .as_ref()
            .expect("only a budget with a folder is ever used up");
        let number = self.files.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("permille-{:016x}-{number}.spill", unique()));
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path)
            .map_err(KernelError::io("create", &path))?;
        Ok(SpillFile {
            path,
            file: Mutex::new(file),
        })
    }
}

/// A temporary file, removed when nothing points into it any more.
#[derive(Debug)]
struct SpillFile {
    path: PathBuf,
    file: Mutex<File>,
}

impl Drop for SpillFile {
    fn drop(&mut self) {
        // Nothing can be done about a temporary file that does not go away, and nothing depends on it.
        let _ = std::fs::remove_file(&self.path);
    }
}

#[derive(Debug)]
enum Segment {
    Memory(Block),
    Disk {
        file: Arc<SpillFile>,
        offset: u64,
        words: usize,
    },
}

/// Rows of `W` words in partitions.
#[derive(Debug)]
pub(crate) struct Shuffle<'a, const W: usize> {
    partitions: Vec<Mutex<Vec<Segment>>>,
    budget: &'a Budget,
}

impl<'a, const W: usize> Shuffle<'a, W> {
    pub(crate) fn new(partitions: usize, budget: &'a Budget) -> Self {
        Shuffle {
            partitions: (0..partitions).map(|_| Mutex::default()).collect(),
            budget,
        }
    }

    pub(crate) fn writer(&self) -> Writer<'_, 'a, W> {
        let partitions = self.partitions.len();
        Writer {
            shuffle: self,
            few: vec![[[0; W]; FEW]; partitions],
            counts: vec![0; partitions],
            open: vec![Vec::new(); partitions],
            spill: None,
        }
    }

    /// Takes a partition's rows out, in no particular order.
    pub(crate) fn take(&self, partition: usize) -> Result<Taken<'a, W>, KernelError> {
        let mut partition = self.partitions[partition].lock().expect("pushing does not panic");
        let kept = std::mem::take(&mut *partition);
        drop(partition);
        let blocks = kept
            .into_iter()
            .map(|kept| self.load(kept))
            .collect::<Result<_, _>>()?;
        let taken = Taken {
            blocks,
            budget: self.budget,
        };
        must_be_sortable(taken.len() as u64)?;
        Ok(taken)
    }

    fn load(&self, kept: Segment) -> Result<Block, KernelError> {
        let (file, offset, words) = match kept {
            Segment::Memory(block) => return Ok(block),
            Segment::Disk { file, offset, words } => (file, offset, words),
        };
        let mut bytes = vec![0; words * WORD_BYTES];
        let mut handle = file.file.lock().expect("reading does not panic");
        handle
            .seek(SeekFrom::Start(offset))
            .and_then(|_| handle.read_exact(&mut bytes))
            .map_err(KernelError::io("read", &file.path))?;
        drop(handle);
        let mut block = self.budget.block_anyway();
        block.extend(bytes.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word)));
        Ok(block)
    }

    fn keep(&self, partition: usize, kept: Segment) {
        self.partitions[partition]
            .lock()
            .expect("pushing does not panic")
            .push(kept);
    }
}

/// Rows of a partition are numbered in 32 bits, and what a viewer did on one day is counted in so many.
fn must_be_sortable(rows: u64) -> Result<(), KernelError> {
    let limit = u64::from(u32::MAX);
    match rows > limit {
        true => Err(KernelError::TooManyEvents { events: rows, limit }),
        false => Ok(()),
    }
}

/// The rows of a partition. Dropped, they give their blocks back.
#[derive(Debug)]
pub(crate) struct Taken<'a, const W: usize> {
    blocks: Vec<Block>,
    budget: &'a Budget,
}

impl<const W: usize> Taken<'_, W> {
    pub(crate) fn rows(&self) -> impl Iterator<Item = &[u64; W]> {
        self.blocks.iter().flat_map(|block| block.as_chunks().0)
    }

    pub(crate) fn len(&self) -> usize {
        self.blocks.iter().map(|block| block.len() / W).sum()
    }
}

impl<const W: usize> Drop for Taken<'_, W> {
    fn drop(&mut self) {
        self.blocks.drain(..).for_each(|block| self.budget.recycle(block));
    }
}

/// One thread's way into a shuffle. [`Writer::finish`] hands over what is still open.
///
/// Rows are first collected a few at a time: the collections of all partitions lie close together, so that most rows
/// touch neither a new page nor a new cache line.
#[derive(Debug)]
pub(crate) struct Writer<'s, 'a, const W: usize> {
    shuffle: &'s Shuffle<'a, W>,
    /// A few rows for each partition, and how many.
    few: Vec<[[u64; W]; FEW]>,
    counts: Vec<u8>,
    open: Vec<Block>,
    spill: Option<Spill>,
}

#[derive(Debug)]
struct Spill {
    file: Arc<SpillFile>,
    length: u64,
    bytes: Vec<u8>,
}

impl<const W: usize> Writer<'_, '_, W> {
    #[inline]
    pub(crate) fn push(&mut self, partition: usize, row: [u64; W]) -> Result<(), KernelError> {
        let count = &mut self.counts[partition];
        self.few[partition][usize::from(*count) % FEW] = row;
        *count += 1;
        if usize::from(*count) == FEW {
            self.move_on(partition)
        } else {
            Ok(())
        }
    }

    /// Moves the collected rows of a partition to its block.
    #[inline(never)]
    fn move_on(&mut self, partition: usize) -> Result<(), KernelError> {
        let rows = usize::from(std::mem::take(&mut self.counts[partition]));
        let block = &self.open[partition];
        if block.capacity() - block.len() < FEW * W {
            self.turn(partition)?;
        }
        self.open[partition].extend_from_slice(self.few[partition][..rows].as_flattened());
        Ok(())
    }

    /// Hands over a full block, or none yet, and opens the next.
    #[cold]
    fn turn(&mut self, partition: usize) -> Result<(), KernelError> {
        let full = std::mem::take(&mut self.open[partition]);
        self.open[partition] = if full.is_empty() {
            self.shuffle.budget.block_anyway()
        } else if let Some(next) = self.shuffle.budget.block() {
            self.shuffle.keep(partition, Segment::Memory(full));
            next
        } else {
            let written = self.write(&full)?;
            self.shuffle.keep(partition, written);
            let mut next = full;
            next.clear();
            next
        };
        Ok(())
    }

    fn write(&mut self, block: &[u64]) -> Result<Segment, KernelError> {
        if self.spill.is_none() {
            let file = Arc::new(self.shuffle.budget.spill_file()?);
            self.spill = Some(Spill {
                file,
                length: 0,
                bytes: Vec::new(),
            });
        }
        let spill = self.spill.as_mut().expect("opened above");
        spill.bytes.clear();
        spill
            .bytes
            .extend(block.iter().flat_map(|word| word.to_le_bytes()));
        let mut handle = spill.file.file.lock().expect("writing does not panic");
        handle
            .seek(SeekFrom::Start(spill.length))
            .and_then(|_| handle.write_all(&spill.bytes))
            .map_err(KernelError::io("write", &spill.file.path))?;
        drop(handle);
        let offset = spill.length;
        spill.length += spill.bytes.len() as u64;
        Ok(Segment::Disk {
            file: Arc::clone(&spill.file),
            offset,
            words: block.len(),
        })
    }

    /// Hands over what is still open.
    pub(crate) fn finish(mut self) -> Result<(), KernelError> {
        for partition in 0..self.open.len() {
            if self.counts[partition] > 0 {
                self.move_on(partition)?;
            }
        }
        for (partition, block) in self.open.into_iter().enumerate() {
            if !block.is_empty() {
                self.shuffle.keep(partition, Segment::Memory(block));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_rows_than_have_numbers_are_refused() {
        assert!(must_be_sortable(u32::MAX.into()).is_ok());
        let refused = must_be_sortable(1 << 32).unwrap_err();
        assert!(matches!(
            refused,
            KernelError::TooManyEvents {
                events: 0x1_0000_0000,
                ..
            }
        ));
    }

    fn shuffled(budget: &Budget) -> Vec<Vec<[u64; 3]>> {
        let shuffle = Shuffle::new(4, budget);
        let mut writer = shuffle.writer();
        for n in 0..10_000u64 {
            writer.push((n % 4) as usize, [n, n * n, !n]).unwrap();
        }
        writer.finish().unwrap();
        (0..4)
            .map(|partition| {
                let taken = shuffle.take(partition).unwrap();
                let mut rows: Vec<_> = taken.rows().copied().collect();
                assert_eq!(rows.len(), taken.len());
                rows.sort_unstable();
                rows
            })
            .collect()
    }

    #[test]
    fn what_goes_to_files_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let in_memory = shuffled(&Budget::unlimited());
        assert_eq!(in_memory[1][2], [9, 81, !9]);
        assert_eq!(shuffled(&Budget::new(100_000, folder.path())), in_memory);
        assert_eq!(shuffled(&Budget::new(0, folder.path())), in_memory);
        assert_eq!(
            std::fs::read_dir(folder.path()).unwrap().count(),
            0,
            "temporary files are removed"
        );
    }
}
