//! What can go wrong while a platform is generated.

use std::path::PathBuf;

/// A platform could not be generated. Nothing is left in the output folder.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// An option is outside its bounds.
    #[error("{option} is {value}: it must be {bounds}")]
    Option {
        /// Name of the option.
        option: &'static str,
        /// What was asked for.
        value: String,
        /// What is possible.
        bounds: &'static str,
    },
    /// More views than the viewers can watch.
    #[error(
        "{views} views are more than {viewers} viewers watch in {days} days: at most {MAX_VIEWS_PER_VIEWER_DAY} per viewer and day"
    )]
    TooDense {
        /// Views asked for.
        views: u64,
        /// Viewers asked for.
        viewers: u32,
        /// Days asked for.
        days: u32,
    },
    /// The output folder has files in it.
    #[error("{} is not empty", path.display())]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// The caller asked to stop.
    #[error("generation was cancelled: nothing was written")]
    Cancelled,
    /// A file or folder could not be written.
    #[error("cannot write {}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A Parquet file could not be written.
    #[error("cannot write {}", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: parquet::errors::ParquetError,
    },
    /// The worker threads could not be started.
    #[error("cannot start {threads} threads")]
    Threads {
        /// How many were asked for.
        threads: usize,
        /// Why.
        #[source]
        source: rayon::ThreadPoolBuildError,
    },
}

/// Above this density ordinary viewers would break the velocity and impossible-time rules by themselves.
pub const MAX_VIEWS_PER_VIEWER_DAY: u64 = 30;

impl GenerateError {
    /// What to do about it, where that is known.
    pub fn hint(&self) -> Option<String> {
        match self {
            GenerateError::TooDense { views, days, .. } => {
                let per_viewer = MAX_VIEWS_PER_VIEWER_DAY * u64::from(*days).max(1);
                Some(format!(
                    "use at least {} viewers, or fewer views",
                    views.div_ceil(per_viewer)
                ))
            }
            GenerateError::NotEmpty { .. } => Some("choose a new folder or empty this one".to_owned()),
            _ => None,
        }
    }
}
