//! Program documents: those that come with Permille, those that are applied, and the one that somebody names.

use crate::base::error::{Error, Result};
use crate::workspace::Workspace;
use crate::workspace::files::sorted_entries;
use policy::program::Program;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

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

/// The documents of a workspace.
#[derive(Debug, Default)]
pub struct Documents {
    /// Every applied version that can be read, sorted by id and version; none of a program of which one cannot.
    pub programs: Vec<Program>,
    /// Programs of which a document cannot be read, with the reason.
    pub damaged: BTreeMap<String, Error>,
}

/// Reads every applied version. A document that cannot be read is in the way of its own program alone.
pub fn documents(workspace: &Workspace) -> Result<Documents> {
    let mut documents = Documents::default();
    for folder in sorted_entries(&workspace.programs())? {
        let id = folder
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        match of_folder(&folder, &id) {
            Ok(programs) => documents.programs.extend(programs),
            Err(error) => {
                documents.damaged.insert(id, error);
            }
        }
    }
    documents
        .programs
        .sort_by(|a, b| (&a.id, a.version).cmp(&(&b.id, b.version)));
    Ok(documents)
}

/// The applied versions in a program's folder, sorted.
fn of_folder(folder: &Path, id: &str) -> Result<Vec<Program>> {
    let files = document_files(folder)?;
    let programs: Result<Vec<Program>> = files.iter().map(|file| read_applied(file, id)).collect();
    let mut programs = programs?;
    programs.sort_by_key(|program| program.version);
    Ok(programs)
}

/// The documents in a folder; none in what is no folder.
pub(crate) fn document_files(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut files = sorted_entries(folder)?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "toml"));
    Ok(files)
}

/// The applied versions of one program; an error that teaches when there is none.
pub fn versions_of(workspace: &Workspace, id: &str) -> Result<Vec<Program>> {
    let is_name = !id.is_empty() && Path::new(id).components().count() == 1;
    let versions = match is_name {
        true => of_folder(&workspace.programs().join(id), id)?,
        false => Vec::new(),
    };
    if !versions.is_empty() {
        return Ok(versions);
    }
    if is_name && workspace.runs().join(id).is_dir() {
        return Err(Error::bad_input(
            "program/missing",
            format!("program `{id}` has been settled here, and its document is not in this workspace"),
        )
        .hint(how_to_mend(id)));
    }
    let mut known: Vec<_> = documents(workspace)?
        .programs
        .into_iter()
        .map(|program| program.id)
        .collect();
    known.dedup();
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
    Err(Error::usage("program/unknown", format!("no program `{id}` is applied")).hint(hint))
}

/// What brings a missing document back.
pub(crate) fn how_to_mend(id: &str) -> String {
    format!(
        "restore .permille/programs/{id} from a backup, or apply the very same document again: `permille program apply FILE`"
    )
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
        Some(workspace) => of_folder(&workspace.programs().join(id), id)?,
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

/// Reads an applied version of a program and makes sure that it is still what was applied: the file's name carries its hash.
pub(crate) fn read_applied(file: &Path, id: &str) -> Result<Program> {
    let program = read(file)?;
    if program.id != id {
        return Err(Error::bad_input(
            "program/changed",
            format!(
                "{} is a document of program `{}`, in the folder of `{id}`",
                file.display(),
                program.id
            ),
        )
        .hint("move it to the folder of its program, or remove it"));
    }
    let expected = file_name(program.version, &program.hash);
    if file
        .file_name()
        .is_some_and(|name| name.to_string_lossy() == expected)
    {
        return Ok(program);
    }
    Err(Error::bad_input(
        "program/changed",
        format!("{} is no longer the document that was applied", file.display()),
    )
    .hint("an applied version is immutable: restore the file from a backup, and apply the change as a new version"))
}

/// `0001-9f86d081884c7d65.toml`: version, and the first digits of the document's hash.
pub(crate) fn file_name(version: u32, hash: &str) -> String {
    let hash: String = hash.chars().take(HASH_DIGITS).collect();
    format!("{version:04}-{hash}.toml")
}

/// Digits of the hash in a version's file name.
const HASH_DIGITS: usize = 32;

pub(crate) fn version_file(workspace: &Workspace, program: &Program) -> PathBuf {
    workspace
        .programs()
        .join(&program.id)
        .join(file_name(program.version, &program.hash))
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
