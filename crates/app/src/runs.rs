//! Settlement runs as stored: one folder each, written whole and never changed.
//!
//! ```text
//! runs/journal.ndjson   which runs there were: see `journal`
//! runs/creator-fund/2026-10-05/0001/
//!   run.json          what was settled, with which inputs, and the report
//!   facts.parquet     the stored, hashed input
//!   lines.parquet     earning lines
//!   units.parquet     the working behind the lines
//!   creators.parquet  decision for each creator
//!   videos.parquet    decision for each video
//!   files.b3          the hash of each of these files: see `run_sums`
//! ```

use crate::error::{Error, Result};
use crate::lists::PinnedLists;
use crate::run_sums::{self, Sums};
use crate::workspace::{Workspace, sorted_entries};
use earning::Report;
use jiff::Timestamp;
use jiff::civil::Date;
use money::Asset;
use policy::period::Period;
use policy::program::PeriodKind;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// Format of `run.json` that this version writes and reads.
pub const RUN_FORMAT: u32 = 1;
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

/// What a run was made from and what came out.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Format of this record.
    pub format: u32,
    /// The program's id.
    pub program: String,
    /// Its version.
    pub version: u32,
    /// BLAKE3 of the program document.
    pub program_hash: String,
    /// The settled period, e.g. `2026-10-05` or `2026-10`.
    pub period: String,
    /// First run of the period is 1; the highest counts.
    pub number: u32,
    /// When it was made.
    pub settled_at: Timestamp,
    /// Event bound: events of `[from, to)`.
    pub from: Date,
    /// The day after the last.
    pub to: Date,
    /// Stored-before bound: commits of the archive up to this number.
    pub stored_before: u64,
    /// Lists used.
    pub lists: PinnedLists,
    /// Budget spent by earlier runs of the program, in smallest units of the asset.
    pub budget_spent: String,
    /// Currency and scale, e.g. `USD/6`.
    pub asset: String,
    /// Fingerprint of all inputs: same fingerprint, nothing to settle again.
    pub inputs: String,
    /// BLAKE3 of the canonical facts.
    pub facts_hash: String,
    /// The run's hash: program, period, facts and results.
    pub hash: String,
    /// How many lines.
    pub lines: u64,
    /// The report.
    pub report: Report,
}

/// A stored run.
#[derive(Clone, Debug)]
pub struct Run {
    /// Its folder.
    pub folder: PathBuf,
    /// Its record.
    pub record: Record,
    /// Hashes of its files, where it was stored with such.
    sums: Option<Sums>,
}

impl Run {
    /// Reads the record in a folder.
    pub fn open(folder: &Path) -> Result<Run> {
        let path = folder.join(RECORD);
        let text = fs::read_to_string(&path).map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => Error::bad_input(
                "run/gone",
                format!("run {} is not in this workspace", folder.display()),
            )
            .hint("another copy of the workspace may have made it, or it was deleted: bring the folder over, or restore it from a backup"),
            _ => Error::io("read", &path, &e),
        })?;
        let sums = run_sums::read(folder)?;
        if let Some(sums) = &sums {
            run_sums::check_record(&path, sums, &text)?;
        }
        let record: Record = serde_json::from_str(&text).map_err(|e| {
            Error::bad_input("run/damaged", format!("{} is damaged: {e}", path.display()))
                .hint("restore the run's folder from a backup")
        })?;
        if record.format != RUN_FORMAT {
            return Err(Error::bad_input(
                "run/format",
                format!(
                    "{} has format {}, this version reads {RUN_FORMAT}",
                    path.display(),
                    record.format
                ),
            )
            .hint("use a newer permille"));
        }
        Ok(Run {
            folder: folder.to_owned(),
            record,
            sums,
        })
    }

    /// The asset of its amounts.
    pub fn asset(&self) -> Result<Asset> {
        self.record.asset.parse().map_err(|_| {
            Error::bad_input(
                "run/damaged",
                format!(
                    "`{}` in {} is not an asset",
                    self.record.asset,
                    self.folder.display()
                ),
            )
        })
    }

    /// The period.
    pub fn period(&self) -> Result<Period> {
        let kind = if self.record.period.len() > "2026-10".len() {
            PeriodKind::Day
        } else {
            PeriodKind::Month
        };
        Period::parse(&self.record.period, kind).map_err(|e| Error::bad_input("run/damaged", e.to_string()))
    }

    /// Reads a file of the run with `read`, and makes sure before and after that it is what was stored.
    ///
    /// # Errors
    /// `run/damaged` when it is not; those of `read`.
    pub fn reading<T>(&self, name: &str, read: impl FnOnce(&Path) -> Result<T>) -> Result<T> {
        let Some(sums) = &self.sums else {
            run_sums::compare_results(self)?;
            let read = read(&self.file(name));
            run_sums::compare_results(self)?;
            return read;
        };
        run_sums::check(&self.folder, sums, name)?;
        let read = read(&self.file(name));
        run_sums::check(&self.folder, sums, name)?;
        read
    }

    /// A file of the run.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

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
    let mut folders = Vec::new();
    for of_program in sorted_entries(&workspace.runs())? {
        if !of_program.is_dir() || program.is_some_and(|wanted| !of_program.ends_with(wanted)) {
            continue;
        }
        for of_period in sorted_entries(&of_program)? {
            for path in sorted_entries(&of_period)? {
                // Unfinished runs have a name that is no number and do not exist for readers.
                let Ok(number) = name(&path).parse() else {
                    continue;
                };
                folders.push(Folder {
                    program: name(&of_program),
                    period: name(&of_period),
                    number,
                    path,
                });
            }
        }
    }
    Ok(folders)
}

fn name(path: &Path) -> String {
    path.file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// All runs of the workspace (of one program), sorted by program, period and number.
pub fn all(workspace: &Workspace, program: Option<&str>) -> Result<Vec<Run>> {
    let folders = folders(workspace, program)?;
    folders.iter().map(|folder| Run::open(&folder.path)).collect()
}

/// The runs that count: the latest of each program and period.
pub fn latest(workspace: &Workspace, program: Option<&str>) -> Result<Vec<Run>> {
    let mut latest: Vec<Run> = Vec::new();
    for run in all(workspace, program)? {
        match latest.last_mut() {
            Some(before)
                if before.record.program == run.record.program
                    && before.record.period == run.record.period =>
            {
                *before = run
            }
            _ => latest.push(run),
        }
    }
    Ok(latest)
}

/// The latest run of a program's period.
pub fn latest_of(workspace: &Workspace, program: &str, period: &Period) -> Result<Option<Run>> {
    Ok(of_period(&period_folder(workspace, program, period))?.pop())
}

/// The end of the last settled period of a program.
pub fn settled_until(workspace: &Workspace, program: &str) -> Result<Option<Date>> {
    Ok(latest(workspace, Some(program))?
        .iter()
        .map(|run| run.record.to)
        .max())
}

fn of_period(folder: &Path) -> Result<Vec<Run>> {
    let runs = sorted_entries(folder)?
        .into_iter()
        .filter(|path| is_run_folder(path));
    runs.map(|path| Run::open(&path)).collect()
}

fn is_run_folder(path: &Path) -> bool {
    name(path).parse::<u32>().is_ok()
}

/// Where the runs of a period lie.
pub fn period_folder(workspace: &Workspace, program: &str, period: &Period) -> PathBuf {
    workspace.runs().join(program).join(period.to_string())
}
