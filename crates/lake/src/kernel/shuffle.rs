//! Rows scattered into partitions by many threads, in memory up to a budget and in temporary files beyond it.
//!
//! Each writer keeps one open block per partition. A full block is handed over; when the budget is used up it goes to
//! the writer's own file instead and only its place is remembered. A partition is read once, and gone.

use super::KernelError;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// Bytes of a full block.
const BLOCK_BYTES: usize = 16 << 10;

/// Bytes that blocks may take in memory, shared by all shuffles of one job.
#[derive(Debug)]
pub(crate) struct Budget {
    limit: u64,
    used: AtomicU64,
    folder: Option<PathBuf>,
    serial: AtomicU64,
}

impl Budget {
    pub(crate) fn unlimited() -> Self {
        Budget {
            limit: u64::MAX,
            used: AtomicU64::new(0),
            folder: None,
            serial: AtomicU64::new(0),
        }
    }

    /// Blocks beyond `limit` bytes go to files in `folder`.
    pub(crate) fn new(limit: u64, folder: &Path) -> Self {
        Budget {
            limit,
            folder: Some(folder.to_owned()),
            ..Budget::unlimited()
        }
    }

    fn take(&self, bytes: u64) -> bool {
        let before = self.used.fetch_add(bytes, Ordering::Relaxed);
        let fits = before.saturating_add(bytes) <= self.limit;
        if !fits {
            self.give(bytes);
        }
        fits
    }

    fn give(&self, bytes: u64) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }

    fn spill_file(&self) -> Result<SpillFile, KernelError> {
        let folder = self
            .folder
            .as_ref()
            .expect("only a budget with a folder is ever used up");
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!(
            "permille-{}-{:p}-{serial}.spill",
            std::process::id(),
            &raw const *self
        ));
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
enum Block<const W: usize> {
    Memory(Vec<[u64; W]>),
    Disk {
        file: Arc<SpillFile>,
        offset: u64,
        rows: usize,
    },
}

/// Rows of `W` words in partitions.
#[derive(Debug)]
pub(crate) struct Shuffle<'a, const W: usize> {
    partitions: Vec<Mutex<Vec<Block<W>>>>,
    budget: &'a Budget,
}

impl<'a, const W: usize> Shuffle<'a, W> {
    const BLOCK_ROWS: usize = BLOCK_BYTES / (8 * W);

    pub(crate) fn new(partitions: usize, budget: &'a Budget) -> Self {
        Shuffle {
            partitions: (0..partitions).map(|_| Mutex::default()).collect(),
            budget,
        }
    }

    pub(crate) fn writer(&self) -> Writer<'_, 'a, W> {
        Writer {
            shuffle: self,
            open: vec![Vec::new(); self.partitions.len()],
            spill: None,
        }
    }

    /// Takes a partition's rows out, as blocks in no particular order.
    pub(crate) fn take(&self, partition: usize) -> Result<Vec<Vec<[u64; W]>>, KernelError> {
        let blocks = std::mem::take(&mut *self.partitions[partition].lock().expect("pushing does not panic"));
        blocks.into_iter().map(|block| self.load(block)).collect()
    }

    fn load(&self, block: Block<W>) -> Result<Vec<[u64; W]>, KernelError> {
        match block {
            Block::Memory(rows) => {
                self.budget.give((rows.capacity() * W * 8) as u64);
                Ok(rows)
            }
            Block::Disk { file, offset, rows } => {
                let mut bytes = vec![0; rows * W * 8];
                let mut handle = file.file.lock().expect("reading does not panic");
                handle
                    .seek(SeekFrom::Start(offset))
                    .and_then(|_| handle.read_exact(&mut bytes))
                    .map_err(KernelError::io("read", &file.path))?;
                Ok(bytes.chunks_exact(W * 8).map(from_bytes).collect())
            }
        }
    }

    fn keep(&self, partition: usize, block: Block<W>) {
        self.partitions[partition]
            .lock()
            .expect("pushing does not panic")
            .push(block);
    }
}

fn from_bytes<const W: usize>(bytes: &[u8]) -> [u64; W] {
    let mut row = [0; W];
    for (word, bytes) in row.iter_mut().zip(bytes.chunks_exact(8)) {
        *word = u64::from_le_bytes(bytes.try_into().expect("eight bytes"));
    }
    row
}

/// One thread's way into a shuffle. [`Writer::finish`] hands over what is still open.
#[derive(Debug)]
pub(crate) struct Writer<'s, 'a, const W: usize> {
    shuffle: &'s Shuffle<'a, W>,
    open: Vec<Vec<[u64; W]>>,
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
        let block = &mut self.open[partition];
        if block.len() == block.capacity() {
            self.turn(partition)?;
        }
        self.open[partition].push(row);
        Ok(())
    }

    /// Hands over a full block and opens the next.
    #[cold]
    fn turn(&mut self, partition: usize) -> Result<(), KernelError> {
        let next = Vec::with_capacity(Shuffle::<W>::BLOCK_ROWS);
        let full = std::mem::replace(&mut self.open[partition], next);
        self.hand_over(partition, full)
    }

    fn hand_over(&mut self, partition: usize, rows: Vec<[u64; W]>) -> Result<(), KernelError> {
        if rows.is_empty() {
            return Ok(());
        }
        let block = match self.shuffle.budget.take((rows.capacity() * W * 8) as u64) {
            true => Block::Memory(rows),
            false => self.write(&rows)?,
        };
        self.shuffle.keep(partition, block);
        Ok(())
    }

    fn write(&mut self, rows: &[[u64; W]]) -> Result<Block<W>, KernelError> {
        if self.spill.is_none() {
            let file = Arc::new(self.shuffle.budget.spill_file()?);
            self.spill = Some(Spill {
                file,
                length: 0,
                bytes: Vec::with_capacity(BLOCK_BYTES),
            });
        }
        let spill = self.spill.as_mut().expect("opened above");
        spill.bytes.clear();
        spill
            .bytes
            .extend(rows.iter().flatten().flat_map(|word| word.to_le_bytes()));
        let mut handle = spill.file.file.lock().expect("writing does not panic");
        handle
            .seek(SeekFrom::Start(spill.length))
            .and_then(|_| handle.write_all(&spill.bytes))
            .map_err(KernelError::io("write", &spill.file.path))?;
        let offset = spill.length;
        spill.length += spill.bytes.len() as u64;
        drop(handle);
        Ok(Block::Disk {
            file: Arc::clone(&spill.file),
            offset,
            rows: rows.len(),
        })
    }

    /// Hands over what is still open.
    pub(crate) fn finish(mut self) -> Result<(), KernelError> {
        for partition in 0..self.open.len() {
            let mut rows = std::mem::take(&mut self.open[partition]);
            rows.shrink_to_fit();
            self.hand_over(partition, rows)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shuffled(budget: &Budget) -> Vec<Vec<[u64; 3]>> {
        let shuffle = Shuffle::new(4, budget);
        let mut writer = shuffle.writer();
        for n in 0..10_000u64 {
            writer.push((n % 4) as usize, [n, n * n, !n]).unwrap();
        }
        writer.finish().unwrap();
        (0..4)
            .map(|partition| {
                let mut rows = shuffle.take(partition).unwrap().concat();
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
        assert_eq!(shuffled(&Budget::new(40_000, folder.path())), in_memory);
        assert_eq!(shuffled(&Budget::new(0, folder.path())), in_memory);
        assert_eq!(
            std::fs::read_dir(folder.path()).unwrap().count(),
            0,
            "temporary files are removed"
        );
    }
}
