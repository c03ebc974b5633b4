//! Which event ids are stored: sorted runs of keys beside the archive, one or more for each commit.
//!
//! A canonical decimal id is its own key. Any other id has a key of 127 bits of its BLAKE3 hash and a tag bit; the
//! two orders never meet. This index is derived data: what is missing, damaged or left over
//! from a killed import is found when it is opened, and rebuilt from the archive's files.
//! Why a hash may decide here and nowhere else: `docs/adr/0003-ids.md`.
//!
//! Any number of imports use the folder at once without a lock: a run appears in it whole, under a name that no other writer gives, and is
//! never changed. Who merges runs removes those that it merged; whoever reads one has it open, or finds that it is gone and rebuilds it.

mod merge;
mod rebuild;
mod run;
mod stored;
mod twice;

pub use twice::Twice;

use super::folder::absent;
use super::lease::Lease;
use super::{Archive, ArchiveError, Commit};
use event::id;
use event::kind::Kind;
use run::{BLOCK_KEYS, Key, Run, RunWriter};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use stored::Stored;

/// More runs than this are merged.
const MAX_RUNS: usize = 16;

/// The tag of keys that are hashes.
const HASHED: u128 = 1 << 127;

/// The key of an id that is not a canonical decimal.
pub(crate) fn text_key(id: &[u8]) -> u128 {
    let hash = blake3::hash(id);
    u128::from_le_bytes(*hash.as_bytes().first_chunk::<16>().expect("a hash has 32 bytes")) | HASHED
}

/// Keys that are taken out of a draft at most; where there are more, its file is better read again.
const MAX_REPEATED: usize = 1 << 20;

/// The key of an id, in either order.
pub(crate) fn id_key(text: &str) -> u128 {
    id::decimal(text).map_or_else(|| text_key(text.as_bytes()), u128::from)
}

/// Keys with the rows that they came from, ascending.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    /// Canonical decimals.
    pub decimals: Vec<(u64, u32)>,
    /// Hashes of other ids.
    pub texts: Vec<(u128, u32)>,
}

/// The stored event ids of one kind, as one import knows them.
#[derive(Debug)]
pub(crate) struct IdIndex {
    /// Where finished runs lie, for all imports.
    folder: PathBuf,
    /// Where this one writes runs.
    scratch: PathBuf,
    /// Who writes them.
    by: u64,
    /// How many it has written.
    written: u32,
    runs: BTreeMap<RunName, Run>,
    /// The keys of the commit that is about to be made.
    pending: Vec<Run>,
    /// What the commits have of the kind.
    stored: Stored,
}

/// The commits whose keys a run holds, its number among the runs of the same commits, and who wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct RunName {
    from: u64,
    to: u64,
    by: u64,
    part: u32,
}

impl RunName {
    fn file_name(self) -> String {
        let RunName { from, to, by, part } = self;
        format!("{from:08}-{to:08}-{by:016x}-{part:04}.run")
    }

    fn parse(name: &str) -> Option<RunName> {
        let mut parts = name.strip_suffix(".run")?.split('-');
        let name = RunName {
            from: parts.next()?.parse().ok()?,
            to: parts.next()?.parse().ok()?,
            by: u64::from_str_radix(parts.next()?, 16).ok()?,
            part: parts.next()?.parse().ok()?,
        };
        parts.next().is_none().then_some(name)
    }
}

/// Whether what a look-up met says of the index that it must be [renewed](IdIndex::renew): it is damaged, or on the disk of another machine
/// where a run that was open is gone.
pub(crate) fn must_be_renewed(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::InvalidData | io::ErrorKind::StaleNetworkFileHandle
    )
}

/// Runs by the commits that they begin and end with, the widest first, and by who wrote them.
type Found = BTreeMap<(u64, Reverse<u64>, u64), Vec<(RunName, Run)>>;

impl IdIndex {
    /// Opens the index of a kind, and brings it to exactly what the archive's commits hold.
    pub(crate) fn open(archive: &Archive, kind: Kind, lease: &Lease) -> Result<IdIndex, ArchiveError> {
        let folder = archive.root().join("ids").join(kind.name());
        let failed = |source| ArchiveError::Io {
            path: folder.clone(),
            source,
        };
        let scratch = lease.folder().join(kind.name());
        fs::create_dir_all(&folder).map_err(failed)?;
        fs::create_dir_all(&scratch).map_err(failed)?;
        let mut index = IdIndex::empty(&folder, &scratch, lease.id());
        index.stored = Stored::of(archive, kind);
        index.load(archive.last_commit()).map_err(failed)?;
        let commits: Vec<u64> = index.stored.commits().collect();
        for commit in commits {
            if !index.has(commit) {
                rebuild::commit(&mut index, archive, kind, commit)?;
                index.install(commit, commit).map_err(failed)?;
            }
        }
        Ok(index)
    }

    fn empty(folder: &Path, scratch: &Path, by: u64) -> IdIndex {
        IdIndex {
            folder: folder.to_path_buf(),
            scratch: scratch.to_path_buf(),
            by,
            written: 0,
            runs: BTreeMap::new(),
            pending: Vec::new(),
            stored: Stored::default(),
        }
    }

    /// Throws it away where it is damaged, and opens it again.
    pub(crate) fn renew(
        &mut self,
        archive: &Archive,
        kind: Kind,
        lease: &Lease,
        error: &io::Error,
    ) -> Result<(), ArchiveError> {
        if error.kind() == io::ErrorKind::InvalidData {
            match absent(fs::remove_dir_all(&self.folder)) {
                // Another import has put a run there meanwhile.
                Err(source) if source.kind() != io::ErrorKind::DirectoryNotEmpty => {
                    let path = self.folder.clone();
                    return Err(ArchiveError::Io { path, source });
                }
                _ => {}
            }
        }
        *self = IdIndex::open(archive, kind, lease)?;
        Ok(())
    }

    fn has(&self, commit: u64) -> bool {
        let mut runs = self.runs.keys();
        runs.any(|run| run.from <= commit && commit <= run.to)
    }

    /// Opens runs that hold each commit once, the widest first, and removes others: damaged, another archive's, of part of the rows of their
    /// commits, or merged into another since. Those of commits that are not known yet are another import's.
    fn load(&mut self, last_commit: u64) -> io::Result<()> {
        let mut found = Found::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .and_then(RunName::parse);
            match name.map(|name| (name, Run::open(&path))) {
                Some((name, _)) if name.to > last_commit => {}
                Some((name, Ok(run))) => {
                    let place = (name.from, Reverse(name.to), name.by);
                    found.entry(place).or_default().push((name, run));
                }
                _ => absent(fs::remove_file(&path))?,
            }
        }
        let mut next = 1;
        for ((from, Reverse(to), _), runs) in found {
            if from >= next && from <= to && self.are_of(from, to, &runs) {
                next = to + 1;
                self.runs.extend(runs);
            } else {
                runs.iter()
                    .try_for_each(|(_, run)| absent(fs::remove_file(run.path())))?;
            }
        }
        Ok(())
    }

    /// Whether runs hold the keys of these commits, all of them and no others.
    fn are_of(&self, from: u64, to: u64, runs: &[(RunName, Run)]) -> bool {
        let hash = self.stored.hash(from, to);
        let keys: u64 = runs.iter().map(|(_, run)| run.keys()).sum();
        keys == self.stored.rows(from, to) && runs.iter().all(|(_, run)| run.is_of(&hash))
    }

    fn remove(&mut self, names: &[RunName]) -> io::Result<()> {
        for name in names {
            if let Some(run) = self.runs.remove(name) {
                let path = run.path().to_path_buf();
                drop(run);
                absent(fs::remove_file(path))?;
            }
        }
        Ok(())
    }

    /// Calls `known` with the row of every key that is stored already, or pending.
    pub(crate) fn find(&self, keys: &Keys, known: &mut dyn FnMut(u32)) -> io::Result<()> {
        for run in self.runs.values().chain(&self.pending) {
            run.find(&keys.decimals, known)?;
            run.find(&keys.texts, known)?;
        }
        Ok(())
    }

    fn writer(&mut self) -> io::Result<RunWriter> {
        self.written += 1;
        RunWriter::create(&self.scratch.join(format!("{:06}.run", self.written)))
    }

    fn write(&mut self, keys: &Keys) -> io::Result<Run> {
        let mut writer = self.writer()?;
        write_blocks(&mut writer, &keys.decimals)?;
        write_blocks(&mut writer, &keys.texts)?;
        writer.finish()
    }

    /// Adds keys of the commit that is about to be made. They are kept for later ones when they are sealed.
    pub(crate) fn add(&mut self, keys: &Keys) -> io::Result<()> {
        let run = self.write(keys)?;
        self.pending.push(run);
        Ok(())
    }

    /// Takes a commit that was made into view: the keys that were added are its keys.
    pub(crate) fn seal(&mut self, commit: &Commit, kind: Kind) -> io::Result<()> {
        self.stored.add(commit, kind);
        let runs = std::mem::take(&mut self.pending);
        self.hold(commit.number, runs);
        self.install(commit.number, commit.number)
    }

    /// Takes runs as those of a commit.
    fn hold(&mut self, commit: u64, runs: Vec<Run>) {
        let names = (0..).map(|part| RunName {
            from: commit,
            to: commit,
            by: self.by,
            part,
        });
        self.runs.extend(names.zip(runs));
    }

    /// Shows own runs of these commits to others.
    fn install(&mut self, from: u64, to: u64) -> io::Result<()> {
        // Another import that found a damaged run may have thrown all away.
        fs::create_dir_all(&self.folder)?;
        let hash = self.stored.hash(from, to);
        let (folder, by) = (&self.folder, self.by);
        let own = |name: &RunName| (name.from, name.to, name.by) == (from, to, by);
        let mut runs = self.runs.iter_mut().filter(|(name, _)| own(name));
        runs.try_for_each(|(name, run)| run.seal(&hash, &folder.join(name.file_name())))
    }

    /// Takes back the keys of a commit that was not made.
    pub(crate) fn forget(&mut self) -> io::Result<()> {
        let mut pending = self.pending.drain(..);
        pending.try_for_each(|run| absent(fs::remove_file(run.path())))
    }

    /// Takes a commit of another import into view, and returns those of the pending keys that it has; none: they are too many.
    pub(crate) fn take_in(
        &mut self,
        archive: &Archive,
        kind: Kind,
        commit: &Commit,
    ) -> Result<Option<HashSet<u128>>, ArchiveError> {
        let number = commit.number;
        self.stored.add(commit, kind);
        if self.stored.rows(number, number) == 0 {
            return Ok(Some(HashSet::new()));
        }
        // Read from its files: whoever made it may not have shown its runs yet. They stay this import's own.
        rebuild::commit(self, archive, kind, number)?;
        self.pending_in(number).map_err(|source| ArchiveError::Index {
            kind,
            path: self.folder.clone(),
            source,
        })
    }

    fn pending_in(&self, commit: u64) -> io::Result<Option<HashSet<u128>>> {
        let mut repeated = HashSet::new();
        let theirs = self
            .runs
            .iter()
            .filter(|(name, _)| name.from <= commit && commit <= name.to);
        for (_, theirs) in theirs {
            for own in &self.pending {
                common::<u64>(own, theirs, &mut repeated)?;
                common::<u128>(own, theirs, &mut repeated)?;
                if repeated.len() > MAX_REPEATED {
                    return Ok(None);
                }
            }
        }
        Ok(Some(repeated))
    }

    /// Takes keys out of the pending ones. Runs that have none of them stay the files that they are.
    pub(crate) fn without(&mut self, repeated: &HashSet<u128>) -> io::Result<()> {
        for run in std::mem::take(&mut self.pending) {
            let writer = self.writer()?;
            let rest = merge::some(&run, writer, &|key| !repeated.contains(&key))?;
            let (kept, gone) = match rest.keys() == run.keys() {
                true => (run, rest),
                false => (rest, run),
            };
            fs::remove_file(gone.path())?;
            self.pending.push(kept);
        }
        Ok(())
    }

    /// Merges runs when there are many, so that a look-up reads few files.
    pub(crate) fn compact(&mut self) -> io::Result<()> {
        if self.runs.len() <= MAX_RUNS {
            return Ok(());
        }
        let mut sizes: BTreeMap<(u64, u64), u64> = BTreeMap::new();
        for (name, run) in &self.runs {
            *sizes.entry((name.from, name.to)).or_default() += run.keys();
        }
        // From the newest backwards: a run stays alone only if it is more than twice as large as all newer ones.
        let mut groups = sizes.into_iter().rev();
        let Some(((mut from, to), mut total)) = groups.next() else {
            return Ok(());
        };
        for ((older, _), keys) in groups {
            if keys > 2 * total {
                break;
            }
            from = older;
            total += keys;
        }
        let inputs: Vec<RunName> = self.runs.keys().filter(|run| run.from >= from).copied().collect();
        if inputs.len() < 2 {
            return Ok(());
        }
        fs::create_dir_all(&self.folder)?;
        let writer = self.writer()?;
        let runs: Vec<&Run> = inputs.iter().map(|name| &self.runs[name]).collect();
        let merged = merge::merge(&runs, writer)?;
        // Those that it was made of are removed.
        merged.sync()?;
        let parts = self
            .runs
            .keys()
            .filter(|run| (run.from, run.to, run.by) == (from, to, self.by));
        let part = parts.map(|run| run.part + 1).max().unwrap_or(0);
        let name = RunName {
            from,
            to,
            by: self.by,
            part,
        };
        let path = self.folder.join(name.file_name());
        let hash = self.stored.hash(from, to);
        self.runs
            .entry(name)
            .insert_entry(merged)
            .get_mut()
            .seal(&hash, &path)?;
        self.remove(&inputs)?;
        self.remove_within(from, to, name)
    }

    /// Removes what another run replaces: other imports' runs of the same commits, too.
    fn remove_within(&self, from: u64, to: u64, by: RunName) -> io::Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .and_then(RunName::parse);
            if name.is_some_and(|name| from <= name.from && name.to <= to && name != by) {
                absent(fs::remove_file(&path))?;
            }
        }
        Ok(())
    }
}

/// Adds the keys that both runs have.
fn common<K: Key>(one: &Run, other: &Run, keys: &mut HashSet<u128>) -> io::Result<()> {
    let (few, many) = match one.keys() <= other.keys() {
        true => (one, other),
        false => (other, one),
    };
    for block in few.iter::<K>() {
        let block: Vec<(K, u32)> = block?.into_iter().zip(0..).collect();
        many.find(&block, &mut |at| {
            keys.insert(block[at as usize].0.wide());
        })?;
    }
    Ok(())
}

fn write_blocks<K: Key>(writer: &mut RunWriter, keys: &[(K, u32)]) -> io::Result<()> {
    let mut block = Vec::with_capacity(BLOCK_KEYS);
    for keys in keys.chunks(BLOCK_KEYS) {
        block.clear();
        block.extend(keys.iter().map(|(key, _)| *key));
        writer.block(&block)?;
    }
    Ok(())
}
