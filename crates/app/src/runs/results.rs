//! Whether the files of a run give the hash of what was settled.

use super::folders::{CREATORS, LINES, UNITS, VIDEOS};
use super::run::Run;
use super::sums::{ALL, damaged, unreadable};
use crate::base::error::Result;
use earning::{Settlement, Totals};
use lake::sound;
use money::Money;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{LazyLock, Mutex, PoisonError};

/// Runs without hashes whose results were compared in this process, with the hashes that their files had.
static COMPARED: LazyLock<Mutex<BTreeMap<PathBuf, Vec<blake3::Hash>>>> = LazyLock::new(Mutex::default);

impl Run {
    /// Compares all that a run without hashes decided with the hash of its results.
    pub(super) fn compare_results(&self) -> Result<()> {
        let compared = || COMPARED.lock().unwrap_or_else(PoisonError::into_inner);
        let hash = |name: &&str| {
            let path = self.file(name);
            sound::hash(&path).map_err(|e| unreadable(&path, &e))
        };
        let hashes: Vec<blake3::Hash> = ALL.iter().map(hash).collect::<Result<_>>()?;
        if compared().get(&self.folder) == Some(&hashes) {
            return Ok(());
        }
        // Nothing is known of these bytes yet, and the reader of Parquet may panic over damaged ones.
        let settlement = std::panic::catch_unwind(|| settlement(self)).unwrap_or_else(|_| {
            let message = format!(
                "a file of run {} is damaged: it is no Parquet file",
                self.folder.display()
            );
            Err(damaged(message))
        })?;
        let record = &self.record;
        let hash = run_hash(&record.facts_hash, &settlement);
        if hash != record.hash || !adds_up(&settlement) {
            return Err(damaged(format!(
                "run {} is damaged: its files give the hash {hash}, and {} was settled",
                self.folder.display(),
                record.hash
            )));
        }
        compared().insert(self.folder.clone(), hashes);
        Ok(())
    }
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
        lines: run_files::read_lines(&run.file(LINES), asset, |_, _, _| true)?,
        units: run_files::read_units(&run.file(UNITS), std::slice::from_ref(&all))?
            .into_values()
            .collect(),
        creators: run_files::read_decisions(&run.file(CREATORS), |_| true)?,
        videos: run_files::read_decisions(&run.file(VIDEOS), |_| true)?,
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
