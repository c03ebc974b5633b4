//! Why a file of somebody's cannot be read.

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
