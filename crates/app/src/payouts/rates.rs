//! Exchange rates from a file in the format of the European Central Bank's history, plain or gzip.
//!
//! Whose file it is nobody can tell from its bytes: it is known by its hash, which goes with every rate.

use crate::base::brought::Brought;
use crate::base::error::{Error, Result};
use crate::workspace::Workspace;
use money::{Ratio, Rounding};
use payout::fx::Rates;
use std::io::Read;

/// Most bytes of a history, packed or not.
pub const MAX_BYTES: usize = 256 << 20;

/// The rates of the file that was brought, else of the configured one; none when there is neither.
pub(super) fn of(workspace: &Workspace, brought: Option<&Brought>) -> Result<Option<Rates>> {
    let configured = || {
        let file = workspace.config().payout.fx.as_ref()?;
        Some(Brought::of_file(&workspace.folder().join(file), MAX_BYTES))
    };
    match brought {
        Some(brought) => parse(brought).map(Some),
        None => configured().transpose()?.as_ref().map(parse).transpose(),
    }
}

fn parse(file: &Brought) -> Result<Rates> {
    let (name, bytes) = (&file.name, &file.bytes);
    let most = MAX_BYTES as u64;
    let mut text = String::new();
    let unpacked = if bytes.starts_with(&[0x1f, 0x8b]) {
        flate2::read::GzDecoder::new(&bytes[..])
            .take(most)
            .read_to_string(&mut text)
    } else {
        bytes.as_slice().take(most).read_to_string(&mut text)
    };
    unpacked.map_err(|e| Error::bad_input("payout/fx", format!("{name}: {e}")))?;
    let rates = Rates::parse(&text).map_err(|e| {
        Error::bad_input("payout/fx", format!("{name}: {e}"))
            .hint("it has the form of the European Central Bank's eurofxref-hist.csv, plain or gzip")
    })?;
    Ok(rates.of_file(blake3::hash(bytes)))
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
