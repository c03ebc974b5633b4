//! Settling a run again from what it was made from.

use super::stored;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::progress::Context;
use crate::inputs::reader::Reader;
use crate::inputs::settlement::SettlementInputs;
use crate::inputs::{programs, traffic_lists};
use crate::runs::{Run, run_hash};
use crate::workspace::Workspace;
use earning::Settlement;
use lake::archive::{Archive, StoredBefore};
use policy::program::Program;

/// A run that was settled again.
pub(crate) struct Replayed {
    /// From what.
    pub inputs: SettlementInputs,
    /// What came out.
    pub settlement: Settlement,
    /// Its hash.
    pub hash: String,
    /// The fingerprint of its inputs.
    pub fingerprint: String,
    /// Hash of what the lists mean now.
    pub lists: String,
}

/// Settles a run again from its pinned inputs.
pub(crate) fn replay(
    archive: &Archive,
    workspace: &Workspace,
    run: &Run,
    context: &Context<'_>,
) -> Result<Replayed> {
    let record = &run.record;
    let program = program_of(workspace, run)?;
    let lists = traffic_lists::pinned(workspace, &record.lists)?;
    let reader = Reader::new(archive, StoredBefore(record.stored_before), &lists, workspace);
    let (period, spent) = (run.period()?, run.budget_spent()?);
    let inputs = reader.inputs(&program, &period, context)?;
    let settlement = inputs.settle(&program, &period, spent)?;
    Ok(Replayed {
        hash: run_hash(&inputs.facts.hash(), &settlement),
        fingerprint: reader.fingerprint(&program, &period, spent),
        lists: lists.hash(),
        inputs,
        settlement,
    })
}

/// Makes files of a run that are gone anew, from what it was made from. Returns a remark where it did.
///
/// # Errors
/// It comes out otherwise: only a backup has what was stored.
pub(super) fn put_back_files(
    reader: &Reader<'_>,
    run: &Run,
    context: &Context<'_>,
) -> Result<Option<String>> {
    if run.has_files() {
        return Ok(None);
    }
    let again = replay(reader.archive, reader.workspace, run, context)?;
    if again.hash == run.record.hash {
        stored::store(&reader.workspace.blobs(), &again.inputs, &again.settlement)?;
    }
    // Of those that another version of a library writes the bytes may differ: they are not what was stored.
    run.must_be_whole()?;
    Ok(Some(format!(
        "files of run {} were gone, and were made anew from what it was settled from",
        run.record.number
    )))
}

/// The program version that a run was made with.
pub(crate) fn program_of(workspace: &Workspace, run: &Run) -> Result<Program> {
    let versions = programs::versions_of(workspace, &run.record.program)?;
    let found = versions
        .into_iter()
        .find(|program| program.version == run.record.version && program.hash == run.record.program_hash);
    found.ok_or_else(|| {
        Error::new(
            ErrorKind::BadInput,
            "explain/program",
            format!(
                "version {} of {} is no longer the document that was settled",
                run.record.version, run.record.program
            ),
        )
        .hint("restore the books from a backup")
    })
}
