//! Putting a program version into force.

use crate::base::error::{Error, Result};
use crate::base::progress::Context;
use crate::inputs::programs::{self, SHIPPED, parse, read};
use crate::live;
use crate::runs;
use crate::workspace::Workspace;
use policy::program::Program;
use policy::registry::{self, Applied};
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

/// Puts a document into the books, and so into force. The same bytes again change nothing.
pub fn apply(workspace: &Workspace, reference: &str, context: &Context<'_>) -> Result<ApplyOutcome> {
    context.may_write()?;
    let program = match SHIPPED.iter().find(|(id, _)| *id == reference) {
        Some((id, text)) if !Path::new(reference).is_file() => parse(&format!("programs/{id}.toml"), text)?,
        _ => read(Path::new(reference))?,
    };
    let books = workspace.books_to_write(context)?;
    let outcome = books.write(context.by(), context.recorded, |tx| {
        let outcome = may_apply(tx, &program, context)?;
        if let Applied::New { .. } = outcome {
            programs::put(tx, &program)?;
        }
        Ok::<_, Error>(outcome)
    })?;
    Ok(ApplyOutcome {
        id: program.id,
        version: program.version,
        effective_from: program.effective_from,
        outcome,
    })
}

/// Whether a document may be put into force, by what is applied and what was booked by it.
fn may_apply(tx: &mut Tx<'_>, program: &Program, context: &Context<'_>) -> Result<Applied> {
    live::must_be_the_only_one(tx, program)?;
    let settled_until = match program.conversion() {
        Some(_) => live::booked_until(tx, program, context)?,
        None => runs::posted_until(&runs::standing_in(tx, Some(&program.id))?),
    };
    let existing = programs::applied(tx, &program.id)?;
    registry::check_apply(&existing, program, settled_until)
        .map_err(|refusal| Error::refused(refusal.code(), refusal.to_string()).hint(refusal.hint()))
}
