//! A commit in the making: files are written whole in the folder of a lease, put where readers look, and exist for them from the moment
//! when the commit is appended to the log.

use super::commits::{COMMIT_FORMAT, Commit, CommitLog, CommittedFile, QuarantineFile, Source};
use super::folder::{absent, io_error, sync_folder};
use super::lease::Lease;
use super::{Archive, ArchiveError};
use event::kind::Kind;
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// The files of a commit that is not made yet. Dropping it removes them.
#[derive(Debug)]
pub(crate) struct Draft {
    lease: Rc<Lease>,
    stored_at: Timestamp,
    files: Vec<Written<CommittedFile>>,
    quarantine: Option<Written<QuarantineFile>>,
    /// What becomes of the files is no more for it to say.
    is_decided: bool,
}

/// A file that is written, and where it lies now.
#[derive(Debug)]
struct Written<T> {
    file: T,
    bytes: u64,
    lies: PathBuf,
}

/// A file of a draft while it is written: counts and hashes its bytes.
#[derive(Debug)]
pub(crate) struct PartFile {
    kind: Kind,
    date: Date,
    relative: String,
    path: PathBuf,
    file: BufWriter<File>,
    hasher: blake3::Hasher,
    bytes: u64,
}

impl Write for PartFile {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let count = self.file.write(buf)?;
        self.hasher.update(&buf[..count]);
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn given_up(draft: u64) -> ArchiveError {
    let draft = format!("{draft:016x}");
    ArchiveError::GivenUp { draft }
}

impl Draft {
    /// An empty one.
    pub(crate) fn new(lease: &Rc<Lease>, stored_at: Timestamp) -> Draft {
        Draft {
            lease: Rc::clone(lease),
            stored_at,
            files: Vec::new(),
            quarantine: None,
            is_decided: false,
        }
    }

    /// When its rows count as stored.
    pub(crate) fn stored_at(&self) -> Timestamp {
        self.stored_at
    }

    /// Says that whoever writes it lives.
    pub(crate) fn beat(&self) {
        self.lease.beat();
    }

    /// Begins a file of rows of one kind and date.
    pub(crate) fn begin(&mut self, kind: Kind, date: Date) -> Result<PartFile, ArchiveError> {
        self.beat();
        let name = self.lease.name();
        let path = self.lease.folder().join(&name);
        let file = File::create(&path).map_err(io_error(&path))?;
        Ok(PartFile {
            kind,
            date,
            relative: format!("{}/date={date}/{name}.parquet", kind.name()),
            path,
            file: BufWriter::with_capacity(1 << 20, file),
            hasher: blake3::Hasher::new(),
            bytes: 0,
        })
    }

    /// Takes a finished file into the commit.
    pub(crate) fn add(&mut self, part: PartFile, rows: u64) -> Result<(), ArchiveError> {
        let (path, bytes) = (part.path, part.bytes);
        let file = part.file.into_inner().map_err(io::IntoInnerError::into_error);
        file.and_then(|file| file.sync_all()).map_err(io_error(&path))?;
        let file = CommittedFile {
            kind: part.kind,
            date: part.date,
            path: part.relative,
            rows,
            bytes,
            hash: part.hasher.finalize().to_hex().to_string(),
        };
        self.files.push(Written {
            file,
            bytes,
            lies: path,
        });
        Ok(())
    }

    /// Where its files of a kind lie now.
    pub(crate) fn files(&self, kind: Kind) -> Vec<PathBuf> {
        let files = self.files.iter().filter(|written| written.file.kind == kind);
        files.map(|written| written.lies.clone()).collect()
    }

    /// Takes a file out of the commit, and removes it.
    pub(crate) fn remove(&mut self, path: &Path) -> Result<(), ArchiveError> {
        self.files.retain(|written| written.lies != path);
        fs::remove_file(path).map_err(io_error(path))
    }

    /// Where rows that are no events are gathered: a name for another file whenever it is asked for.
    pub(crate) fn scratch(&self) -> PathBuf {
        self.lease.folder().join(self.lease.name())
    }

    /// Takes a finished file of rows that are no events into the commit, in the place of one that it had. None: there are no new ones.
    pub(crate) fn set_quarantine(&mut self, path: Option<PathBuf>) -> Result<(), ArchiveError> {
        if let Some(before) = self.quarantine.take()
            && Some(&before.lies) != path.as_ref()
        {
            fs::remove_file(&before.lies).map_err(io_error(&before.lies))?;
        }
        let Some(lies) = path else { return Ok(()) };
        let hash = crate::sound::hash(&lies).map_err(io_error(&lies))?;
        let bytes = fs::metadata(&lies).map_err(io_error(&lies))?.len();
        let name = lies.file_name().unwrap_or_default().to_string_lossy();
        let file = QuarantineFile {
            path: format!("quarantine/{name}.ndjson"),
            hash: hash.to_hex().to_string(),
        };
        self.quarantine = Some(Written { file, bytes, lies });
        Ok(())
    }

    /// Where its rows that are no events lie now.
    pub(crate) fn quarantine(&self) -> Option<&Path> {
        self.quarantine.as_ref().map(|written| &*written.lies)
    }

    /// Would the commit change what readers see?
    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty() && self.quarantine.is_none()
    }

    /// Every file, by its place in the archive.
    fn written(&mut self) -> impl Iterator<Item = (&str, u64, &mut PathBuf)> {
        let files = self.files.iter_mut();
        let files = files.map(|written| (&*written.file.path, written.bytes, &mut written.lies));
        let quarantine = self.quarantine.iter_mut();
        files.chain(quarantine.map(|written| (&*written.file.path, written.bytes, &mut written.lies)))
    }

    /// Puts files where readers look for them.
    fn place(&mut self) -> Result<(), ArchiveError> {
        let (root, id) = (self.lease.root().to_path_buf(), self.lease.id());
        let mut folders = BTreeSet::new();
        for (path, _, lies) in self.written() {
            let place = root.join(path);
            if *lies == place {
                continue;
            }
            let folder = place.parent().unwrap_or(&root);
            fs::create_dir_all(folder).map_err(io_error(folder))?;
            fs::rename(&*lies, &place).map_err(|source| match source.kind() {
                io::ErrorKind::NotFound => given_up(id),
                _ => io_error(&place)(source),
            })?;
            folders.insert(folder.to_path_buf());
            *lies = place;
        }
        folders.iter().try_for_each(|folder| sync_folder(folder))
    }

    /// Refuses to commit files that are gone or not whole: a machine that slept may find that it was taken for dead.
    fn must_be_there(&mut self) -> Result<(), ArchiveError> {
        let id = self.lease.id();
        let is_there = |(_, bytes, lies): (&str, u64, &mut PathBuf)| {
            fs::metadata(lies).is_ok_and(|found| found.is_file() && found.len() == bytes)
        };
        match self.written().all(is_there) {
            true => Ok(()),
            false => Err(given_up(id)),
        }
    }

    /// Makes the commit the next of the archive's: after this returns, and not before, readers see its files.
    ///
    /// # Errors
    /// [`ArchiveError::Outrun`] where another has its number: it can be made again, as the next one after that;
    /// [`ArchiveError::GivenUp`] where its files were removed.
    pub(crate) fn commit(
        &mut self,
        archive: &Archive,
        log: &mut dyn CommitLog,
        sources: Vec<Source>,
    ) -> Result<Commit, ArchiveError> {
        self.beat();
        self.place()?;
        let mut files: Vec<CommittedFile> = self.files.iter().map(|written| written.file.clone()).collect();
        files.sort_by(|a, b| (a.kind, a.date, &a.path).cmp(&(b.kind, b.date, &b.path)));
        let commit = Commit {
            format: COMMIT_FORMAT,
            number: archive.last_commit() + 1,
            draft: format!("{:016x}", self.lease.id()),
            stored_at: self.stored_at,
            sources,
            files,
            quarantine: self.quarantine.as_ref().map(|written| written.file.clone()),
            previous: archive.commits().last().map(Commit::hash).transpose()?,
        };
        self.must_be_there()?;
        match log.append(&commit) {
            Ok(()) => self.is_decided = true,
            Err(error @ (ArchiveError::Outrun { .. } | ArchiveError::GivenUp { .. })) => return Err(error),
            Err(error) => {
                // It may have been made all the same. The next import asks the log.
                self.is_decided = true;
                self.lease.leave();
                return Err(error);
            }
        }
        Ok(commit)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if self.is_decided {
            return;
        }
        let removed = self
            .written()
            .all(|(_, _, lies)| absent(fs::remove_file(lies)).is_ok());
        if !removed {
            // What stays behind is invisible, and the next import removes it.
            self.lease.leave();
        }
    }
}
