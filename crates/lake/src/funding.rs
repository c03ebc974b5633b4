//! Money put into pools, as told by `funding` events.

use crate::archive::entries::reading;
use crate::archive::{ArchiveError, FileEntry};
use crate::import::batch::date_of;
use crate::import::read_back::{Row, Shared, events};
use event::id;
use event::kind::Kind;
use event::snapshot::Funding;
use jiff::civil::Date;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Reads funding from files of the archive, sorted by program, date, country, payer, currency
/// and amount.
pub fn read(files: &[FileEntry]) -> Result<Vec<Funding>, ArchiveError> {
    reading(files, || read_paths(files.iter().map(|file| file.path.as_path())))
}

/// The same from files as generated or exported; their id columns may be integers. A repeated
/// event id counts once.
pub fn read_files(files: &[PathBuf]) -> Result<Vec<Funding>, ArchiveError> {
    read_paths(files.iter().map(PathBuf::as_path))
}

fn read_paths<'a>(files: impl Iterator<Item = &'a Path>) -> Result<Vec<Funding>, ArchiveError> {
    let mut shared = Shared::default();
    let mut found: Vec<(Funding, Arc<str>)> = Vec::new();
    for path in files {
        events(Kind::Funding, path, &mut |batch| {
            let rows = (0..batch.rows).map(|index| Row { batch, index });
            found.extend(rows.map(|row| {
                (
                    funding(row, &mut shared),
                    row.text("event_id").unwrap_or_default(),
                )
            }));
        })?;
    }
    found.sort_by(|(a, a_id), (b, b_id)| key(a).cmp(&key(b)).then_with(|| id::id_order(a_id, b_id)));
    // The same event has the same fields, so repetitions lie side by side; other events never share an id.
    found.dedup_by(|later, first| later.1 == first.1 && later.0 == first.0);
    Ok(found.into_iter().map(|(funding, _)| funding).collect())
}

fn funding(row: Row<'_>, shared: &mut Shared) -> Funding {
    Funding {
        program: row.shared("program", shared).unwrap_or_default(),
        date: date_of(row.number("date").unwrap_or(0)),
        country: row.shared("country", shared),
        payer: row.shared("payer_id", shared),
        amount_micros: row.number("amount").unwrap_or(0),
        currency: row.shared("currency", shared).unwrap_or_default(),
    }
}

type Key<'a> = (&'a str, Date, Option<&'a str>, Option<&'a str>, &'a str, i64);

fn key(row: &Funding) -> Key<'_> {
    (
        &row.program,
        row.date,
        row.country.as_deref(),
        row.payer.as_deref(),
        &row.currency,
        row.amount_micros,
    )
}
