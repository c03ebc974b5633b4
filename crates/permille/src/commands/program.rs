//! `permille program check | apply | list | show | diff`.

use crate::args;
use crate::output::{Align, Listing};
use crate::session::Session;
use app::base::error::{Error, Result};
use app::inputs::programs::{self, Documents};
use app::settling::apply;
use policy::registry::Applied;
use serde_json::json;
use std::path::PathBuf;

/// Runs a program command.
pub fn run(command: args::Program, session: &Session) -> Result<()> {
    match command {
        args::Program::Check { files } => check(&files, session),
        args::Program::Apply { documents } => apply(&documents, session),
        args::Program::List => list(session),
        args::Program::Show {
            program,
            version,
            source,
        } => show(&program, version, source, session),
        args::Program::Diff { old, new } => diff(&old, &new, session),
    }
}

fn check(files: &[PathBuf], session: &Session) -> Result<()> {
    let mut wrong = Vec::new();
    let mut results = Vec::new();
    let mut listing = Listing::new(&[
        ("file", Align::Left),
        ("program", Align::Left),
        ("version", Align::Right),
        ("effective_from", Align::Left),
    ]);
    for file in files {
        match programs::read(file) {
            Ok(program) => {
                listing.row(vec![
                    file.display().to_string(),
                    program.id.clone(),
                    program.version.to_string(),
                    program.effective_from.to_string(),
                ]);
                results.push(json!({ "file": file, "ok": true, "program": program.id, "version": program.version, "hash": program.hash }));
            }
            Err(error) => wrong.push(error),
        }
    }
    if !listing.is_empty() {
        session.output.listing(&listing, "", &results)?;
    }
    match wrong.len() {
        0 => Ok(()),
        1 => Err(wrong.remove(0)),
        _ => {
            let messages: Vec<_> = wrong.iter().map(|error| error.message.as_str()).collect();
            Err(Error::new(wrong[0].kind, wrong[0].code, messages.join("\n")))
        }
    }
}

fn apply(documents: &[String], session: &Session) -> Result<()> {
    let workspace = session.workspace()?;
    let mut listing = Listing::new(&[
        ("program", Align::Left),
        ("version", Align::Right),
        ("effective_from", Align::Left),
        ("result", Align::Left),
    ]);
    let mut results = Vec::new();
    for document in documents {
        let outcome = session.work(Some(&workspace), |context| {
            apply::apply(&workspace, document, context)
        })?;
        let result = match outcome.outcome {
            Applied::New { .. } => "applied",
            Applied::AlreadyApplied => "already applied, unchanged",
        };
        listing.row(vec![
            outcome.id.clone(),
            outcome.version.to_string(),
            outcome.effective_from.to_string(),
            result.to_owned(),
        ]);
        results.push(json!({
            "program": outcome.id, "version": outcome.version,
            "effective_from": outcome.effective_from.to_string(), "applied": matches!(outcome.outcome, Applied::New { .. }),
        }));
    }
    session.output.listing(&listing, "", &results)
}

fn list(session: &Session) -> Result<()> {
    let workspace = session.workspace_if_any()?;
    let Documents {
        programs: applied,
        damaged,
    } = match &workspace {
        Some(workspace) => programs::documents(workspace)?,
        None => Documents::default(),
    };
    let mut listing = Listing::new(&[
        ("program", Align::Left),
        ("version", Align::Right),
        ("effective_from", Align::Left),
        ("period", Align::Left),
        ("state", Align::Left),
        ("name", Align::Left),
    ]);
    let mut results = Vec::new();
    let mut add = |program: &policy::program::Program, state: &str| {
        listing.row(vec![
            program.id.clone(),
            program.version.to_string(),
            program.effective_from.to_string(),
            program.period.name().to_owned(),
            state.to_owned(),
            program.name.clone(),
        ]);
        results.push(json!({
            "program": program.id, "version": program.version, "name": program.name, "state": state,
            "effective_from": program.effective_from.to_string(), "period": program.period.name(), "hash": program.hash,
        }));
    };
    for program in &applied {
        add(program, "applied");
    }
    for (id, text) in programs::SHIPPED {
        let is_here = applied.iter().any(|program| program.id == *id) || damaged.contains_key(*id);
        if !is_here {
            add(&programs::parse(&format!("programs/{id}.toml"), text)?, "shipped");
        }
    }
    session.output.listing(&listing, "no program", &results)?;
    // All that can be listed is listed first.
    match damaged.into_values().next() {
        Some(damaged) => Err(damaged),
        None => Ok(()),
    }
}

fn show(reference: &str, version: Option<u32>, source: bool, session: &Session) -> Result<()> {
    let workspace = session.workspace_if_any()?;
    let reference = match version {
        Some(version) => format!("{reference}@{version}"),
        None => reference.to_owned(),
    };
    let program = programs::resolve(workspace.as_ref(), &reference)?;
    if session.output.format == args::Format::Json {
        return session.output.json(&json!({
            "program": program.id, "version": program.version, "name": program.name, "hash": program.hash,
            "effective_from": program.effective_from.to_string(), "period": program.period.name(),
            "currency": program.asset.to_string(), "words": policy::describe(&program), "source": program.source,
        }));
    }
    session.output.text(&if source {
        program.source
    } else {
        policy::describe(&program)
    })
}

fn diff(old: &str, new: &str, session: &Session) -> Result<()> {
    let workspace = session.workspace_if_any()?;
    let old = programs::resolve(workspace.as_ref(), old)?;
    let new = programs::resolve(workspace.as_ref(), new)?;
    let changes = policy::diff(&old, &new);
    let mut listing = Listing::new(&[
        ("what", Align::Left),
        ("before", Align::Left),
        ("after", Align::Left),
    ]);
    let mut results = Vec::new();
    for change in &changes {
        let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
        listing.row(vec![
            change.path.clone(),
            shown(&change.before),
            shown(&change.after),
        ]);
        results.push(json!({ "path": change.path, "before": change.before, "after": change.after }));
    }
    session
        .output
        .listing(&listing, "no difference in meaning", &results)
}
