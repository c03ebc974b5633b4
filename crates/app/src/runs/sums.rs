//! Whether the files of a run still have the bytes that were stored: their BLAKE3 hashes lie beside them in `files.b3`, in the
//! format of `b3sum`, so that anybody can check them.
//!
//! What was posted, closed and restated is read back from these files, so each is compared before and after it is read. Runs
//! from before there were such hashes are compared with the hash of their results, which takes reading all of it.

use crate::base::error::{Error, Result};
use crate::runs::{self, Run};
use crate::workspace::files::{sorted_entries, write_atomically};
use earning::{Settlement, Totals};
use lake::sound::{self, Unsound};
use money::Money;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, PoisonError};

/// The hashes of a run's files.
pub(crate) const SUMS: &str = "files.b3";

/// Hashes by the names of a run's files.
pub(crate) type Sums = BTreeMap<String, String>;

/// Writes the hashes of all files in a folder.
pub(crate) fn write(folder: &Path) -> Result<()> {
    let mut lines = String::new();
    for path in sorted_entries(folder)? {
        let failed = |e: std::io::Error| Error::io("read", &path, &e);
        let file = sound::open(&path).map_err(failed)?;
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(file).map_err(failed)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        lines.push_str(&format!("{}  {name}\n", hasher.finalize().to_hex()));
    }
    write_atomically(&folder.join(SUMS), lines.as_bytes())
}

/// Reads the hashes of a run; none for a run that was stored before there were any.
pub(crate) fn read(folder: &Path) -> Result<Option<Sums>> {
    let path = folder.join(SUMS);
    let text = match sound::read_to_string(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(unreadable(&path, &e)),
    };
    let sums = text.lines().map(|line| line.split_once("  "));
    let sums: Option<Sums> = sums
        .map(|line| line.map(|(hash, name)| (name.to_owned(), hash.to_owned())))
        .collect();
    let all = sums.filter(|sums| ALL.iter().all(|name| sums.contains_key(*name)));
    all.map(Some).ok_or_else(|| {
        damaged(format!(
            "{} is damaged: it does not name every file of the run",
            path.display()
        ))
    })
}

/// Every file of a run.
const ALL: [&str; 6] = [
    runs::RECORD,
    runs::FACTS,
    runs::LINES,
    runs::UNITS,
    runs::CREATORS,
    runs::VIDEOS,
];

/// Compares one file of a run with its hash.
pub(crate) fn check(folder: &Path, sums: &Sums, name: &str) -> Result<()> {
    let Some(expected) = sums.get(name) else {
        return Ok(());
    };
    sound::check(&folder.join(name), expected, || {
        format!("run {}", folder.display())
    })
    .map_err(|e| unsound(&e))
}

/// Compares every file of a run with its hash.
pub(crate) fn check_all(folder: &Path, sums: &Sums) -> Result<()> {
    ALL.iter().try_for_each(|name| check(folder, sums, name))
}

/// Compares a run's record, as it was read.
pub(crate) fn check_record(path: &Path, sums: &Sums, text: &str) -> Result<()> {
    let found = blake3::hash(text.as_bytes()).to_hex();
    match sums.get(runs::RECORD) {
        Some(expected) if *expected != *found => Err(damaged(format!(
            "{} is not what was stored: its BLAKE3 is {found}, and {expected} is expected",
            path.display()
        ))),
        _ => Ok(()),
    }
}

fn unsound(error: &Unsound) -> Error {
    let message = crate::base::error::with_causes(error);
    match error {
        Unsound::Unreadable { source, .. } if source.kind() != std::io::ErrorKind::InvalidData => {
            Error::unavailable("io", message)
        }
        Unsound::Unreadable { .. } | Unsound::Changed { .. } | Unsound::Gone { .. } => damaged(message),
    }
}

/// The error of a file of a run that cannot be read: it is damaged where it is another thing than a file.
pub(crate) fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::InvalidData | std::io::ErrorKind::NotADirectory => {
            damaged(format!("{} is damaged: {error}", path.display()))
        }
        _ => Error::io("read", path, error),
    }
}

fn damaged(message: String) -> Error {
    Error::bad_input("run/damaged", message).hint(
        "a run is never changed after it was stored: restore its folder from a backup; `permille verify` lists all that is damaged",
    )
}

/// Runs without hashes whose results were compared in this process, with the hashes that their files had.
static COMPARED: LazyLock<Mutex<BTreeMap<PathBuf, Vec<blake3::Hash>>>> = LazyLock::new(Mutex::default);

/// Compares all that a run without hashes decided with the hash of its results.
pub(crate) fn compare_results(run: &Run) -> Result<()> {
    let compared = || COMPARED.lock().unwrap_or_else(PoisonError::into_inner);
    let hash = |name: &&str| {
        let path = run.file(name);
        sound::hash(&path).map_err(|e| unreadable(&path, &e))
    };
    let hashes: Vec<blake3::Hash> = ALL.iter().map(hash).collect::<Result<_>>()?;
    if compared().get(&run.folder) == Some(&hashes) {
        return Ok(());
    }
    // Nothing is known of these bytes yet, and the reader of Parquet may panic over damaged ones.
    let settlement = std::panic::catch_unwind(|| settlement(run)).unwrap_or_else(|_| {
        let message = format!(
            "a file of run {} is damaged: it is no Parquet file",
            run.folder.display()
        );
        Err(damaged(message))
    })?;
    let record = &run.record;
    let hash = run_hash(&record.facts_hash, &settlement);
    if hash != record.hash || !adds_up(&settlement) {
        return Err(damaged(format!(
            "run {} is damaged: its files give the hash {hash}, and {} was settled",
            run.folder.display(),
            record.hash
        )));
    }
    compared().insert(run.folder.clone(), hashes);
    Ok(())
}

/// The hash of a run: its facts and everything that was decided. It does not depend on when, from which
/// files, in which order or with how many threads the run was made.
pub fn run_hash(facts_hash: &str, settlement: &Settlement) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(facts_hash.as_bytes());
    hasher.update(settlement.hash().as_bytes());
    hasher.finalize().to_hex().to_string()
}

/// What a run settled, as its files say.
fn settlement(run: &Run) -> Result<Settlement> {
    let (record, asset) = (&run.record, run.asset()?);
    let all = 0..u32::MAX;
    Ok(Settlement {
        program: record.program.clone(),
        version: record.version,
        program_hash: record.program_hash.clone(),
        period: run.period()?,
        asset,
        lines: run_files::read_lines(&run.file(runs::LINES), asset, |_, _, _| true)?,
        units: run_files::read_units(&run.file(runs::UNITS), std::slice::from_ref(&all))?
            .into_values()
            .collect(),
        creators: run_files::read_decisions(&run.file(runs::CREATORS), |_| true)?,
        videos: run_files::read_decisions(&run.file(runs::VIDEOS), |_| true)?,
        report: record.report.clone(),
    })
}

/// Are the totals, which the hash does not cover one by one, the sums of what it covers?
fn adds_up(settlement: &Settlement) -> bool {
    let partitions = &settlement.report.partitions;
    let Totals {
        gross,
        deductions,
        carve_out,
        platform_part,
        kept,
        divided,
        reduced,
        paid,
        ..
    } = &settlement.report.totals;
    let sum = |of: &dyn Fn(usize) -> i128| (0..partitions.len()).map(of).sum::<i128>();
    let deducted = |all: &[earning::NamedAmount]| all.iter().map(|one| one.amount.units()).sum::<i128>();
    let lines = settlement
        .lines
        .iter()
        .map(|line| line.amount.units())
        .sum::<i128>();
    let units = Money::units;
    units(*gross) == sum(&|at| units(partitions[at].gross))
        && units(*carve_out) == sum(&|at| units(partitions[at].carve_out))
        && units(*platform_part) == sum(&|at| units(partitions[at].platform_part))
        && units(*kept) == sum(&|at| units(partitions[at].kept))
        && units(*divided) == sum(&|at| units(partitions[at].divided))
        && deducted(deductions) == sum(&|at| deducted(&partitions[at].deductions))
        && units(*divided) - units(*reduced) == units(*paid)
        && units(*paid) == lines
}
