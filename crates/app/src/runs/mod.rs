//! Settlement runs as stored: one folder each, written whole and never changed. Which runs there were the books say.
//!
//! ```text
//! runs/creator-fund/2026-10-05/0001/
//!   run.json          what was settled, with which inputs, and the report
//!   facts.parquet     the stored, hashed input
//!   lines.parquet     earning lines
//!   units.parquet     the working behind the lines
//!   creators.parquet  decision for each creator
//!   videos.parquet    decision for each video
//!   files.b3          the hash of each of these files: see `sums`
//! ```

pub mod left;
pub(crate) mod named;
pub mod period;
mod standing;
pub(crate) mod sums;

pub use period::{PeriodState, Stage};
pub(crate) use standing::{
    Standing, done, is_above, not_posted, open, opened, posted_until, proved, standing, standing_in, stands,
    stands_as, unposted, unposted_of,
};
pub use standing::{latest, latest_of};
pub use sums::run_hash;

use crate::base::error::{Error, Result};
use crate::inputs::traffic_lists::PinnedLists;
use crate::runs::left::{Left, Partly};
use crate::workspace::Workspace;
use crate::workspace::files::sorted_entries;
use earning::{Line, Report};
use jiff::Timestamp;
use jiff::civil::Date;
use money::{Asset, Money};
use policy::period::Period;
use policy::program::PeriodKind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use store::Tx;
use sums::Sums;

/// Format of `run.json` that this version writes and reads.
pub const RUN_FORMAT: u32 = 1;
/// Code of the error about a folder that holds a copy of another run.
pub(crate) const COPIED: &str = "run/copied";
/// Code of the error about a run whose folder is not there.
pub(crate) const GONE: &str = "run/gone";
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
            sums::compare_results(self)?;
            let read = read(&self.file(name));
            sums::compare_results(self)?;
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
        let unfinished = self.folder.with_extension(UNFINISHED);
        std::fs::rename(&self.folder, &unfinished)
            .and_then(|()| std::fs::remove_dir_all(&unfinished))
            .map_err(|e| Error::io("remove", &self.folder, &e))
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
            None => sums::compare_results(self),
        }
    }

    /// Makes sure that what it decided gives its hash: files and their hashes beside them can be made anew together.
    pub(crate) fn must_be_proved(&self) -> Result<()> {
        self.must_be_whole()?;
        sums::compare_results(self)
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
    let folder = |path: PathBuf| {
        let above = |levels: usize| path.ancestors().nth(levels).map_or_else(String::new, name);
        // Unfinished runs have a name that is no number and do not exist for readers.
        Some(Folder {
            program: above(2),
            period: above(1),
            number: number_of(&path)?,
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
    found.retain(|path| path.is_dir() && number_of(path).is_none() && !is_unfinished(path));
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

fn name(path: &Path) -> String {
    path.file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// A run that there was, and that cannot be read.
#[derive(Debug)]
pub struct Broken {
    /// The program.
    pub program: String,
    /// The period.
    pub period: String,
    /// The run's number.
    pub number: u32,
    /// What is wrong with it.
    pub error: Error,
}

impl From<Broken> for Left {
    fn from(broken: Broken) -> Left {
        Left {
            program: broken.program,
            period: broken.period,
            error: broken.error,
        }
    }
}

/// A run by its place: program, period, number.
pub(crate) type Place = (String, String, u32);

/// Every run (of a program) that the books have, with its hash: one whose folder is gone is missed by them.
pub(crate) fn named_in(tx: &mut Tx<'_>, program: Option<&str>) -> Result<BTreeMap<Place, String>> {
    let mut named = BTreeMap::new();
    for (program, period, _) in period::all(tx, program)? {
        for state in period::versions(tx, &program, &period)? {
            named.insert((program.clone(), period.clone(), state.run), state.run_hash);
        }
    }
    Ok(named)
}

/// Every run of the workspace (of one program), sorted by program, period and number, each read or broken.
fn each(workspace: &Workspace, program: Option<&str>) -> Result<BTreeMap<Place, Result<Run>>> {
    let mut runs: BTreeMap<Place, Result<Run>> = BTreeMap::new();
    for folder in folders(workspace, program)? {
        let run = Run::open(&folder.path);
        runs.insert((folder.program, folder.period, folder.number), run);
    }
    // Books that cannot be read now name nothing.
    let books = workspace.books_if_any().ok().flatten();
    let named = books.and_then(|mut books| books.read(|tx| named_in(tx, program)).ok());
    for place in named.unwrap_or_default().into_keys() {
        let folder = workspace
            .runs()
            .join(&place.0)
            .join(&place.1)
            .join(folder_name(place.2));
        runs.entry(place).or_insert_with(|| Run::open(&folder));
    }
    Ok(runs)
}

/// All runs of the workspace (of one program), sorted by program, period and number.
pub fn all(workspace: &Workspace, program: Option<&str>) -> Result<Partly<Vec<Run>>> {
    let mut found = Partly {
        done: Vec::new(),
        left: Vec::new(),
    };
    for ((program, period, _), run) in each(workspace, program)? {
        match run {
            Ok(run) => found.done.push(run),
            Err(error) => found.left.push(Left {
                program,
                period,
                error,
            }),
        }
    }
    Ok(found)
}

/// A period by its name: a day or a month.
pub(crate) fn period_named(name: &str) -> std::result::Result<Period, policy::period::PeriodError> {
    let kind = match name.len() > "2026-10".len() {
        true => PeriodKind::Day,
        false => PeriodKind::Month,
    };
    Period::parse(name, kind)
}

/// Reads a period, with the reason when it is none.
pub fn parse_period(text: &str, kind: PeriodKind) -> Result<Period> {
    Period::parse(text, kind).map_err(|e| Error::usage("settle/period", e.to_string()))
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

/// Where the runs of a period lie.
pub fn period_folder(workspace: &Workspace, program: &str, period: &Period) -> PathBuf {
    workspace.runs().join(program).join(period.to_string())
}
