//! Replay runs from their pinned inputs and compare the results, with each other and with what the books have of them.

mod named;

use crate::base::error::{ErrorKind, Result};
use crate::base::failure::kernel_error;
use crate::base::progress::Context;
use crate::inputs::programs;
use crate::runs::{Place, Run, RunFile};
use crate::settling::replay::replay;
use crate::workspace::Workspace;
use crate::workspace::held::HeldFolder;
use earning::{CreatorDecision, Settlement, VideoDecision};
use event::kind::Kind;
use lake::archive::{Archive, Commit, Published, StoredBefore, is_published};
use named::KnownRun;
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// What was found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Verification {
    /// Files that are not what they were, beside those of runs: mostly of the archive.
    pub damaged: Vec<Damaged>,
    /// Every run that was ever stored.
    pub runs: Vec<Replay>,
}

impl Verification {
    /// Runs that do not replay to what was recorded.
    pub fn different(&self) -> usize {
        self.runs.iter().filter(|replay| !replay.same).count()
    }
}

/// A file or folder that is not what it was.
#[derive(Clone, Debug, Serialize)]
pub struct Damaged {
    /// The file or folder.
    pub path: PathBuf,
    /// The commit of the archive that names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<u64>,
    /// What is wrong with it.
    pub difference: String,
}

impl Damaged {
    /// What no commit names.
    fn new(path: PathBuf, difference: impl Into<String>) -> Damaged {
        Damaged {
            path,
            commit: None,
            difference: difference.into(),
        }
    }
}

/// What a replay found.
#[derive(Clone, Debug, Serialize)]
pub struct Replay {
    /// The program.
    pub program: String,
    /// The period.
    pub period: String,
    /// The run's number.
    pub run: u32,
    /// The hash in the run's record, or, where that is gone, in the books.
    pub recorded: Option<String>,
    /// The hash of the replay; absent when it could not be made.
    pub replayed: Option<String>,
    /// True when replay, record and stored lines agree.
    pub same: bool,
    /// What differs.
    pub difference: Option<String>,
}

/// Compares the archive's files with its commits, replays all runs (of a program), also those that no longer count, and compares
/// them with what the books say of them. Whatever is damaged is told, and the rest is looked at all the same.
pub fn verify(workspace: &Workspace, program: Option<&str>, context: &Context<'_>) -> Result<Verification> {
    if let Some(id) = program {
        programs::versions_of(workspace, id)?;
    }
    let mut damaged = Vec::new();
    of_archive(workspace, &mut damaged, context)?;
    damaged.extend(named::documents(workspace, program)?);
    let runs = named::runs(workspace, program, &mut damaged)?;
    // After what the books say, so that it has all that they know. What keeps it from being opened is told of each run.
    let archive = workspace.archive();
    context.progress.stage("replaying runs", Some(runs.len() as u64));
    let mut found = Vec::new();
    for (done, (place, known)) in runs.into_iter().enumerate() {
        context.check()?;
        found.push(replay_one((workspace, &archive), place, known, context)?);
        context.progress.position(done as u64 + 1);
    }
    Ok(Verification { damaged, runs: found })
}

/// What is damaged of the archive.
fn of_archive(workspace: &Workspace, damaged: &mut Vec<Damaged>, context: &Context<'_>) -> Result<()> {
    // Before the archive: it has what is known of it, whatever others import meanwhile.
    let booked = named::booked(workspace, damaged)?;
    let archive = match workspace.archive() {
        Ok(archive) => archive,
        // No run can be replayed without it, and the books are looked at all the same.
        Err(error) if error.kind == ErrorKind::BadInput => {
            damaged.push(Damaged::new(workspace.archive_root(), error.message));
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let files = damaged_files(&archive, context)?;
    // Ids are read from files that are whole; what is damaged is told already.
    if files.is_empty() {
        damaged.extend(stored_twice(workspace, &archive, context)?);
    }
    damaged.extend(files);
    damaged.extend(named::lost_commits(&booked, &archive));
    damaged.extend(manifests(&archive)?);
    Ok(())
}

/// Imports that may be about to write the manifests of their commits at once.
const MAX_TO_COME: usize = 16;

/// Manifests of commits that are gone or say something else. Those of the last ones may be about to be written.
fn manifests(archive: &Archive) -> Result<Vec<Damaged>> {
    let mut damaged = Vec::new();
    let is_to_come = |commit: &&Commit| !archive.commit_file(commit.number).exists();
    let to_come = archive
        .commits()
        .iter()
        .rev()
        .take(MAX_TO_COME)
        .take_while(is_to_come)
        .count();
    for commit in &archive.commits()[..archive.commits().len() - to_come] {
        let published = is_published(archive.root(), commit).map_err(crate::base::failure::archive_error)?;
        let difference = match published {
            Published::AsItIs => continue,
            Published::Not => "it is gone: the next import writes it anew from the books",
            Published::Otherwise => {
                "it does not say what the books have of the commit: remove it, and the next import writes it anew"
            }
        };
        damaged.push(Damaged {
            path: archive.commit_file(commit.number),
            commit: Some(commit.number),
            difference: difference.to_owned(),
        });
    }
    Ok(damaged)
}

/// Every file that a commit names: data, and rows that were quarantined.
fn damaged_files(archive: &Archive, context: &Context<'_>) -> Result<Vec<Damaged>> {
    let all = StoredBefore(archive.last_commit());
    let data = Kind::ALL
        .into_iter()
        .flat_map(|kind| archive.all_files(kind, all));
    let data = data.map(|file| (file.commit, file.path, file.hash));
    let quarantine = archive.quarantine_files();
    let quarantine = quarantine.map(|(commit, path, hash)| (commit, path, hash.into()));
    let files: Vec<_> = data.chain(quarantine).collect();
    context
        .progress
        .stage("reading the archive", Some(files.len() as u64));
    let mut damaged = Vec::new();
    for (done, (commit, path, hash)) in files.into_iter().enumerate() {
        context.check()?;
        // Replaying asks for the same files: each is read once.
        let difference = match lake::sound::hash(&path) {
            Ok(found) if *found.to_hex() == *hash => None,
            Ok(_) => Some("it was changed after its commit".to_owned()),
            Err(error) => Some(error.to_string()),
        };
        damaged.extend(difference.map(|difference| Damaged {
            path,
            commit: Some(commit),
            difference,
        }));
        context.progress.position(done as u64 + 1);
    }
    Ok(damaged)
}

/// Kinds of which an event is stored more than once: each counts as often as it is there.
fn stored_twice(workspace: &Workspace, archive: &Archive, context: &Context<'_>) -> Result<Vec<Damaged>> {
    let all = StoredBefore(archive.last_commit());
    let kinds = Kind::ALL.into_iter();
    let kinds: Vec<Kind> = kinds
        .filter(|kind| !archive.all_files(*kind, all).is_empty())
        .collect();
    context.progress.stage(
        "looking for events that are stored twice",
        Some(kinds.len() as u64),
    );
    let scratch = match HeldFolder::make(&workspace.scratch(), "ids-") {
        Ok(folder) => folder,
        // A check that cannot be made is none that was passed.
        Err(error) => {
            let words = format!(
                "events that are stored twice were not looked for: {}",
                error.message
            );
            return Ok(vec![Damaged::new(workspace.scratch(), words)]);
        }
    };
    let mut found = Vec::new();
    for (done, kind) in kinds.into_iter().enumerate() {
        let twice = archive
            .stored_twice(kind, scratch.path(), &|| context.check().is_ok())
            .map_err(crate::base::failure::archive_error)?;
        context.check()?;
        if let Some(twice) = twice.filter(|twice| twice.events > 0) {
            let commits = |commits: &BTreeSet<u64>| {
                let commits: Vec<String> = commits.iter().map(u64::to_string).collect();
                commits.join(" and ")
            };
            let named = twice.named.iter();
            let named: Vec<String> = named
                .map(|(id, of)| format!("`{id}` (commit {})", commits(of)))
                .collect();
            let words = format!(
                "{} events are stored more than once, such as {}",
                twice.events,
                named.join(", ")
            );
            found.push(Damaged::new(archive.root().join(kind.name()), words));
        }
        context.progress.position(done as u64 + 1);
    }
    Ok(found)
}

fn replay_one(
    (workspace, archive): (&Workspace, &Result<Archive>),
    (program, period, number): Place,
    known: KnownRun,
    context: &Context<'_>,
) -> Result<Replay> {
    let run = known.run.as_ref().ok();
    let recorded = run.map(|run| run.record.hash.clone()).or(known.hash.clone());
    let compared = known.run.and_then(|run| {
        run.must_be_whole()?;
        let archive = archive.as_ref().map_err(Clone::clone)?;
        let (hash, difference) = compare((workspace, archive), &run, context)?;
        let difference = difference.or_else(|| match &known.hash {
            Some(hash) if *hash == run.record.hash => None,
            Some(_) => Some("its period has another hash of it".to_owned()),
            None => Some("no period of the books names it".to_owned()),
        });
        let difference = match (difference, known.stands) {
            (None, true) => named::other_postings(workspace, &run)?,
            (difference, _) => difference,
        };
        Ok((hash, difference))
    });
    let (replayed, difference) = match compared {
        Ok((hash, difference)) => (Some(hash), difference),
        Err(error) if error.kind == ErrorKind::Cancelled => return Err(error),
        Err(error) => (None, Some(error.message)),
    };
    Ok(Replay {
        program,
        period,
        run: number,
        recorded,
        same: difference.is_none(),
        replayed,
        difference,
    })
}

fn compare(
    (workspace, archive): (&Workspace, &Archive),
    run: &Run,
    context: &Context<'_>,
) -> Result<(String, Option<String>)> {
    let record = &run.record;
    let again = replay(archive, workspace, run, context)?;
    let difference = if archive.last_commit() < record.stored_before {
        Some(format!(
            "the archive ends with commit {}, before the run's bound {}",
            archive.last_commit(),
            record.stored_before
        ))
    } else if again.lists != record.lists.meaning {
        Some("the lists that come with this version of permille differ from those of the run".to_owned())
    } else if again.inputs.facts.hash() != record.facts_hash {
        Some("the archive gives other facts than it gave when the run was made".to_owned())
    } else if again.fingerprint != record.inputs {
        Some("its record names other inputs than the archive gives up to its bound".to_owned())
    } else if again.hash != record.hash {
        Some("the same facts give other results".to_owned())
    } else if record.report != again.settlement.report {
        Some("its report was changed after the run".to_owned())
    } else {
        changed_file(run, &again.settlement)?
            .map(|file| format!("{} do not hold what was settled", file.name()))
    };
    Ok((again.hash, difference))
}

/// The first file of a run that does not hold what was settled.
fn changed_file(run: &Run, settlement: &Settlement) -> Result<Option<RunFile>> {
    let facts = run.reading(RunFile::Facts, |path| {
        lake::facts_file::read_facts(path).map_err(|e| kernel_error(&e))
    })?;
    if facts.hash() != run.record.facts_hash {
        return Ok(Some(RunFile::Facts));
    }
    if run.lines()? != settlement.lines {
        return Ok(Some(RunFile::Lines));
    }
    let all = 0..u32::try_from(settlement.units.len()).unwrap_or(u32::MAX);
    let units = run.reading(RunFile::Units, |path| {
        run_files::read_units(path, std::slice::from_ref(&all))
    })?;
    if !units.into_values().eq(settlement.units.iter().cloned()) {
        return Ok(Some(RunFile::Units));
    }
    let creators: Vec<CreatorDecision> = run.reading(RunFile::Creators, |path| {
        run_files::read_decisions(path, |_| true)
    })?;
    if creators != settlement.creators {
        return Ok(Some(RunFile::Creators));
    }
    let videos: Vec<VideoDecision> =
        run.reading(RunFile::Videos, |path| run_files::read_decisions(path, |_| true))?;
    Ok((videos != settlement.videos).then_some(RunFile::Videos))
}
