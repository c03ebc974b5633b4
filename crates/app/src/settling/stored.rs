//! Storing a run, and the number that it gets.

use crate::base::error::{Error, Result};
use crate::inputs::settlement::SettlementInputs;
use crate::runs::{self, Folder, PeriodState, Record, Run, period, sums};
use crate::workspace::Workspace;
use crate::workspace::files::{sync_folder, write_atomically};
use earning::Settlement;
use policy::period::Period;
use policy::program::Program;
use std::fs;
use std::path::Path;

/// The number of a new run. That of a run that is gone is not given out again, unless the run comes out as it was.
pub(super) fn number(
    workspace: &Workspace,
    program: &Program,
    period: &Period,
    gone: Option<(&PeriodState, Error)>,
    hash: &str,
) -> Result<u32> {
    if let Some((state, gone)) = gone {
        return match state.run_hash == hash {
            true => Ok(state.run),
            false => Err(gone),
        };
    }
    let (id, name) = (&program.id, period.to_string());
    let posted = match workspace.books_if_any()? {
        Some(mut books) => books.read(|tx| period::versions(tx, id, &name))?,
        None => Vec::new(),
    };
    // A folder that holds a copy is in the way of its number.
    let folders = of_period(workspace, id, &name)?;
    let taken = folders.iter().map(|folder| folder.number);
    let taken = taken.chain(posted.iter().map(|state| state.run));
    Ok(taken.max().unwrap_or(0) + 1)
}

fn of_period(workspace: &Workspace, program: &str, period: &str) -> Result<Vec<Folder>> {
    let mut folders = runs::folders(workspace, Some(program))?;
    folders.retain(|folder| folder.period == period);
    Ok(folders)
}

/// Removes runs above the one that stands and that nothing is left to post of: a process stored them and died before it posted them,
/// and since then the inputs have become again what the standing run was made from. For the holder of the workspace's lock.
/// Returns remarks for people.
pub(super) fn take_back_above(workspace: &Workspace, standing: &Run) -> Result<Vec<String>> {
    let (program, period) = (&standing.record.program, &standing.record.period);
    let mut notes = Vec::new();
    for folder in of_period(workspace, program, period)? {
        if folder.number <= standing.record.number || runs::is_copy(&folder) {
            continue;
        }
        runs::take_back(&folder.path)?;
        notes.push(format!(
            "run {} was stored and never posted, and nothing has changed since run {}, which stands: it was taken back",
            folder.number, standing.record.number
        ));
    }
    Ok(notes)
}

/// The very run, stored by a process that died before it posted it.
fn stored_already(workspace: &Workspace, record: &Record) -> Result<Option<Run>> {
    let last = of_period(workspace, &record.program, &record.period)?.pop();
    let Some(run) = last.and_then(|folder| Run::open(&folder.path).ok()) else {
        return Ok(None);
    };
    let same = Record {
        number: run.record.number,
        settled_at: run.record.settled_at,
        ..record.clone()
    };
    let is_it = run.record == same && run.record.number + 1 == record.number && run.must_be_proved().is_ok();
    Ok(is_it.then_some(run))
}

/// Writes a run's folder under a name no reader sees, then renames it into place. A run that is there already and was not posted is
/// taken as it is. Also gives whether it was written now.
pub(super) fn store(
    workspace: &Workspace,
    period: &Period,
    record: Record,
    gathered: &SettlementInputs,
    settlement: &Settlement,
) -> Result<(Run, bool)> {
    if let Some(run) = stored_already(workspace, &record)? {
        return Ok((run, false));
    }
    let folder = runs::period_folder(workspace, &record.program, period);
    let name = runs::folder_name(record.number);
    write(&folder, &name, &record, gathered, settlement)?;
    Ok((Run::open(&folder.join(name))?, true))
}

fn write(
    folder: &Path,
    name: &str,
    record: &Record,
    gathered: &SettlementInputs,
    settlement: &Settlement,
) -> Result<()> {
    let unfinished = folder.join(format!("{name}.{}", runs::UNFINISHED));
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished).map_err(|e| Error::io("remove", &unfinished, &e))?;
    }
    fs::create_dir_all(&unfinished).map_err(|e| Error::io("make folder", &unfinished, &e))?;
    let asset = settlement.asset;
    lake::facts_file::write_facts(&gathered.facts, &unfinished.join(runs::FACTS))
        .map_err(|e| crate::base::failure::kernel_error(&e))?;
    run_files::write_lines(&unfinished.join(runs::LINES), asset, &settlement.lines)?;
    run_files::write_units(&unfinished.join(runs::UNITS), asset, &settlement.units)?;
    run_files::write_decisions(
        &unfinished.join(runs::CREATORS),
        &settlement.creators,
        |decision| &decision.creator,
    )?;
    run_files::write_decisions(&unfinished.join(runs::VIDEOS), &settlement.videos, |decision| {
        &decision.video
    })?;
    let json = serde_json::to_vec_pretty(record).map_err(|e| Error::bug("run/record", e.to_string()))?;
    write_atomically(&unfinished.join(runs::RECORD), &json)?;
    sums::write(&unfinished)?;
    let finished = folder.join(name);
    fs::rename(&unfinished, &finished).map_err(|e| Error::io("rename into place", &finished, &e))?;
    sync_folder(folder)
}
