//! Which program versions the books name: every one that was applied to them, or that something was booked or paid by.
//!
//! Documents of programs lie beside the books, and may be lost or never brought over. Another version in the place of one that is
//! missing would settle, book and pay by rules that do not hold, so the books keep which there were. A program of which one is missing
//! waits as a whole: nothing of it is settled, booked or paid until it is back. This module only tells what is missing; whoever needs the
//! documents decides what waits.

use super::folders::run_folder;
use super::period;
use super::run::Run;
use crate::base::error::{Error, Result};
use crate::inputs::programs;
use crate::workspace::{Workspace, records};
use policy::program::Program;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::Tx;

/// Kind of the records.
const KIND: &str = "program-versions";

/// The versions of a program that the books name: BLAKE3 of each document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Named(BTreeMap<u32, String>);

impl Named {
    /// Whether this very document is among them.
    pub(crate) fn contains(&self, program: &Program) -> bool {
        self.0.get(&program.version) == Some(&program.hash)
    }

    /// Whether another document has the number of this one.
    pub(crate) fn has_other(&self, program: &Program) -> bool {
        self.0.contains_key(&program.version) && !self.contains(program)
    }

    /// Version and hash of those that are not among the documents there are.
    pub(crate) fn gone<'a>(&'a self, programs: &'a [&Program]) -> impl Iterator<Item = (u32, &'a str)> {
        let is_there = |version: u32, hash: &str| {
            programs
                .iter()
                .any(|program| program.version == version && program.hash == hash)
        };
        let all = self.0.iter().map(|(version, hash)| (*version, &**hash));
        all.filter(move |(version, hash)| !is_there(*version, hash))
    }

    /// What is missing among the documents there are, in words.
    pub(crate) fn missing(&self, programs: &[&Program]) -> Option<String> {
        let (version, _) = self.gone(programs).next()?;
        Some(match programs.is_empty() {
            true => NOT_THERE.to_owned(),
            false => {
                format!("version {version} of its document, which the books name, is not in this workspace")
            }
        })
    }

    /// Refuses to go on without a document that the books name.
    pub(crate) fn must_be_there(&self, id: &str, programs: &[&Program]) -> Result<()> {
        match self.missing(programs) {
            None => Ok(()),
            Some(missing) => Err(refusal(id, &missing)),
        }
    }
}

/// The error that a document of a program is missing.
pub(crate) fn refusal(id: &str, missing: &str) -> Error {
    Error::bad_input("program/missing", format!("program `{id}`: {missing}")).hint(programs::how_to_mend(id))
}

/// What is missing of a program without any document.
pub(crate) const NOT_THERE: &str = "its document is not in this workspace";

/// Notes versions of a program that were applied, or that something is booked or paid by. Of programs that may convert coins,
/// `live::note_versions` does, which notes that too.
pub(crate) fn note(tx: &mut Tx<'_>, workspace: &Workspace, versions: &[&Program]) -> Result<()> {
    let Some(id) = versions.first().map(|program| &program.id) else {
        return Ok(());
    };
    let noted = records::get::<Named>(tx, KIND, id)?;
    let version = noted.as_ref().map_or(0, |noted| noted.version);
    let before = noted.map(|noted| noted.value);
    let mut now = match &before {
        Some(before) => before.clone(),
        None => of_runs(tx, workspace, Some(id))?.remove(id).unwrap_or_default(),
    };
    for program in versions {
        if now.has_other(program) {
            return Err(refusal(
                id,
                &format!(
                    "the books name another document as version {} of it",
                    program.version
                ),
            ));
        }
        now.0.insert(program.version, program.hash.clone());
    }
    if before.as_ref() == Some(&now) {
        return Ok(());
    }
    records::put(tx, KIND, id, version, &now)
}

/// A conflict where the books name a version by now that is not among those that were read: somebody applied it meanwhile, and what is
/// decided without it may not be written.
pub(crate) fn must_be_all(tx: &mut Tx<'_>, id: &str, read: &[&Program]) -> Result<()> {
    let noted = records::get::<Named>(tx, KIND, id)?;
    match noted.is_some_and(|noted| noted.value.gone(read).next().is_some()) {
        true => Err(records::conflict(KIND, id)),
        false => Ok(()),
    }
}

/// The versions of one program that the books name.
pub(crate) fn of(tx: &mut Tx<'_>, workspace: &Workspace, id: &str) -> Result<Named> {
    match records::get::<Named>(tx, KIND, id)? {
        Some(noted) => Ok(noted.value),
        None => Ok(of_runs(tx, workspace, Some(id))?.remove(id).unwrap_or_default()),
    }
}

/// Every program that the books name, with its versions.
pub(crate) fn all(tx: &mut Tx<'_>, workspace: &Workspace) -> Result<BTreeMap<String, Named>> {
    let noted = records::list::<Named>(tx, KIND, "")?;
    let mut all = of_runs(tx, workspace, None)?;
    all.extend(noted.into_iter().map(|(id, noted)| (id, noted.value)));
    Ok(all)
}

/// What the runs of posted periods say, for programs that nothing is noted of: so it is in books of older versions. A run that is
/// gone says nothing: `permille verify` names it.
fn of_runs(tx: &mut Tx<'_>, workspace: &Workspace, program: Option<&str>) -> Result<BTreeMap<String, Named>> {
    let noted = records::list::<Named>(tx, KIND, program.unwrap_or(""))?;
    let mut all: BTreeMap<String, Named> = BTreeMap::new();
    for (id, name, state) in period::all(tx, program)? {
        if noted.iter().any(|(noted, _)| *noted == id) {
            continue;
        }
        let Ok(run) = Run::open(&run_folder(workspace, &id, &name, state.value.run)) else {
            continue;
        };
        let versions = &mut all.entry(id).or_default().0;
        versions.insert(run.record.version, run.record.program_hash);
    }
    Ok(all)
}
