//! Restate: run a closed period again with what has been stored since, under the program version it was settled with,
//! and post only the difference.

use crate::base::error::{Error, Result, again_on_conflict};
use crate::base::progress::Context;
use crate::books::{Attribution, Posted, ToPost};
use crate::inputs::reader::Reader;
use crate::inputs::traffic_lists;
use crate::runs::{self, Run, Stage, parse_period, period};
use crate::settling::before::Before;
use crate::settling::replay;
use crate::settling::settle::{Made, Outcome, settle_one};
use crate::workspace::Workspace;
use crate::workspace::books::Books;
use lake::archive::StoredBefore;
use policy::program::{CapScope, Program};

/// What a restatement did.
#[derive(Clone, Debug)]
pub struct Restated {
    /// The run that stood in the books before.
    pub before: Run,
    /// The run that stands there now.
    pub outcome: Outcome,
    /// What was posted.
    pub posted: Posted,
}

/// Restates a closed period. `stored_before` is the new bound: commits of the archive up to this number; `None`: all.
pub fn restate(
    workspace: &Workspace,
    program: &str,
    period: &str,
    stored_before: Option<u64>,
    context: &Context<'_>,
) -> Result<Restated> {
    again_on_conflict(|| restate_once(workspace, program, period, stored_before, context))
}

fn restate_once(
    workspace: &Workspace,
    program: &str,
    period: &str,
    stored_before: Option<u64>,
    context: &Context<'_>,
) -> Result<Restated> {
    let versions = crate::inputs::programs::versions_of(workspace, program)?;
    let period = parse_period(period, versions[0].period)?;
    let store = workspace.books_to_write(context)?;
    let (read, chosen) = store.read(|tx| {
        let chosen = match runs::latest_in(tx, &workspace.blobs(), program, &period)? {
            Some(run) => own_version(&versions, &run)?,
            None => &versions[0],
        };
        Ok::<_, Error>((Before::read(tx, workspace, chosen, &period)?, chosen))
    })?;
    let (Some(state), Some(before)) = (&read.state, &read.run) else {
        return Err(Error::refused(
            "restate/not-settled",
            format!("{program} {period} is not settled"),
        )
        .hint("`permille settle` settles it"));
    };
    let state = &state.value;
    if state.stage == Stage::Estimated {
        return Err(
            Error::refused("restate/open", format!("{program} {period} is not closed"))
                .hint("an open period is simply settled again: `permille settle`"),
        );
    }
    if state.locked {
        return Err(
            Error::refused("restate/locked", format!("{program} {period} is locked"))
                .hint("a locked period stays as it is: what changed since is not paid by this program"),
        );
    }
    let archive = workspace.archive()?;
    let last = archive.last_commit();
    let bound = bound(stored_before, before.record.stored_before, last)?;
    let configured = traffic_lists::in_force(workspace)?;
    let reader = Reader::new(&archive, bound, &configured.lists, workspace);
    context.progress.stage("settling", Some(1));
    let mended = replay::put_back_files(&reader, before, context)?;
    let mut outcome = settle_one(&reader, chosen, &period, &read, &configured, context)?;
    outcome.notes.extend(mended);
    let posted = if outcome.what == Made::Unchanged {
        Posted::default()
    } else {
        let runs = (before, &outcome.run);
        let reasons = Attribution::between(&reader, chosen, &period, runs, context)?;
        let to_post = ToPost::read(&outcome.run, Some(before))?;
        store.write(context.by(), context.recorded, |tx| {
            read.must_be_so(tx, workspace, chosen, &period)?;
            to_post.post(tx, chosen, Some(&reasons))
        })?
    };
    if posted.transactions > 0 && chosen.caps.iter().any(|cap| cap.scope == CapScope::Budget) {
        outcome
            .notes
            .extend(after_it(&store, program, &period.to_string())?);
    }
    Ok(Restated {
        before: before.clone(),
        outcome,
        posted,
    })
}

/// The new bound: as asked for, else all that is stored. Nothing that the run in the books has seen is forgotten.
fn bound(asked: Option<u64>, seen: u64, last: u64) -> Result<StoredBefore> {
    let Some(bound) = asked else {
        return Ok(StoredBefore(last));
    };
    if bound > last {
        return Err(Error::usage(
            "restate/bound",
            format!("the archive has commits up to {last}, not {bound}"),
        ));
    }
    if bound < seen {
        return Err(Error::refused(
            "restate/bound",
            format!("the run in the books has seen commits up to {seen}, and {bound} would forget what came after"),
        )
        .hint("name a later bound, or none for all that is stored; events are taken out with `permille invalidate`"));
    }
    Ok(StoredBefore(bound))
}

/// What later periods have of a budget depends on this one: they are named, since nothing settles them by itself.
fn after_it(store: &Books, program: &str, period: &str) -> Result<Option<String>> {
    let all = store.read(|tx| period::all(tx, Some(program)))?;
    let later = all.into_iter().map(|(_, name, _)| name);
    let later: Vec<String> = later.filter(|name| name.as_str() > period).collect();
    Ok((!later.is_empty()).then(|| {
        format!(
            "the program has a budget, and what later periods have left of it has changed: restate them too, in order: {}",
            later.join(", ")
        )
    }))
}

/// The version that the period was settled with, by its document's hash.
fn own_version<'v>(versions: &'v [Program], run: &Run) -> Result<&'v Program> {
    let found = versions
        .iter()
        .find(|version| version.hash == run.record.program_hash);
    found.ok_or_else(|| {
        Error::bad_input(
            "restate/version-gone",
            format!(
                "version {} of {}, which settled the period, is gone",
                run.record.version, run.record.program
            ),
        )
        .hint("restore the books from a backup")
    })
}
