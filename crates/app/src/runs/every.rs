//! Every run that there was: those whose folders are here, and those that the books have.

use super::folders::{Place, folders, run_folder};
use super::left::{Left, Partly};
use super::period;
use super::run::Run;
use crate::base::error::Result;
use crate::workspace::Workspace;
use std::collections::BTreeMap;
use store::Tx;

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
        let folder = run_folder(workspace, &place.0, &place.1, place.2);
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
