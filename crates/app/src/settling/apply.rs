//! Putting a program version into force.

use crate::base::error::{Error, Result};
use crate::base::progress::Context;
use crate::inputs::programs::{SHIPPED, document_files, parse, read, read_applied, version_file};
use crate::live;
use crate::runs::{self, named};
use crate::workspace::Workspace;
use crate::workspace::files::Unfinished;
use policy::program::Program;
use policy::registry::{self, Applied, Refused};
use std::path::Path;
use store::Tx;

/// What `apply` did with a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplyOutcome {
    /// The program's id.
    pub id: String,
    /// Its version.
    pub version: u32,
    /// From when it is in force.
    pub effective_from: jiff::civil::Date,
    /// Whether it was new, or there already with the same bytes.
    pub outcome: Applied,
}

/// Puts a document into force, and notes it in the books. The same bytes again change nothing.
///
/// The document is written where no reader sees it, the books note it, and then it takes its place: whoever is stopped before the
/// note has changed nothing, and after it the books miss the document and say so. Of two at once the second sees the first's note.
pub fn apply(workspace: &Workspace, reference: &str, context: &Context<'_>) -> Result<ApplyOutcome> {
    context.may_write()?;
    let _lock = workspace.turn(context)?;
    let program = match SHIPPED.iter().find(|(id, _)| *id == reference) {
        Some((id, text)) if !Path::new(reference).is_file() => parse(&format!("programs/{id}.toml"), text)?,
        _ => read(Path::new(reference))?,
    };
    let target = version_file(workspace, &program);
    let existing = existing(workspace, &program, &target)?;
    let mut books = workspace.books_to_write(context)?;
    let (outcome, document) = books.write(context.by(), context.recorded, |tx| {
        let outcome = may_apply(tx, workspace, &program, &existing, context)?;
        let document = match outcome {
            Applied::New { .. } => Some(Unfinished::write(&target, program.source.as_bytes())?),
            Applied::AlreadyApplied => None,
        };
        // From now on the books miss it where it is not there.
        let versions: Vec<&Program> = existing.iter().chain([&program]).collect();
        live::note_versions(tx, workspace, &versions)?;
        Ok::<_, Error>((outcome, document))
    })?;
    if let Some(document) = document {
        document.put_in_place().map_err(|error| {
            error.hint("the books name the version already, and nothing of the program is done without its document: apply the very same document again")
        })?;
    }
    Ok(ApplyOutcome {
        id: program.id,
        version: program.version,
        effective_from: program.effective_from,
        outcome,
    })
}

/// The applied versions of a program. The very document that is applied may be damaged: it is written anew.
fn existing(workspace: &Workspace, program: &Program, target: &Path) -> Result<Vec<Program>> {
    let mut existing = Vec::new();
    for file in document_files(&workspace.programs().join(&program.id))? {
        match read_applied(&file, &program.id) {
            Ok(version) => existing.push(version),
            Err(_) if file == target => {}
            Err(error) => return Err(error),
        }
    }
    Ok(existing)
}

/// Whether a document may be put into force, by what there is and what the books name.
fn may_apply(
    tx: &mut Tx<'_>,
    workspace: &Workspace,
    program: &Program,
    existing: &[Program],
    context: &Context<'_>,
) -> Result<Applied> {
    live::must_be_the_only_one(tx, workspace, program)?;
    let named = named::of(tx, workspace, &program.id)?;
    let standing = runs::standing_in(tx, Some(&program.id))?;
    let (runs, _) = runs::opened(workspace, standing.clone());
    // A document that the books name, or that runs were made by, is not new: it comes back, and changes no settled period.
    let made = runs.iter().any(|run| run.record.program_hash == program.hash);
    let settled_until = match made || named.contains(program) {
        true => None,
        false if program.conversion().is_some() => live::booked_until(tx, program, context)?,
        false => runs::posted_until(&standing),
    };
    let outcome = match named.has_other(program) {
        true => Err(Refused::Immutable {
            id: program.id.clone(),
            version: program.version,
        }),
        false => registry::check_apply(existing, program, settled_until),
    };
    outcome.map_err(|refusal| Error::refused(refusal.code(), refusal.to_string()).hint(refusal.hint()))
}
