//! One column of texts of the archive's files, and which ids it does not have.

use super::{Archive, ArchiveError, FileEntry, StoredBefore};
use crate::archive::entries::reading;
use arrow::array::AsArray;
use event::kind::Kind;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::Path;

/// Calls `each` with every text of a column of a file.
pub(super) fn texts(
    file: &FileEntry,
    column: &'static str,
    each: &mut dyn FnMut(&str) -> Result<(), ArchiveError>,
) -> Result<(), ArchiveError> {
    let failed = |source| ArchiveError::Io {
        path: file.path.clone(),
        source,
    };
    reading(std::slice::from_ref(file), || {
        let batches = batches(&file.path, column).map_err(failed)?;
        for batch in batches {
            let batch = batch.map_err(io::Error::other).map_err(failed)?;
            for text in batch.column(0).as_string::<i32>().iter().flatten() {
                each(text)?;
            }
        }
        Ok(())
    })
}

/// Whether an event of a file that no commit names yet has an id that is looked for.
pub(crate) fn any_id(path: &Path, is_wanted: impl Fn(&str) -> bool) -> Result<bool, ArchiveError> {
    let failed = |source| ArchiveError::Io {
        path: path.to_path_buf(),
        source,
    };
    for batch in batches(path, "event_id").map_err(failed)? {
        let batch = batch.map_err(io::Error::other).map_err(failed)?;
        let mut ids = batch.column(0).as_string::<i32>().iter().flatten();
        if ids.any(&is_wanted) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn batches(path: &Path, column: &'static str) -> io::Result<ParquetRecordBatchReader> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?).map_err(io::Error::other)?;
    let mask = ProjectionMask::columns(builder.parquet_schema(), [column]);
    builder.with_projection(mask).build().map_err(io::Error::other)
}

impl Archive {
    /// Those of the ids that no stored event of a kind has in a column, such as `viewer_id`. It reads the column until every id
    /// is found.
    ///
    /// # Errors
    /// [`ArchiveError::Io`] for a file that cannot be read.
    pub fn unknown<'i>(
        &self,
        kind: Kind,
        column: &'static str,
        ids: impl IntoIterator<Item = &'i str>,
    ) -> Result<BTreeSet<&'i str>, ArchiveError> {
        let mut missing: BTreeSet<&str> = ids.into_iter().collect();
        for file in self.all_files(kind, StoredBefore(self.last_commit())) {
            if missing.is_empty() {
                break;
            }
            let find = &mut |id: &str| {
                missing.remove(id);
                Ok(())
            };
            texts(&file, column, find)?;
        }
        Ok(missing)
    }
}
