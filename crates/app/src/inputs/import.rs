//! Import files of events through a mapping.

use crate::base::config::DEFAULT_MEMORY;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::failure::{archive_error, import_error};
use crate::base::progress::Context;
use crate::workspace::Workspace;
use crate::workspace::commits::Log;
use event::kind::Kind;
use event::mapping::Mapping;
use lake::archive::Archive;
use lake::import::{ImportOptions, ImportReport, Progress};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Mappings that come with Permille, by name.
pub const SHIPPED_MAPPINGS: &[(&str, &str)] = &[
    (
        "gift-catalogue",
        include_str!("../../../../mappings/gift-catalogue.toml"),
    ),
    ("kuairand", include_str!("../../../../mappings/kuairand.toml")),
    (
        "open-bandit",
        include_str!("../../../../mappings/open-bandit.toml"),
    ),
    (
        "tiktok-live",
        include_str!("../../../../mappings/tiktok-live.toml"),
    ),
];

/// The largest mapping document, in bytes.
const MAX_MAPPING: u64 = 16 << 20;

/// Reads a mapping document, or takes a shipped one by its name.
pub fn mapping(reference: &Path) -> Result<Mapping> {
    let shipped = SHIPPED_MAPPINGS
        .iter()
        .find(|(name, _)| reference == Path::new(name));
    let (name, text) = match shipped {
        Some((name, text)) if !reference.is_file() => (format!("mappings/{name}.toml"), (*text).to_owned()),
        _ => {
            let text = lake::sound::text_at_most(reference, MAX_MAPPING).map_err(|e| {
                let names: Vec<_> = SHIPPED_MAPPINGS.iter().map(|(name, _)| *name).collect();
                Error::io("read the mapping", reference, &e).hint(format!(
                    "a mapping is a file, or one that comes with Permille: {}",
                    names.join(", ")
                ))
            })?;
            (reference.display().to_string(), text)
        }
    };
    Mapping::parse(&name, &text).map_err(|diagnostics| {
        let rendered: Vec<_> = diagnostics
            .iter()
            .map(|diagnostic| diagnostic.render(&text))
            .collect();
        Error::bad_input("mapping/invalid", rendered.join("\n"))
    })
}

/// Imports files. What is finished stays when a later file fails.
pub fn import(
    workspace: &Workspace,
    kind: Kind,
    files: &[PathBuf],
    mapping: Option<&Mapping>,
    context: &Context<'_>,
) -> Result<ImportReport> {
    let books = workspace.books_to_write(context)?;
    let mut log = Log::new(workspace, &books, context)?;
    let mut archive = Archive::of(log.root(), Vec::new()).map_err(archive_error)?;
    log.publish()?;
    let current = Mutex::new(PathBuf::new());
    let committed = AtomicU64::new(0);
    let progress = |step: Progress<'_>| {
        if let Progress::Committed { .. } = step {
            committed.fetch_add(1, Ordering::Relaxed);
        }
        if let Progress::Reading {
            file, bytes, total, ..
        } = step
        {
            if let Ok(mut current) = current.lock()
                && *current != file
            {
                *current = file.to_owned();
                let name = file
                    .file_name()
                    .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
                context.progress.stage(&format!("importing {name}"), Some(total));
            }
            context.progress.position(bytes);
        }
    };
    let options = ImportOptions {
        memory: usize::try_from(context.memory.unwrap_or(DEFAULT_MEMORY)).unwrap_or(usize::MAX),
        stored_at: context.clock,
        cancel: context.cancel,
        progress: &progress,
    };
    lake::import::import_into(&mut archive, &mut log, kind, files, mapping, options).map_err(|e| {
        let mut error = import_error(&e);
        let finished = committed.load(Ordering::Relaxed);
        if finished > 0 && error.kind != ErrorKind::Cancelled {
            error.message.push_str(&format!(
                "; the {finished} files before it are stored, run again after mending it"
            ));
        }
        error
    })
}
