//! A commit in the making: files are written whole under their final names, and exist for readers from the moment
//! when the commit is appended to the log.

use super::commits::{
    self, COMMIT_FORMAT, COMMITS, Commit, CommitLog, CommittedFile, QuarantineFile, Source, sync_folder,
};
use super::{Archive, ArchiveError};
use event::kind::Kind;
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// The files of a commit that is not made yet. Dropping it removes them.
#[derive(Debug)]
pub(crate) struct Draft {
    root: PathBuf,
    number: u64,
    stored_at: Timestamp,
    /// Hash of the commit before it.
    previous: Option<String>,
    files: Vec<CommittedFile>,
    parts: BTreeMap<(Kind, Date), u32>,
    quarantine: Option<String>,
    written: Vec<PathBuf>,
}

/// A file of a draft while it is written: counts and hashes its bytes.
#[derive(Debug)]
pub(crate) struct PartFile {
    kind: Kind,
    date: Date,
    relative: String,
    temporary: PathBuf,
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

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> ArchiveError + '_ {
    move |source| ArchiveError::Io {
        path: path.to_path_buf(),
        source,
    }
}

impl Draft {
    /// The next commit of an archive. The caller holds the write lock.
    pub(crate) fn new(archive: &Archive, stored_at: Timestamp) -> Result<Draft, ArchiveError> {
        let previous = archive.commits().last().map(Commit::hash).transpose()?;
        Ok(Draft {
            root: archive.root().to_path_buf(),
            number: archive.last_commit() + 1,
            stored_at,
            previous,
            files: Vec::new(),
            parts: BTreeMap::new(),
            quarantine: None,
            written: Vec::new(),
        })
    }

    /// Its number.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// When its rows count as stored.
    pub(crate) fn stored_at(&self) -> Timestamp {
        self.stored_at
    }

    /// Begins a file of rows of one kind and date.
    pub(crate) fn begin(&mut self, kind: Kind, date: Date) -> Result<PartFile, ArchiveError> {
        let part = self.parts.entry((kind, date)).or_default();
        let relative = format!("{}/date={date}/{:08}-{part:04}.parquet", kind.name(), self.number);
        *part += 1;
        let path = self.root.join(&relative);
        let folder = path.parent().unwrap_or(&self.root);
        fs::create_dir_all(folder).map_err(io_error(folder))?;
        let temporary = path.with_extension("parquet.tmp");
        let file = File::create(&temporary).map_err(io_error(&temporary))?;
        self.written.push(temporary.clone());
        Ok(PartFile {
            kind,
            date,
            relative,
            temporary,
            path,
            file: BufWriter::with_capacity(1 << 20, file),
            hasher: blake3::Hasher::new(),
            bytes: 0,
        })
    }

    /// Takes a finished file into the commit.
    pub(crate) fn add(&mut self, part: PartFile, rows: u64) -> Result<(), ArchiveError> {
        let PartFile {
            kind,
            date,
            relative,
            temporary,
            path,
            file,
            hasher,
            bytes,
        } = part;
        let file = file.into_inner().map_err(io::IntoInnerError::into_error);
        file.and_then(|file| file.sync_all())
            .map_err(io_error(&temporary))?;
        fs::rename(&temporary, &path).map_err(io_error(&temporary))?;
        self.written.push(path);
        let hash = hasher.finalize().to_hex().to_string();
        self.files.push(CommittedFile {
            kind,
            date,
            path: relative,
            rows,
            bytes,
            hash,
        });
        Ok(())
    }

    /// Where the quarantined rows of this commit go, relative to the archive; makes the folder.
    pub(crate) fn quarantine_file(&mut self) -> Result<PathBuf, ArchiveError> {
        let relative = commits::quarantine_path(self.number);
        let path = self.root.join(&relative);
        let folder = path.parent().unwrap_or(&self.root);
        fs::create_dir_all(folder).map_err(io_error(folder))?;
        self.written.push(path.clone());
        self.quarantine = Some(relative);
        Ok(path)
    }

    /// Leaves the quarantine out of the commit: it would list nothing new.
    pub(crate) fn drop_quarantine(&mut self) {
        self.quarantine = None;
    }

    /// The file of quarantined rows, with the hash that verifying compares it with.
    fn quarantine_hashed(&mut self) -> Result<Option<QuarantineFile>, ArchiveError> {
        let Some(path) = self.quarantine.take() else {
            return Ok(None);
        };
        let file = self.root.join(&path);
        let hash = crate::sound::hash(&file).map_err(io_error(&file))?;
        let hash = hash.to_hex().to_string();
        Ok(Some(QuarantineFile { path, hash }))
    }

    /// Would the commit change what readers see?
    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty() && self.quarantine.is_none()
    }

    /// Makes the commit: after this returns, and not before, readers see its files.
    pub(crate) fn commit(
        mut self,
        log: &mut dyn CommitLog,
        sources: Vec<Source>,
    ) -> Result<Commit, ArchiveError> {
        self.files
            .sort_by(|a, b| (a.kind, a.date, &a.path).cmp(&(b.kind, b.date, &b.path)));
        let commit = Commit {
            format: COMMIT_FORMAT,
            number: self.number,
            stored_at: self.stored_at,
            sources,
            files: std::mem::take(&mut self.files),
            quarantine: self.quarantine_hashed()?,
            previous: self.previous.take(),
        };
        let mut folders: Vec<PathBuf> = self
            .written
            .iter()
            .filter_map(|path| path.parent())
            .map(Path::to_path_buf)
            .collect();
        folders.sort();
        folders.dedup();
        folders.iter().try_for_each(|folder| sync_folder(folder))?;
        let appended = log.append(&commit);
        // Where the log does not say that the commit is none, it may be one: its answer can get lost. Files that turn out to be no commit's
        // are removed by the next writer.
        if !matches!(appended, Err(ArchiveError::Outrun { .. })) {
            self.written.clear();
        }
        appended?;
        Ok(commit)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        for path in &self.written {
            // What stays behind is invisible, and the next writer removes it.
            let _ = fs::remove_file(path);
        }
    }
}

/// Removes files that no commit names: what a killed writer left behind. The caller holds the write lock.
pub(crate) fn sweep(archive: &Archive) -> Result<(), ArchiveError> {
    let root = archive.root();
    let named: std::collections::BTreeSet<PathBuf> = archive
        .commits()
        .iter()
        .flat_map(|commit| {
            commit
                .files
                .iter()
                .map(|file| &file.path)
                .chain(commit.quarantine.iter().map(|file| &file.path))
        })
        .map(|path| root.join(path))
        .collect();
    for kind in Kind::ALL {
        for date in folder_entries(&root.join(kind.name()))? {
            sweep_folder(&date, &named)?;
        }
    }
    sweep_folder(&root.join("quarantine"), &named)?;
    let temporary = folder_entries(&root.join(COMMITS))?;
    let temporary = temporary
        .into_iter()
        .filter(|path| path.extension().is_some_and(|ext| ext == "tmp"));
    temporary
        .into_iter()
        .try_for_each(|path| fs::remove_file(&path).map_err(io_error(&path)))
}

fn sweep_folder(folder: &Path, named: &std::collections::BTreeSet<PathBuf>) -> Result<(), ArchiveError> {
    for path in folder_entries(folder)? {
        let ours = path
            .extension()
            .is_some_and(|ext| ext == "parquet" || ext == "tmp" || ext == "ndjson");
        if ours && !named.contains(&path) {
            fs::remove_file(&path).map_err(io_error(&path))?;
        }
    }
    Ok(())
}

fn folder_entries(folder: &Path) -> Result<Vec<PathBuf>, ArchiveError> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(folder).map_err(io_error(folder))?;
    entries
        .map(|entry| entry.map(|entry| entry.path()).map_err(io_error(folder)))
        .collect()
}
