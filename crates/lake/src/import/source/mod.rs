//! Files as batches of raw rows: what a file is, is seen from its content first and from its name second.

mod blocks;
mod bytes;
mod csv;
mod ndjson;
mod open;
mod parquet;
mod sniff;

pub use crate::unread::{MAX_RECORD_BYTES, SourceError};
pub(crate) use bytes::Input;

use super::raw::RawBatch;
use arrow::datatypes::DataType;

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
