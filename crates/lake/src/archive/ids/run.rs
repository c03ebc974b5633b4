//! One sorted run of event keys: a file of blocks, with the first key of each block kept in memory.
//!
//! ```text
//! blocks of decimal keys   (2,048 each: differences to the key before, as LEB128)
//! blocks of text keys      (2,048 each: 16 bytes little-endian)
//! fences                   (per block: first key, offset, bytes, keys, checksum)
//! footer                   (counts, offset of the fences, checksum of them, magic)
//! seal                     (32 bytes: BLAKE3 of the commits' files, of the run's name and of the footer; zeros until the commit is made)
//! ```
//!
//! The seal says of which archive's commits the keys are, and under which name: the file of one run in the place of another is no run, nor
//! is the file of another workspace.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Keys in a block.
pub(super) const BLOCK_KEYS: usize = 2_048;
const MAGIC: &[u8; 8] = b"PMIDRUN4";
const FOOTER_BYTES: u64 = 48;
const SEAL_BYTES: u64 = blake3::OUT_LEN as u64;

/// A key of one of the two orders that a run holds.
pub(crate) trait Key: Copy + Ord {
    /// Appends a block of ascending keys.
    fn encode(keys: &[Self], out: &mut Vec<u8>);
    /// Reads a block of `count` keys back; `None` if the bytes are no such block.
    fn decode(bytes: &[u8], count: usize, out: &mut Vec<Self>) -> Option<()>;
    /// The key as 128 bits.
    fn wide(self) -> u128;
    /// The fences of the key's order in a run.
    fn fences(run: &Run) -> &[Fence];
}

impl Key for u64 {
    fn encode(keys: &[u64], out: &mut Vec<u8>) {
        let mut before = keys.first().copied().unwrap_or(0);
        for &key in keys {
            let mut difference = key - before;
            before = key;
            while difference >= 0x80 {
                out.push(difference as u8 | 0x80);
                difference >>= 7;
            }
            out.push(difference as u8);
        }
    }

    fn decode(bytes: &[u8], count: usize, out: &mut Vec<u64>) -> Option<()> {
        let (first, bytes) = bytes.split_first_chunk::<8>()?;
        let mut key = u64::from_le_bytes(*first);
        let mut bytes = bytes.iter();
        for _ in 0..count {
            let (mut difference, mut shift) = (0u64, 0u32);
            loop {
                let byte = *bytes.next()?;
                difference |= u64::from(byte & 0x7f).checked_shl(shift)?;
                if byte < 0x80 {
                    break;
                }
                shift += 7;
            }
            key = key.checked_add(difference)?;
            out.push(key);
        }
        bytes.as_slice().is_empty().then_some(())
    }

    fn wide(self) -> u128 {
        u128::from(self)
    }

    fn fences(run: &Run) -> &[Fence] {
        &run.decimals
    }
}

impl Key for u128 {
    fn encode(keys: &[u128], out: &mut Vec<u8>) {
        keys.iter()
            .for_each(|key| out.extend_from_slice(&key.to_le_bytes()));
    }

    fn decode(bytes: &[u8], count: usize, out: &mut Vec<u128>) -> Option<()> {
        let (keys, rest) = bytes.as_chunks::<16>();
        out.extend(keys.iter().map(|key| u128::from_le_bytes(*key)));
        (rest.is_empty() && keys.len() == count).then_some(())
    }

    fn wide(self) -> u128 {
        self
    }

    fn fences(run: &Run) -> &[Fence] {
        &run.texts
    }
}

/// Where a block lies and with which key it begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fence {
    first: u128,
    offset: u64,
    bytes: u32,
    keys: u32,
    checksum: u64,
}

const FENCE_BYTES: usize = 40;

/// A finished run.
#[derive(Debug)]
pub(crate) struct Run {
    path: PathBuf,
    file: File,
    decimals: Vec<Fence>,
    texts: Vec<Fence>,
    keys: u64,
    footer: [u8; FOOTER_BYTES as usize],
    seal: [u8; blake3::OUT_LEN],
}

/// Writes a run: first all decimal keys, then all text keys, each ascending.
pub(super) struct RunWriter {
    path: PathBuf,
    file: BufWriter<File>,
    offset: u64,
    fences: [Vec<Fence>; 2],
    keys: u64,
}

impl RunWriter {
    /// Begins a run.
    pub(super) fn create(path: &Path) -> io::Result<RunWriter> {
        let file = BufWriter::with_capacity(1 << 20, File::create(path)?);
        Ok(RunWriter {
            path: path.to_path_buf(),
            file,
            offset: 0,
            fences: [Vec::new(), Vec::new()],
            keys: 0,
        })
    }

    /// Writes one block of at most [`BLOCK_KEYS`] keys.
    pub(super) fn block<K: Key>(&mut self, keys: &[K]) -> io::Result<()> {
        let Some(first) = keys.first() else { return Ok(()) };
        let mut bytes = Vec::with_capacity(size_of_val(keys));
        if size_of::<K>() == 8 {
            bytes.extend_from_slice(&(first.wide() as u64).to_le_bytes());
        }
        K::encode(keys, &mut bytes);
        self.file.write_all(&bytes)?;
        let order = usize::from(size_of::<K>() == 16);
        self.fences[order].push(Fence {
            first: first.wide(),
            offset: self.offset,
            bytes: bytes.len() as u32,
            keys: keys.len() as u32,
            checksum: checksum(&bytes),
        });
        self.offset += bytes.len() as u64;
        self.keys += keys.len() as u64;
        Ok(())
    }

    /// Writes the fences, and opens the run. It is not handed to the disk: what is lost of it is found to be, and is rebuilt.
    pub(super) fn finish(mut self) -> io::Result<Run> {
        let mut table = Vec::new();
        for fence in self.fences.iter().flatten() {
            table.extend_from_slice(&fence.first.to_le_bytes());
            table.extend_from_slice(&fence.offset.to_le_bytes());
            table.extend_from_slice(&fence.bytes.to_le_bytes());
            table.extend_from_slice(&fence.keys.to_le_bytes());
            table.extend_from_slice(&fence.checksum.to_le_bytes());
        }
        self.file.write_all(&table)?;
        for number in [
            self.fences[0].len() as u64,
            self.fences[1].len() as u64,
            self.keys,
            self.offset,
        ] {
            self.file.write_all(&number.to_le_bytes())?;
        }
        self.file.write_all(&checksum(&table).to_le_bytes())?;
        self.file.write_all(MAGIC)?;
        self.file.write_all(&[0; blake3::OUT_LEN])?;
        self.file.flush()?;
        Run::open(&self.path)
    }
}

fn checksum(bytes: &[u8]) -> u64 {
    let hash = blake3::hash(bytes);
    u64::from_le_bytes(*hash.as_bytes().first_chunk::<8>().expect("a hash has 32 bytes"))
}

fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "damaged run of event keys")
}

impl Run {
    /// Opens a run and reads its fences.
    pub(super) fn open(path: &Path) -> io::Result<Run> {
        let mut file = File::open(path)?;
        let length = file.seek(SeekFrom::End(0))?;
        let footer_at = length.checked_sub(FOOTER_BYTES + SEAL_BYTES);
        let footer_at = footer_at.ok_or_else(damaged)?;
        file.seek(SeekFrom::Start(footer_at))?;
        let mut footer = [0u8; FOOTER_BYTES as usize];
        file.read_exact(&mut footer)?;
        let mut seal = [0u8; blake3::OUT_LEN];
        file.read_exact(&mut seal)?;
        let number = |index: usize| {
            u64::from_le_bytes(*footer[index * 8..].first_chunk::<8>().expect("inside the footer"))
        };
        let [decimals, texts, keys, table_at, sum] = [0, 1, 2, 3, 4].map(number);
        let blocks = decimals.checked_add(texts).ok_or_else(damaged)?;
        let table_bytes = blocks.checked_mul(FENCE_BYTES as u64).ok_or_else(damaged)?;
        if footer[40..] != *MAGIC || table_at.checked_add(table_bytes) != Some(footer_at) {
            return Err(damaged());
        }
        file.seek(SeekFrom::Start(table_at))?;
        let mut table = vec![0u8; table_bytes as usize];
        file.read_exact(&mut table)?;
        if checksum(&table) != sum {
            return Err(damaged());
        }
        let mut fences: Vec<Fence> = table.as_chunks::<FENCE_BYTES>().0.iter().map(fence).collect();
        let texts = fences.split_off(decimals as usize);
        Ok(Run {
            path: path.to_path_buf(),
            file,
            decimals: fences,
            texts,
            keys,
            footer,
            seal,
        })
    }

    /// Notes in the file which commits its keys are of, once they are made, and gives it the name that it has then.
    pub(super) fn seal(&mut self, commits: &blake3::Hash, path: &Path) -> io::Result<()> {
        let seal = self.seal_of(commits, path);
        let mut file = OpenOptions::new().write(true).open(&self.path)?;
        file.seek(SeekFrom::End(-(SEAL_BYTES as i64)))?;
        file.write_all(&seal)?;
        fs::rename(&self.path, path)?;
        (self.seal, self.path) = (seal, path.to_path_buf());
        Ok(())
    }

    /// Hands its bytes to the disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    /// Whether its keys are of these commits, and its name its own.
    pub(super) fn is_of(&self, commits: &blake3::Hash) -> bool {
        self.seal == self.seal_of(commits, &self.path)
    }

    fn seal_of(&self, commits: &blake3::Hash, path: &Path) -> [u8; blake3::OUT_LEN] {
        let name = path.file_name().unwrap_or_default();
        let mut hasher = blake3::Hasher::new();
        hasher.update(commits.as_bytes()).update(&self.footer);
        hasher.update(name.as_encoded_bytes());
        *hasher.finalize().as_bytes()
    }

    /// Where it lies.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// How many keys it holds.
    pub(super) fn keys(&self) -> u64 {
        self.keys
    }

    /// Calls `known` for every `(key, row)` whose key the run holds. `keys` ascend.
    /// Reads only the blocks that may hold one of them.
    pub(super) fn find<K: Key>(&self, keys: &[(K, u32)], known: &mut dyn FnMut(u32)) -> io::Result<()> {
        let fences = K::fences(self);
        let (mut at, mut block) = (0, Vec::new());
        while at < keys.len() {
            let wanted = keys[at].0.wide();
            let after = fences.partition_point(|fence| fence.first <= wanted);
            let Some(index) = after.checked_sub(1) else {
                // Before the first key of the run: on to the first wanted key that is not.
                let Some(first) = fences.first() else {
                    return Ok(());
                };
                at += keys[at..].partition_point(|(key, _)| key.wide() < first.first);
                continue;
            };
            let end = fences.get(after).map(|fence| fence.first);
            let count = keys[at..].partition_point(|(key, _)| end.is_none_or(|end| key.wide() < end));
            self.read(&fences[index], &mut block)?;
            intersect(&block, &keys[at..at + count], known);
            at += count;
        }
        Ok(())
    }

    /// All keys of one order, ascending.
    pub(super) fn iter<K: Key>(&self) -> impl Iterator<Item = io::Result<Vec<K>>> + '_ {
        K::fences(self).iter().map(|fence| {
            let mut block = Vec::new();
            self.read(fence, &mut block).map(|()| block)
        })
    }

    fn read<K: Key>(&self, fence: &Fence, block: &mut Vec<K>) -> io::Result<()> {
        let mut bytes = vec![0u8; fence.bytes as usize];
        let mut file = &self.file;
        file.seek(SeekFrom::Start(fence.offset))?;
        file.read_exact(&mut bytes)?;
        block.clear();
        let decoded = K::decode(&bytes, fence.keys as usize, block);
        if checksum(&bytes) != fence.checksum || decoded.is_none() {
            return Err(damaged());
        }
        Ok(())
    }
}

fn fence(bytes: &[u8; FENCE_BYTES]) -> Fence {
    let wide = |at: usize| *bytes[at..].first_chunk::<8>().expect("inside a fence");
    let narrow = |at: usize| u32::from_le_bytes(*bytes[at..].first_chunk::<4>().expect("inside a fence"));
    Fence {
        first: u128::from_le_bytes(*bytes.first_chunk::<16>().expect("inside a fence")),
        offset: u64::from_le_bytes(wide(16)),
        bytes: narrow(24),
        keys: narrow(28),
        checksum: u64::from_le_bytes(wide(32)),
    }
}

/// Both ascend; `wanted` may be much shorter than the block.
fn intersect<K: Key>(block: &[K], wanted: &[(K, u32)], known: &mut dyn FnMut(u32)) {
    let mut at = 0;
    for &(key, row) in wanted {
        if wanted.len() * 16 < block.len() {
            at += block[at..].partition_point(|other| *other < key);
        } else {
            while at < block.len() && block[at] < key {
                at += 1;
            }
        }
        if block.get(at) == Some(&key) {
            known(row);
        }
    }
}
