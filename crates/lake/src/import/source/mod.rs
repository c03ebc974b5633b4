//! Files as batches of raw rows: what a file is, is seen from its content first and from its name second.

mod blocks;
mod bytes;
mod csv;
mod ndjson;
mod open;
mod parquet;
mod sniff;

pub(crate) use bytes::Input;

use super::raw::RawBatch;
use arrow::datatypes::DataType;
use std::io;
use thiserror::Error;

/// The longest row of a text file.
pub const MAX_RECORD_BYTES: usize = 1 << 20;

/// Why a file cannot be read. Nothing of it is stored then.
#[derive(Debug, Error)]
pub enum SourceError {
    /// The system refused.
    #[error("cannot be read")]
    Io(#[source] io::Error),
    /// The compressed bytes end early or are damaged.
    #[error("is damaged or cut off in the middle of its {compression} data")]
    Compression {
        /// Name of the compression.
        compression: &'static str,
        /// What the decoder said.
        #[source]
        source: io::Error,
    },
    /// Nothing in it.
    #[error("is empty: not even a header line")]
    Empty,
    /// Neither CSV nor TSV, NDJSON, Parquet.
    #[error("is {found}, not CSV, TSV, NDJSON or Parquet (plain, gzip or zstd)")]
    Unknown {
        /// What it looks like.
        found: String,
    },
    /// Parquet that cannot be read.
    #[error("is damaged or cut off Parquet")]
    Parquet(#[source] ::parquet::errors::ParquetError),
    /// Parquet pages that cannot be decoded.
    #[error("is damaged Parquet")]
    Arrow(#[source] arrow::error::ArrowError),
    /// A row without an end.
    #[error("line {line} is longer than {} MiB", MAX_RECORD_BYTES >> 20)]
    LineTooLong {
        /// The line.
        line: u64,
    },
}

/// A file being read.
pub(crate) trait Source: Send {
    /// Names of the columns.
    fn columns(&self) -> &[String];
    /// Says which columns are needed, before anything is read; the names may add to those found.
    fn select(&mut self, columns: &[usize]) -> Result<(), SourceError>;
    /// The type of a column, where the file has types.
    fn column_type(&self, _column: usize) -> Option<DataType> {
        None
    }
    /// Some more batches in the order of the file; none at its end.
    fn next(&mut self) -> Result<Vec<RawBatch>, SourceError>;
    /// Bytes of the file read so far, and all of them.
    fn position(&self) -> (u64, u64);
    /// Names that a row may have although the beginning of the file does not show them.
    fn add_columns(&mut self, _names: &[String]) {}
    /// Lower-case hex BLAKE3 of the file's bytes. Reads what is left.
    fn finish(self: Box<Self>) -> Result<String, SourceError>;
}
