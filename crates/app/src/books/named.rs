//! Which program versions the books name: the newest of each program that was applied to them, or that something was booked or paid by.
//!
//! Documents of programs lie beside the books, and may be lost or never brought over. An older document in the place of a newer one
//! would pay by rules that no longer hold, so the books keep which is the newest. This module only tells what is missing; whoever
//! needs the document decides what waits.

use super::period;
use crate::error::Result;
use crate::records;
use crate::runs::{self, Run};
use crate::workspace::Workspace;
use jiff::civil::Date;
use policy::program::Program;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::Tx;

/// Kind of the records.
const KIND: &str = "program";

/// A version that the books name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Named {
    /// The version.
    pub version: u32,
    /// BLAKE3 of its document.
    pub hash: String,
}

impl Named {
    /// What is missing among the documents there are; none where this version is there, or a newer one that is in force.
    pub(crate) fn missing(&self, programs: &[&Program], today: Date) -> Option<String> {
        let stands = |program: &&Program| {
            let is_newer = program.version > self.version && program.effective_from <= today;
            is_newer || (program.version == self.version && program.hash == self.hash)
        };
        if programs.iter().any(stands) {
            return None;
        }
        Some(match programs.is_empty() {
            true => NOT_THERE.to_owned(),
            false => format!(
                "version {} of its document, which the books were made by, is not in this workspace",
                self.version
            ),
        })
    }
}

/// What is missing of a program without any document.
pub(crate) const NOT_THERE: &str = "its document is not in this workspace";

/// Notes that something is booked or paid by a version; an older one than is noted changes nothing.
pub(crate) fn note(tx: &mut Tx<'_>, workspace: &Workspace, program: &Program) -> Result<()> {
    let noted = records::get::<Named>(tx, KIND, &program.id)?;
    let version = noted.as_ref().map_or(0, |noted| noted.version);
    let before = match noted {
        Some(noted) => Some(noted.value),
        None => of_runs(tx, workspace, Some(&program.id))?.remove(&program.id),
    };
    let now = Named {
        version: program.version,
        hash: program.hash.clone(),
    };
    let is_noted = version > 0;
    match before {
        Some(before) if before.version >= now.version && is_noted => Ok(()),
        Some(before) if before.version >= now.version => {
            records::put(tx, KIND, &program.id, version, &before)
        }
        _ => records::put(tx, KIND, &program.id, version, &now),
    }
}

/// Every program that the books name, with the newest version of it.
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
    let mut newest: BTreeMap<String, Named> = BTreeMap::new();
    for (id, name, state) in period::all(tx, program)? {
        if noted.iter().any(|(noted, _)| *noted == id) {
            continue;
        }
        let folder = workspace.runs().join(&id).join(&name);
        let Ok(run) = Run::open(&folder.join(runs::folder_name(state.value.run))) else {
            continue;
        };
        let (version, hash) = (run.record.version, run.record.program_hash);
        let known = newest.entry(id).or_insert_with(|| Named {
            version,
            hash: hash.clone(),
        });
        if version > known.version {
            *known = Named { version, hash };
        }
    }
    Ok(newest)
}
