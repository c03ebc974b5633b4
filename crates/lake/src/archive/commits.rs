//! The log of commits, numbered from 1 without gaps, and the manifest of each: a JSON file beside the data, for readers that know no log.

use super::ArchiveError;
use super::folder::{DRAFTS, sync_folder};
use crate::unique;
use event::kind::Kind;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::{fs, io};

/// The folder of commits inside an archive.
pub(crate) const COMMITS: &str = "commits";
/// The format of commits and their files that this version writes and reads. Format 1 had no hash of quarantined rows, format 2 unsigned
/// columns, format 3 the number of the commit in rows and names of files; none was released.
pub const COMMIT_FORMAT: u32 = 4;

/// One commit: the files it made visible and where their rows came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// Version of this file's layout: [`COMMIT_FORMAT`].
    pub format: u32,
    /// Number of the commit, from 1.
    pub number: u64,
    /// The draft that it was, in 16 digits: the names of its files begin with it.
    pub draft: String,
    /// When it was made.
    pub stored_at: Timestamp,
    /// The source files whose rows it holds, with what became of them.
    pub sources: Vec<Source>,
    /// The archive files it made visible.
    pub files: Vec<CommittedFile>,
    /// The file of quarantined rows it made visible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quarantine: Option<QuarantineFile>,
    /// Lower-case hex BLAKE3 of the file of the commit before it. None in the first commit, and in commits of older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
}

/// A file of quarantined rows as its commit names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuarantineFile {
    /// Path relative to the archive, with `/`.
    pub path: String,
    /// Lower-case hex BLAKE3 of its bytes.
    pub hash: String,
}

/// What became of the rows of one kind in one source file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The source file as named by whoever imported it.
    pub name: String,
    /// Lower-case hex BLAKE3 of its bytes.
    pub hash: String,
    /// The kind that its rows were read as.
    #[serde(with = "kind_name")]
    pub kind: Kind,
    /// Rows read, stored, duplicate and quarantined.
    #[serde(flatten)]
    pub counts: Counts,
}

/// What became of rows. `read == stored + duplicate + quarantined`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Rows read.
    pub read: u64,
    /// Rows stored by this commit.
    pub stored: u64,
    /// Rows whose event id was stored before, or earlier in the same file.
    pub duplicate: u64,
    /// Rows that could not be read as events.
    pub quarantined: u64,
    /// Of the stored views, those whose row has a duration of 0 or none although the file has the column.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unknown_duration: u64,
    /// Of the stored views, those watched for longer than the video lasts: loops.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub looped: u64,
}

// The signature is serde's.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Counts {
    /// Adds other counts.
    pub fn add(&mut self, other: Counts) {
        self.read += other.read;
        self.stored += other.stored;
        self.duplicate += other.duplicate;
        self.quarantined += other.quarantined;
        self.unknown_duration += other.unknown_duration;
        self.looped += other.looped;
    }
}

/// One archive file as its commit names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommittedFile {
    /// What its rows are.
    #[serde(with = "kind_name")]
    pub kind: Kind,
    /// UTC date of its rows.
    pub date: Date,
    /// Path relative to the archive, with `/`.
    pub path: String,
    /// Rows in it.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
    /// Lower-case hex BLAKE3 of its bytes.
    pub hash: String,
}

/// Where commits are decided: of several that would be the next, the one that is appended first is.
pub trait CommitLog {
    /// The commits after a number, in order; after 0 all.
    ///
    /// # Errors
    /// They cannot be read.
    fn after(&mut self, number: u64) -> Result<Vec<Commit>, ArchiveError>;

    /// Makes a commit: after this returns, and not before, readers see its files.
    ///
    /// # Errors
    /// [`ArchiveError::Outrun`] where another one has its number, [`ArchiveError::GivenUp`] where its draft was given up: it was not made.
    /// After any other error it may have been.
    fn append(&mut self, commit: &Commit) -> Result<(), ArchiveError>;

    /// Gives a draft up: after this returns no more commits are made of it, and those that were made are in the log.
    ///
    /// # Errors
    /// It cannot be written.
    fn give_up(&mut self, draft: &str) -> Result<(), ArchiveError>;
}

/// A log that is nothing but the manifests below an archive's root: for archives that belong to no books, and to one machine.
#[derive(Debug)]
pub struct Manifests {
    root: PathBuf,
}

impl Manifests {
    /// The manifests below an archive's root.
    pub fn new(root: &Path) -> Manifests {
        Manifests {
            root: root.to_path_buf(),
        }
    }
}

impl CommitLog for Manifests {
    fn after(&mut self, number: u64) -> Result<Vec<Commit>, ArchiveError> {
        let all = read_all(&self.root)?.into_iter();
        Ok(all.filter(|commit| commit.number > number).collect())
    }

    fn append(&mut self, commit: &Commit) -> Result<(), ArchiveError> {
        // A second name of a file is given once: of two only one gets it.
        write(&self.root, commit, |temporary, path| {
            let linked = fs::hard_link(temporary, path);
            linked.and_then(|()| fs::remove_file(temporary))
        })
        .map_err(|error| match error {
            ArchiveError::Io { source, .. } if source.kind() == io::ErrorKind::AlreadyExists => {
                ArchiveError::Outrun {
                    number: commit.number,
                }
            }
            error => error,
        })
    }

    /// Whoever asks holds the lock of the draft, which on one machine nobody else writes then.
    fn give_up(&mut self, _draft: &str) -> Result<(), ArchiveError> {
        Ok(())
    }
}

impl Commit {
    /// What its manifest says.
    fn manifest(&self) -> Result<String, ArchiveError> {
        serde_json::to_string_pretty(self).map_err(|source| ArchiveError::DamagedCommit {
            path: format!("{:08}.json", self.number).into(),
            source,
        })
    }

    /// Lower-case hex BLAKE3 of its manifest, by which the next commit names it.
    pub(crate) fn hash(&self) -> Result<String, ArchiveError> {
        Ok(blake3::hash(self.manifest()?.as_bytes()).to_hex().to_string())
    }
}

/// Writes a commit's manifest beside the data, unless it is there. Returns whether it was written.
///
/// # Errors
/// What the system said.
pub fn publish(root: &Path, commit: &Commit) -> Result<bool, ArchiveError> {
    if is_published(root, commit)? == Published::AsItIs {
        return Ok(false);
    }
    write(root, commit, |temporary, path| fs::rename(temporary, path))?;
    Ok(true)
}

/// Writes a commit's manifest whole under another name, and lets `put` give it its own.
fn write(
    root: &Path,
    commit: &Commit,
    put: impl FnOnce(&Path, &Path) -> io::Result<()>,
) -> Result<(), ArchiveError> {
    let path = path_of(root, commit.number);
    let failed = |source| ArchiveError::Io {
        path: path.clone(),
        source,
    };
    let text = commit.manifest()?;
    let (folder, drafts) = (root.join(COMMITS), root.join(DRAFTS));
    fs::create_dir_all(&folder).map_err(failed)?;
    fs::create_dir_all(&drafts).map_err(failed)?;
    let temporary = drafts.join(format!("{:016x}.tmp", unique()));
    let write = || {
        let mut file = fs::File::create_new(&temporary)?;
        io::Write::write_all(&mut file, text.as_bytes())?;
        file.sync_all()?;
        put(&temporary, &path)
    };
    write().map_err(|source| {
        let _ = fs::remove_file(&temporary);
        failed(source)
    })?;
    sync_folder(&folder)?;
    sync_folder(root)
}

/// What lies in the place of a commit's manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Published {
    /// The manifest.
    AsItIs,
    /// Something else.
    Otherwise,
    /// Nothing.
    Not,
}

/// Looks whether a commit's manifest is there.
///
/// # Errors
/// What the system said.
pub fn is_published(root: &Path, commit: &Commit) -> Result<Published, ArchiveError> {
    let path = path_of(root, commit.number);
    match crate::sound::read(&path) {
        Ok(found) if found == commit.manifest()?.as_bytes() => Ok(Published::AsItIs),
        Ok(_) => Ok(Published::Otherwise),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Published::Not),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(Published::Otherwise),
        Err(source) => Err(ArchiveError::Io { path, source }),
    }
}

/// Refuses commits that are not in order after a number or do not agree with themselves.
pub(crate) fn check(root: &Path, after: u64, commits: &[Commit]) -> Result<(), ArchiveError> {
    for (commit, expected) in commits.iter().zip(after + 1..) {
        let path = || path_of(root, expected);
        if commit.number != expected {
            return Err(ArchiveError::MissingCommit {
                path: path(),
                found: commit.number,
            });
        }
        if commit.format != COMMIT_FORMAT {
            return Err(ArchiveError::UnknownFormat {
                path: path(),
                format: commit.format,
            });
        }
        if let Some(what) = inconsistency(commit, expected) {
            return Err(ArchiveError::InconsistentCommit { path: path(), what });
        }
    }
    Ok(())
}

/// Reads the manifests of all commits below an archive's root, in order.
pub(crate) fn read_all(root: &Path) -> Result<Vec<Commit>, ArchiveError> {
    let folder = root.join(COMMITS);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => {
            return Err(ArchiveError::Io { path: folder, source });
        }
    };
    let mut last = 0;
    for entry in entries {
        let entry = entry.map_err(|source| ArchiveError::Io {
            path: folder.clone(),
            source,
        })?;
        if let Some(number) = number_of(&entry.file_name().to_string_lossy()) {
            last = last.max(number);
        }
    }
    let mut commits = Vec::new();
    let mut before: Option<String> = None;
    for number in 1..=last {
        let path = path_of(root, number);
        // Asked one by one: a listing may miss what is written while it is made, and show what is written after that.
        if !path.exists() {
            return Err(ArchiveError::MissingCommit { path, found: last });
        }
        let (commit, hash) = read_one(root, number)?;
        if let Some(problem) = misplaced(&commit, number, before.as_deref()) {
            return Err(ArchiveError::MisplacedCommit {
                path: path_of(root, number),
                problem,
            });
        }
        before = Some(hash);
        commits.push(commit);
    }
    Ok(commits)
}

/// Why a commit does not belong where it lies; none: it does.
fn misplaced(commit: &Commit, number: u64, before: Option<&str>) -> Option<String> {
    if commit.number != number {
        return Some(format!(
            "it holds commit {}; commits are never moved",
            commit.number
        ));
    }
    let is_other = commit.previous.is_some() && commit.previous.as_deref() != before;
    is_other.then(|| format!("commit {} was changed or exchanged after it", number - 1))
}

/// The path of a commit.
pub(crate) fn path_of(root: &Path, number: u64) -> PathBuf {
    root.join(COMMITS).join(format!("{number:08}.json"))
}

fn number_of(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".json")?;
    let plain = digits.len() >= 8 && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

/// What a file says of its layout, before any of it is read.
#[derive(Deserialize)]
struct Format {
    format: u32,
}

/// A commit, and the hash of its file.
fn read_one(root: &Path, number: u64) -> Result<(Commit, String), ArchiveError> {
    let path = path_of(root, number);
    let text = crate::sound::read_to_string(&path).map_err(|source| ArchiveError::Io {
        path: path.clone(),
        source,
    })?;
    let damaged = |source| ArchiveError::DamagedCommit {
        path: path.clone(),
        source,
    };
    let Format { format } = serde_json::from_str(&text).map_err(damaged)?;
    if format != COMMIT_FORMAT {
        return Err(ArchiveError::UnknownFormat { path, format });
    }
    let commit: Commit = serde_json::from_str(&text).map_err(damaged)?;
    match inconsistency(&commit, number) {
        Some(what) => Err(ArchiveError::InconsistentCommit { path, what }),
        None => {
            let hash = blake3::hash(text.as_bytes()).to_hex().to_string();
            Ok((commit, hash))
        }
    }
}

/// What a commit says in two ways must agree: its number is its name, and where a file lies tells its kind, date and draft.
/// So no single changed byte moves a file to another day or hides it.
fn inconsistency(commit: &Commit, number: u64) -> Option<String> {
    if commit.number != number {
        return Some(format!("it says that it is commit {}", commit.number));
    }
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if commit.draft.len() != 16 || !commit.draft.bytes().all(is_digit) {
        return Some(format!("`{}` is the draft of no commit", commit.draft));
    }
    let lies_in = |path: &str, folder: &str, ending: &str| {
        let own = path
            .strip_prefix(folder)
            .and_then(|name| name.strip_prefix(&*commit.draft));
        let part = own.and_then(|rest| rest.strip_prefix('-')?.strip_suffix(ending));
        part.is_some_and(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let has_hash = |hash: &str| hash.len() == 2 * blake3::OUT_LEN;
    if let Some(file) = commit.files.iter().find(|file| !has_hash(&file.hash)) {
        return Some(format!("`{}` has no hash", file.path));
    }
    if let Some(file) = &commit.quarantine
        && !(lies_in(&file.path, "quarantine/", ".ndjson") && has_hash(&file.hash))
    {
        return Some(format!("its quarantined rows cannot lie at `{}`", file.path));
    }
    let lies_elsewhere = |file: &&CommittedFile| {
        let folder = format!("{}/date={}/", file.kind, file.date);
        !lies_in(&file.path, &folder, ".parquet")
    };
    let wrong = commit.files.iter().find(lies_elsewhere)?;
    Some(format!(
        "a file of {} rows of {} cannot lie at `{}`",
        wrong.kind, wrong.date, wrong.path
    ))
}

/// Kinds by name.
pub(crate) mod kind_name {
    use event::kind::Kind;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(kind: &Kind, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(kind.name())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Kind, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}
