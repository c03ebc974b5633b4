//! Program documents: those that come with Permille, those that are applied, and the one that somebody names.

use crate::base::error::{Error, Result};
use crate::workspace::{Workspace, records};
use policy::program::Program;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use store::{Record, Tx};

/// The documents that come with Permille, by id.
pub const SHIPPED: &[(&str, &str)] = &[
    ("bits", include_str!("../../../../programs/bits.toml")),
    (
        "capped-campaign",
        include_str!("../../../../programs/capped-campaign.toml"),
    ),
    (
        "creator-fund",
        include_str!("../../../../programs/creator-fund.toml"),
    ),
    (
        "creator-rewards",
        include_str!("../../../../programs/creator-rewards.toml"),
    ),
    (
        "fan-powered",
        include_str!("../../../../programs/fan-powered.toml"),
    ),
    ("live-gifts", include_str!("../../../../programs/live-gifts.toml")),
    ("open-pool", include_str!("../../../../programs/open-pool.toml")),
    ("pulse", include_str!("../../../../programs/pulse.toml")),
    (
        "streamshare",
        include_str!("../../../../programs/streamshare.toml"),
    ),
    (
        "youtube-shorts",
        include_str!("../../../../programs/youtube-shorts.toml"),
    ),
];

/// Parses a document; all that is wrong with it becomes one error.
pub fn parse(name: &str, text: &str) -> Result<Program> {
    policy::parse(name, text).map_err(|diagnostics| {
        let rendered: Vec<_> = diagnostics
            .iter()
            .map(|diagnostic| diagnostic.render(text))
            .collect();
        Error::bad_input("program/invalid", rendered.join("\n"))
    })
}

/// The largest document.
const MAX_BYTES: u64 = 16 << 20;

/// Reads and parses a document file.
pub fn read(path: &Path) -> Result<Program> {
    let text = lake::sound::text_at_most(path, MAX_BYTES).map_err(|e| unreadable(path, &e))?;
    parse(&path.display().to_string(), &text)
}

/// Kind of the records: one for each applied version, which is never changed.
const KIND: &str = "program";

/// An applied version as the books keep it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Applied {
    /// BLAKE3 of the document.
    hash: String,
    /// The document as it was written.
    document: String,
}

/// The applied programs.
#[derive(Debug, Default)]
pub struct Documents {
    /// Every applied version, sorted by id and version; none of a program of which one cannot be read.
    pub programs: Vec<Program>,
    /// Programs of which a document cannot be read, with the reason.
    pub damaged: BTreeMap<String, Error>,
}

/// The id of a version's record.
fn record_id(id: &str, version: u32) -> String {
    format!("{id}/{version:06}")
}

/// Puts a version into the books.
pub(crate) fn put(tx: &mut Tx<'_>, program: &Program) -> Result<()> {
    let applied = Applied {
        hash: program.hash.clone(),
        document: program.source.clone(),
    };
    records::put(tx, KIND, &record_id(&program.id, program.version), 0, &applied)
}

/// Reads every applied version. A document that cannot be read is in the way of its own program alone.
pub(crate) fn documents_in(tx: &mut Tx<'_>) -> Result<Documents> {
    read_applied(tx, "")
}

/// The same of a workspace; without books nothing was applied.
pub fn documents(workspace: &Workspace) -> Result<Documents> {
    workspace.read_if_any(documents_in)
}

fn read_applied(tx: &mut Tx<'_>, prefix: &str) -> Result<Documents> {
    let mut documents = Documents::default();
    for (record, stored) in tx.records_one_by_one(KIND, prefix)? {
        let id = record.rsplit_once('/').map_or(&*record, |(id, _)| id);
        match stored.map_err(Error::from).and_then(|stored| of_record(&stored)) {
            Ok(program) => documents.programs.push(program),
            Err(error) => {
                documents.damaged.entry(id.to_owned()).or_insert(error);
            }
        }
    }
    let damaged = &documents.damaged;
    documents
        .programs
        .retain(|program| !damaged.contains_key(&program.id));
    // By id as ids are compared everywhere: in records a longer one may come before a shorter one.
    documents
        .programs
        .sort_by(|a, b| (&a.id, a.version).cmp(&(&b.id, b.version)));
    Ok(documents)
}

/// An applied version, if its record holds what it says.
fn of_record(stored: &Record) -> Result<Program> {
    let applied = records::parse::<Applied>(stored)?.value;
    let program = parse(&format!("program {}", stored.id), &applied.document)?;
    if program.hash == applied.hash && record_id(&program.id, program.version) == stored.id {
        return Ok(program);
    }
    Err(Error::bad_input(
        "program/changed",
        format!("record `{}` does not hold the document that was applied", stored.id),
    )
    .hint("an applied version is immutable: restore the books from a backup, and apply the change as a new version"))
}

/// The applied versions of one program, sorted; none where there is none.
pub(crate) fn applied(tx: &mut Tx<'_>, id: &str) -> Result<Vec<Program>> {
    let mut documents = read_applied(tx, &format!("{id}/"))?;
    match documents.damaged.pop_first() {
        Some((_, damaged)) => Err(damaged),
        None => Ok(documents.programs),
    }
}

/// The same of a workspace.
fn applied_to(workspace: &Workspace, id: &str) -> Result<Vec<Program>> {
    workspace.read_if_any(|tx| applied(tx, id))
}

/// A conflict where a version is applied that is not among those that were read: somebody applied it meanwhile, and what is decided
/// without it may not be written.
pub(crate) fn must_be_all(tx: &mut Tx<'_>, id: &str, read: &[&Program]) -> Result<()> {
    let there = tx.records_one_by_one(KIND, &format!("{id}/"))?.len();
    match there == read.len() {
        true => Ok(()),
        false => Err(records::conflict(KIND, id)),
    }
}

/// The applied versions of one program; an error that teaches when there is none.
pub fn versions_of(workspace: &Workspace, id: &str) -> Result<Vec<Program>> {
    workspace
        .read_if_any(|tx| versions_in(tx, id).map(Some))?
        .map_or_else(|| Err(unknown(id, &[])), Ok)
}

/// The same of these books.
pub(crate) fn versions_in(tx: &mut Tx<'_>, id: &str) -> Result<Vec<Program>> {
    let versions = applied(tx, id)?;
    if !versions.is_empty() {
        return Ok(versions);
    }
    let mut known: Vec<_> = documents_in(tx)?
        .programs
        .into_iter()
        .map(|program| program.id)
        .collect();
    known.dedup();
    Err(unknown(id, &known))
}

/// The error of a program that is not among those that are applied.
fn unknown(id: &str, known: &[String]) -> Error {
    let hint = if SHIPPED.iter().any(|(shipped, _)| *shipped == id) {
        format!("it comes with Permille: `permille program apply {id}` puts it into force")
    } else if known.is_empty() {
        "no program is applied: `permille program list` shows those that come with Permille, `permille program apply ID` applies one".to_owned()
    } else {
        format!(
            "applied are {}; `permille program list` shows all",
            known.join(", ")
        )
    };
    Error::usage("program/unknown", format!("no program `{id}` is applied")).hint(hint)
}

/// Finds the program somebody names: a document's path, `id`, or `id@version`. Applied versions win
/// over shipped documents; without a version the newest is meant.
pub fn resolve(workspace: Option<&Workspace>, reference: &str) -> Result<Program> {
    let path = Path::new(reference);
    if reference.ends_with(".toml") || path.is_file() {
        return read(path);
    }
    let (id, version) = match reference.split_once('@') {
        Some((id, version)) => {
            let version: u32 = version.parse().map_err(|_| {
                Error::usage(
                    "program/reference",
                    format!("`{version}` in `{reference}` is not a version number"),
                )
            })?;
            (id, Some(version))
        }
        None => (reference, None),
    };
    let mut candidates = match workspace {
        Some(workspace) => applied_to(workspace, id)?,
        None => Vec::new(),
    };
    if candidates.is_empty()
        && let Some((_, text)) = SHIPPED.iter().find(|(shipped, _)| *shipped == id)
    {
        candidates.push(parse(&format!("programs/{id}.toml"), text)?);
    }
    if candidates.is_empty() {
        return Err(Error::usage(
            "program/unknown",
            format!("no program `{id}` is applied or shipped, and no such file exists"),
        )
        .hint("`permille program list` shows applied and shipped programs"));
    }
    let known: Vec<_> = candidates
        .iter()
        .map(|program| program.version.to_string())
        .collect();
    let chosen = match version {
        Some(version) => candidates.into_iter().find(|program| program.version == version),
        None => candidates.pop(),
    };
    chosen.ok_or_else(|| {
        Error::usage(
            "program/unknown-version",
            format!(
                "`{reference}` does not exist; versions of {id}: {}",
                known.join(", ")
            ),
        )
    })
}

/// Refuses a program that counts no views and settles no periods, kindly.
pub fn refuse_conversion(program: &Program) -> Result<()> {
    if program.conversion().is_none() {
        return Ok(());
    }
    let message = format!("{} counts no views and settles no periods", program.id);
    Err(Error::refused("program/conversion", message)
        .hint("LIVE gifts are booked from gift frames: `permille live book`"))
}

/// Finds the program somebody names, and makes sure that it counts views.
pub fn resolve_counting(workspace: Option<&Workspace>, reference: &str) -> Result<Program> {
    let program = resolve(workspace, reference)?;
    refuse_conversion(&program)?;
    Ok(program)
}

/// A document that is not there is a wrong request; one that is no text is wrong input.
fn unreadable(path: &Path, source: &std::io::Error) -> Error {
    match source.kind() {
        std::io::ErrorKind::NotFound => {
            Error::usage("program/unknown", format!("no document {}", path.display()))
                .hint("`permille program list` shows applied and shipped programs")
        }
        std::io::ErrorKind::InvalidData => Error::bad_input(
            "program/invalid",
            format!("{} is no document: {source}", path.display()),
        ),
        _ => Error::unreadable(path, source),
    }
}
