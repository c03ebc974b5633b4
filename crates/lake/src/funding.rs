//! Money put into programs' pools, as stored.

use crate::archive::{ArchiveError, FileEntry};
use crate::table::Table;
use event::snapshot::Funding;
use std::sync::Arc;

/// Reads funding rows, in canonical order: by program, date, country, payer, currency and amount.
pub fn read(files: &[FileEntry]) -> Result<Vec<Funding>, ArchiveError> {
    let mut rows = Vec::new();
    for file in files {
        Table::each(&file.path, |table| {
            for row in 0..table.rows() {
                let text = |name: &str| table.text(name, row).map(|text| text.map(Arc::from));
                rows.push(Funding {
                    program: table.required_text("program", row)?.into(),
                    date: table.date("date", row)?.unwrap_or(file.date),
                    country: text("country")?,
                    payer: text("payer_id")?,
                    amount_micros: table.micros("amount", row)?.unwrap_or_default(),
                    currency: table.required_text("currency", row)?.into(),
                });
            }
            Ok(())
        })?;
    }
    rows.sort_by(|a, b| key(a).cmp(&key(b)));
    Ok(rows)
}

type Key<'a> = (&'a str, jiff::civil::Date, Option<&'a str>, Option<&'a str>, &'a str, i64);

fn key(row: &Funding) -> Key<'_> {
    (&row.program, row.date, row.country.as_deref(), row.payer.as_deref(), &row.currency, row.amount_micros)
}
