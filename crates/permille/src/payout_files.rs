//! Files of batches, as they are put into a folder.

use app::base::error::Result;
use app::payouts::export::PayoutFile;
use app::workspace::files::{must_be_replaceable, write_atomically};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// A file that was written.
#[derive(Clone, Debug, Serialize)]
pub struct Written {
    /// Where.
    pub file: PathBuf,
    /// What it is.
    #[serde(flatten)]
    pub of: PayoutFile,
}

/// Writes files into a folder; in a dry run they only could be written there.
pub fn write(folder: &Path, files: Vec<PayoutFile>, is_dry_run: bool) -> Result<Vec<Written>> {
    let write = |file: PayoutFile| {
        let path = folder.join(&file.name);
        match is_dry_run {
            true => must_be_replaceable(&path)?,
            false => write_atomically(&path, file.text.as_bytes())?,
        }
        Ok(Written { file: path, of: file })
    };
    files.into_iter().map(write).collect()
}
