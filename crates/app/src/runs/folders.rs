//! Where runs lie, by the names of their folders and files alone: nothing in them is read.

use crate::base::error::{Error, Result};
use crate::workspace::Workspace;
use crate::workspace::files::sorted_entries;
use policy::period::Period;
use std::path::{Path, PathBuf};

/// Ends the name of the folder of a run that is being written.
pub const UNFINISHED: &str = "tmp";
/// The record of a run in its folder.
pub const RECORD: &str = "run.json";
/// Facts of a run.
pub const FACTS: &str = "facts.parquet";
/// Lines of a run.
pub const LINES: &str = "lines.parquet";
/// Units of a run.
pub const UNITS: &str = "units.parquet";
/// Decisions about creators.
pub const CREATORS: &str = "creators.parquet";
/// Decisions about videos.
pub const VIDEOS: &str = "videos.parquet";

/// A run by its place: program, period, number.
pub(crate) type Place = (String, String, u32);

/// Where a run lies, by the names of its folders alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// The program.
    pub program: String,
    /// The period.
    pub period: String,
    /// The run's number.
    pub number: u32,
    /// The folder.
    pub path: PathBuf,
}

/// The folders of all runs (of one program), sorted by program, period and number. Nothing in them is read.
pub fn folders(workspace: &Workspace, program: Option<&str>) -> Result<Vec<Folder>> {
    let folder = |path: PathBuf| {
        let above = |levels: usize| path.ancestors().nth(levels).map_or_else(String::new, name);
        // Unfinished runs have a name that is no number and do not exist for readers. A folder without anything in it is no run.
        let number = number_of(&path)?;
        if is_empty(&path) {
            return None;
        }
        Some(Folder {
            program: above(2),
            period: above(1),
            number,
            path,
        })
    };
    Ok(in_periods(workspace, program)?
        .into_iter()
        .filter_map(folder)
        .collect())
}

/// What lies among the runs (of one program) and is none, nor one that was not finished.
pub fn strays(workspace: &Workspace, program: Option<&str>) -> Result<Vec<PathBuf>> {
    let is_unfinished = |path: &Path| path.extension().is_some_and(|extension| extension == UNFINISHED);
    let mut found = in_periods(workspace, program)?;
    let is_run = |path: &Path| number_of(path).is_some() && !is_empty(path);
    found.retain(|path| path.is_dir() && !is_run(path) && !is_unfinished(path));
    Ok(found)
}

/// Everything that lies where runs do.
fn in_periods(workspace: &Workspace, program: Option<&str>) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for of_program in sorted_entries(&workspace.runs())? {
        if !of_program.is_dir() || program.is_some_and(|wanted| !of_program.ends_with(wanted)) {
            continue;
        }
        for of_period in sorted_entries(&of_program)? {
            if !of_period.is_dir() {
                continue;
            }
            found.extend(sorted_entries(&of_period)?);
        }
    }
    Ok(found)
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut inside| inside.next().is_none())
}

fn name(path: &Path) -> String {
    path.file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// The name of a run's folder.
pub(crate) fn folder_name(number: u32) -> String {
    format!("{number:04}")
}

/// The number of a run's folder by its name; none: it is no run's.
fn number_of(path: &Path) -> Option<u32> {
    let name = name(path);
    let number = name.parse().ok()?;
    (folder_name(number) == name).then_some(number)
}

/// Removes the folder of a run that was not posted, under a name no reader sees.
pub(crate) fn take_back(folder: &Path) -> Result<()> {
    let unfinished = folder.with_extension(UNFINISHED);
    std::fs::rename(folder, &unfinished)
        .and_then(|()| std::fs::remove_dir_all(&unfinished))
        .map_err(|e| Error::io("remove", folder, &e))
}

/// Where the runs of a period lie.
pub fn period_folder(workspace: &Workspace, program: &str, period: &Period) -> PathBuf {
    workspace.runs().join(program).join(period.to_string())
}

/// Where a run lies, or would.
pub(super) fn run_folder(workspace: &Workspace, program: &str, period: &str, number: u32) -> PathBuf {
    let folder = workspace.runs().join(program).join(period);
    folder.join(folder_name(number))
}
