//! `permille archive` and `permille quarantine`.

use crate::args;
use crate::args::Format;
use crate::output::{Align, Listing, grouped};
use crate::session::Session;
use app::base::error::Result;
use app::workspace::backup::{self, Which};
use event::kind::Kind;
use lake::archive::StoredBefore;
use serde_json::json;

/// Lists what the archive holds, by kind.
pub fn list(session: &Session) -> Result<()> {
    let archive = session.workspace()?.archive()?;
    let mut listing = Listing::new(&[
        ("kind", Align::Left),
        ("rows", Align::Right),
        ("files", Align::Right),
        ("first_day", Align::Left),
        ("last_day", Align::Left),
    ]);
    let mut results = Vec::new();
    for kind in Kind::ALL {
        let files = archive.all_files(kind, StoredBefore(archive.last_commit()));
        if files.is_empty() {
            continue;
        }
        let rows: u64 = files.iter().map(|file| file.rows).sum();
        let first = files
            .iter()
            .map(|file| file.date)
            .min()
            .map_or_else(String::new, |date| date.to_string());
        let last = files
            .iter()
            .map(|file| file.date)
            .max()
            .map_or_else(String::new, |date| date.to_string());
        listing.row(vec![
            kind.name().to_owned(),
            grouped(rows),
            grouped(files.len() as u64),
            first.clone(),
            last.clone(),
        ]);
        results.push(json!({ "kind": kind.name(), "rows": rows, "files": files.len(), "first_day": first, "last_day": last }));
    }
    session.output.listing(
        &listing,
        "the archive is empty: `permille import KIND FILE...` fills it",
        &results,
    )
}

/// Lists rows that could not be read.
pub fn quarantine(args: &args::Quarantine, session: &Session) -> Result<()> {
    let archive = session.workspace()?.archive()?;
    let mut rows = Vec::new();
    let mut more = false;
    let limit = args.limit.rows(session.output.format);
    let wanted = args.kind.map(Kind::name);
    archive
        .quarantine(|row| {
            if wanted.is_none_or(|kind| kind == row.kind) {
                more = rows.len() == limit;
                if !more {
                    rows.push(row);
                }
            }
            !more
        })
        .map_err(|e| app::base::error::Error::bad_input("archive/quarantine", e.to_string()))?;
    let mut listing = Listing::new(&[
        ("kind", Align::Left),
        ("file", Align::Left),
        ("line", Align::Right),
        ("field", Align::Left),
        ("reason", Align::Left),
        ("row", Align::Left),
    ]);
    for row in &rows {
        let shown: String = match session.output.format {
            Format::Table => row.row.chars().take(SHOWN).collect(),
            _ => row.row.clone(),
        };
        listing.row(vec![
            row.kind.clone(),
            row.file.clone(),
            row.line.to_string(),
            row.field.clone(),
            row.reason.clone(),
            shown,
        ]);
    }
    session.output.listing(&listing, "no row is quarantined", &rows)?;
    if more {
        session.output.left_out(&format!("the first {limit} rows"))?;
    }
    Ok(())
}

/// Characters of a quarantined row shown in a table.
const SHOWN: usize = 60;

/// Copies the workspace.
pub fn back_up(args: &args::Backup, session: &Session) -> Result<()> {
    let workspace = session.workspace()?;
    let which = if args.files { Which::Files } else { Which::All };
    let done = session.work(Some(&workspace), |context| {
        backup::back_up(&workspace, &args.dir, which, context)
    })?;
    if session.output.format == Format::Json {
        return session.output.json(&done);
    }
    let folder = done.folder.display();
    let (books, store) = match &done.books {
        Some(_) => ("", ""),
        None if args.files => (" without books", " --store URL"),
        None => (", and there were no books", ""),
    };
    session.output.text(&format!(
        "{folder} has {} files, {} bytes{books}\nnext: check it with `permille -w {folder}{store} verify` and `permille -w {folder}{store} ledger verify`",
        grouped(done.files),
        grouped(done.bytes)
    ))
}
