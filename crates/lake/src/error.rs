//! What can go wrong between files and facts.

use jiff::civil::Date;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// A failure of the kernel. A view that does not qualify is never one.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KernelError {
    /// The operating system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried: `open`, `read`, `write` ...
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The file is not the Parquet file it should be.
    #[error("Parquet file {}", path.display())]
    Parquet {
        /// Which file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: parquet::errors::ParquetError,
    },
    /// A column that every file must have is not there.
    #[error("{} has no column `{column}`", path.display())]
    MissingColumn {
        /// Which file.
        path: PathBuf,
        /// Which column.
        column: &'static str,
    },
    /// A column has a type that cannot hold the field.
    #[error("column `{column}` of {} is {found}, expected {expected}", path.display())]
    ColumnType {
        /// Which file.
        path: PathBuf,
        /// Which column.
        column: String,
        /// Its Arrow type.
        found: String,
        /// What it may be.
        expected: &'static str,
    },
    /// A value that the field does not allow. Importing the file quarantines such rows instead.
    #[error("column `{column}` of {}: {reason}; import the file to set such rows aside", path.display())]
    Value {
        /// Which file.
        path: PathBuf,
        /// Which column.
        column: &'static str,
        /// What is wrong, with the value.
        reason: String,
    },
    /// The span is empty, or longer than the kernel's rows can say.
    #[error("cannot count from {from} to {to}: a span has 1 to 1,024 days")]
    Span {
        /// First day.
        from: Date,
        /// The day after the last.
        to: Date,
    },
    /// More distinct countries than the kernel can number.
    #[error(
        "more than {limit} distinct countries, the last being `{country}`: is `country` mapped to the right column?"
    )]
    TooManyCountries {
        /// The bound.
        limit: usize,
        /// The first one too many.
        country: String,
    },
    /// A fact's ad revenue is more than facts are kept with.
    #[error(
        "the ad revenue of video `{video}`{} on {day} adds up to {micros} millionths, and a fact holds from {} to {}",
        in_country(country),
        i64::MIN,
        i64::MAX
    )]
    RevenueTooLarge {
        /// Which video.
        video: String,
        /// Its viewers' country; empty: not known.
        country: String,
        /// The UTC day.
        day: Date,
        /// The sum, exactly.
        micros: i128,
    },
    /// More events than the sums of their counts are certain to hold.
    #[error("{events} events to count at a time: at most {limit} can be")]
    TooManyEvents {
        /// How many there are.
        events: u64,
        /// The bound.
        limit: u64,
    },
    /// A list of addresses or user agents that cannot be read.
    #[error("cannot read the list of {list}, entry {entry}: {reason}")]
    List {
        /// Which list.
        list: &'static str,
        /// Line or index, from 1.
        entry: usize,
        /// What is wrong.
        reason: String,
    },
    /// A facts file that this version did not write.
    #[error("{} is not a facts file: {reason}", path.display())]
    FactsFile {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A stored file is not what it was.
    #[error(transparent)]
    Unsound(#[from] crate::sound::Unsound),
    /// The caller asked to stop.
    #[error("stopped on request")]
    Cancelled,
}

fn in_country(country: &str) -> String {
    match country {
        "" => String::new(),
        country => format!(" in {country}"),
    }
}

impl KernelError {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| KernelError::Io { action, path, source }
    }

    pub(crate) fn parquet(path: &Path) -> impl FnOnce(parquet::errors::ParquetError) -> Self {
        let path = path.to_owned();
        move |source| KernelError::Parquet { path, source }
    }

    pub(crate) fn arrow(path: &Path) -> impl FnOnce(arrow::error::ArrowError) -> Self {
        let path = path.to_owned();
        move |source| KernelError::Parquet {
            path,
            source: source.into(),
        }
    }
}
