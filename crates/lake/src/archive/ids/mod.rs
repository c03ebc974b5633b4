//! Which event ids are stored: sorted runs of keys beside the archive, one or more for each commit.
//!
//! A canonical decimal id is its own key. Any other id has a key of 127 bits of its BLAKE3 hash and a tag bit; the
//! two orders never meet. This index is derived data: what is missing, damaged or left over
//! from a killed import is found when it is opened, and rebuilt from the archive's files.
//! Why a hash may decide here and nowhere else: `docs/adr/0003-ids.md`.

mod merge;
mod rebuild;
mod run;
mod stored;
mod twice;

pub use twice::Twice;

use super::{Archive, ArchiveError, Commit};
use event::kind::Kind;
use run::{BLOCK_KEYS, Run, RunWriter};
use std::collections::BTreeMap;
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

/// Keys with the rows that they came from, ascending.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    /// Canonical decimals.
    pub decimals: Vec<(u64, u32)>,
    /// Hashes of other ids.
    pub texts: Vec<(u128, u32)>,
}

/// The stored event ids of one kind.
#[derive(Debug)]
pub(crate) struct IdIndex {
    folder: PathBuf,
    runs: BTreeMap<RunName, Run>,
    /// What the commits have of the kind.
    stored: Stored,
}

/// The commits whose keys a run holds, and its number among the runs of the same commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct RunName {
    from: u64,
    to: u64,
    part: u32,
}

impl RunName {
    fn file_name(self) -> String {
        format!("{:08}-{:08}-{:04}.run", self.from, self.to, self.part)
    }

    fn parse(name: &str) -> Option<RunName> {
        let mut parts = name.strip_suffix(".run")?.split('-');
        let name = RunName {
            from: parts.next()?.parse().ok()?,
            to: parts.next()?.parse().ok()?,
            part: parts.next()?.parse().ok()?,
        };
        parts.next().is_none().then_some(name)
    }
}

impl IdIndex {
    /// Opens the index of a kind, and brings it to exactly what the archive's commits hold.
    pub(crate) fn open(archive: &Archive, kind: Kind) -> Result<IdIndex, ArchiveError> {
        let folder = archive.root().join("ids").join(kind.name());
        let failed = |source| ArchiveError::Io {
            path: folder.clone(),
            source,
        };
        fs::create_dir_all(&folder).map_err(failed)?;
        let mut index = IdIndex {
            folder: folder.clone(),
            runs: BTreeMap::new(),
            stored: Stored::of(archive, kind),
        };
        index.load().map_err(failed)?;
        index.drop_wrong(archive.last_commit()).map_err(failed)?;
        let commits: Vec<u64> = index.stored.commits().collect();
        for commit in commits {
            if !index
                .runs
                .keys()
                .any(|run| run.from <= commit && commit <= run.to)
            {
                rebuild::commit(&mut index, archive, kind, commit)?;
            }
        }
        Ok(index)
    }

    /// Throws the index of a kind away, to be rebuilt when it is opened next.
    pub(crate) fn discard(archive: &Archive, kind: Kind) -> Result<(), ArchiveError> {
        let folder = archive.root().join("ids").join(kind.name());
        match fs::remove_dir_all(&folder) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(ArchiveError::Io { path: folder, source })
            }
            _ => Ok(()),
        }
    }

    fn load(&mut self) -> io::Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .and_then(RunName::parse);
            match name.map(|name| (name, Run::open(&path, &self.called(name)))) {
                Some((name, Ok(run))) => {
                    self.runs.insert(name, run);
                }
                // Half-written, damaged or another's: rebuilt below.
                _ => fs::remove_file(&path)?,
            }
        }
        Ok(())
    }

    /// Removes runs of commits that never happened or of another archive's, runs that a merged run replaces, and runs
    /// whose keys are not as many as the rows of their commits.
    fn drop_wrong(&mut self, last_commit: u64) -> io::Result<()> {
        let ranges: Vec<(u64, u64)> = self.runs.keys().map(|run| (run.from, run.to)).collect();
        let contained = |run: &RunName| {
            let wider = |&(from, to): &(u64, u64)| {
                from <= run.from && run.to <= to && (from, to) != (run.from, run.to)
            };
            ranges.iter().any(wider)
        };
        let keys_of = |run: &RunName| -> u64 {
            let same = self
                .runs
                .iter()
                .filter(|(name, _)| (name.from, name.to) == (run.from, run.to));
            same.map(|(_, run)| run.keys()).sum()
        };
        let wrong = |name: &RunName, run: &Run| {
            name.from > name.to
                || name.to > last_commit
                || contained(name)
                || keys_of(name) != self.stored.rows(name.from, name.to)
                || !run.is_of(&self.stored.hash(name.from, name.to))
        };
        let wrong = self.runs.iter().filter(|(name, run)| wrong(name, run));
        let wrong: Vec<RunName> = wrong.map(|(name, _)| *name).collect();
        self.remove(&wrong)
    }

    fn remove(&mut self, names: &[RunName]) -> io::Result<()> {
        for name in names {
            if let Some(run) = self.runs.remove(name) {
                let path = run.path().to_path_buf();
                drop(run);
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    /// Calls `known` with the row of every key that is stored already.
    pub(crate) fn find(&self, keys: &Keys, known: &mut dyn FnMut(u32)) -> io::Result<()> {
        for run in self.runs.values() {
            run.find(&keys.decimals, known)?;
            run.find(&keys.texts, known)?;
        }
        Ok(())
    }

    /// Adds the keys of a commit that is about to be made. They count from the moment of the commit, and are kept for later ones when
    /// they are sealed.
    pub(crate) fn add(&mut self, commit: u64, keys: &Keys) -> io::Result<()> {
        let part = self.next_part(commit, commit);
        let name = RunName {
            from: commit,
            to: commit,
            part,
        };
        let temporary = self.folder.join(format!("{}.tmp", name.file_name()));
        let mut writer = RunWriter::create(&temporary, &self.called(name))?;
        write_blocks(&mut writer, &keys.decimals)?;
        write_blocks(&mut writer, &keys.texts)?;
        let written = writer.finish()?;
        self.install(name, &written)
    }

    /// Takes a commit that was made into view: the keys that were added for it are its keys.
    pub(crate) fn seal(&mut self, commit: &Commit, kind: Kind) -> io::Result<()> {
        self.stored.add(commit, kind);
        self.seal_runs(commit.number, commit.number)
    }

    fn seal_runs(&mut self, from: u64, to: u64) -> io::Result<()> {
        let hash = self.stored.hash(from, to);
        let mut runs = self.runs.iter_mut();
        runs.try_for_each(|(name, run)| match (name.from, name.to) == (from, to) {
            true => run.seal(&hash),
            false => Ok(()),
        })
    }

    fn install(&mut self, name: RunName, written: &Path) -> io::Result<()> {
        let path = self.folder.join(name.file_name());
        fs::rename(written, &path)?;
        self.runs.insert(name, Run::open(&path, &self.called(name))?);
        Ok(())
    }

    /// What a run is called: its kind, commits and number.
    fn called(&self, name: RunName) -> String {
        let kind = self.folder.file_name().unwrap_or_default();
        format!("{}/{}", kind.to_string_lossy(), name.file_name())
    }

    fn next_part(&self, from: u64, to: u64) -> u32 {
        let same = self.runs.keys().filter(|run| (run.from, run.to) == (from, to));
        same.map(|run| run.part + 1).max().unwrap_or(0)
    }

    /// Takes back the keys of a commit that was not made.
    pub(crate) fn forget(&mut self, commit: u64) -> io::Result<()> {
        let names: Vec<RunName> = self.runs.keys().filter(|run| run.to >= commit).copied().collect();
        self.remove(&names)
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
        let name = RunName {
            from,
            to,
            part: self.next_part(from, to),
        };
        let temporary = self.folder.join(format!("{}.tmp", name.file_name()));
        let runs: Vec<&Run> = inputs.iter().map(|name| &self.runs[name]).collect();
        let written = merge::merge(&runs, RunWriter::create(&temporary, &self.called(name))?)?;
        self.install(name, &written)?;
        self.seal_runs(from, to)?;
        self.remove(&inputs)
    }
}

fn write_blocks<K: run::Key>(writer: &mut RunWriter, keys: &[(K, u32)]) -> io::Result<()> {
    let mut block = Vec::with_capacity(BLOCK_KEYS);
    for keys in keys.chunks(BLOCK_KEYS) {
        block.clear();
        block.extend(keys.iter().map(|(key, _)| *key));
        writer.block(&block)?;
    }
    Ok(())
}
