//! Leases: who writes files that no commit names yet. Every import has one, with a folder and an id of its own.
//!
//! ```text
//! drafts/1f0c.../held      the machine that holds it; locked for as long as the process lives, and written again every minute
//! drafts/1f0c.../000007    files that are written
//! ```
//!
//! A lease only keeps work from being lost: that files of a living import are left alone. What must never happen, a commit whose files
//! somebody removed, is kept from happening by the log, which refuses commits of a draft that was [given up](super::CommitLog::give_up).

use super::folder::{DRAFTS, absent, folder_entries, io_error};
use super::{Archive, ArchiveError, CommitLog};
use crate::unique;
use event::kind::Kind;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::{self, Seek, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime};

/// The file that its holder has locked.
const HELD: &str = "held";
/// How often a holder says that it lives.
const BEAT: Duration = Duration::from_secs(60);
/// A lease of another machine that was not heard of for so long is over.
const LASTS: Duration = Duration::from_secs(3_600);

/// The right of one import to the files that it writes. Dropped, its folder goes.
#[derive(Debug)]
pub(crate) struct Lease {
    root: PathBuf,
    id: u64,
    machine: String,
    held: RefCell<(File, Instant)>,
    files: Cell<u32>,
    is_left: Cell<bool>,
}

/// Which machine this is since when: locks of its processes reach each other. Empty: unknown.
fn machine() -> String {
    let id = fs::read_to_string("/proc/sys/kernel/random/boot_id");
    id.map_or_else(|_| String::new(), |id| id.trim().to_owned())
}

impl Lease {
    /// Begins one in an archive.
    pub(crate) fn take(root: &Path) -> Result<Rc<Lease>, ArchiveError> {
        let id = unique();
        let folder = root.join(DRAFTS).join(format!("{id:016x}"));
        fs::create_dir_all(&folder).map_err(io_error(&folder))?;
        let path = folder.join(HELD);
        // New: of two with one id the second fails.
        let held = File::create_new(&path).map_err(io_error(&path))?;
        // Whoever looks whether its holder lives has it for a moment. A file system without locks leaves it to the time.
        let _ = held.lock();
        let lease = Lease {
            root: root.to_path_buf(),
            id,
            machine: machine(),
            held: RefCell::new((held, Instant::now())),
            files: Cell::new(0),
            is_left: Cell::new(false),
        };
        lease.say().map_err(io_error(&path))?;
        Ok(Rc::new(lease))
    }

    /// Its id, by which the files of its commits are named.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// The archive's folder.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The folder in which its files are written.
    pub(crate) fn folder(&self) -> PathBuf {
        self.root.join(DRAFTS).join(format!("{:016x}", self.id))
    }

    /// The name of its next file, without an ending: no other file of any import has it.
    pub(super) fn name(&self) -> String {
        let number = self.files.get();
        self.files.set(number + 1);
        format!("{:016x}-{number:06}", self.id)
    }

    /// Says that its holder lives, if it was long ago.
    pub(crate) fn beat(&self) {
        if self.held.borrow().1.elapsed() >= BEAT {
            // Who cannot say so loses the lease at worst, and starts again.
            let _ = self.say();
        }
    }

    fn say(&self) -> io::Result<()> {
        let (file, said) = &mut *self.held.borrow_mut();
        file.rewind()?;
        file.write_all(self.machine.as_bytes())?;
        // By whoever keeps the folder: its clock is the one that all leases are compared by.
        file.sync_all()?;
        *said = Instant::now();
        Ok(())
    }

    /// Whether somebody took it for dead, and removed its files.
    pub(crate) fn is_gone(&self) -> bool {
        !self.folder().join(HELD).exists()
    }

    /// Leaves its files to the next import: nobody knows whether a commit names them.
    pub(super) fn leave(&self) {
        self.is_left.set(true);
    }

    /// Removes what imports have left that live no more, and returns the archive as the log has it afterwards.
    pub(crate) fn sweep(&self, log: &mut dyn CommitLog) -> Result<Archive, ArchiveError> {
        let mut left = Vec::new();
        let own = self.folder().join(HELD);
        let now = modified(&own).map_err(io_error(&own))?;
        for path in folder_entries(&self.root.join(DRAFTS))? {
            if path.is_dir() {
                left.extend(Left::of(path, &self.machine, now));
            } else if is_over(&path, now) {
                // A manifest that was never finished.
                let _ = fs::remove_file(path);
            }
        }
        // First the log's word, then its commits: those that they made before are among them, and they make none any more.
        left.iter().try_for_each(|left| log.give_up(&left.id))?;
        let archive = Archive::of(&self.root, log.after(0)?)?;
        if !left.is_empty() {
            let named: BTreeSet<PathBuf> = archive.paths().map(|path| self.root.join(path)).collect();
            left.iter().try_for_each(|left| left.remove(&self.root, &named))?;
        }
        Ok(archive)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if !self.is_left.get() {
            // What stays behind is invisible, and the next import removes it.
            let _ = remove(&self.folder());
        }
    }
}

/// Removes the folder of a lease: what says whose it is goes last, so that the next import sees who is killed meanwhile.
fn remove(folder: &Path) -> Result<(), ArchiveError> {
    let held = folder.join(HELD);
    for path in folder_entries(folder)? {
        let removed = match path.is_dir() {
            true => fs::remove_dir_all(&path),
            false if path == held => continue,
            false => fs::remove_file(&path),
        };
        absent(removed).map_err(io_error(&path))?;
    }
    absent(fs::remove_dir_all(folder)).map_err(io_error(folder))
}

fn modified(path: &Path) -> io::Result<SystemTime> {
    fs::metadata(path)?.modified()
}

fn is_over(path: &Path, now: SystemTime) -> bool {
    let age = modified(path).ok().and_then(|at| now.duration_since(at).ok());
    age.is_some_and(|age| age > LASTS)
}

/// What somebody left.
struct Left {
    folder: PathBuf,
    id: String,
    /// Locked, so that one import removes it and not two.
    _held: Option<File>,
}

impl Left {
    /// The drafts in a folder, if their holder is gone: a process of this machine has no lock on them, or one of another machine was not
    /// heard of for long.
    fn of(folder: PathBuf, machine: &str, now: SystemTime) -> Option<Left> {
        let path = folder.join(HELD);
        let said = fs::read_to_string(&path).unwrap_or_default();
        let held = File::options().write(true).open(&path).ok();
        let is_free = match held.as_ref().map(File::try_lock) {
            Some(Err(TryLockError::WouldBlock)) => return None,
            Some(Ok(())) => true,
            // Begun just now, or in a file system without locks.
            Some(Err(TryLockError::Error(_))) | None => false,
        };
        // Its holder writes who it is when it has the lock.
        let is_dead = is_free && !machine.is_empty() && said == machine;
        let heard = if held.is_some() { &path } else { &folder };
        let is_left = is_dead || is_over(heard, now);
        is_left.then(|| Left {
            id: folder
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            folder,
            _held: held,
        })
    }

    /// Removes its files, but for those that commits name.
    fn remove(&self, root: &Path, named: &BTreeSet<PathBuf>) -> Result<(), ArchiveError> {
        let mut folders = vec![root.join("quarantine")];
        for kind in Kind::ALL {
            folders.extend(folder_entries(&root.join(kind.name()))?);
        }
        for folder in folders {
            for path in folder_entries(&folder)? {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let is_own = name
                    .strip_prefix(&*self.id)
                    .is_some_and(|rest| rest.starts_with('-'));
                if is_own && !named.contains(&path) {
                    absent(fs::remove_file(&path)).map_err(io_error(&path))?;
                }
            }
        }
        remove(&self.folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::{Commit, Manifests};

    /// A log that notes which drafts were given up, and what was there at that moment.
    struct Noting(Manifests, PathBuf, Vec<(String, bool)>);

    impl CommitLog for Noting {
        fn after(&mut self, number: u64) -> Result<Vec<Commit>, ArchiveError> {
            self.0.after(number)
        }

        fn append(&mut self, commit: &Commit) -> Result<(), ArchiveError> {
            self.0.append(commit)
        }

        fn give_up(&mut self, draft: &str) -> Result<(), ArchiveError> {
            let was_there = self
                .1
                .join(format!("view/date=2026-10-05/{draft}-000000.parquet"))
                .exists();
            self.2.push((draft.to_owned(), was_there));
            Ok(())
        }
    }

    /// What an import leaves that is gone: a folder that nobody has locked, and a file where readers look.
    fn left(root: &Path, draft: &str, machine: &str, age: Duration) -> [PathBuf; 2] {
        let (folder, date) = (root.join(DRAFTS).join(draft), root.join("view/date=2026-10-05"));
        fs::create_dir_all(&folder).unwrap();
        fs::create_dir_all(&date).unwrap();
        let held = folder.join(HELD);
        fs::write(&held, machine).unwrap();
        let heard = SystemTime::now() - age;
        File::options()
            .write(true)
            .open(&held)
            .unwrap()
            .set_modified(heard)
            .unwrap();
        let file = date.join(format!("{draft}-000000.parquet"));
        fs::write(&file, "rows").unwrap();
        [folder, file]
    }

    #[test]
    fn what_the_dead_have_left_goes_and_the_living_keep_theirs() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let living = Lease::take(root).unwrap();
        let (minute, day) = (Duration::from_secs(60), Duration::from_secs(86_400));
        let dead = left(root, "0000000000000001", &machine(), Duration::ZERO);
        let elsewhere = left(root, "0000000000000002", "another", minute);
        let over = left(root, "0000000000000003", "another", day);
        // Locked, and silent for long: its process may be stopped, but lives.
        let silent = left(root, "0000000000000004", &machine(), day);
        let held = File::options().write(true).open(silent[0].join(HELD)).unwrap();
        held.try_lock().unwrap();
        let begun = root.join(DRAFTS).join("0000000000000005");
        fs::create_dir_all(&begun).unwrap();
        let mut log = Noting(Manifests::new(root), root.to_path_buf(), Vec::new());
        let own = Lease::take(root).unwrap();
        own.sweep(&mut log).unwrap();
        log.2.sort();
        // Nothing goes before the log has said so.
        assert_eq!(
            log.2,
            [
                ("0000000000000001".to_owned(), true),
                ("0000000000000003".to_owned(), true)
            ]
        );
        for path in dead.iter().chain(&over) {
            assert!(!path.exists(), "{}", path.display());
        }
        for path in elsewhere.iter().chain(&silent).chain([&begun, &living.folder()]) {
            assert!(path.exists(), "{}", path.display());
        }
        assert!(!living.is_gone());
        let (folder, _) = (own.folder(), drop(own));
        assert!(!folder.exists());
    }

    #[test]
    fn names_are_never_given_twice() {
        let folder = tempfile::tempdir().unwrap();
        let leases = [
            Lease::take(folder.path()).unwrap(),
            Lease::take(folder.path()).unwrap(),
        ];
        let names: BTreeSet<String> = (0..20).map(|number| leases[number % 2].name()).collect();
        assert_eq!(names.len(), 20);
    }
}
