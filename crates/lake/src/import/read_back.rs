//! Events read from Parquet files without importing them: snapshots and funding, from the archive or as generated.

use super::batch::{Batch, Column, NO_COUNT, NO_FLAG, NO_NUMBER, field_index};
use super::plan;
use super::pool::NO_CODE;
use super::source::{Input, SourceError};
use crate::archive::ArchiveError;
use event::id::FIRST_INTERNED;
use event::kind::Kind;
use event::mapping::{BoundSource, Convert, Section};
use event::schema;
use hashbrown::HashMap;
use std::path::Path;
use std::sync::Arc;

const INPUT: Input = Input {
    block_bytes: 1 << 20,
    batch_rows: 1 << 16,
    blocks: 4,
};

/// Calls `each` with the events of a file, batch by batch. A row that is no event is an error: there is no
/// quarantine here to put it in.
pub(crate) fn events(kind: Kind, path: &Path, each: &mut dyn FnMut(&Batch)) -> Result<(), ArchiveError> {
    let unreadable = |source: SourceError| ArchiveError::Unreadable {
        path: path.to_path_buf(),
        source: Box::new(source),
    };
    let mut source = INPUT.open(path).map_err(unreadable)?;
    let mut bound =
        Section::identity(kind)
            .bind(source.columns())
            .map_err(|source| ArchiveError::Columns {
                path: path.to_path_buf(),
                kind,
                source,
            })?;
    if let Some(BoundSource::Column { convert, .. }) = &mut bound.fields[field_index(kind, "event_id")] {
        *convert = Convert::Stored;
    }
    let sections = [bound];
    source
        .select(&plan::columns_read(&sections))
        .map_err(unreadable)?;
    loop {
        let batches = source.next().map_err(unreadable)?;
        if batches.is_empty() {
            return Ok(());
        }
        for raw in batches {
            let made = plan::make(&sections[0], &raw);
            let malformed = raw
                .malformed
                .first()
                .map(|row| (row.line, String::new(), row.reason.to_string()));
            let rejected = made.rejects.first().map(|reject| {
                let field = schema::fields(kind)[usize::from(reject.field)].name;
                (
                    raw.line(reject.row as usize),
                    format!("`{field}` "),
                    reject.reason.to_string(),
                )
            });
            if let Some((row, field, reason)) = malformed.or(rejected) {
                let path = path.to_path_buf();
                return Err(ArchiveError::BadRow {
                    path,
                    row,
                    problem: format!("{field}{reason}"),
                });
            }
            each(&made.batch);
        }
    }
}

/// Texts that repeat from row to row, shared.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    known: HashMap<Box<str>, Arc<str>>,
    /// Texts of ids that are numbers.
    numbers: HashMap<u64, Arc<str>>,
}

impl Shared {
    fn get(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.known.get(text) {
            return Arc::clone(known);
        }
        let shared: Arc<str> = text.into();
        self.known.insert(text.into(), Arc::clone(&shared));
        shared
    }

    fn number(&mut self, number: u64) -> Arc<str> {
        let text = || number.to_string().into();
        Arc::clone(self.numbers.entry(number).or_insert_with(text))
    }
}

/// The fields of one row.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    /// The batch.
    pub batch: &'a Batch,
    /// Index of the row.
    pub index: usize,
}

impl Row<'_> {
    /// Code of an id, and the text if the code is not the id's own value.
    pub(crate) fn code(&self, field: &str) -> Option<(u64, Option<&str>)> {
        match self.batch.column(field) {
            Column::Codes(codes, pool) => match codes[self.index] {
                NO_CODE => None,
                code if code < FIRST_INTERNED => Some((code, None)),
                code => Some((code, Some(pool.text((code & !FIRST_INTERNED) as u32)))),
            },
            _ => None,
        }
    }

    /// An id or text.
    pub(crate) fn text(&self, field: &str) -> Option<Arc<str>> {
        self.code(field).map(|(code, text)| match text {
            Some(text) => text.into(),
            None => code.to_string().into(),
        })
    }

    /// A text that repeats.
    pub(crate) fn shared(&self, field: &str, shared: &mut Shared) -> Option<Arc<str>> {
        self.code(field).map(|(code, text)| match text {
            Some(text) => shared.get(text),
            None => shared.number(code),
        })
    }

    /// The parts of a list, sorted, each once.
    pub(crate) fn list(&self, field: &str, shared: &mut Shared) -> Vec<Arc<str>> {
        let Some(text) = self.text(field) else {
            return Vec::new();
        };
        let parts = text.split(';').filter(|part| !part.is_empty());
        let mut parts: Vec<Arc<str>> = parts.map(|part| shared.get(part)).collect();
        parts.sort();
        parts.dedup();
        parts
    }

    /// An instant, date or decimal.
    pub(crate) fn number(&self, field: &str) -> Option<i64> {
        match self.batch.column(field) {
            Column::Numbers(numbers) => Some(numbers[self.index]).filter(|number| *number != NO_NUMBER),
            _ => None,
        }
    }

    /// A count.
    pub(crate) fn count(&self, field: &str) -> Option<u32> {
        match self.batch.column(field) {
            Column::Counts(counts) => Some(counts[self.index]).filter(|count| *count != NO_COUNT),
            _ => None,
        }
    }

    /// Yes or no.
    pub(crate) fn flag(&self, field: &str) -> Option<bool> {
        match self.batch.column(field) {
            Column::Flags(flags) => Some(flags[self.index])
                .filter(|flag| *flag != NO_FLAG)
                .map(|flag| flag == 1),
            _ => None,
        }
    }
}
