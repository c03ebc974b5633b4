//! Storing the files of a run. Its record is written with what it posts.

use crate::base::error::Result;
use crate::inputs::settlement::SettlementInputs;
use crate::runs::{FileHashes, RunFile};
use crate::workspace::blobs::Blobs;
use earning::Settlement;

/// Writes what was settled, and from which facts, as blobs. Files that are there already, whole, are left as they are.
pub(super) fn store(
    blobs: &Blobs,
    gathered: &SettlementInputs,
    settlement: &Settlement,
) -> Result<FileHashes> {
    let drafts = blobs.drafts()?;
    let asset = settlement.asset;
    let write = |file: RunFile| -> Result<String> {
        let draft = drafts.file(file.name());
        match file {
            RunFile::Facts => lake::facts_file::write_facts(&gathered.facts, &draft)
                .map_err(|e| crate::base::failure::kernel_error(&e))?,
            RunFile::Lines => run_files::write_lines(&draft, asset, &settlement.lines)?,
            RunFile::Units => run_files::write_units(&draft, asset, &settlement.units)?,
            RunFile::Creators => {
                run_files::write_decisions(&draft, &settlement.creators, |decision| &decision.creator)?;
            }
            RunFile::Videos => {
                run_files::write_decisions(&draft, &settlement.videos, |decision| &decision.video)?;
            }
        }
        blobs.take(&draft)
    };
    Ok(FileHashes {
        facts: write(RunFile::Facts)?,
        lines: write(RunFile::Lines)?,
        units: write(RunFile::Units)?,
        creators: write(RunFile::Creators)?,
        videos: write(RunFile::Videos)?,
    })
}
