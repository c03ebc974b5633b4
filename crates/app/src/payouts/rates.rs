//! Exchange rates from a file in the format of the European Central Bank's history, plain or gzip.
//!
//! Whose file it is nobody can tell from its bytes: it is known by its hash, which goes with every rate.

use crate::base::error::{Error, Result};
use crate::workspace::Workspace;
use money::{Ratio, Rounding};
use payout::fx::Rates;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Most bytes of a history, unpacked.
const MAX_BYTES: u64 = 256 << 20;

/// Reads the file that was named, else the configured one; none when there is neither.
pub fn read(workspace: &Workspace, named: Option<&Path>) -> Result<Option<Rates>> {
    let configured = workspace
        .config()
        .payout
        .fx
        .as_ref()
        .map(|file| workspace.folder().join(file));
    let Some(path) = named.map(PathBuf::from).or(configured) else {
        return Ok(None);
    };
    let bytes = lake::sound::read_at_most(&path, MAX_BYTES).map_err(|e| Error::unreadable(&path, &e))?;
    let mut text = String::new();
    let unpacked = if bytes.starts_with(&[0x1f, 0x8b]) {
        flate2::read::GzDecoder::new(&bytes[..])
            .take(MAX_BYTES)
            .read_to_string(&mut text)
    } else {
        bytes.as_slice().take(MAX_BYTES).read_to_string(&mut text)
    };
    unpacked.map_err(|e| Error::bad_input("payout/fx", format!("{}: {e}", path.display())))?;
    let rates = Rates::parse(&text).map_err(|e| {
        Error::bad_input("payout/fx", format!("{}: {e}", path.display()))
            .hint("it has the form of the European Central Bank's eurofxref-hist.csv, plain or gzip")
    })?;
    Ok(Some(rates.of_file(blake3::hash(&bytes))))
}

/// A rate for people, with six places; exact ones stand in the batch.
pub fn places(rate: &str) -> String {
    let decimal = Ratio::parse(rate).and_then(|rate| rate.to_decimal_string(6, Rounding::HalfEven));
    decimal.unwrap_or_else(|_| rate.to_owned())
}

/// Where a rate is from, for people: the source, and what the file is known by.
pub fn origin(source: &str, file: Option<&str>) -> String {
    match file {
        // So many digits tell one file from another; all of them stand in the batch.
        Some(hash) => format!("{source}, BLAKE3 {}", hash.get(..16).unwrap_or(hash)),
        None => source.to_owned(),
    }
}
