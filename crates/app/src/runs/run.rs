//! One stored run: its record in the books, and its files, which the record names by their hashes.

use super::period::period_named;
use crate::base::error::{Error, Result};
use crate::inputs::traffic_lists::PinnedLists;
use crate::workspace::blobs::Blobs;
use crate::workspace::records;
use earning::{Line, Report};
use jiff::Timestamp;
use jiff::civil::Date;
use money::{Asset, Money};
use policy::period::Period;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use store::{Record as Stored, Tx};

/// Kind of the records.
pub(super) const KIND: &str = "run";
/// Code of the error about a run whose record is not in the books.
const GONE: &str = "run/gone";

/// A run by its place: program, period, number.
pub(crate) type Place = (String, String, u32);

/// A file of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunFile {
    /// Facts: the stored, hashed input.
    Facts,
    /// Earning lines.
    Lines,
    /// The working behind the lines.
    Units,
    /// The decision about each creator.
    Creators,
    /// The decision about each video.
    Videos,
}

impl RunFile {
    /// Every one, in the order in which they are written.
    pub const ALL: [RunFile; 5] = [
        RunFile::Facts,
        RunFile::Lines,
        RunFile::Units,
        RunFile::Creators,
        RunFile::Videos,
    ];

    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            RunFile::Facts => "facts",
            RunFile::Lines => "lines",
            RunFile::Units => "units",
            RunFile::Creators => "creators",
            RunFile::Videos => "videos",
        }
    }
}

/// BLAKE3 of each file of a run: the blob's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileHashes {
    /// Of the facts.
    pub facts: String,
    /// Of the lines.
    pub lines: String,
    /// Of the units.
    pub units: String,
    /// Of the decisions about creators.
    pub creators: String,
    /// Of the decisions about videos.
    pub videos: String,
}

impl FileHashes {
    /// Of a file.
    pub fn of(&self, file: RunFile) -> &str {
        match file {
            RunFile::Facts => &self.facts,
            RunFile::Lines => &self.lines,
            RunFile::Units => &self.units,
            RunFile::Creators => &self.creators,
            RunFile::Videos => &self.videos,
        }
    }
}

/// What a run was made from and what came out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The program's id.
    pub program: String,
    /// Its version.
    pub version: u32,
    /// BLAKE3 of the program document.
    pub program_hash: String,
    /// The settled period, e.g. `2026-10-05` or `2026-10`.
    pub period: String,
    /// First run of the period is 1. The last one counts.
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
    /// Its files.
    pub files: FileHashes,
}

/// A stored run.
#[derive(Clone, Debug)]
pub struct Run {
    /// Its record.
    pub record: Record,
    blobs: Blobs,
}

/// The id of a run's record.
fn id(program: &str, period: &str, number: u32) -> String {
    format!("{program}/{period}/{number:06}")
}

/// How the ids of the runs of a program begin; of all without one.
pub(super) fn prefix(program: Option<&str>) -> String {
    program.map_or_else(String::new, |program| format!("{program}/"))
}

impl Run {
    /// A run of these files.
    pub(crate) fn new(record: Record, blobs: &Blobs) -> Run {
        Run {
            record,
            blobs: blobs.clone(),
        }
    }

    /// Reads a run's record.
    ///
    /// # Errors
    /// `run/gone`, `run/damaged`.
    pub(crate) fn get(
        tx: &mut Tx<'_>,
        blobs: &Blobs,
        program: &str,
        period: &str,
        number: u32,
    ) -> Result<Run> {
        let found = tx.record(KIND, &id(program, period, number)).map_err(of_one);
        let record = found?.ok_or_else(|| {
            Error::bad_input(
                GONE,
                format!("run {number} of {program} {period} is not in the books any more, which name it"),
            )
            .hint("restore the books from a backup; `permille ledger verify` says what else was taken out")
        })?;
        Run::read(&record, blobs)
    }

    /// A run of its stored record.
    pub(super) fn read(stored: &Stored, blobs: &Blobs) -> Result<Run> {
        let record: Record = records::parse(stored).map_err(|e| damaged(e.message))?.value;
        match id(&record.program, &record.period, record.number) == stored.id {
            true => Ok(Run::new(record, blobs)),
            false => Err(damaged(format!(
                "record `{}` holds another run, {} of {} {}",
                stored.id, record.number, record.program, record.period
            ))),
        }
    }

    /// Adds its record to the books.
    pub(crate) fn put(&self, tx: &mut Tx<'_>) -> Result<()> {
        let record = &self.record;
        let id = id(&record.program, &record.period, record.number);
        records::put(tx, KIND, &id, 0, record)
    }

    /// Program, period and number.
    pub(crate) fn place(&self) -> Place {
        let record = &self.record;
        (record.program.clone(), record.period.clone(), record.number)
    }

    /// What it is called in messages.
    pub fn name(&self) -> String {
        let record = &self.record;
        format!("run {} of {} {}", record.number, record.program, record.period)
    }

    /// The asset of its amounts.
    pub fn asset(&self) -> Result<Asset> {
        let asset = &self.record.asset;
        asset
            .parse()
            .map_err(|_| damaged(format!("`{asset}` in {} is not an asset", self.name())))
    }

    /// What earlier runs had spent of the budget when it was made.
    pub fn budget_spent(&self) -> Result<Money> {
        let spent = &self.record.budget_spent;
        let units = spent
            .parse()
            .map_err(|_| damaged(format!("budget `{spent}` in {} is not a number", self.name())))?;
        Ok(Money::new(self.asset()?, units))
    }

    /// The period.
    pub fn period(&self) -> Result<Period> {
        period_named(&self.record.period).map_err(|e| damaged(e.to_string()))
    }

    /// Where a file of the run is kept: in a dry run, would be.
    pub fn place_of(&self, file: RunFile) -> PathBuf {
        self.blobs.place(self.record.files.of(file))
    }

    /// Whether all its files are there; what is in them is not looked at.
    pub(crate) fn has_files(&self) -> bool {
        RunFile::ALL
            .iter()
            .all(|file| self.blobs.path(self.record.files.of(*file)).is_file())
    }

    /// Reads a file of the run with `read`, and makes sure before and after that it is what was stored.
    ///
    /// # Errors
    /// `blob/damaged`, `blob/gone`; those of `read`.
    pub fn reading<T, E: Into<Error>>(
        &self,
        file: RunFile,
        read: impl FnOnce(&Path) -> std::result::Result<T, E>,
    ) -> Result<T> {
        let hash = self.record.files.of(file);
        self.blobs.reading(hash, &self.whose(file), read)
    }

    fn whose(&self, file: RunFile) -> String {
        format!("{} ({})", self.name(), file.name())
    }

    /// All its lines, in their order.
    pub fn lines(&self) -> Result<Vec<Line>> {
        self.lines_if(|_, _, _| true)
    }

    /// Its lines for which `wanted(creator, video, id)` holds.
    pub fn lines_if(&self, wanted: impl FnMut(&str, &str, &str) -> bool) -> Result<Vec<Line>> {
        let asset = self.asset()?;
        self.reading(RunFile::Lines, |path| run_files::read_lines(path, asset, wanted))
    }

    /// Compares every file of the run with its hash.
    pub fn must_be_whole(&self) -> Result<()> {
        let check = |file: &RunFile| self.blobs.check(self.record.files.of(*file), &self.whose(*file));
        RunFile::ALL.iter().try_for_each(check)
    }
}

/// A record of the books that is damaged as an error of the one run that it is of.
fn of_one(error: store::StoreError) -> Error {
    match error {
        store::StoreError::Damaged { .. } => damaged(error.to_string()),
        error => error.into(),
    }
}

/// The error of a run whose record cannot be read.
fn damaged(message: String) -> Error {
    Error::bad_input("run/damaged", message)
        .hint("`permille ledger verify` lists what is wrong with the books; restore them from a backup")
}
