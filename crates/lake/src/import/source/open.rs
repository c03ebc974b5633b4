//! Opening a file: decompression, a hash of the bytes as they are read, the right reader.

use super::blocks::TextSource;
use super::bytes::{Decompressed, HashingReader, Input};
use super::parquet::ParquetSource;
use super::sniff;
use super::{Source, SourceError};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

impl Input {
    /// Opens a file.
    pub(crate) fn open(self, path: &Path) -> Result<Box<dyn Source>, SourceError> {
        let file = File::open(path).map_err(SourceError::Io)?;
        let metadata = file.metadata().map_err(SourceError::Io)?;
        if metadata.is_dir() {
            return Err(SourceError::Unknown {
                found: "a folder".to_owned(),
            });
        }
        let total = metadata.len();
        let mut reader = BufReader::with_capacity(1 << 18, HashingReader::new(file));
        let head = reader.fill_buf().map_err(SourceError::Io)?;
        let Some(compression) = sniff::container(head)? else {
            return Ok(Box::new(ParquetSource::open(path, self.batch_rows, total)?));
        };
        let text = Decompressed::new(reader, compression)?;
        Ok(Box::new(TextSource::open(text, path, self, total)?))
    }
}
