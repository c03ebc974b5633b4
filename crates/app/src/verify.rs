//! Replay runs from their pinned inputs and compare the results.

use crate::error::Result;
use crate::explain::program_of;
use crate::failure::kernel_error;
use crate::gather::Reader;
use crate::lookback::ViewWindows;
use crate::progress::Context;
use crate::run_files;
use crate::runs::{self, Run};
use crate::workspace::Workspace;
use crate::{lists, programs, settle};
use earning::{CreatorDecision, Settlement, VideoDecision};
use lake::archive::StoredBefore;
use serde::Serialize;

/// What a replay found.
#[derive(Clone, Debug, Serialize)]
pub struct Replay {
    /// The program.
    pub program: String,
    /// The period.
    pub period: String,
    /// The run's number.
    pub run: u32,
    /// The hash in the run's record.
    pub recorded: String,
    /// The hash of the replay; absent when it could not be made.
    pub replayed: Option<String>,
    /// True when replay, record and stored lines agree.
    pub same: bool,
    /// What differs.
    pub difference: Option<String>,
}

/// Replays all runs (of a program), also those that no longer count.
pub fn verify(workspace: &Workspace, program: Option<&str>, context: &Context<'_>) -> Result<Vec<Replay>> {
    if let Some(id) = program {
        programs::versions_of(workspace, id)?;
    }
    let runs = runs::all(workspace, program)?;
    context.progress.stage("replaying runs", Some(runs.len() as u64));
    let mut replays = Vec::new();
    for (done, run) in runs.iter().enumerate() {
        context.check()?;
        replays.push(replay(workspace, run, context)?);
        context.progress.position(done as u64 + 1);
    }
    Ok(replays)
}

fn replay(workspace: &Workspace, run: &Run, context: &Context<'_>) -> Result<Replay> {
    let (replayed, difference) = match compare(workspace, run, context) {
        Ok((hash, difference)) => (Some(hash), difference),
        Err(error) if error.kind == crate::error::ErrorKind::Cancelled => return Err(error),
        Err(error) => (None, Some(error.message)),
    };
    let record = &run.record;
    Ok(Replay {
        program: record.program.clone(),
        period: record.period.clone(),
        run: record.number,
        recorded: record.hash.clone(),
        same: difference.is_none(),
        replayed,
        difference,
    })
}

fn compare(workspace: &Workspace, run: &Run, context: &Context<'_>) -> Result<(String, Option<String>)> {
    let record = &run.record;
    let program = &program_of(workspace, run)?;
    let lists = lists::pinned(workspace, &record.lists)?;
    let archive = workspace.archive()?;
    let reader = Reader {
        archive: &archive,
        bound: StoredBefore(record.stored_before),
        lists: &lists,
        workspace,
        windows: ViewWindows::default(),
    };
    let period = run.period()?;
    let gathered = reader.gather(program, &period, context)?;
    let settlement = gathered.settle(program, &period, crate::explain::spent(run)?)?;
    let hash = settle::run_hash(&gathered.facts, &settlement);
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
