//! Replay runs from their pinned inputs and compare the results, with each other and with what the books have of them.

mod named;

use crate::base::error::{ErrorKind, Result};
use crate::base::failure::kernel_error;
use crate::base::progress::Context;
use crate::inputs::reader::Reader;
use crate::inputs::{programs, traffic_lists};
use crate::queries::explain::program_of;
use crate::runs::{self, Run};
use crate::workspace::Workspace;
use crate::workspace::archive_end::Expected;
use earning::{CreatorDecision, Settlement, VideoDecision};
use event::kind::Kind;
use lake::archive::{Archive, StoredBefore};
use named::Known;
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
    // Others may write meanwhile. A run that the books do not have was made before they are read, one whose folder is gone after.
    let made = runs::done(workspace, program)?;
    let Known {
        runs: mut known,
        standing,
    } = named::known(workspace, program, &mut damaged)?;
    damaged.extend(named::strays(workspace, program)?);
    damaged.extend(named::documents(workspace, program)?);
    let folders = runs::folders(workspace, program)?;
    context
        .progress
        .stage("replaying runs", Some(folders.len() as u64));
    let mut found = Vec::new();
    for (done, folder) in folders.iter().enumerate() {
        context.check()?;
        let place = (folder.program.clone(), folder.period.clone(), folder.number);
        let in_books = InBooks {
            hash: known.remove(&place),
            stands: standing
                .as_ref()
                .is_some_and(|standing| runs::stands_as(standing, &place)),
        };
        let not_posted = named::not_posted(folder, &made, standing.as_ref());
        let replay = replay(workspace, folder, &in_books, not_posted, context)?;
        // A run that could not be posted is taken back by whoever made it.
        if replay.same || in_books.hash.is_some() || folder.path.exists() {
            found.push(replay);
        }
        context.progress.position(done as u64 + 1);
    }
    found.extend(known.into_iter().map(|((program, period, run), hash)| Replay {
        program,
        period,
        run,
        recorded: Some(hash),
        replayed: None,
        same: false,
        difference: Some("the run's folder is gone: the books name it".to_owned()),
    }));
    found.sort_by(|a, b| (&a.program, &a.period, a.run).cmp(&(&b.program, &b.period, b.run)));
    Ok(Verification { damaged, runs: found })
}

/// What is damaged of the archive.
fn of_archive(workspace: &Workspace, damaged: &mut Vec<Damaged>, context: &Context<'_>) -> Result<()> {
    // Before the archive: it has what they know of it, whatever others import meanwhile.
    let expected = Expected::read(workspace);
    let booked = named::booked(workspace, damaged)?;
    let archive = match workspace.archive() {
        Ok(archive) => archive,
        // No run can be replayed without it, and its files, journal and books are looked at all the same.
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
    match expected.and_then(|expected| expected.check(&archive)) {
        Err(error) if error.kind == ErrorKind::BadInput => {
            damaged.push(Damaged::new(workspace.archive_note(), error.message));
            Ok(())
        }
        checked => checked,
    }
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
    let scratch = workspace.scratch();
    // A check that cannot be made is none that was passed.
    if let Err(error) = std::fs::create_dir_all(&scratch) {
        let words =
            format!("events that are stored twice were not looked for, since it cannot be made: {error}");
        return Ok(vec![Damaged::new(scratch, words)]);
    }
    let mut found = Vec::new();
    for (done, kind) in kinds.into_iter().enumerate() {
        let twice = archive
            .stored_twice(kind, &scratch, &|| context.check().is_ok())
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

/// What the books have of a run.
struct InBooks {
    /// Its hash.
    hash: Option<String>,
    /// Whether it is the one of its period that stands.
    stands: bool,
}

fn replay(
    workspace: &Workspace,
    folder: &runs::Folder,
    in_books: &InBooks,
    not_posted: Option<String>,
    context: &Context<'_>,
) -> Result<Replay> {
    let mut recorded = in_books.hash.clone();
    let compared = Run::open(&folder.path).and_then(|run| {
        let mut hash = in_books.hash.iter();
        let is_other = hash.any(|hash| *hash != run.record.hash);
        let other = is_other.then_some("the books have another hash of it");
        recorded = Some(run.record.hash.clone());
        run.must_be_whole()?;
        let (hash, difference) = compare(workspace, &run, context)?;
        let difference = difference
            .or_else(|| other.map(str::to_owned))
            .or(not_posted)
            .or_else(|| run.without_hashes());
        let difference = match (difference, in_books.stands) {
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
        program: folder.program.clone(),
        period: folder.period.clone(),
        run: folder.number,
        recorded,
        same: difference.is_none(),
        replayed,
        difference,
    })
}

fn compare(workspace: &Workspace, run: &Run, context: &Context<'_>) -> Result<(String, Option<String>)> {
    let record = &run.record;
    let program = &program_of(workspace, run)?;
    let lists = traffic_lists::pinned(workspace, &record.lists)?;
    let archive = workspace.archive()?;
    let reader = Reader::new(&archive, StoredBefore(record.stored_before), &lists, workspace);
    let period = run.period()?;
    let gathered = reader.inputs(program, &period, context)?;
    let settlement = gathered.settle(program, &period, run.budget_spent()?)?;
    let hash = runs::run_hash(&gathered.facts.hash(), &settlement);
    let difference = if archive.last_commit() < record.stored_before {
        Some(format!(
            "the archive ends with commit {}, before the run's bound {}",
            archive.last_commit(),
            record.stored_before
        ))
    } else if lists.hash() != record.lists.meaning {
        Some("the lists that come with this version of permille differ from those of the run".to_owned())
    } else if gathered.facts.hash() != record.facts_hash {
        Some("the archive gives other facts than it gave when the run was made".to_owned())
    } else if reader.fingerprint(program, &period, run.budget_spent()?) != record.inputs {
        Some("its record names other inputs than the archive gives up to its bound".to_owned())
    } else if hash != record.hash {
        Some("the same facts give other results".to_owned())
    } else {
        changed_file(run, &settlement)?.map(|file| format!("{file} was changed after the run"))
    };
    Ok((hash, difference))
}

/// The first file of a run that does not hold what was settled.
fn changed_file(run: &Run, settlement: &Settlement) -> Result<Option<&'static str>> {
    let asset = settlement.asset;
    let facts = lake::facts_file::read_facts(&run.file(runs::FACTS)).map_err(|e| kernel_error(&e))?;
    if facts.hash() != run.record.facts_hash {
        return Ok(Some(runs::FACTS));
    }
    if run_files::read_lines(&run.file(runs::LINES), asset, |_, _, _| true)? != settlement.lines {
        return Ok(Some(runs::LINES));
    }
    let all = 0..u32::try_from(settlement.units.len()).unwrap_or(u32::MAX);
    let units = run_files::read_units(&run.file(runs::UNITS), std::slice::from_ref(&all))?;
    if !units.into_values().eq(settlement.units.iter().cloned()) {
        return Ok(Some(runs::UNITS));
    }
    let creators: Vec<CreatorDecision> = run_files::read_decisions(&run.file(runs::CREATORS), |_| true)?;
    if creators != settlement.creators {
        return Ok(Some(runs::CREATORS));
    }
    let videos: Vec<VideoDecision> = run_files::read_decisions(&run.file(runs::VIDEOS), |_| true)?;
    if videos != settlement.videos {
        return Ok(Some(runs::VIDEOS));
    }
    Ok((run.record.report != settlement.report).then_some(runs::RECORD))
}
