//! One stored run: its record, and its files as they were stored.

use super::folders::{LINES, RECORD, folder_name, take_back};
use super::period::period_named;
use super::sums::{self, Sums};
use crate::base::error::{Error, Result};
use crate::inputs::traffic_lists::PinnedLists;
use earning::{Line, Report};
use jiff::Timestamp;
use jiff::civil::Date;
use money::{Asset, Money};
use policy::period::Period;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Format of `run.json` that this version writes and reads.
pub const RUN_FORMAT: u32 = 1;
/// Code of the error about a folder that holds a copy of another run.
pub(crate) const COPIED: &str = "run/copied";
/// Code of the error about a run whose folder is not there.
pub(crate) const GONE: &str = "run/gone";

/// What a run was made from and what came out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// First run of the period is 1. The one that stands in the books counts.
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
        let text = lake::sound::read_to_string(&path).map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => Error::bad_input(
                GONE,
                format!("run {} is not in this workspace", folder.display()),
            )
            .hint("another copy of the workspace may have made it, or it was deleted: bring the folder over, or restore it from a backup"),
            _ => sums::unreadable(&path, &e),
        })?;
        let sums = sums::read(folder)?;
        if let Some(sums) = &sums {
            sums::check_record(&path, sums, &text)?;
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
        let run = Run {
            folder: folder.to_owned(),
            record,
            sums,
        };
        match run.is_at_home() {
            true => Ok(run),
            false => Err(Error::bad_input(
                COPIED,
                format!(
                    "folder {} holds run {} of {} {}: it is a copy, and no run of its own",
                    folder.display(),
                    run.record.number,
                    run.record.program,
                    run.record.period
                ),
            )
            .hint("remove the copy; where the folder held another run before, restore that from a backup")),
        }
    }

    /// Whether it lies where its record says that it belongs.
    fn is_at_home(&self) -> bool {
        let mut names = self.folder.iter().rev().map(|name| name.to_string_lossy());
        let own = [
            folder_name(self.record.number),
            self.record.period.clone(),
            self.record.program.clone(),
        ];
        own.into_iter()
            .all(|own| names.next().is_some_and(|name| name == own))
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

    /// What earlier runs had spent of the budget when it was made.
    pub fn budget_spent(&self) -> Result<Money> {
        let units = self.record.budget_spent.parse().map_err(|_| {
            Error::bad_input(
                "run/damaged",
                format!(
                    "budget `{}` in {} is not a number",
                    self.record.budget_spent,
                    self.folder.display()
                ),
            )
        })?;
        Ok(Money::new(self.asset()?, units))
    }

    /// The period.
    pub fn period(&self) -> Result<Period> {
        period_named(&self.record.period).map_err(|e| Error::bad_input("run/damaged", e.to_string()))
    }

    /// Reads a file of the run with `read`, and makes sure before and after that it is what was stored.
    ///
    /// # Errors
    /// `run/damaged` when it is not; those of `read`.
    pub fn reading<T, E: Into<Error>>(
        &self,
        name: &str,
        read: impl FnOnce(&Path) -> std::result::Result<T, E>,
    ) -> Result<T> {
        let Some(sums) = &self.sums else {
            self.compare_results()?;
            let read = read(&self.file(name));
            self.compare_results()?;
            return read.map_err(Into::into);
        };
        sums::check(&self.folder, sums, name)?;
        let read = read(&self.file(name));
        sums::check(&self.folder, sums, name)?;
        read.map_err(Into::into)
    }

    /// All its lines, in their order.
    pub fn lines(&self) -> Result<Vec<Line>> {
        self.lines_if(|_, _, _| true)
    }

    /// Its lines for which `wanted(creator, video, id)` holds.
    pub fn lines_if(&self, wanted: impl FnMut(&str, &str, &str) -> bool) -> Result<Vec<Line>> {
        let asset = self.asset()?;
        self.reading(LINES, |path| run_files::read_lines(path, asset, wanted))
    }

    /// Removes a run that was not posted: nothing names it yet.
    pub(crate) fn take_back(&self) -> Result<()> {
        take_back(&self.folder)
    }

    /// That the hashes of its files are gone, in words.
    pub(crate) fn without_hashes(&self) -> Option<String> {
        let words = || {
            format!(
                "{} is gone: nothing says whether its files are what was stored",
                sums::SUMS
            )
        };
        self.sums.is_none().then(words)
    }

    /// Compares every file of the run with its hash; of a run that was stored before there were hashes, what it decided.
    pub fn must_be_whole(&self) -> Result<()> {
        match &self.sums {
            Some(sums) => sums::check_all(&self.folder, sums),
            None => self.compare_results(),
        }
    }

    /// Makes sure that what it decided gives its hash: files and their hashes beside them can be made anew together.
    pub(crate) fn must_be_proved(&self) -> Result<()> {
        self.must_be_whole()?;
        self.compare_results()
    }

    /// A file of the run.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}
