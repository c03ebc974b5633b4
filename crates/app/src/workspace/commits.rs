//! The archive's commits as the books have them: which is the next one the books decide, whoever imports.
//!
//! A commit is a record, written when its files are on the disk. Its manifest is written beside them afterwards; where a process dies in
//! between, the next import writes it. An import that was not heard of for so long that another removes its files makes no commit any more:
//! that is a record, too, written before the first file goes.

use crate::base::error::{Error, Result};
use crate::base::failure::archive_error;
use crate::base::progress::Context;
use crate::workspace::Workspace;
use crate::workspace::books::OwnBooks;
use crate::workspace::records;
use lake::archive::{Archive, ArchiveError, Commit, CommitLog, publish};
use std::path::{Path, PathBuf};
use store::Tx;

/// Kind of the records.
const KIND: &str = "commit";
/// Kind of the records of drafts that were given up.
const GIVEN_UP: &str = "given-up-draft";

fn id(number: u64) -> String {
    format!("{number:08}")
}

/// All commits, in order.
pub(crate) fn all(tx: &mut Tx<'_>) -> Result<Vec<Commit>> {
    let all = records::list::<Commit>(tx, KIND, "")?.into_iter();
    Ok(all.map(|(_, commit)| commit.value).collect())
}

/// Takes the commits of an archive that lies there into books that are begun.
pub(super) fn adopt(tx: &mut Tx<'_>, root: &Path) -> Result<()> {
    let archive = Archive::open(root).map_err(archive_error)?;
    let commits = archive.commits().iter();
    let all: Result<Vec<_>> = commits
        .map(|commit| records::new(KIND, &id(commit.number), 0, commit))
        .collect();
    Ok(tx.put(&all?)?)
}

/// The log of commits that imports into a workspace's archive append to.
pub(crate) struct Log<'a> {
    books: &'a OwnBooks,
    root: PathBuf,
    context: &'a Context<'a>,
    /// The commits of a dry run, which no books have: others are not kept from writing while files are read.
    dry_run: Option<Vec<Commit>>,
}

impl<'a> Log<'a> {
    /// The log in these books, for an archive's folder.
    pub(crate) fn new(workspace: &Workspace, books: &'a OwnBooks, context: &'a Context<'a>) -> Result<Self> {
        Ok(Self {
            books,
            root: workspace.archive_to_write()?,
            context,
            dry_run: workspace.is_dry_run().then(Vec::new),
        })
    }

    /// The archive's folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Writes manifests that are missing, or that are not what the last commit says.
    pub(crate) fn publish(&mut self) -> Result<()> {
        let archive = self.books.read(all)?;
        let archive = Archive::of(&self.root, archive).map_err(archive_error)?;
        for commit in archive.commits() {
            let is_last = commit.number == archive.last_commit();
            if is_last || !archive.commit_file(commit.number).exists() {
                publish(&self.root, commit).map_err(archive_error)?;
            }
        }
        Ok(())
    }

    /// Writes the manifest of a commit, after those before it that are not there yet: who reads manifests finds no gap.
    fn show(&mut self, commit: &Commit) -> Result<()> {
        let archive = Archive::of(&self.root, Vec::new()).map_err(archive_error)?;
        let before = (1..commit.number).rev();
        let missing: Vec<u64> = before
            .take_while(|number| !archive.commit_file(*number).exists())
            .collect();
        for number in missing.into_iter().rev() {
            if let Some(commit) = self.books.read(|tx| one(tx, number))? {
                publish(&self.root, &commit).map_err(archive_error)?;
            }
        }
        publish(&self.root, commit).map_err(archive_error)?;
        Ok(())
    }
}

/// A commit, if it was made.
fn one(tx: &mut Tx<'_>, number: u64) -> Result<Option<Commit>> {
    let commit = records::get::<Commit>(tx, KIND, &id(number))?;
    Ok(commit.map(|commit| commit.value))
}

fn failed(error: Error) -> ArchiveError {
    ArchiveError::Log {
        source: Box::new(error),
    }
}

/// What became of a commit that was to be appended.
enum Appended {
    Made,
    GivenUp,
}

impl CommitLog for Log<'_> {
    fn after(&mut self, number: u64) -> std::result::Result<Vec<Commit>, ArchiveError> {
        let read = |tx: &mut Tx<'_>| match number {
            0 => all(tx),
            _ => {
                let mut next = (number + 1..).map(|number| one(tx, number).transpose());
                next.by_ref().map_while(|commit| commit).collect()
            }
        };
        let mut commits = self.books.read(read).map_err(failed)?;
        let own = self.dry_run.as_deref().unwrap_or_default();
        if let Some(first) = own.first() {
            // What others have stored since then is not looked at.
            commits.retain(|commit| commit.number < first.number);
            commits.extend(own.iter().filter(|commit| commit.number > number).cloned());
        }
        Ok(commits)
    }

    fn append(&mut self, commit: &Commit) -> std::result::Result<(), ArchiveError> {
        if let Some(own) = &mut self.dry_run {
            own.push(commit.clone());
            return Ok(());
        }
        let context = self.context;
        let put = self.books.write(context.by(), context.recorded, |tx| {
            if tx.record(GIVEN_UP, &commit.draft)?.is_some() {
                return Ok(Appended::GivenUp);
            }
            records::put(tx, KIND, &id(commit.number), 0, commit).map(|()| Appended::Made)
        });
        match put {
            Ok(Appended::Made) => {}
            Ok(Appended::GivenUp) => {
                return Err(ArchiveError::GivenUp {
                    draft: commit.draft.clone(),
                });
            }
            Err(error) if error.is_conflict() => {
                return Err(ArchiveError::Outrun {
                    number: commit.number,
                });
            }
            Err(error) => return Err(failed(error)),
        }
        // The commit is made. A manifest that cannot be written now is written by the next import.
        let _ = self.show(commit);
        Ok(())
    }

    fn give_up(&mut self, draft: &str) -> std::result::Result<(), ArchiveError> {
        let context = self.context;
        let put = self.books.write(context.by(), context.recorded, |tx| {
            records::put(tx, GIVEN_UP, draft, 0, &context.clock)
        });
        match put {
            // Another import has done so.
            Err(error) if error.is_conflict() => Ok(()),
            put => put.map_err(failed),
        }
    }
}
